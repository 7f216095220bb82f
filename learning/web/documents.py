"""Documents made of tables: one description, given out as CSV, as a workbook, and as pages to print and sign."""

import io
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import xlsxwriter
from flask import Response

from learning.config import ROOT
from learning.web.downloads import csv_response, csv_text

TEMPLATE = ROOT / "templates" / "reports" / "report.typ"
PDF_SECONDS = 30  # a report of thousands of people takes one
WIDEST, NARROWEST, SAMPLE = 48, 6, 200
SHEET_NAME = 31  # characters, as workbooks have it
FOOT = 120  # characters, of the 255 that a foot may have with each & written twice
_NOT_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_FLAWS = dict.fromkeys((*range(9), 11, 12, *range(14, 32)))  # what XML cannot hold


@dataclass(frozen=True, slots=True)
class Mark:
    """A word that stands as a sign where there is no room for it; a key explains the sign."""

    word: str
    sign: str


Cell = str | int | date | Fraction | Mark | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its heading; a narrow one stands under a number on paper, and a key tells the heading.

    A small one is as wide as what it holds, a blank one has room to write in by hand.
    """

    heading: str
    is_narrow: bool = False
    is_small: bool = False
    is_blank: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; the last row may be their total."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    has_total: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """The words around the tables on paper; `signers` are (who, what is asked, name)."""

    kicker: str
    title: str
    subtitle: str
    meta: str
    page: str
    key: str
    place: str
    signers: tuple[tuple[str, str, str], ...]
    is_upright: bool = False
    foot: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """Tables with what is said above them: lines of a label and its values."""

    name: str
    facts: tuple[tuple[str, ...], ...]
    tables: tuple[Table, ...]
    paper: Paper


def percent_text(rate: Fraction | None) -> str:
    """Return the rate in whole percent, rounded down, or nothing where nobody is enrolled."""
    return "" if rate is None else f"{int(rate * 100)}%"


def _plain(cell: Cell) -> str | int:
    """Return what a cell says as text or as a whole number."""
    if cell is None:
        return ""
    if isinstance(cell, Fraction):
        return percent_text(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return cell.word if isinstance(cell, Mark) else cell


def csv_rows(document: Document) -> Iterator[Sequence[str | int]]:
    """Yield the rows of a CSV file: the facts, then each table."""
    yield from document.facts
    for table in document.tables:
        yield [column.heading for column in table.columns]
        for row in table.rows:
            yield [_plain(cell) for cell in row]


# --- Workbooks


def workbook(document: Document, *, right_to_left: bool) -> bytes:
    """Return the document as an XLSX file: typed cells, headings that stay in sight, set up to print on A4."""
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        styles = _Styles(book)
        names: set[str] = set()
        for table in document.tables or (Table(document.name, (), ()),):
            sheet = book.add_worksheet(_sheet_name(table.title, names))
            if right_to_left:
                sheet.right_to_left()
            _fill(sheet, document.facts, table, styles)
            sheet.set_footer(_footer(document.paper.foot))
    return file.getvalue()


class _Styles:
    """The few looks that cells have."""

    def __init__(self, book: Any) -> None:
        self.label = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2})
        self.total = book.add_format({"bold": True, "top": 2})
        self.percent = book.add_format({"num_format": "0%"})
        self.total_percent = book.add_format({"num_format": "0%", "bold": True, "top": 2})
        self.day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})


def _sheet_name(title: str, taken: set[str]) -> str:
    name = " ".join(title.translate(_NOT_IN_SHEET_NAMES).split())[:SHEET_NAME] or "1"
    while name.casefold() in taken:
        name = f"{name[: SHEET_NAME - 4]} {len(taken) + 1}"
    taken.add(name.casefold())
    return name


def _fill(sheet: Any, facts: Sequence[Sequence[str]], table: Table, styles: _Styles) -> None:
    for number, fact in enumerate(facts):
        for at, text in enumerate(fact):
            sheet.write_string(number, at, text.translate(_FLAWS), styles.label if at == 0 else None)
    head = len(facts) + 1
    for at, column in enumerate(table.columns):
        sheet.write_string(head, at, column.heading.translate(_FLAWS), styles.head)
        sheet.set_column(at, at, _width(table, at))
    last = len(table.rows) - 1 if table.has_total else len(table.rows)
    for number, row in enumerate(table.rows):
        is_total = number >= last
        for at, cell in enumerate(row):
            _write(sheet, head + 1 + number, at, cell, styles, is_total=is_total)
    if table.rows:
        sheet.autofilter(head, 0, head + last, len(table.columns) - 1)
    sheet.freeze_panes(head + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)


def _footer(text: str) -> str:
    """Return the foot of printed pages: who made them when and for what, and the number of the page."""
    return f"&L{text.translate(_FLAWS)[:FOOT].replace('&', '&&')}&R&P / &N"


def _write(sheet: Any, row: int, at: int, cell: Cell, styles: _Styles, *, is_total: bool) -> None:
    plain = styles.total if is_total else None
    if isinstance(cell, Fraction):
        sheet.write_number(
            row, at, int(cell * 100) / 100, styles.total_percent if is_total else styles.percent
        )
    elif isinstance(cell, date):
        sheet.write_datetime(row, at, cell, styles.day)
    elif isinstance(cell, int):
        sheet.write_number(row, at, cell, plain)
    elif cell is None:
        sheet.write_blank(row, at, None, plain)
    else:
        text = cell.word if isinstance(cell, Mark) else cell
        sheet.write_string(row, at, text.translate(_FLAWS), plain)


def _width(table: Table, at: int) -> int:
    """Return how wide a column is to be, in characters; a long heading is wrapped."""
    cells = (len(str(_plain(row[at]))) for row in table.rows[:SAMPLE])
    heading = max(map(len, table.columns[at].heading.split()), default=0)
    return min(WIDEST, max(NARROWEST, heading, *chain(cells, (0,))) + 2)


# --- Paper


class NotPrinted(Exception):
    """The program that sets pages failed; its own words are in the log."""


def pages(document: Document, *, language: str, right_to_left: bool) -> bytes:
    """Return the document as a PDF on A4 across; raises NotPrinted.

    A process of its own sets it, so that its memory goes with it and a page that never ends is given up.
    """
    data = {
        "language": language,
        "rtl": right_to_left,
        "paper": {name: getattr(document.paper, name) for name in Paper.__slots__},
        "tables": [_printed(table) for table in document.tables],
    }
    command = [sys.executable, "-I", str(Path(__file__).with_name("typesetter.py")), str(TEMPLATE)]
    try:
        done = subprocess.run(  # noqa: S603  (our own program, nothing of it from outside)
            command, input=json.dumps(data).encode(), capture_output=True, timeout=PDF_SECONDS, check=True
        )
    except subprocess.CalledProcessError as error:
        raise NotPrinted(error.stderr.decode(errors="replace")[-2000:]) from error
    except subprocess.TimeoutExpired as error:
        raise NotPrinted("It took too long.") from error
    return done.stdout


def _printed(table: Table) -> dict[str, Any]:
    narrow = [column.heading for column in table.columns if column.is_narrow]
    signs = {cell.sign: cell.word for row in table.rows for cell in row if isinstance(cell, Mark)}
    return {
        "title": table.title,
        "columns": [
            {
                "heading": column.heading,
                "narrow": column.is_narrow,
                "small": column.is_small,
                "blank": column.is_blank,
            }
            for column in table.columns
        ],
        "key": narrow,
        "signs": sorted(signs.items()),
        "rows": [[_print_cell(cell) for cell in row] for row in table.rows],
        "total": table.has_total,
    }


def _print_cell(cell: Cell) -> dict[str, Any]:
    """Return the text of a cell and how it stands: numbers at the end of their column, signs in its middle."""
    if isinstance(cell, Mark):
        return {"text": cell.sign, "kind": "sign"}
    if isinstance(cell, date):
        return {"text": f"{cell:%d/%m/%Y}", "kind": "number"}
    return {"text": str(_plain(cell)), "kind": "number" if isinstance(cell, (int, Fraction)) else "text"}


# --- Answers


MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def document_data(document: Document, kind: str, *, language: str, right_to_left: bool) -> bytes:
    """Return the document as a file of the kind: csv, xlsx or pdf; raises NotPrinted."""
    if kind == "csv":
        return "".join(csv_text(csv_rows(document))).encode()
    if kind == "xlsx":
        return workbook(document, right_to_left=right_to_left)
    return pages(document, language=language, right_to_left=right_to_left)


def document_response(document: Document, kind: str, *, language: str, right_to_left: bool) -> Response:
    """Return the document as a download of the kind, a CSV file written while it is sent; raises NotPrinted."""
    if kind == "csv":
        return csv_response(csv_rows(document), f"{document.name}.csv")
    data = document_data(document, kind, language=language, right_to_left=right_to_left)
    response = Response(data, mimetype=MEDIA[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{document.name}.{kind}"'
    return response


def as_cells(rows: Iterable[Sequence[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows as a table holds them."""
    return tuple(tuple(row) for row in rows)
