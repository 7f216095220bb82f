"""The figures of one wave: of the people whom the assignments of a course under one title cover today.

They are counted from the facts, since a person may be of several waves and the ledger counts her once.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, literal, or_, select

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.courses.models import Course, Unit
from learning.database import current_session, fetch
from learning.domain.figures import NO_AUDIENCE
from learning.organizations.models import Organization
from learning.organizations.queries import at_or_below, within
from learning.progress.coverage import covered, get_rule
from learning.progress.figures import Standing
from learning.progress.models import Assignment, Enrollment, UnitCompletion

_OF_COURSE = (
    select(Assignment.id, Assignment.title)
    .join(Course, Course.id == Assignment.course_id)
    .join(Organization, Organization.id == Assignment.organization_id)
    .where(Course.slug == bindparam("course"))
    .order_by(Assignment.created_at.desc(), Assignment.id.desc())
)


def list_waves(paths: Sequence[str], course_slug: str) -> tuple[str, ...]:
    """Return the titles of a course's assignments that reach into the scope, the newest first, withdrawn ones too."""
    reaching = [at_or_below(literal(path), Organization.path) for path in paths]
    rows = fetch(_OF_COURSE.where(or_(within(paths), *reaching)), course=course_slug)
    return tuple(dict.fromkeys(row.title for row in rows))


def wave_figures(
    paths: Sequence[str], course: tuple[int, str], wave: str, *, audience: str, today: date
) -> tuple[list[Standing], dict[tuple[int, int], int]]:
    """Return what stands today of the people of a wave, and who is overdue by (organization, course).

    `course` is its id and slug.
    """
    course_id, slug = course
    ids = [
        row.id
        for row in fetch(_OF_COURSE.where(Assignment.title == bindparam("wave")), course=slug, wave=wave)
    ]
    rules = [get_rule(id) for id in ids]
    if not rules:
        return [], {}
    here = and_(
        Enrollment.course_id == course_id,
        Enrollment.is_current,
        Enrollment.is_counted,
        Enrollment.audience == audience if audience != NO_AUDIENCE else literal(True),
        Enrollment.person_id.in_(_people(rules)),
        within(paths),
    )
    late = and_(Enrollment.completed_at.is_(None), Enrollment.due_on < today)
    rows = current_session().execute(
        select(
            Enrollment.organization_id,
            func.count(),
            func.count(Enrollment.started_at),
            func.count(Enrollment.completed_at),
            func.sum(case((late, 1), else_=0)),
        )
        .join(Organization, Organization.id == Enrollment.organization_id)
        .where(here)
        .group_by(Enrollment.organization_id)
    )
    standing, overdue = [], {}
    for organization_id, enrolled, started, completed, n in map(tuple, rows):
        standing.append(Standing(organization_id, course_id, None, enrolled, started, completed, 0, 0))
        overdue[organization_id, course_id] = int(n)
    units = current_session().execute(
        select(Enrollment.organization_id, Unit.id, func.count(), func.count(UnitCompletion.completed_at))
        .join(Organization, Organization.id == Enrollment.organization_id)
        .join(UnitCompletion, UnitCompletion.enrollment_id == Enrollment.id)
        .join(Unit, and_(Unit.id == UnitCompletion.unit_id, Unit.round == UnitCompletion.round))
        .where(here)
        .group_by(Enrollment.organization_id, Unit.id)
    )
    for organization_id, unit_id, started, completed in map(tuple, units):
        standing.append(Standing(organization_id, course_id, unit_id, 0, started, completed, 0, 0))
    return standing, {place: n for place, n in overdue.items() if n}


def _people(rules: Sequence[Any]) -> Select[int]:
    return (
        select(Person.id)
        .join(Membership, is_main_post(Person.id))
        .join(Organization, Organization.id == Person.organization_id)
        .where(covered(rules))
    )
