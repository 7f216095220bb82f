"""How long a completion holds, and the codes of certificates."""

from datetime import date
from itertools import cycle

import pytest

from learning.domain.certificate import ALPHABET, LENGTH, make_code, read_code, spell_code
from learning.domain.validity import add_months, renew_from, valid_until


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


def test_a_course_without_validity_holds_for_good() -> None:
    assert valid_until(date(2026, 1, 1), None) is None
    assert renew_from(None, 3) is renew_from(date(2026, 1, 1), None) is None
    assert renew_from(valid_until(date(2026, 5, 31), 12), 3) == date(2027, 2, 28)


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
