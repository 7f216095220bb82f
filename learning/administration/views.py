"""The pages of administrators."""

from flask import Blueprint, current_app, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.administration import services
from learning.domain.permissions import Permission
from learning.jobs.queries import count_jobs, list_jobs
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.forms import see_other

blueprint = Blueprint("administration", __name__, url_prefix="/admin")
MOST = 200  # jobs on the page


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
