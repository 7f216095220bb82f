"""Reading people as those see them who look after them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from learning.accounts.models import Person, RoleHeld
from learning.database import current_session
from learning.domain.errors import NotFound
from learning.domain.vietnamese import fold
from learning.organizations.models import Organization
from learning.organizations.queries import get_by_code, within

SEARCHED_AT_ONCE = 500  # people read from the database at a time while a search looks through them


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role, and the code of the organization at which it is held."""

    role: str
    organization_code: str


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person as programs list her; `roles` are those held inside the reader's scope."""

    id: int
    username: str
    name: str
    organization_code: str
    language: str | None
    created_at: datetime
    disabled_at: datetime | None
    roles: tuple[HeldRole, ...]


def list_people(
    paths: Sequence[str], *, after: int, limit: int, organization: str | None = None, search: str = ""
) -> list[PersonEntry]:
    """Return up to `limit` people of the scope whose id is larger than `after`, by id.

    `organization` keeps to one organization and those below it; of `search` every word must stand in the name
    or in the user name, without regard to case and marks. Raises NotFound for an organization outside the scope.
    """
    places = paths if organization is None else (get_by_code(organization, paths, field="organization").path,)
    rows = _find(places, fold(search).split(), after=after, limit=limit)
    roles = _roles([row.id for row in rows], paths)
    return [
        PersonEntry(
            row.id,
            row.username,
            row.name,
            row.code,
            row.language,
            row.created_at,
            row.disabled_at,
            tuple(roles[row.id]),
        )
        for row in rows
    ]


def list_people_at(organization_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return (person, organization) of those whose main post is at one of the organizations itself."""
    rows = current_session().execute(
        select(Person.id, Person.organization_id)
        .where(Person.organization_id.in_(organization_ids))
        .order_by(Person.id)
    )
    return [(row.id, row.organization_id) for row in rows]


@dataclass(frozen=True, slots=True)
class PersonPlace:
    """A person and the code of the organization of her main post."""

    id: int
    username: str
    name: str
    organization: str


def get_person(paths: Sequence[str], person_id: int) -> PersonPlace:
    """Return a person of the scope; raises NotFound."""
    row = (
        current_session()
        .execute(
            select(Person.id, Person.username, Person.name, Organization.code)
            .join(Organization, Organization.id == Person.organization_id)
            .where(Person.id == person_id, within(paths))
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound
    return PersonPlace(*row)


def _find(paths: Sequence[str], words: Sequence[str], *, after: int, limit: int) -> list[Any]:
    """Return the rows of the page; a search looks at people batch by batch, for no database folds as we do."""
    if not words:
        return list(current_session().execute(_people(paths, after, limit)))
    found: list[Any] = []
    while True:
        batch = current_session().execute(_people(paths, after, SEARCHED_AT_ONCE)).all()
        for row in batch:
            text = fold(f"{row.name} {row.username}")
            if all(word in text for word in words):
                found.append(row)
                if len(found) == limit:
                    return found
        if len(batch) < SEARCHED_AT_ONCE:
            return found
        after = batch[-1].id


def _people(paths: Sequence[str], after: int, limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Person.id,
            Person.username,
            Person.name,
            Organization.code,
            Person.language,
            Person.created_at,
            Person.disabled_at,
        )
        .join(Organization, Organization.id == Person.organization_id)
        .where(Person.id > after, within(paths))
        .order_by(Person.id)
        .limit(limit)
    )


def _roles(person_ids: Sequence[int], paths: Sequence[str]) -> dict[int, list[HeldRole]]:
    rows = current_session().execute(
        select(RoleHeld.person_id, RoleHeld.role, Organization.code)
        .join(Organization, Organization.id == RoleHeld.organization_id)
        .where(RoleHeld.person_id.in_(person_ids), within(paths))
        .order_by(RoleHeld.id)
    )
    roles: dict[int, list[HeldRole]] = defaultdict(list)
    for person_id, role, code in rows:
        roles[person_id].append(HeldRole(role, code))
    return roles
