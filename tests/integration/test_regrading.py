"""A wrong key is mended: who gains, who loses, what follows, and that undoing leaves nothing behind."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learning.audit.models import AuditEntry
from learning.courses.queries import published_revisions
from learning.database import current_session
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Actor, Role
from learning.notices.queries import list_notices
from learning.notices.services import dismiss
from learning.organizations.services import DEPARTMENT_CODE
from learning.progress.models import Enrollment, UnitCompletion
from learning.progress.recount import find_differences
from learning.progress.sums import find_wrong_sums
from learning.quizzes.models import Attempt
from learning.quizzes.queries import get_attempt, get_quiz
from learning.quizzes.regrading import (
    RegradingPreview,
    apply_regrading,
    list_regradings,
    preview_regrading,
    undo_regrading,
)
from learning.quizzes.services import Answer, save_responses, start_attempt, submit_attempt
from learning.reports.people import person_report
from learning.reports.queries import organization_report
from learning.study.services import declare_read
from tests.support.factories import (
    COMMUNE,
    COURSE,
    OTHER_COMMUNE,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    SEED,
    ZONE,
    course_texts,
    import_texts,
    make_organizations,
    make_person,
    moment,
    unit_text,
)
from tests.support.keyed_quiz import answer, publish, quiz_text, sit
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")


def preview(quiz: str = QUIZ, *, nobody_loses: bool = True) -> RegradingPreview:
    return preview_regrading(get_quiz(quiz), nobody_loses=nobody_loses)


def regrade(
    trainer: Actor, quiz: str = QUIZ, *, nobody_loses: bool = True, day: float = 2, latest: int = 0
) -> int:
    place = get_quiz(quiz)
    return apply_regrading(
        trainer,
        place,
        latest_id=latest or max(revision.revision_id for revision in published_revisions(place.id)),
        nobody_loses=nobody_loses,
        reason="Đáp án sai.",
        moment=moment(day),
    )


def undo(trainer: Actor, regrading: int, quiz: str = QUIZ, *, day: float = 3) -> None:
    undo_regrading(trainer, get_quiz(quiz), regrading, moment=moment(day))


def rows_of(*models: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the tables as the database has them, JSON as its text."""
    found = {}
    for model in models:
        columns = [
            sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column
            for column in model.__table__.columns
        ]
        rows = current_session().execute(sa.select(*columns).order_by(model.id))
        found[model.__tablename__] = [tuple(row) for row in rows]
    return found


def what_matters() -> dict[str, list[tuple[Any, ...]]]:
    return rows_of(Attempt, UnitCompletion, Enrollment)


def scores() -> list[str | None]:
    return list(current_session().scalars(sa.select(Attempt.score).order_by(Attempt.id)))


def state(person: Actor) -> tuple[str, Any]:
    row = current_session().execute(
        sa.select(UnitCompletion.state, Enrollment.completed_at)
        .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
        .where(UnitCompletion.person_id == person.id, UnitCompletion.superseded_at.is_(None))
        .order_by(UnitCompletion.id.desc())
    )
    return tuple(row.first() or ())  # type: ignore[return-value]  # two columns


def no_differences(*days: int) -> None:
    assert [one for day in days for one in find_differences(moment(day).day, ZONE)] == []
    assert find_wrong_sums() == []


@pytest.fixture
def trainer(app: Flask) -> Actor:
    make_organizations()
    import_texts(course_texts() | {f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": quiz_text()})
    return make_person("giang-vien", DEPARTMENT_CODE, role=Role.TRAINER)


@pytest.fixture
def learner(trainer: Actor) -> Actor:
    return make_person("hoc-vien")


# --- What it changes


def test_a_preview_tells_who_gains_and_loses_and_changes_nothing(trainer: Actor, learner: Actor) -> None:
    loser, same = make_person("nguoi-mat", OTHER_COMMUNE), make_person("nguoi-yen")
    sit(learner, "aaaa")  # 3 of 5 points by the old key, 5 by the new one
    sit(loser, "aaab")
    sit(same, "bbbc")
    publish("aaaa")
    before = what_matters()
    kind, strict = preview(), preview(nobody_loses=False)
    assert what_matters() == before
    assert (kind.corrected, kind.unlike, kind.attempts, kind.is_applied) == (("q4",), (), 3, False)
    by_person = {change.person_id: change for change in strict.people}
    assert by_person[learner.id].newly_passed
    assert by_person[learner.id].gains
    assert (by_person[loser.id].before, by_person[loser.id].after) == (1, Fraction(3, 5))
    assert by_person[loser.id].newly_failed
    assert by_person[loser.id].organization_id == loser.organization_id
    assert by_person[same.id].before == by_person[same.id].after == 0
    assert not any(change.loses or change.newly_failed for change in kind.people)
    assert sum(change.newly_passed for change in kind.people) == 1


def test_who_passes_by_the_corrected_key_completes_the_unit_and_the_course(
    trainer: Actor, learner: Actor
) -> None:
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment())
    sit(learner, "aaaa")
    assert state(learner) == ("in_progress", None)
    publish("aaaa")
    regrade(trainer)
    assert state(learner) == ("passed", moment(2).at)
    assert scores() == ["5"]
    no_differences(0, 1, 2, 3)


def test_nobody_loses_unless_it_is_asked_for(trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaab")
    publish("aaaa")
    first = regrade(trainer)
    assert (scores(), state(learner)[0]) == (["5"], "passed")
    undo(trainer, first)
    regrade(trainer, nobody_loses=False, day=4)
    assert (scores(), state(learner)[0]) == (["3"], "in_progress")
    no_differences(0, 1, 2, 3, 4, 5)


def test_who_had_no_attempt_left_fails_and_who_fails_no_more_is_freed(trainer: Actor, learner: Actor) -> None:
    other = make_person("nguoi-khac")
    for hour in range(3):
        sit(learner, "aaab" if hour == 0 else "----", day=hour / 24)
        sit(other, "aaaa", day=hour / 24)
    assert (state(learner)[0], state(other)[0]) == ("passed", "failed")
    publish("aaaa")
    regrading = regrade(trainer, nobody_loses=False)
    assert (state(learner)[0], state(other)[0]) == ("failed", "passed")
    no_differences(0, 1, 2)
    undo(trainer, regrading)
    assert (state(learner)[0], state(other)[0]) == ("passed", "failed")
    no_differences(0, 1, 2, 3)


@pytest.mark.parametrize(
    ("rule", "passes"), [("highest", True), ("latest", False), ("first", True), ("average", False)]
)
def test_which_attempt_counts_decides_as_ever(
    trainer: Actor, learner: Actor, rule: str, passes: bool
) -> None:
    publish("aaab", rule=rule, day=0)
    sit(learner, "aaaa", day=0.1)
    sit(learner, "----", day=0.2)
    # By the new key the first attempt passes at its own time, before the second was made: a pass stands.
    publish("aaaa", rule=rule)
    [change] = preview().people
    assert change.passed_after
    expected = {
        "highest": Fraction(1),
        "latest": Fraction(0),
        "first": Fraction(1),
        "average": Fraction(1, 2),
    }[rule]
    assert change.after == expected
    assert (expected >= Fraction(7, 10)) is passes
    regrade(trainer)
    assert state(learner)[0] == "passed"


def test_a_unit_that_must_also_be_read_is_not_finished_by_it(trainer: Actor, learner: Actor) -> None:
    both = unit_text("Cả hai", completion="read and quiz", quiz=QUIZ)
    import_texts({f"courses/{COURSE}/{QUIZ_UNIT}.vi.md": both})
    sit(learner, "aaaa")
    publish("aaaa")
    regrading = regrade(trainer)
    assert state(learner)[0] == "in_progress"
    declare_read(learner, COURSE, QUIZ_UNIT, revision_id=None, moment=moment(2.5))
    assert state(learner)[0] == "passed"
    undo(trainer, regrading)  # what she read meanwhile is not lost
    assert state(learner)[0] == "in_progress"
    sit(learner, "aaaa", day=4)
    assert state(learner)[0] == "passed"
    no_differences(0, 1, 2, 3, 4)


def test_points_and_the_pass_mark_stay_those_that_were_asked(trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaaa")
    text = quiz_text("aaaa", share="100%").decode().replace("points=2", "points=9")
    import_texts({f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": text.encode()}, at=moment(1))
    regrade(trainer)
    row = get_attempt(learner, 1).row
    assert (row.score, row.max_score, row.passed) == (5, 5, True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- [ ] Lựa c {#c}\n\n## Câu 2", "- [ ] Lựa d {#d}\n\n## Câu 2"),  # other choices
        ("{#q1 points=1}", "{#q1 points=1 type=multiple}"),  # another type
        ("{#q1 points=1}", "{#khac points=1}"),  # gone
    ],
)
def test_what_was_answered_to_something_else_stays_as_it_was_marked(
    trainer: Actor, learner: Actor, old: str, new: str
) -> None:
    sit(learner, "aaab")
    text = quiz_text("baab").decode()
    assert old in text
    import_texts({f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": text.replace(old, new).encode()}, at=moment(1))
    seen = preview(nobody_loses=False)
    assert (seen.corrected, seen.attempts) == ((), 0)
    assert seen.unlike == (() if "khac" in new else ("q1",))
    with pytest.raises(Refused):
        regrade(trainer, nobody_loses=False)
    assert scores() == ["5"]


def test_the_words_of_one_language_can_be_corrected_alone(trainer: Actor, learner: Actor) -> None:
    path = f"quizzes/{COURSE}/{QUIZ}"
    texts = {
        language: f"---\ntitle: T\n---\n\n## A {{#q{kind}}}\n\n- = {word}\n"
        for language, kind, word in (("vi", " type=text", "một"), ("en", "", "one"))
    }
    import_texts({f"{path}.{language}.quiz.md": text.encode() for language, text in texts.items()})
    attempt = start_attempt(learner, QUIZ, seed=SEED, moment=moment())
    given = {"q": Answer("q", "1st", "00000000-0000-4000-8000-000000000001", 1)}
    save_responses(learner, attempt, given, language="en", moment=moment())
    submit_attempt(learner, attempt, moment=moment())
    import_texts({f"{path}.en.quiz.md": f"{texts['en']}- = 1st\n".encode()}, at=moment(1))
    regrading = regrade(trainer)
    assert (scores(), state(learner)[0]) == (["1"], "passed")
    undo(trainer, regrading)
    assert scores() == ["0"]
    no_differences(0, 1, 2, 3)


def test_other_words_alone_are_nothing_to_mark_anew(trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaab")
    publish("aaab", title="Tên khác")
    assert preview().corrected == ()
    with pytest.raises(Refused):
        regrade(trainer)


def test_a_later_text_with_the_same_key_is_nothing_to_mark_anew(trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaaa")
    publish("aaaa")
    regrade(trainer)
    publish("aaaa", day=3, title="Tên khác")
    assert preview(nobody_loses=False).attempts == 0


def test_a_correction_can_itself_be_corrected(trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaab")
    publish("aaaa")
    regrade(trainer, nobody_loses=False)
    assert scores() == ["3"]
    publish("aaab", day=3, title="Vẫn như trước")
    assert preview().corrected == ("q4",)
    regrade(trainer, day=4)
    assert (scores(), state(learner)[0]) == (["5"], "passed")
    no_differences(*range(5))


# --- Undoing


def test_undoing_leaves_everything_as_it_was_to_the_moment(trainer: Actor, learner: Actor) -> None:
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment())
    sit(learner, "aaab", day=0.5)
    publish("aaaa")
    before = what_matters()
    regrading = regrade(trainer, nobody_loses=False)
    assert state(learner) == ("in_progress", None)
    undo(trainer, regrading)
    assert what_matters() == before
    no_differences(0, 1, 2, 3)
    with pytest.raises(Conflict):
        undo(trainer, regrading)
    with pytest.raises(NotFound):
        undo(trainer, regrading + 1)


def test_regradings_stand_on_each_other_and_are_undone_from_the_last(trainer: Actor, learner: Actor) -> None:
    sit(learner, "acca")
    publish("aaaa", day=1)
    first = regrade(trainer, day=2)
    between = what_matters()
    publish("acaa", day=3)
    second = regrade(trainer, day=4)
    assert scores() == ["4"]
    with pytest.raises(Conflict):
        undo(trainer, first, day=5)
    undo(trainer, second, day=5)
    assert what_matters() == between
    undo(trainer, first, day=6)
    assert scores() == ["1"]
    no_differences(*range(7))


def test_a_pass_earned_meanwhile_stays_when_a_regrading_is_undone(trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaaa")
    publish("aaaa")
    regrading = regrade(trainer)
    sit(learner, "aaaa", day=2.5)  # by its own text, which has the right key
    undo(trainer, regrading)
    assert (scores(), state(learner)[0]) == (["3", "5"], "passed")
    no_differences(0, 1, 2, 3)


def test_reports_of_a_past_day_name_people_as_they_stood_then(trainer: Actor, learner: Actor) -> None:
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment())
    sit(learner, "aaab", day=0.1)
    publish("aaaa")
    regrading = regrade(trainer, nobody_loses=False, day=2)
    undo(trainer, regrading, day=4)
    expected = {0: "completed", 1: "completed", 2: "started", 3: "started", 4: "completed"}
    for day, course_state in expected.items():
        as_of = moment(day).day
        [person] = organization_report(("/",), COMMUNE, COURSE, as_of=as_of, names=("/",)).people
        [line] = person_report(("/",), learner.id, as_of).courses
        assert (person.state, line.state) == (course_state, course_state)
        unit_state = "passed" if course_state == "completed" else "in_progress"
        assert unit_state in person.units
        assert [unit.state for unit in line.units if unit.slug == QUIZ_UNIT] == [unit_state]
    no_differences(*range(5))


def test_a_round_that_is_over_stays_as_it_ended(trainer: Actor, learner: Actor) -> None:
    other = make_person("nguoi-khac")
    sit(learner, "aaaa")
    publish("aaaa")
    regrading = regrade(trainer)
    import_texts({f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": quiz_text("aaba")}, at=moment(3), effect="repass")
    sit(other, "aaba", day=3.5)
    assert preview().attempts == 1  # the learner's, of the round that is over
    assert preview().people == ()
    undo(trainer, regrading, day=4)
    assert scores() == ["3", "5"]
    assert state(other)[0] == "passed"
    assert state(learner) == ()
    sit(learner, "aaba", day=5)
    assert state(learner)[0] == "passed"
    no_differences(*range(7))


# --- In the middle of things


def test_an_attempt_under_way_is_marked_by_the_correction_when_it_is_submitted(
    trainer: Actor, learner: Actor
) -> None:
    other = make_person("nguoi-khac")
    sit(other, "aaaa")
    attempt = start_attempt(learner, QUIZ, seed=SEED, moment=moment())
    answer(learner, attempt, "aaaa")
    publish("aaaa")
    regrading = regrade(trainer)
    given = submit_attempt(learner, attempt, moment=moment(2.5))
    assert (given.grade.score, given.grade.passed) == (5, True)
    assert state(learner)[0] == "passed"
    undo(trainer, regrading)
    assert (get_attempt(learner, attempt).row.score, state(learner)[0]) == (3, "in_progress")
    no_differences(0, 1, 2, 3)


def test_attempts_at_the_corrected_text_are_left_alone(trainer: Actor, learner: Actor) -> None:
    publish("aaaa", day=0)
    sit(learner, "aaab", day=1)
    assert preview(nobody_loses=False).attempts == 0


def test_what_was_previewed_is_what_is_applied(trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaaa")
    publish("aaaa")
    seen = preview().latest_id
    publish("baaa", day=2)
    with pytest.raises(Conflict):
        regrade(trainer, latest=seen)
    assert scores() == ["3"]


def test_of_two_who_apply_at_once_one_does(app: Flask, trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaaa")
    publish("aaaa")
    given = together(app, [lambda: regrade(trainer)] * 4)
    assert sorted(type(one) is int for one in given) == [False] * 3 + [True]
    assert {type(one) for one in given} == {int, Conflict}
    assert len(list_regradings(get_quiz(QUIZ).id)) == 1
    no_differences(0, 1, 2)


def test_of_two_who_undo_at_once_one_does(app: Flask, trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaaa")
    publish("aaaa")
    before = what_matters()
    regrading = regrade(trainer)
    given = together(app, [lambda: undo(trainer, regrading)] * 4)
    assert sorted(isinstance(one, Conflict) for one in given) == [False] + [True] * 3
    assert what_matters() == before
    no_differences(0, 1, 2, 3)


def test_who_submits_while_it_is_applied_is_marked_by_it_too(app: Flask, trainer: Actor) -> None:
    people = [make_person(f"hoc-vien-{number}") for number in range(6)]
    sit(people[0], "aaaa")
    attempts = {person.id: start_attempt(person, QUIZ, seed=SEED, moment=moment()) for person in people[1:]}
    for person in people[1:]:
        answer(person, attempts[person.id], "aaaa")
    publish("aaaa")

    def submit(person: Actor) -> object:
        return submit_attempt(person, attempts[person.id], moment=moment(2))

    calls = [lambda person=person: submit(person) for person in people[1:]]
    together(app, [*calls, lambda: regrade(trainer)])
    assert scores() == ["5"] * 6
    assert {state(person)[0] for person in people} == {"passed"}
    no_differences(0, 1, 2)
    undo(trainer, list_regradings(get_quiz(QUIZ).id)[0].id)
    assert scores() == ["3"] * 6
    no_differences(0, 1, 2, 3)


def test_whose_points_change_are_told_and_nobody_else(trainer: Actor, learner: Actor) -> None:
    other = make_person("nguoi-khac")
    first = sit(learner, "aaaa")
    sit(other, "aaac")
    publish("aaaa")
    regrading = regrade(trainer)
    [notice] = list_notices(learner)
    assert (notice.kind, notice.detail) == ("attempt_corrected", {"attempt": first, "quiz": "Thử"})
    assert list_notices(other) == ()
    dismiss(learner, notice.id, now=moment(2).at)
    undo(trainer, regrading)
    assert [one.kind for one in list_notices(learner)] == ["attempt_corrected"]
    assert list_notices(other) == ()


# --- On record


def test_both_deeds_are_on_record(trainer: Actor, learner: Actor) -> None:
    sit(learner, "aaaa")
    publish("aaaa")
    regrading = regrade(trainer)
    undo(trainer, regrading)
    rows = current_session().execute(
        sa.select(AuditEntry.action, AuditEntry.subject, AuditEntry.actor_id)
        .where(AuditEntry.action.like("quiz.%"))
        .order_by(AuditEntry.id)
    )
    assert [tuple(row) for row in rows] == [
        ("quiz.regraded", f"quiz:{QUIZ}", trainer.id),
        ("quiz.regrading_undone", f"quiz:{QUIZ}", trainer.id),
    ]
    [past] = list_regradings(get_quiz(QUIZ).id)
    assert (past.reason, past.attempts, past.gained, past.newly_passed) == ("Đáp án sai.", 1, 1, 1)
    assert (past.applied_at, past.undone_at) == (moment(2).at, moment(3).at)


# --- Whatever happened

_numbers = count()
GIVEN = st.text("abc-", min_size=3, max_size=3)
KEYS = st.text("abc", min_size=3, max_size=3)


@settings(
    max_examples=12, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sittings=st.lists(st.lists(GIVEN, min_size=1, max_size=3), min_size=1, max_size=4),
    keys=st.tuples(KEYS, KEYS),
    rules=st.tuples(
        st.sampled_from(["highest", "latest", "first", "average"]), st.sampled_from(["25%", "50%", "100%"])
    ),
    nobody_loses=st.booleans(),
)
def test_undone_it_was_never_there_and_nobody_loses_who_must_not(
    trainer: Actor,
    sittings: list[list[str]],
    keys: tuple[str, str],
    rules: tuple[str, str],
    nobody_loses: bool,
) -> None:
    rule, share = rules
    number = next(_numbers)
    course, quiz = f"khoa-{number}", f"bai-{number}"
    import_texts(course_texts(course, quiz=quiz))
    publish(keys[0], quiz=quiz, course=course, day=0, rule=rule, share=share)
    for row, person_sittings in enumerate(sittings):
        person = make_person(f"nguoi-{number}-{row}")
        for day, given_now in enumerate(person_sittings):
            sit(person, given_now, quiz=quiz, day=day / 3)
    publish(keys[1], quiz=quiz, course=course, rule=rule, share=share)
    seen = preview(quiz, nobody_loses=nobody_loses)
    before = what_matters()
    if not seen.attempts:
        assert keys[0] == keys[1]
        return
    regrading = regrade(trainer, quiz, nobody_loses=nobody_loses)
    after = what_matters()
    no_differences(0, 1, 2)
    moved = sum(one.newly_passed - one.newly_failed for one in seen.people)
    assert passing(after) - passing(before) == moved
    if nobody_loses:
        assert passing(before) <= passing(after)
        assert all(new >= old for old, new in zip(won(before), won(after), strict=True))
    undo(trainer, regrading, quiz)
    assert what_matters() == before
    no_differences(0, 1, 2, 3)


def won(rows: Mapping[str, list[tuple[Any, ...]]]) -> list[Fraction]:
    place = [column.key for column in Attempt.__table__.columns].index("score")
    return [Fraction(row[place]) for row in rows["attempt"]]


def passing(rows: Mapping[str, list[tuple[Any, ...]]]) -> int:
    place = [column.key for column in UnitCompletion.__table__.columns].index("state")
    return sum(row[place] == "passed" for row in rows["unit_completion"])
