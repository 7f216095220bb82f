"""Item analysis of a quiz as it is published now, from people's first attempts; reads only, and no names.

An attempt counts once people have marked all its answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from learning.courses.models import Revision
from learning.courses.queries import PinnedRevision, QuizText
from learning.database import fetch
from learning.domain.content import QuizFile
from learning.domain.item_analysis import Item, QuizFigures, analyse, is_same_item
from learning.domain.marks import Record
from learning.quizzes.marking import marked_anew
from learning.quizzes.mended import StandingRegrading, correction_of, standing_regradings
from learning.quizzes.models import Attempt, AttemptRevision

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
        Attempt.waiting == 0,
        AttemptRevision.is_original,
    )
    .distinct()
)
_kept = aliased(AttemptRevision)
_FIRST_ATTEMPTS = (
    select(
        Attempt.id,
        AttemptRevision.revision_id,
        select(func.max(_kept.revision_id))
        .where(_kept.attempt_id == Attempt.id)
        .scalar_subquery()
        .label("latest_id"),
        Attempt.marks,
    )
    .join(AttemptRevision, AttemptRevision.attempt_id == Attempt.id)
    .where(
        Attempt.quiz_id == bindparam("quiz"),
        Attempt.number == 1,
        Attempt.submitted_at.is_not(None),
        Attempt.waiting == 0,
        AttemptRevision.is_original,
    )
)


def analyse_quiz(quiz_id: int, text: QuizText) -> QuizFigures:
    """Return the figures of the quiz; `text` is what is published, in the course's own language.

    Attempts at an earlier text count for each question that is the same there, or was corrected to be.
    """
    return analyse(
        _papers(quiz_id, text.quiz),
        [question.id for question in text.quiz.questions],
        is_drawn=bool(text.quiz.settings.draw),
    )


def _papers(quiz_id: int, now: QuizFile) -> Iterator[list[Item]]:
    asked = {row.id: PinnedRevision(*tuple(row)) for row in fetch(_REVISIONS, quiz=quiz_id)}
    regradings = standing_regradings(quiz_id)
    known: dict[tuple[int, int], _Items] = {}
    for rows in fetch(_FIRST_ATTEMPTS, quiz=quiz_id).partitions(_AT_ONCE):
        records = marked_anew([row.id for row in rows if row.marks is None])
        for row in rows:
            later = [regrading for regrading in regradings if regrading.latest_id > row.latest_id]
            key = (row.revision_id, len(later))
            if key not in known:
                known[key] = _items(_mended(asked[row.revision_id], later), now)
            yield _paper(records[row.id] if row.marks is None else row.marks, known[key])


def _mended(asked: PinnedRevision, later: Sequence[StandingRegrading]) -> QuizFile:
    """Return a text with the keys by which answers to it are marked now."""
    originals = (
        tuple(revision for revision in regrading.pinned if revision.is_original) for regrading in later
    )
    return correction_of((asked,), tuple(originals)).quiz


def _items(then: QuizFile, now: QuizFile) -> _Items:
    published = {question.id: question for question in now.questions}
    rules = (then.settings.partial, now.settings.partial)
    return {
        question.id: (
            float(question.points),
            question.id in published and is_same_item(question, published[question.id], rules),
        )
        for question in then.questions
    }


def _paper(record: Record, items: _Items) -> list[Item]:
    paper = []
    for name, (share, chosen, *by_key) in record.items():
        points, counts = items[name]
        paper.append(Item(name, points, _number(by_key[0] if by_key else share), chosen, counts))
    return paper


@lru_cache(maxsize=1024)
def _number(share: str) -> float:
    return float(Fraction(share))
