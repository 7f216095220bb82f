"""What comes before a course: other courses, which are completed before anything of it is recorded.

Who has begun a course goes on with it, and who has completed one has done so, whatever its text says later.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from learning.courses.models import Course, CoursePrerequisite, Document, Revision
from learning.database import fetch
from learning.domain.errors import Conflict
from learning.progress.models import Enrollment

_before, _earlier = aliased(Course), aliased(Enrollment)


class ToDoFirst(Conflict):
    """Another course comes first; `course` is the slug of the one that was asked for. Nothing was changed."""

    def __init__(self, course: str, titles: list[str]) -> None:
        super().__init__(
            "First complete: %(courses)s. Then this course is open to you.", courses="; ".join(titles)
        )
        self.course = course


def is_completed(course_id: ColumnElement[int] | Any) -> ColumnElement[bool]:
    """Tell in SQL whether `:person` has ever completed a course."""
    return exists().where(
        _earlier.course_id == course_id,
        _earlier.person_id == bindparam("person"),
        _earlier.completed_at.is_not(None),
    )


def comes_later(course_id: ColumnElement[int] | Any) -> ColumnElement[bool]:
    """Tell in SQL whether `:person` has something to complete before a course that she has not begun."""
    return and_(
        exists()
        .where(
            CoursePrerequisite.course_id == course_id,
            _before.slug == CoursePrerequisite.slug,
            _before.is_published,
            ~is_completed(_before.id),
        )
        .correlate_except(CoursePrerequisite, _before),
        ~_is_enrolled(course_id, _earlier.started_at.is_not(None)),
    )


def _is_enrolled(
    course_id: ColumnElement[int] | Any, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    return exists().where(
        _earlier.course_id == course_id, _earlier.person_id == bindparam("person"), *conditions
    )


def _missing(*enough: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Select the titles of what is to be completed first, unless an enrollment of hers is enough."""
    return (
        select(Course.slug, Revision.title)
        .join(CoursePrerequisite, CoursePrerequisite.course_id == Course.id)
        .join(_before, and_(_before.slug == CoursePrerequisite.slug, _before.is_published))
        .join(
            Document,
            and_(
                Document.course_id == _before.id,
                Document.kind == "course",
                Document.language == _before.language,
            ),
        )
        .join(Revision, Revision.id == Document.published_id)
        .where(
            Course.id == bindparam("course"),
            ~is_completed(_before.id),
            ~_is_enrolled(Course.id, *enough),
        )
        .order_by(_before.slug)
    )


_TO_ENROLL = _missing()
_TO_RECORD = _missing(_earlier.started_at.is_not(None))


def check_may_enroll(person_id: int, course_id: int) -> None:
    """Raise ToDoFirst when other courses come before this one, in which the person is not enrolled."""
    _check(_TO_ENROLL, person_id, course_id)


def check_may_record(person_id: int, course_id: int) -> None:
    """Raise ToDoFirst when other courses come before this one, which the person has not begun."""
    _check(_TO_RECORD, person_id, course_id)


def _check(statement: Select[*tuple[Any, ...]], person_id: int, course_id: int) -> None:
    rows = fetch(statement, person=person_id, course=course_id).all()
    if rows:
        raise ToDoFirst(rows[0].slug, [row.title for row in rows])
