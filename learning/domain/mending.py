"""Mending a wrong key: marking what was answered by the key of a later text of the quiz.

Only the key is taken from the later text: what is right, what weighs how much, and the rule for what is partly
right. Points, the pass mark and the rules of attempts are those of the text that was asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from learning.domain.content import QuizFile
from learning.domain.grading import Given, grade_quiz, is_pass
from learning.domain.marks import KeptMark, kept_marks
from learning.domain.questions.model import Question
from learning.domain.questions.registry import TYPES

Twins = Mapping[str, QuizFile]  # a quiz in other languages, by language


@dataclass(frozen=True, slots=True)
class Correction:
    """What a later text changes for those who were asked an earlier one.

    `quiz` is the earlier text with the later key, `twins` likewise; `corrected` are the questions whose key
    is another now. `unlike` changed so much (type, choices) that what was answered cannot be marked by them.
    """

    quiz: QuizFile
    twins: tuple[QuizFile, ...]
    corrected: tuple[str, ...]
    unlike: tuple[str, ...]


def compare_keys(asked: QuizFile, later: QuizFile, asked_twins: Twins, later_twins: Twins) -> Correction:
    """Return what the later text corrects; a question that it no longer has stays as it was marked."""
    now = {question.id: question for question in later.questions}
    both = asked_twins.keys() & later_twins.keys()
    corrected, unlike = [], []
    for question in asked.questions:
        other = now.get(question.id)
        if other is None:
            continue
        if not _offers_same(question, other):
            unlike.append(question.id)
        elif _key(question) != _key(other) or _words(question.id, asked_twins, both) != _words(
            question.id, later_twins, both
        ):
            corrected.append(question.id)
    chosen = frozenset(corrected)
    return Correction(
        _with_keys(asked, later, chosen),
        tuple(
            _with_keys(twin, later_twins[language], chosen) if language in both else twin
            for language, twin in asked_twins.items()
        ),
        tuple(corrected),
        tuple(unlike),
    )


def _offers_same(one: Question, other: Question) -> bool:
    """Tell whether the same can be answered; where nothing is chosen or foreseen, a person has marked it."""
    return one.type == other.type and bool(_offers(one)) and _offers(one) == _offers(other)


def _offers(question: Question) -> dict[str, frozenset[str] | None]:
    places = TYPES[question.type].places(question.answer)
    return {
        place.key: None if place.typed else frozenset(option.key for option in place.options)
        for place in places
    }


def _key(question: Question) -> tuple[Any, str | None]:
    return TYPES[question.type].bare(question.answer), question.partial


def _words(name: str, twins: Twins, languages: Iterable[str]) -> dict[str, Any]:
    """Return the key of a question in the languages in which learners use words of their own."""
    return {
        language: _key(question)
        for language in languages
        for question in twins[language].questions
        if question.id == name and TYPES[question.type].own_words
    }


def _with_keys(asked: QuizFile, later: QuizFile, names: frozenset[str]) -> QuizFile:
    def mended(question: Question) -> Question:
        if question.id not in names:
            return question
        other = later.question(question.id)
        return replace(question, answer=other.answer, partial=other.partial)

    return replace(asked, questions=tuple(map(mended, asked.questions)))


@dataclass(frozen=True, slots=True)
class Standing:
    """What an attempt has: its marks, and their sum against the pass mark."""

    score: Fraction
    max_score: Fraction
    passed: bool
    marks: Mapping[str, KeptMark]

    @property
    def share(self) -> Fraction | None:
        """The share of the points won, None where there are none to win."""
        return self.score / self.max_score if self.max_score else None


def stand(quiz: QuizFile, marks: Mapping[str, KeptMark]) -> Standing:
    """Return what these marks amount to by the points and the pass mark of the quiz."""
    points = {name: quiz.question(name).points for name in marks}
    score = sum((mark.share * points[name] for name, mark in marks.items()), Fraction(0))
    most = sum(points.values(), Fraction(0))
    return Standing(score, most, is_pass(quiz.settings, score, most), marks)


def mend(
    marks: Mapping[str, KeptMark],
    responses: Mapping[str, Given],
    correction: Correction,
    *,
    nobody_loses: bool,
) -> dict[str, KeptMark]:
    """Return the marks of an attempt by the corrected key; where nobody loses, the better of both counts."""
    names = [name for name in correction.corrected if name in marks]
    grade = grade_quiz(correction.quiz, names, responses, twins=correction.twins)
    anew = kept_marks(correction.quiz, grade.marks, correction.twins)
    mended = dict(marks)
    for name, mark in anew.items():
        share = max(mark.share, marks[name].share) if nobody_loses else mark.share
        mended[name] = KeptMark(share, mark.share, mark.chosen)
    return mended


def concerns(marks: Mapping[str, KeptMark], correction: Correction) -> bool:
    """Tell whether an attempt was asked a question whose key was corrected."""
    return any(name in marks for name in correction.corrected)
