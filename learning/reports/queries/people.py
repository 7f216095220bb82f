"""The people of an organization as they stood on a day, by the page."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    union_all,
)

from learning.accounts.models import Person
from learning.database import fetch
from learning.domain.figures import NO_AUDIENCE
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
    UnitCompletion,
)
from learning.progress.queries import end_of
from learning.reports.queries.rows import PersonRow, ReportedCourse
from learning.web.clock import zone

PER_PAGE = 25
EVERYBODY = 10**9  # more than there are
CREDITED = "credited"  # completed by training done elsewhere


@dataclass(frozen=True, slots=True)
class PeopleOrder:
    """How people are listed: by their names as Vietnamese sorts them, or by the day when they completed the course."""

    by_day: bool = False
    is_descending: bool = False

    def keys(self, name: ColumnElement[Any], day: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
        """Return what to sort by; who has not completed comes last either way."""
        first = day if self.by_day else name
        turned = first.desc() if self.is_descending else first.asc()
        return (turned.nulls_last(), name) if self.by_day else (turned,)


def _was(moment: datetime | None, closed_at: datetime) -> bool:
    return moment is not None and moment < closed_at


BY_NAME = PeopleOrder()


def course_state(started_at: datetime | None, completed_at: datetime | None, closed_at: datetime) -> str:
    """Return how far somebody enrolled was in a course when the day closed."""
    if _was(completed_at, closed_at):
        return "completed"
    return "started" if _was(started_at, closed_at) else "enrolled"


def unit_state(
    state: str, completed_at: datetime | None, failed_at: datetime | None, closed_at: datetime
) -> str:
    """Return how far somebody who had begun a unit was in it when the day closed; `state` is the one of now."""
    if _was(completed_at, closed_at):
        return state
    return "failed" if _was(failed_at, closed_at) else "in_progress"


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some of the people of an organization, and how many there are."""

    rows: tuple[PersonRow, ...] = ()
    total: int = 0
    page: int | None = 1
    pages: int = 1


_AUDIENCE = bindparam("audience", type_=Enrollment.audience.type)
_closed_at = bindparam("closed_at", type_=Enrollment.enrolled_at.type)
_ORGANIZATION: BindParameter[int] = bindparam("organization", type_=Person.id.type)
_LIMIT: BindParameter[int] = bindparam("limit", type_=Integer())
_OFFSET: BindParameter[int] = bindparam("offset", type_=Integer())
_ENROLLED_THERE = and_(
    PLACE_THEN.organization_id == _ORGANIZATION,
    PLACE_THEN.is_counted,
    Enrollment.enrolled_at < _closed_at,
    or_(_AUDIENCE == NO_AUDIENCE, PLACE_THEN.audience == _AUDIENCE),
)
# Who stands there is of the organization now, and its people have an index in the order of their names; or she has
# left since, and a change tells of it. Each of both is read for itself, and no further than a page needs.
_OF_NOW = and_(Person.organization_id == _ORGANIZATION, Enrollment.course_id == bindparam("course"))
_LEFT_SINCE = and_(
    Person.organization_id != _ORGANIZATION,
    Enrollment.course_id + 0
    == bindparam("course"),  # no index: SQLite would read all people of the course by it
    Enrollment.id.in_(
        select(EnrollmentChange.enrollment_id).where(
            EnrollmentChange.organization_id == _ORGANIZATION, EnrollmentChange.changed_at >= _closed_at
        )
    ),
)
_DONE = case((_closed_at > COURSE_COMPLETED_THEN, COURSE_COMPLETED_THEN)).label("done")


def _some_people(where: ColumnElement[bool], order: PeopleOrder) -> Select[*tuple[Any, ...]]:
    people = (
        select(
            Person.id,
            Person.name,
            Person.username,
            Person.sort_key,
            Enrollment.id.label("enrollment_id"),
            Enrollment.started_at,
            Enrollment.is_credited,
            PLACE_THEN.due_on.label("due_on"),
            _DONE,
        )
        .join(Enrollment, Enrollment.person_id == Person.id)
        .outerjoin(EnrollmentChange, enrollment_changed_after(_closed_at))
        .outerjoin(EnrollmentCorrection, enrollment_corrected_after(_closed_at))
        .where(where, _ENROLLED_THERE)
        .order_by(*order.keys(Person.sort_key.expression, _DONE), Person.id)
        .limit(_LIMIT + _OFFSET)
        .subquery()
    )
    return select(*people.c)


@lru_cache(maxsize=8)
def _statement(order: PeopleOrder) -> Select[*tuple[Any, ...]]:
    """Select some of the people, each with the units that she had begun: "12:passed,13:in_progress"."""
    both = union_all(_some_people(_OF_NOW, order), _some_people(_LEFT_SINCE, order)).subquery()
    people = (
        select(*both.c)
        .order_by(*order.keys(both.c.sort_key, both.c.done), both.c.id)
        .limit(_LIMIT)
        .offset(_OFFSET)
        .subquery()
    )
    # What `unit_state` says, without its moments, of which there may be tens of thousands.
    state = case(
        (and_(UNIT_THEN.completed_at < _closed_at, UnitCompletion.is_credited), CREDITED),
        (UNIT_THEN.completed_at < _closed_at, UNIT_THEN.state),
        (UNIT_THEN.failed_at < _closed_at, "failed"),
        else_="in_progress",
    )
    units = (
        select(func.aggregate_strings(cast(UnitCompletion.unit_id, String).concat(":").concat(state), ","))
        .select_from(UnitCompletion)
        .outerjoin(CompletionCorrection, unit_corrected_after(_closed_at))
        .where(
            UnitCompletion.enrollment_id == people.c.enrollment_id,
            UnitCompletion.started_at < _closed_at,
            or_(UnitCompletion.superseded_at.is_(None), UnitCompletion.superseded_at >= _closed_at),
        )
        .scalar_subquery()
    )
    return select(
        people.c.id,
        people.c.name,
        people.c.username,
        people.c.started_at,
        people.c.is_credited,
        people.c.done,
        people.c.due_on,
        units.label("units"),
    ).order_by(*order.keys(people.c.sort_key, people.c.done), people.c.id)


def list_people(
    organization_id: int,
    course: ReportedCourse,
    as_of: date,
    *,
    total: int,
    page: int | None,
    order: PeopleOrder,
    audience: str = NO_AUDIENCE,
) -> PeoplePage:
    """Return the people enrolled at the organization itself as they stood then, in the order asked for.

    There are `total` of them, as the ledger says: counting them would read all of them for each page.
    """
    closed_at = end_of(as_of, zone())
    pages = max(1, -(-total // PER_PAGE))
    number = None if page is None else min(page, pages)
    limit, offset = (EVERYBODY, 0) if number is None else (PER_PAGE, (number - 1) * PER_PAGE)
    unit_ids = tuple(str(unit_id) for unit_id, _slug, _title in course.units)

    @cache  # thousands of people share dozens of states
    def states(begun: str | None) -> tuple[str, ...]:
        state_of = dict(pair.split(":") for pair in begun.split(",")) if begun else {}
        return tuple(state_of.get(unit_id, "not_started") for unit_id in unit_ids)

    rows = (
        PersonRow(
            id=row.id,
            name=row.name,
            username=row.username,
            state=CREDITED
            if row.done and row.is_credited
            else course_state(row.started_at, row.done, closed_at),
            completed_at=row.done,
            due_on=row.due_on,
            is_overdue=row.due_on is not None and row.done is None and row.due_on < as_of,
            units=states(row.units),
        )
        for row in fetch(
            _statement(order),
            organization=organization_id,
            course=course.id,
            closed_at=closed_at,
            audience=audience,
            limit=limit,
            offset=offset,
        )
    )
    return PeoplePage(tuple(rows), total, number, pages)
