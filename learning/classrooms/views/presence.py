"""Saying by a code that one is at a session."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.classrooms.attendance import mark_by_code
from learning.classrooms.forms import CodeForm
from learning.classrooms.views.base import ATTEND, blueprint
from learning.domain.errors import Refused
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.forms import see_other


@blueprint.route("/attend", methods=["GET", "POST"])
@requires(ATTEND)
def attend() -> ResponseReturnValue:
    """Type the code that the trainer shows."""
    return _attend(None)


@blueprint.route("/<int:session>/attend", methods=["GET", "POST"])
@requires(ATTEND)
def attend_here(session: int) -> ResponseReturnValue:
    """Say that one is there, with the code that was scanned."""
    return _attend(session)


def _attend(session: int | None) -> ResponseReturnValue:
    form = CodeForm()
    if request.method == "GET":
        form.code.data = request.args.get("code", "")[:20]
    if not form.validate_on_submit():
        page = render_template("classrooms/attend.html", form=form, is_scanned=bool(form.code.data))
        return page, 422 if form.errors else 200
    try:
        found = mark_by_code(get_actor(), form.code.data, session_id=session, moment=current_moment())
    except Refused as refusal:
        form.code.errors = [_(refusal.message)]
        return render_template("classrooms/attend.html", form=form, is_scanned=False), 422
    flash(_("Noted: you are there."), "success")
    return see_other(url_for("classrooms.session", session=found))
