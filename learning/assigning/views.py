"""Pages of assignments: the list with making another, and one with whom it covers."""

from flask import Blueprint, Response, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import SelectChoice

from learning.assigning import learners, queries, services
from learning.assigning.forms import (
    AssignmentForm,
    ChangeForm,
    CreditForm,
    ExemptionForm,
    ExtensionForm,
    RefusalForm,
)
from learning.assigning.learners import LearnerPage
from learning.assigning.queries import AssignmentPage, Effect, PeoplePage, Preview
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.membership import AUDIENCE_NAMES
from learning.domain.permissions import Permission
from learning.organizations.queries import list_within
from learning.progress.clock import current_moment
from learning.progress.concessions import ConcessionKind
from learning.progress.coverage import list_assignments
from learning.progress.evidence import read_evidence
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


# --- One person in one course


def _forms(**given: Form) -> dict[str, Form]:
    """Return the forms of the page by name: those that were sent, and fresh ones."""
    fresh = {"extension": ExtensionForm, "exemption": ExemptionForm, "credit": CreditForm}
    return {name: given.get(name) or form(formdata=None) for name, form in fresh.items()}


@blueprint.get("/assignments/people/<int:person>/<course>/")
@requires(MANAGE)
def learner(person: int, course: str) -> ResponseReturnValue:
    """Show a person in a course: what she was given, what was asked for; seeing it is put on record."""
    page = learners.learner_page(get_actor(), person, course)
    learners.record_seen(get_actor(), page, moment=current_moment())
    return _learner(page)


def _learner(page: LearnerPage, *, status: int = 200, **given: Form) -> ResponseReturnValue:
    return render_template("assigning/learner.html", page=page, forms=_forms(**given)), status


def _done(page: LearnerPage, text: str) -> ResponseReturnValue:
    flash(text, "success")
    return see_other(url_for("assigning.learner", person=page.person_id, course=page.course))


def _refused(form: Form, refusal: Refused | Conflict) -> int:
    """Say at its field, or above the page, why nothing is done; returns the status of the answer."""
    text = _(refusal.message, **refusal.params)
    if refusal.field in form:
        form[refusal.field].errors = [text]
    else:
        flash(text, "error")
    return 422 if isinstance(refusal, Refused) else 409


@blueprint.post("/assignments/people/<int:person>/<course>/extension")
@requires(MANAGE)
def extend(person: int, course: str) -> ResponseReturnValue:
    """Let a person have until another day, for a reason."""
    page = learners.learner_page(get_actor(), person, course)
    form = ExtensionForm()
    if not form.validate():
        return _learner(page, extension=form, status=422)
    try:
        until, reason = form.due_on.data, form.reason.data
        learners.extend(get_actor(), page, until=until, reason=reason, moment=current_moment())
    except (Refused, Conflict) as refusal:
        return _learner(page, extension=form, status=_refused(form, refusal))
    return _done(page, _("Extended; the person is told."))


@blueprint.post("/assignments/people/<int:person>/<course>/exemption")
@requires(MANAGE)
def exempt(person: int, course: str) -> ResponseReturnValue:
    """Let a person not have to complete a course, for a reason."""
    page = learners.learner_page(get_actor(), person, course)
    form = ExemptionForm()
    if not form.validate():
        return _learner(page, exemption=form, status=422)
    try:
        learners.exempt(get_actor(), page, reason=form.reason.data, moment=current_moment())
    except (Refused, Conflict) as refusal:
        return _learner(page, exemption=form, status=_refused(form, refusal))
    return _done(page, _("Exempted; the person is told."))


@blueprint.post("/assignments/people/<int:person>/<course>/<any(extension, exemption):kind>/end")
@requires(MANAGE)
def take_back(person: int, course: str, kind: str) -> ResponseReturnValue:
    """Take an extension or an exemption back."""
    page = learners.learner_page(get_actor(), person, course)
    try:
        learners.take_back(get_actor(), page, ConcessionKind(kind), moment=current_moment())
    except Refused as refusal:
        return _learner(page, status=_refused(ExemptionForm(formdata=None), refusal))
    return _done(page, _("Taken back."))


# --- Credit for training done elsewhere


@blueprint.route("/courses/<course>/credit", methods=["GET", "POST"])
@requires(Permission.COURSE_STUDY)
def own_credit(course: str) -> ResponseReturnValue:
    """Ask for training done elsewhere to be counted for a course, and see what became of it."""
    page = learners.learner_page(get_actor(), get_actor().id, course)
    form = CreditForm()
    status = 200
    if request.method == "POST":
        status = _ask(page, form)
        if status == 200:
            flash(_("Asked for. You will be told here what was decided."), "success")
            return see_other(url_for("assigning.own_credit", course=course))
    return render_template("assigning/credit.html", page=page, form=form), status


@blueprint.post("/assignments/people/<int:person>/<course>/credit")
@requires(MANAGE)
def ask_for(person: int, course: str) -> ResponseReturnValue:
    """Ask for somebody's training done elsewhere to be counted."""
    page = learners.learner_page(get_actor(), person, course)
    form = CreditForm()
    status = _ask(page, form)
    if status != 200:
        return _learner(page, credit=form, status=status)
    return _done(page, _("Asked for. Another manager decides on it."))


def _ask(page: LearnerPage, form: CreditForm) -> int:
    """Ask for what the form says; returns the status of the answer."""
    if not form.validate():
        return 422
    file = form.evidence.data
    try:
        learners.ask(
            get_actor(),
            page,
            text=form.text.data,
            done_on=form.done_on.data,
            file=file.read() if file else b"",
            data_dir=current_app.config["SITE"].data_dir,
            moment=current_moment(),
        )
    except (Refused, Conflict) as refusal:
        return _refused(form, refusal)
    return 200


@blueprint.get("/assignments/credits/")
@requires(MANAGE)
def credit_requests() -> ResponseReturnValue:
    """List what was asked for and waits to be decided on."""
    waiting = learners.waiting(get_actor())
    for one in waiting:
        learners.record_credit_seen(get_actor(), one, moment=current_moment())
    return render_template("assigning/credits.html", waiting=waiting, form=RefusalForm(), refused=None)


@blueprint.post("/assignments/credits/<int:credit>/<any(approval, refusal):verdict>")
@requires(MANAGE)
def decide(credit: int, verdict: str) -> ResponseReturnValue:
    """Approve or refuse training done elsewhere."""
    form = RefusalForm()
    status = 200
    if verdict == "refusal" and not form.validate():
        status = 422
    else:
        try:
            learners.decide(
                get_actor(),
                credit,
                approved=verdict == "approval",
                reason=form.reason.data or "",
                moment=current_moment(),
            )
        except (Refused, Conflict) as refusal:
            status = _refused(form, refusal)
    if status != 200:
        learners.find_credit(get_actor(), credit)
        waiting = learners.waiting(get_actor())
        page = render_template("assigning/credits.html", waiting=waiting, form=form, refused=credit)
        return page, status
    flash(
        _("Approved; the person is told.") if verdict == "approval" else _("Refused; the person is told."),
        "success",
    )
    return see_other(url_for("assigning.credit_requests"))


@blueprint.get("/assignments/credits/<int:credit>/evidence")
@requires(Permission.COURSE_STUDY)
def evidence(credit: int) -> Response:
    """Download the evidence of a request: for the person herself and her managers."""
    found = learners.find_credit(get_actor(), credit)
    if found.evidence is None:
        raise NotFound
    data = read_evidence(found.evidence.sha256, current_app.config["SITE"].data_dir)
    response = Response(data, mimetype=found.evidence.mimetype)
    ending = found.evidence.mimetype.rpartition("/")[2]
    response.headers["Content-Disposition"] = f"attachment; filename=evidence-{credit}.{ending}"
    response.headers["Content-Security-Policy"] = "sandbox"  # beside that of all pages
    return response
