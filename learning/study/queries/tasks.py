"""The task of a unit as its learner sees it, with what she handed in."""

from collections.abc import Sequence
from fractions import Fraction

from learning.domain.completion import Turn
from learning.domain.hand_marks import HandMark
from learning.domain.permissions import Actor
from learning.study.queries.pages import HandedIn, ReviewLine, TaskToHandIn
from learning.tasks.queries import Submission, TaskText, get_task_text, list_submissions


def task_to_hand_in(
    actor: Actor, unit_id: int, turn: Turn, *, revision_id: int, sha256: str
) -> TaskToHandIn | None:
    """Return the task in a revision of a unit, None where that has none; the actor's submissions are of one turn."""
    text = get_task_text(revision_id, sha256)
    if text is None:
        return None
    submissions = list_submissions(actor.id, unit_id, turn)
    return TaskToHandIn(rubric=_rubric(text, None), submissions=tuple(map(_handed_in, submissions)))


def _handed_in(submission: Submission) -> HandedIn:
    text = get_task_text(submission.revision_id, submission.sha256)
    return HandedIn(
        number=submission.number,
        text=submission.text,
        state=submission.state,
        submitted_at=submission.submitted_at,
        marked_at=submission.marked_at,
        rubric=_rubric(text, submission.mark) if text and submission.mark else (),
        remark=submission.mark.comment if submission.mark else "",
    )


def _rubric(text: TaskText, mark: HandMark | None) -> tuple[ReviewLine, ...]:
    """Return what points are given for, with those given."""
    lines = text.task.lines
    given: Sequence[Fraction | None] = mark.points if mark else (None,) * len(lines)
    return tuple(
        ReviewLine(text.html.get(f"task/rubric/{number}", ""), line.points, won)
        for number, (line, won) in enumerate(zip(lines, given, strict=True), start=1)
    )
