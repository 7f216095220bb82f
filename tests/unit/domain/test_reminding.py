"""Who is reminded on a day, and the days of reports."""

from datetime import date, timedelta

import pytest

from learning.domain.reminding import Outcome, Rhythm, Rules, next_day, outcome_for

TODAY = date(2026, 11, 22)
RULES = Rules(is_on=True, before=7, after=30, every=7)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({}, Outcome.MAIL),
        ({"has_address": False}, Outcome.NO_ADDRESS),
        ({"has_server": False}, Outcome.NO_SERVER),
        ({"is_away": True}, Outcome.AWAY),
        ({"last_on": TODAY - timedelta(days=6)}, Outcome.RECENT),
        ({"last_on": TODAY - timedelta(days=7)}, Outcome.MAIL),
        ({"last_on": TODAY, "is_away": True}, Outcome.AWAY),
    ],
)
def test_each_silence_has_its_reason(facts: dict[str, object], outcome: Outcome) -> None:
    usual: dict[str, object] = {
        "is_away": False, "last_on": None, "has_address": True, "has_server": True
    }  # fmt: skip
    assert outcome_for(RULES, TODAY, **usual | facts) is outcome  # type: ignore[arg-type]  # by name
    off = Rules(is_on=False, before=7, after=30, every=7)
    assert outcome_for(off, TODAY, **usual | facts) is Outcome.OFF  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("rhythm", "day", "following"),
    [
        (Rhythm.WEEKLY, date(2026, 11, 22), date(2026, 11, 23)),
        (Rhythm.WEEKLY, date(2026, 11, 23), date(2026, 11, 30)),
        (Rhythm.MONTHLY, date(2026, 11, 1), date(2026, 12, 1)),
        (Rhythm.MONTHLY, date(2026, 12, 31), date(2027, 1, 1)),
        (Rhythm.QUARTERLY, date(2026, 11, 22), date(2027, 1, 1)),
        (Rhythm.QUARTERLY, date(2026, 1, 1), date(2026, 4, 1)),
        (Rhythm.QUARTERLY, date(2026, 9, 30), date(2026, 10, 1)),
    ],
)
def test_a_report_is_told_of_on_the_first_day_of_its_rhythm(
    rhythm: Rhythm, day: date, following: date
) -> None:
    assert next_day(rhythm, day) == following
