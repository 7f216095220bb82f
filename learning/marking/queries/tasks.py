"""Tasks as those who mark see them: which units wait, what was handed in for one, one submission with its rubric.

The same people mark as mark answers, and nobody marks her own. What was handed in for an earlier round of a unit
counts for nothing any more, and waits for nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import aliased

from learning.accounts.models import Person
from learning.courses.models import Course, Document, Revision, Unit
from learning.database import current_session, fetch
from learning.domain.completion import LearnerKey, Turn
from learning.domain.errors import NotFound
from learning.domain.hand_marks import HandMark
from learning.domain.permissions import Actor, Permission
from learning.domain.task import TaskState
from learning.i18n import by_preference, direction
from learning.marking.queries.pages import (
    EarlierSubmission,
    GivenDecision,
    LineToMark,
    SubmissionLine,
    SubmissionPage,
    TaskLine,
    TaskPage,
)
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.tasks.models import TaskMark, TaskSubmission
from learning.tasks.queries import TaskText, get_task_text, list_submissions, published_task

DECIDED = (TaskState.ACCEPTED, TaskState.RETURNED)
DECIDED_SHOWN = 50  # the latest submissions of a task that were decided on, to look at again


def _markable(statement: Any, actor: Actor) -> Any:
    """Return a statement on submissions narrowed to those of others in courses whose tasks the actor marks."""
    return (
        statement.join(Unit, (Unit.id == TaskSubmission.unit_id) & (Unit.round == TaskSubmission.round))
        .join(Course, Course.id == Unit.course_id)
        .join(Organization, Organization.id == Course.owner_id)
        .where(within(actor.scope(Permission.ATTEMPT_MARK)), TaskSubmission.person_id != actor.id)
    )


def _latest(column: Any) -> Any:
    """Return a column of the latest mark of a submission."""
    return (
        select(column)
        .where(TaskMark.submission_id == TaskSubmission.id)
        .order_by(TaskMark.id.desc())
        .limit(1)
        .correlate(TaskSubmission)
        .scalar_subquery()
    )


def _is_open_to(actor: Actor) -> Any:
    """Return the condition that a submission waits, and not for somebody else to look at it again."""
    return (TaskSubmission.state == TaskState.WAITING) | (
        (TaskSubmission.state == TaskState.SECOND_LOOK) & (_latest(TaskMark.marker_id) != actor.id)
    )


def list_tasks(actor: Actor, language: str) -> list[TaskLine]:
    """Return the units whose tasks the actor marks, those with the oldest waiting submission first."""
    open_to = _is_open_to(actor)
    oldest = func.min(TaskSubmission.submitted_at).filter(open_to)
    rows = (
        current_session()
        .execute(
            _markable(
                select(
                    Unit.id,
                    Unit.slug,
                    Course.slug.label("course_slug"),
                    Course.language,
                    func.count().filter(open_to).label("waiting"),
                    func.count()
                    .filter(open_to, TaskSubmission.state == TaskState.SECOND_LOOK)
                    .label("second"),
                    oldest.label("oldest"),
                    func.count().filter(TaskSubmission.state.in_(DECIDED)).label("marked"),
                ).select_from(TaskSubmission),
                actor,
            )
            .group_by(Unit.id, Unit.slug, Course.slug, Course.language)
            .order_by(oldest.nulls_last(), Course.slug, Unit.slug)
        )
        .all()
    )
    titles = _unit_titles(row.id for row in rows)
    lines = []
    for row in rows:
        preferred = by_preference(language, row.language)
        text = published_task(row.id, preferred)
        chosen = text.language if text else row.language
        lines.append(
            TaskLine(
                course_slug=row.course_slug,
                unit_slug=row.slug,
                unit_title=_title_of(titles[row.id], preferred),
                title=_task_title(text),
                language=chosen,
                dir=direction(chosen),
                waiting=row.waiting,
                second_looks=row.second,
                oldest=row.oldest,
                marked=row.marked,
            )
        )
    return lines


_TITLES = (
    select(Document.unit_id, Document.language, Revision.title)
    .join(Revision, Revision.id == Document.published_id)
    .where(Document.unit_id.in_(bindparam("units", expanding=True)))
)


def _unit_titles(unit_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Return the published titles of units by language."""
    titles: dict[int, dict[str, str]] = {unit_id: {} for unit_id in unit_ids}
    for row in fetch(_TITLES, units=list(titles)):
        titles[row.unit_id][row.language] = row.title
    return titles


def _title_of(titles: dict[str, str], languages: Iterable[str]) -> str:
    return next((titles[language] for language in languages if language in titles), "")


def _task_title(text: TaskText | None) -> str:
    return text.html.get("task/title", "") if text else ""


def task_page(actor: Actor, course_slug: str, unit_slug: str, language: str) -> TaskPage:
    """Return what was handed in for a task, the oldest waiting and the latest decided first.

    Raises NotFound for a unit for which nothing was handed in that the actor marks.
    """
    statement = _markable(
        select(
            TaskSubmission.id,
            TaskSubmission.number,
            TaskSubmission.state,
            TaskSubmission.submitted_at,
            _latest(TaskMark.marked_at).label("marked_at"),
            _latest(TaskMark.points).label("points"),
            Unit.id.label("unit_id"),
            Course.language,
        ).select_from(TaskSubmission),
        actor,
    ).where(Course.slug == course_slug, Unit.slug == unit_slug)
    session = current_session()
    waiting = session.execute(
        statement.where(_is_open_to(actor)).order_by(TaskSubmission.submitted_at, TaskSubmission.id)
    ).all()
    decided = session.execute(
        statement.where(TaskSubmission.state.in_(DECIDED))
        .order_by(_latest(TaskMark.id).desc())
        .limit(DECIDED_SHOWN)
    ).all()
    if not waiting and not decided:
        raise NotFound
    first = (waiting or decided)[0]
    preferred = by_preference(language, first.language)
    text = published_task(first.unit_id, preferred)
    chosen = text.language if text else first.language
    return TaskPage(
        course_slug=course_slug,
        unit_slug=unit_slug,
        unit_title=_title_of(_unit_titles([first.unit_id])[first.unit_id], preferred),
        title=_task_title(text),
        points=text.task.points if text else None,
        language=chosen,
        dir=direction(chosen),
        waiting=tuple(map(_submission_line, waiting)),
        marked=tuple(map(_submission_line, decided)),
    )


def _submission_line(row: Row[Any]) -> SubmissionLine:
    points = None if row.points is None else HandMark(tuple(map(Fraction, row.points))).total
    return SubmissionLine(row.id, row.number, TaskState(row.state), row.submitted_at, row.marked_at, points)


def next_submission(actor: Actor, unit_id: int, *, after: int) -> int | None:
    """Return the next submission for a task that waits for the actor, beginning anew after the last one."""
    following: int | None = current_session().scalar(
        _markable(select(TaskSubmission.id).select_from(TaskSubmission), actor)
        .where(TaskSubmission.unit_id == unit_id, _is_open_to(actor), TaskSubmission.id != after)
        .order_by(TaskSubmission.id <= after, TaskSubmission.id)
        .limit(1)
    )
    return following


@dataclass(frozen=True, slots=True)
class FoundSubmission:
    """Something handed in that the actor may mark, and what it belongs to."""

    id: int
    number: int
    state: TaskState
    text: str
    submitted_at: datetime
    is_latest: bool
    unit_id: int
    unit_slug: str
    unit_title: str
    course_slug: str
    turn: Turn
    sha256: str
    task: TaskText
    learner: LearnerKey
    person_name: str


_other = aliased(TaskSubmission)
_latest_number = (
    select(func.max(_other.number))
    .where(
        _other.person_id == TaskSubmission.person_id,
        _other.unit_id == TaskSubmission.unit_id,
        _other.cycle == TaskSubmission.cycle,
        _other.round == TaskSubmission.round,
    )
    .correlate(TaskSubmission)
    .scalar_subquery()
)


def get_submission(actor: Actor, submission_id: int) -> FoundSubmission:
    """Return something handed in that the actor may mark; raises NotFound."""
    row = (
        current_session()
        .execute(
            _markable(
                select(
                    TaskSubmission.id,
                    TaskSubmission.number,
                    TaskSubmission.state,
                    TaskSubmission.text,
                    TaskSubmission.submitted_at,
                    TaskSubmission.cycle,
                    TaskSubmission.round,
                    _latest_number.label("latest"),
                    Revision.id.label("revision_id"),
                    Revision.sha256,
                    Revision.title,
                    Unit.id.label("unit_id"),
                    Unit.slug,
                    Course.slug.label("course_slug"),
                    Person.id.label("person_id"),
                    Person.name,
                ).select_from(TaskSubmission),
                actor,
            )
            .join(Revision, Revision.id == TaskSubmission.revision_id)
            .join(Person, Person.id == TaskSubmission.person_id)
            .where(TaskSubmission.id == submission_id)
        )
        .one_or_none()
    )
    if row is None or (text := get_task_text(row.revision_id, row.sha256)) is None:
        raise NotFound
    return FoundSubmission(
        id=row.id,
        number=row.number,
        state=TaskState(row.state),
        text=row.text,
        submitted_at=row.submitted_at,
        is_latest=row.number == row.latest,
        unit_id=row.unit_id,
        unit_slug=row.slug,
        unit_title=row.title,
        course_slug=row.course_slug,
        turn=Turn(row.cycle, row.round),
        sha256=row.sha256,
        task=text,
        learner=LearnerKey(row.person_id),
        person_name=row.name,
    )


_GIVEN = (
    select(
        TaskMark.id,
        TaskMark.marker_id,
        Person.name,
        TaskMark.points,
        TaskMark.comment,
        TaskMark.asks_second_look,
        TaskMark.marked_at,
        TaskMark.accepted,
    )
    .join(Person, Person.id == TaskMark.marker_id)
    .where(TaskMark.submission_id == bindparam("submission"))
    .order_by(TaskMark.id.desc())
)


def list_decisions(submission_id: int) -> tuple[GivenDecision, ...]:
    """Return what was decided on something handed in, the latest first."""
    return tuple(
        GivenDecision(
            id=row.id,
            marker_id=row.marker_id,
            marker_name=row.name,
            mark=HandMark(tuple(map(Fraction, row.points)), row.comment),
            asks_second_look=row.asks_second_look,
            marked_at=row.marked_at,
            accepted=row.accepted,
        )
        for row in fetch(_GIVEN, submission=submission_id)
    )


def submission_page(found: FoundSubmission, *, with_name: bool) -> SubmissionPage:
    """Return something handed in as it is marked."""
    task, html = found.task.task, found.task.html
    earlier = (
        one
        for one in list_submissions(found.learner.id, found.unit_id, found.turn)
        if one.number < found.number
    )
    return SubmissionPage(
        id=found.id,
        number=found.number,
        course_slug=found.course_slug,
        unit_slug=found.unit_slug,
        unit_title=found.unit_title,
        title=html["task/title"],
        html=html["task/body"],
        points=task.points,
        text=found.text,
        word_count=len(found.text.split()),
        lines=tuple(
            LineToMark(html.get(f"task/rubric/{number}", ""), line.points)
            for number, line in enumerate(task.lines, start=1)
        ),
        model_html=html.get("task/model", ""),
        state=found.state,
        submitted_at=found.submitted_at,
        given=list_decisions(found.id),
        earlier=tuple(
            EarlierSubmission(
                one.number, one.text, one.state, one.submitted_at, one.mark.comment if one.mark else ""
            )
            for one in earlier
        ),
        person_name=found.person_name if with_name else None,
        language=found.task.language,
        dir=direction(found.task.language),
    )
