"""The trainer's courses: the list, new texts, import and export."""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from learning.authoring import queries, services
from learning.authoring.forms import ImportForm, NewDocumentForm
from learning.authoring.views.base import EDIT, blueprint, document_url, findings, renderer
from learning.courses import queries as courses
from learning.courses.services import ContentRejected, Publication
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Permission
from learning.formats.bundle import BundleRejected, Kind, read_bundle, write_bundle
from learning.progress.clock import current_moment
from learning.web.access import get_actor, requires
from learning.web.clock import now
from learning.web.forms import see_other


@blueprint.get("/")
@requires(EDIT)
def index() -> str:
    """List the courses the trainer may edit."""
    rows = tuple(queries.list_authored_courses(get_actor()))
    return render_template("authoring/index.html", courses=rows, form=ImportForm())


@blueprint.post("/courses/<course>/units")
@requires(EDIT)
def create_unit(course: str) -> ResponseReturnValue:
    """Begin a new unit."""
    return _create("unit", course)


@blueprint.post("/courses/<course>/quizzes")
@requires(EDIT)
def create_quiz(course: str) -> ResponseReturnValue:
    """Begin a new quiz."""
    return _create("quiz", course)


def _create(kind: Kind, course: str) -> ResponseReturnValue:
    row = queries.get_editable_course(get_actor(), course)
    form = NewDocumentForm()
    if not form.validate_on_submit():
        raise Refused(str(next(iter(next(iter(form.errors.values()))))))
    slug = form.slug.data
    services.add_document(
        get_actor(),
        course,
        kind=kind,
        slug=slug,
        title=form.title.data,
        path=courses.document_path(kind, course, slug=slug, language=row.language),
        language=row.language,
        moment=current_moment(),
    )
    return see_other(document_url("edit", kind, course, slug))


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.COURSE_PUBLISH)
def import_bundle() -> ResponseReturnValue:
    """Import a ZIP of courses and quizzes, whole or not at all."""
    form = ImportForm()
    if not form.validate_on_submit():
        rows = tuple(queries.list_authored_courses(get_actor()))
        page = render_template("authoring/index.html", courses=rows, form=form)
        return page, 422 if form.is_submitted() else 200
    try:
        bundle = read_bundle(form.file.data.read())
        changes, warnings = services.import_files(
            bundle.files,
            Publication(get_actor().id, now()),
            renderer=renderer(),
            moment=current_moment(),
            actor=get_actor(),
        )
    except (BundleRejected, ContentRejected) as rejection:
        page = render_template(
            "authoring/import_result.html",
            files=(),
            diagnostics=findings(tuple(rejection.diagnostics)),
            rejected=True,
        )
        return page, 422
    return render_template(
        "authoring/import_result.html",
        files=tuple((change.status.value, change.path) for change in changes),
        diagnostics=findings(tuple(warnings)),
        rejected=False,
    )


@blueprint.get("/export")
@requires(EDIT)
def export() -> Response:
    """Download the courses named by `course`, or all of the trainer's, byte for byte as imported."""
    slugs = request.args.getlist("course")
    slugs = slugs or [row.slug for row in queries.list_authored_courses(get_actor())]
    for slug in slugs:
        queries.get_editable_course(get_actor(), slug)
    files = services.export_files(slugs)
    if not files:
        raise NotFound
    for slug in slugs:
        services.note_export(get_actor(), f"course:{slug}", how="zip", moment=current_moment())
    response = Response(write_bundle(files), mimetype="application/zip")
    name = slugs[0] if len(slugs) == 1 else "courses"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response
