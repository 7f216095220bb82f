"""The paper of an attempt: which questions in which order, drawn from a stored seed, as a learner sees it.

Orders come from sorting by a keyed hash of the seed, so they are the same on every machine, in every language
and every version of Python, and depend neither on the author's order nor on which choice is right.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from learning.domain.content import QuizFile, QuizSettings
from learning.domain.errors import Refused
from learning.domain.questions.model import (
    PresentedChoice,
    PresentedQuestion,
    Question,
    ReplyAnswer,
    ResponseValue,
)
from learning.domain.questions.registry import TYPES

SEED_BYTES = 16


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """A question of a paper and the order of what it offers."""

    id: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What one person is asked in one attempt."""

    questions: tuple[PaperQuestion, ...]

    @property
    def question_ids(self) -> tuple[str, ...]:
        """The ids in the order of the paper."""
        return tuple(question.id for question in self.questions)


def shuffled(names: Iterable[str], seed: bytes, *purpose: str) -> list[str]:
    """Return the names in an order that only they, the seed and the purpose decide."""

    def rank(name: str) -> bytes:
        return hmac.digest(seed, "\0".join((*purpose, name)).encode(), hashlib.sha256)

    return sorted(names, key=rank)


def draw_pools(questions: Sequence[Question], draw: Sequence[tuple[str, int]]) -> dict[str, list[Question]]:
    """Return the questions each drawn tag draws from; one with two drawn tags belongs to the first listed."""
    pools: dict[str, list[Question]] = {tag: [] for tag, _ in draw}
    for question in questions:
        tag = next((tag for tag in pools if tag in question.tags), None)
        if tag is not None:
            pools[tag].append(question)
    return pools


def draw_paper(quiz: QuizFile, seed: bytes) -> Paper:
    """Draw the paper that this seed gives; the same quiz and seed always give the same paper."""
    settings = quiz.settings
    left_out: set[str] = set()
    for tag, pool in draw_pools(quiz.questions, settings.draw).items():
        count = dict(settings.draw)[tag]
        left_out.update(shuffled((question.id for question in pool), seed, "draw", tag)[count:])
    drawn = {question.id: question for question in quiz.questions if question.id not in left_out}
    order = shuffled(drawn, seed, "questions") if settings.shuffle_questions else list(drawn)
    return Paper(tuple(_paper_question(drawn[name], settings, seed) for name in order))


def _paper_question(question: Question, settings: QuizSettings, seed: bytes) -> PaperQuestion:
    kind = TYPES[question.type]
    keys = kind.parts(question.answer)
    wanted = settings.shuffle_choices if question.shuffle is None else question.shuffle
    if wanted and kind.can_shuffle:
        keys = kind.order(question.answer, shuffled(keys, seed, "choices", question.id))
    return PaperQuestion(question.id, keys)


def present(quiz: QuizFile, paper: Paper, html: Mapping[str, str]) -> tuple[PresentedQuestion, ...]:
    """Return the paper as a learner is served it; raises KeyError when a rendered fragment is missing."""
    presented = []
    for entry in paper.questions:
        question = quiz.question(entry.id)
        prefix = f"q/{question.id}"
        hints: tuple[str, ...] = ()
        if quiz.settings.shows_hints:
            hints = tuple(html[f"{prefix}/hint/{number}"] for number in range(1, len(question.hints) + 1))
        presented.append(
            PresentedQuestion(
                id=question.id,
                type=question.type,
                points=question.points,
                title=html[f"{prefix}/title"],
                html=html[f"{prefix}/body"],
                choices=tuple(PresentedChoice(key, html[f"{prefix}/choice/{key}"]) for key in entry.choices),
                hints=hints,
                unit=_option(question, "unit"),
            )
        )
    return tuple(presented)


def _option(question: Question, name: str) -> str:
    """Return a setting of the question's answer that learners see, such as the unit of a number."""
    return question.answer.option(name) if isinstance(question.answer, ReplyAnswer) else ""


def read_response(question: Question, value: object) -> ResponseValue | None:
    """Return a response as it is stored, None for no answer; raises Refused, with the field, for a foreign one."""
    try:
        return TYPES[question.type].read_response(question.answer, value)
    except Refused as refusal:
        raise Refused(refusal.message, field=f"q-{question.id}", **refusal.params) from refusal


def is_understood(question: Question, value: ResponseValue, language: str) -> bool:
    """Tell whether a response in the learner's own words can be understood; one that was chosen always is."""
    kind = TYPES[question.type]
    return not kind.own_words or kind.read_back(str(value), language, reader=language) is not None


def asks_for_words(quiz: QuizFile, paper: Paper) -> bool:
    """Tell whether any question of a paper is answered by typing, so that its twins have answers of their own."""
    return any(TYPES[quiz.question(name).type].own_words for name in paper.question_ids)


def read_form_response(question: Question, values: Sequence[str]) -> ResponseValue | None:
    """Return the response that the repeated fields of a plain form make; raises Refused."""
    if TYPES[question.type].takes_several:
        return read_response(question, list(values))
    return read_response(question, values[0] if len(values) == 1 else list(values) or None)
