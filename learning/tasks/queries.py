"""Reading the tasks of units, and what was handed in for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, select

from learning.courses.models import Document, Revision
from learning.database import fetch
from learning.domain.completion import Turn
from learning.domain.hand_marks import HandMark
from learning.domain.task import Task, TaskState
from learning.formats.unit import parse_unit
from learning.tasks.models import TaskMark, TaskSubmission


@dataclass(frozen=True, slots=True)
class TaskText:
    """The task of a revision of a unit, with the HTML of its parts by the names that rendering gives them."""

    task: Task
    html: Mapping[str, str]
    language: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody handed in; the mark is there once it counts."""

    id: int
    number: int
    text: str
    state: TaskState
    submitted_at: datetime
    revision_id: int
    sha256: str
    mark: HandMark | None
    marked_at: datetime | None


_TEXT = (
    select(Document.language, Revision.source, Revision.html)
    .join(Document, Document.id == Revision.document_id)
    .where(Revision.id == bindparam("revision"))
)
_LATEST_MARK = (
    select(func.max(TaskMark.id))
    .where(TaskMark.submission_id == TaskSubmission.id)
    .correlate(TaskSubmission)
    .scalar_subquery()
)
_SUBMISSIONS = (
    select(
        TaskSubmission.id,
        TaskSubmission.number,
        TaskSubmission.text,
        TaskSubmission.state,
        TaskSubmission.submitted_at,
        TaskSubmission.revision_id,
        Revision.sha256,
        TaskMark.points,
        TaskMark.comment,
        TaskMark.marked_at,
    )
    .join(Revision, Revision.id == TaskSubmission.revision_id)
    .outerjoin(TaskMark, and_(TaskMark.submission_id == TaskSubmission.id, TaskMark.id == _LATEST_MARK))
    .where(
        TaskSubmission.person_id == bindparam("person"),
        TaskSubmission.unit_id == bindparam("unit"),
        TaskSubmission.cycle == bindparam("cycle"),
        TaskSubmission.round == bindparam("round"),
    )
    .order_by(TaskSubmission.number.desc())
)
_PUBLISHED = (
    select(Document.language, Revision.id, Revision.sha256)
    .join(Revision, Revision.id == Document.published_id)
    .where(Document.unit_id == bindparam("unit"))
)


@lru_cache(maxsize=128)
def get_task_text(revision_id: int, sha256: str) -> TaskText | None:
    """Return the task of a revision, None where it has none; `sha256` is that of its text, which never changes."""
    row = fetch(_TEXT, revision=revision_id).one()
    unit = parse_unit(row.source, file="", language=row.language).value
    if unit is None or unit.task is None:
        return None
    return TaskText(
        unit.task, {name: text for name, text in row.html.items() if name != "body"}, row.language
    )


def published_task(unit_id: int, languages: Iterable[str]) -> TaskText | None:
    """Return the published task of a unit in the first of the languages that it has, None where there is none."""
    revisions = {row.language: row for row in fetch(_PUBLISHED, unit=unit_id)}
    row = next((revisions[language] for language in languages if language in revisions), None)
    return None if row is None else get_task_text(row.id, row.sha256)


def list_submissions(person_id: int, unit_id: int, turn: Turn) -> list[Submission]:
    """Return what a person handed in for the task of a unit in one cycle and round, the latest first."""
    rows = fetch(_SUBMISSIONS, person=person_id, unit=unit_id, **turn._asdict())
    return [_submission(row) for row in rows]


_LAST_NUMBER = select(func.max(TaskSubmission.number)).where(
    TaskSubmission.person_id == bindparam("person"),
    TaskSubmission.unit_id == bindparam("unit"),
    TaskSubmission.round == bindparam("round"),
)


def last_number(person_id: int, unit_id: int, round_: int) -> int:
    """Return the number of what a person handed in last in a round of a unit, in whichever cycle; 0 for nothing."""
    return fetch(_LAST_NUMBER, person=person_id, unit=unit_id, round=round_).scalar_one() or 0


def _submission(row: Row[Any]) -> Submission:
    state = TaskState(row.state)
    mark = HandMark(tuple(map(Fraction, row.points)), row.comment) if state.is_settled else None
    return Submission(
        id=row.id,
        number=row.number,
        text=row.text,
        state=state,
        submitted_at=row.submitted_at,
        revision_id=row.revision_id,
        sha256=row.sha256,
        mark=mark,
        marked_at=row.marked_at if mark else None,
    )
