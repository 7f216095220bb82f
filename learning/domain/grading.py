"""Marking: a pure function of a revision of a quiz and the responses, in exact fractions.

What only a person can judge comes in as points that somebody gave. Regrading is running it again, so nothing
here knows a clock, a person or a database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from learning.domain.content import QuizFile, QuizSettings
from learning.domain.questions.model import Question
from learning.domain.questions.registry import TYPES


@dataclass(frozen=True, slots=True)
class Mark:
    """What one response is worth; `value` is the response, given in `language`.

    Of what it has `won`, hints that were opened take off up to `hint_cost`, both in points; the rest is the `score`.
    One that `waits` is still to be read by a person, and worth nothing until then.
    """

    question_id: str
    score: Fraction
    max: Fraction
    answered: bool
    value: Any = None
    language: str = ""
    waits: bool = False
    won: Fraction = Fraction(0)
    hint_cost: Fraction = Fraction(0)

    @property
    def correct(self) -> bool:
        """Whether the full points were won, whatever hints took off."""
        return self.won == self.max

    @property
    def partly(self) -> bool:
        """Whether a part of the points was won, but not all."""
        return 0 < self.won < self.max

    @property
    def taken_off(self) -> Fraction:
        """The points that hints took off what was won."""
        return self.won - self.score

    def corrected(self, share: Fraction) -> "Mark":
        """Return the mark with another share of the points as its score."""
        score = share * self.max
        # Where nothing is left, what was won before hints is only known of the mark's own key.
        return replace(self, score=score, won=score + self.hint_cost if score else self.won)


@dataclass(frozen=True, slots=True)
class QuizGrade:
    """The marks of an attempt and their sum."""

    score: Fraction
    max_score: Fraction
    passed: bool
    marks: tuple[Mark, ...]

    @property
    def share(self) -> Fraction:
        """The share of the points won, 0 for a paper without points."""
        return self.score / self.max_score if self.max_score else Fraction(0)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The questions whose responses are still to be read by a person."""
        return tuple(mark.question_id for mark in self.marks if mark.waits)


def grade(
    question: Question,
    value: Any,
    default_partial: str,
    *,
    language: str = "",
    twins: Mapping[str, Question] | None = None,
    points: Fraction | None = None,
    hints: int = 0,
) -> Mark:
    """Mark one response (None for none), given in a language; a malformed or outdated one wins nothing.

    Each of the `hints` that were opened takes off its cost, down to nothing. `points` are what a person gave for
    one that is marked by hand, None while nobody has read it. `twins` are the question in other languages; where
    learners use their own words, each has its own answers.
    """
    kind = TYPES[question.type]
    share = kind.share(
        question.answer,
        value,
        partial=question.partial or default_partial,
        language=language,
        twins=answers_of(twins or {}),
    )
    won = share * question.points
    if kind.by_hand and points is not None:
        won = min(points, question.points)
    hint_cost = hints * (question.hint_cost or 0) * question.points
    answered = kind.is_answered(question.answer, value)
    return Mark(
        question_id=question.id,
        score=max(Fraction(0), won - hint_cost),
        max=question.points,
        answered=answered,
        value=value,
        language=language,
        waits=kind.by_hand and answered and points is None,
        won=won,
        hint_cost=hint_cost,
    )


def answers_of(twins: Mapping[str, Question]) -> dict[str, Any]:
    """Return the answers of a question by language."""
    return {language: question.answer for language, question in twins.items()}


@dataclass(frozen=True, slots=True)
class Given:
    """A response as it is stored, with its language, the points a person gave for it, and the hints opened before."""

    value: Any
    language: str
    points: Fraction | None = None
    hints: int = 0


_NOTHING = Given(None, "")


def grade_quiz(
    quiz: QuizFile,
    question_ids: Iterable[str],
    responses: Mapping[str, Given],
    *,
    twins: Sequence[QuizFile] = (),
) -> QuizGrade:
    """Mark the questions of a paper in its order; raises KeyError for a question the quiz does not have.

    `twins` are the quiz in other languages, with the keys of this one; only typed answers ask for them.
    """
    given = ((question_id, responses.get(question_id, _NOTHING)) for question_id in question_ids)
    marks = tuple(
        grade(
            quiz.question(question_id),
            response.value,
            quiz.settings.partial,
            language=response.language,
            twins={twin.language: twin.question(question_id) for twin in twins},
            points=response.points,
            hints=response.hints,
        )
        for question_id, response in given
    )
    score = sum((mark.score for mark in marks), Fraction(0))
    max_score = sum((mark.max for mark in marks), Fraction(0))
    return QuizGrade(score, max_score, is_pass(quiz.settings, score, max_score), marks)


def is_pass(settings: QuizSettings, score: Fraction, max_score: Fraction) -> bool:
    """Tell whether the points reach the pass mark; an empty paper passes nobody."""
    return max_score > 0 and score >= settings.pass_share * max_score
