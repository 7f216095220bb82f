"""The manager's pages: overview, course, organization, person, and the same as files."""

from dataclasses import replace

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from learning.domain.allowance import NO_ALLOWANCE
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Permission
from learning.domain.purposes import PagePurpose, Purpose
from learning.i18n import current_language
from learning.progress.clock import current_moment
from learning.quizzes.granting import AllowedMeanwhile
from learning.reports import queries, services
from learning.reports.allowances import allowance_page, give_allowance, limited_quizzes
from learning.reports.files import (
    course_document,
    organization_document,
    overview_document,
    person_document,
)
from learning.reports.filters import Filters
from learning.reports.forms import AllowanceForm, page_of
from learning.reports.people import PersonReport, certificates_of, person_report
from learning.reports.views.base import (
    READ,
    asked_filters,
    asked_purpose,
    asked_sorting,
    blueprint,
    file_response,
    filter_context,
    maker,
    scope,
    sheet_context,
)
from learning.web.access import get_actor, requires
from learning.web.clock import today
from learning.web.forms import see_other


@blueprint.get("/reports/")
@requires(READ)
def overview() -> str:
    """Show all courses over the manager's organizations."""
    filters = asked_filters()
    return render_template(
        "reports/overview.html", page=_overview(filters), sorting=asked_sorting(), **filter_context(filters)
    )


@blueprint.get("/reports/overview.<any(csv, xlsx, pdf):kind>")
@requires(READ)
def overview_file(kind: str) -> Response:
    """Download the overview."""
    filters = asked_filters()
    return file_response(overview_document(_overview(filters), maker(filters)), kind)


def _overview(filters: Filters) -> queries.Overview:
    report = queries.overview(scope(), filters.as_of, asked=filters.asked)
    courses = sorted(report.courses, key=lambda course: -course.overdue)  # unless another order is asked for
    return replace(report, courses=asked_sorting().rows(courses, name=lambda course: course.title))


@blueprint.get("/reports/courses/<course>/")
@requires(READ)
def course(course: str) -> str:
    """Show a course over the communes of the manager's scope: its figures, or a map of its units in shades."""
    is_map = request.args.get("view") == "map"
    filters = asked_filters()
    report = _course(course, filters, with_units=is_map)
    return render_template(
        "reports/course.html",
        page=report,
        is_map=is_map,
        waves=queries.list_waves(scope(), course),
        **sheet_context(report.rows),
        sorting=asked_sorting(),
        **filter_context(filters),
    )


@blueprint.get("/reports/courses/<course>.<any(csv, xlsx, pdf):kind>")
@requires(READ)
def course_file(course: str, kind: str) -> Response:
    """Download the report of a course."""
    filters = asked_filters()
    return file_response(course_document(_course(course, filters), maker(filters)), kind)


def _course(course: str, filters: Filters, *, with_units: bool = True) -> queries.CourseReport:
    """Return the report; raises NotFound also for a round that there is not."""
    if filters.asked.wave and filters.asked.wave not in queries.list_waves(scope(), course):
        raise NotFound(filters.asked.wave)
    report = queries.course_report(scope(), course, filters.as_of, with_units=with_units, asked=filters.asked)
    return replace(report, rows=asked_sorting().rows(report.rows, name=lambda row: row.name))


@blueprint.get("/reports/organizations/<code>/")
@requires(READ)
def organization(code: str) -> str:
    """Show one organization with its people; seeing names is put on record."""
    filters = asked_filters()
    report = _organization(code, filters, "page", page_of(request.args))
    return render_template(
        "reports/organization.html",
        page=report,
        sorting=asked_sorting(),
        **sheet_context([report.total]),
        **filter_context(filters),
    )


@blueprint.get("/reports/organizations/<code>.<any(csv, xlsx, pdf):kind>")
@requires(READ)
def organization_file(code: str, kind: str) -> Response:
    """Download one organization with its people; seeing names is put on record."""
    filters = asked_filters()
    report = _organization(code, filters, kind, purpose=asked_purpose())
    purpose = asked_purpose()
    return file_response(organization_document(report, maker(filters, purpose)), kind, purpose)


def _organization(
    code: str,
    filters: Filters,
    how: str,
    page: int | None = None,
    *,
    purpose: Purpose | PagePurpose = PagePurpose.FOLLOW_UP,
) -> queries.OrganizationReport:
    actor = get_actor()
    sorting = asked_sorting()
    order = queries.PeopleOrder()
    if sorting.column in ("name", "completed"):
        order = queries.PeopleOrder(sorting.column == "completed", sorting.is_descending)
    report = queries.organization_report(
        scope(),
        code,
        request.args.get("course"),
        as_of=filters.as_of,
        names=actor.scope(Permission.REPORT_READ_NAMES),
        page=page,
        order=order,
        asked=filters.asked,
    )
    if report.people:
        services.record_names_seen(
            actor, code, course=report.course_slug, moment=current_moment(), how=how, purpose=purpose
        )
    return replace(report, children=sorting.rows(report.children, name=lambda row: row.name))


@blueprint.get("/reports/people/<int:person>/")
@requires(Permission.REPORT_READ_NAMES)
def person(person: int) -> str:
    """Show one person in every course; seeing it is put on record."""
    filters = asked_filters()
    report = _person(person, filters, "page")
    return render_template(
        "reports/person.html",
        page=report,
        limited=_limited(report),
        **sheet_context(),
        certificates=certificates_of(report),
        today=today(),
        filters=filters,
    )


def _limited(report: PersonReport) -> frozenset[str]:
    """Return the quizzes at which the reader may allow the person more."""
    if report.has_left or not get_actor().may(Permission.ATTEMPT_ALLOW):
        return frozenset()
    return limited_quizzes({line.quiz for course in report.courses for line in course.units if line.quiz})


@blueprint.get("/reports/people/<int:person>.<any(csv, xlsx, pdf):kind>")
@requires(Permission.REPORT_READ_NAMES)
def person_file(person: int, kind: str) -> Response:
    """Download one person in every course; seeing it is put on record."""
    filters, purpose = asked_filters(), asked_purpose()
    report = _person(person, filters, kind, purpose)
    return file_response(person_document(report, maker(filters, purpose)), kind, purpose)


def _person(
    person_id: int, filters: Filters, how: str, purpose: Purpose | PagePurpose = PagePurpose.FOLLOW_UP
) -> PersonReport:
    actor = get_actor()
    report = person_report(actor.scope(Permission.REPORT_READ_NAMES), person_id, filters.as_of)
    services.record_person_seen(actor, report.id, moment=current_moment(), how=how, purpose=purpose)
    return report


@blueprint.route("/reports/people/<int:person>/quizzes/<quiz>/", methods=["GET", "POST"])
@requires(Permission.ATTEMPT_ALLOW)
def allowance(person: int, quiz: str) -> ResponseReturnValue:
    """Show what a person is allowed at a quiz beyond its rules, and allow something else; both are put on record."""
    actor = get_actor()
    page = allowance_page(actor, person, quiz, current_language())
    form = AllowanceForm(
        data={"attempts": page.now.attempts, "minutes": page.now.minutes, "seen": str(page.seen or "")}
    )
    if request.method == "GET":
        services.record_person_seen(
            actor, person, moment=current_moment(), how="allowance", purpose=PagePurpose.ALLOW
        )
        return render_template("reports/allowance.html", page=page, form=form)
    if not form.validate():
        return render_template("reports/allowance.html", page=page, form=form), 422
    try:
        give_allowance(
            actor,
            person,
            quiz,
            form.allowance,
            reason=form.reason.data.strip(),
            seen=form.seen_allowance,
            moment=current_moment(),
        )
    except AllowedMeanwhile as conflict:
        form.seen.data = str(page.seen or "")
        flash(_(conflict.message), "warning")
        return render_template("reports/allowance.html", page=page, form=form), 409
    except Refused as refusal:
        text = _(refusal.message, **refusal.params)
        if refusal.field:
            form[refusal.field].errors = [text]
        else:
            flash(text, "error")
        return render_template("reports/allowance.html", page=page, form=form), 422
    flash(
        _("Taken back.") if form.allowance == NO_ALLOWANCE else _("Allowed; the person is told."), "success"
    )
    return see_other(url_for("reports.allowance", person=person, quiz=quiz))
