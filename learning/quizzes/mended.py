"""What corrections of the key mean to an attempt: its marks by them, and its text with the key that stands.

A regrading concerns attempts at earlier texts than its own, also those that are submitted after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import lru_cache

from sqlalchemy import bindparam, insert, select

from learning.courses.models import Revision
from learning.courses.queries import PinnedRevision, QuizText, get_quiz_text
from learning.database import fetch, transaction
from learning.domain.marks import KeptMark, write_marks
from learning.domain.mending import Correction, Standing, compare_keys, concerns, mend, stand
from learning.quizzes.models import RegradedAttempt, Regrading, RegradingRevision
from learning.quizzes.queries import StoredAttempt, StoredResponse

Pinned = tuple[PinnedRevision, ...]


@dataclass(frozen=True, slots=True)
class StandingRegrading:
    """A regrading that was not undone, with the texts that have the corrected key."""

    id: int
    latest_id: int
    nobody_loses: bool
    applied_at: datetime
    pinned: Pinned

    def is_later(self, pinned: Pinned) -> bool:
        """Tell whether its texts are later than those that an attempt keeps."""
        return latest_of(pinned) < self.latest_id


def latest_of(pinned: Sequence[PinnedRevision]) -> int:
    """Return the newest of the revisions of a text in its languages; publishing in any of them makes it grow."""
    return max(revision.revision_id for revision in pinned)


_STANDING = (
    select(
        Regrading.id,
        Regrading.latest_id,
        Regrading.nobody_loses,
        Regrading.applied_at,
        RegradingRevision.language,
        RegradingRevision.revision_id,
        Revision.sha256,
        RegradingRevision.is_original,
    )
    .join(RegradingRevision, RegradingRevision.regrading_id == Regrading.id)
    .join(Revision, Revision.id == RegradingRevision.revision_id)
    .where(Regrading.quiz_id == bindparam("quiz"), Regrading.undone_at.is_(None))
    .order_by(Regrading.id, RegradingRevision.language)
)
_BEFORE = (
    select(RegradedAttempt.regrading_id, RegradedAttempt.score)
    .join(Regrading, Regrading.id == RegradedAttempt.regrading_id)
    .where(RegradedAttempt.attempt_id == bindparam("attempt"), Regrading.undone_at.is_(None))
    .order_by(RegradedAttempt.regrading_id)
)


def standing_regradings(quiz_id: int) -> list[StandingRegrading]:
    """Return the regradings of a quiz that stand, the first one first."""
    rows: dict[tuple[int, int, bool, datetime], list[PinnedRevision]] = {}
    for row in map(tuple, fetch(_STANDING, quiz=quiz_id)):
        rows.setdefault(row[:4], []).append(PinnedRevision(*row[4:]))
    return [StandingRegrading(*key, tuple(pinned)) for key, pinned in rows.items()]


@lru_cache(maxsize=256)
def correction_of(asked: Pinned, later: Pinned) -> Correction:
    """Return what a later text corrects in the one that an attempt keeps."""
    return compare_keys(
        get_quiz_text(asked, _original_language(asked)).quiz,
        get_quiz_text(later, _original_language(later)).quiz,
        {twin.language: get_quiz_text(asked, [twin.language]).quiz for twin in asked if not twin.is_original},
        {twin.language: get_quiz_text(later, [twin.language]).quiz for twin in later if not twin.is_original},
    )


def _original_language(pinned: Pinned) -> list[str]:
    return [revision.language for revision in pinned if revision.is_original]


@dataclass(frozen=True, slots=True)
class Mended:
    """An attempt by all corrections that stand, and what it had before each of them."""

    now: Standing
    before: tuple[tuple[int, Standing], ...]


def mend_attempt(
    attempt: StoredAttempt,
    text: QuizText,
    marks: Mapping[str, KeptMark],
    counting: Mapping[str, StoredResponse],
) -> Mended:
    """Return what an attempt that is submitted now has by the corrections of the text that it keeps."""
    given = {name: response.given for name, response in counting.items()}
    now = stand(text.quiz, marks)
    before = []
    for regrading in standing_regradings(attempt.quiz.id):
        if not regrading.is_later(attempt.pinned):
            continue
        correction = correction_of(attempt.pinned, regrading.pinned)
        if not concerns(now.marks, correction):
            continue
        before.append((regrading.id, now))
        mended = mend(now.marks, given, correction, nobody_loses=regrading.nobody_loses)
        now = stand(text.quiz, mended)
    return Mended(now, tuple(before))


def keep_before(attempt_id: int, mended: Mended) -> None:
    """Store what an attempt had before each correction that marked it anew."""
    if not mended.before:
        return
    with transaction() as session:
        session.connection().execute(
            insert(RegradedAttempt),
            [
                {
                    "regrading_id": regrading_id,
                    "attempt_id": attempt_id,
                    "score": str(before.score),
                    "passed": before.passed,
                    "marks": write_marks(before.marks),
                }
                for regrading_id, before in mended.before
            ],
        )


@dataclass(frozen=True, slots=True)
class Corrections:
    """What was corrected of a submitted attempt: the questions, its score before, when it was last."""

    questions: Mapping[str, StandingRegrading]
    score_before: Fraction
    last_at: datetime


def find_corrections(attempt_id: int, quiz_id: int, pinned: Pinned) -> Corrections | None:
    """Return what corrections marked an attempt anew; None where none did."""
    rows = fetch(_BEFORE, attempt=attempt_id).all()
    if not rows:
        return None
    ids = {row.regrading_id for row in rows}
    regradings = tuple(one for one in standing_regradings(quiz_id) if one.id in ids)
    questions = {
        name: regrading
        for regrading in regradings
        for name in correction_of(pinned, regrading.pinned).corrected
    }
    return Corrections(questions, Fraction(rows[0].score), regradings[-1].applied_at)


def mended_text(text: QuizText, corrections: Corrections, languages: Sequence[str]) -> QuizText:
    """Return the text of an attempt with each corrected question as the correction has it, in these languages."""
    questions = {question.id: question for question in text.quiz.questions}
    html = dict(text.html)
    for name, regrading in corrections.questions.items():
        if name not in questions:
            continue
        later = get_quiz_text(regrading.pinned, languages)
        questions[name] = replace(later.quiz.question(name), points=questions[name].points)
        prefix = f"q/{name}/"
        html = {key: value for key, value in html.items() if not key.startswith(prefix)}
        html |= {key: value for key, value in later.html.items() if key.startswith(prefix)}
    quiz = replace(text.quiz, questions=tuple(questions.values()))
    return QuizText(quiz, html, text.language, text.revision_id)
