"""Reading evaluations: what may still be evaluated, and what is told of the answers."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, bindparam, exists, select

from learning.courses.models import Course, Document, Revision
from learning.courses.queries import CourseRow, get_course
from learning.database import fetch
from learning.domain.errors import NotFound
from learning.domain.evaluation import Distribution, Statement, merged
from learning.domain.permissions import Actor, Permission
from learning.evaluations.models import (
    WAITING,
    EvaluationCount,
    EvaluationGiven,
    EvaluationStatement,
    EvaluationTotal,
)
from learning.progress.models import Enrollment


@dataclass(frozen=True, slots=True)
class ToEvaluate:
    """A course that the actor has completed, in which cycle last, and whether she has evaluated it in that."""

    course_id: int
    slug: str
    title: str
    cycle: int
    is_given: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is told of a course: of all, or of those whose answers came to be told in one quarter."""

    course: CourseRow
    title: str
    period: str | None
    periods: tuple[str, ...]
    answers: int
    statements: tuple[Distribution, ...]
    texts: tuple[str, ...]


def is_given(
    person: SQLColumnExpression[int], course: SQLColumnExpression[int], cycle: SQLColumnExpression[int]
) -> ColumnElement[bool]:
    """Tell in SQL whether a person has evaluated a course in a cycle."""
    return exists().where(
        EvaluationGiven.person_id == person,
        EvaluationGiven.course_id == course,
        EvaluationGiven.cycle == cycle,
    )


_TO_EVALUATE = (
    select(
        Course.id,
        Course.slug,
        Revision.title,
        Enrollment.cycle,
        is_given(Enrollment.person_id, Enrollment.course_id, Enrollment.cycle),
    )
    .join(Enrollment, Enrollment.course_id == Course.id)
    .join(
        Document,
        and_(
            Document.course_id == Course.id, Document.kind == "course", Document.language == Course.language
        ),
    )
    .join(Revision, Revision.id == Document.published_id)
    .where(
        Course.slug == bindparam("course"),
        Enrollment.person_id == bindparam("person"),
        Enrollment.completed_at.is_not(None),
    )
    .order_by(Enrollment.cycle.desc())
    .limit(1)
)
_TOTALS = select(EvaluationTotal.period, EvaluationTotal.n, EvaluationTotal.texts).where(
    EvaluationTotal.course_id == bindparam("course"), EvaluationTotal.period != WAITING
)
_COUNTS = (
    select(EvaluationCount.period, EvaluationStatement.text, EvaluationCount.value, EvaluationCount.n)
    .join(EvaluationStatement, EvaluationStatement.id == EvaluationCount.statement_id)
    .where(EvaluationCount.course_id == bindparam("course"), EvaluationCount.period != WAITING)
    .order_by(EvaluationStatement.id, EvaluationCount.period, EvaluationCount.value)
)
_TITLE = (
    select(Revision.title)
    .join(Document, Document.published_id == Revision.id)
    .join(Course, Course.id == Document.course_id)
    .where(Course.id == bindparam("course"), Document.kind == "course", Document.language == Course.language)
)


def get_to_evaluate(actor: Actor, course_slug: str) -> ToEvaluate:
    """Return a course that the actor has completed; raises NotFound for any other."""
    row = fetch(_TO_EVALUATE, course=course_slug, person=actor.id).one_or_none()
    if row is None:
        raise NotFound(course_slug)
    return ToEvaluate(*tuple(row))


def get_evaluation(actor: Actor, course_slug: str, period: str | None = None) -> Evaluation:
    """Return what is told of a course that the actor teaches or answers for; raises NotFound, also for a period."""
    course = get_course(course_slug, actor.scope(Permission.EVALUATION_READ))
    totals = sorted(map(tuple, fetch(_TOTALS, course=course.id)))
    periods = tuple(name for name, _n, _texts in totals)
    if period is not None and period not in periods:
        raise NotFound(period)
    chosen = [total for total in totals if period in (None, total[0])]
    return Evaluation(
        course=course,
        title=fetch(_TITLE, course=course.id).scalar_one_or_none() or course.slug,
        period=period,
        periods=periods,
        answers=sum(n for _name, n, _texts in chosen),
        statements=tuple(_distributions(course.id, period)),
        texts=tuple(sorted(text for _name, _n, texts in chosen for text in texts)),
    )


def _distributions(course_id: int, period: str | None) -> Iterable[Distribution]:
    counts: dict[tuple[str, str], dict[int, int]] = {}
    for row in fetch(_COUNTS, course=course_id):
        if period in (None, row.period):
            counts.setdefault((row.text, row.period), {})[row.value] = row.n
    return merged(
        [Distribution.of(Statement(text), by_value) for (text, _period), by_value in counts.items()]
    ).values()
