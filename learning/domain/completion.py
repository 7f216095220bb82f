"""When a unit and a course are completed.

The author declares the rules of a unit (read, quiz, task, session, joined by `and`); events satisfy rules one by
one. Passed and completed both finish a unit; failed means that no attempt is left. A finished unit stays
finished within its round, whatever comes later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from learning.domain.content import CompletionRule


class Learner(Protocol):
    """Whoever's progress it is."""

    @property
    def id(self) -> int:
        """The person's id."""


class LearnerKey(NamedTuple):
    """A learner who does not act herself."""

    id: int


class Turn(NamedTuple):
    """In which a person takes a quiz or hands in a task: her cycle in the course, and the round of the unit.

    What was done in an earlier one neither counts nor is counted in a later one.
    """

    cycle: int
    round: int


class UnitState(StrEnum):
    """How far a person is with one unit."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"

    @property
    def is_finished(self) -> bool:
        """Whether the unit counts as done."""
        return self in (UnitState.COMPLETED, UnitState.PASSED)


class CourseState(StrEnum):
    """How far a person is with a course in one cycle."""

    ENROLLED = "enrolled"
    STARTED = "started"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """What is known of one person's unit in one round."""

    state: UnitState = UnitState.NOT_STARTED
    satisfied: frozenset[CompletionRule] = frozenset()

    def after(
        self,
        rules: Iterable[CompletionRule],
        *,
        satisfied: CompletionRule | None = None,
        attempts_exhausted: bool = False,
    ) -> "UnitRecord":
        """Return the record after an event under these rules; an event that satisfies nothing only begins."""
        if self.state.is_finished:
            return self
        now = self.satisfied | ({satisfied} if satisfied else set())
        required = frozenset(rules)
        if required and required <= now:
            passed = CompletionRule.QUIZ in required
            return UnitRecord(UnitState.PASSED if passed else UnitState.COMPLETED, now)
        if self.state is UnitState.FAILED:
            return UnitRecord(UnitState.FAILED, now)  # until it is finished, also when its rules change
        if attempts_exhausted and CompletionRule.QUIZ in required and CompletionRule.QUIZ not in now:
            return UnitRecord(UnitState.FAILED, now)
        return UnitRecord(UnitState.IN_PROGRESS, now)

    def corrected(
        self, rules: Iterable[CompletionRule], *, quiz_passed: bool, attempts_exhausted: bool
    ) -> "UnitRecord":
        """Return the record after the results of the quiz were corrected: the one event that takes a finish back.

        Where the correction changes nothing about passing, nothing changes.
        """
        if quiz_passed == (CompletionRule.QUIZ in self.satisfied):
            return self
        required = frozenset(rules)
        now = self.satisfied ^ {CompletionRule.QUIZ}
        if CompletionRule.QUIZ not in required:
            return UnitRecord(self.state, now)
        if quiz_passed:
            return UnitRecord(UnitState.PASSED if required <= now else UnitState.IN_PROGRESS, now)
        return UnitRecord(UnitState.FAILED if attempts_exhausted else UnitState.IN_PROGRESS, now)

    def without(self, rules: Iterable[CompletionRule], rule: CompletionRule) -> "UnitRecord":
        """Return the record after it turned out that a rule was satisfied by mistake.

        A unit that does not ask for it any more, and is finished, stays as it is.
        """
        is_asked = rule in rules
        if rule not in self.satisfied or (self.state.is_finished and not is_asked):
            return self
        state = UnitState.IN_PROGRESS if self.state.is_finished else self.state
        return UnitRecord(state, self.satisfied - {rule})

    def allowed(self, rules: Iterable[CompletionRule], *, attempts_exhausted: bool) -> "UnitRecord":
        """Return the record after more or fewer attempts were allowed: open again, or failed for good."""
        if (
            self.state.is_finished
            or CompletionRule.QUIZ not in rules
            or CompletionRule.QUIZ in self.satisfied
        ):
            return self
        return UnitRecord(UnitState.FAILED if attempts_exhausted else UnitState.IN_PROGRESS, self.satisfied)


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One unit of a course as the completion of the course sees it."""

    required: bool
    state: UnitState


def course_is_complete(units: Iterable[UnitProgress]) -> bool:
    """Tell whether every required unit is finished; a course without required units is never complete."""
    required = [unit for unit in units if unit.required]
    return bool(required) and all(unit.state.is_finished for unit in required)
