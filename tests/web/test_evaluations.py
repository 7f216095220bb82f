"""Evaluating a course in the browser, and what those who teach it are told."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from learning.accounts.models import HeldForm
from learning.accounts.queries import get_actor
from learning.audit.models import AuditEntry
from learning.database import current_session
from learning.evaluations.services import evaluate
from learning.evaluations.settings import STATEMENTS, current_statements
from learning.settings.services import change
from learning.study.services import declare_read
from tests.support.factories import COURSE, NOW, READ_UNIT, make_person, moment, take_quiz
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PAGE = f"/courses/{COURSE}/evaluation/"
RESULTS = f"/reports/courses/{COURSE}/evaluation/"


def complete(username: str) -> None:
    person = get_actor(username)
    declare_read(person, COURSE, READ_UNIT, revision_id=None, moment=moment())
    take_quiz(person)


@pytest.fixture
def learner(world: Flask, visit: Visit) -> Visitor:
    """The learner, who has completed the tiny course."""
    complete("learner")
    return visit("learner")


def fields(value: int = 4, *, said: str = "") -> dict[str, str]:
    return {f"s-{one.key}": str(value) for one in current_statements()} | {"said": said}


def test_a_completed_course_asks_once_and_thanks(learner: Visitor) -> None:
    course = f"/courses/{COURSE}/?lang=en"
    assert f'href="{PAGE}"' in learner.get(course).text
    asked = learner.get(f"{PAGE}?lang=en").text
    assert "The course is of use in my work." in asked
    assert "Khóa học giúp ích" not in asked
    done = learner.post(f"{PAGE}?lang=en", fields(said="Thêm ví dụ."), page=PAGE)
    assert (done.status_code, done.headers["Location"]) == (303, f"/courses/{COURSE}/")
    after = learner.get(course).text
    assert "without your name" in after
    assert f'href="{PAGE}"' not in after
    assert "already" in learner.get(f"{PAGE}?lang=en").text
    again = learner.post(PAGE, fields(), page="/account/")
    assert again.status_code == 409


def test_nothing_is_held_or_put_on_record_of_who_said_what(learner: Visitor, world: Flask) -> None:
    before = _count(AuditEntry)
    token = learner.token(PAGE)
    later = world.config["CLOCK"]() + timedelta(days=2)
    world.config["CLOCK"] = lambda: later  # her session is over
    sent = learner.client.post(PAGE, data={**fields(said="Lời riêng của tôi"), "csrf_token": token})
    assert sent.status_code == 303
    assert sent.headers["Location"].startswith("/sign-in")
    assert _count(HeldForm) == 0
    learner.be("learner")
    assert learner.post(PAGE, fields(), page=PAGE).status_code == 303
    assert _count(AuditEntry) == before


def _count(model: type) -> int:
    return current_session().scalar(select(func.count()).select_from(model)) or 0


def test_what_is_wrong_is_told_and_what_was_chosen_stays(learner: Visitor) -> None:
    nothing = learner.post(f"{PAGE}?lang=en", {"said": " "}, page=PAGE)
    assert nothing.status_code == 422
    assert "Answer at least one statement" in nothing.text
    [first, *_] = current_statements()
    off = learner.post(f"{PAGE}?lang=en", {f"s-{first.key}": "6"}, page=PAGE)
    assert (off.status_code, "Choose one of the five" in off.text) == (422, True)
    long = learner.post(PAGE, fields(said="a" * 1001), page=PAGE)
    assert long.status_code == 422
    assert long.text.count(" checked") == len(current_statements())
    unknown = learner.post(f"{PAGE}?lang=en", {**fields(), "s-0123456789ab": "3"}, page=PAGE)
    assert unknown.status_code == 409
    assert "statements were changed meanwhile" in unknown.text
    assert unknown.text.count(" checked") == len(current_statements())


def test_who_has_not_completed_the_course_is_not_asked(visit: Visit) -> None:
    assert visit("learner").get(PAGE).status_code == 404
    assert f'href="{PAGE}"' not in visit("learner").get(f"/courses/{COURSE}/").text


def test_statements_are_changed_as_a_setting(learner: Visitor, visit: Visit) -> None:
    admin, page = visit("admin"), f"/admin/settings/{STATEMENTS.name}/"
    few = admin.post(f"{page}?lang=en", {"value": "Một\nHai", "seen": STATEMENTS.default}, page=page)
    assert few.status_code == 422
    lines = "\n".join(f"Câu {n} | Statement {n} | היגד {n}" for n in range(1, 6))
    change(STATEMENTS, lines, seen=STATEMENTS.default, now=NOW)
    assert "Statement 5" in learner.get(f"{PAGE}?lang=en").text
    assert "היגד 5" in learner.get(f"{PAGE}?lang=he").text


def test_results_are_shown_from_five_answers_with_bars_a_table_and_a_file(world: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    assert "too few answers yet" in trainer.get(f"{RESULTS}?lang=en").text
    for number in range(5):
        person = make_person(f"thu-{number}")
        complete(person.username)
        answers = dict.fromkeys(current_statements(), number + 1)
        evaluate(person, COURSE, answers, words=f"<b>Lời {number}</b>", day=moment().day)
    page = trainer.get(f"{RESULTS}?lang=en").text
    assert page.count('<svg class="bar"') == 5 * len(current_statements())
    assert "&lt;b&gt;Lời 3&lt;/b&gt;" in page
    assert "Người Thử thu" not in page
    assert "Quarter 4 of 2026" in page
    assert trainer.get(f"{RESULTS}?quarter=2026-Q4").status_code == 200
    assert trainer.get(f"{RESULTS}?quarter=2026-Q3").status_code == 404
    before = _count(AuditEntry)
    file = trainer.get(f"{RESULTS[:-1]}.csv?lang=en")
    rows = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert rows[0] == ["Statement", "Answers", "Mean", "1", "2", "3", "4", "5"]
    assert rows[1][1:] == ["5", "3.0", "1", "1", "1", "1", "1"]
    assert _count(AuditEntry) == before + 1


def test_the_way_to_the_results_stands_where_they_open(visit: Visit) -> None:
    for username, is_there in (("trainer", True), ("province", True), ("manager", False), ("learner", False)):
        visitor = visit(username)
        assert (f'href="{RESULTS}"' in visitor.get(f"/courses/{COURSE}/").text) is is_there
        assert (visitor.get(RESULTS).status_code == 200) is is_there
    assert f'href="{RESULTS}"' in visit("trainer").get(f"/authoring/courses/{COURSE}/").text
