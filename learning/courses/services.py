"""Writing courses: checking and rendering files, and storing them as revisions.

Shipped files, browser edits and imports all come in here. `compile_files` parses, checks and renders outside
any transaction; `store_files` writes what it made.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update

from learning.courses.media import base_of, picture_of, store_media
from learning.courses.mirroring import mirror_course
from learning.courses.models import MEDIA_PATH_MAXIMUM, Course, Document, MediaFile, Quiz, Revision, Unit
from learning.courses.queries import list_prerequisites, published_files
from learning.database import transaction, upsert
from learning.domain.content import CourseFile, QuizFile, UnitFile
from learning.domain.diagnostics import Diagnostic, Findings, diagnostic, has_errors
from learning.domain.errors import Conflict, Refused
from learning.formats.bundle import Bundle, BundleFile, check_bundle, not_a_picture, parse_file, place_of
from learning.formats.bundle.checks import AnyFile
from learning.formats.pictures import BadPicture
from learning.formats.quiz_history import check_history
from learning.formats.rendering import (
    RENDERER_VERSION,
    Renderer,
    RenderRefused,
    fragments_of_course,
    fragments_of_quiz,
    fragments_of_unit,
)
from learning.organizations.models import Organization
from learning.organizations.services import DEPARTMENT_CODE

_ORDER = {"course": 0, "quiz": 1, "unit": 2, "media": 3}


class ContentRejected(Exception):
    """The files have errors; nothing was stored. `diagnostics` holds all findings, warnings too."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(f"{len(diagnostics)} findings")
        self.diagnostics = tuple(diagnostics)


class EditConflict(Conflict):
    """Somebody saved the document since the editor read it."""

    def __init__(self) -> None:
        super().__init__("Somebody saved this text after you opened it. Both texts are shown below.")


class Status(StrEnum):
    """What a file of a bundle means to the site."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class CompiledFile:
    """A file that was read, checked and rendered, ready to be stored; a picture as it is `served`."""

    file: BundleFile
    sha256: str
    value: AnyFile | None
    html: Mapping[str, str]
    toc: tuple[tuple[str, str, int], ...]
    served: bytes | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """What became of one file; ids are None for media and for what did not change."""

    path: str
    status: Status
    unit_id: int | None = None
    quiz_id: int | None = None
    revision_id: int | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """How files are stored: by whom, when, with which note and effect, and whether readers see them now."""

    author_id: int | None
    now: datetime
    note: str = ""
    effect: str = "wording"
    publish: bool = True


def check_files(files: Sequence[BundleFile]) -> list[Diagnostic]:
    """Check files together with what is published of their courses; findings of these files only."""
    paths = {file.path for file in files}
    context = published_files({file.course for file in files}, with_media_data=False)
    together = [file for file in context if file.path not in paths] + list(files)
    bundle = Bundle(tuple(sorted(together, key=lambda file: file.path)))
    findings = check_bundle(bundle, others=list_prerequisites())
    earlier = {file.path: file for file in context}
    findings += [
        found for file in files if file.path in earlier for found in _history(earlier[file.path], file)
    ]
    findings += [_not_portable(path) for path in paths if len(path) > MEDIA_PATH_MAXIMUM]
    return [finding for finding in findings if finding.file in paths]


def _history(before: BundleFile, now: BundleFile) -> Sequence[Diagnostic]:
    """Return what publishing a quiz does to answers given to the text that is published."""
    if now.kind != "quiz" or before.data == now.data:
        return ()
    earlier, later = (parse_file(file).value for file in (before, now))
    findings = Findings(now.path, "Q")
    if isinstance(earlier, QuizFile) and isinstance(later, QuizFile):
        check_history(earlier, later, findings)
    return findings.all()


def _not_portable(path: str) -> Diagnostic:
    return diagnostic("B002", file=path, line=1, column=1)


def render_file(file: BundleFile, value: AnyFile, renderer: Renderer) -> CompiledFile:
    """Render a parsed file in the standing process; raises ContentRejected when it takes too long or breaks."""
    if isinstance(value, QuizFile):
        fragments = fragments_of_quiz(value)
    elif isinstance(value, UnitFile):
        fragments = fragments_of_unit(value)
    else:
        fragments = fragments_of_course(value)
    try:
        rendered = renderer.render(fragments, language=file.language, media_base=base_of(file.course))
    except RenderRefused as refusal:
        raise ContentRejected([refusal.diagnostic(file.path, file.kind)]) from refusal
    toc = tuple((heading.id, heading.title, heading.level) for heading in rendered.toc)
    return CompiledFile(file, hashlib.sha256(file.data).hexdigest(), value, rendered.html, toc)


def compile_files(
    files: Sequence[BundleFile], renderer: Renderer
) -> tuple[list[CompiledFile], list[Diagnostic]]:
    """Check all files and render those that differ from what is published; raises ContentRejected.

    Returns the compiled files, unchanged ones without HTML, and the warnings.
    """
    findings = check_files(files)
    if has_errors(findings):
        raise ContentRejected(findings)
    published = _published_hashes(files)
    compiled = []
    for file in sorted(files, key=lambda file: (_ORDER[file.kind], file.path)):
        sha256 = hashlib.sha256(file.data).hexdigest()
        if published.get(file.path) == sha256:
            compiled.append(CompiledFile(file, sha256, None, {}, ()))
            continue
        if file.kind == "media":
            compiled.append(_compile_media(file, sha256))
            continue
        parsed = parse_file(file)
        if parsed.value is None:
            raise ContentRejected(parsed.diagnostics)
        compiled.append(render_file(file, parsed.value, renderer))
    return compiled, findings


def _compile_media(file: BundleFile, sha256: str) -> CompiledFile:
    try:
        return CompiledFile(file, sha256, None, {}, (), picture_of(file))
    except BadPicture as bad:
        raise ContentRejected([not_a_picture(file.path)]) from bad


def _published_hashes(files: Iterable[BundleFile]) -> dict[str, str]:
    with transaction() as session:
        courses = {file.course for file in files}
        rows = session.execute(
            select(Document.path, Revision.sha256)
            .join(Revision, Revision.id == Document.published_id)
            .join(Course, Course.id == Document.course_id)
            .where(Course.slug.in_(courses))
        )
        media = session.execute(
            select(MediaFile.path, MediaFile.sha256)
            .join(Course, Course.id == MediaFile.course_id)
            .where(Course.slug.in_(courses))
        )
        return dict([*rows, *media])


def store_files(
    compiled: Sequence[CompiledFile],
    publication: Publication,
    *,
    bases: Mapping[str, int | None] | None = None,
) -> list[FileChange]:
    """Store the files, whole or not at all; raises EditConflict, Refused.

    `bases` names by path the latest revision that the author had before her (None: the file is new to her).
    """
    with transaction() as session:
        published = _published_hashes([item.file for item in compiled])
        changes = []
        for item in compiled:
            path = item.file.path
            if published.get(path) == item.sha256 or (
                not publication.publish and _latest_hash(path) == item.sha256
            ):
                changes.append(FileChange(path, Status.UNCHANGED))
                continue
            status = Status.CHANGED if path in published else Status.NEW
            if item.file.kind == "media":
                store_media(item.file, item.sha256, item.served)
                changes.append(FileChange(path, status))
                continue
            if item.value is None:  # it was what is published when it was compiled, and so not rendered
                raise EditConflict
            document = _get_or_add_document(item.file)
            if bases is not None and path in bases and bases[path] != _latest_id(document.id):
                raise EditConflict
            revision = _add_revision(document, item, publication)
            if publication.publish:
                document.published_id = revision.id
                session.flush()
                _mirror(item, document)
            changes.append(FileChange(path, status, document.unit_id, document.quiz_id, revision.id))
        return changes


def store_draft(file: BundleFile, publication: Publication, *, base: int | None, title: str) -> FileChange:
    """Keep a text as a draft, errors and all; raises EditConflict."""
    with transaction():
        document = _get_or_add_document(file)
        if base != _latest_id(document.id):
            raise EditConflict
        item = CompiledFile(file, hashlib.sha256(file.data).hexdigest(), None, {}, ())
        revision = _add_revision(document, item, publication, title=title)
        return FileChange(file.path, Status.CHANGED, document.unit_id, document.quiz_id, revision.id)


def _latest_id(document_id: int) -> int | None:
    with transaction() as session:
        return session.scalar(
            select(Revision.id)
            .where(Revision.document_id == document_id)
            .order_by(Revision.number.desc())
            .limit(1)
        )


def _latest_hash(path: str) -> str | None:
    with transaction() as session:
        return session.scalar(
            select(Revision.sha256)
            .join(Document, Document.id == Revision.document_id)
            .where(Document.path == path)
            .order_by(Revision.number.desc())
            .limit(1)
        )


def _get_or_add_document(file: BundleFile) -> Document:
    with transaction() as session:
        document = session.scalar(select(Document).where(Document.path == file.path).with_for_update())
        if document is not None:
            return document
        course = _get_or_add_course(file)
        unit_id = _get_or_add_unit(course.id, file.slug).id if file.kind == "unit" else None
        quiz_id = _get_or_add_quiz(course.id, file.slug).id if file.kind == "quiz" else None
        # Where another request begins the same text at this moment, its row is waited for and taken.
        session.execute(
            upsert(session, Document)
            .values(
                path=file.path,
                kind=file.kind,
                language=file.language,
                course_id=course.id,
                unit_id=unit_id,
                quiz_id=quiz_id,
            )
            .on_conflict_do_nothing()
        )
        return session.scalars(select(Document).where(Document.path == file.path).with_for_update()).one()


def _get_or_add_course(file: BundleFile) -> Course:
    with transaction() as session:
        course = session.scalar(select(Course).where(Course.slug == file.course))
        if course is None:
            course = Course(
                slug=file.course, language=file.language, owner_id=_organization_id(DEPARTMENT_CODE)
            )
            session.add(course)
            session.flush()
        return course


def _get_or_add_unit(course_id: int, slug: str) -> Unit:
    with transaction() as session:
        unit = session.scalar(select(Unit).where(Unit.course_id == course_id, Unit.slug == slug))
        if unit is None:
            unit = Unit(course_id=course_id, slug=slug)
            session.add(unit)
            session.flush()
        return unit


def _get_or_add_quiz(course_id: int, slug: str) -> Quiz:
    with transaction() as session:
        quiz = session.scalar(select(Quiz).where(Quiz.slug == slug))
        if quiz is None:
            quiz = Quiz(course_id=course_id, slug=slug)
            session.add(quiz)
            session.flush()
        elif quiz.course_id != course_id:
            raise Refused("The quiz %(slug)s belongs to another course already.", slug=slug)
        return quiz


def _organization_id(code: str) -> int:
    with transaction() as session:
        found = session.scalar(select(Organization.id).where(Organization.code == code))
        if found is None:
            raise Refused("There is no organization with the code %(code)s.", code=code)
        return found


def _add_revision(
    document: Document, item: CompiledFile, publication: Publication, *, title: str | None = None
) -> Revision:
    with transaction() as session:
        latest = session.scalar(
            select(Revision.number)
            .where(Revision.document_id == document.id)
            .order_by(Revision.number.desc())
            .limit(1)
        )
        value = item.value
        summary = value.summary if isinstance(value, CourseFile | UnitFile) else ""
        revision = Revision(
            document_id=document.id,
            number=(latest or 0) + 1,
            source=item.file.data,
            sha256=item.sha256,
            title=(value.title if value else title) or item.file.slug,
            summary=summary or "",
            html=dict(item.html),
            toc=[list(heading) for heading in item.toc],
            renderer=RENDERER_VERSION if value else "",
            note=publication.note,
            effect=publication.effect,
            author_id=publication.author_id,
            created_at=publication.now,
        )
        session.add(revision)
        session.flush()
        return revision


def _mirror(item: CompiledFile, document: Document) -> None:
    """Copy the settings of a published original to the rows that queries read."""
    value = item.value
    with transaction() as session:
        if isinstance(value, CourseFile) and value.is_original:
            course = session.get_one(Course, document.course_id)
            course.language = item.file.language
            course.is_published = True
            if value.owner:
                course.owner_id = _organization_id(value.owner)
            mirror_course(course, value)
            session.execute(update(Unit).where(Unit.course_id == course.id).values(position=None))
            for position, slug in enumerate(value.units, start=1):
                _get_or_add_unit(course.id, slug).position = position
        elif isinstance(value, UnitFile) and document.unit_id is not None:
            course = session.get_one(Course, document.course_id)
            unit = session.get_one(Unit, document.unit_id)
            unit.is_published = True
            if item.file.language == course.language:
                unit.required = value.required
                unit.minutes = value.minutes
                unit.reviewed_on = value.reviewed_on
                unit.section = value.section
                unit.completion = ",".join(value.completion)
                unit.quiz_id = _get_or_add_quiz(course.id, value.quiz).id if value.quiz else None
        session.flush()


def render_anew(renderer: Renderer) -> int:
    """Render again what an earlier version of the renderer made; returns how many revisions.

    A text that cannot be rendered any more keeps the HTML it has.
    """
    with transaction() as session:
        rows = session.execute(
            select(Revision, Document.path)
            .join(Document, Document.id == Revision.document_id)
            .where(Revision.renderer.not_in(["", RENDERER_VERSION]))
            .order_by(Revision.id)
        ).all()
        for revision, path in rows:
            file = place_of(path, revision.source)
            value = parse_file(file).value if file else None
            if file is None or value is None:
                continue
            try:
                compiled = render_file(file, value, renderer)
            except ContentRejected:
                continue
            revision.html, revision.toc = dict(compiled.html), [list(heading) for heading in compiled.toc]
            revision.renderer = RENDERER_VERSION
        return len(rows)
