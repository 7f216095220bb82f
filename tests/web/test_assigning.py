"""The pages of assignments: a look before anything happens, names on record, nothing typed is lost."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from learning.accounts.posts import describe_post
from learning.accounts.queries import get_actor
from learning.audit.models import AuditEntry
from learning.database import current_session, transaction
from learning.organizations.services import PROVINCE_CODE
from learning.progress.coverage import list_assignments
from tests.support.factories import COMMUNE, COURSE, NOW, OTHER_COMMUNE, make_person
from tests.support.program import Program
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PAGE = "/assignments/"
FIELDS = {"course": COURSE, "organization": COMMUNE, "title": "Đợt 1 <b>"}


@pytest.fixture(autouse=True)
def now(world: Flask) -> None:
    world.config["CLOCK"] = lambda: NOW


def give(visitor: Visitor, **more: object) -> str:
    answer = visitor.post(PAGE, {**FIELDS, "confirm": "yes", **more}, page=PAGE)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def names_seen() -> int:
    return len(
        current_session().scalars(select(AuditEntry.id).where(AuditEntry.action == "report.names_seen")).all()
    )


def test_a_preview_shows_numbers_and_on_demand_names_which_is_put_on_record(visit: Visit) -> None:
    manager = visit("manager")
    preview = manager.post(PAGE, {**FIELDS, "due_days": "5"}, page=PAGE)
    assert preview.status_code == 200
    assert "2 người sẽ được ghi danh mới" in preview.text
    assert "27/11/2026" in preview.text
    assert "Người Thử learner" not in preview.text
    assert names_seen() == 0
    named = manager.post(PAGE, {**FIELDS, "due_days": "5", "people": "1"}, page=PAGE)
    assert "Người Thử learner" in named.text
    assert names_seen() == 1
    assert list_assignments(("/",)) == []


def test_what_is_narrowed_and_repeated_is_said_in_the_list(visit: Visit) -> None:
    manager = visit("manager")
    with transaction():
        describe_post(get_actor("learner").id, position="Văn phòng", audience="cadre")
    give(manager, audiences=["cadre", "citizen"], position="VĂN PHÒNG", repeats="no")
    [entry] = list_assignments(("/",))
    assert (entry.audiences, entry.position, entry.repeats) == (("cadre", "citizen"), "VĂN PHÒNG", False)
    page = manager.get(PAGE).text
    assert "Cán bộ, Người dân, <bdi>VĂN PHÒNG</bdi>" in page
    assert "Đợt 1 &lt;b&gt;" in page
    assert '<option value="Văn phòng">' in page


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"due_on": "2026-11-21"}, "đã qua"),
        ({"due_on": "2026-12-21", "due_days": "3"}, "không phải cả hai"),
        ({"repeats": "yes"}, "không có thời hạn hiệu lực"),
        ({"audiences": ["thu"]}, "thu"),
        ({"position": "x" * 201}, "200"),
        ({"repeats": "maybe"}, ""),
    ],
)
@pytest.mark.parametrize("confirm", ["", "yes"])
def test_what_is_refused_keeps_the_form(
    visit: Visit, fields: dict[str, object], fault: str, confirm: str
) -> None:
    manager = visit("manager")
    answer = manager.post(PAGE, {**FIELDS, **fields, "confirm": confirm}, page=PAGE)
    assert answer.status_code == 422
    assert "Đợt 1 &lt;b&gt;" in answer.text
    assert fault in answer.text
    assert 'class="fault"' in answer.text
    assert list_assignments(("/",)) == []


def test_one_assignment_is_shown_changed_and_withdrawn_by_its_managers_alone(
    world: Flask, visit: Visit
) -> None:
    manager = visit("manager")
    path = give(manager, due_on="2026-12-01")
    page = manager.get(path).text
    assert "Đợt 1 &lt;b&gt;" in page
    assert "Người Thử learner" not in page
    assert "Người Thử learner" in manager.get(f"{path}?people=1").text
    assert names_seen() == 1
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', page)
    assert seen
    version = seen[1].replace("&lt;", "<").replace("&gt;", ">")
    changed = {"title": "Đợt một", "due_on": "2026-12-10", "seen": version}
    assert "2 người có thêm thời gian" in manager.post(path, changed, page=path).text
    past = manager.post(path, {**changed, "due_on": "2026-11-01"}, page=path)
    assert past.status_code == 422
    assert manager.post(path, {**changed, "confirm": "yes"}, page=path).status_code == 303
    again = manager.post(path, {**changed, "title": "Đợt hai", "confirm": "yes"}, page=path)
    assert again.status_code == 409
    assert "Đợt hai" in again.text
    for username, status in (("province", 200), ("admin", 200), ("trainer", 404), ("learner", 404)):
        assert visit(username).get(path).status_code == status
    make_person("khac", OTHER_COMMUNE, role=get_actor("manager").grants[0].role)
    assert visit("khac").get(path).status_code == 404
    assert visit("khac").post(f"{path}withdrawal", page="/account/").status_code == 404
    assert "2 người không còn hạn hoàn thành" in manager.get(path).text
    assert manager.post(f"{path}withdrawal", page=path).status_code == 303
    assert manager.post(f"{path}withdrawal", page=PAGE).status_code == 404
    assert manager.get(path).status_code == 404


def test_a_program_gives_narrowed_courses_too(program: Callable[..., Program]) -> None:
    manager = program("manager")
    body = {
        "course": COURSE,
        "organization": COMMUNE,
        "title": "Đợt",
        "audiences": ["cadre"],
        "position": "Bí thư",
    }
    assert manager("POST", "/assignments", body).status_code == 201
    listed = manager("GET", "/assignments").json
    assert listed
    [item] = listed["items"]
    assert (item["audiences"], item["position"], item["repeats"]) == (["cadre"], "Bí thư", False)
    wrong = manager("POST", "/assignments", {**body, "title": "Khác", "audiences": ["x"]})
    assert wrong.status_code == 422
    never = manager("POST", "/assignments", {**body, "title": "Khác", "repeats": True})
    assert never.status_code == 422


def test_pages_of_assignments_ask_the_database_little(visit: Visit, count_statements) -> None:
    manager = visit("province")
    path = give(manager, organization=PROVINCE_CODE, due_days="3")
    with count_statements(at_most=8):
        manager.get(path)
    with count_statements(at_most=8):
        manager.get(PAGE)


# --- One person


LEARNER = f"/assignments/people/1/{COURSE}/"  # the learner, the first person of the world


def test_more_time_and_exemption_are_given_and_taken_back_on_the_page_of_a_person(
    world: Flask, visit: Visit
) -> None:
    manager, learner = visit("manager"), visit("learner")
    give(manager, due_on="2026-12-01")
    assert f'href="{LEARNER}"' in manager.get("/reports/people/1/").text
    wrong = manager.post(f"{LEARNER}extension", {"due_on": "2026-12-01", "reason": "Bão <b>"}, page=LEARNER)
    assert wrong.status_code == 422
    assert "Bão &lt;b&gt;" in wrong.text
    assert 'class="fault"' in wrong.text
    good = {"due_on": "2026-12-20", "reason": "Bão <b>"}
    assert manager.post(f"{LEARNER}extension", good, page=LEARNER).status_code == 303
    page = manager.get(LEARNER).text
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))  # each label leads to its own field
    assert "20/12/2026" in page
    assert "(đã gia hạn)" in page
    home = learner.get("/").text
    assert "Bạn được gia hạn" in home
    assert "Bão &lt;b&gt;" in home
    assert "20/12/2026" in home
    assert "(đã gia hạn)" in learner.get(f"/courses/{COURSE}/").text
    assert manager.post(f"{LEARNER}extension/end", page=LEARNER).status_code == 303
    assert manager.post(f"{LEARNER}extension/end", page=LEARNER).status_code == 404
    assert manager.post(f"{LEARNER}exemption", {"reason": "Như đã bàn"}, page=LEARNER).status_code == 303
    assert manager.post(f"{LEARNER}exemption", {"reason": "Lại"}, page=LEARNER).status_code == 409
    assert "Được miễn" in manager.get("/reports/people/1/").text
    assert "Được miễn" in learner.get(f"/courses/{COURSE}/").text
    assert "Bạn được miễn" in learner.get("/").text
    assert manager.post(f"{LEARNER}exemption/end", page=LEARNER).status_code == 303
    assert names_seen() >= 2
    for username in ("trainer", "learner"):
        assert visit(username).get(LEARNER).status_code == 404
    outside = f"/assignments/people/2/{COURSE}/"
    assert manager.get(outside).status_code == 404
    assert manager.post(f"{outside}exemption", {"reason": "x"}, page="/account/").status_code == 404


def test_training_done_elsewhere_is_asked_for_with_evidence_and_decided_on(visit: Visit) -> None:
    learner, manager = visit("learner"), visit("manager")
    path = f"/courses/{COURSE}/credit"
    assert f'href="{path}"' in learner.get(f"/courses/{COURSE}/").text
    asked = {"text": "Lớp tập huấn <b>", "done_on": "2026-10-01"}
    bad = learner.client.post(
        path,
        data=asked | {"csrf_token": learner.token(path), "evidence": (io.BytesIO(b"<script>"), "x.pdf")},
    )
    assert bad.status_code == 422
    assert "Chỉ nhận tệp PDF" in bad.text
    assert "Lớp tập huấn &lt;b&gt;" in bad.text
    sent = learner.client.post(
        path,
        data=asked | {"csrf_token": learner.token(path), "evidence": (io.BytesIO(b"%PDF-1.7"), "x.exe")},
    )
    assert sent.status_code == 303
    assert "Đang chờ xét" in learner.get(path).text
    queue = manager.get("/assignments/credits/").text
    assert "Lớp tập huấn &lt;b&gt;" in queue
    assert names_seen() == 1
    for reader, status in ((learner, 200), (manager, 200), (visit("other"), 404), (visit("trainer"), 404)):
        answer = reader.get("/assignments/credits/1/evidence")
        assert answer.status_code == status
        if status == 200:
            assert answer.data == b"%PDF-1.7"
            assert answer.mimetype == "application/pdf"
            assert answer.headers["Content-Disposition"] == "attachment; filename=evidence-1.pdf"
            assert "sandbox" in answer.headers.getlist("Content-Security-Policy")
    refusal = "/assignments/credits/1/refusal"
    assert manager.post(refusal, {"reason": ""}, page="/assignments/credits/").status_code == 422
    assert visit("other").post(refusal, {"reason": "x"}, page="/account/").status_code == 404
    approval = "/assignments/credits/1/approval"
    assert manager.post(approval, page="/assignments/credits/").status_code == 303
    assert manager.post(approval, page="/assignments/credits/").status_code == 409
    assert "học ở nơi khác, được công nhận" in learner.get(f"/courses/{COURSE}/").text
    for path_ in ("people/1/", f"organizations/{COMMUNE}/"):
        assert "Hoàn thành ở nơi khác" in manager.get(f"/reports/{path_}").text
    assert "Hoàn thành ở nơi khác" in manager.get("/reports/people/1.csv").text
    assert "Hoàn thành ở nơi khác" in manager.get(f"/reports/organizations/{COMMUNE}.csv").text
    assert "được công nhận cho" in learner.get("/").text
    assert learner.post(path, asked, page="/account/").status_code == 422
