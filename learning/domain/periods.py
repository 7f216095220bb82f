"""The periods that offices report on: a month, a quarter, six and nine months, a year."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Span(StrEnum):
    """How long a period is; six and nine months are the first ones of a year."""

    MONTH = "month"
    QUARTER = "quarter"
    SIX_MONTHS = "six_months"
    NINE_MONTHS = "nine_months"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from the first to the last, both of them in it."""

    first: date
    last: date

    def before(self) -> "Period":
        """Return the period of the same kind before it: as many months earlier, or else as many days."""
        day_after = self.last + timedelta(days=1)
        if self.first.day == 1 and day_after.day == 1:
            months = (day_after.year - self.first.year) * 12 + day_after.month - self.first.month
            return Period(_first_of(self.first, -months), self.first - timedelta(days=1))
        days = self.last - self.first
        return Period(self.first - days - timedelta(days=1), self.first - timedelta(days=1))


_MONTHS = {Span.MONTH: 1, Span.QUARTER: 3, Span.SIX_MONTHS: 6, Span.NINE_MONTHS: 9, Span.YEAR: 12}


def _first_of(day: date, months: int) -> date:
    """Return the first day of the month that is so many months after that of the day."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def period_of(span: Span, day: date) -> Period:
    """Return the period of the kind in which the day is; of six and nine months that of its year."""
    months = _MONTHS[span]
    begins = (day.month - 1) // months * months if span in (Span.MONTH, Span.QUARTER) else 0
    first = date(day.year, begins + 1, 1)
    return Period(first, _first_of(first, months) - timedelta(days=1))


def usual_periods(today: date) -> Iterator[tuple[Span, Period]]:
    """Yield what is reported on around a day: what runs and what closed last, of each kind, the shortest first."""
    for span in Span:
        period = period_of(span, today)
        earlier = period_of(span, period.first - timedelta(days=1))
        for one in (period, earlier):
            if one.first <= today:
                yield span, one
