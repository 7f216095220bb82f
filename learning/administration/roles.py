"""Giving roles for a time, lending them to deputies, taking them back, and letting people in or not.

Nobody gives what she does not hold herself, nor touches somebody who holds more than she may give; the province always
has an administrator.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, bindparam, func, select

from learning.accounts import posts
from learning.accounts.models import Person, RoleHeld
from learning.accounts.queries import is_in_force, lock_person
from learning.accounts.services import create_sign_in_link
from learning.administration.queries import find_person_id, get_person
from learning.audit.services import record
from learning.database import fetch, lock, transaction
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import ROLE_PERMISSIONS, Actor, Permission, Role
from learning.organizations.models import Organization
from learning.organizations.queries import get_by_code
from learning.progress.moments import Moment

_TOP = select(Organization.id).where(Organization.parent_id.is_(None)).order_by(Organization.id).limit(1)
_ADMINISTRATORS = (
    select(func.count())
    .select_from(RoleHeld)
    .join(Person, Person.id == RoleHeld.person_id)
    .where(
        RoleHeld.role == Role.ADMINISTRATOR.value,
        RoleHeld.organization_id == bindparam("top"),
        RoleHeld.ended_on.is_(None),
        Person.disabled_at.is_(None),
        is_in_force(),
    )
)
_HELD = (
    select(
        RoleHeld.id,
        RoleHeld.role,
        RoleHeld.organization_id,
        RoleHeld.began_on,
        RoleHeld.ended_on,
        RoleHeld.lent_by_id,
        Organization.path,
    )
    .join(Organization, Organization.id == RoleHeld.organization_id)
    .where(RoleHeld.person_id == bindparam("person"))
    .order_by(RoleHeld.id)
)
_LENT_UNTIL_LATER = select(RoleHeld.id, RoleHeld.began_on, RoleHeld.ended_on).where(
    RoleHeld.lent_by_id == bindparam("role")
)


@dataclass(frozen=True, slots=True)
class Span:
    """From when, and until which last day, as people write it."""

    first: date | None = None
    last: date | None = None

    def period(self, today: date) -> posts.Period:
        """Return the period; raises Refused where it is none, or over already."""
        if self.last is not None and self.last < today:
            raise Refused("This day has passed.", field="last")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise Refused("The last day is before the first.", field="last")
        return posts.Period(
            self.first, None if self.last is None else date.fromordinal(self.last.toordinal() + 1)
        )


def give_role(
    actor: Actor, person_id: int, role: Role, organization_code: str, span: Span, *, moment: Moment
) -> bool:
    """Let a person hold a role in a span; returns whether that was new.

    Raises NotFound, and Refused for what the actor may not give and for the last administrator of the province.
    """
    paths = actor.scope(Permission.PEOPLE_MANAGE)
    with transaction():
        _lock_administrators()
        lock_person(person_id)
        get_person(paths, person_id)
        place = get_by_code(organization_code, paths, field="organization")
        if not all(actor.may(permission, place.path) for permission in ROLE_PERMISSIONS[role]):
            raise Refused("You can give only what you may do there yourself.", field="role")
        period = span.period(moment.day)
        given = posts.give_role(person_id, role, place.id, now=moment.at, actor_id=actor.id, period=period)
        if given:
            held = next(
                row for row in _held(person_id) if (row.role, row.organization_id) == (role.value, place.id)
            )
            _shorten_lent(held, actor, moment)
            _keep_an_administrator(moment)
        return given


def _shorten_lent(held: Row[tuple[int, ...]], actor: Actor, moment: Moment) -> None:
    """Take back what deputies would hold of a role in a time in which it is no longer held."""
    for lent in fetch(_LENT_UNTIL_LATER, role=held.id).all():
        outlasts = held.ended_on is not None and (lent.ended_on is None or lent.ended_on > held.ended_on)
        is_early = held.began_on is not None and (lent.began_on is None or lent.began_on < held.began_on)
        if outlasts or is_early:
            posts.take_role(lent.id, now=moment.at, actor_id=actor.id)


def take_role(actor: Actor, person_id: int, role_id: int, *, moment: Moment) -> None:
    """Let a person hold a role no more, nor her deputies; raises NotFound, Refused for the last administrator."""
    paths = actor.scope(Permission.PEOPLE_MANAGE)
    with transaction():
        _lock_administrators()
        row = next((row for row in _held(person_id) if row.id == role_id), None)
        if row is None or not row.path.startswith(paths):
            raise NotFound
        posts.take_role(role_id, now=moment.at, actor_id=actor.id)
        _keep_an_administrator(moment)


def lend_roles(actor: Actor, person_id: int, deputy: str, span: Span, *, moment: Moment) -> int:
    """Let somebody act for a person in a span, with the roles that she holds then; returns how many roles are lent.

    What the deputy holds there herself stays hers. Raises NotFound, Refused.
    """
    paths = actor.scope(Permission.PEOPLE_MANAGE)
    with transaction():
        get_person(paths, person_id)
        deputy_id = find_person_id(paths, deputy, field="deputy")
        if deputy_id == person_id:
            raise Refused("Nobody is her own deputy.", field="deputy")
        if span.last is None:
            raise Refused("Say until which day.", field="last")
        for one in sorted((person_id, deputy_id)):
            lock_person(one)
        period = span.period(moment.day)
        own = {(row.role, row.organization_id) for row in _held(deputy_id) if row.lent_by_id is None}
        lent = 0
        for row in _held(person_id):
            is_lendable = (
                row.role != Role.LEARNER.value
                and row.lent_by_id is None
                and row.path.startswith(paths)
                and (row.role, row.organization_id) not in own
            )
            began, ended = (
                _later(period.began_on or moment.day, row.began_on),
                _earlier(period.ended_on, row.ended_on),
            )
            if is_lendable and (ended is None or began < ended):
                lent += posts.give_role(
                    deputy_id,
                    Role(row.role),
                    row.organization_id,
                    now=moment.at,
                    actor_id=actor.id,
                    period=posts.Period(began, ended),
                    lent_by_id=row.id,
                )
        if not lent:
            raise Refused(
                "There is no role to lend: the deputy holds them herself, or none is held then.",
                field="deputy",
            )
        return lent


def _later(day: date, other: date | None) -> date:
    return day if other is None else max(day, other)


def _earlier(day: date | None, other: date | None) -> date | None:
    return min((one for one in (day, other) if one is not None), default=None)


def disable(actor: Actor, person_id: int, *, moment: Moment) -> bool:
    """Let a person sign in no more, and end her sessions; returns whether she could. Raises NotFound, Refused."""
    with transaction():
        _lock_administrators()
        _refuse_greater(actor, person_id)
        if person_id == actor.id:
            raise Refused("You cannot disable yourself.")
        if not posts.set_disabled(person_id, now=moment.at):
            return False
        record("person.disabled", f"person:{person_id}", actor_id=actor.id, now=moment.at)
        _keep_an_administrator(moment)
        return True


def enable(actor: Actor, person_id: int, *, moment: Moment) -> bool:
    """Let a person sign in again; returns whether she could not. Raises NotFound, Refused."""
    with transaction():
        _refuse_greater(actor, person_id)
        if not posts.set_disabled(person_id, now=None):
            return False
        record("person.enabled", f"person:{person_id}", actor_id=actor.id, now=moment.at)
        return True


def let_in_anew(actor: Actor, person_id: int, *, moment: Moment) -> str:
    """Return a fresh one-time token of a person who lost hers or her password. Raises NotFound, Refused."""
    with transaction():
        _refuse_greater(actor, person_id)
        record("sign_in.renewed", f"person:{person_id}", actor_id=actor.id, now=moment.at)
        return create_sign_in_link(person_id, now=moment.at)


def _refuse_greater(actor: Actor, person_id: int) -> None:
    """Refuse to touch the account of somebody whose roles reach further than the actor's right over people."""
    paths = actor.scope(Permission.PEOPLE_MANAGE)
    lock_person(person_id)
    get_person(paths, person_id)
    if any(row.role != Role.LEARNER.value and not row.path.startswith(paths) for row in _held(person_id)):
        raise Refused(
            "This person holds a role beyond your organizations. Ask an administrator who manages them."
        )


def _held(person_id: int) -> list[Row[tuple[int, ...]]]:
    return list(fetch(_HELD, person=person_id).all())


def _lock_administrators() -> None:
    """Let everybody wait here who could take away the last administrator."""
    lock(_TOP.with_for_update())


def _keep_an_administrator(moment: Moment) -> None:
    top = fetch(_TOP).scalar_one_or_none()
    if top is not None and not fetch(_ADMINISTRATORS, top=top, day=moment.day).scalar_one():
        raise Refused("The province needs an administrator without an end. Nothing was changed.")
