"""Reading the tree of organizations, and the one filter by which every list is kept inside a scope."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal, or_, select

from learning.database import current_session
from learning.domain.errors import NotFound
from learning.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An organization as lists and choices show it."""

    id: int
    code: str
    kind: str
    name: str
    path: str
    parent_id: int | None


_COLUMNS = (
    Organization.id,
    Organization.code,
    Organization.kind,
    Organization.name,
    Organization.path,
    Organization.parent_id,
)


def within(paths: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that an organization stands at or below one of the paths; none means nowhere."""
    return or_(False, *(at_or_below(Organization.path, literal(path)) for path in paths))


def at_or_below(path: SQLColumnExpression[str], held: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Return the condition that one path begins with the other, letter by letter.

    LIKE would not do: SQLite's takes `a` for `A`, and a path may hold what it takes for a wildcard.
    """
    return func.substr(path, 1, func.length(held)) == held


def get_by_code(code: str, paths: Iterable[str] = ("/",)) -> OrganizationRow:
    """Return the organization with this code inside the scope; raises NotFound."""
    row = (
        current_session()
        .execute(select(*_COLUMNS).where(Organization.code == code, within(paths)))
        .one_or_none()
    )
    if row is None:
        raise NotFound(code)
    return OrganizationRow(*row)


def list_within(paths: Iterable[str]) -> list[OrganizationRow]:
    """Return the organizations of the scope in Vietnamese order, the highest first."""
    rows = current_session().execute(select(*_COLUMNS, Organization.sort_key).where(within(paths)))
    ordered = sorted(rows, key=lambda row: (row.path.count("/"), row.sort_key))
    return [OrganizationRow(*row[:6]) for row in ordered]
