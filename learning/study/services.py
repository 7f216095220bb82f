"""What a learner does on her pages, across features."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from learning.courses.models import Course, Document, Revision, Unit
from learning.database import fetch, transaction
from learning.domain.content import CompletionRule
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Actor
from learning.progress.moments import Moment
from learning.progress.services import RECORDED_UNIT, Outcome, RecordedUnit, enroll, record_progress, rules_of

_later, _published = aliased(Revision), aliased(Revision)
_UNIT = (
    select(*RECORDED_UNIT)
    .join(Course, Course.id == Unit.course_id)
    .where(
        Course.slug == bindparam("course"),
        Unit.slug == bindparam("unit"),
        Course.is_published,
        Unit.is_published,
        Unit.position.is_not(None),
    )
    .with_for_update(read=True, of=Unit)  # no round opens in the middle
)
_REVISION = (
    select(Revision.document_id, Revision.number, Revision.sha256)
    .join(Document, Document.id == Revision.document_id)
    .where(Document.unit_id == bindparam("unit"), Revision.id == bindparam("revision"))
)
_ASKED_AGAIN = (
    select(_later.id)
    .join(Document, Document.id == _later.document_id)
    .join(_published, _published.id == Document.published_id)
    .where(
        Document.id == bindparam("document"),
        _later.effect == "repass",
        _later.number > bindparam("number"),
        _later.number <= _published.number,
    )
    .limit(1)
)


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
    with transaction():
        row = fetch(_UNIT, course=course_slug, unit=unit_slug).one_or_none()
        if row is None:
            raise NotFound(unit_slug)
        unit = RecordedUnit._make(row)
        if CompletionRule.READ not in rules_of(unit.completion):
            raise Refused("This unit is not completed by reading alone.")
        revision = fetch(_REVISION, unit=unit.id, revision=revision_id).one_or_none()
        if revision is not None and _must_be_read_again(revision.document_id, revision.number):
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


def _must_be_read_again(document_id: int, number: int) -> bool:
    """Tell whether a later text, up to the published one, asked everyone to pass the unit again."""
    return fetch(_ASKED_AGAIN, document=document_id, number=number).first() is not None
