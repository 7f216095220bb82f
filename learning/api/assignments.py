"""Courses given to organizations."""

from datetime import date, datetime

from msgspec import Struct

from learning.assigning.services import Terms, assign
from learning.domain.membership import Audience
from learning.domain.permissions import Actor, Permission
from learning.progress.assignments import Due, Whom
from learning.progress.coverage import AssignmentEntry
from learning.progress.coverage import list_assignments as list_entries
from learning.progress.moments import Moment


class Assignment(Struct, frozen=True, kw_only=True):
    """A course given to an organization and everyone below it, or to some of them.

    No audience means all, no position any; `repeats` tells whether it is asked for again in each cycle.
    """

    id: int
    course: str
    organization: str
    title: str
    created_at: datetime
    due_on: date | None
    due_days: int | None
    audiences: list[Audience]
    position: str
    repeats: bool


class AssignmentToMake(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A course to give to an organization; the title names the round.

    It is due on a day, or so many days after a person came under it, or never. Without audiences it is for all,
    without a position for any. Unless it is said, it repeats where the course expires.
    """

    course: str
    organization: str
    title: str
    due_on: date | None = None
    due_days: int | None = None
    audiences: list[Audience] = []
    position: str = ""
    repeats: bool | None = None


class MadeAssignment(Struct, frozen=True, kw_only=True):
    """An assignment just made, and how many people were enrolled by it."""

    id: int
    enrolled: int


def list_assignments(actor: Actor, *, before: int | None, limit: int) -> tuple[list[Assignment], int | None]:
    """Return a page of the standing assignments of the actor's scope, the newest first, and where the next begins."""
    scope = actor.scope(Permission.ASSIGNMENT_MANAGE)
    rows = list_entries(scope, before=before, limit=limit + 1)
    return [_assignment(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None


def _assignment(row: AssignmentEntry) -> Assignment:
    return Assignment(
        id=row.id,
        course=row.course,
        organization=row.organization,
        title=row.title,
        created_at=row.created_at,
        due_on=row.due_on,
        due_days=row.due_days,
        audiences=[Audience(one) for one in row.audiences],
        position=row.position,
        repeats=row.repeats,
    )


def create_assignment(actor: Actor, body: AssignmentToMake, *, moment: Moment) -> MadeAssignment:
    """Give a course to an organization; raises NotFound, Refused and Conflict, each with its field."""
    terms = Terms(
        Due(on=body.due_on, days=body.due_days), Whom(tuple(body.audiences), body.position), body.repeats
    )
    made = assign(actor, body.course, body.organization, title=body.title, terms=terms, moment=moment)
    return MadeAssignment(id=made.id, enrolled=made.enrolled)
