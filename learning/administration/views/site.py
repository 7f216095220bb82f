"""The list of administration pages, background work, and settings."""

from typing import Any

from flask import current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.administration import services
from learning.administration.forms import setting_form
from learning.administration.views.base import blueprint
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Permission
from learning.domain.settings import Setting, as_text, parse
from learning.jobs.queries import count_jobs, list_jobs
from learning.progress.clock import current_moment
from learning.settings.queries import read, read_all
from learning.web.access import get_actor, requires
from learning.web.forms import see_other

MOST = 200  # jobs on the page


@blueprint.get("/")
@requires(Permission.PEOPLE_MANAGE)
def index() -> str:
    """List the pages of administration."""
    return render_template("administration/index.html")


@blueprint.get("/jobs/")
@requires(Permission.JOB_MANAGE)
def jobs() -> str:
    """Show the background work, what went wrong first."""
    titles = {name: kind.title for name, kind in current_app.extensions["jobs"].items()}
    total = sum(count_jobs().values())
    return render_template("administration/jobs.html", jobs=list_jobs(most=MOST), total=total, titles=titles)


@blueprint.post("/jobs/<int:job>/again")
@requires(Permission.JOB_MANAGE)
def run_again(job: int) -> ResponseReturnValue:
    """Have work that was given up tried anew."""
    services.run_again(get_actor(), job, moment=current_moment())
    flash(_("It is tried again within a few seconds."), "success")
    return see_other(url_for("administration.jobs"))


@blueprint.get("/settings/")
@requires(Permission.SETTING_MANAGE)
def settings() -> str:
    """List what can be set on the site, with what it is now."""
    known = _settings()
    groups: dict[str, list[Setting[Any]]] = {}
    for setting in known.values():
        groups.setdefault(setting.group, []).append(setting)
    values = read_all(known.values())
    return render_template("administration/settings.html", groups=groups, values=values)


@blueprint.route("/settings/<name>/", methods=["GET", "POST"])
@requires(Permission.SETTING_MANAGE)
def setting(name: str) -> ResponseReturnValue:
    """Show one setting, and change it."""
    found = _settings().get(name)
    if found is None:
        raise NotFound(name)
    now = read(found)
    form = setting_form(found, now)
    page = {"setting": found, "form": form, "now": now, "is_changed": False}
    if not form.validate_on_submit():
        return render_template("administration/setting.html", **page), 422 if form.errors else 200
    text = as_text(found, found.default) if "default" in request.form else form.value.data
    try:
        value, seen = parse(found, text), parse(found, form.seen.data)
        is_new = services.change_setting(get_actor(), found, value, seen=seen, moment=current_moment())
    except Conflict as conflict:
        form.seen.data = as_text(found, now)
        flash(_(conflict.message), "warning")
        return render_template("administration/setting.html", **page | {"is_changed": True}), 409
    except Refused as refusal:
        form.value.errors = [_(refusal.message, **refusal.params)]
        return render_template("administration/setting.html", **page), 422
    flash(_("Saved.") if is_new else _("This is what it was before; nothing was changed."), "success")
    return see_other(url_for("administration.settings"))


def _settings() -> dict[str, Setting[Any]]:
    known: dict[str, Setting[Any]] = current_app.extensions["settings"]
    return known
