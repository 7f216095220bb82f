"""What an address asks of a report: for which day, whose figures, in which organizations, about which period.

What cannot be answered is told and left aside; the rest counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from learning.domain.figures import NO_AUDIENCE
from learning.domain.membership import AUDIENCE_NAMES, Audience
from learning.domain.periods import Period, Span, usual_periods
from learning.reports.queries.rows import Asked

NOW = "now"
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """The day a report stands for and what else was asked; `faults` are told to the reader."""

    as_of: date
    asked: Asked
    faults: tuple[str, ...] = ()

    @property
    def kept(self) -> dict[str, str]:
        """What an address needs to ask the same again."""
        asked, period = self.asked, self.asked.period
        return {
            "as_of": self.as_of.isoformat(),
            **({"audience": asked.audience} if asked.audience else {}),
            **({"membership": NOW} if asked.is_now else {}),
            **({"wave": asked.wave} if asked.wave else {}),
            **({"from": period.first.isoformat(), "to": period.last.isoformat()} if period else {}),
        }

    def words(self) -> tuple[str, ...]:
        """Say what the report counts, as it stands above the figures."""
        day, period = f"{self.as_of:%d/%m/%Y}", self.asked.period
        first = (
            _("Reporting period: from the beginning to %(day)s", day=day)
            if period is None
            else _(
                "Reporting period: %(first)s to %(last)s; standing on %(day)s",
                first=f"{period.first:%d/%m/%Y}",
                last=f"{period.last:%d/%m/%Y}",
                day=day,
            )
        )
        audience = self.asked.audience
        return (
            first,
            *([_(AUDIENCE_NAMES[Audience(audience)])] if audience else []),
            *([_("organizations as they are today")] if self.asked.is_now else []),
            *([_("Round: %(title)s", title=self.asked.wave)] if self.asked.wave else []),
        )


def read_filters(fields: Mapping[str, str], today: date) -> Filters:
    """Return what the fields of an address ask for; a day to come is today."""
    faults: list[str] = []
    first, last = (_day(fields, name, faults) for name in ("from", "to"))
    none_such: list[str] = []
    as_of = _day(fields, "as_of", none_such)
    if none_such or (as_of is not None and as_of > today):
        faults.append(
            _("There are no figures of that day; these are of today, %(day)s.", day=f"{today:%d/%m/%Y}")
        )
        as_of = today
    as_of = as_of or min(last or today, today)
    period = None
    if first is not None:
        period = Period(first, last or as_of)
    elif last is not None:
        faults.append(_("A period needs its first day; without it everything from the beginning counts."))
    if period is not None and period.last < period.first:
        faults.append(_("The period ends before it begins, so it was left aside."))
        period = None
    audience = fields.get("audience", NO_AUDIENCE)
    if audience and audience not in set(Audience):
        faults.append(_("This group is not known, so all people are counted."))
        audience = NO_AUDIENCE
    wave = fields.get("wave", "").strip()[:LONGEST_TITLE]
    if wave and (as_of != today or period is not None):
        faults.append(_("A round is counted as it stands today, without a period."))
        as_of, period = today, None
    return Filters(as_of, Asked(audience, fields.get("membership") == NOW, period, wave), tuple(faults))


def _day(fields: Mapping[str, str], name: str, faults: list[str]) -> date | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.append(_("“%(text)s” is no day, so it was left aside.", text=text[:40]))
        return None


def usual(today: date) -> list[tuple[str, Period]]:
    """Return the periods that offices usually report on, with their names."""
    return [(_name(span, period), period) for span, period in usual_periods(today)]


def _name(span: Span, period: Period) -> Any:
    year, month = str(period.first.year), str(period.first.month)
    if span is Span.MONTH:
        return _("Month %(month)s/%(year)s", month=month, year=year)
    if span is Span.QUARTER:
        quarter = ("I", "II", "III", "IV")[period.first.month // 3]
        return _("Quarter %(quarter)s/%(year)s", quarter=quarter, year=year)
    if span is Span.SIX_MONTHS:
        return _("First 6 months of %(year)s", year=year)
    if span is Span.NINE_MONTHS:
        return _("First 9 months of %(year)s", year=year)
    return _("Year %(year)s", year=year)
