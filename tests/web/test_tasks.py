"""Practical tasks in the pages of learners and of those who mark."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.domain.permissions import Role
from learning.organizations.services import DEPARTMENT_CODE
from learning.web.clock import system_clock
from tests.support.factories import import_texts, make_person
from tests.support.form_reader import fields_of
from tests.support.program import Program
from tests.support.statements import count_statements
from tests.support.tasks import COURSE, UNIT, task_texts
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]
PAGE = f"/courses/{COURSE}/{UNIT}/"
LIST = f"/authoring/grading/tasks/{COURSE}/{UNIT}/"
TEXT = "Máy một <b>đã cập nhật</b>.\n\nMáy hai còn thiếu."


@pytest.fixture
def tasks(world: Flask) -> Flask:
    """The site with a unit that has a task."""
    import_texts(task_texts())
    return world


@pytest.fixture
def learner(tasks: Flask, visit: Visit) -> Visitor:
    return visit("learner")


@pytest.fixture
def trainer(tasks: Flask, visit: Visit) -> Visitor:
    return visit("trainer")


def hand_in(learner: Visitor, text: str = TEXT, **more: str) -> Any:
    fields = (
        fields_of(learner.get(PAGE).text, "task-form")
        | {"report": [text]}
        | {k: [v] for k, v in more.items()}
    )
    return learner.client.post(f"{PAGE}task", data=fields)


def open_oldest(trainer: Visitor) -> str:
    page = trainer.get(LIST).text
    return page.split('class="button button-main" href="')[1].split('"')[0]


def decide(trainer: Visitor, address: str, decision: str, *points: str, **more: str) -> Any:
    data = {f"points-{number}": one for number, one in enumerate(points, start=1)} | {"decision": decision}
    data["seen"] = hidden(trainer.get(address).text, "seen")
    return trainer.post(address, data | more, page=address)


def test_a_task_goes_to_and_fro_until_it_is_accepted(learner: Visitor, trainer: Visitor) -> None:
    page = learner.get(PAGE).text
    assert "Đủ <em>năm</em> máy" in page
    assert "còn thiếu" not in page  # the model answer
    answer = hand_in(learner)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}#hand-in")
    page = learner.get(PAGE).text
    assert "Nộp bản này thay bản trước" in page
    assert fields_of(page, "task-form")["report"] == [TEXT]  # what was handed in can be bettered
    address = open_oldest(trainer)
    page = trainer.get(address).text
    assert "Máy một &lt;b&gt;đã" in page
    assert "máy hai còn thiếu" in page  # the model answer
    assert decide(trainer, address, "return", comment="Ghi cả <tên> máy.").status_code == 303
    home = learner.get("/").text
    assert "đã được trả lại" in home
    page = learner.get(PAGE).text
    assert "Ghi cả &lt;tên&gt; máy." in page
    assert hand_in(learner, "Máy một tên là A.").status_code == 303
    page = trainer.get(open_oldest(trainer)).text
    assert "Máy hai còn thiếu." in page  # what was handed in before
    assert "Ghi cả &lt;tên&gt; máy." in page
    decided = decide(trainer, open_oldest(trainer), "accept", "2", "1,5", comment="Tốt.")
    assert decided.headers["Location"] == "/authoring/grading/"
    page = learner.get(PAGE).text
    assert "Nhiệm vụ đã được chấp nhận" in page
    for told in ("2/2", "1,5/3", "Tốt."):
        assert told in page, told
    assert "task-form" not in page
    assert "đã được chấp nhận" in learner.get("/").text


def test_what_is_refused_keeps_what_was_typed(learner: Visitor) -> None:
    long = "máy " * 6_000
    refused = hand_in(learner, long)
    assert refused.status_code == 422
    assert fields_of(refused.text, "task-form")["report"] == [long]
    assert "aria-invalid" in refused.text
    assert "20000 ký tự" in refused.text
    empty = hand_in(learner, " \n")
    assert (empty.status_code, "aria-invalid" in empty.text) == (422, True)
    for after in ("x", "-1", "9" * 30):
        odd = hand_in(learner, TEXT, after=after)
        assert odd.status_code in (409, 422), after
        assert fields_of(odd.text, "task-form")["report"] == [TEXT]
    assert fields_of(learner.get(PAGE).text, "task-form")["after"] == ["0"]


def test_another_window_is_seen_before_anything_is_replaced(learner: Visitor) -> None:
    early = fields_of(learner.get(PAGE).text, "task-form")
    hand_in(learner)
    late = learner.client.post(f"{PAGE}task", data=early | {"report": ["Bản ở cửa sổ khác."]})
    assert late.status_code == 409
    assert fields_of(late.text, "task-form")["report"] == ["Bản ở cửa sổ khác."]
    assert "Máy hai còn thiếu." in late.text
    again = learner.client.post(f"{PAGE}task", data=fields_of(late.text, "task-form"))
    assert again.status_code == 303
    # The same form sent twice, as by a line that dropped: nothing is doubled.
    assert learner.client.post(f"{PAGE}task", data=fields_of(late.text, "task-form")).status_code == 303
    assert learner.get(PAGE).text.count("đã thay bằng bản sau") == 1


def test_a_session_that_ended_meanwhile_gives_the_text_back(
    tasks: Flask, learner: Visitor, trainer: Visitor
) -> None:
    fields = fields_of(learner.get(PAGE).text, "task-form") | {"report": [TEXT]}
    tasks.config["CLOCK"] = lambda: system_clock() + timedelta(hours=2)
    sent = learner.client.post(f"{PAGE}task", data=fields)
    assert "held" in sent.headers["Location"]
    learner.be("learner")
    page = learner.get(f"{PAGE}?held=1").text
    assert fields_of(page, "task-form")["report"] == [TEXT]
    assert "chưa nộp" in page
    assert fields_of(learner.get(f"{PAGE}?held=1").text, "task-form")["report"] == [""]  # given back once
    assert hand_in(learner).status_code == 303
    trainer.be("trainer")
    address = open_oldest(trainer)
    data = fields_of(trainer.get(address).text, "mark") | {"comment": ["Lời dài."], "points-1": ["2"]}
    tasks.config["CLOCK"] = lambda: system_clock() + timedelta(hours=4)
    assert "held" in trainer.client.post(address, data=data | {"decision": ["accept"]}).headers["Location"]
    trainer.be("trainer")
    given = fields_of(trainer.get(f"{address}?held=1").text, "mark")
    assert (given["comment"], given["points-1"]) == (["Lời dài."], ["2"])


@pytest.mark.parametrize(
    ("decision", "points", "comment"),
    [
        ("accept", ("", "1"), "x"),
        ("accept", ("2,5", "1"), "x"),
        ("return", ("", ""), " "),
        ("", ("1", "1"), "x"),
        ("both", ("1", "1"), "x"),
    ],
)
def test_a_decision_that_is_none_keeps_what_was_typed(
    learner: Visitor, trainer: Visitor, decision: str, points: tuple[str, str], comment: str
) -> None:
    hand_in(learner)
    refused = decide(trainer, open_oldest(trainer), decision, *points, comment=comment)
    assert refused.status_code == 422
    assert 'class="fault"' in refused.text
    shown = fields_of(refused.text, "mark")
    assert (shown["points-1"], shown["points-2"]) == ([points[0]], [points[1]])
    assert shown["comment"] == [comment]
    assert "Nộp bản này thay" in learner.get(PAGE).text


def test_an_acceptance_is_not_taken_back(learner: Visitor, trainer: Visitor) -> None:
    hand_in(learner)
    address = open_oldest(trainer)
    decide(trainer, address, "accept", "2", "3")
    assert 'value="return"' not in trainer.get(address).text
    refused = decide(trainer, address, "return", comment="Thật ra còn thiếu.")
    assert refused.status_code == 422
    assert "Thật ra còn thiếu." in refused.text
    assert decide(trainer, address, "accept", "1", "3", comment="Sửa điểm.").status_code == 303
    assert "1/2" in learner.get(PAGE).text


def test_two_markers_see_each_other_and_what_is_newer(
    learner: Visitor, trainer: Visitor, visit: Visit
) -> None:
    make_person("giang-hai", DEPARTMENT_CODE, role=Role.TRAINER, name="Giảng Viên Thử Hai")
    hand_in(learner)
    address = open_oldest(trainer)
    late = visit("giang-hai")
    data = {"points-1": "1", "points-2": "1", "seen": "", "comment": "Lời của người thứ hai."}
    decide(trainer, address, "return", comment="Thiếu.")
    conflict = late.post(address, data | {"decision": "accept"}, page=address)
    assert conflict.status_code == 409
    assert "Lời của người thứ hai." in conflict.text
    assert "Thiếu." in conflict.text
    hand_in(learner, "Bản mới.")
    newer = late.client.post(address, data=fields_of(conflict.text, "mark") | {"decision": ["accept"]})
    assert newer.status_code == 409
    assert "Lời của người thứ hai." in newer.text
    assert "Bản mới." in trainer.get(open_oldest(trainer)).text


def test_names_are_shown_only_where_asked_for_and_pages_only_to_those_who_mark(
    learner: Visitor, trainer: Visitor, visit: Visit
) -> None:
    hand_in(learner)
    name = get_actor("learner").name
    address = open_oldest(trainer)
    shown = "".join(trainer.get(path).text for path in ("/authoring/grading/", LIST, address))
    assert name not in shown
    assert name in trainer.get(f"{address}?name=shown").text
    for who in ("learner", "manager", "province", "other"):
        for path in (LIST, address):
            assert visit(who).get(path).status_code == 404, (who, path)
    hand_in(trainer)
    own = address.replace("/1/", "/2/")
    assert trainer.get(own).status_code == 404
    assert trainer.post(own, {"decision": "accept"}, page="/account/").status_code == 404


def test_programs_see_the_truth_and_everybody_her_own(
    learner: Visitor, trainer: Visitor, program: Callable[..., Program]
) -> None:
    call = program("learner")
    hand_in(learner)
    decide(trainer, open_oldest(trainer), "accept", "2", "3", comment="Tốt.")

    def unit() -> Any:
        course: Any = call("GET", f"/courses/{COURSE}").json
        return next(one for one in course["units"] if one["slug"] == UNIT)

    assert unit()["state"] == "in_progress"
    learner.post(f"{PAGE}completion", {"revision": hidden(learner.get(PAGE).text, "revision")}, page=PAGE)
    assert unit()["state"] == "completed"
    kept: Any = call("GET", "/me/data").json
    assert [(one["text"], one["state"]) for one in kept["tasks"]] == [(TEXT, "accepted")]
    assert [one["comment"] for one in kept["task_marks"]] == ["Tốt."]
    given: Any = program("trainer")("GET", "/me/data").json
    assert [one["comment"] for one in given["task_marks_given"]] == ["Tốt."]
    assert given["tasks"] == []


def test_a_unit_with_a_task_costs_one_statement_more(learner: Visitor) -> None:
    hand_in(learner)
    learner.get(PAGE)
    with count_statements() as with_task:
        learner.get(PAGE)
    import_texts(task_texts("read"))
    with count_statements() as without:
        learner.get(PAGE)
    assert len(with_task) - len(without) == 1  # what was handed in; the text of the task is remembered
