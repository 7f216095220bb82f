"""More time or an exemption for one person in her current cycle of a course, and taking it back.

Who is exempt stands in no figure of the course, and can study it all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import aliased

from learning.accounts.models import Person
from learning.accounts.queries import lock_person
from learning.audit.services import record
from learning.courses.models import Course, Document, Revision
from learning.database import fetch, transaction
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.plain_text import one_line
from learning.notices.services import tell
from learning.progress.assignments import give_due_days
from learning.progress.coverage import list_rules
from learning.progress.models import Concession, Enrollment
from learning.progress.moments import Moment
from learning.progress.places import change_standing, follow_people, lock_course, standing_of
from learning.progress.services import ENROLLMENT, Enrolled

LONGEST_REASON = 300


class ConcessionKind(StrEnum):
    """What a person may be given: another last day, or not to have to complete the course."""

    EXTENSION = "extension"
    EXEMPTION = "exemption"


@dataclass(frozen=True, slots=True)
class Given:
    """A concession with who gave it and who took it back."""

    kind: ConcessionKind
    due_on: date | None
    reason: str
    given_at: datetime
    given_by: str
    ended_at: datetime | None
    ended_by: str | None


_CURRENT = (
    select(*ENROLLMENT)
    .where(
        Enrollment.person_id == bindparam("person"),
        Enrollment.course_id == bindparam("course"),
        Enrollment.is_current,
    )
    .with_for_update(of=Enrollment)
)
_END = (
    update(Concession)
    .where(
        Concession.enrollment_id == bindparam("enrollment"),
        Concession.kind == bindparam("what"),
        Concession.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at"), ended_by_id=bindparam("actor"))
)
_ender = aliased(Person)
_GIVEN = (
    select(
        Concession.kind,
        Concession.due_on,
        Concession.reason,
        Concession.given_at,
        Person.name,
        Concession.ended_at,
        _ender.name,
    )
    .join(Enrollment, Enrollment.id == Concession.enrollment_id)
    .join(Person, Person.id == Concession.given_by_id)
    .outerjoin(_ender, _ender.id == Concession.ended_by_id)
    .where(Enrollment.person_id == bindparam("person"), Enrollment.course_id == bindparam("course"))
    .order_by(Concession.id.desc())
)
_TITLE = (
    select(Course.slug, Revision.title)
    .join(Document, (Document.course_id == Course.id) & (Document.kind == "course"))
    .join(Revision, Revision.id == Document.published_id)
    .where(Course.id == bindparam("course"), Document.language == Course.language)
)


def list_concessions(person_id: int, course_id: int) -> list[Given]:
    """Return what a person was given in a course, in all of its cycles, the latest first."""
    return [
        Given(ConcessionKind(kind), *rest)
        for kind, *rest in map(tuple, fetch(_GIVEN, person=person_id, course=course_id))
    ]


def extend(
    actor_id: int, person_id: int, course_id: int, *, until: date, reason: str, moment: Moment
) -> None:
    """Let a person have until another day, in place of one given before.

    Raises NotFound, and Refused for a day that gives no more time, or for a course that is not due or is completed.
    """
    with transaction():
        enrolled = _lock(actor_id, person_id, course_id)
        line = _reason(reason)
        if until < moment.day:
            raise Refused("This day is past. Nobody could be in time.", field="due_on")
        if enrolled.due_on is None:
            raise Refused("This course is not due for her, so there is nothing to extend.", field="due_on")
        _set(enrolled.id, extended_to=None)
        asked = _asked(enrolled, moment)
        if asked is None or until <= asked:
            raise Refused("Give a later day than the one that is asked for.", field="due_on")
        _end(enrolled.id, ConcessionKind.EXTENSION, actor_id, moment)
        _give(enrolled.id, ConcessionKind.EXTENSION, actor_id, moment, due_on=until, reason=line)
        _set(enrolled.id, extended_to=until)
        _ask_anew(person_id, course_id, moment)
        _note("extended", actor_id, person_id, course_id, moment=moment, reason=line, until=until)


def _asked(enrolled: Enrolled, moment: Moment) -> date | None:
    """Return by when the rules ask for it, without any extension."""
    _ask_anew(enrolled.person_id, enrolled.course_id, moment)
    row = fetch(_CURRENT, person=enrolled.person_id, course=enrolled.course_id).one()
    due_on: date | None = row.due_on
    return due_on


def exempt(actor_id: int, person_id: int, course_id: int, *, reason: str, moment: Moment) -> None:
    """Let a person not have to complete the course: from now on she stands in none of its figures.

    Raises NotFound, Conflict where she is exempt already, Refused for a course that is completed.
    """
    with transaction():
        enrolled = _lock(actor_id, person_id, course_id)
        line = _reason(reason)
        if not _set(enrolled.id, is_exempt=True):
            raise Conflict("She is exempt already. Nothing was changed.")
        _give(enrolled.id, ConcessionKind.EXEMPTION, actor_id, moment, due_on=None, reason=line)
        gone = replace(standing_of(enrolled), is_counted=False, due_on=None)
        change_standing([(enrolled, gone)], moment=moment, has_moved=False)
        _note("exempted", actor_id, person_id, course_id, moment=moment, reason=line)


def end_concession(
    actor_id: int, person_id: int, course_id: int, kind: ConcessionKind, *, moment: Moment
) -> None:
    """Take a concession back: the course is due again as assigned, and stands in figures again.

    Raises NotFound, also where there is none.
    """
    with transaction():
        enrolled = _lock(actor_id, person_id, course_id, completed_too=True)
        if not _end(enrolled.id, kind, actor_id, moment):
            raise NotFound
        if kind is ConcessionKind.EXTENSION:
            _set(enrolled.id, extended_to=None)
            _ask_anew(person_id, course_id, moment)
        else:
            _set(enrolled.id, is_exempt=False)
            follow_people([person_id], moment=moment, has_moved=False)
            _ask_anew(person_id, course_id, moment)
        _note(f"{kind}_ended", actor_id, person_id, course_id, moment=moment)


def _lock(actor_id: int, person_id: int, course_id: int, *, completed_too: bool = False) -> Enrolled:
    """Return a person's current enrollment as it stays until the transaction ends; raises NotFound, Refused."""
    if actor_id == person_id:
        raise Refused("Nobody allows this to herself. Ask whoever manages the organization above yours.")
    lock_person(person_id)
    lock_course(course_id)
    row = fetch(_CURRENT, person=person_id, course=course_id).one_or_none()
    if row is None:
        raise NotFound
    enrolled = Enrolled(*tuple(row))
    if enrolled.completed_at is not None and not completed_too:
        raise Refused("She has completed this course. There is nothing left to be allowed.")
    return enrolled


def _reason(reason: str) -> str:
    line = one_line(reason, maximum=LONGEST_REASON)
    if line is None:
        raise Refused(
            "Type a reason of at most %(maximum)s characters, on one line.",
            field="reason",
            maximum=LONGEST_REASON,
        )
    return line


def _set(enrollment_id: int, *, extended_to: date | None = None, is_exempt: bool | None = None) -> bool:
    """Store what stands of concessions; returns whether an exemption changed."""
    statement = update(Enrollment).where(Enrollment.id == enrollment_id)
    if is_exempt is None:
        statement = statement.values(extended_to=extended_to)
    else:
        statement = statement.where(Enrollment.is_exempt.is_not(is_exempt)).values(is_exempt=is_exempt)
    with transaction() as session:
        return session.connection().execute(statement).rowcount == 1


def _give(
    enrollment_id: int,
    kind: ConcessionKind,
    actor_id: int,
    moment: Moment,
    *,
    due_on: date | None,
    reason: str,
) -> None:
    with transaction() as session:
        session.connection().execute(
            insert(Concession),
            {
                "enrollment_id": enrollment_id,
                "kind": kind.value,
                "due_on": due_on,
                "reason": reason,
                "given_at": moment.at,
                "given_by_id": actor_id,
            },
        )


def _end(enrollment_id: int, kind: ConcessionKind, actor_id: int, moment: Moment) -> bool:
    with transaction() as session:
        key = {"enrollment": enrollment_id, "what": kind.value, "at": moment.at, "actor": actor_id}
        return session.connection().execute(_END, key).rowcount == 1


def _ask_anew(person_id: int, course_id: int, moment: Moment) -> None:
    people: Sequence[int] = [person_id]
    give_due_days(course_id, list_rules(course_id), ("/",), people, moment=moment)


def _note(
    what: str,
    actor_id: int,
    person_id: int,
    course_id: int,
    *,
    moment: Moment,
    reason: str = "",
    until: date | None = None,
) -> None:
    """Put it on record, and on the person's home page."""
    course = fetch(_TITLE, course=course_id).one()
    day = {} if until is None else {"until": until.isoformat()}
    record(
        f"enrollment.{what}",
        f"person:{person_id}",
        actor_id=actor_id,
        now=moment.at,
        course=course.slug,
        **day,
    )
    tell(
        person_id,
        "concession",
        f"course:{course_id}",
        now=moment.at,
        what=what,
        slug=course.slug,
        course=course.title,
        reason=reason,
        **day,
    )
