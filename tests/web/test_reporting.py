"""The manager's figures: what they say, of whom, as of which day, on the page and in the file alike."""

import csv
import gzip
import io
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from learning.accounts.models import RoleHeld
from learning.accounts.queries import get_actor
from learning.audit.models import AuditEntry
from learning.courses.queries import get_course
from learning.database import transaction
from learning.domain.permissions import Role
from learning.organizations.queries import get_by_code
from learning.organizations.services import PROVINCE_CODE
from learning.progress.assignments import assign_course
from learning.study.services import declare_read, enroll_in_course
from learning.web.downloads import csv_parts, inert
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OTHER_COMMUNE,
    READ_UNIT,
    VILLAGE,
    course_text,
    import_texts,
    make_organizations,
    make_person,
    moment,
    take_quiz,
    unit_text,
)
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
SHEET = f"/reports/courses/{COURSE}"
PEOPLE = f"/reports/organizations/{COMMUNE}"


@pytest.fixture
def two_days(world: Flask) -> Flask:
    """Enroll on the first day, read and pass on the second; the clock stands at the third."""
    learner = get_actor("learner")
    enroll_in_course(learner, COURSE, moment=moment())
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment(1))
    take_quiz(learner, at=moment(1))
    world.config["CLOCK"] = lambda: NOW + timedelta(days=2)
    return world


def table(visitor: Visitor, path: str) -> list[list[str]]:
    """Return the cells of a CSV file, which begins with the byte order mark."""
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def rows_of(page: str) -> list[list[str]]:
    """Return the cells of all rows of all tables on a page, as text."""
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    ]


# --- As of a day


@pytest.mark.parametrize(
    ("day", "figures"),
    [
        ("2026-11-21", ["0", "0", "0"]),
        ("2026-11-22", ["1", "0", "0"]),
        ("2026-11-23", ["1", "1", "1"]),
        ("2999-01-01", ["1", "1", "1"]),
    ],
)
def test_figures_are_of_the_day_asked_for(
    two_days: Flask, visit: Visit, day: str, figures: list[str]
) -> None:
    rows = table(visit("manager"), f"{SHEET}.csv?as_of={day}")
    assert rows[-1][2:5] == figures


@pytest.mark.parametrize(
    ("day", "people"),
    [
        ("2026-11-21", []),
        ("2026-11-22", [["Đã ghi danh", "", "Chưa học"]]),
        ("2026-11-23", [["Đã hoàn thành", "2026-11-23", "Đã hoàn thành"]]),
    ],
)
def test_people_are_shown_as_they_stood_on_that_day(
    two_days: Flask, visit: Visit, day: str, people: list[list[str]]
) -> None:
    rows = table(visit("manager"), f"{PEOPLE}.csv?as_of={day}&lang=vi")
    assert [row[2:5] for row in rows if row[:1] == ["Người Thử learner"]] == people


@pytest.mark.parametrize("day", ["", "hom-qua", "2026-13-45", "0000-00-00"])
def test_a_day_that_is_none_is_today(two_days: Flask, visit: Visit, day: str) -> None:
    page = visit("manager").get(f"{SHEET}/?as_of={day}").text
    assert 'value="2026-11-24"' in page


@pytest.mark.parametrize(
    ("day", "told"), [("2999-01-01", True), ("hom-qua", True), ("2026-11-24", False), ("", False)]
)
def test_a_page_says_that_it_is_of_another_day_than_was_asked_for(
    two_days: Flask, visit: Visit, day: str, told: bool
) -> None:
    manager, learner = visit("manager"), get_actor("learner")
    for path in ("/reports/", f"{SHEET}/", f"{PEOPLE}/", f"/reports/people/{learner.id}/"):
        page = manager.get(f"{path}?as_of={day}&lang=vi").text
        assert ("Không có số liệu của ngày đó" in page) is told, path


def test_the_file_is_of_the_day_on_the_page(two_days: Flask, visit: Visit) -> None:
    page = visit("manager").get(f"{SHEET}/?as_of=2026-11-22").text
    assert f'href="{SHEET}.csv?as_of=2026-11-22"' in page
    assert f'href="{PEOPLE}/?course={COURSE}&amp;as_of=2026-11-22"' in page


# --- Order and shades


@pytest.fixture
def two_places(two_days: Flask) -> Flask:
    """Beside the learner, who completed the course, two of the other commune are enrolled and did nothing."""
    for username in ("other", "mot-thu"):
        actor = get_actor("other") if username == "other" else make_person(username, OTHER_COMMUNE)
        enroll_in_course(actor, COURSE, moment=moment())
    return two_days


def places(page: str) -> list[str]:
    """Return the organizations of the table on a page that have people, in their order."""
    return [row[0] for row in rows_of(page) if row[0] in ("Xã Đồng Thử", "Xã Dốc Thử")]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("sort=name&order=asc", "Xã Dốc Thử"),
        ("sort=name&order=desc", "Xã Đồng Thử"),
        ("sort=enrolled&order=desc", "Xã Dốc Thử"),
        ("sort=enrolled&order=asc", "Xã Đồng Thử"),
        ("sort=completed&order=desc", "Xã Đồng Thử"),
        ("sort=rate&order=asc", "Xã Dốc Thử"),
        ("sort=rate&order=quer", "Xã Dốc Thử"),
        ("sort=quer&order=desc", "Xã Dốc Thử"),
        ("", "Xã Dốc Thử"),
    ],
)
@pytest.mark.parametrize("path", [SHEET, f"/reports/organizations/{PROVINCE_CODE}"])
def test_rows_stand_in_the_order_asked_for(
    two_places: Flask, visit: Visit, path: str, asked: str, first: str
) -> None:
    province = visit("province")
    page = province.get(f"{path}/?{asked}").text
    assert places(page)[0] == first
    listed = [row[1] for row in table(province, f"{path}.csv?{asked}") if len(row) > 3]
    assert next(name for name in listed if name in ("Xã Đồng Thử", "Xã Dốc Thử")) == first


def test_the_head_says_the_order_and_leads_to_the_other_on_the_same_day(
    two_places: Flask, visit: Visit
) -> None:
    province = visit("province")
    asked = "as_of=2026-11-22&sort=rate&order=desc"
    for path in ("/reports", SHEET, f"/reports/organizations/{PROVINCE_CODE}"):
        page = province.get(f"{path}/?{asked}&course={COURSE}").text
        assert re.findall(r'<th[^>]* aria-sort="(\w+)"', page) == ["descending"]
        [head] = re.findall(r'aria-sort="descending"><a class="sort" href="([^"]*)"', page)
        assert "sort=rate" in head
        assert "order=asc" in head
        assert "as_of=2026-11-22" in head
        assert '<input type="hidden" name="sort" value="rate">' in page
        form = re.search(r'<form[^>]* action="[^"]*\.csv">.*?</form>', page, re.DOTALL)
        if form:  # with names: what the file is for is asked beside the buttons
            assert '<input type="hidden" name="order" value="desc">' in form[0]
        else:
            assert re.search(r'href="[^"]*\.csv\?[^"]*sort=rate&amp;order=desc"', page)
    assert "aria-sort" not in province.get(f"{SHEET}/?sort=quer").text


def test_the_map_has_a_shade_a_number_and_a_count_in_each_cell(two_places: Flask, visit: Visit) -> None:
    page = visit("province").get(f"{SHEET}/?view=map&lang=vi&as_of=2026-11-23").text
    rows = {row[0]: row for row in rows_of(page)}
    assert rows["Xã Đồng Thử"] == ["Xã Đồng Thử", "100 % 1/1", "100 % 1/1", "100 % 1/1", "0 % 0/1"]
    assert rows["Xã Dốc Thử"] == ["Xã Dốc Thử", *["0 % 0/2"] * 4]
    assert rows["Tổng số"] == ["Tổng số", *["33 % 1/3"] * 3, "0 % 0/3"]
    shades = re.findall(r'<td class="n (h\w+)"', page)
    assert {"h0", "h1", "h4"} <= set(shades)
    heads = re.search(r"<thead>(.*?)</thead>", page, re.DOTALL)
    assert heads
    assert heads[1].count('scope="col"') == 5
    assert "Bài đọc thử" in heads[1]
    assert '<input type="hidden" name="view" value="map">' in page
    assert re.search(r'href="[^"]*view=map[^"]*sort=rate', page) or re.search(r'sort=rate[^"]*view=map', page)


# --- One person


def test_a_name_leads_to_a_page_that_says_the_same_of_the_person(two_days: Flask, visit: Visit) -> None:
    manager = visit("manager")
    for day in ("2026-11-22", "2026-11-23"):
        page = manager.get(f"{PEOPLE}/?as_of={day}&lang=vi").text
        [row] = [row for row in rows_of(page) if row[0].startswith("Người Thử learner")]
        found = re.search(r'href="(/reports/people/\d+/)\?as_of=([^"]*)"', page)
        assert found
        assert found[2] == day
        person = manager.get(f"{found[1]}?as_of={day}&lang=vi").text
        [_heading, *units] = rows_of(person)
        assert [unit[1] for unit in units] == row[4:]
        assert f'formaction="{found[1].rstrip("/")}.csv"' in person
        assert f'<input type="hidden" name="as_of" value="{day}">' in person
        listed = table(manager, f"{PEOPLE}.csv?as_of={day}&lang=vi")
        [cells] = [cells for cells in listed if cells[0] == "Người Thử learner"]
        file = table(manager, f"{found[1].rstrip('/')}.csv?as_of={day}&lang=vi")
        assert [line[2] for line in file[6:]] == [cells[2], *cells[4:-2]]
        assert file[6][6] == cells[3]


def test_the_page_of_a_person_has_days_and_neither_times_nor_scores(two_days: Flask, visit: Visit) -> None:
    path = f"/reports/people/{get_actor('learner').id}/"
    manager = visit("manager")
    main = manager.get(f"{path}?lang=vi").text.partition("<section")[2].partition('class="signatures"')[0]
    assert "22/11/2026" in main
    assert "23/11/2026" in main
    assert not re.search(r"\d:\d\d|\d\s?%|\d/\d+ ·", re.sub(r"<[^>]+>", " ", main))
    rows = table(manager, f"{path.rstrip('/')}.csv?lang=en")
    assert rows[6] == [
        "Khóa thử",
        "",
        "Completed",
        "By themselves",
        "2026-11-22",
        "2026-11-23",
        "2026-11-23",
        "",
    ]
    assert [row[5:] for row in rows[7:] if row[2] != "Not started"] == [["2026-11-23", "2026-11-23", ""]] * 2
    assert table(manager, f"{path.rstrip('/')}.csv?lang=en&as_of=2026-11-21")[6][2:] == [
        "Not enrolled",
        *[""] * 5,
    ]
    assert "Not enrolled" in manager.get(f"{path}?lang=en&as_of=2026-11-21").text


def test_seeing_a_person_is_put_on_record(two_days: Flask, visit: Visit) -> None:
    learner, manager = get_actor("learner").id, visit("manager")
    manager.get(f"/reports/people/{learner}/")
    manager.get(f"/reports/people/{learner}.csv?purpose=remind")
    manager.get(f"/reports/people/{get_actor('other').id}/")  # outside: seen by nobody
    with transaction() as session:
        seen = session.execute(
            select(AuditEntry.actor_id, AuditEntry.subject, AuditEntry.detail)
            .where(AuditEntry.action == "report.names_seen")
            .order_by(AuditEntry.id)
        ).all()
    who = get_actor("manager").id
    assert [tuple(row) for row in seen] == [
        (who, f"person:{learner}", {"purpose": "follow_up", "how": "page"}),
        (who, f"person:{learner}", {"purpose": "remind", "how": "csv"}),
    ]


# --- Scope


def test_organizations_outside_stand_nowhere(two_days: Flask, visit: Visit) -> None:
    manager = visit("manager")
    enroll_in_course(get_actor("other"), COURSE, moment=moment())
    for path in (
        "/reports/",
        "/reports/overview.csv",
        f"{SHEET}/",
        f"{SHEET}.csv",
        f"{PEOPLE}/",
        "/assignments/",
    ):
        answer = manager.get(path)
        assert answer.status_code == 200
        assert "Xã Dốc Thử" not in answer.text
        assert "Người Thử other" not in answer.text
    assert "Xã Dốc Thử" in visit("province").get(f"{SHEET}/").text


def test_a_village_counts_in_its_commune_and_its_people_are_listed_there(world: Flask, visit: Visit) -> None:
    enroll_in_course(make_person("trong-thon", VILLAGE), COURSE, moment=moment())
    manager = visit("manager")
    assert table(manager, f"{SHEET}.csv")[-1][2] == "1"
    assert "Người Thử trong-thon" not in manager.get(f"{PEOPLE}/").text
    assert "Người Thử trong-thon" in manager.get(f"/reports/organizations/{VILLAGE}/").text


def test_a_role_taken_away_is_gone_with_the_next_request(world: Flask, visit: Visit) -> None:
    manager = visit("manager")
    assert manager.get(f"{SHEET}/").status_code == 200
    with transaction() as session:
        held = session.scalars(select(RoleHeld).where(RoleHeld.role == Role.MANAGER.value)).all()
        for role in held:
            session.delete(role)
    assert manager.get(f"{SHEET}/").status_code == 404


def test_each_look_at_names_is_recorded_and_looks_at_figures_are_not(two_days: Flask, visit: Visit) -> None:
    manager = visit("manager")
    for path in ("/reports/", f"{SHEET}/", f"{SHEET}.csv", "/reports/overview.csv"):
        manager.get(path)
    assert looks() == 0
    manager.get(f"{PEOPLE}/")
    manager.get(f"{PEOPLE}.csv")
    assert looks() == 2
    manager.get(f"/reports/organizations/{OTHER_COMMUNE}/")
    assert looks() == 2


def looks() -> int:
    with transaction() as session:
        return (
            session.scalar(
                select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "report.names_seen")
            )
            or 0
        )


# --- Order, words, files


def test_people_stand_in_vietnamese_order_by_their_given_names(world: Flask, visit: Visit) -> None:
    for number, name in enumerate(["Thử Đức", "Thử Dung", "Thử Ân", "Thử Ăn", "Thử An", "Thử Êm", "Thử Em"]):
        person = make_person(f"nguoi-{number}", COMMUNE, name=name)
        enroll_in_course(person, COURSE, moment=moment())
    rows = rows_of(visit("manager").get(f"{PEOPLE}/").text)
    names = [row[0].rsplit(" ", 1)[0] for row in rows if "nguoi-" in row[0]]
    assert names == ["Thử An", "Thử Ăn", "Thử Ân", "Thử Dung", "Thử Đức", "Thử Em", "Thử Êm"]


def test_organizations_stand_in_vietnamese_order(world: Flask, visit: Visit) -> None:
    rows = table(visit("province"), f"{SHEET}.csv")
    names = [row[1] for row in rows if row[0] in {COMMUNE, OTHER_COMMUNE, "P-1"}]
    assert names == sorted(names, key=["Phường Ăn Thử", "Xã Dốc Thử", "Xã Đồng Thử"].index)


FORMULAS = (
    "=1+1",
    "+84",
    "-1",
    "@SUM(A1)",
    "\t=1",
    " =1",
    "\u00a0=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "\ufeff=1",
    "\u3000=1",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_in_a_file_is_a_formula(text: str) -> None:
    assert inert(text) == "'" + text


@pytest.mark.parametrize("text", ["Nguyễn Thử", "1-2", "a=b", "", "Xã Đồng Thử (=)"])
def test_ordinary_words_in_a_file_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


def test_no_letter_or_digit_is_a_form_of_what_begins_a_formula() -> None:
    wide = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isalnum()]
    assert len(wide) > 100_000
    assert [one for one in wide if unicodedata.normalize("NFKC", one).strip()[:1] in set("=+-@")] == []


def test_markup_in_plain_fields_is_shown_as_it_was_typed(world: Flask, visit: Visit) -> None:
    evil = "<img src=x onerror=alert(1)>\"'&"
    make_organizations()
    import_texts(
        {
            f"courses/{COURSE}/course.vi.md": course_text((READ_UNIT,), title=evil),
            f"courses/{COURSE}/{READ_UNIT}.vi.md": unit_text(title=evil),
        }
    )
    person = make_person("ke-xau", COMMUNE, name=evil)
    enroll_in_course(person, COURSE, moment=moment())
    assign_course(
        None,
        get_course(COURSE).id,
        organization_id=get_by_code(PROVINCE_CODE).id,
        title=evil,
        moment=moment(),
    )
    admin, herself = visit("admin"), visit("ke-xau")
    editor = f"/authoring/courses/{COURSE}/{READ_UNIT}/"
    saved = {"note": evil, "title": evil, "source": evil}
    page = admin.get(editor).text
    base = re.search(r'name="base_revision"[^>]*value="(\d+)"', page)
    assert base
    assert admin.post(f"{editor}draft", {**saved, "base_revision": base[1]}, page=editor).status_code == 303
    pages = {
        path: visitor.get(path).text
        for visitor, paths in (
            (
                herself,
                ("/", "/account/", "/courses/", f"/courses/{COURSE}/", f"/courses/{COURSE}/{READ_UNIT}/"),
            ),
            (
                admin,
                (
                    "/reports/",
                    f"{SHEET}/",
                    f"{PEOPLE}/",
                    "/assignments/",
                    "/authoring/",
                    f"/authoring/courses/{COURSE}/",
                    editor,
                    f"{editor}revisions/",
                    f"{editor}revisions/2/",
                ),
            ),
            (visit(), ("/",)),
        )
        for path in paths
    }
    assert {path for path, text in pages.items() if "<img" in text} == set()
    assert {path for path, text in pages.items() if "&lt;img" not in text} == set()


# --- Nothing there yet


def test_a_report_without_people_says_what_to_do(world: Flask, visit: Visit) -> None:
    page = visit("manager").get(f"{PEOPLE}/").text
    assert "Chưa có ai ở đây ghi danh" in page
    assert 'href="/assignments/"' in page


def test_a_site_without_courses_has_its_pages(app: Flask) -> None:
    make_organizations()
    make_person("manager", COMMUNE, role=Role.MANAGER)
    manager = Visitor(app.test_client())
    manager.be("manager")
    for path in ("/", "/courses/", "/reports/", "/reports/overview.csv", "/assignments/"):
        assert manager.get(path).status_code == 200
    assert manager.get(f"{SHEET}/").status_code == 404


# --- Assigning


def test_an_assignment_without_a_title_or_of_an_unknown_course_is_refused(visit: Visit) -> None:
    manager = visit("manager")
    good = {"course": COURSE, "organization": COMMUNE, "title": "Đợt 1", "confirm": "yes"}
    for field, value in (
        ("title", ""),
        ("title", "x" * 201),
        ("course", "khong-co"),
        ("organization", "khong-co"),
    ):
        answer = manager.post("/assignments/", {**good, field: value}, page="/assignments/")
        assert answer.status_code == 422
        assert "Đợt 1" in answer.text or field == "title"
    assert "Chưa giao khóa học nào" in manager.get("/assignments/").text


def test_a_second_assignment_reaches_only_those_who_came_since(world: Flask, visit: Visit) -> None:
    manager = visit("manager")
    fields = {"course": COURSE, "organization": COMMUNE, "title": "Đợt 1", "confirm": "yes"}
    manager.post("/assignments/", fields, page="/assignments/")
    make_person("moi-den", COMMUNE)
    preview = manager.post("/assignments/", {**fields, "confirm": ""}, page="/assignments/").text
    assert "1 người" in preview
    manager.post("/assignments/", {**fields, "title": "Đợt 2"}, page="/assignments/")
    assert table(manager, f"{SHEET}.csv")[-1][2] == "3"


def test_a_csv_file_is_written_while_it_is_sent(world: Flask, visit: Visit) -> None:
    taken: list[int] = []

    def rows() -> Iterator[list[int | str]]:
        for number in range(5000):
            taken.append(number)
            yield [number, "Người Thử"]

    parts = csv_parts(rows())
    first = next(parts)
    assert 0 < len(taken) < 5000
    whole = (first + "".join(parts)).removeprefix("\ufeff").splitlines()
    assert (len(whole), whole[-1]) == (5000, "4999,Người Thử")

    answer = visit("province").get(f"{SHEET}.csv", headers={"Accept-Encoding": "gzip"})
    assert "Content-Length" not in answer.headers
    assert gzip.decompress(answer.data).startswith(b"\xef\xbb\xbf")
    plain = visit("province").get(f"{SHEET}.csv", headers={"Accept-Encoding": "identity"})
    assert plain.text.count("\n") == gzip.decompress(answer.data).count(b"\n")
