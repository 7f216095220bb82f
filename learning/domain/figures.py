"""What a change of state posts to the ledger of figures.

Standing measures say how many stand where now; flow measures (`did_...`, `joined`, `left`) say what happened, and
are taken back only with the correction that brought them. What is open is counted by the day when it is due.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from enum import StrEnum

from learning.domain.completion import CourseState, UnitState


class Measure(StrEnum):
    """What the ledger counts."""

    ENROLLED = "enrolled"
    STARTED = "started"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"
    JOINED = "joined"
    LEFT = "left"
    DID_START = "did_start"
    DID_COMPLETE = "did_complete"
    DID_PASS = "did_pass"  # noqa: S105  (not a password)
    DID_FAIL = "did_fail"


NO_AUDIENCE = ""  # of whom none is known, and in sums: of everybody
STANDING = (Measure.ENROLLED, Measure.STARTED, Measure.COMPLETED, Measure.PASSED, Measure.FAILED)
FLOWS = (
    Measure.DID_START,
    Measure.DID_COMPLETE,
    Measure.DID_PASS,
    Measure.DID_FAIL,
    Measure.JOINED,
    Measure.LEFT,
)
_FLOW = {
    Measure.STARTED: Measure.DID_START,
    Measure.COMPLETED: Measure.DID_COMPLETE,
    Measure.PASSED: Measure.DID_PASS,
    Measure.FAILED: Measure.DID_FAIL,
}
_OF_UNIT: dict[UnitState, frozenset[Measure]] = {
    UnitState.NOT_STARTED: frozenset(),
    UnitState.IN_PROGRESS: frozenset({Measure.STARTED}),
    UnitState.COMPLETED: frozenset({Measure.STARTED, Measure.COMPLETED}),
    UnitState.PASSED: frozenset({Measure.STARTED, Measure.COMPLETED, Measure.PASSED}),
    UnitState.FAILED: frozenset({Measure.STARTED, Measure.FAILED}),
}
_OF_COURSE: dict[CourseState, frozenset[Measure]] = {
    CourseState.ENROLLED: frozenset({Measure.ENROLLED, Measure.OPEN}),
    CourseState.STARTED: frozenset({Measure.ENROLLED, Measure.STARTED, Measure.OPEN}),
    CourseState.COMPLETED: frozenset({Measure.ENROLLED, Measure.STARTED, Measure.COMPLETED}),
}


def unit_postings(before: UnitState, after: UnitState) -> tuple[tuple[Measure, int], ...]:
    """Return (measure, n) for a unit that went from one state to another."""
    return _postings(_OF_UNIT[before], _OF_UNIT[after])


def course_postings(before: CourseState | None, after: CourseState) -> tuple[tuple[Measure, int], ...]:
    """Return (measure, n) for a course that went from one state, or from no enrollment, to another."""
    return _postings(_OF_COURSE[before] if before else frozenset(), _OF_COURSE[after])


def standing(postings: Iterable[tuple[Measure, int]]) -> tuple[tuple[Measure, int], ...]:
    """Return those of the postings that say how many stand where."""
    return tuple((measure, n) for measure, n in postings if measure in STANDING or measure is Measure.OPEN)


def _postings(before: AbstractSet[Measure], after: AbstractSet[Measure]) -> tuple[tuple[Measure, int], ...]:
    gained = sorted(after - before)
    flows = [(_FLOW[measure], 1) for measure in gained if measure in _FLOW]
    lost = [(measure, -1) for measure in sorted(before - after)]
    return (*((measure, 1) for measure in gained), *flows, *lost)
