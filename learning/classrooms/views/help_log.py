"""The log of help: one's own entries, and the sums of a manager's organizations."""

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.classrooms import help_log
from learning.classrooms.files import help_document
from learning.classrooms.forms import HELP_KINDS, HelpForm, help_data
from learning.classrooms.queries.help_log import (
    HelpRow,
    HelpSums,
    get_own_entry,
    list_own_entries,
    list_own_places,
    sum_help,
)
from learning.classrooms.views.base import blueprint
from learning.domain.errors import DomainError, NotFound, Refused
from learning.domain.help_log import period_of, recent_periods
from learning.domain.permissions import Permission
from learning.i18n import current_language, direction
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.clock import today
from learning.web.documents import document_response
from learning.web.forms import see_other

OWN, READ = Permission.HELP_LOG_OWN, Permission.HELP_LOG_READ


@blueprint.route("/log/", methods=["GET", "POST"])
@requires(OWN)
def help_entries() -> ResponseReturnValue:
    """List one's own entries, and write another."""
    form = _form({"helped_on": today()})
    if not form.validate_on_submit():
        return _entries_page(form, 422 if form.errors else 200)
    try:
        help_log.write_entry(get_actor(), form.entry(), moment=current_moment())
    except (Refused, NotFound) as refusal:
        return _entries_page(form, 422, refusal)
    flash(_("Written into the log. Thank you."), "success")
    return see_other(url_for("classrooms.help_entries"))


def _form(data: dict[str, object]) -> HelpForm:
    form = HelpForm(data=data)
    form.offer({code: name for code, (_id, name) in list_own_places(get_actor()).items()})
    return form


def _show(form: HelpForm, refusal: DomainError | None) -> bool:
    """Say beside its field why an entry is not taken; returns whether its writer may say that she is sure."""
    if refusal is None:
        return bool(form.sure.data)
    form[refusal.field].errors = [_(refusal.message, **refusal.params)]
    return isinstance(refusal, help_log.NumberOfSomebody)


def _entries_page(form: HelpForm, status: int, refusal: DomainError | None = None) -> ResponseReturnValue:
    asks = _show(form, refusal)
    page = render_template(
        "classrooms/help_entries.html",
        form=form,
        entries=list_own_entries(get_actor()),
        kinds=HELP_KINDS,
        asks_whether_sure=asks,
    )
    return page, status


@blueprint.route("/log/<int:entry>/", methods=["GET", "POST"])
@requires(OWN)
def help_entry(entry: int) -> ResponseReturnValue:
    """Change one's own entry while it is new."""
    found = get_own_entry(get_actor(), entry)
    form = _form(help_data(found))
    if not form.validate_on_submit():
        return _entry_page(found, form, 422 if form.errors else 200)
    try:
        help_log.change_entry(get_actor(), entry, form.entry(), moment=current_moment())
    except (Refused, NotFound) as refusal:
        if not refusal.field:
            raise
        return _entry_page(found, form, 422, refusal)
    flash(_("Saved."), "success")
    return see_other(url_for("classrooms.help_entries"))


def _entry_page(
    entry: HelpRow, form: HelpForm, status: int, refusal: DomainError | None = None
) -> ResponseReturnValue:
    until = help_log.open_until(entry)
    asks = _show(form, refusal)
    page = render_template(
        "classrooms/help_entry.html",
        entry=entry,
        form=form,
        until=until,
        is_open=today() <= until,
        kinds=HELP_KINDS,
        asks_whether_sure=asks,
    )
    return page, status


@blueprint.post("/log/<int:entry>/deletion")
@requires(OWN)
def delete_help_entry(entry: int) -> ResponseReturnValue:
    """Take one's own entry out of the log while it is new."""
    help_log.delete_entry(get_actor(), entry, moment=current_moment())
    flash(_("Taken out of the log."), "success")
    return see_other(url_for("classrooms.help_entries"))


def _sums() -> HelpSums:
    """Return the period that is asked for, the present month without one."""
    known = recent_periods(today())
    period = period_of(request.args.get("period", "")) or known[0]
    return sum_help(get_actor().scope(READ), period)


@blueprint.get("/log/summary")
@requires(READ)
def help_summary() -> str:
    """Sum up the log over the reader's organizations."""
    return render_template(
        "classrooms/help_summary.html", page=_sums(), periods=recent_periods(today()), kinds=HELP_KINDS
    )


@blueprint.get("/log/summary.<any(csv, xlsx):kind>")
@requires(READ)
def help_summary_file(kind: str) -> Response:
    """Download the sums and entries of a period, which is put on record."""
    page, moment = _sums(), current_moment()
    help_log.note_export(get_actor(), page.period, kind=kind, moment=moment)
    document = help_document(page, {kind: str(name) for kind, name in HELP_KINDS.items()})
    language = current_language()
    return document_response(document, kind, language=language, right_to_left=direction(language) == "rtl")
