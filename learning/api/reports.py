"""The completion report, in the rows that the command line prints too."""

from datetime import date, datetime

from msgspec import UNSET, Struct, UnsetType

from learning.domain.errors import Refused
from learning.domain.permissions import Actor, Permission
from learning.domain.purposes import Purpose
from learning.progress.moments import Moment
from learning.reports.completion import (
    Completion,
    CompletionOfPerson,
    CompletionRow,
    completion,
    completion_of_people,
)


class CompletionQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to report on: an organization (else the one of the caller's role), a course (else all), a day (today).

    What names are asked for is put on record as `purpose`.
    """

    organization: str | None = None
    course: str | None = None
    as_of: date | None = None
    names: bool = False
    purpose: Purpose = Purpose.HAND_IN


class UnitState(Struct, frozen=True, kw_only=True):
    """How far a person is in a unit."""

    unit: str
    state: str


class PersonInCourse(Struct, frozen=True, kw_only=True):
    """A person of the organization itself, in one course."""

    id: int
    username: str
    name: str
    course: str
    state: str
    completed_at: datetime | None
    units: list[UnitState]


class CompletionReport(Struct, frozen=True, kw_only=True):
    """The report: rows that add up to the total; `people` only where names were asked for."""

    as_of: date
    items: list[CompletionRow]
    total: CompletionRow
    next: None = None
    people: list[PersonInCourse] | UnsetType = UNSET


def read_completion(actor: Actor, query: CompletionQuery, *, moment: Moment) -> CompletionReport:
    """Return the report on an organization of the actor's scope; names are put on record.

    Raises NotFound for what is outside the scope, or names that are; Refused for a day to come.
    """
    day = query.as_of or moment.day
    if day > moment.day:
        raise Refused("The day lies in the future.", field="as_of")
    scope = actor.scope(Permission.REPORT_READ)
    report = completion(scope, query.organization, course=query.course, as_of=day)
    return CompletionReport(
        as_of=report.as_of,
        items=list(report.items),
        total=report.total,
        people=_people(actor, report, query.purpose, moment=moment) if query.names else UNSET,
    )


def _people(actor: Actor, report: Completion, purpose: Purpose, *, moment: Moment) -> list[PersonInCourse]:
    people = completion_of_people(
        actor,
        report.organization,
        report.courses,
        as_of=report.as_of,
        moment=moment,
        how="api",
        purpose=purpose,
    )
    return [_person(person) for person in people]


def _person(person: CompletionOfPerson) -> PersonInCourse:
    return PersonInCourse(
        id=person.id,
        username=person.username,
        name=person.name,
        course=person.course,
        state=person.state,
        completed_at=person.completed_at,
        units=[UnitState(unit=unit.unit, state=unit.state) for unit in person.units],
    )
