"""What a learner does on her pages, across features."""

from sqlalchemy import select
from sqlalchemy.orm import aliased

from learning.courses.models import Course, Document, Revision, Unit
from learning.database import transaction
from learning.domain.content import CompletionRule
from learning.domain.errors import Conflict, NotFound, Refused
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

    Raises NotFound, Refused for a unit that is not completed by reading, and Conflict when everyone has to read
    the unit again since that revision.
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
        revision = session.scalar(
            select(Revision)
            .join(Document, Document.id == Revision.document_id)
            .where(Document.unit_id == unit.id, Revision.id == revision_id)
        )
        if revision is not None and _must_be_read_again(revision):
            raise Conflict(
                "This unit was changed while you were reading, and everyone has to read it again."
                " Read the new text, then mark it as done."
            )
        [outcome] = record_progress(
            actor,
            [unit],
            moment=moment,
            satisfied=CompletionRule.READ,
            revision_sha256=revision.sha256 if revision else None,
        )
        return outcome


def _must_be_read_again(revision: Revision) -> bool:
    """Tell whether a later text, up to the published one, asked everyone to pass the unit again."""
    later, published = aliased(Revision), aliased(Revision)
    with transaction() as session:
        found = session.scalar(
            select(later.id)
            .join(Document, Document.id == later.document_id)
            .join(published, published.id == Document.published_id)
            .where(
                Document.id == revision.document_id,
                later.effect == "repass",
                later.number > revision.number,
                later.number <= published.number,
            )
            .limit(1)
        )
        return found is not None
