"""Who was at a session: marked by those who manage it, or by herself with the code of the moment.

A mark is never changed, only followed by another. The units that ask for a session follow in the same transaction, and
follow back when a mark turns out to be a mistake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.orm import aliased

from learning.accounts.models import Person
from learning.accounts.queries import lock_person
from learning.audit.services import record
from learning.classrooms.models import ClassCredit, ClassMark, ClassSession
from learning.classrooms.queries.sessions import SessionRow, counts, get_managed, is_of_session
from learning.classrooms.services import lock_session
from learning.classrooms.settings import read_code_rules
from learning.courses.models import Unit
from learning.database import fetch, transaction, upserting
from learning.domain.classroom import CodeRules, How, Presence, SessionState, is_right_code, read_code
from learning.domain.completion import LearnerKey
from learning.domain.content import CompletionRule
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Actor
from learning.limits.services import Limit, count_try, give_back
from learning.organizations.models import Organization
from learning.organizations.queries import at_or_below
from learning.progress.corrections import take_back
from learning.progress.moments import Moment
from learning.progress.queries import current_cycle
from learning.progress.services import RECORDED_UNIT, RecordedUnit, record_progress
from learning.web.clock import zone

CODE_LIMIT = Limit("session-code", tries=10, window=timedelta(minutes=10))
_CODES = UUID("5f1c5f0e-4b1d-4d37-9a57-2f6d5a5b0c1e")  # the space of names of marks made by codes


@dataclass(frozen=True, slots=True)
class Current:
    """The mark of a person that counts now; `by` names who made it."""

    number: int
    presence: Presence
    how: How
    by_id: int
    by: str
    at: datetime


class MarkedElsewhere(Conflict):
    """Somebody else marked the person otherwise after the page was opened; `current` is what counts."""

    def __init__(self, current: Current) -> None:
        super().__init__("Somebody else marked this person meanwhile. What she said counts; look at it.")
        self.current = current


_marker = aliased(Person)
_CURRENT = (
    select(
        ClassMark.number,
        ClassMark.presence,
        ClassMark.how,
        ClassMark.marked_by_id,
        _marker.name,
        ClassMark.marked_at,
    )
    .join(_marker, _marker.id == ClassMark.marked_by_id)
    .where(ClassMark.session_id == bindparam("session"), ClassMark.person_id == bindparam("person"), counts())
)
_BY_EVENT = select(ClassMark.session_id, ClassMark.person_id).where(ClassMark.event_id == bindparam("event"))
_BY_CODE = select(ClassMark.id).where(
    ClassMark.session_id == bindparam("session"),
    ClassMark.person_id == bindparam("person"),
    ClassMark.how == How.CODE,
)
_INSERT = insert(ClassMark)
_HOLD = (
    update(ClassSession)
    .where(ClassSession.id == bindparam("session"), ClassSession.state == SessionState.PLANNED)
    .values(state=SessionState.HELD.value)
)
# What the mark of now changes: units that ask for a session, and those that this session was counted for.
_UNITS = (
    select(*RECORDED_UNIT)
    .where(
        or_(
            is_of_session()
            & (Unit.course_id == bindparam("course"))
            & or_(bindparam("unit", type_=Unit.id.type).is_(None), Unit.id == bindparam("unit")),
            exists().where(
                ClassCredit.unit_id == Unit.id,
                ClassCredit.session_id == bindparam("session"),
                ClassCredit.person_id == bindparam("person"),
            ),
        )
    )
    .order_by(Unit.id)
    .with_for_update(read=True, of=Unit)
)
_CREDIT = upserting(ClassCredit, lambda statement: statement.on_conflict_do_nothing())
_OWN_CREDITS = select(ClassCredit.unit_id, ClassCredit.cycle, ClassCredit.round).where(
    ClassCredit.session_id == bindparam("session"), ClassCredit.person_id == bindparam("person")
)
_DROP_CREDITS = delete(ClassCredit).where(
    ClassCredit.session_id == bindparam("session"), ClassCredit.person_id == bindparam("person")
)
_OTHER_CREDITS = select(ClassCredit.unit_id, ClassCredit.cycle, ClassCredit.round).where(
    ClassCredit.person_id == bindparam("person"), ClassCredit.session_id != bindparam("session")
)
_MARKABLE = (
    select(Person.id)
    .join(Organization, Organization.id == Person.organization_id)
    .where(
        Person.id == bindparam("person"),
        Person.disabled_at.is_(None),
        at_or_below(Organization.path, bindparam("path", type_=Organization.path.type)),
    )
)


def mark(
    actor: Actor,
    session_id: int,
    person_id: int,
    presence: Presence,
    *,
    seen: int,
    event_id: str,
    language: str,
    moment: Moment,
) -> Current:
    """Mark a person present or absent, or take a mark back; returns the mark that counts now.

    `seen` is the number of the mark that the marker saw, 0 for none; `event_id` names this deed wherever it was done,
    and sent again it changes nothing. Raises NotFound, Refused, and MarkedElsewhere where another marker was faster
    and said something else.
    """
    with transaction():
        state = lock_session(session_id)
        session = get_managed(actor, session_id, language)
        if state is SessionState.CANCELLED:
            raise Refused("This session is cancelled.")
        if moment.at < session.starts_at - read_code_rules().before:
            raise Refused("This session has not begun. Marks are taken shortly before it begins.")
        if person_id == actor.id:
            raise Refused("Nobody marks herself. Ask a colleague.")
        current = _current(session_id, person_id)
        if current is None and not _is_markable(person_id, session.organization_path):
            raise NotFound(str(person_id))
        known = fetch(_BY_EVENT, event=event_id).one_or_none()
        if known is not None:
            if (known.session_id, known.person_id) != (session_id, person_id) or current is None:
                raise Refused("The form was not understood. Reload the page.")
            return current
        if current is not None and current.number != seen and current.by_id != actor.id:
            if current.presence is not presence:
                raise MarkedElsewhere(current)
            return current
        if (current.presence if current else Presence.UNMARKED) is presence:
            return current or Current(0, presence, How.TRAINER, actor.id, actor.name, moment.at)
        return _add(
            session, person_id, current, presence, how=How.TRAINER, actor=actor, event=event_id, moment=moment
        )


def mark_by_code(actor: Actor, typed: str, *, session_id: int | None, moment: Moment) -> int:
    """Let the actor say by a code that she is at a session; returns its id. The same again changes nothing.

    Without a session the code is that of any that is on now and that she can attend. Raises TooManyTries, and Refused
    for a code that does not count, or no more.
    """
    count_try(CODE_LIMIT, str(actor.id), now=moment.at)
    code = read_code(typed)
    if code is None:
        raise Refused("A code has six digits. The trainer shows it.", field="code")
    rules = read_code_rules()
    found = _session_of_code(actor, code, rules, session_id, moment)
    if found is None:
        raise Refused(
            "This code does not count, or not any more. Type the one that is shown now.", field="code"
        )
    with transaction():
        state = lock_session(found.id)
        if state is SessionState.CANCELLED or found.trainer_id == actor.id:
            raise Refused("This code does not count for you here.", field="code")
        current = _current(found.id, actor.id)
        if current is None or current.presence is not Presence.PRESENT:
            if fetch(_BY_CODE, session=found.id, person=actor.id).first() is not None:
                raise Refused(
                    "Your attendance was noted by a code before, and the trainer corrected it. Speak with the trainer.",
                    field="code",
                )
            event = str(uuid5(_CODES, f"{found.id}:{actor.id}"))
            _add(
                found,
                actor.id,
                current,
                Presence.PRESENT,
                how=How.CODE,
                actor=actor,
                event=event,
                moment=moment,
            )
    give_back(CODE_LIMIT, str(actor.id))
    return found.id


@dataclass(frozen=True, slots=True)
class _Attended:
    """What marking needs to know of a session."""

    id: int
    course_id: int
    unit_id: int | None
    trainer_id: int
    starts_at: datetime


def _session_of_code(
    actor: Actor, code: str, rules: CodeRules, session_id: int | None, moment: Moment
) -> _Attended | None:
    """Return the session on now whose code this is; all are looked at, so that time tells nothing."""
    statement = _OPEN_NOW if session_id is None else _OPEN_NOW.where(ClassSession.id == session_id)
    rows = fetch(
        statement,
        earliest=moment.at - rules.after,
        latest=moment.at + rules.before,
        path=actor.organization_path,
    )
    right = [row for row in rows if is_right_code(row.code_key, rules, code, moment.at)]
    return _Attended(*tuple(right[0])[:5]) if right else None


_OPEN_NOW = (
    select(
        ClassSession.id,
        ClassSession.course_id,
        ClassSession.unit_id,
        ClassSession.trainer_id,
        ClassSession.starts_at,
        ClassSession.code_key,
    )
    .join(Organization, Organization.id == ClassSession.organization_id)
    .where(
        ClassSession.state != SessionState.CANCELLED,
        ClassSession.ends_at >= bindparam("earliest"),
        ClassSession.starts_at <= bindparam("latest"),
        at_or_below(bindparam("path", type_=Organization.path.type), Organization.path),
    )
    .order_by(ClassSession.starts_at, ClassSession.id)
)


def _current(session_id: int, person_id: int) -> Current | None:
    row = fetch(_CURRENT, session=session_id, person=person_id).one_or_none()
    if row is None:
        return None
    return Current(
        row.number, Presence(row.presence), How(row.how), row.marked_by_id, row.name, row.marked_at
    )


def _is_markable(person_id: int, path: str) -> bool:
    return fetch(_MARKABLE, person=person_id, path=path).first() is not None


def _add(
    session: SessionRow | _Attended,
    person_id: int,
    current: Current | None,
    presence: Presence,
    *,
    how: How,
    actor: Actor,
    event: str,
    moment: Moment,
) -> Current:
    """Add a mark, and let the units follow it."""
    number = (current.number if current else 0) + 1
    with transaction() as write:
        units = [RecordedUnit._make(row) for row in _units(session, person_id)]
        lock_person(person_id)  # another session of the same units waits
        connection = write.connection()
        connection.execute(
            _INSERT,
            {
                "session_id": session.id,
                "person_id": person_id,
                "number": number,
                "presence": presence.value,
                "how": how.value,
                "marked_by_id": actor.id,
                "marked_at": moment.at,
                "event_id": event,
            },
        )
        record(
            "session.marked",
            f"session:{session.id}",
            actor_id=actor.id,
            now=moment.at,
            person=person_id,
            presence=presence.value,
            how=how.value,
        )
        if presence is Presence.PRESENT:
            connection.execute(_HOLD, {"session": session.id})
            _count(session, person_id, units, moment)
        elif current is not None and current.presence is Presence.PRESENT:
            _take_back(session, person_id, units, moment)
    return Current(number, presence, how, actor.id, actor.name, moment.at)


def _units(session: SessionRow | _Attended, person_id: int) -> Sequence[Any]:
    return fetch(
        _UNITS, course=session.course_id, unit=session.unit_id, session=session.id, person=person_id
    ).all()


def _count(
    session: SessionRow | _Attended, person_id: int, units: Sequence[RecordedUnit], moment: Moment
) -> None:
    """Let the units be satisfied, as far as they ask for a session."""
    asked = [unit for unit in units if CompletionRule.SESSION in unit.completion.split(",")]
    if not asked:
        return
    with transaction() as write:
        record_progress(
            LearnerKey(person_id),
            asked,
            moment=moment,
            satisfied=CompletionRule.SESSION,
            happened_on=_day_of(session, moment),
        )
        counted = {
            "session_id": session.id,
            "person_id": person_id,
            "cycle": current_cycle(person_id, session.course_id),
        }
        write.connection().execute(
            _CREDIT(write), [{**counted, "unit_id": unit.id, "round": unit.round} for unit in asked]
        )


def _day_of(session: SessionRow | _Attended, moment: Moment) -> date:
    """Return the day of a session, also for what is sent later: figures of its time list that apart."""
    return min(session.starts_at.astimezone(zone()).date(), moment.day)


def _take_back(
    session: SessionRow | _Attended, person_id: int, units: Sequence[RecordedUnit], moment: Moment
) -> None:
    """Let the units that this session was counted for be without it, unless another session counts for them too."""
    of_person = {"session": session.id, "person": person_id}
    mine = set(map(tuple, fetch(_OWN_CREDITS, **of_person)))
    others = set(map(tuple, fetch(_OTHER_CREDITS, **of_person)))
    cycle = current_cycle(person_id, session.course_id)
    lost = [unit for unit in units if (unit.id, cycle, unit.round) in mine - others]
    with transaction() as write:
        write.connection().execute(_DROP_CREDITS, of_person)
        if lost:
            take_back(
                lost,
                person_id,
                CompletionRule.SESSION,
                cause=f"session:{session.id}:{person_id}",
                moment=moment,
                happened_on=_day_of(session, moment),
            )


def code_key(actor: Actor, session_id: int, language: str) -> tuple[SessionRow, bytes]:
    """Return a session that the actor manages with the key of its codes; raises NotFound."""
    session = get_managed(actor, session_id, language)
    key: bytes = fetch(_KEY, session=session_id).scalar_one()
    return session, key


_KEY = select(ClassSession.code_key).where(ClassSession.id == bindparam("session"))
