"""The log of the help that community digital technology teams give: numbers, never who was helped."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

MOST_PEOPLE = 10_000
LONGEST_NOTE = 500
OLDEST = timedelta(days=366)
# Nine digits and more, as identity cards and telephones have them, however they are grouped.
_NUMBER = re.compile(r"(?:\d[ .\-]{0,2}){9,}")


class HelpKind(StrEnum):
    """What help was about: the five skills that every household should have, and anything else."""

    PUBLIC_SERVICES = "public_services"
    SHOPPING = "shopping"
    PAYMENT = "payment"
    SAFETY = "safety"
    PLATFORMS = "platforms"
    OTHER = "other"


def names_a_number(text: str) -> bool:
    """Tell whether a text has what looks like the number of a telephone or an identity card."""
    return _NUMBER.search(text) is not None


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a quarter by its name, `2026-11` or `2026-Q4`; `end` is its last day."""

    name: str
    start: date
    end: date


def period_of(name: str) -> Period | None:
    """Return the period of a name, None for what is none."""
    found = re.fullmatch(r"(\d{4})-(?:(0[1-9]|1[0-2])|Q([1-4]))", name, re.ASCII)
    if found is None or not 2000 <= int(found[1]) <= 9998:
        return None
    year, first, length = int(found[1]), int(found[2] or 0), 1
    if found[3]:
        first, length = int(found[3]) * 3 - 2, 3
    after = date(year + (first + length > 12), (first + length - 1) % 12 + 1, 1)
    return Period(name, date(year, first, 1), after - timedelta(days=1))


def recent_periods(today: date) -> tuple[Period, ...]:
    """Return the last four quarters and the last twelve months, the latest first, months before quarters."""
    months: list[str] = []
    quarters: list[str] = []
    year, month = today.year, today.month
    for _ in range(12):
        months.append(f"{year}-{month:02}")
        quarter = f"{year}-Q{(month + 2) // 3}"
        if quarter not in quarters and len(quarters) < 4:
            quarters.append(quarter)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return tuple(period for name in (*months, *quarters) if (period := period_of(name)) is not None)
