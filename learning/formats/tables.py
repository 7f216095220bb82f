"""Tables as offices keep them: CSV, TSV and XLSX files, whose columns are known by their headings.

A file is read as it is: with or without a byte order mark, in UTF-8, UTF-16 or Windows-1258, with decomposed
letters, with lines above the headings, with more columns than are asked for, in any order.
"""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from learning.domain.errors import Refused
from learning.domain.vietnamese import fold

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 50_000, 60, 1_000
MOST_UNPACKED = 200 * 1024 * 1024  # bytes of an XLSX file
HEADING_WITHIN = 20  # rows from the top
MOST_ERRORS = 100
_DELIMITERS = "\t;,|"
_XLSX_BEGINS = b"PK\x03\x04"
_DAMAGE = (
    InvalidFileException,
    zipfile.BadZipFile,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
    NotImplementedError,
)


class TableUnreadable(Refused):
    """A file that is no table of the kind asked for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name, and by the headings under which files have it, in any case and with or without marks."""

    name: str
    headings: tuple[str, ...]
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in a row of a file, counted from 1 as spreadsheets do; `message` is a gettext id."""

    row: int
    column: str
    message: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row with the text of its cells by the names of their columns; columns the file lacks are not there."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file that hold anything, its headings by column, and those of columns that were not asked for."""

    rows: tuple[TableRow, ...]
    headings: Mapping[str, str]
    ignored: tuple[str, ...]


def read_table(data: bytes, columns: Sequence[Column]) -> Table:
    """Read a file; raises TableUnreadable."""
    rows = _read_xlsx(data) if data.startswith(_XLSX_BEGINS) else _read_text(data)
    known = {
        _plain(heading): column.name for column in columns for heading in (column.name, *column.headings)
    }
    required = {column.name for column in columns if column.is_required}
    numbered = _bounded(rows)
    at, heading = _find_heading(numbered, known, required)
    names = [known.get(_plain(cell)) for cell in heading]
    for name in names:
        if name is not None and names.count(name) > 1:
            raise TableUnreadable("Two columns are headed “%(name)s”.", name=name)
    found = [
        TableRow(number, {name: cells[i] if i < len(cells) else "" for i, name in enumerate(names) if name})
        for number, cells in numbered[at:]
        if any(cells)
    ]
    if not found:
        raise TableUnreadable("There is no row below the headings.")
    ignored = (cell for cell, name in zip(heading, names, strict=True) if cell and name is None)
    headings = {name: cell for cell, name in zip(heading, names, strict=True) if name}
    return Table(tuple(found), headings, tuple(ignored))


def _bounded(rows: Iterable[Sequence[str]]) -> list[tuple[int, list[str]]]:
    """Return the rows with their numbers, each cell in one form; raises TableUnreadable for too many."""
    found: list[tuple[int, list[str]]] = []
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS + HEADING_WITHIN:
            raise TableUnreadable("A file has at most %(most)s rows.", most=MOST_ROWS)
        if any(len(cell) > LONGEST_CELL for cell in row):
            raise TableUnreadable(
                "In row %(row)s a cell has more than %(most)s characters.", row=number, most=LONGEST_CELL
            )
        found.append((number, [_text(cell) for cell in row[:MOST_COLUMNS]]))
    return found


def _text(cell: str) -> str:
    """Return the cell composed, without spaces around it or more than one between words."""
    return " ".join(unicodedata.normalize("NFC", cell.replace("\ufeff", "")).split())


def _plain(heading: str) -> str:
    letters = "".join(letter if letter.isalnum() else " " for letter in fold(heading))
    return " ".join(letters.split())


def _find_heading(
    rows: Sequence[tuple[int, list[str]]], known: Mapping[str, str], required: set[str]
) -> tuple[int, list[str]]:
    """Return where the rows begin, and the headings above them; raises TableUnreadable."""
    best: set[str] = set()
    for index, (_number, cells) in enumerate(rows[:HEADING_WITHIN]):
        found = {known[plain] for cell in cells if (plain := _plain(cell)) in known}
        if required and found >= required:
            return index + 1, cells
        best = max(best, found, key=len)
    missing = ", ".join(sorted(required - best))
    raise TableUnreadable("No row of headings was found. Missing: %(missing)s.", missing=missing)


# --- Text


def _read_text(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    lines = text.splitlines()
    delimiter = None
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == len("sep=") + 1:
        delimiter = lines[0][-1]  # as spreadsheets write it
    if delimiter is None:
        top = "\n".join(lines[:HEADING_WITHIN])
        delimiter = max(_DELIMITERS, key=top.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise TableUnreadable("This is no table: %(why)s.", why=str(error)) from error


def _decoded(data: bytes) -> str:
    """Return the text of the file in the first encoding that it is valid in; raises TableUnreadable."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(data, "utf-16")
    if b"\0" in data[:200]:
        return _decode(data, "utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode(data, "cp1258")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TableUnreadable(
            "The letters of this file cannot be read. Save it as “CSV UTF-8” or as an Excel workbook."
        ) from error


# --- Workbooks


def _read_xlsx(data: bytes) -> Iterator[list[str]]:
    """Yield the rows of the first sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
                raise TableUnreadable("This workbook is too large.")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS):
            yield [_cell(value) for value in row]
    except _DAMAGE as error:
        raise TableUnreadable("This workbook cannot be read. Save it anew as an Excel workbook.") from error


def _cell(value: Any) -> str:
    """Return what a cell shows: whole numbers without a point, days as 2026-12-31."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
