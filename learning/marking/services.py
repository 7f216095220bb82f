"""Marking an answer by hand: one transaction with the result, the completions and the notice that follow from it."""

from collections.abc import Sequence
from fractions import Fraction

from sqlalchemy import bindparam, insert, update

from learning.audit.services import record
from learning.database import transaction
from learning.domain.errors import Conflict
from learning.domain.hand_marks import HandMark, MarkState, check_points
from learning.domain.permissions import Actor
from learning.marking.queries import FoundAnswer, get_answer, list_given
from learning.notices.services import tell
from learning.progress.moments import Moment
from learning.quizzes.marking import original_text
from learning.quizzes.models import AnswerToMark, HandMarkGiven
from learning.quizzes.services import settle_attempt

_GIVE = insert(HandMarkGiven)
_SET_STATE = update(AnswerToMark).where(AnswerToMark.id == bindparam("answer"))


class MarkedMeanwhile(Conflict):
    """Somebody else marked the answer after the page was opened; nothing was changed."""


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
        check_points(question, points)
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


def note_look_at_name(actor: Actor, found: FoundAnswer, *, moment: Moment) -> None:
    """Put on record that somebody who marks looked up whose answer it is."""
    record("answer.name_read", f"answer/{found.id}", actor_id=actor.id, now=moment.at)
