"""Counting the figures anew from the facts, on any day, to hold them against the ledger."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from learning.courses.models import Unit
from learning.database import current_session
from learning.domain.figures import STANDING, Measure
from learning.progress.history import (
    COURSE_COMPLETED_THEN,
    PLACE_THEN,
    UNIT_THEN,
    enrollment_changed_after,
    enrollment_corrected_after,
    unit_corrected_after,
)
from learning.progress.models import (
    CompletionCorrection,
    Enrollment,
    EnrollmentChange,
    EnrollmentCorrection,
    FigureEntry,
    UnitCompletion,
)
from learning.progress.queries import end_of

# organization, course, unit (None = the course), measure, day when it is due, audience
Place = tuple[int, int, int | None, Measure, date | None, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the ledger and a recount of the facts do not agree."""

    place: Place
    ledger: int
    facts: int


def _ledger_figures(as_of: date) -> Select[*tuple[Any, ...]]:
    """Select what the ledger says stood at the end of the day, zeros left out."""
    total = func.sum(FigureEntry.n)
    return (
        select(
            literal("ledger").label("source"),
            FigureEntry.organization_id,
            FigureEntry.course_id,
            FigureEntry.unit_id,
            FigureEntry.measure,
            FigureEntry.due_on,
            FigureEntry.audience,
            total,
        )
        .where(FigureEntry.recorded_on <= as_of, FigureEntry.measure.in_((*STANDING, Measure.OPEN)))
        .group_by(
            FigureEntry.organization_id,
            FigureEntry.course_id,
            FigureEntry.unit_id,
            FigureEntry.measure,
            FigureEntry.due_on,
            FigureEntry.audience,
        )
        .having(total != 0)
    )


def _recounted_figures(closed_at: datetime) -> list[Select[*tuple[Any, ...]]]:
    """Select the same figures counted anew from enrollments and completions as they stood at a moment."""
    then = UNIT_THEN
    enrollments = (
        (Measure.ENROLLED, Enrollment.enrolled_at < closed_at),
        (Measure.STARTED, Enrollment.started_at < closed_at),
        (Measure.COMPLETED, closed_at > COURSE_COMPLETED_THEN),
    )
    stands = and_(
        UnitCompletion.started_at < closed_at,
        or_(UnitCompletion.superseded_at.is_(None), UnitCompletion.superseded_at >= closed_at),
    )
    finished = and_(stands, then.completed_at < closed_at)
    units = (
        (Measure.STARTED, stands),
        (Measure.COMPLETED, finished),
        (Measure.PASSED, and_(finished, then.state == "passed")),
        (
            Measure.FAILED,
            and_(
                stands,
                then.failed_at < closed_at,
                or_(then.completed_at.is_(None), then.completed_at >= closed_at),
            ),
        ),
    )
    return [
        *(_count_enrollments(measure, condition, closed_at) for measure, condition in enrollments),
        _count_open(closed_at),
        *(_count_completions(measure, condition, closed_at) for measure, condition in units),
    ]


def _count_enrollments(
    measure: Measure, condition: ColumnElement[bool], closed_at: datetime
) -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal("facts").label("source"),
            PLACE_THEN.organization_id,
            Enrollment.course_id,
            literal(None, Unit.id.type).label("unit_id"),
            literal(measure.value).label("measure"),
            literal(None, Enrollment.due_on.type).label("due_on"),
            PLACE_THEN.audience,
            func.count().label("n"),
        )
        .outerjoin(EnrollmentCorrection, enrollment_corrected_after(closed_at))
        .outerjoin(EnrollmentChange, enrollment_changed_after(closed_at))
        .where(condition, PLACE_THEN.is_counted)
        .group_by(PLACE_THEN.organization_id, Enrollment.course_id, PLACE_THEN.audience)
    )


def _count_open(closed_at: datetime) -> Select[*tuple[Any, ...]]:
    """Select how many had a due day and had not completed the course, by that day."""
    is_complete = func.coalesce(closed_at > COURSE_COMPLETED_THEN, false())
    return (
        select(
            literal("facts"),
            PLACE_THEN.organization_id,
            Enrollment.course_id,
            literal(None, Unit.id.type),
            literal(Measure.OPEN.value),
            PLACE_THEN.due_on,
            PLACE_THEN.audience,
            func.count(),
        )
        .outerjoin(EnrollmentCorrection, enrollment_corrected_after(closed_at))
        .outerjoin(EnrollmentChange, enrollment_changed_after(closed_at))
        .where(
            Enrollment.enrolled_at < closed_at,
            PLACE_THEN.due_on.is_not(None),
            PLACE_THEN.is_counted,
            not_(is_complete),
        )
        .group_by(PLACE_THEN.organization_id, Enrollment.course_id, PLACE_THEN.due_on, PLACE_THEN.audience)
    )


def _count_completions(
    measure: Measure, condition: ColumnElement[bool], closed_at: datetime
) -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal("facts").label("source"),
            PLACE_THEN.organization_id,
            Enrollment.course_id,
            UnitCompletion.unit_id,
            literal(measure.value),
            literal(None, Enrollment.due_on.type),
            PLACE_THEN.audience,
            func.count(),
        )
        .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
        .outerjoin(CompletionCorrection, unit_corrected_after(closed_at))
        .outerjoin(EnrollmentChange, enrollment_changed_after(closed_at))
        .where(condition, PLACE_THEN.is_counted)
        .group_by(
            PLACE_THEN.organization_id, Enrollment.course_id, UnitCompletion.unit_id, PLACE_THEN.audience
        )
    )


def find_differences(as_of: date, zone: ZoneInfo) -> list[Difference]:
    """Return every place where the ledger at the end of the day is not what the facts say.

    Both are read in one statement: between two, an event could come in, and would look like a difference.
    """
    parts = [_ledger_figures(as_of), *_recounted_figures(end_of(as_of, zone))]
    figures: dict[str, dict[Place, int]] = {"ledger": {}, "facts": {}}
    for source, organization, course, unit, measure, due_on, audience, n in current_session().execute(
        union_all(*parts)
    ):
        figures[source][organization, course, unit, Measure(measure), due_on, audience] = int(n)
    ledger, facts = figures["ledger"], figures["facts"]
    places = sorted(
        ledger.keys() | facts.keys(), key=lambda p: (p[1], p[0], p[2] or 0, p[3], p[4] or date.min, p[5])
    )
    return [
        Difference(place, ledger.get(place, 0), facts.get(place, 0))
        for place in places
        if ledger.get(place, 0) != facts.get(place, 0)
    ]
