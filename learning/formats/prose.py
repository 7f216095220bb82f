"""What is checked in any Markdown text, whatever file it stands in: limits, pictures, HTML, open code blocks.

The limits are those at which Python-Markdown stays fast; what slips through is stopped by the clock.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from learning.domain.diagnostics import Findings
from learning.formats.fences import Fence

MAX_LINE = 2_000
MAX_BRACKETS_IN_A_ROW = 50
MAX_OPEN_BRACKETS = 400
MAX_NESTING = 20
MAX_CITATIONS = 200

MEDIA_PATH = re.compile(r"media/(?:[a-z0-9][a-z0-9_-]*/)*[a-z0-9][a-z0-9._-]*\.[a-z0-9]{2,4}", re.IGNORECASE)
MEDIA_TYPES = ("png", "jpg", "jpeg", "gif", "webp", "mp3", "ogg", "m4a", "mp4", "webm", "vtt", "pdf")

_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_ESCAPE = re.compile(r"\\[\\`*_{}\[\]()>#+.!<-]")
_IMAGE = re.compile(r"!\[([^\[\]]*)\](?:\(\s*<?([^\s()<>]*)>?[^()]*\)|\[[^\[\]]*\])")
_LINK_TO_MEDIA = re.compile(r"(?<!!)\[[^\[\]]*\]\(\s*<?(media/[^\s()<>]*)")
_TAG = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9-]*(?=[\s/>])[^<>]*>|!--|!\[CDATA\[|[?!][a-zA-Z])")
_FOOTNOTE = re.compile(r"\[\^([^\[\]\s]{1,60})\](?!:)")
_LINK_TARGET = re.compile(r"\]\([^()]*\)|<[a-z]+://[^<>\s]*>|^\s*\[[^\[\]]+\]:.*")
_BARE_URL = re.compile(r"\bhttps?://[^\s<>()\[\]`]+")
_MARKERS = re.compile(r"(?:\s*(?:[-*+]|\d{1,9}[.)]|>|:)(?=\s|>|$))+")
_MARKER = re.compile(r"[-*+>:]|\d{1,9}[.)]")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, sound or video that a text shows, or a file it links to."""

    target: str
    line: int
    column: int


def mask_code(line: str) -> str:
    """Return the line with code spans and escaped signs blanked, every other column where it was."""
    if "`" not in line and "\\" not in line:
        return line
    line = _ESCAPE.sub("  ", line)
    return _CODE_SPAN.sub(lambda span: " " * len(span[0]), line)


def visible_lines(lines: Sequence[str], *, first: int = 1) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines outside code blocks, code spans blanked, counting from `first`."""
    fence = Fence()
    for number, line in enumerate(lines, start=first):
        if not fence.takes(line, number):
            yield number, mask_code(line)


def check_prose(lines: Sequence[str], findings: Findings, *, first: int = 1) -> None:
    """Note what must or should not be in a text: limits passed, open blocks, HTML, wrong pictures."""
    _check_lengths(lines, findings, first=first)
    fence = Fence()
    for number, line in enumerate(lines, start=first):
        fence.takes(line, number)
    if fence.is_open:
        findings.add("005", line=fence.opened, opened=fence.opened)
    if findings.has_errors:
        return
    visible = list(visible_lines(lines, first=first))
    _check_brackets(visible, findings)
    _check_nesting(visible, findings)
    _check_citations(visible, findings)
    for number, line in visible:
        for tag in _TAG.finditer(line) if "<" in line else ():
            findings.add("052", line=number, column=tag.start() + 1, tag=tag[0][:40])
        _check_pictures(line, number, findings)


def _check_lengths(lines: Sequence[str], findings: Findings, *, first: int) -> None:
    for number, line in enumerate(lines, start=first):
        if len(line) > MAX_LINE:
            findings.add("006", "line", at=number, limit=MAX_LINE)
            return


def _check_brackets(visible: Iterable[tuple[int, str]], findings: Findings) -> None:
    run = "[" * (MAX_BRACKETS_IN_A_ROW + 1)
    paragraph, open_brackets, open_targets, previous = 1, 0, 0, 0
    for number, line in visible:
        if run in line.replace("!", ""):
            findings.add("006", "brackets", at=number, limit=MAX_BRACKETS_IN_A_ROW)
            return
        if not line.strip() or number != previous + 1:
            paragraph, open_brackets, open_targets = number, 0, 0
        previous = number
        open_brackets = max(0, open_brackets + line.count("[") - line.count("]"))
        open_targets = max(0, open_targets + line.count("](") - line.count(")"))
        if max(open_brackets, open_targets) > MAX_OPEN_BRACKETS:
            findings.add("006", "unclosed", at=paragraph, limit=MAX_OPEN_BRACKETS)
            return


def _check_nesting(visible: Iterable[tuple[int, str]], findings: Findings) -> None:
    for number, line in visible:
        indentation = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        markers = _MARKERS.match(line)
        rule = line.replace(" ", "").strip("*-_") == ""
        depth = len(_MARKER.findall(markers[0])) if markers and not rule else 0
        if depth + indentation // 4 > MAX_NESTING:
            findings.add("006", "nesting", at=number, limit=MAX_NESTING)
            return


def _check_citations(visible: Iterable[tuple[int, str]], findings: Findings) -> None:
    cited = Counter(match[1] for _, line in visible for match in _FOOTNOTE.finditer(line))
    for name, count in cited.items():
        if count > MAX_CITATIONS:
            findings.add("006", "footnote", name=name, limit=MAX_CITATIONS)


def _check_pictures(line: str, number: int, findings: Findings) -> None:
    if "](" not in line and "![" not in line:
        return
    for image in _IMAGE.finditer(line):
        target = image[2] or ""
        place = {"line": number, "column": image.start() + 1}
        if not image[1].strip():
            findings.add("051", "alt", **place, target=target)
        _check_target(target, findings, line=number, column=image.start() + 1)
    for link in _LINK_TO_MEDIA.finditer(line):
        _check_target(link[1], findings, line=number, column=link.start() + 1)


def _check_target(target: str, findings: Findings, *, line: int, column: int) -> None:
    if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
        findings.add("051", "remote", line=line, column=column, target=target[:80])
    elif not MEDIA_PATH.fullmatch(target) or target.rsplit(".", 1)[-1].lower() not in MEDIA_TYPES:
        findings.add("051", "path", line=line, column=column, target=target[:80])


def pictures(lines: Sequence[str]) -> list[Picture]:
    """Return the media files that a text shows or links to, with their places."""
    found = []
    for number, line in visible_lines(lines):
        for pattern, group in ((_IMAGE, 2), (_LINK_TO_MEDIA, 1)):
            found += [Picture(m[group], number, m.start() + 1) for m in pattern.finditer(line) if m[group]]
    return found


def bare_urls(line: str) -> Iterator[tuple[str, int]]:
    """Yield the addresses of a masked line that some sites turn into links, with their columns."""
    if "://" not in line:
        return
    rest = _LINK_TARGET.sub(lambda match: " " * len(match[0]), line)
    for url in _BARE_URL.finditer(rest):
        yield url[0], url.start() + 1
