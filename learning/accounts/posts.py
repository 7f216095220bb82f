"""Writing where people belong: their posts, absences and roles, and whether they may come in."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, delete, insert, literal, or_, select, update

from learning.accounts.models import Membership, Person, RoleHeld
from learning.accounts.queries import is_main_post, lock_person
from learning.audit.services import record
from learning.database import transaction, upsert
from learning.domain.permissions import Role


@dataclass(frozen=True, slots=True)
class Period:
    """From when a role is held, and the first day on which it is held no more; None is without an end."""

    began_on: date | None = None
    ended_on: date | None = None


ALWAYS = Period()


def begin_post(person_id: int, organization_id: int, *, day: date, audience: str | None = None) -> None:
    """Give a person who has no main post one at the organization."""
    with transaction() as session:
        session.connection().execute(
            insert(Membership),
            {
                "person_id": person_id,
                "organization_id": organization_id,
                "is_main": True,
                "position": "",
                "audience": audience,
                "began_on": day,
            },
        )


def move_person(person_id: int, organization_id: int, *, day: date) -> bool:
    """Let the person's main post be at another organization from the day on; returns whether it was elsewhere.

    Where she has another post there already, that becomes the main one.
    """
    with transaction() as session:
        lock_person(person_id)
        session.flush()
        main = session.scalars(select(Membership).where(is_main_post_of(person_id))).one()
        if main.organization_id == organization_id:
            return False
        main.ended_on = max(day, main.began_on)
        session.flush()
        other = session.scalars(
            select(Membership).where(
                Membership.person_id == person_id,
                Membership.organization_id == organization_id,
                Membership.ended_on.is_(None),
            )
        ).one_or_none()
        if other is not None:
            other.is_main = True
            session.flush()
        else:
            begin_post(person_id, organization_id, day=day, audience=main.audience)
        session.execute(update(Person).where(Person.id == person_id).values(organization_id=organization_id))
        return True


def is_main_post_of(person_id: int) -> ColumnElement[bool]:
    """Return the condition that a membership is the main post which a person has now."""
    return is_main_post(literal(person_id))


def describe_post(person_id: int, *, position: str | None, audience: str | None) -> bool:
    """Note what the person is at her main post, as far as it is said; returns whether that was new."""
    values = {
        name: value for name, value in (("position", position), ("audience", audience)) if value is not None
    }
    if not values:
        return False
    with transaction() as session:
        session.flush()
        post = session.scalars(select(Membership).where(is_main_post_of(person_id))).one()
        changed = {name: value for name, value in values.items() if getattr(post, name) != value}
        for name, value in changed.items():
            setattr(post, name, value)
        session.flush()
        return bool(changed)


def set_absence(person_id: int, absence: str | None, *, day: date) -> bool:
    """Note that the person is away from the day on, or back (None); returns whether that was new."""
    with transaction() as session:
        lock_person(person_id)
        session.flush()
        post = session.scalars(select(Membership).where(is_main_post_of(person_id))).one()
        if post.absence == absence:
            return False
        post.absent_from = None if absence is None else (post.absent_from or day)
        post.absence = absence
        session.flush()
        return True


def give_role(
    person_id: int,
    role: Role,
    organization_id: int,
    *,
    now: datetime,
    actor_id: int | None,
    period: Period = ALWAYS,
    lent_by_id: int | None = None,
) -> bool:
    """Let the person hold a role at an organization in a period, which is put on record; returns whether that was new.

    What she held there by this role is replaced; a role that she holds herself is never made one that is lent.
    """
    with transaction() as session:
        values = {"began_on": period.began_on, "ended_on": period.ended_on, "lent_by_id": lent_by_id}
        differs = or_(*(getattr(RoleHeld, name).is_distinct_from(value) for name, value in values.items()))
        given = session.scalar(
            upsert(session, RoleHeld)
            .values(person_id=person_id, role=role.value, organization_id=organization_id, **values)
            .on_conflict_do_update(
                index_elements=["person_id", "role", "organization_id"],
                set_=values,
                where=and_(differs, RoleHeld.lent_by_id.is_not(None)) if lent_by_id else differs,
            )
            .returning(RoleHeld.id)
        )
        if given is None:
            return False
        subject = f"person:{person_id}"
        days = {
            name: day.isoformat()
            for name, day in (("from", period.began_on), ("until", period.ended_on))
            if day is not None
        }
        record("role.given", subject, actor_id=actor_id, now=now, role=role.value, at=organization_id, **days)
        return True


def take_role(role_id: int, *, now: datetime, actor_id: int | None) -> None:
    """Let a role be held no more, nor what deputies hold of it, which is put on record."""
    with transaction() as session:
        taken = session.execute(
            delete(RoleHeld)
            .where(or_(RoleHeld.id == role_id, RoleHeld.lent_by_id == role_id))
            .returning(RoleHeld.person_id, RoleHeld.role, RoleHeld.organization_id)
        ).all()
        for row in taken:
            record(
                "role.taken",
                f"person:{row.person_id}",
                actor_id=actor_id,
                now=now,
                role=row.role,
                at=row.organization_id,
            )


def set_disabled(person_id: int, *, now: datetime | None) -> bool:
    """Let a person sign in no more from a moment on, or again (None); returns whether that was new.

    Sessions and tokens that she had do not come back.
    """
    with transaction() as session:
        was = Person.disabled_at.is_(None) if now else Person.disabled_at.is_not(None)
        return (
            session.scalar(
                update(Person)
                .where(Person.id == person_id, was)
                .values(disabled_at=now, generation=Person.generation + 1)
                .returning(Person.id)
            )
            is not None
        )
