"""A paper as a person sees it: the questions in their order with what was ticked, and nothing of the key."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from learning.courses.queries import QuizText
from learning.domain.attempt import draw_paper, present


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


def view_questions(
    text: QuizText, seed: bytes, chosen: Mapping[str, frozenset[str]]
) -> tuple[QuestionView, ...]:
    """Return the questions of a paper with what was ticked, from types that hold no key."""
    presented = present(text.quiz, draw_paper(text.quiz, seed), text.html)
    return tuple(
        QuestionView(
            number=number,
            id=question.id,
            type=question.type,
            points=question.points,
            title=question.title,
            html=question.html,
            choices=tuple(
                ChoiceView(choice.id, choice.html, choice.id in chosen.get(question.id, frozenset()))
                for choice in question.choices
            ),
            hints_html=question.hints,
            answered=bool(chosen.get(question.id)),
        )
        for number, question in enumerate(presented, start=1)
    )
