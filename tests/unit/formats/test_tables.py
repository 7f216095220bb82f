"""Tables as offices keep them are read whatever program wrote them, and what is no table is told apart."""

import codecs
import io
import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from learning.formats.tables import (
    HEADING_WITHIN,
    LONGEST_CELL,
    Column,
    TableUnreadable,
    read_table,
)

COLUMNS = (
    Column("code", ("mã đơn vị",), is_required=True),
    Column("name", ("tên đơn vị", "họ và tên"), is_required=True),
    Column("day", ("từ ngày",)),
)
ROWS = [["Mã đơn vị", "Tên đơn vị"], ["07210", "Xã Đồng Thử"], ["07228", "Phường Ăn Thử"]]
EXPECTED = [{"code": "07210", "name": "Xã Đồng Thử"}, {"code": "07228", "name": "Phường Ăn Thử"}]


def text_of(rows: list[list[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    return end.join(delimiter.join(row) for row in rows) + end


def workbook(rows: list[list[object]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cells(data: bytes) -> list[dict[str, str]]:
    return [dict(row.cells) for row in read_table(data, COLUMNS).rows]


def windows_1258(text: str) -> bytes:
    """Return the text as old programs write it: letters composed with their hats, tones after them."""
    out = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            base, *marks = list(unicodedata.normalize("NFD", letter))
            tone = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
            hat = [mark for mark in marks if mark not in tone]
            out += unicodedata.normalize("NFC", base + "".join(hat)).encode("cp1258")
            out += "".join(tone).encode("cp1258")
    return out


ENCODERS = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 be with mark": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "utf-16 le without mark": lambda text: text.encode("utf-16-le"),
    "decomposed": lambda text: unicodedata.normalize("NFD", text).encode(),
    "windows-1258": windows_1258,
}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_file_is_read_in_whatever_encoding_and_with_whatever_delimiter_it_came(
    encoding: str, delimiter: str
) -> None:
    assert cells(ENCODERS[encoding](text_of(ROWS, delimiter))) == EXPECTED
    assert cells(ENCODERS[encoding](text_of(ROWS, delimiter, "\n").rstrip())) == EXPECTED


NAMES = st.text(
    "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ ",
    min_size=1,
    max_size=30,
).filter(str.strip)


@given(names=st.lists(NAMES, min_size=1, max_size=5), encoding=st.sampled_from(list(ENCODERS)))
def test_every_vietnamese_letter_survives_every_encoding(names: list[str], encoding: str) -> None:
    rows = [ROWS[0], *([str(n), f'"{name}"'] for n, name in enumerate(names))]
    read = [row["name"] for row in cells(ENCODERS[encoding](text_of(rows, ";")))]
    assert read == [" ".join(name.split()) for name in names]


def test_a_workbook_is_read_with_its_numbers_and_days_as_they_show() -> None:
    rows: list[list[object]] = [
        ["Từ ngày", "Mã đơn vị", "Tên đơn vị"],
        [datetime(2026, 3, 1), 7210, "Xã Đồng Thử"],  # noqa: DTZ001  (a day in a sheet)
        [date(2026, 12, 31), 7228.0, None],
    ]
    assert cells(workbook(rows)) == [
        {"day": "2026-03-01", "code": "7210", "name": "Xã Đồng Thử"},
        {"day": "2026-12-31", "code": "7228", "name": ""},
    ]


def test_headings_are_found_below_titles_in_any_order_case_and_accents() -> None:
    rows = [
        ["DANH SÁCH ĐƠN VỊ", "", ""],
        ["", "", ""],
        ["STT", "TÊN ĐƠN VỊ:", "ma don vi"],
        ["1", "Xã Đồng Thử", "07210"],
        ["", "", ""],
        ["2", "Phường Ăn Thử", "07228"],
    ]
    table = read_table(text_of(rows).encode(), COLUMNS)
    assert [row.number for row in table.rows] == [4, 6]
    assert [dict(row.cells) for row in table.rows] == EXPECTED
    assert table.ignored == ("STT",)


def test_quoted_cells_keep_their_delimiters_and_a_sheet_may_name_its_own() -> None:
    text = 'sep=;\r\nMã đơn vị;Tên đơn vị\r\n07210;"Xã Đồng; Thử"\r\n'
    assert cells(text.encode()) == [{"code": "07210", "name": "Xã Đồng; Thử"}]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "Missing: code, name"),
        (b"a,b\n1,2\n", "Missing: code, name"),
        (b"code;b\n1;2\n", "Missing: name"),
        (b"code,name\n", "no row below"),
        (b"code,name,Code\n1,2,3\n", "Two columns"),
        (b'code,name\n"1,2\n', "no table"),
        (b"code,name\n1," + b"x" * (LONGEST_CELL + 1), "more than 1000 characters"),
        (b"PK\x03\x04 and nothing else", "cannot be read"),
        (workbook([["code", "name"], [1, "x"]])[:2000], "cannot be read"),
        (b"\xff\xfea", "letters"),
        (b"\n" * HEADING_WITHIN + b"code,name\n1,2\n", "Missing: code, name"),
    ],
)
def test_what_is_no_such_table_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(TableUnreadable, match=why):
        read_table(data, COLUMNS)


@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    for begin in (b"", b"PK\x03\x04", b"code,name\n"):
        try:
            read_table(begin + data, COLUMNS)
        except TableUnreadable:
            continue
