"""Reading people: who holds a session, what an account page shows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import aliased

from learning.accounts.models import HeldForm, Person, RoleHeld, SignInLink, UserSession
from learning.database import current_session, fetch
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Grant, Role
from learning.organizations.models import Organization

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)


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
    roles: tuple[tuple[str, str], ...]


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a token of 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


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
    .outerjoin(RoleHeld, RoleHeld.person_id == Person.id)
    .outerjoin(_role_organization, _role_organization.id == RoleHeld.organization_id)
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.generation == Person.generation,
        Person.disabled_at.is_(None),
    )
)


def find_session(token: str, *, now: datetime) -> SessionHolder | None:
    """Return the holder of a session, also of one that timed out; None when it was ended or never was."""
    rows = fetch(_SESSION, token_hash=token_hash(token)).all()
    if not rows:
        return None
    created, seen = rows[0].created_at, rows[0].last_seen_at
    return SessionHolder(_actor(rows), now - seen < IDLE and now - created < ABSOLUTE, seen)


_BY_USERNAME = (
    select(*_ACTOR)
    .join(Organization, Organization.id == Person.organization_id)
    .outerjoin(RoleHeld, RoleHeld.person_id == Person.id)
    .outerjoin(_role_organization, _role_organization.id == RoleHeld.organization_id)
    .where(Person.username == bindparam("username"))
)


def get_actor(username: str) -> Actor:
    """Return a person as she would act, for commands; raises NotFound."""
    rows = fetch(_BY_USERNAME, username=username).all()
    if not rows:
        raise NotFound(username)
    return _actor(rows)


def get_account(actor: Actor) -> Account:
    """Return the actor's own account; raises NotFound."""
    row = (
        current_session()
        .execute(
            select(Person.name, Person.username, Organization.name.label("organization"), Person.language)
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
        .where(RoleHeld.person_id == actor.id)
        .order_by(RoleHeld.role, Organization.sort_key)
    )
    return Account(
        row.name, row.username, row.organization, row.language, tuple((r.role, r.name) for r in roles)
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
