"""Taking an evaluation: that it was given goes to one table, what it says into counters of all."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import and_, bindparam, case, func, or_, select, update

from learning.audit.services import record_disclosure
from learning.database import fetch, transaction, upserting
from learning.domain.errors import Conflict, Refused
from learning.domain.evaluation import FEWEST, LONGEST_WORDS, SCALE, Statement, quarter_of
from learning.domain.permissions import Actor
from learning.domain.purposes import PagePurpose
from learning.domain.wording import visible_lines
from learning.evaluations.models import (
    WAITING,
    EvaluationCount,
    EvaluationGiven,
    EvaluationStatement,
    EvaluationTotal,
)
from learning.evaluations.queries import ToEvaluate, get_to_evaluate

_GIVE = upserting(
    EvaluationGiven,
    lambda statement: statement.on_conflict_do_nothing().returning(EvaluationGiven.person_id),
)
_KNOW = upserting(EvaluationStatement, lambda statement: statement.on_conflict_do_nothing())
_KNOWN = select(EvaluationStatement.text, EvaluationStatement.id).where(
    EvaluationStatement.text.in_(bindparam("texts", expanding=True))
)
_COUNT_ONE = upserting(
    EvaluationTotal,
    lambda statement: statement.on_conflict_do_update(
        index_elements=["course_id", "period"], set_={"n": EvaluationTotal.n + statement.excluded.n}
    ).returning(EvaluationTotal.n, EvaluationTotal.texts),
)
_ADD = upserting(
    EvaluationCount,
    lambda statement: statement.on_conflict_do_update(
        index_elements=["course_id", "period", "statement_id", "value"],
        set_={"n": EvaluationCount.n + statement.excluded.n},
    ),
)
_IN_TOTAL = update(EvaluationTotal).where(
    EvaluationTotal.course_id == bindparam("course"), EvaluationTotal.period == bindparam("during")
)
_WAITING = and_(EvaluationCount.course_id == bindparam("course"), EvaluationCount.period == WAITING)
_ENOUGH = (
    select(EvaluationCount.statement_id)
    .where(_WAITING)
    .group_by(EvaluationCount.statement_id)
    .having(func.sum(EvaluationCount.n) >= FEWEST)
)
_TO_TELL = (
    select(EvaluationCount.statement_id, EvaluationCount.value, EvaluationCount.n)
    .where(_WAITING, EvaluationCount.statement_id.in_(bindparam("statements", expanding=True)))
    .order_by(EvaluationCount.statement_id, EvaluationCount.value)
)


def record_export(actor: Actor, course_id: int, *, now: datetime) -> None:
    """Put on record that the actor took the figures of a course out of the site."""
    with transaction():
        record_disclosure(
            "evaluation.exported",
            f"course:{course_id}",
            actor_id=actor.id,
            now=now,
            purpose=PagePurpose.IMPROVE_COURSE,
        )


class AlreadyGiven(Conflict):
    """The person has evaluated the course already."""

    def __init__(self) -> None:
        super().__init__("You have evaluated this course already. Thank you.")


def evaluate(
    actor: Actor, course_slug: str, answers: Mapping[Statement, int], *, words: str, day: date
) -> None:
    """Take what the actor says of a course that she has completed, once in a cycle.

    Raises NotFound, AlreadyGiven, and Refused for values off the scale, too long a text, or nothing said at all.
    """
    said = visible_lines(words)
    if len(said) > LONGEST_WORDS:
        raise Refused("At most %(maximum)s characters.", field="said", maximum=LONGEST_WORDS)
    if not answers and not said:
        raise Refused("Answer at least one statement, or write something.")
    if not all(value in SCALE for value in answers.values()):
        raise Refused("Choose one of the five answers.")
    with transaction() as session:
        course = get_to_evaluate(actor, course_slug)
        given = {"person_id": actor.id, "course_id": course.course_id, "cycle": course.cycle}
        if session.connection().execute(_GIVE(session), given).one_or_none() is None:
            raise AlreadyGiven
        _take(course, answers, said, day)


def _take(course: ToEvaluate, answers: Mapping[Statement, int], said: str, day: date) -> None:
    """Count the answers; no row is written for this answer alone, and none is left as an earlier one wrote it."""
    with transaction() as session:
        connection = session.connection()
        # Whoever evaluates the same course at the same moment waits here.
        n, texts = connection.execute(
            _COUNT_ONE(session), {"course_id": course.course_id, "period": WAITING, "n": 1, "texts": []}
        ).one()
        texts = sorted([*texts, said] if said else texts)
        if answers:
            connection.execute(_KNOW(session), [{"text": statement.text} for statement in answers])
        ids = dict(map(tuple, fetch(_KNOWN, texts=[statement.text for statement in answers])))
        chosen = [(ids[statement.text], value) for statement, value in answers.items()]
        _count(course.course_id, chosen)
        _tell(course.course_id, quarter_of(day))
        if n >= FEWEST:
            _tell_total(course.course_id, quarter_of(day), n, texts)
            n, texts = 0, []
        connection.execute(_IN_TOTAL, {"course": course.course_id, "during": WAITING, "n": n, "texts": texts})


def _count(course_id: int, chosen: list[tuple[int, int]]) -> None:
    """Add the values to the counters that wait, touching all of them: the database marks who wrote a row last."""
    with transaction() as session:
        none = [
            {"course_id": course_id, "period": WAITING, "statement_id": statement, "value": value, "n": 0}
            for statement in sorted(statement for statement, _value in chosen)
            for value in SCALE
        ]
        if none:
            session.connection().execute(_ADD(session), none)
        of_these = [
            and_(EvaluationCount.statement_id == statement, EvaluationCount.value == value)
            for statement, value in chosen
        ]
        more = case((or_(*of_these), 1), else_=0) if of_these else 0
        session.execute(
            update(EvaluationCount)
            .where(EvaluationCount.course_id == course_id, EvaluationCount.period == WAITING)
            .values(n=EvaluationCount.n + more),
            execution_options={"synchronize_session": False},
        )


def _tell(course_id: int, period: str) -> None:
    """Move the answers to each statement that enough have answered from those that wait to those that are told."""
    with transaction() as session:
        statements = list(fetch(_ENOUGH, course=course_id).scalars())
        if not statements:
            return
        rows = [
            {
                "course_id": course_id,
                "period": period,
                "statement_id": row.statement_id,
                "value": row.value,
                "n": row.n,
            }
            for row in fetch(_TO_TELL, course=course_id, statements=statements)
        ]
        session.connection().execute(_ADD(session), rows)
        session.execute(
            update(EvaluationCount)
            .where(
                EvaluationCount.course_id == course_id,
                EvaluationCount.period == WAITING,
                EvaluationCount.statement_id.in_(statements),
            )
            .values(n=0),
            execution_options={"synchronize_session": False},
        )


def _tell_total(course_id: int, period: str, n: int, texts: list[str]) -> None:
    """Add those who waited, and what they wrote, to those that are told."""
    with transaction() as session:
        connection = session.connection()
        total = {"course_id": course_id, "period": period, "n": n, "texts": []}
        _n, before = connection.execute(_COUNT_ONE(session), total).one()
        connection.execute(
            _IN_TOTAL, {"course": course_id, "during": period, "texts": sorted([*before, *texts])}
        )
