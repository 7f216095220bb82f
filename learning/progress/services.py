"""Writing progress: enrolling, recording what satisfies a unit, and posting it to the ledger.

Every function joins the caller's transaction, so that an event, the completion it brings and the figures it
posts stand or fall together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, bindparam, func, insert, select, update

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.certificates.services import Completed, issue
from learning.courses.models import Course, Unit
from learning.database import fetch, transaction, upserting
from learning.domain.completion import (
    CourseState,
    Learner,
    UnitProgress,
    UnitRecord,
    UnitState,
    course_is_complete,
)
from learning.domain.content import CompletionRule
from learning.domain.errors import NotFound
from learning.domain.figures import NO_AUDIENCE, Measure, course_postings, unit_postings
from learning.progress.awards import award
from learning.progress.ledger import Posting, gather, post
from learning.progress.models import Enrollment, UnitCompletion
from learning.progress.moments import Moment


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an event made of a unit and its course."""

    unit_state: UnitState
    course_completed: bool


class RecordedUnit(NamedTuple):
    """What recording progress in a unit needs to know of it; a row of `RECORDED_UNIT`."""

    id: int
    course_id: int
    completion: str
    round: int


RECORDED_UNIT: tuple[Any, ...] = (Unit.id, Unit.course_id, Unit.completion, Unit.round)


# Until the transaction ends no round of the unit opens.
_LOCKED_UNIT = select(*RECORDED_UNIT).with_for_update(read=True, of=Unit)
_UNIT_BY_ID = _LOCKED_UNIT.where(Unit.id == bindparam("unit"))
_OPEN_UNIT = _LOCKED_UNIT.join(Course, Course.id == Unit.course_id).where(
    Course.slug == bindparam("course"),
    Unit.slug == bindparam("unit"),
    Course.is_published,
    Unit.is_published,
    Unit.position.is_not(None),
)


def lock_unit(course_slug: str, unit_slug: str) -> RecordedUnit:
    """Return a published unit as it stays until the open transaction ends; raises NotFound."""
    row = fetch(_OPEN_UNIT, course=course_slug, unit=unit_slug).one_or_none()
    if row is None:
        raise NotFound(unit_slug)
    return RecordedUnit._make(row)


def lock_unit_by_id(unit_id: int) -> RecordedUnit:
    """Return a unit, published or not, as it stays until the open transaction ends."""
    return RecordedUnit._make(fetch(_UNIT_BY_ID, unit=unit_id).one())


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A person's enrollment in a course, as an event finds it."""

    id: int
    person_id: int
    course_id: int
    cycle: int
    organization_id: int
    started_at: datetime | None
    completed_at: datetime | None
    is_counted: bool
    due_on: date | None
    renew_by: date | None
    audience: str

    @property
    def asked_by(self) -> date | None:
        """By when the course was to be completed, as its validity is counted."""
        return self.renew_by or self.due_on

    @property
    def state(self) -> CourseState:
        """How far the person is with the course."""
        if self.completed_at is not None:
            return CourseState.COMPLETED
        return CourseState.STARTED if self.started_at is not None else CourseState.ENROLLED


ENROLLMENT: tuple[Any, ...] = (
    Enrollment.id,
    Enrollment.person_id,
    Enrollment.course_id,
    Enrollment.cycle,
    Enrollment.organization_id,
    Enrollment.started_at,
    Enrollment.completed_at,
    Enrollment.is_counted,
    Enrollment.due_on,
    Enrollment.renew_by,
    Enrollment.audience,
)
AUDIENCE = func.coalesce(Membership.audience, NO_AUDIENCE).label("audience")
_LOCKED = (
    select(*ENROLLMENT)
    .where(Enrollment.person_id == bindparam("person"), Enrollment.course_id == bindparam("course"))
    .with_for_update(of=Enrollment)
)
_LOCKED_CURRENT = _LOCKED.where(Enrollment.is_current)
_LOCKED_IN_CYCLE = _LOCKED.where(Enrollment.cycle == bindparam("cycle"))
# Read under a lock as it is inserted, so that an enrollment stands where its person is, though she may just be moving.
_PLACED = (
    select(
        Person.id,
        bindparam("course", type_=Enrollment.course_id.type),
        bindparam("cycle", type_=Enrollment.cycle.type),
        Person.organization_id,
        bindparam("how", type_=Enrollment.how.type),
        bindparam("at", type_=Enrollment.enrolled_at.type),
        Membership.absence.is_(None),
        bindparam("due", type_=Enrollment.due_on.type),
        bindparam("renew", type_=Enrollment.renew_by.type),
        AUDIENCE,
    )
    .join(Membership, is_main_post(Person.id))
    .where(Person.id.in_(bindparam("people", expanding=True)))
    .with_for_update(read=True, of=Person)
)
_ENROLL = upserting(
    Enrollment,
    lambda statement: (
        statement.from_select(
            [
                Enrollment.person_id,
                Enrollment.course_id,
                Enrollment.cycle,
                Enrollment.organization_id,
                Enrollment.how,
                Enrollment.enrolled_at,
                Enrollment.is_counted,
                Enrollment.due_on,
                Enrollment.renew_by,
                Enrollment.audience,
            ],
            _PLACED,
        )
        .on_conflict_do_nothing()
        .returning(*ENROLLMENT)
    ),
)
_ADVANCE_ENROLLMENT = (
    update(Enrollment)
    .where(Enrollment.id == bindparam("enrollment"))
    .values(started_at=bindparam("started"), completed_at=bindparam("completed"))
)
_COMPLETION = (
    UnitCompletion.id,
    UnitCompletion.state,
    UnitCompletion.satisfied,
    UnitCompletion.completed_at,
    UnitCompletion.failed_at,
    UnitCompletion.revision_sha256,
)
_OWN_COMPLETION = select(*_COMPLETION).where(
    UnitCompletion.person_id == bindparam("person"),
    UnitCompletion.unit_id == bindparam("unit"),
    UnitCompletion.cycle == bindparam("cycle"),
    UnitCompletion.round == bindparam("round"),
)
_INSERT_COMPLETION = insert(UnitCompletion)
_UPDATE_COMPLETION = update(UnitCompletion).where(UnitCompletion.id == bindparam("completion"))
_COURSE_UNITS = (
    select(Unit.required, UnitCompletion.state)
    .outerjoin(
        UnitCompletion,
        # By the columns of the unique constraint: by the enrollment, SQLite would read the completions
        # that everybody has of these units.
        (UnitCompletion.person_id == bindparam("person"))
        & (UnitCompletion.unit_id == Unit.id)
        & (UnitCompletion.cycle == bindparam("cycle"))
        & (UnitCompletion.round == Unit.round),
    )
    .where(Unit.course_id == bindparam("course"), Unit.is_published, Unit.position.is_not(None))
)


def enroll(person_id: int, *, course_id: int, moment: Moment) -> None:
    """Enroll the person in the course; again changes nothing."""
    with transaction():
        enrolled, is_new = _enroll(person_id, course_id=course_id, moment=moment)
        if is_new:
            changes = course_postings(None, CourseState.ENROLLED)
            post(postings_of(enrolled, None, changes), day=moment.day)


def _enroll(
    person_id: int, *, course_id: int, moment: Moment, cycle: int | None = None
) -> tuple[Enrolled, bool]:
    """Return the person's enrollment, locked, made now if there is none, and whether it was; posts nothing.

    It is the current one, or that of an earlier cycle.
    """
    statement, key = _LOCKED_CURRENT, {"person": person_id, "course": course_id}
    if cycle is not None:
        statement, key = _LOCKED_IN_CYCLE, {**key, "cycle": cycle}
    with transaction():
        found = fetch(statement, **key).one_or_none()
        if found is not None:
            return Enrolled(*tuple(found)), False
        for enrolled in enroll_people([person_id], course_id=course_id, how="self", moment=moment):
            return enrolled, True
        # Another request was faster, and has committed.
        return Enrolled(*tuple(fetch(statement, **key).one())), False


def enroll_people(
    people: Sequence[int],
    *,
    course_id: int,
    how: str,
    moment: Moment,
    cycle: int = 1,
    due_on: date | None = None,
    renew_by: date | None = None,
) -> list[Enrolled]:
    """Enroll people who are not, and return these enrollments; posts nothing."""
    with transaction() as session:
        rows = session.connection().execute(
            _ENROLL(session),
            {
                "people": people,
                "course": course_id,
                "cycle": cycle,
                "how": how,
                "at": moment.at,
                "due": due_on,
                "renew": renew_by,
            },
        )
        return [Enrolled(*tuple(row)) for row in rows]


def record_progress(
    learner: Learner,
    units: Iterable[RecordedUnit],
    *,
    moment: Moment,
    satisfied: CompletionRule | None = None,
    attempts_exhausted: bool = False,
    revision_sha256: str | None = None,
    cycle: int | None = None,
    happened_on: date | None = None,
    credited: bool = False,
) -> list[Outcome]:
    """Record one event: that the learner began units, satisfied one of their rules, or has no attempt left.

    It counts in her current cycle of the course, or in the one in which she began what she has now ended, and from
    this day on; where it `happened_on` an earlier one, reports of that time list it apart. With `credited` the units
    are completed by training done elsewhere, which gives no certificate. The caller has locked the units before
    anything else, so that the round of each is the one that stands.
    """
    outcomes = []
    postings: list[Posting] = []
    with transaction() as session:
        session.flush()
        for unit in units:
            enrolled, is_new = _enroll(learner.id, course_id=unit.course_id, moment=moment, cycle=cycle)
            row = fetch(
                _OWN_COMPLETION, person=learner.id, unit=unit.id, cycle=enrolled.cycle, round=unit.round
            ).one_or_none()
            before = UnitRecord() if row is None else record_of(row.state, row.satisfied)
            after = before.after(
                rules_of(unit.completion), satisfied=satisfied, attempts_exhausted=attempts_exhausted
            )
            if credited and not before.state.is_finished:
                after = UnitRecord(UnitState.COMPLETED, before.satisfied)
            if after != before:
                _save_record(
                    row,
                    after,
                    unit=unit,
                    enrolled=enrolled,
                    moment=moment,
                    sha256=revision_sha256,
                    credited=credited,
                )
                postings += postings_of(enrolled, unit.id, unit_postings(before.state, after.state))
            is_complete = (
                after.state.is_finished and enrolled.completed_at is None and course_is_done(enrolled)
            )
            state = _advance(enrolled, is_complete=is_complete, moment=moment)
            if is_complete and not credited:
                completed = Completed(learner.id, enrolled.cycle, moment.day, enrolled.asked_by)
                issue(unit.course_id, [completed], now=moment.at)
            changes = course_postings(None if is_new else enrolled.state, state)
            postings += postings_of(enrolled, None, changes)
            outcomes.append(Outcome(after.state, is_complete))
        post(postings, day=moment.day, happened_on=happened_on)
    return outcomes


def rules_of(completion: str) -> tuple[CompletionRule, ...]:
    """Return the rules that a unit's stored `completion` names."""
    return tuple(CompletionRule(name) for name in completion.split(","))


def record_of(state: str, satisfied: str) -> UnitRecord:
    """Return the record that is stored so."""
    return UnitRecord(
        UnitState(state), frozenset(CompletionRule(name) for name in satisfied.split(",") if name)
    )


def _save_record(
    row: Row[Any] | None,
    after: UnitRecord,
    *,
    unit: RecordedUnit,
    enrolled: Enrolled,
    moment: Moment,
    sha256: str | None,
    credited: bool,
) -> None:
    """Store how far the person is with the unit; moments once set stay."""
    finished = after.state.is_finished
    failed_at = row.failed_at if row else None
    values = {
        "state": after.state.value,
        "satisfied": ",".join(sorted(after.satisfied)),
        "completed_at": moment.at if finished else row.completed_at if row else None,
        "revision_sha256": sha256 if finished else row.revision_sha256 if row else None,
        "failed_at": failed_at or (moment.at if after.state is UnitState.FAILED else None),
        "is_credited": credited,
    }
    with transaction() as session:
        if row is not None:
            session.connection().execute(_UPDATE_COMPLETION, {"completion": row.id, **values})
            return
        session.connection().execute(
            _INSERT_COMPLETION,
            {
                "enrollment_id": enrolled.id,
                "person_id": enrolled.person_id,
                "unit_id": unit.id,
                "cycle": enrolled.cycle,
                "round": unit.round,
                "started_at": moment.at,
                **values,
            },
        )


def course_is_done(enrolled: Enrolled) -> bool:
    """Tell whether the required units of the course are finished."""
    rows = fetch(_COURSE_UNITS, person=enrolled.person_id, course=enrolled.course_id, cycle=enrolled.cycle)
    return course_is_complete(
        UnitProgress(row.required, UnitState(row.state or "not_started")) for row in rows
    )


def _advance(enrolled: Enrolled, *, is_complete: bool, moment: Moment) -> CourseState:
    """Store that the course is begun, and completed if it is; returns how far it is now."""
    if enrolled.started_at is None or is_complete:
        with transaction() as session:
            session.connection().execute(
                _ADVANCE_ENROLLMENT,
                {
                    "enrollment": enrolled.id,
                    "started": enrolled.started_at or moment.at,
                    "completed": moment.at if is_complete else enrolled.completed_at,
                },
            )
    if is_complete:
        return CourseState.COMPLETED
    return CourseState.STARTED if enrolled.completed_at is None else CourseState.COMPLETED


def postings_of(
    enrolled: Enrolled, unit_id: int | None, changes: Iterable[tuple[Measure, int]]
) -> list[Posting]:
    """Return what changes of a unit, or of the course (None), post where the figures of the enrollment stand.

    Who is away posts nothing; what is open is posted where it is due.
    """
    if not enrolled.is_counted:
        return []
    at = (enrolled.organization_id, enrolled.course_id, unit_id, enrolled.cycle)
    return [
        Posting(*at, measure, n, enrolled.due_on if measure is Measure.OPEN else None, enrolled.audience)
        for measure, n in changes
        if measure is not Measure.OPEN or enrolled.due_on is not None
    ]


def open_new_round(unit_id: int, *, moment: Moment) -> int:
    """Let everyone pass the unit again; returns how many had begun or finished it in their current cycle.

    What was done stays on record; the unit's standing figures begin anew, the course's stay as they are.
    """
    with transaction() as session:
        unit = session.scalars(select(Unit).where(Unit.id == unit_id).with_for_update()).one()
        rows = session.execute(
            select(*ENROLLMENT, UnitCompletion.state)
            .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
            .where(
                UnitCompletion.unit_id == unit_id, UnitCompletion.round == unit.round, Enrollment.is_current
            )
        ).all()
        session.execute(
            update(UnitCompletion)
            .where(
                UnitCompletion.unit_id == unit_id,
                UnitCompletion.round == unit.round,
                UnitCompletion.enrollment_id.in_(
                    select(Enrollment.id).where(Enrollment.course_id == unit.course_id, Enrollment.is_current)
                ),
            )
            .values(superseded_at=moment.at),
            execution_options={"synchronize_session": False},
        )
        unit.round += 1
        session.flush()
        lost = (
            posting
            for *enrolled, state in rows
            for posting in postings_of(
                Enrolled(*enrolled), unit_id, unit_postings(UnitState(state), UnitState.NOT_STARTED)
            )
        )
        post(gather(lost), day=moment.day)
        return len(rows)


def complete_courses(course_id: int, *, moment: Moment) -> int:
    """Complete the open enrollments whose required units are all finished, after a course's units changed."""
    with transaction() as session:
        session.flush()
        required = session.scalars(
            select(Unit.id).where(
                Unit.course_id == course_id, Unit.required, Unit.is_published, Unit.position.is_not(None)
            )
        ).all()
        if not required:
            return 0
        incomplete = and_(
            Enrollment.course_id == course_id,
            Enrollment.is_current,
            Enrollment.started_at.is_not(None),
            Enrollment.completed_at.is_(None),
        )
        # Who is finishing a unit at this moment finishes it first.
        session.execute(select(Enrollment.id).where(incomplete).order_by(Enrollment.id).with_for_update())
        finished = (
            select(UnitCompletion.enrollment_id)
            .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
            .join(Unit, and_(Unit.id == UnitCompletion.unit_id, Unit.round == UnitCompletion.round))
            .where(
                incomplete,
                UnitCompletion.unit_id.in_(required),
                UnitCompletion.cycle == Enrollment.cycle,
                UnitCompletion.state.in_([state for state in UnitState if state.is_finished]),
            )
            .group_by(UnitCompletion.enrollment_id)
            .having(func.count() == len(required))
        )
        rows = session.execute(
            update(Enrollment)
            .where(Enrollment.id.in_(finished))
            .values(completed_at=moment.at)
            .returning(*ENROLLMENT),
            execution_options={"synchronize_session": False},
        ).all()
        completed = [Enrolled(*tuple(row)) for row in rows]
        changes = course_postings(CourseState.STARTED, CourseState.COMPLETED)
        postings = (posting for enrolled in completed for posting in postings_of(enrolled, None, changes))
        post(gather(postings), day=moment.day)
        award([course_id], moment=moment)
        return len(completed)
