"""Small differences between what trainers see on a Git host and what Python-Markdown reads, evened out.

Nested lists with two spaces, a list right below a line of text, callouts as hosts write them (`> [!NOTE]`),
definition lists without blank lines (which Python-Markdown reads with one level of recursion each).
"""

import re
from collections.abc import Sequence

from learning.formats.fences import Fence

_ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])(\s+)(?=\S)")
_RULE = re.compile(r"\s{0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$")
_ALERT = re.compile(r">\s*\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*(.*)", re.IGNORECASE)
_UNTITLED = re.compile(r"((?:!!!|\?\?\?\+?)\s+([a-z]+))\s*")
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
    return "\n".join(_lists(_callouts(source.expandtabs(4).split("\n"), language)))


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


def _lists(lines: Sequence[str]) -> list[str]:
    """Indent nested items by four spaces a level, and put a blank line before a list that follows text."""
    result: list[str] = []
    offsets: list[int] = []  # where the text of each open item begins
    fence, fence_from = Fence(), 0
    previous = ""
    for number, line in enumerate(lines):
        indentation = len(line) - len(line.lstrip())
        was_open = fence.is_open
        if fence.takes(line, number):
            if not was_open:
                offsets = [offset for offset in offsets if offset <= indentation]
                fence_from = indentation
            own = line[min(indentation, fence_from) :]
            result.append(" " * (_STEP * len(offsets)) + own if own or offsets else own)
        elif not line.strip():
            result.append("")
        elif (item := _ITEM.match(line)) and not _RULE.fullmatch(line) and (offsets or indentation < _STEP):
            _close(offsets, indentation)
            if not offsets and previous.strip() and not _is_item(previous) and not result[-1].startswith(" "):
                result.append("")
            result.append(" " * (_STEP * len(offsets)) + line.lstrip())
            offsets.append(item.end())
        else:
            if not previous.strip() or indentation:
                _close(offsets, indentation)
            result += _gap_before(result, lines, number)
            level = _STEP * len(offsets) if indentation else 0
            rest = line[offsets[-1] :] if offsets and indentation else line
            result.append(" " * level + rest if level else line)
        previous = line
    return result


def _close(offsets: list[int], indentation: int) -> None:
    while offsets and indentation < offsets[-1]:
        offsets.pop()


def _is_item(line: str) -> bool:
    return _ITEM.match(line) is not None


def _gap_before(result: Sequence[str], lines: Sequence[str], number: int) -> list[str]:
    """Return a blank line before the next term of a definition list, nothing elsewhere."""
    following = lines[number + 1] if number + 1 < len(lines) else ""
    after_definition = bool(result) and re.match(r":\s", result[-1])
    return [""] if after_definition and re.match(r":\s", following) else []
