"""One line of plain text, as names and titles are: in one form, and without characters that are no text."""

import unicodedata

# Controls (tab, new line, NUL and their like), halves of surrogate pairs, what separates lines and paragraphs.
_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})


def one_line(text: str, *, maximum: int) -> str | None:
    """Return the text in NFC without spaces around it; None when nothing can be read, or it is too long.

    None also for control characters. Marks of direction stay, they are part of names in some scripts; what is
    shown is isolated, so that they reach no further than the name. `maximum` is in characters after NFC.
    """
    line = unicodedata.normalize("NFC", text).strip()
    if len(line) > maximum or any(unicodedata.category(character) in _NO_TEXT for character in line):
        return None
    return line if any(character.isalnum() for character in line) else None
