"""What managers, trainers and administrators do by program: inside their scope only, each refusal with its field."""

import io
import json
import re
import unicodedata
import uuid
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from learning.accounts.models import Person, SignInLink
from learning.accounts.queries import find_link_holder, get_actor
from learning.accounts.services import create_token
from learning.api.models import IdempotentAnswer
from learning.audit.models import AuditEntry
from learning.courses.models import Revision
from learning.database import current_session, db
from learning.domain.permissions import Role
from learning.formats.bundle import write_bundle
from learning.organizations.services import DEPARTMENT_CODE
from learning.progress.models import Assignment
from learning.study.services import declare_read
from learning.web.clock import now, today
from tests.support.factories import (
    COMMUNE,
    COURSE,
    OTHER_COMMUNE,
    QUIZ_UNIT,
    READ_UNIT,
    VILLAGE,
    WARD,
    course_texts,
    files_of,
    make_person,
    moment,
    unit_text,
)
from tests.web.conftest import PEOPLE

API = "/api/v1"
READ_PATH = f"courses/{COURSE}/{READ_UNIT}.vi.md"
ALL_CODES = ["24", DEPARTMENT_CODE, COMMUNE, OTHER_COMMUNE, WARD, VILLAGE]


class Program:
    """A program that calls the API with a person's token."""

    def __init__(self, client: FlaskClient, username: str, *, read_only: bool = False) -> None:
        self.client = client
        token = create_token(get_actor(username), "thử", days=30, is_read_only=read_only, now=now())
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: object) -> TestResponse:
        return self.client.get(API + path, query_string=query, headers=self.headers)

    def post(self, path: str, body: object, *, key: str | None = None, **query: object) -> TestResponse:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.client.post(API + path, json=body, query_string=query, headers=headers)

    def send(self, data: bytes, media_type: str = "application/zip", **query: object) -> TestResponse:
        return self.client.post(
            f"{API}/content", data=data, content_type=media_type, query_string=query, headers=self.headers
        )


Programs = Callable[..., Program]


@pytest.fixture
def program(world: Flask) -> Programs:
    """Return a program of a person; `foreign` is a manager and `chief` an administrator of one commune."""
    make_person("foreign", OTHER_COMMUNE, role=Role.MANAGER)
    make_person("chief", COMMUNE, role=Role.ADMINISTRATOR)

    def start(username: str, *, read_only: bool = False) -> Program:
        return Program(world.test_client(), username, read_only=read_only)

    return start


CALLERS = (*PEOPLE, "foreign", "chief")


def values(answer: TestResponse, name: str) -> list[Any]:
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return [item[name] for item in answer.json["items"]]


def problem(answer: TestResponse, status: int, field: str | None = None) -> Mapping[str, Any]:
    """Check that the answer is a problem with this status, which names the field."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == status
    assert {"type", "title", "status", "detail"} <= answer.json.keys()
    if field is not None:
        assert [error["field"] for error in answer.json["errors"]] == [field]
        assert all(error["message"] for error in answer.json["errors"])
    return answer.json


def count(model: Any) -> int:
    db.session.remove()
    return current_session().scalar(sa.select(sa.func.count()).select_from(model)) or 0


# --- Who may call what


ORGANIZATIONS = {
    "trainer": [DEPARTMENT_CODE],
    "manager": [COMMUNE, VILLAGE],
    "foreign": [OTHER_COMMUNE],
    "province": ALL_CODES,
    "chief": [COMMUNE, VILLAGE],
    "admin": ALL_CODES,
}
MANAGED = {
    "chief": ["learner", "manager", "chief"],
    "admin": [*PEOPLE, "foreign", "chief"],
}
ASSIGNERS = ("manager", "foreign", "province", "chief", "admin")
REPORTED = {"manager": COMMUNE, "foreign": OTHER_COMMUNE, "province": "24", "chief": COMMUNE, "admin": "24"}
EDITORS = ("trainer", "admin")


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("username", CALLERS)
def test_each_reads_what_her_roles_reach_and_nothing_else(
    program: Programs, username: str, read_only: bool
) -> None:
    caller = program(username, read_only=read_only)
    for path, name, wanted in (
        ("/organizations", "code", ORGANIZATIONS.get(username)),
        ("/people", "username", MANAGED.get(username)),
        ("/assignments", "id", [] if username in ASSIGNERS else None),
    ):
        answer = caller.get(path)
        if wanted is None:
            problem(answer, 404)
        else:
            assert values(answer, name) == wanted, path
            assert answer.json is not None
            assert answer.json["next"] is None
    report = caller.get("/reports/completion")
    if username in REPORTED:
        assert report.json is not None
        assert report.json["total"]["organization"] == REPORTED[username]
    else:
        problem(report, 404)
    assert caller.get(f"/content/{COURSE}.zip").status_code == (200 if username in EDITORS else 404)


@pytest.mark.parametrize("username", CALLERS)
def test_each_writes_only_where_she_has_the_right(program: Programs, username: str) -> None:
    caller = program(username)
    person = {"username": "moi-thu", "name": "Mới", "organization": COMMUNE, "role": "learner"}
    given = {"course": COURSE, "organization": COMMUNE, "title": "Đợt thử"}
    bundle = write_bundle(files_of(course_texts()))
    inside = {"manager", "province", "chief", "admin"}
    assert caller.post("/people", person).status_code == (201 if username in MANAGED else 404)
    assert caller.post("/assignments", given).status_code == (201 if username in inside else 404)
    expected = 200 if username in EDITORS else 422 if username == "chief" else 404
    assert caller.send(bundle).status_code == expected


@pytest.mark.parametrize("username", ["admin", "trainer", "learner"])
def test_a_token_that_reads_writes_nothing(program: Programs, username: str) -> None:
    caller = program(username, read_only=True)
    before = [count(model) for model in (Person, Assignment, Revision)]
    person = {"username": "moi-thu", "name": "Mới", "organization": COMMUNE, "role": "learner"}
    problem(caller.post("/people", person), 403)
    problem(caller.post("/assignments", {"course": COURSE, "organization": COMMUNE, "title": "Đợt"}), 403)
    problem(caller.send(write_bundle(files_of({READ_PATH: unit_text("Mới")}))), 403)
    assert [count(model) for model in (Person, Assignment, Revision)] == before


def test_a_stranger_is_asked_for_a_token(world: Flask) -> None:
    client = world.test_client()
    for path in (
        "/organizations",
        "/people",
        "/assignments",
        "/reports/completion",
        f"/content/{COURSE}.zip",
    ):
        answer = client.get(API + path)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for path in ("/people", "/assignments", "/content"):
        problem(client.post(API + path), 401)


# --- Lists


@pytest.mark.parametrize("path", ["/organizations", "/people", "/assignments"])
def test_a_list_is_walked_by_its_cursor(program: Programs, path: str) -> None:
    admin = program("admin")
    for number in range(5):
        given = {"course": COURSE, "organization": COMMUNE, "title": f"Đợt {number}"}
        assert admin.post("/assignments", given).status_code == 201
    whole = admin.get(path).json
    assert whole is not None
    walked: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = admin.get(path, limit=2, **cursor).json
        assert page is not None
        walked += page["items"]
        if page["next"] is None:
            break
        assert len(page["items"]) == 2
        cursor = {"cursor": page["next"]}
    assert walked == whole["items"]
    assert len(walked) >= 5


@pytest.mark.parametrize("path", ["/organizations", "/people", "/assignments"])
def test_a_list_refuses_what_it_does_not_know(program: Programs, path: str) -> None:
    admin = program("admin")
    elsewhere = admin.get("/people" if path != "/people" else "/organizations", limit=1).json
    assert elsewhere is not None
    for name, value in (
        ("cursor", "x"),
        ("cursor", ""),
        ("cursor", elsewhere["next"]),
        ("limit", "0"),
        ("limit", "1000000"),
        ("limit", "-1"),
        ("limit", "1e1"),
        ("limit", "1e3"),
        ("limit", "1.0"),
        ("limit", "1.000"),
        ("limit", "1,5"),
        ("limit", "+5"),
        ("limit", "012"),
        ("limit", " 5"),
        ("limit", ""),
        ("limit", "99999999999999999999999"),
        ("limit", "١٢"),
        ("limit", "nhiều"),
        ("page", "2"),
        ("lang", "fr"),
    ):
        problem(admin.get(path, **{name: value}), 422, name)


def test_people_are_found_by_place_and_name(program: Programs) -> None:
    make_person("dao-thu", VILLAGE, name="Trần Thị Đào")
    admin = program("admin")
    assert values(admin.get("/people", q="tran dao"), "username") == ["dao-thu"]
    assert values(admin.get("/people", organization=VILLAGE), "username") == ["dao-thu"]
    assert values(admin.get("/people", organization=WARD, q="đào"), "username") == []
    problem(admin.get("/people", organization="khong-co"), 404, "organization")
    problem(program("chief").get("/people", organization=WARD), 404, "organization")
    problem(admin.get("/people", q="x" * 201), 422, "q")


# --- Adding people


def person(**fields: object) -> dict[str, object]:
    return {"username": "moi-thu", "name": "Người Mới", "organization": VILLAGE, "role": "learner"} | fields


def test_a_person_added_comes_in_by_her_link(program: Programs) -> None:
    answer = program("chief").post("/people", person(username=" MOI-Thu ", name="  De\u0302m "))
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json.keys() == {"id", "username", "sign_in_link"}
    found = re.fullmatch(r"http://localhost/sign-in/([\w-]{43})", answer.json["sign_in_link"])
    assert found
    assert find_link_holder(found.group(1), now=now()) == "Dêm"
    [added] = program("admin").get("/people", q="moi-thu").json["items"]  # type: ignore[index]
    assert added == {
        "id": answer.json["id"],
        "username": "moi-thu",
        "name": "Dêm",
        "organization": VILLAGE,
        "language": None,
        "roles": [{"role": "learner", "organization": VILLAGE}],
        "created_at": added["created_at"],
        "disabled_at": None,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", added["created_at"])
    page = program("chief").client.get(answer.json["sign_in_link"])
    assert page.status_code == 200
    assert "Dêm" in page.text


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"username": "LEARNER"}, 409, "username"),
        ({"username": ""}, 422, "username"),
        ({"username": "hai từ"}, 422, "username"),
        ({"username": "x" * 101}, 422, "username"),
        ({"username": "a\u202eb"}, 422, "username"),
        ({"username": "a\tb"}, 422, "username"),
        ({"username": None}, 422, "username"),
        ({"username": 12}, 422, "username"),
        ({"name": ""}, 422, "name"),
        ({"name": "Ă" * 201}, 422, "name"),
        ({"name": "\u0301" * 50}, 422, "name"),
        ({"name": "Mai\nHoa"}, 422, "name"),
        ({"name": "Mai\u001b[31m"}, 422, "name"),
        ({"name": ["Mai"]}, 422, "name"),
        ({"role": "king"}, 422, "role"),
        ({"role": None}, 422, "role"),
        ({"organization": "khong-co"}, 404, "organization"),
        ({"organization": WARD}, 404, "organization"),
        ({"organization": "24"}, 404, "organization"),
        ({"scope": "24", "role": "manager"}, 404, "scope"),
        ({"scope": 24}, 422, "scope"),
        ({"password": "x"}, 422, "password"),
        ({"is_demonstration": True}, 422, "is_demonstration"),
    ],
)
def test_a_person_who_cannot_be_is_refused_with_the_field(
    program: Programs, fields: dict[str, object], status: int, field: str
) -> None:
    chief = program("chief")
    before = count(Person)
    problem(chief.post("/people", person(**fields)), status, field)
    assert (count(Person), count(SignInLink)) == (before, 0)


def test_a_missing_field_is_named(program: Programs) -> None:
    for field in ("username", "name", "organization", "role"):
        body = {name: value for name, value in person().items() if name != field}
        problem(program("admin").post("/people", body), 422, field)


def test_hard_names_are_kept_and_come_back_as_they_were_sent(program: Programs) -> None:
    names = [
        "Ă" * 200,
        "\u202eNgười Thử\u202c \u200fאב",
        "Nguyễn" + "\u0301" * 150,
        "O'Thử <b>&amp;",
        "=1+1",
    ]
    admin = program("admin")
    for number, name in enumerate(names):
        assert admin.post("/people", person(username=f"kho-{number}", name=name)).status_code == 201
    stored = values(admin.get("/people", q="kho-"), "name")
    assert stored == [unicodedata.normalize("NFC", name) for name in names]


@pytest.mark.parametrize(
    ("data", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b'{"username":"\xff"}', "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b"username=x", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (
            b'{"username":"a\\u0000b","name":"b","organization":"X-1","role":"learner"}',
            "application/json",
            422,
        ),
        (b'{"username":"a","name":"b","organization":"X\\u0000","role":"learner"}', "application/json", 422),
        (b'{"username":"a","name":"\\ud800","organization":"X-1","role":"learner"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 422),
        (b'{"username":' * 100_000, "application/json", 422),
        (b'{"username":' * 200_000, "application/json", 413),
    ],
)
def test_a_body_that_is_none_is_refused(program: Programs, data: bytes, media_type: str, status: int) -> None:
    admin = program("admin")
    answer = admin.client.post(f"{API}/people", data=data, content_type=media_type, headers=admin.headers)
    problem(answer, status, None if status == 422 else "Content-Type" if status == 415 else "body")
    assert count(SignInLink) == 0


def test_a_repeated_request_adds_once_and_its_answer_tells_the_link_once(program: Programs) -> None:
    chief, key = program("chief"), str(uuid.uuid4())
    first = chief.post("/people", person(), key=key)
    assert (first.status_code, count(SignInLink)) == (201, 1)
    again = chief.post("/people", person(), key=key)
    assert again.status_code == 201
    assert (first.json, again.json) == (
        {"id": first.json["id"], "username": "moi-thu", "sign_in_link": first.json["sign_in_link"]},  # type: ignore[index]
        {"id": first.json["id"], "username": "moi-thu", "sign_in_link": None},  # type: ignore[index]
    )
    token = first.json["sign_in_link"].rpartition("/")[2]  # type: ignore[index]
    assert find_link_holder(token, now=now()) == "Người Mới"
    db.session.remove()
    for body in current_session().scalars(sa.select(IdempotentAnswer.body)):
        assert token.encode() not in body
    problem(chief.post("/people", person(name="Khác"), key=key), 422, "Idempotency-Key")
    problem(chief.post("/people", person(), key=str(uuid.uuid4())), 409, "username")
    problem(program("admin").post("/people", person(), key=key), 409, "username")


# --- Assignments


def test_an_assignment_enrolls_and_is_told_once(program: Programs) -> None:
    manager, key = program("manager"), str(uuid.uuid4())
    body = {"course": COURSE, "organization": COMMUNE, "title": "  Đợt 1 năm 2026 "}
    first = manager.post("/assignments", body, key=key)
    assert first.status_code == 201
    assert first.json is not None
    assert first.json["enrolled"] == 3
    again = manager.post("/assignments", body, key=key)
    assert (again.status_code, again.json) == (201, first.json)
    problem(manager.post("/assignments", body), 409, "title")
    assert count(Assignment) == 1
    listed = manager.get("/assignments").json
    assert listed is not None
    [item] = listed["items"]
    assert item == {
        "id": first.json["id"],
        "course": COURSE,
        "organization": COMMUNE,
        "title": "Đợt 1 năm 2026",
        "created_at": item["created_at"],
        "due_on": None,
        "due_days": None,
        "audiences": [],
        "position": "",
        "repeats": False,
    }
    assert values(program("foreign").get("/assignments"), "id") == []


def test_what_is_open_past_its_day_is_counted_as_overdue_with_each_unit(
    world: Flask, program: Programs
) -> None:
    manager = program("manager")
    body = {"course": COURSE, "organization": COMMUNE, "title": "Đợt 1", "due_on": today().isoformat()}
    assert manager.post("/assignments", body).status_code == 201
    [item] = values(manager.get("/assignments"), "due_on")
    assert item == today().isoformat()
    declare_read(get_actor("learner"), COURSE, READ_UNIT, revision_id=None, moment=moment())

    def overdue() -> dict[str | None, int]:
        answer = manager.get("/reports/completion", organization=COMMUNE, course=COURSE).json
        assert answer is not None
        rows = [row for row in answer["items"] if row["organization"] == COMMUNE]
        return {row["unit"]: row["overdue"] for row in rows}

    assert set(overdue().values()) == {0}
    world.config["CLOCK"] = lambda: moment(10).at
    late = overdue()
    assert late[None] == late[QUIZ_UNIT] == late[READ_UNIT] + 1 > 1


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"course": "khong-co"}, 404, "course"),
        ({"course": ""}, 404, "course"),
        ({"course": 1}, 422, "course"),
        ({"organization": "khong-co"}, 404, "organization"),
        ({"organization": OTHER_COMMUNE}, 404, "organization"),
        ({"organization": "24"}, 404, "organization"),
        ({"title": ""}, 422, "title"),
        ({"title": "Đ" * 201}, 422, "title"),
        ({"title": "a\nb"}, 422, "title"),
        ({"title": None}, 422, "title"),
        ({"due": "2026-12-31"}, 422, "due"),
        ({"due_on": "2026-02-30"}, 422, "due_on"),
        ({"due_on": "2026-11-21"}, 422, "due_on"),
        ({"due_on": "2026-12-31", "due_days": 30}, 422, "due_days"),
        ({"due_days": 0}, 422, "due_days"),
        ({"due_days": 10**9}, 422, "due_days"),
    ],
)
def test_an_assignment_that_cannot_be_is_refused_with_the_field(
    program: Programs, fields: dict[str, object], status: int, field: str
) -> None:
    body = {"course": COURSE, "organization": COMMUNE, "title": "Đợt thử"} | fields
    problem(program("manager").post("/assignments", body), status, field)
    assert count(Assignment) == 0


# --- The report


@pytest.fixture
def assigned(program: Programs) -> Programs:
    """The course is given to the commune."""
    body = {"course": COURSE, "organization": COMMUNE, "title": "Đợt thử"}
    assert program("manager").post("/assignments", body).status_code == 201
    return program


def test_the_report_holds_what_the_page_and_the_command_say(assigned: Programs, world: Flask) -> None:
    answer = assigned("manager").get("/reports/completion", organization=COMMUNE, course=COURSE).json
    assert answer is not None
    assert answer.keys() == {"as_of", "items", "total", "next"}
    assert answer["total"]["enrolled"] == 3
    command = ["report", "completion", "--organization", COMMUNE, "--course", COURSE, "--format", "json"]
    printed = json.loads(world.test_cli_runner().invoke(args=command).stdout)
    assert (answer["items"], answer["total"]) == (printed["items"], printed["total"])
    assert [list(row) for row in answer["items"]] == [
        [
            "organization",
            "name",
            "course",
            "unit",
            "enrolled",
            "started",
            "completed",
            "passed",
            "failed",
            "overdue",
        ]
    ] * len(answer["items"])


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"organization": OTHER_COMMUNE}, 404, "organization"),
        ({"organization": "24"}, 404, "organization"),
        ({"organization": ""}, 404, "organization"),
        ({"course": "khong-co"}, 404, "course"),
        ({"course": ""}, 404, "course"),
        ({"as_of": "2999-01-01"}, 422, "as_of"),
        ({"as_of": "hôm qua"}, 422, "as_of"),
        ({"as_of": "2026-02-30"}, 422, "as_of"),
        ({"as_of": "2026-01-01T00:00:00Z"}, 422, "as_of"),
        ({"as_of": ""}, 422, "as_of"),
        ({"as_of": "null"}, 422, "as_of"),
        ({"as_of": "٢٠٢٦-١١-٢٢"}, 422, "as_of"),
        ({"names": "maybe"}, 422, "names"),
        ({"audience": "x"}, 422, "audience"),
        ({"cursor": "x"}, 422, "cursor"),
    ],
)
def test_a_report_on_what_is_not_there_is_refused_with_the_field(
    assigned: Programs, query: dict[str, str], status: int, field: str
) -> None:
    problem(assigned("manager").get("/reports/completion", **query), status, field)


def seen() -> list[tuple[int | None, str, dict[str, Any]]]:
    db.session.remove()
    rows = current_session().execute(
        sa.select(AuditEntry.actor_id, AuditEntry.subject, AuditEntry.detail).where(
            AuditEntry.action == "report.names_seen"
        )
    )
    return [(row.actor_id, row.subject, row.detail) for row in rows]


def test_names_are_told_when_asked_for_and_leave_a_row(assigned: Programs) -> None:
    manager = assigned("manager", read_only=True)
    for names in ("0", "false"):
        assert "people" not in (manager.get("/reports/completion", names=names).json or {})
    assert seen() == []
    answer = manager.get("/reports/completion", names="1", purpose="correct", as_of=today().isoformat()).json
    assert answer is not None
    assert {row["username"]: row["state"] for row in answer["people"]} == dict.fromkeys(
        ("learner", "manager", "chief"), "enrolled"
    )
    assert {row["course"] for row in answer["people"]} == {COURSE}
    actor = get_actor("manager").id
    assert seen() == [
        (actor, f"organization:{COMMUNE}", {"purpose": "correct", "course": COURSE, "how": "api"})
    ]
    assert (manager.get("/reports/completion", organization=VILLAGE, names="1").json or {})["people"] == []
    assert len(seen()) == 1


# --- Content


def bundle(**changed: bytes) -> bytes:
    texts = course_texts() | {READ_PATH: changed.get("text", unit_text(body="Mới."))}
    return write_bundle(files_of(texts))


def statuses(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return {file["path"]: file["status"] for file in answer.json["files"]}


def test_a_bundle_is_tried_brought_in_and_found_unchanged(program: Programs) -> None:
    trainer = program("trainer")
    before = count(Revision)
    tried = trainer.send(bundle(), dry_run="1")
    assert count(Revision) == before
    done = trainer.send(bundle(), effect="repass")
    assert statuses(tried) == statuses(done)
    assert {path for path, status in statuses(done).items() if status == "changed"} == {READ_PATH}
    assert set(statuses(trainer.send(bundle())).values()) == {"unchanged"}
    assert count(Revision) == before + 1
    draft = trainer.send(bundle(text=unit_text(body="Nháp.")), draft="true")
    assert statuses(draft)[READ_PATH] == "changed"
    assert b"Nh\xc3\xa1p" not in trainer.get(f"/content/{COURSE}.zip").data


def test_a_bundle_comes_as_a_form_too(program: Programs) -> None:
    trainer = program("trainer")
    answer = trainer.client.post(
        f"{API}/content",
        data={"file": (io.BytesIO(bundle()), "goi.zip")},
        headers=trainer.headers,
    )
    assert statuses(answer)[READ_PATH] == "changed"
    nothing = trainer.client.post(
        f"{API}/content",
        data={"other": (io.BytesIO(bundle()), "goi.zip")},
        headers=trainer.headers,
    )
    problem(nothing, 422, "file")


def packed(*names: str, data: bytes = b"x", compression: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name in names:
            # Without a date of its own: these bytes name tests, and every worker must collect the same.
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=compression)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "bundle.zip:1:1"),
        (b"no zip", "bundle.zip:1:1"),
        (packed("a")[:-5], "bundle.zip:1:1"),
        (packed("/etc/passwd"), "/etc/passwd:1:1"),
        (packed("courses/../../a.vi.md"), "courses/../../a.vi.md:1:1"),
        (packed("README"), "README:1:1"),
        (
            packed("courses/a/media/a.png", data=bytes(8 << 20), compression=zipfile.ZIP_DEFLATED),
            "courses/a/media/a.png:1:1",
        ),
    ],
)
def test_a_bundle_that_is_none_is_refused_with_the_place(program: Programs, data: bytes, field: str) -> None:
    before = count(Revision)
    problem(program("admin").send(data), 422, field)
    assert count(Revision) == before


def test_texts_with_errors_are_refused_line_by_line(program: Programs) -> None:
    broken = unit_text().replace(b"minutes: 5", b"minutse: 5")
    found = problem(program("trainer").send(bundle(text=broken), lang="en"), 422, f"{READ_PATH}:5:1")
    assert "minutes" in found["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"effect": "magic"}, "effect"),
        ({"dry_run": "2"}, "dry_run"),
        ({"draft": "x"}, "draft"),
        ({"a": "1"}, "a"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(program: Programs, query: dict[str, str], field: str) -> None:
    problem(program("trainer").send(bundle(), **query), 422, field)


def test_another_kind_of_body_is_not_taken_for_a_bundle(program: Programs) -> None:
    for media_type in ("application/json", "text/plain", "application/x-www-form-urlencoded", ""):
        problem(program("trainer").send(bundle(), media_type), 415, "Content-Type")


def test_a_bundle_that_is_too_large_is_refused(program: Programs, world: Flask) -> None:
    world.config["MAX_CONTENT_LENGTH"] = 1000
    problem(program("trainer").send(bundle() + bytes(2000)), 413, "body")


def test_the_course_of_another_organization_is_not_the_callers_to_change(program: Programs) -> None:
    make_person("xa-thu", COMMUNE, role=Role.TRAINER)
    caller = program("xa-thu")
    before = count(Revision)
    problem(caller.send(bundle()), 422, f"courses/{COURSE}/")
    problem(caller.get(f"/content/{COURSE}.zip"), 404)
    problem(caller.get("/content/khong-co.zip"), 404)
    assert count(Revision) == before


def test_a_course_is_given_out_as_the_command_writes_it(program: Programs) -> None:
    answer = program("trainer", read_only=True).get(f"/content/{COURSE}.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{COURSE}.zip"'
    assert answer.data == write_bundle(files_of(course_texts()))
