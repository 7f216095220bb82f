"""Gaps to fill and parts to mark, `[[= a | b]]`, `[[( ) a | (x) b]]`, `[[x: a >> why]]`: cut out of their text.

In the text stays a mark with the number of each, of letters that no keyboard has, so that Markdown passes it
on as it is. Between backticks, and in code blocks, signs mean themselves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from learning.domain.diagnostics import Findings
from learning.domain.questions.model import MARK_END, MARK_START, AnswerKind, AnswerLine
from learning.formats.fences import Fence
from learning.formats.prose import mask_code

GAP_KINDS = frozenset({AnswerKind.GAP, AnswerKind.DROPDOWN, AnswerKind.HOT})

_FORM = re.compile(r"\s*(?:(=)|(\()|([xo]):)")
_SEPARATOR = re.compile(r"\\?\|")
_BARE = re.compile(r"(?<!\\)\|")
_CHOICE = re.compile(r"\s*\(([ xX]?)\)(?:\s+|$)")
_WHY = re.compile(r"\s>>(?:\s|$)")
_LINE_END = re.compile(r"[ \t]*\n[ \t>]*")
_TABLE_RULE = re.compile(r"\s*\|?(?:\s*:?-{3,}:?\s*\|)+(?:\s*:?-{3,}:?\s*)?\s*")


@dataclass
class Cut:
    """A text with marks in place of its gaps, the gaps, and whether anything in it was meant as one and is none."""

    lines: list[str] = field(default_factory=list)
    gaps: list[AnswerLine] = field(default_factory=list)
    broken: bool = False


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of a paragraph: the text, the same with code blanked, and where it begins."""

    text: str
    masked: str
    line: int
    column: int

    def part(self, start: int, end: int) -> "_Span":
        before = self.text[:start]
        line = self.line + before.count("\n")
        column = self.column + start if "\n" not in before else start - before.rindex("\n")
        return _Span(self.text[start:end], self.masked[start:end], line, column)

    def split(self, separator: re.Pattern[str]) -> list["_Span"]:
        parts, start = [], 0
        for match in separator.finditer(self.masked):
            parts.append(self.part(start, match.start()).trimmed)
            start = match.end()
        return [*parts, self.part(start, len(self.text)).trimmed]

    @property
    def trimmed(self) -> "_Span":
        """The stretch without the spaces before its first letter, if it has one."""
        return (
            self.part(len(self.text) - len(self.text.lstrip()), len(self.text)) if self.text.strip() else self
        )

    @property
    def words(self) -> str:
        """The text on one line."""
        return _LINE_END.sub(" ", self.text).strip()


def cut_gaps(lines: Sequence[str], findings: Findings, *, first: int, taken: int, wanted: bool) -> Cut:
    """Cut the gaps out of lines of text, numbered from `taken` + 1 on; notes those that are malformed.

    Other double brackets are text, unless the question is `wanted` to have gaps, or has some.
    """
    cut = Cut()
    if not any("[[" in line for line in lines):
        cut.lines = list(lines)
        return cut
    wanted = wanted or any(_has_gap(line) for line in _outside_code(lines))
    fence, paragraph = Fence(), []
    for number, line in enumerate([*lines, ""], start=first):
        in_code = fence.takes(line, number)
        if not in_code and line.strip().strip(">").strip():
            paragraph.append(line)
            continue
        if paragraph:
            _cut_paragraph(
                paragraph, number - len(paragraph), cut, findings=findings, taken=taken, wanted=wanted
            )
            paragraph = []
        cut.lines.append(line)
    cut.lines.pop()
    return cut


def _outside_code(lines: Sequence[str]) -> list[str]:
    fence = Fence()
    return [mask_code(line) for number, line in enumerate(lines) if not fence.takes(line, number)]


def _has_gap(masked: str) -> bool:
    return any(_FORM.match(masked, match.end()) for match in re.finditer(r"\[\[", masked))


def _cut_paragraph(
    lines: list[str], first: int, cut: Cut, *, findings: Findings, taken: int, wanted: bool
) -> None:
    whole = _Span("\n".join(lines), "\n".join(map(mask_code, lines)), first, 1)
    in_table = any(_TABLE_RULE.fullmatch(line) and "|" in line for line in lines)
    kept, position = [], 0
    while (start := whole.masked.find("[[", position)) >= 0:
        here = whole.part(start, start)
        end = whole.masked.find("]]", start + 2)
        inner = whole.masked.find("[[", start + 2)
        kept.append(whole.text[position:start])
        if end < 0 or 0 <= inner < end:
            if wanted:
                findings.add("041", line=here.line, column=here.column)
                cut.broken = True
            kept.append("[[")
            position = start + 2
            continue
        while whole.masked.startswith("]", end + 2):
            end += 1
        gap = _read_gap(whole.part(start + 2, end), here, in_table=in_table, findings=findings, wanted=wanted)
        position = end + 2
        if gap is None:
            cut.broken |= wanted
            kept.append(whole.text[start:position])
            continue
        cut.gaps.append(gap)
        kept.append(f"{MARK_START}{taken + len(cut.gaps)}{MARK_END}")
    cut.lines += "".join([*kept, whole.text[position:]]).split("\n")


def _read_gap(
    span: _Span, here: _Span, *, in_table: bool, findings: Findings, wanted: bool
) -> AnswerLine | None:
    form = _FORM.match(span.masked)
    if form is None:
        if wanted:
            findings.add("042", line=here.line, column=here.column)
        return None
    if form[3]:
        return _read_hot(span.part(form.end(), len(span.text)), here, suspicious=form[3] == "x")
    if in_table and (bare := _BARE.search(span.masked)):
        place = span.part(bare.start(), bare.end())
        findings.add("044", line=place.line, column=place.column)
        return None
    if form[1]:
        values = span.part(form.end(), len(span.text)).split(_SEPARATOR)
        replies = [
            AnswerLine(AnswerKind.REPLY, value.words, value.line, value.column, marked=True)
            for value in values
        ]
        return AnswerLine(AnswerKind.GAP, "", here.line, here.column, items=tuple(replies))
    choices = [_read_choice(part, findings) for part in span.split(_SEPARATOR)]
    items = tuple(choice for choice in choices if choice is not None)
    if len(items) != len(choices):
        return None
    return AnswerLine(AnswerKind.DROPDOWN, "", here.line, here.column, items=items)


def _read_hot(span: _Span, here: _Span, *, suspicious: bool) -> AnswerLine:
    text, why = _with_reason(span)
    return AnswerLine(AnswerKind.HOT, text, here.line, here.column, marked=suspicious, comment=why)


def _read_choice(span: _Span, findings: Findings) -> AnswerLine | None:
    box = _CHOICE.match(span.masked)
    if box is None:
        findings.add("042", line=span.line, column=span.column)
        return None
    text, why = _with_reason(span.part(box.end(), len(span.text)))
    return AnswerLine(
        AnswerKind.CHOICE, text, span.line, span.column, marked=box[1] in ("x", "X"), comment=why
    )


def _with_reason(span: _Span) -> tuple[str, str]:
    reason = _WHY.search(span.masked)
    if reason is None:
        return span.words, ""
    return span.part(0, reason.start()).words, span.part(reason.end(), len(span.text)).words


def put_back(body: str, gaps: Sequence[str]) -> str:
    """Return a text with its gaps written at their marks, in tables with their signs `|` escaped."""
    lines = body.split("\n")
    for number, gap in enumerate(gaps, start=1):
        mark = f"{MARK_START}{number}{MARK_END}"
        for index, line in enumerate(lines):
            if mark in line:
                written = gap.replace(" | ", r" \| ") if _in_table(lines, index) else gap
                lines[index] = line.replace(mark, written)
    return "\n".join(lines)


def _in_table(lines: Sequence[str], index: int) -> bool:
    start = end = index
    while start > 0 and lines[start - 1].strip():
        start -= 1
    while end < len(lines) and lines[end].strip():
        end += 1
    return any(_TABLE_RULE.fullmatch(line) and "|" in line for line in lines[start:end])
