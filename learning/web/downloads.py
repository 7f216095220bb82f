"""Files that people download: CSV that spreadsheets open in Vietnamese and that runs no formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from flask import Response, stream_with_context

BYTE_ORDER_MARK = "\ufeff"
PART = 32 * 1024  # letters
_NOT_SHOWN = ("Zs", "Cf")  # spaces of all widths, marks of order and of direction
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@lru_cache(maxsize=1024, typed=True)  # most cells of a file are states and numbers that come again and again
def inert(cell: str | float | None) -> str:
    """Return the cell as text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    if cell is None:
        return ""
    if isinstance(cell, (int, float)):
        return str(cell)
    return "'" + cell if _begins_a_formula(cell) else cell


def _begins_a_formula(cell: str) -> bool:
    """Look at the first letter that shows; its wide form, as in ＝1, counts too."""
    for letter in cell:
        if unicodedata.category(letter) not in _NOT_SHOWN:
            return unicodedata.normalize("NFKC", letter) in _FORMULA_STARTS
    return False


def csv_text(rows: Iterable[Sequence[str | int | float | None]]) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180), beginning with the byte order mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield BYTE_ORDER_MARK
    for row in rows:
        writer.writerow(map(inert, row))
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def csv_parts(rows: Iterable[Sequence[str | int | float | None]]) -> Iterator[str]:
    """Yield a CSV file in parts that are worth sending by themselves."""
    part: list[str] = []
    size = 0
    for line in csv_text(rows):
        part.append(line)
        size += len(line)
        if size >= PART:
            yield "".join(part)
            part.clear()
            size = 0
    if part:
        yield "".join(part)


def csv_response(rows: Iterable[Sequence[str | int | float | None]], name: str) -> Response:
    """Return the rows as a CSV download that is written while it is sent; `name` is ASCII.

    What must be on record before anything goes out is committed before this is called.
    """
    response = Response(stream_with_context(csv_parts(rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
