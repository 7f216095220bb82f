"""The sheets beside the figures as documents: who has not finished yet, months, the indicator."""

from dataclasses import replace

from flask_babel import gettext as _

from learning.reports.files import Maker, headed
from learning.reports.indicator import Indicator, IndicatorRow
from learning.reports.trend import PeriodFigures, Trend
from learning.reports.unfinished import UnfinishedSheet
from learning.web.documents import Cell, Column, Document, Table, as_cells


def unfinished_document(sheet: UnfinishedSheet, maker: Maker) -> Document:
    """Return who has not completed a course yet, one below the other."""
    started, late = _("Started"), _("overdue")
    rows = (
        (
            number,
            person.name,
            person.organization,
            started if person.has_started else None,
            person.due_on,
            late if person.is_overdue else None,
        )
        for number, person in enumerate(sheet.people, start=1)
    )
    columns = (
        Column(_("No."), is_small=True),
        *headed(_("Name"), _("Organization"), _("State"), _("Due on"), _("Overdue")),
    )
    return Document(
        name=f"not-done-{sheet.course_slug}-{sheet.code}-{sheet.as_of}",
        facts=(
            (_("Organization"), sheet.name, sheet.code),
            (_("Course"), sheet.course_title),
            (_("As of"), sheet.as_of.isoformat()),
            *maker.facts(),
        ),
        tables=(Table(_("Not done yet"), columns, as_cells(rows)),),
        paper=replace(
            maker.paper(_("Not done yet"), sheet.course_title, f"{sheet.as_of:%d/%m/%Y}", kicker=sheet.name),
            is_upright=True,
        ),
    )


def trend_document(report: Trend, maker: Maker) -> Document:
    """Return how a course goes by months, and two periods beside each other."""
    months = (
        (month.closes_on, month.enrolled, month.completed, month.overdue, month.did_complete)
        for month in report.months
    )
    headings = (_("As of"), _("Enrolled"), _("Completed"), _("Overdue"), _("Completed in the month"))
    return Document(
        name=f"trend-{report.course_slug}",
        facts=((_("Course"), report.course_title), *maker.facts()),
        tables=(
            Table(_("By months"), headed(*headings), as_cells(months)),
            Table(
                _("Two periods"),
                headed(*_period_headings()),
                as_cells(map(_period, (report.before, report.after))),
            ),
        ),
        paper=maker.paper(_("Trend"), report.course_title, f"{report.after.stands_on:%d/%m/%Y}"),
    )


def _period_headings() -> tuple[str, ...]:
    return (
        _("Period"),
        _("Enrolled"),
        _("Started"),
        _("Completed"),
        _("Overdue"),
        _("Started in the period"),
        _("Completed in the period"),
    )


def _period(figures: PeriodFigures) -> tuple[Cell, ...]:
    first, last = figures.period.first, figures.period.last
    return (
        f"{first:%d/%m/%Y} – {last:%d/%m/%Y}",
        figures.enrolled,
        figures.started,
        figures.completed,
        figures.overdue,
        figures.happened.started,
        figures.happened.completed,
    )


def indicator_document(sheet: Indicator, maker: Maker) -> Document:
    """Return the indicator sheet: a row an organization, the total last."""
    few = _("too few")

    def row(one: IndicatorRow, name: str) -> tuple[Cell, ...]:
        told = (few, None) if one.passed is None and one.people else (one.passed, one.rate)
        return (one.code, name, one.people, *told)

    rows = (*(row(one, one.name) for one in sheet.rows), row(sheet.total, _("Total")))
    headings = (_("Code"), _("Organization"), _("Officials"), _("Completed"), _("Share"))
    return Document(
        name=f"indicator-{sheet.as_of}",
        facts=(
            (_("Course"), sheet.course_title or _("any course")),
            (_("As of"), sheet.as_of.isoformat()),
            *maker.facts(),
        ),
        tables=(Table(_("Officials trained and passed"), headed(*headings), as_cells(rows), has_total=True),),
        paper=maker.paper(
            _("Officials trained and passed"),
            sheet.course_title or _("any course"),
            f"{sheet.as_of:%d/%m/%Y}",
            kicker=_("Part of indicator 1; not the official confirmation"),
        ),
    )
