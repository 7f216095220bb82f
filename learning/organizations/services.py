"""Writing the tree of organizations."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

from sqlalchemy import select

from learning.database import transaction
from learning.domain.errors import Refused
from learning.domain.plain_text import one_line
from learning.domain.vietnamese import sort_key
from learning.organizations.models import Organization

PROVINCE_CODE = "24"
DEPARTMENT_CODE = "24-BTGDV"
_KINDS = {"Phường": "ward", "Xã": "commune"}


@dataclass(frozen=True, slots=True)
class OrganizationRecord:
    """One organization as a file states it; parents come before children."""

    code: str
    kind: str
    name: str
    parent_code: str | None


def shipped_organizations() -> list[OrganizationRecord]:
    """Return province 24 with its advisory body and its 99 communes and wards, in official names."""
    text = resources.files(__package__).joinpath("data/bac-ninh.tsv").read_text("utf-8")
    records = [
        OrganizationRecord(PROVINCE_CODE, "province", "Tỉnh Bắc Ninh", None),
        OrganizationRecord(DEPARTMENT_CODE, "department", "Ban Tuyên giáo và Dân vận Tỉnh ủy", PROVINCE_CODE),
    ]
    rows = csv.DictReader(io.StringIO(text), delimiter="\t")
    communes = (
        OrganizationRecord(row["code"], _KINDS[row["type"]], row["full_name"], PROVINCE_CODE) for row in rows
    )
    return [*records, *communes]


def ensure_organizations() -> int:
    """Give a site without organizations the shipped ones; returns how many were added."""
    with transaction() as session:
        if session.scalar(select(Organization.id).limit(1)) is not None:
            return 0
        return save_organizations(shipped_organizations())


def save_organizations(records: Iterable[OrganizationRecord]) -> int:
    """Add the organizations that are not there yet and rename those that are; returns how many changed.

    Raises Refused for a name that is no line of text.
    """
    changed = 0
    with transaction() as session:
        known = {row.code: row for row in session.scalars(select(Organization))}
        for record in records:
            name = one_line(record.name, maximum=200)
            if name is None:
                raise Refused(
                    "The name of %(code)s has not 1 to 200 characters, letters among them, on one line.",
                    field="name",
                    code=record.code,
                )
            row = known.get(record.code)
            if row is None:
                parent = known[record.parent_code] if record.parent_code else None
                row = Organization(
                    code=record.code,
                    kind=record.kind,
                    name=name,
                    sort_key=name_key(name),
                    parent_id=parent.id if parent else None,
                    path=f"{parent.path if parent else '/'}{record.code}/",
                )
                session.add(row)
                session.flush()
                known[record.code] = row
                changed += 1
            elif (row.name, row.kind) != (name, record.kind):
                row.name, row.kind, row.sort_key = name, record.kind, name_key(name)
                changed += 1
    return changed


def name_key(name: str) -> str:
    """Return the key that sorts "Xã Bố Hạ" and "Phường Đa Mai" by their proper names."""
    for kind in _KINDS:
        if name.startswith(kind + " "):
            return sort_key(name.removeprefix(kind + " "))
    return sort_key(name)
