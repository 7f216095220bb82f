"""What a learner does on her pages, across features."""

from sqlalchemy import select

from learning.courses.models import Course
from learning.courses.queries import get_shown_revision, is_to_pass_again
from learning.database import transaction
from learning.domain.content import CompletionRule
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Actor
from learning.progress.cycles import begin_again
from learning.progress.moments import Moment
from learning.progress.prerequisites import check_may_enroll, check_may_record
from learning.progress.services import Outcome, enroll, lock_unit, record_progress, rules_of


def enroll_in_course(actor: Actor, course_slug: str, *, moment: Moment) -> None:
    """Enroll the actor in a published course, in its next cycle once that is open; again changes nothing.

    Raises NotFound, ToDoFirst.
    """
    with transaction() as session:
        course_id = session.scalar(select(Course.id).where(Course.slug == course_slug, Course.is_published))
        if course_id is None:
            raise NotFound(course_slug)
        check_may_enroll(actor.id, course_id)
        if not begin_again(actor.id, course_id, moment=moment):
            enroll(actor.id, course_id=course_id, moment=moment)


def declare_read(
    actor: Actor, course_slug: str, unit_slug: str, *, revision_id: int | None, moment: Moment
) -> Outcome:
    """Record that the actor has read a unit, in the revision she had before her.

    Raises NotFound, ToDoFirst, Refused for a unit that is not completed by reading, and Conflict when everyone
    has to read the unit again since that revision.
    """
    with transaction():
        unit = lock_unit(course_slug, unit_slug)
        if CompletionRule.READ not in rules_of(unit.completion):
            raise Refused("This unit is not completed by reading alone.")
        check_may_record(actor.id, unit.course_id)
        revision = get_shown_revision(unit.id, revision_id)
        if revision is not None and is_to_pass_again(revision.document_id, revision.number):
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
