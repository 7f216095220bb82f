"""`course.<language>.md`: what a course is, its units in their order, and what a learner takes away."""

import re
from collections import Counter
from collections.abc import Sequence

from learning.domain.content import CourseFile, is_slug
from learning.domain.diagnostics import Findings
from learning.domain.vietnamese import fold
from learning.formats.audiences import read_audience
from learning.formats.front_matter import FrontMatter
from learning.formats.prose import visible_lines
from learning.formats.slugs import slug_of
from learning.formats.source import read_source
from learning.formats.text import Parsed
from learning.formats.values import (
    read_code,
    read_day_of_year,
    read_list,
    read_months,
    read_slug,
    read_slugs,
    read_yes_no,
)

TEXT_KEYS = ("title", "summary")
SETTING_KEYS = (
    "units", "diagnostic", "owner", "audience", "competences", "prerequisites", "valid_for", "renew_window",
    "renew_on", "certificate", "open", "author_note",
)  # fmt: skip
KEYS = TEXT_KEYS + SETTING_KEYS

# Headings under which the outcomes stand, folded.
_OUTCOMES = frozenset({"outcomes", "muc tieu", "תוצאות"})
_HEADING = re.compile(r"##\s+(.+?)\s*(?:\{[^{}]*\}\s*)?#*\s*")
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(.*\S)\s*")


def parse_course(source: bytes, *, file: str, language: str) -> Parsed[CourseFile]:
    """Read a course file; its value is None when there is an error."""
    findings = Findings(file, "C")
    text = read_source(source, findings, language=language, known=KEYS, required=True)
    if text is None:
        return Parsed(None, findings.all())
    front = text.front
    course = CourseFile(
        title=front.require("title"),
        summary=front.text("summary"),
        language=language,
        is_original="units" in front.entries,
        units=_units(front, findings),
        owner=front.get("owner", read_code, None),
        audience=front.get("audience", read_audience, ()),
        competences=front.get("competences", read_list, ()),
        prerequisites=front.get("prerequisites", read_slugs, ()),
        diagnostic=front.get("diagnostic", read_slug, None),
        valid_for=front.get("valid_for", read_months, None),
        renew_window=front.get("renew_window", read_months, None),
        renew_on=front.get("renew_on", read_day_of_year, None),
        certificate=front.get("certificate", read_yes_no, False),
        open=front.get("open", read_yes_no, False),
        author_note=front.text("author_note"),
        outcomes=_outcomes(text.lines),
        body=text.body,
    )
    _check_validity(course, front, findings)
    return Parsed(None if findings.has_errors else course, findings.all(), front.keys)


def _units(front: FrontMatter, findings: Findings) -> tuple[str, ...]:
    nothing: tuple[str, ...] = ()
    units = front.get("units", read_list, nothing)
    line = front.line("units")
    for unit, count in Counter(units).items():
        if not is_slug(unit):
            if slug_of(unit) == unit:
                findings.add("011", "reserved", line=line, id=unit)
            else:
                findings.add("011", line=line, id=unit, suggestion=slug_of(unit) or "bai-1")
        elif count > 1:
            findings.add("091", line=line, unit=unit)
    return units


def _check_validity(course: CourseFile, front: FrontMatter, findings: Findings) -> None:
    """Find what only a validity gives a sense: a window, which is shorter than it, and a day to renew on."""
    for key, value in (("renew_window", course.renew_window), ("renew_on", course.renew_on)):
        if value is not None and course.valid_for is None and "valid_for" not in front.entries:
            findings.add("095", "alone", line=front.line(key), key=key)
    if course.valid_for is not None and (course.renew_window or 0) >= course.valid_for:
        findings.add("095", line=front.line("renew_window"))


def _outcomes(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the items of the list under the heading of outcomes, each with the lines that go on with it."""
    outcomes: list[str] = []
    inside = False
    for number, _ in visible_lines(lines, first=0):
        line = lines[number]
        if line.startswith("#"):
            heading = _HEADING.fullmatch(line)
            inside = heading is not None and fold(heading[1]) in _OUTCOMES
        elif inside and (item := _ITEM.fullmatch(line)):
            outcomes.append(item[1])
        elif inside and outcomes and line.startswith("  ") and line.strip():
            outcomes[-1] += " " + line.strip()
    return tuple(outcomes)
