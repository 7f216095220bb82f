"""What completes a unit and a course, whom assignments reach, and that the ledger always says what the facts say."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from learning.accounts.models import Person
from learning.accounts.posts import describe_post
from learning.accounts.queries import get_actor
from learning.administration.moves import describe_person, move_person, note_absence
from learning.assigning.services import Terms, assign
from learning.audit.models import AuditEntry
from learning.courses.models import Unit
from learning.courses.queries import find_document, get_course
from learning.database import current_session, transaction
from learning.domain.completion import UnitState
from learning.domain.content import CompletionRule
from learning.domain.errors import Conflict, DomainError, NotFound, Refused
from learning.domain.figures import Measure
from learning.domain.membership import Absence, Audience
from learning.domain.permissions import Actor, Role
from learning.organizations.queries import get_by_code
from learning.progress.assignments import Due, assign_course, sync_assignments, withdraw_assignment
from learning.progress.concessions import ConcessionKind
from learning.progress.coverage import AssignmentEntry, list_assignments
from learning.progress.figures import list_flows, list_late
from learning.progress.ledger import Posting, post, rebuild_sums
from learning.progress.models import Enrollment, FigureEntry, UnitCompletion
from learning.progress.moments import Moment
from learning.progress.places import follow_strays
from learning.progress.recount import find_differences
from learning.progress.services import Outcome, lock_unit, record_progress
from learning.progress.sums import find_wrong_dues, find_wrong_sums
from learning.progress.verification import correct_ledger
from learning.reports.queries import course_report
from learning.study.services import declare_read, enroll_in_course
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OPTIONAL_UNIT,
    OTHER_COMMUNE,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    VILLAGE,
    WARD,
    ZONE,
    course_text,
    course_texts,
    import_texts,
    make_person,
    moment,
    quiz_text,
    take_quiz,
    unit_text,
)
from tests.support.histories import EVENTS, History, Undone, recount, standing
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")

FOLDER = f"courses/{COURSE}"
READ_PATH, QUIZ_PATH = f"{FOLDER}/{READ_UNIT}.vi.md", f"{FOLDER}/{QUIZ_UNIT}.vi.md"
TEST_PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"


@pytest.fixture
def learner(tiny_course: Flask) -> Actor:
    return make_person("hoc-vien-thu")


def read(actor: Actor, unit: str = READ_UNIT, *, at: Moment | None = None) -> Outcome:
    return declare_read(actor, COURSE, unit, revision_id=None, moment=at or moment())


def differences(*days: int) -> list[object]:
    """Return what differs between ledger and facts on these days, counted from the fixed one."""
    return [one for day in days or (0,) for one in find_differences(moment(day).day, ZONE)]


def states(actor: Actor) -> dict[str, str]:
    rows = current_session().execute(
        sa.select(Unit.slug, UnitCompletion.state)
        .join(Unit, Unit.id == UnitCompletion.unit_id)
        .where(UnitCompletion.person_id == actor.id, UnitCompletion.superseded_at.is_(None))
    )
    return {slug: state for slug, state in rows}  # noqa: C416  (a row is no pair to mypy)


def enrollment(actor: Actor) -> tuple[object, ...]:
    """Return when the person was enrolled, began and completed the course."""
    row = current_session().execute(
        sa.select(Enrollment.enrolled_at, Enrollment.started_at, Enrollment.completed_at).where(
            Enrollment.person_id == actor.id
        )
    )
    return tuple(row.one())


# --- Units


def test_reading_completes_a_unit_that_asks_for_it(learner: Actor) -> None:
    assert read(learner) == Outcome(UnitState.COMPLETED, course_completed=False)
    assert states(learner) == {READ_UNIT: "completed"}
    assert enrollment(learner) == (NOW, NOW, None)


def test_reading_again_changes_nothing(learner: Actor) -> None:
    read(learner)
    entries = current_session().scalar(sa.select(sa.func.count()).select_from(FigureEntry))
    assert read(learner, at=moment(1)).unit_state is UnitState.COMPLETED
    assert current_session().scalar(sa.select(sa.func.count()).select_from(FigureEntry)) == entries
    assert current_session().scalars(sa.select(UnitCompletion.completed_at)).all() == [NOW]


def test_a_unit_that_asks_for_its_quiz_is_not_completed_by_reading(learner: Actor) -> None:
    with pytest.raises(Refused):
        read(learner, QUIZ_UNIT)
    assert states(learner) == {}
    assert current_session().scalar(sa.select(sa.func.count()).select_from(Enrollment)) == 0


def test_passing_the_quiz_passes_the_unit(learner: Actor) -> None:
    take_quiz(learner, right=False)
    assert states(learner) == {QUIZ_UNIT: "in_progress"}
    take_quiz(learner, at=moment(1))
    assert states(learner) == {QUIZ_UNIT: "passed"}
    assert differences(0, 1) == []


@pytest.mark.parametrize("quiz_first", [True, False])
def test_a_unit_that_asks_for_both_needs_both_in_any_order(learner: Actor, quiz_first: bool) -> None:
    import_texts({QUIZ_PATH: unit_text("Cả hai", completion="read and quiz", quiz=QUIZ)})
    steps = [lambda at: take_quiz(learner, at=at), lambda at: read(learner, QUIZ_UNIT, at=at)]
    first, second = steps if quiz_first else reversed(steps)
    first(moment())
    assert states(learner) == {QUIZ_UNIT: "in_progress"}
    second(moment(1))
    assert states(learner) == {QUIZ_UNIT: "passed"}
    assert differences(0, 1) == []


def test_a_unit_is_failed_for_good_when_no_attempt_is_left(learner: Actor) -> None:
    for day in range(3):
        assert states(learner) == ({QUIZ_UNIT: "in_progress"} if day else {})
        take_quiz(learner, right=False, at=moment(day))
    assert states(learner) == {QUIZ_UNIT: "failed"}
    read(learner, at=moment(3))
    assert enrollment(learner)[2] is None
    assert differences(0, 1, 2, 3) == []


def test_a_pass_stands_though_a_later_attempt_fails(learner: Actor) -> None:
    take_quiz(learner)
    for day in (1, 2):
        take_quiz(learner, right=False, at=moment(day))
    assert states(learner) == {QUIZ_UNIT: "passed"}


def test_more_attempts_given_later_let_a_failed_unit_be_passed(learner: Actor) -> None:
    for _ in range(3):
        take_quiz(learner, right=False)
    import_texts({TEST_PATH: quiz_text(attempts=5)}, at=moment(1))
    take_quiz(learner, at=moment(2))
    assert states(learner) == {QUIZ_UNIT: "passed"}
    assert differences(0, 1, 2) == []


def test_a_unit_and_a_course_that_are_not_there_are_not_found(learner: Actor) -> None:
    with pytest.raises(NotFound):
        read(learner, "khong-co")
    with pytest.raises(NotFound):
        declare_read(learner, "khong-co", READ_UNIT, revision_id=None, moment=moment())
    with pytest.raises(NotFound):
        enroll_in_course(learner, "khong-co", moment=moment())


def test_having_read_the_text_before_is_not_having_read_the_one_that_must_be_read_again(
    learner: Actor,
) -> None:
    document = find_document(READ_PATH)
    assert document is not None
    before = document.published_id
    import_texts({READ_PATH: unit_text(body="Chữ khác.")}, at=moment(1))
    assert declare_read(
        learner, COURSE, READ_UNIT, revision_id=before, moment=moment(1)
    ).unit_state.is_finished  # only the wording changed
    import_texts({READ_PATH: unit_text(body="Mới hẳn.")}, at=moment(2), effect="repass")
    import_texts({READ_PATH: unit_text(body="Mới hẳn, sửa một chữ.")}, at=moment(3))
    with pytest.raises(Conflict, match="while you were reading"):
        declare_read(learner, COURSE, READ_UNIT, revision_id=before, moment=moment(3))
    assert states(learner) == {}
    document = find_document(READ_PATH)
    assert document is not None
    declare_read(learner, COURSE, READ_UNIT, revision_id=document.published_id, moment=moment(3))
    assert states(learner) == {READ_UNIT: "completed"}
    assert differences(0, 1, 2, 3) == []


# --- Courses


def test_the_last_required_unit_completes_the_course_and_optional_ones_do_not_count(learner: Actor) -> None:
    assert read(learner).course_completed is False
    assert take_quiz(learner, at=moment(1)).course_completed is True
    assert enrollment(learner) == (NOW, NOW, moment(1).at)
    assert read(learner, OPTIONAL_UNIT, at=moment(2)).course_completed is False
    assert enrollment(learner)[2] == moment(1).at
    assert differences(0, 1, 2) == []


def test_optional_units_alone_complete_nothing(learner: Actor) -> None:
    read(learner, OPTIONAL_UNIT)
    assert enrollment(learner)[2] is None


def test_a_unit_made_optional_completes_the_course_of_those_who_did_the_rest(learner: Actor) -> None:
    read(learner)
    waiting = make_person("chua-hoc-thu")
    enroll_in_course(waiting, COURSE, moment=moment())
    optional = unit_text("Bài thi thử", completion="quiz", quiz=QUIZ, required=False)
    import_texts({QUIZ_PATH: optional}, at=moment(1))
    assert enrollment(learner)[2] == moment(1).at
    assert enrollment(waiting)[2] is None
    assert differences(0, 1) == []


def test_a_unit_dropped_from_the_course_completes_it_too(learner: Actor) -> None:
    read(learner)
    import_texts({f"{FOLDER}/course.vi.md": course_text((READ_UNIT, OPTIONAL_UNIT))}, at=moment(1))
    assert enrollment(learner)[2] == moment(1).at
    assert differences(0, 1) == []


def test_a_unit_added_later_takes_no_completion_back(learner: Actor) -> None:
    read(learner)
    take_quiz(learner)
    units = (READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT, "moi-thu")
    texts = {f"{FOLDER}/course.vi.md": course_text(units), f"{FOLDER}/moi-thu.vi.md": unit_text("Mới")}
    import_texts(texts, at=moment(1))
    assert enrollment(learner)[2] == NOW
    read(learner, "moi-thu", at=moment(2))
    assert enrollment(learner)[2] == NOW
    assert differences(0, 1, 2) == []


def test_passing_a_unit_again_keeps_the_completion_of_the_course(learner: Actor) -> None:
    read(learner)
    take_quiz(learner)
    import_texts({READ_PATH: unit_text(body="Mới hẳn.")}, at=moment(1), effect="repass")
    assert states(learner) == {QUIZ_UNIT: "passed"}
    assert enrollment(learner)[2] == NOW
    assert read(learner, at=moment(2)) == Outcome(UnitState.COMPLETED, course_completed=False)
    assert enrollment(learner)[2] == NOW
    assert differences(0, 1, 2) == []


# --- Enrollments and assignments


def test_enrolling_again_changes_nothing(learner: Actor) -> None:
    enroll_in_course(learner, COURSE, moment=moment())
    enroll_in_course(learner, COURSE, moment=moment(1))
    assert enrollment(learner) == (NOW, None, None)
    assert differences(0, 1) == []


def test_parallel_first_deeds_enroll_once(app: Flask, learner: Actor) -> None:
    deeds = [
        lambda: enroll_in_course(learner, COURSE, moment=moment()),
        lambda: read(learner),
        lambda: read(learner, OPTIONAL_UNIT),
        lambda: take_quiz(learner).course_completed,
    ]
    outcomes = together(app, deeds * 2)
    assert [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Conflict)] == []
    assert set(states(learner).values()) == {"completed", "passed"}
    assert enrollment(learner)[2] is not None
    assert differences() == []


def test_an_assignment_enrolls_everyone_at_and_below_and_nobody_else(learner: Actor) -> None:
    village, other = make_person("o-thon-thu", VILLAGE), make_person("noi-khac-thu", OTHER_COMMUNE)
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    assert assign(manager, COURSE, COMMUNE, title="Đợt thử", moment=moment()).enrolled == 3
    for actor in (learner, village, manager):
        assert enrollment(actor) == (NOW, None, None)
    with pytest.raises(sa.exc.NoResultFound):
        enrollment(other)
    [row] = list_assignments((get_by_code(COMMUNE).path,))
    assert (row.title, row.organization) == ("Đợt thử", COMMUNE)
    assert differences() == []


def test_a_course_is_not_assigned_outside_the_scope(learner: Actor) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    for code in (OTHER_COMMUNE, "24", "khong-co"):
        with pytest.raises(NotFound):
            assign(manager, COURSE, code, title="Đợt thử", moment=moment())
    with pytest.raises(NotFound):
        assign(learner, COURSE, COMMUNE, title="Đợt thử", moment=moment())
    assert list_assignments(("/",)) == []


def test_a_course_is_given_to_a_place_once_under_a_title(app: Flask, learner: Actor) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)

    def give(title: str = "Đợt thử", place: str = COMMUNE) -> Any:
        return assign(manager, COURSE, place, title=title, moment=moment())

    outcomes = together(app, [give] * 4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["Conflict"] * 3, "NewAssignment"]
    with pytest.raises(Conflict) as refusal:
        give("  Đợt thử ")
    assert refusal.value.field == "title"
    assert give("Đợt thử 2").enrolled == give(place=VILLAGE).enrolled == 0
    assert len(list_assignments(("/",))) == 3


@pytest.mark.parametrize("title", ["", " ", "Đ" * 201, "Đợt\n1", "\0", "...", "Đợt \ud800"])
def test_a_title_is_one_line_that_can_be_read(learner: Actor, title: str) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    with pytest.raises(Refused) as refusal:
        assign(manager, COURSE, COMMUNE, title=title, moment=moment())
    assert refusal.value.field == "title"


def test_a_course_that_nobody_sees_is_not_assigned(learner: Actor) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    import_texts(course_texts("khoa-nhap", quiz="bai-nhap"), publish=False)
    for course in ("khoa-nhap", "khong-co"):
        with pytest.raises(NotFound) as refusal:
            assign(manager, course, COMMUNE, title="Đợt thử", moment=moment())
        assert refusal.value.field == "course"


def test_assignments_are_listed_page_by_page_the_newest_first(learner: Actor) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    made = [assign(manager, COURSE, COMMUNE, title=f"Đợt {n}", moment=moment(n)).id for n in range(3)]
    assign_everywhere(moment())
    scope = (get_by_code(COMMUNE).path,)
    first = list_assignments(scope, before=None, limit=2)
    assert [entry.id for entry in first] == [made[2], made[1]]
    [last] = list_assignments(scope, before=first[-1].id, limit=2)
    assert last == AssignmentEntry(
        made[0], "Đợt 0", COURSE, "Khóa thử", COMMUNE, "Xã Đồng Thử", NOW, None, None, (), "", repeats=False
    )


def test_those_who_study_already_stay_as_they_are(learner: Actor) -> None:
    read(learner)
    make_person("moi-thu")
    assert assign_everywhere(moment(1)) == 1
    assert enrollment(learner) == (NOW, NOW, None)
    assert differences(0, 1) == []


def assign_everywhere(at: Moment) -> int:
    return assign_course(
        None,
        get_course(COURSE).id,
        organization_id=get_by_code("24").id,
        title=f"Đợt thử {at.day}",
        moment=at,
    ).enrolled


def test_newcomers_are_enrolled_by_the_next_sync_and_the_disabled_are_not(learner: Actor) -> None:
    assert assign_everywhere(moment()) == 1
    newcomer, gone = make_person("moi-thu", WARD), make_person("nghi-thu", WARD)
    with transaction() as session:
        session.execute(sa.update(Person).where(Person.id == gone.id).values(disabled_at=NOW))
    assert sync_assignments(moment=moment(1)) == 1
    assert sync_assignments(moment=moment(2)) == 0
    assert enrollment(newcomer) == (moment(1).at, None, None)
    assert differences(0, 1, 2) == []


def test_two_assignments_count_a_person_once(learner: Actor) -> None:
    assert assign_everywhere(moment()) == 1
    assert assign_everywhere(moment(1)) == 0
    assert differences(0, 1) == []


def test_parallel_syncs_enroll_everyone_once(app: Flask, learner: Actor) -> None:
    with transaction() as session:
        session.execute(sa.text("DELETE FROM enrollment"))
    assign_everywhere(moment())
    for number in range(12):
        make_person(f"moi-thu-{number}", [COMMUNE, WARD, VILLAGE][number % 3])
    outcomes = together(app, [lambda: sync_assignments(moment=moment())] * 4)
    assert sum(n for n in outcomes if isinstance(n, int)) == 12
    assert all(isinstance(n, int) for n in outcomes)
    assert differences() == []


# --- People who move, or are away


def figures(code: str, day: float) -> tuple[int, ...]:
    """Return (enrolled, started, completed, overdue) of an organization and those below it on a day."""
    row = course_report((get_by_code(code).path,), COURSE, moment(day).day).total
    return row.enrolled, row.started, row.completed, row.overdue


def test_figures_go_with_a_person_who_moves_and_past_days_stay(learner: Actor) -> None:
    read(learner)
    take_quiz(learner)
    assert move_person(None, learner.id, WARD, moment=moment(1)) is True
    assert move_person(None, learner.id, WARD, moment=moment(2)) is False
    assert (figures(COMMUNE, 0), figures(WARD, 0)) == ((1, 1, 1, 0), (0, 0, 0, 0))
    assert (figures(COMMUNE, 1), figures(WARD, 1)) == ((0, 0, 0, 0), (1, 1, 1, 0))
    assert (differences(0, 1, 2), find_wrong_sums()) == ([], [])
    flows = current_session().execute(
        sa.select(FigureEntry.organization_id, FigureEntry.measure).where(
            FigureEntry.measure.in_((Measure.JOINED, Measure.LEFT))
        )
    )
    assert {tuple(row) for row in flows} == {
        (get_by_code(WARD).id, "joined"),
        (get_by_code(COMMUNE).id, "left"),
    }


def test_figures_stand_among_those_of_the_audience_a_person_is_of(learner: Actor) -> None:
    read(learner)
    where = get_by_code(COMMUNE).id, get_course(COURSE).id, None
    assert describe_person(None, learner.id, audience=Audience.CADRE, moment=moment(1)) is True
    assert describe_person(None, learner.id, audience=Audience.CADRE, moment=moment(2)) is False
    take_quiz(learner, at=moment(2))
    describe_person(None, learner.id, audience=Audience.CITIZEN, moment=moment(3))
    assert standing(moment(0).day, audience=Audience.CADRE) == {}
    assert standing(moment(2).day, audience=Audience.CADRE)[where] == (1, 1, 1, 0, 0)
    assert standing(moment(3).day, audience=Audience.CADRE) == {}
    assert standing(moment(3).day, audience=Audience.CITIZEN)[where] == standing(moment(3).day)[where]
    courses, days = (get_course(COURSE).id,), (moment().day, moment(3).day)
    (done,) = list_flows(("/",), courses, *days, audience=Audience.CADRE)
    assert (done.did_complete, done.joined, done.left) == (1, 0, 0)  # nobody came or went
    assert (differences(0, 1, 2, 3), find_wrong_sums()) == ([], [])


def test_what_stood_before_audiences_were_counted_follows_in_the_night(learner: Actor) -> None:
    read(learner)
    describe_post(learner.id, position=None, audience=Audience.CADRE)
    assert follow_strays(moment=moment(1)) == 1
    assert follow_strays(moment=moment(2)) == 0
    assert standing(moment(1).day, audience=Audience.CADRE) == standing(moment(1).day)
    assert differences(0, 1, 2) == []


def test_what_is_recorded_late_changes_no_past_day_and_is_listed_apart(learner: Actor) -> None:
    before, later = moment().day, moment(40)
    with transaction():
        unit = lock_unit(COURSE, READ_UNIT)
        record_progress(
            learner, [unit], moment=later, satisfied=CompletionRule.READ, happened_on=moment(1).day
        )
    assert standing(moment(39).day) == {}
    courses, where = (get_course(COURSE).id,), get_by_code(COMMUNE).id
    late = list_late(("/",), courses, before, moment(30).day)
    assert late == {
        (where, courses[0], None, Measure.DID_START): 1,
        (where, courses[0], unit.id, Measure.DID_START): 1,
        (where, courses[0], unit.id, Measure.DID_COMPLETE): 1,
    }
    assert list_late(("/",), courses, before, later.day) == {}  # that period has it
    assert list_late(("/",), courses, moment(2).day, moment(30).day) == {}
    assert list_late((get_by_code(WARD).path,), courses, before, moment(30).day) == {}
    assert differences(0, 1, 39, 40) == []


def test_who_moves_is_asked_what_is_assigned_where_she_comes_to(learner: Actor) -> None:
    manager = make_person("quan-ly-thu", WARD, role=Role.MANAGER)
    assign(manager, COURSE, WARD, title="Đợt thử", terms=Terms(Due(days=10)), moment=moment())
    move_person(None, learner.id, WARD, moment=moment(3))
    assert figures(WARD, 13)[3] == 1  # the manager, since the tenth day
    assert figures(WARD, 14)[3] == 2  # ten days after she came
    move_person(None, learner.id, OTHER_COMMUNE, moment=moment(20))
    assert (figures(OTHER_COMMUNE, 20), figures(WARD, 20)[3]) == ((1, 0, 0, 0), 1)
    assert figures(WARD, 14)[3] == 2
    assert differences(0, 3, 13, 14, 20) == []


def test_who_is_away_stands_nowhere_and_what_she_does_counts_when_she_is_back(learner: Actor) -> None:
    read(learner)
    assert note_absence(None, learner.id, Absence.LEAVE, moment=moment(1)) is True
    assert note_absence(None, learner.id, Absence.LEAVE, moment=moment(1)) is False
    assert take_quiz(learner, at=moment(2)).course_completed is True
    assert [figures(COMMUNE, day) for day in (0, 1, 2)] == [(1, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)]
    assert note_absence(None, learner.id, None, moment=moment(3)) is True
    assert figures(COMMUNE, 3) == (1, 1, 1, 0)
    assert (differences(0, 1, 2, 3), find_wrong_sums()) == ([], [])


def test_who_is_away_is_given_a_course_when_she_is_back(learner: Actor) -> None:
    note_absence(None, learner.id, Absence.SECONDMENT, moment=moment())
    assert assign_everywhere(moment(1)) == 0
    note_absence(None, learner.id, None, moment=moment(2))
    assert enrollment(learner)[0] == moment(2).at
    assert differences(0, 1, 2) == []


def test_a_person_is_moved_by_who_may_at_both_ends(learner: Actor) -> None:
    head = make_person("quan-tri-thu", COMMUNE, role=Role.ADMINISTRATOR)
    with pytest.raises(NotFound) as refusal:
        move_person(head, learner.id, WARD, moment=moment())
    assert refusal.value.field == "organization"
    elsewhere = make_person("quan-tri-kia", WARD, role=Role.ADMINISTRATOR)
    with pytest.raises(NotFound):
        move_person(elsewhere, learner.id, WARD, moment=moment())
    with pytest.raises(NotFound):
        note_absence(elsewhere, learner.id, Absence.LEAVE, moment=moment())
    assert move_person(head, learner.id, VILLAGE, moment=moment()) is True
    assert get_actor(learner.username).organization_path == get_by_code(VILLAGE).path
    actions = current_session().scalars(sa.select(AuditEntry.action).where(AuditEntry.actor_id == head.id))
    assert actions.all() == ["person.moved"]


def test_deeds_in_the_middle_of_a_move_count_once_where_she_is_then(app: Flask, learner: Actor) -> None:
    deeds: list[Any] = [
        lambda: read(learner),
        lambda: take_quiz(learner),
        lambda: read(learner, OPTIONAL_UNIT),
        lambda: move_person(None, learner.id, WARD, moment=moment()),
        lambda: note_absence(None, learner.id, Absence.LEAVE, moment=moment()),
        lambda: note_absence(None, learner.id, None, moment=moment()),
        lambda: import_texts({READ_PATH: unit_text(body="Mới hẳn.")}, at=moment(), effect="repass"),
    ]
    outcomes = together(app, deeds)
    assert [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Conflict)] == []
    note_absence(None, learner.id, None, moment=moment(1))
    assert (figures(COMMUNE, 1), figures(WARD, 1)[0]) == ((0, 0, 0, 0), 1)
    assert (differences(0, 1), find_wrong_sums()) == ([], [])


# --- Due days


def test_open_past_its_day_is_overdue_on_any_later_day_without_a_clock(learner: Actor) -> None:
    manager = make_person("quan-ly-thu", VILLAGE, role=Role.MANAGER)
    give = assign(make_person("phu-trach", COMMUNE, role=Role.MANAGER), COURSE, COMMUNE, title="Đợt thử",
                  terms=Terms(Due(on=moment(5).day)), moment=moment())  # fmt: skip
    read(learner, at=moment(1))
    take_quiz(learner, at=moment(7))
    assert give.enrolled == 3
    assert [figures(COMMUNE, day)[3] for day in (0, 5, 6, 7, 40)] == [0, 0, 3, 2, 2]
    assert figures(VILLAGE, 6)[3] == 1
    read(manager, at=moment(8))
    assert figures(VILLAGE, 8)[3] == 1
    assert (differences(0, 5, 6, 7, 8), find_wrong_dues()) == ([], [])


def test_the_first_of_several_due_days_counts_until_its_assignment_is_withdrawn(learner: Actor) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    late = assign(
        manager, COURSE, COMMUNE, title="Muộn", terms=Terms(Due(on=moment(30).day)), moment=moment()
    )
    soon = assign(manager, COURSE, COMMUNE, title="Sớm", terms=Terms(Due(on=moment(3).day)), moment=moment())
    assert [figures(COMMUNE, day)[3] for day in (3, 4)] == [0, 2]
    scope = (get_by_code(COMMUNE).path,)
    with pytest.raises(NotFound):
        withdraw_assignment(manager.id, soon.id, (get_by_code(WARD).path,), moment=moment(5))
    withdraw_assignment(manager.id, soon.id, scope, moment=moment(5))
    with pytest.raises(NotFound):
        withdraw_assignment(manager.id, soon.id, scope, moment=moment(5))
    assert [figures(COMMUNE, day)[3] for day in (4, 5, 31)] == [2, 0, 2]
    withdraw_assignment(manager.id, late.id, scope, moment=moment(40))
    assert figures(COMMUNE, 41) == (2, 0, 0, 0)
    assert differences(0, 3, 4, 5, 31, 40, 41) == []


@pytest.mark.parametrize(
    ("due", "field"),
    [
        (Due(on=date(2026, 11, 21)), "due_on"),
        (Due(days=0), "due_days"),
        (Due(days=4000), "due_days"),
        (Due(on=date(2026, 12, 21), days=3), "due_days"),
    ],
)
def test_a_due_day_that_nobody_could_keep_is_refused(learner: Actor, due: Due, field: str) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    with pytest.raises(Refused) as refusal:
        assign(manager, COURSE, COMMUNE, title="Đợt thử", terms=Terms(due), moment=moment())
    assert refusal.value.field == field
    assert list_assignments(("/",)) == []


# --- A new round in the middle of a deed


@pytest.mark.parametrize("deed", ["read", "quiz"])
def test_a_round_that_opens_in_the_middle_of_a_deed_leaves_nobody_in_the_old_one(
    app: Flask, learner: Actor, deed: str
) -> None:
    path = READ_PATH if deed == "read" else TEST_PATH
    text = unit_text(body="Mới hẳn.") if deed == "read" else quiz_text(intro="Mới hẳn.")
    came: list[object] = []
    looked_at_the_unit: list[str] = []

    def open_round() -> None:
        with transaction() as session:
            if session.get_bind().dialect.name == "postgresql":
                session.execute(sa.text("SET LOCAL lock_timeout = 50"))
            import_texts({path: text}, at=moment(1), effect="repass")

    def intrude(connection, _cursor, statement: str, *_rest) -> None:
        if came or connection.dialect.name == "sqlite":  # there nobody comes in between
            return
        if looked_at_the_unit:
            came.append(None)
            came.extend(together(app, [open_round]))
        elif "FROM unit" in statement and "unit.round" in statement.partition("FROM unit")[0]:
            looked_at_the_unit.append(statement)

    def study() -> None:
        if deed == "read":
            read(learner, at=moment(1))
        else:
            take_quiz(learner, at=moment(1))

    sa.event.listen(sa.Engine, "before_cursor_execute", intrude)
    try:
        together(app, [study])
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", intrude)

    stale = (
        sa.select(sa.func.count())
        .select_from(UnitCompletion)
        .join(Unit, Unit.id == UnitCompletion.unit_id)
        .where(UnitCompletion.superseded_at.is_(None), UnitCompletion.round < Unit.round)
    )
    assert current_session().scalar(stale) == 0
    assert differences(0, 1) == []


# --- The ledger


def test_the_ledger_and_the_facts_are_read_at_one_moment(learner: Actor, count_statements) -> None:
    read(learner)
    with count_statements(at_most=1):
        assert differences() == []


def test_a_wrong_entry_is_found_and_put_right(learner: Actor) -> None:
    read(learner)
    place = get_by_code(OTHER_COMMUNE)
    with transaction() as session:
        for number, (measure, n) in enumerate((("enrolled", 2), ("completed", -1))):
            session.add(
                FigureEntry(
                    event_id=f"wrong-{number}",
                    recorded_on=moment().day,
                    happened_on=moment().day,
                    organization_id=place.id,
                    course_id=get_course(COURSE).id,
                    cycle=1,
                    measure=measure,
                    n=n,
                )
            )
    found = find_differences(moment().day, ZONE)
    assert [(one.place[0], one.place[3], one.ledger, one.facts) for one in found] == [
        (place.id, "completed", -1, 0),
        (place.id, "enrolled", 2, 0),
    ]
    assert correct_ledger(moment=moment(1), zone=ZONE) == 2
    assert differences(1) == []
    assert len(differences(0)) == 2  # a past day never changes
    assert correct_ledger(moment=moment(1), zone=ZONE) == 0
    recorded = current_session().scalars(sa.select(AuditEntry.action)).all()
    assert recorded.count("ledger.corrected") == 1


def test_a_missing_entry_is_found_and_put_right(learner: Actor) -> None:
    read(learner)
    with transaction() as session:
        session.execute(sa.update(UnitCompletion).values(superseded_at=NOW))
    assert {one.place[3] for one in find_differences(moment().day, ZONE)} == {"started", "completed"}
    assert correct_ledger(moment=moment(), zone=ZONE) == 2
    assert differences() == []


# --- Its sums


DAYS = st.sampled_from([0, 1, 8, 9, 10, 38, 39, 40, 70, 365, 400]).map(lambda days: moment(days).day)
MEASURES = st.lists(
    st.tuples(st.sampled_from(list(Measure)), st.sampled_from([-3, -1, 1, 5])),
    min_size=1,
    max_size=4,
    unique_by=lambda posting: posting[0],
)


@settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(
        st.tuples(DAYS, st.sampled_from([COMMUNE, VILLAGE, WARD]), st.booleans(), MEASURES), max_size=12
    )
)
def test_what_stood_on_any_day_is_read_in_one_statement_from_sums_in_any_order_of_events(
    learner: Actor, count_statements: Any, events: list[tuple[Any, ...]]
) -> None:
    course, unit = get_course(COURSE).id, current_session().scalars(sa.select(sa.func.min(Unit.id))).one()
    places = {code: get_by_code(code) for code in (COMMUNE, VILLAGE, WARD)}

    def play() -> None:
        with transaction():
            for day, code, in_unit, measures in events:
                postings = [
                    Posting(places[code].id, course, unit if in_unit else None, 1, measure, n)
                    for measure, n in measures
                ]
                post(postings, day=day)
            assert find_wrong_sums() == []
            for days in (-1, 0, 1, 7, 9, 10, 37, 38, 39, 69, 100, 365, 399, 400, 900):
                day = moment(days).day
                assert standing(day) == recount(day)
                below = {one.id for one in places.values() if one.path.startswith(places[COMMUNE].path)}
                with count_statements(at_most=2):  # the list of courses, and the sums
                    inside = standing(day, (places[COMMUNE].path,))
                assert inside == {place: row for place, row in recount(day).items() if place[0] in below}
            raise Undone

    with pytest.raises(Undone):
        play()


def test_many_at_once_at_one_place_are_all_counted(app: Flask, learner: Actor) -> None:
    assign_everywhere(moment())
    people = [make_person(f"cung-luc-{n}", [COMMUNE, VILLAGE][n % 2]) for n in range(6)]
    deeds: list[Any] = [lambda: sync_assignments(moment=moment())] * 2
    for person in people:
        deeds += [
            lambda person=person: read(person),
            lambda person=person: read(person, OPTIONAL_UNIT, at=moment(1)),
            lambda person=person: take_quiz(person),
        ]
    outcomes = together(app, deeds)
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert (differences(0, 1), find_wrong_sums()) == ([], [])
    assert standing(moment(1).day) == recount(moment(1).day)
    whole = course_report(("/",), COURSE, moment(1).day).total
    assert (whole.enrolled, whole.started, whole.completed) == (7, 6, 6)


def test_sums_are_made_anew_while_others_are_counting(app: Flask, learner: Actor) -> None:
    people = [make_person(f"cung-luc-{n}") for n in range(4)]
    read(learner)
    with transaction() as session:
        session.execute(sa.text("UPDATE figure_sum SET started = 77"))
    deeds: list[Any] = [rebuild_sums] * 2
    deeds += [lambda person=person: read(person) for person in people]
    outcomes = together(app, deeds)
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert find_wrong_sums() == []
    assert standing(moment().day) == recount(moment().day)
    assert rebuild_sums() == 0


# --- Random histories


@settings(
    max_examples=15, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=st.lists(EVENTS, min_size=5, max_size=25))
@example(
    events=[
        *(
            ("assign", "24", 3, None),
            ("read", 0, READ_UNIT),
            ("wait", 31),
            ("pass", 0),
            ("fail", 1),
            ("wait", 24),
        ),
        *(("fail", 1), ("fail", 1), ("wait", 31), ("publish", "repass", True), ("wait", 24), ("pass", 1)),
        *(("hire", WARD), ("sync",), ("wait", 24), ("publish", "repass", False), ("drop",), ("wait", 31)),
        *(("fail", 0), ("restore",), ("read", 1, READ_UNIT), ("wait", 24 * 20), ("read", 0, READ_UNIT)),
    ]
)
@example(
    events=[
        *(
            ("assign", COMMUNE, None, 1),
            ("read", 0, READ_UNIT),
            ("wait", 31),
            ("move", 0, WARD),
            ("wait", 24),
        ),
        *(
            ("pass", 0),
            ("away", 1, Absence.LEAVE),
            ("fail", 1),
            ("wait", 31),
            ("away", 1, None),
            ("wait", 24),
        ),
        *(("move", 0, COMMUNE), ("publish", "repass", True), ("withdraw",), ("wait", 24), ("move", 2, WARD)),
    ]
)
@example(
    events=[
        *(("expire", "renew_window: 1 month\n"), ("assign", COMMUNE, 3, None), ("read", 0, READ_UNIT)),
        *(("pass", 0), ("read", 1, READ_UNIT), ("wait", 24 * 20), ("wait", 24 * 20), ("sync",)),
        *(("read", 0, READ_UNIT), ("pass", 1), ("move", 0, WARD), ("wait", 24 * 20), ("wait", 24 * 20)),
        *(("enroll", 1), ("pass", 0), ("publish", "repass", True), ("away", 1, Absence.LEAVE), ("sync",)),
        *(("away", 1, None), ("wait", 24), ("pass", 1)),
    ]
)
@example(
    events=[
        *(("assign", COMMUNE, 3, None), ("read", 0, READ_UNIT), ("extend", 0, 50), ("exempt", 1)),
        *(("wait", 31), ("move", 0, WARD), ("move", 1, WARD), ("fail", 1), ("wait", 24 * 20)),
        *(("credit", 0), ("end", 1, ConcessionKind.EXEMPTION), ("publish", "repass", True), ("wait", 24)),
        *(("exempt", 2), ("credit", 2), ("end", 2, ConcessionKind.EXEMPTION), ("pass", 0), ("sync",)),
    ]
)
def test_the_ledger_says_what_the_facts_say_on_every_day_of_any_history(
    learner: Actor, events: list[tuple[Any, ...]]
) -> None:
    def play() -> None:
        with transaction():
            history = History()
            for event in events:
                with suppress(DomainError), current_session().begin_nested():
                    history.play(event)  # what is refused changes nothing
            history.check()
            raise Undone

    with pytest.raises(Undone):
        play()
