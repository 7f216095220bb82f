"""The reports as rows of a file: heading lines that say what it is, the table, the total."""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from functools import cache

from flask_babel import gettext as _

from learning.reports.people import PersonReport
from learning.reports.queries import CourseReport, OrganizationReport, Overview, ReportRow
from learning.web.clock import zone

Row = list[str | int]


def percent_text(rate: Fraction | None) -> str:
    """Return the rate in whole percent, rounded down, or nothing where nobody is enrolled."""
    return "" if rate is None else f"{int(rate * 100)}%"


def overview_rows(report: Overview) -> Iterator[Row]:
    """Yield the overview: a row a course."""
    yield [_("As of"), report.as_of.isoformat()]
    yield [_("Course"), _("Enrolled"), _("Started"), _("Completed"), _("Completion rate"), _("Overdue")]
    for course in report.courses:
        yield [
            course.title,
            course.enrolled,
            course.started,
            course.completed,
            percent_text(course.rate),
            course.overdue,
        ]


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
        _("Overdue"),
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
        row.overdue,
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
        states, late = _states(), _("overdue")
        yield [
            _("Name"),
            _("User name"),
            _("State"),
            _("Completed on"),
            *(title for _s, title in report.units),
            _("Due on"),
            _("Overdue"),
        ]

        @cache  # thousands of people share dozens of states
        def cells(units: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(states[state] for state in units)

        for person in report.people:
            yield [
                person.name,
                person.username,
                states[person.state],
                _day(person.completed_at),
                *cells(person.units),
                person.due_on.isoformat() if person.due_on else "",
                late if person.is_overdue else "",
            ]


def _states() -> dict[str, str]:
    return {
        "enrolled": _("Enrolled"),
        "started": _("Started"),
        "completed": _("Completed"),
        "not_enrolled": _("Not enrolled"),
        "not_started": _("Not started"),
        "in_progress": _("In progress"),
        "passed": _("Passed"),
        "failed": _("Failed"),
    }


def _day(moment: datetime | None) -> str:
    return moment.astimezone(zone()).date().isoformat() if moment else ""


def person_rows(report: PersonReport, *, prepared_by: str, generated_at: str) -> Iterator[Row]:
    """Yield a person: for each course a row, then one for each of its units."""
    yield [_("Name"), report.name, report.username]
    yield [_("Organization"), report.organization_name, report.organization_code]
    yield [_("As of"), report.as_of.isoformat()]
    yield [_("Prepared by"), prepared_by, generated_at]
    yield [
        _("Course"),
        _("Unit"),
        _("State"),
        _("How enrolled"),
        _("Enrolled on"),
        _("Started on"),
        _("Completed on"),
        _("Due on"),
    ]
    states, hows = _states(), {"assigned": _("Assigned"), "self": _("By themselves")}
    for course in report.courses:
        yield [
            course.title,
            "",
            states[course.state],
            hows[course.how] if course.how else "",
            _day(course.enrolled_at),
            _day(course.started_at),
            _day(course.completed_at),
            course.due_on.isoformat() if course.due_on else "",
        ]
        for unit in course.units if course.how else ():
            yield [
                course.title,
                unit.title,
                states[unit.state],
                "",
                "",
                _day(unit.started_at),
                _day(unit.finished_at),
                "",
            ]
