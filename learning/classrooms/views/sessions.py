"""Sessions: the list, one of them, planning, changing and cancelling it, saying whether one comes."""

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Response, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from learning.accounts.services import take_held_form
from learning.classrooms import services
from learning.classrooms.forms import CancelForm, SessionForm, session_data
from learning.classrooms.queries.sessions import (
    SessionPage,
    get_managed,
    list_invited,
    list_sessions,
    list_subjects,
    session_page,
)
from learning.classrooms.views.base import ATTEND, MANAGE, blueprint
from learning.domain.calendar_entry import CalendarEntry
from learning.domain.classroom import KEY_BYTES, Reply
from learning.domain.errors import Conflict, DomainError, NotFound, Refused
from learning.i18n import current_language
from learning.organizations.queries import list_within, parent_path
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.clock import zone
from learning.web.forms import see_other


@blueprint.get("/")
@requires(MANAGE)
def index() -> str:
    """List the sessions that the reader manages, the next first."""
    to_come, past = list_sessions(get_actor(), current_language(), now=current_moment().at)
    return render_template("classrooms/index.html", to_come=to_come, past=past)


@blueprint.get("/<int:session>/")
@requires(ATTEND)
def session(session: int) -> str:
    """Show a session to those who are invited or manage it."""
    return _session_page(session_page(get_actor(), session, current_language()), CancelForm())


def _session_page(page: SessionPage, form: CancelForm) -> str:
    is_over = page.session.ends_at <= current_moment().at
    return render_template("classrooms/session.html", page=page, form=form, is_over=is_over)


@blueprint.get("/<int:session>.ics")
@requires(ATTEND)
def calendar(session: int) -> Response:
    """Give a session as an entry for a calendar."""
    found = session_page(get_actor(), session, current_language()).session
    site = current_app.config["SITE"].site_url
    entry = CalendarEntry(
        uid=f"session-{found.id}@{urlsplit(site).hostname}",
        title=found.title,
        place=found.place,
        note=f"{found.note}\n{site}{url_for('classrooms.session', session=found.id)}".strip(),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        changed_at=found.changed_at,
        is_cancelled=found.state == "cancelled",
    )
    response = Response(entry.file(), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="session-{found.id}.ics"'
    return response


@blueprint.route("/new", methods=["GET", "POST"])
@requires(MANAGE)
def plan() -> ResponseReturnValue:
    """Plan a session, from nothing or like another one."""
    actor = get_actor()
    form = _form(_copied() if request.method == "GET" and "copy" in request.args else _held())
    if not form.validate_on_submit():
        return render_template("classrooms/plan.html", form=form, session=None), 422 if form.errors else 200
    try:
        made = services.plan_session(
            actor, form.plan(zone()), code_key=secrets.token_bytes(KEY_BYTES), moment=current_moment()
        )
    except (Refused, NotFound) as refusal:
        _show(form, refusal)
        return render_template("classrooms/plan.html", form=form, session=None), 422
    flash(_("Planned. The invited people see it on their home pages."), "success")
    return see_other(url_for("classrooms.session", session=made))


def _copied() -> MultiDict[str, str] | dict[str, object] | None:
    """Return what a session that is copied says, a week later."""
    number = request.args.get("copy", type=int)
    found = get_managed(get_actor(), number or 0, current_language())
    data = session_data(found, (code for code, _name in list_invited(found.id)), zone())
    return data | {"day": found.starts_at.astimezone(zone()).date() + timedelta(days=7)}


def _held() -> MultiDict[str, str] | None:
    """Return what was typed when the session of the browser expired."""
    held = take_held_form(get_actor(), request.path) if "held" in request.args else None
    if held is None:
        return None
    flash(_("What you typed was kept while you were signed out. It is not saved yet."), "warning")
    return MultiDict(held)


def _form(
    data: MultiDict[str, str] | dict[str, object] | None = None,
    *,
    holder: tuple[str, str] | None = None,
    invited: tuple[tuple[str, str], ...] = (),
) -> SessionForm:
    """Return the form filled with the data, with what the reader may choose and what is chosen already."""
    form = SessionForm(formdata=data) if isinstance(data, MultiDict) else SessionForm(data=data)
    scope = get_actor().scope(MANAGE)
    rows = list_within(scope)
    holders = {row.code: row.name for row in rows} | dict([holder] if holder else [])
    near = [row for row in rows if row.path in scope or parent_path(row.path) in scope]
    places = {row.code: row.name for row in near} | dict(invited)
    form.offer(list_subjects(current_language()), holders, places)
    if request.method == "GET" and data is None:
        form.organization.data = next(
            (row.code for row in rows if row.id == get_actor().organization_id), None
        )
    return form


def _show(form: SessionForm, refusal: DomainError) -> None:
    """Say beside its field why a session cannot be planned so."""
    text = _(refusal.message, **refusal.params)
    if refusal.field and refusal.field in form:
        form[refusal.field].errors = [text]
    else:
        flash(text, "error")


@blueprint.route("/<int:session>/edit", methods=["GET", "POST"])
@requires(MANAGE)
def edit(session: int) -> ResponseReturnValue:
    """Change a session."""
    actor, language = get_actor(), current_language()
    found = get_managed(actor, session, language)
    invited = list_invited(session)
    form = _form(
        _held() or session_data(found, (code for code, _name in invited), zone()),
        holder=(found.organization_code, found.organization_name),
        invited=invited,
    )
    if not form.validate_on_submit():
        page = render_template("classrooms/plan.html", form=form, session=found)
        return page, 422 if form.errors else 200
    try:
        services.change_session(
            actor,
            session,
            form.plan(zone()),
            seen=_seen(form),
            language=language,
            moment=current_moment(),
        )
    except (Refused, NotFound, Conflict) as refusal:
        _show(form, refusal)
        form.seen.data = found.changed_at.isoformat()
        page = render_template("classrooms/plan.html", form=form, session=found)
        return page, 409 if isinstance(refusal, Conflict) else 422
    flash(_("Saved."), "success")
    return see_other(url_for("classrooms.session", session=session))


def _seen(form: SessionForm) -> datetime:
    """Return when the session had been changed last as its editor saw it; raises Refused."""
    try:
        return datetime.fromisoformat(form.seen.data or "")
    except ValueError:
        raise Refused("The form was not understood. Reload the page.") from None


@blueprint.post("/<int:session>/cancellation")
@requires(MANAGE)
def cancel(session: int) -> ResponseReturnValue:
    """Cancel a session with a reason."""
    actor, language = get_actor(), current_language()
    get_managed(actor, session, language)
    form = CancelForm()
    if not form.validate_on_submit():
        return _session_page(session_page(actor, session, language), form), 422
    try:
        services.cancel_session(
            actor, session, reason=form.reason.data, language=language, moment=current_moment()
        )
    except Refused as refusal:
        text = _(refusal.message)
        form.reason.errors = [text]
        return _session_page(session_page(actor, session, language), form), 422
    flash(_("Cancelled. The invited people are told on their home pages."), "success")
    return see_other(url_for("classrooms.session", session=session))


@blueprint.post("/<int:session>/reply")
@requires(ATTEND)
def reply(session: int) -> ResponseReturnValue:
    """Say whether one comes to a session."""
    answer = services.reply(
        get_actor(),
        session,
        is_coming=request.form.get("reply") == Reply.COMING,
        language=current_language(),
        moment=current_moment(),
    )
    told = {
        Reply.COMING: _("Noted: you come."),
        Reply.WAITING: _(
            "All seats are taken. You are on the waiting list, and are told here when one is free."
        ),
        Reply.NOT_COMING: _("Noted: you do not come."),
    }
    flash(told[answer], "info" if answer is Reply.WAITING else "success")
    return see_other(url_for("classrooms.session", session=session))
