"""The completion report: sums of the ledger inside the reader's scope, names only on drill-down."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import and_, bindparam, select

from learning.courses.models import Course, Document, Revision, Unit
from learning.database import current_session, fetch
from learning.domain.errors import NotFound
from learning.organizations.models import Organization
from learning.organizations.queries import OrganizationRow, list_within
from learning.progress.figures import count_overdue, list_standing
from learning.reports.queries.people import (
    BY_NAME,
    PER_PAGE,
    PeopleOrder,
    PeoplePage,
    course_state,
    list_people,
    unit_state,
)
from learning.reports.queries.rows import (
    Cell,
    CourseFigures,
    CourseReport,
    OrganizationReport,
    Overview,
    PersonRow,
    ReportedCourse,
    ReportRow,
)

__all__ = [
    "PER_PAGE",
    "Cell",
    "CourseFigures",
    "CourseReport",
    "OrganizationReport",
    "Overview",
    "PeopleOrder",
    "PersonRow",
    "ReportRow",
    "course_report",
    "course_state",
    "list_course_titles",
    "organization_report",
    "overview",
    "unit_state",
]


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


def _get_course(slug: str) -> ReportedCourse:
    """Return a published course with its units, in one statement; raises NotFound."""
    rows = fetch(_COURSE, course=slug).all()
    title = next((row.title for row in rows if row.kind == "course"), None)
    if title is None:
        raise NotFound(slug)
    units = sorted((row for row in rows if row.position is not None), key=lambda row: row.position)
    return ReportedCourse(rows[0].id, slug, title, tuple((row.unit_id, row.slug, row.title) for row in units))


def overview(paths: Sequence[str], as_of: date) -> Overview:
    """Return every published course with its figures inside the scope."""
    courses = _list_courses()
    sums = {course_id: [0, 0, 0, 0] for course_id, _slug, _title in courses}
    for row in list_standing(paths, list(sums), as_of, with_units=False):
        total = sums[row.course_id]
        total[0] += row.enrolled
        total[1] += row.started
        total[2] += row.completed
    for (_organization, course_id), n in count_overdue(paths, list(sums), as_of).items():
        sums[course_id][3] += n
    names = current_session().scalars(
        select(Organization.name).where(Organization.path.in_(paths)).order_by(Organization.path)
    )
    figures = (CourseFigures(slug, title, *sums[course_id]) for course_id, slug, title in courses)
    return Overview(courses=tuple(figures), scope_names=tuple(names), as_of=as_of)


class _Sums:
    """The standing figures of one course, added up for each organization with everything below it."""

    def __init__(
        self,
        paths: Sequence[str],
        organizations: Sequence[OrganizationRow],
        course: ReportedCourse,
        as_of: date,
    ) -> None:
        """Add each figure to the organization it stands at, to those above it, and to the whole."""
        with_units = bool(course.units)
        standing = list_standing(paths, (course.id,), as_of, with_units=with_units)
        # Overdue; then enrolled, started, completed: of the course, then of each unit.
        width = 3 * (len(course.units) + 1) + 1
        first_of: dict[int | None, int] = {None: 1}
        first_of.update((unit[0], 3 * number + 1) for number, unit in enumerate(course.units, start=1))
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
        for (organization_id, _course), n in count_overdue(paths, (course.id,), as_of).items():
            for table in above.get(organization_id, ()):
                table[0] += n

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
    overdue, enrolled, started, completed, *rest = figures
    cells = tuple(Cell(rest[n + 1], rest[n + 2], enrolled) for n in range(0, len(rest), 3))
    return ReportRow(
        organization.code, organization.name, organization.kind, enrolled, started, completed, overdue, cells
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
    sums = _Sums(paths, organizations, course, as_of)
    rows = tuple(sums.row(row) for row in organizations if row.kind != "province")
    top = organizations[0] if len(paths) == 1 and organizations else None
    return CourseReport(course.slug, course.title, as_of, course.unit_titles, rows, sums.total(top))


def organization_report(
    paths: Sequence[str],
    code: str,
    course_slug: str | None,
    *,
    as_of: date,
    names: bool,
    page: int | None = None,
    order: PeopleOrder = BY_NAME,
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
    sums = _Sums((path,), below, course, as_of)
    children = tuple(sums.row(row) for row in below if row.parent_id == organization.id)
    parents = tuple(
        (row.code, row.name)
        for row in organizations
        if path.startswith(row.path) and row.id != organization.id
    )
    people = list_people(organization.id, course, as_of, page=page, order=order) if names else PeoplePage()
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
