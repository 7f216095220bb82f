"""A paper as a person sees it: the questions in their order with what was answered, and nothing of the key."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from learning.courses.queries import QuizText
from learning.domain.attempt import Paper, draw_paper, present
from learning.domain.grading import Given
from learning.domain.questions.model import Offered, PresentedQuestion
from learning.domain.questions.registry import TYPES


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question to answer, with what was answered as it is stored; nothing in it tells the key.

    `readings` tells how each typed number was understood, None where it was not, by gap ("" without gaps).
    """

    number: int
    asked: PresentedQuestion
    response: str | list[str] | dict[str, str] | None
    answered: bool
    readings: Mapping[str, str | None]

    @property
    def id(self) -> str:
        """The id of the question."""
        return self.asked.id

    @property
    def typed(self) -> str:
        """What was typed into the one field of a text or numeric question."""
        return self.response if isinstance(self.response, str) else ""

    @property
    def picked(self) -> frozenset[str]:
        """The keys that were ticked or marked."""
        return frozenset([self.response] if isinstance(self.response, str) else self.response or ())

    @property
    def places(self) -> Mapping[str, str]:
        """What was put at each place of a match or cloze question, by its key."""
        return self.response if isinstance(self.response, dict) else {}

    @property
    def in_order(self) -> tuple[Offered, ...]:
        """The steps as the learner left them, or as the paper has them."""
        items = {item.id: item for item in self.asked.offer.items}
        given = [items[key] for key in self.response or () if key in items]
        return tuple(given) if len(given) == len(items) else self.asked.offer.items

    @property
    def unread(self) -> tuple[str, ...]:
        """What was typed that cannot be understood, such as letters for a number."""
        unread = (gap for gap, number in self.readings.items() if number is None)
        return tuple(self.places.get(gap, self.typed) for gap in unread)


@lru_cache(maxsize=512)
def paper_of(text: QuizText, seed: bytes) -> Paper:
    """Return the paper that the seed draws from a quiz; an attempt asks for it again with each request."""
    return draw_paper(text.quiz, seed)


def view_questions(text: QuizText, seed: bytes, given: Mapping[str, Given]) -> tuple[QuestionView, ...]:
    """Return the questions of a paper with what was answered, from types that hold no key."""
    presented = present(text.quiz, paper_of(text, seed), text.html)
    return tuple(
        _view_question(number, question, text, given.get(question.id))
        for number, question in enumerate(presented, start=1)
    )


def _view_question(
    number: int, asked: PresentedQuestion, text: QuizText, given: Given | None
) -> QuestionView:
    if given is None or given.value is None:
        return QuestionView(number, asked, None, answered=False, readings={})
    kind, answer = TYPES[asked.type], text.quiz.question(asked.id).answer
    return QuestionView(
        number,
        asked,
        given.value,
        answered=kind.is_answered(answer, given.value),
        readings=kind.read_back(answer, given.value, given.language, reader=text.language),
    )
