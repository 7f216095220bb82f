"""What a foreign format is to us: what it keeps of a question, how it is read and written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from learning.domain.content import QuizFile
from learning.domain.questions.model import Question
from learning.formats.exchange.losses import Loss, Losses

# Returns the HTML of a fragment of Markdown; True for one that stands in a line.
ToHtml = Callable[[str, bool], str]


@dataclass(frozen=True, slots=True)
class Target:
    """What an import becomes: a quiz in this language, with this title where the file has none."""

    language: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """A foreign file as a quiz; None when nothing of it could be taken over. `media` by path, `media/a.png`."""

    quiz: QuizFile | None
    losses: tuple[Loss, ...]
    source: str = ""
    media: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A quiz of which nothing is left that the format cannot say, with its files."""

    quiz: QuizFile
    html: ToHtml
    media: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exported:
    """A quiz as a file of another system, and what that could not say; no data where no question is left."""

    data: bytes
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Keeps:
    """What a format can say: types of questions, parts (named as in `reduction`), settings and rules of them.

    `text` is "markdown" where texts go as they are, "html" where they are rendered, "line" for plain words.
    """

    types: frozenset[str]
    parts: frozenset[str]
    options: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    text: str = "markdown"


@dataclass(frozen=True, slots=True)
class Way:
    """What an adaptation may look at: the quiz, and the HTML of its texts."""

    quiz: QuizFile
    html: ToHtml


def _as_it_is(question: Question, _losses: Losses, _way: Way) -> Question:
    return question


def _any(_data: bytes) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Format:
    """A foreign format; `write` is None for one that is only read.

    `adapt` returns a question as the format can say it, None where it cannot; the losses are noted.
    `knows` tells a file of this format from others with the same ending.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    mimetype: str
    read: Callable[[bytes, Target], Imported]
    write: Callable[[Outgoing], bytes] | None = None
    keeps: Keeps | None = None
    adapt: Callable[[Question, Losses, Way], Question | None] = _as_it_is
    knows: Callable[[bytes], bool] = _any
