"""From stored bytes to the lines that are read: UTF-8, without hidden characters, in composed form.

The bytes stay as they are; only this copy is changed, so that a letter is one character and a column means
what the author sees.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from learning.domain.diagnostics import Diagnostic, Findings

MAX_BYTES = 256 * 1024

# Dropped from the copy: byte-order mark, zero-width space and joiners, soft hyphen, controls, directions, and
# the two marks by which we know where a gap was.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ue000\ue001\ufeff]"
)
# Spaces that look like one but are none to a reader of the format.
_SPACES = re.compile("[\u00a0\u2007\u2028\u2029\u202f\u3000]")
# Right and left marks belong to Hebrew typing; a joiner after a symbol makes one emoji of several.
_MARKS = frozenset("\u200e\u200f")
_JOINER = "\u200d"

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T_co]):
    """What reading a file gave: a value unless there is an error, and everything found.

    `keys` has the lines of the front-matter keys, for checks that look at several files.
    """

    value: T_co | None
    diagnostics: tuple[Diagnostic, ...]
    keys: dict[str, int] = field(default_factory=dict)


def read_lines(source: bytes, findings: Findings, *, language: str) -> list[str] | None:
    """Return the lines of a text without their ends, or None when it is too large or not UTF-8."""
    if len(source) > MAX_BYTES:
        findings.add("006", "bytes", limit=MAX_BYTES // 1024)
        return None
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        findings.add("001")
        return None
    lines = split_lines(text)
    if "\r" in text:
        findings.add("002", line=1, column=len(lines[0]) + 1, character="U+000D", count=text.count("\r"))
    return _clean(lines, findings, language=language)


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, whichever of the three line ends it has."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _clean(lines: list[str], findings: Findings, *, language: str) -> list[str]:
    first: dict[str, tuple[int, int]] = {}
    count: dict[str, int] = {}
    decomposed: tuple[int, int] | None = None
    clean = []
    for number, line in enumerate(lines, start=1):
        composed = unicodedata.normalize("NFC", line)
        if composed != line and decomposed is None:
            pairs = zip(line, composed, strict=False)
            decomposed = number, next((i for i, (a, b) in enumerate(pairs, start=1) if a != b), 1)
        for pattern in (_INVISIBLE, _SPACES):
            for match in pattern.finditer(composed):
                if not _is_wanted(composed, match.start(), language=language):
                    first.setdefault(match[0], (number, match.start() + 1))
                    count[match[0]] = count.get(match[0], 0) + 1
        clean.append(_without_hidden(composed, language=language))
    for character, (at, column) in first.items():
        findings.add(
            "002", line=at, column=column, character=f"U+{ord(character):04X}", count=count[character]
        )
    if decomposed is not None:
        findings.add("002", "nfd", line=decomposed[0], column=decomposed[1])
    return clean


def _without_hidden(line: str, *, language: str) -> str:
    def kept(match: re.Match[str]) -> str:
        return match[0] if _is_wanted(line, match.start(), language=language) else ""

    return _INVISIBLE.sub(kept, line)


def _is_wanted(line: str, index: int, *, language: str) -> bool:
    character = line[index]
    if character in _MARKS:
        return language == "he"
    return character == _JOINER and index > 0 and unicodedata.category(line[index - 1]) in {"So", "Sk", "Mn"}
