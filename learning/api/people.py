"""People as those see them who manage them, and adding one."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from learning.administration.queries import PersonEntry, list_people
from learning.administration.services import NewPerson, add_person, note_people_seen
from learning.domain.permissions import Actor, Permission, Role
from learning.progress.moments import Moment

SEARCH_MAXIMUM = 200


class PeopleQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to list: people at or below an organization; people with every word of `q` in a name of theirs."""

    organization: str | None = None
    q: Annotated[str, Meta(max_length=SEARCH_MAXIMUM)] = ""


class RoleOfPerson(Struct, frozen=True, kw_only=True):
    """A role, held at an organization and over everything below it."""

    role: Role
    organization: str


class Person(Struct, frozen=True, kw_only=True):
    """Somebody of the caller's scope, with the roles she holds inside it."""

    id: int
    username: str
    name: str
    organization: str
    language: str | None
    roles: list[RoleOfPerson]
    created_at: datetime
    disabled_at: datetime | None


class PersonToAdd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person to add; her role is held at `scope`, or at her own organization where that is null."""

    username: str
    name: str
    organization: str
    role: Role
    scope: str | None = None


class AddedPerson(Struct, frozen=True, kw_only=True):
    """A person just added. The link lets her in once and is told once: a repeated request gets null."""

    id: int
    username: str
    sign_in_link: str | None


def list_people_of(
    actor: Actor, query: PeopleQuery, *, after: int, limit: int, moment: Moment
) -> tuple[list[Person], int | None]:
    """Return a page of the people of the actor's scope, and after which id the next one begins.

    That these names were seen is put on record. Raises NotFound for an organization outside the scope.
    """
    rows = list_people(
        actor.scope(Permission.PEOPLE_MANAGE),
        after=after,
        limit=limit + 1,
        organization=query.organization,
        search=query.q,
    )
    note_people_seen(actor, len(rows[:limit]), moment=moment)
    return [_person(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None


def _person(row: PersonEntry) -> Person:
    return Person(
        id=row.id,
        username=row.username,
        name=row.name,
        organization=row.organization_code,
        language=row.language,
        roles=[RoleOfPerson(role=Role(held.role), organization=held.organization_code) for held in row.roles],
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )


def create_person(actor: Actor, body: PersonToAdd, *, site_url: str, moment: Moment) -> AddedPerson:
    """Add a person inside the actor's scope; raises NotFound, Refused and Conflict, each with its field."""
    person = NewPerson(body.username, body.name, body.organization, body.role, body.scope)
    added = add_person(person, moment=moment, actor=actor)
    return AddedPerson(id=added.id, username=added.username, sign_in_link=f"{site_url}/sign-in/{added.token}")


def without_link(answer: AddedPerson) -> AddedPerson:
    """Return the answer as it may be kept to be given again: a way in is a secret, and is kept as a hash only."""
    return replace(answer, sign_in_link=None)
