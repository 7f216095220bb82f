"""What the answers to a quiz say of its questions."""

from flask import Response, render_template

from learning.authoring import services
from learning.authoring.analysis import analysed_quiz, analysis_rows
from learning.authoring.views.base import EDIT, blueprint
from learning.domain.purposes import PagePurpose
from learning.i18n import direction
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.downloads import csv_response


@blueprint.get("/quizzes/<quiz>/analysis")
@requires(EDIT)
def analysis(quiz: str) -> str:
    """Show the item analysis of a quiz."""
    page = analysed_quiz(get_actor(), quiz)
    return render_template("authoring/analysis.html", page=page, dir=direction(page.language))


@blueprint.get("/quizzes/<quiz>/analysis.csv")
@requires(EDIT)
def analysis_csv(quiz: str) -> Response:
    """Download the figures of the item analysis."""
    actor = get_actor()
    rows = analysis_rows(analysed_quiz(actor, quiz))
    services.note_export(
        actor, f"quiz:{quiz}", how="csv", moment=current_moment(), purpose=PagePurpose.IMPROVE_COURSE
    )
    return csv_response(rows, f"{quiz}-analysis.csv")
