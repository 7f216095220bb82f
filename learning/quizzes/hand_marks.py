"""Answers that people mark: which they are, what was given for them, and entering them at the submission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import bindparam, func, insert, select

from learning.accounts.models import Person
from learning.database import fetch, transaction
from learning.domain.attempt import Paper
from learning.domain.content import QuizFile
from learning.domain.hand_marks import HandMark, MarkState
from learning.domain.questions.registry import TYPES
from learning.quizzes.models import AnswerToMark, HandMarkGiven

_ENTER = insert(AnswerToMark)
_LATEST = (
    select(func.max(HandMarkGiven.id))
    .where(HandMarkGiven.answer_id == AnswerToMark.id)
    .correlate(AnswerToMark)
    .scalar_subquery()
)
_GIVEN = (
    select(
        AnswerToMark.question_id,
        AnswerToMark.state,
        HandMarkGiven.points,
        HandMarkGiven.comment,
        HandMarkGiven.marked_at,
        Person.name,
    )
    .join(HandMarkGiven, HandMarkGiven.id == _LATEST)
    .join(Person, Person.id == HandMarkGiven.marker_id)
    .where(AnswerToMark.attempt_id == bindparam("attempt"))
)


@dataclass(frozen=True, slots=True)
class MarkedByHand:
    """What counts for an answer: the latest that was given, once nobody is asked for a second look any more."""

    mark: HandMark
    marked_at: datetime
    marker_name: str


def marks_by_hand(attempt_id: int) -> dict[str, MarkedByHand]:
    """Return by question what people gave for the answers of an attempt; without those still in work."""
    return {
        row.question_id: MarkedByHand(
            HandMark(tuple(map(Fraction, row.points)), row.comment), row.marked_at, row.name
        )
        for row in fetch(_GIVEN, attempt=attempt_id)
        if row.state == MarkState.MARKED
    }


def points_by_hand(attempt_id: int, quiz: QuizFile, paper: Paper) -> Mapping[str, Fraction]:
    """Return by question the points that people gave; asks the database only where people mark."""
    if not any(TYPES[quiz.question(name).type].by_hand for name in paper.question_ids):
        return {}
    return {name: marked.mark.total for name, marked in marks_by_hand(attempt_id).items()}


def enter_answers(attempt_id: int, quiz_id: int, question_ids: Sequence[str], *, now: datetime) -> None:
    """Put the answers of an attempt into the queue of those who mark."""
    if not question_ids:
        return
    with transaction() as session:
        session.connection().execute(
            _ENTER,
            [
                {
                    "attempt_id": attempt_id,
                    "quiz_id": quiz_id,
                    "question_id": question_id,
                    "state": MarkState.WAITING.value,
                    "submitted_at": now,
                }
                for question_id in question_ids
            ],
        )
