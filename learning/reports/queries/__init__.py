"""The completion report: sums of the ledger inside the reader's scope, names only on drill-down."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import and_, bindparam, select

from learning.courses.models import Course, Document, Revision, Unit
from learning.database import current_session, fetch
from learning.domain.errors import NotFound
from learning.organizations.models import Organization
from learning.organizations.queries import OrganizationRow, find_successor, list_places_now, list_within
from learning.progress.figures import Flow, count_overdue, list_flows, list_standing
from learning.reports.queries.people import (
    BY_NAME,
    CREDITED,
    PER_PAGE,
    PeopleOrder,
    PeoplePage,
    course_state,
    list_people,
    unit_state,
)
from learning.reports.queries.rows import (
    EVERYTHING,
    NOTHING_HAPPENED,
    Asked,
    Cell,
    CourseFigures,
    CourseReport,
    Happened,
    OrganizationReport,
    Overview,
    PersonRow,
    ReportedCourse,
    ReportRow,
)
from learning.reports.queries.waves import list_waves, wave_figures
from learning.web.clock import today

__all__ = [
    "CREDITED",
    "EVERYTHING",
    "NOTHING_HAPPENED",
    "PER_PAGE",
    "Asked",
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
    "get_reported_course",
    "list_course_titles",
    "list_waves",
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


def get_reported_course(slug: str) -> ReportedCourse:
    """Return a published course with its units, in one statement; raises NotFound."""
    rows = fetch(_COURSE, course=slug).all()
    title = next((row.title for row in rows if row.kind == "course"), None)
    if title is None:
        raise NotFound(slug)
    units = sorted((row for row in rows if row.position is not None), key=lambda row: row.position)
    return ReportedCourse(rows[0].id, slug, title, tuple((row.unit_id, row.slug, row.title) for row in units))


_PARTS = ("village", "team")  # of a commune or ward


@dataclass(frozen=True, slots=True)
class _Places:
    """The organizations of a report: those listed, and under which of them the figures of any stand.

    Without `stands_for` each stands for itself.
    """

    paths: tuple[str, ...]
    listed: tuple[OrganizationRow, ...]
    stands_for: Mapping[int, OrganizationRow] | None = None

    def of(self, organization_id: int, rows: Mapping[int, OrganizationRow]) -> OrganizationRow | None:
        """Return the organization under which the figures of one stand; None where that is none of the scope."""
        return (rows if self.stands_for is None else self.stands_for).get(organization_id)


def _places(paths: Sequence[str], organizations: Sequence[OrganizationRow], asked: Asked) -> _Places:
    """Return the places of a report on the organizations, which are those at and below the paths."""
    if not asked.is_now:
        return _Places(tuple(paths), tuple(organizations))
    now = list_places_now(paths, today())
    standing = tuple(row for row in organizations if now.by_id.get(row.id) == row)
    return _Places(now.paths, standing, now.by_id)


def overview(paths: Sequence[str], as_of: date, *, asked: Asked = EVERYTHING) -> Overview:
    """Return every published course with its figures inside the scope."""
    courses = _list_courses()
    ids = [course_id for course_id, _slug, _title in courses]
    places = list_places_now(paths, today()) if asked.is_now else None
    read = tuple(paths) if places is None else places.paths

    def counts(organization_id: int) -> bool:
        return places is None or organization_id in places.by_id

    sums = {course_id: [0, 0, 0, 0] for course_id in ids}
    for row in list_standing(read, ids, as_of, with_units=False, audience=asked.audience):
        if counts(row.organization_id):
            total = sums[row.course_id]
            total[0] += row.enrolled
            total[1] += row.started
            total[2] += row.completed
    for (organization_id, course_id), n in count_overdue(read, ids, as_of, audience=asked.audience).items():
        if counts(organization_id):
            sums[course_id][3] += n
    happened: dict[int, list[int]] = {course_id: [0, 0, 0, 0] for course_id in ids}
    for flow in _list_happened(read, ids, asked):
        if counts(flow.organization_id):
            _add(happened[flow.course_id], _figures_of(flow))
    names = current_session().scalars(
        select(Organization.name).where(Organization.path.in_(paths)).order_by(Organization.path)
    )
    figures = tuple(
        CourseFigures(slug, title, Happened(*happened[course_id]), *sums[course_id])
        for course_id, slug, title in courses
    )
    return Overview(courses=figures, scope_names=tuple(names), as_of=as_of)


def _list_happened(paths: Sequence[str], course_ids: Sequence[int], asked: Asked) -> list[Flow]:
    """Return what happened in the period asked for; nothing where none was."""
    if asked.period is None:
        return []
    return list_flows(paths, course_ids, asked.period.first, asked.period.last, audience=asked.audience)


def _figures_of(flow: Flow) -> tuple[int, int, int, int]:
    return flow.did_start, flow.did_complete, flow.joined, flow.left


def _add(table: list[int], figures: Iterable[int]) -> None:
    for at, n in enumerate(figures):
        table[at] += n


class _Sums:
    """The standing figures of one course, added up for each organization with everything below it."""

    def __init__(
        self, places: _Places, course: ReportedCourse, as_of: date, asked: Asked = EVERYTHING
    ) -> None:
        """Add each figure to the organization it stands at, to those above it, and to the whole."""
        with_units = bool(course.units)
        if asked.wave:
            standing, overdue = wave_figures(
                places.paths, (course.id, course.slug), asked.wave, audience=asked.audience, today=as_of
            )
        else:
            standing = list_standing(
                places.paths, (course.id,), as_of, with_units=with_units, audience=asked.audience
            )
            overdue = count_overdue(places.paths, (course.id,), as_of, audience=asked.audience)
        # Overdue; then enrolled, started, completed: of the course, then of each unit.
        width = 3 * (len(course.units) + 1) + 1
        first_of: dict[int | None, int] = {None: 1}
        first_of.update((unit[0], 3 * number + 1) for number, unit in enumerate(course.units, start=1))
        self._whole = [0] * width
        self._at = {row.path: [0] * width for row in places.listed}
        self._own: dict[int, int] = defaultdict(int)
        rows = {row.id: row for row in places.listed}
        above: dict[int, list[list[int]]] = {}

        def tables(organization_id: int) -> list[list[int]]:
            found = above.get(organization_id)
            if found is None:
                row = places.of(organization_id, rows)
                found = [] if row is None else [self._whole, *self._tables_up(row.path)]
                above[organization_id] = found
            return found

        for figures in standing:
            if figures.unit_id is None:
                self._own[figures.organization_id] += figures.enrolled
            first = first_of.get(figures.unit_id)
            if first is None:
                continue  # of a unit that the course lists no more
            for table in tables(figures.organization_id):
                table[first] += figures.enrolled
                table[first + 1] += figures.started
                table[first + 2] += figures.completed
        for (organization_id, _course), n in overdue.items():
            for table in tables(organization_id):
                table[0] += n
        self._happened: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for flow in _list_happened(places.paths, (course.id,), asked):
            for table in tables(flow.organization_id):
                _add(self._happened[id(table)], _figures_of(flow))

    def _tables_up(self, path: str) -> Iterator[list[int]]:
        codes = path.split("/")[1:-1]
        for depth in range(len(codes), 0, -1):
            table = self._at.get(f"/{'/'.join(codes[:depth])}/")
            if table is not None:
                yield table

    def enrolled_at(self, organization_id: int) -> int:
        """Return how many are enrolled at an organization itself, without those below it."""
        return self._own[organization_id]

    def row(self, organization: OrganizationRow) -> ReportRow:
        """Return the row of one of the organizations."""
        return self._row(organization, self._at[organization.path])

    def total(self, organization: OrganizationRow | None) -> ReportRow:
        """Return the row of all of them, in the name of the one above all others if there is one."""
        return self._row(organization or OrganizationRow(0, "", "total", "", "", None), self._whole)

    def _row(self, organization: OrganizationRow, figures: list[int]) -> ReportRow:
        overdue, enrolled, started, completed, *rest = figures
        cells = tuple(Cell(rest[n + 1], rest[n + 2], enrolled) for n in range(0, len(rest), 3))
        return ReportRow(
            organization.code,
            organization.name,
            organization.kind,
            enrolled,
            started,
            completed,
            overdue,
            cells,
            Happened(*self._happened[id(figures)]) if id(figures) in self._happened else NOTHING_HAPPENED,
        )


def _is_shown(row: OrganizationRow, figures: ReportRow, as_of: date) -> bool:
    """Tell whether an organization has its line: one that has ended only where something stands, or happened."""
    return not row.has_ended(as_of) or figures.has_people or figures.happened != NOTHING_HAPPENED


def _rows_of(organizations: Sequence[OrganizationRow], paths: Sequence[str]) -> Iterator[OrganizationRow]:
    """Yield those that have a row of their own in a report on the paths."""
    asked = {row.id for row in organizations if row.path in paths}
    for row in organizations:
        is_part = row.kind in _PARTS and row.id not in asked and row.parent_id not in asked
        if row.kind != "province" and not is_part:
            yield row


def course_report(
    paths: Sequence[str],
    course_slug: str,
    as_of: date,
    *,
    with_units: bool = True,
    asked: Asked = EVERYTHING,
) -> CourseReport:
    """Return a course over the organizations of the scope: each commune a row, the scope the total.

    The villages and teams of a commune have rows where the commune itself is asked for; in a wider report they are
    counted in its row.
    Without units the report is of the course as a whole, which is a fraction of the figures.
    """
    course = get_reported_course(course_slug)
    if not with_units:
        course = replace(course, units=())
    places = _places(paths, list_within(paths), asked)
    sums = _Sums(places, course, as_of, asked)
    lines = ((row, sums.row(row)) for row in _rows_of(places.listed, paths))
    rows = tuple(line for row, line in lines if _is_shown(row, line, as_of))
    top = places.listed[0] if len(paths) == 1 and places.listed else None
    return CourseReport(course.slug, course.title, as_of, course.unit_titles, rows, sums.total(top))


def organization_report(
    paths: Sequence[str],
    code: str,
    course_slug: str | None,
    *,
    as_of: date,
    names: Sequence[str],
    page: int | None = None,
    order: PeopleOrder = BY_NAME,
    asked: Asked = EVERYTHING,
) -> OrganizationReport:
    """Return one organization of the scope with what lies below it, and its people where `names` may be read.

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
    course = get_reported_course(course_slug or titles[0][0])
    path = organization.path
    below = [row for row in organizations if row.path.startswith(path)]
    places = _places((path,), below, asked)
    sums = _Sums(places, course, as_of, asked)
    lines = ((row, sums.row(row)) for row in places.listed if row.parent_id == organization.id)
    children = tuple(line for row, line in lines if _is_shown(row, line, as_of))
    parents = tuple(
        (row.code, row.name)
        for row in organizations
        if path.startswith(row.path) and row.id != organization.id
    )
    people, may_see_names = PeoplePage(), path.startswith(tuple(names))
    if may_see_names:
        people = list_people(
            organization.id,
            course,
            as_of,
            total=sums.enrolled_at(organization.id),
            page=page,
            order=order,
            audience=asked.audience,
        )
    return OrganizationReport(
        code=organization.code,
        name=organization.name,
        course_slug=course.slug,
        course_title=course.title,
        courses=tuple(titles),
        as_of=as_of,
        units=course.unit_titles,
        may_see_names=may_see_names,
        people=people.rows,
        people_total=people.total,
        page=people.page,
        pages=people.pages,
        total=sums.total(organization),
        ended_on=organization.valid_to if organization.has_ended(today()) else None,
        successor=find_successor(organization.id) if organization.has_ended(today()) else None,
        parents=parents,
        children=children,
    )
