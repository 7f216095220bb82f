"""Beginning the next cycle of a course that expires: a new enrollment, while the earlier ones stay as they are."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.courses.models import Course
from learning.courses.queries import VALIDITY, validity_of
from learning.database import fetch, transaction
from learning.domain.completion import CourseState
from learning.domain.due import AssignmentRule, Renewal, earliest_due, is_asked_again
from learning.domain.figures import course_postings
from learning.domain.validity import Validity
from learning.organizations.models import Organization
from learning.progress.coverage import POST, by_id, list_rules, post_of, present_people
from learning.progress.ledger import Posting, gather, post
from learning.progress.models import Enrollment
from learning.progress.moments import Moment
from learning.progress.places import change_standing, lock_course, standing_of
from learning.progress.queries import end_of
from learning.progress.services import ENROLLMENT, Enrolled, enroll_people, postings_of
from learning.web.clock import zone

_OF_COURSE = select(*VALIDITY).where(Course.id == bindparam("course"))
_CURRENT = (*ENROLLMENT, *POST)


def get_validity(course_id: int) -> Validity | None:
    """Return how long completions of a course are valid, None for good."""
    return validity_of(fetch(_OF_COURSE, course=course_id).one())


def valid_until(validity: Validity, row: Any) -> date:
    """Return the last valid day of an enrollment that is completed."""
    return validity.valid_until(row.completed_at.astimezone(zone()).date(), row.renew_by or row.due_on)


def renewal_of(row: Any) -> Renewal | None:
    """Return what an enrollment that is not its person's first is to renew."""
    if row.renew_by is None:
        return None
    return Renewal(row.enrolled_at.astimezone(zone()).date(), row.renew_by)


@dataclass(frozen=True, slots=True)
class _Next:
    """A cycle that can begin: the enrollment before it, and by when the new one is to be done."""

    enrolled: Enrolled
    renew_by: date
    due_on: date | None
    how: str


def begin_cycles(
    course_id: int,
    rules: Collection[AssignmentRule],
    reached: Collection[AssignmentRule],
    people: Sequence[int] | None = None,
    *,
    moment: Moment,
) -> int:
    """Begin the next cycle of those whom one of the rules reached asks again, and whose window has opened.

    When it is due is said by all of the rules. Returns how many. The caller has locked the course.
    """
    validity = get_validity(course_id)
    repeating = [rule for rule in reached if rule.repeats]
    if validity is None or not repeating:
        return 0
    statement = (
        present_people(repeating, *_CURRENT)
        .join(Enrollment, Enrollment.person_id == Person.id)
        .where(
            Enrollment.course_id == course_id,
            Enrollment.is_current,
            Enrollment.completed_at < end_of(validity.earliest_opening(moment.day), zone()),
        )
        .order_by(Enrollment.id)
        .with_for_update(of=Enrollment)
    )
    if people is not None:
        statement = statement.where(Person.id.in_(people))
    return sum(
        _begin([one for one in (_next(row, validity, rules, moment.day) for row in rows) if one], moment)
        for rows in by_id(statement, Enrollment.id)
    )


def begin_again(person_id: int, course_id: int, *, moment: Moment) -> bool:
    """Begin a person's next cycle, as she asks for it, if its window has opened; returns whether it did."""
    with transaction():
        validity = get_validity(course_id)
        if validity is None:
            return False
        lock_course(course_id)
        row = fetch(_OWN, person=person_id, course=course_id).one_or_none()
        following = None if row is None else _next(row, validity, list_rules(course_id), moment.day)
        return following is not None and _begin([following], moment) == 1


_OWN: Select[*tuple[Any, ...]] = (
    select(*_CURRENT)
    .join(Person, Person.id == Enrollment.person_id)
    .join(Membership, is_main_post(Person.id))
    .join(Organization, Organization.id == Person.organization_id)
    .where(
        Enrollment.person_id == bindparam("person"),
        Enrollment.course_id == bindparam("course"),
        Enrollment.is_current,
        Enrollment.completed_at.is_not(None),
    )
    .with_for_update(of=Enrollment)
)


def _next(row: Row[Any], validity: Validity, rules: Collection[AssignmentRule], today: date) -> _Next | None:
    """Return the cycle that follows a completed one, if it may begin today."""
    until = valid_until(validity, row)
    if validity.opens_on(until) > today:
        return None
    renew_by, person = validity.renew_by(until, today), post_of(row)
    due_on = earliest_due(rules, person, Renewal(today, renew_by))
    how = "assigned" if is_asked_again(rules, person) else "self"
    return _Next(Enrolled(*row[: len(ENROLLMENT)]), renew_by, due_on, how)


def _begin(nexts: Sequence[_Next], moment: Moment) -> int:
    """Take the standing of what ends, which stays on record, and enroll anew; returns how many."""
    if not nexts:
        return 0
    count = 0

    def made() -> Iterator[Posting]:
        nonlocal count
        changes = course_postings(None, CourseState.ENROLLED)
        alike: dict[tuple[Any, ...], list[int]] = {}
        for one in nexts:
            key = (one.enrolled.cycle + 1, one.renew_by, one.due_on, one.how)
            alike.setdefault(key, []).append(one.enrolled.person_id)
        for (cycle, renew_by, due_on, how), ids in alike.items():
            for enrolled in enroll_people(
                ids,
                course_id=nexts[0].enrolled.course_id,
                cycle=cycle,
                how=how,
                due_on=due_on,
                renew_by=renew_by,
                moment=moment,
            ):
                count += 1
                yield from postings_of(enrolled, None, changes)

    with transaction() as session:
        ended = [(one.enrolled, replace(standing_of(one.enrolled), is_counted=False)) for one in nexts]
        change_standing(ended, moment=moment, has_moved=False)
        session.execute(
            update(Enrollment)
            .where(Enrollment.id.in_([one.enrolled.id for one in nexts]))
            .values(is_current=False),
            execution_options={"synchronize_session": False},
        )
        post(gather(made()), day=moment.day)
    return count
