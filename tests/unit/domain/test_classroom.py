"""Codes of sessions, and entries for calendars."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.calendar_entry import CalendarEntry
from learning.domain.classroom import CodeRules, code_at, is_right_code, read_code, seconds_left

RULES = CodeRules(timedelta(minutes=5), timedelta(minutes=30), timedelta(minutes=30))
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = bytes(range(16))


def after(**lengths: float) -> datetime:
    return START + timedelta(**lengths)


def test_a_code_counts_while_it_and_the_next_one_are_shown() -> None:
    code = code_at(KEY, RULES, START)
    assert code_at(KEY, RULES, after(minutes=4.9)) == code
    assert is_right_code(KEY, RULES, code, after(minutes=9.9))
    assert not is_right_code(KEY, RULES, code, after(minutes=10))
    assert not is_right_code(KEY, RULES, code, after(minutes=-0.1))
    assert not is_right_code(KEY, RULES, code, after(days=1))


def test_codes_of_two_sessions_differ() -> None:
    assert code_at(KEY, RULES, START) != code_at(b"x" * 16, RULES, START)


def test_the_time_until_the_next_code_ends_with_it() -> None:
    assert seconds_left(RULES, START) == 300
    assert seconds_left(RULES, after(seconds=299)) == 1


@pytest.mark.parametrize(
    ("minutes", "is_open"), [(-31, False), (-30, True), (0, True), (150, True), (151, False)]
)
def test_codes_count_around_the_session_alone(minutes: int, is_open: bool) -> None:
    assert RULES.is_open(START, after(hours=2), after(minutes=minutes)) == is_open


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("123-456", "123456"),
        ("١٢٣٤٥٦", "123456"),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("", None),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, code: str | None) -> None:
    assert read_code(typed) == code


def entry(title: str = "Buổi thử", note: str = "") -> bytes:
    return CalendarEntry(
        "session-1@localhost",
        title,
        "Nhà văn hóa; tầng 2, phòng 1",
        note,
        START,
        after(hours=2),
        START,
        False,
    ).file()


def test_a_calendar_entry_escapes_what_has_a_meaning() -> None:
    lines = entry(note="Một\nhai \\ ba\r\nEND:VEVENT").decode().split("\r\n")
    assert "LOCATION:Nhà văn hóa\\; tầng 2\\, phòng 1" in lines
    assert "DESCRIPTION:Một\\nhai \\\\ ba\\nEND:VEVENT" in lines
    assert "DTSTART:20261122T120000Z" in lines
    assert lines.count("END:VEVENT") == 1


@given(st.text(max_size=200))
def test_no_line_of_a_calendar_entry_is_too_long_or_breaks_a_letter(title: str) -> None:
    try:
        title.encode()
    except UnicodeEncodeError:
        return
    data = entry(title)
    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert all(line.decode() is not None for line in lines)
    assert data.decode().replace("\r\n ", "").count("\r\n") == 17
