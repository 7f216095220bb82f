"""Quizzes on several pages: moved through freely, or only forward, without scripts."""

from collections.abc import Callable

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.quizzes.queries import counting_responses, get_attempt
from tests.support.factories import COURSE, QUIZ, answers_of, import_texts, quiz_text
from tests.support.form_reader import fields_of
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"


@pytest.fixture
def begin(world: Flask, visit: Visit) -> Callable[..., tuple[Visitor, str]]:
    """Return a function that begins an attempt at the quiz with these settings."""

    def start(extra: str) -> tuple[Visitor, str]:
        import_texts({PATH: quiz_text(extra=extra)})
        learner = visit("learner")
        return learner, str(
            learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/").headers["Location"]
        )

    return start


def right(attempt: str) -> dict[str, object]:
    answers = answers_of(get_actor("learner"), number(attempt))
    values = {f"q-{name}": answer.value for name, answer in answers.items()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def number(attempt: str) -> int:
    return int(attempt.split("/")[2])


def asked(page: str) -> list[str]:
    return [name for name in ("mot", "hai", "ba") if f'id="q-{name}"' in page]


def send(learner: Visitor, attempt: str, shown: int, where: str = "responses", **more: object) -> str:
    """Send a page of questions with all its right answers; returns where that leads."""
    page = learner.get(f"{attempt}?page={shown}").text
    answers = {name: value for name, value in right(attempt).items() if name[2:] in asked(page)}
    answer = learner.client.post(f"{attempt}{where}", data={**fields_of(page), **answers, **more})
    assert answer.status_code in (200, 303), answer.text
    return str(answer.headers.get("Location", ""))


def test_pages_are_gone_through_freely_and_each_keeps_its_answers(
    begin: Callable[..., tuple[Visitor, str]],
) -> None:
    learner, attempt = begin("per_page: 2\n")
    first = learner.get(attempt).text
    assert (asked(first), "Trang 1/2" in first) == (["mot", "hai"], True)
    assert send(learner, attempt, 1, to=2) == f"{attempt}?page=2"
    second = learner.get(attempt).text  # where she had come
    assert (asked(second), "Câu 3" in second) == (["ba"], True)
    assert "data-answered>2<" in second
    assert send(learner, attempt, 2, to=1) == f"{attempt}?page=1"
    assert len(fields_of(learner.get(f"{attempt}?page=1").text)["q-mot"]) == 1
    assert set(counting_responses(number(attempt))) == {"mot", "hai", "ba"}
    send(learner, attempt, 1, "submission", confirm="ask")
    assert get_attempt(get_actor("learner"), number(attempt)).row.passed


def test_submitting_asks_for_what_is_missing_on_other_pages(
    begin: Callable[..., tuple[Visitor, str]],
) -> None:
    learner, attempt = begin("per_page: 1\n")
    page = learner.get(f"{attempt}?page=2").text
    asking = learner.client.post(
        f"{attempt}submission",
        data={**fields_of(page), "q-hai": str(right(attempt)["q-hai"]), "confirm": "ask"},
    )
    assert asking.status_code == 200
    assert f'href="{attempt}?page=1#q-mot"' in asking.text
    assert f'href="{attempt}?page=3#q-ba"' in asking.text
    assert set(counting_responses(number(attempt))) == {"hai"}


def test_forward_alone_has_no_way_back(begin: Callable[..., tuple[Visitor, str]]) -> None:
    learner, attempt = begin("navigate: forward\n")
    old = learner.get(attempt).text
    assert asked(old) == ["mot"]
    assert "submission" not in old
    assert send(learner, attempt, 1, to=2) == f"{attempt}?page=2"
    for address in (attempt, f"{attempt}?page=1", f"{attempt}?page=3"):
        assert asked(learner.get(address).text) == ["hai"]
    late = {**fields_of(old), "q-mot": str(right(attempt)["q-mot"]), "sequence": "99"}
    same = learner.client.post(f"{attempt}responses", data=late)
    assert same.status_code == 303  # nothing new in it
    quiz = answers_of(get_actor("learner"), number(attempt), right=False)
    refused = learner.client.post(f"{attempt}responses", data=late | {"q-mot": quiz["mot"].value})
    assert refused.status_code == 409
    assert counting_responses(number(attempt))["mot"].value == right(attempt)["q-mot"]
    send(learner, attempt, 2, to=3)
    assert asked(learner.get(attempt).text) == ["ba"]
    send(learner, attempt, 3, "submission", confirm="ask")
    assert get_attempt(get_actor("learner"), number(attempt)).row.passed


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "1e3"])
def test_a_page_that_is_none_is_the_nearest(begin: Callable[..., tuple[Visitor, str]], page: str) -> None:
    learner, attempt = begin("per_page: 2\n")
    assert asked(learner.get(f"{attempt}?page={page}").text) in (["mot", "hai"], ["ba"])
    fields = fields_of(learner.get(attempt).text)
    answer = learner.client.post(f"{attempt}responses", data={**fields, "to": page})
    assert answer.status_code in (303, 422)
