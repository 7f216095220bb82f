"""Item analysis of a quiz as it is published now, from people's first attempts; reads only, and no names."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, select

from learning.courses.models import Revision
from learning.courses.queries import PinnedRevision, QuizText, get_quiz_text
from learning.database import fetch
from learning.domain.content import QuizFile
from learning.domain.item_analysis import Item, QuizFigures, analyse, is_same_item
from learning.domain.marks import Record, write_marks
from learning.quizzes.marking import grade_attempt, keep_marks, original_text
from learning.quizzes.models import Attempt, AttemptRevision
from learning.quizzes.queries import counting_responses_of, get_attempts

_AT_ONCE = 200  # attempts; their records are read and let go in turn

# What a question of one revision is to the analysis: its points, and whether it is the one of now.
_Items = Mapping[str, tuple[float, bool]]

_REVISIONS = (
    select(AttemptRevision.language, Revision.id, Revision.sha256, AttemptRevision.is_original)
    .join(Revision, Revision.id == AttemptRevision.revision_id)
    .join(Attempt, Attempt.id == AttemptRevision.attempt_id)
    .where(
        Attempt.quiz_id == bindparam("quiz"),
        Attempt.number == 1,
        Attempt.submitted_at.is_not(None),
        AttemptRevision.is_original,
    )
    .distinct()
)
_FIRST_ATTEMPTS = (
    select(Attempt.id, AttemptRevision.revision_id, Attempt.marks)
    .join(AttemptRevision, AttemptRevision.attempt_id == Attempt.id)
    .where(
        Attempt.quiz_id == bindparam("quiz"),
        Attempt.number == 1,
        Attempt.submitted_at.is_not(None),
        AttemptRevision.is_original,
    )
)


def analyse_quiz(quiz_id: int, text: QuizText) -> QuizFigures:
    """Return the figures of the quiz; `text` is what is published, in the course's own language.

    Attempts at an earlier text count for each question that is the same there.
    """
    quiz = text.quiz
    items = {revision.revision_id: _items(revision, quiz) for revision in _revisions(quiz_id)}
    return analyse(
        _papers(quiz_id, items),
        [question.id for question in quiz.questions],
        is_drawn=bool(quiz.settings.draw),
    )


def _revisions(quiz_id: int) -> list[PinnedRevision]:
    return [PinnedRevision(*tuple(row)) for row in fetch(_REVISIONS, quiz=quiz_id)]


def _items(revision: PinnedRevision, now: QuizFile) -> _Items:
    then = get_quiz_text([revision], [revision.language]).quiz
    published = {question.id: question for question in now.questions}
    return {
        question.id: (
            float(question.points),
            question.id in published
            and is_same_item(
                question,
                published[question.id],
                (then.settings.partial, now.settings.partial),
            ),
        )
        for question in then.questions
    }


def _papers(quiz_id: int, items: Mapping[int, _Items]) -> Iterator[list[Item]]:
    for rows in fetch(_FIRST_ATTEMPTS, quiz=quiz_id).partitions(_AT_ONCE):
        records = _marked_now([row.id for row in rows if row.marks is None])
        for row in rows:
            yield _paper(row, items[row.revision_id], records)


def _paper(row: Row[Any], items: _Items, records: Mapping[int, Record]) -> list[Item]:
    record: Record = records[row.id] if row.marks is None else row.marks
    paper = []
    for name, (share, chosen, *by_key) in record.items():
        points, counts = items[name]
        paper.append(Item(name, points, _number(by_key[0] if by_key else share), chosen, counts))
    return paper


@lru_cache(maxsize=1024)
def _number(share: str) -> float:
    return float(Fraction(share))


def _marked_now(attempt_ids: Sequence[int]) -> dict[int, Record]:
    """Return the marks of attempts that were submitted before any were kept."""
    if not attempt_ids:
        return {}
    responses = counting_responses_of(attempt_ids)
    records = {}
    for attempt in get_attempts(attempt_ids):
        text = original_text(attempt)
        grade = grade_attempt(attempt, text, responses[attempt.row.id])
        records[attempt.row.id] = write_marks(keep_marks(attempt, text, grade))
    return records
