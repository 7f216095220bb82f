"""The common beginning of reading any file: bytes to checked lines, front matter apart from the text."""

from collections.abc import Collection
from dataclasses import dataclass

from learning.domain.diagnostics import Findings
from learning.formats.front_matter import FrontMatter, read_front_matter
from learning.formats.prose import check_prose
from learning.formats.text import read_lines


@dataclass(frozen=True, slots=True)
class Source:
    """A file with its front matter read and its text checked; `first` numbers the first line of the text."""

    front: FrontMatter
    lines: list[str]
    first: int

    @property
    def body(self) -> str:
        """The text as Markdown, without blank lines around it."""
        return trim_blank(self.lines)


def read_source(
    source: bytes, findings: Findings, *, language: str, known: Collection[str], required: bool
) -> Source | None:
    """Read the bytes of a file; None when not even its lines can be told, with the reason noted."""
    lines = read_lines(source, findings, language=language)
    if lines is None:
        return None
    front = read_front_matter(lines, findings, known=known, required=required)
    text = lines[front.end :]
    check_prose(text, findings, first=front.end + 1)
    return Source(front, text, front.end + 1)


def trim_blank(lines: Collection[str]) -> str:
    """Return the lines as one text without blank lines at its ends; indentation of the first line is kept."""
    kept = [line if line.strip() else "" for line in lines]
    filled = [index for index, line in enumerate(kept) if line]
    return "\n".join(kept[filled[0] : filled[-1] + 1]) if filled else ""
