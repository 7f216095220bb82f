"""Reading attempts and responses; whose they are is part of every question to the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from learning.courses.models import Course, Quiz, Revision, Unit
from learning.courses.queries import PinnedRevision
from learning.database import fetch
from learning.domain.completion import Learner, Turn
from learning.domain.errors import NotFound
from learning.domain.grading import Given
from learning.domain.marks import Record
from learning.domain.permissions import Actor
from learning.progress.models import Enrollment
from learning.progress.services import RECORDED_UNIT, RecordedUnit
from learning.quizzes.models import Attempt, AttemptRevision, Response


@dataclass(frozen=True, slots=True)
class QuizPlace:
    """A quiz with the course it belongs to, the unit it completes, and whose turn it is at it now."""

    id: int
    slug: str
    course_id: int
    course_slug: str
    course_language: str
    unit_id: int | None
    unit_slug: str | None
    cycle: int
    round: int

    @property
    def turn(self) -> Turn:
        """In which an attempt counts now."""
        return Turn(self.cycle, self.round)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt in a list; scores are exact, and without the answers that are `waiting` to be marked by a person."""

    id: int
    number: int
    turn: Turn
    started_at: datetime
    submitted_at: datetime | None
    score: Fraction | None
    max_score: Fraction | None
    passed: bool | None
    waiting: int

    @property
    def share(self) -> Fraction | None:
        """The share of the points won, None while open."""
        if self.score is None or not self.max_score:
            return None
        return self.score / self.max_score


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """One attempt with its seed, the page reached, what earlier attempts asked, and the revisions it keeps.

    `hints` counts by question those that were opened where they cost points; `marks` are kept once it is submitted.
    """

    row: AttemptRow
    quiz: QuizPlace
    seed: bytes
    deadline: datetime | None
    position: int
    seen: Mapping[str, int]
    hints: Mapping[str, int]
    marks: Record | None
    pinned: tuple[PinnedRevision, ...]


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The response that counts for a question."""

    question_id: str
    value: str | list[str] | dict[str, str] | None
    sequence: int
    received_at: datetime
    language: str


def given_in(attempt: StoredAttempt, counting: Mapping[str, StoredResponse]) -> dict[str, Given]:
    """Return the responses of an attempt as they are graded and shown."""
    return {
        name: Given(response.value, response.language, hints=attempt.hints.get(name, 0))
        for name, response in counting.items()
    }


# In which an attempt counts now; a quiz that no unit asks for has but one round, who is not enrolled one cycle.
_TURN = (func.coalesce(Enrollment.cycle, 1), func.coalesce(Unit.round, 1))


_QUIZ = (
    select(Quiz.id, Quiz.slug, Course.id, Course.slug, Course.language, Unit.id, Unit.slug, *_TURN)
    .join(Course, Course.id == Quiz.course_id)
    .outerjoin(
        Enrollment,
        (Enrollment.course_id == Course.id)
        & (Enrollment.person_id == bindparam("person", type_=Enrollment.person_id.type))
        & Enrollment.is_current,
    )
    .outerjoin(Unit, (Unit.quiz_id == Quiz.id) & Unit.is_published & Unit.position.is_not(None))
    .where(Quiz.slug == bindparam("quiz"), Course.is_published)
    .order_by(Unit.position)
    .limit(1)
)


def get_quiz(slug: str, learner: Learner | None = None) -> QuizPlace:
    """Return a quiz of a published course, as it stands for a learner or for nobody; raises NotFound."""
    row = fetch(_QUIZ, quiz=slug, person=learner.id if learner else None).one_or_none()
    if row is None:
        raise NotFound(slug)
    return QuizPlace(*tuple(row))


_UNITS = (
    select(*RECORDED_UNIT)
    .where(Unit.quiz_id == bindparam("quiz"), Unit.is_published, Unit.position.is_not(None))
    .order_by(Unit.id)
    .with_for_update(read=True)
)
_UNITS_IN_ROUND = _UNITS.where(Unit.round == bindparam("round"))


def lock_units(quiz_id: int, round_: int | None = None) -> list[RecordedUnit]:
    """Return the units that the quiz completes, all or those that stand in a round, so that none moves on meanwhile."""
    in_round = {} if round_ is None else {"round": round_}
    rows = fetch(_UNITS_IN_ROUND if in_round else _UNITS, quiz=quiz_id, **in_round)
    return [RecordedUnit._make(row) for row in rows]


_ATTEMPT = (
    Attempt.id,
    Attempt.number,
    Attempt.cycle,
    Attempt.round,
    Attempt.started_at,
    Attempt.submitted_at,
    Attempt.score,
    Attempt.max_score,
    Attempt.passed,
    Attempt.waiting,
)


def _attempt_row(values: tuple) -> AttemptRow:  # type: ignore[type-arg]  # a row of _ATTEMPT
    attempt_id, number, cycle, round_, started_at, submitted_at, score, best, passed, waiting = values
    return AttemptRow(
        attempt_id,
        number,
        Turn(cycle, round_),
        started_at,
        submitted_at,
        Fraction(score) if score else None,
        Fraction(best) if best else None,
        passed,
        waiting,
    )


_OWN_ATTEMPTS = (
    select(*_ATTEMPT)
    .where(Attempt.person_id == bindparam("person"), Attempt.quiz_id == bindparam("quiz"))
    .order_by(Attempt.number)
)


def list_attempts(learner: Learner, quiz_id: int) -> list[AttemptRow]:
    """Return the learner's attempts at a quiz, the first one first."""
    return [_attempt_row(tuple(row)) for row in fetch(_OWN_ATTEMPTS, person=learner.id, quiz=quiz_id)]


def of_turn(attempts: Iterable[AttemptRow], turn: Turn) -> list[AttemptRow]:
    """Return the attempts of a cycle and round, those that count and are counted in it."""
    return [attempt for attempt in attempts if attempt.turn == turn]


_STORED_ATTEMPT = (
    select(
        *_ATTEMPT,
        Attempt.seed,
        Attempt.deadline,
        Attempt.position,
        Attempt.seen,
        Attempt.hints,
        Attempt.marks,
        Quiz.id,
        Quiz.slug,
        Course.id,
        Course.slug,
        Course.language,
        Unit.id,
        Unit.slug,
        *_TURN,
        AttemptRevision.language,
        AttemptRevision.revision_id,
        Revision.sha256,
        AttemptRevision.is_original,
    )
    .join(Quiz, Quiz.id == Attempt.quiz_id)
    .join(Course, Course.id == Quiz.course_id)
    .outerjoin(
        Enrollment,
        (Enrollment.course_id == Course.id)
        & (Enrollment.person_id == Attempt.person_id)
        & Enrollment.is_current,
    )
    .outerjoin(Unit, (Unit.quiz_id == Quiz.id) & Unit.is_published & Unit.position.is_not(None))
    .join(AttemptRevision, AttemptRevision.attempt_id == Attempt.id)
    .join(Revision, Revision.id == AttemptRevision.revision_id)
    .order_by(Attempt.id, Unit.position, AttemptRevision.language)
)
_OWN_ATTEMPT = _STORED_ATTEMPT.where(
    Attempt.id == bindparam("attempt"), Attempt.person_id == bindparam("person")
)
_LOCKED_ATTEMPT = _OWN_ATTEMPT.with_for_update(of=Attempt)
_ATTEMPTS = _STORED_ATTEMPT.where(Attempt.id.in_(bindparam("attempts", expanding=True)))


def get_attempt(actor: Actor, attempt_id: int, *, lock: bool = False) -> StoredAttempt:
    """Return the actor's own attempt, kept for the open transaction with `lock`; raises NotFound.

    Another person's attempt is none.
    """
    rows = fetch(_LOCKED_ATTEMPT if lock else _OWN_ATTEMPT, attempt=attempt_id, person=actor.id).all()
    if not rows:
        raise NotFound
    return _stored_attempt(rows)


def get_attempts(attempt_ids: Sequence[int]) -> list[StoredAttempt]:
    """Return these attempts, whosever they are, in the order of their ids: for what is done to all of a quiz."""
    rows = fetch(_ATTEMPTS, attempts=list(attempt_ids))
    return [_stored_attempt(list(group)) for _id, group in groupby(rows, key=itemgetter(0))]


def _stored_attempt(rows: Sequence[Row[Any]]) -> StoredAttempt:
    first = tuple(rows[0])
    row, (seed, deadline, position, seen, hints, marks), rest = first[:10], first[10:16], first[16:]
    place = QuizPlace(*rest[:9])
    pinned = dict.fromkeys(PinnedRevision(*tuple(row)[25:]) for row in rows)
    return StoredAttempt(
        _attempt_row(row), place, seed, deadline, position, seen or {}, hints or {}, marks, tuple(pinned)
    )


_OWN_DRAWS = select(Attempt.seed, Attempt.seen).where(
    Attempt.person_id == bindparam("person"), Attempt.quiz_id == bindparam("quiz")
)


def list_draws(actor: Actor, quiz_id: int) -> list[tuple[bytes, Mapping[str, int]]]:
    """Return what each of the actor's attempts at a quiz was drawn from: the seed, and what was asked before."""
    return [(row.seed, row.seen or {}) for row in fetch(_OWN_DRAWS, person=actor.id, quiz=quiz_id)]


_RESPONSES = (
    select(Response.question_id, Response.value, Response.sequence, Response.received_at, Response.language)
    .where(Response.attempt_id == bindparam("attempt"))
    .order_by(Response.sequence, Response.id)
)


def counting_responses(attempt_id: int) -> dict[str, StoredResponse]:
    """Return by question the response with the highest (sequence, arrival)."""
    rows = fetch(_RESPONSES, attempt=attempt_id)
    return {row.question_id: StoredResponse(*tuple(row)) for row in rows}


_ALL_RESPONSES = (
    select(
        Response.attempt_id,
        Response.question_id,
        Response.value,
        Response.sequence,
        Response.received_at,
        Response.language,
    )
    .where(Response.attempt_id.in_(bindparam("attempts", expanding=True)))
    .order_by(Response.sequence, Response.id)
)
_RESPONSES_TO = _ALL_RESPONSES.where(Response.question_id.in_(bindparam("questions", expanding=True)))


def counting_responses_of(
    attempt_ids: Sequence[int], question_ids: Sequence[str] | None = None
) -> dict[int, dict[str, StoredResponse]]:
    """Return the responses that count of each of the attempts, to all questions or to these."""
    counting: dict[int, dict[str, StoredResponse]] = {attempt_id: {} for attempt_id in attempt_ids}
    if question_ids is None:
        rows = fetch(_ALL_RESPONSES, attempts=list(attempt_ids))
    else:
        rows = fetch(_RESPONSES_TO, attempts=list(attempt_ids), questions=list(question_ids))
    for row in rows:
        counting[row.attempt_id][row.question_id] = StoredResponse(*tuple(row)[1:])
    return counting
