"""By when a reader is to complete a course, and what she was given."""

from typing import Any

from sqlalchemy import Row, false, func

from learning.progress.models import Enrollment
from learning.study.queries.pages import CourseTerms

TERMS: tuple[Any, ...] = (
    Enrollment.due_on,
    Enrollment.extended_to,
    func.coalesce(Enrollment.is_exempt, false()).label("is_exempt"),
    func.coalesce(Enrollment.is_credited, false()).label("is_credited"),
)


def terms_of(row: Row[Any]) -> CourseTerms:
    """Return the terms from a row with these columns."""
    return CourseTerms(
        due_on=row.due_on,
        extended_to=row.extended_to,
        is_exempt=bool(row.is_exempt),
        is_credited=bool(row.is_credited),
    )
