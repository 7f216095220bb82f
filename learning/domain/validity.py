"""How long what was learned holds, counted in months."""

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or earlier; the last of the month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def valid_until(completed_on: date, months: int | None) -> date | None:
    """Return the last day on which a course completed on a day counts; None where it does for good."""
    return None if months is None else add_months(completed_on, months)


def renew_from(until: date | None, window: int | None) -> date | None:
    """Return the first day on which a course that expires may be taken again, `window` months before."""
    return None if until is None or window is None else add_months(until, -window)
