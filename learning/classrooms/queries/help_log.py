"""Reading the log of help: one's own entries, and the sums of a manager's organizations."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, union

from learning.accounts.models import Membership, RoleHeld
from learning.accounts.queries import is_in_force
from learning.classrooms.models import HelpEntry
from learning.database import current_session, fetch
from learning.domain.errors import NotFound
from learning.domain.help_log import HelpKind, Period
from learning.domain.permissions import Actor
from learning.organizations.models import Organization
from learning.organizations.queries import list_within, parent_path, within
from learning.web.clock import today

MOST_OWN, MOST_LISTED = 50, 200


@dataclass(frozen=True, slots=True)
class HelpRow:
    """An entry as lists show it; whose it is stays with its author."""

    id: int
    helped_on: date
    place: str
    kind: HelpKind
    people: int
    note: str
    organization_code: str
    organization_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HelpSum:
    """How often, and how many people, were helped at an organization and below it, with what."""

    code: str
    name: str
    times: int
    people: int
    kinds: dict[HelpKind, int]  # people


@dataclass(frozen=True, slots=True)
class HelpSums:
    """A period over the organizations of a scope: a row for each directly below and each top; the latest entries."""

    period: Period
    rows: tuple[HelpSum, ...]
    total: HelpSum
    entries: tuple[HelpRow, ...]


_ENTRIES = select(
    HelpEntry.id,
    HelpEntry.helped_on,
    HelpEntry.place,
    HelpEntry.kind,
    HelpEntry.people,
    HelpEntry.note,
    Organization.code,
    Organization.name,
    HelpEntry.created_at,
).join(Organization, Organization.id == HelpEntry.organization_id)
_OWN = _ENTRIES.where(HelpEntry.author_id == bindparam("person"))
_OWN_LATEST = _OWN.order_by(HelpEntry.helped_on.desc(), HelpEntry.id.desc()).limit(MOST_OWN)
_OWN_ONE = _OWN.where(HelpEntry.id == bindparam("entry"))
# Where she has a post or holds a role, her main post first.
_PLACES = (
    select(Organization.code, Organization.name, Organization.id)
    .where(
        Organization.id.in_(
            union(
                select(Membership.organization_id).where(
                    Membership.person_id == bindparam("person"), Membership.ended_on.is_(None)
                ),
                select(RoleHeld.organization_id).where(
                    RoleHeld.person_id == bindparam("person"), is_in_force()
                ),
            )
        )
    )
    .order_by(Organization.id != bindparam("main"), Organization.sort_key)
)


def _row(row: Any) -> HelpRow:
    entry, helped_on, place, kind, *rest = row
    return HelpRow(entry, helped_on, place, HelpKind(kind), *rest)


def list_own_entries(actor: Actor) -> tuple[HelpRow, ...]:
    """Return the actor's own entries, the latest first."""
    return tuple(map(_row, map(tuple, fetch(_OWN_LATEST, person=actor.id))))


def get_own_entry(actor: Actor, entry_id: int) -> HelpRow:
    """Return an entry of the actor's; raises NotFound."""
    row = fetch(_OWN_ONE, person=actor.id, entry=entry_id).one_or_none()
    if row is None:
        raise NotFound(str(entry_id))
    return _row(tuple(row))


def list_own_places(actor: Actor) -> dict[str, tuple[int, str]]:
    """Return ids and names, by their codes, of the organizations at which the actor has a post or a role."""
    rows = fetch(_PLACES, person=actor.id, main=actor.organization_id, day=today())
    return {row.code: (row.id, row.name) for row in rows}


def sum_help(paths: Iterable[str], period: Period) -> HelpSums:
    """Return what the log says of a period at the organizations of a scope and directly below them."""
    paths = tuple(paths)
    in_period = HelpEntry.helped_on.between(period.start, period.end)
    session = current_session()
    sums = session.execute(
        select(
            Organization.path,
            HelpEntry.kind,
            func.count().label("times"),
            func.sum(HelpEntry.people).label("people"),
        )
        .join(Organization, Organization.id == HelpEntry.organization_id)
        .where(in_period, within(paths))
        .group_by(Organization.path, HelpEntry.kind)
    ).all()
    latest = session.execute(
        _ENTRIES.where(in_period, within(paths))
        .order_by(HelpEntry.helped_on.desc(), HelpEntry.id.desc())
        .limit(MOST_LISTED)
    )
    places = [row for row in list_within(paths) if row.path in paths or parent_path(row.path) in paths]
    times: Counter[str] = Counter()
    people: dict[str, Counter[HelpKind]] = {place.path: Counter() for place in places}
    for row in sums:
        # The place that is nearest above: one directly below the scope, else the top of it.
        here = max((known for known in people if row.path.startswith(known)), key=len)
        times[here] += row.times
        people[here][HelpKind(row.kind)] += int(row.people)
    rows = [
        _sum(place.code, place.name, times[place.path], people[place.path])
        for place in places
        if times[place.path]
    ]
    whole = sum(people.values(), Counter())
    return HelpSums(
        period,
        tuple(rows),
        _sum("", "", sum(times.values()), whole),
        tuple(map(_row, map(tuple, latest))),
    )


def _sum(code: str, name: str, times: int, people: Counter[HelpKind]) -> HelpSum:
    return HelpSum(code, name, times, people.total(), {kind: people[kind] for kind in HelpKind})
