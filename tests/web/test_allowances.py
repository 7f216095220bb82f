"""The manager's page for more attempts or time, what the learner sees of it, and an attempt whose time is over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from tests.support.factories import COURSE, NOW, QUIZ, import_texts, quiz_text, take_quiz
from tests.support.form_reader import fields_of
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]
ADDRESS = f"/reports/people/1/quizzes/{QUIZ}/"
PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"


@pytest.fixture
def exam(world: Flask) -> Flask:
    """The quiz with one attempt of half an hour."""
    import_texts({PATH: quiz_text(attempts=1, extra="time: 30m\n")})
    world.config["CLOCK"] = lambda: NOW
    return world


@pytest.fixture
def manager(exam: Flask, visit: Visit) -> Visitor:
    return visit("manager")


@pytest.fixture
def learner(exam: Flask, visit: Visit) -> Visitor:
    return visit("learner")


def allow(manager: Visitor, **fields: str):
    given = {"attempts": "1", "minutes": "15", "reason": "Mất <điện> giữa giờ"} | fields
    return manager.post(ADDRESS, {"seen": hidden(manager.get(ADDRESS).text, "seen")} | given, page=ADDRESS)


def begin(learner: Visitor) -> str:
    answer = learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/")
    return str(answer.headers["Location"])


def test_what_is_allowed_stands_on_the_page_of_the_quiz_and_at_home(
    manager: Visitor, learner: Visitor
) -> None:
    take_quiz(get_actor("learner"), right=False)
    assert "Đã hết lượt" in learner.get(f"/quizzes/{QUIZ}/").text
    answer = allow(manager)
    assert (answer.status_code, answer.headers["Location"]) == (303, ADDRESS)
    page = manager.get(ADDRESS).text
    assert "thêm 1 lượt" in page
    assert "Mất &lt;điện&gt; giữa giờ" in page
    quiz = learner.get(f"/quizzes/{QUIZ}/").text
    for told in ("1/2", "45 phút", "thêm 1 lượt, mỗi lượt thêm 15 phút", "Mất &lt;điện&gt; giữa giờ"):
        assert told in quiz, told
    home = learner.get("/").text
    assert "Bạn được thêm so với quy định" in home
    assert "thêm 1 lượt, mỗi lượt thêm 15 phút" in home


def test_the_report_of_a_person_leads_to_it(manager: Visitor) -> None:
    take_quiz(get_actor("learner"))
    assert f'href="{ADDRESS}"' in manager.get("/reports/people/1/").text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reason": ""}, "Nhập lý do"),
        ({"reason": "x" * 301}, "Nhiều nhất 300 ký tự."),
        ({"attempts": "11"}, "Nhập số nguyên từ 0 đến 10."),
        ({"attempts": "hai"}, "Nhập số nguyên từ 0 đến 10."),
        ({"minutes": "-5"}, "Nhập số nguyên từ 0 đến 240."),
        ({"minutes": "9" * 400}, "Nhập số nguyên từ 0 đến 240."),
    ],
)
def test_what_was_typed_stays_beside_what_is_wrong_with_it(
    manager: Visitor, fields: dict[str, str], told: str
) -> None:
    answer = allow(manager, **fields)
    assert answer.status_code == 422
    assert told in answer.text
    kept = fields_of(answer.text, "allowance")
    sent = {"attempts": "1", "minutes": "15", "reason": "Mất <điện> giữa giờ"} | fields
    assert {name: kept[name] for name in sent} == {name: [value] for name, value in sent.items()}
    assert "Chưa cho thêm gì" in manager.get(ADDRESS).text


def test_two_windows_do_not_overwrite_each_other(manager: Visitor) -> None:
    allow(manager)
    answer = allow(manager, seen="", attempts="2", reason="Lý do khác")
    assert answer.status_code == 409
    assert "người khác đã cho phép khác" in answer.text
    assert fields_of(answer.text, "allowance")["reason"] == ["Lý do khác"]
    again = fields_of(answer.text, "allowance")
    assert manager.client.post(ADDRESS, data=again).status_code == 303
    assert "thêm 2 lượt" in manager.get(ADDRESS).text


def test_a_quiz_without_limits_offers_nothing_to_allow(exam: Flask, visit: Visit) -> None:
    import_texts({PATH: quiz_text(attempts=None)})
    manager = visit("manager")
    page = manager.get(ADDRESS).text
    assert "không có giới hạn nào" in page
    assert 'name="reason"' not in page
    fields = {"attempts": "1", "minutes": "0", "reason": "thử", "seen": ""}
    assert manager.post(ADDRESS, fields, page="/account/").status_code == 422


def test_the_page_tells_the_time_left_by_the_clock_of_the_site(exam: Flask, learner: Visitor) -> None:
    attempt = begin(learner)
    assert 'data-deadline="1800"' in learner.get(attempt).text
    exam.config["CLOCK"] = lambda: NOW + timedelta(minutes=20, seconds=0.5)
    page = learner.get(attempt).text
    assert 'data-deadline="599"' in page
    answer = learner.client.post(
        f"{attempt}responses", data=fields_of(page), headers={"Accept": "application/json"}
    )
    assert answer.json is not None
    assert answer.json["seconds_left"] == 599
    exam.config["CLOCK"] = lambda: NOW + timedelta(minutes=30, seconds=20)  # within the grace
    assert 'data-deadline="0"' in learner.get(attempt).text


def test_an_attempt_whose_time_is_over_leads_on(exam: Flask, learner: Visitor) -> None:
    attempt = begin(learner)
    fields = fields_of(learner.get(attempt).text)
    fields["q-hai"] = [learner.get(attempt).text.split('name="q-hai" value="')[1].split('"')[0]]
    assert learner.client.post(f"{attempt}responses", data=fields).status_code == 303
    exam.config["CLOCK"] = lambda: NOW + timedelta(minutes=31)
    page = learner.get(attempt).text
    assert "Lượt này đã hết giờ" in page
    assert "Đã trả lời 1/3 câu" in page
    assert "q-mot" not in page
    assert learner.client.post(f"{attempt}submission", data=fields_of(page)).status_code == 303
    assert 'class="score' in learner.get(attempt).text


def test_the_report_names_only_quizzes_with_limits(exam: Flask, visit: Visit) -> None:
    import_texts({PATH: quiz_text(attempts=None)})
    take_quiz(get_actor("learner"))
    assert ADDRESS not in visit("manager").get("/reports/people/1/").text
