"""Letting certificates follow from completions: those of now, and those from before a course gave certificates."""

from collections.abc import Iterable

from sqlalchemy import and_, bindparam, func, select

from learning.certificates.models import Certificate
from learning.certificates.services import Completed, issue
from learning.database import fetch, transaction
from learning.progress.models import Enrollment
from learning.progress.moments import Moment
from learning.web.clock import zone

_WITHOUT = (
    select(
        Enrollment.person_id,
        Enrollment.cycle,
        Enrollment.completed_at,
        func.coalesce(Enrollment.renew_by, Enrollment.due_on).label("asked_by"),
    )
    .outerjoin(
        Certificate,
        and_(
            Certificate.person_id == Enrollment.person_id,
            Certificate.course_id == Enrollment.course_id,
            Certificate.cycle == Enrollment.cycle,
            Certificate.revoked_at.is_(None),
        ),
    )
    .where(
        Enrollment.course_id == bindparam("course"),
        Enrollment.completed_at.is_not(None),
        Enrollment.is_credited.is_(False),
        Certificate.id.is_(None),
    )
)


def award(course_ids: Iterable[int], *, moment: Moment) -> None:
    """Give a certificate to everyone who has completed one of the courses and holds none of that cycle."""
    site_zone = zone()
    with transaction():
        for course_id in course_ids:
            rows = fetch(_WITHOUT, course=course_id)
            completed = (
                Completed(
                    row.person_id,
                    row.cycle,
                    row.completed_at.astimezone(site_zone).date(),
                    row.asked_by,
                )
                for row in rows
            )
            issue(course_id, completed, now=moment.at)
