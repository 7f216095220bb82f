"""The shapes of a question: as its author wrote it, with the key, and as a learner is served it, without.

The shape of the answer is its type's; what several types share stands here.
"""

import hashlib
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

MOST_POINTS = 1000  # of one question
# What a learner answered, as it is stored: one text or key, several keys, or one for each pair or gap.
ResponseValue = str | tuple[str, ...] | dict[str, str]

# Where a gap or a part to mark stands in the text of its question: the number of the gap between these two.
MARK_START, MARK_END = "\ue000", "\ue001"


class AnswerKind(StrEnum):
    """What a line of answers looks like, whatever the type of its question."""

    CHOICE = "choice"
    REPLY = "reply"
    PAIR = "pair"
    STEP = "step"
    GAP = "gap"
    DROPDOWN = "dropdown"
    HOT = "hot"
    RUBRIC = "rubric"


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer as the reader of the format took it apart; line and column count from 1.

    `right` is the other side of a pair, `items` are the replies of a gap or the choices of a drop-down list.
    The `weight` is a share of the question's points, in a rubric the points themselves.
    """

    kind: AnswerKind
    text: str
    line: int
    column: int
    marked: bool = False
    key: str | None = None
    weight: Fraction | None = None
    fixed: bool = False
    comment: str = ""
    right: str = ""
    items: tuple["AnswerLine", ...] = ()


class Label(StrEnum):
    """The closed list of labels that a quote of a question may begin with."""

    HINT = "hint"
    EXPLANATION = "explanation"
    CORRECT = "correct"
    PARTLY = "partly"
    INCORRECT = "incorrect"
    RUBRIC = "rubric"
    MODEL = "model"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A quote of a question that begins with a label."""

    label: Label
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice with its part of the key; `weight` is a share of the question's points."""

    key: str
    text: str
    correct: bool
    weight: Fraction | None = None
    fixed: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceAnswer:
    """The choices of a single, multiple or truefalse question, in the author's order."""

    choices: tuple[Choice, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all choices, in the author's order."""
        return tuple(choice.key for choice in self.choices)

    @property
    def right(self) -> tuple[str, ...]:
        """The keys of the right choices, in the author's order."""
        return tuple(choice.key for choice in self.choices if choice.correct)

    @property
    def weighted(self) -> bool:
        """Whether any line has a weight, and so weights decide the score."""
        return any(choice.weight is not None for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer in words or figures that an author expects, or a wrong one that deserves a comment."""

    text: str
    correct: bool
    weight: Fraction | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ReplyAnswer:
    """The replies of a text or numeric question, in the author's order, and how they are compared.

    `options` are the settings of the type that differ from its defaults, by name.
    """

    replies: tuple[Reply, ...]
    options: tuple[tuple[str, str], ...] = ()

    def option(self, name: str, default: str = "") -> str:
        """Return a setting, or what holds when it is not written."""
        return dict(self.options).get(name, default)

    @property
    def right(self) -> tuple[str, ...]:
        """The replies that win all points, in the author's order."""
        return tuple(reply.text for reply in self.replies if reply.correct and reply.weight in (None, 1))


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its key, in the shape of its type; `partial` and `shuffle` None mean what the quiz says.

    `hint_cost` is the share of the points that each opened hint takes off; None where hints stand there for free.
    Where the answers stand in the text, `body` has a mark for each: `\ue0001\ue001` for the first.
    `line` (of the heading) and `written` (the settings its heading names) tell where and how it was written;
    they are no part of what the question is.
    """

    id: str
    type: str
    title: str
    points: Fraction
    answer: Any
    body: str = ""
    tags: tuple[str, ...] = ()
    partial: str | None = None
    shuffle: bool | None = None
    hint_cost: Fraction | None = None
    labelled: tuple[Labelled, ...] = ()
    line: int = field(default=1, compare=False)
    written: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints in their order."""
        return tuple(part.text for part in self.labelled if part.label is Label.HINT)

    @property
    def explanation(self) -> str:
        """Why the answer is what it is, shown after answering."""
        return self.quoted(Label.EXPLANATION)

    def quoted(self, label: Label) -> str:
        """Return all texts under a label as one."""
        return "\n\n".join(part.text for part in self.labelled if part.label is label)


@dataclass(frozen=True, slots=True)
class Offered:
    """A choice, a side, a step or a part as served: nothing tells whether it is right."""

    id: str
    html: str


@dataclass(frozen=True, slots=True)
class OfferedGap:
    """A gap as served; `choices` are those of a drop-down list, without them one types."""

    id: str
    choices: tuple[Offered, ...] = ()


@dataclass(frozen=True, slots=True)
class WordRange:
    """How many words a text should have; None is no limit on that side."""

    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a question offers to answer with, by its type; no place for a key, a weight or a comment.

    `frame` is what a message to mark looks like, `unit` what stands behind a number, `words` how long a text
    should be.
    """

    choices: tuple[Offered, ...] = ()
    left: tuple[Offered, ...] = ()
    right: tuple[Offered, ...] = ()
    items: tuple[Offered, ...] = ()
    gaps: tuple[OfferedGap, ...] = ()
    parts: tuple[Offered, ...] = ()
    unit: str = ""
    frame: str = ""
    words: WordRange | None = None


@dataclass(frozen=True, slots=True)
class PresentedQuestion:
    """A question as served; this type has no place for a key or an explanation.

    `hints` are those that show, `closed_hints` counts those that show once they are opened, at the `hint_cost`.
    """

    id: str
    type: str
    points: Fraction
    title: str
    html: str
    offer: Offer
    hints: tuple[str, ...] = ()
    closed_hints: int = 0
    hint_cost: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """What was decided about one thing that could be ticked or marked; `comment` names a fragment."""

    key: str
    picked: bool
    right: bool
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands at a place: a fragment of the question by its name, or plain text."""

    fragment: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """What was put at one place, a pair's, a step's or a gap's, and what belongs there.

    `label` and `comment` name fragments; `share` is what the place won of its points, 0 to 1.
    """

    label: str | None
    given: Piece | None
    right: tuple[Piece, ...]
    share: Fraction
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be chosen at a place; `right` says that it belongs there."""

    key: str
    shown: Piece
    right: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a response chooses: the question itself (key ""), a left side, a step or a gap.

    Where it is `typed`, the options are the replies that the author foresaw, by their numbers.
    """

    key: str
    label: Piece | None
    options: tuple[Option, ...]
    typed: bool = False


def choice_key(text: str) -> str:
    """Return the key of a choice without an id of its own: 8 hex digits of the SHA-256 of its NFC text."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()[:8]
