"""The manager's report as a file, from the command line."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from learning.domain.errors import NotFound
from learning.domain.purposes import PagePurpose
from learning.i18n import current_language, direction
from learning.organizations.queries import get_by_code
from learning.progress.clock import current_moment
from learning.reports.completion import completion as completion_of
from learning.reports.files import Maker, course_document
from learning.reports.queries import course_report, list_course_titles
from learning.reports.services import record_export
from learning.web.clock import now, today
from learning.web.documents import document_data

report = AppGroup("report", help="Reports as files.")


@report.command("completion")
@click.option("--organization", "code", required=True, help="Code of the organization; those below it count.")
@click.option("--course", help="Slug of the course; left out: all of them as JSON, else the first.")
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="Day the figures stand for.")
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx", "pdf", "json"]), default="csv")
@click.option("--output", type=click.Path(path_type=Path), help="File to write; the screen when left out.")
def completion(code: str, course: str | None, as_of: datetime | None, kind: str, output: Path | None) -> None:
    """Write who completed what, for an organization and everything below it."""
    day = min(as_of.date() if as_of else today(), today())
    try:
        path = get_by_code(code).path
        if kind == "json":
            found = asdict(completion_of((path,), code, course=course, as_of=day))
            data = (json.dumps(found, ensure_ascii=False, indent=2, default=str) + "\n").encode()
        else:
            slug = course or next((slug for slug, _title in list_course_titles()), "")
            document = course_document(course_report((path,), slug, day), Maker("", now()))
            language = current_language()
            data = document_data(
                document, kind, language=language, right_to_left=direction(language) == "rtl"
            )
    except NotFound as error:
        raise click.ClickException(f"there is no {error.what!r}") from error
    record_export(
        None,
        f"completion:{code}",
        moment=current_moment(),
        how=kind,
        purpose=PagePurpose.REPORT_FIGURES,
    )
    if output:
        try:
            output.write_bytes(data)
        except OSError as error:
            raise click.ClickException(str(error)) from error
    else:
        sys.stdout.buffer.write(data)
