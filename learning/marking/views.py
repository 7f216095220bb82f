"""The pages of those who mark: the queue, the answers to a question, one answer."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.domain.errors import Refused
from learning.domain.permissions import Permission
from learning.i18n import current_language
from learning.marking import queries, services
from learning.marking.forms import MarkForm, mark_form
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.forms import see_other

blueprint = Blueprint("marking", __name__, url_prefix="/authoring/grading")
MARK = Permission.ATTEMPT_MARK


@blueprint.get("/")
@requires(MARK)
def queue() -> str:
    """List the questions whose answers wait."""
    return render_template("marking/queue.html", lines=queries.list_queue(get_actor(), current_language()))


@blueprint.get("/<quiz>/<question>/")
@requires(MARK)
def answers(quiz: str, question: str) -> str:
    """List the answers to a question: what waits, and what was marked lately."""
    page = queries.question_page(get_actor(), quiz, question, current_language())
    return render_template("marking/answers.html", page=page)


@blueprint.get("/answers/<int:answer>/")
@requires(MARK)
def answer(answer: int) -> str:
    """Show an answer with its rubric; with the name of its author where that is asked for."""
    actor = get_actor()
    with_name = request.args.get("name") == "shown"
    found = queries.get_answer(actor, answer)
    if with_name:
        services.note_look_at_name(actor, found, moment=current_moment())
    page = queries.answer_page(found, current_language(), with_name=with_name)
    return _answer_page(page, mark_form(page))


@blueprint.post("/answers/<int:answer>/")
@requires(MARK)
def mark(answer: int) -> ResponseReturnValue:
    """Give points for an answer, and go on with the next one."""
    actor = get_actor()
    page = queries.answer_page(queries.get_answer(actor, answer), current_language(), with_name=False)
    form = mark_form(page)
    if not form.validate_on_submit():
        return _answer_page(page, form), 422
    try:
        found = services.mark_answer(
            actor,
            answer,
            points=form.points,
            comment=form.comment.data or "",
            asks_second_look=form.second_look.data,
            seen=form.seen_mark,
            moment=current_moment(),
        )
    except services.MarkedMeanwhile as conflict:
        flash(_(conflict.message), "warning")
        page = queries.answer_page(queries.get_answer(actor, answer), current_language(), with_name=False)
        form.seen.data = str(page.given[0].id) if page.given else ""
        return _answer_page(page, form), 409
    except Refused as refusal:
        flash(_(refusal.message), "error")
        return _answer_page(page, form), 422
    following = queries.next_answer(actor, found.quiz_id, found.question_id, after=answer)
    if following is None:
        flash(_("The points are saved. No other answer to this question waits."), "success")
        return see_other(url_for("marking.queue"))
    flash(_("The points are saved. Here is the next answer."), "success")
    return see_other(url_for("marking.answer", answer=following))


def _answer_page(page: queries.AnswerPage, form: MarkForm) -> str:
    return render_template("marking/answer.html", page=page, form=form)
