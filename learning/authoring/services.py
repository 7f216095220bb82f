"""What a trainer does: previewing, saving drafts, publishing with an effect, importing and exporting."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from learning.audit.services import record, record_disclosure
from learning.authoring.queries import EditedDocument
from learning.courses.models import Unit
from learning.courses.queries import QuizText, find_course, get_course, published_files
from learning.courses.services import (
    ContentRejected,
    FileChange,
    Publication,
    Status,
    check_files,
    compile_files,
    render_file,
    store_draft,
    store_files,
)
from learning.database import transaction
from learning.domain.content import CourseFile, QuizFile
from learning.domain.diagnostics import Diagnostic
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Permission
from learning.domain.purposes import PagePurpose
from learning.formats.bundle import BundleFile, Kind, parse_file
from learning.formats.rendering import Renderer
from learning.organizations.queries import get_by_code
from learning.organizations.services import DEPARTMENT_CODE
from learning.progress.moments import Moment
from learning.progress.services import complete_courses, open_new_round

EFFECTS = ("wording", "reread", "repass")


@dataclass(frozen=True, slots=True)
class Preview:
    """A text as readers would see it: HTML of a course or unit, a quiz to look at, or neither; and findings."""

    html: str | None
    quiz: QuizText | None
    diagnostics: tuple[Diagnostic, ...]


def file_of(document: EditedDocument, source: str) -> BundleFile:
    """Return the text of the editor as the file it is."""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    return BundleFile(
        document.path, document.kind, document.course.slug, document.slug, document.language, text.encode()
    )


def preview(document: EditedDocument, source: str, renderer: Renderer) -> Preview:
    """Check and render a text with the renderer that publishes it; errors are findings, never raised."""
    file = file_of(document, source)
    findings = check_files([file])
    value = parse_file(file).value
    if value is None:
        return Preview(None, None, tuple(findings))
    try:
        compiled = render_file(file, value, renderer)
    except ContentRejected as rejection:
        return Preview(None, None, (*findings, *rejection.diagnostics))
    if isinstance(value, QuizFile):
        return Preview(None, QuizText(value, compiled.html, file.language, 0), tuple(findings))
    return Preview(compiled.html.get("body", ""), None, tuple(findings))


def save_draft(
    actor: Actor, document: EditedDocument, source: str, *, note: str, base: int | None, moment: Moment
) -> FileChange:
    """Keep the text as it is, errors and all, without showing it to readers; raises EditConflict."""
    title = document.row.title if document.row else document.slug
    return store_draft(
        file_of(document, source),
        Publication(actor.id, moment.at, note=note, publish=False),
        base=base,
        title=title,
    )


def publish(
    actor: Actor,
    document: EditedDocument,
    source: str,
    *,
    note: str,
    effect: str,
    base: int | None,
    renderer: Renderer,
    moment: Moment,
) -> FileChange:
    """Show the text to readers and apply the effect the author chose; raises ContentRejected, EditConflict."""
    if not actor.may(Permission.COURSE_PUBLISH, document.course.owner_path):
        raise NotFound(document.slug)
    file = file_of(document, source)
    _check_rights(actor, [file])
    compiled, _warnings = compile_files([file], renderer)
    publication = Publication(actor.id, moment.at, note=note, effect=effect)
    with transaction():
        changes = store_files(compiled, publication, bases={file.path: base})
        _apply(changes, publication, course_slugs={document.course.slug}, moment=moment)
        record(
            "content.published",
            file.path,
            actor_id=actor.id,
            now=moment.at,
            effect=effect,
            revision=changes[0].revision_id or 0,
        )
    return changes[0]


def import_files(
    files: Sequence[BundleFile],
    publication: Publication,
    *,
    renderer: Renderer,
    moment: Moment,
    actor: Actor | None = None,
    dry_run: bool = False,
) -> tuple[list[FileChange], list[Diagnostic]]:
    """Store the files of a bundle, whole or not at all; returns what became of each, and the warnings.

    An actor may only import into courses she may edit, and new ones where she holds the right.
    Raises ContentRejected, NotFound, Refused.
    """
    if actor is not None:
        _check_rights(actor, files)
    compiled, warnings = compile_files(files, renderer)
    with transaction() as session:
        changes = store_files(compiled, publication)
        if publication.publish:
            _apply(changes, publication, course_slugs={file.course for file in files}, moment=moment)
        if dry_run:
            session.rollback()
            return changes, warnings
        if any(change.status is not Status.UNCHANGED for change in changes):
            record(
                "content.imported",
                "bundle",
                actor_id=publication.author_id,
                now=moment.at,
                files=len(changes),
                effect=publication.effect,
            )
    return changes, warnings


def _check_rights(actor: Actor, files: Sequence[BundleFile]) -> None:
    """Refuse files of courses that belong, or would come to belong, where the actor may not publish."""
    for slug in sorted({file.course for file in files}):
        course = find_course(slug)
        named = [file for file in files if file.course == slug and file.kind == "course"]
        owners = {owner for file in named if (owner := _owner_in(file))}
        paths = {_path_of(code) for code in owners}
        if course is not None:
            paths.add(course.owner_path)
        elif not owners:
            paths.add(_path_of(DEPARTMENT_CODE))
        if not all(actor.may(Permission.COURSE_PUBLISH, path) for path in paths):
            raise Refused(
                "The course %(slug)s belongs to another organization.", field=f"courses/{slug}/", slug=slug
            )


def _owner_in(file: BundleFile) -> str | None:
    value = parse_file(file).value
    return value.owner if isinstance(value, CourseFile) else None


def _path_of(code: str) -> str:
    try:
        return get_by_code(code).path
    except NotFound as error:
        raise Refused("There is no organization with the code %(code)s.", code=code) from error


def _apply(
    changes: Sequence[FileChange], publication: Publication, *, course_slugs: set[str], moment: Moment
) -> None:
    """Apply the effect to the units that changed, and complete courses whose units became fewer."""
    changed = [change for change in changes if change.status is Status.CHANGED]
    if publication.effect == "repass":
        for unit_id in _units_of(changed):
            open_new_round(unit_id, moment=moment)
    if changed:
        for slug in sorted(course_slugs):
            complete_courses(get_course(slug).id, moment=moment)


def _units_of(changes: Sequence[FileChange]) -> list[int]:
    """Return the units that the changes concern: the unit itself, and those that ask for a changed quiz."""
    units = {change.unit_id for change in changes if change.unit_id is not None}
    quizzes = {change.quiz_id for change in changes if change.quiz_id is not None}
    with transaction() as session:
        units |= set(session.scalars(select(Unit.id).where(Unit.quiz_id.in_(quizzes))))
    return sorted(units)


def add_document(
    actor: Actor,
    course_slug: str,
    *,
    kind: Kind,
    slug: str,
    title: str,
    path: str,
    language: str,
    moment: Moment,
) -> None:
    """Begin a unit or quiz with a text that shows its form; raises Refused when the name is taken."""
    if any(file.path == path for file in published_files([course_slug])):
        raise Refused("There is already a text with the name %(slug)s.", slug=slug)
    skeleton = _SKELETONS[kind].format(title=title)
    file = BundleFile(path, kind, course_slug, slug, language, skeleton.encode())
    store_draft(file, Publication(actor.id, moment.at, publish=False), base=None, title=title)


_SKELETONS = {
    "unit": "---\ntitle: {title}\nsummary: \nminutes: 10\ncompletion: read\n---\n\n## \n\n",
    "quiz": (
        "---\ntitle: {title}\npreset: practice\n---\n\n"
        "## Câu hỏi 1 {{#cau-1}}\n\n\n\n- [ ] \n- [x] \n\n> **Giải thích:** \n"
    ),
}


def export_files(course_slugs: Sequence[str]) -> list[BundleFile]:
    """Return the published files of courses byte for byte; raises NotFound for an unknown course."""
    for slug in course_slugs:
        get_course(slug)
    return published_files(course_slugs)


def note_export(
    actor: Actor, what: str, *, how: str, moment: Moment, purpose: PagePurpose = PagePurpose.WRITE_COURSE
) -> None:
    """Put on record that a course, a quiz or its figures went out as a file; nobody is named in it."""
    record_disclosure("content.exported", what, actor_id=actor.id, now=moment.at, purpose=purpose, how=how)
