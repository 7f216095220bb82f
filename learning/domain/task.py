"""A practical task: something to do at one's own work and to report, which a trainer accepts."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.hand_marks import RubricLine, lines_of


@dataclass(frozen=True, slots=True)
class Task:
    """The task of a unit in one language; body, lines and model answer are Markdown.

    Learners see what points are given for, and never the model answer.
    """

    title: str
    body: str
    points: Fraction
    rubric: tuple[RubricLine, ...] = ()
    model: str = ""
    line: int = 1

    @property
    def lines(self) -> tuple[RubricLine, ...]:
        """What points are given for."""
        return lines_of(self.rubric, self.points)


class TaskState(StrEnum):
    """How far a report on a task is; one that was handed in anew before it was read is replaced."""

    WAITING = "waiting"
    SECOND_LOOK = "second_look"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REPLACED = "replaced"

    @property
    def is_settled(self) -> bool:
        """Whether somebody has decided on it."""
        return self in (TaskState.ACCEPTED, TaskState.RETURNED)


def may_hand_in(latest: TaskState | None) -> bool:
    """Tell whether a person may hand in a report after her latest, None where there is none.

    Not while a colleague gives a second look, for then somebody has read it, and not once one was accepted.
    """
    return latest not in (TaskState.SECOND_LOOK, TaskState.ACCEPTED)


def check_twin(original: Task | None, twin: Task | None, findings: Findings, *, name: str) -> None:
    """Note where the task of a twin asks for other things than the file `name` in the course's own language."""
    if original is None or twin is None:
        if original is not twin:
            findings.add("080", "no_task" if twin is None else "task", original=name)
        return
    if len(original.rubric) != len(twin.rubric):
        findings.add(
            "080", "lines", line=twin.line, found=len(twin.rubric), needed=len(original.rubric), original=name
        )
        return
    if original.points != twin.points:
        findings.add("080", "points", line=twin.line, original=name)
        return
    for number, (ours, theirs) in enumerate(zip(original.rubric, twin.rubric, strict=True), start=1):
        if ours.points != theirs.points:
            findings.add("080", "rubric", line=twin.line, number=number, original=name)
