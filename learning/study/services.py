"""What a learner does on her pages, across features."""

from sqlalchemy import select

from learning.courses.models import Course, Document, Revision, Unit
from learning.database import transaction
from learning.domain.content import CompletionRule
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor
from learning.progress.services import Moment, Outcome, enroll, record_progress, rules_of


def enroll_in_course(actor: Actor, course_slug: str, *, moment: Moment) -> None:
    """Enroll the actor in a published course; again changes nothing; raises NotFound."""
    with transaction() as session:
        course_id = session.scalar(select(Course.id).where(Course.slug == course_slug, Course.is_published))
        if course_id is None:
            raise NotFound(course_slug)
        enroll(actor.id, actor.organization_id, course_id=course_id, moment=moment)


def declare_read(
    actor: Actor, course_slug: str, unit_slug: str, *, revision_id: int | None, moment: Moment
) -> Outcome:
    """Record that the actor has read a unit, in the revision she had before her.

    Raises NotFound, and Refused for a unit that is not completed by reading.
    """
    with transaction() as session:
        unit = session.scalar(
            select(Unit)
            .join(Course, Course.id == Unit.course_id)
            .where(
                Course.slug == course_slug,
                Unit.slug == unit_slug,
                Course.is_published,
                Unit.is_published,
                Unit.position.is_not(None),
            )
            .with_for_update(read=True, of=Unit)  # no round opens in the middle
        )
        if unit is None:
            raise NotFound(unit_slug)
        if CompletionRule.READ not in rules_of(unit.completion):
            raise Refused("This unit is not completed by reading alone.")
        sha256 = session.scalar(
            select(Revision.sha256)
            .join(Document, Document.id == Revision.document_id)
            .where(Document.unit_id == unit.id, Revision.id == revision_id)
        )
        return record_progress(
            actor, unit, moment=moment, satisfied=CompletionRule.READ, revision_sha256=sha256
        )
