"""Reading people: who holds a session, what an account page shows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, SQLColumnExpression, and_, bindparam, or_, select, true
from sqlalchemy.orm import aliased

from learning.accounts.models import ApiToken, HeldForm, Membership, Person, RoleHeld, SignInLink, UserSession
from learning.database import current_session, fetch, lock
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Grant, Role
from learning.organizations.models import Organization
from learning.web.clock import today

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
ASKED_AT_ONCE = 1000  # names in one statement


@dataclass(frozen=True, slots=True)
class SessionHolder:
    """Who a session cookie belongs to; `is_live` is false once it timed out."""

    actor: Actor
    is_live: bool
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A person's own data, as her account page shows it."""

    name: str
    username: str
    organization_name: str
    language: str | None
    email: str | None
    roles: tuple[tuple[str, str], ...]


def is_main_post(person_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Return on what to join `Membership` to a person, so that it is her main post of now."""
    return and_(
        Membership.person_id == person_id, Membership.is_main.is_(true()), Membership.ended_on.is_(None)
    )


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a token of 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def is_in_force() -> ColumnElement[bool]:
    """Return the condition that a role is held on the day that is bound as `day`."""
    day = bindparam("day", type_=Date)
    return and_(
        or_(RoleHeld.began_on.is_(None), RoleHeld.began_on <= day),
        or_(RoleHeld.ended_on.is_(None), RoleHeld.ended_on > day),
    )


# Made once: an alias is costly to make.
_role_organization = aliased(Organization)
_ACTOR = (
    Person.id,
    Person.username,
    Person.name,
    Person.organization_id,
    Organization.path,
    Person.language,
    RoleHeld.role,
    _role_organization.path.label("role_path"),
)


def _actor(rows: Sequence[Row[Any]]) -> Actor:
    first = rows[0]
    return Actor(
        id=first.id,
        username=first.username,
        name=first.name,
        organization_id=first.organization_id,
        organization_path=first.path,
        language=first.language,
        grants=tuple(Grant(Role(row.role), row.role_path) for row in rows if row.role),
    )


_SESSION = (
    select(*_ACTOR, UserSession.created_at, UserSession.last_seen_at)
    .join(Person, Person.id == UserSession.person_id)
    .join(Organization, Organization.id == Person.organization_id)
    .outerjoin(RoleHeld, and_(RoleHeld.person_id == Person.id, is_in_force()))
    .outerjoin(_role_organization, _role_organization.id == RoleHeld.organization_id)
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.generation == Person.generation,
        Person.disabled_at.is_(None),
    )
)


def find_session(token: str, *, now: datetime) -> SessionHolder | None:
    """Return the holder of a session, also of one that timed out; None when it was ended or never was."""
    rows = fetch(_SESSION, token_hash=token_hash(token), day=today()).all()
    if not rows:
        return None
    created, seen = rows[0].created_at, rows[0].last_seen_at
    return SessionHolder(_actor(rows), now - seen < IDLE and now - created < ABSOLUTE, seen)


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whose token a program shows, and what it may do with it."""

    actor: Actor
    token_id: int
    is_read_only: bool
    last_used_at: datetime | None


_TOKEN = (
    select(*_ACTOR, ApiToken.id.label("token_id"), ApiToken.is_read_only, ApiToken.last_used_at)
    .join(Person, Person.id == ApiToken.person_id)
    .join(Organization, Organization.id == Person.organization_id)
    .outerjoin(RoleHeld, and_(RoleHeld.person_id == Person.id, is_in_force()))
    .outerjoin(_role_organization, _role_organization.id == RoleHeld.organization_id)
    .where(
        ApiToken.token_hash == bindparam("token_hash"),
        ApiToken.generation == Person.generation,
        ApiToken.expires_at > bindparam("now"),
        ApiToken.revoked_at.is_(None),
        Person.disabled_at.is_(None),
    )
)


def find_token_holder(token: str, *, now: datetime) -> TokenHolder | None:
    """Return whose token this is; None when it is unknown, expired, revoked, or older than a new password."""
    rows = fetch(_TOKEN, token_hash=token_hash(token), now=now, day=today()).all()
    if not rows:
        return None
    return TokenHolder(_actor(rows), rows[0].token_id, rows[0].is_read_only, rows[0].last_used_at)


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token in its person's list."""

    id: int
    name: str
    is_read_only: bool
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


def list_tokens(actor: Actor, *, now: datetime) -> list[TokenRow]:
    """Return the actor's tokens that still work, the newest first."""
    rows = current_session().execute(
        select(
            ApiToken.id,
            ApiToken.name,
            ApiToken.is_read_only,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.last_used_at,
        )
        .join(Person, Person.id == ApiToken.person_id)
        .where(
            ApiToken.person_id == actor.id,
            ApiToken.generation == Person.generation,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
        )
        .order_by(ApiToken.id.desc())
    )
    return [TokenRow(*row) for row in rows]


_LOCK = select(Person.id).where(Person.id == bindparam("person")).with_for_update(key_share=True)
_BY_USERNAME = (
    select(*_ACTOR)
    .join(Organization, Organization.id == Person.organization_id)
    .outerjoin(RoleHeld, and_(RoleHeld.person_id == Person.id, is_in_force()))
    .outerjoin(_role_organization, _role_organization.id == RoleHeld.organization_id)
    .where(Person.username == bindparam("username"))
)


def get_actor(username: str) -> Actor:
    """Return a person as she would act, for commands; raises NotFound."""
    rows = fetch(_BY_USERNAME, username=username, day=today()).all()
    if not rows:
        raise NotFound(username)
    return _actor(rows)


_HOLDERS = (
    select(*_ACTOR)
    .join(Organization, Organization.id == Person.organization_id)
    .join(RoleHeld, and_(RoleHeld.person_id == Person.id, is_in_force()))
    .join(_role_organization, _role_organization.id == RoleHeld.organization_id)
    .where(RoleHeld.role == bindparam("role"), Person.disabled_at.is_(None))
    .order_by(Person.id)
)
_ACTORS = (
    select(*_ACTOR)
    .join(Organization, Organization.id == Person.organization_id)
    .outerjoin(RoleHeld, and_(RoleHeld.person_id == Person.id, is_in_force()))
    .outerjoin(_role_organization, _role_organization.id == RoleHeld.organization_id)
    .where(Person.id.in_(bindparam("people", expanding=True)), Person.disabled_at.is_(None))
    .order_by(Person.id)
)


def list_holders(role: Role) -> list[Actor]:
    """Return everybody who holds a role, with what she holds by that role alone."""
    return _each(fetch(_HOLDERS, role=role.value, day=today()).all())


def list_actors(person_ids: Sequence[int]) -> list[Actor]:
    """Return those of these people who may sign in, with all that they hold."""
    return _each(fetch(_ACTORS, people=list(person_ids), day=today()).all())


def _each(rows: Sequence[Row[Any]]) -> list[Actor]:
    return [_actor(list(of_one)) for _id, of_one in groupby(rows, key=lambda row: row.id)]


def find_ids(usernames: Sequence[str]) -> list[int]:
    """Return the ids of people who are all there, in this order."""
    found: dict[str, int] = {}
    for first in range(0, len(usernames), ASKED_AT_ONCE):
        some = list(usernames[first : first + ASKED_AT_ONCE])
        found.update((row.username, row.id) for row in fetch(_IDS, usernames=some))
    return [found[username] for username in usernames]


_IDS = select(Person.username, Person.id).where(Person.username.in_(bindparam("usernames", expanding=True)))


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person as an import compares her with a row of a file; `roles` are (role, id of the organization)."""

    id: int
    username: str
    name: str
    organization_id: int
    position: str
    audience: str | None
    absence: str | None
    email: str | None
    roles: frozenset[tuple[str, int]]


def list_stored(usernames: Sequence[str]) -> list[StoredPerson]:
    """Return those of these people who are there."""
    rows = fetch(_STORED, usernames=list(usernames), day=today()).all()
    roles: dict[int, set[tuple[str, int]]] = {}
    for row in rows:
        roles.setdefault(row.id, set()).update([(row.role, row.role_at)] if row.role else [])
    people = {row.id: row for row in rows}
    return [
        StoredPerson(
            row.id,
            row.username,
            row.name,
            row.organization_id,
            row.position,
            row.audience,
            row.absence,
            row.email,
            frozenset(roles[row.id]),
        )
        for row in people.values()
    ]


_STORED = (
    select(
        Person.id,
        Person.username,
        Person.name,
        Person.organization_id,
        Membership.position,
        Membership.audience,
        Membership.absence,
        Person.email,
        RoleHeld.role,
        RoleHeld.organization_id.label("role_at"),
    )
    .join(Membership, is_main_post(Person.id))
    .outerjoin(RoleHeld, and_(RoleHeld.person_id == Person.id, is_in_force()))
    .where(Person.username.in_(bindparam("usernames", expanding=True)))
)


def lock_person(person_id: int) -> None:
    """Let what asks for this too wait until the open transaction ends: what one person does, one after another."""
    lock(_LOCK, person=person_id)


def get_account(actor: Actor) -> Account:
    """Return the actor's own account; raises NotFound."""
    row = (
        current_session()
        .execute(
            select(
                Person.name,
                Person.username,
                Organization.name.label("organization"),
                Person.language,
                Person.email,
            )
            .join(Organization, Organization.id == Person.organization_id)
            .where(Person.id == actor.id)
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound
    roles = current_session().execute(
        select(RoleHeld.role, Organization.name)
        .join(Organization, Organization.id == RoleHeld.organization_id)
        .where(RoleHeld.person_id == actor.id, is_in_force())
        .order_by(RoleHeld.role, Organization.sort_key),
        {"day": today()},
    )
    return Account(
        row.name,
        row.username,
        row.organization,
        row.language,
        row.email,
        tuple((r.role, r.name) for r in roles),
    )


def find_link_holder(token: str, *, now: datetime) -> str | None:
    """Return the name of the person whom an unused, unexpired sign-in link is for."""
    return current_session().scalar(
        select(Person.name)
        .join(SignInLink, SignInLink.person_id == Person.id)
        .where(
            SignInLink.token_hash == token_hash(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
            Person.disabled_at.is_(None),
        )
    )


def find_held_form(actor: Actor, path: str) -> tuple[datetime, list[tuple[str, str]]] | None:
    """Return when and what the actor sent to `path` over an expired session, if it still waits."""
    row = (
        current_session()
        .execute(
            select(HeldForm.held_at, HeldForm.fields).where(
                HeldForm.person_id == actor.id, HeldForm.path == path
            )
        )
        .one_or_none()
    )
    return None if row is None else (row.held_at, [(name, value) for name, value in row.fields])
