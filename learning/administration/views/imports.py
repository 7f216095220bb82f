"""Files of people and of organizations: sent, looked at, confirmed, and followed until they were taken over."""

from flask import Response, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.administration import runs
from learning.administration.forms import FileForm
from learning.administration.views.base import blueprint
from learning.domain.errors import Refused
from learning.domain.permissions import Permission
from learning.formats.roster import TEMPLATES
from learning.i18n import row_error_text
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.downloads import csv_response
from learning.web.forms import see_other

PEOPLE = Permission.PEOPLE_MANAGE
SHOWN_RUNS, SHOWN_ERRORS = 10, 100


@blueprint.route("/people/import", methods=["GET", "POST"])
@requires(PEOPLE)
def import_people() -> ResponseReturnValue:
    """Send a file of people to be looked at."""
    return _look("people")


@blueprint.route("/organizations/import", methods=["GET", "POST"])
@requires(PEOPLE)
def import_organizations() -> ResponseReturnValue:
    """Send a file of organizations to be looked at."""
    return _look("organizations")


def _look(kind: str) -> ResponseReturnValue:
    actor, form = get_actor(), FileForm()
    if form.validate_on_submit():
        try:
            run = runs.check_file(kind, form.file.data.read(), actor=actor, moment=current_moment())
        except Refused as refusal:
            form.file.errors = [_(refusal.message, **refusal.params), _("Nothing was changed.")]
        else:
            return see_other(url_for("administration.import_run", number=run))
    earlier = runs.list_runs(kind, actor=actor, most=SHOWN_RUNS)
    page = {"form": form, "kind": kind, "earlier": earlier, "most": runs.MOST_BYTES // 1024**2}
    return render_template("administration/import.html", **page), 422 if form.errors else 200


@blueprint.get("/people/import/template.csv")
@requires(PEOPLE)
def people_template() -> Response:
    """Give an empty file of people with its headings."""
    return csv_response([TEMPLATES["people"]], "mau-nguoi-dung.csv")


@blueprint.get("/organizations/import/template.csv")
@requires(PEOPLE)
def organizations_template() -> Response:
    """Give an empty file of organizations with its headings."""
    return csv_response([TEMPLATES["organizations"]], "mau-don-vi.csv")


@blueprint.get("/imports/<int:number>/")
@requires(PEOPLE)
def import_run(number: int) -> str:
    """Show what a file would change or has changed, and how far it is."""
    run = runs.get_run(number, actor=get_actor())
    told = [(error, row_error_text(error)) for error in run.errors[:SHOWN_ERRORS]]
    return render_template("administration/import_run.html", run=run, told=told)


@blueprint.get("/imports/<int:number>/errors.csv")
@requires(PEOPLE)
def import_errors(number: int) -> Response:
    """Give what is wrong in a file as a table."""
    run = runs.get_run(number, actor=get_actor())
    rows = [(error.row or None, error.column, row_error_text(error)) for error in run.errors]
    return csv_response([(_("Row"), _("Column"), _("What is wrong")), *rows], f"errors-{number}.csv")


@blueprint.post("/imports/<int:number>/confirm")
@requires(PEOPLE)
def confirm_import(number: int) -> ResponseReturnValue:
    """Have a file that was looked at taken over."""
    if not runs.confirm(number, actor=get_actor(), moment=current_moment()):
        flash(_("This was confirmed before."), "info")
    return see_other(url_for("administration.import_run", number=number))
