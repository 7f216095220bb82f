"""The practical task of a unit: the section under the heading `## Nhiệm vụ {#task points=5}`."""

import re
from collections.abc import Sequence
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.hand_marks import RubricLine
from learning.domain.questions.model import MOST_POINTS, Label
from learning.domain.task import Task
from learning.formats.fences import Fence
from learning.formats.prose import visible_lines
from learning.formats.quotes import read_quote
from learning.formats.rubric import read_rubric
from learning.formats.source import trim_blank
from learning.formats.values import BadValue, read_points, write_points

MAX_LINES = 40

_HEADING = re.compile(r"(#{2,6})[ \t]+(.*?)[ \t]*\{#task(?:[ \t]+([^{}]*))?\}[ \t]*")
_ANY_HEADING = re.compile(r"(#{1,6})[ \t]")
_HIDDEN = (Label.RUBRIC, Label.MODEL, Label.NOTE)


def read_task(lines: Sequence[str], findings: Findings, *, first: int) -> tuple[Task | None, str]:
    """Read the task in the text of a unit, line `first` of the file on, None where there is none.

    Returns it with the text as learners read it, in which rubric, model answer and notes are left out.
    """
    headings = [
        (index, found)
        for index, line in visible_lines(lines, first=0)
        if (found := _HEADING.fullmatch(line)) is not None
    ]
    if not headings:
        return None, trim_blank(lines)
    for index, _found in headings[1:]:
        findings.add("091", "twice", line=first + index, first=first + headings[0][0])
    start, heading = headings[0]
    end = _end_of_section(lines, start, level=len(heading[1]))
    kept: list[str] = []
    quoted: dict[Label, list[str]] = {}
    rubric: list[RubricLine] = []
    fence, index = Fence(), start + 1
    while index < end:
        quote = None if fence.takes(lines[index], index) else read_quote(lines, index)
        if quote is None or quote.label not in _HIDDEN:
            kept.append(lines[index])
            index += 1
            continue
        quoted.setdefault(quote.label, []).append(quote.text)
        if quote.label is Label.RUBRIC:
            rubric += _rubric(quote.lines, findings, first=first + index + 1)
        index = quote.end
        while index < end and not lines[index].strip() and kept and not kept[-1].strip():
            index += 1
    task = Task(
        title=lines[start][heading.start(2) : heading.end(2)],
        body=trim_blank(kept),
        points=_points(heading, rubric, findings, line=first + start),
        rubric=tuple(rubric),
        model="\n\n".join(quoted.get(Label.MODEL, ())),
        line=first + start,
    )
    _check(task, findings)
    return task, trim_blank([*lines[: start + 1], *kept, *lines[end:]])


def _end_of_section(lines: Sequence[str], start: int, *, level: int) -> int:
    """Return the index of the next heading that is not below this one, or of the end."""
    for index, line in visible_lines(lines[start + 1 :], first=start + 1):
        found = _ANY_HEADING.match(line)
        if found is not None and len(found[1]) <= level:
            return index
    return len(lines)


def _rubric(quoted: Sequence[str], findings: Findings, *, first: int) -> list[RubricLine]:
    lines = []
    for line in read_rubric(quoted, findings, first=first, column=3):
        if not line.text:
            findings.add("023", "rubric", line=line.line, column=line.column)
        lines.append(RubricLine(line.text, line.weight or Fraction(0)))
    return lines


def _points(
    heading: re.Match[str], rubric: Sequence[RubricLine], findings: Findings, *, line: int
) -> Fraction:
    """Return the points of the heading, else those of the rubric, else one."""
    found: list[Fraction] = []
    for token in re.finditer(r"\S+", heading[3] or ""):
        place = {"line": line, "column": heading.start(3) + token.start() + 1}
        name, _equals, value = token[0].partition("=")
        if name != "points":
            findings.add("012", "unknown", **place, name=name)
        elif found:
            findings.add("012", "duplicate", **place, name=name)
        else:
            try:
                found.append(read_points(value))
            except BadValue as bad:
                found.append(Fraction(1))
                findings.add("012", "value", **place, name=name, value=bad.value, example=bad.example)
    if found:
        return found[0]
    worth = sum((one.points for one in rubric), Fraction(0))
    return worth if 0 < worth <= MOST_POINTS else Fraction(1)


def _check(task: Task, findings: Findings) -> None:
    if not task.rubric:
        findings.add("060", line=task.line)
    if len(task.rubric) > MAX_LINES:
        findings.add("006", "rubric", limit=MAX_LINES)
    worth = sum((one.points for one in task.rubric), Fraction(0))
    if task.rubric and worth != task.points:
        findings.add("061", line=task.line, found=write_points(worth), needed=write_points(task.points))
