"""The sheets beside the figures: who has not finished, months and periods, the indicator, places to sign."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from learning.accounts.queries import get_actor
from learning.administration.moves import describe_person
from learning.audit.models import AuditEntry
from learning.courses.queries import get_course
from learning.database import current_session
from learning.domain.errors import Refused
from learning.domain.membership import Audience
from learning.organizations.queries import get_by_code
from learning.organizations.services import PROVINCE_CODE
from learning.progress.assignments import Due, assign_course
from learning.reports.signatures import PLACE, SIGNERS, read_signers
from learning.reports.targets import FIRST_TARGET
from learning.settings.services import change
from learning.study.services import declare_read, enroll_in_course
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OTHER_COMMUNE,
    READ_UNIT,
    VILLAGE,
    WARD,
    course_texts,
    import_texts,
    make_person,
    moment,
    take_quiz,
)
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
NOT_DONE = f"/reports/organizations/{COMMUNE}/not-done/{COURSE}"
TREND = f"/reports/courses/{COURSE}/trend"
INDICATOR = "/reports/indicator"


def study(username: str, organization: str | None = None, *, done: bool = True, day: float = 0) -> None:
    """Let somebody enroll, made here with an organization, and complete the course."""
    person = make_person(username, organization) if organization else get_actor(username)
    enroll_in_course(person, COURSE, moment=moment(day))
    if done:
        declare_read(person, COURSE, READ_UNIT, revision_id=None, moment=moment(day))
        take_quiz(person, at=moment(day))


@pytest.fixture
def manager(world: Flask, visit: Visit) -> Visitor:
    """The manager of a commune with one who is done, one who is not, one in its village, and one elsewhere."""
    study("learner")
    study("chua-xong", COMMUNE, done=False)
    study("o-thon", VILLAGE, done=False)
    study("other", done=False)
    return visit("manager")


def test_who_is_not_done_is_listed_with_those_below_and_put_on_record(manager: Visitor) -> None:
    page = manager.get(f"{NOT_DONE}/").text
    assert "Người Thử chua-xong" in page
    assert "Người Thử o-thon\u2069 (\u2068Thôn Thử Một\u2069)" in page  # the text to copy says where
    assert "Người Thử learner" not in page
    assert "Người Thử other" not in page
    last = current_session().scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last is not None
    assert (last.action, last.subject) == ("report.names_seen", f"organization:{COMMUNE}")
    assert last.detail == {"purpose": "follow_up", "course": COURSE, "how": "not done, page"}
    assert "Người Thử o-thon" in manager.get(f"{NOT_DONE}.csv").data.decode("utf-8-sig")
    assert manager.get(f"{NOT_DONE}.pdf").data.startswith(b"%PDF")


def test_the_sheet_of_another_organization_or_course_is_no_page(manager: Visitor) -> None:
    assert manager.get(f"/reports/organizations/{OTHER_COMMUNE}/not-done/{COURSE}/").status_code == 404
    assert manager.get(f"/reports/organizations/{COMMUNE}/not-done/khong-co/").status_code == 404


def test_when_all_are_done_the_sheet_says_so(world: Flask, visit: Visit) -> None:
    study("learner")
    assert "Mọi người ở đây đã hoàn thành" in visit("manager").get(f"{NOT_DONE}/").text


def test_the_trend_shows_twelve_months_and_a_period_beside_the_one_before(
    manager: Visitor, world: Flask, visit: Visit, count_statements: Callable[..., Any]
) -> None:
    world.config["CLOCK"] = lambda: moment(60).at
    manager = visit("manager")
    manager.get(f"{TREND}/")
    with count_statements(at_most=10):
        page = manager.get(f"{TREND}/").text
    table = page.split("<table")[1]
    assert table.count("<tr>") == 13
    assert "1/3" in table
    assert 'role="img" aria-labelledby="chart-title chart-text"' in page
    asked = manager.get(f"{TREND}/?from=2026-11-01&to=2026-11-30&as_of=2026-11-30").text
    assert "01/10/2026" in asked.replace("&#8211;", "–")  # the month before begins here
    assert "Hoàn thành trong tháng" in manager.get(f"{TREND}.csv").data.decode("utf-8-sig")
    assert manager.get("/reports/courses/khong-co/trend/").status_code == 404


def officials(organization: str, count: int, done: int) -> None:
    """Add officials, of whom so many complete the course."""
    for number in range(count):
        name = f"can-bo-{organization.lower()}-{number}"
        person = make_person(name, organization)
        describe_person(None, person.id, audience=Audience.CADRE, moment=moment())
        study(name, done=number < done)


def cells(page: str) -> dict[str, str]:
    """Return the last cell of each row of the first table by the name of its organization, without markup."""
    rows = page.split("<tbody>")[1].split("</table>", maxsplit=1)[0].split("<tr>")[1:]
    return {row.split("<bdi>")[1].split("<")[0]: row for row in rows if "<bdi>" in row}


def test_the_indicator_hides_small_groups_also_from_subtraction(world: Flask, visit: Visit) -> None:
    officials(COMMUNE, 6, 3)
    officials(OTHER_COMMUNE, 7, 2)
    officials(WARD, 2, 1)
    page = visit("province").get(f"{INDICATOR}/").text
    rows = cells(page)
    assert "2/7" in rows["Xã Dốc Thử"]
    for hidden in ("Phường Ăn Thử", "Xã Đồng Thử"):  # the second is hidden for the first one's sake
        assert "quá ít người" in rows[hidden]
    assert "6/15" in page
    assert "quá ít người" in visit("province").get(f"{INDICATOR}.csv").data.decode("utf-8-sig")
    own = visit("manager").get(f"{INDICATOR}/").text
    assert "3/6" in own
    assert "Dốc Thử" not in own


def test_the_total_less_the_rows_does_not_tell_of_a_few_who_are_of_no_row(world: Flask, visit: Visit) -> None:
    officials(COMMUNE, 6, 3)
    officials(OTHER_COMMUNE, 7, 2)
    officials(PROVINCE_CODE, 2, 1)  # in the province's own office, which has no row
    page = visit("province").get(f"{INDICATOR}/").text
    rows = cells(page)
    assert "2/7" in rows["Xã Dốc Thử"]
    assert "quá ít người" in rows["Xã Đồng Thử"]
    assert "6/15" in page


def test_the_indicator_says_what_it_is_not_and_what_to_do_without_audiences(manager: Visitor) -> None:
    page = manager.get(f"{INDICATOR}/").text
    assert "không phải là xác nhận chính thức" in page
    assert "Chưa có ai ở đây được ghi là cán bộ" in page


def test_an_administrator_sets_who_signs(manager: Visitor) -> None:
    change(PLACE, "Xã Thử, ngày …… tháng ……", seen="", now=NOW)
    change(SIGNERS, "Người lập biểu | (ký)\n\nKế toán\nChủ tịch | (ký, đóng dấu)", seen="", now=NOW)
    for path in (f"/reports/courses/{COURSE}/", f"{NOT_DONE}/", f"{INDICATOR}/"):
        page = manager.get(path).text
        signed = page.split('<div class="signatures">')[1]
        assert signed.index("Người lập biểu") < signed.index("Kế toán") < signed.index("Chủ tịch")
        assert "Xã Thử, ngày" in signed
        assert "Thủ trưởng" not in signed


@pytest.mark.parametrize(("text", "line"), [("Một\n| (ký)", 2), ("x" * 81, 1), ("A\nB\nC\nD\nE", None)])
def test_words_for_signatures_that_will_not_do_are_refused_at_their_line(text: str, line: int | None) -> None:
    with pytest.raises(Refused) as refusal:
        read_signers(text)
    assert refusal.value.params.get("line") == line


@pytest.mark.parametrize("path", [f"{NOT_DONE}/", f"{TREND}/", f"{INDICATOR}/"])
def test_who_has_no_report_has_no_sheet(world: Flask, visit: Visit, path: str) -> None:
    who: Sequence[str] = ("learner", "trainer")
    assert [visit(username).get(path).status_code for username in who] == [404, 404]


def test_reports_say_which_target_lines_are_reached(world: Flask, visit: Visit) -> None:
    study("learner")
    study("other", done=False)
    page = visit("province").get(f"/reports/courses/{COURSE}/").text
    assert "Mốc <bdi>80 %</bdi>: 1/2 đơn vị đạt" in page.replace("\xa0", " ")
    change(FIRST_TARGET, 50, seen=80, now=NOW)
    own = visit("manager").get(f"/reports/organizations/{COMMUNE}/?course={COURSE}").text.replace("\xa0", " ")
    assert "Mốc <bdi>50 %</bdi>: đã đạt" in own
    none = visit("province").get(f"/reports/organizations/{WARD}/?course={COURSE}").text
    assert "Mốc" not in none


def test_the_overview_begins_with_what_is_overdue(world: Flask, visit: Visit) -> None:
    import_texts(course_texts("a-khoa-khac", quiz="bai-khac"))
    assign_course(
        None,
        get_course(COURSE).id,
        organization_id=get_by_code(COMMUNE).id,
        title="Đợt thử",
        due=Due(days=1),
        moment=moment(),
    )
    world.config["CLOCK"] = lambda: moment(9).at
    rows = visit("manager").get("/reports/").text.split("<tbody>")[1].split("</tbody>")[0]
    assert rows.index(COURSE) < rows.index("a-khoa-khac")
    asked = visit("manager").get("/reports/?sort=overdue&order=asc").text.split("<tbody>")[1]
    assert asked.index("a-khoa-khac") < asked.index(f"courses/{COURSE}/")
