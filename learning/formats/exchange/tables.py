"""Tables as people type them in offices: a row a question, columns named in Vietnamese or English.

The key is a letter, a number or the text of a choice; where it could be two things the question is left out.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from learning.domain.numbers import DECIMAL_COMMA
from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.model import Label, Labelled, Question, Reply, ReplyAnswer
from learning.domain.questions.numeric import is_number
from learning.domain.vietnamese import fold
from learning.formats.bundle import BundleRejected, read_archive
from learning.formats.exchange.answers import number_of, reply_of
from learning.formats.exchange.foreign import points_of, tag_of
from learning.formats.exchange.intake import Intake
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Format, Imported, Target
from learning.formats.exchange.plain import as_markdown, cleaned, decode, escaped, on_one_line
from learning.formats.exchange.reduction import TRUE_FALSE
from learning.formats.exchange.structure import choices_of

MAX_ROWS = 2_000
MAX_COLUMNS = 40
MAX_BYTES = 20 * 1024 * 1024  # of a workbook, unpacked
_EXTENT = {"max_row": MAX_ROWS, "max_col": MAX_COLUMNS}

# What columns are called, folded; the name of a choice is told by `_CHOICE`.
_COLUMNS = {
    "question": ("cau hoi", "noi dung", "noi dung cau hoi", "de bai", "question", "question text", "stem"),
    "key": ("dap an dung", "dap an", "key", "correct", "correct answer", "answer", "answer key", "phuong an dung"),
    "choices": ("cac phuong an", "phuong an", "lua chon", "cac lua chon", "choices", "options"),
    "points": ("diem", "so diem", "points", "score", "marks"),
    "tags": ("nhan", "chu de", "chuyen de", "tag", "tags", "topic", "category"),
    "explanation": ("giai thich", "loi giai", "explanation", "feedback"),
    "hint": ("goi y", "hint"),
    "title": ("tieu de", "ten cau hoi", "title"),
    "id": ("ma", "ma cau hoi", "id", "code"),
    "number": ("stt", "so thu tu", "tt", "no", "no.", "#"),
}  # fmt: skip
_NAMED = {name: column for column, names in _COLUMNS.items() for name in names}
_CHOICE = re.compile(
    r"(?:(?:dap an|phuong an|lua chon|cau tra loi|choice|option|answer|y)\s*)?([a-h]|[1-8])[.)]?"
)
_LETTERED = re.compile(r"\s*([A-Ha-h])[.)]\s+(.*)")
_SPLIT = re.compile(r"[\s,;/&+]+|\bvà\b|\band\b")
_TRUE = {"dung", "true", "d", "t", "yes"}
_FALSE = {"sai", "false", "s", "f", "no"}


class _Unclear(Exception):
    """A key that means nothing, or two things."""


@dataclass
class _Row:
    """The cells of a question by what their columns are; choices by their number from 0."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    choices: dict[int, str] = field(default_factory=dict)

    def get(self, column: str) -> str:
        """Return a cell, "" where there is none."""
        return self.cells.get(column, "")


def read_csv(data: bytes, target: Target) -> Imported:
    """Read a table of comma, semicolon or tab separated values."""
    intake = Intake(target)
    text = decode(data, intake.losses)
    if text is None:
        return Imported(None, intake.losses.all())
    text = re.sub(r"\Asep=.\n", "", text)
    first = next((line for line in text.split("\n") if line.strip()), "")
    separator = max(",;\t", key=lambda sign: (_known_in(first, sign), first.count(sign)))
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    return _read_rows(_numbered(reader, intake), intake)


def _known_in(header: str, separator: str) -> int:
    try:
        return len(_columns(next(csv.reader([header], delimiter=separator), [])))
    except csv.Error:
        return 0


def _numbered(reader: Iterator[list[str]], intake: Intake) -> Iterator[tuple[int, list[str]]]:
    begins = 1
    try:
        for row in reader:
            yield begins, row
            begins = int(getattr(reader, "line_num", begins)) + 1
    except csv.Error:
        intake.losses.add("X012", line=begins, found=",")


def read_xlsx(data: bytes, target: Target) -> Imported:
    """Read the first sheet of a workbook that has the columns of questions."""
    intake = Intake(target)
    try:
        parts = read_archive(data, "xlsx", most=MAX_BYTES)
    except BundleRejected as rejection:
        intake.losses.add_diagnostics(rejection.diagnostics)
        return Imported(None, intake.losses.all())
    if any(b"<!DOCTYPE" in part or b"<\0!\0D\0O" in part for part in parts.values()):
        intake.losses.add("X003")
        return Imported(None, intake.losses.all())
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [
            [_text_cells(row) for row in sheet.iter_rows(**_EXTENT, values_only=True)]
            for sheet in book.worksheets[:20]
        ]
        book.close()
    except (
        InvalidFileException,
        BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        SyntaxError,
    ):
        intake.losses.add("X001", format="XLSX")
        return Imported(None, intake.losses.all())
    known = [sheet for sheet in sheets if sheet and {"question", "key"} <= _columns(sheet[0]).keys()]
    return _read_rows(enumerate((known or sheets or [[]])[0], start=1), intake)


def _text_cells(row: Sequence[object]) -> list[str]:
    return [_text_cell(value) for value in row]


def _text_cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
    return cleaned(str(value))


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Return what each column is, a choice as its number."""
    found: dict[str, int] = {}
    for index, name in enumerate(header[:MAX_COLUMNS]):
        plain = fold(name).strip(" :*")
        choice = _CHOICE.fullmatch(plain)
        if plain in _NAMED:
            found.setdefault(_NAMED[plain], index)
        elif choice:
            number = int(choice[1]) - 1 if choice[1].isdigit() else ord(choice[1]) - ord("a")
            found.setdefault(str(number), index)
    return found


def _read_rows(rows: Iterable[tuple[int, Sequence[str]]], intake: Intake) -> Imported:
    filled = ((line, row) for line, row in rows if any(cell.strip() for cell in row))
    line, header = next(filled, (1, []))
    columns = _columns(header)
    if not {"question", "key"} <= columns.keys():
        words = ("Câu hỏi", "Đáp án") if intake.target.language == "vi" else ("Question", "Key")
        intake.losses.add("X019", line=line, question=words[0], key=words[1])
        return Imported(None, intake.losses.all())
    unknown = {
        index: name for index, name in enumerate(header) if name.strip() and index not in columns.values()
    }
    for number, (line, row) in enumerate(filled):
        if number >= MAX_ROWS:
            intake.losses.add("X006", line=line, limit=MAX_ROWS)
            break
        cells = {name: row[index].strip() for name, index in columns.items() if index < len(row)}
        for index in [index for index in unknown if index < len(row) and row[index].strip()]:
            part = on_one_line(unknown.pop(index)).replace("`", "'")
            intake.losses.add("X063", line=line, part=part[:60], value=on_one_line(row[index])[:120])
        choices = {int(name): text for name, text in cells.items() if name.isdigit() and text}
        _read_question(_Row(line, cells, choices), intake)
    return intake.finish()


def _read_question(row: _Row, intake: Intake) -> None:
    text, losses = row.get("question"), Losses()
    if not text:
        intake.refuse("X015", row.get("key"), line=row.line)
        return
    for number, line in enumerate(line for line in row.get("choices").split("\n") if line.strip()):
        lettered = _LETTERED.fullmatch(line)
        place = ord(lettered[1].lower()) - ord("a") if lettered else number
        row.choices.setdefault(place, (lettered[2] if lettered else line).strip())
    labelled = [
        Labelled(label, as_markdown(row.get(name)))
        for label, name in ((Label.HINT, "hint"), (Label.EXPLANATION, "explanation"))
        if row.get(name)
    ]
    tags = [tag_of(tag, losses) for tag in re.split(r"[,;\n]", row.get("tags")) if tag.strip()]
    question = Question(
        id="",
        type="",
        title=escaped(on_one_line(row.get("title"))),
        points=points_of(row.get("points").replace(",", "."), losses),
        answer=None,
        body=as_markdown(text),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        labelled=tuple(labelled),
    )
    try:
        asked = _with_answer(question, row, losses, intake.target.language)
    except _Unclear:
        code = "X017" if row.get("key") else "X018"
        params = {"found": row.get("key")[:40]} if row.get("key") else {}
        intake.refuse(code, row.get("id") or text, line=row.line, **params)
        return
    intake.add(asked, losses, foreign_id=row.get("id"), line=row.line)


def _with_answer(question: Question, row: _Row, losses: Losses, language: str) -> Question:
    key = row.get("key")
    if row.choices:
        right = _right(key, row.choices)
        texts = [(as_markdown(text), number in right) for number, text in sorted(row.choices.items())]
        return _replaced(question, "multiple" if len(right) > 1 else "single", choices_of(texts))
    if not key:
        raise _Unclear
    if fold(key) in {"tu luan", "essay"}:
        return _replaced(question, "essay", EssayAnswer())
    if fold(key).rstrip(".") in _TRUE | _FALSE:
        yes, no = TRUE_FALSE.get(language, TRUE_FALSE["en"])
        is_right = fold(key).rstrip(".") in _TRUE
        return _replaced(question, "truefalse", choices_of([(yes, is_right), (no, not is_right)]))
    words = [on_one_line(word) for word in key.split("|") if word.strip()]
    has_comma = language in DECIMAL_COMMA
    numbers = [number_of(word.replace(",", ".", 1) if has_comma else word, losses) for word in words]
    if all(number and is_number(number) for number in numbers):
        replies = tuple(Reply(str(number), correct=True) for number in numbers)
        return _replaced(question, "numeric", ReplyAnswer(replies))
    return _replaced(
        question, "text", ReplyAnswer(tuple(Reply(reply_of(word), correct=True) for word in words))
    )


def _replaced(question: Question, kind: str, answer: object) -> Question:
    return Question(
        "",
        kind,
        question.title,
        question.points,
        answer,
        question.body,
        question.tags,
        labelled=question.labelled,
    )


def _right(key: str, choices: dict[int, str]) -> set[int]:
    """Return the numbers of the right choices; raises _Unclear where the key could be two things, or is none."""
    meant: set[frozenset[int]] = set()
    by_text = {number for number, text in choices.items() if fold(text) == fold(key)}
    if by_text:
        meant.add(frozenset(by_text))
    words = [word for word in _SPLIT.split(key.strip()) if word]
    letters = [word.rstrip(".)").upper() for word in words]
    if (
        len(letters) == 1
        and re.fullmatch("[A-H]{2,8}", letters[0])
        and len(set(letters[0])) == len(letters[0])
    ):
        letters = list(letters[0])
    if letters and all(re.fullmatch("[A-H]", letter) for letter in letters):
        meant.add(frozenset(ord(letter) - ord("A") for letter in letters))
    if letters and all(re.fullmatch("[1-8]", letter) for letter in letters):
        meant.add(frozenset(int(letter) - 1 for letter in letters))
    parts = [part for part in re.split(r"[;|\n]", key) if part.strip()]
    several = {number for number, text in choices.items() if fold(text) in {fold(part) for part in parts}}
    if len(several) == len(parts) > 1:
        meant.add(frozenset(several))
    fitting = {numbers for numbers in meant if numbers <= choices.keys()}
    if len(fitting) != 1:
        raise _Unclear
    return set(fitting.pop())


CSV = Format("csv", "CSV", (".csv", ".tsv", ".txt"), "text/csv", read=read_csv)
XLSX = Format(
    "xlsx",
    "XLSX",
    (".xlsx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    read=read_xlsx,
)
