"""Single values as they stand in front matter and in the settings of a question, read and written."""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from learning.domain.content import SLUG, is_slug
from learning.domain.questions.model import MOST_POINTS

_NUMBER = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,8})?")
_DURATION = re.compile(r"(?:([0-9]{1,3})d)?(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?")
_DRAW = re.compile(r"([^\s=,]+)=([0-9]{1,3})")
# As precise as two decimals of a percentage can be: 33.33 % and 16.67 % mean a third and a sixth.
_TOLERANCE = Fraction(1, 10_000)
_LARGEST_DENOMINATOR = 12
MAX_PHRASE = 40

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class BadValue(Exception):
    """A value that cannot be read; carries an example of a good one and, for a closed list, all of them."""

    def __init__(self, value: str, example: str, allowed: Collection[str] = ()) -> None:
        super().__init__(value)
        self.value = value
        self.example = example
        self.allowed = allowed


def read_word(allowed: Collection[str]) -> Callable[[str], str]:
    """Return a reader of one word of a closed list."""

    def read(value: str) -> str:
        if value not in allowed:
            raise BadValue(value, next(iter(allowed)), allowed)
        return value

    return read


def read_phrase(value: str) -> str:
    """Read a few words that stand as they are on the page: 1 to 40 characters, no quotation mark `"`."""
    phrase = " ".join(value.split())
    if not 0 < len(phrase) <= MAX_PHRASE or '"' in phrase:
        raise BadValue(value[:80], "ký tự")
    return phrase


def write_phrase(phrase: str) -> str:
    """Write words such that a heading is read with them as one value."""
    return phrase if phrase.replace(".", "").isalnum() else f'"{phrase}"'


def read_enum(kind: type[E]) -> Callable[[str], E]:
    """Return a reader of one value of an enum."""
    read = read_word([str(member) for member in kind])
    return lambda value: kind(read(value))


def read_yes_no(value: str) -> bool:
    """Read `yes` or `no`."""
    return read_word(("yes", "no"))(value) == "yes"


def read_list(value: str) -> tuple[str, ...]:
    """Read a list with commas; empty parts are left out."""
    return tuple(part for part in (part.strip() for part in value.split(",")) if part)


def read_slug(value: str) -> str:
    """Read the name of a course, unit or quiz."""
    if not is_slug(value):
        raise BadValue(value, "lua-dao")
    return value


def read_code(value: str) -> str:
    """Read the code of an organization: letters, digits, `-`, `.` and `_`."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", value):
        raise BadValue(value, "24-BTGDV")
    return value


def read_slugs(value: str) -> tuple[str, ...]:
    """Read a list of names."""
    return tuple(read_slug(part) for part in read_list(value))


def read_tags(value: str) -> tuple[str, ...]:
    """Read a list of tags, which are written like slugs."""
    for part in read_list(value):
        if not SLUG.fullmatch(part):
            raise BadValue(part, "url, mat-khau")
    return tuple(dict.fromkeys(read_list(value)))


def read_count(minimum: int, maximum: int, *, unlimited: str | None = None) -> Callable[[str], int | None]:
    """Return a reader of a whole number, or of the word that means no limit (None)."""

    def read(value: str) -> int | None:
        if unlimited is not None and value == unlimited:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 6 and minimum <= int(value) <= maximum):
            raise BadValue(value, str(max(minimum, min(3, maximum))), (unlimited,) if unlimited else ())
        return int(value)

    return read


def read_minutes(value: str) -> int:
    """Read whole minutes of study."""
    count = read_count(1, 600)(value)
    return 0 if count is None else count


def read_points(value: str) -> Fraction:
    """Read points: above 0, at most `MOST_POINTS`, at most two decimals."""
    if not re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,2})?", value) or not 0 < Fraction(value) <= MOST_POINTS:
        raise BadValue(value, "2")
    return Fraction(value)


def write_points(points: Fraction) -> str:
    """Write points such that they are read as the same."""
    return str(points.numerator) if points.denominator == 1 else f"{float(points):.2f}".rstrip("0")


def read_percent(value: str) -> Fraction:
    """Read `70%`; what lies within 0.01 of a common fraction (33.33 of a third) is read as that fraction."""
    if not value.endswith("%") or not _NUMBER.fullmatch(value[:-1]):
        raise BadValue(value, "70%")
    share = Fraction(value[:-1]) / 100
    near = share.limit_denominator(_LARGEST_DENOMINATOR)
    return near if abs(near - share) <= _TOLERANCE else round(share, 6)


def read_share(value: str) -> Fraction:
    """Read a percentage of 0 to 100."""
    share = read_percent(value)
    if not 0 <= share <= 1:
        raise BadValue(value, "70%")
    return share


def read_positive_share(value: str) -> Fraction:
    """Read a percentage above 0 and up to 100."""
    share = read_percent(value)
    if not 0 < share <= 1:
        raise BadValue(value, "25%")
    return share


def read_duration(value: str) -> int | None:
    """Read `20m`, `1h`, `1h30m` or `2d` as seconds; `none` is None."""
    if value == "none":
        return None
    match = _DURATION.fullmatch(value)
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    seconds = ((days * 24 + hours) * 60 + minutes) * 60
    if not seconds:
        raise BadValue(value, "20m")
    return seconds


def write_duration(seconds: int | None) -> str:
    """Write seconds such that they are read as the same."""
    if seconds is None:
        return "none"
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    parts = ((days, "d"), (hours, "h"), (rest // 60, "m"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def read_months(value: str) -> int:
    """Read `24 months`."""
    match = re.fullmatch(r"([0-9]{1,3}) months?", value)
    if not match or int(match[1]) == 0:
        raise BadValue(value, "24 months")
    return int(match[1])


def read_day(value: str) -> date:
    """Read a date, `2026-12-31`."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadValue(value, "2026-12-31")


def read_day_of_year(value: str) -> tuple[int, int]:
    """Read a fixed day, `31-12`, as day and month; the 29th of February is none."""
    match = re.fullmatch(r"(\d{2})-(\d{2})", value, re.ASCII)
    try:
        if match:
            fixed = date(2001, int(match[2]), int(match[1]))
            return fixed.day, fixed.month
    except ValueError:
        pass
    raise BadValue(value, "31-12")


def read_moment(value: str) -> datetime:
    """Read a moment with its offset, `2026-12-31T17:00+07:00`."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise BadValue(value, "2026-12-31T17:00+07:00") from None
    if moment.tzinfo is None:
        raise BadValue(value, "2026-12-31T17:00+07:00")
    return moment


def read_draw(value: str) -> tuple[tuple[str, int], ...]:
    """Read `url=2, mat-khau=1`, each tag once."""
    drawn: dict[str, int] = {}
    for part in read_list(value):
        match = _DRAW.fullmatch(part)
        if not match or not SLUG.fullmatch(match[1]) or match[1] in drawn or not int(match[2]):
            raise BadValue(part, "url=2, mat-khau=1")
        drawn[match[1]] = int(match[2])
    return tuple(drawn.items())


def read_set(kind: type[E]) -> Callable[[str], frozenset[E]]:
    """Return a reader of any values of an enum, or of `none` alone."""
    names = [str(member) for member in kind]

    def read(value: str) -> frozenset[E]:
        parts = read_list(value)
        if parts == ("none",):
            return frozenset()
        for part in parts:
            if part not in names:
                raise BadValue(part, ", ".join(names[:2]), [*names, "none"])
        return frozenset(kind(part) for part in parts)

    return read


def write_set(values: Collection[StrEnum], kind: type[StrEnum]) -> str:
    """Write values of an enum in its order, `none` for none."""
    return ", ".join(str(member) for member in kind if member in values) or "none"
