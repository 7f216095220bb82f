"""The completion report: sums of the ledger inside the reader's scope, names only on drill-down."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import and_, or_, select

from learning.accounts.models import Person
from learning.courses.models import Course, Document, Revision, Unit
from learning.database import current_session
from learning.domain.errors import NotFound
from learning.organizations.models import Organization
from learning.organizations.queries import OrganizationRow, list_within
from learning.progress.models import Enrollment, UnitCompletion
from learning.progress.queries import CYCLE, end_of, list_standing
from learning.web.clock import zone


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts at one place; the rate is completed of enrolled, None where nobody is enrolled."""

    enrolled: int = 0
    started: int = 0
    completed: int = 0

    @property
    def rate(self) -> Fraction | None:
        """The share of the enrolled who completed."""
        return Fraction(self.completed, self.enrolled) if self.enrolled else None

    def __add__(self, other: "Figures") -> "Figures":
        """Return both together."""
        return Figures(
            self.enrolled + other.enrolled,
            self.started + other.started,
            self.completed + other.completed,
        )


@dataclass(frozen=True, slots=True)
class CourseFigures:
    """A course with its figures over the reader's whole scope."""

    slug: str
    title: str
    enrolled: int
    started: int
    completed: int
    rate: Fraction | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All courses over the scope."""

    courses: tuple[CourseFigures, ...]
    scope_names: tuple[str, ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit at one organization."""

    started: int
    completed: int
    rate: Fraction | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One organization, with everything below it, over a course and its units."""

    code: str
    name: str
    kind: str
    enrolled: int
    started: int
    completed: int
    rate: Fraction | None
    cells: tuple[Cell, ...]
    has_people: bool


@dataclass(frozen=True, slots=True)
class CourseReport:
    """A course over the organizations of the scope."""

    course_slug: str
    course_title: str
    as_of: date
    units: tuple[tuple[str, str], ...]
    rows: tuple[ReportRow, ...]
    total: ReportRow


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person of an organization with her state in each unit of a course."""

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
    rows = current_session().execute(
        select(Course.id, Course.slug, Revision.title)
        .join(Document, and_(Document.course_id == Course.id, Document.kind == "course"))
        .join(Revision, Revision.id == Document.published_id)
        .where(Course.is_published, Document.language == Course.language)
        .order_by(Course.slug)
    )
    return [(row.id, row.slug, row.title) for row in rows]


def _get_course(slug: str) -> _ReportedCourse:
    """Return a published course with its units, in one statement; raises NotFound."""
    rows = list(
        current_session().execute(
            select(Course.id, Document.kind, Revision.title, Unit.id, Unit.slug, Unit.position)
            .join(Document, and_(Document.course_id == Course.id, Document.language == Course.language))
            .join(Revision, Revision.id == Document.published_id)
            .outerjoin(Unit, Unit.id == Document.unit_id)
            .where(Course.slug == slug, Course.is_published, Document.kind != "quiz")
        )
    )
    title = next((row.title for row in rows if row.kind == "course"), None)
    if title is None:
        raise NotFound(slug)
    units = sorted((row for row in rows if row.position is not None), key=lambda row: row.position)
    return _ReportedCourse(rows[0][0], slug, title, tuple((row[3], row[4], row.title) for row in units))


def overview(paths: Sequence[str], as_of: date) -> Overview:
    """Return every published course with its figures inside the scope."""
    courses = _list_courses()
    sums = dict.fromkeys((course_id for course_id, _slug, _title in courses), Figures())
    for row in list_standing(paths, list(sums), as_of, with_units=False):
        sums[row.course_id] += Figures(row.enrolled, row.started, row.completed)
    names = current_session().scalars(
        select(Organization.name).where(Organization.path.in_(paths)).order_by(Organization.path)
    )
    figures = ((slug, title, sums[course_id]) for course_id, slug, title in courses)
    return Overview(
        courses=tuple(
            CourseFigures(slug, title, f.enrolled, f.started, f.completed, f.rate)
            for slug, title, f in figures
        ),
        scope_names=tuple(names),
        as_of=as_of,
    )


_Sums = dict[tuple[int, int | None], Figures]  # by organization, and unit or None


def _sums(course_id: int, paths: Sequence[str], as_of: date) -> _Sums:
    """Return the standing figures of a course at each organization of the scope, in one statement."""
    return {
        (row.organization_id, row.unit_id): Figures(row.enrolled, row.started, row.completed)
        for row in list_standing(paths, (course_id,), as_of)
    }


def _row(
    organization: OrganizationRow, below: Iterable[OrganizationRow], sums: _Sums, course: _ReportedCourse
) -> ReportRow:
    """Return the figures of an organization with everything below it."""
    ids = [row.id for row in below]

    def figures(unit_id: int | None) -> Figures:
        places = ((organization_id, unit_id) for organization_id in ids)
        return sum((sums[place] for place in places if place in sums), Figures())

    whole = figures(None)
    cells = []
    for unit_id, _slug, _title in course.units:
        unit = figures(unit_id)
        cells.append(Cell(unit.started, unit.completed, Figures(whole.enrolled, 0, unit.completed).rate))
    return ReportRow(
        organization.code,
        organization.name,
        organization.kind,
        whole.enrolled,
        whole.started,
        whole.completed,
        whole.rate,
        tuple(cells),
        whole.enrolled > 0,
    )


def _at_or_below(organizations: Sequence[OrganizationRow], path: str) -> list[OrganizationRow]:
    return [row for row in organizations if row.path.startswith(path)]


def course_report(paths: Sequence[str], course_slug: str, as_of: date) -> CourseReport:
    """Return a course over the organizations of the scope: each commune a row, the scope the total."""
    course = _get_course(course_slug)
    organizations = list_within(paths)
    sums = _sums(course.id, paths, as_of)
    shown = [row for row in organizations if row.kind != "province"]
    rows = [_row(row, _at_or_below(organizations, row.path), sums, course) for row in shown]
    top = organizations[0] if len(paths) == 1 and organizations else None
    whole = OrganizationRow(0, "", "total", "", "", None)
    total = _row(top or whole, organizations, sums, course)
    return CourseReport(course.slug, course.title, as_of, course.unit_titles, tuple(rows), total)


def organization_report(
    paths: Sequence[str], code: str, course_slug: str | None, *, as_of: date, names: bool
) -> OrganizationReport:
    """Return one organization of the scope with its people (where `names`) and what lies below it.

    Raises NotFound for an organization outside the scope as for none.
    """
    organizations = list_within(paths)
    organization = next((row for row in organizations if row.code == code), None)
    if organization is None:
        raise NotFound(code)
    titles = list_course_titles()
    if not titles:
        raise NotFound("course")
    course = _get_course(course_slug or titles[0][0])
    sums = _sums(course.id, (organization.path,), as_of)
    below = _at_or_below(organizations, organization.path)
    children = tuple(
        _row(row, _at_or_below(below, row.path), sums, course)
        for row in below
        if row.parent_id == organization.id
    )
    parents = tuple(
        (row.code, row.name)
        for row in organizations
        if organization.path.startswith(row.path) and row.id != organization.id
    )
    return OrganizationReport(
        code=organization.code,
        name=organization.name,
        course_slug=course.slug,
        course_title=course.title,
        courses=tuple(titles),
        as_of=as_of,
        units=course.unit_titles,
        people=tuple(_people(organization.id, course, end_of(as_of, zone()))) if names else (),
        total=_row(organization, below, sums, course),
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


def _people(organization_id: int, course: _ReportedCourse, closed_at: datetime) -> list[PersonRow]:
    """Return the people enrolled at the organization itself as they stood then, in the Vietnamese order."""
    rows = current_session().execute(
        select(
            Person.id,
            Person.name,
            Person.username,
            Enrollment.started_at,
            Enrollment.completed_at,
            UnitCompletion.unit_id,
            UnitCompletion.state,
            UnitCompletion.completed_at.label("unit_completed_at"),
            UnitCompletion.failed_at,
            Person.sort_key,
        )
        .join(Enrollment, Enrollment.person_id == Person.id)
        .outerjoin(
            UnitCompletion,
            and_(
                UnitCompletion.enrollment_id == Enrollment.id,
                UnitCompletion.started_at < closed_at,
                or_(UnitCompletion.superseded_at.is_(None), UnitCompletion.superseded_at >= closed_at),
            ),
        )
        .where(
            Enrollment.organization_id == organization_id,
            Enrollment.course_id == course.id,
            Enrollment.cycle == CYCLE,
            Enrollment.enrolled_at < closed_at,
        )
    )

    people: dict[int, Any] = {}
    states: dict[int, dict[int, str]] = defaultdict(dict)
    for row in rows:
        people[row.id] = row
        if row.unit_id is not None:
            states[row.id][row.unit_id] = unit_state(
                row.state, row.unit_completed_at, row.failed_at, closed_at
            )
    return [
        PersonRow(
            id=person_id,
            name=row.name,
            username=row.username,
            state=course_state(row.started_at, row.completed_at, closed_at),
            completed_at=row.completed_at if _was(row.completed_at, closed_at) else None,
            units=tuple(
                states[person_id].get(unit_id, "not_started") for unit_id, _slug, _title in course.units
            ),
        )
        for person_id, row in sorted(people.items(), key=lambda item: (item[1].sort_key, item[0]))
    ]
