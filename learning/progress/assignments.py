"""Giving courses to organizations, and enrolling everyone whom that covers."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select

from learning.audit.services import record
from learning.courses.models import Course
from learning.database import transaction, upsert
from learning.domain.errors import Conflict, Refused
from learning.domain.figures import Measure
from learning.domain.plain_text import one_line
from learning.organizations.models import Organization
from learning.progress.ledger import Posting, post
from learning.progress.models import Assignment, Enrollment
from learning.progress.moments import Moment
from learning.progress.queries import CYCLE, enrollable


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """An assignment just made, and how many people it enrolled."""

    id: int
    enrolled: int


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
        postings = [
            Posting(organization_id, course_id, None, CYCLE, Measure.ENROLLED, n)
            for organization_id, n in Counter(enrolled).items()
        ]
        post(postings, day=moment.day)
        return len(enrolled)
