"""People who move to another organization, go away and come back: their posts, courses and figures in one deed."""

from learning.accounts import posts
from learning.accounts.queries import lock_person
from learning.administration.queries import get_person
from learning.audit.services import record
from learning.database import transaction
from learning.domain.errors import Refused
from learning.domain.membership import Absence, Audience
from learning.domain.permissions import Actor, Permission
from learning.domain.plain_text import one_line
from learning.organizations.queries import get_by_code
from learning.progress.assignments import sync_assignments
from learning.progress.moments import Moment
from learning.progress.places import follow_people


def move_person(actor: Actor | None, person_id: int, organization_code: str, *, moment: Moment) -> bool:
    """Let a person belong to another organization from this day on; returns whether she did not yet.

    Her figures stand there from now on, what is assigned there is assigned to her, and past days stay as they were.
    Whoever does it holds the right at both ends; no actor is the command line. Raises NotFound.
    """
    paths = ("/",) if actor is None else actor.scope(Permission.PEOPLE_MANAGE)
    with transaction():
        lock_person(person_id)
        person = get_person(paths, person_id)
        place = get_by_code(organization_code, paths, field="organization")
        if not posts.move_person(person_id, place.id, day=moment.day):
            return False
        record(
            "person.moved",
            f"person:{person_id}",
            actor_id=actor.id if actor else None,
            now=moment.at,
            before=person.organization,
            after=place.code,
        )
        _follow(person_id, moment=moment)
        return True


def note_absence(actor: Actor | None, person_id: int, absence: Absence | None, *, moment: Moment) -> bool:
    """Note that a person is away from this day on, or back (None); returns whether that was new.

    While she is away she is in no standing figure, is given no course, and can study all the same. Raises NotFound.
    """
    paths = ("/",) if actor is None else actor.scope(Permission.PEOPLE_MANAGE)
    with transaction():
        lock_person(person_id)
        get_person(paths, person_id)
        if not posts.set_absence(person_id, absence, day=moment.day):
            return False
        record(
            "person.away" if absence else "person.back",
            f"person:{person_id}",
            actor_id=actor.id if actor else None,
            now=moment.at,
            **({"absence": absence.value} if absence else {}),
        )
        _follow(person_id, moment=moment)
        return True


def describe_person(
    actor: Actor | None,
    person_id: int,
    *,
    position: str | None = None,
    audience: Audience | None = None,
    moment: Moment,
) -> bool:
    """Note what a person is at her main post, as far as it is said; returns whether that was new.

    From now on her figures stand among those of the audience. Raises NotFound, and Refused for what is no line.
    """
    if position and one_line(position, maximum=200) is None:
        raise Refused(
            "A position has at most 200 characters, letters among them, on one line.", field="position"
        )
    paths = ("/",) if actor is None else actor.scope(Permission.PEOPLE_MANAGE)
    with transaction():
        lock_person(person_id)
        get_person(paths, person_id)
        if not posts.describe_post(person_id, position=position, audience=audience):
            return False
        actor_id = actor.id if actor else None
        record("person.described", f"person:{person_id}", actor_id=actor_id, now=moment.at)
        _follow(person_id, moment=moment)
        return True


def _follow(person_id: int, *, moment: Moment) -> None:
    """Let figures and assignments follow where a person belongs now."""
    follow_people((person_id,), moment=moment)
    sync_assignments(moment=moment, people=(person_id,))
