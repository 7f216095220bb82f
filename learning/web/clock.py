"""The time of a request; tests put their own clock in its place."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import current_app


def system_clock() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the application's present moment."""
    moment: datetime = current_app.config["CLOCK"]()
    return moment


def zone() -> ZoneInfo:
    """Return the site's zone, at whose midnight a day closes."""
    site_zone: ZoneInfo = current_app.config["ZONE"]
    return site_zone


def today() -> date:
    """Return the site's present day."""
    return now().astimezone(zone()).date()
