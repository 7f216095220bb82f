"""Vietnamese order and folding: lists sort a ă â b ... d đ e ê, searches ignore case, marks, đ and tone placement."""

import unicodedata
from functools import lru_cache

# The alphabet as dictionaries order it, foreign letters in their usual places.
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: rank for rank, letter in enumerate(_ALPHABET)}
# Tones in dictionary order: none, huyền, hỏi, ngã, sắc, nặng.
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}


@lru_cache(maxsize=4096)
def _letter(character: str) -> tuple[str, str]:
    """Return the base-letter key and the tone key of one character of NFC lower-case text."""
    tone = 0
    base = ""
    for mark in unicodedata.normalize("NFD", character):
        if mark in _TONES:
            tone = _TONES[mark]
        else:
            base += mark
    base = unicodedata.normalize("NFC", base)
    if base in _RANK:
        return chr(0x61 + _RANK[base]), str(tone)
    return (base if base < "a" else "\u00ff" + base), "0"


def sort_key(text: str) -> str:
    """Return a key whose code-point order is Vietnamese dictionary order (letters first, then tones)."""
    letters = [_letter(character) for character in unicodedata.normalize("NFC", text.strip()).lower()]
    return "".join(base for base, _ in letters) + "\u0001" + "".join(tone for _, tone in letters)


def fold(text: str) -> str:
    """Return the text without case, marks and tone placement, đ as d, and with single spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(plain.replace("đ", "d").split())
