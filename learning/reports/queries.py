"""The completion report: sums of the ledger inside the reader's scope, names only on drill-down."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, cast, func, or_, select

from learning.accounts.models import Person
from learning.courses.models import Course, Document, Revision, Unit
from learning.database import current_session, fetch
from learning.domain.errors import NotFound
from learning.organizations.models import Organization
from learning.organizations.queries import OrganizationRow, list_within
from learning.progress.history import (
    COURSE_COMPLETED_THEN,
    UNIT_THEN,
    enrollment_corrected_after,
    unit_corrected_after,
)
from learning.progress.models import (
    CompletionCorrection,
    Enrollment,
    EnrollmentCorrection,
    UnitCompletion,
)
from learning.progress.queries import CYCLE, Standing, end_of, list_standing
from learning.web.clock import zone

PER_PAGE = 25


def _rate(completed: int, enrolled: int) -> Fraction | None:
    return Fraction(completed, enrolled) if enrolled else None


@dataclass(frozen=True, slots=True)
class CourseFigures:
    """A course with its figures over the reader's whole scope."""

    slug: str
    title: str
    enrolled: int
    started: int
    completed: int

    @property
    def rate(self) -> Fraction | None:
        """The share of the enrolled who completed, None where nobody is enrolled."""
        return _rate(self.completed, self.enrolled)


@dataclass(frozen=True, slots=True)
class Overview:
    """All courses over the scope."""

    courses: tuple[CourseFigures, ...]
    scope_names: tuple[str, ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit at one organization; `enrolled` are those in the course."""

    started: int
    completed: int
    enrolled: int

    @property
    def rate(self) -> Fraction | None:
        """The share of the enrolled who completed the unit, None where nobody is enrolled."""
        return _rate(self.completed, self.enrolled)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One organization, with everything below it, over a course and its units."""

    code: str
    name: str
    kind: str
    enrolled: int
    started: int
    completed: int
    cells: tuple[Cell, ...]

    @property
    def rate(self) -> Fraction | None:
        """The share of the enrolled who completed, None where nobody is enrolled."""
        return _rate(self.completed, self.enrolled)

    @property
    def has_people(self) -> bool:
        """Whether anybody is enrolled."""
        return self.enrolled > 0


@dataclass(frozen=True, slots=True)
class CourseReport:
    """A course over the organizations of the scope."""

    course_slug: str
    course_title: str
    as_of: date
    units: tuple[tuple[str, str], ...]
    rows: tuple[ReportRow, ...]
    total: ReportRow


class PersonRow(NamedTuple):
    """A person of an organization with her state in each unit of a course.

    A tuple, because a file lists thousands of them, and a dataclass takes three times as long to make.
    """

    id: int
    name: str
    username: str
    state: str
    completed_at: datetime | None
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrganizationReport:
    """One organization: its own people and the organizations directly below it."""

    code: str
    name: str
    course_slug: str
    course_title: str
    courses: tuple[tuple[str, str], ...]
    as_of: date
    units: tuple[tuple[str, str], ...]
    people: tuple[PersonRow, ...]
    people_total: int
    page: int | None
    pages: int
    total: ReportRow
    parents: tuple[tuple[str, str], ...]
    children: tuple[ReportRow, ...]


@dataclass(frozen=True, slots=True)
class _ReportedCourse:
    """A course with the titles of its listed units."""

    id: int
    slug: str
    title: str
    units: tuple[tuple[int, str, str], ...]  # id, slug, title

    @property
    def unit_titles(self) -> tuple[tuple[str, str], ...]:
        return tuple((slug, title) for _id, slug, title in self.units)


def list_course_titles() -> list[tuple[str, str]]:
    """Return slug and title of every published course, in the course's own language."""
    return [(slug, title) for _id, slug, title in _list_courses()]


def _list_courses() -> list[tuple[int, str, str]]:
    return [(row.id, row.slug, row.title) for row in fetch(_COURSES)]


_COURSES = (
    select(Course.id, Course.slug, Revision.title)
    .join(Document, and_(Document.course_id == Course.id, Document.kind == "course"))
    .join(Revision, Revision.id == Document.published_id)
    .where(Course.is_published, Document.language == Course.language)
    .order_by(Course.slug)
)
_COURSE = (
    select(Course.id, Document.kind, Revision.title, Unit.id.label("unit_id"), Unit.slug, Unit.position)
    .join(Document, and_(Document.course_id == Course.id, Document.language == Course.language))
    .join(Revision, Revision.id == Document.published_id)
    .outerjoin(Unit, Unit.id == Document.unit_id)
    .where(Course.slug == bindparam("course"), Course.is_published, Document.kind != "quiz")
)


def _get_course(slug: str) -> _ReportedCourse:
    """Return a published course with its units, in one statement; raises NotFound."""
    rows = fetch(_COURSE, course=slug).all()
    title = next((row.title for row in rows if row.kind == "course"), None)
    if title is None:
        raise NotFound(slug)
    units = sorted((row for row in rows if row.position is not None), key=lambda row: row.position)
    return _ReportedCourse(
        rows[0].id, slug, title, tuple((row.unit_id, row.slug, row.title) for row in units)
    )


def overview(paths: Sequence[str], as_of: date) -> Overview:
    """Return every published course with its figures inside the scope."""
    courses = _list_courses()
    sums = {course_id: [0, 0, 0] for course_id, _slug, _title in courses}
    for row in list_standing(paths, list(sums), as_of, with_units=False):
        total = sums[row.course_id]
        total[0] += row.enrolled
        total[1] += row.started
        total[2] += row.completed
    names = current_session().scalars(
        select(Organization.name).where(Organization.path.in_(paths)).order_by(Organization.path)
    )
    figures = (CourseFigures(slug, title, *sums[course_id]) for course_id, slug, title in courses)
    return Overview(courses=tuple(figures), scope_names=tuple(names), as_of=as_of)


class _Sums:
    """The standing figures of one course, added up for each organization with everything below it."""

    def __init__(
        self, standing: Iterable[Standing], organizations: Sequence[OrganizationRow], course: _ReportedCourse
    ) -> None:
        """Add each figure to the organization it stands at, to those above it, and to the whole."""
        width = 3 * (len(course.units) + 1)  # enrolled, started, completed: of the course, then of each unit
        first_of: dict[int | None, int] = {None: 0}
        first_of.update((unit[0], 3 * number) for number, unit in enumerate(course.units, start=1))
        self._whole = [0] * width
        self._at = {row.path: [0] * width for row in organizations}
        above = {row.id: [self._whole, *self._tables_up(row.path)] for row in organizations}
        for figures in standing:
            first = first_of.get(figures.unit_id)
            if first is None:
                continue  # of a unit that the course lists no more
            for table in above.get(figures.organization_id, ()):
                table[first] += figures.enrolled
                table[first + 1] += figures.started
                table[first + 2] += figures.completed

    def _tables_up(self, path: str) -> Iterator[list[int]]:
        codes = path.split("/")[1:-1]
        for depth in range(len(codes), 0, -1):
            table = self._at.get(f"/{'/'.join(codes[:depth])}/")
            if table is not None:
                yield table

    def row(self, organization: OrganizationRow) -> ReportRow:
        """Return the row of one of the organizations."""
        return _row(organization, self._at[organization.path])

    def total(self, organization: OrganizationRow | None) -> ReportRow:
        """Return the row of all of them, in the name of the one above all others if there is one."""
        return _row(organization or OrganizationRow(0, "", "total", "", "", None), self._whole)


def _row(organization: OrganizationRow, figures: Sequence[int]) -> ReportRow:
    enrolled, started, completed, *rest = figures
    cells = tuple(Cell(rest[n + 1], rest[n + 2], enrolled) for n in range(0, len(rest), 3))
    return ReportRow(
        organization.code, organization.name, organization.kind, enrolled, started, completed, cells
    )


def course_report(
    paths: Sequence[str], course_slug: str, as_of: date, *, with_units: bool = True
) -> CourseReport:
    """Return a course over the organizations of the scope: each commune a row, the scope the total.

    Without units the report is of the course as a whole, which is a fraction of the figures.
    """
    course = _get_course(course_slug)
    if not with_units:
        course = replace(course, units=())
    organizations = list_within(paths)
    standing = list_standing(paths, (course.id,), as_of, with_units=with_units)
    sums = _Sums(standing, organizations, course)
    rows = tuple(sums.row(row) for row in organizations if row.kind != "province")
    top = organizations[0] if len(paths) == 1 and organizations else None
    return CourseReport(course.slug, course.title, as_of, course.unit_titles, rows, sums.total(top))


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


def organization_report(
    paths: Sequence[str],
    code: str,
    course_slug: str | None,
    *,
    as_of: date,
    names: bool,
    page: int | None = None,
    order: PeopleOrder = PeopleOrder(),
) -> OrganizationReport:
    """Return one organization of the scope with its people (where `names`) and what lies below it.

    People come by the page, all of them without one; a page past the last one is the last. Raises NotFound for
    an organization outside the scope as for none.
    """
    organizations = list_within(paths)
    organization = next((row for row in organizations if row.code == code), None)
    if organization is None:
        raise NotFound(code)
    titles = list_course_titles()
    if not titles:
        raise NotFound("course")
    course = _get_course(course_slug or titles[0][0])
    path = organization.path
    below = [row for row in organizations if row.path.startswith(path)]
    sums = _Sums(list_standing((path,), (course.id,), as_of), below, course)
    children = tuple(sums.row(row) for row in below if row.parent_id == organization.id)
    parents = tuple(
        (row.code, row.name)
        for row in organizations
        if path.startswith(row.path) and row.id != organization.id
    )
    people = _list_people(organization.id, course, as_of, page=page, order=order) if names else _PeoplePage()
    return OrganizationReport(
        code=organization.code,
        name=organization.name,
        course_slug=course.slug,
        course_title=course.title,
        courses=tuple(titles),
        as_of=as_of,
        units=course.unit_titles,
        people=people.rows,
        people_total=people.total,
        page=people.page,
        pages=people.pages,
        total=sums.total(organization),
        parents=parents,
        children=children,
    )


def _was(moment: datetime | None, closed_at: datetime) -> bool:
    return moment is not None and moment < closed_at


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
class _PeoplePage:
    """Some of the people of an organization, and how many there are."""

    rows: tuple[PersonRow, ...] = ()
    total: int = 0
    page: int | None = 1
    pages: int = 1


_closed_at = bindparam("closed_at", type_=Enrollment.enrolled_at.type)
_ENROLLED_THERE = and_(
    Enrollment.organization_id == bindparam("organization"),
    Enrollment.course_id == bindparam("course"),
    Enrollment.cycle == CYCLE,
    Enrollment.enrolled_at < _closed_at,
)
_HOW_MANY = select(func.count()).select_from(Enrollment).where(_ENROLLED_THERE)


@lru_cache(maxsize=8)
def _people(collation: str, order: PeopleOrder) -> Select[*tuple[Any, ...]]:
    """Select some of the people, each with the units that she had begun: "12:passed,13:in_progress"."""
    done = case((_closed_at > COURSE_COMPLETED_THEN, COURSE_COMPLETED_THEN)).label("done")
    people = (
        select(
            Person.id,
            Person.name,
            Person.username,
            Person.sort_key,
            Enrollment.id.label("enrollment_id"),
            Enrollment.started_at,
            done,
        )
        .join(Enrollment, Enrollment.person_id == Person.id)
        .outerjoin(EnrollmentCorrection, enrollment_corrected_after(_closed_at))
        .where(_ENROLLED_THERE)
        .order_by(*order.keys(Person.sort_key.collate(collation), done), Person.id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
        .subquery()
    )
    # What `unit_state` says, without its moments, of which there may be tens of thousands.
    state = case(
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
        people.c.done,
        units.label("units"),
    ).order_by(*order.keys(people.c.sort_key.collate(collation), people.c.done), people.c.id)


def _list_people(
    organization_id: int, course: _ReportedCourse, as_of: date, *, page: int | None, order: PeopleOrder
) -> _PeoplePage:
    """Return the people enrolled at the organization itself as they stood then, in the order asked for."""
    closed_at = end_of(as_of, zone())
    place = {"organization": organization_id, "course": course.id, "closed_at": closed_at}
    total = int(fetch(_HOW_MANY, **place).scalar_one())
    pages = max(1, -(-total // PER_PAGE))
    number = None if page is None else min(page, pages)
    limit, offset = (total, 0) if number is None else (PER_PAGE, (number - 1) * PER_PAGE)
    # The order of the keys is that of their code points, whatever order of letters the database has.
    collation = "C" if current_session().get_bind().dialect.name == "postgresql" else "BINARY"
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
            state=course_state(row.started_at, row.done, closed_at),
            completed_at=row.done,
            units=states(row.units),
        )
        for row in fetch(_people(collation, order), **place, limit=limit, offset=offset)
    )
    return _PeoplePage(tuple(rows), total, number, pages)
