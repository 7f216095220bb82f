"""Quizzes from other systems and for them: look first, then save; see what is lost, then take the file."""

from collections.abc import Iterable

from flask import Response, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.authoring import exchange, queries, services
from learning.authoring.conversion import name_of_file, slug_for
from learning.authoring.forms import QuizFileForm, SaveQuizForm
from learning.authoring.pages import ExportPage, ImportPage, LossView
from learning.authoring.views.base import EDIT, blueprint, document_url, findings, renderer
from learning.config import LANGUAGES
from learning.courses.queries import CourseRow
from learning.courses.services import ContentRejected
from learning.domain.errors import NotFound, Refused
from learning.formats.exchange import FORMATS, Format, Loss, format_of
from learning.progress.clock import current_moment
from learning.quizzes.papers import preview_questions
from learning.web.access import get_actor, requires
from learning.web.forms import see_other


def _losses(found: Iterable[Loss]) -> tuple[LossView, ...]:
    return tuple(
        LossView(loss.question, loss.line, loss.code, loss.severity.value, loss.text(_)) for loss in found
    )


@blueprint.route("/courses/<course>/quizzes/import", methods=["GET", "POST"])
@requires(EDIT)
def import_quiz(course: str) -> ResponseReturnValue:
    """Look at a quiz of another system before it is saved."""
    row = queries.get_editable_course(get_actor(), course)
    form = QuizFileForm()
    if not form.validate_on_submit():
        page = _page(_empty(row), form)
        return page, 422 if form.is_submitted() else 200
    data = form.file.data.read()
    name = (form.file.data.filename or "quiz")[:200]
    found = FORMATS.get(form.format.data) or format_of(name, data)
    if found is None:
        form.format.errors = [_("The format cannot be told by the name of the file; choose it here.")]
        return _page(_empty(row), form), 422
    upload = exchange.keep_upload(
        get_actor(), name, data, data_dir=current_app.config["SITE"].data_dir, moment=current_moment()
    )
    return _preview(row, upload, found, form)


def _page(page: ImportPage, form: QuizFileForm, saving: SaveQuizForm | None = None) -> str:
    return render_template("authoring/quiz_import.html", page=page, form=form, saving=saving)


def _empty(course: CourseRow) -> ImportPage:
    return ImportPage(course.slug, course.language, "", "", None, (), ())


def _preview(
    course: CourseRow,
    upload: exchange.Upload,
    form: Format,
    upload_form: QuizFileForm,
    saving: SaveQuizForm | None = None,
) -> ResponseReturnValue:
    imported = exchange.read_upload(upload, form, course.language)
    questions = None
    if imported.quiz is not None:
        try:
            questions = preview_questions(exchange.show_imported(course, imported.quiz, renderer()))
        except ContentRejected as rejection:
            return _rejected(course, upload_form, rejection)
    page = ImportPage(
        course.slug,
        course.language,
        upload.name,
        form.title,
        questions,
        _losses(imported.losses),
        (),
        imported.source,
    )
    if saving is None and imported.quiz is not None:
        saving = SaveQuizForm(formdata=None)
        saving.title.data = imported.quiz.title
        saving.slug.data = slug_for(imported.quiz.title)
        saving.token.data, saving.format.data = upload.token, form.name
    body = _page(page, upload_form, saving)
    return body, 422 if imported.quiz is None or (saving is not None and saving.errors) else 200


def _rejected(course: CourseRow, form: QuizFileForm, rejection: ContentRejected) -> ResponseReturnValue:
    page = ImportPage(course.slug, course.language, "", "", None, (), findings(rejection.diagnostics))
    return _page(page, form), 422


@blueprint.post("/courses/<course>/quizzes/imported")
@requires(EDIT)
def save_imported_quiz(course: str) -> ResponseReturnValue:
    """Save a quiz that was looked at as a draft."""
    row = queries.get_editable_course(get_actor(), course)
    saving = SaveQuizForm()
    data_dir = current_app.config["SITE"].data_dir
    form = FORMATS.get(saving.format.data or "")
    if form is None:
        raise Refused("The file is no longer here; choose it again.")
    upload = exchange.find_upload(get_actor(), saving.token.data or "", data_dir=data_dir)
    if not saving.validate_on_submit():
        return _preview(row, upload, form, QuizFileForm(formdata=None), saving)
    try:
        exchange.save_imported(
            get_actor(),
            row,
            exchange.read_upload(upload, form, row.language),
            slug=saving.slug.data,
            title=saving.title.data,
            renderer=renderer(),
            moment=current_moment(),
        )
    except Refused as refusal:
        if refusal.field != "slug":
            raise
        saving.slug.errors = [_(refusal.message, **refusal.params)]
        return _preview(row, upload, form, QuizFileForm(formdata=None), saving)
    except ContentRejected as rejection:
        return _rejected(row, QuizFileForm(formdata=None), rejection)
    exchange.forget_upload(get_actor(), upload.token, data_dir=data_dir)
    flash(_("The quiz is saved as a draft. Look at it, then publish it."), "success")
    return see_other(document_url("edit", "quiz", row.slug, saving.slug.data, language=row.language))


@blueprint.get("/quizzes/<quiz>/export")
@requires(EDIT)
def export_quiz(quiz: str) -> ResponseReturnValue:
    """Say what a format of another system loses of a quiz, or give the file."""
    language = request.args.get("language") or None
    if language is not None and language not in LANGUAGES:
        raise NotFound(language)
    document = queries.get_document(get_actor(), None, kind="quiz", slug=quiz, language=language)
    written = {name: form for name, form in FORMATS.items() if form.write is not None}
    chosen = request.args.get("format", "")
    if chosen and chosen not in written:
        raise NotFound(chosen)
    exported = exchange.export_quiz(document, written[chosen], renderer()) if chosen else None
    if exported is not None and exported.data and "file" in request.args:
        services.note_export(get_actor(), f"quiz:{quiz}", how=chosen, moment=current_moment())
        response = Response(exported.data, mimetype=written[chosen].mimetype)
        name = name_of_file(document.slug, written[chosen])
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    page = ExportPage(
        document.course.slug,
        document.slug,
        document.row.title if document.row else document.slug,
        document.language,
        tuple((name, form.title) for name, form in written.items()),
        chosen,
        bool(exported and exported.data),
        _losses(exported.losses) if exported else (),
    )
    return render_template("authoring/quiz_export.html", page=page)
