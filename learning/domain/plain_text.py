"""One line of plain text, as names and titles are: in one form, and without characters that are no text."""

import unicodedata

# Controls (tab, new line, NUL and their like), halves of surrogate pairs, what separates lines and paragraphs.
_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
_ISOLATES = frozenset("\u2066\u2067\u2068\u2069")


def one_line(text: str, *, maximum: int) -> str | None:
    """Return the text in NFC without spaces around it; None when nothing can be read, or it is too long.

    None also for control characters. Marks of direction stay, they are part of names in some scripts; what is
    shown is isolated, so that they reach no further than the name. Isolates themselves are refused: one that
    ends what it did not begin would end the isolation too. `maximum` is in characters after NFC.
    """
    line = unicodedata.normalize("NFC", text).strip()
    if len(line) > maximum or not _ISOLATES.isdisjoint(line):
        return None
    if any(unicodedata.category(character) in _NO_TEXT for character in line):
        return None
    return line if any(character.isalnum() for character in line) else None
