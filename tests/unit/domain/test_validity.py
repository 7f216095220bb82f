"""How long a completion is valid, when the next cycle opens, and the codes of certificates."""

from datetime import date, timedelta
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.certificate import ALPHABET, LENGTH, make_code, read_code, spell_code
from learning.domain.validity import Validity, add_months


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 11, 22), 24, date(2028, 11, 22)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
        (date(2027, 1, 15), -1, date(2026, 12, 15)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
    ],
)
def test_months_are_added_by_the_calendar(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


@pytest.mark.parametrize(
    ("validity", "completed", "asked_by", "until", "opens"),
    [
        # Without a window: from the day of completion, whatever was asked; the next cycle comes after the last day.
        (Validity(24), date(2026, 11, 22), date(2026, 12, 31), date(2028, 11, 22), date(2028, 11, 23)),
        # With a window: on from the day that was asked for, so that who is early loses nothing,
        (Validity(12, 3), date(2027, 10, 5), date(2027, 12, 31), date(2028, 12, 31), date(2028, 9, 30)),
        # but from the day of completion who was late, or was never asked.
        (Validity(12, 3), date(2028, 1, 10), date(2027, 12, 31), date(2029, 1, 10), date(2028, 10, 10)),
        (Validity(12, 3), date(2026, 5, 31), None, date(2027, 5, 31), date(2027, 2, 28)),
        # A fixed day: the next one whose window has not opened yet; later completions count to the one after.
        (Validity(12, 3, (31, 12)), date(2026, 6, 1), None, date(2026, 12, 31), date(2026, 9, 30)),
        (Validity(12, 3, (31, 12)), date(2026, 9, 29), None, date(2026, 12, 31), date(2026, 9, 30)),
        (Validity(12, 3, (31, 12)), date(2026, 9, 30), None, date(2027, 12, 31), date(2027, 9, 30)),
        (Validity(12, 3, (31, 12)), date(2026, 12, 31), None, date(2027, 12, 31), date(2027, 9, 30)),
        # Valid for longer than a year: the years beyond the first are added.
        (Validity(24, 3, (31, 12)), date(2026, 6, 1), None, date(2027, 12, 31), date(2027, 9, 30)),
        # For less: the fixed day is one of several in the year.
        (Validity(6, 1, (30, 6)), date(2026, 8, 1), None, date(2026, 12, 30), date(2026, 11, 30)),
        (Validity(12, 0, (1, 1)), date(2026, 12, 31), None, date(2027, 1, 1), date(2027, 1, 2)),
    ],
)
def test_three_ways_to_count_how_long_it_is_valid(
    validity: Validity, completed: date, asked_by: date | None, until: date, opens: date
) -> None:
    assert validity.valid_until(completed, asked_by) == until
    assert validity.opens_on(until) == opens


DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


@st.composite
def validities(draw: st.DrawFn) -> Validity:
    fixed = draw(st.none() | st.tuples(st.integers(1, 28), st.integers(1, 12)))
    months = draw(st.sampled_from([1, 2, 3, 4, 6, 12, 24, 60]) if fixed else st.integers(1, 60))
    return Validity(months, draw(st.integers(0, months - 1)), fixed)


@given(validity=validities(), completed=DAYS, asked=st.none() | st.integers(-400, 400))
def test_nobody_begins_anew_at_once_and_nothing_is_valid_for_ever(
    validity: Validity, completed: date, asked: int | None
) -> None:
    asked_by = None if asked is None else completed + timedelta(days=asked)
    until = validity.valid_until(completed, asked_by)
    assert completed < validity.opens_on(until) <= until + timedelta(days=1)
    latest = max(completed, asked_by or completed)
    assert until <= add_months(latest, validity.months + validity.window) + timedelta(days=4)
    if validity.fixed is not None and validity.months % 12 == 0:
        assert (until.day, until.month) == validity.fixed
    elif validity.fixed is None:
        assert until >= add_months(completed, validity.months)
    # The bound by which statements narrow what they read leaves nothing out.
    assert completed <= validity.earliest_opening(validity.opens_on(until))


@given(validity=validities(), completed=DAYS, early=st.integers(0, 700))
def test_who_renews_in_the_window_has_the_whole_time_again(
    validity: Validity, completed: date, early: int
) -> None:
    until = validity.valid_until(completed)
    opens = validity.opens_on(until)
    renewed = min(opens + timedelta(days=early), until)
    again = validity.valid_until(renewed, validity.renew_by(until, opens))
    if validity.window and opens <= renewed and (validity.fixed is None or validity.window <= 12):
        assert again >= add_months(until, validity.months) - timedelta(days=3)
    assert again > until or not validity.window


@given(validity=validities(), completed=DAYS, late=st.integers(1, 2000))
def test_what_is_renewed_too_late_is_due_within_a_window_from_then(
    validity: Validity, completed: date, late: int
) -> None:
    until = validity.valid_until(completed)
    today = until + timedelta(days=late)
    assert validity.renew_by(until, today) == add_months(today, validity.window or 1)
    assert validity.renew_by(until, until) == until


def test_codes_are_read_as_people_type_them() -> None:
    letters = cycle(ALPHABET)
    code = make_code(lambda _alphabet: next(letters))
    assert spell_code(code) == "0123-4567-89AB-CDEF"
    for typed in ("0123-4567-89ab-cdef", "o123 4567 89ab cdef", "OI23/4567.89AB CDEF", "0l23456789abcdef"):
        assert read_code(typed) == code
    for wrong in ("", "0123", "0123-4567-89AB-CDEF-0", "đ123-4567-89AB-CDEF", "٠123456789ABCDEF"):
        assert read_code(wrong) is None


def test_codes_cannot_be_guessed() -> None:
    codes = {make_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {LENGTH}
    assert len(ALPHABET) ** LENGTH >= 2**80
