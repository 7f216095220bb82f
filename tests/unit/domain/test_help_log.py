"""Periods of the log of help, and numbers that have no place in it."""

from datetime import date

import pytest

from learning.domain.help_log import names_a_number, period_of, recent_periods


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_days(name: str, start: date, end: date) -> None:
    period = period_of(name)
    assert period is not None
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    "name", ["", "2026", "2026-13", "2026-00", "2026-Q5", "2026-1", "9999-12", "٢٠٢٦-11"]
)
def test_what_is_no_period_is_none(name: str) -> None:
    assert period_of(name) is None


def test_the_last_year_is_offered() -> None:
    names = [period.name for period in recent_periods(date(2026, 2, 10))]
    assert (names[0], names[11]) == ("2026-02", "2025-03")
    assert names[12:] == ["2026-Q1", "2025-Q4", "2025-Q3", "2025-Q2"]


@pytest.mark.parametrize(
    "text", ["0912345678", "gọi 091 234 56 78 nhé", "0912.345.678", "024-1234-5678-90", "CCCD 024099001234"]
)
def test_numbers_of_people_are_seen(text: str) -> None:
    assert names_a_number(text)


@pytest.mark.parametrize(
    "text", ["", "12 người", "ngày 01/12/2026", "Công văn 3240/BTTTT", "19:30-21:00", "năm 2025, 2026"]
)
def test_other_numbers_are_let_through(text: str) -> None:
    assert not names_a_number(text)
