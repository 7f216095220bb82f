"""Commands over content: checking, importing and exporting."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import gettext

from learning.authoring.conversion import EXCHANGED, convert_file
from learning.authoring.services import EFFECTS, export_files, import_files
from learning.config import LANGUAGES
from learning.courses.queries import list_courses
from learning.courses.services import ContentRejected, Publication
from learning.domain.diagnostics import Diagnostic, has_errors
from learning.domain.errors import DomainError
from learning.formats.bundle import BundleRejected, check_paths, read_bundle, write_bundle, write_folder
from learning.i18n import diagnostic_lines
from learning.organizations.services import ensure_organizations
from learning.progress.clock import current_moment

quiz = AppGroup("quiz", help="Quizzes for and from other systems.")
content = AppGroup("content", help="Courses and quizzes as files.")


def _print(diagnostics: list[Diagnostic] | tuple[Diagnostic, ...], *, err: bool = False) -> None:
    for line in diagnostic_lines(diagnostics):
        click.echo(line, err=err)


@content.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """Lint units, quizzes and whole course folders; exit 1 when there is an error."""
    try:
        findings = check_paths(paths, current_app.extensions["renderer"])
    except BundleRejected as rejection:
        findings = list(rejection.diagnostics)
    _print(findings)
    if has_errors(findings):
        raise SystemExit(1)


@content.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--draft", is_flag=True, help="Store without publishing.")
@click.option("--effect", type=click.Choice(EFFECTS), default="wording")
@click.option("--dry-run", is_flag=True, help="Print what would change and change nothing.")
def import_(path: Path, *, draft: bool, effect: str, dry_run: bool) -> None:
    """Import a folder or ZIP with courses/ and quizzes/, whole or not at all."""
    moment = current_moment()
    ensure_organizations()
    try:
        changes, warnings = import_files(
            read_bundle(path).files,
            Publication(None, moment.at, effect=effect, publish=not draft),
            renderer=current_app.extensions["renderer"],
            moment=moment,
            dry_run=dry_run,
        )
    except (BundleRejected, ContentRejected) as rejection:
        _print(rejection.diagnostics, err=True)
        raise click.ClickException("nothing was imported") from rejection
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    _print(warnings, err=True)
    for change in changes:
        click.echo(f"{change.status.value} {change.path}")


@content.command("export")
@click.argument("names", nargs=-1, metavar="[COURSE...] [FILE.zip]")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Write a folder instead of a ZIP.")
def export(names: tuple[str, ...], folder: Path | None) -> None:
    """Write the published files of the courses named, or of all, byte for byte."""
    courses = list(names if folder else names[:-1])
    if not folder and (not names or not names[-1].endswith(".zip")):
        raise click.UsageError("name the file to write, ending in .zip, or give --to DIR")
    try:
        files = export_files(courses or [course.slug for course in list_courses(("/",))])
    except DomainError as error:
        raise click.ClickException(f"there is no course {getattr(error, 'what', '')}") from error
    try:
        if folder:
            write_folder(files, folder)
        else:
            Path(names[-1]).write_bytes(write_bundle(files))
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(files)} files")


@quiz.command("convert")
@click.argument("source", metavar="IN", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("result", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "source_format", type=click.Choice(EXCHANGED), help="Default: by the ending of IN.")
@click.option("--to", "result_format", type=click.Choice(EXCHANGED), help="Default: by the ending of OUT.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), help="Default: by the name NAME.vi.quiz.md, else vi."
)
def convert(
    source: Path, result: Path, *, source_format: str | None, result_format: str | None, language: str | None
) -> None:
    """Convert a quiz, and print what is lost: `question-id: what`; exit 1 when nothing can be converted."""
    try:
        converted = convert_file(
            source,
            result,
            formats=(source_format, result_format),
            language=language,
            render=lambda fragments: current_app.extensions["renderer"].render(fragments).html,
        )
    except ContentRejected as rejection:
        _print(rejection.diagnostics, err=True)
        raise click.ClickException("nothing was converted") from rejection
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(str(error)) from error
    for loss in converted.losses:
        place = loss.question or (f"line {loss.line}" if loss.line else "quiz")
        line = f" ({gettext('Line %(number)s', number=loss.line)})" if loss.question and loss.line else ""
        click.echo(f"{place}: {loss.code} {loss.text(gettext)}{line}")
    if not converted.is_written:
        raise click.ClickException("nothing was converted")
