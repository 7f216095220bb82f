"""A quote that begins with a bold label, taken apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from learning.domain.questions.model import Label
from learning.formats.fences import Fence
from learning.formats.labels import read_label
from learning.formats.source import trim_blank


@dataclass(frozen=True, slots=True)
class Quote:
    """A labelled quote; `lines` are those below the label, without their marks, `end` is the index after it."""

    label: Label
    text: str
    lines: tuple[str, ...]
    end: int


def read_quote(lines: Sequence[str], start: int) -> Quote | None:
    """Read the quote that begins at a line, to the first line that is none or begins another one.

    Returns None where the line does not begin one of the labels.
    """
    begun = read_label(lines[start])
    if begun is None:
        return None
    label, text = begun
    below: list[str] = []
    fence, index = Fence(), start + 1
    while index < len(lines) and lines[index].startswith(">"):
        if not fence.is_open and read_label(lines[index]):
            break
        own = lines[index].removeprefix(">").removeprefix(" ")
        fence.takes(own, index)
        below.append(own)
        index += 1
    return Quote(label, trim_blank([text, *below]), tuple(below), index)
