"""Reading the tree of organizations, and the one filter by which every list is kept inside a scope."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, bindparam, func, literal, or_, select
from sqlalchemy.orm import aliased

from learning.database import current_session, fetch
from learning.domain.errors import NotFound
from learning.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class OrganizationEntry:
    """An organization as programs list it; the days of its validity are None where it has no end."""

    id: int
    code: str
    kind: str
    name: str
    parent_code: str | None
    valid_from: date | None
    valid_to: date | None


class OrganizationRow(NamedTuple):
    """An organization as lists and choices show it, as the row of a statement comes."""

    id: int
    code: str
    kind: str
    name: str
    path: str
    parent_id: int | None
    valid_to: date | None = None

    def has_ended(self, day: date) -> bool:
        """Tell whether it is there no more on the day."""
        return self.valid_to is not None and self.valid_to <= day


_COLUMNS = (
    Organization.id,
    Organization.code,
    Organization.kind,
    Organization.name,
    Organization.path,
    Organization.parent_id,
    Organization.valid_to,
)
_parent = aliased(Organization)  # made once: an alias is costly to make


def within(paths: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that an organization stands at or below one of the paths; none means nowhere."""
    return _at_or_below_any(Organization.path, paths)


def _at_or_below_any(path: SQLColumnExpression[str], held: Iterable[str]) -> ColumnElement[bool]:
    return or_(False, *(at_or_below(path, literal(one)) for one in held))


def at_or_below(path: SQLColumnExpression[str], held: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Return the condition that one path begins with the other, letter by letter.

    LIKE would not do: SQLite's takes `a` for `A`, and a path may hold what it takes for a wildcard.
    """
    return func.substr(path, 1, func.length(held)) == held


def code_of(path: str) -> str:
    """Return the code of the organization at a path, which is the last of the path's."""
    return path.rstrip("/").rpartition("/")[2]


def parent_path(path: str) -> str:
    """Return the path of what stands above the organization at a path, `/` above the highest."""
    return path.rstrip("/").rpartition("/")[0] + "/"


def get_by_code(code: str, paths: Iterable[str] = ("/",), *, field: str = "") -> OrganizationRow:
    """Return the organization with this code inside the scope; raises NotFound, with `field` as its field."""
    row = fetch(_one_within(tuple(paths)), code=code).one_or_none()
    if row is None:
        raise NotFound(code, field=field)
    return OrganizationRow._make(row)


@lru_cache(maxsize=64)
def _one_within(paths: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(Organization.code == bindparam("code"), within(paths))


def list_page(paths: Iterable[str], *, after: int, limit: int) -> list[OrganizationEntry]:
    """Return up to `limit` organizations of the scope whose id is larger than `after`, by id.

    That order does not change while one reads: what is added comes last, and no name or place is in it. The
    code of a parent outside the scope is not told.
    """
    paths = tuple(paths)
    rows = current_session().execute(
        select(
            Organization.id,
            Organization.code,
            Organization.kind,
            Organization.name,
            _parent.code.label("parent_code"),
            Organization.valid_from,
            Organization.valid_to,
        )
        .outerjoin(_parent, and_(_parent.id == Organization.parent_id, _at_or_below_any(_parent.path, paths)))
        .where(Organization.id > after, within(paths))
        .order_by(Organization.id)
        .limit(limit)
    )
    return [OrganizationEntry(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OrganizationFacts:
    """An organization as an import compares it with a row of a file."""

    id: int
    code: str
    kind: str
    name: str
    path: str
    parent_id: int | None
    valid_from: date | None
    valid_to: date | None
    successor_id: int | None


def list_facts(paths: Iterable[str]) -> list[OrganizationFacts]:
    """Return all organizations of the scope, those above first."""
    rows = current_session().execute(
        select(
            *_COLUMNS[:-1], Organization.valid_from, Organization.valid_to, Organization.successor_id
        ).where(within(paths))
    )
    return sorted((OrganizationFacts(*row) for row in rows), key=lambda row: row.path.count("/"))


def list_within(paths: Iterable[str]) -> list[OrganizationRow]:
    """Return the organizations of the scope in Vietnamese order, the highest first."""
    rows = fetch(_all_within(tuple(paths))).all()
    ordered = sorted(rows, key=lambda row: (row.path.count("/"), row.sort_key))
    return [OrganizationRow._make(row[:-1]) for row in ordered]


@lru_cache(maxsize=64)
def _all_within(paths: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS, Organization.sort_key).where(within(paths))


def find_successor(organization_id: int) -> tuple[str, str] | None:
    """Return code and name of the organization that follows on another, None where none does."""
    row = fetch(_SUCCESSOR, organization=organization_id).one_or_none()
    return None if row is None else (row.code, row.name)


_following = aliased(Organization)
_SUCCESSOR = (
    select(_following.code, _following.name)
    .join(Organization, Organization.successor_id == _following.id)
    .where(Organization.id == bindparam("organization"))
)


@dataclass(frozen=True, slots=True)
class PlacesNow:
    """Which organization of a scope stands today for which: itself, those that ended for it, and what was below them.

    `paths` are those to read, of the scope and of what has come to it; who is not in `by_id` stands elsewhere now.
    """

    paths: tuple[str, ...]
    by_id: Mapping[int, OrganizationRow]


def list_places_now(paths: Iterable[str], today: date) -> PlacesNow:
    """Return where the organizations stand today whose successors, or who themselves, are in the scope."""
    paths = tuple(paths)
    rows = {row.id: row for row in list_facts(("/",))}
    places = {id: rows[_now(rows, id, today)] for id in rows}
    here = {id: row for id, row in places.items() if row.path.startswith(paths)}
    came = sorted(rows[id].path for id in here if not rows[id].path.startswith(paths))
    return PlacesNow(
        (*paths, *came),
        {
            id: OrganizationRow(row.id, row.code, row.kind, row.name, row.path, row.parent_id, row.valid_to)
            for id, row in here.items()
        },
    )


def _now(rows: Mapping[int, OrganizationFacts], id: int, today: date) -> int:
    """Return the organization that stands today for another; of successors in a circle, the last before it closes."""
    seen = {id}
    while True:
        above: int | None = id
        while above is not None and not _has_ended(rows[above], today):
            above = rows[above].parent_id
        following = rows[above].successor_id if above is not None else None
        if following is None or following in seen:
            return id
        seen.add(following)
        id = following


def _has_ended(row: OrganizationFacts, today: date) -> bool:
    return row.successor_id is not None and row.valid_to is not None and row.valid_to <= today
