"""Handing in what was done for the task of a unit."""

from sqlalchemy import bindparam, insert, update

from learning.accounts.queries import lock_person
from learning.courses.queries import get_shown_revision, is_to_pass_again
from learning.database import transaction
from learning.domain.completion import Turn
from learning.domain.content import CompletionRule
from learning.domain.errors import Conflict, Refused
from learning.domain.permissions import Actor
from learning.domain.task import TaskState, may_hand_in
from learning.domain.wording import visible_lines
from learning.progress.moments import Moment
from learning.progress.prerequisites import check_may_record
from learning.progress.queries import current_cycle
from learning.progress.services import RecordedUnit, lock_unit, record_progress, rules_of
from learning.tasks.models import TaskSubmission
from learning.tasks.queries import get_task_text, last_number, list_submissions

LONGEST = 20_000  # characters of what is handed in

_INSERT = insert(TaskSubmission)
_REPLACE = (
    update(TaskSubmission)
    .where(TaskSubmission.id == bindparam("submission"))
    .values(state=TaskState.REPLACED.value)
)


class HandedInMeanwhile(Conflict):
    """Something was handed in, or marked, after the page was opened; nothing was changed."""


def hand_in(
    actor: Actor,
    course_slug: str,
    unit_slug: str,
    *,
    text: str,
    revision_id: int | None,
    seen: int,
    moment: Moment,
) -> None:
    """Hand in a text for the task of a unit, in place of an earlier one that nobody has read yet.

    `revision_id` is the text of the unit that was shown, `seen` the number of the latest submission shown, 0 for
    none. The same text sent again changes nothing. Raises NotFound, ToDoFirst, Refused, and HandedInMeanwhile.
    """
    with transaction() as session:
        unit = lock_unit(course_slug, unit_slug)
        if CompletionRule.TASK not in rules_of(unit.completion):
            raise Refused("This unit has no task to hand in.")
        check_may_record(actor.id, unit.course_id)
        handed_in = _checked(text)
        lock_person(actor.id)  # what she hands in at the same moment waits, and so does whoever marks it
        turn = Turn(current_cycle(actor.id, unit.course_id), unit.round)
        submissions = list_submissions(actor.id, unit.id, turn)
        latest = submissions[0] if submissions else None
        if latest is not None and latest.state is TaskState.WAITING and latest.text == handed_in:
            return
        if (latest.number if latest else 0) != seen:
            raise HandedInMeanwhile(
                "You have handed in something else in another window. Look at both, then hand in again if you want."
            )
        if not may_hand_in(latest.state if latest else None):
            raise HandedInMeanwhile("Your task has been read meanwhile. What you wrote was not handed in.")
        if latest is not None and latest.text == handed_in:
            raise Refused(
                "This is the text that was returned to you. Change it, then hand it in.", field="report"
            )
        revision = _revision_shown(unit, revision_id)
        connection = session.connection()
        if latest is not None and latest.state is TaskState.WAITING:
            connection.execute(_REPLACE, {"submission": latest.id})
        connection.execute(
            _INSERT,
            {
                "person_id": actor.id,
                "unit_id": unit.id,
                **turn._asdict(),
                "number": last_number(actor.id, unit.id, unit.round) + 1,
                "revision_id": revision,
                "text": handed_in,
                "state": TaskState.WAITING.value,
                "submitted_at": moment.at,
            },
        )
        record_progress(actor, [unit], moment=moment, cycle=turn.cycle)


def _checked(text: str) -> str:
    handed_in = visible_lines(text)
    if not handed_in:
        raise Refused("Write what you did before you hand it in.", field="report")
    if len(handed_in) > LONGEST:
        raise Refused("At most %(maximum)s characters.", field="report", maximum=LONGEST)
    return handed_in


def _revision_shown(unit: RecordedUnit, revision_id: int | None) -> int:
    """Return the id of the text that was shown; raises Refused and HandedInMeanwhile where it cannot be marked by."""
    revision = get_shown_revision(unit.id, revision_id)
    if revision is None or get_task_text(revision.id, revision.sha256) is None:
        raise Refused("This page is too old to hand in from. Open the unit anew.")
    if is_to_pass_again(revision.document_id, revision.number):
        raise HandedInMeanwhile(
            "This unit was changed while you were writing, and everyone has to pass it again."
            " Read the new text, then hand in."
        )
    return revision.id
