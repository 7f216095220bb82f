"""Sessions as those who manage them and those who are invited see them.

Who may manage sessions at the organization that holds one, or above it, may manage this one; and so may its trainer,
wherever she is from. Who is invited sees it too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, literal, not_, or_, select
from sqlalchemy.orm import aliased

from learning.accounts.models import Person
from learning.classrooms.models import ClassInvitation, ClassMark, ClassReply, ClassSession
from learning.courses.models import Course, Document, Revision, Unit
from learning.database import current_session, fetch
from learning.domain.classroom import Presence, Reply, SessionState
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission
from learning.organizations.models import Organization
from learning.organizations.queries import at_or_below, within

MOST, MOST_OWN = 50, 10  # sessions in a list
_later, _invited, _holder, _of = (
    aliased(ClassMark),
    aliased(Organization),
    aliased(Organization),
    aliased(Course),
)


class SessionRow(NamedTuple):
    """A session with what it is about, as the row of a statement comes; `unit` is None for a whole course."""

    id: int
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    seats: int | None
    note: str
    state: str
    reason: str
    changed_at: datetime
    course_id: int
    course_slug: str
    course_title: str
    unit_id: int | None
    unit_slug: str | None
    unit_title: str | None
    organization_id: int
    organization_code: str
    organization_name: str
    organization_path: str
    trainer_id: int
    trainer_name: str
    trainer_username: str
    coming: int
    waiting: int
    present: int

    @property
    def is_full(self) -> bool:
        """Whether all seats are taken."""
        return self.seats is not None and self.coming >= self.seats


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session that somebody is invited to, with what she said and whether she was there."""

    session: SessionRow
    reply: Reply | None
    presence: Presence | None


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A session as somebody opens it: what she may do there, who is invited, and what being there completes."""

    session: SessionRow
    may_manage: bool
    is_invited: bool
    reply: Reply | None
    presence: Presence | None
    invited: tuple[tuple[str, str], ...]  # codes and names of organizations
    completes: tuple[str, ...]  # titles of units

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place."""
        return self.session.state == SessionState.CANCELLED


def _title_of(kind: str, owner: ColumnElement[bool]) -> Any:
    """Return the published title of a course or unit in the language `:language`, else in the course's own."""
    rank = case(
        (Document.language == bindparam("language"), 0), (Document.language == _of.language, 1), else_=2
    )
    return (
        select(Revision.title)
        .join(Document, Document.published_id == Revision.id)
        .join(_of, _of.id == Document.course_id)  # no ORDER BY on SQLite sees the course outside
        .where(Document.kind == kind, owner)
        .order_by(rank)
        .limit(1)
        .correlate(ClassSession, Course, Unit)
        .scalar_subquery()
    )


def counts() -> ColumnElement[bool]:
    """Return the condition that a mark is the one that counts."""
    return not_(
        exists().where(
            _later.session_id == ClassMark.session_id,
            _later.person_id == ClassMark.person_id,
            _later.number > ClassMark.number,
        )
    )


def _replies(reply: Reply) -> Any:
    return (
        select(func.count())
        .where(ClassReply.session_id == ClassSession.id, ClassReply.reply == reply)
        .correlate(ClassSession)
        .scalar_subquery()
    )


_PRESENT = (
    select(func.count())
    .where(ClassMark.session_id == ClassSession.id, ClassMark.presence == Presence.PRESENT, counts())
    .correlate(ClassSession)
    .scalar_subquery()
)
_SESSIONS = (
    select(
        ClassSession.id,
        ClassSession.title,
        ClassSession.place,
        ClassSession.starts_at,
        ClassSession.ends_at,
        ClassSession.seats,
        ClassSession.note,
        ClassSession.state,
        ClassSession.reason,
        ClassSession.changed_at,
        Course.id,
        Course.slug,
        func.coalesce(_title_of("course", Document.course_id == Course.id), Course.slug),
        Unit.id,
        Unit.slug,
        func.coalesce(_title_of("unit", Document.unit_id == Unit.id), Unit.slug),
        Organization.id,
        Organization.code,
        Organization.name,
        Organization.path,
        Person.id,
        Person.name,
        Person.username,
        _replies(Reply.COMING),
        _replies(Reply.WAITING),
        _PRESENT,
    )
    .select_from(ClassSession)
    .join(Course, Course.id == ClassSession.course_id)
    .outerjoin(Unit, Unit.id == ClassSession.unit_id)
    .join(Organization, Organization.id == ClassSession.organization_id)
    .join(Person, Person.id == ClassSession.trainer_id)
)


def manageable(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor may manage a session, whose holder is joined as `Organization`."""
    return or_(within(actor.scope(Permission.SESSION_MANAGE)), ClassSession.trainer_id == actor.id)


_PATH = bindparam("path", type_=Organization.path.type)
_INVITES = exists().where(  # whoever is at the organization with `:path`
    ClassInvitation.session_id == ClassSession.id,
    _invited.id == ClassInvitation.organization_id,
    _holder.id == ClassSession.organization_id,
    at_or_below(_PATH, _invited.path),
    at_or_below(_PATH, _holder.path),
)


def list_sessions(
    actor: Actor, language: str, *, now: datetime
) -> tuple[tuple[SessionRow, ...], tuple[SessionRow, ...]]:
    """Return the sessions that the actor manages: those to come, the next first, and those past, the latest first."""
    if not actor.may(Permission.SESSION_MANAGE):
        return (), ()
    managed = _SESSIONS.where(manageable(actor)).limit(MOST)
    to_come = managed.where(ClassSession.ends_at >= now).order_by(ClassSession.starts_at, ClassSession.id)
    past = managed.where(ClassSession.ends_at < now).order_by(
        ClassSession.starts_at.desc(), ClassSession.id.desc()
    )
    run = current_session().execute
    first, second = (run(statement, {"language": language}) for statement in (to_come, past))
    return tuple(SessionRow._make(row) for row in first), tuple(SessionRow._make(row) for row in second)


def find_managed(actor: Actor, session_id: int, language: str) -> SessionRow | None:
    """Return a session that the actor may manage."""
    if not actor.may(Permission.SESSION_MANAGE):
        return None
    row = (
        current_session()
        .execute(_SESSIONS.where(ClassSession.id == session_id, manageable(actor)), {"language": language})
        .one_or_none()
    )
    return None if row is None else SessionRow._make(row)


def get_managed(actor: Actor, session_id: int, language: str) -> SessionRow:
    """Return a session that the actor may manage; raises NotFound."""
    found = find_managed(actor, session_id, language)
    if found is None:
        raise NotFound(str(session_id))
    return found


_OWN = (
    _SESSIONS.add_columns(ClassReply.reply, ClassMark.presence)
    .outerjoin(
        ClassReply,
        and_(ClassReply.session_id == ClassSession.id, ClassReply.person_id == bindparam("person")),
    )
    .outerjoin(
        ClassMark,
        and_(ClassMark.session_id == ClassSession.id, ClassMark.person_id == bindparam("person"), counts()),
    )
)


def _own_session(row: Sequence[Any]) -> OwnSession:
    reply, presence = row[-2:]
    return OwnSession(
        SessionRow._make(row[:-2]), Reply(reply) if reply else None, Presence(presence) if presence else None
    )


# Hers to see: she is invited, has answered, or was marked.
_IS_OWN = or_(_INVITES, ClassReply.person_id.is_not(None), ClassMark.person_id.is_not(None))
_OWN_TO_COME = (
    _OWN.where(ClassSession.ends_at >= bindparam("now"), _IS_OWN)
    .order_by(ClassSession.starts_at, ClassSession.id)
    .limit(MOST_OWN)
)
_NEXT = (
    _OWN.where(
        ClassSession.course_id == bindparam("course"),
        or_(ClassSession.unit_id == bindparam("unit"), ClassSession.unit_id.is_(None)),
        ClassSession.ends_at >= bindparam("now"),
        ClassSession.state != SessionState.CANCELLED,
        _IS_OWN,
    )
    .order_by(ClassSession.starts_at, ClassSession.id)
    .limit(1)
)


def list_own_sessions(actor: Actor, language: str, *, now: datetime) -> tuple[OwnSession, ...]:
    """Return the sessions to come that the actor is invited to, the next first."""
    rows = fetch(_OWN_TO_COME, person=actor.id, path=actor.organization_path, language=language, now=now)
    return tuple(map(_own_session, map(tuple, rows)))


def next_session(
    actor: Actor, course_id: int, unit_id: int, *, language: str, now: datetime
) -> OwnSession | None:
    """Return the next session to which the actor is invited and that is about the unit or the whole course."""
    row = fetch(
        _NEXT,
        person=actor.id,
        path=actor.organization_path,
        course=course_id,
        unit=unit_id,
        language=language,
        now=now,
    ).one_or_none()
    return None if row is None else _own_session(tuple(row))


def session_page(actor: Actor, session_id: int, language: str) -> SessionPage:
    """Return a session that the actor manages or is invited to; raises NotFound."""
    may_manage = and_(literal(actor.may(Permission.SESSION_MANAGE)), manageable(actor))
    row = (
        current_session()
        .execute(
            _OWN.add_columns(may_manage, _INVITES).where(
                ClassSession.id == session_id, or_(may_manage, _IS_OWN)
            ),
            {"language": language, "person": actor.id, "path": actor.organization_path},
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound(str(session_id))
    is_manager, is_invited = row[-2:]
    found = _own_session(row[:-2])
    return SessionPage(
        session=found.session,
        may_manage=bool(is_manager),
        is_invited=bool(is_invited),
        reply=found.reply,
        presence=found.presence,
        invited=list_invited(session_id),
        completes=list_completed(found.session, language),
    )


_INVITED = (
    select(Organization.code, Organization.name)
    .join(ClassInvitation, ClassInvitation.organization_id == Organization.id)
    .where(ClassInvitation.session_id == bindparam("session"))
    .order_by(Organization.path, Organization.sort_key)
)


def list_invited(session_id: int) -> tuple[tuple[str, str], ...]:
    """Return codes and names of the organizations that a session invites."""
    return tuple((row.code, row.name) for row in fetch(_INVITED, session=session_id))


def is_of_session() -> ColumnElement[bool]:
    """Return the condition that a listed unit is completed by being at a session, perhaps among other things."""
    return and_(
        ("," + Unit.completion + ",").contains(",session,"), Unit.is_published, Unit.position.is_not(None)
    )


def list_completed(session: SessionRow, language: str) -> tuple[str, ...]:
    """Return the titles of the units that being at a session completes, or a part of them."""
    title = func.coalesce(_title_of("unit", Document.unit_id == Unit.id), Unit.slug)
    statement = (
        select(title)
        .join(Course, Course.id == Unit.course_id)
        .where(Unit.course_id == session.course_id, is_of_session())
        .order_by(Unit.position)
    )
    if session.unit_id is not None:
        statement = statement.where(Unit.id == session.unit_id)
    return tuple(current_session().scalars(statement, {"language": language}))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a session can be about: a course, and those of its units that are completed by a session."""

    slug: str
    title: str
    units: tuple[tuple[str, str], ...]  # slugs and titles


def list_subjects(language: str) -> tuple[Subject, ...]:
    """Return the published courses with their units that a session completes, in the order of their titles."""
    rows = current_session().execute(
        select(
            Course.slug,
            func.coalesce(_title_of("course", Document.course_id == Course.id), Course.slug).label("title"),
            Unit.slug.label("unit"),
            func.coalesce(_title_of("unit", Document.unit_id == Unit.id), Unit.slug).label("unit_title"),
        )
        .outerjoin(Unit, and_(Unit.course_id == Course.id, is_of_session()))
        .where(Course.is_published)
        .order_by(Course.slug, Unit.position),
        {"language": language},
    )
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for row in rows:
        units = found.setdefault(row.slug, (row.title, []))[1]
        if row.unit is not None:
            units.append((row.unit, row.unit_title))
    return tuple(Subject(slug, title, tuple(units)) for slug, (title, units) in found.items())
