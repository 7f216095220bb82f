"""Marking earlier attempts by a corrected key."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from learning.authoring.forms import RegradingForm
from learning.authoring.regrading import regrade, regrading_page, undo
from learning.authoring.views.base import blueprint
from learning.domain.permissions import Permission
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.forms import see_other


@blueprint.route("/quizzes/<quiz>/regrading", methods=["GET", "POST"])
@requires(Permission.COURSE_PUBLISH)
def regrading(quiz: str) -> ResponseReturnValue:
    """Show what marking earlier attempts by the published key would change, or do it."""
    form = RegradingForm()
    if form.validate_on_submit():
        regrade(
            get_actor(),
            quiz,
            latest_id=form.latest_id.data,
            nobody_loses=form.losses.data != "yes",
            reason=form.reason.data or "",
            moment=current_moment(),
        )
        flash(_("The attempts were marked anew. Units and courses follow."), "success")
        return see_other(url_for("authoring.regrading", quiz=quiz))
    nobody_loses = request.values.get("losses") != "yes"
    page = regrading_page(
        get_actor(),
        quiz,
        nobody_loses=nobody_loses,
        names=request.args.get("names") == "yes",
        moment=current_moment(),
    )
    form.latest_id.data, form.latest_id.raw_data = page.preview.latest_id, None
    form.losses.data = "no" if nobody_loses else "yes"
    shown = render_template("authoring/regrading.html", page=page, form=form)
    return shown, 422 if form.is_submitted() else 200


@blueprint.post("/quizzes/<quiz>/regradings/<int:number>/undo")
@requires(Permission.COURSE_PUBLISH)
def undo_regrading(quiz: str, number: int) -> ResponseReturnValue:
    """Give attempts the marks back that they had before a regrading."""
    undo(get_actor(), quiz, number, moment=current_moment())
    flash(_("Undone: all attempts have their earlier marks again. Units and courses follow."), "success")
    return see_other(url_for("authoring.regrading", quiz=quiz))


def flash_attempts_to_mark_anew(count: int) -> None:
    """Tell after publishing that attempts were marked by another key."""
    if count:
        flash(
            ngettext(
                "%(num)s attempt was marked by another key. See “Mark attempts anew” for what it would change.",
                "%(num)s attempts were marked by another key. See “Mark attempts anew” for what it would change.",
                count,
            ),
            "warning",
        )
