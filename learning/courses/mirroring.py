"""Copying what the published text of a course says to the rows that queries read."""

from sqlalchemy import delete, insert, select

from learning.courses.models import Course, CoursePrerequisite, Document, Revision
from learning.database import transaction
from learning.domain.content import CourseFile
from learning.formats.course import parse_course


def mirror_course(course: Course, text: CourseFile) -> bool:
    """Let a course be as its own text says, but for its units and its owner; return whether something changed."""
    with transaction() as session:
        course.is_open = text.open
        course.gives_certificate = text.certificate
        course.audience = ",".join(text.audience)
        course.valid_for = text.valid_for
        course.renew_window = text.renew_window
        course.renew_on = "{:02}-{:02}".format(*text.renew_on) if text.renew_on else None
        changed = session.is_modified(course)
        before = session.scalars(
            select(CoursePrerequisite.slug).where(CoursePrerequisite.course_id == course.id)
        ).all()
        if set(before) != set(text.prerequisites):
            session.execute(delete(CoursePrerequisite).where(CoursePrerequisite.course_id == course.id))
            rows = [{"course_id": course.id, "slug": slug} for slug in dict.fromkeys(text.prerequisites)]
            if rows:
                session.execute(insert(CoursePrerequisite), rows)
            changed = True
        return changed


def mirror_anew() -> list[int]:
    """Mirror all published courses as they are, where an earlier version of the site mirrored less.

    Returns the ids of the courses that changed.
    """
    with transaction() as session:
        rows = session.execute(
            select(Course, Revision.source, Document.path)
            .join(Document, (Document.course_id == Course.id) & (Document.kind == "course"))
            .join(Revision, Revision.id == Document.published_id)
            .where(Document.language == Course.language)
            .order_by(Course.id)
        ).all()
        changed = []
        for course, source, path in rows:
            text = parse_course(source, file=path, language=course.language).value
            if text is not None and mirror_course(course, text):
                changed.append(course.id)
        return changed
