"""The reports as documents: what is said above them, their tables, the places to sign."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask_babel import gettext as _

from learning.domain.purposes import PURPOSE_NAMES, Purpose
from learning.reports.people import PersonReport
from learning.reports.queries import (
    CourseFigures,
    CourseReport,
    OrganizationReport,
    Overview,
    PersonRow,
    ReportRow,
)
from learning.reports.signatures import signature_block
from learning.web.clock import zone
from learning.web.documents import Cell, Column, Document, Mark, Paper, Table, as_cells

_SIGNS = {
    "enrolled": "○",
    "started": "◐",
    "completed": "✓",
    "not_enrolled": "–",
    "not_started": "○",
    "in_progress": "◐",
    "passed": "✓",
    "credited": "↷",
    "failed": "✗",
}


class Maker:
    """Who makes a document, and when."""

    def __init__(
        self,
        name: str,
        at: datetime,
        counts: Sequence[str] = (),
        *,
        has_period: bool = False,
        purpose: Purpose | None = None,
    ) -> None:
        """`name` may be missing: then nobody is named as the preparer; `counts` say what the figures count.

        With a period there are columns for what happened in it. A purpose stands in the head and in the foot.
        """
        self.has_period = has_period
        self.purpose = _(PURPOSE_NAMES[purpose]) if purpose else ""
        self.name = name
        self.counts = tuple(counts)
        self.at = f"{at.astimezone(zone()):%H:%M %d/%m/%Y}"

    def facts(self) -> tuple[tuple[str, ...], ...]:
        """The lines that say it above a table, and what was asked for beyond a day."""
        asked = self.has_period or len(self.counts) > 1
        counted = ((_("What is counted"), "; ".join(self.counts)),) if asked else ()
        purpose = ((_("Purpose"), self.purpose),) if self.purpose else ()
        return (*counted, (_("Prepared by"), self.name, self.at), *purpose)

    def paper(self, title: str, subtitle: str, as_of: str, *, kicker: str = "") -> Paper:
        """The words around the tables on paper."""
        block = signature_block(self.name)
        by = _("Prepared by %(name)s", name=self.name) if self.name else ""
        purpose = _("Purpose: %(purpose)s", purpose=self.purpose) if self.purpose else ""
        counts = self.counts or (_("Reporting period: from the beginning to %(day)s", day=as_of),)
        return Paper(
            kicker=kicker,
            title=title,
            subtitle=subtitle,
            meta=" · ".join(text for text in (*counts, by, self.at, purpose) if text),
            foot=" · ".join(text for text in (by, self.at, purpose) if text),
            page=_("Page"),
            key=_("Units"),
            place=block.place,
            signers=tuple((signer.who, signer.asked, signer.name) for signer in block.signers),
        )


def headed(*headings: str, units: Sequence[tuple[str, str]] = ()) -> tuple[Column, ...]:
    """Return columns with these headings, then a narrow one for each unit."""
    narrow = (Column(title, is_narrow=True) for _slug, title in units)
    return (*map(Column, headings), *narrow)


def overview_document(report: Overview, maker: Maker) -> Document:
    """Return the overview: a row a course."""
    rows = (
        (
            course.title,
            course.enrolled,
            course.started,
            course.completed,
            course.rate,
            course.overdue,
            *_happened(course, maker),
        )
        for course in report.courses
    )
    columns = headed(
        _("Course"),
        _("Enrolled"),
        _("Started"),
        _("Completed"),
        _("Completion rate"),
        _("Overdue"),
        *_period_headings(maker),
    )
    return Document(
        name=f"overview-{report.as_of}",
        facts=((_("As of"), report.as_of.isoformat()), *maker.facts()),
        tables=(Table(_("Completion by course"), columns, as_cells(rows)),),
        paper=maker.paper(_("Completion report"), ", ".join(report.scope_names), f"{report.as_of:%d/%m/%Y}"),
    )


def course_document(report: CourseReport, maker: Maker) -> Document:
    """Return a course over organizations: how many completed each unit, and the total last."""
    return Document(
        name=f"{report.course_slug}-{report.as_of}",
        facts=(
            (_("Course"), report.course_title),
            (_("As of"), report.as_of.isoformat()),
            *maker.facts(),
        ),
        tables=(_organizations(report.units, report.rows, report.total, maker),),
        paper=maker.paper(
            _("Completion report"), report.course_title, f"{report.as_of:%d/%m/%Y}", kicker=report.total.name
        ),
    )


def _organizations(
    units: Sequence[tuple[str, str]], rows: Sequence[ReportRow], total: ReportRow, maker: Maker
) -> Table:
    columns = headed(
        _("Code"),
        _("Organization"),
        _("Enrolled"),
        _("Started"),
        _("Completed"),
        _("Completion rate"),
        _("Overdue"),
        *_period_headings(maker),
        units=units,
    )
    cells = (*(_figures(row, row.name, maker) for row in rows), _figures(total, _("Total"), maker))
    return Table(_("Completion by organization"), columns, cells, has_total=True)


def _period_headings(maker: Maker) -> tuple[str, ...]:
    return (_("Started in the period"), _("Completed in the period")) if maker.has_period else ()


def _happened(row: ReportRow | CourseFigures, maker: Maker) -> tuple[Cell, ...]:
    return (row.happened.started, row.happened.completed) if maker.has_period else ()


def _figures(row: ReportRow, name: str, maker: Maker) -> tuple[Cell, ...]:
    return (
        row.code,
        name,
        row.enrolled,
        row.started,
        row.completed,
        row.rate,
        row.overdue,
        *_happened(row, maker),
        *(cell.completed for cell in row.cells),
    )


def organization_document(report: OrganizationReport, maker: Maker) -> Document:
    """Return an organization: those below it, then its people with the state of each unit."""
    tables = []
    if report.children:
        tables.append(_organizations(report.units, report.children, report.total, maker))
    if report.people:
        tables.append(_people(report))
    if not tables:
        tables.append(_organizations(report.units, (), report.total, maker))
    return Document(
        name=f"{report.course_slug}-{report.code}-{report.as_of}",
        facts=(
            (_("Organization"), report.name, report.code),
            (_("Course"), report.course_title),
            (_("As of"), report.as_of.isoformat()),
            *maker.facts(),
        ),
        tables=tuple(tables),
        paper=maker.paper(
            report.name, report.course_title, f"{report.as_of:%d/%m/%Y}", kicker=_("Completion report")
        ),
    )


def _people(report: OrganizationReport) -> Table:
    marks, late = _marks(), _("overdue")
    columns = (
        *headed(_("Name"), _("User name"), _("State"), _("Completed on"), units=report.units),
        *headed(_("Due on"), _("Overdue")),
    )
    by_states: dict[tuple[str, ...], tuple[Cell, ...]] = {}  # thousands of people share dozens of states

    def row(person: PersonRow) -> tuple[Cell, ...]:
        units = by_states.get(person.units)
        if units is None:
            units = by_states[person.units] = tuple(marks[state] for state in person.units)
        return (
            person.name,
            person.username,
            marks[person.state].word,
            person.completed_at.astimezone(zone()).date() if person.completed_at else None,
            *units,
            person.due_on,
            late if person.is_overdue else None,
        )

    return Table(_("People"), columns, tuple(map(row, report.people)))


def _marks() -> dict[str, Mark]:
    words = {
        "enrolled": _("Enrolled"),
        "started": _("Started"),
        "completed": _("Completed"),
        "not_enrolled": _("Not enrolled"),
        "not_started": _("Not started"),
        "in_progress": _("In progress"),
        "passed": _("Passed"),
        "failed": _("Failed"),
        "credited": _("Completed elsewhere"),
    }
    return {state: Mark(word, _SIGNS[state]) for state, word in words.items()}


def person_document(report: PersonReport, maker: Maker) -> Document:
    """Return a person: for each course a row, then one for each of its units."""
    columns = headed(
        _("Course"),
        _("Unit"),
        _("State"),
        _("How enrolled"),
        _("Enrolled on"),
        _("Started on"),
        _("Completed on"),
        _("Due on"),
    )
    return Document(
        name=f"person-{report.id}-{report.as_of}",
        facts=(
            (_("Name"), report.name, report.username),
            (_("Organization"), report.organization_name, report.organization_code),
            (_("As of"), report.as_of.isoformat()),
            *maker.facts(),
        ),
        tables=(Table(_("Courses"), columns, as_cells(_person_rows(report))),),
        paper=maker.paper(
            report.name,
            report.organization_name,
            f"{report.as_of:%d/%m/%Y}",
            kicker=_("Completion report"),
        ),
    )


def _person_rows(report: PersonReport) -> Iterator[tuple[Cell, ...]]:
    marks, hows = _marks(), {"assigned": _("Assigned"), "self": _("By themselves")}
    for course in report.courses:
        yield (
            course.title,
            None,
            marks[course.state].word,
            hows[course.how] if course.how else None,
            _day(course.enrolled_at),
            _day(course.started_at),
            _day(course.completed_at),
            course.due_on,
        )
        for unit in course.units if course.how else ():
            yield (
                course.title,
                unit.title,
                marks[unit.state].word,
                None,
                None,
                _day(unit.started_at),
                _day(unit.finished_at),
                None,
            )


def _day(moment: datetime | None) -> Cell:
    return moment.astimezone(zone()).date() if moment else None
