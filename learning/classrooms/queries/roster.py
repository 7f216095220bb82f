"""The people of a session: who is invited, who was marked, and who else may be added at the door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select
from sqlalchemy.orm import aliased

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.classrooms.models import ClassInvitation, ClassMark, ClassReply
from learning.classrooms.queries.sessions import SessionRow, counts
from learning.database import current_session
from learning.domain.classroom import How, Presence, Reply
from learning.domain.vietnamese import fold
from learning.organizations.models import Organization
from learning.organizations.queries import at_or_below, within

MOST_FOUND = 20  # people whom a search for others shows
_invited, _marker = aliased(Organization), aliased(Person)


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of a person that counts now."""

    number: int
    presence: Presence
    how: How
    marker_id: int
    marker_name: str
    marked_at: datetime


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person of a session; `mark` is None before the first, `is_added` where her organization is not invited."""

    id: int
    name: str
    username: str
    organization_code: str
    organization_name: str
    position: str
    reply: Reply | None
    mark: Mark | None
    is_added: bool

    @property
    def presence(self) -> Presence:
        """What is known of her being there."""
        return self.mark.presence if self.mark else Presence.UNMARKED

    @property
    def seen(self) -> int:
        """The number of the mark shown, 0 where there is none."""
        return self.mark.number if self.mark else 0


_PEOPLE = (
    select(
        Person.id,
        Person.name,
        Person.username,
        Organization.code,
        Organization.name.label("organization"),
        Membership.position,
    )
    .select_from(Person)
    .join(Organization, Organization.id == Person.organization_id)
    .join(Membership, is_main_post(Person.id))
    .where(Person.disabled_at.is_(None))
    .order_by(Organization.sort_key, Organization.id, Person.sort_key, Person.id)
)


def _is_invited(session: SessionRow) -> ColumnElement[bool]:
    """Return the condition that a person's organization is invited, and still below the one that holds the session."""
    return and_(
        exists().where(
            ClassInvitation.session_id == session.id,
            _invited.id == ClassInvitation.organization_id,
            at_or_below(Organization.path, _invited.path),
        ),
        within((session.organization_path,)),
    )


def list_attendees(session: SessionRow) -> tuple[Attendee, ...]:
    """Return who is invited and not away, and whoever else was marked, by organization and name."""
    is_invited = _is_invited(session)
    rows = current_session().execute(
        _PEOPLE.add_columns(
            is_invited.label("is_invited"),
            ClassReply.reply,
            ClassMark.number,
            ClassMark.presence,
            ClassMark.how,
            ClassMark.marked_by_id,
            _marker.name.label("marker"),
            ClassMark.marked_at,
        )
        .outerjoin(ClassReply, and_(ClassReply.session_id == session.id, ClassReply.person_id == Person.id))
        .outerjoin(
            ClassMark, and_(ClassMark.session_id == session.id, ClassMark.person_id == Person.id, counts())
        )
        .outerjoin(_marker, _marker.id == ClassMark.marked_by_id)
        .where(or_(and_(is_invited, Membership.absence.is_(None)), ClassMark.id.is_not(None)))
    )
    return tuple(map(_attendee, rows))


def _attendee(row: Row[Any]) -> Attendee:
    mark = None
    if row.number is not None:
        mark = Mark(
            row.number,
            Presence(row.presence),
            How(row.how),
            row.marked_by_id,
            row.marker,
            row.marked_at,
        )
    return Attendee(
        id=row.id,
        name=row.name,
        username=row.username,
        organization_code=row.code,
        organization_name=row.organization,
        position=row.position,
        reply=Reply(row.reply) if row.reply else None,
        mark=mark,
        is_added=not row.is_invited,
    )


def matches(person: Attendee, asked: str) -> bool:
    """Tell whether every word of what was asked begins a word of a person's name, or is part of her user name."""
    words = fold(person.name).split()
    return all(
        any(word.startswith(part) for word in words) or part in person.username
        for part in fold(asked).split()
    )


def search_others(session: SessionRow, asked: str, known: frozenset[int]) -> tuple[Attendee, ...]:
    """Return people below the organization that holds the session who are not among the known, by a search."""
    if not fold(asked):
        return ()
    rows = current_session().execute(_PEOPLE.where(within((session.organization_path,))))
    found = []
    for row in rows:
        if row.id in known:
            continue
        person = Attendee(
            row.id,
            row.name,
            row.username,
            row.code,
            row.organization,
            row.position,
            None,
            None,
            is_added=True,
        )
        if matches(person, asked):
            found.append(person)
        if len(found) == MOST_FOUND:
            break
    return tuple(found)
