"""What an administrator does across features: adding people and letting them in, work tried again, settings."""

from dataclasses import dataclass, field
from typing import Any

from learning.accounts.queries import get_actor
from learning.accounts.services import create_person, create_sign_in_link, normalize_username
from learning.audit.services import record, record_disclosure
from learning.database import transaction
from learning.domain.permissions import Actor, Permission, Role
from learning.domain.purposes import PagePurpose
from learning.domain.settings import Setting, Value
from learning.jobs import services as jobs
from learning.organizations.queries import get_by_code
from learning.progress.assignments import sync_assignments
from learning.progress.moments import Moment
from learning.settings import services as settings


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person as the administrator names her; the role is held at `scope_code`, else at her organization."""

    username: str
    name: str
    organization_code: str
    role: Role
    scope_code: str | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class AddedPerson:
    """A person who was just added, with the token of the one-time link by which she signs in first."""

    id: int
    username: str
    token: str = field(repr=False)


def renew_sign_in(username: str, *, moment: Moment) -> str:
    """Return a fresh one-time sign-in token of a person who has lost hers or her password; raises NotFound."""
    with transaction():
        person_id = get_actor(normalize_username(username)).id
        record("sign_in.renewed", f"person:{person_id}", actor_id=None, now=moment.at)
        return create_sign_in_link(person_id, now=moment.at)


def add_person(person: NewPerson, *, moment: Moment, actor: Actor | None = None) -> AddedPerson:
    """Add a person and enroll her where her organization has assignments; no actor is the command line.

    An actor adds people, and gives roles, only where she holds the right herself. Raises NotFound for an
    organization that is not there or out of her reach, Refused for names that are none, Conflict for a user name
    that is taken; each names its field.
    """
    paths = ("/",) if actor is None else actor.scope(Permission.PEOPLE_MANAGE)
    actor_id = None if actor is None else actor.id
    with transaction():
        organization = get_by_code(person.organization_code, paths, field="organization")
        scope = get_by_code(person.scope_code, paths, field="scope") if person.scope_code else organization
        person_id = create_person(
            person.username,
            person.name,
            organization_id=organization.id,
            roles=[(person.role, scope.id)],
            now=moment.at,
            actor_id=actor_id,
            email=person.email,
        )
        record(
            "person.added",
            f"person:{person_id}",
            actor_id=actor_id,
            now=moment.at,
            organization=organization.id,
        )
        sync_assignments(moment=moment, people=(person_id,))
        return AddedPerson(
            person_id, normalize_username(person.username), create_sign_in_link(person_id, now=moment.at)
        )


def run_again(actor: Actor, job_id: int, *, moment: Moment) -> None:
    """Have background work that was given up tried anew; raises NotFound, and Conflict for other work."""
    with transaction():
        kind = jobs.run_again(job_id, now=moment.at)
        record("job.run_again", f"job:{job_id}", actor_id=actor.id, now=moment.at, kind=kind)


def change_setting(actor: Actor, setting: Setting[Any], value: Value, *, seen: Value, moment: Moment) -> bool:
    """Let a setting of the site have a value; returns whether that was new, raises Conflict as its service does."""
    with transaction():
        is_new = settings.change(setting, value, seen=seen, now=moment.at)
        if is_new:
            record("setting.changed", f"setting:{setting.name}", actor_id=actor.id, now=moment.at)
        return is_new


def note_people_seen(actor: Actor, count: int, *, moment: Moment) -> None:
    """Put on record that the actor saw a list of names, before the page goes out."""
    record_disclosure(
        "people.names_seen",
        "people",
        actor_id=actor.id,
        now=moment.at,
        purpose=PagePurpose.ADMINISTER,
        people=count,
    )


def note_person_seen(actor: Actor, person_id: int, *, moment: Moment) -> None:
    """Put on record that the actor opened the page of a person."""
    record_disclosure(
        "person.seen",
        f"person:{person_id}",
        actor_id=actor.id,
        now=moment.at,
        purpose=PagePurpose.ADMINISTER,
        how="administration",
    )
