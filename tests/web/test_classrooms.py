"""The pages of in-person sessions."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from learning.accounts.queries import get_actor
from learning.audit.models import AuditEntry
from learning.classrooms.services import cancel_session, reply
from learning.database import transaction
from learning.organizations.services import DEPARTMENT_CODE, PROVINCE_CODE
from tests.support.classrooms import COURSE, SESSION_UNIT, make_session_course, plan_evening
from tests.support.factories import COMMUNE, OTHER_COMMUNE, moment
from tests.support.form_reader import fields_of
from tests.support.visitor import Visitor, hidden
from tests.web.conftest import PEOPLE

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


# --- Attendance


@pytest.fixture
def tonight(world: Flask, evening: int) -> int:
    """The evening once it has begun."""
    world.config["CLOCK"] = lambda: moment(1, minutes=5).at
    return evening


def mark_of(page: str, person: int, presence: str) -> str:
    """Return what a button of a person sends."""
    found = re.search(rf'name="mark" value="({person}:\w+:\d+)" data-presence="{presence}"', page)
    assert found, page
    return found.group(1)


def test_a_trainer_marks_without_scripts(visit: Visit, tonight: int) -> None:
    manager, address = visit("manager"), f"/classrooms/{tonight}/attendance"
    learner = get_actor("learner")
    page = manager.get(address).text
    assert "Người Thử learner" in page
    assert "Người Thử other" not in page
    fields = {"mark": mark_of(page, learner.id, "present"), "event_id": hidden(page, "event_id")}
    for _ in range(2):  # the second time as by the button that goes back
        answer = manager.post(address, fields, page=address)
        assert answer.status_code == 303
    page = manager.get(address).text
    assert mark_of(page, learner.id, "present") == f"{learner.id}:unmarked:1"
    assert '<span data-present="1">1</span>' in page
    done = visit("learner").get(f"/courses/{COURSE}/{SESSION_UNIT}/").text
    assert "Đã hoàn thành" in done


def test_the_script_is_told_what_counts(visit: Visit, tonight: int) -> None:
    manager, province = visit("manager"), visit("province")
    learner, address = get_actor("learner"), f"/classrooms/{tonight}/attendance"
    json = {"headers": {"Accept": "application/json"}}

    def send(visitor: Visitor, presence: str, event: int, seen: int = 0) -> Any:
        fields = {"mark": f"{learner.id}:{presence}:{seen}", "event_id": str(UUID(int=event))}
        return visitor.post(address, fields, page="/account/", **json)

    first = send(manager, "present", 1)
    assert (first.status_code, first.json["number"], first.json["presence"]) == (200, 1, "present")
    assert send(manager, "present", 1).json == first.json
    late = send(province, "absent", 2)
    assert late.status_code == 409
    assert late.json["presence"] == "present"
    assert "manager" in late.json["message"]
    assert send(province, "absent", 3, seen=1).status_code == 200
    assert send(manager, "sideways", 4).status_code == 422
    assert send(visit("trainer"), "present", 5).status_code == 404


def test_a_person_is_added_by_her_name_without_marks(visit: Visit, world: Flask) -> None:
    world.config["CLOCK"] = lambda: moment(1, minutes=5).at
    make_session_course()
    session = plan_evening(get_actor("province"), organization=PROVINCE_CODE, invited=(COMMUNE,))
    province, address = visit("province"), f"/classrooms/{session}/attendance"
    assert "Người Thử other" not in province.get(address).text
    page = province.get(f"{address}?q=nguoi+thu+OTH").text
    assert "Người Thử other" in page
    other = get_actor("other").id
    fields = {"mark": mark_of(page, other, "present"), "event_id": hidden(page, "event_id"), "q": "oth"}
    answer = province.post(address, fields, page=address)
    assert answer.headers["Location"].endswith(f"?q=oth#p-{other}")
    assert "Người Thử other" in province.get(address).text


def test_every_look_at_names_is_on_record(visit: Visit, tonight: int) -> None:
    manager = visit("manager")
    for page in ("attendance", "attendance?q=x", "sheet", "sheet.pdf"):
        assert manager.get(f"/classrooms/{tonight}/{page}").status_code == 200
    with transaction() as session:
        seen = session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "session.names_seen")
        ).all()
    assert [one["how"] for one in seen] == ["attendance", "search", "sheet", "pdf"]


def test_the_sheet_is_a_page_and_a_file_to_print(visit: Visit, tonight: int) -> None:
    manager = visit("manager")
    page = manager.get(f"/classrooms/{tonight}/sheet").text
    assert "Người Thử learner" in page
    assert page.count("<tr>") == 1 + 2 + 5  # head, learner and manager, lines for others
    answer = manager.get(f"/classrooms/{tonight}/sheet.pdf?lang=he")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="session-{tonight}-sheet.pdf"'


def code_on(page: str) -> str:
    found = re.search(r'data-seconds="\d+">(\d{3} \d{3})<', page)
    assert found, page
    return found.group(1)


def test_a_learner_scans_or_types_the_code(visit: Visit, world: Flask, tonight: int) -> None:
    page = visit("manager").get(f"/classrooms/{tonight}/code").text
    code = code_on(page)
    assert '<svg viewBox="0 0' in page
    assert "style=" not in page
    stranger = visit().get(f"/classrooms/{tonight}/attend?code=123456")
    assert stranger.headers["Location"].startswith("/sign-in?next=%2Fclassrooms%2F")
    assert "123456" in stranger.headers["Location"]
    learner, address = visit("learner"), f"/classrooms/{tonight}/attend"
    assert f'value="{code}"' in learner.get(f"{address}?code={code}").text
    wrong = learner.post(address, {"code": "12345"}, page=address)
    assert wrong.status_code == 422
    assert 'id="code-fault"' in wrong.text
    for path in (address, "/classrooms/attend"):
        done = learner.post(path, {"code": code}, page=path)
        assert done.headers["Location"] == f"/classrooms/{tonight}/"
    assert "Bạn đã dự" in learner.get(f"/classrooms/{tonight}/").text
    world.config["CLOCK"] = lambda: moment(2).at
    assert "data-seconds" not in visit("manager").get(f"/classrooms/{tonight}/code").text


def test_a_unit_tells_of_its_next_session(visit: Visit, evening: int, count_statements: Any) -> None:
    unit = f"/courses/{COURSE}/{SESSION_UNIT}/"
    learner = visit("learner")
    page = learner.get(unit).text
    assert f'href="/classrooms/{evening}/"' in page
    assert "Nhà văn hóa thôn Thử" in page
    assert "Nhà văn hóa thôn Thử" not in visit("other").get(unit).text
    with count_statements(at_most=5):
        learner.get(unit)


def test_marking_costs_few_statements(visit: Visit, tonight: int, count_statements: Any) -> None:
    manager = visit("manager")
    with count_statements(at_most=6):
        manager.get(f"/classrooms/{tonight}/attendance")


@pytest.mark.parametrize("page", ["attendance", "sheet", "sheet.pdf", "code"])
def test_attendance_is_for_those_who_manage_the_session(visit: Visit, tonight: int, page: str) -> None:
    got = {name: visit(name).get(f"/classrooms/{tonight}/{page}").status_code for name in PEOPLE}
    allowed = {"manager", "province", "admin"}
    assert got == {name: 200 if name in allowed else 404 for name in PEOPLE}


# --- The log of help


HELP = {
    "helped_on": "2026-11-22",
    "organization": COMMUNE,
    "place": "Nhà văn hóa thôn Thử",
    "kind": "safety",
    "people": "9",
    "note": "Cài ứng dụng.",
}


def test_help_is_written_down_and_summed(visit: Visit, evening: int) -> None:
    learner, manager, log = visit("learner"), visit("manager"), "/classrooms/log/"
    assert learner.post(log, HELP, page=log).status_code == 303
    page = learner.get(log).text
    assert "Cài ứng dụng." in page
    entry = re.search(r'href="(/classrooms/log/\d+/)"', page)
    assert entry
    assert learner.post(entry[1], HELP | {"people": "11"}, page=entry[1]).status_code == 303
    page = manager.get("/classrooms/log/summary?period=2026-Q4").text
    assert "Xã Đồng Thử" in page
    assert ">11<" in page
    assert "Người Thử learner" not in page
    file = manager.get("/classrooms/log/summary.csv?period=2026-11")
    assert "Xã Đồng Thử,1,11," in file.text
    assert manager.get("/classrooms/log/summary.xlsx").data.startswith(b"PK")
    assert visit("other").get(entry[1]).status_code == 404
    assert learner.post(f"{entry[1]}deletion", page=entry[1]).status_code == 303
    assert "Cài ứng dụng." not in learner.get(log).text


def test_a_number_of_somebody_is_asked_about_on_the_page(visit: Visit, evening: int) -> None:
    learner, log = visit("learner"), "/classrooms/log/"
    fields = HELP | {"note": "Bà Thử 0912345678"}
    asked = learner.post(log, fields, page=log)
    assert asked.status_code == 422
    assert 'id="note-fault"' in asked.text
    assert 'name="sure"' in asked.text
    assert 'name="sure"' not in learner.get(log).text
    assert learner.post(log, fields | {"sure": "y"}, page=log).status_code == 303


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"people": "x"}, "people"), ({"helped_on": "2027-01-01"}, "helped_on"), ({"place": ""}, "place")],
)
def test_what_cannot_be_logged_is_said_beside_its_field(
    visit: Visit, evening: int, changed: dict[str, str], field: str
) -> None:
    answer = visit("learner").post("/classrooms/log/", HELP | changed, page="/classrooms/log/")
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in answer.text


def test_of_a_very_long_list_the_first_are_shown_and_the_rest_are_found(
    visit: Visit, tonight: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learning.classrooms.views.attendance.MOST_SHOWN", 1)
    manager, address = visit("manager"), f"/classrooms/{tonight}/attendance"
    page = manager.get(address).text
    assert page.count("data-attendee=") == 1
    assert "Chỉ hiện những người đầu" in page
    assert "Người Thử learner" in manager.get(f"{address}?q=learner").text
