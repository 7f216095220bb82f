"""What corrections of the key mean to an attempt: its marks by them, and its text with the key that stands.

A regrading concerns attempts at earlier texts than its own, also those that are submitted after it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import lru_cache

from sqlalchemy import bindparam, select

from learning.courses.models import Revision
from learning.courses.queries import PinnedRevision, QuizText, get_quiz_text
from learning.database import fetch, transaction, upserting
from learning.domain.content import QuizFile
from learning.domain.grading import QuizGrade
from learning.domain.marks import Record
from learning.domain.mending import Correction, Standing, compare_keys, concerns, mend
from learning.quizzes.models import RegradedAttempt, Regrading, RegradingRevision
from learning.quizzes.queries import StoredAttempt, StoredResponse, given_in

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
_KEEP_BEFORE = upserting(
    RegradedAttempt,
    lambda statement: statement.on_conflict_do_update(
        index_elements=["regrading_id", "attempt_id"],
        set_={name: statement.excluded[name] for name in ("score", "passed", "marks")},
    ),
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
def correction_of(asked: Pinned, later: tuple[Pinned, ...]) -> Correction:
    """Return what the last of some later texts corrects in the one that an attempt keeps, with no text nothing.

    The texts before it are those by whose keys the attempt is marked already.
    """
    if not later:
        quiz, twins = _texts(asked)
        return Correction(quiz, tuple(twins.values()), (), ())
    before = correction_of(asked, later[:-1])
    quiz, twins = _texts(later[-1])
    return compare_keys(before.quiz, quiz, {twin.language: twin for twin in before.twins}, twins)


def _texts(pinned: Pinned) -> tuple[QuizFile, dict[str, QuizFile]]:
    original = [revision.language for revision in pinned if revision.is_original]
    return get_quiz_text(pinned, original).quiz, {
        twin.language: get_quiz_text(pinned, [twin.language]).quiz for twin in pinned if not twin.is_original
    }


def later_texts(
    pinned: Pinned, regradings: Iterable[StandingRegrading]
) -> Iterator[tuple[StandingRegrading, tuple[Pinned, ...]]]:
    """Yield the regradings that concern an attempt, each with the texts up to it by which it is marked."""
    texts: tuple[Pinned, ...] = ()
    for regrading in regradings:
        if regrading.is_later(pinned):
            texts = (*texts, regrading.pinned)
            yield regrading, texts


@dataclass(frozen=True, slots=True)
class Mended:
    """An attempt by all corrections that stand, and what it had before each of them."""

    now: Standing
    before: tuple[tuple[int, Standing], ...]


def mend_attempt(
    attempt: StoredAttempt, grade: QuizGrade, record: Record, counting: Mapping[str, StoredResponse]
) -> Mended:
    """Return what an attempt that is submitted now has by the corrections of the text that it keeps."""
    given = given_in(attempt, counting)
    now = Standing(grade.score, grade.max_score, grade.passed, record)
    before = []
    for regrading, texts in later_texts(attempt.pinned, standing_regradings(attempt.quiz.id)):
        correction = correction_of(attempt.pinned, texts)
        if concerns(now.record, correction):
            before.append((regrading.id, now))
            now = mend(now, given, correction, nobody_loses=regrading.nobody_loses)
    return Mended(now, tuple(before))


def keep_before(attempt_id: int, mended: Mended) -> None:
    """Store what an attempt had before each correction that marked it anew, in place of what was stored before."""
    if not mended.before:
        return
    with transaction() as session:
        session.connection().execute(
            _KEEP_BEFORE(session),
            [
                {
                    "regrading_id": regrading_id,
                    "attempt_id": attempt_id,
                    "score": str(before.score),
                    "passed": before.passed,
                    "marks": before.record,
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
    questions: dict[str, StandingRegrading] = {}
    last = None
    for regrading, texts in later_texts(pinned, standing_regradings(quiz_id)):
        questions |= dict.fromkeys(correction_of(pinned, texts).corrected, regrading)
        last = regrading
    if last is None:
        return None
    return Corrections(questions, Fraction(rows[0].score), last.applied_at)


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
