"""Whether what a learner typed is what an author expects, as Vietnamese is written.

No regular expression comes from an author: a `*` is matched by looking for its neighbors one after another.
"""

import re
import unicodedata

from learning.domain.vietnamese import fold

WILDCARD = "*"

# What nobody sees: marks of direction, joiners and zero-width spaces, halves of surrogate pairs.
_UNSEEN = frozenset({"Cf", "Cs"})
_TONES = "\u0300\u0301\u0303\u0309\u0323"
# hòa is written hoà too, and thúy thuý: where a syllable ends in oa, oe or uy the tone stands on either letter.
# After q the u is no vowel, so that qúy is a slip and not another way.
_END_OF_SYLLABLE = r"(?![^\W\d_]|[\u0300-\u036f])"
_OLD_PLACE = re.compile(
    rf"(o(?=[{_TONES}][ae])|(?<!q)u(?=[{_TONES}]y))([{_TONES}])([aey]){_END_OF_SYLLABLE}", re.IGNORECASE
)
_NEW_PLACE = re.compile(rf"(o(?=[ae])|(?<!q)u(?=y))([aey])([{_TONES}]){_END_OF_SYLLABLE}", re.IGNORECASE)


def visible(text: str) -> str:
    """Return the text without what nobody sees, controls as spaces, and no space around it."""
    seen = (character for character in text if unicodedata.category(character) not in _UNSEEN)
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in seen).strip()


def visible_lines(text: str) -> str:
    """Return a text of several lines without what nobody sees, and no empty line around it."""
    return "\n".join(map(visible, text.replace("\r\n", "\n").split("\n"))).strip("\n")


def comparable(text: str, *, case: bool = False, accents: bool = True) -> str:
    """Return the text as it is compared: in one form, single-spaced, without a final full stop.

    Without `case`, letters are compared whatever their case; without `accents`, marks are left out and đ is d.
    With them, the old and the new place of a tone are one, the new.
    """
    line = " ".join(unicodedata.normalize("NFC", visible(text)).split()).removesuffix(".").rstrip()
    if not accents:
        line = fold(line) if not case else _without_marks(line)
    elif not case:
        line = line.casefold()
    return _placed(_OLD_PLACE, line)


def _without_marks(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return plain.replace("đ", "d").replace("Đ", "D")


def _placed(other_place: re.Pattern[str], text: str) -> str:
    """Return the text with each tone that stands at the other place moved to its neighbor."""
    return unicodedata.normalize("NFC", other_place.sub(r"\1\3\2", unicodedata.normalize("NFD", text)))


def is_like(pattern: str, text: str) -> bool:
    """Tell whether a comparable text is a comparable pattern, in which each `*` stands for any characters.

    A star may cut a syllable in two, so that where its tone belongs cannot be told: `hò*` begins hòa and hoà.
    Each way of placing tones is therefore tried by itself.
    """
    return matches(pattern, text) or matches(_placed(_NEW_PLACE, pattern), _placed(_NEW_PLACE, text))


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


def unquoted(text: str) -> str:
    """Return what an author put between backticks, which keep signs from meaning something; else the text."""
    inner = text[1:-1]
    return inner if len(text) > 2 and text[0] == text[-1] == "`" and "`" not in inner else text
