"""The API as programs meet it: tokens, refusals, repeated requests, lists, and a course taken by program."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.sql.util import find_tables

from learning.accounts.models import ApiToken, Person
from learning.accounts.queries import find_token_holder, get_actor
from learning.accounts.services import change_password, hash_password
from learning.api.calls import CALLS
from learning.api.openapi import openapi_path
from learning.api.queries import personal_rows
from learning.api.views.programs import TOKEN_LIMIT
from learning.audit.models import AuditEntry
from learning.database import Base, transaction
from learning.domain.permissions import Permission
from learning.organizations.services import PROVINCE_CODE
from learning.progress.models import Enrollment
from learning.quizzes.models import Response
from tests.support.factories import (
    COMMUNE,
    COURSE,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    course_texts,
    import_texts,
    quiz_text,
)
from tests.support.program import API, Program, problem
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]


# --- Tokens


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer hoc_x",
        "Bearer x",
        "Basic YTpi",
        "bearer hoc_" + "a" * 5000,
        "Bearer hoc_é",
        "Bearer hoc_" + "A" * 43,  # as another site would make it
        "hoc_" + "A" * 43,
    ],
)
def test_without_a_token_that_works_there_is_no_answer(world: Flask, header: str | None) -> None:
    client = world.test_client()
    for call in CALLS:
        path = API + openapi_path(call.path).replace("{attempt}", "1")
        answer = client.open(path, method=call.method, headers={"Authorization": header} if header else {})
        problem(answer, 401, "Authorization")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_cookie_is_no_way_in(visit: Visit) -> None:
    learner = visit("learner")
    assert learner.get("/account/").status_code == 200
    problem(learner.get(f"{API}/me"), 401)


def test_a_token_ends_with_its_time_its_revocation_and_its_person(
    world: Flask, program: Callable[..., Program], visit: Visit
) -> None:
    clock = world.config["CLOCK"]
    short, revoked, disabled = program("learner", days=1), program("learner"), program("other")
    assert short("GET", "/me").status_code == 200
    page = visit("learner").get("/account/tokens").text
    token_id = max(int(part.split("/")[0]) for part in page.split("/account/tokens/")[1:])
    stranger = visit("other")
    path = f"/account/tokens/{token_id}/revocation"
    assert stranger.post(path, page="/account/").status_code == 404
    assert visit("learner").post(path, page="/account/tokens").status_code == 303
    problem(revoked("GET", "/me"), 401)
    with transaction() as session:
        session.execute(update(Person).where(Person.username == "other").values(disabled_at=clock()))
    problem(disabled("GET", "/me"), 401)
    world.config["CLOCK"] = lambda: clock() + timedelta(days=1, seconds=1)
    problem(short("GET", "/me"), 401)


def test_a_new_password_ends_all_tokens(world: Flask, program: Callable[..., Program]) -> None:
    hashed = hash_password("mật khẩu cũ để thử thôi")
    with transaction() as session:
        session.execute(update(Person).where(Person.username == "learner").values(password_hash=hashed))
    learner = program("learner")
    assert learner("GET", "/me").status_code == 200
    change_password(
        get_actor("learner"),
        "mật khẩu cũ để thử thôi",
        "mật khẩu mới để thử thôi",
        now=world.config["CLOCK"](),
    )
    problem(learner("GET", "/me"), 401)


def test_a_token_that_reads_changes_nothing(world: Flask, program: Callable[..., Program]) -> None:
    reader = program("admin", read_only=True)
    me = reader("GET", "/me").json
    assert me
    assert me["read_only"]
    assert (me["organization"], me["organization_name"]) == (PROVINCE_CODE, "Tỉnh Thử Nghiệm")
    assert me["roles"] == [{"role": "administrator", "organization": PROVINCE_CODE}]
    for call in CALLS:
        if call.method != "GET":
            path = openapi_path(call.path).replace("{attempt}", "1")
            problem(reader(call.method, path, {}), 403, "Authorization")
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Enrollment)) == 0


def test_the_token_page_shows_a_token_once_and_keeps_its_hash(world: Flask, visit: Visit) -> None:
    learner = visit("learner")
    assert "Bạn chưa có mã truy cập nào" in learner.get("/account/tokens").text
    fields = {"name": "Báo cáo tháng", "access": "read", "days": "7"}
    made = learner.post("/account/tokens", fields, page="/account/tokens").text
    token = made.split("hoc_")[1].split("<")[0]
    assert token not in learner.get("/account/tokens").text
    assert "Báo cáo tháng" in learner.get("/account/tokens").text
    assert Program(world, f"hoc_{token}")("GET", "/me").status_code == 200
    with transaction() as session:
        row = session.scalars(select(ApiToken)).one()
        assert token.encode() not in row.token_hash
        assert row.last_used_at is not None
        assert "token.created" in set(session.scalars(select(AuditEntry.action)))
    for wrong in (
        {"name": ""},
        {"days": "0"},
        {"days": "366"},
        {"days": "x"},
        {"days": "1e3"},
        {"days": "1.000"},
        {"days": "1,5"},
        {"access": "root"},
        {"name": "\u2066"},
    ):
        refused = learner.post("/account/tokens", fields | wrong, page="/account/tokens")
        assert refused.status_code == 422, wrong
        assert "hoc_" not in refused.text


# --- Limits


def test_a_token_that_asks_too_often_waits_and_others_do_not(
    world: Flask, program: Callable[..., Program]
) -> None:
    moment = world.config["CLOCK"]()
    world.config["CLOCK"] = lambda: moment
    busy, calm = program("learner"), program("learner", read_only=True)
    holder = find_token_holder(busy.token, now=moment)
    assert holder
    assert busy("GET", "/me").status_code == 200
    for _ in range(TOKEN_LIMIT.tries - 2):
        world.extensions["api_allowance"].spend(str(holder.token_id), now=moment)
    assert busy("GET", "/me").status_code == 200
    for method, path in (("GET", "/me"), ("PUT", f"/courses/{COURSE}/enrollment")):
        refused = busy(method, path)
        problem(refused, 429)
        assert refused.headers["Retry-After"] == "11"
    assert calm("GET", "/me").status_code == 200
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Enrollment)) == 0
    world.config["CLOCK"] = lambda: moment + timedelta(seconds=11)
    assert busy("GET", "/me").status_code == 200


def test_tokens_that_do_not_work_are_counted_by_where_they_come_from(
    world: Flask, program: Callable[..., Program]
) -> None:
    client, learner = world.test_client(), program("learner")
    headers = {"Authorization": "Bearer hoc_" + "x" * 43}
    statuses = [client.get(f"{API}/me", headers=headers).status_code for _ in range(101)]
    assert statuses == [401] * 100 + [429]
    refused = client.get(f"{API}/me", headers=headers)
    problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 601
    assert learner("GET", "/me").status_code == 200  # a token that works is not taken for a guess


# --- Requests


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, "body"),
        (b"\xff\xfe", 400, "body"),
        (b"", 400, "body"),
        (b"[]", 422, "body"),
        (b"null", 422, "body"),
        (b'{"revision": "1"}', 422, "revision"),
        (b'{"revision": 1.5}', 422, "revision"),
        (b'{"revision": 1e3}', 422, "revision"),
        (b'{"revision": true}', 422, "revision"),
        ('{"revision": ١٢}'.encode(), 400, "body"),
        (b'{"revision": 1, "again": 1}', 422, "again"),
        (b" " * 2_200_000, 413, "body"),
        (b'{"revision": 0}', 422, "revision"),
        (b'{"revision": 99999999999999999999}', 422, "revision"),
        (b'{"revison": 1}', 422, "revison"),
    ],
)
def test_a_body_that_is_wrong_is_refused_with_its_field(
    program: Callable[..., Program], body: bytes, status: int, field: str | None
) -> None:
    learner = program("learner")
    answer = learner.client.put(
        f"{API}/courses/{COURSE}/units/{READ_UNIT}/completion",
        data=body,
        headers=learner.headers,
        content_type="application/json",
    )
    problem(answer, status, field)


def test_a_body_of_another_kind_is_refused(program: Callable[..., Program]) -> None:
    learner = program("learner")
    path = f"{API}/courses/{COURSE}/units/{READ_UNIT}/completion"
    problem(learner.client.put(path, data={"revision": "1"}, headers=learner.headers), 415, "Content-Type")
    problem(learner.client.put(path, headers=learner.headers), 415, "Content-Type")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("lang=vi&lang=en", "lang"),
        ("%E2%80%AE=1", "\u202e"),
        ("limit=99999999999999999999999", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=", "cursor"),
        ("cursor=IjUi.abc", "cursor"),
        ("page=2", "page"),
        ("lang=xx", "lang"),
        ("lang=", "lang"),
    ],
)
def test_a_query_that_is_wrong_is_refused_with_its_field(
    program: Callable[..., Program], query: str, field: str
) -> None:
    problem(program("admin")("GET", f"/organizations?{query}"), 422, field)


@pytest.mark.parametrize(
    ("body", "media_type", "status", "field"),
    [
        (b"{", "application/json", 400, "body"),
        (b'{"seed": 1}', "application/json", 422, "seed"),
        (b"[]", "application/json", 422, "body"),
        (b"seed=1", "application/x-www-form-urlencoded", 415, "Content-Type"),
        (b" " * 2_200_000, "application/json", 413, "body"),
    ],
)
def test_what_is_sent_to_a_call_that_takes_nothing_is_refused(
    program: Callable[..., Program], body: bytes, media_type: str, status: int, field: str | None
) -> None:
    learner = program("learner")
    for method, path in (("POST", f"/quizzes/{QUIZ}/attempts"), ("PUT", f"/courses/{COURSE}/enrollment")):
        answer = learner.client.open(
            API + path, method=method, data=body, content_type=media_type, headers=learner.headers
        )
        problem(answer, status, field)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Enrollment)) == 0
    assert learner("POST", f"/quizzes/{QUIZ}/attempts", {}).status_code == 201


def test_a_cursor_is_of_its_list(program: Callable[..., Program]) -> None:
    admin = program("admin")
    first = admin("GET", "/organizations?limit=1").json
    assert first
    problem(admin("GET", f"/people?cursor={first['next']}"), 422, "cursor")


def test_lists_are_walked_by_their_cursor(program: Callable[..., Program]) -> None:
    admin = program("admin")
    for path, key in (("/organizations", "code"), ("/people", "username"), ("/courses", "slug")):
        whole = admin("GET", path).json
        assert whole
        assert whole["next"] is None
        walked, query = [], "limit=1"
        while query:
            part = admin("GET", f"{path}?{query}").json
            assert part
            walked += [item[key] for item in part["items"]]
            query = f"limit=1&cursor={part['next']}" if part["next"] else ""
        assert walked == [item[key] for item in whole["items"]]


def test_paths_and_methods_that_are_not_there(program: Callable[..., Program]) -> None:
    learner = program("learner")
    problem(learner("GET", "/nothing"), 404)
    problem(learner("GET", "/courses/khong-co"), 404)
    problem(learner("GET", "/attempts/99999999999999999999"), 404)
    attempt = start(learner)["id"]
    assert learner("GET", f"/attempts/{attempt}").status_code == 200
    arabic = str(attempt).translate({ord(digit): chr(0x660 + int(digit)) for digit in "0123456789"})
    for number in (f"0{attempt}", f"+{attempt}", f"{attempt}.0", f"{attempt}e0", arabic):
        problem(learner("GET", f"/attempts/{number}"), 404)
    refused = learner("DELETE", "/me")
    problem(refused, 405)
    assert "GET" in refused.headers["Allow"]


def test_a_host_that_is_none_of_ours_is_refused(program: Callable[..., Program]) -> None:
    problem(program("learner")("GET", "/me", Host="khac.example"), 400, "Host")


def test_texts_are_in_the_language_asked_for(program: Callable[..., Program]) -> None:
    learner = program("learner")
    details = {
        problem(learner("GET", f"/nothing?lang={language}"), 404)["detail"] for language in ("vi", "en", "he")
    }
    assert len(details) == 3


# --- Taking a course


def start(learner: Program, **headers: str) -> dict[str, Any]:
    answer = learner("POST", f"/quizzes/{QUIZ}/attempts", **headers)
    assert answer.status_code in (200, 201)
    assert answer.json
    return dict(answer.json)


def answer_of(question: dict[str, Any], **changes: Any) -> dict[str, Any]:
    first = question["choices"][0]["id"]
    response = [first] if question["type"] == "multiple" else first
    return {"response": response, "event_id": str(uuid4()), "sequence": 1} | changes


def test_a_course_is_taken_by_program(program: Callable[..., Program]) -> None:
    learner = program("learner")
    courses = learner("GET", "/courses").json
    assert courses
    assert [course["slug"] for course in courses["items"]] == [COURSE]
    shared = {"slug", "title", "summary", "language", "revision", "state", "completed", "completed_at"}
    course = learner("GET", f"/courses/{COURSE}").json
    assert course
    assert shared <= courses["items"][0].keys() & course.keys()
    assert all(course[name] == courses["items"][0][name] for name in shared)
    assert (course["language"], course["completed"]) == ("vi", False)
    assert "<p>" in course["html"]
    assert learner("PUT", f"/courses/{COURSE}/enrollment").json == {"course": COURSE, "state": "enrolled"}
    unit = learner("GET", f"/courses/{COURSE}/units/{READ_UNIT}").json
    assert unit
    assert not unit["completed"]
    assert "<p>" in unit["html"]
    read = learner(
        "PUT", f"/courses/{COURSE}/units/{READ_UNIT}/completion", {"revision": unit["revision"]}
    ).json
    assert read
    assert read["state"] == "completed"
    assert read["completed_at"].endswith("Z")
    attempt = start(learner)
    for number, question in enumerate(attempt["questions"], start=1):
        path = f"/attempts/{attempt['id']}/responses/{question['id']}"
        saved = learner("PUT", path, answer_of(question, sequence=number))
        assert saved.status_code == 200, saved.text
    again = learner("GET", f"/attempts/{attempt['id']}").json
    assert again
    assert all(question["response"] for question in again["questions"])
    assert again["result"] is None
    result = learner("POST", f"/attempts/{attempt['id']}/submission").json
    assert result
    assert result["max_score_exact"] == "4"
    assert result["state"] in ("passed", "failed")
    problem(learner("POST", f"/attempts/{attempt['id']}/submission"), 409)
    late = learner(
        "PUT",
        f"/attempts/{attempt['id']}/responses/{attempt['questions'][0]['id']}",
        answer_of(attempt["questions"][0]),
    )
    problem(late, 409)
    data = learner("GET", "/me/data").json
    assert data
    assert len(data["responses"]) == len(attempt["questions"])
    assert data["attempts"][0]["quiz"] == QUIZ


def test_no_answer_before_submitting_tells_the_key(program: Callable[..., Program]) -> None:
    secret = quiz_text(extra="").decode()
    import_texts(
        {
            f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": secret.replace(
                "- [x] Ba", "- [x] Ba\n  > BÍ MẬT CỦA LỰA CHỌN"
            ).encode()
        }
    )
    learner = program("learner")
    attempt = start(learner)
    said = [json.dumps(attempt), learner("GET", f"/courses/{COURSE}/units/{QUIZ_UNIT}").text]
    for question in attempt["questions"]:
        path = f"/attempts/{attempt['id']}/responses/{question['id']}"
        said.append(learner("PUT", path, answer_of(question)).text)
    said.append(learner("GET", f"/attempts/{attempt['id']}").text)
    for text in said:
        for word in ("BÍ MẬT", "correct", "explanation", "weight", "sha", "comment"):
            assert word not in text, text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"response": 5}, "response"),
        ({"response": {"a": "b"}}, "response"),
        ({"response": ["x"]}, "response"),
        ({"response": "no-such-choice"}, "response"),
        ({"response": "a\0b"}, "body"),
        ({"event_id": "5"}, "event_id"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 2**31}, "sequence"),
        ({"sequence": "1"}, "sequence"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_response_that_is_wrong_is_refused_and_changes_nothing(
    program: Callable[..., Program], change: dict[str, Any], field: str
) -> None:
    learner = program("learner")
    attempt = start(learner)
    question = next(one for one in attempt["questions"] if one["type"] == "single")
    path = f"/attempts/{attempt['id']}/responses/{question['id']}"
    problem(learner("PUT", path, answer_of(question, **change)), 422, field)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 0


def test_the_highest_sequence_counts_and_a_repeated_event_changes_nothing(
    program: Callable[..., Program],
) -> None:
    learner = program("learner")
    attempt = start(learner)
    question = next(one for one in attempt["questions"] if one["type"] == "single")
    path = f"/attempts/{attempt['id']}/responses/{question['id']}"
    first, second = (choice["id"] for choice in question["choices"][:2])
    later = answer_of(question, response=second, sequence=5)
    for body, counting in (
        (later, (second, 5)),
        (answer_of(question, response=first, sequence=2), (second, 5)),
        (later, (second, 5)),
        (answer_of(question, response=None, sequence=6), (None, 6)),
        (answer_of(question, response=first, sequence=7), (first, 7)),
    ):
        saved = learner("PUT", path, body).json
        assert saved
        assert (saved["response"], saved["sequence"]) == counting


def test_an_event_sent_again_with_another_answer_changes_nothing(program: Callable[..., Program]) -> None:
    learner, other = program("learner"), program("other")
    attempt, theirs = start(learner), start(other)
    question = next(one for one in attempt["questions"] if one["type"] == "single")
    first, second = (choice["id"] for choice in question["choices"][:2])
    path = f"/attempts/{attempt['id']}/responses/{question['id']}"
    sent = answer_of(question, response=first)
    assert learner("PUT", path, sent).status_code == 200
    again = learner("PUT", path, sent | {"response": second, "sequence": 9}).json
    assert again
    assert (again["response"], again["sequence"]) == (first, 1)
    # An event's name is its attempt's: somebody else may have made the same one.
    mine = other("PUT", f"/attempts/{theirs['id']}/responses/{question['id']}", sent | {"response": second})
    assert mine.json
    assert mine.json["response"] == second


def test_attempts_of_others_do_not_exist(program: Callable[..., Program]) -> None:
    attempt = start(program("learner"))
    for username in ("other", "admin"):
        stranger = program(username)
        for method, path, body in (
            ("GET", "", None),
            ("PUT", f"/responses/{attempt['questions'][0]['id']}", answer_of(attempt["questions"][0])),
            ("POST", "/submission", None),
        ):
            problem(stranger(method, f"/attempts/{attempt['id']}{path}", body), 404)


def test_starting_gives_the_open_attempt_then_a_new_one_then_none(program: Callable[..., Program]) -> None:
    learner = program("learner")
    statuses = []
    for _number in range(3):
        for _again in range(2):
            answer = learner("POST", f"/quizzes/{QUIZ}/attempts", Idempotency_Key=str(uuid4()))
            statuses.append(answer.status_code)
        assert answer.json
        learner("POST", f"/attempts/{answer.json['id']}/submission")
    assert statuses == [201, 200] * 3
    problem(learner("POST", f"/quizzes/{QUIZ}/attempts"), 409)


@pytest.mark.parametrize(
    ("typed", "language", "read"),
    [
        ("1.000", "vi", "1000"),
        ("1.000", "en", "1"),
        ("1,000", "vi", "1"),
        ("1,000", "en", "1000"),
        ("1.000,5", "vi", "1000,5"),
        ("1e3", "vi", None),
        ("1e3", "en", None),
        ("١٢", "vi", "12"),
        ("1_000", "vi", None),
        ("0x3e8", "vi", None),
        ("một nghìn", "vi", None),
    ],
)
def test_numbers_are_read_by_their_language(
    program: Callable[..., Program], typed: str, language: str, read: str | None
) -> None:
    text = "---\ntitle: Số\npreset: test\n---\n\n## Bao nhiêu? {#so unit=km}\n\n- = 1000\n"
    import_texts(course_texts() | {f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": text.encode()})
    learner = program("learner")
    attempt = start(learner)
    (question,) = attempt["questions"]
    assert (question["type"], question["unit"], question["choices"]) == ("numeric", "km", [])
    path = f"/attempts/{attempt['id']}/responses/so?lang={language}"
    body = {"response": typed, "event_id": str(uuid4()), "sequence": 1}
    assert learner("PUT", path, body).status_code == 200
    (kept,) = learner("GET", f"/attempts/{attempt['id']}").json["questions"]  # type: ignore[index]
    assert (kept["response"], kept["read_back"]) == (typed, read)
    result = learner("POST", f"/attempts/{attempt['id']}/submission").json
    assert result
    assert (result["score"], result["score_exact"]) == ((1.0, "1") if read == "1000" else (0.0, "0"))


# --- Everything kept about a person


def test_of_each_table_that_names_a_person_her_rows_are_told(world: Flask) -> None:
    person = Base.metadata.tables["person"]
    about = {
        table
        for table in Base.metadata.tables.values()
        if any(key.references(person) for key in table.foreign_keys)
    }
    told = {
        table
        for statement in personal_rows(1).values()
        for table in find_tables(statement, include_joins=True)
    }
    assert person in told
    assert about <= told, {table.name for table in about - told}


def test_what_is_kept_about_a_person_is_told_to_her_alone(program: Callable[..., Program]) -> None:
    manager, admin = program("manager"), program("admin")
    body = {"course": COURSE, "organization": COMMUNE, "title": "Đợt 1"}
    assert manager("POST", "/assignments", body, Idempotency_Key="khoa").status_code == 201
    data = manager("GET", "/me/data").json
    assert data
    assert [row["title"] for row in data["assignments"]] == ["Đợt 1"]
    assert [row["key"] for row in data["kept_answers"]] == ["khoa"]
    assert [row["action"] for row in data["deeds_about_you"]] == ["role.given"]
    assert not {"password_hash", "token_hash", "request_hash"} & set(
        re.findall(r'"(\w+)":', json.dumps(data))
    )
    others = admin("GET", "/me/data").json
    assert others
    assert (others["assignments"], others["kept_answers"]) == ([], [])


# --- Description


def test_the_description_names_every_call_and_is_open_to_all(world: Flask) -> None:
    answer = world.test_client().get(f"{API}/openapi.json")
    assert answer.status_code == 200
    described = answer.json
    assert described
    assert described["openapi"] == "3.1.0"
    operations = {(method.upper(), path) for path, item in described["paths"].items() for method in item}
    assert operations == {(call.method, openapi_path(call.path)) for call in CALLS}
    routes = {
        (method, openapi_path(rule.rule.removeprefix(API)))
        for rule in world.url_map.iter_rules()
        if rule.rule.startswith(f"{API}/") and rule.endpoint not in ("api.openapi", "api.reference")
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert routes == operations
    importing = described["paths"]["/content"]["post"]["requestBody"]["content"]
    assert importing.keys() == {"application/zip", "multipart/form-data"}
    page = world.test_client().get(f"{API}/").text
    assert all(openapi_path(call.path) in page for call in CALLS)


def test_the_rights_of_calls_are_those_of_the_table(program: Callable[..., Program]) -> None:
    for username in ("learner", "trainer", "manager", "province", "admin"):
        actor, client = get_actor(username), program(username)
        for call in CALLS:
            if call.method == "GET" and "{" not in openapi_path(call.path):
                status = client("GET", call.path).status_code
                assert (status == 200) == actor.may(Permission(call.permission)), (username, call.path)
