"""The pages of those who mark, and what learners see before and after."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.domain.permissions import Role
from learning.organizations.services import DEPARTMENT_CODE
from tests.support.essays import QUESTION, QUIZ, essay_texts
from tests.support.factories import import_texts, make_person
from tests.support.form_reader import fields_of
from tests.support.program import Program, problem
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]
TEXT = "Các đồng chí chú ý <b>thư giả mạo</b>.\n\nKhông bấm vào liên kết."


@pytest.fixture
def essays(world: Flask) -> Flask:
    """The site with a quiz that asks for a text."""
    import_texts(essay_texts())
    return world


@pytest.fixture
def learner(essays: Flask, visit: Visit) -> Visitor:
    return visit("learner")


@pytest.fixture
def trainer(essays: Flask, visit: Visit) -> Visitor:
    return visit("trainer")


def hand_in(learner: Visitor, text: str = TEXT) -> str:
    attempt = str(learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/").headers["Location"])
    fields = fields_of(learner.get(attempt).text)
    fields["q-chon"] = [next(iter(choices(learner.get(attempt).text)))]
    fields[f"q-{QUESTION}"] = [text]
    assert learner.client.post(f"{attempt}submission", data=fields).status_code == 303
    return attempt


def choices(page: str) -> list[str]:
    """Return the keys of the choices in the order of the page, which is the author's."""
    return [part.split('"')[0] for part in page.split('name="q-chon" value="')[1:]]


def open_oldest(trainer: Visitor) -> str:
    page = trainer.get(f"/authoring/grading/{QUIZ}/{QUESTION}/").text
    return page.split('class="button button-main" href="')[1].split('"')[0]


def give(trainer: Visitor, address: str, *points: str, **more: str) -> Any:
    data = {f"points-{number}": one for number, one in enumerate(points, start=1)}
    data["seen"] = hidden(trainer.get(address).text, "seen")
    return trainer.post(address, data | more, page=address)


def test_a_learner_is_told_that_the_text_waits_and_then_what_it_is_worth(
    learner: Visitor, trainer: Visitor
) -> None:
    attempt = hand_in(learner)
    page = learner.get(attempt).text
    assert "1 câu trả lời còn chờ người đọc và chấm." in page
    assert page.count("Đang chấm") == 2  # the attempt and the question
    assert "thư giả mạo&lt;/b&gt;" in page
    quiz = learner.get(f"/quizzes/{QUIZ}/").text
    assert "Đang chấm" in quiz
    assert "Đã hết lượt" not in quiz
    give(trainer, open_oldest(trainer), "2", "1,5", "0", comment="Tốt.\nThiếu ý <cuối>.")
    page = learner.get(attempt).text
    assert "Đang chấm" not in page
    assert "8,5/10" in page
    for told in ("2/2", "1,5/2", "0/1", "Thiếu ý &lt;cuối&gt;.", "Kính gửi các đồng chí"):
        assert told in page, told


def test_the_queue_shows_no_names_until_asked_and_puts_that_on_record(
    learner: Visitor, trainer: Visitor, visit: Visit
) -> None:
    hand_in(learner)
    name = get_actor("learner").name
    queue = trainer.get("/authoring/grading/").text
    assert "Viết thư cảnh báo" in queue
    address = open_oldest(trainer)
    page = trainer.get(address).text
    assert name not in queue + trainer.get(f"/authoring/grading/{QUIZ}/{QUESTION}/").text + page
    assert name in trainer.get(f"{address}?name=shown").text


def test_after_one_answer_the_next_one_comes(learner: Visitor, trainer: Visitor, visit: Visit) -> None:
    hand_in(learner)
    hand_in(visit("other"), "Bài của người khác.")
    first = open_oldest(trainer)
    following = give(trainer, first, "2", "2", "1")
    assert following.status_code == 303
    assert "Bài của người khác." in trainer.get(following.headers["Location"]).text
    last = give(trainer, following.headers["Location"], "0", "0", "0")
    assert last.headers["Location"] == "/authoring/grading/"
    page = trainer.get(f"/authoring/grading/{QUIZ}/{QUESTION}/").text
    assert page.count("/authoring/grading/answers/") == 2  # both can be corrected


@pytest.mark.parametrize("points", ["", "hai", "2,5", "-1", "0,1", "1e0", "٣"])
def test_points_that_do_not_fit_keep_what_was_typed(learner: Visitor, trainer: Visitor, points: str) -> None:
    hand_in(learner)
    address = open_oldest(trainer)
    refused = give(trainer, address, points, "2", "1", comment="Lời dài đã viết.")
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert "Lời dài đã viết." in refused.text
    assert fields_of(refused.text, "mark")["points-1"] == [points]
    assert "chờ người đọc" in learner.get("/attempts/1/").text


def test_two_markers_of_one_answer_see_each_other(learner: Visitor, trainer: Visitor, visit: Visit) -> None:
    make_person("giang-hai", DEPARTMENT_CODE, role=Role.TRAINER, name="Giảng Viên Thử Hai")
    hand_in(learner)
    address = open_oldest(trainer)
    late = visit("giang-hai")
    data = {**{f"points-{n}": "1" for n in (1, 2, 3)}, "seen": "", "comment": "Lời của người thứ hai."}
    give(trainer, address, "2", "2", "1")
    conflict = late.post(address, data, page=address)
    assert conflict.status_code == 409
    assert "Lời của người thứ hai." in conflict.text
    assert "5/5" in conflict.text
    # Sent again with both before her eyes, it counts.
    again = late.client.post(address, data=fields_of(conflict.text, "mark"))
    assert again.status_code == 303
    assert "8/10" in learner.get("/attempts/1/").text


def test_a_second_look_is_for_somebody_else(learner: Visitor, trainer: Visitor, visit: Visit) -> None:
    make_person("giang-hai", DEPARTMENT_CODE, role=Role.TRAINER, name="Giảng Viên Thử Hai")
    hand_in(learner)
    address = open_oldest(trainer)
    give(trainer, address, "1", "1", "1", second_look="y", comment="Chưa chắc.")
    assert "Đang chấm" in learner.get("/attempts/1/").text
    assert "Chưa chắc." not in learner.get("/attempts/1/").text
    page = visit("giang-hai").get(address).text
    assert "Chưa chắc." in page
    assert fields_of(page, "mark")["points-1"] == ["1"]
    assert give(visit("giang-hai"), address, "2", "2", "1").status_code == 303
    assert "10/10" in learner.get("/attempts/1/").text


def test_learners_managers_and_authors_of_answers_find_nothing(
    learner: Visitor, trainer: Visitor, visit: Visit
) -> None:
    hand_in(learner)
    address = open_oldest(trainer)
    for who in ("learner", "manager", "province"):
        for path in ("/authoring/grading/", f"/authoring/grading/{QUIZ}/{QUESTION}/", address):
            assert visit(who).get(path).status_code == 404, (who, path)
    hand_in(trainer)
    own = address.replace("/1/", "/2/")
    assert trainer.get(own).status_code == 404
    assert trainer.get("/authoring/grading/answers/99/").status_code == 404
    assert trainer.get(f"/authoring/grading/{QUIZ}/chon/").status_code == 404


def test_programs_answer_with_a_text_and_see_it_marked(
    essays: Flask, program: Callable[..., Program], trainer: Visitor
) -> None:
    call = program("learner")
    attempt = call("POST", f"/quizzes/{QUIZ}/attempts").json
    assert attempt
    (essay,) = [one for one in attempt["questions"] if one["type"] == "essay"]
    assert essay["words"] == {"min": 5, "max": 200}
    assert "giả mạo" not in str(attempt)
    path = f"/attempts/{attempt['id']}"
    answer = {"response": TEXT, "event_id": "00000000-0000-4000-8000-000000000001", "sequence": 1}
    assert call("PUT", f"{path}/responses/{QUESTION}", answer).status_code == 200
    problem(call("PUT", f"{path}/responses/{QUESTION}", answer | {"response": ["a"]}), 422, "response")
    result: Any = call("POST", f"{path}/submission").json
    assert (result["state"], result["waiting"], result["passed"]) == ("waiting", 1, False)
    give(trainer, open_oldest(trainer), "2", "2", "1", comment="Tốt.")
    shown: Any = call("GET", path).json["result"]  # type: ignore[index]
    (essay,) = [one for one in shown["questions"] if one["type"] == "essay"]
    assert (shown["state"], essay["score"], essay["remark"]) == ("failed", 5.0, "Tốt.")
    assert [line["given"] for line in essay["rubric"]] == [2.0, 2.0, 1.0]
    kept: Any = call("GET", "/me/data").json
    assert [one["comment"] for one in kept["marks"]] == ["Tốt."]
    assert [one["kind"] for one in kept["notices"]] == ["attempt_marked"]


def test_news_stand_on_the_home_page_until_they_are_removed(
    learner: Visitor, trainer: Visitor, visit: Visit
) -> None:
    attempt = hand_in(learner)
    assert "đã được chấm" not in learner.get("/").text
    address = open_oldest(trainer)
    give(trainer, address, "2", "2", "1")
    page = learner.get("/").text
    assert f'href="{attempt}"' in page
    assert "đã được chấm" in page
    assert visit("other").post("/notices/1/dismissal", page="/account/").status_code == 404
    assert learner.post("/notices/1/dismissal", page="/").status_code == 303
    assert "đã được chấm" not in learner.get("/").text
    # Points that are corrected are news again.
    give(trainer, address, "0", "0", "0")
    assert "đã được chấm" in learner.get("/").text
