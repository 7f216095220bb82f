"""Reading the sums of the ledger: what stood on a day, what happened in a period, how it went by months.

Every reading is one statement, and so one moment. Sums of everybody have no audience; those of one audience stand
beside them, so that a report reads as many rows with it as without.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from learning.database import fetch
from learning.domain.figures import FLOWS, NO_AUDIENCE, STANDING, Measure
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.progress.models import FigureDue, FigureEntry, FigureSum

ALL = "all"  # the period of a sum of all entries
SUMMED = (*STANDING, *FLOWS)


class Standing(NamedTuple):
    """What stood on a day at one organization itself, in a unit or in the course (None).

    A tuple, because a report makes thousands of them, and a dataclass takes three times as long to make.
    """

    organization_id: int
    course_id: int
    unit_id: int | None
    enrolled: int
    started: int
    completed: int
    passed: int
    failed: int


class Flow(NamedTuple):
    """What happened in a period at one organization itself, in a unit or in the course (None)."""

    organization_id: int
    course_id: int
    unit_id: int | None
    did_start: int
    did_complete: int
    did_pass: int
    did_fail: int
    joined: int
    left: int


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month over all organizations of a scope: what stood when it closed, and what happened in it.

    The last month closes on the day of the reading.
    """

    closes_on: date
    standing: Mapping[Measure, int]
    overdue: int
    flows: Mapping[Measure, int]


# --- Periods


def month_period(day: date) -> str:
    """Return the period of the day's month."""
    return f"m{day.isoformat()[:7]}"


def day_period(day: date) -> str:
    """Return the period of the day."""
    return f"d{day.isoformat()}"


def periods_of(day: date) -> tuple[str, str, str]:
    """Return the periods to which an entry recorded on the day adds."""
    return ALL, month_period(day), day_period(day)


def month_end(day: date) -> date:
    """Return the last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _since(as_of: date) -> dict[str, str]:
    """Return the parameters that bound what was recorded after the day: days of its month, and later months."""
    month = month_period(as_of)
    return {"month": month, "day": day_period(as_of), "month_end": f"d{month[1:]}-99"}


def _recorded_since(table: type[FigureSum] | type[FigureDue]) -> tuple[ColumnElement[bool], ...]:
    return (
        and_(table.period > bindparam("month"), table.period < "n"),
        and_(table.period > bindparam("day"), table.period < bindparam("month_end")),
    )


# --- What stood on a day

_PLACE = (FigureSum.organization_id, FigureSum.course_id, FigureSum.unit_id)
_STOOD = tuple(getattr(FigureSum, measure.value) for measure in STANDING)
_HAPPENED = tuple(getattr(FigureSum, measure.value) for measure in FLOWS)
_NO_UNIT = FigureSum.unit_id.is_(None)  # as the index of courses has it


@lru_cache(maxsize=64)
def _here(paths: tuple[str, ...], *, with_units: bool) -> Select[*tuple[Any, ...]]:
    """Select the places whose sums are read."""
    return (
        select(*_PLACE)
        .join(Organization, Organization.id == FigureSum.organization_id)
        .where(
            FigureSum.course_id.in_(bindparam("courses", expanding=True)),
            FigureSum.audience == bindparam("audience"),
            true() if with_units else _NO_UNIT,
            within(paths),
        )
    )


@lru_cache(maxsize=64)
def _standing(paths: tuple[str, ...], *, with_units: bool) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the statement that reads what stood at the organizations of a scope: all, less what came since.

    On the present day nothing came since, so that only sums of everything are read.
    """
    places = _here(paths, with_units=with_units)
    return union_all(
        places.add_columns(*_STOOD).where(FigureSum.period == ALL),
        *(
            places.add_columns(*(-func.sum(measure) for measure in _STOOD)).where(condition).group_by(*_PLACE)
            for condition in _recorded_since(FigureSum)
        ),
    )


def list_standing(
    paths: Iterable[str],
    course_ids: Sequence[int],
    as_of: date,
    *,
    with_units: bool = True,
    audience: str = NO_AUDIENCE,
) -> list[Standing]:
    """Return what stood at the end of the day at each organization of the scope, in one statement.

    Places where nothing ever stood are left out; without units only the courses' own figures are read. An audience
    keeps to those who were of it then.
    """
    rows = fetch(
        _standing(tuple(paths), with_units=with_units),
        courses=list(course_ids),
        audience=audience,
        **_since(as_of),
    )
    places: dict[tuple[int, int, int | None], Standing] = {}
    for row in map(Standing._make, rows.all()):
        before = places.get(row[:3])
        if before is None:
            places[row[:3]] = row
        else:
            less = (a + int(b) for a, b in zip(before[3:], row[3:], strict=True))
            places[row[:3]] = Standing(*row[:3], *less)
    return list(places.values())


@lru_cache(maxsize=64)
def _overdue(paths: tuple[str, ...]) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the statement that counts what is open past its day: all, less what came since."""
    here = and_(
        FigureDue.course_id.in_(bindparam("courses", expanding=True)),
        FigureDue.audience == bindparam("audience"),
        FigureDue.due_on < bindparam("as_of"),
        within(paths),
    )
    place = (FigureDue.organization_id, FigureDue.course_id)
    places = select(*place).join(Organization, Organization.id == FigureDue.organization_id).where(here)
    n = func.sum(FigureDue.n)
    return union_all(
        places.add_columns(n).where(FigureDue.period == ALL).group_by(*place),
        *(
            places.add_columns(-n).where(condition).group_by(*place)
            for condition in _recorded_since(FigureDue)
        ),
    )


def count_overdue(
    paths: Iterable[str], course_ids: Sequence[int], as_of: date, *, audience: str = NO_AUDIENCE
) -> dict[tuple[int, int], int]:
    """Return how many stood open past their due day when the day closed, by (organization, course)."""
    rows = fetch(
        _overdue(tuple(paths)), courses=list(course_ids), audience=audience, as_of=as_of, **_since(as_of)
    )
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for organization_id, course_id, n in map(tuple, rows):
        counts[organization_id, course_id] += int(n)
    return {place: n for place, n in counts.items() if n}


# --- What happened in a period

_NOTHING = Flow(0, 0, None, *[0] * len(FLOWS))
_RANGES = 3  # the days of the first month, whole months, the days of the last month


@lru_cache(maxsize=64)
def _flows(paths: tuple[str, ...], *, with_units: bool) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the statement that reads what happened in three ranges of periods, each from its place in the index."""
    happened = (
        _here(paths, with_units=with_units)
        .add_columns(*(func.sum(measure) for measure in _HAPPENED))
        .group_by(*_PLACE)
    )
    return union_all(
        *(
            happened.where(FigureSum.period.between(bindparam(f"from_{number}"), bindparam(f"to_{number}")))
            for number in range(_RANGES)
        )
    )


def list_flows(
    paths: Iterable[str],
    course_ids: Sequence[int],
    first: date,
    last: date,
    *,
    with_units: bool = False,
    audience: str = NO_AUDIENCE,
) -> list[Flow]:
    """Return what was recorded from the first day to the last at each organization of the scope, in one statement.

    Whole months are read as such, so that a year costs no more than a month and some days.
    """
    bounds = [*_ranges(first, last), *[("x", "w")] * _RANGES][:_RANGES]
    rows = fetch(
        _flows(tuple(paths), with_units=with_units),
        courses=list(course_ids),
        audience=audience,
        **{f"from_{number}": bound[0] for number, bound in enumerate(bounds)},
        **{f"to_{number}": bound[1] for number, bound in enumerate(bounds)},
    )
    places: dict[tuple[int, int, int | None], Flow] = {}
    for row in map(tuple, rows):
        before = places.get(row[:3], _NOTHING)
        places[row[:3]] = Flow(*row[:3], *(a + int(b) for a, b in zip(before[3:], row[3:], strict=True)))
    return list(places.values())


def _ranges(first: date, last: date) -> Iterator[tuple[str, str]]:
    """Yield the ranges of periods that make up the days, each period once."""
    if first > last:
        return
    if first.day > 1:
        end = min(month_end(first), last)
        yield day_period(first), day_period(end)
        first = end + timedelta(days=1)
    if first > last:
        return
    whole = last if last == month_end(last) else last.replace(day=1) - timedelta(days=1)
    if first <= whole:
        yield month_period(first), month_period(whole)
        first = whole + timedelta(days=1)
    if first <= last:
        yield day_period(first), day_period(last)


# --- How it went by months


@lru_cache(maxsize=64)
def _months(paths: tuple[str, ...]) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the statement that reads the months since one of them, and all, for courses as a whole."""
    sums = (
        select(
            FigureSum.period,
            literal(None, FigureDue.due_on.type).label("due_on"),
            *(func.sum(getattr(FigureSum, measure.value)) for measure in SUMMED),
        )
        .join(Organization, Organization.id == FigureSum.organization_id)
        .where(
            FigureSum.course_id.in_(bindparam("courses", expanding=True)),
            FigureSum.audience == bindparam("audience"),
            _NO_UNIT,
            within(paths),
        )
        .group_by(FigureSum.period)
    )
    dues = (
        select(
            FigureDue.period,
            FigureDue.due_on,
            func.sum(FigureDue.n),
            *(literal(0) for _measure in SUMMED[1:]),
        )
        .join(Organization, Organization.id == FigureDue.organization_id)
        .where(
            FigureDue.course_id.in_(bindparam("courses", expanding=True)),
            FigureDue.audience == bindparam("audience"),
            within(paths),
        )
        .group_by(FigureDue.period, FigureDue.due_on)
    )
    return union_all(
        *(sums.where(periods) for periods in _months_of(FigureSum)),
        *(dues.where(periods) for periods in _months_of(FigureDue)),
    )


def _months_of(table: type[FigureSum] | type[FigureDue]) -> tuple[ColumnElement[bool], ...]:
    """Return the ranges of rows: of all, of the months since the first, of the days since the last."""
    _later, days = _recorded_since(table)
    return table.period == ALL, table.period.between(bindparam("first"), "m9999"), days


@dataclass
class _Month:
    """What was recorded in a month, or ever."""

    sums: dict[Measure, int] = field(default_factory=lambda: dict.fromkeys(SUMMED, 0))
    dues: dict[date, int] = field(default_factory=dict)

    def less(self, later: "_Month") -> None:
        """Take off what was recorded later."""
        for measure in SUMMED:
            self.sums[measure] -= later.sums[measure]
        for due_on, n in later.dues.items():
            self.dues[due_on] = self.dues.get(due_on, 0) - n


def list_months(
    paths: Iterable[str], course_ids: Sequence[int], first: date, last: date, *, audience: str = NO_AUDIENCE
) -> list[MonthFigures]:
    """Return the months from that of the first day to that of the last, over the whole scope, in one statement.

    Each is told as it stood when it closed, the last one when the last day did.
    """
    found: dict[str, _Month] = defaultdict(_Month)
    rows = fetch(
        _months(tuple(paths)),
        courses=list(course_ids),
        audience=audience,
        first=month_period(first),
        **{name: bound for name, bound in _since(last).items() if name != "month"},
    )
    for period, due_on, *values in map(tuple, rows):
        if due_on is None:
            found[period].sums = dict(zip(SUMMED, map(int, values), strict=True))
        else:
            found[period].dues[due_on] = int(values[0])
    standing, told = found.pop(ALL, _Month()), []
    last_month = found[month_period(last)]
    for period, recorded in found.items():
        if period > month_period(last):
            standing.less(recorded)
        elif period.startswith("d"):
            standing.less(recorded)
            last_month.less(recorded)
    closes_on = month_end(last)
    while closes_on >= first.replace(day=1):
        month = found.get(month_period(closes_on), _Month())
        told.append(
            MonthFigures(
                min(closes_on, last),
                {measure: standing.sums[measure] for measure in STANDING},
                sum(n for due_on, n in standing.dues.items() if due_on < min(closes_on, last)),
                {measure: month.sums[measure] for measure in FLOWS},
            )
        )
        standing.less(month)
        closes_on = closes_on.replace(day=1) - timedelta(days=1)
    return told[::-1]


# --- What came late

_AUDIENCE = bindparam("audience", type_=FigureEntry.audience.type)


@lru_cache(maxsize=64)
def _late(paths: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    place = (FigureEntry.organization_id, FigureEntry.course_id, FigureEntry.unit_id, FigureEntry.measure)
    return (
        select(*place, func.sum(FigureEntry.n))
        .join(Organization, Organization.id == FigureEntry.organization_id)
        .where(
            FigureEntry.course_id.in_(bindparam("courses", expanding=True)),
            FigureEntry.happened_on < FigureEntry.recorded_on,
            FigureEntry.happened_on.between(bindparam("first"), bindparam("last")),
            FigureEntry.recorded_on > bindparam("last"),
            FigureEntry.measure.in_(FLOWS),
            or_(FigureEntry.audience == _AUDIENCE, _AUDIENCE == NO_AUDIENCE),
            within(paths),
        )
        .group_by(*place)
    )


def list_late(
    paths: Iterable[str],
    course_ids: Sequence[int],
    first: date,
    last: date,
    *,
    audience: str = NO_AUDIENCE,
) -> dict[tuple[int, int, int | None, Measure], int]:
    """Return what happened in a period and was recorded after it, by (organization, course, unit, measure).

    The figures of the period do not have it, and never will: it stands in those of the day of recording.
    """
    rows = fetch(_late(tuple(paths)), courses=list(course_ids), first=first, last=last, audience=audience)
    return {(*place, Measure(measure)): int(n) for *place, measure, n in map(tuple, rows)}
