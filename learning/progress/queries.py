"""Reading enrollments, completions and the ledger of figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all

from learning.accounts.models import Person
from learning.courses.models import Course, Document, Revision, Unit
from learning.database import current_session
from learning.domain.figures import STANDING, Measure
from learning.organizations.models import Organization
from learning.organizations.queries import at_or_below, within
from learning.progress.models import Assignment, Enrollment, FigureEntry, UnitCompletion

Place = tuple[int, int, int | None, Measure]  # organization, course, unit (None = the course), measure
CYCLE = 1  # the only one until courses expire


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """An assignment as the list shows it; `people` are those enrolled in the course at or below it."""

    id: int
    title: str
    course_title: str
    organization_name: str
    created_at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class AssignmentEntry:
    """An assignment as programs list it: the things it joins by their keys."""

    id: int
    title: str
    course: str
    organization: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the ledger and a recount of the facts do not agree."""

    place: Place
    ledger: int
    facts: int


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which the day closes in the zone."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


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
            total,
        )
        .where(FigureEntry.recorded_on <= as_of, FigureEntry.measure.in_(STANDING))
        .group_by(
            FigureEntry.organization_id, FigureEntry.course_id, FigureEntry.unit_id, FigureEntry.measure
        )
        .having(total != 0)
    )


def _recounted_figures(closed_at: datetime) -> list[Select[*tuple[Any, ...]]]:
    """Select the same figures counted anew from enrollments and completions as they stood at a moment."""
    enrollments = (
        (Measure.ENROLLED, Enrollment.enrolled_at < closed_at),
        (Measure.STARTED, Enrollment.started_at < closed_at),
        (Measure.COMPLETED, Enrollment.completed_at < closed_at),
    )
    stands = and_(
        UnitCompletion.started_at < closed_at,
        or_(UnitCompletion.superseded_at.is_(None), UnitCompletion.superseded_at >= closed_at),
    )
    finished = and_(stands, UnitCompletion.completed_at < closed_at)
    units = (
        (Measure.STARTED, stands),
        (Measure.COMPLETED, finished),
        (Measure.PASSED, and_(finished, UnitCompletion.state == "passed")),
        (
            Measure.FAILED,
            and_(
                stands,
                UnitCompletion.failed_at < closed_at,
                or_(UnitCompletion.completed_at.is_(None), UnitCompletion.completed_at >= closed_at),
            ),
        ),
    )
    return [
        *(_count_enrollments(measure, condition) for measure, condition in enrollments),
        *(_count_completions(measure, condition) for measure, condition in units),
    ]


def _count_enrollments(measure: Measure, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal("facts").label("source"),
            Enrollment.organization_id,
            Enrollment.course_id,
            literal(None, Unit.id.type).label("unit_id"),
            literal(measure.value).label("measure"),
            func.count().label("n"),
        )
        .where(condition)
        .group_by(Enrollment.organization_id, Enrollment.course_id)
    )


def _count_completions(measure: Measure, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal("facts").label("source"),
            Enrollment.organization_id,
            Enrollment.course_id,
            UnitCompletion.unit_id,
            literal(measure.value),
            func.count(),
        )
        .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
        .where(condition)
        .group_by(Enrollment.organization_id, Enrollment.course_id, UnitCompletion.unit_id)
    )


def find_differences(as_of: date, zone: ZoneInfo) -> list[Difference]:
    """Return every place where the ledger at the end of the day is not what the facts say.

    Both are read in one statement: between two, an event could come in, and would look like a difference.
    """
    parts = [_ledger_figures(as_of), *_recounted_figures(end_of(as_of, zone))]
    figures: dict[str, dict[Place, int]] = {"ledger": {}, "facts": {}}
    for source, organization, course, unit, measure, n in current_session().execute(union_all(*parts)):
        figures[source][organization, course, unit, Measure(measure)] = int(n)
    ledger, facts = figures["ledger"], figures["facts"]
    places = sorted(ledger.keys() | facts.keys(), key=lambda p: (p[1], p[0], p[2] or 0, p[3]))
    return [
        Difference(place, ledger.get(place, 0), facts.get(place, 0))
        for place in places
        if ledger.get(place, 0) != facts.get(place, 0)
    ]


def count_enrollable(course_id: int, organization_path: str) -> int:
    """Return how many people at or below the organization are not yet enrolled in the course."""
    return (
        current_session().scalar(
            select(func.count()).select_from(enrollable(course_id, (organization_path,)).subquery())
        )
        or 0
    )


def enrollable(course_id: int, paths: Iterable[str]) -> Select[int, int]:
    """Select (person, her organization) of people within the paths whom the course is still to be given to."""
    return (
        select(Person.id, Person.organization_id)
        .join(Organization, Organization.id == Person.organization_id)
        .outerjoin(
            Enrollment,
            and_(
                Enrollment.person_id == Person.id,
                Enrollment.course_id == course_id,
                Enrollment.cycle == CYCLE,
            ),
        )
        .where(Enrollment.id.is_(None), Person.disabled_at.is_(None), within(paths))
        .order_by(Person.id)
    )


def list_assignments(paths: Iterable[str]) -> list[AssignmentRow]:
    """Return the standing assignments to organizations of the scope, the newest first."""
    people = (
        select(func.count())
        .select_from(Enrollment)
        .where(Enrollment.course_id == Assignment.course_id)
        .where(Enrollment.organization_id.in_(_organizations_below()))
        .correlate(Assignment, Organization)
        .scalar_subquery()
    )
    rows = current_session().execute(
        select(
            Assignment.id,
            Assignment.title,
            Revision.title,
            Organization.name,
            Assignment.created_at,
            people,
        )
        .join(Organization, Organization.id == Assignment.organization_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(
            Document,
            and_(
                Document.course_id == Course.id,
                Document.kind == "course",
                Document.language == Course.language,
            ),
        )
        .join(Revision, Revision.id == Document.published_id)
        .where(within(paths), Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.created_at.desc(), Assignment.id.desc())
    )
    return [AssignmentRow(*row) for row in rows]


def list_assignment_page(paths: Iterable[str], *, before: int | None, limit: int) -> list[AssignmentEntry]:
    """Return up to `limit` standing assignments of the scope whose id is below `before`, the newest first."""
    statement = (
        select(
            Assignment.id,
            Assignment.title,
            Course.slug,
            Organization.code,
            Assignment.created_at,
        )
        .join(Organization, Organization.id == Assignment.organization_id)
        .join(Course, Course.id == Assignment.course_id)
        .where(within(paths), Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Assignment.id < before)
    return [AssignmentEntry(*row) for row in current_session().execute(statement)]


def _organizations_below() -> Select[int]:
    from_below = Organization.__table__.alias("below")
    return (
        select(from_below.c.id)
        .where(at_or_below(from_below.c.path, Organization.path))
        .correlate(Organization)
    )
