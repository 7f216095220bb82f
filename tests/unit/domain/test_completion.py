"""What completes a unit and a course, and what an event can no longer change."""

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.completion import CourseState, UnitProgress, UnitRecord, UnitState, course_is_complete
from learning.domain.content import CompletionRule
from learning.domain.figures import STANDING, Measure, course_postings, unit_postings

READ, QUIZ, SESSION = CompletionRule.READ, CompletionRule.QUIZ, CompletionRule.SESSION
RULES = [
    frozenset(rules)
    for rules in chain.from_iterable(combinations(CompletionRule, size) for size in (1, 2, 3, 4))
]
events = st.tuples(st.sampled_from([None, *CompletionRule]), st.booleans())


def test_a_unit_to_read_is_completed_by_reading() -> None:
    assert UnitRecord().after([READ], satisfied=READ).state is UnitState.COMPLETED


def test_a_unit_with_a_quiz_is_passed_and_only_by_its_quiz() -> None:
    assert UnitRecord().after([QUIZ], satisfied=READ).state is UnitState.IN_PROGRESS
    assert UnitRecord().after([QUIZ], satisfied=QUIZ).state is UnitState.PASSED


def test_rules_joined_by_and_may_come_in_any_order() -> None:
    for first, second in ((READ, QUIZ), (QUIZ, READ)):
        half = UnitRecord().after([READ, QUIZ], satisfied=first)
        assert half.state is UnitState.IN_PROGRESS
        assert half.after([READ, QUIZ], satisfied=second).state is UnitState.PASSED


def test_without_attempts_left_a_unit_is_failed_until_it_is_finished() -> None:
    failed = UnitRecord().after([QUIZ], attempts_exhausted=True)
    assert failed.state is UnitState.FAILED
    assert failed.after([QUIZ]).state is UnitState.FAILED
    assert failed.after([QUIZ], satisfied=QUIZ).state is UnitState.PASSED


def test_a_failed_unit_stays_failed_when_its_rules_change() -> None:
    failed = UnitRecord().after([QUIZ], attempts_exhausted=True)
    assert failed.after([READ, SESSION], satisfied=READ).state is UnitState.FAILED


@given(st.sampled_from(RULES), st.lists(events, max_size=8))
def test_a_finished_unit_never_changes_and_standing_figures_follow_the_state(
    rules: frozenset[CompletionRule], happened: list[tuple[CompletionRule | None, bool]]
) -> None:
    record, standing = UnitRecord(), dict.fromkeys(STANDING, 0)
    for satisfied, exhausted in happened:
        after = record.after(rules, satisfied=satisfied, attempts_exhausted=exhausted)
        assert not record.state.is_finished or after == record
        for measure, n in unit_postings(record.state, after.state):
            if measure in standing:
                standing[measure] += n
        record = after
    begun = record.state is not UnitState.NOT_STARTED
    assert standing == {
        Measure.ENROLLED: 0,
        Measure.STARTED: int(begun),
        Measure.COMPLETED: int(record.state.is_finished),
        Measure.PASSED: int(record.state is UnitState.PASSED),
        Measure.FAILED: int(record.state is UnitState.FAILED),
    }


@pytest.mark.parametrize(
    ("units", "complete"),
    [
        ([(True, UnitState.COMPLETED), (True, UnitState.PASSED)], True),
        ([(True, UnitState.COMPLETED), (True, UnitState.FAILED)], False),
        ([(True, UnitState.PASSED), (False, UnitState.NOT_STARTED)], True),
        ([(False, UnitState.COMPLETED)], False),
        ([], False),
    ],
)
def test_a_course_is_complete_when_its_required_units_are(
    units: list[tuple[bool, UnitState]], complete: bool
) -> None:
    assert course_is_complete(UnitProgress(*unit) for unit in units) is complete


def test_flows_are_posted_with_what_stands_and_never_taken_back() -> None:
    postings = dict(course_postings(CourseState.ENROLLED, CourseState.COMPLETED))
    assert postings == {
        Measure.STARTED: 1,
        Measure.COMPLETED: 1,
        Measure.OPEN: -1,
        Measure.DID_START: 1,
        Measure.DID_COMPLETE: 1,
    }
    assert all(measure in STANDING for measure, n in unit_postings(UnitState.PASSED, UnitState.NOT_STARTED))


@pytest.mark.parametrize(
    ("before", "exhausted", "after"),
    [
        (UnitState.FAILED, False, UnitState.IN_PROGRESS),
        (UnitState.FAILED, True, UnitState.FAILED),
        (UnitState.IN_PROGRESS, True, UnitState.FAILED),
        (UnitState.COMPLETED, True, UnitState.COMPLETED),
        (UnitState.PASSED, True, UnitState.PASSED),
    ],
)
def test_attempts_allowed_open_and_close_what_is_not_finished(
    before: UnitState, exhausted: bool, after: UnitState
) -> None:
    record = UnitRecord(before, frozenset({READ}))
    assert record.allowed([READ, QUIZ], attempts_exhausted=exhausted) == UnitRecord(after, record.satisfied)


def test_attempts_allowed_leave_a_unit_alone_that_does_not_ask_for_the_quiz() -> None:
    failed = UnitRecord(UnitState.FAILED)
    assert failed.allowed([READ], attempts_exhausted=False) == failed
    passed = UnitRecord(UnitState.IN_PROGRESS, frozenset({QUIZ}))  # and still to be read
    assert passed.allowed([READ, QUIZ], attempts_exhausted=True) == passed
