"""What a manager does: looking at names, which is put on record, and giving courses to organizations."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from learning.audit.services import record
from learning.courses.queries import find_course, get_course
from learning.database import transaction
from learning.domain.due import DueRule
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission
from learning.organizations.queries import get_by_code
from learning.progress.assignments import (
    NEVER_DUE,
    Due,
    NewAssignment,
    assign_course,
    check_due,
    withdraw_assignment,
)
from learning.progress.moments import Moment
from learning.progress.queries import count_enrollable, list_joined

DAYS_SHOWN = 20


def record_names_seen(actor: Actor, organization_code: str, *, course: str, moment: Moment, how: str) -> None:
    """Put on record that the actor saw the names of an organization's people, before the page goes out."""
    record(
        "report.names_seen",
        f"organization:{organization_code}",
        actor_id=actor.id,
        now=moment.at,
        course=course,
        how=how,
    )


def record_person_seen(actor: Actor, person_id: int, *, moment: Moment, how: str) -> None:
    """Put on record that the actor saw how far one person is, before the page goes out."""
    record("report.names_seen", f"person:{person_id}", actor_id=actor.id, now=moment.at, how=how)


def assign(
    actor: Actor,
    course_slug: str,
    organization_code: str,
    *,
    title: str,
    moment: Moment,
    due: Due = NEVER_DUE,
) -> NewAssignment:
    """Give a published course to an organization of the actor's scope.

    Raises NotFound, which names its field; Refused and Conflict as `assign_course` does.
    """
    with transaction():
        scope = actor.scope(Permission.ASSIGNMENT_MANAGE)
        organization = get_by_code(organization_code, scope, field="organization")
        course = find_course(course_slug)
        if course is None or not course.is_published:
            raise NotFound(course_slug, field="course")
        return assign_course(
            actor.id, course.id, organization_id=organization.id, title=title, due=due, moment=moment
        )


@dataclass(frozen=True, slots=True)
class AssignmentPreview:
    """What an assignment would do today: whom it would enroll, and the days on which it would be due for whom.

    `days` are (last day in time, number of people) of all whom it would cover and who have not completed the course,
    the first days first.
    """

    enrolled: int
    days: tuple[tuple[date, int], ...]


def preview_assignment(
    actor: Actor, course_slug: str, organization_code: str, *, due: Due, moment: Moment
) -> AssignmentPreview:
    """Return what an assignment would do; raises NotFound, and Refused as `assign` does."""
    organization = get_by_code(
        organization_code, actor.scope(Permission.ASSIGNMENT_MANAGE), field="organization"
    )
    course = get_course(course_slug)
    check_due(due, moment.day)
    joined = list_joined(course.id, organization.path)
    rule = DueRule(moment.day, due.on, due.days)
    days = Counter(day for since in joined if (day := rule.due_for(since)) is not None)
    return AssignmentPreview(
        count_enrollable(course.id, organization.path), tuple(sorted(days.items())[:DAYS_SHOWN])
    )


def withdraw(actor: Actor, assignment_id: int, *, moment: Moment) -> None:
    """End an assignment to an organization of the actor's scope; raises NotFound."""
    withdraw_assignment(actor.id, assignment_id, actor.scope(Permission.ASSIGNMENT_MANAGE), moment=moment)
