"""The reports as rows of a file: heading lines that say what it is, the table, the total."""

from collections.abc import Iterator
from fractions import Fraction

from flask_babel import gettext as _

from learning.reports.queries import CourseReport, OrganizationReport, Overview, ReportRow
from learning.web.clock import zone

Row = list[str | int]


def percent_text(rate: Fraction | None) -> str:
    """Return the rate in whole percent, rounded down, or nothing where nobody is enrolled."""
    return "" if rate is None else f"{int(rate * 100)}%"


def overview_rows(report: Overview) -> Iterator[Row]:
    """Yield the overview: a row a course."""
    yield [_("As of"), report.as_of.isoformat()]
    yield [_("Course"), _("Enrolled"), _("Started"), _("Completed"), _("Completion rate")]
    for course in report.courses:
        yield [course.title, course.enrolled, course.started, course.completed, percent_text(course.rate)]


def _heading(report: CourseReport | OrganizationReport, prepared_by: str, generated_at: str) -> Iterator[Row]:
    yield [_("Course"), report.course_title]
    yield [_("As of"), report.as_of.isoformat()]
    yield [_("Prepared by"), prepared_by, generated_at]


def _table_heading(units: tuple[tuple[str, str], ...]) -> Row:
    return [
        _("Code"),
        _("Organization"),
        _("Enrolled"),
        _("Started"),
        _("Completed"),
        _("Completion rate"),
        *(title for _slug, title in units),
    ]


def _table_row(row: ReportRow, name: str) -> Row:
    return [
        row.code,
        name,
        row.enrolled,
        row.started,
        row.completed,
        percent_text(row.rate),
        *(cell.completed for cell in row.cells),
    ]


def course_rows(report: CourseReport, *, prepared_by: str, generated_at: str) -> Iterator[Row]:
    """Yield a course over organizations: how many completed each unit, and the total last."""
    yield from _heading(report, prepared_by, generated_at)
    yield _table_heading(report.units)
    for row in report.rows:
        yield _table_row(row, row.name)
    yield _table_row(report.total, _("Total"))


def organization_rows(report: OrganizationReport, *, prepared_by: str, generated_at: str) -> Iterator[Row]:
    """Yield an organization: those below it, or its people with the state of each unit."""
    yield [_("Organization"), report.name, report.code]
    yield from _heading(report, prepared_by, generated_at)
    if report.children:
        yield _table_heading(report.units)
        for row in report.children:
            yield _table_row(row, row.name)
        yield _table_row(report.total, _("Total"))
    if report.people:
        states = {
            "enrolled": _("Enrolled"),
            "started": _("Started"),
            "completed": _("Completed"),
            "not_started": _("Not started"),
            "in_progress": _("In progress"),
            "passed": _("Passed"),
            "failed": _("Failed"),
        }
        yield [
            _("Name"),
            _("User name"),
            _("State"),
            _("Completed on"),
            *(title for _s, title in report.units),
        ]
        for person in report.people:
            done = person.completed_at
            yield [
                person.name,
                person.username,
                states[person.state],
                done.astimezone(zone()).date().isoformat() if done else "",
                *(states[state] for state in person.units),
            ]
