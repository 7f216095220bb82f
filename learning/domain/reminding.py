"""Who is reminded on a day, by which way, and why others are not; and the days on which reports are told of."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of somebody on a day: told by mail, told on her home page alone and why, or not told and why."""

    MAIL = "mail"
    NO_ADDRESS = "no_address"
    NO_SERVER = "no_server"
    RECENT = "recent"
    AWAY = "away"
    NOTHING = "nothing"
    NO_RIGHT = "no_right"
    DISABLED = "disabled"
    OFF = "off"

    @property
    def is_told(self) -> bool:
        """Whether she is told at all, at least on her home page."""
        return self in TOLD


TOLD = (Outcome.MAIL, Outcome.NO_ADDRESS, Outcome.NO_SERVER)


@dataclass(frozen=True, slots=True)
class Rules:
    """How often and around which days people are reminded, in days."""

    is_on: bool
    before: int
    after: int
    every: int


def told_how(*, has_address: bool, has_server: bool) -> Outcome:
    """Return the way by which somebody is told who is to be told."""
    if not has_server:
        return Outcome.NO_SERVER
    return Outcome.MAIL if has_address else Outcome.NO_ADDRESS


def outcome_for(
    rules: Rules,
    today: date,
    *,
    is_away: bool,
    last_on: date | None,
    has_address: bool,
    has_server: bool,
) -> Outcome:
    """Return what becomes today of somebody for whom something is due."""
    if not rules.is_on:
        return Outcome.OFF
    if is_away:
        return Outcome.AWAY
    if last_on is not None and last_on > today - timedelta(days=rules.every):
        return Outcome.RECENT
    return told_how(has_address=has_address, has_server=has_server)


class Rhythm(StrEnum):
    """How often a report is told of: on Mondays, or on the first day of a month or quarter."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


def next_day(rhythm: Rhythm, after: date) -> date:
    """Return the first day of the rhythm behind a day."""
    if rhythm is Rhythm.WEEKLY:
        return after + timedelta(days=7 - after.weekday())
    months = 1 if rhythm is Rhythm.MONTHLY else 3 - (after.month - 1) % 3
    years, month = divmod(after.month - 1 + months, 12)
    return date(after.year + years, month + 1, 1)
