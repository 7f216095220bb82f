"""Small differences between what trainers see on a Git host and what Python-Markdown reads, evened out.

Nested lists with two spaces, a list right below a line of text or below a list of another kind, callouts as
hosts write them (`> [!NOTE]`), and definition lists without blank lines (which Python-Markdown reads with one level
of recursion each).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from learning.formats.fences import Fence

_ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])(\s+)(?=\S)")
_RULE = re.compile(r"\s{0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$")
_ALERT = re.compile(r">\s*\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*(.*)", re.IGNORECASE)
_UNTITLED = re.compile(r"((?:!!!|\?\?\?\+?)\s+([a-z]+))\s*")
_CALLOUT = re.compile(r"(?:!!!|\?\?\?\+?)\s")
_ENDS_LIST = re.compile(r">|#{1,6}\s|(?:!!!|\?\?\?\+?)\s")
_QUOTED = re.compile(r"> ?")
_BODY = re.compile(r" {4}|\s*$")
_DEFINITION = re.compile(r":\s")
_STEP = 4

_TITLES = {
    "note": ("Ghi chú", "Note", "הערה"),
    "tip": ("Mẹo", "Tip", "טיפ"),
    "important": ("Quan trọng", "Important", "חשוב"),
    "warning": ("Cảnh báo", "Warning", "אזהרה"),
    "caution": ("Thận trọng", "Caution", "זהירות"),
    "danger": ("Nguy hiểm", "Danger", "סכנה"),
    "example": ("Ví dụ", "Example", "דוגמה"),
    "info": ("Thông tin", "Information", "מידע"),
    "question": ("Câu hỏi", "Question", "שאלה"),
    "success": ("Đúng", "Right", "נכון"),
    "task": ("Nhiệm vụ", "Task", "משימה"),
}
_LANGUAGES = ("vi", "en", "he")


def prepare(source: str, language: str) -> str:
    """Return the Markdown as Python-Markdown should get it; code blocks keep every letter."""
    return "\n".join(_lists(_callouts(_expand_tabs(source.split("\n")), language)))


def _expand_tabs(lines: Sequence[str]) -> list[str]:
    """Make spaces of tabs, but not in code blocks."""
    fence = Fence()
    return [line if fence.takes(line, 0) else line.expandtabs(_STEP) for line in lines]


def _title(kind: str, language: str) -> str:
    names = _TITLES.get(kind)
    return names[_LANGUAGES.index(language) if language in _LANGUAGES else 1] if names else kind.capitalize()


def _callouts(lines: Sequence[str], language: str) -> list[str]:
    """Turn host callouts into admonitions, and give callouts without a title the one of their kind."""
    fence, result, index = Fence(), [], 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if fence.takes(line, index):
            result.append(line)
        elif alert := _ALERT.fullmatch(line):
            kind = alert[1].lower()
            result += ["", f'!!! {kind} "{_title(kind, language)}"', *_indented([alert[2]])]
            while index < len(lines) and lines[index].startswith(">"):
                result += _indented([re.sub(r"^> ?", "", lines[index])])
                index += 1
            result.append("")
        elif untitled := _UNTITLED.fullmatch(line):
            result.append(f'{untitled[1]} "{_title(untitled[2], language)}"')
        else:
            result.append(line)
    return result


def _indented(lines: Sequence[str]) -> list[str]:
    return [" " * _STEP + line if line.strip() else "" for line in lines]


@dataclass(frozen=True, slots=True)
class _Item:
    """An open list item: the column where its text begins, and whether its list is numbered."""

    offset: int
    numbered: bool


def _lists(lines: Sequence[str]) -> list[str]:
    """Return the lines with items indented by four spaces a level, also inside quotes and callouts."""
    return _Lists(lines).run()


class _Lists:
    """One pass over lines of one level of quoting."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.result: list[str] = []
        self.items: list[_Item] = []
        self.fence = Fence()
        self.fence_indentation = 0

    def run(self) -> list[str]:
        index = 0
        while index < len(self.lines):
            line = self.lines[index]
            if not self.fence.is_open and _ENDS_LIST.match(line):
                self._end_list()
            if not self.fence.is_open and line.startswith(">"):
                index = self._nested(index, _QUOTED, "> ")
            elif not self.fence.is_open and _CALLOUT.match(line):
                self.result.append(line)
                index = self._nested(index + 1, _BODY, " " * _STEP)
            else:
                self._line(line, index)
                index += 1
        return self.result

    def _end_list(self) -> None:
        if self.items and self.result[-1].strip():
            self.result.append("")
        self.items.clear()

    def _nested(self, start: int, belongs: re.Pattern[str], prefix: str) -> int:
        """Treat the lines that belong together from `start` on as a text of their own; return what is next."""
        inner: list[str] = []
        end = start
        while end < len(self.lines) and (match := belongs.match(self.lines[end])):
            inner.append(self.lines[end][match.end() :])
            end += 1
        self.result += [
            (prefix + line).rstrip() if not line.strip() else prefix + line for line in _lists(inner)
        ]
        return end

    def _line(self, line: str, index: int) -> None:
        indentation = len(line) - len(line.lstrip())
        was_open = self.fence.is_open
        item = _ITEM.match(line)
        if self.fence.takes(line, index):
            if not was_open:
                self._close(indentation)
                self.fence_indentation = indentation
            self.result.append(self._margin() + line[min(indentation, self.fence_indentation) :])
        elif not line.strip():
            self.result.append("")
        elif item and not _RULE.fullmatch(line) and (self.items or indentation < _STEP):
            self._begin_item(line, item)
        else:
            self._text(line, indentation, index)

    def _margin(self) -> str:
        return " " * (_STEP * len(self.items))

    def _close(self, indentation: int) -> _Item | None:
        """Close the items that text at this column does not belong to; return the last closed."""
        closed = None
        while self.items and indentation < self.items[-1].offset:
            closed = self.items.pop()
        return closed

    def _begin_item(self, line: str, item: re.Match[str]) -> None:
        opened = _Item(item.end(), item[2][0].isdigit())
        was_inside = bool(self.items)
        sibling = self._close(len(item[1]))
        above = self.result[-1] if self.result else ""
        follows_text = not was_inside and above.strip() and not above.startswith(" ")
        if follows_text or (sibling and sibling.numbered != opened.numbered and above.strip()):
            self.result.append("")
        self.result.append(self._margin() + line.lstrip())
        self.items.append(opened)

    def _text(self, line: str, indentation: int, index: int) -> None:
        above = self.lines[index - 1] if index else ""
        if not above.strip() or indentation:
            self._close(indentation)
        following = self.lines[index + 1] if index + 1 < len(self.lines) else ""
        if self.result and _DEFINITION.match(self.result[-1]) and _DEFINITION.match(following):
            self.result.append("")
        rest = line[self.items[-1].offset :] if self.items and indentation else line
        self.result.append(self._margin() + rest if self.items and indentation else line)
