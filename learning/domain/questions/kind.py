"""What every type of question must be able to do; each type is one file, entered in the registry."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import ClassVar, Generic, TypeVar

from learning.domain.diagnostics import Findings
from learning.domain.questions.choices import (
    chosen_keys,
    compare_choices,
    order_choices,
    twin_choices,
    write_choices,
)
from learning.domain.questions.model import AnswerKind, AnswerLine, ChoiceAnswer, ResponseValue

A = TypeVar("A")


class QuestionType(ABC, Generic[A]):
    """Reading, serving, grading and writing of one type of question, whose answer has the shape A.

    `accepts` is the kind of answer lines it is written with, `settings` are the names its heading may have.
    `options` are those among them that belong to the answer, each with its words, the default first; no words
    means free text. `own_words` says that learners type their answer, so that each language has its own key;
    `any_language`, that what is right in one language of the quiz is right in all of them.
    """

    name: ClassVar[str]
    accepts: ClassVar[AnswerKind]
    settings: ClassVar[frozenset[str]] = frozenset({"type", "points", "tags"})
    options: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    can_shuffle: ClassVar[bool] = False
    takes_several: ClassVar[bool] = False
    own_words: ClassVar[bool] = False
    any_language: ClassVar[bool] = False

    @abstractmethod
    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> A:
        """Make the answer from its lines; notes what is wrong at the line, or at the heading's."""

    def written_options(self, answer: A) -> Mapping[str, str]:
        """Return the settings among `options` that the heading must carry for the answer to be read again."""
        return {}

    @abstractmethod
    def write(self, answer: A) -> list[str]:
        """Return the lines of the answer, such that reading them gives it again."""

    @abstractmethod
    def parts(self, answer: A) -> tuple[str, ...]:
        """Return the keys of what a learner is offered, in the author's order."""

    @abstractmethod
    def fragments(self, answer: A) -> dict[str, str]:
        """Return the Markdown of the answer by fragment name, without the question's prefix."""

    @abstractmethod
    def order(self, answer: A, shuffled: Sequence[str]) -> tuple[str, ...]:
        """Return the parts as served, given them shuffled by a seed."""

    @abstractmethod
    def read_response(self, answer: A, value: object) -> ResponseValue | None:
        """Return a response as it is stored, None for no answer; raises Refused for a foreign one."""

    @abstractmethod
    def chosen(self, answer: A, value: object) -> tuple[str, ...]:
        """Return the parts that a stored response names and that exist; never raises."""

    @abstractmethod
    def right(self, answer: A) -> tuple[str, ...]:
        """Return the parts that are the key."""

    @abstractmethod
    def share(self, answer: A, value: object, *, partial: str, language: str) -> Fraction:
        """Return the share of the points that a stored response wins, 0 to 1; never raises.

        `partial` is the rule for what is partly right, `language` the one in which the response was given.
        """

    def comment(self, answer: A, value: object, language: str) -> str | None:
        """Return the name of the fragment that speaks of a typed response, if there is one."""
        return None

    @abstractmethod
    def right_response(self, answer: A) -> ResponseValue:
        """Return a response that wins all points."""

    def show_right(self, answer: A, language: str) -> tuple[str, ...]:
        """Return the right answers as words for a reader, where learners use their own."""
        return ()

    def read_back(self, value: str, language: str, *, reader: str) -> str | None:
        """Return a response typed in a language as it was understood, None when it was not.

        `reader` is the language in which it is told.
        """
        return value

    @abstractmethod
    def twin(self, original: A, twin: A) -> A:
        """Return the twin's texts under the original's keys; raises ValueError when they do not match."""

    @abstractmethod
    def compare(self, question_id: str, original: A, twin: A, *, findings: Findings, name: str) -> None:
        """Note where the answer of a twin disagrees with that of the original file `name`."""


class ChoiceType(QuestionType[ChoiceAnswer]):
    """A type whose answer is a list of choices."""

    accepts = AnswerKind.CHOICE
    settings = QuestionType.settings | {"shuffle"}
    can_shuffle = True

    def write(self, answer: ChoiceAnswer) -> list[str]:
        """Return one line a choice, with its comment below."""
        return write_choices(answer)

    def parts(self, answer: ChoiceAnswer) -> tuple[str, ...]:
        """Return the keys of the choices."""
        return answer.keys

    def fragments(self, answer: ChoiceAnswer) -> dict[str, str]:
        """Return `choice/<key>` for each choice and `comment/<key>` where it has one."""
        texts = {f"choice/{choice.key}": choice.text for choice in answer.choices}
        return texts | {f"comment/{c.key}": c.comment for c in answer.choices if c.comment}

    def order(self, answer: ChoiceAnswer, shuffled: Sequence[str]) -> tuple[str, ...]:
        """Return the shuffled keys with `fixed` ones kept in place."""
        return order_choices(answer, shuffled)

    def chosen(self, answer: ChoiceAnswer, value: object) -> tuple[str, ...]:
        """Return the ticked choices that exist."""
        return chosen_keys(answer, value)

    def right(self, answer: ChoiceAnswer) -> tuple[str, ...]:
        """Return the right choices."""
        return answer.right

    def right_response(self, answer: ChoiceAnswer) -> ResponseValue:
        """Return the right choices, or the one."""
        return answer.right if self.takes_several else answer.right[0]

    def twin(self, original: ChoiceAnswer, twin: ChoiceAnswer) -> ChoiceAnswer:
        """Return the twin's texts, the nth choice with the key of the nth of the original."""
        return twin_choices(original, twin)

    def compare(
        self, question_id: str, original: ChoiceAnswer, twin: ChoiceAnswer, *, findings: Findings, name: str
    ) -> None:
        """Note differences in number, right and wrong pattern, weights and ids of choices."""
        compare_choices(question_id, original, twin, findings=findings, name=name)
