"""Sheets beside the figures: who has not finished yet, how it went by months, the indicator."""

from flask import Response, render_template, request
from flask_babel import gettext as _

from learning.domain.permissions import Permission
from learning.domain.purposes import PagePurpose, Purpose
from learning.progress.clock import current_moment
from learning.reports import services
from learning.reports.indicator import indicator
from learning.reports.sheet_files import indicator_document, trend_document, unfinished_document
from learning.reports.trend import Trend, trend
from learning.reports.unfinished import UnfinishedSheet, unfinished_sheet
from learning.reports.views.base import (
    READ,
    asked_filters,
    asked_purpose,
    blueprint,
    file_response,
    filter_context,
    maker,
    scope,
    sheet_context,
)
from learning.web.access import get_actor, requires
from learning.web.clock import today

READ_NAMES = Permission.REPORT_READ_NAMES


@blueprint.get("/reports/organizations/<code>/not-done/<course>/")
@requires(READ_NAMES)
def not_done(code: str, course: str) -> str:
    """List who of an organization has not completed a course, to print or to copy; it is put on record."""
    return render_template(
        "reports/not_done.html",
        page=_not_done(code, course, "page"),
        **sheet_context(),
    )


@blueprint.get("/reports/organizations/<code>/not-done/<course>.<any(csv, xlsx, pdf):kind>")
@requires(READ_NAMES)
def not_done_file(code: str, course: str, kind: str) -> Response:
    """Download who of an organization has not completed a course; it is put on record."""
    purpose = asked_purpose()
    sheet = _not_done(code, course, kind, purpose)
    return file_response(unfinished_document(sheet, maker(asked_filters(), purpose)), kind, purpose)


def _not_done(
    code: str, course: str, how: str, purpose: Purpose | PagePurpose = PagePurpose.FOLLOW_UP
) -> UnfinishedSheet:
    actor = get_actor()
    sheet = unfinished_sheet(actor.scope(READ_NAMES), code, course, today=today())
    services.record_names_seen(
        actor, code, course=course, moment=current_moment(), how=f"not done, {how}", purpose=purpose
    )
    return sheet


@blueprint.get("/reports/courses/<course>/trend/")
@requires(READ)
def course_trend(course: str) -> str:
    """Show how a course goes by months, and a period beside the one before it."""
    filters = asked_filters()
    return render_template("reports/trend.html", page=_trend(course), **filter_context(filters))


@blueprint.get("/reports/courses/<course>/trend.<any(csv, xlsx, pdf):kind>")
@requires(READ)
def trend_file(course: str, kind: str) -> Response:
    """Download how a course goes by months."""
    return file_response(trend_document(_trend(course), maker(asked_filters())), kind)


def _trend(course: str) -> Trend:
    filters = asked_filters()
    return trend(scope(), course, filters.as_of, asked=filters.asked)


@blueprint.get("/reports/indicator/")
@requires(READ)
def indicator_sheet() -> str:
    """Show which share of officials completed courses here, as far as it can be told."""
    return render_template(
        "reports/indicator.html",
        page=indicator(scope(), request.args.get("course"), today=today()),
        **sheet_context(),
        counts=(_("As of %(day)s", day=f"{today():%d/%m/%Y}"),),
    )


@blueprint.get("/reports/indicator.<any(csv, xlsx, pdf):kind>")
@requires(READ)
def indicator_file(kind: str) -> Response:
    """Download the indicator sheet."""
    sheet = indicator(scope(), request.args.get("course"), today=today())
    return file_response(indicator_document(sheet, maker(asked_filters())), kind)
