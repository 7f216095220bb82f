"""What the trainer's pages show."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from learning.courses import queries as courses
from learning.courses.models import Quiz, Unit
from learning.courses.queries import CourseRow, DocumentRow, RevisionRow, StoredRevision
from learning.database import current_session
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission
from learning.formats.bundle import Kind
from learning.progress.models import Enrollment, UnitCompletion


@dataclass(frozen=True, slots=True)
class AuthoredCourse:
    """A course in the trainer's list."""

    slug: str
    title: str
    language: str
    owner_name: str
    unit_count: int
    quiz_count: int
    is_published: bool
    last_changed_at: datetime | None
    last_author: str | None


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison: `same`, `mine` (only in the first text) or `theirs` (only in the second)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Effect:
    """How many people, in how many organizations, have begun or finished what is about to change."""

    people: int
    organizations: int


@dataclass(frozen=True, slots=True)
class EditedDocument:
    """A document a trainer works on: where it lies, what stands in it, what it came from."""

    course: CourseRow
    kind: Kind
    slug: str
    language: str
    path: str
    row: DocumentRow | None
    latest: StoredRevision | None

    @property
    def source(self) -> str:
        """The text of the latest revision, for the text area."""
        return self.latest.source.decode("utf-8", "replace").removeprefix("\ufeff") if self.latest else ""


def get_editable_course(actor: Actor, slug: str) -> CourseRow:
    """Return a course the actor may edit; raises NotFound."""
    return courses.get_course(slug, actor.scope(Permission.COURSE_EDIT))


def list_authored_courses(actor: Actor) -> list[AuthoredCourse]:
    """Return the courses the actor may edit."""
    rows = courses.list_courses(actor.scope(Permission.COURSE_EDIT))
    documents = courses.list_documents([row.id for row in rows])
    return [_authored(row, documents[row.id]) for row in rows]


def _authored(row: CourseRow, documents: Sequence[DocumentRow]) -> AuthoredCourse:
    own = [d for d in documents if d.kind == "course"]
    title = next((d.title for d in own if d.language == row.language), own[0].title if own else row.slug)
    last = max(documents, key=lambda d: d.changed_at, default=None)
    return AuthoredCourse(
        slug=row.slug,
        title=title,
        language=row.language,
        owner_name=row.owner_name,
        unit_count=len({d.slug for d in documents if d.kind == "unit"}),
        quiz_count=len({d.slug for d in documents if d.kind == "quiz"}),
        is_published=row.is_published,
        last_changed_at=last.changed_at if last else None,
        last_author=last.author if last else None,
    )


def get_document(
    actor: Actor, course_slug: str | None, *, kind: Kind, slug: str, language: str | None
) -> EditedDocument:
    """Return a document for editing, the original's language where none is asked for; raises NotFound.

    A quiz is found by its own slug. A language twin that is not there yet is returned empty.
    """
    course = get_editable_course(actor, course_slug or courses.find_quiz_course(slug) or "")
    language = language or course.language
    documents = courses.list_documents([course.id])[course.id]
    twins = [d for d in documents if d.kind == kind and (kind == "course" or d.slug == slug)]
    if not twins:
        raise NotFound(slug)
    row = next((d for d in twins if d.language == language), None)
    path = courses.document_path(kind, course.slug, slug=slug, language=language)
    latest = courses.get_revision(row.id, row.latest_number) if row else None
    return EditedDocument(course, kind, slug, language, path, row, latest)


def effect_of(document: EditedDocument) -> Effect:
    """Return whom "must pass again" would hit: those who began or finished the units concerned."""
    units = select(Unit.id).where(Unit.course_id == document.course.id)
    if document.kind == "unit":
        units = units.where(Unit.slug == document.slug)
    elif document.kind == "quiz":
        units = units.join(Quiz, Quiz.id == Unit.quiz_id).where(Quiz.slug == document.slug)
    else:
        return Effect(0, 0)
    row = (
        current_session()
        .execute(
            select(
                func.count(UnitCompletion.person_id.distinct()),
                func.count(Enrollment.organization_id.distinct()),
            )
            .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
            .join(Unit, Unit.id == UnitCompletion.unit_id)
            .where(
                UnitCompletion.unit_id.in_(units), UnitCompletion.round == Unit.round, Enrollment.is_current
            )
        )
        .one()
    )
    return Effect(row[0], row[1])


def list_history(document: EditedDocument) -> list[RevisionRow]:
    """Return the revisions of the document, the newest first; raises NotFound when there are none."""
    if document.row is None:
        raise NotFound(document.slug)
    return courses.list_revisions(document.row.id)


def get_history_entry(document: EditedDocument, number: int) -> StoredRevision:
    """Return one revision of the document; raises NotFound."""
    if document.row is None:
        raise NotFound(document.slug)
    return courses.get_revision(document.row.id, number)


def compare(mine: str, theirs: str) -> tuple[DiffLine, ...]:
    """Return the lines of two texts side by side in one list."""
    kinds = {"  ": "same", "- ": "mine", "+ ": "theirs"}
    return tuple(
        DiffLine(kinds[line[:2]], line[2:])
        for line in difflib.ndiff(mine.splitlines(), theirs.splitlines())
        if line[:2] in kinds
    )
