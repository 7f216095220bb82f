"""The report says for any day what stood then, in Vietnamese order, and names only where they are asked for."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.audit.models import AuditEntry
from learning.courses.queries import get_course
from learning.database import current_session
from learning.domain.errors import NotFound
from learning.domain.permissions import Permission, Role
from learning.organizations.queries import get_by_code
from learning.organizations.services import OrganizationRecord, save_organizations, shipped_organizations
from learning.progress.assignments import assign_course
from learning.reports.files import Maker, course_document, organization_document, overview_document
from learning.reports.queries import (
    CourseReport,
    OrganizationReport,
    course_report,
    list_course_titles,
    organization_report,
    overview,
)
from learning.reports.services import record_names_seen
from learning.study.services import declare_read
from learning.web.documents import csv_rows, percent_text
from learning.web.downloads import csv_text
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OPTIONAL_UNIT,
    OTHER_COMMUNE,
    QUIZ_UNIT,
    READ_UNIT,
    VILLAGE,
    WARD,
    course_text,
    import_texts,
    make_course,
    make_organizations,
    make_person,
    moment,
    take_quiz,
    unit_text,
)

pytestmark = pytest.mark.usefixtures("both_databases")
READ_PATH = f"courses/{COURSE}/{READ_UNIT}.vi.md"
PROVINCE = ("/24/",)


@pytest.fixture
def story(app: Flask) -> None:
    """Four people are given the course; one does all of it, one begins, and later one unit opens anew.

    Day 0: assigned. Day 1: Một reads. Day 2: Một passes the quiz and so the course, Hai reads the optional
    unit. Day 4: the unit that Một read must be passed again. Day 5: she reads it again.
    """
    make_organizations()
    make_course()
    one = make_person("mot-thu", VILLAGE, name="Mận Văn Một")
    two = make_person("hai-thu", COMMUNE, name="Bưởi Thị Hai")
    make_person("ba-thu", COMMUNE, name="Cam Thị Ba")
    make_person("bon-thu", WARD, name="Đào Thị Ăn")
    assign_course(
        None,
        get_course(COURSE).id,
        organization_id=get_by_code("24").id,
        title="Đợt thử",
        moment=moment(),
    )
    declare_read(one, COURSE, READ_UNIT, revision_id=None, moment=moment(1))
    take_quiz(one, at=moment(2))
    declare_read(two, COURSE, OPTIONAL_UNIT, revision_id=None, moment=moment(2))
    import_texts({READ_PATH: unit_text(body="Mới.")}, at=moment(4), effect="repass")
    declare_read(one, COURSE, READ_UNIT, revision_id=None, moment=moment(5))


def figures(day: int, code: str) -> tuple[object, ...]:
    """Return enrolled, started, completed, and the completions of each unit, of one row."""
    report = course_report(PROVINCE, COURSE, moment(day).day)
    row = next((row for row in report.rows if row.code == code), report.total)
    return (row.enrolled, row.started, row.completed, *(cell.completed for cell in row.cells))


# Day, then enrolled, started, completed and completions of each unit: of the commune, and of all.
STANDING = (
    (-1, (0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0)),
    (0, (3, 0, 0, 0, 0, 0), (4, 0, 0, 0, 0, 0)),
    (1, (3, 1, 0, 1, 0, 0), (4, 1, 0, 1, 0, 0)),
    (2, (3, 2, 1, 1, 1, 1), (4, 2, 1, 1, 1, 1)),
    (3, (3, 2, 1, 1, 1, 1), (4, 2, 1, 1, 1, 1)),
    (4, (3, 2, 1, 0, 1, 1), (4, 2, 1, 0, 1, 1)),
    (5, (3, 2, 1, 1, 1, 1), (4, 2, 1, 1, 1, 1)),
)


@pytest.mark.usefixtures("story")
def test_the_figures_of_a_day_are_those_that_stood_then() -> None:
    for day, commune, total in STANDING:
        assert (day, figures(day, COMMUNE), figures(day, "total")) == (day, commune, total)
        assert figures(day, OTHER_COMMUNE) == (0,) * 6


@pytest.mark.usefixtures("story")
def test_rates_are_exact_and_absent_where_nobody_is_enrolled() -> None:
    rows = {row.code: row for row in course_report(PROVINCE, COURSE, moment(5).day).rows}
    assert rows[COMMUNE].rate == Fraction(1, 3)
    assert rows[COMMUNE].cells[0].rate == Fraction(1, 3)
    assert VILLAGE not in rows  # it is counted in the row of its commune
    assert rows[WARD].rate == 0
    assert rows[OTHER_COMMUNE].rate is None
    assert [rows[code].has_people for code in (COMMUNE, OTHER_COMMUNE)] == [True, False]
    assert [percent_text(rate) for rate in (Fraction(1, 3), Fraction(1999, 2000), None)] == ["33%", "99%", ""]


@pytest.mark.usefixtures("story")
def test_the_report_of_a_commune_counts_its_villages() -> None:
    scope = (get_by_code(COMMUNE).path,)
    report = course_report(scope, COURSE, moment(5).day)
    assert [row.code for row in report.rows] == [COMMUNE, VILLAGE]
    assert (report.total.code, report.total.enrolled) == (COMMUNE, 3)
    [whole] = overview(scope, moment(5).day).courses
    assert (whole.enrolled, whole.started, whole.completed, whole.rate) == (3, 2, 1, Fraction(1, 3))
    assert overview(scope, moment(5).day).scope_names == ("Xã Đồng Thử",)


@pytest.mark.usefixtures("story")
def test_two_places_that_are_held_together_are_summed() -> None:
    scope = tuple(get_by_code(code).path for code in (WARD, VILLAGE))
    report = course_report(scope, COURSE, moment(5).day)
    assert {row.code for row in report.rows} == {WARD, VILLAGE}
    assert (report.total.enrolled, report.total.completed) == (2, 1)
    assert overview(scope, moment(5).day).courses[0].enrolled == 2
    nowhere = course_report((), COURSE, moment(5).day)
    assert (nowhere.rows, nowhere.total.enrolled) == ((), 0)


@pytest.mark.usefixtures("story")
def test_an_organization_shows_its_own_people_by_given_name() -> None:
    report = organization_report(PROVINCE, COMMUNE, COURSE, as_of=moment(5).day, names=("/",))
    assert [(person.name, person.state, person.units) for person in report.people] == [
        ("Cam Thị Ba", "enrolled", ("not_started",) * 3),
        ("Bưởi Thị Hai", "started", ("not_started", "not_started", "completed")),
    ]
    assert report.total.enrolled == 3
    assert [(row.code, row.enrolled) for row in report.children] == [(VILLAGE, 1)]
    assert report.parents == (("24", "Tỉnh Thử Nghiệm"),)
    village = organization_report(PROVINCE, VILLAGE, COURSE, as_of=moment(5).day, names=("/",))
    [person] = village.people
    assert (person.state, person.units) == ("completed", ("completed", "passed", "not_started"))
    assert person.completed_at == moment(2).at


@pytest.mark.usefixtures("story")
def test_no_names_are_read_where_none_are_asked_for() -> None:
    report = organization_report(PROVINCE, COMMUNE, COURSE, as_of=moment(5).day, names=())
    assert report.people == ()
    assert report.total.enrolled == 3


@pytest.mark.usefixtures("story")
def test_what_lies_above_the_scope_is_not_shown() -> None:
    scope = (get_by_code(COMMUNE).path,)
    assert organization_report(scope, COMMUNE, None, as_of=moment().day, names=("/",)).parents == ()
    for code in ("24", WARD, "khong-co"):
        with pytest.raises(NotFound):
            organization_report(scope, code, COURSE, as_of=moment().day, names=("/",))


@pytest.mark.usefixtures("story")
def test_unknown_and_unpublished_courses_are_not_found() -> None:
    import_texts(
        {
            "courses/nhap-thu/course.vi.md": course_text(("doc-nhap",)),
            "courses/nhap-thu/doc-nhap.vi.md": unit_text(),
        },
        publish=False,
    )
    for course in ("khong-co", "nhap-thu"):
        with pytest.raises(NotFound):
            course_report(PROVINCE, course, moment().day)
    assert list_course_titles() == [(COURSE, "Khóa thử")]


def test_people_with_the_same_given_name_stand_in_vietnamese_order(app: Flask) -> None:
    make_organizations()
    make_course()
    names = [
        "Đào Thị Ân",
        "Cam Văn An",
        "Đào Văn Ăn",
        "Bưởi Văn An",
        "Đào Văn Ấn",
        "Ổi Văn Đức",
        "Na Thị Dung",
    ]
    for number, name in enumerate(names):
        make_person(f"thu-{number}", name=name)
    assign_course(
        None, get_course(COURSE).id, organization_id=get_by_code("24").id, title="Đợt", moment=moment()
    )
    report = organization_report(PROVINCE, COMMUNE, COURSE, as_of=moment().day, names=("/",))
    assert [person.name for person in report.people] == [
        "Bưởi Văn An",
        "Cam Văn An",
        "Đào Văn Ăn",
        "Đào Thị Ân",
        "Đào Văn Ấn",
        "Na Thị Dung",
        "Ổi Văn Đức",
    ]


def test_the_99_communes_stand_in_vietnamese_order_and_cost_few_statements(
    app: Flask, count_statements: Callable[..., Any]
) -> None:
    save_organizations(shipped_organizations())
    make_course()
    with count_statements(at_most=7):
        report = course_report(PROVINCE, COURSE, moment().day)
    communes = [row.name for row in report.rows if row.kind in ("commune", "ward")]
    assert len(communes) == 99
    proper = [name.removeprefix("Xã ").removeprefix("Phường ") for name in communes]
    assert (
        proper.index("An Lạc") < proper.index("Bắc Giang") < proper.index("Đa Mai") < proper.index("Yên Thế")
    )
    with count_statements(at_most=7):
        overview(PROVINCE, moment().day)
    with count_statements(at_most=7):
        organization_report(PROVINCE, "24", COURSE, as_of=moment().day, names=("/",))


def test_units_stand_in_the_order_of_the_course_and_dropped_ones_are_left_out(app: Flask) -> None:
    make_organizations()
    make_course()
    assert [slug for slug, _title in course_report(PROVINCE, COURSE, moment().day).units] == [
        READ_UNIT,
        QUIZ_UNIT,
        OPTIONAL_UNIT,
    ]
    import_texts({f"courses/{COURSE}/course.vi.md": course_text((OPTIONAL_UNIT, READ_UNIT))})
    report = course_report(PROVINCE, COURSE, moment().day)
    assert [slug for slug, _title in report.units] == [OPTIONAL_UNIT, READ_UNIT]
    assert {len(row.cells) for row in (*report.rows, report.total)} == {2}


def test_looking_at_names_is_on_record(app: Flask) -> None:
    make_organizations()
    manager = make_person("quan-ly-thu", role=Role.MANAGER)
    assert manager.scope(Permission.REPORT_READ_NAMES) == ("/24/X-1/",)
    record_names_seen(manager, COMMUNE, course=COURSE, moment=moment(), how="page")
    entry = current_session().scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.actor_id, entry.at) == ("report.names_seen", manager.id, moment().at)
    assert entry.detail == {"purpose": "follow_up", "course": COURSE, "how": "page"}


# --- Files


def rows_of(report: CourseReport | OrganizationReport) -> list[list[str | int]]:
    maker = Maker("Người Thử", NOW)
    if isinstance(report, CourseReport):
        return [list(row) for row in csv_rows(course_document(report, maker))]
    return [list(row) for row in csv_rows(organization_document(report, maker))]


@pytest.mark.usefixtures("story")
def test_the_file_holds_what_the_page_shows() -> None:
    report = course_report(PROVINCE, COURSE, moment(5).day)
    rows = rows_of(report)
    table = rows[-len(report.rows) - 1 :]
    assert [row[0] for row in table[:-1]] == [row.code for row in report.rows]
    assert table[-1][2:] == [4, 2, 1, "25%", 0, 1, 1, 1]
    assert all(len(row) == 10 for row in table)
    people = rows_of(organization_report(PROVINCE, COMMUNE, COURSE, as_of=moment(5).day, names=("/",)))
    assert [row[0] for row in people[-2:]] == ["Cam Thị Ba", "Bưởi Thị Hai"]
    whole = overview_document(overview(PROVINCE, moment(5).day), Maker("", NOW))
    assert [row[1] for row in csv_rows(whole)][-1] == 4


def test_a_name_that_looks_like_a_formula_is_inert_in_the_file(app: Flask) -> None:
    make_organizations([OrganizationRecord("=1+1", "commune", '=HYPERLINK("http://x.example")', "24")])
    make_course()
    text = "".join(csv_text(rows_of(course_report(PROVINCE, COURSE, moment().day))))
    assert text.startswith("\ufeff")
    assert "'=1+1,\"'=HYPERLINK(" in text
    assert "\r\n" in text
