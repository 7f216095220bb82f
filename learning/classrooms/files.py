"""What goes out as a file: the sheet on which those present sign, and the sums of the log of help."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby

from flask_babel import gettext as _

from learning.classrooms.queries.help_log import HelpSum, HelpSums
from learning.classrooms.queries.roster import Attendee
from learning.classrooms.queries.sessions import SessionRow
from learning.domain.help_log import HelpKind
from learning.web.clock import zone
from learning.web.documents import Cell, Column, Document, Paper, Table, as_cells

EMPTY_LINES = 5  # for those who come without being on the list


def sheet_document(session: SessionRow, people: Iterable[Attendee], *, maker: str, at: datetime) -> Document:
    """Return the sheet: a table for each organization, numbered through, and lines for others."""
    columns = (
        Column(_("No."), is_small=True),
        Column(_("Name")),
        Column(_("Position")),
        Column(_("Organization")),
        Column(_("Signature"), is_blank=True),
    )
    number, tables = 0, []
    for _code, group in groupby(people, key=lambda one: one.organization_code):
        rows = []
        for one in group:
            number += 1
            rows.append((number, one.name, one.position, one.organization_name, None))
        tables.append(Table(str(rows[0][3]), columns, tuple(rows)))
    more = tuple((number + line, None, None, None, None) for line in range(1, EMPTY_LINES + 1))
    tables.append(Table(_("Others"), columns, more))
    start, end = (moment.astimezone(zone()) for moment in (session.starts_at, session.ends_at))
    when = f"{start:%H:%M}–{end:%H:%M} {start:%d/%m/%Y}"
    return Document(
        name=f"session-{session.id}-sheet",
        facts=(
            (_("Session"), session.title),
            (_("When"), when),
            (_("Place"), session.place),
        ),
        tables=tuple(tables),
        paper=Paper(
            kicker=session.organization_name,
            title=_("Attendance sheet"),
            subtitle=session.title,
            meta=" · ".join(
                (
                    when,
                    session.place,
                    session.unit_title or session.course_title,
                    _("Trainer: %(name)s", name=session.trainer_name),
                    _("Prepared by %(name)s", name=maker),
                    f"{at.astimezone(zone()):%H:%M %d/%m/%Y}",
                    _("Purpose: %(purpose)s", purpose=_("to hold this session")),
                )
            ),
            page=_("Page"),
            key="",
            place=_("Date: …… / …… / 20……"),
            signers=(
                (_("Trainer"), _("(signature, full name)"), session.trainer_name),
                (_("Head of the organization"), _("(signature, full name, seal)"), ""),
            ),
            is_upright=True,
        ),
    )


def help_document(page: HelpSums, kinds: Mapping[HelpKind, str]) -> Document:
    """Return the sums of the log of help, then its entries."""
    sums = [_help_cells(row, row.name) for row in page.rows]
    sums.append(_help_cells(page.total, _("Total")))
    headings = (_("Code"), _("Organization"), _("Times"), _("People helped"), *kinds.values())
    entries = (
        (
            one.helped_on,
            one.organization_name,
            one.place,
            kinds[one.kind],
            one.people,
            one.note,
        )
        for one in page.entries
    )
    entry_headings = (
        _("Day"),
        _("Organization"),
        _("Place"),
        _("What the help was about"),
        _("People helped"),
        _("Note"),
    )
    title = _("Log of help")
    return Document(
        name=f"help-{page.period.name.lower()}",
        facts=(
            (title,),
            (_("Period"), f"{page.period.start:%d/%m/%Y}–{page.period.end:%d/%m/%Y}"),
        ),
        tables=(
            Table(_("Sums"), tuple(map(Column, headings)), tuple(sums), has_total=True),
            Table(_("Entries"), tuple(map(Column, entry_headings)), as_cells(entries)),
        ),
        paper=Paper("", title, "", "", _("Page"), "", "", ()),
    )


def _help_cells(row: HelpSum, name: str) -> tuple[Cell, ...]:
    return (row.code, name, row.times, row.people, *row.kinds.values())
