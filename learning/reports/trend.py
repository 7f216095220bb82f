"""How a course goes by months over the reader's scope, and one period beside the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from learning.domain.figures import Measure
from learning.domain.periods import Period, Span, period_of
from learning.domain.validity import add_months
from learning.progress.figures import MonthFigures, count_overdue, list_flows, list_months, list_standing
from learning.reports.queries import Asked, get_reported_course
from learning.reports.queries.rows import Happened

MONTHS = 12


@dataclass(frozen=True, slots=True)
class TrendMonth:
    """What stood when a month closed, and how many completed in it."""

    closes_on: date
    enrolled: int
    completed: int
    overdue: int
    did_complete: int


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """What stood at the end of a period, or stands today in one that runs, and what happened in it."""

    period: Period
    stands_on: date
    enrolled: int
    started: int
    completed: int
    overdue: int
    happened: Happened


@dataclass(frozen=True, slots=True)
class Trend:
    """The months of a course up to a day, the oldest first; a period and the one before it."""

    course_slug: str
    course_title: str
    months: tuple[TrendMonth, ...]
    before: PeriodFigures
    after: PeriodFigures

    @property
    def most(self) -> int:
        """The largest figure of all months, at least 1."""
        return max((month.enrolled for month in self.months), default=0) or 1


def trend(paths: Sequence[str], course_slug: str, as_of: date, *, asked: Asked) -> Trend:
    """Return how a course went in the scope, with organizations as they were then; raises NotFound."""
    course = get_reported_course(course_slug)
    asked = replace(asked, is_now=False)
    first = add_months(as_of.replace(day=1), 1 - MONTHS)
    months = list_months(paths, (course.id,), first, as_of, audience=asked.audience)
    period = asked.period or period_of(Span.QUARTER, as_of)
    return Trend(
        course.slug,
        course.title,
        tuple(map(_month, months)),
        _figures(paths, course.id, period.before(), as_of, asked),
        _figures(paths, course.id, period, as_of, asked),
    )


def _month(month: MonthFigures) -> TrendMonth:
    return TrendMonth(
        month.closes_on,
        month.standing[Measure.ENROLLED],
        month.standing[Measure.COMPLETED],
        month.overdue,
        month.flows[Measure.DID_COMPLETE],
    )


def _figures(
    paths: Sequence[str], course_id: int, period: Period, as_of: date, asked: Asked
) -> PeriodFigures:
    day, audience = min(period.last, as_of), asked.audience
    standing = list_standing(paths, (course_id,), day, with_units=False, audience=audience)
    flows = list_flows(paths, (course_id,), period.first, period.last, audience=audience)
    overdue = count_overdue(paths, (course_id,), day, audience=audience)
    return PeriodFigures(
        period,
        day,
        enrolled=sum(row.enrolled for row in standing),
        started=sum(row.started for row in standing),
        completed=sum(row.completed for row in standing),
        overdue=sum(overdue.values()),
        happened=Happened(
            sum(flow.did_start for flow in flows),
            sum(flow.did_complete for flow in flows),
            sum(flow.joined for flow in flows),
            sum(flow.left for flow in flows),
        ),
    )
