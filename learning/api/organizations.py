"""The tree of organizations, as far as the caller's roles reach."""

from datetime import date

from msgspec import Struct

from learning.domain.permissions import Actor, Permission
from learning.organizations.queries import OrganizationEntry, list_page


class Organization(Struct, frozen=True, kw_only=True):
    """An office or a place; `parent` is null where it is the highest, or above what the caller may see."""

    code: str
    kind: str
    name: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None


def list_organizations(actor: Actor, *, after: int, limit: int) -> tuple[list[Organization], int | None]:
    """Return a page of the organizations of the actor's scope, and after which id the next one begins."""
    rows = list_page(actor.scope(Permission.ORGANIZATION_READ), after=after, limit=limit + 1)
    return [_organization(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None


def _organization(row: OrganizationEntry) -> Organization:
    return Organization(
        code=row.code,
        kind=row.kind,
        name=row.name,
        parent=row.parent_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
