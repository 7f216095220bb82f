"""Marking attempts anew after a key was corrected: what it would change, doing it, undoing it.

All attempts of a quiz are locked while it is done, the first one first, so that nobody submits in the middle;
who submits afterwards finds the regrading and is marked by it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import bindparam, func, insert, select, update

from learning.accounts.models import Person
from learning.audit.services import record
from learning.courses.models import Revision, Unit
from learning.courses.queries import PinnedRevision, get_quiz_text, published_revisions
from learning.database import fetch, transaction, upserting
from learning.domain.content import QuizSettings
from learning.domain.counting import can_still_pass, counting_share, ever_passed
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.marks import Record, write_marks
from learning.domain.mending import Standing, concerns, mend, stand
from learning.domain.permissions import Actor
from learning.progress.corrections import QuizResult, correct_results, undo_correction
from learning.progress.moments import Moment
from learning.progress.services import RECORDED_UNIT, RecordedUnit
from learning.quizzes.marking import marks_of
from learning.quizzes.mended import Pinned, correction_of, later_texts, latest_of, standing_regradings
from learning.quizzes.models import Attempt, AttemptRevision, RegradedAttempt, Regrading, RegradingRevision
from learning.quizzes.queries import QuizPlace, StoredAttempt, counting_responses_of, get_attempts

_AT_ONCE = 200  # attempts whose responses are held in memory

_LOCK = select(Attempt.id).where(Attempt.quiz_id == bindparam("quiz")).order_by(Attempt.id).with_for_update()
_OLDER = (
    select(Attempt.id)
    .join(AttemptRevision, AttemptRevision.attempt_id == Attempt.id)
    .where(Attempt.quiz_id == bindparam("quiz"), Attempt.submitted_at.is_not(None))
    .group_by(Attempt.id)
    .having(func.max(AttemptRevision.revision_id) < bindparam("latest"))
    .order_by(Attempt.id)
)
_SITTINGS = (
    select(
        Attempt.id,
        Attempt.person_id,
        Attempt.round,
        Attempt.score,
        Attempt.max_score,
        Attempt.waiting,
        AttemptRevision.language,
        AttemptRevision.revision_id,
        Revision.sha256,
        AttemptRevision.is_original,
    )
    .join(AttemptRevision, AttemptRevision.attempt_id == Attempt.id)
    .join(Revision, Revision.id == AttemptRevision.revision_id)
    .where(
        Attempt.quiz_id == bindparam("quiz"), Attempt.submitted_at.is_not(None), AttemptRevision.is_original
    )
    .order_by(Attempt.person_id, Attempt.number)
)
_UNITS = (
    select(*RECORDED_UNIT)
    .where(Unit.quiz_id == bindparam("quiz"), Unit.is_published, Unit.position.is_not(None))
    .order_by(Unit.id)
    .with_for_update(read=True)
)
_HOMES = select(Person.id, Person.organization_id).where(
    Person.id.in_(select(Attempt.person_id).where(Attempt.quiz_id == bindparam("quiz")))
)
_STANDS = select(Regrading.id).where(
    Regrading.quiz_id == bindparam("quiz"),
    Regrading.latest_id >= bindparam("latest"),
    Regrading.undone_at.is_(None),
)
_APPLY = upserting(Regrading, lambda statement: statement.on_conflict_do_nothing().returning(Regrading.id))
_SET_ATTEMPT = update(Attempt).where(Attempt.id == bindparam("attempt"))
_BEFORE = (
    select(
        RegradedAttempt.attempt_id,
        RegradedAttempt.score,
        RegradedAttempt.passed,
        RegradedAttempt.marks,
    )
    .where(RegradedAttempt.regrading_id == bindparam("regrading"))
    .order_by(RegradedAttempt.attempt_id)
)
_REGRADING = select(Regrading.latest_id, Regrading.undone_at).where(
    Regrading.id == bindparam("regrading"), Regrading.quiz_id == bindparam("quiz")
)
_UNDO = update(Regrading).where(Regrading.id == bindparam("regrading"))
_HISTORY = (
    select(
        Regrading.id,
        Regrading.applied_at,
        Person.name,
        Regrading.reason,
        Regrading.nobody_loses,
        Regrading.attempts,
        Regrading.gained,
        Regrading.lost,
        Regrading.newly_passed,
        Regrading.newly_failed,
        Regrading.undone_at,
    )
    .outerjoin(Person, Person.id == Regrading.applied_by_id)
    .where(Regrading.quiz_id == bindparam("quiz"))
    .order_by(Regrading.id.desc())
)


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What a regrading changes for one person: the share that counts, and whether she has passed the quiz."""

    person_id: int
    organization_id: int
    before: Fraction | None
    after: Fraction | None
    passed_before: bool
    passed_after: bool

    @property
    def gains(self) -> bool:
        """Whether more counts afterwards."""
        return (self.after or 0) > (self.before or 0)

    @property
    def loses(self) -> bool:
        """Whether less counts afterwards."""
        return (self.after or 0) < (self.before or 0)

    @property
    def newly_passed(self) -> bool:
        """Whether she passes by it."""
        return self.passed_after and not self.passed_before

    @property
    def newly_failed(self) -> bool:
        """Whether she has not passed any more."""
        return self.passed_before and not self.passed_after


@dataclass(frozen=True, slots=True)
class RegradingPreview:
    """What marking by the published key would change; `latest_id` says which texts those are.

    `corrected` are the questions with another key, `unlike` those whose answers cannot be marked by it.
    """

    latest_id: int
    nobody_loses: bool
    is_applied: bool
    corrected: tuple[str, ...]
    unlike: tuple[str, ...]
    attempts: int
    people: tuple[PersonChange, ...]


@dataclass(frozen=True, slots=True)
class _Mended:
    """An attempt that is marked anew; `record` are its marks as they are stored."""

    id: int
    record: Record | None
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class _Plan:
    attempts: tuple[_Mended, ...]
    corrected: tuple[str, ...]
    unlike: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sitting:
    """A submitted attempt among those of its person; `waiting` are the answers that people still have to mark."""

    attempt_id: int
    share: Fraction
    settings: QuizSettings
    sha256: str
    waiting: int


def preview_regrading(quiz: QuizPlace, *, nobody_loses: bool) -> RegradingPreview:
    """Return what it would change to mark all attempts at earlier texts by the key that is published."""
    pinned = tuple(published_revisions(quiz.id))
    latest = latest_of(pinned)
    plan = _plan(quiz.id, pinned, nobody_loses=nobody_loses)
    is_applied = fetch(_STANDS, quiz=quiz.id, latest=latest).first() is not None
    people = tuple(_changes(quiz, plan))
    return RegradingPreview(
        latest, nobody_loses, is_applied, plan.corrected, plan.unlike, len(plan.attempts), people
    )


def _plan(quiz_id: int, later: Pinned, *, nobody_loses: bool) -> _Plan:
    mended: list[_Mended] = []
    corrected: dict[str, None] = {}
    unlike: dict[str, None] = {}
    regradings = standing_regradings(quiz_id)
    ids = list(fetch(_OLDER, quiz=quiz_id, latest=latest_of(later)).scalars())
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        responses = counting_responses_of(some)
        attempts = get_attempts(some)
        marks = marks_of(attempts, responses)
        for attempt in attempts:
            marked_by = [regrading.pinned for regrading, _ in later_texts(attempt.pinned, regradings)]
            correction = correction_of(attempt.pinned, (*marked_by, later))
            corrected |= dict.fromkeys(correction.corrected)
            unlike |= dict.fromkeys(correction.unlike)
            before = _standing(attempt, stand(correction.quiz, marks[attempt.row.id]))
            if not concerns(before.marks, correction):
                continue
            given = {name: response.given for name, response in responses[attempt.row.id].items()}
            after = mend(before.marks, given, correction, nobody_loses=nobody_loses)
            mended.append(_Mended(attempt.row.id, attempt.marks, before, stand(correction.quiz, after)))
    return _Plan(tuple(mended), tuple(corrected), tuple(unlike))


def _standing(attempt: StoredAttempt, computed: Standing) -> Standing:
    """Return what an attempt has, as it is stored."""
    row = attempt.row
    return Standing(row.score or Fraction(0), row.max_score or Fraction(0), bool(row.passed), computed.marks)


def _changes(quiz: QuizPlace, plan: _Plan) -> Iterator[PersonChange]:
    """Yield what becomes of each person whose marks change, in the round of the unit that stands."""
    after = {mended.id: mended.after.share or Fraction(0) for mended in plan.attempts}
    homes = dict(tuple(row) for row in fetch(_HOMES, quiz=quiz.id))
    for person_id, sittings in _sittings(quiz.id, quiz.round, after.keys()).items():
        before = [(sitting.settings, sitting.share) for sitting in sittings]
        then = [(sitting.settings, after.get(sitting.attempt_id, sitting.share)) for sitting in sittings]
        yield PersonChange(
            person_id,
            homes[person_id],
            _counting(before),
            _counting(then),
            ever_passed(before),
            ever_passed(then),
        )


def _counting(sittings: Sequence[tuple[QuizSettings, Fraction]]) -> Fraction | None:
    method = sittings[-1][0].grade
    return counting_share(method, [share for _settings, share in sittings])


def _sittings(quiz_id: int, round_: int, attempt_ids: Collection[int]) -> dict[int, list[_Sitting]]:
    """Return the submitted attempts in a round by person, of those people who made one of these attempts in it."""
    sittings: dict[int, list[_Sitting]] = {}
    people = set()
    rows = map(tuple, fetch(_SITTINGS, quiz=quiz_id))
    for attempt_id, person_id, round_of, score, most, waiting, *revision in rows:
        if round_of != round_:
            continue
        if attempt_id in attempt_ids:
            people.add(person_id)
        pinned = PinnedRevision(*revision)
        settings = get_quiz_text([pinned], [pinned.language]).quiz.settings
        share = Fraction(score) / Fraction(most) if Fraction(most) else Fraction(0)
        sittings.setdefault(person_id, []).append(
            _Sitting(attempt_id, share, settings, pinned.sha256, waiting)
        )
    return {person_id: sittings[person_id] for person_id in people}


def apply_regrading(
    actor: Actor, quiz: QuizPlace, *, latest_id: int, nobody_loses: bool, reason: str, moment: Moment
) -> int:
    """Mark all attempts at earlier texts by the published key, and let units and courses follow.

    `latest_id` says which texts the actor has seen a preview of. Returns the id of the regrading.
    Raises Conflict when other texts were published since, or when it was done already; Refused when there is
    nothing to mark anew.
    """
    with transaction() as session:
        fetch(_LOCK, quiz=quiz.id).all()
        pinned = tuple(published_revisions(quiz.id))
        if latest_of(pinned) != latest_id:
            raise Conflict("The quiz was published anew meanwhile. Look at what would change once more.")
        if fetch(_STANDS, quiz=quiz.id, latest=latest_id).first() is not None:
            raise Conflict("The attempts were marked by this key already. Nothing was changed.")
        plan = _plan(quiz.id, pinned, nobody_loses=nobody_loses)
        if not plan.attempts:
            raise Refused("No attempt is to be marked anew.")
        people = tuple(_changes(quiz, plan))
        connection = session.connection()
        regrading_id = connection.execute(
            _APPLY(session),
            {
                "quiz_id": quiz.id,
                "latest_id": latest_id,
                "nobody_loses": nobody_loses,
                "reason": reason,
                "attempts": len(plan.attempts),
                "gained": sum(person.gains for person in people),
                "lost": sum(person.loses for person in people),
                "newly_passed": sum(person.newly_passed for person in people),
                "newly_failed": sum(person.newly_failed for person in people),
                "applied_at": moment.at,
                "applied_by_id": actor.id,
            },
        ).scalar()
        if regrading_id is None:
            raise Conflict("The attempts were marked by this key already. Nothing was changed.")
        connection.execute(
            insert(RegradingRevision),
            [
                {
                    "regrading_id": regrading_id,
                    "language": revision.language,
                    "revision_id": revision.revision_id,
                    "is_original": revision.is_original,
                }
                for revision in pinned
            ],
        )
        connection.execute(
            insert(RegradedAttempt),
            [
                {
                    "regrading_id": regrading_id,
                    "attempt_id": mended.id,
                    "score": str(mended.before.score),
                    "passed": mended.before.passed,
                    "marks": mended.record,
                }
                for mended in plan.attempts
            ],
        )
        connection.execute(
            _SET_ATTEMPT,
            [
                {
                    "attempt": mended.id,
                    "score": str(mended.after.score),
                    "passed": mended.after.passed,
                    "marks": write_marks(mended.after.marks),
                }
                for mended in plan.attempts
            ],
        )
        for unit in _units(quiz.id):
            results = _results(quiz.id, unit.round, {mended.id for mended in plan.attempts})
            correct_results([unit], results, cause=_cause(regrading_id), moment=moment)
        record(
            "quiz.regraded",
            f"quiz:{quiz.slug}",
            actor_id=actor.id,
            now=moment.at,
            regrading=regrading_id,
            attempts=len(plan.attempts),
            nobody_loses=int(nobody_loses),
        )
        return int(regrading_id)


def undo_regrading(actor: Actor, quiz: QuizPlace, regrading_id: int, *, moment: Moment) -> None:
    """Give all attempts their marks back, and let units and courses follow.

    Raises NotFound; Conflict when it was undone already, or when a later regrading stands on it.
    """
    with transaction() as session:
        fetch(_LOCK, quiz=quiz.id).all()
        row = fetch(_REGRADING, quiz=quiz.id, regrading=regrading_id).one_or_none()
        if row is None:
            raise NotFound
        if row.undone_at is not None:
            raise Conflict("This was undone already. Nothing was changed.")
        if fetch(_STANDS, quiz=quiz.id, latest=row.latest_id + 1).first() is not None:
            raise Conflict("The attempts were marked anew once more since. Undo the later marking first.")
        connection = session.connection()
        before = fetch(_BEFORE, regrading=regrading_id).all()
        connection.execute(
            _SET_ATTEMPT,
            [
                {"attempt": one.attempt_id, "score": one.score, "passed": one.passed, "marks": one.marks}
                for one in before
            ],
        )
        connection.execute(
            _UNDO, {"regrading": regrading_id, "undone_at": moment.at, "undone_by_id": actor.id}
        )
        for unit in _units(quiz.id):
            results = _results(quiz.id, unit.round, {one.attempt_id for one in before})
            undo_correction([unit], results, cause=_cause(regrading_id), moment=moment)
        record(
            "quiz.regrading_undone",
            f"quiz:{quiz.slug}",
            actor_id=actor.id,
            now=moment.at,
            regrading=regrading_id,
            attempts=len(before),
        )


def _cause(regrading_id: int) -> str:
    return f"regrading:{regrading_id}"


def _units(quiz_id: int) -> list[RecordedUnit]:
    return [RecordedUnit(*tuple(row)) for row in fetch(_UNITS, quiz=quiz_id)]


def _results(quiz_id: int, round_: int, attempt_ids: Collection[int]) -> dict[int, QuizResult]:
    """Return what the attempts of a round say now, of the people who made one of these attempts in it."""
    results = {}
    for person_id, sittings in _sittings(quiz_id, round_, attempt_ids).items():
        passed = ever_passed([(sitting.settings, sitting.share) for sitting in sittings])
        shares = [sitting.share for sitting in sittings]
        is_open = can_still_pass(sittings[-1].settings, shares) or any(one.waiting for one in sittings)
        exhausted = not passed and not is_open
        results[person_id] = QuizResult(passed, exhausted, sittings[-1].sha256)
    return results


@dataclass(frozen=True, slots=True)
class PastRegrading:
    """A regrading in the history of a quiz."""

    id: int
    applied_at: datetime
    applied_by: str | None
    reason: str
    nobody_loses: bool
    attempts: int
    gained: int
    lost: int
    newly_passed: int
    newly_failed: int
    undone_at: datetime | None


def list_regradings(quiz_id: int) -> list[PastRegrading]:
    """Return all regradings of a quiz, the newest first."""
    return [PastRegrading(*tuple(row)) for row in fetch(_HISTORY, quiz=quiz_id)]
