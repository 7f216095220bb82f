"""The pages of those who mark: the queue, the answers to a question, what was handed in for a task, one of them."""

from typing import TypeVar

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.accounts.services import take_held_form
from learning.domain.errors import Refused
from learning.domain.permissions import Permission
from learning.i18n import current_language
from learning.marking import services
from learning.marking.forms import MarkForm, TaskMarkForm, mark_form, task_mark_form
from learning.marking.queries import answers as answer_queries
from learning.marking.queries import tasks as task_queries
from learning.marking.queries.pages import AnswerPage, SubmissionPage
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.forms import see_other

blueprint = Blueprint("marking", __name__, url_prefix="/authoring/grading")
MARK = Permission.ATTEMPT_MARK


@blueprint.get("/")
@requires(MARK)
def queue() -> str:
    """List the questions whose answers wait, and the tasks for which something was handed in."""
    actor, language = get_actor(), current_language()
    return render_template(
        "marking/queue.html",
        lines=answer_queries.list_questions(actor, language),
        tasks=task_queries.list_tasks(actor, language),
    )


@blueprint.get("/<quiz>/<question>/")
@requires(MARK)
def answers(quiz: str, question: str) -> str:
    """List the answers to a question: what waits, and what was marked lately."""
    page = answer_queries.question_page(get_actor(), quiz, question, current_language())
    return render_template("marking/answers.html", page=page)


@blueprint.get("/answers/<int:answer>/")
@requires(MARK)
def answer(answer: int) -> str:
    """Show an answer with its rubric; with the name of its author where that is asked for."""
    found = answer_queries.get_answer(get_actor(), answer)
    page = answer_queries.answer_page(found, current_language(), with_name=_is_name_asked(f"answer/{answer}"))
    return _answer_page(page, _with_what_was_held(mark_form(page)))


@blueprint.post("/answers/<int:answer>/")
@requires(MARK)
def mark(answer: int) -> ResponseReturnValue:
    """Give points for an answer, and go on with the next one."""
    actor = get_actor()
    page = _answer(answer)
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
        page = _answer(answer)
        form.seen.data = str(page.given[0].id) if page.given else ""
        return _answer_page(page, form), 409
    except Refused as refusal:
        flash(_(refusal.message), "error")
        return _answer_page(page, form), 422
    following = answer_queries.next_answer(actor, found.quiz_id, found.question_id, after=answer)
    if following is None:
        flash(_("The points are saved. No other answer to this question waits."), "success")
        return see_other(url_for("marking.queue"))
    flash(_("The points are saved. Here is the next answer."), "success")
    return see_other(url_for("marking.answer", answer=following))


def _answer(answer: int) -> AnswerPage:
    found = answer_queries.get_answer(get_actor(), answer)
    return answer_queries.answer_page(found, current_language(), with_name=False)


def _answer_page(page: AnswerPage, form: MarkForm) -> str:
    return render_template("marking/answer.html", page=page, form=form)


@blueprint.get("/tasks/<course>/<unit>/")
@requires(MARK)
def submissions(course: str, unit: str) -> str:
    """List what was handed in for a task: what waits, and what was decided lately."""
    page = task_queries.task_page(get_actor(), course, unit, current_language())
    return render_template("marking/submissions.html", page=page)


@blueprint.get("/tasks/<int:submission>/")
@requires(MARK)
def submission(submission: int) -> str:
    """Show what was handed in with its rubric; with the name of its author where that is asked for."""
    found = task_queries.get_submission(get_actor(), submission)
    page = task_queries.submission_page(found, with_name=_is_name_asked(f"task/{submission}"))
    return _submission_page(page, _with_what_was_held(task_mark_form(page)))


@blueprint.post("/tasks/<int:submission>/")
@requires(MARK)
def decide(submission: int) -> ResponseReturnValue:
    """Accept or return what was handed in, and go on with the next."""
    actor = get_actor()
    page = _submission(submission)
    form = task_mark_form(page)
    if not form.validate_on_submit():
        return _submission_page(page, form), 422
    try:
        found = services.mark_task(
            actor,
            submission,
            accepted=form.accepted,
            points=form.points,
            comment=form.comment.data or "",
            asks_second_look=form.second_look.data,
            seen=form.seen_mark,
            moment=current_moment(),
        )
    except services.MarkedMeanwhile as conflict:
        flash(_(conflict.message), "warning")
        page = _submission(submission)
        form.seen.data = str(page.given[0].id) if page.given else ""
        return _submission_page(page, form), 409
    except Refused as refusal:
        flash(_(refusal.message), "error")
        return _submission_page(page, form), 422
    following = task_queries.next_submission(actor, found.unit_id, after=submission)
    if following is None:
        flash(_("The decision is saved. Nothing else waits for this task."), "success")
        return see_other(url_for("marking.queue"))
    flash(_("The decision is saved. Here is the next one."), "success")
    return see_other(url_for("marking.submission", submission=following))


def _submission(submission: int) -> SubmissionPage:
    found = task_queries.get_submission(get_actor(), submission)
    return task_queries.submission_page(found, with_name=False)


def _submission_page(page: SubmissionPage, form: TaskMarkForm) -> str:
    return render_template("marking/submission.html", page=page, form=form)


def _is_name_asked(what: str) -> bool:
    """Tell whether the name of an author is asked for, which goes on record."""
    asked = request.args.get("name") == "shown"
    if asked:
        services.note_look_at_name(get_actor(), what, moment=current_moment())
    return asked


AnyForm = TypeVar("AnyForm", bound=MarkForm)


def _with_what_was_held(form: AnyForm) -> AnyForm:
    """Return the form with what was typed into it before the session expired."""
    held = take_held_form(get_actor(), request.path) if "held" in request.args else None
    if held is not None:
        form.restore(held)
        flash(_("What you wrote was kept while you were signed out. It is not saved yet."), "warning")
    return form
