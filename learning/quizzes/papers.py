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

    `page` is the one of the paper on which it stands.
    `readings` tells how each typed number was understood, None where it was not, by gap ("" without gaps).
    """

    number: int
    page: int
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
def _draw(text: QuizText, seed: bytes, seen: tuple[tuple[str, int], ...]) -> Paper:
    return draw_paper(text.quiz, seed, dict(seen))


def paper_of(text: QuizText, seed: bytes, seen: Mapping[str, int]) -> Paper:
    """Return the paper that an attempt draws from a quiz; it asks for it again with each request."""
    return _draw(text, seed, tuple(seen.items()))


def view_questions(
    text: QuizText,
    paper: Paper,
    given: Mapping[str, Given],
    *,
    page: int | None = None,
    opened: Mapping[str, int] | None = None,
) -> tuple[QuestionView, ...]:
    """Return the questions of a paper, or of a page of it, with what was answered; their types hold no key.

    `opened` counts by question the hints that were opened where they cost points.
    """
    first = 1 if page is None or not paper.per_page else (page - 1) * paper.per_page + 1
    return tuple(
        _view_question(number, question, text, given.get(question.id), page=paper.page_of(question.id))
        for number, question in enumerate(
            present(text.quiz, paper, text.html, page=page, opened=opened), start=first
        )
    )


def preview_questions(text: QuizText) -> tuple[QuestionView, ...]:
    """Return the questions of a quiz as they would be asked, unanswered, with all their hints."""
    opened = {question.id: len(question.hints) for question in text.quiz.questions}
    return view_questions(text, paper_of(text, b"", {}), {}, opened=opened)


def _view_question(
    number: int, asked: PresentedQuestion, text: QuizText, given: Given | None, *, page: int
) -> QuestionView:
    if given is None or given.value is None:
        return QuestionView(number, page, asked, None, answered=False, readings={})
    kind, answer = TYPES[asked.type], text.quiz.question(asked.id).answer
    return QuestionView(
        number,
        page,
        asked,
        given.value,
        answered=kind.is_answered(answer, given.value),
        readings=kind.read_back(answer, given.value, given.language, reader=text.language),
    )
