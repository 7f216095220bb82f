"""What the trainer's pages are given: frozen rows, ready for the templates."""

from dataclasses import dataclass
from datetime import datetime

from learning.authoring.queries import DiffLine, Effect
from learning.quizzes.papers import QuestionView


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic in the reader's language."""

    file: str
    line: int
    column: int
    code: str
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What somebody else saved meanwhile, and how it differs from what was typed here."""

    their_source: str
    their_author: str | None
    their_at: datetime
    diff: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document in the list of a course."""

    kind: str
    slug: str
    title: str
    language: str
    position: int | None
    published_number: int | None
    latest_number: int
    has_draft: bool
    changed_at: datetime
    author: str | None
    edit_url: str
    revisions_url: str


@dataclass(frozen=True, slots=True)
class CourseView:
    """A course with its documents."""

    slug: str
    title: str
    documents: tuple[DocumentView, ...]


@dataclass(frozen=True, slots=True)
class EditorPage:
    """The editor of one document."""

    kind: str
    course_slug: str
    slug: str
    title: str
    path: str
    language: str
    base_revision: int | None
    is_saved: bool
    latest_number: int | None
    published_number: int | None
    preview_html: str | None
    preview_quiz: tuple[QuestionView, ...] | None
    diagnostics: tuple[Finding, ...]
    effect_preview: Effect
    conflict: Conflict | None
    view_url: str | None
    edit_url: str
    revisions_url: str
    preview_url: str
    draft_url: str
    publish_url: str
    twins: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A revision in the history."""

    number: int
    author: str | None
    created_at: datetime
    note: str
    effect: str
    is_published: bool
    is_draft: bool
    url: str


@dataclass(frozen=True, slots=True)
class RevisionsPage:
    """The history of a document."""

    kind: str
    title: str
    path: str
    edit_url: str
    revisions: tuple[RevisionView, ...]


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """One revision with what it changed."""

    number: int
    title: str
    path: str
    language: str
    source: str
    author: str | None
    created_at: datetime
    note: str
    diff: tuple[DiffLine, ...]
    edit_url: str
    revisions_url: str


@dataclass(frozen=True, slots=True)
class LossView:
    """What happened to a question on its way from or to another system, in the reader's language."""

    question: str
    line: int
    code: str
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class ImportPage:
    """A quiz of another system before it is saved, as it is asked and as the `source` that is kept.

    `questions` is None where there is none.
    """

    course_slug: str
    language: str
    file: str
    format: str
    questions: tuple[QuestionView, ...] | None
    losses: tuple[LossView, ...]
    diagnostics: tuple[Finding, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class ExportPage:
    """The formats that a quiz can be taken away in, and what the `chosen` one loses; no file where that is all."""

    course_slug: str
    slug: str
    title: str
    language: str
    formats: tuple[tuple[str, str], ...]
    chosen: str
    has_file: bool
    losses: tuple[LossView, ...]
