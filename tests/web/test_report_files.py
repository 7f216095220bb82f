"""Reports as workbooks and as pages to sign: what they hold, and how they open."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pypdf import PdfReader

from learning.accounts.queries import get_actor
from learning.courses.queries import get_course
from learning.organizations.queries import get_by_code
from learning.progress.assignments import Due, assign_course
from learning.study.services import declare_read
from tests.support.factories import COMMUNE, COURSE, READ_UNIT, make_person, moment
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
SHEET = f"/reports/organizations/{COMMUNE}"


@pytest.fixture
def site(world: Flask) -> Flask:
    """The course is due; the learner has read a unit; somebody has a name like a formula."""
    make_person("cong-thuc", COMMUNE, name="=HYPERLINK(A1)")
    place = get_by_code("24").id
    due = Due(on=moment(3).day)
    assign_course(
        None, get_course(COURSE).id, organization_id=place, title="Đợt thử", due=due, moment=moment()
    )
    declare_read(get_actor("learner"), COURSE, READ_UNIT, revision_id=None, moment=moment(1))
    world.config["CLOCK"] = lambda: moment(5).at
    return world


def sheets(visitor: Visitor, path: str) -> list[Worksheet]:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    return load_workbook(io.BytesIO(answer.data)).worksheets


def text_of(visitor: Visitor, path: str) -> tuple[str, PdfReader]:
    answer = visitor.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    reader = PdfReader(io.BytesIO(answer.data))
    return "\n".join(page.extract_text() for page in reader.pages), reader


@pytest.mark.usefixtures("site")
def test_a_workbook_has_typed_cells_a_head_that_stays_and_prints_on_one_width(visit: Visit) -> None:
    communes, people = sheets(visit("manager"), f"{SHEET}.xlsx?lang=vi")
    table = list(people.iter_rows(values_only=True))
    head = next(number for number, row in enumerate(table) if row[0] == "Họ và tên")
    assert people.freeze_panes == f"B{head + 2}"
    assert people.print_title_rows == f"${head + 1}:${head + 1}"
    assert (people.page_setup.orientation, people.page_setup.paperSize) == ("landscape", 9)
    assert people.sheet_properties.pageSetUpPr is not None
    assert people.sheet_properties.pageSetUpPr.fitToPage
    by_name = {row[1]: row for row in table[head + 1 :]}
    assert by_name["learner"][-2].date() == moment(3).day
    assert by_name["learner"][-1] == "quá hạn"
    [formula] = [cell for row in people.iter_rows() for cell in row if cell.value == "=HYPERLINK(A1)"]
    assert formula.data_type == "s"
    *_rows, total = communes.iter_rows()
    assert [cell.data_type for cell in total[2:7]] == ["n"] * 5
    assert total[5].number_format == "0%"
    assert total[6].value == total[2].value  # all of them are overdue


@pytest.mark.usefixtures("site")
def test_a_workbook_in_hebrew_reads_from_the_right(visit: Visit) -> None:
    [sheet] = sheets(visit("province"), "/reports/overview.xlsx?lang=he")
    assert sheet.sheet_view.rightToLeft


@pytest.mark.usefixtures("site")
def test_pages_to_sign_have_vietnamese_text_the_figures_and_places_to_sign(visit: Visit) -> None:
    text, reader = text_of(visit("manager"), f"{SHEET}.pdf?lang=vi")
    for words in (
        *("Xã Đồng Thử", "Khóa thử", "Người Thử learner", "=HYPERLINK(A1)"),
        f"lũy kế đến ngày {moment(5).day:%d/%m/%Y}",
        *("Người lập", "Thủ trưởng đơn vị", "Ngày …… tháng …… năm 20……"),
    ):
        assert words in text, words
    page = reader.pages[0].mediabox
    assert (round(page.width), round(page.height)) == (842, 595)  # A4 across, in points
    assert f"1 / {len(reader.pages)}" in text


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("language", ["vi", "en", "he"])
@pytest.mark.parametrize(
    "path", ["/reports/overview", f"/reports/courses/{COURSE}", SHEET, "/reports/people/1"]
)
def test_every_report_is_set_in_every_language(visit: Visit, path: str, language: str) -> None:
    text, _reader = text_of(visit("province"), f"{path}.pdf?lang={language}")
    assert text.strip()


def test_many_people_take_several_pages_each_with_the_head(site: Flask, visit: Visit) -> None:
    for number in range(60):
        make_person(f"dong-{number}", COMMUNE, name=f"Người Đông {number}")
    place = get_by_code(COMMUNE).id
    assign_course(None, get_course(COURSE).id, organization_id=place, title="Đợt hai", moment=moment(4))
    text, reader = text_of(visit("manager"), f"{SHEET}.pdf?lang=vi")
    assert len(reader.pages) > 2
    assert text.count("Họ và tên") >= len(reader.pages) - 1
    assert all(f"Người Đông {number}" in text for number in range(60))


def test_a_day_in_a_file_is_that_of_the_site(site: Flask, visit: Visit) -> None:
    [sheet] = sheets(visit("province"), "/reports/people/1.xlsx?lang=en")
    days = [cell.value for row in sheet.iter_rows() for cell in row if hasattr(cell.value, "date")]
    assert {day.date() for day in days} >= {moment(1).day, moment(3).day}
    assert all(isinstance(day.date(), date) for day in days)
