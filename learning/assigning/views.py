"""Pages of assignments: the list with making another, and one with whom it covers."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import SelectChoice

from learning.assigning import queries, services
from learning.assigning.forms import AssignmentForm, ChangeForm
from learning.assigning.queries import AssignmentPage, Effect, PeoplePage, Preview
from learning.domain.errors import Conflict, Refused
from learning.domain.membership import AUDIENCE_NAMES
from learning.domain.permissions import Permission
from learning.organizations.queries import list_within
from learning.progress.clock import current_moment
from learning.progress.coverage import list_assignments
from learning.web.access import get_actor, requires
from learning.web.clock import today
from learning.web.forms import Form, see_other

blueprint = Blueprint("assigning", __name__)
MANAGE = Permission.ASSIGNMENT_MANAGE
LONGEST_NUMBER = 6  # digits that are read at all


def _scope() -> tuple[str, ...]:
    return get_actor().scope(MANAGE)


def _number(text: str | None) -> int | None:
    """Return the number of a page, None where none is asked for."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


@blueprint.route("/assignments/", methods=["GET", "POST"])
@requires(MANAGE)
def index() -> ResponseReturnValue:
    """List the standing assignments, and give a course to an organization after showing whom it reaches."""
    form = AssignmentForm()
    form.course.choices = [SelectChoice(slug, title) for slug, title in queries.list_course_titles()]
    form.organization.choices = [SelectChoice(row.code, row.name) for row in list_within(_scope())]
    if request.method == "GET":
        return _index(form)
    if not form.validate():
        return _index(form, status=422)
    what = (get_actor(), form.course.data, form.organization.data)
    moment = current_moment()
    try:
        if request.form.get("confirm") == "yes":
            made = services.assign(*what, title=form.title.data, terms=form.terms, moment=moment)
            flash(
                ngettext(
                    "Assigned; %(num)s person was enrolled.",
                    "Assigned; %(num)s people were enrolled.",
                    made.enrolled,
                ),
                "success",
            )
            return see_other(url_for("assigning.assignment", assignment=made.id))
        preview = services.preview_assignment(*what, terms=form.terms, moment=moment)
        page = _number(request.form.get("people"))
        people = services.preview_people(*what, terms=form.terms, page=page, moment=moment) if page else None
    except (Refused, Conflict) as refusal:
        return _index(form, status=_show_refusal(form, refusal))
    return _index(form, preview, people)


def _index(
    form: AssignmentForm,
    preview: Preview | None = None,
    people: PeoplePage | None = None,
    *,
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "assigning/index.html",
        assignments=list_assignments(_scope()),
        positions=queries.list_positions(_scope()),
        form=form,
        preview=preview,
        people=people,
        audience_names=AUDIENCE_NAMES,
    )
    return page, status


def _show_refusal(form: Form, refusal: Refused | Conflict) -> int:
    """Say at its field why nothing is done; returns the status of the answer."""
    form[refusal.field or "title"].errors = [_(refusal.message, **refusal.params)]
    return 422 if isinstance(refusal, Refused) else 409


@blueprint.route("/assignments/<int:assignment>/", methods=["GET", "POST"])
@requires(MANAGE)
def assignment(assignment: int) -> ResponseReturnValue:
    """Show an assignment with how far those are whom it covers, and change its title and due day."""
    moment = current_moment()
    page = queries.assignment_page(assignment, _scope(), moment.day)
    entry = page.entry
    form = ChangeForm(
        data={
            "title": entry.title,
            "due_on": entry.due_on,
            "due_days": entry.due_days,
            "seen": entry.version,
        }
    )
    if request.method == "GET":
        number = _number(request.args.get("people"))
        people = services.assigned_people(get_actor(), page, page=number, moment=moment) if number else None
        return _page(page, form, people=people)
    if not form.validate():
        return _page(page, form, status=422)
    try:
        if request.form.get("confirm") != "yes":
            effect = services.preview_change(get_actor(), assignment, form.due, moment=moment)
            return _page(page, form, effect=effect)
        services.change(
            get_actor(),
            assignment,
            title=form.title.data,
            due=form.due,
            seen=form.seen.data or "",
            moment=moment,
        )
    except (Refused, Conflict) as refusal:
        status = _show_refusal(form, refusal)
        form.seen.data = entry.version
        return _page(page, form, status=status)
    flash(_("Changed."), "success")
    return see_other(url_for("assigning.assignment", assignment=assignment))


def _page(
    page: AssignmentPage,
    form: ChangeForm,
    *,
    effect: Effect | None = None,
    people: PeoplePage | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    html = render_template(
        "assigning/assignment.html",
        page=page,
        form=form,
        effect=effect,
        people=people,
        today=today(),
        may_see_names=get_actor().may(Permission.REPORT_READ_NAMES, page.path),
        audience_names=AUDIENCE_NAMES,
    )
    return html, status


@blueprint.post("/assignments/<int:assignment>/withdrawal")
@requires(MANAGE)
def withdraw(assignment: int) -> ResponseReturnValue:
    """End an assignment; what people did stays."""
    services.withdraw(get_actor(), assignment, moment=current_moment())
    flash(_("Withdrawn. Who is enrolled stays so, and keeps what was done."), "success")
    return see_other(url_for("assigning.index"))
