"""What an administrator does across features: adding people, who get their office's courses; letting them in anew."""

from dataclasses import dataclass

from learning.accounts.queries import get_actor
from learning.accounts.services import create_person, create_sign_in_link, normalize_username
from learning.audit.services import record
from learning.database import transaction
from learning.domain.permissions import Role
from learning.organizations.queries import get_by_code
from learning.progress.services import Moment, sync_assignments


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person as the administrator names her; the role is held at `scope_code`, else at her organization."""

    username: str
    name: str
    organization_code: str
    role: Role
    scope_code: str | None = None


def renew_sign_in(username: str, *, moment: Moment) -> str:
    """Return a fresh one-time sign-in token of a person who has lost hers or her password; raises NotFound."""
    with transaction():
        person_id = get_actor(normalize_username(username)).id
        record("sign_in.renewed", f"person:{person_id}", actor_id=None, now=moment.at)
        return create_sign_in_link(person_id, now=moment.at)


def add_person(person: NewPerson, *, moment: Moment) -> str:
    """Add a person, enroll her where her organization has assignments; returns a one-time sign-in token.

    Raises NotFound for an unknown organization, Refused for a name that is taken.
    """
    with transaction():
        organization = get_by_code(person.organization_code)
        scope = get_by_code(person.scope_code) if person.scope_code else organization
        person_id = create_person(
            person.username,
            person.name,
            organization_id=organization.id,
            roles=[(person.role, scope.id)],
            now=moment.at,
        )
        sync_assignments(moment=moment)
        return create_sign_in_link(person_id, now=moment.at)
