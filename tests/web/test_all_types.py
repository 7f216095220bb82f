"""A question of every type: through the pages as a browser without scripts sends them, and through the API."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.accounts.services import create_token
from learning.domain.content import QuizFile
from learning.domain.questions.model import ResponseValue
from learning.domain.questions.registry import TYPES
from learning.quizzes.marking import original_text
from learning.quizzes.queries import counting_responses, get_attempt
from tests.support.all_types import QUIZ, all_types_texts, sent_fields
from tests.support.factories import import_texts
from tests.support.form_reader import fields_of
from tests.support.visitor import Visitor

API = "/api/v1"
Visit = Callable[..., Visitor]


@pytest.fixture
def all_types(world: Flask) -> Flask:
    """The site with a question of every type."""
    import_texts(all_types_texts())
    return world


@pytest.fixture
def learner(all_types: Flask, visit: Visit) -> Visitor:
    return visit("learner")


def begin(learner: Visitor) -> str:
    return str(learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/").headers["Location"])


def quiz_of(attempt: str) -> QuizFile:
    return original_text(get_attempt(get_actor("learner"), int(attempt.split("/")[2]))).quiz


def right(quiz: QuizFile) -> dict[str, ResponseValue]:
    return {question.id: TYPES[question.type].right_response(question.answer) for question in quiz.questions}


def send(learner: Visitor, attempt: str, answers: dict[str, Any], to: str = "responses", **more: str) -> Any:
    """Send the form of the attempt's page with these answers in place of what stands there."""
    quiz = quiz_of(attempt)
    fields = {
        name: values for name, values in fields_of(learner.get(attempt).text).items() if name[:2] != "q-"
    }
    for question in quiz.questions:
        fields |= sent_fields(question, answers.get(question.id))
    return learner.client.post(f"{attempt}{to}", data={**fields, **more})


def test_every_type_is_here(all_types: Flask, learner: Visitor) -> None:
    by_machine = {name for name, kind in TYPES.items() if not kind.by_hand}
    assert {question.type for question in quiz_of(begin(learner)).questions} == by_machine


def test_right_answers_by_plain_forms_win_all_points(learner: Visitor) -> None:
    attempt = begin(learner)
    answers = right(quiz_of(attempt))
    assert send(learner, attempt, answers).status_code == 303
    page = learner.get(attempt).text
    shown = {name: values for name, values in fields_of(page).items() if name.startswith("q-")}
    quiz = quiz_of(attempt)
    for question in quiz.questions:
        for name, values in sent_fields(question, answers[question.id]).items():
            assert sorted(shown[name]) == sorted(values), name
    assert f"<span data-answered>{len(quiz.questions)}</span>" in page
    # What the page holds now may be sent again as it is, and changes nothing.
    before = counting_responses(int(attempt.split("/")[2]))
    again = learner.client.post(f"{attempt}responses", data=fields_of(page))
    assert again.status_code == 303
    after = counting_responses(int(attempt.split("/")[2]))
    assert {name: row.value for name, row in after.items()} == {
        name: row.value for name, row in before.items()
    }
    assert send(learner, attempt, answers, "submission").status_code == 303
    result = learner.get(attempt).text
    assert "<bdi>100" in result
    assert "is-wrong" not in result


def test_wrong_answers_are_told_beside_the_right_ones(learner: Visitor) -> None:
    attempt = begin(learner)
    quiz = quiz_of(attempt)
    answers: dict[str, Any] = right(quiz)
    answers["ghep"] = dict.fromkeys(answers["ghep"], quiz.question("ghep").answer.sides[3].key)
    answers["thu-tu"] = tuple(reversed(answers["thu-tu"]))
    answers["dien"] = {"1": "OTP", "2": "sáu", "3": quiz.question("dien").answer.gaps[2].answer.keys[0]}
    answers["soi"] = quiz.question("soi").answer.keys
    answers["tin-thuong"] = None
    send(learner, attempt, answers)
    assert "Chỗ trống 2: " in learner.get(attempt).text  # the number that is none is told at once
    send(learner, attempt, answers, "submission")
    result = learner.get(attempt).text
    for told in (
        "Mã hoá dữ liệu để đòi tiền chuộc", "Vị trí 1", "OTP", "Không mã hoá", "2FA", "Số 0 thay chữ o",
        "Đã đánh dấu, nhưng vô hại", "Chưa trả lời",
    ):  # fmt: skip
        assert told in result, told
    assert "<bdi>100" not in result


def test_nothing_suspicious_is_an_answer_and_no_answer_is_none(learner: Visitor) -> None:
    attempt = begin(learner)
    assert fields_of(learner.get(attempt).text).get("q-tin-thuong") is None
    send(learner, attempt, {"tin-thuong": ()})
    assert fields_of(learner.get(attempt).text)["q-tin-thuong"] == ["none"]
    key = quiz_of(attempt).question("tin-thuong").answer.keys[0]
    send(learner, attempt, {"tin-thuong": (key, "none")})
    assert fields_of(learner.get(attempt).text)["q-tin-thuong"] == [key]
    send(learner, attempt, {})
    assert "q-tin-thuong" not in fields_of(learner.get(attempt).text)


def test_places_that_are_shared_or_missing_follow_the_order_on_the_page(learner: Visitor) -> None:
    attempt = begin(learner)
    keys = fields_of(learner.get(attempt).text)["q-thu-tu"]
    fields = fields_of(learner.get(attempt).text) | {
        f"q-thu-tu-pos-{keys[3]}": ["1"],
        f"q-thu-tu-pos-{keys[2]}": ["1"],
    }
    assert learner.client.post(f"{attempt}responses", data=fields).status_code == 303
    saved = fields_of(learner.get(attempt).text)
    assert saved["q-thu-tu"] == [keys[2], keys[3], keys[0], keys[1]]
    assert [saved[f"q-thu-tu-pos-{key}"] for key in saved["q-thu-tu"]] == [["1"], ["2"], ["3"], ["4"]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("q-ghep-0000", "x"), ("q-thu-tu-pos-{step}", "9"), ("q-thu-tu-pos-{step}", "một"), ("q-dien-3", "x"),
        ("q-soi", "0000"), ("q-ghep-{left}", "x"),
    ],
)  # fmt: skip
def test_what_was_not_offered_is_refused_with_the_number_of_the_question(
    learner: Visitor, field: str, value: str
) -> None:
    attempt = begin(learner)
    quiz = quiz_of(attempt)
    name = field.format(
        step=quiz.question("thu-tu").answer.keys[0], left=quiz.question("ghep").answer.pairs[0].key
    )
    fields = fields_of(learner.get(attempt).text) | {name: [value]}
    answer = learner.client.post(f"{attempt}responses", data=fields)
    if field == "q-ghep-0000":
        assert answer.status_code == 303  # a field that belongs to nothing is none
    else:
        assert answer.status_code == 422
        assert "Câu " in answer.text
    assert counting_responses(int(attempt.split("/")[2])) == {}


def test_answers_stay_when_the_language_changes(learner: Visitor) -> None:
    attempt = begin(learner)
    answers = right(quiz_of(attempt))
    send(learner, attempt, answers, language="en")
    page = learner.get(attempt).text
    assert "Payroll November" in page
    shown = fields_of(page)
    for question in quiz_of(attempt).questions:
        for name, values in sent_fields(question, answers[question.id]).items():
            assert sorted(shown[name]) == sorted(values), name
    learner.client.post(f"{attempt}submission", data=shown)
    result = learner.get(attempt).text
    assert "<bdi>100" in result


# --- The API


@pytest.fixture
def call(all_types: Flask) -> Callable[..., Any]:
    """Return a function that calls the API as the learner."""
    actor = get_actor("learner")
    token = create_token(actor, "thử", days=30, is_read_only=False, now=all_types.config["CLOCK"]())
    client = all_types.test_client()

    def send_call(method: str, path: str, body: Any = None) -> Any:
        options = {} if body is None else {"json": body}
        return client.open(API + path, method=method, headers={"Authorization": f"Bearer {token}"}, **options)

    return send_call


def as_json(response: Any) -> Any:
    return list(response) if isinstance(response, tuple) else response


def test_every_type_is_served_and_answered_by_program(call: Callable[..., Any]) -> None:
    served = call("POST", f"/quizzes/{QUIZ}/attempts").json
    offered = {question["id"]: question for question in served["questions"]}
    assert {gap["kind"] for gap in offered["dien"]["gaps"]} == {"text", "select"}
    assert all(f'data-gap="{gap["id"]}"' in offered["dien"]["html"] for gap in offered["dien"]["gaps"])
    assert all(f'data-part="{part["id"]}"' in offered["soi"]["html"] for part in offered["soi"]["parts"])
    assert [len(offered["ghep"][side]) for side in ("left", "right")] == [3, 4]
    assert len(offered["thu-tu"]["items"]) == 4
    assert offered["soi"]["frame"] == "mail"
    answers = right(quiz_of(f"/attempts/{served['id']}/"))
    for name, response in answers.items():
        body = {"response": as_json(response), "event_id": str(uuid4()), "sequence": 1}
        saved = call("PUT", f"/attempts/{served['id']}/responses/{name}", body)
        assert (saved.status_code, saved.json["response"]) == (200, as_json(response))
    again = call("GET", f"/attempts/{served['id']}").json
    assert {q["id"]: q["response"] for q in again["questions"]} == {k: as_json(v) for k, v in answers.items()}
    result = call("POST", f"/attempts/{served['id']}/submission").json
    assert (result["passed"], result["score"]) == (True, result["max_score"])


@pytest.mark.parametrize(
    ("question", "response"),
    [
        ("ghep", "x"), ("ghep", ["x"]), ("ghep", {"x": "y"}), ("thu-tu", ["x"]), ("thu-tu", {"1": "2"}),
        ("dien", {"9": "x"}), ("dien", {"3": "x"}), ("dien", ["x"]), ("soi", ["x"]), ("soi", "x"), ("soi", {}),
        ("mot", {}), ("chu", ["x"]),
    ],
)  # fmt: skip
def test_a_response_of_another_shape_is_refused(
    call: Callable[..., Any], question: str, response: Any
) -> None:
    attempt = call("POST", f"/quizzes/{QUIZ}/attempts").json["id"]
    body = {"response": response, "event_id": str(uuid4()), "sequence": 1}
    refused = call("PUT", f"/attempts/{attempt}/responses/{question}", body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["response"]
    assert counting_responses(attempt) == {}
