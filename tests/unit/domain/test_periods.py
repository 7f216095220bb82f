"""The periods of offices."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.periods import Period, Span, period_of, usual_periods

DAYS = st.dates(date(2001, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (Span.MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (Span.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        (Span.SIX_MONTHS, date(2026, 1, 1), date(2026, 6, 30)),
        (Span.NINE_MONTHS, date(2026, 1, 1), date(2026, 9, 30)),
        (Span.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_lies_in_the_periods_of_its_year(span: Span, first: date, last: date) -> None:
    assert period_of(span, date(2026, 11, 22)) == Period(first, last)


@given(day=DAYS, span=st.sampled_from([Span.MONTH, Span.QUARTER, Span.YEAR]))
def test_these_periods_follow_each_other_without_a_gap(day: date, span: Span) -> None:
    period = period_of(span, day)
    assert period.first <= day <= period.last
    assert period.before() == period_of(span, period.first - timedelta(days=1))


@given(first=DAYS, days=st.integers(0, 400))
def test_the_period_before_ends_the_day_before(first: date, days: int) -> None:
    period = Period(first, first + timedelta(days=days))
    before = period.before()
    assert before.last == first - timedelta(days=1)
    assert before.first <= before.last


def test_what_is_usually_reported_on_has_begun() -> None:
    found = list(usual_periods(date(2026, 2, 3)))
    assert all(period.first <= date(2026, 2, 3) for _span, period in found)
    assert (Span.QUARTER, Period(date(2025, 10, 1), date(2025, 12, 31))) in found
    assert (Span.YEAR, Period(date(2025, 1, 1), date(2025, 12, 31))) in found
    assert len(set(found)) == len(found)
