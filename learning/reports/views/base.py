"""What all pages of the manager stand on: the blueprint, the filters asked for, files in the reader's language."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from learning.domain.membership import AUDIENCE_NAMES
from learning.domain.periods import Period
from learning.domain.permissions import Permission
from learning.domain.purposes import PURPOSE_NAMES, PagePurpose, Purpose, purpose_of
from learning.i18n import current_language, direction
from learning.progress.clock import current_moment
from learning.reports import services
from learning.reports.files import Maker
from learning.reports.filters import Filters, read_filters, usual
from learning.reports.queries import ReportRow
from learning.reports.signatures import SIGNATURES, signature_block
from learning.reports.sorting import Sorting
from learning.reports.targets import TARGETS, targets_of
from learning.settings.queries import read_all
from learning.web.access import get_actor
from learning.web.clock import today
from learning.web.documents import Document, document_response

blueprint = Blueprint("reports", __name__)
READ = Permission.REPORT_READ


def scope() -> tuple[str, ...]:
    """Return the organizations on which the reader may report."""
    return get_actor().scope(READ)


def asked_filters() -> Filters:
    """Return what the address asks for."""
    return read_filters(request.args, today())


def asked_sorting() -> Sorting:
    """Return the order that the address asks for."""
    return Sorting.asked(request.args.get("sort"), request.args.get("order"))


def filter_context(filters: Filters) -> dict[str, Any]:
    """Return what the form of filters on a page shows."""
    kept = {name: text for name, text in request.args.items() if name not in ("from", "to", "as_of")}

    def address(period: Period) -> str:
        days = {"from": period.first.isoformat(), "to": period.last.isoformat()}
        return f"?{urlencode(kept | days)}"

    return {
        "filters": filters,
        "audiences": AUDIENCE_NAMES,
        "usual": usual(today()),
        "usual_address": address,
    }


def asked_purpose() -> Purpose:
    """Return what a download with names is for, as its taker chose beside the buttons."""
    return purpose_of(request.args.get("purpose"))


def maker(filters: Filters, purpose: Purpose | None = None) -> Maker:
    """Return who makes a file, now, what it counts, and what it is for where that was asked."""
    return Maker(
        get_actor().name,
        current_moment().at,
        filters.words(),
        has_period=filters.asked.period is not None,
        purpose=purpose,
    )


def sheet_context(rows: Iterable[ReportRow] = ()) -> dict[str, Any]:
    """Return what a sheet to sign says around its figures: who made it when, target lines, places to sign."""
    values, name = read_all((*TARGETS, *SIGNATURES)), get_actor().name
    return {
        "prepared_by": name,
        "generated_at": current_moment().at,
        "targets": targets_of(rows, values),
        "signatures": signature_block(name, values),
        "purposes": PURPOSE_NAMES,
    }


def file_response(
    document: Document, kind: str, purpose: Purpose | PagePurpose = PagePurpose.REPORT_FIGURES
) -> Response:
    """Return a document as a download in the reader's language, which is put on record with its purpose."""
    services.record_export(get_actor(), document.name, moment=current_moment(), how=kind, purpose=purpose)
    language = current_language()
    return document_response(document, kind, language=language, right_to_left=direction(language) == "rtl")
