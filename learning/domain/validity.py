"""How long a completion is valid, and when the course may and must be done again: in its next cycle.

A course says how many months a completion is valid (`valid_for`), how many months before the end the next cycle
opens (`renew_window`), and whether all end on one fixed day (`renew_on`). Of these follow three ways to count:

- without a window, from the day of completion (`after_completion`);
- with a window, on from the day on which it was to be done, so that who is early loses nothing (`after_due`);
- with a fixed day, to the first such day whose window has not opened yet (`on_fixed_day`).
"""

from dataclasses import dataclass
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or earlier; where the month is shorter, its last day."""
    return _day_in(day.year, day.month + months, day.day)


def _day_in(year: int, month: int, day: int) -> date:
    """Return a day of a month that is counted on beyond December; where the month is shorter, its last day."""
    carried, index = divmod(month - 1, 12)
    first = date(year + carried, index + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day, last.day))


def after_completion(completed_on: date, months: int) -> date:
    """Return the last valid day, counted from the day of completion."""
    return add_months(completed_on, months)


def after_due(completed_on: date, months: int, asked_by: date | None) -> date:
    """Return the last valid day, counted from the day by which it was to be done; from its own day who was late.

    `asked_by` is the last valid day of the cycle before, in the first cycle the due day, None where there is none.
    """
    return add_months(max(completed_on, asked_by or completed_on), months)


def on_fixed_day(completed_on: date, months: int, fixed: tuple[int, int], *, window: int) -> date:
    """Return the last valid day where all end on one day of the year, (day, month).

    It is the first such day whose window opens after the completion: the window is the least time that anything is
    valid, so that nobody has to begin anew at once. With less than twelve months between, the fixed day is one of
    several in the year; with more, the whole years beyond the first are added.
    """
    day, month = fixed
    step = min(months, 12)
    for count in range(12 // step * 3 + 3):
        candidate = _day_in(completed_on.year - 1, month + count * step, day)
        if opening(candidate, min(window, step)) > completed_on:
            return _day_in(candidate.year + (months - step) // 12, candidate.month, day)
    raise ValueError(window)  # a window is shorter than the validity


def opening(valid_until: date, window: int) -> date:
    """Return the first day of the next cycle: so many months before the last valid day, without a window after it."""
    return add_months(valid_until, -window) if window else valid_until + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Validity:
    """How long completions of a course are valid; the window is shorter than the validity, both in months."""

    months: int
    window: int = 0
    fixed: tuple[int, int] | None = None

    def valid_until(self, completed_on: date, asked_by: date | None = None) -> date:
        """Return the last valid day of a completion; `asked_by` as in `after_due`."""
        if self.fixed is not None:
            return on_fixed_day(completed_on, self.months, self.fixed, window=self.window)
        if self.window:
            return after_due(completed_on, self.months, asked_by)
        return after_completion(completed_on, self.months)

    def opens_on(self, valid_until: date) -> date:
        """Return the first day on which the next cycle may begin."""
        return opening(valid_until, self.window)

    def renew_by(self, valid_until: date, today: date) -> date:
        """Return by when a cycle that begins today is to be done: in time, or, too late for that, within a window."""
        return valid_until if valid_until >= today else add_months(today, self.window or 1)

    def earliest_opening(self, today: date) -> date:
        """Return a day after which no completion can have its next cycle open today; a bound, not a rule."""
        if self.fixed is not None:
            return today
        return add_months(today, self.window - self.months) + timedelta(days=3)


def read_fixed_day(text: str | None) -> tuple[int, int] | None:
    """Return (day, month) of `31-12`; None of nothing."""
    if text is None:
        return None
    day, _, month = text.partition("-")
    return int(day), int(month)
