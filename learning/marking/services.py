"""Marking answers and tasks by hand: one transaction with the result, the completions and the notice that follow."""

from collections.abc import Sequence
from fractions import Fraction

from sqlalchemy import bindparam, insert, update

from learning.accounts.queries import lock_person
from learning.audit.services import record, record_disclosure
from learning.database import transaction
from learning.domain.content import CompletionRule
from learning.domain.errors import Conflict, Refused
from learning.domain.hand_marks import HandMark, MarkState, check_points, lines_of
from learning.domain.permissions import Actor
from learning.domain.purposes import PagePurpose
from learning.domain.task import TaskState
from learning.marking.queries.answers import FoundAnswer, get_answer, list_given
from learning.marking.queries.tasks import FoundSubmission, get_submission, list_decisions
from learning.notices.services import tell
from learning.progress.moments import Moment
from learning.progress.services import lock_unit_by_id, record_progress
from learning.quizzes.marking import original_text
from learning.quizzes.models import AnswerToMark, HandMarkGiven
from learning.quizzes.services import settle_attempt
from learning.tasks.models import TaskMark, TaskSubmission

_GIVE = insert(HandMarkGiven)
_SET_STATE = update(AnswerToMark).where(AnswerToMark.id == bindparam("answer"))
_DECIDE = insert(TaskMark)
_SET_TASK_STATE = update(TaskSubmission).where(TaskSubmission.id == bindparam("submission"))


class MarkedMeanwhile(Conflict):
    """Something happened to what is marked after the page was opened; nothing was changed."""


def mark_answer(
    actor: Actor,
    answer_id: int,
    *,
    points: Sequence[Fraction],
    comment: str,
    asks_second_look: bool,
    seen: int | None,
    moment: Moment,
) -> FoundAnswer:
    """Give points for an answer; counts at once, or once a colleague has looked at it where that is asked for.

    `seen` is the latest mark that the marker saw. Whoever looks at an answer a second time settles it. Raises
    NotFound, MarkedMeanwhile, and Refused for points that do not fit the rubric.
    """
    with transaction() as session:
        found = get_answer(actor, answer_id, lock=True)
        given = list_given(answer_id)
        latest = given[0] if given else None
        if (latest.id if latest else None) != seen:
            raise MarkedMeanwhile("Somebody marked this answer while you had it open. Look at both below.")
        question = original_text(found.attempt).quiz.question(found.question_id)
        check_points(lines_of(question.answer.rubric, question.points), points)
        is_second = found.state is MarkState.SECOND_LOOK and latest is not None
        if is_second and latest is not None and latest.marker_id == actor.id:
            raise MarkedMeanwhile("You asked for a second look at this answer; a colleague gives it.")
        state = MarkState.SECOND_LOOK if asks_second_look and not is_second else MarkState.MARKED
        connection = session.connection()
        connection.execute(
            _GIVE,
            {
                "answer_id": answer_id,
                "marker_id": actor.id,
                "points": [str(one) for one in points],
                "comment": comment,
                "asks_second_look": state is MarkState.SECOND_LOOK,
                "marked_at": moment.at,
            },
        )
        connection.execute(_SET_STATE, {"answer": answer_id, "state": state.value})
        record(
            "answer.marked",
            f"answer/{answer_id}",
            actor_id=actor.id,
            now=moment.at,
            points=str(HandMark(tuple(points)).total),
            state=state.value,
        )
        if state is MarkState.MARKED or found.state is MarkState.MARKED:
            result = settle_attempt(found.learner, found.attempt, moment=moment)
            if not result.grade.waiting:
                quiz = original_text(found.attempt).quiz
                attempt_id = found.attempt.row.id
                tell(
                    found.learner.id,
                    "attempt_marked",
                    f"attempt/{attempt_id}",
                    now=moment.at,
                    attempt=attempt_id,
                    quiz=quiz.title,
                )
        return found


def mark_task(
    actor: Actor,
    submission_id: int,
    *,
    accepted: bool,
    points: Sequence[Fraction],
    comment: str,
    asks_second_look: bool,
    seen: int | None,
    moment: Moment,
) -> FoundSubmission:
    """Accept what was handed in for a task, which completes that part of the unit, or return it to its author.

    `seen` is the latest decision that the marker saw. It counts at once, or once a colleague has looked at it too
    where that is asked for. What was accepted stays so; points and comment can be corrected. Raises NotFound,
    MarkedMeanwhile and Refused.
    """
    with transaction() as session:
        unit = lock_unit_by_id(get_submission(actor, submission_id).unit_id)
        lock_person(get_submission(actor, submission_id).learner.id)  # she may be handing in anew
        found = get_submission(actor, submission_id)  # as it stands until the end
        state = _decided_state(actor, found, accepted=accepted, asks_second_look=asks_second_look, seen=seen)
        check_points(found.task.task.lines, points)
        connection = session.connection()
        connection.execute(
            _DECIDE,
            {
                "submission_id": submission_id,
                "marker_id": actor.id,
                "accepted": accepted,
                "points": [str(one) for one in points],
                "comment": comment,
                "asks_second_look": state is TaskState.SECOND_LOOK,
                "marked_at": moment.at,
            },
        )
        connection.execute(_SET_TASK_STATE, {"submission": submission_id, "state": state.value})
        record(
            "task.marked",
            f"task/{submission_id}",
            actor_id=actor.id,
            now=moment.at,
            points=str(HandMark(tuple(points)).total),
            state=state.value,
        )
        if state is TaskState.ACCEPTED:
            record_progress(
                found.learner,
                [unit],
                moment=moment,
                satisfied=CompletionRule.TASK,
                revision_sha256=found.sha256,
                cycle=found.turn.cycle,
            )
        if state.is_settled:
            tell(
                found.learner.id,
                "task_marked",
                f"task/{unit.id}",
                now=moment.at,
                course=found.course_slug,
                unit=found.unit_slug,
                title=found.unit_title,
                state=state.value,
            )
        return found


def _decided_state(
    actor: Actor, found: FoundSubmission, *, accepted: bool, asks_second_look: bool, seen: int | None
) -> TaskState:
    """Return what a decision makes of a submission; raises MarkedMeanwhile and Refused where it cannot be taken."""
    if found.state is TaskState.REPLACED or not found.is_latest:
        raise MarkedMeanwhile("Something newer was handed in for this task. It waits in the queue.")
    given = list_decisions(found.id)
    latest = given[0] if given else None
    if (latest.id if latest else None) != seen:
        raise MarkedMeanwhile("Somebody marked this while you had it open. Look at both below.")
    if found.state is TaskState.SECOND_LOOK and latest is not None and latest.marker_id == actor.id:
        raise MarkedMeanwhile("You asked for a second look at this; a colleague gives it.")
    if found.state is TaskState.ACCEPTED and not accepted:
        raise Refused("This was accepted and counts. Points and comment can still be changed.")
    if asks_second_look and found.state is TaskState.WAITING:
        return TaskState.SECOND_LOOK
    return TaskState.ACCEPTED if accepted else TaskState.RETURNED


def note_look_at_name(actor: Actor, what: str, *, moment: Moment) -> None:
    """Put on record that somebody who marks looked up whose `answer/<id>` or `task/<id>` it is."""
    record_disclosure(
        f"{what.partition('/')[0]}.name_read",
        what,
        actor_id=actor.id,
        now=moment.at,
        purpose=PagePurpose.MARK,
    )
