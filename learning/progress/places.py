"""Where the figures of an enrollment stand, and when it is due: what changes them, and what that posts.

Somebody moves, is away, is back, or has another day: her figures leave one place of the ledger for another. How it
stood before is kept, so that every past day can be recounted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import BindParameter, and_, bindparam, insert, or_, select, update

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.courses.models import Unit
from learning.database import fetch, lock, transaction
from learning.domain.completion import UnitState
from learning.domain.figures import Measure, course_postings, standing, unit_postings
from learning.progress.coverage import AT_ONCE
from learning.progress.ledger import Posting, gather, post
from learning.progress.models import Enrollment, EnrollmentChange, UnitCompletion
from learning.progress.moments import Moment
from learning.progress.services import AUDIENCE, ENROLLMENT, Enrolled, postings_of

T = TypeVar("T")


def batched(ids: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield them, so many at a time (what `itertools.batched` does from Python 3.12 on)."""
    for first in range(0, len(ids), size):
        yield ids[first : first + size]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an enrollment's figures stand, whether they do, when it is due, and under which audience."""

    organization_id: int
    is_counted: bool
    due_on: date | None
    audience: str


_PEOPLE: BindParameter[Any] = bindparam("people", expanding=True)
_LOCK_UNITS = (
    select(Unit.id)
    .where(Unit.course_id.in_(select(Enrollment.course_id).where(Enrollment.person_id.in_(_PEOPLE))))
    .order_by(Unit.id)
    .with_for_update(read=True)
)
_LOCK_COURSE_UNITS = (
    select(Unit.id).where(Unit.course_id == bindparam("course")).order_by(Unit.id).with_for_update(read=True)
)
_OF_PEOPLE = (
    select(*ENROLLMENT)
    .where(Enrollment.person_id.in_(_PEOPLE), Enrollment.is_current, Enrollment.is_exempt.is_(False))
    .order_by(Enrollment.id)
    .with_for_update(of=Enrollment)
)
_HOMES = (
    select(Person.id, Person.organization_id, Membership.absence, AUDIENCE)
    .join(Membership, is_main_post(Person.id))
    .where(Person.id.in_(_PEOPLE))
)
_STRAYS = (
    select(Enrollment.person_id)
    .distinct()
    .join(Person, Person.id == Enrollment.person_id)
    .join(Membership, is_main_post(Person.id))
    .where(
        Enrollment.is_current,
        Enrollment.is_exempt.is_(False),
        or_(
            Enrollment.organization_id != Person.organization_id,
            Enrollment.is_counted != Membership.absence.is_(None),
            Enrollment.audience != AUDIENCE,
        ),
    )
    .order_by(Enrollment.person_id)
)
_LOCK_PEOPLE = select(Person.id).where(Person.id.in_(_PEOPLE)).order_by(Person.id).with_for_update()
_UNIT_STATES = (
    select(UnitCompletion.enrollment_id, UnitCompletion.unit_id, UnitCompletion.state)
    .join(Unit, and_(Unit.id == UnitCompletion.unit_id, Unit.round == UnitCompletion.round))
    .where(UnitCompletion.enrollment_id.in_(bindparam("enrollments", expanding=True)))
)
_SET = (
    update(Enrollment)
    .where(Enrollment.id == bindparam("enrollment"))
    .values(
        organization_id=bindparam("place"),
        is_counted=bindparam("counted"),
        due_on=bindparam("due"),
        audience=bindparam("audience_"),
    )
)


def follow_people(person_ids: Sequence[int], *, moment: Moment, has_moved: bool = True) -> int:
    """Let the figures of people stand where their main posts are now, and nowhere while they are away.

    Who is exempt from a course stands in none of its figures. Returns how many enrollments that changed. The caller
    has locked the people; `has_moved` is as in `change_standing`.
    """
    changed = 0
    with transaction() as session:
        session.flush()
        for some in batched(person_ids, AT_ONCE):
            lock(_LOCK_UNITS, people=some)  # before enrollments, as whoever records progress does
            homes = {row.id: row for row in fetch(_HOMES, people=some)}
            enrollments = [Enrolled(*tuple(row)) for row in fetch(_OF_PEOPLE, people=some)]
            changes = [
                (one, Standing(home.organization_id, home.absence is None, one.due_on, home.audience))
                for one in enrollments
                if (home := homes.get(one.person_id)) is not None
            ]
            changed += change_standing(changes, moment=moment, has_moved=has_moved)
    return changed


def follow_strays(*, moment: Moment) -> int:
    """Let all figures stand where the main posts of their people are; returns how many enrollments that changed.

    Whatever moves people lets their figures follow at once; this is for what did not, as a first count by audience.
    """
    with transaction():
        people = list(fetch(_STRAYS).scalars())
        lock(_LOCK_PEOPLE, people=people)
        return follow_people(people, moment=moment)


def lock_course(course_id: int) -> None:
    """Let no round of the course's units open until the transaction ends; taken before any enrollment."""
    lock(_LOCK_COURSE_UNITS, course=course_id)


def change_standing(
    changes: Iterable[tuple[Enrolled, Standing]], *, moment: Moment, has_moved: bool = True
) -> int:
    """Let enrollments stand elsewhere, or be due another day, in one event; returns how many that changed.

    With `has_moved` unset nobody comes or goes: it is the enrollment that stands no more, or does again. The caller
    has locked the units of their courses, then the enrollments.
    """
    changed = [(one, after) for one, after in changes if after != standing_of(one)]
    if not changed:
        return 0
    units = _unit_states([one.id for one, _after in changed])
    postings = [
        posting
        for one, after in changed
        for posting in _moved(one, after, units.get(one.id, {}), flows=has_moved)
    ]
    with transaction() as session:
        connection = session.connection()
        connection.execute(
            insert(EnrollmentChange),
            [
                {
                    "enrollment_id": one.id,
                    "changed_at": moment.at,
                    "organization_id": one.organization_id,
                    "is_counted": one.is_counted,
                    "due_on": one.due_on,
                    "audience": one.audience,
                }
                for one, _after in changed
            ],
        )
        connection.execute(
            _SET,
            [
                {
                    "enrollment": one.id,
                    "place": after.organization_id,
                    "counted": after.is_counted,
                    "due": after.due_on,
                    "audience_": after.audience,
                }
                for one, after in changed
            ],
        )
        post(gather(postings), day=moment.day)
    return len(changed)


def standing_of(enrolled: Enrolled) -> Standing:
    """Return how an enrollment stands."""
    return Standing(enrolled.organization_id, enrolled.is_counted, enrolled.due_on, enrolled.audience)


def _moved(
    before: Enrolled, after: Standing, units: Mapping[int, UnitState], *, flows: bool
) -> Iterator[Posting]:
    """Yield what leaves the one place, and comes to the other."""
    there = replace(
        before,
        organization_id=after.organization_id,
        is_counted=after.is_counted,
        due_on=after.due_on,
        audience=after.audience,
    )
    yield from (replace(posting, n=-posting.n) for posting in _all_of(before, units))
    yield from _all_of(there, units)
    if flows and (before.organization_id, before.is_counted) != (after.organization_id, after.is_counted):
        yield from postings_of(before, None, [(Measure.LEFT, 1)])
        yield from postings_of(there, None, [(Measure.JOINED, 1)])


def _all_of(enrolled: Enrolled, units: Mapping[int, UnitState]) -> Iterator[Posting]:
    """Yield everything that stands of an enrollment."""
    yield from postings_of(enrolled, None, standing(course_postings(None, enrolled.state)))
    for unit_id, state in units.items():
        changes = standing(unit_postings(UnitState.NOT_STARTED, state))
        yield from postings_of(enrolled, unit_id, changes)


def _unit_states(enrollment_ids: Sequence[int]) -> dict[int, dict[int, UnitState]]:
    found: dict[int, dict[int, UnitState]] = {}
    for some in batched(enrollment_ids, AT_ONCE):
        for row in fetch(_UNIT_STATES, enrollments=some):
            found.setdefault(row.enrollment_id, {})[row.unit_id] = UnitState(row.state)
    return found
