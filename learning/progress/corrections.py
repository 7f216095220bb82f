"""Correcting what quizzes completed, after their attempts were marked anew: the one way to take a finish back.

How things stood before is kept, so that every past day can be recounted and a correction be undone exactly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from learning.certificates.services import follow_correction
from learning.database import fetch, transaction
from learning.domain.completion import CourseState, UnitRecord, UnitState
from learning.domain.content import CompletionRule
from learning.domain.figures import Measure, course_postings, unit_postings
from learning.progress.ledger import Posting, gather, post
from learning.progress.models import (
    CompletionCorrection,
    Enrollment,
    EnrollmentCorrection,
    UnitCompletion,
)
from learning.progress.moments import Moment
from learning.progress.services import (
    ENROLLMENT,
    Enrolled,
    RecordedUnit,
    course_is_done,
    postings_of,
    record_of,
    rules_of,
)
from learning.web.clock import zone


@dataclass(frozen=True, slots=True)
class QuizResult:
    """What a person's attempts at a quiz say; `revision_sha256` is that of the text she took last."""

    passed: bool
    exhausted: bool
    revision_sha256: str


_NO_RESULT = QuizResult(passed=False, exhausted=False, revision_sha256="")
_LOCK = (
    select(Enrollment.id)
    .where(Enrollment.course_id == bindparam("course"), Enrollment.is_current)
    .order_by(Enrollment.id)
    .with_for_update()
)
_KEPT = ("state", "satisfied", "revision_sha256", "completed_at", "failed_at")
_KEPT_COLUMNS = tuple(getattr(UnitCompletion, name).label(f"unit_{name}") for name in _KEPT)
_COMPLETIONS = (
    select(UnitCompletion.id.label("unit_completion_id"), *_KEPT_COLUMNS, *ENROLLMENT)
    .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
    .where(
        UnitCompletion.unit_id == bindparam("unit"),
        UnitCompletion.round == bindparam("round"),
        Enrollment.is_current,
        UnitCompletion.is_credited.is_(False),
    )
    .order_by(Enrollment.id)
)
# The last of several rows is the first that was written, and so what stood before.
_BEFORE = (
    select(
        CompletionCorrection.unit_completion_id,
        *(getattr(CompletionCorrection, name).label(f"unit_{name}") for name in _KEPT),
    )
    .where(CompletionCorrection.cause == bindparam("cause"))
    .order_by(CompletionCorrection.id.desc())
)
_LOCK_ONE = _LOCK.where(Enrollment.person_id == bindparam("person"))
_COMPLETIONS_OF_ONE = _COMPLETIONS.where(UnitCompletion.person_id == bindparam("person"))
_COURSE_BEFORE = (
    select(EnrollmentCorrection.enrollment_id, EnrollmentCorrection.completed_at)
    .where(EnrollmentCorrection.cause == bindparam("cause"))
    .order_by(EnrollmentCorrection.id.desc())
)
_CORRECT_COMPLETION = update(UnitCompletion).where(UnitCompletion.id == bindparam("completion"))
_CORRECT_ENROLLMENT = update(Enrollment).where(Enrollment.id == bindparam("enrollment"))


def correct_results(
    units: Sequence[RecordedUnit], results: Mapping[int, QuizResult], *, cause: str, moment: Moment
) -> int:
    """Let the units, and their courses, follow the corrected results of people; returns how many changed.

    The caller has locked the units, and all that these people could submit meanwhile.
    """
    return _Correcting(cause, moment).correct(units, results)


def follow_allowances(
    units: Sequence[RecordedUnit], results: Mapping[int, QuizResult], *, cause: str, moment: Moment
) -> int:
    """Let the units follow what attempts people are allowed now, as `correct_results` does with their results."""
    correcting = _Correcting(cause, moment)
    correcting.event = _allowed
    return correcting.correct(units, results)


def undo_correction(
    units: Sequence[RecordedUnit], results: Mapping[int, QuizResult], *, cause: str, moment: Moment
) -> int:
    """Let the units and courses follow results as they are again without a correction.

    Where nothing else has happened meanwhile, everything stands as it did before it, to the moment.
    """
    correcting = _Correcting(cause, moment)
    correcting.units_before = {row.unit_completion_id: row for row in fetch(_BEFORE, cause=cause)}
    correcting.courses_before = {row.enrollment_id: row for row in fetch(_COURSE_BEFORE, cause=cause)}
    return correcting.correct(units, results)


def take_back(
    units: Sequence[RecordedUnit],
    person_id: int,
    rule: CompletionRule,
    *,
    cause: str,
    moment: Moment,
    happened_on: date,
) -> int:
    """Let a person's units and courses be without a rule that she satisfied by mistake; returns how many changed.

    What it had brought to the figures of happenings is taken back with it, also of the day on which it `happened_on`.
    The caller has locked the units.
    """
    correcting = _Correcting(cause, moment)
    correcting.event = lambda now, rules, _result: now.without(rules, rule)
    correcting.is_mistake, correcting.happened_on = True, happened_on
    return correcting.correct(units, {person_id: _NO_RESULT}, one=person_id)


class _Correcting:
    """One correction, or its undoing, which knows what stood before it."""

    def __init__(self, cause: str, moment: Moment) -> None:
        self.cause, self.moment = cause, moment
        self.event: Callable[[UnitRecord, Sequence[CompletionRule], QuizResult], UnitRecord] = _corrected
        self.is_mistake = False
        self.happened_on: date | None = None
        self.units_before: Mapping[int, Row[Any]] = {}
        self.courses_before: Mapping[int, Row[Any]] = {}
        self.postings: list[Posting] = []
        self.changed = 0

    def correct(
        self, units: Sequence[RecordedUnit], results: Mapping[int, QuizResult], *, one: int | None = None
    ) -> int:
        """Correct the units of these people; where they are `one`, nobody else has to wait."""
        with transaction() as session:
            session.flush()
            for unit in units:
                fetch(_LOCK if one is None else _LOCK_ONE, course=unit.course_id, person=one).all()
                found = _COMPLETIONS if one is None else _COMPLETIONS_OF_ONE
                for row in fetch(found, unit=unit.id, round=unit.round, person=one).all():
                    if row.person_id in results:
                        self._correct_one(unit, row, results[row.person_id])
            post(gather(self.postings), day=self.moment.day, happened_on=self.happened_on)
        return self.changed

    def _correct_one(self, unit: RecordedUnit, row: Row[Any], result: QuizResult) -> None:
        now = _record(row)
        after = self.event(now, rules_of(unit.completion), result)
        before = self.units_before.get(row.unit_completion_id)
        restored = before is not None and _record(before) == after
        values = _values(before) if before is not None and restored else self._moved(row, after, result)
        if values == _values(row):
            return
        self.changed += 1
        enrolled = Enrolled(*(getattr(row, column.key) for column in ENROLLMENT))
        with transaction() as session:
            connection = session.connection()
            connection.execute(
                insert(CompletionCorrection),
                {
                    "unit_completion_id": row.unit_completion_id,
                    "cause": self.cause,
                    "corrected_at": self.moment.at,
                    **_values(row),
                },
            )
            connection.execute(_CORRECT_COMPLETION, {"completion": row.unit_completion_id, **values})
        self._post_unit(enrolled, unit, now.state, after.state, back=restored or self.is_mistake)
        self._correct_course(enrolled, row, now.state, after.state)

    def _moved(self, row: Row[Any], after: UnitRecord, result: QuizResult) -> dict[str, Any]:
        """Return what is stored of a unit that stands so from this moment on."""
        if after == _record(row):
            return _values(row)
        finished = after.state.is_finished
        failed_at = row.unit_failed_at if finished else None
        if after.state is UnitState.FAILED:
            failed_at = row.unit_failed_at or self.moment.at
        return {
            "state": after.state.value,
            "satisfied": ",".join(sorted(after.satisfied)),
            "revision_sha256": result.revision_sha256 if finished else None,
            "completed_at": self.moment.at if finished else None,
            "failed_at": failed_at,
        }

    def _correct_course(self, enrolled: Enrolled, row: Row[Any], was: UnitState, now: UnitState) -> None:
        if was.is_finished == now.is_finished:
            return
        is_done = course_is_done(enrolled)
        before = self.courses_before.get(enrolled.id)
        completed_at = enrolled.completed_at
        restored = before is not None and (before.completed_at is not None) == is_done
        if before is not None and restored:
            completed_at = before.completed_at
        elif is_done and completed_at is None:
            completed_at = self.moment.at
        elif not is_done and completed_at is not None and completed_at >= row.unit_completed_at:
            completed_at = None  # who had completed the course before this unit was asked for stays so
        if completed_at == enrolled.completed_at:
            return
        with transaction() as session:
            connection = session.connection()
            connection.execute(
                insert(EnrollmentCorrection),
                {
                    "enrollment_id": enrolled.id,
                    "cause": self.cause,
                    "corrected_at": self.moment.at,
                    "completed_at": enrolled.completed_at,
                },
            )
            connection.execute(_CORRECT_ENROLLMENT, {"enrollment": enrolled.id, "completed_at": completed_at})
            follow_correction(
                enrolled.course_id,
                enrolled.person_id,
                enrolled.cycle,
                completed_on=None if completed_at is None else completed_at.astimezone(zone()).date(),
                asked_by=enrolled.asked_by,
                now=self.moment.at,
            )
        after = CourseState.COMPLETED if completed_at is not None else CourseState.STARTED
        forth = course_postings(enrolled.state, after)
        back = _taken_back(course_postings(after, enrolled.state))
        self._post(enrolled, None, back if restored or self.is_mistake else forth)

    def _post_unit(
        self, enrolled: Enrolled, unit: RecordedUnit, was: UnitState, now: UnitState, *, back: bool
    ) -> None:
        self._post(
            enrolled, unit.id, _taken_back(unit_postings(now, was)) if back else unit_postings(was, now)
        )

    def _post(self, enrolled: Enrolled, unit_id: int | None, postings: Sequence[tuple[Measure, int]]) -> None:
        self.postings += postings_of(enrolled, unit_id, postings)


def _corrected(now: UnitRecord, rules: Sequence[CompletionRule], result: QuizResult) -> UnitRecord:
    return now.corrected(rules, quiz_passed=result.passed, attempts_exhausted=result.exhausted)


def _allowed(now: UnitRecord, rules: Sequence[CompletionRule], result: QuizResult) -> UnitRecord:
    return now.allowed(rules, attempts_exhausted=result.exhausted)


def _taken_back(postings: Sequence[tuple[Measure, int]]) -> list[tuple[Measure, int]]:
    return [(measure, -n) for measure, n in postings]


def _values(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, f"unit_{name}") for name in _KEPT}


def _record(row: Row[Any]) -> UnitRecord:
    return record_of(row.unit_state, row.unit_satisfied)
