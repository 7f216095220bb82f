"""What each question of a submitted attempt won and what was chosen in it, as it is kept beside the attempt.

It follows from the attempt's texts, its seed and its responses; keeping it saves marking thousands of attempts
anew to look at all of them, and lets a correction of the key say what held before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from learning.domain.content import QuizFile
from learning.domain.grading import Mark, QuizGrade, answers_of, is_pass
from learning.domain.questions.registry import TYPES

# By question, in the order of the paper: the share, what was chosen (None: not answered), and the share by the
# key that stands where another one counts.
Record = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class KeptMark:
    """What a question won: the share that counts, and the one by the key that stands now.

    `chosen` names each option that was chosen as `place/option`; None means that nothing was answered.
    """

    share: Fraction
    by_key: Fraction
    chosen: tuple[str, ...] | None


def kept_marks(quiz: QuizFile, marks: Iterable[Mark], twins: Sequence[QuizFile] = ()) -> dict[str, KeptMark]:
    """Return the marks of a grading as they are kept, by question in the order of the paper."""
    kept = {}
    for mark in marks:
        question = quiz.question(mark.question_id)
        share = mark.score / mark.max if mark.max else Fraction(0)
        chosen = None
        if mark.answered:
            pairs = TYPES[question.type].chosen(
                question.answer,
                mark.value,
                language=mark.language,
                twins=answers_of({twin.language: twin.question(mark.question_id) for twin in twins}),
            )
            chosen = tuple(f"{place}/{option}" for place, option in pairs)
        kept[mark.question_id] = KeptMark(share, share, chosen)
    return kept


def with_shares(grade: QuizGrade, marks: Mapping[str, KeptMark], quiz: QuizFile) -> QuizGrade:
    """Return a grading with the shares that count instead of its own."""
    counted = tuple(
        mark.corrected(marks[mark.question_id].share) if mark.question_id in marks else mark
        for mark in grade.marks
    )
    score = sum((mark.score for mark in counted), Fraction(0))
    return QuizGrade(score, grade.max_score, is_pass(quiz.settings, score, grade.max_score), counted)


def write_marks(marks: Mapping[str, KeptMark]) -> Record:
    """Return the marks as plain values that JSON can hold."""
    return {name: write_mark(mark) for name, mark in marks.items()}


def write_mark(mark: KeptMark) -> list[Any]:
    """Return one mark as plain values."""
    by_key = [] if mark.by_key == mark.share else [str(mark.by_key)]
    return [str(mark.share), None if mark.chosen is None else list(mark.chosen), *by_key]


def read_marks(record: Record) -> dict[str, KeptMark]:
    """Return the marks that were written so."""
    return {name: read_mark(values) for name, values in record.items()}


def read_mark(values: Sequence[Any]) -> KeptMark:
    """Return one mark that was written so."""
    share, chosen, *by_key = values
    return KeptMark(
        Fraction(share),
        Fraction(by_key[0] if by_key else share),
        None if chosen is None else tuple(chosen),
    )
