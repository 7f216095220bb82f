"""What a manager does with reports: looking at names and taking files, which is put on record with its purpose."""

from learning.audit.services import record_disclosure
from learning.domain.permissions import Actor
from learning.domain.purposes import PagePurpose, Purpose
from learning.progress.moments import Moment


def record_names_seen(
    actor: Actor,
    organization_code: str,
    *,
    course: str,
    moment: Moment,
    how: str,
    purpose: Purpose | PagePurpose = PagePurpose.FOLLOW_UP,
) -> None:
    """Put on record that the actor saw the names of an organization's people, before the page goes out."""
    record_disclosure(
        "report.names_seen",
        f"organization:{organization_code}",
        actor_id=actor.id,
        now=moment.at,
        purpose=purpose,
        course=course,
        how=how,
    )


def record_person_seen(
    actor: Actor,
    person_id: int,
    *,
    moment: Moment,
    how: str,
    purpose: Purpose | PagePurpose = PagePurpose.FOLLOW_UP,
) -> None:
    """Put on record that the actor saw how far one person is, before the page goes out."""
    record_disclosure(
        "report.names_seen",
        f"person:{person_id}",
        actor_id=actor.id,
        now=moment.at,
        purpose=purpose,
        how=how,
    )


def record_export(
    actor: Actor | None, name: str, *, moment: Moment, how: str, purpose: Purpose | PagePurpose
) -> None:
    """Put on record that a report went out as a file, with names or without; nobody is named at the command line."""
    record_disclosure(
        "report.exported",
        f"report:{name}",
        actor_id=actor.id if actor else None,
        now=moment.at,
        purpose=purpose,
        how=how,
    )
