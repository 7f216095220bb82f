"""Reading people as those see them who look after them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from learning.accounts.models import Membership, Person, RoleHeld
from learning.accounts.queries import is_in_force, is_main_post
from learning.database import current_session, fetch
from learning.domain.errors import NotFound
from learning.domain.permissions import Role
from learning.domain.vietnamese import fold
from learning.organizations.models import Organization
from learning.organizations.queries import get_by_code, within
from learning.web.clock import today

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


def find_person_id(paths: Sequence[str], username: str, *, field: str = "") -> int:
    """Return the id of a person of the scope by her user name; raises NotFound, with `field` as its field."""
    found = fetch(
        select(Person.id)
        .join(Organization, Organization.id == Person.organization_id)
        .where(Person.username == username.strip().casefold(), within(paths))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(username, field=field)
    return int(found)


# --- The pages


class State(StrEnum):
    """Whether a person can come in, and is there."""

    ACTIVE = "active"
    NEW = "new"
    AWAY = "away"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class PeopleAsked:
    """Which people a list is of, and in which order."""

    search: str = ""
    organization: str | None = None
    role: Role | None = None
    state: State | None = None
    by_organization: bool = False


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in the list."""

    id: int
    username: str
    name: str
    organization: str
    state: State
    roles: tuple[str, ...] = ()


_STATE: ColumnElement[str] = case(
    (Person.disabled_at.is_not(None), State.DISABLED.value),
    (Membership.absence.is_not(None), State.AWAY.value),
    (Person.password_hash.is_(None), State.NEW.value),
    else_=State.ACTIVE.value,
)


def list_people_page(
    paths: Sequence[str], asked: PeopleAsked, *, first: int, most: int
) -> tuple[list[PersonLine], int]:
    """Return up to `most` people of the scope after the `first` in Vietnamese order, and how many there are.

    Raises NotFound for an organization outside the scope.
    """
    organization = asked.organization
    places = paths if not organization else (get_by_code(organization, paths, field="organization").path,)
    words = fold(asked.search).split()
    wanted = (
        select(
            Person.id,
            Person.username,
            Person.name,
            Organization.name.label("organization"),
            _STATE.label("state"),
        )
        .join(Organization, Organization.id == Person.organization_id)
        .join(Membership, is_main_post(Person.id))
        .where(within(places))
    )
    if asked.role is not None:
        held = select(RoleHeld.person_id).where(RoleHeld.role == asked.role.value, is_in_force())
        wanted = wanted.where(Person.id.in_(held))
    if asked.state is not None:
        wanted = wanted.where(_STATE.in_([asked.state.value]))
    order = (Organization.sort_key,) if asked.by_organization else ()
    ordered = wanted.order_by(*order, Person.sort_key, Person.id)
    day = {"day": today()} if asked.role is not None else {}
    if words:  # no database folds as we do
        found = [
            row
            for row in fetch(ordered, **day)
            if all(word in fold(f"{row.name} {row.username}") for word in words)
        ]
        rows, total = found[first : first + most], len(found)
    else:
        total = fetch(select(func.count()).select_from(wanted.subquery()), **day).scalar_one()
        rows = list(fetch(ordered.offset(first).limit(most), **day))
    roles = _roles([row.id for row in rows], paths)
    return [
        PersonLine(
            row.id,
            row.username,
            row.name,
            row.organization,
            State(row.state),
            tuple(
                dict.fromkeys(held.role for held in roles.get(row.id, ()) if held.role != Role.LEARNER.value)
            ),
        )
        for row in rows
    ], total


@dataclass(frozen=True, slots=True)
class Post:
    """What a person is or was at an organization; `ended_on` is the first day on which it is over."""

    organization: str
    organization_code: str
    is_main: bool
    position: str
    audience: str | None
    began_on: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role with the reason why it is held; `last_on` is its last day. `holder` is whose deputy she is by it."""

    id: int
    role: str
    organization: str
    began_on: date | None
    last_on: date | None
    is_in_force: bool
    holder: str | None
    holder_id: int | None


@dataclass(frozen=True, slots=True)
class Deputy:
    """Who acts for a person by one of her roles."""

    id: int
    name: str
    role: str
    organization: str
    began_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as her administrators see her; roles are those inside the reader's scope."""

    id: int
    username: str
    name: str
    email: str | None
    organization: str
    organization_code: str
    state: State
    absence: str | None
    absent_from: date | None
    created_at: datetime
    disabled_at: datetime | None
    posts: tuple[Post, ...]
    roles: tuple[RoleLine, ...]
    deputies: tuple[Deputy, ...]
    holds_more: bool

    @property
    def main(self) -> Post:
        """Return her main post."""
        return next(post for post in self.posts if post.is_main and post.ended_on is None)


_holder, _holder_role = aliased(Person), aliased(RoleHeld)  # made once: an alias is costly to make


def get_profile(paths: Sequence[str], person_id: int) -> Profile:
    """Return a person of the scope; raises NotFound."""
    day = today()
    row = fetch(
        select(
            Person.id,
            Person.username,
            Person.name,
            Person.email,
            Organization.name.label("organization"),
            Organization.code,
            _STATE.label("state"),
            Membership.absence,
            Membership.absent_from,
            Person.created_at,
            Person.disabled_at,
        )
        .join(Organization, Organization.id == Person.organization_id)
        .join(Membership, is_main_post(Person.id))
        .where(Person.id == person_id, within(paths))
    ).one_or_none()
    if row is None:
        raise NotFound
    held = fetch(
        select(
            RoleHeld.id,
            RoleHeld.role,
            RoleHeld.began_on,
            RoleHeld.ended_on,
            Organization.name,
            Organization.path,
            _holder.name.label("holder"),
            _holder.id.label("holder_id"),
        )
        .join(Organization, Organization.id == RoleHeld.organization_id)
        .outerjoin(_holder_role, _holder_role.id == RoleHeld.lent_by_id)
        .outerjoin(_holder, _holder.id == _holder_role.person_id)
        .where(RoleHeld.person_id == person_id, or_(RoleHeld.ended_on.is_(None), RoleHeld.ended_on > day))
        .order_by(RoleHeld.id)
    ).all()
    roles = tuple(
        RoleLine(
            one.id,
            one.role,
            one.name,
            one.began_on,
            _last(one.ended_on),
            one.began_on is None or one.began_on <= day,
            one.holder,
            one.holder_id,
        )
        for one in held
        if one.path.startswith(tuple(paths))
    )
    deputies = tuple(
        Deputy(one.id, one.name, one.role, one.organization, one.began_on, _last(one.ended_on))
        for one in fetch(
            select(
                Person.id,
                Person.name,
                RoleHeld.role,
                Organization.name.label("organization"),
                RoleHeld.began_on,
                RoleHeld.ended_on,
            )
            .join(Person, Person.id == RoleHeld.person_id)
            .join(Organization, Organization.id == RoleHeld.organization_id)
            .where(
                RoleHeld.lent_by_id.in_([one.id for one in roles]),
                or_(RoleHeld.ended_on.is_(None), RoleHeld.ended_on > day),
            )
            .order_by(RoleHeld.id)
        )
    )
    posts = tuple(
        Post(*tuple(one))
        for one in fetch(
            select(
                Organization.name,
                Organization.code,
                Membership.is_main,
                Membership.position,
                Membership.audience,
                Membership.began_on,
                Membership.ended_on,
            )
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Membership.person_id == person_id)
            .order_by(Membership.ended_on.is_not(None), Membership.is_main.desc(), Membership.id.desc())
        )
    )
    return Profile(
        id=row.id,
        username=row.username,
        name=row.name,
        email=row.email,
        organization=row.organization,
        organization_code=row.code,
        state=State(row.state),
        absence=row.absence,
        absent_from=row.absent_from,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        posts=posts,
        roles=roles,
        deputies=deputies,
        holds_more=len(roles) < len(held),
    )


def _last(ended_on: date | None) -> date | None:
    """Return the last day before the one on which something is over."""
    return ended_on - timedelta(days=1) if ended_on else None


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
        .where(RoleHeld.person_id.in_(person_ids), within(paths), is_in_force())
        .order_by(RoleHeld.id),
        {"day": today()},
    )
    roles: dict[int, list[HeldRole]] = defaultdict(list)
    for person_id, role, code in rows:
        roles[person_id].append(HeldRole(role, code))
    return roles
