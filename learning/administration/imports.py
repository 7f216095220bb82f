"""Files of organizations and of people: checked row by row against the site, then taken over whole or not at all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from learning.accounts import posts
from learning.accounts.queries import StoredPerson, list_stored
from learning.accounts.services import NewAccount, add_people, checked_username, rename_person, set_email
from learning.administration.queries import list_people_at
from learning.audit.services import record, record_each
from learning.database import transaction
from learning.domain.diagnostics import N_
from learning.domain.errors import Refused
from learning.domain.permissions import Actor, Permission, Role
from learning.domain.vietnamese import fold
from learning.formats.roster import OrganizationLine, PersonLine, Roster, read_organizations, read_people
from learning.formats.tables import RowError
from learning.organizations.importing import apply_organizations, plan_organizations
from learning.organizations.queries import OrganizationFacts, list_facts
from learning.progress.assignments import sync_assignments
from learning.progress.moments import Moment
from learning.progress.places import batched, follow_people

SHORT_CODE, CODE_DIGITS = 4, 5  # spreadsheets take the 0 off the code 07210
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file changed, or would; with errors it changed nothing. `new` and `changed` name rows by their keys."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    errors: tuple[RowError, ...] = ()
    ignored: tuple[str, ...] = ()
    moved: int = 0


def _paths(actor: Actor | None) -> tuple[str, ...]:
    return ("/",) if actor is None else actor.scope(Permission.PEOPLE_MANAGE)


# --- Organizations


def import_organizations(
    data: bytes, *, actor: Actor | None, moment: Moment, dry_run: bool = False
) -> Imported:
    """Bring the organizations of the actor's scope to what a file says; no actor is the command line.

    People of an organization that has ended belong to its successor. Raises TableUnreadable.
    """
    roster = read_organizations(data)
    paths = _paths(actor)
    with transaction():
        plan = plan_organizations(roster.lines, paths)
        errors = _told(roster, (*plan.errors, *_left_behind(roster, paths)))
        done = Imported(
            new=tuple(line.code for line in plan.new),
            changed=tuple(line.code for line in plan.changed),
            unchanged=plan.unchanged,
            errors=errors,
            ignored=roster.ignored,
        )
        if errors or dry_run:
            return done
        apply_organizations(plan, paths)
        moved = move_to_successors(moment=moment)
        if done.new or done.changed:
            record(
                "organizations.imported",
                "organizations",
                actor_id=actor.id if actor else None,
                now=moment.at,
                new=len(done.new),
                changed=len(done.changed),
                moved=moved,
            )
        return Imported(done.new, done.changed, done.unchanged, (), done.ignored, moved)


def _left_behind(roster: Roster[OrganizationLine], paths: Iterable[str]) -> list[RowError]:
    """Return an error for each row that closes an organization of people without saying where they belong then."""
    known = {row.code: row for row in list_facts(paths)}
    closing = [
        (line, known[line.code])
        for line in roster.lines
        if line.valid_to is not None
        and line.successor is None
        and line.code in known
        and known[line.code].successor_id is None
        and known[line.code].valid_to != line.valid_to
    ]
    message = N_("%(people)s people belong to it. Name the successor, or move them first.")
    return [
        RowError(line.row, "successor", message, {"people": len(people)})
        for line, row in closing
        if (people := list_people_at([row.id]))
    ]


def move_to_successors(*, moment: Moment) -> int:
    """Let people of organizations that have ended belong to their successors; returns how many moved."""
    ended = {
        row.id: row
        for row in list_facts(("/",))
        if row.successor_id is not None and row.valid_to is not None and row.valid_to <= moment.day
    }
    with transaction():
        people = list_people_at(list(ended))
        for person_id, organization_id in people:
            following = organization_id
            while following in ended:
                following = ended[following].successor_id or following
            posts.move_person(person_id, following, day=moment.day)
        ids = [person_id for person_id, _organization in people]
        record_each(
            "person.moved", (f"person:{id}" for id in ids), actor_id=None, now=moment.at, why="merger"
        )
        follow_people(ids, moment=moment)
        if ids:
            sync_assignments(moment=moment, people=ids)
        return len(ids)


def _told(roster: Roster[Any], more: Iterable[RowError]) -> tuple[RowError, ...]:
    """Return all errors by their rows, with the columns as the file heads them."""
    errors = sorted((*roster.errors, *more), key=lambda error: error.row)
    return tuple(replace(error, column=roster.headings.get(error.column, error.column)) for error in errors)


# --- People


def import_people(data: bytes, *, actor: Actor | None, moment: Moment, dry_run: bool = False) -> Imported:
    """Add the people of a file, and change and move those who are there; no actor is the command line.

    An actor does this for organizations where she may, and with roles within them. Raises TableUnreadable, and
    Conflict when somebody else added one of them meanwhile.
    """
    roster = read_people(data)
    with transaction():
        plan = _PeoplePlan(actor, moment)
        plan.add(roster.lines)
        errors = _told(roster, plan.errors)
        if not errors and not dry_run:
            plan.apply()
        return Imported(
            new=tuple(account.username for account in plan.new),
            changed=tuple(person.username for person, _deeds in plan.changed),
            unchanged=plan.unchanged,
            errors=errors,
            ignored=roster.ignored,
            moved=len(plan.moved),
        )


class _PeoplePlan:
    """What a file of people would change, and doing it."""

    def __init__(self, actor: Actor | None, moment: Moment) -> None:
        self.actor_id = actor.id if actor else None
        self.moment = moment
        self.places = _Places(list_facts(_paths(actor)))
        self.new: list[NewAccount] = []
        self.changed: list[tuple[StoredPerson, list[Callable[[], object]]]] = []
        self.moved: list[int] = []
        self.unchanged = 0
        self.errors: list[RowError] = []

    def _refuse(self, row: int, column: str, message: str, **params: str | int) -> None:
        self.errors.append(RowError(row, column, message, params))

    def add(self, lines: Sequence[PersonLine]) -> None:
        """Plan what the rows say."""
        rows: dict[str, PersonLine] = {}
        for line in lines:
            try:
                username = checked_username(line.username)
            except Refused as refusal:
                self._refuse(line.row, "username", refusal.message)
                continue
            if username in rows:
                self._refuse(
                    line.row,
                    "username",
                    N_("This stands in row %(other)s already."),
                    other=rows[username].row,
                )
            rows.setdefault(username, line)
        stored = {
            person.username: person for some in batched(list(rows), AT_ONCE) for person in list_stored(some)
        }
        for username, line in rows.items():
            self._add_line(line, username, stored.get(username))

    def _add_line(self, line: PersonLine, username: str, person: StoredPerson | None) -> None:
        place = self._place(line.row, "organization", line.organization)
        scope = self._place(line.row, "scope", line.scope) if line.scope else place
        if person is not None and not self.places.holds(person.organization_id):
            self._refuse(line.row, "username", N_("The user name %(username)s is taken."), username=username)
        elif place is None or scope is None:
            return
        elif person is not None:
            self._change(line, person, place, scope)
        else:
            account = NewAccount(
                username=username,
                name=line.name,
                organization_id=place.id,
                role=line.role or Role.LEARNER,
                role_at=scope.id,
                position=line.position or "",
                audience=line.audience,
                absence=line.absence,
                email=line.email,
            )
            self.new.append(account)

    def _place(self, row: int, column: str, text: str) -> OrganizationFacts | None:
        """Return the organization that a cell means; what cannot be said is an error."""
        found = self.places.find(text)
        if not found:
            self._refuse(
                row, column, N_("There is no organization with the code or name %(text)s."), text=text
            )
        elif len(found) > 1:
            self._refuse(
                row, column, N_("Several organizations are called %(text)s: give the code."), text=text
            )
        elif found[0].valid_to is not None and found[0].valid_to <= self.moment.day:
            self._refuse(row, column, N_("%(name)s is closed."), name=found[0].name)
        else:
            return found[0]
        return None

    def _change(
        self, line: PersonLine, person: StoredPerson, place: OrganizationFacts, scope: OrganizationFacts
    ) -> None:
        """Plan that a person who is there be as her row says; what it does not say stays."""
        deeds: list[Callable[[], object]] = []
        day, role = self.moment.day, line.role
        moves = place.id != person.organization_id
        goes = line.says_absence and line.absence != person.absence
        if line.name != person.name:
            deeds.append(lambda: rename_person(person.id, line.name))
        if moves:
            deeds.append(lambda: posts.move_person(person.id, place.id, day=day))
        becomes = line.audience not in (None, person.audience)
        if line.position not in (None, person.position) or becomes:
            deeds.append(
                lambda: posts.describe_post(person.id, position=line.position, audience=line.audience)
            )
        if goes:
            deeds.append(lambda: posts.set_absence(person.id, line.absence, day=day))
        if line.email not in (None, person.email):
            address, by = line.email or "", self.actor_id
            deeds.append(lambda: set_email(person.id, address, now=self.moment.at, actor_id=by))
        if role is not None and (role.value, scope.id) not in person.roles:
            deeds.append(
                lambda: posts.give_role(person.id, role, scope.id, now=self.moment.at, actor_id=self.actor_id)
            )
        if moves or goes or becomes:
            self.moved.append(person.id)
        if deeds:
            self.changed.append((person, deeds))
        else:
            self.unchanged += 1

    def apply(self) -> None:
        """Do what was planned, in the open transaction."""
        ids = add_people(self.new, now=self.moment.at)
        for _person, deeds in self.changed:
            for deed in deeds:
                deed()
        self._record("person.added", ids)
        self._record("person.changed", (person.id for person, _deeds in self.changed))
        follow_people(self.moved, moment=self.moment)
        people = [*ids, *self.moved]
        if people:
            sync_assignments(moment=self.moment, people=people)

    def _record(self, action: str, people: Iterable[int]) -> None:
        subjects = (f"person:{person}" for person in people)
        record_each(action, subjects, actor_id=self.actor_id, now=self.moment.at, how="file")


class _Places:
    """The organizations of a scope by what files call them: their codes, or their names."""

    def __init__(self, rows: Sequence[OrganizationFacts]) -> None:
        self._ids = {row.id for row in rows}
        self._by_code = {row.code: row for row in rows}
        self._by_name: dict[str, list[OrganizationFacts]] = {}
        for row in rows:
            self._by_name.setdefault(fold(row.name), []).append(row)

    def holds(self, organization_id: int) -> bool:
        """Tell whether an organization is one of them."""
        return organization_id in self._ids

    def find(self, text: str) -> list[OrganizationFacts]:
        """Return the organizations that a cell may mean."""
        found = self._by_code.get(text)
        if found is None and text.isdecimal() and len(text) == SHORT_CODE:
            found = self._by_code.get(text.zfill(CODE_DIGITS))
        return [found] if found else self._by_name.get(fold(text), [])
