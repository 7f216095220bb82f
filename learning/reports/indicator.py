"""The indicator sheet: how many cadres, civil servants and public employees this site knows to be trained and passed.

It is a part of the first of the province's five indicators (officials and public employees with digital skills) and
says nothing of the others. Shares of fewer than five people are not shown, nor what would reveal them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, distinct, func, select

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.courses.models import Course
from learning.database import current_session
from learning.domain.membership import Audience
from learning.domain.small_groups import groups_to_show, total_to_show
from learning.organizations.models import Organization
from learning.organizations.queries import OrganizationRow, list_within, within
from learning.progress.models import Enrollment
from learning.reports.queries import list_course_titles

OFFICIALS = (Audience.CADRE, Audience.CIVIL_SERVANT, Audience.PUBLIC_EMPLOYEE)


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """The officials of an organization and of what is below it; `passed` is None where they are too few to tell."""

    code: str
    name: str
    people: int
    passed: int | None

    @property
    def rate(self) -> Fraction | None:
        """The share that completed, None where it is not told."""
        return Fraction(self.passed, self.people) if self.people and self.passed is not None else None


@dataclass(frozen=True, slots=True)
class Indicator:
    """The sheet over a scope; without a course it counts who completed any."""

    course_slug: str | None
    course_title: str | None
    courses: tuple[tuple[str, str], ...]
    as_of: date
    rows: tuple[IndicatorRow, ...]
    total: IndicatorRow


def indicator(paths: Sequence[str], course_slug: str | None, *, today: date) -> Indicator:
    """Return the sheet of the organizations of the scope as they are today.

    A row is a commune, ward or department with everything below it; an unknown course counts as none.
    """
    courses = tuple(list_course_titles())
    title = dict(courses).get(course_slug or "")
    organizations = list_within(paths)
    tops = [row for row in organizations if _is_row(row, paths)]
    here = [*paths]
    people = dict(map(tuple, current_session().execute(_people(here))))
    passed = dict(map(tuple, current_session().execute(_passed(here, course_slug if title else None))))
    sums = {row.code: [0, 0] for row in tops}
    whole = [0, 0]
    for organization in organizations:
        counts = (people.get(organization.id, 0), passed.get(organization.id, 0))
        top = next((row for row in tops if organization.path.startswith(row.path)), None)
        for table in (whole, *([sums[top.code]] if top else [])):
            table[0] += counts[0]
            table[1] += counts[1]
    sizes = {code: table[0] for code, table in sums.items()}
    unlisted = whole[0] - sum(sizes.values())  # of no row: the total less the rows would tell of them
    shown, tells_total = groups_to_show({None: unlisted, **sizes}), total_to_show({"": whole[0]})
    rows = tuple(
        IndicatorRow(row.code, row.name, sizes[row.code], sums[row.code][1] if row.code in shown else None)
        for row in tops
        if sizes[row.code]
    )
    total = IndicatorRow("", "", whole[0], whole[1] if tells_total else None)
    return Indicator(course_slug if title else None, title, courses, today, rows, total)


def _is_row(row: OrganizationRow, paths: Sequence[str]) -> bool:
    """Tell whether an organization has a line: the second level of the tree, and what a scope begins at below it."""
    depth = row.path.count("/") - 1
    return depth == 2 or (depth > 2 and row.path in paths)


def _people(paths: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """Select how many officials each organization has itself."""
    return (
        select(Person.organization_id, func.count())
        .join(Membership, is_main_post(Person.id))
        .join(Organization, Organization.id == Person.organization_id)
        .where(
            Membership.audience.in_(OFFICIALS),
            Membership.absence.is_(None),
            Person.disabled_at.is_(None),
            within(paths),
        )
        .group_by(Person.organization_id)
    )


def _passed(paths: Sequence[str], course_slug: str | None) -> Select[*tuple[Any, ...]]:
    """Select how many of them have completed the course, or any course, in whatever cycle."""
    statement = (
        select(Person.organization_id, func.count(distinct(Person.id)))
        .join(Membership, is_main_post(Person.id))
        .join(Organization, Organization.id == Person.organization_id)
        .join(Enrollment, Enrollment.person_id == Person.id)
        .join(Course, Course.id == Enrollment.course_id)
        .where(
            Membership.audience.in_(OFFICIALS),
            Membership.absence.is_(None),
            Person.disabled_at.is_(None),
            Enrollment.completed_at.is_not(None),
            within(paths),
        )
        .group_by(Person.organization_id)
    )
    return statement if course_slug is None else statement.where(Course.slug == course_slug)
