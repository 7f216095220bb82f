"""What a manager does: looking at names, which is put on record, and giving courses to organizations."""

from learning.audit.services import record
from learning.courses.queries import find_course
from learning.database import transaction
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission
from learning.organizations.queries import get_by_code
from learning.progress.assignments import NewAssignment, assign_course
from learning.progress.moments import Moment


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
    actor: Actor, course_slug: str, organization_code: str, *, title: str, moment: Moment
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
        return assign_course(actor.id, course.id, organization_id=organization.id, title=title, moment=moment)
