"""A text and a task from writing to marks, as learner and trainer see them, by keyboard; on a live server."""

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from learning.domain.permissions import Role
from learning.organizations.services import DEPARTMENT_CODE
from tests.browser.inspection import LANGUAGES, Inspection
from tests.browser.site import sign_in
from tests.support import factories, tasks
from tests.support.browser import window
from tests.support.essays import QUESTION, QUIZ, essay_texts

pytestmark = pytest.mark.browser
TASK = f"/courses/{tasks.COURSE}/{tasks.UNIT}/"
TEXT = "Các đồng chí chú ý: sáng nay có thư giả mạo phòng kế toán.\n\nKhông bấm vào liên kết; báo ngay cho văn phòng."


@pytest.fixture
def address(app: Flask, request: pytest.FixtureRequest) -> str:
    """The address of a site with the quiz that asks for a text, a trainer, and a learner for each language."""
    factories.make_organizations()
    factories.import_texts(essay_texts() | tasks.task_texts())
    factories.make_person("giang", DEPARTMENT_CODE, role=Role.TRAINER, password=factories.PASSWORD)
    for language in LANGUAGES:
        factories.make_person(f"hoc-{language}", password=factories.PASSWORD)
    server: Any = request.getfixturevalue("live_server")
    return f"http://{server.host}:{server.port}"


def enter(context: BrowserContext, username: str, language: str) -> Inspection:
    page = context.new_page()
    sign_in(page, username, factories.PASSWORD)
    page.goto("/")
    page.click(f"footer [name=language][value={language}]")
    return Inspection(page, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_written_marked_and_read_about(address: str, browser: Browser, language: str) -> None:
    options = {"base_url": address, "reduced_motion": "reduce"}
    with window(browser, **options) as pupil, window(browser, **options) as desk:
        learner, trainer = enter(pupil, f"hoc-{language}", language), enter(desk, "giang", language)
        trainer.look("marking, nothing waits", "/authoring/grading/")
        write(learner)
        learner.look("review, being marked")
        trainer.look("marking", "/authoring/grading/")
        trainer.look("answers to mark", f"/authoring/grading/{QUIZ}/{QUESTION}/")
        mark(trainer)
        trainer.page.wait_for_url("**/authoring/grading/")
        trainer.look("marking, done")
        learner.look("home with news", "/")
        learner.page.click("main .entries a")
        learner.page.wait_for_url("**/attempts/**")
        learner.look("review, marked")
        hand_in(learner, "Máy một đã cập nhật.")
        learner.look("task, handed in")
        trainer.look("marking, a task", "/authoring/grading/")
        send_back(trainer)
        learner.look("home with a task returned", "/")
        learner.page.click("main .entries a[href$='#hand-in']")
        learner.page.wait_for_url("**/#hand-in")
        learner.look("task, returned")
        hand_in(learner, "Máy một đã cập nhật.\n\nMáy hai còn thiếu.")
        accept(trainer)
        learner.look("task, accepted", TASK)
    assert not learner.faults + trainer.faults, "\n".join(learner.faults + trainer.faults)


def write(learner: Inspection) -> None:
    """Write the text and submit it."""
    page = learner.page
    page.goto(f"/quizzes/{QUIZ}/")
    page.click("main form button")
    page.wait_for_selector("textarea")
    page.locator("textarea").press_sequentially("Một bản nháp.")
    page.fill("textarea", TEXT)
    learner.look("attempt with a text")
    assert page.input_value("textarea") == TEXT
    page.click("[formaction$='/submission']")
    page.wait_for_selector("input[name=confirm][value=yes]", state="attached")
    page.click("main form button")
    page.wait_for_selector(".written")


def mark(trainer: Inspection) -> None:
    """Mark the oldest answer by keyboard, after sending points that do not fit."""
    page = trainer.page
    page.click("main .button-main")
    page.wait_for_url("**/authoring/grading/answers/**")
    trainer.look("answer to mark")
    first = page.locator("[name=points-1]")
    first.focus()
    type_points(page, "9", "2", "1")
    page.wait_for_selector("[aria-invalid=true]")
    trainer.look("answer to mark, refused")
    assert page.input_value("[name=comment]") == "Tốt, nhưng còn thiếu nơi báo cáo."
    page.fill("[name=comment]", "")
    first.focus()
    page.keyboard.press("Control+A")
    type_points(page, "1.5" if trainer.language == "en" else "1,5", "", "")


def hand_in(learner: Inspection, text: str) -> None:
    """Hand a text in for the task, by keyboard."""
    page = learner.page
    page.goto(TASK)
    page.locator("#report").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")


def send_back(trainer: Inspection) -> None:
    """Return the task, first without a reason."""
    page = trainer.page
    page.goto(f"/authoring/grading/tasks/{tasks.COURSE}/{tasks.UNIT}/")
    trainer.look("tasks to mark")
    page.click("main .button-main")
    page.wait_for_url("**/authoring/grading/tasks/*/")
    page.locator("[value=return]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[aria-invalid=true]")
    trainer.look("task to mark, no reason")
    page.fill("[name=comment]", "Còn máy hai.")
    page.locator("[value=return]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/authoring/grading/")


def accept(trainer: Inspection) -> None:
    """Accept the task, in whose page the returned one stands too."""
    page = trainer.page
    page.goto(f"/authoring/grading/tasks/{tasks.COURSE}/{tasks.UNIT}/")
    page.click("main .button-main")
    page.wait_for_url("**/authoring/grading/tasks/*/")
    page.click("main details summary")
    trainer.look("task to mark, handed in again")
    page.locator("[name=points-1]").focus()
    for points in ("2", "1.5" if trainer.language == "en" else "1,5"):
        page.keyboard.type(points)
        page.keyboard.press("Tab")
    page.locator("[value=accept]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/authoring/grading/")


def type_points(page: Page, *points: str) -> None:
    """Type points from the field that has the focus on, then a comment, and send the form by the Enter key."""
    for one in points:
        page.keyboard.type(one)
        page.keyboard.press("Tab")
    page.keyboard.type("Tốt, nhưng còn thiếu nơi báo cáo.")
    page.keyboard.press("Tab")  # the second look
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
