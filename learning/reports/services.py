"""What a manager does with reports: looking at names, which is put on record."""

from learning.audit.services import record
from learning.domain.permissions import Actor
from learning.progress.moments import Moment


def record_names_seen(actor: Actor, organization_code: str, *, course: str, moment: Moment, how: str) -> None:
    """Put on record that the actor saw the names of an organization's people, before the page goes out."""
    record(
        "report.names_seen",
        f"organization:{organization_code}",
        actor_id=actor.id,
        now=moment.at,
        course=course,
        how=how,
    )


def record_person_seen(actor: Actor, person_id: int, *, moment: Moment, how: str) -> None:
    """Put on record that the actor saw how far one person is, before the page goes out."""
    record("report.names_seen", f"person:{person_id}", actor_id=actor.id, now=moment.at, how=how)
