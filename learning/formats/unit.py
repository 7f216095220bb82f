"""`<unit>.<language>.md`: a unit of a course, front matter and Markdown."""

import re

from learning.domain.content import CompletionRule, UnitFile
from learning.domain.diagnostics import Findings
from learning.formats.front_matter import FrontMatter
from learning.formats.source import read_source
from learning.formats.task import read_task
from learning.formats.text import Parsed
from learning.formats.values import (
    BadValue,
    read_day,
    read_enum,
    read_list,
    read_minutes,
    read_slug,
    read_yes_no,
)

TEXT_KEYS = ("title", "summary")
SETTING_KEYS = (
    "section", "required", "minutes", "completion", "quiz", "competences", "reviewed_on", "review_by",
    "legal_basis", "ai_generated",
)  # fmt: skip
KEYS = TEXT_KEYS + SETTING_KEYS


def parse_unit(source: bytes, *, file: str, language: str) -> Parsed[UnitFile]:
    """Read a unit; its value is None when there is an error."""
    findings = Findings(file, "U")
    text = read_source(source, findings, language=language, known=KEYS, required=True)
    if text is None:
        return Parsed(None, findings.all())
    front = text.front
    task, body = read_task(text.lines, findings, first=text.first)
    unit = UnitFile(
        title=front.require("title"),
        summary=front.text("summary"),
        language=language,
        section=front.text("section"),
        required=front.get("required", read_yes_no, True),
        minutes=front.get("minutes", read_minutes, None),
        completion=_completion(front),
        quiz=front.get("quiz", read_slug, None),
        competences=front.get("competences", read_list, ()),
        reviewed_on=front.get("reviewed_on", read_day, None),
        review_by=front.get("review_by", read_day, None),
        legal_basis=front.text("legal_basis"),
        ai_generated=front.get("ai_generated", read_list, ()),
        body=body,
        task=task,
    )
    _check(unit, front=front, findings=findings)
    return Parsed(None if findings.has_errors else unit, findings.all(), front.keys)


def _read_completion(value: str) -> tuple[CompletionRule, ...]:
    read = read_enum(CompletionRule)
    rules = tuple(read(part.strip()) for part in re.split(r"\s+and\s+", value))
    if len(set(rules)) != len(rules):
        raise BadValue(value, "read and quiz")
    return rules


def _completion(front: FrontMatter) -> tuple[CompletionRule, ...]:
    default = CompletionRule.QUIZ if "quiz" in front.entries else CompletionRule.READ
    return front.get("completion", _read_completion, (default,))


def _check(unit: UnitFile, *, front: FrontMatter, findings: Findings) -> None:
    if CompletionRule.QUIZ in unit.completion and "quiz" not in front.entries:
        findings.add("090", line=front.line("completion"))
    if CompletionRule.TASK in unit.completion and unit.task is None:
        findings.add("091", line=front.line("completion"))
    if unit.reviewed_on and unit.review_by and unit.review_by <= unit.reviewed_on:
        findings.add("004", "order", line=front.line("review_by"), key="review_by", earlier="reviewed_on")
