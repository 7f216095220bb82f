"""What managers, trainers and administrators call."""

from flask import Response, abort, current_app, request
from flask_babel import gettext
from msgspec import Struct

from learning.api import assignments as assignment_calls
from learning.api import organizations as organization_calls
from learning.api.assignments import Assignment, AssignmentToMake, MadeAssignment
from learning.api.calls import Page, call, read_cursor, write_cursor
from learning.api.content import ImportQuery, ImportResult, export_content, import_content
from learning.api.organizations import Organization
from learning.api.people import (
    AddedPerson,
    PeopleQuery,
    Person,
    PersonToAdd,
    create_person,
    list_people_of,
    without_link,
)
from learning.api.reports import CompletionQuery, CompletionReport, read_completion
from learning.domain.errors import Refused
from learning.domain.permissions import Permission
from learning.progress.clock import current_moment
from learning.web.access import get_actor


class Organizations(Struct, frozen=True, kw_only=True):
    """A part of the list, and the cursor of the next one."""

    items: list[Organization]
    next: str | None


class People(Struct, frozen=True, kw_only=True):
    """A part of the list, and the cursor of the next one."""

    items: list[Person]
    next: str | None


class Assignments(Struct, frozen=True, kw_only=True):
    """A part of the list, and the cursor of the next one."""

    items: list[Assignment]
    next: str | None


@call("GET", "/organizations", Permission.ORGANIZATION_READ, query=[Page], answers={200: Organizations})
def list_organizations(page: Page) -> Organizations:
    """List the organizations of your scope."""
    rows, following = organization_calls.list_organizations(
        get_actor(), after=read_cursor(page) or 0, limit=page.limit
    )
    return Organizations(items=rows, next=write_cursor(following))


@call("GET", "/people", Permission.PEOPLE_MANAGE, query=[Page, PeopleQuery], answers={200: People})
def list_people(page: Page, query: PeopleQuery) -> People:
    """List the people of your scope; that you saw them is put on record."""
    rows, following = list_people_of(
        get_actor(), query, after=read_cursor(page) or 0, limit=page.limit, moment=current_moment()
    )
    return People(items=rows, next=write_cursor(following))


@call(
    "POST",
    "/people",
    Permission.PEOPLE_MANAGE,
    body=PersonToAdd,
    answers={201: AddedPerson},
    is_kept=True,
    kept_as=without_link,
)
def add_person(body: PersonToAdd) -> tuple[AddedPerson, int]:
    """Add a person; she signs in first by the link in the answer."""
    site_url = current_app.config["SITE"].site_url
    return create_person(get_actor(), body, site_url=site_url, moment=current_moment()), 201


@call("GET", "/assignments", Permission.ASSIGNMENT_MANAGE, query=[Page], answers={200: Assignments})
def list_assignments(page: Page) -> Assignments:
    """List the standing assignments of your scope, the newest first."""
    rows, following = assignment_calls.list_assignments(
        get_actor(), before=read_cursor(page), limit=page.limit
    )
    return Assignments(items=rows, next=write_cursor(following))


@call(
    "POST",
    "/assignments",
    Permission.ASSIGNMENT_MANAGE,
    body=AssignmentToMake,
    answers={201: MadeAssignment},
    is_kept=True,
)
def make_assignment(body: AssignmentToMake) -> tuple[MadeAssignment, int]:
    """Give a course to an organization and everyone below it."""
    return assignment_calls.create_assignment(get_actor(), body, moment=current_moment()), 201


@call(
    "GET",
    "/reports/completion",
    Permission.REPORT_READ,
    query=[CompletionQuery],
    answers={200: CompletionReport},
)
def report_completion(query: CompletionQuery) -> CompletionReport:
    """Count the enrolled, started, completed, passed and failed of an organization and those directly below it."""
    return read_completion(get_actor(), query, moment=current_moment())


@call(
    "POST",
    "/content",
    Permission.COURSE_PUBLISH,
    query=[ImportQuery],
    media_types=("application/zip", "multipart/form-data"),
    answers={200: ImportResult},
)
def import_bundle(query: ImportQuery) -> ImportResult:
    """Import courses and quizzes from a ZIP, whole or not at all."""
    return import_content(
        get_actor(),
        query,
        _sent_bundle(),
        renderer=current_app.extensions["renderer"],
        moment=current_moment(),
        translate=gettext,
    )


def _sent_bundle() -> bytes:
    """Return the ZIP that came as the body, or as the field `file` of a form; anything else ends with 415."""
    if request.mimetype == "application/zip":
        return request.get_data()
    if request.mimetype != "multipart/form-data":
        abort(415)
    sent = request.files.get("file")
    if sent is None:
        raise Refused("Choose a file.", field="file")
    return bytes(sent.read())


@call("GET", "/content/<course>.zip", Permission.COURSE_EDIT, answers={200: bytes})
def export_bundle(course: str) -> Response:
    """Export a course with its quizzes as a ZIP, byte for byte as it was written."""
    response = Response(
        export_content(get_actor(), course, moment=current_moment()), mimetype="application/zip"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{course}.zip"'
    return response
