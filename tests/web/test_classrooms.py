"""The pages of in-person sessions."""

from collections.abc import Callable

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.classrooms.services import cancel_session, reply
from learning.organizations.services import DEPARTMENT_CODE, PROVINCE_CODE
from tests.support.classrooms import COURSE, SESSION_UNIT, make_session_course, plan_evening
from tests.support.factories import COMMUNE, OTHER_COMMUNE, moment
from tests.support.form_reader import fields_of
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
FIELDS = {
    "subject": f"{COURSE}/{SESSION_UNIT}",
    "title": "Buổi tối thử",
    "place": "Nhà văn hóa thôn Thử",
    "day": "2026-11-23",
    "starts": "19:00",
    "ends": "21:00",
    "organization": COMMUNE,
}


@pytest.fixture
def evening(world: Flask) -> int:
    world.config["CLOCK"] = lambda: moment(minutes=1).at
    make_session_course()
    return plan_evening(get_actor("manager"))


def test_a_session_is_planned_and_found_by_those_invited(visit: Visit, evening: int) -> None:
    manager = visit("manager")
    answer = manager.post("/classrooms/new", FIELDS | {"seats": "20"}, page="/classrooms/new")
    assert answer.status_code == 303, answer.text
    page = manager.get(answer.headers["Location"]).text
    assert "Buổi học thử" in page
    assert "19:00–21:00" in page
    assert "Nhà văn hóa thôn Thử" in visit("learner").get("/").text
    assert "Nhà văn hóa thôn Thử" not in visit("other").get("/").text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"day": "30/02/2026"}, "day"),
        ({"ends": "18:00"}, "ends"),
        ({"seats": "x"}, "seats"),
        ({"subject": "khong-co"}, "subject"),
        ({"organization": OTHER_COMMUNE}, "organization"),
        ({"invited": OTHER_COMMUNE}, "invited"),
        ({"trainer": "learner"}, "trainer"),
    ],
)
def test_what_cannot_be_planned_is_said_beside_its_field(
    visit: Visit, evening: int, changed: dict[str, str], field: str
) -> None:
    answer = visit("manager").post("/classrooms/new", FIELDS | changed, page="/classrooms/new")
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in answer.text
    assert "Nhà văn hóa thôn Thử" in answer.text


def test_a_session_is_copied_to_the_next_week(visit: Visit, evening: int) -> None:
    fields = fields_of(visit("manager").get(f"/classrooms/new?copy={evening}").text, "plan")
    assert (fields["title"], fields["day"]) == (["Buổi tối thử"], ["2026-11-30"])
    assert fields["invited"] == [COMMUNE]
    assert visit("manager").get("/classrooms/new?copy=999").status_code == 404


def test_a_session_is_changed_once_by_what_was_seen(visit: Visit, evening: int) -> None:
    manager, address = visit("manager"), f"/classrooms/{evening}/edit"
    fields = fields_of(manager.get(address).text, "plan")
    assert fields["subject"] == [f"{COURSE}/{SESSION_UNIT}"]
    first = manager.client.post(address, data=fields | {"title": ["Tên thử"]})
    assert first.status_code == 303
    second = manager.client.post(address, data=fields | {"title": ["Tên khác"]})
    assert second.status_code == 409
    assert "Tên khác" in second.text
    assert manager.client.post(address, data=fields | {"seen": ["x"]}).status_code == 422


def test_a_cancelled_session_says_why(visit: Visit, evening: int) -> None:
    manager, address = visit("manager"), f"/classrooms/{evening}/"
    none = manager.post(f"{address}cancellation", {"reason": " "}, page=address)
    assert none.status_code == 422
    done = manager.post(f"{address}cancellation", {"reason": "Mưa bão thử"}, page=address)
    assert done.status_code == 303
    for page in (address, "/"):
        assert "Mưa bão thử" in visit("learner").get(page).text
    assert manager.post(f"{address}cancellation", {"reason": "Lần hai"}, page=address).status_code == 303
    assert "Lần hai" not in manager.get(address).text


def test_invited_people_answer(visit: Visit, evening: int) -> None:
    learner, address = visit("learner"), f"/classrooms/{evening}/"
    answer = learner.post(f"{address}reply", {"reply": "coming"}, page=address)
    assert answer.status_code == 303
    assert "Bạn sẽ đến" in learner.get(address).text
    assert "Bạn sẽ đến" in learner.get("/").text
    for username in ("other", "trainer", "admin"):
        visitor = visit(username)
        assert visitor.post(f"{address}reply", {"reply": "coming"}, page="/account/").status_code == 404, (
            username
        )


@pytest.mark.parametrize("username", ["learner", "other", "trainer", "manager", "province", "admin"])
def test_a_session_exists_for_those_it_is_for(visit: Visit, evening: int, username: str) -> None:
    visitor = visit(username)
    sees = username in ("learner", "manager", "province", "admin")
    manages = username in ("manager", "province", "admin")
    got = {page: visitor.get(f"/classrooms/{evening}{page}").status_code for page in ("/", ".ics", "/edit")}
    assert got == {"/": 200 if sees else 404, ".ics": 200 if sees else 404, "/edit": 200 if manages else 404}


def test_an_entry_for_a_calendar_is_a_file(visit: Visit, evening: int) -> None:
    answer = visit("learner").get(f"/classrooms/{evening}.ics")
    assert answer.mimetype == "text/calendar"
    text = answer.text.replace("\r\n ", "")
    assert f"UID:session-{evening}@localhost\r\n" in text
    assert "LOCATION:Nhà văn hóa thôn Thử\r\n" in text
    assert f"/classrooms/{evening}/\r\n" in text


def test_lists_and_pages_cost_few_statements(
    visit: Visit, evening: int, count_statements: Callable[..., object]
) -> None:
    manager, learner = visit("manager"), visit("learner")
    for number in range(5):
        plan_evening(get_actor("manager"), title=f"Buổi {number}")
    for visitor, page, most in (
        (manager, "/classrooms/", 3),
        (manager, f"/classrooms/{evening}/", 4),
        (learner, f"/classrooms/{evening}/", 4),
        (learner, "/", 8),
    ):
        visitor.get(page)
        with count_statements(at_most=most):  # type: ignore[attr-defined]
            assert visitor.get(page).status_code == 200


def test_the_province_holds_a_session_for_some_communes(visit: Visit, evening: int) -> None:
    province = visit("province")
    page = province.get("/classrooms/new").text
    assert all(f'value="{code}"' in page for code in (COMMUNE, OTHER_COMMUNE, DEPARTMENT_CODE))
    fields = FIELDS | {"organization": PROVINCE_CODE, "invited": [OTHER_COMMUNE], "title": "Buổi của tỉnh"}
    assert province.post("/classrooms/new", fields, page="/classrooms/new").status_code == 303
    assert "Buổi của tỉnh" in visit("other").get("/").text
    assert "Buổi của tỉnh" not in visit("learner").get("/").text


def test_notices_lead_to_the_session(visit: Visit, evening: int) -> None:
    manager = get_actor("manager")
    full = plan_evening(manager, seats=1, title="Một chỗ")
    for username, comes in (("manager", True), ("learner", True), ("manager", False)):
        reply(get_actor(username), full, is_coming=comes, language="vi", moment=moment())
    cancel_session(manager, evening, reason="Mưa bão thử", language="vi", moment=moment())
    page = visit("learner").get("/").text
    assert page.count(f'href="/classrooms/{full}/"') == 2
    assert page.count(f'href="/classrooms/{evening}/"') == 2
