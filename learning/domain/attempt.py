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
from learning.domain.questions.kind import Arrangement, Fields
from learning.domain.questions.model import (
    MARK_END,
    MARK_START,
    PresentedQuestion,
    Question,
    ResponseValue,
)
from learning.domain.questions.registry import TYPES

SEED_BYTES = 16


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """A question of a paper and the order in which it offers things."""

    id: str
    arrangement: Arrangement


@dataclass(frozen=True, slots=True)
class Paper:
    """What one person is asked in one attempt, on pages of so many questions, or on one.

    Where the quiz goes `only_forward`, there is no way back to an earlier page.
    """

    questions: tuple[PaperQuestion, ...]
    per_page: int | None = None
    only_forward: bool = False

    @property
    def question_ids(self) -> tuple[str, ...]:
        """The ids in the order of the paper."""
        return tuple(question.id for question in self.questions)

    @property
    def pages(self) -> int:
        """How many pages it has; one when it asks nothing."""
        return max(1, -(-len(self.questions) // self.per_page)) if self.per_page else 1

    def on_page(self, number: int) -> tuple[str, ...]:
        """Return the ids of the questions on a page, counted from 1; none beyond the last."""
        if not self.per_page:
            return self.question_ids if number == 1 else ()
        return self.question_ids[(number - 1) * self.per_page : number * self.per_page]

    def page_of(self, question_id: str) -> int:
        """Return the page on which a question stands; raises ValueError for one that is not asked."""
        place = self.question_ids.index(question_id)
        return place // self.per_page + 1 if self.per_page else 1


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


def draw_paper(quiz: QuizFile, seed: bytes, seen: Mapping[str, int] | None = None) -> Paper:
    """Draw the paper that this seed gives; the same quiz, seed and `seen` always give the same paper.

    `seen` tells how often a question was asked of the person before: what was asked less often is drawn first.
    """
    settings = quiz.settings
    left_out: set[str] = set()
    for tag, pool in draw_pools(quiz.questions, settings.draw).items():
        count = dict(settings.draw)[tag]
        by_chance = shuffled((question.id for question in pool), seed, "draw", tag)
        left_out.update(sorted(by_chance, key=lambda name: (seen or {}).get(name, 0))[count:])
    drawn = {question.id: question for question in quiz.questions if question.id not in left_out}
    order = shuffled(drawn, seed, "questions") if settings.shuffle_questions else list(drawn)
    return Paper(
        tuple(_paper_question(drawn[name], settings, seed) for name in order),
        settings.questions_per_page,
        settings.navigate == "forward",
    )


def _paper_question(question: Question, settings: QuizSettings, seed: bytes) -> PaperQuestion:
    def rank(names: Iterable[str], purpose: str) -> list[str]:
        return shuffled(names, seed, purpose, question.id)

    wanted = settings.shuffle_choices if question.shuffle is None else question.shuffle
    return PaperQuestion(question.id, TYPES[question.type].arrange(question.answer, rank, shuffle=wanted))


def present(
    quiz: QuizFile,
    paper: Paper,
    html: Mapping[str, str],
    *,
    page: int | None = None,
    opened: Mapping[str, int] | None = None,
) -> tuple[PresentedQuestion, ...]:
    """Return the paper, or a page of it, as a learner is served it; raises KeyError when a fragment is missing.

    `opened` counts by question the hints that were opened where they cost points.
    """
    wanted = paper.question_ids if page is None else paper.on_page(page)
    return tuple(
        _present_question(
            quiz.question(entry.id),
            entry.arrangement,
            html,
            hints=quiz.settings.shows_hints,
            opened=(opened or {}).get(entry.id, 0),
        )
        for entry in paper.questions
        if entry.id in wanted
    )


def _present_question(
    question: Question, arrangement: Arrangement, html: Mapping[str, str], *, hints: bool, opened: int
) -> PresentedQuestion:
    written = len(question.hints) if hints else 0
    shown = written if question.hint_cost is None else min(opened, written)

    def fragment(name: str) -> str:
        return html[f"q/{question.id}/{name}"]

    return PresentedQuestion(
        id=question.id,
        type=question.type,
        points=question.points,
        title=fragment("title"),
        html=with_marks(question, fragment("body")),
        offer=TYPES[question.type].offer(question.answer, arrangement, fragment),
        hints=tuple(fragment(f"hint/{n}") for n in range(1, shown + 1)),
        closed_hints=written - shown,
        hint_cost=question.hint_cost,
    )


def with_marks(question: Question, html: str) -> str:
    """Return the text of a question with an empty element at each mark, named by what stands there."""
    kind = TYPES[question.type]
    for number, key in enumerate(kind.marked(question.answer), start=1):
        place = f'<span data-{kind.mark}="{key}"></span>'
        html = html.replace(f"{MARK_START}{number}{MARK_END}", place)
    return html


def next_hint(quiz: QuizFile, question_id: str, opened: int) -> int | None:
    """Return the number of the hint that can be opened for points after so many; None without one."""
    question = quiz.question(question_id)
    is_left = quiz.settings.shows_hints and question.hint_cost is not None and opened < len(question.hints)
    return opened + 1 if is_left else None


def read_response(question: Question, value: object) -> ResponseValue | None:
    """Return a response as it is stored, None for no answer; raises Refused, with the field, for a foreign one."""
    try:
        return TYPES[question.type].read_response(question.answer, value)
    except Refused as refusal:
        raise Refused(refusal.message, field=f"q-{question.id}", **refusal.params) from refusal


def is_understood(question: Question, value: ResponseValue, language: str) -> bool:
    """Tell whether every number of a response can be understood; what was chosen or said in words always is."""
    kind = TYPES[question.type]
    return None not in kind.read_back(question.answer, value, language, reader=language).values()


def asks_for_words(quiz: QuizFile, paper: Paper) -> bool:
    """Tell whether any question of a paper is answered by typing, so that its twins have answers of their own."""
    return any(TYPES[quiz.question(name).type].own_words for name in paper.question_ids)


def read_form_response(question: Question, fields: Fields) -> ResponseValue | None:
    """Return the response that the fields `q-<id>` of a plain form make; raises Refused."""
    name = f"q-{question.id}"
    try:
        value = TYPES[question.type].read_form(question.answer, name, fields)
    except Refused as refusal:
        raise Refused(refusal.message, field=name, **refusal.params) from refusal
    return read_response(question, value)
