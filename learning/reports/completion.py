"""The completion report as programs read it: a row for each place and each course or unit, and one total.

The command line and the API give out these rows; they count what the pages count.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select

from learning.accounts.models import Person
from learning.courses.models import Course, Document, Revision, Unit
from learning.database import current_session
from learning.domain.errors import NotFound, Refused
from learning.domain.figures import STANDING, Measure
from learning.domain.permissions import Actor, Permission
from learning.domain.purposes import Purpose
from learning.organizations.models import Organization
from learning.organizations.queries import OrganizationRow, get_by_code, list_within, within
from learning.progress.figures import count_overdue, list_standing
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
from learning.progress.moments import Moment
from learning.progress.queries import end_of
from learning.reports.queries import organization_report
from learning.reports.services import record_names_seen
from learning.web.clock import zone


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """The figures of one place in a unit, or in the whole course where `unit` is None.

    Whoever is enrolled in the course is enrolled in each of its units. Passed and failed are states of units;
    Overdue are those who have not completed the course by its day, and of them, in a unit, those who have not
    finished it. In a total over all courses `course` is None.
    """

    organization: str
    name: str
    course: str | None
    unit: str | None
    enrolled: int = 0
    started: int = 0
    completed: int = 0
    passed: int = 0
    failed: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """The report on an organization: its own people, then each organization directly below it, and all of them."""

    organization: str
    as_of: date
    courses: tuple[str, ...]
    items: tuple[CompletionRow, ...]
    total: CompletionRow


@dataclass(frozen=True, slots=True)
class UnitOfPerson:
    """How far a person is in a unit."""

    unit: str
    state: str


@dataclass(frozen=True, slots=True)
class CompletionOfPerson:
    """A person of the organization itself in a course."""

    id: int
    username: str
    name: str
    course: str
    state: str
    completed_at: datetime | None
    units: tuple[UnitOfPerson, ...]


@dataclass(frozen=True, slots=True)
class _Course:
    id: int
    slug: str
    units: tuple[tuple[int, str], ...]  # id and slug, in the order of the course


OVERDUE, FINISHED_OVERDUE = "overdue", "finished_overdue"
# (course, unit or None for the course) -> measure -> n
_Figures = dict[tuple[int, int | None], dict[str, int]]


def completion(paths: Sequence[str], code: str | None, *, course: str | None, as_of: date) -> Completion:
    """Return the report on an organization of the scope, in one course or in all that are published.

    The first rows are of the people at the organization itself; the next, in Vietnamese order, of each
    organization directly below it with everything below that, where there were people on the day. So the rows
    add up to the total. Without a code the report is on the one organization the scope begins at.

    Raises NotFound for an organization outside the scope and for an unknown course, Refused where no code was
    given and the scope begins at several.
    """
    organizations = list_within(paths)
    top = _top(organizations, paths, code)
    courses = _list_courses(course)
    below = [row for row in organizations if row.path.startswith(top.path)]
    group_of = {row.id: _group(row, top) for row in below}
    course_ids = [row.id for row in courses]
    sums, peopled = _sums(top.path, course_ids, as_of), _peopled(top.path, as_of)
    groups: dict[str, _Figures] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    whole: _Figures = defaultdict(lambda: defaultdict(int))
    for (organization_id, course_id, unit_id, measure), n in sums.items():
        for figures in (groups[group_of[organization_id]], whole):
            figures[course_id, unit_id][measure] += n
    overdue = count_overdue((top.path,), course_ids, as_of)
    for (organization_id, course_id), n in overdue.items():
        for figures in (groups[group_of[organization_id]], whole):
            figures[course_id, None][OVERDUE] += n
    finished = _finished_overdue(top.path, course_ids, as_of) if overdue else {}
    for (organization_id, course_id, unit_id), n in finished.items():
        groups[group_of[organization_id]][course_id, unit_id][FINISHED_OVERDUE] += n
    shown = {group_of[organization_id] for organization_id in peopled | {place[0] for place in sums}}
    shown.add(top.path)
    items = tuple(
        item
        for row in below
        if row.path in shown
        for listed in courses
        for item in _rows(row, listed, groups[row.path])
    )
    total: dict[str, int] = defaultdict(int)
    for listed in courses:
        for measure, n in whole[listed.id, None].items():
            total[measure] += n
    return Completion(
        organization=top.code,
        as_of=as_of,
        courses=tuple(listed.slug for listed in courses),
        items=items,
        total=CompletionRow(top.code, top.name, course, None, **total),
    )


def _top(organizations: Sequence[OrganizationRow], paths: Sequence[str], code: str | None) -> OrganizationRow:
    if code is not None:
        for row in organizations:
            if row.code == code:
                return row
        raise NotFound(code, field="organization")
    tops = [row for row in organizations if row.path in paths]
    if len(tops) != 1:
        raise Refused("Name the organization the report is on.", field="organization")
    return tops[0]


def _group(organization: OrganizationRow, top: OrganizationRow) -> str:
    """Return the path of the row in which the figures of an organization stand."""
    child = organization.path.removeprefix(top.path).partition("/")[0]
    return f"{top.path}{child}/" if child else top.path


def _rows(organization: OrganizationRow, course: _Course, figures: _Figures) -> Iterator[CompletionRow]:
    """Yield the row of the course, then of each unit, at a place."""
    whole = figures[course.id, None]
    yield CompletionRow(organization.code, organization.name, course.slug, None, **whole)
    for unit_id, slug in course.units:
        counted = {
            **figures[course.id, unit_id],
            Measure.ENROLLED.value: whole[Measure.ENROLLED.value],
            OVERDUE: whole[OVERDUE],
        }
        counted[OVERDUE] -= counted.pop(FINISHED_OVERDUE, 0)
        yield CompletionRow(organization.code, organization.name, course.slug, slug, **counted)


def _list_courses(slug: str | None) -> list[_Course]:
    """Return the published courses, or the one named, with the units that reports list; raises NotFound."""
    statement = (
        select(Course.id, Course.slug, Document.kind, Unit.id.label("unit_id"), Unit.slug.label("unit"))
        .join(Document, and_(Document.course_id == Course.id, Document.language == Course.language))
        .join(Revision, Revision.id == Document.published_id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .where(
            Course.is_published,
            or_(Document.kind == "course", and_(Document.kind == "unit", Unit.position.is_not(None))),
        )
        .order_by(Unit.position)
    )
    if slug is not None:
        statement = statement.where(Course.slug == slug)
    rows = current_session().execute(statement).all()
    units: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for row in rows:
        if row.kind == "unit":
            units[row.id].append((row.unit_id, row.unit))
    courses = [_Course(row.id, row.slug, tuple(units[row.id])) for row in rows if row.kind == "course"]
    if slug is not None and not courses:
        raise NotFound(slug, field="course")
    return sorted(courses, key=lambda course: course.slug)


def _sums(
    path: str, course_ids: Sequence[int], as_of: date
) -> Mapping[tuple[int, int, int | None, str], int]:
    """Return what stood at (organization, course, unit, measure) on the day, in one statement."""
    return {
        (row.organization_id, row.course_id, row.unit_id, measure.value): getattr(row, measure.value)
        for row in list_standing((path,), course_ids, as_of)
        for measure in STANDING
        if getattr(row, measure.value)
    }


def _finished_overdue(
    path: str, course_ids: Sequence[int], as_of: date
) -> Mapping[tuple[int, int, int], int]:
    """Return how many of those overdue in a course had finished a unit of it, by (organization, course, unit)."""
    closed_at = end_of(as_of, zone())
    rows = current_session().execute(
        select(PLACE_THEN.organization_id, Enrollment.course_id, UnitCompletion.unit_id, func.count())
        .join(UnitCompletion, UnitCompletion.enrollment_id == Enrollment.id)
        .outerjoin(EnrollmentChange, enrollment_changed_after(closed_at))
        .outerjoin(EnrollmentCorrection, enrollment_corrected_after(closed_at))
        .outerjoin(CompletionCorrection, unit_corrected_after(closed_at))
        .join(Organization, Organization.id == PLACE_THEN.organization_id)
        .where(
            Enrollment.course_id.in_(course_ids),
            Enrollment.enrolled_at < closed_at,
            PLACE_THEN.is_counted,
            PLACE_THEN.due_on < as_of,
            or_(COURSE_COMPLETED_THEN.is_(None), closed_at <= COURSE_COMPLETED_THEN),
            UNIT_THEN.completed_at < closed_at,
            or_(UnitCompletion.superseded_at.is_(None), UnitCompletion.superseded_at >= closed_at),
            within((path,)),
        )
        .group_by(PLACE_THEN.organization_id, Enrollment.course_id, UnitCompletion.unit_id)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _peopled(path: str, as_of: date) -> set[int]:
    """Return the organizations at or below the path that had people of their own on the day."""
    closed_at = end_of(as_of, zone())
    return set(
        current_session().scalars(
            select(Person.organization_id)
            .join(Organization, Organization.id == Person.organization_id)
            .where(
                Person.created_at < closed_at,
                or_(Person.disabled_at.is_(None), Person.disabled_at >= closed_at),
                within((path,)),
            )
            .distinct()
        )
    )


def completion_of_people(
    actor: Actor,
    code: str,
    courses: Sequence[str],
    *,
    as_of: date,
    moment: Moment,
    how: str,
    purpose: Purpose,
) -> tuple[CompletionOfPerson, ...]:
    """Return the people of an organization itself in each of the courses, which is put on record.

    Raises NotFound where the actor may not see names.
    """
    scope = actor.scope(Permission.REPORT_READ_NAMES)
    get_by_code(code, scope, field="organization")
    people: list[CompletionOfPerson] = []
    for course in courses:
        report = organization_report(scope, code, course, as_of=as_of, names=scope)
        if report.people:
            record_names_seen(actor, code, course=course, moment=moment, how=how, purpose=purpose)
        slugs = [slug for slug, _title in report.units]
        people += [
            CompletionOfPerson(
                person.id,
                person.username,
                person.name,
                course,
                person.state,
                person.completed_at,
                tuple(UnitOfPerson(*unit) for unit in zip(slugs, person.units, strict=True)),
            )
            for person in report.people
        ]
    return tuple(people)
