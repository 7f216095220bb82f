"""Progress of many people at once, as facts and as the entries of the ledger that the services would have posted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from learning.accounts.models import Person
from learning.courses.models import Course, Unit
from learning.domain.figures import NO_AUDIENCE, Measure
from learning.domain.membership import Audience
from learning.progress.models import Enrollment, FigureEntry, UnitCompletion


@contextmanager
def without_indexes(session: Session) -> Iterator[None]:
    """Build the indexes of what is generated once, afterwards, which takes a fraction of the time.

    They are built in the order of the migrations: of two that fit equally, SQLite takes one by their order.
    """
    tables = [FigureEntry.__table__, UnitCompletion.__table__]
    indexes = sorted(
        (index for table in tables if isinstance(table, Table) for index in table.indexes),
        key=lambda index: str(index.name),
    )
    for index in indexes:
        index.drop(session.connection())
    yield
    for index in indexes:
        index.create(session.connection())
    session.commit()


def morning(day: date) -> datetime:
    """Return ten o'clock in Việt Nam, so that the day in the site's zone is this day."""
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def add_progress(session: Session, course: str, first: int, last: int, *, began: date, units: int) -> None:
    """Enroll the people and let them read: a third nothing, the others one unit a day, up to all `units`."""
    read: ColumnElement[int] = (Enrollment.person_id * 7919) % 31 - 10
    course_id = session.scalars(select(Course.id).where(Course.slug == course)).one()
    session.execute(
        insert(Enrollment).from_select(
            [
                *("person_id", "course_id", "cycle", "organization_id", "how", "enrolled_at"),
                *("audience", "due_on"),
            ],
            select(
                *(Person.id, literal(course_id), literal(1), Person.organization_id, literal("assigned")),
                literal(morning(began), Enrollment.enrolled_at.type),
                AUDIENCE_OF,
                literal(began + timedelta(days=DUE_DAYS), Enrollment.due_on.type),
            ).where(Person.id.between(first, last)),
        )
    )
    mine = and_(Enrollment.course_id == course_id, Enrollment.person_id.between(first, last))
    _post_enrolled(session, course_id, mine, began)
    if not units:
        return
    one_day, last_day = began + timedelta(days=1), began + timedelta(days=units)
    session.execute(update(Enrollment).where(mine, read >= 1).values(started_at=morning(one_day)))
    session.execute(update(Enrollment).where(mine, read >= units).values(completed_at=morning(last_day)))
    for measure in (Measure.STARTED, Measure.DID_START):
        _post_course(session, and_(mine, read >= 1), measure, one_day)
    for measure in (Measure.COMPLETED, Measure.DID_COMPLETE, Measure.OPEN):
        _post_course(session, and_(mine, read >= units), measure, last_day)
    moments = {n: morning(began + timedelta(days=n)) for n in range(1, units + 1)}
    moment = case(
        {n: literal(at, UnitCompletion.started_at.type) for n, at in moments.items()}, value=Unit.position
    )
    session.execute(
        insert(UnitCompletion).from_select(
            [
                *("enrollment_id", "person_id", "unit_id", "cycle", "round", "state", "satisfied"),
                *("started_at", "completed_at"),
            ],
            select(
                Enrollment.id,
                Enrollment.person_id,
                Unit.id,
                Enrollment.cycle,
                Unit.round,
                literal("completed"),
                literal("read"),
                moment,
                moment,
            )
            .join(Unit, Unit.course_id == Enrollment.course_id)
            .where(mine, Unit.position <= units, Unit.position <= read)
            .order_by(Enrollment.person_id, Unit.id),  # as the unique index has them
        )
    )
    _post_units(session, course_id, first, last, days={n: at.date() for n, at in moments.items()})


DUE_DAYS = 60  # after somebody has come
_AUDIENCES = (*Audience, NO_AUDIENCE)
AUDIENCE_OF = case(
    {number: literal(audience) for number, audience in enumerate(map(str, _AUDIENCES))},
    value=Person.id % len(_AUDIENCES),
)
FIRST_EVENT = 10**9
_LEDGER = (
    *("event_id", "recorded_on", "happened_on", "organization_id"),
    *("course_id", "unit_id", "cycle", "measure", "n", "due_on", "audience"),
)


def _event(kind: str, number: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[str]:
    """Return the id of an event, one that no service makes; all have one length, and so come in order."""
    return literal(kind) + cast(number + FIRST_EVENT, String)


def _post_enrolled(session: Session, course_id: int, mine: ColumnElement[bool], day: date) -> None:
    """Post who is enrolled and what is open, an entry for each organization and audience, as an assignment does."""
    day_of = literal(day, FigureEntry.recorded_on.type)
    made = _event("e", func.min(Enrollment.id))
    for measure in (Measure.ENROLLED, Measure.OPEN):
        session.execute(
            insert(FigureEntry).from_select(
                _LEDGER,
                select(
                    *(made, day_of, day_of, Enrollment.organization_id, literal(course_id)),
                    *(literal(None, Integer), literal(1), literal(measure.value), func.count()),
                    *(_due_of(measure), Enrollment.audience),
                )
                .where(mine)
                .group_by(Enrollment.organization_id, Enrollment.audience, Enrollment.due_on),
            )
        )


def _due_of(measure: Measure) -> ColumnElement[Any]:
    """Return the day that an entry names: only what is open is due."""
    due = Enrollment.due_on
    return due.expression if measure is Measure.OPEN else literal(None, due.type)


def _post_course(session: Session, wanted: ColumnElement[bool], measure: Measure, day: date) -> None:
    """Post an entry for each enrollment, as what a person does is posted; nothing is open any more."""
    day_of = literal(day, FigureEntry.recorded_on.type)
    session.execute(
        insert(FigureEntry).from_select(
            _LEDGER,
            select(
                *(_event("c", Enrollment.id), day_of, day_of, Enrollment.organization_id),
                *(Enrollment.course_id, literal(None, Integer), Enrollment.cycle),
                *(literal(measure.value), literal(-1 if measure is Measure.OPEN else 1)),
                *(_due_of(measure), Enrollment.audience),
            ).where(wanted),
        )
    )


def _post_units(session: Session, course_id: int, first: int, last: int, *, days: dict[int, date]) -> None:
    """Post the four entries of each unit that was read."""
    day_of = case(
        {n: literal(day, FigureEntry.recorded_on.type) for n, day in days.items()}, value=Unit.position
    )
    for measure in (Measure.STARTED, Measure.DID_START, Measure.COMPLETED, Measure.DID_COMPLETE):
        session.execute(
            insert(FigureEntry).from_select(
                _LEDGER,
                select(
                    *(_event("u", UnitCompletion.id), day_of, day_of, Enrollment.organization_id),
                    *(Unit.course_id, Unit.id, UnitCompletion.cycle),
                    *(literal(measure.value), literal(1), _due_of(measure), Enrollment.audience),
                )
                .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
                .join(Unit, Unit.id == UnitCompletion.unit_id)
                .where(UnitCompletion.person_id.between(first, last), Unit.course_id == course_id),
            )
        )
