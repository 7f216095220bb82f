"""Bringing the tree of organizations to what a file says: what would change, and changing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sqlalchemy import update

from learning.database import transaction
from learning.domain.diagnostics import N_
from learning.domain.vietnamese import fold
from learning.formats.roster import Kind, OrganizationLine
from learning.formats.tables import RowError
from learning.organizations.models import Organization
from learning.organizations.queries import OrganizationFacts, list_facts
from learning.organizations.services import name_key

_PREFIXES = {
    "tinh": Kind.PROVINCE,
    "thanh pho": Kind.PROVINCE,
    "xa": Kind.COMMUNE,
    "phuong": Kind.WARD,
    "thon": Kind.VILLAGE,
    "to dan pho": Kind.VILLAGE,
    "ban": Kind.DEPARTMENT,
    "so": Kind.DEPARTMENT,
    "phong": Kind.DEPARTMENT,
}


@dataclass(frozen=True, slots=True)
class OrganizationPlan:
    """What a file of organizations would change; `lines` are only those that do, parents first."""

    new: tuple[OrganizationLine, ...] = ()
    changed: tuple[OrganizationLine, ...] = ()
    unchanged: int = 0
    errors: tuple[RowError, ...] = ()


@dataclass
class _Check:
    """The rows of a file beside the tree as it is."""

    lines: Mapping[str, OrganizationLine]
    known: Mapping[str, OrganizationFacts]
    errors: list[RowError] = field(default_factory=list)

    def refuse(self, line: OrganizationLine, column: str, message: str, **params: str | int) -> None:
        self.errors.append(RowError(line.row, column, message, params))

    def exists(self, code: str) -> bool:
        return code in self.known or code in self.lines


def plan_organizations(lines: Sequence[OrganizationLine], paths: Iterable[str]) -> OrganizationPlan:
    """Compare a file with the organizations of the scope; changes nothing.

    An organization that exists does not move in the tree, because past figures are read along it: it is closed, and
    names its successor.
    """
    known = {row.code: row for row in list_facts(paths)}
    root = next(iter(known.values()), None)
    lines = [_completed(line, known, root) for line in lines]
    check = _Check({line.code: line for line in lines}, known)
    for line in lines:
        _check_line(check, line)
    ordered = _in_order(check)
    codes = {row.id: row.code for row in known.values()}
    new = [line for line in ordered if line.code not in known]
    changed = [line for line in ordered if line.code in known and _differs(line, known[line.code], codes)]
    errors = tuple(sorted(check.errors, key=lambda error: error.row))
    unchanged = len(lines) - len(new) - len(changed)
    return OrganizationPlan(tuple(new), tuple(changed), unchanged, errors)


def _completed(
    line: OrganizationLine, known: Mapping[str, OrganizationFacts], root: OrganizationFacts | None
) -> OrganizationLine:
    """Return the row with the kind that its name begins with, and at the top what names no parent."""
    if line.code in known:
        return line
    plain = fold(line.name) + " "
    kind = line.kind or next((kind for word, kind in _PREFIXES.items() if plain.startswith(word + " ")), None)
    parent = line.parent or (root.code if root is not None and kind is not Kind.PROVINCE else None)
    return replace(line, kind=kind, parent=parent)


def _check_line(check: _Check, line: OrganizationLine) -> None:
    before = check.known.get(line.code)
    if line.kind is None and before is None:
        check.refuse(line, "kind", N_("This is missing, and the name does not tell it."))
    if line.parent is not None and not check.exists(line.parent):
        check.refuse(line, "parent", N_("There is no organization with the code %(code)s."), code=line.parent)
    if line.parent is None and before is None and check.known:
        check.refuse(line, "parent", N_("There is one organization above all others already."))
    if before is not None and line.parent is not None:
        above = next((row.code for row in check.known.values() if row.id == before.parent_id), None)
        if line.parent != above:
            check.refuse(
                line,
                "parent",
                N_("An organization does not move in the tree: close it by a day, and name its successor."),
            )
    begins = line.valid_from or (before.valid_from if before else None)
    ends = line.valid_to or (before.valid_to if before else None)
    if begins is not None and ends is not None and ends < begins:
        check.refuse(line, "valid_to", N_("This is before the day from which it is valid."))
    if line.successor is not None:
        _check_successor(check, line, ends)


def _check_successor(check: _Check, line: OrganizationLine, ends: date | None) -> None:
    if line.successor is None:
        return
    if not check.exists(line.successor):
        check.refuse(
            line, "successor", N_("There is no organization with the code %(code)s."), code=line.successor
        )
    elif line.successor == line.code:
        check.refuse(line, "successor", N_("An organization does not follow itself."))
    elif ends is None:
        check.refuse(line, "valid_to", N_("An organization that has a successor ends on a day."))
    else:
        following = check.lines.get(line.successor)
        stored = check.known.get(line.successor)
        closed = (following.valid_to if following else None) or (stored.valid_to if stored else None)
        if closed is not None and closed <= ends:
            check.refuse(line, "successor", N_("The successor is closed itself."))


def _in_order(check: _Check) -> list[OrganizationLine]:
    """Return the rows, those above first; a circle is an error at one of its rows."""
    above = {line.code: check.lines.keys() & {line.parent} for line in check.lines.values()}
    try:
        return [check.lines[code] for code in TopologicalSorter(above).static_order()]
    except CycleError as error:
        circle = error.args[1]
        line = check.lines[circle[0]]
        check.refuse(
            line, "parent", N_("These are above each other in a circle: %(codes)s."), codes=", ".join(circle)
        )
        return list(check.lines.values())


def _differs(line: OrganizationLine, before: OrganizationFacts, codes: Mapping[int, str]) -> bool:
    return any(_changes(line, before, codes).values())


def _changes(line: OrganizationLine, before: OrganizationFacts, codes: Mapping[int, str]) -> dict[str, bool]:
    """Tell what the row says otherwise; what it does not say stays."""
    successor = codes.get(before.successor_id) if before.successor_id else None
    return {
        "name": line.name != before.name,
        "kind": line.kind is not None and line.kind.value != before.kind,
        "valid_from": line.valid_from not in (None, before.valid_from),
        "valid_to": line.valid_to not in (None, before.valid_to),
        "successor": line.successor not in (None, successor),
    }


def apply_organizations(plan: OrganizationPlan, paths: Iterable[str]) -> None:
    """Change the tree as planned; the caller has planned in the open transaction."""
    with transaction() as session:
        known: dict[str, tuple[int, str]] = {row.code: (row.id, row.path) for row in list_facts(paths)}
        for line in plan.new:
            parent_id, path = known[line.parent] if line.parent else (None, "/")
            row = Organization(
                code=line.code,
                kind=line.kind.value if line.kind else "",
                name=line.name,
                sort_key=name_key(line.name),
                parent_id=parent_id,
                path=f"{path}{line.code}/",
                valid_from=line.valid_from,
                valid_to=line.valid_to,
            )
            session.add(row)
            session.flush()
            known[line.code] = row.id, row.path
        for line in (*plan.new, *plan.changed):
            values: dict[str, Any] = {"name": line.name, "sort_key": name_key(line.name)}
            values |= {"kind": line.kind.value} if line.kind else {}
            values |= {"valid_from": line.valid_from} if line.valid_from else {}
            values |= {"valid_to": line.valid_to} if line.valid_to else {}
            values |= {"successor_id": known[line.successor][0]} if line.successor else {}
            if line in plan.changed or line.successor:
                session.execute(
                    update(Organization).where(Organization.id == known[line.code][0]).values(**values)
                )
