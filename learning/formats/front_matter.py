"""The flat `key: value` lines between two `---` at the head of every file: no nesting, no quoting."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from learning.domain.diagnostics import Findings
from learning.formats.values import BadValue

_LINE = re.compile(r"([a-z_]+):(?:[ \t]+(.*))?")
_FENCE = "---"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value with its place."""

    value: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The entries of a file, and the index of the first line after them."""

    findings: Findings
    entries: dict[str, Entry] = field(default_factory=dict)
    end: int = 0
    is_closed: bool = False

    @property
    def keys(self) -> dict[str, int]:
        """The line of each key."""
        return {key: entry.line for key, entry in self.entries.items()}

    def text(self, key: str, default: str = "") -> str:
        """Return the value as it stands."""
        entry = self.entries.get(key)
        return entry.value if entry else default

    def get(self, key: str, read: Callable[[str], T], default: T) -> T:
        """Return the value as `read` understands it; notes one it cannot read and returns the default."""
        entry = self.entries.get(key)
        if entry is None:
            return default
        try:
            return read(entry.value)
        except BadValue as bad:
            self._note(key, entry, bad)
            return default

    def require(self, key: str) -> str:
        """Return the value as it stands; notes at the first line when only this key is absent."""
        if self.is_closed and key not in self.entries:
            self.findings.add("004", "missing", key=key)
        return self.text(key)

    def line(self, key: str) -> int:
        """Return the line of a key, the first line when it is absent."""
        entry = self.entries.get(key)
        return entry.line if entry else 1

    def _note(self, key: str, entry: Entry, bad: BadValue) -> None:
        suggestion = suggest(bad.value, bad.allowed)
        place = {"line": entry.line, "column": entry.column}
        if suggestion:
            self.findings.add(
                "004", "value_suggestion", **place, key=key, value=bad.value, suggestion=suggestion
            )
        else:
            self.findings.add("004", "value", **place, key=key, value=bad.value, example=bad.example)


def suggest(word: str, known: Collection[str]) -> str | None:
    """Return the known word nearest to one that is not known, or None."""
    found = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return found[0] if found else None


def read_front_matter(
    lines: Sequence[str], findings: Findings, *, known: Collection[str], required: bool = False
) -> FrontMatter:
    """Read the head of a file; notes lines of another form and keys that are unknown, doubled or empty."""
    front = FrontMatter(findings)
    if not lines or lines[0].rstrip() != _FENCE:
        if required:
            findings.add("003")
        return front
    end = next((i for i, line in enumerate(lines[1:], start=1) if line.rstrip() == _FENCE), None)
    if end is None:
        findings.add("003", "unclosed")
        return FrontMatter(findings, end=len(lines))
    entries: dict[str, Entry] = {}
    for number, line in enumerate(lines[1:end], start=2):
        _read_line(line, number, entries=entries, findings=findings, known=known)
    return FrontMatter(findings, entries, end + 1, is_closed=True)


def _read_line(
    line: str, number: int, *, entries: dict[str, Entry], findings: Findings, known: Collection[str]
) -> None:
    if not line.strip():
        return
    match = _LINE.fullmatch(line.rstrip())
    if match is None:
        findings.add("003", line=number)
        return
    key, value = match[1], (match[2] or "").strip()
    if key not in known:
        suggestion = suggest(key, known)
        if suggestion:
            findings.add("004", "suggestion", line=number, key=key, suggestion=suggestion)
        else:
            findings.add("004", "unknown", line=number, key=key)
    elif key in entries:
        findings.add("004", "duplicate", line=number, key=key, first=entries[key].line)
    else:
        if not value:
            findings.add("004", "empty", line=number, column=len(line) + 1, key=key)
        entries[key] = Entry(value, number, match.start(2) + 1 if match[2] else len(line) + 1)


def write_front_matter(entries: Mapping[str, str]) -> str:
    """Return the head of a file with these entries, nothing for none."""
    if not entries:
        return ""
    return "\n".join([_FENCE, *(f"{key}: {value}" for key, value in entries.items()), _FENCE]) + "\n"
