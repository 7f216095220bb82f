"""Who has not completed a course yet: one sheet of an organization with everything below it, to remind people by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from learning.accounts.models import Person
from learning.courses.models import Course
from learning.database import fetch
from learning.organizations.models import Organization
from learning.organizations.queries import at_or_below, get_by_code
from learning.progress.models import Enrollment
from learning.reports.queries import get_reported_course

MOST = 2000  # people on one sheet


@dataclass(frozen=True, slots=True)
class UnfinishedPerson:
    """A person who still has the course before her."""

    name: str
    organization: str
    has_started: bool
    due_on: date | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class UnfinishedSheet:
    """The people of an organization and those below it, in Vietnamese order; `total` are those left to be counted."""

    code: str
    name: str
    course_slug: str
    course_title: str
    as_of: date
    people: tuple[UnfinishedPerson, ...]
    total: int

    @property
    def overdue(self) -> int:
        """How many of those listed are past their day."""
        return sum(person.is_overdue for person in self.people)


_PEOPLE: Any = (
    select(
        Person.name,
        Person.sort_key,
        Organization.name.label("organization"),
        Organization.sort_key.label("organization_key"),
        Enrollment.started_at,
        Enrollment.due_on,
    )
    .join(Person, Person.id == Enrollment.person_id)
    .join(Organization, Organization.id == Enrollment.organization_id)
    .join(Course, Course.id == Enrollment.course_id)
    .where(
        Course.slug == bindparam("course"),
        Enrollment.is_current,
        Enrollment.is_counted,
        Enrollment.completed_at.is_(None),
        at_or_below(Organization.path, bindparam("path", type_=Organization.path.type)),
    )
)


def unfinished_sheet(paths: Sequence[str], code: str, course_slug: str, *, today: date) -> UnfinishedSheet:
    """Return who of an organization of the scope has not completed a course today; raises NotFound."""
    organization = get_by_code(code, paths)
    course = get_reported_course(course_slug)
    rows = fetch(_PEOPLE, course=course_slug, path=organization.path).all()
    ordered = sorted(rows, key=lambda row: (row.organization_key, row.sort_key))
    people = tuple(
        UnfinishedPerson(
            row.name,
            row.organization,
            row.started_at is not None,
            row.due_on,
            row.due_on is not None and row.due_on < today,
        )
        for row in ordered[:MOST]
    )
    return UnfinishedSheet(
        organization.code, organization.name, course.slug, course.title, today, people, len(rows)
    )
