"""Quizzes that a trainer brings from another system, and takes to one.

An uploaded file is kept aside between looking at it and saving it, below the data of the site, under a name that only
the person who sent it is told.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from learning.audit.services import record
from learning.authoring.conversion import media_of
from learning.authoring.queries import EditedDocument
from learning.courses.models import Document, MediaFile, Quiz
from learning.courses.queries import CourseRow, QuizText, document_path
from learning.courses.services import Publication, compile_files, render_file, store_files
from learning.database import current_session, transaction
from learning.domain.content import QuizFile
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor
from learning.formats.bundle import BundleFile, parse_file
from learning.formats.exchange import Exported, Format, Imported, Target, write_foreign
from learning.formats.quiz import write_quiz
from learning.formats.rendering import Renderer, RenderRefused
from learning.progress.moments import Moment

KEPT_SECONDS = 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,40}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was looked at and not saved yet: its token, name and bytes."""

    token: str
    name: str
    data: bytes


def _folder(data_dir: Path) -> Path:
    folder = data_dir / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep_upload(actor: Actor, name: str, data: bytes, *, data_dir: Path, moment: Moment) -> Upload:
    """Keep a file aside for a day; forgets older ones of everybody, and this person's others."""
    folder = _folder(data_dir)
    for old in folder.iterdir():
        if old.name.startswith(f"{actor.id}-") or old.stat().st_mtime < moment.at.timestamp() - KEPT_SECONDS:
            old.unlink(missing_ok=True)
    upload = Upload(secrets.token_urlsafe(24), name, data)
    path = folder / f"{actor.id}-{upload.token}"
    path.touch(mode=0o600)
    path.write_bytes(name.encode() + b"\0" + data)
    return upload


def find_upload(actor: Actor, token: str, *, data_dir: Path) -> Upload:
    """Return a file that this person sent; raises NotFound."""
    path = _folder(data_dir) / f"{actor.id}-{token}"
    if not _TOKEN.fullmatch(token) or not path.is_file():
        raise NotFound(token)
    name, _, data = path.read_bytes().partition(b"\0")
    return Upload(token, name.decode(), data)


def forget_upload(actor: Actor, token: str, *, data_dir: Path) -> None:
    """Forget a file that was saved."""
    if _TOKEN.fullmatch(token):
        (_folder(data_dir) / f"{actor.id}-{token}").unlink(missing_ok=True)


def read_upload(upload: Upload, form: Format, language: str) -> Imported:
    """Return what is in the file as a quiz in the language of the course."""
    return form.read(upload.data, Target(language, upload.name.split(".", 1)[0]))


def show_imported(course: CourseRow, imported: QuizFile, renderer: Renderer) -> QuizText:
    """Return the questions as they would be asked; raises ContentRejected where they cannot be shown."""
    file = _quiz_file(course, "nhap", imported)
    return QuizText(imported, render_file(file, imported, renderer).html, course.language, 0)


def save_imported(
    actor: Actor,
    course: CourseRow,
    imported: Imported,
    *,
    slug: str,
    title: str,
    renderer: Renderer,
    moment: Moment,
) -> None:
    """Keep an imported quiz as a draft of the course, with its files; raises Refused, ContentRejected."""
    if imported.quiz is None:
        raise Refused("There is no question in the file.")
    media = {path: _own_path(path, slug) for path in imported.media}
    quiz = _parsed(course, slug, replace(imported.quiz, title=title), media)
    files = [
        _quiz_file(course, slug, quiz),
        *(
            BundleFile(f"courses/{course.slug}/{media[path]}", "media", course.slug, "", "", data)
            for path, data in imported.media.items()
        ),
    ]
    if _is_taken(slug):
        raise Refused("There is already a text with the name %(slug)s.", slug=slug, field="slug")
    compiled, _warnings = compile_files(files, renderer)
    with transaction():
        store_files(compiled, Publication(actor.id, moment.at, publish=False), bases={files[0].path: None})
        record("content.imported", files[0].path, actor_id=actor.id, now=moment.at, files=len(files))


def _own_path(path: str, slug: str) -> str:
    """Return a path for a file of this quiz, so that none of the course is overwritten."""
    return path.replace("media/", f"media/{slug}/", 1)


def _quiz_file(course: CourseRow, slug: str, quiz: QuizFile) -> BundleFile:
    path = document_path("quiz", course.slug, slug=slug, language=course.language)
    return BundleFile(path, "quiz", course.slug, slug, course.language, write_quiz(quiz).encode())


def _parsed(course: CourseRow, slug: str, quiz: QuizFile, media: dict[str, str]) -> QuizFile:
    """Return the quiz with the paths of its files changed."""
    source = write_quiz(quiz)
    for path, own in media.items():
        source = source.replace(f"({path})", f"({own})")
    file = replace(_quiz_file(course, slug, quiz), data=source.encode())
    value = parse_file(file).value
    if not isinstance(value, QuizFile):
        raise Refused("There is no question in the file.")
    return value


def _is_taken(slug: str) -> bool:
    with transaction() as session:
        found = session.scalar(
            select(Quiz.id).join(Document, Document.quiz_id == Quiz.id).where(Quiz.slug == slug).limit(1)
        )
    return found is not None


def export_quiz(document: EditedDocument, form: Format, renderer: Renderer) -> Exported:
    """Return the latest text of a quiz for another system, with every loss; raises Refused for one with errors."""
    if document.latest is None:
        raise NotFound(document.slug)
    file = BundleFile(
        document.path, "quiz", document.course.slug, document.slug, document.language, document.latest.source
    )
    value = parse_file(file).value
    if not isinstance(value, QuizFile):
        raise _has_errors()

    def render(fragments: dict[str, str]) -> dict[str, str]:
        return renderer.render(fragments, language=document.language).html

    media = _stored_media(document.course, media_of(document.latest.source.decode()))
    try:
        return write_foreign(value, form, lambda fragments: render(dict(fragments)), media)
    except RenderRefused as refusal:
        raise _has_errors() from refusal


def _has_errors() -> Refused:
    return Refused("The text has errors; correct them in the editor, then export it.")


def _stored_media(course: CourseRow, paths: Sequence[str]) -> dict[str, bytes]:
    prefix = f"courses/{course.slug}/"
    rows = current_session().execute(
        select(MediaFile.path, MediaFile.data).where(MediaFile.path.in_([prefix + path for path in paths]))
    )
    return {row.path.removeprefix(prefix): row.data for row in rows}
