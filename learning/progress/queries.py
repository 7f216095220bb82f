"""Reading enrollments and completions."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import (
    and_,
    bindparam,
    select,
)

from learning.courses.models import Course, Unit
from learning.database import current_session, fetch
from learning.progress.models import (
    Enrollment,
    UnitCompletion,
)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which the day closes in the zone."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


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
