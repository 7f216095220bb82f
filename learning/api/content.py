"""Courses and quizzes as files: bringing a bundle in, and taking a course out byte for byte."""

from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from learning.authoring.queries import get_editable_course
from learning.authoring.services import export_files, import_files, note_export
from learning.courses.services import ContentRejected, Publication, Status
from learning.domain.diagnostics import Diagnostic, Severity
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor
from learning.formats.bundle import BundleRejected, read_bundle, write_bundle
from learning.formats.rendering import Renderer
from learning.progress.moments import Moment

Translate = Callable[[str], str]


class ImportQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to bring files in: only to see what would change, as drafts, with which effect on those who are done."""

    dry_run: bool = False
    draft: bool = False
    effect: Literal["wording", "reread", "repass"] = "wording"


class ImportedFile(Struct, frozen=True, kw_only=True):
    """What became, or would become, of one file."""

    status: Status
    path: str


class Finding(Struct, frozen=True, kw_only=True):
    """What was found at a place of a file; line and column count from 1."""

    file: str
    line: int
    column: int
    code: str
    severity: Severity
    message: str


class ImportResult(Struct, frozen=True, kw_only=True):
    """The files of the bundle, and the warnings about them."""

    files: list[ImportedFile]
    diagnostics: list[Finding]


class FilesRefused(Refused):
    """The files have errors, and nothing was stored; `errors` are places, `file:line:column`, and messages."""

    def __init__(self, errors: Iterable[tuple[str, str]]) -> None:
        super().__init__("The files have errors; nothing was imported.")
        self.errors = tuple(errors)


def import_content(
    actor: Actor,
    query: ImportQuery,
    data: bytes,
    *,
    renderer: Renderer,
    moment: Moment,
    translate: Translate,
) -> ImportResult:
    """Bring the files of a ZIP in, whole or not at all.

    Raises FilesRefused for a ZIP or for texts with errors, Refused for a course of another organization.
    """
    publication = Publication(actor.id, moment.at, effect=query.effect, publish=not query.draft)
    try:
        changes, warnings = import_files(
            read_bundle(data).files,
            publication,
            renderer=renderer,
            moment=moment,
            actor=actor,
            dry_run=query.dry_run,
        )
    except (BundleRejected, ContentRejected) as rejection:
        raise FilesRefused(
            (f"{found.file}:{found.line}:{found.column}", f"{found.code} {found.text(translate)}")
            for found in _in_order(rejection.diagnostics)
            if found.is_error
        ) from rejection
    return ImportResult(
        files=[ImportedFile(status=change.status, path=change.path) for change in changes],
        diagnostics=[_finding(found, translate) for found in _in_order(warnings)],
    )


def _in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    return sorted(diagnostics, key=lambda found: (found.file, found.line, found.column, found.code))


def _finding(found: Diagnostic, translate: Translate) -> Finding:
    return Finding(
        file=found.file,
        line=found.line,
        column=found.column,
        code=found.code,
        severity=found.severity,
        message=found.text(translate),
    )


def export_content(actor: Actor, course: str, *, moment: Moment) -> bytes:
    """Return the ZIP of a course's published files, the same as the command writes.

    Raises NotFound for a course the actor may not edit, and for one of which nothing is published.
    """
    get_editable_course(actor, course)
    files = export_files([course])
    if not files:
        raise NotFound(course)
    note_export(actor, f"course:{course}", how="api", moment=moment)
    return write_bundle(files)
