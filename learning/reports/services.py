"""What a manager does: looking at names, which is put on record, and giving courses to organizations."""

from learning.audit.services import record
from learning.courses.queries import get_course
from learning.database import transaction
from learning.domain.permissions import Actor, Permission
from learning.organizations.queries import get_by_code
from learning.progress.services import Moment, assign_course


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


def assign(actor: Actor, course_slug: str, organization_code: str, *, title: str, moment: Moment) -> int:
    """Give a course to an organization of the actor's scope; returns how many were enrolled; raises NotFound."""
    with transaction():
        organization = get_by_code(organization_code, actor.scope(Permission.ASSIGNMENT_MANAGE))
        course = get_course(course_slug)
        return assign_course(actor.id, course.id, organization_id=organization.id, title=title, moment=moment)
