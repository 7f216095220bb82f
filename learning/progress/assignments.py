"""Giving courses to organizations: enrolling everyone whom that covers, and saying when it is due for them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.audit.services import record
from learning.courses.models import Course
from learning.database import fetch, transaction
from learning.domain.completion import CourseState
from learning.domain.due import LONGEST_DAYS, DueRule, earliest_due
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.figures import course_postings
from learning.domain.plain_text import one_line
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.progress.ledger import Posting, gather, post
from learning.progress.models import Assignment, Enrollment
from learning.progress.moments import Moment
from learning.progress.places import AT_ONCE, Standing, batched, change_standing, lock_course
from learning.progress.queries import CYCLE, enrollable
from learning.progress.services import ENROLLMENT, Enrolled, enrolling, postings_of
from learning.web.clock import zone


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """An assignment just made, and how many people it enrolled."""

    id: int
    enrolled: int


@dataclass(frozen=True, slots=True)
class Due:
    """When an assignment is due: on a day, or so many days after somebody came under it, or never."""

    on: date | None = None
    days: int | None = None


NEVER_DUE = Due()


@dataclass(frozen=True, slots=True)
class _Rule:
    """A standing assignment of a course, as it covers people."""

    path: str
    due: DueRule


def assign_course(
    actor_id: int | None,
    course_id: int,
    *,
    organization_id: int,
    title: str,
    moment: Moment,
    due: Due = NEVER_DUE,
) -> NewAssignment:
    """Give a course to an organization and everyone below it.

    Raises Refused for a title that is none and for a due day that is past, Conflict when it is given there under
    this title already.
    """
    line = one_line(title, maximum=200)
    if line is None:
        raise Refused("A title has 1 to 200 characters, letters among them, on one line.", field="title")
    check_due(due, moment.day)
    with transaction() as session:
        # Who gives the same course waits here, so that two cannot both find that it is not given yet.
        session.execute(select(Course.id).where(Course.id == course_id).with_for_update(key_share=True))
        if session.scalar(
            select(Assignment.id)
            .where(
                Assignment.course_id == course_id,
                Assignment.organization_id == organization_id,
                Assignment.title == line,
                Assignment.withdrawn_at.is_(None),
            )
            .limit(1)
        ):
            raise Conflict(
                "This course is assigned to this organization under this title already.", field="title"
            )
        assignment = Assignment(
            course_id=course_id,
            organization_id=organization_id,
            title=line,
            due_on=due.on,
            due_days=due.days,
            created_by_id=actor_id,
            created_at=moment.at,
        )
        session.add(assignment)
        session.flush()
        people = sync_assignments(moment=moment, assignment_id=assignment.id)
        record(
            "assignment.created",
            f"assignment:{assignment.id}",
            actor_id=actor_id,
            now=moment.at,
            course=course_id,
            organization=organization_id,
            people=people,
        )
        return NewAssignment(assignment.id, people)


def check_due(due: Due, today: date) -> None:
    """Raise Refused for a day that is past, and for two answers to one question."""
    if due.on is not None and due.days is not None:
        raise Refused("Give a day or a number of days, not both.", field="due_days")
    if due.on is not None and due.on < today:
        raise Refused("This day is past. Nobody could be in time.", field="due_on")
    if due.days is not None and not 1 <= due.days <= LONGEST_DAYS:
        raise Refused("Give 1 to %(maximum)s days.", field="due_days", maximum=LONGEST_DAYS)


def withdraw_assignment(
    actor_id: int | None, assignment_id: int, paths: Iterable[str], *, moment: Moment
) -> None:
    """End an assignment to an organization of the scope; who is enrolled stays so, and is due no more by it.

    Raises NotFound, also for one that was withdrawn before.
    """
    with transaction() as session:
        row = session.execute(
            update(Assignment)
            .where(
                Assignment.id == assignment_id,
                Assignment.withdrawn_at.is_(None),
                Assignment.organization_id.in_(select(Organization.id).where(within(paths))),
            )
            .values(withdrawn_at=moment.at)
            .returning(Assignment.course_id, Assignment.organization_id)
        ).one_or_none()
        if row is None:
            raise NotFound
        path = session.scalars(select(Organization.path).where(Organization.id == row.organization_id)).one()
        _give_due_days(row.course_id, _rules(row.course_id), (path,), moment=moment)
        record("assignment.withdrawn", f"assignment:{assignment_id}", actor_id=actor_id, now=moment.at)


def sync_assignments(
    *, moment: Moment, assignment_id: int | None = None, people: Sequence[int] | None = None
) -> int:
    """Enroll everyone whom a standing assignment covers, and say when it is due; returns how many are new.

    With `people` only these are looked at: they are new, or have moved.
    """
    if people is not None and len(people) > AT_ONCE:
        with transaction():
            return sum(sync_assignments(moment=moment, people=some) for some in batched(people, AT_ONCE))
    count = 0
    with transaction() as session:
        session.flush()
        assignments = (
            select(Assignment.course_id, Organization.path)
            .join(Organization, Organization.id == Assignment.organization_id)
            .where(Assignment.withdrawn_at.is_(None))
            .order_by(Assignment.course_id, Assignment.id)
        )
        if assignment_id is not None:
            assignments = assignments.where(Assignment.id == assignment_id)
        paths: dict[int, list[str]] = {}
        for course_id, path in session.execute(assignments).all():
            paths.setdefault(course_id, []).append(path)
        for course_id, covered in paths.items():
            rules = _rules(course_id)
            lock_course(course_id)
            count += _enroll_assigned(course_id, rules, covered, people, moment=moment)
            _give_due_days(course_id, rules, covered if people is None else ("/",), people, moment=moment)
    return count


def _rules(course_id: int) -> list[_Rule]:
    """Return the standing assignments of a course."""
    rows = fetch(_STANDING, course=course_id)
    site_zone = zone()
    return [
        _Rule(row.path, DueRule(_day(row.created_at, site_zone), row.due_on, row.due_days)) for row in rows
    ]


_STANDING = (
    select(Organization.path, Assignment.created_at, Assignment.due_on, Assignment.due_days)
    .join(Organization, Organization.id == Assignment.organization_id)
    .where(Assignment.course_id == bindparam("course"), Assignment.withdrawn_at.is_(None))
)


def _day(at: Any, site_zone: ZoneInfo) -> date:
    day: date = at.astimezone(site_zone).date()
    return day


def _due(rules: Iterable[_Rule], path: str, joined_on: date) -> date | None:
    """Return when the course is due for somebody at the path: the first day that any assignment asks for."""
    return earliest_due((rule.due for rule in rules if path.startswith(rule.path)), joined_on)


def _enroll_assigned(
    course_id: int,
    rules: Sequence[_Rule],
    paths: Sequence[str],
    people: Sequence[int] | None,
    *,
    moment: Moment,
) -> int:
    with transaction() as session:
        covered = enrollable(course_id, paths)
        if people is not None:
            covered = covered.where(Person.id.in_(people))
        by_due: dict[date | None, list[int]] = {}
        for person in session.execute(covered):
            by_due.setdefault(_due(rules, person.path, person.began_on), []).append(person.id)
        statement = enrolling(session)
        made = [
            Enrolled(*tuple(row))
            for due_on, ids in by_due.items()
            for some in batched(ids, AT_ONCE)
            for row in session.connection().execute(
                statement,
                {
                    "people": some,
                    "course": course_id,
                    "cycle": CYCLE,
                    "how": "assigned",
                    "at": moment.at,
                    "due": due_on,
                },
            )
        ]
        changes = course_postings(None, CourseState.ENROLLED)
        post(gather(_each(made, changes)), day=moment.day)
        return len(made)


def _each(enrollments: Iterable[Enrolled], changes: Sequence[tuple[Any, int]]) -> Iterator[Posting]:
    for enrolled in enrollments:
        yield from postings_of(enrolled, None, changes)


def _give_due_days(
    course_id: int,
    rules: Sequence[_Rule],
    paths: Sequence[str],
    people: Sequence[int] | None = None,
    *,
    moment: Moment,
) -> None:
    """Let those who are enrolled already, and have not completed the course, have the day that the rules ask for."""
    statement = (
        select(*ENROLLMENT, Organization.path, Membership.began_on)
        .join(Organization, Organization.id == Enrollment.organization_id)
        .join(Membership, is_main_post(Enrollment.person_id))
        .where(
            Enrollment.course_id == course_id,
            Enrollment.cycle == CYCLE,
            Enrollment.completed_at.is_(None),
            within(paths),
        )
        .order_by(Enrollment.id)
        .with_for_update(of=Enrollment)
    )
    if people is not None:
        statement = statement.where(Enrollment.person_id.in_(people))
    with transaction() as session:
        changes = []
        for *row, path, began_on in session.execute(statement):
            enrolled = Enrolled(*row)
            due_on = _due(rules, path, began_on)
            changes.append((enrolled, Standing(enrolled.organization_id, enrolled.is_counted, due_on)))
        change_standing(changes, moment=moment)
