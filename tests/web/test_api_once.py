"""Writes with an `Idempotency-Key`: sent again, or twice at the same moment, they are carried out once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from learning.accounts.models import Person, SignInLink
from learning.api.calls import CALLS
from learning.database import transaction
from learning.progress.models import Assignment, Enrollment, UnitCompletion
from learning.quizzes.models import Attempt
from tests.support.factories import COMMUNE, COURSE, OTHER_COMMUNE, QUIZ, READ_UNIT
from tests.support.program import Program, problem
from tests.support.together import together

Programs = Callable[..., Program]
GIVEN = {"course": COURSE, "organization": COMMUNE, "title": "Đợt 1"}


def count(model: Any) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_request_with_a_key_is_carried_out_once(world: Flask, program: Callable[..., Program]) -> None:
    admin, other = program("admin"), program("province")
    body = GIVEN
    first = admin("POST", "/assignments", body, Idempotency_Key="mot")
    assert first.status_code == 201
    again = admin("POST", "/assignments", body, Idempotency_Key="mot")
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    problem(
        admin("POST", "/assignments", body | {"title": "Khác"}, Idempotency_Key="mot"), 422, "Idempotency-Key"
    )
    theirs = other("POST", "/assignments", body | {"organization": OTHER_COMMUNE}, Idempotency_Key="mot")
    assert theirs.status_code == 201  # a key is its person's
    problem(admin("POST", "/assignments", body, Idempotency_Key=""), 422, "Idempotency-Key")
    problem(admin("POST", "/assignments", body, Idempotency_Key="x" * 201), 422, "Idempotency-Key")


def test_a_refused_request_frees_its_key(program: Callable[..., Program]) -> None:
    admin = program("admin")
    body = {"course": "khong-co", "organization": COMMUNE, "title": "Đợt 1"}
    assert admin("POST", "/assignments", body, Idempotency_Key="mot").status_code == 404
    assert admin("POST", "/assignments", body | {"course": COURSE}, Idempotency_Key="mot").status_code == 201


def test_a_key_is_forgotten_after_two_days(world: Flask, program: Programs) -> None:
    admin, clock = program("admin"), world.config["CLOCK"]
    assert admin("POST", "/assignments", GIVEN, Idempotency_Key="mot").status_code == 201
    later = GIVEN | {"title": "Đợt 2"}
    world.config["CLOCK"] = lambda: clock() + timedelta(days=2) - timedelta(minutes=1)
    problem(admin("POST", "/assignments", later, Idempotency_Key="mot"), 422, "Idempotency-Key")
    world.config["CLOCK"] = lambda: clock() + timedelta(days=2, minutes=1)
    assert admin("POST", "/assignments", later, Idempotency_Key="mot").status_code == 201


def test_the_same_address_in_another_way_is_another_request(program: Programs) -> None:
    learner = program("learner")
    assert learner("PUT", f"/courses/{COURSE}/enrollment", Idempotency_Key="mot").status_code == 200
    path = f"/courses/{COURSE}/units/{READ_UNIT}/completion"
    problem(learner("PUT", path, {}, Idempotency_Key="mot"), 422, "Idempotency-Key")
    problem(
        learner("PUT", f"/courses/{COURSE}/enrollment?lang=en", Idempotency_Key="mot"), 422, "Idempotency-Key"
    )


# --- At the same moment

CLIENTS = 6
WRITES = {
    "enroll": ("learner", "PUT", f"/courses/{COURSE}/enrollment", None, 200, Enrollment),
    "complete": (
        "learner",
        "PUT",
        f"/courses/{COURSE}/units/{READ_UNIT}/completion",
        {},
        200,
        UnitCompletion,
    ),
    "add": (
        "admin",
        "POST",
        "/people",
        {"username": "moi-thu", "name": "Mới", "organization": COMMUNE, "role": "learner"},
        201,
        SignInLink,
    ),
    "assign": ("admin", "POST", "/assignments", GIVEN, 201, Assignment),
}


def send_at_once(app: Flask, writers: list[Program], method: str, path: str, bodies: list[Any]) -> list[Any]:
    """Send all bodies at the same moment under one key; return the answers, or raise what a sender raised."""
    calls = [
        partial(writer, method, path, body, Idempotency_Key="cung-luc")
        for writer, body in zip(writers, bodies, strict=True)
    ]
    answers = together(app, calls)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


@pytest.mark.parametrize("what", WRITES)
def test_two_at_once_with_a_key_are_one_and_get_one_answer(
    world: Flask, program: Programs, both_databases: str, what: str
) -> None:
    username, method, path, body, status, model = WRITES[what]
    writers = [program(username) for _ in range(CLIENTS)]
    before = count(model)
    answers = send_at_once(world, writers, method, path, [body] * CLIENTS)
    assert count(model) == before + 1
    first, *others = sorted(answers, key=lambda answer: "Idempotent-Replayed" in answer.headers)
    assert "Idempotent-Replayed" not in first.headers
    assert [answer.headers.get("Idempotent-Replayed") for answer in others] == ["true"] * (CLIENTS - 1)
    assert {answer.status_code for answer in answers} == {status}, [answer.text for answer in answers]
    told_once = {"sign_in_link": None} if what == "add" else {}
    assert [answer.json for answer in others] == [first.json | told_once] * (CLIENTS - 1)


def test_two_starts_at_once_with_a_key_get_one_attempt(
    world: Flask, program: Programs, both_databases: str
) -> None:
    writers = [program("learner") for _ in range(CLIENTS)]
    answers = send_at_once(world, writers, "POST", f"/quizzes/{QUIZ}/attempts", [None] * CLIENTS)
    assert count(Attempt) == 1
    assert len({answer.data for answer in answers}) == 1, [answer.text for answer in answers]
    new = [answer for answer in answers if "Idempotent-Replayed" not in answer.headers]
    assert max(answer.status_code for answer in new) == 201
    assert {answer.status_code for answer in answers} <= {200, 201}


def test_an_open_attempt_is_given_as_it_stands_whatever_the_key(program: Programs) -> None:
    learner, path = program("learner"), f"/quizzes/{QUIZ}/attempts"
    first = learner("POST", path, Idempotency_Key="mot")
    assert first.status_code == 201
    question = first.json["questions"][0]  # type: ignore[index]
    choice = question["choices"][0]["id"]
    body = {
        "response": [choice] if question["type"] == "multiple" else choice,
        "event_id": str(uuid4()),
        "sequence": 1,
    }
    attempt = first.json["id"]  # type: ignore[index]
    assert learner("PUT", f"/attempts/{attempt}/responses/{question['id']}", body).status_code == 200
    for key in ("mot", "hai"):
        again = learner("POST", path, Idempotency_Key=key)
        assert (again.status_code, again.json["id"]) == (200, attempt)  # type: ignore[index]
        assert again.json["questions"][0]["response"] == body["response"]  # type: ignore[index]
    assert learner("POST", f"/attempts/{attempt}/submission").status_code == 200
    late = learner("POST", path, Idempotency_Key="mot")  # the first request, held up on its way
    assert (late.json, count(Attempt)) == (first.json, 1)
    assert learner("POST", path, Idempotency_Key="hai").status_code == 201
    assert count(Attempt) == 2


def test_two_submissions_at_once_with_a_key_get_one_result(
    world: Flask, program: Programs, both_databases: str
) -> None:
    attempt = program("learner")("POST", f"/quizzes/{QUIZ}/attempts").json
    assert attempt
    writers = [program("learner") for _ in range(CLIENTS)]
    path = f"/attempts/{attempt['id']}/submission"
    answers = send_at_once(world, writers, "POST", path, [None] * CLIENTS)
    assert [answer.status_code for answer in answers] == [200] * CLIENTS, [answer.text for answer in answers]
    assert len({answer.data for answer in answers}) == 1


def test_two_at_once_with_a_key_and_different_bodies_are_one_and_a_refusal(
    world: Flask, program: Programs, both_databases: str
) -> None:
    writers = [program("admin") for _ in range(CLIENTS)]
    bodies = [GIVEN | {"title": f"Đợt {number}"} for number in range(CLIENTS)]
    answers = send_at_once(world, writers, "POST", "/assignments", bodies)
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * (CLIENTS - 1)
    for answer in answers:
        if answer.status_code == 422:
            problem(answer, 422, "Idempotency-Key")
    assert count(Assignment) == 1


def test_when_the_first_of_two_fails_the_other_is_carried_out_in_its_place(
    world: Flask, program: Programs, both_databases: str
) -> None:
    people = count(Person)
    body = {"username": "moi-thu", "name": "Mới", "organization": COMMUNE, "role": "learner"}
    wrong = body | {"organization": "khong-co"}
    writers = [program("admin") for _ in range(CLIENTS)]
    answers = send_at_once(world, writers, "POST", "/people", [body, wrong] * (CLIENTS // 2))
    assert count(Person) == people + 1
    assert {answer.status_code for answer in answers[::2]} == {201}
    assert {answer.status_code for answer in answers[1::2]} <= {404, 422}


def test_every_write_says_what_becomes_of_a_key() -> None:
    """Importing is the one that takes none: what it brought in, it finds unchanged."""
    assert {call.path for call in CALLS if call.method != "GET" and not call.is_kept} == {"/content"}
