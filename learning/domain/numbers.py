"""Numbers as learners type them and authors write them: exact, with the decimal comma of Vietnamese.

A learner may write 3,14 or 3.14. Where a separator can mean two things the language decides: in Vietnamese
`1.000` is a thousand and `1,000` is one, in English and Hebrew the other way round. What cannot be read for
certain is not guessed at.
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from learning.domain.wording import visible

MAX_DIGITS = 40
DECIMAL_COMMA = frozenset({"vi"})

_MINUS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"))
_SPACED = re.compile(r"([+-]?) ?([1-9][0-9]{0,2}(?: [0-9]{3})+)((?:[.,][0-9]+)?)")
_PLAIN = re.compile(r"([+-]?) ?([0-9]*)((?:[.,][0-9]+)*)")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}")

_SOURCE = r"-?[0-9]+(?:\.[0-9]+)?"
_SINGLE = re.compile(_SOURCE)
_AROUND = re.compile(rf"({_SOURCE})\s*(?:±|\+-)\s*([0-9]+(?:\.[0-9]+)?)\s*(%?)")
_BETWEEN = re.compile(rf"({_SOURCE})\s*\.\.\s*({_SOURCE})")
_AMBIGUOUS = re.compile(r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers from `low` to `high`, both included."""

    low: Fraction
    high: Fraction

    def holds(self, value: Fraction) -> bool:
        """Tell whether the number lies in the span."""
        return self.low <= value <= self.high

    def meets(self, other: "Span") -> bool:
        """Tell whether some number lies in both."""
        return self.low <= other.high and other.low <= self.high


def read_number(text: str, language: str) -> Fraction | None:
    """Return the number a learner typed, None when it cannot be read for certain.

    Digits of every script count; letters, powers such as `1e3`, fractions and more than 40 digits do not.
    Whether it can be read does not depend on the language.
    """
    line = " ".join(visible(text).split()).removesuffix(".")
    plain = "".join(map(_ascii, line)).translate(_MINUS).rstrip()
    if sum(map(str.isdigit, plain)) > MAX_DIGITS:
        return None
    if spaced := _SPACED.fullmatch(plain):
        return _signed(spaced[1], spaced[2].replace(" ", "") + spaced[3].replace(",", "."))
    match = _PLAIN.fullmatch(plain)
    if match is None or not (match[2] or match[3]):
        return None
    parts = re.split(r"[.,]", match[2] + match[3])
    separators = [character for character in match[3] if character in ".,"]
    digits = _without_thousands(parts, separators, language)
    return None if digits is None else _signed(match[1], digits)


def _ascii(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _without_thousands(parts: list[str], separators: list[str], language: str) -> str | None:
    """Return digits with at most one point, once it is clear which separator means what."""
    thousands = "." if language in DECIMAL_COMMA else ","
    if not separators:
        return parts[0]
    kinds = set(separators)
    grouped = bool(_THOUSANDS.fullmatch(parts[0])) and all(len(part) == 3 for part in parts[1:-1])
    if len(separators) == 1:
        is_thousands = separators[0] == thousands and grouped and len(parts[1]) == 3
        return "".join(parts) if is_thousands else f"{parts[0] or 0}.{parts[1]}"
    if len(kinds) == 1:  # several of one kind only group
        return "".join(parts) if grouped and len(parts[-1]) == 3 else None
    if (
        separators[:-1] == [separators[0]] * (len(separators) - 1)
        and separators[-1] != separators[0]
        and grouped
    ):
        return f"{''.join(parts[:-1])}.{parts[-1]}"  # the last one is the decimal, whatever the language
    return None


def _signed(sign: str, digits: str) -> Fraction:
    value = Fraction(digits)
    return -value if sign == "-" else value


def write_number(value: Fraction, language: str) -> str:
    """Return a number with finitely many decimals as its readers write it, without separators of thousands."""
    sign, value = ("−" if value < 0 else ""), abs(value)
    places = 0
    while (value * 10**places).denominator != 1 and places < MAX_DIGITS:
        places += 1
    digits = str(int(value * 10**places)).rjust(places + 1, "0")
    whole, decimals = (digits[:-places], digits[-places:]) if places else (digits, "")
    return sign + whole + ("," if language in DECIMAL_COMMA else ".") * bool(decimals) + decimals


def read_span(text: str) -> Span | None:
    """Return what an author wrote, `12`, `12 ± 2`, `12 ± 5%` or `10..14`; None when it is none of them."""
    if single := _SINGLE.fullmatch(text):
        return Span(Fraction(single[0]), Fraction(single[0]))
    if around := _AROUND.fullmatch(text):
        middle, tolerance = Fraction(around[1]), Fraction(around[2])
        if around[3]:
            tolerance = abs(middle) * tolerance / 100
        return Span(middle - tolerance, middle + tolerance)
    if between := _BETWEEN.fullmatch(text):
        low, high = Fraction(between[1]), Fraction(between[2])
        return Span(low, high) if low <= high else None
    return None


def show_span(text: str, language: str) -> str:
    """Return what an author wrote for readers of a language: `12 ± 2`, `10 – 14`, with their decimal sign."""
    words = re.sub(r"\s*\.\.\s*", " – ", text)
    return re.sub(_SOURCE, lambda number: write_number(Fraction(number[0]), language), words)


def looks_like_number(text: str) -> bool:
    """Tell whether an author's text would be taken for a number by a reader, such as `0123`, `3,14` or `1e3`."""
    return re.fullmatch(r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?", text) is not None


def is_ambiguous(text: str) -> bool:
    """Tell whether some number in an author's answer could be meant in thousands, as `1.000` could."""
    return any(_AMBIGUOUS.fullmatch(part) for part in re.split(r"\.\.(?!\.)|±|\+-|%|\s", text))
