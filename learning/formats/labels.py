"""The closed list of bold labels by which a quote of a question is told from its text."""

import re
import unicodedata

from learning.domain.questions.model import Label
from learning.domain.vietnamese import fold
from learning.formats.front_matter import suggest

_WORDS: dict[Label, tuple[str, str]] = {
    Label.HINT: ("Gợi ý", "Hint"),
    Label.EXPLANATION: ("Giải thích", "Explanation"),
    Label.CORRECT: ("Đúng", "Correct"),
    Label.PARTLY: ("Đúng một phần", "Partly correct"),
    Label.INCORRECT: ("Sai", "Incorrect"),
    Label.RUBRIC: ("Thang chấm", "Rubric"),
    Label.MODEL: ("Bài mẫu", "Model answer"),
    Label.NOTE: ("Ghi chú", "Note"),
}
_LABELS = {word.casefold(): label for label, words in _WORDS.items() for word in words}
_FOLDED = {fold(word): word for words in _WORDS.values() for word in words}

_BOLD = re.compile(r">\s?\*\*([^*\n]{1,40}?)(:\*\*|\*\*\s?:)\s*(.*)")


def read_label(line: str) -> tuple[Label, str] | None:
    """Return the label that a line begins with and the rest of the line, or None."""
    match = _BOLD.fullmatch(line)
    if match is None or match[2] != ":**":
        return None
    label = _LABELS.get(unicodedata.normalize("NFC", match[1]).strip().casefold())
    return None if label is None else (label, match[3])


def nearly_label(line: str) -> tuple[str, str] | None:
    """Return what looks like a label that was mistyped, and the label that was meant; None for other text."""
    match = _BOLD.fullmatch(line)
    if match is None or read_label(line):
        return None
    meant = suggest(fold(match[1]), list(_FOLDED))
    return None if meant is None else (f"**{match[1]}{match[2]}", f"**{_FOLDED[meant]}:**")


def write_label(label: Label, language: str) -> str:
    """Return the label as a file of this language has it."""
    return f"**{_WORDS[label][language != 'vi']}:**"
