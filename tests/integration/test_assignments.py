"""To whom courses are given, when they are due, and how they begin anew when they expire."""

import sys
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.models import Membership, Person
from learning.accounts.posts import describe_post
from learning.administration.moves import move_person, note_absence
from learning.assigning.queries import Effect, assignment_page, effect, people_page, preview
from learning.assigning.services import Terms, assign, change, preview_change
from learning.certificates.queries import list_certificates
from learning.courses.queries import get_course
from learning.database import current_session, transaction, write_engine
from learning.domain.completion import LearnerKey
from learning.domain.due import AssignmentRule
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.membership import Absence
from learning.domain.permissions import Actor, Role
from learning.organizations.queries import get_by_code
from learning.progress.assignments import Due, Whom, sync_assignments, withdraw_assignment
from learning.progress.coverage import list_assignments
from learning.progress.figures import list_standing
from learning.progress.models import Enrollment, UnitCompletion
from learning.progress.moments import Moment
from learning.progress.recount import find_differences
from learning.progress.sums import find_wrong_dues, find_wrong_sums
from learning.quizzes.queries import get_quiz, list_attempts
from learning.quizzes.services import save_responses, start_attempt, submit_attempt
from learning.reports.people import person_report
from learning.study.queries.courses import course_page, dashboard
from learning.study.queries.quizzes import quiz_page
from learning.study.services import declare_read, enroll_in_course
from tests.support.factories import (
    COMMUNE,
    COURSE,
    OTHER_COMMUNE,
    QUIZ,
    READ_UNIT,
    SEED,
    VILLAGE,
    WARD,
    ZONE,
    answers_of,
    course_texts,
    import_texts,
    make_person,
    moment,
    take_quiz,
)
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")

YEAR = 365


@pytest.fixture
def manager(tiny_course: Flask) -> Actor:
    return make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)


def hire(username: str, place: str = COMMUNE, *, position: str = "", audience: str = "") -> Actor:
    actor = make_person(username, place)
    with transaction():
        describe_post(actor.id, position=position or None, audience=audience or None)
    return actor


def expires(valid_for: str = "12 months", window: str = "3 months", more: str = "") -> None:
    """Let the tiny course expire."""
    path = f"courses/{COURSE}/course.vi.md"
    keys = f"valid_for: {valid_for}\n" + (f"renew_window: {window}\n" if window else "") + more
    text = course_texts()[path].decode().replace("owner:", f"{keys}owner:").encode()
    import_texts({path: text}, at=moment(-1))


def complete(actor: Actor, at: Moment) -> None:
    declare_read(actor, COURSE, READ_UNIT, revision_id=None, moment=at)
    take_quiz(actor, at=at)


def enrollments(actor: Actor) -> list[tuple[Any, ...]]:
    """Return (cycle, is it current, due day, is it completed) of each."""
    rows = current_session().execute(
        sa.select(
            Enrollment.cycle,
            Enrollment.is_current,
            Enrollment.due_on,
            Enrollment.completed_at.is_not(None),
        )
        .where(Enrollment.person_id == actor.id)
        .order_by(Enrollment.cycle)
    )
    return [tuple(row) for row in rows]


def is_true_to_the_facts(*days: float) -> bool:
    wrong = [find_differences(moment(day).day, ZONE) for day in days]
    return not any(wrong) and not find_wrong_sums() and not find_wrong_dues()


def figures(code: str, day: float) -> tuple[int, ...]:
    """Return (enrolled, started, completed) of the course at one organization."""
    rows = list_standing(("/",), [get_course(COURSE).id], moment(day).day, with_units=False)
    place = get_by_code(code).id
    return next((row[3:6] for row in rows if row.organization_id == place), (0, 0, 0))


# --- To whom


def test_a_course_is_given_to_some_audiences_or_to_one_position_however_it_is_spelled(manager: Actor) -> None:
    people = {
        "can-bo": hire("can-bo", audience="cadre"),
        "cong-chuc": hire("cong-chuc", VILLAGE, audience="civil_servant", position="Văn hóa - Xã hội"),
        "dan": hire("dan", audience="citizen"),
        "khac": hire("khac", OTHER_COMMUNE, audience="cadre"),
    }
    some = Terms(whom=Whom(("civil_servant", "cadre")))
    assert assign(manager, COURSE, COMMUNE, title="Đợt 1", terms=some, moment=moment()).enrolled == 2
    assert [name for name, actor in people.items() if enrollments(actor)] == ["can-bo", "cong-chuc"]
    [entry] = list_assignments(("/",))
    assert (entry.audiences, entry.position) == (("cadre", "civil_servant"), "")

    hire("moi", position="VĂN HOÁ -  xã hội")
    hire("pho", position="Phó Văn hóa - Xã hội")
    one = Terms(Due(days=5), Whom(position="văn hóa - xã hội"))
    assert assign(manager, COURSE, COMMUNE, title="Đợt 2", terms=one, moment=moment()).enrolled == 1
    assert enrollments(people["cong-chuc"]) == [(1, True, moment(5).day, False)]
    assert enrollments(people["can-bo"]) == [(1, True, None, False)]
    with transaction():
        describe_post(people["dan"].id, position="Văn hóa - Xã hội", audience=None)
    assert sync_assignments(moment=moment(1)) == 1
    assert is_true_to_the_facts(0, 1)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms(whom=Whom(("cadre", "thu"))), "audiences"),
        (Terms(whom=Whom(position="x" * 201)), "position"),
        (Terms(whom=Whom(position="hai\ndòng")), "position"),
        (Terms(Due(date(2026, 11, 21))), "due_on"),
        (Terms(Due(date(2026, 12, 21), 3)), "due_days"),
        (Terms(Due(days=0)), "due_days"),
        (Terms(repeats=True), "repeats"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_field(manager: Actor, terms: Terms, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        assign(manager, COURSE, COMMUNE, title="Đợt thử", terms=terms, moment=moment())
    assert refusal.value.field == field
    assert list_assignments(("/",)) == []


def test_of_several_that_cover_somebody_the_first_day_counts(manager: Actor) -> None:
    cadre, citizen = hire("can-bo", audience="cadre"), hire("dan", audience="citizen")
    for title, terms in (
        ("Cho tất cả", Terms(Due(moment(30).day))),
        ("Cho cán bộ", Terms(Due(moment(10).day), Whom(("cadre",)))),
    ):
        assign(manager, COURSE, COMMUNE, title=title, terms=terms, moment=moment())
    assert enrollments(cadre) == [(1, True, moment(10).day, False)]
    assert enrollments(citizen) == [(1, True, moment(30).day, False)]
    move_person(None, cadre.id, WARD, moment=moment(1))
    assert enrollments(cadre) == [(1, True, None, False)]  # she is due by the rules of where she is
    assert is_true_to_the_facts(0, 1)


# --- A look before it happens


def test_a_preview_tells_whom_it_reaches_and_when_and_changes_nothing(manager: Actor, app: Flask) -> None:
    done, begun = hire("da-xong"), hire("dang-hoc", VILLAGE)
    complete(done, moment())
    declare_read(begun, COURSE, READ_UNIT, revision_id=None, moment=moment())
    hire("moi")
    course_id, path = get_course(COURSE).id, get_by_code(COMMUNE).path
    rule = AssignmentRule(path, moment().day, due_days=10)
    seen = preview(course_id, rule)
    assert (seen.new, seen.completed, seen.days, seen.undated) == (2, 1, ((moment(10).day, 3),), 0)
    people = people_page(course_id, rule, (), 1)
    assert [(row.name, row.state, row.due_on) for row in people.rows] == [
        ("Người Thử dang-hoc", "started", moment(10).day),
        ("Người Thử moi", "new", moment(10).day),
        ("Người Thử quan-ly-thu", "new", moment(10).day),
    ]
    assert (people.total, people.number, people.pages) == (3, 1, 1)
    made = assign(manager, COURSE, COMMUNE, title="Đợt", terms=Terms(Due(days=10)), moment=moment())
    assert made.enrolled == seen.new
    page = assignment_page(made.id, (path,), moment(11).day)
    assert (page.enrolled, page.started, page.completed, page.open, page.overdue) == (4, 2, 1, 3, 3)
    assert page.days == seen.days


def test_changing_an_assignment_tells_first_what_becomes_of_due_days(manager: Actor) -> None:
    hire("thu-1"), hire("thu-2", VILLAGE)
    made = assign(manager, COURSE, COMMUNE, title="Đợt", terms=Terms(Due(moment(10).day)), moment=moment())
    assert preview_change(manager, made.id, Due(moment(10).day), moment=moment()) == Effect()
    assert preview_change(manager, made.id, Due(moment(5).day), moment=moment()) == Effect(earlier=3)
    assert preview_change(manager, made.id, Due(), moment=moment()) == Effect(lost=3)
    late = preview_change(manager, made.id, Due(days=1), moment=moment(4))
    assert late == Effect(earlier=3, overdue=3)
    seen = list_assignments(("/",))[0].version
    change(manager, made.id, title="Đợt một", due=Due(moment(20).day), seen=seen, moment=moment(1))
    [entry] = list_assignments(("/",))
    assert (entry.title, entry.due_on) == ("Đợt một", moment(20).day)
    assert enrollments(manager) == [(1, True, moment(20).day, False)]
    with pytest.raises(Conflict):
        change(manager, made.id, title="Khác", due=Due(), seen=seen, moment=moment(1))
    with pytest.raises(Refused) as refusal:
        change(manager, made.id, title="Đợt", due=Due(moment(0).day), seen=entry.version, moment=moment(1))
    assert refusal.value.field == "due_on"
    assign(manager, COURSE, COMMUNE, title="Đợt hai", moment=moment(1))
    with pytest.raises(Conflict) as taken:
        change(manager, made.id, title="Đợt hai", due=Due(), seen=entry.version, moment=moment(1))
    assert taken.value.field == "title"
    assert is_true_to_the_facts(0, 1)


def test_two_who_change_it_at_once_do_not_overwrite_each_other(app: Flask, manager: Actor) -> None:
    made = assign(manager, COURSE, COMMUNE, title="Đợt", moment=moment())
    seen = list_assignments(("/",))[0].version

    def to(day: int) -> Any:
        return lambda: change(
            manager, made.id, title="Đợt", due=Due(moment(day).day), seen=seen, moment=moment()
        )

    outcomes = together(app, [to(day) for day in (3, 4, 5, 6)])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["Conflict"] * 3, "NoneType"]


def test_withdrawing_tells_how_many_lose_their_day_and_keeps_what_was_done(manager: Actor) -> None:
    path = get_by_code(COMMUNE).path
    first = assign(manager, COURSE, COMMUNE, title="Đợt 1", terms=Terms(Due(moment(10).day)), moment=moment())
    assign(manager, COURSE, VILLAGE, title="Đợt 2", terms=Terms(Due(moment(20).day)), moment=moment())
    hire("o-thon", VILLAGE)
    sync_assignments(moment=moment())
    assert assignment_page(first.id, (path,), moment().day).withdrawal == Effect(lost=1, later=1)
    withdraw_assignment(None, first.id, (path,), moment=moment(1))
    assert enrollments(manager) == [(1, True, None, False)]
    with pytest.raises(NotFound):
        withdraw_assignment(None, first.id, (path,), moment=moment(1))
    with pytest.raises(NotFound):
        assignment_page(first.id, (path,), moment().day)
    assert effect(get_course(COURSE).id, path, [], [], moment().day) == Effect()
    assert is_true_to_the_facts(0, 1)


# --- Cycles


def test_the_next_cycle_begins_when_the_window_opens_and_the_old_one_stays(manager: Actor) -> None:
    expires()
    learner = hire("hoc-vien", VILLAGE)
    due = moment(30).day
    assign(manager, COURSE, COMMUNE, title="Đợt", terms=Terms(Due(due)), moment=moment())
    complete(learner, moment(10))
    assert figures(VILLAGE, 10) == (1, 1, 1)
    until = date(due.year + 1, due.month, due.day)  # counted on from the due day: who is early loses nothing
    opens = (date(2027, 9, 22) - moment().day).days
    assert sync_assignments(moment=moment(opens - 1)) == 0
    assert sync_assignments(moment=moment(opens)) == 1
    assert sync_assignments(moment=moment(opens)) == 0
    assert enrollments(learner) == [(1, False, due, True), (2, True, until, False)]
    assert figures(VILLAGE, opens) == (1, 0, 0)
    assert figures(VILLAGE, opens - 1) == (1, 1, 1)
    assert is_true_to_the_facts(0, 10, opens - 1, opens)

    page = course_page(learner, COURSE, "vi")
    assert (page.state, page.units_done) == ("enrolled", 0)
    [card] = dashboard(learner, "vi").current
    assert card.due_on == until
    complete(learner, moment(opens + 5))
    assert enrollments(learner)[1] == (2, True, until, True)
    assert figures(VILLAGE, opens + 5) == (1, 1, 1)
    kept = current_session().execute(
        sa.select(UnitCompletion.cycle, sa.func.count()).group_by(UnitCompletion.cycle)
    )
    assert sorted(map(tuple, kept)) == [(1, 2), (2, 2)]
    assert is_true_to_the_facts(opens - 1, opens, opens + 5)


def test_attempts_begin_anew_and_an_open_one_belongs_to_the_cycle_it_was_begun_in(manager: Actor) -> None:
    expires()
    learner = hire("hoc-vien")
    assign(manager, COURSE, COMMUNE, title="Đợt", moment=moment())
    take_quiz(learner, right=False, at=moment())
    complete(learner, moment(1))
    begun = start_attempt(learner, QUIZ, seed=SEED, moment=moment(2))  # the third and last
    save_responses(learner, begun, answers_of(learner, begun, right=True), language="vi", moment=moment(2))
    later = moment(YEAR)
    assert sync_assignments(moment=later) == 1
    submit_attempt(learner, begun, moment=later)
    assert enrollments(learner)[1] == (2, True, date(2027, 11, 23), False)
    quiz = get_quiz(QUIZ, LearnerKey(learner.id))
    assert [attempt.turn.cycle for attempt in list_attempts(learner, quiz.id)] == [1, 1, 1]
    assert quiz_page(learner, QUIZ, language="vi", now=later.at).attempts_left == 3
    complete(learner, later)
    assert [attempt.turn.cycle for attempt in list_attempts(learner, quiz.id)] == [1, 1, 1, 2]
    assert enrollments(learner)[1][3] is True
    assert is_true_to_the_facts(0, 1, 2, YEAR)


def test_certificates_of_earlier_cycles_stay(manager: Actor) -> None:
    expires(more="certificate: yes\n")
    learner = hire("hoc-vien")
    assign(manager, COURSE, COMMUNE, title="Đợt", terms=Terms(Due(moment(20).day)), moment=moment())
    complete(learner, moment())
    sync_assignments(moment=moment(YEAR))
    complete(learner, moment(YEAR))
    assert [(one.cycle, one.valid_until) for one in list_certificates(learner.id)] == [
        (2, date(2028, 12, 12)),
        (1, date(2027, 12, 12)),
    ]


def test_who_learns_by_herself_begins_again_when_she_asks_for_it(manager: Actor) -> None:
    expires()
    complete(manager, moment())
    sync_assignments(moment=moment(YEAR))
    enroll_in_course(manager, COURSE, moment=moment(30))  # not open yet
    assert enrollments(manager) == [(1, True, None, True)]
    enroll_in_course(manager, COURSE, moment=moment(YEAR - 20))
    enroll_in_course(manager, COURSE, moment=moment(YEAR - 20))
    assert enrollments(manager) == [(1, False, None, True), (2, True, None, False)]
    assert is_true_to_the_facts(0, YEAR - 20)


def test_once_is_enough_where_an_assignment_says_so(manager: Actor) -> None:
    expires()
    assign(manager, COURSE, COMMUNE, title="Đợt", terms=Terms(repeats=False), moment=moment())
    complete(manager, moment())
    assert sync_assignments(moment=moment(5 * YEAR)) == 0
    assign(manager, COURSE, COMMUNE, title="Định kỳ", moment=moment(5 * YEAR))
    assert enrollments(manager)[1] == (
        2,
        True,
        date(2032, 2, 21),
        False,
    )  # expired long ago: a window from now


def test_a_wave_given_in_a_later_cycle_asks_in_that_cycle_and_one_of_before_does_not(manager: Actor) -> None:
    expires()
    assign(manager, COURSE, COMMUNE, title="Định kỳ", terms=Terms(Due(moment(5).day)), moment=moment())
    complete(manager, moment())
    sync_assignments(moment=moment(300))
    assert enrollments(manager)[1][2] == date(2027, 11, 27)
    soon = Terms(Due(moment(310).day), repeats=False)
    assign(manager, COURSE, COMMUNE, title="Đợt gấp", terms=soon, moment=moment(301))
    assert enrollments(manager)[1][2] == moment(310).day
    assert is_true_to_the_facts(0, 300, 301)


def test_all_expire_on_one_day_of_the_year(manager: Actor) -> None:
    expires(more="renew_on: 31-12\n")
    early, late = hire("som"), hire("muon")
    assign(manager, COURSE, COMMUNE, title="Đợt", moment=moment(-100))
    complete(early, moment(-100))  # in August: valid to the end of this year
    complete(late, moment())  # in November, in the window: to the end of the next
    sync_assignments(moment=moment(1))
    assert [row[:3] for row in enrollments(early)] == [(1, False, None), (2, True, date(2026, 12, 31))]
    assert [row[:3] for row in enrollments(late)] == [(1, True, None)]


def test_who_is_away_begins_her_next_cycle_when_she_is_back(manager: Actor) -> None:
    expires()
    learner = hire("hoc-vien")
    assign(manager, COURSE, COMMUNE, title="Đợt", moment=moment())
    complete(learner, moment())
    note_absence(None, learner.id, Absence.LEAVE, moment=moment(100))
    assert sync_assignments(moment=moment(YEAR)) == 0
    note_absence(None, learner.id, None, moment=moment(YEAR + 10))
    assert enrollments(learner)[1][:2] == (2, True)
    note_absence(None, learner.id, Absence.LEAVE, moment=moment(YEAR + 20))
    move_person(None, learner.id, WARD, moment=moment(YEAR + 21))
    note_absence(None, learner.id, None, moment=moment(YEAR + 22))
    assert figures(WARD, YEAR + 22) == (1, 0, 0)
    assert is_true_to_the_facts(0, 100, YEAR, YEAR + 10, YEAR + 20, YEAR + 22)


def test_a_past_day_shows_the_cycle_of_that_day(manager: Actor) -> None:
    expires()
    assign(manager, COURSE, COMMUNE, title="Đợt", moment=moment())
    complete(manager, moment(1))
    sync_assignments(moment=moment(YEAR))

    def states(day: float) -> list[str]:
        report = person_report(("/",), manager.id, moment(day).day)
        return [course.state for course in report.courses if course.slug == COURSE]

    last = person_report(("/",), manager.id, moment(YEAR).day).courses[0]
    assert [day.date() for day in last.completed_before] == [moment(1).day]
    assert [states(day) for day in (0, 1, YEAR - 1, YEAR)] == [
        ["enrolled"],
        ["completed"],
        ["completed"],
        ["enrolled"],
    ]


# --- Many


def test_ten_thousand_people_are_enrolled_in_batches(app: Flask, manager: Actor) -> None:
    place = get_by_code(VILLAGE).id
    count = 10_000
    with transaction() as session:
        first = (session.scalar(sa.select(sa.func.max(Person.id))) or 0) + 1
        ids = range(first, first + count)
        session.execute(
            sa.insert(Person),
            [
                {
                    "id": n,
                    "username": f"dong-{n}",
                    "name": "Người Thử",
                    "sort_key": "",
                    "organization_id": place,
                    "created_at": moment().at,
                }
                for n in ids
            ],
        )
        session.execute(
            sa.insert(Membership),
            [
                {
                    "person_id": n,
                    "organization_id": place,
                    "is_main": True,
                    "position": "",
                    "began_on": moment().day,
                }
                for n in ids
            ],
        )
    blocks: list[int] = []  # of memory, at each statement

    def look(*_event: object) -> None:
        blocks.append(sys.getallocatedblocks())

    sa.event.listen(write_engine(), "before_cursor_execute", look)
    made = assign(manager, COURSE, COMMUNE, title="Đợt", terms=Terms(Due(days=10)), moment=moment())
    sa.event.remove(write_engine(), "before_cursor_execute", look)
    assert made.enrolled == count + 1
    assert max(blocks) - blocks[0] < 4 * count  # never more than some hundred people at once
    assert preview(get_course(COURSE).id, AssignmentRule("/", moment().day)).days == (
        (moment(10).day, count + 1),
    )
    assert figures(VILLAGE, 0) == (count, 0, 0)
    assert is_true_to_the_facts(0)
