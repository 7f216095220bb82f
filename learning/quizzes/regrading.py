"""Marking attempts anew after a key was corrected: what it would change, doing it, undoing it.

All attempts of a quiz are locked while it is done, the first one first, so that nobody submits in the middle;
who submits afterwards finds the regrading and is marked by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import bindparam, func, insert, select, update

from learning.accounts.models import Person
from learning.audit.services import record
from learning.courses.queries import get_quiz_text, published_revisions
from learning.database import fetch, lock, transaction, upserting
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.marks import Record
from learning.domain.mending import Correction, Standing, concerns, mend
from learning.domain.permissions import Actor
from learning.notices.services import tell_all
from learning.progress.corrections import correct_results, undo_correction
from learning.progress.moments import Moment
from learning.quizzes.marking import marked_anew
from learning.quizzes.mended import Pinned, correction_of, later_texts, latest_of, standing_regradings
from learning.quizzes.models import Attempt, AttemptRevision, RegradedAttempt, Regrading, RegradingRevision
from learning.quizzes.queries import (
    QuizPlace,
    StoredAttempt,
    counting_responses_of,
    get_attempts,
    given_in,
    lock_units,
)
from learning.quizzes.standings import PersonChange, Sittings, changes_of, list_sittings, results_of

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
_STANDS = select(Regrading.id).where(
    Regrading.quiz_id == bindparam("quiz"),
    Regrading.latest_id >= bindparam("latest"),
    Regrading.undone_at.is_(None),
)
_BEGIN = upserting(Regrading, lambda statement: statement.on_conflict_do_nothing().returning(Regrading.id))
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
_SET_REGRADING = update(Regrading).where(Regrading.id == bindparam("regrading"))
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
    """An attempt that is marked anew; `record` are its marks as they are stored, None if none were."""

    id: int
    record: Record | None
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class _Some:
    """Some of the attempts at earlier texts: those that are marked anew, and the questions it is about."""

    mended: tuple[_Mended, ...]
    corrected: tuple[str, ...]
    unlike: tuple[str, ...]


def preview_regrading(quiz: QuizPlace, *, nobody_loses: bool) -> RegradingPreview:
    """Return what it would change to mark all attempts at earlier texts by the key that is published."""
    pinned = tuple(published_revisions(quiz.id))
    latest = latest_of(pinned)
    after: dict[int, Fraction] = {}
    corrected: dict[str, None] = {}
    unlike: dict[str, None] = {}
    for some in _mend_all(quiz.id, pinned, nobody_loses=nobody_loses):
        corrected |= dict.fromkeys(some.corrected)
        unlike |= dict.fromkeys(some.unlike)
        after |= {mended.id: mended.after.share for mended in some.mended}
    return RegradingPreview(
        latest_id=latest,
        nobody_loses=nobody_loses,
        is_applied=fetch(_STANDS, quiz=quiz.id, latest=latest).first() is not None,
        corrected=tuple(corrected),
        unlike=tuple(unlike),
        attempts=len(after),
        people=tuple(changes_of(quiz, list_sittings(quiz.id), after)) if after else (),
    )


def _mend_all(quiz_id: int, later: Pinned, *, nobody_loses: bool) -> Iterator[_Some]:
    """Yield what becomes of the attempts at earlier texts, some at a time; writes nothing."""
    regradings = standing_regradings(quiz_id)
    ids = list(fetch(_OLDER, quiz=quiz_id, latest=latest_of(later)).scalars())
    for first in range(0, len(ids), _AT_ONCE):
        attempts = get_attempts(ids[first : first + _AT_ONCE])
        corrections = {}
        for attempt in attempts:
            marked_by = [regrading.pinned for regrading, _texts in later_texts(attempt.pinned, regradings)]
            corrections[attempt.row.id] = correction_of(attempt.pinned, (*marked_by, later))
        corrected = dict.fromkeys(name for one in corrections.values() for name in one.corrected)
        unlike = dict.fromkeys(name for one in corrections.values() for name in one.unlike)
        mended = _mend_some(attempts, corrections, tuple(corrected), nobody_loses=nobody_loses)
        yield _Some(tuple(mended), tuple(corrected), tuple(unlike))


def _mend_some(
    attempts: Sequence[StoredAttempt],
    corrections: Mapping[int, Correction],
    names: Sequence[str],
    *,
    nobody_loses: bool,
) -> Iterator[_Mended]:
    if not names:
        return
    responses = counting_responses_of([attempt.row.id for attempt in attempts], names)
    anew = marked_anew([attempt.row.id for attempt in attempts if attempt.marks is None])
    for attempt in attempts:
        row, correction = attempt.row, corrections[attempt.row.id]
        record = anew[row.id] if attempt.marks is None else attempt.marks
        if concerns(record, correction):
            before = Standing(
                row.score or Fraction(0), row.max_score or Fraction(0), bool(row.passed), record
            )
            given = given_in(attempt, responses[row.id])
            yield _Mended(
                row.id, attempt.marks, before, mend(before, given, correction, nobody_loses=nobody_loses)
            )


def apply_regrading(
    actor: Actor, quiz: QuizPlace, *, latest_id: int, nobody_loses: bool, reason: str, moment: Moment
) -> int:
    """Mark all attempts at earlier texts by the published key, and let units and courses follow.

    `latest_id` says which texts the actor has seen a preview of. Returns the id of the regrading.
    Raises Conflict when other texts were published since, or when it was done already; Refused when there is
    nothing to mark anew.
    """
    with transaction() as session:
        lock(_LOCK, quiz=quiz.id)
        pinned = tuple(published_revisions(quiz.id))
        if latest_of(pinned) != latest_id:
            raise Conflict("The quiz was published anew meanwhile. Look at what would change once more.")
        if fetch(_STANDS, quiz=quiz.id, latest=latest_id).first() is not None:
            raise Conflict("The attempts were marked by this key already. Nothing was changed.")
        before = list_sittings(quiz.id)
        after: dict[int, Fraction] = {}
        regrading_id = None
        for some in _mend_all(quiz.id, pinned, nobody_loses=nobody_loses):
            if some.mended and regrading_id is None:
                regrading_id = _begin(
                    actor, quiz, pinned, nobody_loses=nobody_loses, reason=reason, moment=moment
                )
            _store(regrading_id, some.mended)
            after |= {mended.id: mended.after.share for mended in some.mended}
        if regrading_id is None:
            raise Refused("No attempt is to be marked anew.")
        people = tuple(changes_of(quiz, before, after))
        session.connection().execute(
            _SET_REGRADING,
            {
                "regrading": regrading_id,
                "attempts": len(after),
                "gained": sum(person.gains for person in people),
                "lost": sum(person.loses for person in people),
                "newly_passed": sum(person.newly_passed for person in people),
                "newly_failed": sum(person.newly_failed for person in people),
            },
        )
        _tell(quiz, before, after, moment=moment)
        for unit in lock_units(quiz.id):
            results = results_of(quiz.id, unit.round, after)
            correct_results([unit], results, cause=_cause(regrading_id), moment=moment)
        record(
            "quiz.regraded",
            f"quiz:{quiz.slug}",
            actor_id=actor.id,
            now=moment.at,
            regrading=regrading_id,
            attempts=len(after),
            nobody_loses=int(nobody_loses),
        )
        return regrading_id


def _begin(
    actor: Actor, quiz: QuizPlace, pinned: Pinned, *, nobody_loses: bool, reason: str, moment: Moment
) -> int:
    """Add a regrading by these texts, whose numbers are still to come; raises Conflict when one stands."""
    with transaction() as session:
        connection = session.connection()
        regrading_id: int | None = connection.execute(
            _BEGIN(session),
            {
                "quiz_id": quiz.id,
                "latest_id": latest_of(pinned),
                "nobody_loses": nobody_loses,
                "reason": reason,
                **dict.fromkeys(("attempts", "gained", "lost", "newly_passed", "newly_failed"), 0),
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
        return regrading_id


def _store(regrading_id: int | None, mended: Sequence[_Mended]) -> None:
    """Give attempts their new marks, and keep those they had."""
    if not mended:
        return
    with transaction() as session:
        connection = session.connection()
        connection.execute(
            insert(RegradedAttempt),
            [
                {
                    "regrading_id": regrading_id,
                    "attempt_id": one.id,
                    "score": str(one.before.score),
                    "passed": one.before.passed,
                    "marks": one.record,
                }
                for one in mended
            ],
        )
        connection.execute(
            _SET_ATTEMPT,
            [
                {
                    "attempt": one.id,
                    "score": str(one.after.score),
                    "passed": one.after.passed,
                    "marks": one.after.record,
                }
                for one in mended
            ],
        )


def undo_regrading(actor: Actor, quiz: QuizPlace, regrading_id: int, *, moment: Moment) -> None:
    """Give all attempts their marks back, and let units and courses follow.

    Raises NotFound; Conflict when it was undone already, or when a later regrading stands on it.
    """
    with transaction() as session:
        lock(_LOCK, quiz=quiz.id)
        row = fetch(_REGRADING, quiz=quiz.id, regrading=regrading_id).one_or_none()
        if row is None:
            raise NotFound
        if row.undone_at is not None:
            raise Conflict("This was undone already. Nothing was changed.")
        if fetch(_STANDS, quiz=quiz.id, latest=row.latest_id + 1).first() is not None:
            raise Conflict("The attempts were marked anew once more since. Undo the later marking first.")
        connection = session.connection()
        sittings = list_sittings(quiz.id)
        restored = set()
        for rows in fetch(_BEFORE, regrading=regrading_id).partitions(_AT_ONCE):
            before = [
                {"attempt": one.attempt_id, "score": one.score, "passed": one.passed, "marks": one.marks}
                for one in rows
            ]
            connection.execute(_SET_ATTEMPT, before)
            restored |= {one.attempt_id for one in rows}
        connection.execute(
            _SET_REGRADING, {"regrading": regrading_id, "undone_at": moment.at, "undone_by_id": actor.id}
        )
        again = (sitting for own in list_sittings(quiz.id).values() for sitting in own)
        _tell(quiz, sittings, {one.attempt_id: one.share for one in again}, moment=moment)
        for unit in lock_units(quiz.id):
            results = results_of(quiz.id, unit.round, restored)
            undo_correction([unit], results, cause=_cause(regrading_id), moment=moment)
        record(
            "quiz.regrading_undone",
            f"quiz:{quiz.slug}",
            actor_id=actor.id,
            now=moment.at,
            regrading=regrading_id,
            attempts=len(restored),
        )


def _tell(quiz: QuizPlace, before: Sittings, after: Mapping[int, Fraction], *, moment: Moment) -> None:
    """Tell everybody whose attempts have other points now, of the last such attempt."""
    title = get_quiz_text(published_revisions(quiz.id), [quiz.course_language]).quiz.title
    changed = {
        person_id: sitting.attempt_id
        for person_id, own in before.items()
        for sitting in own
        if after.get(sitting.attempt_id, sitting.share) != sitting.share
    }
    tell_all(
        "attempt_corrected",
        (
            (person_id, f"attempt:{attempt_id}", {"attempt": attempt_id, "quiz": title})
            for person_id, attempt_id in changed.items()
        ),
        now=moment.at,
    )


def _cause(regrading_id: int) -> str:
    return f"regrading:{regrading_id}"


@dataclass(frozen=True, slots=True)
class PastRegrading:
    """A regrading in the history of a quiz."""

    id: int
    applied_at: datetime
    applied_by: str | None
    reason: str
    nobody_loses: bool
    attempts: int
    gained: int | None
    lost: int | None
    newly_passed: int
    newly_failed: int
    undone_at: datetime | None


def list_regradings(quiz_id: int) -> list[PastRegrading]:
    """Return all regradings of a quiz, the newest first."""
    return [PastRegrading(*tuple(row)) for row in fetch(_HISTORY, quiz=quiz_id)]
