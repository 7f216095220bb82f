"""Answers that learners type, from the page to the result, and changing the language in the middle of them."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from learning.database import transaction
from learning.quizzes.models import Attempt, Response
from tests.support.factories import COURSE, QUIZ, course_texts, import_texts
from tests.support.typed_quiz import ENGLISH, VIETNAMESE
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]


@pytest.fixture
def typed(world: Flask) -> Flask:
    """The site with a quiz of a text, a number and a choice, in two languages."""
    texts = course_texts() | {
        f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": VIETNAMESE.encode(),
        f"quizzes/{COURSE}/{QUIZ}.en.quiz.md": ENGLISH.encode(),
    }
    import_texts(texts)
    return world


@pytest.fixture
def learner(typed: Flask, visit: Visit) -> Visitor:
    return visit("learner")


def begin(learner: Visitor) -> str:
    return str(learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/").headers["Location"])


def form_of(page: str, **answers: str) -> dict[str, str]:
    """Return the fields of an attempt's page with these answers; `chon` is ticked by its text."""
    fields = {"event_id": hidden(page, "event_id"), "sequence": hidden(page, "sequence")}
    for name, text in answers.items():
        if name == "chon":
            found = re.search(rf'name="q-chon" value="([^"]+)"[^>]*>\s*<span class="prose">{text}', page)
            assert found, text
            fields["q-chon"] = found[1]
        else:
            fields[f"q-{name}"] = text
    return fields


def values(page: str) -> dict[str, str]:
    """Return what stands in the fields of an attempt's page."""
    fields = re.findall(r'<input id="a-(\w+)"[^>]*value="([^"]*)"', page)
    ticked = re.findall(r'name="q-(\w+)" value="[^"]+" checked[^>]*>\s*<span class="prose">([^<]+)', page)
    return {name: unescape(value) for name, value in (*fields, *ticked)}


def test_typed_answers_are_kept_echoed_and_graded(learner: Visitor) -> None:
    attempt = begin(learner)
    page = learner.get(attempt).text
    assert "smishing" not in page
    assert "1000" not in page.replace("1000 ", "")[page.index("<main") :].replace('maxlength="1000"', "")
    assert 'inputmode="decimal"' in page
    assert "ký tự" in page
    answer = learner.post(
        f"{attempt}responses", form_of(page, ten="SMISHING.", so="1.000", chon="Đúng"), page=attempt
    )
    assert answer.status_code == 303
    page = learner.get(attempt).text
    assert values(page) == {"ten": "SMISHING.", "so": "1.000", "chon": "Đúng"}
    assert "Đọc là \u2068\u20681000\u2069 ký tự\u2069" in page
    learner.post(f"{attempt}submission", {"confirm": "yes"}, page=attempt)
    review = learner.get(attempt).text
    assert "100 %" in review
    assert "đọc là" in review


def test_a_number_that_cannot_be_read_is_kept_and_told_before_it_costs_points(learner: Visitor) -> None:
    attempt = begin(learner)
    fields = form_of(learner.get(attempt).text, ten="vishing", so="1e3", chon="Đúng")
    asked = learner.post(f"{attempt}submission", fields | {"confirm": "ask"}, page=attempt)
    assert asked.status_code == 200
    assert "không đọc được thành số" in asked.text
    assert "1e3" in asked.text
    page = learner.get(attempt).text
    assert values(page)["so"] == "1e3"
    assert page.count('aria-invalid="true"') == 1
    assert "Không đọc được thành số" in page
    learner.post(f"{attempt}submission", {"confirm": "yes"}, page=attempt)
    review = learner.get(attempt).text
    assert "không đọc được thành số" in review
    assert "cuộc gọi" in review  # the comment of the wrong answer
    assert "1000 ± 100" not in review  # only what wins all points is the right answer
    assert "smishing" in review
    with transaction() as session:
        assert session.scalar(select(Attempt.score)) == "1"


def test_a_script_is_told_how_its_number_was_read(learner: Visitor) -> None:
    attempt = begin(learner)
    wanted = {"headers": {"Accept": "application/json"}}
    page = learner.get(attempt).text
    for number, sentence in (
        ("1.000", "Đọc là \u2068\u20681000\u2069 ký tự\u2069"),
        ("x", "Không đọc được thành số"),
    ):
        page = learner.get(attempt).text
        answer = learner.post(f"{attempt}responses", form_of(page, so=number), page=attempt, **wanted)
        assert answer.json
        assert sentence in answer.json["notes"]["so"]
        assert answer.json["unread"] == (["so"] if number == "x" else [])


@pytest.mark.parametrize("language", ["en", "he"])
def test_the_language_changes_in_the_middle_and_no_answer_is_lost(
    typed: Flask, learner: Visitor, language: str
) -> None:
    attempt = begin(learner)
    fields = form_of(learner.get(attempt).text, ten="lua dao qua tin nhan", so="1.000", chon="Đúng")
    changed = learner.post(f"{attempt}responses", fields | {"language": language}, page=attempt)
    assert (changed.status_code, changed.headers["Location"]) == (303, attempt)
    page = learner.get(attempt).text
    assert f'<html lang="{language}"' in page
    english = language == "en"  # there is no Hebrew twin: the questions stay in Vietnamese
    assert ("How long may a password be?" in page) == english
    assert values(page) == {
        "ten": "lua dao qua tin nhan",
        "so": "1.000",
        "chon": "True" if english else "Đúng",
    }
    unit = "characters" if english else "ký tự"
    assert f"\u20681000\u2069 {unit}" in page  # as it was meant when it was typed
    learner.post(f"{attempt}responses", form_of(page, **values(page)), page=attempt)
    learner.post(f"{attempt}submission", {"confirm": "yes"}, page=attempt)
    with transaction() as session:
        assert session.scalar(select(Attempt.score)) == "3"
        assert set(session.scalars(select(Response.language))) == {"vi"}


def test_what_comes_again_after_a_lost_sending_means_what_it_meant(learner: Visitor) -> None:
    attempt = begin(learner)
    learner.post(f"{attempt}responses", form_of(learner.get(attempt).text, so="1.000"), page=attempt)
    again = form_of(learner.get(attempt).text, so="1.000") | {"sequence": "9"}
    learner.post(f"{attempt}responses?lang=en", again, page=attempt)
    with transaction() as session:
        stored = session.execute(select(Response.sequence, Response.language).order_by(Response.sequence))
        assert [tuple(row) for row in stored] == [(1, "vi"), (9, "vi")]


def test_every_language_button_of_an_attempt_saves_first(learner: Visitor) -> None:
    attempt = begin(learner)
    page = learner.get(attempt).text
    buttons = re.findall(r'<button class="link" name="language"[^>]*>', page)
    assert len(buttons) == 3
    assert all('form="attempt"' in button for button in buttons)
    assert 'action="/account/language"' not in page


def test_an_unknown_language_saves_and_changes_nothing(learner: Visitor) -> None:
    attempt = begin(learner)
    fields = form_of(learner.get(attempt).text, ten="smishing")
    learner.post(f"{attempt}responses", fields | {"language": "xx"}, page=attempt)
    page = learner.get(attempt).text
    assert '<html lang="vi"' in page
    assert values(page)["ten"] == "smishing"


def test_too_long_an_answer_is_refused_by_its_number_and_given_back(learner: Visitor) -> None:
    attempt = begin(learner)
    form = form_of(learner.get(attempt).text, ten="dài " * 250 + "x")
    answer = learner.post(f"{attempt}responses", form, page=attempt)
    assert answer.status_code == 422
    assert "Câu 1: \u2068Câu trả lời dài nhất 1000 ký tự.\u2069" in answer.text
    assert form["q-ten"] in answer.text
    assert values(learner.get(attempt).text)["ten"] == ""


def test_an_answer_of_a_thousand_letters_is_kept_whole(learner: Visitor) -> None:
    attempt = begin(learner)
    text = "đ" * 1000
    learner.post(f"{attempt}responses", form_of(learner.get(attempt).text, ten=text), page=attempt)
    assert values(learner.get(attempt).text)["ten"] == text


def test_nul_is_no_answer(learner: Visitor) -> None:
    attempt = begin(learner)
    form = form_of(learner.get(attempt).text, ten="a\0b")
    assert learner.post(f"{attempt}responses", form, page=attempt).status_code == 400


def test_a_number_is_read_in_the_language_the_page_was_shown_in(learner: Visitor) -> None:
    attempt = begin(learner)
    page = learner.get(f"{attempt}?lang=en").text
    assert hidden(page, "shown_in") == "en"
    form = form_of(page, so="1,000") | {"shown_in": hidden(page, "shown_in")}
    learner.post(f"{attempt}responses", form, page=attempt)  # the site itself still speaks Vietnamese
    assert "Đọc là \u2068\u20681000\u2069 ký tự\u2069" in learner.get(attempt).text
    with transaction() as session:
        assert set(session.scalars(select(Response.language))) == {"en"}


def test_a_form_that_names_no_language_of_ours_is_read_in_that_of_the_site(learner: Visitor) -> None:
    attempt = begin(learner)
    form = form_of(learner.get(attempt).text, so="1.000") | {"shown_in": "../../x"}
    learner.post(f"{attempt}responses", form, page=attempt)
    with transaction() as session:
        assert set(session.scalars(select(Response.language))) == {"vi"}


def test_the_field_is_as_wide_whatever_the_answer_is(learner: Visitor) -> None:
    page = learner.get(begin(learner)).text
    fields = re.findall(r'<input id="a-\w+"[^>]*>', page)
    assert len(fields) == 2
    assert not any(word in field for field in fields for word in ("size=", "style=", "pattern="))
