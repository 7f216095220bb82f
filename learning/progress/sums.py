"""Holding the sums that reports read against the entries of the ledger, and making them anew from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    case,
    cast,
    except_,
    func,
    literal,
    select,
    true,
    union_all,
)

from learning.courses.models import Unit
from learning.database import current_session
from learning.domain.figures import NO_AUDIENCE, Measure
from learning.progress.figures import ALL, SUMMED
from learning.progress.models import FigureDue, FigureEntry, FigureSum

_SUMS = tuple(getattr(FigureSum, measure.value) for measure in SUMMED)


@dataclass(frozen=True, slots=True)
class WrongSum:
    """A row of sums that is not what the entries of the ledger amount to."""

    organization_id: int
    course_id: int
    unit_id: int | None
    period: str
    audience: str


def recounted_sums() -> CompoundSelect[*tuple[Any, ...]]:
    """Select anew from the ledger what the table of sums should hold: days, of them months, of them all."""
    date_text = cast(FigureEntry.recorded_on, String(10))
    by_day = _summed(
        FigureEntry,
        literal("d") + date_text,
        {m: case((FigureEntry.measure == m, FigureEntry.n), else_=0) for m in SUMMED},
        FigureEntry.measure.in_(SUMMED),
    ).cte("by_day")
    month = literal("m") + func.substr(by_day.c.period, 2, 7)
    by_month = _summed(by_day.c, month, {m: by_day.c[m.value] for m in SUMMED}).cte("by_month")
    ever = _summed(by_month.c, literal(ALL), {m: by_month.c[m.value] for m in SUMMED}).cte("ever")
    parts = [(table, table.c.period) for table in (by_day, by_month, ever)]
    return union_all(
        *(select(table).where(table.c.audience != NO_AUDIENCE) for table, _period in parts),
        *(
            _summed(table.c, period, {m: table.c[m.value] for m in SUMMED}, by_audience=False)
            for table, period in parts
        ),
    )


def _summed(
    source: Any,
    period: ColumnElement[str],
    measures: Mapping[Measure, Any],
    *conditions: Any,
    by_audience: bool = True,
) -> Select[*tuple[Any, ...]]:
    """Select the sums of the measures by place and period, and by audience or over everybody."""
    rows = (
        select(
            source.course_id,
            period.label("period"),
            source.unit_id,
            source.organization_id,
            (source.audience if by_audience else literal(NO_AUDIENCE)).label("audience"),
            *(n.label(measure.value) for measure, n in measures.items()),
        )
        .where(*conditions)
        .subquery()
    )
    key = (rows.c.course_id, rows.c.period, rows.c.unit_id, rows.c.organization_id, rows.c.audience)
    return select(*key, *(func.sum(rows.c[m.value]).label(m.value) for m in measures)).group_by(*key)


def find_wrong_sums() -> list[WrongSum]:
    """Return every row of sums that the ledger does not bear out, and every one that is missing."""
    counted = recounted_sums().subquery()
    stored = select(
        FigureSum.course_id,
        FigureSum.period,
        FigureSum.unit_id,
        FigureSum.organization_id,
        FigureSum.audience,
        *_SUMS,
    )
    unlike = union_all(
        select(except_(select(counted), stored).subquery()),
        select(except_(stored, select(counted)).subquery()),
    ).subquery()
    c = unlike.c
    return _wrong(select(c.organization_id, c.course_id, c.unit_id, c.period, c.audience))


def _wrong(places: Select[*tuple[Any, ...]]) -> list[WrongSum]:
    rows = {WrongSum(*row) for row in current_session().execute(places)}
    return sorted(rows, key=lambda r: (r.course_id, r.organization_id, r.unit_id or 0, r.period, r.audience))


def recounted_dues() -> CompoundSelect[*tuple[Any, ...]]:
    """Select anew from the ledger what is open by due day, in each period."""
    day = cast(FigureEntry.recorded_on, String(10))
    parts = (literal("d") + day, literal("m") + func.substr(day, 1, 7), literal(ALL))
    return union_all(*(_dues(period, by_audience=each) for period in parts for each in (True, False)))


def _dues(period: ColumnElement[str], *, by_audience: bool) -> Select[*tuple[Any, ...]]:
    rows = (
        select(
            FigureEntry.course_id,
            period.label("period"),
            FigureEntry.organization_id,
            FigureEntry.due_on,
            (FigureEntry.audience if by_audience else literal(NO_AUDIENCE)).label("audience"),
            FigureEntry.n,
        )
        .where(
            FigureEntry.measure == Measure.OPEN,
            FigureEntry.audience != NO_AUDIENCE if by_audience else true(),
        )
        .subquery()
    )
    key = (rows.c.course_id, rows.c.period, rows.c.organization_id, rows.c.due_on, rows.c.audience)
    return select(*key, func.sum(rows.c.n).label("n")).group_by(*key)


def find_wrong_dues() -> list[WrongSum]:
    """Return every place where what is open by due day is not what the ledger bears out."""
    counted = recounted_dues().subquery()
    stored = select(
        FigureDue.course_id,
        FigureDue.period,
        FigureDue.organization_id,
        FigureDue.due_on,
        FigureDue.audience,
        FigureDue.n,
    )
    unlike = union_all(
        select(except_(select(counted), stored).subquery()),
        select(except_(stored, select(counted)).subquery()),
    ).subquery()
    c = unlike.c
    return _wrong(
        select(
            c.organization_id, c.course_id, literal(None, Unit.id.type).label("unit"), c.period, c.audience
        )
    )
