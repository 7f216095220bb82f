"""Tables as people type them in offices become questions, or say in which row they cannot."""

import csv
import io
from fractions import Fraction

import pytest
from openpyxl import Workbook

from learning.formats.exchange import FORMATS, Imported, Target


def read(name: str, text: str | bytes) -> Imported:
    """Read a table."""
    return FORMATS[name].read(text if isinstance(text, bytes) else text.encode(), Target("vi", "Bài thử"))


def codes(imported: Imported) -> list[tuple[int, str]]:
    """Return line and code of everything that was noted."""
    return [(loss.line, loss.code) for loss in imported.losses]


def workbook(rows: list[list[object]]) -> bytes:
    """Return a workbook with a sheet of something else and one of these rows."""
    book = Workbook()
    book.active.append(["Hướng dẫn"])
    sheet = book.create_sheet("Câu hỏi")
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


ROWS: list[list[object]] = [
    ["STT", "Câu hỏi", "A", "B", "Đáp án C", "Đáp án đúng", "Điểm", "Chủ đề", "Giải thích", "Người soạn"],
    [1, "Chọn chữ?", "một", "hai", "ba", "B", 2, "url", "vì *sao*", "Nguyễn Văn Mẫu"],
    [2, "Chọn nhiều?", "một", "hai", "ba", "A, C", None, "url; Mật khẩu", "", ""],
    [3, "Chọn số?", "một", "hai", "ba", 3, "", "", "", ""],
    [4, "Chọn bằng lời?", "một", "hai", "ba", "Hai", "", "", "", ""],
    [5, "Hai nghĩa?", "2", "1", "3", "1", "", "", "", ""],
    [6, "Không có?", "một", "hai", "", "D", "", "", "", ""],
    [7, "Đúng hay sai?", "", "", "", "Sai", "", "", "", ""],
    [8, "Gọi là gì?", "", "", "", "smishing | lừa qua tin nhắn", "", "", "", ""],
    [9, "Bao nhiêu?", "", "", "", "3,5", "1,5", "", "", ""],
    [10, "Thiếu?", "", "", "", "", "", "", "", ""],
]


def as_csv(separator: str) -> str:
    """Return the rows as text."""
    target = io.StringIO()
    csv.writer(target, delimiter=separator).writerows(ROWS)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("xlsx", workbook(ROWS)),
        ("csv", as_csv(",").encode()),
        ("csv", ("sep=;\n" + as_csv(";")).encode("utf-8-sig")),
        ("csv", as_csv("\t").encode("utf-16")),
    ],
)
def test_a_table_is_read_as_offices_type_it(name: str, data: bytes) -> None:
    imported = read(name, data)
    assert imported.quiz is not None
    questions = {question.body: question for question in imported.quiz.questions}
    assert [(body, question.type) for body, question in questions.items()] == [
        ("Chọn chữ?", "single"),
        ("Chọn nhiều?", "multiple"),
        ("Chọn số?", "single"),
        ("Chọn bằng lời?", "single"),
        ("Đúng hay sai?", "truefalse"),
        ("Gọi là gì?", "text"),
        ("Bao nhiêu?", "numeric"),
    ]
    right = [[c.text for c in q.answer.choices if c.correct] for q in list(questions.values())[:5]]
    assert right == [["hai"], ["một", "ba"], ["ba"], ["hai"], ["Sai"]]
    assert questions["Chọn chữ?"].explanation == r"vì \*sao\*"
    assert (questions["Chọn chữ?"].points, questions["Bao nhiêu?"].points) == (2, Fraction(3, 2))
    assert questions["Chọn nhiều?"].tags == ("url", "mat-khau")
    assert questions["Bao nhiêu?"].answer.right == ("3.5",)
    assert questions["Gọi là gì?"].answer.right == ("smishing", "lừa qua tin nhắn")
    named = [(loss.question, loss.code) for loss in imported.losses if loss.code != "X068"]
    assert named == [
        ("", "X063"),
        ("chon-nhieu", "X070"),
        ("Hai nghĩa?", "X017"),
        ("Không có?", "X017"),
        ("Thiếu?", "X018"),
    ]


def test_a_table_without_known_columns_says_so() -> None:
    assert codes(read("csv", "Tên,Tuổi\nA,1\n")) == [(1, "X019")]
    assert codes(read("xlsx", b"PK\x05\x06" + b"\0" * 18)) != []
    assert [loss.code for loss in read("xlsx", b"no zip").losses] == ["B001"]
