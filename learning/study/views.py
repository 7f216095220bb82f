"""The learner's pages."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from typing import TypeVar
from uuid import UUID, uuid4, uuid5

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    make_response,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from learning.accounts import queries as accounts
from learning.accounts.services import drop_held_form, set_language, take_held_form
from learning.classrooms.queries.sessions import list_own_sessions
from learning.config import LANGUAGES
from learning.courses.media import get_media, get_open_media
from learning.domain.attempt import SEED_BYTES, is_understood, read_form_response
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Actor, Permission
from learning.i18n import current_language, remember_language
from learning.notices.queries import list_notices
from learning.notices.services import dismiss
from learning.progress.clock import current_moment
from learning.progress.prerequisites import ToDoFirst
from learning.quizzes import services as quizzes
from learning.quizzes.marking import attempt_paper, original_text
from learning.quizzes.papers import QuestionView
from learning.quizzes.queries import StoredAttempt, get_attempt
from learning.study import services
from learning.study.forms import ReadForm, ResponsesForm, TaskForm
from learning.study.queries import courses as course_queries
from learning.study.queries import quizzes as quiz_queries
from learning.study.queries.completed import completed_courses
from learning.study.queries.pages import CoursePage, UnitPage
from learning.tasks.services import hand_in
from learning.web.access import SignInNeeded, get_actor, public, requires
from learning.web.clock import today
from learning.web.errors import wants_json
from learning.web.forms import see_other
from learning.web.pages import isolate

blueprint = Blueprint("study", __name__)
Page = TypeVar("Page")


@blueprint.get("/")
@public
def dashboard() -> ResponseReturnValue:
    """Welcome strangers; show people their courses."""
    language = current_language()
    if g.actor is None:
        courses = tuple(course_queries.list_open_courses(language))
        return _found_by_search(make_response(render_template("study/welcome.html", courses=courses)))
    page = course_queries.dashboard(g.actor, language)
    return render_template(
        "study/dashboard.html",
        page=page,
        completed=completed_courses(g.actor, [card.slug for card in page.completed]),
        today=today(),
        notices=list_notices(g.actor),
        sessions=list_own_sessions(g.actor, language, now=current_moment().at),
    )


@blueprint.post("/notices/<int:notice>/dismissal")
@requires(Permission.ACCOUNT_OWN)
def dismiss_notice(notice: int) -> ResponseReturnValue:
    """Take a notice off the home page."""
    dismiss(get_actor(), notice, now=current_moment().at)
    return see_other(url_for("study.dashboard"))


@blueprint.get("/courses/")
@requires(Permission.COURSE_READ)
def catalog() -> str:
    """List the published courses that are made for the reader, or all."""
    cards = course_queries.list_cards(get_actor(), current_language())
    shown = tuple(card for card in cards if card.is_for_reader or "all" in request.args)
    return render_template("study/catalog.html", courses=shown, others=len(cards) - len(shown))


@blueprint.get("/courses/<course>/")
@public
def course(course: str) -> ResponseReturnValue:
    """Show a course with its units; strangers see an open one, and are asked to sign in before any other."""
    page = _readable(lambda: course_queries.course_page(g.actor, course, current_language()))
    return _for_reader(_course_page(page))


def _course_page(page: CoursePage) -> str:
    completed = completed_courses(g.actor, [page.slug]) if page.state == "completed" else {}
    return render_template("study/course.html", page=page, completed=completed.get(page.slug), today=today())


def _readable(read: Callable[[], Page]) -> Page:
    """Return what the reader may read; raises NotFound, and for strangers SignInNeeded, whether it exists or not."""
    try:
        return read()
    except NotFound:
        if g.actor is None:
            raise SignInNeeded from None
        raise


def _for_reader(page: str) -> Response:
    """Return a page; that of an open course is the same for all strangers and may be kept for a while."""
    response = make_response(page)
    if g.actor is None:
        response.headers["Cache-Control"] = "public, max-age=300"
        response.vary.add("Cookie")
        _found_by_search(response)
    return response


def _found_by_search(response: Response) -> Response:
    """Let search engines keep what everyone may read; of the rest of the site they are told to keep nothing."""
    response.headers["X-Robots-Tag"] = "all"
    return response


@blueprint.errorhandler(ToDoFirst)
def show_what_comes_first(refusal: ToDoFirst) -> ResponseReturnValue:
    """Show the course, where what comes before it stands with links."""
    flash(_(refusal.message, courses=isolate(refusal.params["courses"], plain=True)), "warning")
    page = course_queries.course_page(get_actor(), refusal.course, current_language())
    return _course_page(page), 409


@blueprint.post("/courses/<course>/enrollment")
@requires(Permission.COURSE_STUDY)
def enroll(course: str) -> ResponseReturnValue:
    """Enroll in a course."""
    services.enroll_in_course(get_actor(), course, moment=current_moment())
    return see_other(url_for("study.course", course=course))


@blueprint.get("/courses/<course>/<unit>/")
@public
def unit(course: str, unit: str) -> ResponseReturnValue:
    """Show a unit; strangers read those of an open course, and record nothing."""
    page = _readable(lambda: _unit(course, unit))
    if g.actor is None:
        return _for_reader(_unit_page(page, None))
    held = take_held_form(get_actor(), request.path) if "held" in request.args else None
    if held is not None:
        flash(_("Your text was kept while you were signed out. It is not handed in yet."), "warning")
    return _unit_page(page, _task_form(page, held.get("report") if held else None))


def _unit(course: str, unit: str) -> UnitPage:
    return course_queries.unit_page(
        g.actor, course, unit, language=current_language(), now=current_moment().at
    )


def _unit_page(page: UnitPage, form: TaskForm | None) -> str:
    return render_template("study/unit.html", page=page, form=form)


def _task_form(page: UnitPage, text: str | None = None) -> TaskForm:
    """Return the form to hand in a task, with what is to be mended in it, or with what was typed."""
    latest = page.task.latest if page.task else None
    begun = latest.text if latest else ""
    return TaskForm(
        formdata=None,
        data={
            "report": begun if text is None else text,
            "revision": page.revision,
            "after": latest.number if latest else 0,
        },
    )


@blueprint.post("/courses/<course>/<unit>/completion")
@requires(Permission.COURSE_STUDY)
def complete_unit(course: str, unit: str) -> ResponseReturnValue:
    """Record "I have read this"."""
    form = ReadForm()
    revision = form.revision.data if form.validate_on_submit() else None
    outcome = services.declare_read(get_actor(), course, unit, revision_id=revision, moment=current_moment())
    if outcome.course_completed:
        flash(_("You have completed the course. Well done!"), "success")
    elif outcome.unit_state.is_finished:
        flash(_("Marked as done."), "success")
    else:
        flash(_("Noted. What this unit asks for besides is listed below."), "info")
    return see_other(url_for("study.unit", course=course, unit=unit))


@blueprint.post("/courses/<course>/<unit>/task")
@requires(Permission.COURSE_STUDY)
def hand_in_task(course: str, unit: str) -> ResponseReturnValue:
    """Hand in what was done for the task of a unit."""
    sent = TaskForm()
    shown = sent if sent.validate_on_submit() else None
    typed = sent.report.data or ""
    try:
        hand_in(
            get_actor(),
            course,
            unit,
            text=typed,
            revision_id=shown.revision.data if shown else None,
            seen=(shown.after.data or 0) if shown else 0,
            moment=current_moment(),
        )
    except (Conflict, Refused) as refusal:
        page = _unit(course, unit)
        form = _task_form(page, typed)
        told = _(refusal.message, **refusal.params)
        if refusal.field == "report":
            form.report.errors = [told]
        else:
            flash(told, "warning")
        return _unit_page(page, form), 409 if isinstance(refusal, Conflict) else 422
    flash(_("Your task is handed in. You will be told here when it has been read."), "success")
    return see_other(url_for("study.unit", course=course, unit=unit, _anchor="hand-in"))


@blueprint.get("/courses/<course>/media/<path:name>")
@public
def media(course: str, name: str) -> Response:
    """Give a picture, sound, film or document of a course; of a film also a part of it."""
    if g.actor is None:
        found = _readable(lambda: get_open_media(course, name))
    else:
        found = get_media(course, name, g.actor.scope(Permission.COURSE_EDIT))
    response = send_file(
        BytesIO(found.data),
        mimetype=found.mimetype,
        as_attachment=found.is_document,
        download_name=name.rpartition("/")[2],
        conditional=True,
        etag=found.tag,
    )
    response.headers["Cache-Control"] = f"{'private' if g.actor else 'public'}, max-age=3600"
    return response


@blueprint.get("/quizzes/<quiz>/")
@requires(Permission.COURSE_READ)
def quiz(quiz: str) -> str:
    """Show a quiz with the attempts made."""
    page = quiz_queries.quiz_page(get_actor(), quiz, language=current_language(), now=current_moment().at)
    return render_template("study/quiz.html", page=page)


@blueprint.post("/quizzes/<quiz>/attempts")
@requires(Permission.ATTEMPT_OWN)
def start_attempt(quiz: str) -> ResponseReturnValue:
    """Begin an attempt, or go on with the open one."""
    attempt = quizzes.start_attempt(
        get_actor(), quiz, seed=secrets.token_bytes(SEED_BYTES), moment=current_moment()
    )
    return see_other(url_for("study.attempt", attempt=attempt))


@blueprint.get("/attempts/<int:attempt>/")
@requires(Permission.ATTEMPT_OWN)
def attempt(attempt: int) -> ResponseReturnValue:
    """Show an open attempt to answer, or a submitted one to review."""
    if "held" in request.args:
        return _restore_answers(attempt)
    stored = get_attempt(get_actor(), attempt)
    if stored.row.submitted_at is not None:
        review = quiz_queries.review_page(
            get_actor(), stored, language=current_language(), now=current_moment().at
        )
        return render_template("study/review.html", page=review)
    moment = current_moment()
    number = request.args.get("page", stored.position, type=int)
    page = quiz_queries.attempt_page(get_actor(), stored, current_language(), page=max(1, number))
    if quizzes.is_time_over(stored, moment):
        return render_template("study/time_over.html", page=page)
    return render_template(
        "study/attempt.html",
        page=page,
        seconds_left=quizzes.seconds_left(stored, moment),
        event_id=str(uuid4()),
        notes=read_back_notes(page.questions),
    )


def _restore_answers(attempt_id: int) -> ResponseReturnValue:
    """Save the answers that were sent over an expired session, now that their sender signed in again."""
    actor = get_actor()
    path = url_for("study.attempt", attempt=attempt_id)
    held = accounts.find_held_form(actor, path)
    if held is not None:
        form = ResponsesForm(formdata=MultiDict(held[1]), meta={"csrf": False})
        try:
            quizzes.save_responses(
                actor,
                attempt_id,
                lambda stored: _read_answers(stored, form, MultiDict(held[1])),
                language=_shown_in(dict(held[1])),
                moment=current_moment(),
            )
        except (Conflict, Refused) as refusal:
            flash(_(refusal.message, **refusal.params), "warning")
        else:
            flash(_("Your answers were kept while you were signed out, and are saved now."), "success")
        drop_held_form(actor, path)
    return see_other(path)


def _read_answers(
    stored: StoredAttempt, form: ResponsesForm, fields: MultiDict[str, str]
) -> dict[str, quizzes.Answer]:
    """Return the answer to each question of the paper that the fields `q-<id>` give; raises Refused."""
    if not form.validate():
        raise Refused("The form was not understood. Reload the page; what was saved is still there.")
    text = original_text(stored)
    paper = attempt_paper(stored, text)
    event = UUID(form.event_id.data or str(uuid4()))
    sequence = form.sequence.data or 1
    shown = paper.on_page(form.page.data) if form.page.data else paper.question_ids
    if form.only.data:
        if form.only.data not in paper.question_ids:
            raise Refused("This question is not part of the attempt.")
        shown = (form.only.data,)
    answers = {}
    for number, question_id in enumerate(paper.question_ids, start=1):
        if question_id not in shown:
            continue
        try:
            value = read_form_response(text.quiz.question(question_id), fields.getlist)
        except Refused as refusal:
            raise Refused(
                "Question %(number)s: %(reason)s",
                field=refusal.field,
                number=number,
                reason=_(refusal.message, **refusal.params),
            ) from refusal
        answers[question_id] = quizzes.Answer(question_id, value, str(uuid5(event, question_id)), sequence)
    return answers


def _shown_in(fields: Mapping[str, str]) -> str:
    """Return the language in which the questions stood before the person who sent these fields."""
    language = fields.get("shown_in", "")
    return language if language in LANGUAGES else current_language()


def _read_form(stored: StoredAttempt) -> dict[str, quizzes.Answer]:
    """Return the answers of the posted form; raises Refused."""
    return _read_answers(stored, ResponsesForm(), request.form)


def _is_complete(stored: StoredAttempt, answers: Mapping[str, quizzes.Answer]) -> bool:
    """Tell whether every question has an answer among these, and every typed one can be understood."""
    text = original_text(stored)
    quiz = text.quiz
    return len(answers) == len(attempt_paper(stored, text).questions) and all(
        answer.value is not None and is_understood(quiz.question(name), answer.value, quiz.language)
        for name, answer in answers.items()
    )


@blueprint.post("/attempts/<int:attempt>/responses")
@requires(Permission.ATTEMPT_OWN)
def save_responses(attempt: int) -> ResponseReturnValue:
    """Save answers and go on answering, with a hint or in another language if one was chosen with them."""
    actor = get_actor()
    moment = current_moment()
    page, to = (request.form.get(name, type=int) for name in ("page", "to"))
    saved = quizzes.save_responses(
        actor,
        attempt,
        _read_form,
        position=to or 1,
        language=_shown_in(request.form),
        moment=moment,
    )
    if wants_json():
        typed = _typed(actor, saved)
        return jsonify(
            saved=True,
            answered=saved.answered,
            notes=read_back_notes(typed),
            unread=list(unread_fields(typed)),
            seconds_left=quizzes.seconds_left(saved.attempt, moment),
        )
    if hint := request.form.get("hint"):
        question, _slash, number = hint.partition("/")
        quizzes.open_hint(actor, attempt, question, number=int(number), moment=moment)
        return see_other(
            url_for("study.attempt", attempt=attempt, page=page, _anchor=f"hint-{question}-{number}")
        )
    response = see_other(url_for("study.attempt", attempt=attempt, page=to or page))
    if (chosen := request.form.get("language")) in LANGUAGES:
        set_language(actor, chosen)
        remember_language(response, chosen)
    elif to is None:
        flash(_("Your answers are saved."), "success")
    return response


def _typed(actor: Actor, saved: quizzes.Saved) -> tuple[QuestionView, ...]:
    """Return the questions, if numbers are typed into the one that was sent or any, which are told how they read."""
    quiz = original_text(saved.attempt).quiz
    only = request.form.get("only")
    if not any(
        quiz.question(name).type in ("numeric", "cloze") for name in ([only] if only else saved.counting)
    ):
        return ()
    return quiz_queries.attempt_page(
        actor, saved.attempt, _shown_in(request.form), responses=saved.counting
    ).questions


def _field(question: QuestionView, gap: str) -> str:
    """Return the name of a gap, or of the question without one, on the page."""
    return f"{question.id}-{gap}" if gap else question.id


def unread_fields(questions: Iterable[QuestionView]) -> Iterator[str]:
    """Yield the fields in which a number was typed that cannot be understood."""
    for question in questions:
        for gap, number in question.readings.items():
            if number is None:
                yield _field(question, gap)


def read_back_notes(questions: Iterable[QuestionView]) -> dict[str, str]:
    """Return by field the sentence that tells how the number typed there was read."""
    return {
        _field(question, gap): _read_back_note(number, question.asked.offer.unit, gap=gap)
        for question in questions
        for gap, number in question.readings.items()
    }


def _read_back_note(number: str | None, unit: str, *, gap: str) -> str:
    if number is None:
        note = _("This cannot be read as a number. Write it like 1200 or 3.5, without words.")
    else:
        # A number has its sign before it also where its unit is written from right to left.
        with_unit = f"{isolate(number, plain=True)} {unit}".rstrip()
        note = _("Read as %(number)s", number=isolate(with_unit, plain=True))
    return str(_("Gap %(number)s: %(note)s", number=gap, note=note) if gap else note)


class _IncompleteError(Exception):
    """Not every question is answered yet, and the learner wants to be asked about that."""


@blueprint.post("/attempts/<int:attempt>/submission")
@requires(Permission.ATTEMPT_OWN)
def submit_attempt(attempt: int) -> ResponseReturnValue:
    """Save the answers, ask about those still missing, submit, and show the result.

    When the time is over, what was saved before is submitted: otherwise the attempt could never be closed.
    """
    actor, moment, language = get_actor(), current_moment(), _shown_in(request.form)
    sent = "sequence" in request.form or any(name.startswith("q-") for name in request.form)

    def answers(stored: StoredAttempt) -> dict[str, quizzes.Answer]:
        if not sent or quizzes.is_time_over(stored, moment):
            return {}
        given = _read_form(stored)
        if request.form.get("confirm") == "ask" and not _is_complete(stored, given):
            raise _IncompleteError
        return given

    try:
        submission = quizzes.submit_attempt(actor, attempt, moment=moment, answers=answers, language=language)
    except _IncompleteError:
        saved = quizzes.save_responses(actor, attempt, _read_form, language=language, moment=moment)
        page = quiz_queries.attempt_page(actor, saved.attempt, current_language(), responses=saved.counting)
        if page.unanswered or page.unread:
            return render_template("study/submit_confirm.html", page=page, unanswered=page.unanswered)
        submission = quizzes.submit_attempt(actor, attempt, moment=moment)
    if sent and quizzes.is_time_over(submission.attempt, moment):
        flash(_("The time was over. What was saved in time counts; answers given later do not."), "warning")
    if submission.course_completed:
        flash(_("You have completed the course. Well done!"), "success")
    return see_other(url_for("study.attempt", attempt=attempt))
