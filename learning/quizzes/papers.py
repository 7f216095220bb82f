"""A paper as a person sees it: the questions in their order with what was answered, and nothing of the key."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from learning.courses.queries import QuizText
from learning.domain.attempt import Paper, draw_paper, present
from learning.domain.grading import Given
from learning.domain.questions.model import PresentedQuestion
from learning.domain.questions.registry import TYPES


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A choice to tick."""

    key: str
    html: str
    selected: bool


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question to answer; nothing in it tells the key."""

    number: int
    id: str
    type: str
    points: Fraction
    title: str
    html: str
    choices: tuple[ChoiceView, ...]
    hints_html: tuple[str, ...]
    answered: bool
    typed: str = ""
    unit: str = ""
    read_back: str | None = None

    @property
    def is_unread(self) -> bool:
        """Whether something was typed that cannot be understood, such as letters for a number."""
        return bool(self.typed) and self.read_back is None


@lru_cache(maxsize=512)
def paper_of(text: QuizText, seed: bytes) -> Paper:
    """Return the paper that the seed draws from a quiz; an attempt asks for it again with each request."""
    return draw_paper(text.quiz, seed)


def view_questions(text: QuizText, seed: bytes, given: Mapping[str, Given]) -> tuple[QuestionView, ...]:
    """Return the questions of a paper with what was answered, from types that hold no key."""
    presented = present(text.quiz, paper_of(text, seed), text.html)
    return tuple(
        _view_question(number, question, given.get(question.id), reader=text.language)
        for number, question in enumerate(presented, start=1)
    )


def _view_question(
    number: int, question: PresentedQuestion, given: Given | None, *, reader: str
) -> QuestionView:
    kind = TYPES[question.type]
    value = given.value if given else None
    typed = value if kind.own_words and isinstance(value, str) else ""
    ticked = value if isinstance(value, list) else [value]
    return QuestionView(
        number=number,
        id=question.id,
        type=question.type,
        points=question.points,
        title=question.title,
        html=question.html,
        choices=tuple(ChoiceView(choice.id, choice.html, choice.id in ticked) for choice in question.choices),
        hints_html=question.hints,
        answered=bool(value),
        typed=typed,
        unit=question.unit,
        read_back=kind.read_back(typed, given.language, reader=reader) if given and typed else None,
    )
