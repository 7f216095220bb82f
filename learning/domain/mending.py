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
from learning.domain.marks import KeptMark, Record, kept_marks, read_mark, write_mark
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
        if other is None or (TYPES[question.type].by_hand and other.type == question.type):
            continue  # what people have marked has no key
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
    """Tell whether the same can be answered."""
    return one.type == other.type and _offers(one) == _offers(other)


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
    """What an attempt has: its points against the pass mark, and its marks as they are stored."""

    score: Fraction
    max_score: Fraction
    passed: bool
    record: Record

    @property
    def share(self) -> Fraction:
        """The share of the points won, 0 where there are none to win."""
        return self.score / self.max_score if self.max_score else Fraction(0)


def concerns(record: Record, correction: Correction) -> bool:
    """Tell whether an attempt with these marks was asked a question whose key was corrected."""
    return any(name in record for name in correction.corrected)


def mend(
    before: Standing, responses: Mapping[str, Given], correction: Correction, *, nobody_loses: bool
) -> Standing:
    """Return what an attempt has by the corrected key; where nobody loses, the better of both marks counts.

    Only the corrected questions are marked anew, so only responses to them are asked for.
    """
    names = [name for name in correction.corrected if name in before.record]
    grade = grade_quiz(correction.quiz, names, responses, twins=correction.twins)
    record, score = dict(before.record), before.score
    for name, anew in kept_marks(correction.quiz, grade.marks, correction.twins).items():
        earlier = read_mark(record[name]).share
        share = max(anew.share, earlier) if nobody_loses else anew.share
        record[name] = write_mark(KeptMark(share, anew.share, anew.chosen))
        score += (share - earlier) * correction.quiz.question(name).points
    passed = is_pass(correction.quiz.settings, score, before.max_score)
    return Standing(score, before.max_score, passed, record)
