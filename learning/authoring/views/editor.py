"""One text: editing with its preview, drafts, publishing, and its history."""

from flask import flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.accounts.services import take_held_form
from learning.authoring import queries, services
from learning.authoring.forms import EditorForm, NewDocumentForm
from learning.authoring.pages import (
    Conflict,
    CourseView,
    DocumentView,
    EditorPage,
    RevisionPage,
    RevisionsPage,
    RevisionView,
)
from learning.authoring.queries import EditedDocument
from learning.authoring.regrading import to_mark_anew
from learning.authoring.views.base import EDIT, blueprint, document_url, findings, renderer
from learning.authoring.views.regrading import flash_attempts_to_mark_anew
from learning.config import LANGUAGES
from learning.courses import queries as courses
from learning.courses.queries import StoredRevision
from learning.courses.services import ContentRejected, EditConflict
from learning.domain.errors import NotFound
from learning.domain.permissions import Permission
from learning.formats.bundle import Kind
from learning.progress.clock import current_moment
from learning.quizzes.papers import preview_questions
from learning.web.access import get_actor, requires
from learning.web.errors import wants_json
from learning.web.forms import see_other


def _document(kind: Kind, course: str | None, slug: str) -> EditedDocument:
    language = request.form.get("language") or request.args.get("language")
    if language and language not in LANGUAGES:
        raise NotFound(language)
    return queries.get_document(get_actor(), course, kind=kind, slug=slug, language=language or None)


def _edit(document: EditedDocument) -> str:
    """Show the editor with the latest text, or with what was typed before the session expired."""
    form = EditorForm(formdata=None)
    form.source.data = document.source
    form.language.data = document.language
    form.base_revision.data = document.latest.id if document.latest else None
    if "held" in request.args and (fields := take_held_form(get_actor(), request.path)) is not None:
        form.source.data = fields.get("source", document.source)
        form.note.data = fields.get("note", "")
        base = fields.get("base_revision", "")
        form.base_revision.data = int(base) if base.isdigit() else None
        flash(_("Your text was kept while you were signed out. It is not saved yet."), "warning")
    return _editor(document, form)


def _editor(
    document: EditedDocument, form: EditorForm, *, error: ContentRejected | EditConflict | None = None
) -> str:
    source = (form.source.data or "").replace("\r\n", "\n")
    form.source.data = source
    seen = services.preview(document, source, renderer())
    row = document.row
    slug, course_slug = document.slug, document.course.slug
    address = {"language": document.language}
    conflict = None
    if isinstance(error, EditConflict) and document.latest is not None:
        conflict = Conflict(
            document.source,
            document.latest.author,
            document.latest.created_at,
            queries.compare(source, document.source),
        )
        # The person sees theirs now; what was posted would otherwise be shown again instead of the data.
        form.base_revision.raw_data, form.base_revision.data = None, document.latest.id
    page = EditorPage(
        kind=document.kind,
        course_slug=course_slug,
        slug=slug,
        title=row.title if row else slug,
        path=document.path,
        language=document.language,
        base_revision=form.base_revision.data,
        is_saved=source == document.source.replace("\r\n", "\n"),
        latest_number=row.latest_number if row else None,
        published_number=row.published_number if row else None,
        preview_html=seen.html,
        preview_quiz=preview_questions(seen.quiz) if seen.quiz else None,
        diagnostics=findings(seen.diagnostics),
        effect_preview=queries.effect_of(document),
        conflict=conflict,
        view_url=_view_url(document),
        edit_url=document_url("edit", document.kind, course_slug, slug, **address),
        revisions_url=document_url("revisions", document.kind, course_slug, slug, **address),
        preview_url=document_url("preview", document.kind, course_slug, slug, **address),
        draft_url=document_url("draft", document.kind, course_slug, slug, **address),
        publish_url=document_url("publish", document.kind, course_slug, slug, **address),
        twins=tuple(
            (language, document_url("edit", document.kind, course_slug, slug, language=language))
            for language in LANGUAGES
        ),
    )
    if document.kind == "course":
        return render_template(
            "authoring/course.html",
            page=page,
            form=form,
            course=_course_view(document),
            new_form=NewDocumentForm(formdata=None),
        )
    return render_template("authoring/edit.html", page=page, form=form)


def _view_url(document: EditedDocument) -> str | None:
    if document.row is None or document.row.published_id is None:
        return None
    if document.kind == "course":
        return url_for("study.course", course=document.course.slug)
    if document.kind == "unit":
        return url_for("study.unit", course=document.course.slug, unit=document.slug)
    return url_for("study.quiz", quiz=document.slug)


def _preview(document: EditedDocument) -> ResponseReturnValue:
    form = EditorForm()
    if not wants_json():
        return _editor(document, form)
    seen = services.preview(document, form.source.data or "", renderer())
    html = seen.html or ""
    if seen.quiz is not None:
        html = render_template(
            "authoring/quiz_preview.html",
            questions=preview_questions(seen.quiz),
            quiz_language=document.language,
        )
    return jsonify(
        html=html,
        diagnostics=[
            {"line": f.line, "column": f.column, "code": f.code, "severity": f.severity, "text": f.text}
            for f in findings(seen.diagnostics)
        ],
    )


def _draft(document: EditedDocument) -> ResponseReturnValue:
    form = EditorForm()
    if not form.validate():
        return _editor(document, form), 422
    try:
        services.save_draft(
            get_actor(),
            document,
            form.source.data or "",
            note=form.note.data or "",
            base=form.base_revision.data,
            moment=current_moment(),
        )
    except EditConflict as conflict:
        return _editor(document, form, error=conflict), 409
    flash(_("The draft is saved. Readers still see the published text."), "success")
    return see_other(
        document_url("edit", document.kind, document.course.slug, document.slug, language=document.language)
    )


def _publish(document: EditedDocument) -> ResponseReturnValue:
    form = EditorForm()
    if not form.validate():
        return _editor(document, form), 422
    try:
        services.publish(
            get_actor(),
            document,
            form.source.data or "",
            note=form.note.data or "",
            effect=form.effect.data,
            base=form.base_revision.data,
            renderer=renderer(),
            moment=current_moment(),
        )
    except ContentRejected as rejection:
        flash(_("Not published: the text has errors, named below. Your text is kept in the box."), "error")
        return _editor(document, form, error=rejection), 422
    except EditConflict as conflict:
        return _editor(document, form, error=conflict), 409
    flash(_("Published. Readers see the new text now."), "success")
    if document.kind == "quiz":
        flash_attempts_to_mark_anew(to_mark_anew(document.slug))
    return see_other(
        document_url("edit", document.kind, document.course.slug, document.slug, language=document.language)
    )


def _revisions(document: EditedDocument) -> str:
    rows = queries.list_history(document)
    published = document.row.published_id if document.row else None
    latest = document.row.latest_id if document.row else None
    slug, course_slug, language = document.slug, document.course.slug, document.language
    page = RevisionsPage(
        kind=document.kind,
        title=document.row.title if document.row else slug,
        path=document.path,
        edit_url=document_url("edit", document.kind, course_slug, slug, language=language),
        revisions=tuple(
            RevisionView(
                number=row.number,
                author=row.author,
                created_at=row.created_at,
                note=row.note,
                effect=row.effect,
                is_published=row.id == published,
                is_draft=row.id == latest and row.id != published,
                url=document_url(
                    "revision", document.kind, course_slug, slug, number=row.number, language=language
                ),
            )
            for row in rows
        ),
    )
    return render_template("authoring/revisions.html", page=page)


def _revision(document: EditedDocument, number: int) -> str:
    this = queries.get_history_entry(document, number)
    before: StoredRevision | None = queries.get_history_entry(document, number - 1) if number > 1 else None
    source = this.source.decode("utf-8", "replace")
    slug, course_slug, language = document.slug, document.course.slug, document.language
    page = RevisionPage(
        number=number,
        title=document.row.title if document.row else slug,
        path=document.path,
        language=document.language,
        source=source,
        author=this.author,
        created_at=this.created_at,
        note=this.note,
        diff=queries.compare(before.source.decode("utf-8", "replace"), source) if before else (),
        edit_url=document_url("edit", document.kind, course_slug, slug, language=language),
        revisions_url=document_url("revisions", document.kind, course_slug, slug, language=language),
    )
    return render_template("authoring/revision.html", page=page)


def _course_view(document: EditedDocument) -> CourseView:
    """Return the course with all its documents, which the page of the course's own text lists."""
    row = document.course
    documents = courses.list_documents([row.id])[row.id]
    views = tuple(
        DocumentView(
            d.kind,
            d.slug,
            d.title,
            d.language,
            d.position,
            d.published_number,
            d.latest_number,
            d.has_draft,
            d.changed_at,
            d.author,
            document_url("edit", d.kind, row.slug, d.slug, language=d.language),
            document_url("revisions", d.kind, row.slug, d.slug, language=d.language),
        )
        for d in documents
    )
    title = next((d.title for d in documents if d.kind == "course" and d.language == row.language), row.slug)
    return CourseView(row.slug, title, views)


@blueprint.get("/courses/<course>/")
@requires(EDIT)
def edit_course(course: str) -> str:
    """List the documents of a course and edit its own text."""
    return _edit(_document("course", course, course))


@blueprint.post("/courses/<course>/preview")
@requires(EDIT)
def preview_course(course: str) -> ResponseReturnValue:
    """Preview the text of a course."""
    return _preview(_document("course", course, course))


@blueprint.post("/courses/<course>/draft")
@requires(EDIT)
def draft_course(course: str) -> ResponseReturnValue:
    """Save a draft of a course's text."""
    return _draft(_document("course", course, course))


@blueprint.post("/courses/<course>/publish")
@requires(Permission.COURSE_PUBLISH)
def publish_course(course: str) -> ResponseReturnValue:
    """Publish the text of a course."""
    return _publish(_document("course", course, course))


@blueprint.get("/courses/<course>/revisions/")
@requires(EDIT)
def revisions_course(course: str) -> str:
    """Show the history of a course's text."""
    return _revisions(_document("course", course, course))


@blueprint.get("/courses/<course>/revisions/<int:number>/")
@requires(EDIT)
def revision_course(course: str, number: int) -> str:
    """Show one revision of a course's text."""
    return _revision(_document("course", course, course), number)


@blueprint.get("/courses/<course>/<unit>/")
@requires(EDIT)
def edit_unit(course: str, unit: str) -> str:
    """Edit a unit."""
    return _edit(_document("unit", course, unit))


@blueprint.post("/courses/<course>/<unit>/preview")
@requires(EDIT)
def preview_unit(course: str, unit: str) -> ResponseReturnValue:
    """Preview a unit."""
    return _preview(_document("unit", course, unit))


@blueprint.post("/courses/<course>/<unit>/draft")
@requires(EDIT)
def draft_unit(course: str, unit: str) -> ResponseReturnValue:
    """Save a draft of a unit."""
    return _draft(_document("unit", course, unit))


@blueprint.post("/courses/<course>/<unit>/publish")
@requires(Permission.COURSE_PUBLISH)
def publish_unit(course: str, unit: str) -> ResponseReturnValue:
    """Publish a unit."""
    return _publish(_document("unit", course, unit))


@blueprint.get("/courses/<course>/<unit>/revisions/")
@requires(EDIT)
def revisions_unit(course: str, unit: str) -> str:
    """Show the history of a unit."""
    return _revisions(_document("unit", course, unit))


@blueprint.get("/courses/<course>/<unit>/revisions/<int:number>/")
@requires(EDIT)
def revision_unit(course: str, unit: str, number: int) -> str:
    """Show one revision of a unit."""
    return _revision(_document("unit", course, unit), number)


@blueprint.get("/quizzes/<quiz>/")
@requires(EDIT)
def edit_quiz(quiz: str) -> str:
    """Edit a quiz."""
    return _edit(_document("quiz", None, quiz))


@blueprint.post("/quizzes/<quiz>/preview")
@requires(EDIT)
def preview_quiz(quiz: str) -> ResponseReturnValue:
    """Preview a quiz."""
    return _preview(_document("quiz", None, quiz))


@blueprint.post("/quizzes/<quiz>/draft")
@requires(EDIT)
def draft_quiz(quiz: str) -> ResponseReturnValue:
    """Save a draft of a quiz."""
    return _draft(_document("quiz", None, quiz))


@blueprint.post("/quizzes/<quiz>/publish")
@requires(Permission.COURSE_PUBLISH)
def publish_quiz(quiz: str) -> ResponseReturnValue:
    """Publish a quiz."""
    return _publish(_document("quiz", None, quiz))


@blueprint.get("/quizzes/<quiz>/revisions/")
@requires(EDIT)
def revisions_quiz(quiz: str) -> str:
    """Show the history of a quiz."""
    return _revisions(_document("quiz", None, quiz))


@blueprint.get("/quizzes/<quiz>/revisions/<int:number>/")
@requires(EDIT)
def revision_quiz(quiz: str, number: int) -> str:
    """Show one revision of a quiz."""
    return _revision(_document("quiz", None, quiz), number)
