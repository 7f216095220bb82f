"""One question of a quiz file: its heading and lines, taken apart into text, answers and labelled quotes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from learning.domain.diagnostics import Findings
from learning.domain.questions.model import AnswerKind, AnswerLine, Label, Labelled, Question
from learning.domain.questions.registry import TYPES, infer_type
from learning.domain.questions.text import note_numbers
from learning.formats.answer_lines import looks_like, note_broken_box, note_broken_pair, read_answer
from learning.formats.fences import Fence
from learning.formats.front_matter import suggest
from learning.formats.gaps import GAP_KINDS, cut_gaps
from learning.formats.labels import nearly_label
from learning.formats.question_heading import Heading, read_heading, read_shuffle
from learning.formats.quotes import read_quote
from learning.formats.rubric import read_rubric
from learning.formats.source import trim_blank
from learning.formats.values import read_phrase, read_points, read_positive_share, read_tags, read_word

MAX_CHOICES = 40


@dataclass
class Parts:
    """What the lines of a question are; `broken` when a line was meant as an answer and is none.

    The `rubric` is taken apart where the question is marked by it.
    """

    chunks: list[str] = field(default_factory=list)
    answers: list[AnswerLine] = field(default_factory=list)
    labelled: list[Labelled] = field(default_factory=list)
    rubric: list[AnswerLine] = field(default_factory=list)
    gaps: int = 0
    broken: bool = False

    @property
    def body(self) -> str:
        """The text of the question, what stands between answers and quotes joined."""
        return "\n\n".join(self.chunks)


def read_question(
    lines: Sequence[str], findings: Findings, *, first: int, taken: dict[str, int]
) -> Question | None:
    """Read a question from its heading, line `first`; None when it cannot be made, with the reason noted."""
    heading = read_heading(lines[0], first, findings, taken=taken)
    wanted = heading.settings.get("type", ("", 1))[0]
    parts = _take_apart(lines[1:], findings, first=first + 1, wanted=wanted)
    kind_name = _type_of(heading, parts, findings)
    if kind_name is None:
        return None
    kind = TYPES[kind_name]
    for name, (_, column) in heading.settings.items():
        if name not in kind.settings:
            findings.add("012", "unfit", line=first, column=column, name=name, type=kind_name)
    lists = (parts.answers, parts.rubric, *(answer.items for answer in parts.answers))
    if any(len(one) > MAX_CHOICES for one in lists):
        findings.add("006", "choices", id=heading.id, limit=MAX_CHOICES)
        return None
    options = {
        name: heading.get(
            name, read_word(words) if words else read_phrase, (*words, "")[0], findings=findings
        )
        for name, words in kind.options.items()
    }
    if "hint_cost" in heading.settings and not any(part.label is Label.HINT for part in parts.labelled):
        findings.add("012", "no_hint", line=first, column=heading.settings["hint_cost"][1])
    if kind_name == "text" and "type" not in heading.settings:
        note_numbers(parts.answers, findings)
    answer = kind.read([*parts.answers, *parts.rubric], findings, heading=first, options=options)
    return Question(
        id=heading.id,
        type=kind_name,
        title=heading.title,
        points=heading.get("points", read_points, kind.worth(answer), findings=findings),
        answer=answer,
        body=parts.body,
        tags=heading.get("tags", read_tags, (), findings=findings),
        partial=heading.get("partial", read_word(kind.rules), None, findings=findings)
        if kind.rules
        else None,
        shuffle=heading.get("shuffle", read_shuffle, None, findings=findings),
        hint_cost=heading.get("hint_cost", read_positive_share, None, findings=findings),
        labelled=tuple(parts.labelled),
        line=first,
        written=frozenset(heading.settings),
    )


def _type_of(heading: Heading, parts: Parts, findings: Findings) -> str | None:
    """Return the supported type of a question whose answers fit it; None with the reason noted."""
    line = heading.line
    name, column = heading.settings.get("type", ("", 1))
    if name and name not in TYPES:
        suggestion = suggest(name, list(TYPES))
        if suggestion:
            findings.add("015", "suggestion", line=line, column=column, type=name, suggestion=suggestion)
        else:
            findings.add("015", "unknown", line=line, column=column, type=name)
        return None
    kinds = {answer.kind for answer in parts.answers}
    if mixed := _mixed(kinds):
        findings.add("022", *mixed, line=line)
        return None
    name = name or infer_type(parts.answers) or ""
    if not name or (not kinds and not TYPES[name].by_hand):
        if not parts.broken:
            findings.add("016", "" if name else looks_like(parts.body.split("\n")), line=line)
        return None
    if not kinds <= TYPES[name].accepts:
        findings.add("022", "type", line=line, column=column, type=name)
        return None
    return None if parts.broken else name


def _mixed(kinds: set[AnswerKind]) -> tuple[str, ...]:
    """Return the wording for answers of kinds that cannot stand together, nothing for those that can."""
    gaps = kinds & GAP_KINDS
    if gaps and kinds != gaps:
        return ("gaps",)
    if AnswerKind.HOT in gaps and len(gaps) > 1:
        return ("hot",)
    return ("",) if len(kinds - gaps) > 1 else ()


def _take_apart(lines: Sequence[str], findings: Findings, *, first: int, wanted: str) -> Parts:
    parts = Parts()
    content: list[str] = []
    fence, index = Fence(), 0

    def close_chunk() -> None:
        if not content:
            return
        cut = cut_gaps(
            content,
            findings,
            first=first + index - len(content),
            taken=parts.gaps,
            wanted=parts.gaps > 0 or (wanted in TYPES and bool(TYPES[wanted].mark)),
        )
        parts.gaps += len(cut.gaps)
        if chunk := trim_blank(cut.lines):
            parts.chunks.append(chunk)
        parts.answers += cut.gaps
        parts.broken |= cut.broken
        content.clear()

    while index < len(lines):
        line, number = lines[index], index + first
        if fence.takes(line, number):
            content.append(line)
            index += 1
        elif quote := read_quote(lines, index):
            close_chunk()
            parts.labelled.append(Labelled(quote.label, quote.text))
            if quote.label is Label.RUBRIC and wanted in TYPES and TYPES[wanted].by_hand:
                parts.rubric += read_rubric(quote.lines, findings, first=number + 1, column=3)
            index = quote.end
        elif answer := read_answer(lines, index, findings, first=first, wanted=wanted):
            close_chunk()
            parts.answers.append(answer[0])
            index = answer[1]
        else:
            parts.broken |= note_broken_box(line, number, findings)
            parts.broken |= wanted == "match" and note_broken_pair(line, number, findings)
            _note_slips(line, number, findings)
            content.append(line)
            index += 1
    close_chunk()
    return parts


def _note_slips(line: str, number: int, findings: Findings) -> None:
    if near := nearly_label(line):
        column = line.index("**") + 1
        findings.add("054", line=number, column=column, label=near[0], suggestion=near[1])
    if re.match(r"##[^#\s]", line):
        findings.add("020", "heading", line=number, column=3)
