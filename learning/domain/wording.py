"""Whether what a learner typed is what an author expects, as Vietnamese is written.

No regular expression comes from an author: a `*` is matched by looking for its neighbors one after another.
"""

import re
import unicodedata

from learning.domain.vietnamese import fold

WILDCARD = "*"

_TONES = "\u0300\u0301\u0303\u0309\u0323"
# hòa is written hoà too, and thúy thuý: where a syllable ends in oa, oe or uy the tone stands on either letter.
# After q the u is no vowel, so that qúy is a slip and not another way.
_OLD_PLACE = re.compile(
    rf"(o(?=[{_TONES}][ae])|(?<!q)u(?=[{_TONES}]y))([{_TONES}])([aey])(?![^\W\d_]|[\u0300-\u036f])",
    re.IGNORECASE,
)


def comparable(text: str, *, case: bool = False, accents: bool = True) -> str:
    """Return the text as it is compared: in one form, single-spaced, without a final full stop.

    Without `case`, letters are compared whatever their case; without `accents`, marks are left out and đ is d.
    With them, the old and the new place of a tone are one.
    """
    shown = "".join(character for character in text if unicodedata.category(character) != "Cf")
    line = " ".join(unicodedata.normalize("NFC", shown).split()).removesuffix(".").rstrip()
    if not accents:
        line = fold(line) if not case else _without_marks(line)
    elif not case:
        line = line.casefold()
    return unicodedata.normalize("NFC", _OLD_PLACE.sub(r"\1\3\2", unicodedata.normalize("NFD", line)))


def _without_marks(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return plain.replace("đ", "d").replace("Đ", "D")


def matches(pattern: str, text: str) -> bool:
    """Tell whether the text is the pattern, in which each `*` stands for any characters or none.

    The first part begins the text, the last one ends it, and each other one is taken where it first comes after
    the one before; to take it later could not help those that follow.
    """
    first, *rest = pattern.split(WILDCARD)
    if not rest:
        return text == pattern
    last = rest.pop()
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in rest:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
