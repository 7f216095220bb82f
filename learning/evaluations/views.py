"""The page on which people evaluate a course, and the one that tells what they said."""

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.domain.errors import Refused
from learning.domain.evaluation import SCALE, Statement
from learning.domain.permissions import Permission
from learning.evaluations import services
from learning.evaluations.forms import EvaluationForm
from learning.evaluations.queries import Evaluation, get_evaluation, get_to_evaluate
from learning.evaluations.settings import current_statements
from learning.i18n import current_language
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.downloads import csv_response
from learning.web.forms import see_other

blueprint = Blueprint("evaluations", __name__)
_PREFIX = "s-"


@blueprint.get("/courses/<course>/evaluation/")
@requires(Permission.COURSE_STUDY)
def evaluation(course: str) -> str:
    """Ask who has completed a course what she thinks of it."""
    return _asking_page(course, EvaluationForm(formdata=None), {})


def _asking_page(
    course: str, form: EvaluationForm, chosen: dict[str, str], faults: Sequence[str] = ()
) -> str:
    return render_template(
        "evaluations/evaluation.html",
        course=get_to_evaluate(get_actor(), course),
        form=form,
        statements=[(one.key, one.said_in(current_language())) for one in current_statements()],
        scale=SCALE,
        chosen=chosen,
        faults=faults,
    )


@blueprint.post("/courses/<course>/evaluation/")
@requires(Permission.COURSE_STUDY)
def evaluate(course: str) -> ResponseReturnValue:
    """Take what somebody says of a course; it is put where nobody can tell whose it is."""
    form = EvaluationForm()
    chosen = {
        name.removeprefix(_PREFIX): value
        for name, value in request.form.items()
        if name.startswith(_PREFIX) and value
    }
    if not form.validate_on_submit():
        return _asking_page(course, form, chosen), 422
    statements = {one.key: one for one in current_statements()}
    if not chosen.keys() <= statements.keys():
        told = _(
            "The statements were changed meanwhile. What fits is still chosen; please look at the others."
        )
        return _asking_page(course, form, chosen, [told]), 409
    try:
        services.evaluate(
            get_actor(),
            course,
            {statements[key]: _value(text) for key, text in chosen.items()},
            words=form.said.data or "",
            day=current_moment().day,
        )
    except Refused as refusal:
        return _asking_page(course, form, chosen, [_(refusal.message, **refusal.params)]), 422
    flash(_("Thank you. What you said was counted among what all say, without your name."), "success")
    return see_other(url_for("study.course", course=course))


def _value(text: str) -> int:
    """Return the value of the scale that a form's text means, 0 for none."""
    return int(text) if text in {str(value) for value in SCALE} else 0


@blueprint.get("/reports/courses/<course>/evaluation/")
@requires(Permission.EVALUATION_READ)
def results(course: str) -> str:
    """Tell what people said of a course, from five answers on and without names."""
    return render_template(
        "evaluations/results.html",
        page=get_evaluation(get_actor(), course, request.args.get("quarter") or None),
        scale=SCALE,
    )


@blueprint.get("/reports/courses/<course>/evaluation.csv")
@requires(Permission.EVALUATION_READ)
def results_csv(course: str) -> Response:
    """Give the same figures as a file."""
    actor = get_actor()
    found = get_evaluation(actor, course, request.args.get("quarter") or None)
    services.record_export(actor, found.course.id, now=current_moment().at)
    return csv_response(_rows(found), f"{course}-evaluation.csv")


def _rows(found: Evaluation) -> Iterator[Sequence[str | int | float | None]]:
    yield _("Statement"), _("Answers"), _("Mean"), *(str(value) for value in SCALE)
    for one in found.statements:
        mean = None if one.mean is None else round(float(one.mean), 2)
        yield _said(one.statement), one.answers, mean, *one.counts


def _said(statement: Statement) -> str:
    return statement.said_in(current_language())
