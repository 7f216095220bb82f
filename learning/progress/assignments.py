"""Giving courses to organizations: enrolling everyone whom that covers, and saying when it is due for them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select, update

from learning.accounts.models import Membership
from learning.accounts.queries import is_main_post
from learning.audit.services import record
from learning.courses.models import Course
from learning.database import transaction
from learning.domain.completion import CourseState
from learning.domain.due import LONGEST_DAYS, AssignmentRule, earliest_due, extended
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.figures import course_postings
from learning.domain.membership import Audience
from learning.domain.plain_text import one_line
from learning.domain.vietnamese import fold
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.progress.coverage import (
    AT_ONCE,
    POST,
    by_id,
    enrollable,
    find_assignment,
    get_rule,
    list_rules,
    post_of,
)
from learning.progress.cycles import begin_cycles, get_validity, renewal_of
from learning.progress.ledger import Posting, gather, post
from learning.progress.models import Assignment, Enrollment
from learning.progress.moments import Moment
from learning.progress.places import batched, change_standing, lock_course, standing_of
from learning.progress.services import ENROLLMENT, Enrolled, enroll_people, postings_of


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


@dataclass(frozen=True, slots=True)
class Whom:
    """To whom of an organization a course is given: of some audiences (none: of all), of one position (empty: any)."""

    audiences: tuple[str, ...] = ()
    position: str = ""


NEVER_DUE = Due()
EVERYONE = Whom()


def assign_course(
    actor_id: int | None,
    course_id: int,
    *,
    organization_id: int,
    title: str,
    moment: Moment,
    due: Due = NEVER_DUE,
    whom: Whom = EVERYONE,
    repeats: bool | None = None,
) -> NewAssignment:
    """Give a course to an organization and everyone below it, or to some of them.

    Unless it is said, it repeats where the course expires. Raises Refused for a title that is none, a due day that
    is past and whatever else cannot be meant; Conflict when it is given there under this title already.
    """
    with transaction() as session:
        # Who gives the same course waits here, so that two cannot both find that it is not given yet.
        session.execute(select(Course.id).where(Course.id == course_id).with_for_update(key_share=True))
        expires = get_validity(course_id) is not None
        line = check_title(title)
        check_due(due, moment.day)
        narrowed = check_whom(whom)
        check_repeats(repeats, expires=expires)
        _check_free(course_id, organization_id, line)
        assignment = Assignment(
            course_id=course_id,
            organization_id=organization_id,
            title=line,
            due_on=due.on,
            due_days=due.days,
            audiences=",".join(narrowed.audiences),
            position=narrowed.position,
            repeats=expires if repeats is None else repeats,
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


def check_title(title: str) -> str:
    """Return a title as it is kept; raises Refused for one that is none."""
    line = one_line(title, maximum=200)
    if line is None:
        raise Refused("A title has 1 to 200 characters, letters among them, on one line.", field="title")
    return line


def check_due(due: Due, today: date) -> None:
    """Raise Refused for a day that is past, and for two answers to one question."""
    if due.on is not None and due.days is not None:
        raise Refused("Give a day or a number of days, not both.", field="due_days")
    if due.on is not None and due.on < today:
        raise Refused("This day is past. Nobody could be in time.", field="due_on")
    if due.days is not None and not 1 <= due.days <= LONGEST_DAYS:
        raise Refused("Give 1 to %(maximum)s days.", field="due_days", maximum=LONGEST_DAYS)


def check_whom(whom: Whom) -> Whom:
    """Return it as it is kept: audiences in one order, the position on one line; raises Refused."""
    unknown = set(whom.audiences) - set(Audience)
    if unknown:
        raise Refused("There is no such audience: %(name)s.", field="audiences", name=min(unknown)[:40])
    position = one_line(whom.position, maximum=200) if whom.position.strip() else ""
    if position is None or (position and not fold(position)):
        raise Refused("A position has at most 200 characters, on one line.", field="position")
    return Whom(tuple(one for one in Audience if one in whom.audiences), position)


def check_repeats(repeats: bool | None, *, expires: bool) -> None:
    """Raise Refused where a course is to repeat that never expires."""
    if repeats and not expires:
        raise Refused("This course does not expire, so there is nothing to repeat.", field="repeats")


def change_assignment(
    actor_id: int | None,
    assignment_id: int,
    paths: Iterable[str],
    *,
    title: str,
    due: Due,
    seen: str,
    moment: Moment,
) -> None:
    """Let an assignment to an organization of the scope have another title and due day.

    `seen` is its version that the actor saw. Raises NotFound; Conflict when somebody changed it meanwhile, or
    another has this title; Refused as `assign_course` does.
    """
    with transaction() as session:
        course_id = session.scalar(select(Assignment.course_id).where(Assignment.id == assignment_id))
        if course_id is None:
            raise NotFound
        session.execute(select(Course.id).where(Course.id == course_id).with_for_update(key_share=True))
        entry = find_assignment(assignment_id, paths)
        if entry is None:
            raise NotFound
        if entry.version != seen:
            raise Conflict("Somebody changed this assignment meanwhile. Look at it, then change it again.")
        line = check_title(title)
        if due != Due(entry.due_on, entry.due_days):
            check_due(due, moment.day)
        row = session.get_one(Assignment, assignment_id)
        if line != row.title:
            _check_free(course_id, row.organization_id, line)
        row.title, row.due_on, row.due_days = line, due.on, due.days
        session.flush()
        lock_course(course_id)
        give_due_days(course_id, list_rules(course_id), (get_rule(assignment_id).path,), moment=moment)
        record("assignment.changed", f"assignment:{assignment_id}", actor_id=actor_id, now=moment.at)


def _check_free(course_id: int, organization_id: int, title: str) -> None:
    """Raise Conflict where the course is given to the organization under this title already."""
    with transaction() as session:
        if session.scalar(
            select(Assignment.id)
            .where(
                Assignment.course_id == course_id,
                Assignment.organization_id == organization_id,
                Assignment.title == title,
                Assignment.withdrawn_at.is_(None),
            )
            .limit(1)
        ):
            raise Conflict(
                "This course is assigned to this organization under this title already.", field="title"
            )


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
            .returning(Assignment.course_id)
        ).one_or_none()
        if row is None:
            raise NotFound
        lock_course(row.course_id)
        paths = (get_rule(assignment_id).path,)
        give_due_days(row.course_id, list_rules(row.course_id), paths, moment=moment)
        record("assignment.withdrawn", f"assignment:{assignment_id}", actor_id=actor_id, now=moment.at)


def sync_assignments(
    *, moment: Moment, assignment_id: int | None = None, people: Sequence[int] | None = None
) -> int:
    """Enroll everyone whom a standing assignment covers, in whose cycle it is time, and say when it is due.

    With `people` only these are looked at: they are new, or have moved. Returns how many enrollments are new.
    """
    if people is not None and len(people) > AT_ONCE:
        with transaction():
            return sum(sync_assignments(moment=moment, people=some) for some in batched(people, AT_ONCE))
    count = 0
    with transaction() as session:
        session.flush()
        courses = (
            select(Assignment.course_id)
            .where(Assignment.withdrawn_at.is_(None))
            .distinct()
            .order_by(Assignment.course_id)
        )
        if assignment_id is not None:
            courses = courses.where(Assignment.id == assignment_id)
        for course_id in session.scalars(courses).all():
            rules = list_rules(course_id)
            reached = rules if assignment_id is None else [get_rule(assignment_id)]
            lock_course(course_id)
            count += begin_cycles(course_id, rules, reached, people, moment=moment)
            count += _enroll_assigned(course_id, rules, reached, people, moment=moment)
            paths = [rule.path for rule in reached] if people is None else ["/"]
            give_due_days(course_id, rules, paths, people, moment=moment)
    return count


def _enroll_assigned(
    course_id: int,
    rules: Collection[AssignmentRule],
    reached: Collection[AssignmentRule],
    people: Sequence[int] | None,
    *,
    moment: Moment,
) -> int:
    """Enroll whom some of the rules reach, until all of the rules ask for it; returns how many."""
    count = 0

    def made() -> Iterator[Posting]:
        nonlocal count
        changes = course_postings(None, CourseState.ENROLLED)
        for some in enrollable(course_id, reached, people):
            by_due: dict[date | None, list[int]] = {}
            for person in some:
                by_due.setdefault(earliest_due(rules, post_of(person)), []).append(person.id)
            for due_on, ids in by_due.items():
                for enrolled in enroll_people(
                    ids, course_id=course_id, how="assigned", due_on=due_on, moment=moment
                ):
                    count += 1
                    yield from postings_of(enrolled, None, changes)

    with transaction():
        post(gather(made()), day=moment.day)
    return count


def give_due_days(
    course_id: int,
    rules: Collection[AssignmentRule],
    paths: Sequence[str],
    people: Sequence[int] | None = None,
    *,
    moment: Moment,
) -> None:
    """Let those at or below the paths who have not completed the course have the day that the rules ask for.

    The caller has locked the course.
    """
    statement = (
        select(*ENROLLMENT, Enrollment.enrolled_at, Enrollment.extended_to, *POST)
        .join(Organization, Organization.id == Enrollment.organization_id)
        .join(Membership, is_main_post(Enrollment.person_id))
        .where(
            Enrollment.course_id == course_id,
            Enrollment.is_current,
            Enrollment.is_exempt.is_(False),  # nothing is due for them
            Enrollment.completed_at.is_(None),
            within(paths),
        )
        .order_by(Enrollment.id)
        .with_for_update(of=Enrollment)
    )
    if people is not None:
        statement = statement.where(Enrollment.person_id.in_(people))
    with transaction():
        for rows in by_id(statement, Enrollment.id):
            changes = []
            for row in rows:
                enrolled = Enrolled(*row[: len(ENROLLMENT)])
                due_on = extended(earliest_due(rules, post_of(row), renewal_of(row)), row.extended_to)
                changes.append((enrolled, replace(standing_of(enrolled), due_on=due_on)))
            change_standing(changes, moment=moment)
