"""The heading of a question: title, id and settings, `## Title {#id points=2 tags=url,mail}`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from learning.domain.diagnostics import Findings
from learning.domain.questions.registry import KNOWN_SETTINGS
from learning.formats.front_matter import suggest
from learning.formats.prose import mask_code
from learning.formats.slugs import slug_of
from learning.formats.values import BadValue, read_word

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

_HEADING = re.compile(r"##(?:[ \t]+(.*))?")
_SETTINGS = re.compile(r'(?:(.*?)[ \t])?\{((?:[^{}"]|"[^"]*")*)\}\s*')
_UNCLOSED = re.compile(r"(?:^|\s)\{[^{}]*$")
_TOKEN = re.compile(r'#(\S*)|([^\s=#"]+)=("[^"]*"|\S*)|(\S+)')

T = TypeVar("T")


@dataclass
class Heading:
    """A heading taken apart; `settings` has each value with its column."""

    line: int
    title: str = ""
    id: str = ""
    settings: dict[str, tuple[str, int]] = field(default_factory=dict)

    def get(self, name: str, read: Callable[[str], T], default: T, *, findings: Findings) -> T:
        """Return a setting as `read` understands it; notes one it cannot read."""
        if name not in self.settings:
            return default
        value, column = self.settings[name]
        try:
            return read(value)
        except BadValue as bad:
            findings.add(
                "012", "value", line=self.line, column=column, name=name, value=bad.value, example=bad.example
            )
            return default


def is_heading(line: str) -> bool:
    """Tell whether a line outside code blocks begins a question."""
    return _HEADING.fullmatch(line) is not None


def read_heading(line: str, number: int, findings: Findings, *, taken: dict[str, int]) -> Heading:
    """Take a heading apart; notes a missing, malformed or `taken` id and settings that are wrong."""
    match = _HEADING.fullmatch(line)
    text = (match[1] or "") if match else ""
    offset = len(line) - len(text)
    heading = Heading(number)
    found = _SETTINGS.fullmatch(text)
    if found is None:
        heading.title = text.strip()
        if unclosed := _UNCLOSED.search(mask_code(text)):
            column = offset + text.index("{", unclosed.start()) + 1
            findings.add("012", "unclosed", line=number, column=column)
            return heading
    else:
        heading.title = (found[1] or "").strip()
        ids = _read_tokens(found[2], offset + found.start(2), heading=heading, findings=findings)
        if len(ids) > 1:
            findings.add("012", "two_ids", line=number, column=ids[1][1])
        if ids:
            _take_id(*ids[0], heading=heading, findings=findings, taken=taken)
            return heading
    findings.add("010", line=number, suggestion=_free_id(heading.title, taken))
    return heading


def _read_tokens(text: str, offset: int, *, heading: Heading, findings: Findings) -> list[tuple[str, int]]:
    ids = []
    for token in _TOKEN.finditer(text):
        column = offset + token.start() + 1
        if token[1] is not None:
            ids.append((token[1], column))
            continue
        name = token[2] or token[4]
        place = {"line": heading.line, "column": column}
        if name not in KNOWN_SETTINGS or token[2] is None:
            suggestion = suggest(name, KNOWN_SETTINGS)
            if suggestion and suggestion != name:
                findings.add("012", "suggestion", **place, name=name, suggestion=suggestion)
            elif suggestion:
                findings.add("012", "suggestion", **place, name=name, suggestion=f"{name}=")
            else:
                findings.add("012", "unknown", **place, name=name)
        elif name in heading.settings:
            findings.add("012", "duplicate", **place, name=name)
        else:
            heading.settings[name] = token[3].strip('"'), column
    return ids


def _take_id(name: str, column: int, *, heading: Heading, findings: Findings, taken: dict[str, int]) -> None:
    if not ID.fullmatch(name):
        findings.add(
            "011",
            line=heading.line,
            column=column,
            id=name,
            suggestion=_free_id(name or heading.title, taken),
        )
    elif name in taken:
        findings.add("013", line=heading.line, column=column, id=name, first=taken[name])
    else:
        heading.id = name
        taken[name] = heading.line


def _free_id(text: str, taken: dict[str, int]) -> str:
    base = slug_of(text, length=36) or "cau"
    names = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def read_shuffle(value: str) -> bool:
    """Read whether the choices of one question are shuffled: `choices` or `none`."""
    return read_word(("choices", "none"))(value) == "choices"
