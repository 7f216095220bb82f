"""What happens to an attempt under way when the quiz, the clock or the form is not as one would expect."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.courses.models import Course, Unit
from learning.database import transaction
from tests.support.factories import (
    COURSE,
    NOW,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    course_text,
    import_texts,
    quiz_text,
)
from tests.support.form_reader import fields_of
from tests.support.program import Program, problem
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"


def begin(learner: Visitor) -> str:
    """Start an attempt and return its address."""
    answer = learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/")
    return str(answer.headers["Location"])


def keys(page: str, question: str) -> list[str]:
    return [part.split('"')[0] for part in page.split(f'name="q-{question}" value="')[1:]]


def withdraw_course() -> None:
    with transaction() as session:
        session.execute(sa.update(Course).values(is_published=False))


def withdraw_unit() -> None:
    """Publish the course without the unit that asks for the quiz."""
    import_texts({f"courses/{COURSE}/course.vi.md": course_text((READ_UNIT,))})


def withdraw_unit_alone() -> None:
    with transaction() as session:
        session.execute(sa.update(Unit).where(Unit.slug == QUIZ_UNIT).values(is_published=False))


def change_quiz() -> None:
    """Publish the quiz with one question fewer, and another key."""
    text = quiz_text().decode().split("## Câu hai")[0].replace("- [ ] Một\n- [x] Ba", "- [x] Một\n- [ ] Ba")
    import_texts({PATH: text.encode()})


TROUBLES = [withdraw_course, withdraw_unit, withdraw_unit_alone, change_quiz]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_attempt_goes_on_whatever_becomes_of_its_quiz(
    world: Flask, visit: Visit, trouble: Callable[[], None]
) -> None:
    learner = visit("learner")
    attempt = begin(learner)
    page = learner.get(attempt).text
    key = keys(page, "hai")[0]
    fields = fields_of(page) | {"q-hai": [key]}
    assert learner.client.post(f"{attempt}responses", data=fields).status_code == 303
    trouble()
    page = learner.get(attempt).text
    assert fields_of(page)["q-hai"] == [key]
    fields = fields_of(page) | {"q-mot": [keys(page, "mot")[1]], "confirm": ["yes"]}
    assert learner.client.post(f"{attempt}responses", data=fields).status_code == 303
    assert learner.client.post(f"{attempt}submission", data=fields).status_code == 303
    review = learner.get(attempt)
    assert review.status_code == 200
    assert 'class="score' in review.text
    assert review.text.count('id="q-') == 3  # as many as it began with


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_program_goes_on_with_it_too(
    world: Flask, program: Callable[..., Program], trouble: Callable[[], None]
) -> None:
    learner = program("learner")
    attempt = learner("POST", f"/quizzes/{QUIZ}/attempts").json
    assert attempt is not None
    trouble()
    path = f"/attempts/{attempt['id']}"
    question = next(one for one in attempt["questions"] if one["id"] == "hai")
    body = {"response": question["choices"][0]["id"], "event_id": "00000000-0000-4000-8000-000000000001"}
    assert learner("PUT", f"{path}/responses/hai", {**body, "sequence": 1}).status_code == 200
    again = learner("GET", path).json
    assert again is not None
    assert len(again["questions"]) == 3
    result = learner("POST", f"{path}/submission").json
    assert result is not None
    assert result["max_score_exact"] == "4"
    assert learner("GET", path).status_code == 200


@pytest.mark.parametrize("hours", [-48, -1, 1, 48])
def test_a_clock_that_jumps_loses_no_answer(world: Flask, visit: Visit, hours: int) -> None:
    world.config["CLOCK"] = lambda: NOW
    learner = visit("learner")
    attempt = begin(learner)
    page = learner.get(attempt).text
    fields = fields_of(page) | {"q-hai": [keys(page, "hai")[0]]}
    assert learner.client.post(f"{attempt}responses", data=fields).status_code == 303
    world.config["CLOCK"] = lambda: NOW + timedelta(hours=hours)
    learner.be("learner")  # a session that is long past, or not begun yet, ends; answers do not
    page = learner.get(attempt).text
    assert fields_of(page)["q-hai"] == fields["q-hai"]
    fields = fields_of(page) | {"q-mot": [keys(page, "mot")[0]]}
    assert learner.client.post(f"{attempt}responses", data=fields).status_code == 303
    world.config["CLOCK"] = lambda: NOW
    learner.be("learner")
    sent = fields_of(learner.get(attempt).text)
    assert (sent["q-hai"], sent["q-mot"]) == (fields["q-hai"], fields["q-mot"])
    assert learner.client.post(f"{attempt}submission", data=sent).status_code == 303
    assert 'class="score' in learner.get(attempt).text
    assert learner.get(f"/courses/{COURSE}/").status_code == 200


@pytest.fixture
def timed(world: Flask) -> Flask:
    """The quiz with ten minutes of time, at a clock that stands."""
    import_texts({PATH: quiz_text(extra="time: 10m\n")})
    world.config["CLOCK"] = lambda: NOW
    return world


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(-3600, 303), (599, 303), (600, 303), (630, 303), (631, 409), (86_400, 409)],
)
def test_answers_are_taken_to_the_last_second_of_the_grace(
    timed: Flask, visit: Visit, seconds: int, status: int
) -> None:
    learner = visit("learner")
    attempt = begin(learner)
    page = learner.get(attempt).text
    fields = fields_of(page) | {"q-hai": [keys(page, "hai")[0]]}
    timed.config["CLOCK"] = lambda: NOW + timedelta(seconds=seconds)
    learner.be("learner")
    assert learner.client.post(f"{attempt}responses", data=fields).status_code == status


def test_an_answer_after_the_end_is_refused_to_a_program_in_plain_words(
    timed: Flask, program: Callable[..., Program]
) -> None:
    learner = program("learner")
    attempt = learner("POST", f"/quizzes/{QUIZ}/attempts").json
    assert attempt is not None
    timed.config["CLOCK"] = lambda: NOW + timedelta(minutes=11)
    question = attempt["questions"][0]
    body = {"response": None, "event_id": "00000000-0000-4000-8000-000000000001", "sequence": 1}
    problem(learner("PUT", f"/attempts/{attempt['id']}/responses/{question['id']}", body), 409)


@pytest.mark.parametrize(
    ("question", "picked", "status"),
    [
        ("hai", [0, 1], 422),
        ("hai", [0, 0], 422),
        ("ba", [0, 0, 1], 422),
        ("ba", [0, 1], 303),
        ("mot", [0, 1, 2], 422),
    ],
)
def test_doubled_fields_of_a_form(visit: Visit, question: str, picked: list[int], status: int) -> None:
    learner = visit("learner")
    attempt = begin(learner)
    page = learner.get(attempt).text
    offered = keys(page, question)
    fields = fields_of(page) | {f"q-{question}": [offered[number] for number in picked]}
    answer = learner.client.post(f"{attempt}responses", data=fields)
    assert answer.status_code == status
    kept: Any = fields_of(learner.get(attempt).text).get(f"q-{question}", [])
    assert sorted(kept) == (sorted({offered[number] for number in picked}) if status == 303 else [])
