"""A rubric: the lines `- (2) text` of a quote labelled so, each with the points it is worth."""

import re
from collections.abc import Sequence

from learning.domain.diagnostics import Findings
from learning.domain.questions.model import AnswerKind, AnswerLine
from learning.formats.values import BadValue, read_points

_LINE = re.compile(r" {0,3}[-*+][ \t]+(.*)")
_POINTS = re.compile(r"\(([^()]*)\)[ \t]*(.*)")


def read_rubric(quoted: Sequence[str], findings: Findings, *, first: int, column: int) -> list[AnswerLine]:
    """Read a quote, line `first` of the file on, its text from `column` on; what is no line of it is prose.

    Notes a line without points, or with what are none. An indented line goes on with the one before.
    """
    lines: list[AnswerLine] = []
    more: list[str] = []

    def close() -> None:
        if lines and more:
            last = lines.pop()
            text = "\n".join([last.text, *more])
            lines.append(AnswerLine(last.kind, text, last.line, last.column, weight=last.weight))
        more.clear()

    for number, line in enumerate(quoted, start=first):
        item = _LINE.fullmatch(line)
        if item is None:
            if lines and line.startswith("  "):
                more.append(line.strip())
            continue
        close()
        start = column + item.start(1)
        found = _POINTS.fullmatch(item[1])
        if found is None:
            findings.add("061", "missing", line=number, column=start)
            continue
        try:
            points = read_points(found[1].strip())
        except BadValue as bad:
            findings.add("061", "value", line=number, column=start + 1, value=bad.value)
            continue
        lines.append(
            AnswerLine(AnswerKind.RUBRIC, found[2].strip(), number, column + found.start(2), weight=points)
        )
    close()
    return lines
