"""Writing progress: enrolling, assigning, recording what satisfies a unit, and posting it to the ledger.

Every function joins the caller's transaction, so that an event, the completion it brings and the figures it
posts stand or fall together.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from learning.audit.services import record
from learning.courses.models import Course, Unit
from learning.database import transaction, upsert
from learning.domain.completion import CourseState, UnitProgress, UnitRecord, UnitState, course_is_complete
from learning.domain.content import CompletionRule
from learning.domain.errors import Conflict, Refused
from learning.domain.figures import Measure, course_postings, unit_postings
from learning.domain.permissions import Actor
from learning.domain.plain_text import one_line
from learning.organizations.models import Organization
from learning.progress.models import Assignment, Enrollment, FigureEntry, UnitCompletion
from learning.progress.queries import CYCLE, enrollable, find_differences


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is recorded: the instant, and the site's day it falls on."""

    at: datetime
    day: date

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> "Moment":
        """Return the moment with its day in the zone."""
        return cls(at, at.astimezone(zone).date())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an event made of a unit and its course."""

    unit_state: UnitState
    course_completed: bool


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """An assignment just made, and how many people it enrolled."""

    id: int
    enrolled: int


def enroll(person_id: int, organization_id: int, *, course_id: int, moment: Moment) -> Enrollment:
    """Return the person's enrollment in the course, made now if there is none; the row is locked."""
    with transaction() as session:
        wanted = (
            select(Enrollment)
            .where(
                Enrollment.person_id == person_id,
                Enrollment.course_id == course_id,
                Enrollment.cycle == CYCLE,
            )
            .with_for_update()
        )
        enrollment = session.scalars(wanted).one_or_none()
        if enrollment is not None:
            return enrollment
        made = session.scalar(
            upsert(session, Enrollment)
            .values(
                person_id=person_id,
                course_id=course_id,
                cycle=CYCLE,
                organization_id=organization_id,
                how="self",
                enrolled_at=moment.at,
            )
            .on_conflict_do_nothing()
            .returning(Enrollment.id)
        )
        enrollment = session.scalars(wanted).one()
        if made is not None:
            _post_course(enrollment, None, CourseState.ENROLLED, moment=moment)
        return enrollment


def record_progress(
    actor: Actor,
    unit: Unit,
    *,
    moment: Moment,
    satisfied: CompletionRule | None = None,
    attempts_exhausted: bool = False,
    revision_sha256: str | None = None,
) -> Outcome:
    """Record that the actor began a unit, satisfied one of its rules, or has no attempt left for it.

    The caller has locked the unit before anything else, so that its round is the one that stands.
    """
    with transaction() as session:
        enrollment = enroll(actor.id, actor.organization_id, course_id=unit.course_id, moment=moment)
        row = session.scalar(
            select(UnitCompletion).where(
                UnitCompletion.person_id == actor.id,
                UnitCompletion.unit_id == unit.id,
                UnitCompletion.cycle == enrollment.cycle,
                UnitCompletion.round == unit.round,
            )
        )
        before = _record_of(row)
        after = before.after(
            rules_of(unit.completion), satisfied=satisfied, attempts_exhausted=attempts_exhausted
        )
        if after != before:
            _save_record(row, after, unit=unit, enrollment=enrollment, moment=moment, sha256=revision_sha256)
            _post(
                unit_postings(before.state, after.state),
                organization_id=enrollment.organization_id,
                course_id=unit.course_id,
                unit_id=unit.id,
                cycle=enrollment.cycle,
                moment=moment,
            )
        if enrollment.started_at is None:
            enrollment.started_at = moment.at
            _post_course(enrollment, CourseState.ENROLLED, CourseState.STARTED, moment=moment)
        session.flush()
        completed = after.state.is_finished and _complete_course(enrollment, moment=moment)
        return Outcome(after.state, completed)


def rules_of(completion: str) -> tuple[CompletionRule, ...]:
    """Return the rules that a unit's stored `completion` names."""
    return tuple(CompletionRule(name) for name in completion.split(","))


def _record_of(row: UnitCompletion | None) -> UnitRecord:
    if row is None:
        return UnitRecord()
    satisfied = frozenset(CompletionRule(name) for name in row.satisfied.split(",") if name)
    return UnitRecord(UnitState(row.state), satisfied)


def _save_record(
    row: UnitCompletion | None,
    after: UnitRecord,
    *,
    unit: Unit,
    enrollment: Enrollment,
    moment: Moment,
    sha256: str | None,
) -> None:
    with transaction() as session:
        if row is None:
            row = UnitCompletion(
                enrollment_id=enrollment.id,
                person_id=enrollment.person_id,
                unit_id=unit.id,
                cycle=enrollment.cycle,
                round=unit.round,
                started_at=moment.at,
            )
            session.add(row)
        row.state = after.state.value
        row.satisfied = ",".join(sorted(after.satisfied))
        if after.state.is_finished:
            row.completed_at = moment.at
            row.revision_sha256 = sha256
        if after.state is UnitState.FAILED and row.failed_at is None:
            row.failed_at = moment.at
        session.flush()


def _complete_course(enrollment: Enrollment, *, moment: Moment) -> bool:
    """Complete the course when its required units are; returns whether it happened now."""
    if enrollment.completed_at is not None:
        return False
    with transaction() as session:
        rows = session.execute(
            select(Unit.required, UnitCompletion.state)
            .outerjoin(
                UnitCompletion,
                # By the columns of the unique constraint: by the enrollment, SQLite would read the completions
                # that everybody has of these units.
                (UnitCompletion.person_id == enrollment.person_id)
                & (UnitCompletion.unit_id == Unit.id)
                & (UnitCompletion.cycle == enrollment.cycle)
                & (UnitCompletion.round == Unit.round),
            )
            .where(Unit.course_id == enrollment.course_id, Unit.is_published, Unit.position.is_not(None))
        )
        units = [UnitProgress(row.required, UnitState(row.state or "not_started")) for row in rows]
        if not course_is_complete(units):
            return False
        enrollment.completed_at = moment.at
        _post_course(enrollment, CourseState.STARTED, CourseState.COMPLETED, moment=moment)
        session.flush()
        return True


def _post_course(
    enrollment: Enrollment, before: CourseState | None, after: CourseState, *, moment: Moment
) -> None:
    _post(
        course_postings(before, after),
        organization_id=enrollment.organization_id,
        course_id=enrollment.course_id,
        unit_id=None,
        cycle=enrollment.cycle,
        moment=moment,
    )


def _post(
    postings: Iterable[tuple[Measure, int]],
    *,
    organization_id: int,
    course_id: int,
    unit_id: int | None,
    cycle: int,
    moment: Moment,
    event_id: str | None = None,
) -> None:
    """Add entries to the ledger; `recorded_on` is the day of recording, so that a past day never changes."""
    event_id = event_id or str(uuid.uuid4())
    entries = [
        {
            "event_id": event_id,
            "recorded_on": moment.day,
            "happened_on": moment.day,
            "organization_id": organization_id,
            "course_id": course_id,
            "unit_id": unit_id,
            "cycle": cycle,
            "measure": measure.value,
            "n": n,
        }
        for measure, n in postings
    ]
    if entries:
        with transaction() as session:
            session.execute(insert(FigureEntry), entries)


def assign_course(
    actor_id: int | None, course_id: int, *, organization_id: int, title: str, moment: Moment
) -> NewAssignment:
    """Give a course to an organization and everyone below it.

    Raises Refused for a title that is none, Conflict when it is given there under this title already.
    """
    line = one_line(title, maximum=200)
    if line is None:
        raise Refused("A title has 1 to 200 characters, letters among them, on one line.", field="title")
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


def sync_assignments(*, moment: Moment, assignment_id: int | None = None) -> int:
    """Enroll everyone whom a standing assignment covers and who is not enrolled yet; returns how many."""
    count = 0
    with transaction() as session:
        assignments = (
            select(Assignment.course_id, Organization.path)
            .join(Organization, Organization.id == Assignment.organization_id)
            .where(Assignment.withdrawn_at.is_(None))
            .order_by(Assignment.id)
        )
        if assignment_id is not None:
            assignments = assignments.where(Assignment.id == assignment_id)
        for course_id, path in session.execute(assignments).all():
            count += _enroll_assigned(course_id, path, moment=moment)
    return count


def _enroll_assigned(course_id: int, path: str, *, moment: Moment) -> int:
    with transaction() as session:
        people = session.execute(enrollable(course_id, (path,))).all()
        if not people:
            return 0
        enrolled = session.scalars(
            upsert(session, Enrollment).on_conflict_do_nothing().returning(Enrollment.organization_id),
            [
                {
                    "person_id": person_id,
                    "course_id": course_id,
                    "cycle": CYCLE,
                    "organization_id": organization_id,
                    "how": "assigned",
                    "enrolled_at": moment.at,
                }
                for person_id, organization_id in people
            ],
        ).all()
        event_id = str(uuid.uuid4())
        for organization_id, n in sorted(Counter(enrolled).items()):
            _post(
                [(Measure.ENROLLED, n)],
                organization_id=organization_id,
                course_id=course_id,
                unit_id=None,
                cycle=CYCLE,
                moment=moment,
                event_id=event_id,
            )
        return len(enrolled)


def open_new_round(unit_id: int, *, moment: Moment) -> int:
    """Let everyone pass the unit again; returns how many had begun or finished it.

    What was done stays on record; the unit's standing figures begin anew, the course's stay as they are.
    """
    with transaction() as session:
        unit = session.scalars(select(Unit).where(Unit.id == unit_id).with_for_update()).one()
        rows = session.execute(
            select(Enrollment.organization_id, Enrollment.cycle, UnitCompletion.state)
            .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
            .where(UnitCompletion.unit_id == unit_id, UnitCompletion.round == unit.round)
        ).all()
        session.execute(
            update(UnitCompletion)
            .where(UnitCompletion.unit_id == unit_id, UnitCompletion.round == unit.round)
            .values(superseded_at=moment.at)
        )
        unit.round += 1
        session.flush()
        lost: Counter[tuple[int, int, Measure]] = Counter()
        for organization_id, cycle, state in rows:
            for measure, n in unit_postings(UnitState(state), UnitState.NOT_STARTED):
                lost[organization_id, cycle, measure] += n
        event_id = str(uuid.uuid4())
        for (organization_id, cycle, measure), n in sorted(lost.items()):
            _post(
                [(measure, n)],
                organization_id=organization_id,
                course_id=unit.course_id,
                unit_id=unit_id,
                cycle=cycle,
                moment=moment,
                event_id=event_id,
            )
        return len(rows)


def complete_courses(course_id: int, *, moment: Moment) -> int:
    """Complete the open enrollments whose required units are all finished, after a course's units changed."""
    with transaction() as session:
        enrollments = session.scalars(
            select(Enrollment)
            .where(
                Enrollment.course_id == course_id,
                Enrollment.started_at.is_not(None),
                Enrollment.completed_at.is_(None),
            )
            .with_for_update()
        ).all()
        return sum(_complete_course(enrollment, moment=moment) for enrollment in enrollments)


def correct_ledger(*, moment: Moment, zone: ZoneInfo) -> int:
    """Post what the ledger lacks against a recount of today; returns how many places were corrected."""
    with transaction():
        differences = find_differences(moment.day, zone)
        for difference in differences:
            organization_id, course_id, unit_id, measure = difference.place
            _post(
                [(measure, difference.facts - difference.ledger)],
                organization_id=organization_id,
                course_id=course_id,
                unit_id=unit_id,
                cycle=CYCLE,
                moment=moment,
            )
        if differences:
            record("ledger.corrected", "ledger", actor_id=None, now=moment.at, places=len(differences))
        return len(differences)
