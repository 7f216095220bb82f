"""Reading courses: their documents, published sources, and quizzes ready to be presented and graded."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Row, bindparam, func, literal, select
from sqlalchemy.orm import aliased

from learning.accounts.models import Person
from learning.courses.models import Course, CoursePrerequisite, Document, MediaFile, Quiz, Revision, Unit
from learning.database import current_session, fetch
from learning.domain.content import QuizFile
from learning.domain.errors import NotFound
from learning.domain.questions.twins import with_twin_keys
from learning.domain.validity import Validity, read_fixed_day
from learning.formats.bundle import BundleFile, place_of
from learning.formats.quiz import parse_quiz
from learning.organizations.models import Organization
from learning.organizations.queries import within


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A course a trainer may edit."""

    id: int
    slug: str
    language: str
    owner_path: str
    owner_name: str
    is_published: bool


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with its latest and its published revision."""

    id: int
    path: str
    kind: str
    slug: str
    language: str
    title: str
    position: int | None
    published_id: int | None
    published_number: int | None
    latest_id: int
    latest_number: int
    changed_at: datetime
    author: str | None

    @property
    def has_draft(self) -> bool:
        """Whether something newer than what is published was saved."""
        return self.latest_id != self.published_id


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A revision in a history."""

    id: int
    number: int
    author: str | None
    created_at: datetime
    note: str
    effect: str


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A revision with its text."""

    id: int
    document_id: int
    number: int
    source: bytes
    sha256: str
    html: dict[str, str]
    author: str | None
    created_at: datetime
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class QuizText:
    """One language of a quiz as an attempt shows it: keys of the original, HTML of this language.

    There is one object for each text in use, so that what is made of it can be kept by it.
    """

    quiz: QuizFile
    html: Mapping[str, str]
    language: str
    revision_id: int


@dataclass(frozen=True, slots=True)
class PinnedRevision:
    """Which revision of a quiz an attempt keeps in one language."""

    language: str
    revision_id: int
    sha256: str
    is_original: bool


_published = aliased(Revision)


def document_path(kind: str, course: str, *, slug: str, language: str) -> str:
    """Return where a document lies in a bundle."""
    if kind == "quiz":
        return f"quizzes/{course}/{slug}.{language}.quiz.md"
    return f"courses/{course}/{'course' if kind == 'course' else slug}.{language}.md"


def get_course(slug: str, paths: Iterable[str] = ("/",)) -> CourseRow:
    """Return the course when its owner is inside the scope; raises NotFound."""
    course = find_course(slug, paths)
    if course is None:
        raise NotFound(slug)
    return course


def find_course(slug: str, paths: Iterable[str] = ("/",)) -> CourseRow | None:
    """Return the course when there is one and its owner is inside the scope."""
    row = (
        current_session()
        .execute(
            select(
                Course.id,
                Course.slug,
                Course.language,
                Organization.path,
                Organization.name,
                Course.is_published,
            )
            .join(Organization, Organization.id == Course.owner_id)
            .where(Course.slug == slug, within(paths))
        )
        .one_or_none()
    )
    return CourseRow(*row) if row else None


def list_courses(paths: Iterable[str]) -> list[CourseRow]:
    """Return the courses owned inside the scope, by slug."""
    rows = current_session().execute(
        select(
            Course.id, Course.slug, Course.language, Organization.path, Organization.name, Course.is_published
        )
        .join(Organization, Organization.id == Course.owner_id)
        .where(within(paths))
        .order_by(Course.slug)
    )
    return [CourseRow(*row) for row in rows]


def list_prerequisites() -> dict[str, list[str]]:
    """Return every course of the site with the courses that come before it, by their slugs."""
    rows = current_session().execute(
        select(Course.slug, CoursePrerequisite.slug).outerjoin(
            CoursePrerequisite, CoursePrerequisite.course_id == Course.id
        )
    )
    before: dict[str, list[str]] = {}
    for course, slug in rows:
        before.setdefault(course, []).extend([slug] if slug else [])
    return before


def find_quiz_course(quiz_slug: str) -> str | None:
    """Return the slug of the course that a quiz belongs to."""
    return current_session().scalar(
        select(Course.slug).join(Quiz, Quiz.course_id == Course.id).where(Quiz.slug == quiz_slug)
    )


def list_documents(course_ids: Sequence[int]) -> dict[int, list[DocumentRow]]:
    """Return the documents of each course: the course's own, its units in order, its quizzes."""
    latest = (
        select(Revision.document_id, func.max(Revision.number).label("number"))
        .group_by(Revision.document_id)
        .subquery()
    )
    rows = current_session().execute(
        select(
            Document.course_id,
            Document.id,
            Document.path,
            Document.kind,
            func.coalesce(Unit.slug, Quiz.slug, Course.slug).label("slug"),
            Document.language,
            Revision.title,
            Unit.position,
            Document.published_id,
            _published.number.label("published_number"),
            Revision.id.label("latest_id"),
            Revision.number,
            Revision.created_at,
            Person.name,
        )
        .join(Course, Course.id == Document.course_id)
        .join(latest, latest.c.document_id == Document.id)
        .join(Revision, (Revision.document_id == Document.id) & (Revision.number == latest.c.number))
        .outerjoin(_published, _published.id == Document.published_id)
        .outerjoin(Unit, Unit.id == Document.unit_id)
        .outerjoin(Quiz, Quiz.id == Document.quiz_id)
        .outerjoin(Person, Person.id == Revision.author_id)
        .where(Document.course_id.in_(course_ids))
    )
    by_course: dict[int, list[DocumentRow]] = {course_id: [] for course_id in course_ids}
    for row in rows:
        by_course[row[0]].append(DocumentRow(*tuple(row)[1:]))
    order = {"course": 0, "unit": 1, "quiz": 2}
    for documents in by_course.values():
        documents.sort(key=lambda d: (order[d.kind], d.position is None, d.position or 0, d.slug, d.language))
    return by_course


def find_document(path: str) -> DocumentRow | None:
    """Return the document that lies at the path of a bundle, or None."""
    course_id = current_session().scalar(select(Document.course_id).where(Document.path == path))
    if course_id is None:
        return None
    return next((d for d in list_documents([course_id])[course_id] if d.path == path), None)


def get_revision(document_id: int, number: int) -> StoredRevision:
    """Return one revision of a document; raises NotFound."""
    row = (
        current_session()
        .execute(
            select(
                Revision.id,
                Revision.document_id,
                Revision.number,
                Revision.source,
                Revision.sha256,
                Revision.html,
                Person.name,
                Revision.created_at,
                Revision.note,
            )
            .outerjoin(Person, Person.id == Revision.author_id)
            .where(Revision.document_id == document_id, Revision.number == number)
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound
    return StoredRevision(*row)


def list_revisions(document_id: int) -> list[RevisionRow]:
    """Return the history of a document, the newest first."""
    rows = current_session().execute(
        select(Revision.id, Revision.number, Person.name, Revision.created_at, Revision.note, Revision.effect)
        .outerjoin(Person, Person.id == Revision.author_id)
        .where(Revision.document_id == document_id)
        .order_by(Revision.number.desc())
    )
    return [RevisionRow(*row) for row in rows]


def published_files(course_slugs: Iterable[str], *, with_media_data: bool = True) -> list[BundleFile]:
    """Return the published sources and the media of courses, byte for byte, as a bundle lays them out.

    Where only the names of media matter, their data can be left in the database.
    """
    slugs = list(course_slugs)
    documents = current_session().execute(
        select(Document.path, Revision.source)
        .join(Course, Course.id == Document.course_id)
        .join(Revision, Revision.id == Document.published_id)
        .where(Course.slug.in_(slugs))
    )
    media = current_session().execute(
        select(MediaFile.path, MediaFile.data if with_media_data else literal(b""))
        .join(Course, Course.id == MediaFile.course_id)
        .where(Course.slug.in_(slugs))
    )
    files = [place_of(path, data) for path, data in sorted([*documents, *media])]
    return [file for file in files if file is not None]


def shipped_news(files: Iterable[BundleFile]) -> list[BundleFile]:
    """Return the shipped files that the site has not seen yet.

    A file that some revision already holds was imported before; one whose published text a person wrote is hers.
    """
    files = list(files)
    rows = current_session().execute(
        select(Document.path, Revision.sha256, Revision.id == Document.published_id, Revision.author_id)
        .join(Revision, Revision.document_id == Document.id)
        .where(Document.path.in_([file.path for file in files]))
    )
    seen: set[tuple[str, str]] = set()
    taken_over: set[str] = set()
    for path, sha256, is_published, author_id in rows:
        seen.add((path, sha256))
        if is_published and author_id is not None:
            taken_over.add(path)
    return [
        file
        for file in files
        if file.path not in taken_over and (file.path, hashlib.sha256(file.data).hexdigest()) not in seen
    ]


def published_revisions(quiz_id: int) -> list[PinnedRevision]:
    """Return the published revision of each language of a quiz."""
    return [PinnedRevision(*tuple(row)) for row in fetch(_PUBLISHED, quiz=quiz_id)]


_PUBLISHED = (
    select(Document.language, Revision.id, Revision.sha256, Course.language == Document.language)
    .join(Revision, Revision.id == Document.published_id)
    .join(Course, Course.id == Document.course_id)
    .where(Document.quiz_id == bindparam("quiz"))
)


@dataclass(frozen=True, slots=True)
class ShownRevision:
    """Which text of a unit somebody had before her."""

    id: int
    document_id: int
    number: int
    sha256: str


_SHOWN = (
    select(Revision.id, Revision.document_id, Revision.number, Revision.sha256)
    .join(Document, Document.id == Revision.document_id)
    .where(Document.unit_id == bindparam("unit"), Revision.id == bindparam("revision"))
)


def get_shown_revision(unit_id: int, revision_id: int | None) -> ShownRevision | None:
    """Return the revision of the unit that a page named, None where it is none of the unit's."""
    row = fetch(_SHOWN, unit=unit_id, revision=revision_id).one_or_none()
    return None if row is None else ShownRevision(*tuple(row))


_later = aliased(Revision)
_ASKED_AGAIN = (
    select(_later.id)
    .join(Document, Document.id == _later.document_id)
    .join(_published, _published.id == Document.published_id)
    .where(
        Document.id == bindparam("document"),
        _later.effect == "repass",
        _later.number > bindparam("number"),
        _later.number <= _published.number,
    )
    .limit(1)
)


def is_to_pass_again(document_id: int, number: int) -> bool:
    """Tell whether a later text than this revision, up to the published one, asked everyone to pass the unit again."""
    return fetch(_ASKED_AGAIN, document=document_id, number=number).first() is not None


class _QuizCache:
    """Parsed quizzes by their revisions and hashes, the most recently used kept; safe between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._texts: OrderedDict[tuple[PinnedRevision, PinnedRevision], QuizText] = OrderedDict()

    def get(self, key: tuple[PinnedRevision, PinnedRevision]) -> QuizText | None:
        with self._lock:
            if key not in self._texts:
                return None
            self._texts.move_to_end(key)
            return self._texts[key]

    def put(self, key: tuple[PinnedRevision, PinnedRevision], text: QuizText) -> QuizText:
        with self._lock:
            kept = self._texts.setdefault(key, text)
            while len(self._texts) > self._size:
                self._texts.popitem(last=False)
            return kept


_quizzes = _QuizCache(128)


def get_quiz_text(pinned: Sequence[PinnedRevision], languages: Sequence[str]) -> QuizText:
    """Return the quiz in the first of the languages that is pinned; raises NotFound when none is."""
    by_language = {revision.language: revision for revision in pinned}
    chosen = next((by_language[language] for language in languages if language in by_language), None)
    original = next((revision for revision in pinned if revision.is_original), None)
    if chosen is None or original is None:
        raise NotFound
    key = (chosen, original)
    return _quizzes.get(key) or _quizzes.put(key, _load_quiz(chosen, original))


def _load_quiz(chosen: PinnedRevision, original: PinnedRevision) -> QuizText:
    rows = {
        row.id: row
        for row in current_session().execute(
            select(Revision.id, Revision.source, Revision.html).where(
                Revision.id.in_({chosen.revision_id, original.revision_id})
            )
        )
    }
    own = _parsed(rows[chosen.revision_id].source, chosen.language)
    html: dict[str, str] = rows[chosen.revision_id].html
    if chosen.revision_id == original.revision_id:
        return QuizText(own, html, chosen.language, chosen.revision_id)
    twin = with_twin_keys(_parsed(rows[original.revision_id].source, original.language), own)
    return QuizText(twin, html, chosen.language, chosen.revision_id)


def _parsed(source: bytes, language: str) -> QuizFile:
    quiz = parse_quiz(source, file="", language=language).value
    if quiz is None:
        raise ValueError("a published quiz no longer parses")
    return quiz


VALIDITY: tuple[Any, ...] = (Course.valid_for, Course.renew_window, Course.renew_on)


def validity_of(row: Row[Any]) -> Validity | None:
    """Return how long completions of a course are valid, from a row with the columns of `VALIDITY`; None for good."""
    if row.valid_for is None:
        return None
    return Validity(row.valid_for, row.renew_window or 0, read_fixed_day(row.renew_on))
