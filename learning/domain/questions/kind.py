"""What every type of question must be able to do; each type is one file, entered in the registry."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import ClassVar, Generic, TypeVar

from learning.domain.diagnostics import Findings
from learning.domain.questions.choices import (
    chosen_keys,
    compare_choices,
    fragments_of_choices,
    offer_choices,
    order_choices,
    tick_choices,
    twin_choices,
    write_choices,
)
from learning.domain.questions.model import (
    AnswerKind,
    AnswerLine,
    ChoiceAnswer,
    Filled,
    Offer,
    Option,
    Piece,
    Place,
    ResponseValue,
    Tick,
)

A = TypeVar("A")

RIGHT, OTHER = "right", "other"  # what was typed and is no reply that stands in the author's list

# Puts names in an order that only they, the seed of an attempt and a purpose decide.
Rank = Callable[[Iterable[str], str], list[str]]
# The order in which one attempt offers the keys of a question, by what they are keys of.
Arrangement = Mapping[str, tuple[str, ...]]
# Returns the HTML of a fragment of the question.
Html = Callable[[str], str]
# Returns the values that a form has under a name.
Fields = Callable[[str], Sequence[str]]
# What a response chose: the key of a place and that of an option there.
Chosen = tuple[str, str]


class QuestionType(ABC, Generic[A]):
    """Reading, serving, grading and writing of one type of question, whose answer has the shape A.

    `accepts` are the kinds of answer lines it is written with, `settings` are the names its heading may have.
    `options` are those among them that belong to the answer, each with its words, the default first; no words
    means free text. `rules` are the words of the setting `partial`. `mark` is what a place of an answer in the
    text is called in HTML, "gap" or "part". `own_words` says that learners type, so that each language has its
    own key. `by_hand` says that a person gives the points.
    """

    name: ClassVar[str]
    accepts: ClassVar[frozenset[AnswerKind]]
    settings: ClassVar[frozenset[str]] = frozenset({"type", "points", "tags", "hint_cost"})
    options: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    rules: ClassVar[tuple[str, ...]] = ()
    mark: ClassVar[str] = ""
    can_shuffle: ClassVar[bool] = False
    own_words: ClassVar[bool] = False
    by_hand: ClassVar[bool] = False

    @abstractmethod
    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> A:
        """Make the answer from its lines; notes what is wrong at the line, or at the heading's."""

    def written_options(self, answer: A) -> Mapping[str, str]:
        """Return the settings among `options` that the heading must carry for the answer to be read again."""
        return {}

    def write(self, answer: A) -> list[str]:
        """Return the lines of the answer, such that reading them gives it again."""
        return []

    def write_marked(self, answer: A) -> tuple[str, ...]:
        """Return what stands in the text at each of its marks, in order."""
        return ()

    def marked(self, answer: A) -> tuple[str, ...]:
        """Return the keys of what the marks of the text stand for, in order."""
        return ()

    def worth(self, answer: A) -> Fraction:
        """Return the points of a question that does not say how many it has."""
        return Fraction(1)

    @abstractmethod
    def fragments(self, answer: A) -> dict[str, str]:
        """Return the Markdown of the answer by fragment name, without the question's prefix.

        Names count and tell no key, so that the fragments of language twins have the same names.
        """

    def arrange(self, answer: A, rank: Rank, *, shuffle: bool) -> Arrangement:
        """Return the order in which an attempt offers the keys; `shuffle` is what the quiz says of choices."""
        return {}

    @abstractmethod
    def offer(self, answer: A, arrangement: Arrangement, html: Html) -> Offer:
        """Return what a learner is offered to answer with, in the order of her attempt."""

    @abstractmethod
    def read_response(self, answer: A, value: object) -> ResponseValue | None:
        """Return a response as it is stored, None for no answer; raises Refused for a foreign one."""

    def read_form(self, answer: A, name: str, fields: Fields) -> object:
        """Return what a plain form says under `name` and below it, to be read as a response."""
        values = fields(name)
        return values[0] if len(values) == 1 else list(values) or None

    def is_answered(self, answer: A, value: object) -> bool:
        """Tell whether a stored response is an answer; never raises."""
        return bool(value)

    @abstractmethod
    def share(
        self, answer: A, value: object, *, partial: str, language: str, twins: Mapping[str, A]
    ) -> Fraction:
        """Return the share of the points that a stored response wins, 0 to 1; never raises.

        `partial` is the rule for what is partly right, `language` the one in which the response was given,
        `twins` has the answer in the other languages of the quiz.
        """

    def ticks(self, answer: A, value: object) -> tuple[Tick, ...]:
        """Return what a response decided about each thing to tick or mark, in the author's order."""
        return ()

    def filled(
        self, answer: A, value: object, *, language: str, reader: str, twins: Mapping[str, A]
    ) -> tuple[Filled, ...]:
        """Return what a response put at each place, and what belongs there in the words of the `reader`."""
        return ()

    def comment(self, answer: A, value: object, language: str) -> str | None:
        """Return the name of the fragment that speaks of a typed response, if there is one."""
        return None

    @abstractmethod
    def right_response(self, answer: A) -> ResponseValue:
        """Return a response that wins all points."""

    def show_right(self, answer: A, language: str) -> tuple[str, ...]:
        """Return the right answers as words for a reader, where learners use their own."""
        return ()

    def read_back(self, answer: A, value: object, language: str, *, reader: str) -> Mapping[str, str | None]:
        """Return how each number that was typed in a language was understood, None where it was not.

        By the key of its gap, "" for the question itself; `reader` is the language in which it is told.
        """
        return {}

    def places(self, answer: A) -> tuple[Place, ...]:
        """Return where a response chooses, and among what, in the author's order; nothing for free words."""
        return ()

    def chosen(
        self, answer: A, value: object, *, language: str, twins: Mapping[str, A]
    ) -> tuple[Chosen, ...]:
        """Return what a stored response chose at the places; never raises.

        What was typed is the number of the reply it is, `RIGHT` where it is right by another language's
        replies only, else `OTHER`.
        """
        return ()

    def bare(self, answer: A) -> A:
        """Return the answer without comments, which learners see only after answering."""
        return answer

    @abstractmethod
    def twin(self, original: A, twin: A) -> A:
        """Return the twin's texts under the original's keys; raises ValueError when they do not match."""

    @abstractmethod
    def compare(self, question_id: str, original: A, twin: A, *, findings: Findings, name: str) -> None:
        """Note where the answer of a twin disagrees with that of the original file `name`."""


class ChoiceType(QuestionType[ChoiceAnswer]):
    """A type whose answer is a list of choices."""

    accepts = frozenset({AnswerKind.CHOICE})
    settings = QuestionType.settings | {"shuffle"}
    can_shuffle = True

    def write(self, answer: ChoiceAnswer) -> list[str]:
        """Return one line a choice, with its comment below."""
        return write_choices(answer)

    def fragments(self, answer: ChoiceAnswer) -> dict[str, str]:
        """Return `choice/<n>` for the nth choice and `comment/<n>` where it has one."""
        return fragments_of_choices(answer)

    def arrange(self, answer: ChoiceAnswer, rank: Rank, *, shuffle: bool) -> Arrangement:
        """Return the keys, shuffled where the type allows it, with `fixed` ones kept in place."""
        if shuffle and self.can_shuffle:
            return {"choices": order_choices(answer, rank(answer.keys, "choices"))}
        return {"choices": answer.keys}

    def offer(self, answer: ChoiceAnswer, arrangement: Arrangement, html: Html) -> Offer:
        """Return the choices in their order."""
        return Offer(choices=offer_choices(answer, arrangement["choices"], html))

    def ticks(self, answer: ChoiceAnswer, value: object) -> tuple[Tick, ...]:
        """Return for each choice whether it was ticked, with the comment on a ticked one."""
        return tick_choices(answer, value)

    def places(self, answer: ChoiceAnswer) -> tuple[Place, ...]:
        """Return the one place with its choices."""
        options = (
            Option(choice.key, Piece(fragment=f"choice/{number}"), choice.correct)
            for number, choice in enumerate(answer.choices, start=1)
        )
        return (Place("", None, tuple(options)),)

    def chosen(
        self, answer: ChoiceAnswer, value: object, *, language: str, twins: Mapping[str, ChoiceAnswer]
    ) -> tuple[Chosen, ...]:
        """Return the ticked choices."""
        return tuple(("", key) for key in chosen_keys(answer, value))

    def bare(self, answer: ChoiceAnswer) -> ChoiceAnswer:
        """Return the choices without comments."""
        return ChoiceAnswer(tuple(replace(choice, comment="") for choice in answer.choices))

    def right_response(self, answer: ChoiceAnswer) -> ResponseValue:
        """Return the right choice."""
        return answer.right[0]

    def twin(self, original: ChoiceAnswer, twin: ChoiceAnswer) -> ChoiceAnswer:
        """Return the twin's texts, the nth choice with the key of the nth of the original."""
        return twin_choices(original, twin)

    def compare(
        self, question_id: str, original: ChoiceAnswer, twin: ChoiceAnswer, *, findings: Findings, name: str
    ) -> None:
        """Note differences in number, right and wrong pattern, weights and ids of choices."""
        compare_choices(question_id, original, twin, findings=findings, name=name)


def as_piece(fragment: str | None) -> Piece | None:
    """Return a fragment as what stands at a place."""
    return None if fragment is None else Piece(fragment=fragment)
