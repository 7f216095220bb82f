"""Reading enrollments, completions and the ledger of figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    except_,
    func,
    literal,
    select,
    true,
    union_all,
)

from learning.courses.models import Course, Unit
from learning.database import current_session, fetch
from learning.domain.figures import STANDING, Measure
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.progress.models import (
    Enrollment,
    FigureDue,
    FigureEntry,
    FigureSum,
    UnitCompletion,
)

ALL = "all"  # the period of a sum of all entries


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


@dataclass(frozen=True, slots=True)
class WrongSum:
    """A row of sums that is not what the entries of the ledger amount to."""

    organization_id: int
    course_id: int
    unit_id: int | None
    period: str


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which the day closes in the zone."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


# --- Sums of the ledger


def month_period(day: date) -> str:
    """Return the period of the day's month."""
    return f"m{day.isoformat()[:7]}"


def day_period(day: date) -> str:
    """Return the period of the day."""
    return f"d{day.isoformat()}"


def periods_of(day: date) -> tuple[str, str, str]:
    """Return the periods to which an entry recorded on the day adds."""
    return ALL, month_period(day), day_period(day)


_PLACE = (FigureSum.organization_id, FigureSum.course_id, FigureSum.unit_id)
_MEASURES = tuple(getattr(FigureSum, measure.value) for measure in STANDING)
_NO_UNIT = func.coalesce(FigureSum.unit_id, 0) == 0  # as the index has it


@lru_cache(maxsize=64)
def _standing(paths: tuple[str, ...], *, with_units: bool) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the statement that reads what stood at the organizations of a scope: all, less what came since.

    On the present day nothing came since, so that only sums of everything are read.
    """
    here = and_(
        FigureSum.course_id.in_(bindparam("courses", expanding=True)),
        true() if with_units else _NO_UNIT,
        within(paths),
    )
    since = (
        and_(FigureSum.period > bindparam("month"), FigureSum.period < "n"),
        and_(FigureSum.period > bindparam("day"), FigureSum.period < bindparam("month_end")),
    )
    places = select(*_PLACE).join(Organization, Organization.id == FigureSum.organization_id).where(here)
    return union_all(
        places.add_columns(*_MEASURES).where(FigureSum.period == ALL),
        *(
            places.add_columns(*(-func.sum(measure) for measure in _MEASURES))
            .where(condition)
            .group_by(*_PLACE)
            for condition in since
        ),
    )


def list_standing(
    paths: Iterable[str], course_ids: Sequence[int], as_of: date, *, with_units: bool = True
) -> list[Standing]:
    """Return what stood at the end of the day at each organization of the scope, in one statement.

    Places where nothing ever stood are left out; without units only the courses' own figures are read.
    """
    month = month_period(as_of)
    rows = fetch(
        _standing(tuple(paths), with_units=with_units),
        courses=list(course_ids),
        month=month,
        day=day_period(as_of),
        month_end=f"d{month[1:]}-99",
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


def recounted_sums() -> CompoundSelect[*tuple[Any, ...]]:
    """Select anew from the ledger what the table of sums should hold: days, of them months, of them all."""
    date_text = cast(FigureEntry.recorded_on, String(10))
    by_day = _summed(
        FigureEntry,
        literal("d") + date_text,
        {m: case((FigureEntry.measure == m, FigureEntry.n), else_=0) for m in STANDING},
        FigureEntry.measure.in_(STANDING),
    ).cte("by_day")
    month = literal("m") + func.substr(by_day.c.period, 2, 7)
    by_month = _summed(by_day.c, month, {m: by_day.c[m.value] for m in STANDING}).cte("by_month")
    ever = _summed(by_month.c, literal(ALL), {m: by_month.c[m.value] for m in STANDING})
    return union_all(select(by_day), select(by_month), ever)


def _summed(
    source: Any, period: ColumnElement[str], measures: Mapping[Measure, Any], *conditions: Any
) -> Select[*tuple[Any, ...]]:
    """Select the sums of the measures by place and period."""
    rows = (
        select(
            source.course_id,
            period.label("period"),
            source.unit_id,
            source.organization_id,
            *(n.label(measure.value) for measure, n in measures.items()),
        )
        .where(*conditions)
        .subquery()
    )
    key = (rows.c.course_id, rows.c.period, rows.c.unit_id, rows.c.organization_id)
    return select(*key, *(func.sum(rows.c[m.value]).label(m.value) for m in measures)).group_by(*key)


def find_wrong_sums() -> list[WrongSum]:
    """Return every row of sums that the ledger does not bear out, and every one that is missing."""
    counted = recounted_sums().subquery()
    stored = select(
        FigureSum.course_id, FigureSum.period, FigureSum.unit_id, FigureSum.organization_id, *_MEASURES
    )
    unlike = union_all(
        select(except_(select(counted), stored).subquery()),
        select(except_(stored, select(counted)).subquery()),
    ).subquery()
    place = (unlike.c.organization_id, unlike.c.course_id, unlike.c.unit_id, unlike.c.period)
    rows = {WrongSum(*row) for row in current_session().execute(select(*place))}
    return sorted(rows, key=lambda r: (r.course_id, r.organization_id, r.unit_id or 0, r.period))


def recounted_dues() -> CompoundSelect[*tuple[Any, ...]]:
    """Select anew from the ledger what is open by due day, in each period."""
    day = cast(FigureEntry.recorded_on, String(10))
    parts = (literal("d") + day, literal("m") + func.substr(day, 1, 7), literal(ALL))
    return union_all(*(_dues(period) for period in parts))


def _dues(period: ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    rows = (
        select(
            FigureEntry.course_id,
            period.label("period"),
            FigureEntry.organization_id,
            FigureEntry.due_on,
            FigureEntry.n,
        )
        .where(FigureEntry.measure == Measure.OPEN)
        .subquery()
    )
    key = (rows.c.course_id, rows.c.period, rows.c.organization_id, rows.c.due_on)
    return select(*key, func.sum(rows.c.n).label("n")).group_by(*key)


def find_wrong_dues() -> list[WrongSum]:
    """Return every place where what is open by due day is not what the ledger bears out."""
    counted = recounted_dues().subquery()
    stored = select(
        FigureDue.course_id, FigureDue.period, FigureDue.organization_id, FigureDue.due_on, FigureDue.n
    )
    unlike = union_all(
        select(except_(select(counted), stored).subquery()),
        select(except_(stored, select(counted)).subquery()),
    ).subquery()
    place = (unlike.c.organization_id, unlike.c.course_id, literal(None, Unit.id.type), unlike.c.period)
    rows = {WrongSum(*row) for row in current_session().execute(select(*place))}
    return sorted(rows, key=lambda r: (r.course_id, r.organization_id, r.period))


@lru_cache(maxsize=64)
def _overdue(paths: tuple[str, ...]) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the statement that counts what is open past its day: all, less what came since."""
    here = and_(
        FigureDue.course_id.in_(bindparam("courses", expanding=True)),
        FigureDue.due_on < bindparam("as_of"),
        within(paths),
    )
    place = (FigureDue.organization_id, FigureDue.course_id)
    places = select(*place).join(Organization, Organization.id == FigureDue.organization_id).where(here)
    n = func.sum(FigureDue.n)
    since = (
        and_(FigureDue.period > bindparam("month"), FigureDue.period < "n"),
        and_(FigureDue.period > bindparam("day"), FigureDue.period < bindparam("month_end")),
    )
    return union_all(
        places.add_columns(n).where(FigureDue.period == ALL).group_by(*place),
        *(places.add_columns(-n).where(condition).group_by(*place) for condition in since),
    )


def count_overdue(paths: Iterable[str], course_ids: Sequence[int], as_of: date) -> dict[tuple[int, int], int]:
    """Return how many stood open past their due day when the day closed, by (organization, course)."""
    month = month_period(as_of)
    rows = fetch(
        _overdue(tuple(paths)),
        courses=list(course_ids),
        as_of=as_of,
        month=month,
        day=day_period(as_of),
        month_end=f"d{month[1:]}-99",
    )
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for organization_id, course_id, n in map(tuple, rows):
        counts[organization_id, course_id] += int(n)
    return {place: n for place, n in counts.items() if n}


# --- One person


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """How a person stands in a unit."""

    state: str
    completed_at: datetime | None


_CYCLE = select(Enrollment.cycle).where(
    Enrollment.person_id == bindparam("person"),
    Enrollment.course_id == bindparam("course"),
    Enrollment.is_current,
)


def current_cycle(person_id: int, course_id: int) -> int:
    """Return in which cycle of a course a person is; who is not enrolled begins with the first."""
    return fetch(_CYCLE, person=person_id, course=course_id).scalar_one_or_none() or 1


def get_unit_state(person_id: int, course: str, unit: str) -> UnitStanding:
    """Return how a person stands in a unit in its present round, in her current cycle."""
    row = (
        current_session()
        .execute(
            select(UnitCompletion.state, UnitCompletion.completed_at)
            .join(Unit, and_(Unit.id == UnitCompletion.unit_id, Unit.round == UnitCompletion.round))
            .join(Course, Course.id == Unit.course_id)
            .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
            .where(
                UnitCompletion.person_id == person_id,
                Enrollment.is_current,
                Course.slug == course,
                Unit.slug == unit,
            )
        )
        .one_or_none()
    )
    return UnitStanding(row.state, row.completed_at) if row else UnitStanding("not_started", None)
