"""When something is recorded."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is recorded: the instant, and the site's day it falls on."""

    at: datetime
    day: date

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> "Moment":
        """Return the moment with its day in the zone."""
        return cls(at, at.astimezone(zone).date())
