"""Answer lines of a question: `- [x] text {50%}`, `- = text`, each with its comment, `- a => b`, `1. step`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.questions.model import AnswerKind, AnswerLine
from learning.formats.fences import Fence
from learning.formats.front_matter import suggest
from learning.formats.prose import mask_code
from learning.formats.question_heading import ID
from learning.formats.slugs import slug_of
from learning.formats.source import trim_blank
from learning.formats.values import BadValue, read_percent

_CHOICE = re.compile(r" ?[-*+][ \t]+\[([ xX])\](?:[ \t]+(.*)|)")
_REPLY = re.compile(r" ?[-*+][ \t]+(!?=)(?:[ \t]+(.*)|)")
_PAIR = re.compile(r" ?[-*+][ \t]+(.*)")
_ARROW = re.compile(r"(?:^|(?<=[ \t]))=>(?=[ \t]|$)")
_NEARLY_ARROW = re.compile(r"[-=–—]+>|[→⇒]")
_STEP = re.compile(r" ?[0-9]{1,9}[.)](?:[ \t]+(.*)|)")
_TIGHT_REPLY = re.compile(r" ?[-*+](?:[ \t]+!?(=)[^\s=>]|(!?=)[ \t])")
_NO_SPACE = re.compile(r" ?([-*+])(\[[ xXvV✓✔]?\])(?![(\[:])")
_NO_SPACE_AFTER = re.compile(r" ?[-*+][ \t]+\[[ xX]\](?![(\[:\s])")
_BAD_BOX = re.compile(
    r" ?[-*+][ \t]+(\[[ \u00a0]*[xXvVхХ✓✔✗✘☑*]?[ \u00a0]*\](?![(\[:])|[［【〔][^］】〕]{0,3}[］】〕])"
)
# Telex makes ơ and ư of brackets (either way round by program), and x after ơ is a tone key.
_TELEX = re.compile(r" ?[-*+][ \t]*((?:[ơỡ][ xX]{0,3}[ưữ]|[ưữ][ xX]{0,3}[ơỡ]))(?=\s|$)", re.IGNORECASE)
_COMMENT = re.compile(r"[ \t]{2,}>[ \t]?(.*)")
_OPTIONS = re.compile(r"(?:(.*)[ \t]|)\{([^{}]*)\}[ \t]*")
_UNCLOSED = re.compile(r"(?:^|\s)\{(?:#|-?\d|fixed)[^{}]*$")


@dataclass
class Options:
    """What stands in the braces at the end of an answer line."""

    key: str | None = None
    weight: Fraction | None = None
    fixed: bool = False


def note_broken_box(line: str, number: int, findings: Findings) -> bool:
    """Note a line that was meant as a choice but is none, with what went wrong; tell whether it is one."""
    if match := _NO_SPACE.match(line):
        findings.add("020", line=number, column=match.start(2) + 1, bullet=match[1])
    elif match := _NO_SPACE_AFTER.match(line):
        findings.add("020", "after_box", line=number, column=match.end() + 1)
    elif match := _TIGHT_REPLY.match(line):
        findings.add("020", "reply", line=number, column=max(match.start(1), match.start(2)) + 1)
    elif match := _TELEX.match(line):
        findings.add("021", "telex", line=number, column=match.start(1) + 1, found=match[1])
    elif not _CHOICE.fullmatch(line) and (match := _BAD_BOX.match(line)):
        findings.add("021", line=number, column=match.start(1) + 1, found=match[1])
    else:
        return False
    return True


def read_answer(
    lines: Sequence[str], start: int, findings: Findings, *, first: int, wanted: str
) -> tuple[AnswerLine, int] | None:
    """Read the answer that begins at `lines[start]`; returns it and where the next thing begins, or None.

    `first` is the number of the first line, `wanted` the type that the heading names, since only questions of
    the types `match` and `order` have pairs and steps; notes options that cannot be read.
    """
    line, number = lines[start], start + first
    if wanted == "match" and (item := _PAIR.fullmatch(line)) and (pair := _read_pair(item, number)):
        return pair, start + 1
    if wanted == "order" and (step := _STEP.fullmatch(line)):
        return _read_step(step, lines, start, findings=findings, first=first)
    if choice := _CHOICE.fullmatch(line):
        kind, marked, group = AnswerKind.CHOICE, choice[1] != " ", choice
    elif reply := _REPLY.fullmatch(line):
        kind, marked, group = AnswerKind.REPLY, reply[1] == "=", reply
    else:
        return None
    text = str(group[2] or "")
    column = group.start(2) + 1 if group[2] else len(line) + 1
    words, options = _read_options(text, number, column=column, findings=findings)
    more, comment, end = _read_rest(lines, start + 1)
    answer = AnswerLine(
        kind=kind,
        text=trim_blank([words.strip(), *more]),
        line=number,
        column=column,
        marked=marked,
        key=options.key,
        weight=options.weight,
        fixed=options.fixed,
        comment=comment,
    )
    return answer, end


def _read_pair(line: re.Match[str], number: int) -> AnswerLine | None:
    arrow = _ARROW.search(mask_code(line[1]))
    if arrow is None:
        return None
    return AnswerLine(
        kind=AnswerKind.PAIR,
        text=line[1][: arrow.start()].strip(),
        line=number,
        column=line.start(1) + 1,
        right=line[1][arrow.end() :].strip(),
    )


def _read_step(
    step: re.Match[str], lines: Sequence[str], start: int, *, findings: Findings, first: int
) -> tuple[AnswerLine, int]:
    text = str(step[1] or "")
    column = step.start(1) + 1 if step[1] else len(lines[start]) + 1
    more, comment, end = _read_rest(lines, start + 1)
    if comment:
        findings.add("012", "unfit", line=start + first + 1, column=1, name=f"> {comment[:40]}", type="order")
    words = trim_blank([text.strip(), *more])
    return AnswerLine(kind=AnswerKind.STEP, text=words, line=start + first, column=column), end


def note_broken_pair(line: str, number: int, findings: Findings) -> bool:
    """Note a line of a match question that was meant as a pair but has no arrow; tell whether it is one."""
    item = _PAIR.fullmatch(line)
    near = item and _NEARLY_ARROW.search(mask_code(item[1]))
    if not item or not near:
        return False
    findings.add("020", "pair", line=number, column=item.start(1) + near.start() + 1)
    return True


def looks_like(lines: Sequence[str]) -> str:
    """Return the type whose answers some lines look like, `match` or `order`, "" for none."""
    if any((item := _PAIR.fullmatch(line)) and _ARROW.search(mask_code(item[1])) for line in lines):
        return "match"
    return "order" if any(_STEP.fullmatch(line) for line in lines) else ""


def _read_options(text: str, number: int, *, column: int, findings: Findings) -> tuple[str, Options]:
    options = Options()
    match = _OPTIONS.fullmatch(text)
    if match is None:
        if unclosed := _UNCLOSED.search(mask_code(text)):
            at = column + text.index("{", unclosed.start())
            findings.add("012", "unclosed", line=number, column=at)
        return text, options
    for token in re.finditer(r"\S+", match[2]):
        at = column + match.start(2) + token.start()
        _read_option(token[0], options, findings=findings, line=number, column=at)
    return match[1] or "", options


def _read_option(word: str, options: Options, *, findings: Findings, line: int, column: int) -> None:
    if word == "fixed":
        options.fixed = True
    elif word.startswith("#"):
        if not ID.fullmatch(word[1:]):
            suggestion = slug_of(word, length=40) or "a"
            findings.add("011", line=line, column=column, id=word[1:], suggestion=suggestion)
        options.key = word[1:]
    elif word.endswith("%"):
        try:
            weight = read_percent(word)
        except BadValue as bad:
            findings.add("012", "value", line=line, column=column, name="%", value=bad.value, example="50%")
            return
        options.weight = weight
        if not -1 <= weight <= 1:
            findings.add("028", "range", line=line, column=column)
    elif meant := suggest(word, ("fixed",)):
        findings.add("012", "suggestion", line=line, column=column, name=word, suggestion=meant)
    else:
        findings.add("012", "unknown", line=line, column=column, name=word)


def _read_rest(lines: Sequence[str], start: int) -> tuple[list[str], str, int]:
    """Return the lines an item goes on with, its comment, and the index after both."""
    text: list[str] = []
    comment: list[str] = []
    fence, indentation, index, quoting = Fence(), 0, start, False
    while index < len(lines):
        line = lines[index]
        if not fence.is_open:
            following = next((i for i in range(index, len(lines)) if lines[i].strip()), len(lines))
            if following == len(lines) or not lines[following].startswith(("  ", "\t")):
                break
            if following > index:
                text += [""] * (following - index)
                index, quoting = following, False
                continue
        if not fence.is_open and (quoted := _COMMENT.fullmatch(line)):
            if comment and not quoting:
                comment.append("")
            comment.append(quoted[1])
            quoting = True
        else:
            quoting = False
            indentation = indentation or len(line) - len(line.lstrip())
            own = line[min(indentation, len(line) - len(line.lstrip())) :]
            fence.takes(own, index)
            text.append(own)
        index += 1
    return text, trim_blank(comment), index
