"""Hints that cost points: closed until a learner opens them, and told before and after."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.support.factories import NOW, QUIZ, import_texts
from tests.support.form_reader import fields_of
from tests.support.hinted_quiz import CHOICES, FIRST, FREE, PATH, SECOND, hinted_text
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def learner(world: Flask, visit: Visit) -> Visitor:
    import_texts({PATH: hinted_text()})
    return visit("learner")


def begin(learner: Visitor) -> str:
    answer = learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/")
    return str(answer.headers["Location"])


def press(learner: Visitor, attempt: str, hint: str, **answers: str) -> Any:
    """Send the page with a hint's button, after giving these answers."""
    fields = fields_of(learner.get(attempt).text)
    fields |= {f"q-{question}": [value] for question, value in answers.items()}
    return learner.client.post(f"{attempt}responses", data=fields | {"hint": [hint]})


def submit(learner: Visitor, attempt: str, **answers: str) -> str:
    fields = fields_of(learner.get(attempt).text)
    fields |= {f"q-{question}": [value] for question, value in answers.items()} | {"confirm": ["yes"]}
    assert learner.client.post(f"{attempt}submission", data=fields).status_code == 303
    return learner.get(attempt).text


def test_a_hint_stays_closed_until_it_is_opened_one_after_the_other(learner: Visitor) -> None:
    attempt = begin(learner)
    page = learner.get(attempt).text
    assert FREE in page
    assert FIRST not in page
    assert "Mở gợi ý 1 trên 2" in page
    answer = press(learner, attempt, "mot/1", mot=CHOICES["Ba"], ba="năm")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{attempt}#hint-mot-1")
    page = learner.get(attempt).text
    assert FIRST in page
    assert SECOND not in page
    assert 'id="hint-mot-1" open' in page
    kept = fields_of(page)
    assert (kept["q-mot"], kept["q-ba"]) == ([CHOICES["Ba"]], ["năm"])  # what was typed goes with the button
    assert press(learner, attempt, "mot/1").status_code == 303
    assert press(learner, attempt, "mot/2").status_code == 303
    page = learner.get(attempt).text
    assert SECOND in page
    assert 'name="hint"' not in page


def test_what_hints_took_off_stands_beside_a_right_answer(learner: Visitor) -> None:
    attempt = begin(learner)
    press(learner, attempt, "mot/1")
    press(learner, attempt, "mot/1")  # a button pressed twice opens one
    page = submit(learner, attempt, mot=CHOICES["Ba"], hai="", ba="năm")
    first = page.split('id="q-mot"')[1].split("</section>")[0]
    assert "3/4 điểm" in first
    assert "Gợi ý đã trừ" in first
    assert "Đúng</span>" in first
    assert "Gợi ý đã trừ" not in page.split('id="q-hai"')[1]


def test_a_wrong_answer_loses_nothing_more(learner: Visitor) -> None:
    attempt = begin(learner)
    press(learner, attempt, "mot/1")
    page = submit(learner, attempt, mot=CHOICES["Một"])
    assert "Gợi ý đã trừ" not in page


@pytest.mark.parametrize("hint", ["mot/2", "mot/3", "hai/1", "ba/1", "khac/1"])
def test_a_hint_whose_turn_it_is_not_or_that_there_is_not(learner: Visitor, hint: str) -> None:
    attempt = begin(learner)
    assert press(learner, attempt, hint, ba="năm").status_code == 404
    assert fields_of(learner.get(attempt).text)["q-ba"] == ["năm"]
    assert FIRST not in learner.get(attempt).text


@pytest.mark.parametrize("hint", ["mot", "mot/0", "mot/-1", "mot/x", "MOT/1", "mot/1/1", "mot/111"])
def test_a_malformed_hint_is_refused(learner: Visitor, hint: str) -> None:
    attempt = begin(learner)
    assert press(learner, attempt, hint).status_code == 422
    assert FIRST not in learner.get(attempt).text


def test_no_hint_opens_in_anothers_attempt_or_in_one_that_is_over(
    learner: Visitor, visit: Visit, world: Flask
) -> None:
    attempt = begin(learner)
    fields = fields_of(learner.get(attempt).text) | {"hint": ["mot/1"]}
    other = visit("other")
    theirs = fields | {"csrf_token": [other.token("/")]}
    assert other.client.post(f"{attempt}responses", data=theirs).status_code == 404
    submit(learner, attempt)
    assert learner.client.post(f"{attempt}responses", data=fields).status_code == 409
    assert "Gợi ý đã trừ" not in learner.get(attempt).text


def test_no_hint_opens_after_the_time_is_over(visit: Visit, world: Flask) -> None:
    import_texts({PATH: hinted_text(extra="time: 10m\n")})
    world.config["CLOCK"] = lambda: NOW
    learner = visit("learner")
    attempt = begin(learner)
    fields = fields_of(learner.get(attempt).text) | {"hint": ["mot/1"]}
    world.config["CLOCK"] = lambda: NOW + timedelta(minutes=11)
    assert learner.client.post(f"{attempt}responses", data=fields).status_code == 409
    assert FIRST not in learner.get(attempt).text


def test_where_hints_do_not_show_none_can_be_bought(visit: Visit, world: Flask) -> None:
    import_texts({PATH: hinted_text(preset="test")})
    learner = visit("learner")
    attempt = begin(learner)
    assert 'name="hint"' not in learner.get(attempt).text
    assert press(learner, attempt, "mot/1").status_code == 404


def test_enter_in_a_field_presses_another_button_than_a_hints(learner: Visitor) -> None:
    page = learner.get(begin(learner)).text
    form = page.split('<form id="attempt"')[1].split("</form>")[0]
    assert 'name="hint"' in form
    assert 'tabindex="-1" aria-hidden="true"' in form.split("<button", 2)[1].split(">")[0]


def test_the_preview_shows_the_author_every_hint(world: Flask, visit: Visit) -> None:
    import_texts({PATH: hinted_text()})
    preview = (
        visit("trainer").get(f"/authoring/quizzes/{QUIZ}/").text.split("<textarea")[1].split("</textarea>")[1]
    )
    assert FIRST in preview
    assert SECOND in preview
