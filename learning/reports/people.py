"""One person in all courses, for whoever may read names: what the page of an organization says of her, unit by unit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, or_, select

from learning.accounts.models import Person
from learning.certificates.queries import CertificateRow, list_certificates
from learning.courses.models import Course, Document, Quiz, Revision, Unit
from learning.database import current_session
from learning.domain.errors import NotFound
from learning.organizations.models import Organization
from learning.organizations.queries import within
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
from learning.reports.queries import CREDITED, course_state, unit_state
from learning.web.clock import zone


@dataclass(frozen=True, slots=True)
class UnitLine:
    """How far a person is in a unit, and its quiz; `finished_at` is when it was completed, passed or failed."""

    slug: str
    title: str
    quiz: str | None
    state: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class CourseLines:
    """A person in a course; `how` is "assigned" or "self", None where she is not enrolled.

    `completed_before` are her completions in earlier cycles; `is_exempt` says that she is now.
    """

    slug: str
    title: str
    state: str
    how: str | None
    enrolled_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    due_on: date | None
    is_overdue: bool
    units: tuple[UnitLine, ...]
    completed_before: tuple[datetime, ...] = ()
    is_exempt: bool = False


@dataclass(frozen=True, slots=True)
class PersonReport:
    """A person with every published course as it stood on a day; no answers, no scores.

    `has_left` says that she belongs to no organization of the scope any more.
    """

    id: int
    name: str
    has_left: bool
    username: str
    organization_code: str
    organization_name: str
    as_of: date
    courses: tuple[CourseLines, ...]


def person_report(paths: Sequence[str], person_id: int, as_of: date) -> PersonReport:
    """Return a person of the scope in every published course.

    The report of a past day names whoever stood in the scope on that day: she is shown at the place she has left
    since, as she was then. Raises NotFound for anybody else as for nobody.
    """
    closed_at = end_of(as_of, zone())
    person = find_person(person_id, paths)
    has_left = person is None
    person = person or _find_there(person_id, paths, closed_at)
    if person is None:
        raise NotFound(str(person_id))
    return PersonReport(
        id=person_id,
        name=person.name,
        has_left=has_left,
        username=person.username,
        organization_code=person.code,
        organization_name=person.place,
        as_of=as_of,
        courses=_courses(person_id, closed_at, only_at=paths if has_left else None),
    )


_NAMED: tuple[Any, ...] = (Person.name, Person.username, Organization.code, Organization.name.label("place"))


def find_person(person_id: int, paths: Sequence[str]) -> Row[Any] | None:
    """Return the name of a person with her organization, which is one of the scope."""
    person = (
        select(*_NAMED)
        .join(Organization, Organization.id == Person.organization_id)
        .where(Person.id == person_id, within(paths))
    )
    return current_session().execute(person).one_or_none()


def _find_there(person_id: int, paths: Sequence[str], closed_at: datetime) -> Row[Any] | None:
    """Return the name of a person with the organization of the scope at which her figures stood."""
    person = (
        select(*_NAMED)
        .join(Enrollment, Enrollment.person_id == Person.id)
        .outerjoin(EnrollmentChange, enrollment_changed_after(closed_at))
        .join(Organization, Organization.id == PLACE_THEN.organization_id)
        .where(
            Person.id == person_id, Enrollment.enrolled_at < closed_at, PLACE_THEN.is_counted, within(paths)
        )
        .order_by(Enrollment.enrolled_at.desc(), Enrollment.id.desc())
    )
    return current_session().execute(person).first()


def _courses(
    person_id: int, closed_at: datetime, *, only_at: Sequence[str] | None
) -> tuple[CourseLines, ...]:
    """Return the published courses in the order of reports, each with the person's state when the day closed.

    With `only_at` only those that she is enrolled in at or below one of these places.
    """
    rows = current_session().execute(
        select(
            Course.id,
            Course.slug,
            Document.kind,
            Revision.title,
            Unit.id.label("unit_id"),
            Unit.slug.label("unit"),
            Quiz.slug.label("quiz"),
        )
        .join(Document, and_(Document.course_id == Course.id, Document.language == Course.language))
        .join(Revision, Revision.id == Document.published_id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Quiz, Quiz.id == Unit.quiz_id)
        .where(
            Course.is_published,
            or_(Document.kind == "course", and_(Document.kind == "unit", Unit.position.is_not(None))),
        )
        .order_by(Course.slug, Unit.position)
    )
    heads, units = [], defaultdict(list)
    for row in rows:
        if row.kind == "course":
            heads.append(row)
        else:
            units[row.id].append(row)
    done = _progress(person_id, closed_at, ("/",) if only_at is None else only_at)
    return tuple(
        _course(head, units[head.id], done.get(head.id, []), closed_at)
        for head in heads
        if only_at is None or head.id in done
    )


def _progress(person_id: int, closed_at: datetime, paths: Sequence[str]) -> dict[int, list[Any]]:
    """Return for each course the enrollment of the person, beside each unit that she had begun by then."""
    rows = current_session().execute(
        select(
            Enrollment.course_id,
            Enrollment.cycle,
            Enrollment.how,
            Enrollment.is_credited,
            Enrollment.is_exempt,
            Enrollment.enrolled_at,
            Enrollment.started_at,
            COURSE_COMPLETED_THEN.label("completed_at"),
            UnitCompletion.unit_id,
            UnitCompletion.is_credited.label("unit_is_credited"),
            UNIT_THEN.state.label("state"),
            UnitCompletion.started_at.label("unit_started_at"),
            UNIT_THEN.completed_at.label("unit_completed_at"),
            UNIT_THEN.failed_at.label("failed_at"),
            PLACE_THEN.due_on.label("due_on"),
        )
        .outerjoin(EnrollmentChange, enrollment_changed_after(closed_at))
        .join(Organization, Organization.id == PLACE_THEN.organization_id)
        .outerjoin(
            UnitCompletion,
            and_(
                UnitCompletion.enrollment_id == Enrollment.id,
                UnitCompletion.started_at < closed_at,
                or_(UnitCompletion.superseded_at.is_(None), UnitCompletion.superseded_at >= closed_at),
            ),
        )
        .outerjoin(EnrollmentCorrection, enrollment_corrected_after(closed_at))
        .outerjoin(CompletionCorrection, unit_corrected_after(closed_at))
        .where(
            Enrollment.person_id == person_id,
            Enrollment.enrolled_at < closed_at,
            within(paths),
        )
        .order_by(Enrollment.cycle)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.course_id].append(row)
    return found


def _course(head: Any, units: Sequence[Any], rows: Sequence[Any], closed_at: datetime) -> CourseLines:
    enrollment = rows[-1] if rows else None  # of the cycle of that day
    begun = {row.unit_id: row for row in rows if row.cycle == rows[-1].cycle}
    before = {row.cycle: row.completed_at for row in rows if row.cycle != rows[-1].cycle}

    def then(moment: datetime | None) -> datetime | None:
        return moment if moment is not None and moment < closed_at else None

    lines = []
    for unit in units:
        row = begun.get(unit.unit_id)
        state = (
            unit_state(row.state, row.unit_completed_at, row.failed_at, closed_at) if row else "not_started"
        )
        if row and row.unit_is_credited and then(row.unit_completed_at):
            state = CREDITED
        lines.append(
            UnitLine(
                slug=unit.unit,
                title=unit.title,
                quiz=unit.quiz,
                state=state,
                started_at=row.unit_started_at if row else None,
                finished_at=(then(row.unit_completed_at) or then(row.failed_at)) if row else None,
            )
        )
    due_on = enrollment.due_on if enrollment else None
    completed_at = then(enrollment.completed_at) if enrollment else None
    as_of = (closed_at.astimezone(zone()) - timedelta(days=1)).date()
    return CourseLines(
        slug=head.slug,
        title=head.title,
        state=(
            "not_enrolled"
            if enrollment is None
            else CREDITED
            if completed_at and enrollment.is_credited
            else course_state(enrollment.started_at, enrollment.completed_at, closed_at)
        ),
        how=enrollment.how if enrollment else None,
        enrolled_at=enrollment.enrolled_at if enrollment else None,
        started_at=then(enrollment.started_at) if enrollment else None,
        completed_at=completed_at,
        due_on=due_on,
        is_overdue=due_on is not None and completed_at is None and due_on < as_of,
        units=tuple(lines),
        completed_before=tuple(before.values()),
        is_exempt=bool(enrollment and enrollment.is_exempt),
    )


def certificates_of(report: PersonReport) -> dict[str, list[CertificateRow]]:
    """Return by course the certificates of the completions that the report tells of, and of no others."""
    site_zone = zone()
    shown = {
        (course.slug, at.astimezone(site_zone).date())
        for course in report.courses
        for at in (course.completed_at, *course.completed_before)
        if at is not None
    }
    found: dict[str, list[CertificateRow]] = defaultdict(list)
    for certificate in list_certificates(report.id) if shown else ():
        if (certificate.course_slug, certificate.completed_on) in shown:
            found[certificate.course_slug].append(certificate)
    return dict(found)
