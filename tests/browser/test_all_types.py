"""A question of every type: by keyboard, by touch, without scripts, from right to left."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from learning.config import ROOT
from learning.domain.content import QuizFile
from learning.domain.questions.registry import TYPES
from learning.formats.bundle import write_bundle
from learning.formats.quiz import parse_quiz
from tests.browser.inspection import LANGUAGES, Inspection
from tests.browser.keyboard import Keyboard
from tests.browser.site import Site, serve
from tests.browser.world import LEARNERS, World
from tests.support import factories
from tests.support.all_types import COURSE, QUIZ, WRITTEN, all_types_texts

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server with a question of every type."""
    folder = tmp_path_factory.mktemp("types")
    bundle = folder / "bundle.zip"
    bundle.write_bytes(write_bundle(factories.files_of(all_types_texts(with_essay=True))))
    with serve(world, folder) as running:
        command = [
            sys.executable,
            "-m",
            "flask",
            "--app",
            "wsgi",
            "content",
            "import",
            str(bundle),
        ]
        settings = {
            "DATA_DIR": str(running.data),
            "SECRET_KEY": "only-for-this-command-of-the-test-0123456789",
        }
        subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True)
        yield running


@pytest.fixture(scope="module")
def quiz() -> QuizFile:
    """The quiz with its key."""
    source = all_types_texts(with_essay=True)[f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"]
    parsed = parse_quiz(source, file="", language="vi").value
    assert parsed is not None
    return parsed


def start(page: Page) -> str:
    """Begin an attempt and return its address."""
    page.goto(f"/quizzes/{QUIZ}/")
    page.click("[action$='/attempts'] button")
    page.wait_for_url("**/attempts/**")
    page.wait_for_load_state()
    return page.url


def submit(page: Page) -> None:
    """Submit, say that it is meant where the site asks, and see the result."""
    page.click("main [name=confirm]")
    asked = page.locator("form:has([name=confirm][value=yes]) button")
    expect(asked.or_(page.locator(".score"))).to_be_visible()
    if asked.count():
        asked.click()
    expect(page.locator(".score")).to_be_visible()


def see_result(page: Page) -> None:
    """See that everything is right, and that the text waits to be marked."""
    expect(page.locator(".score")).to_contain_text("88 %")  # 16 of 18 points
    expect(page.locator("#q-viet")).to_contain_text("Đang chấm")


def right(quiz: QuizFile, name: str) -> Any:
    question = quiz.question(name)
    if question.type == "essay":
        return WRITTEN
    return TYPES[question.type].right_response(question.answer)


def test_all_types_by_keyboard_alone(open_as: Open, quiz: QuizFile) -> None:
    page = open_as(LEARNERS[0])
    keys = Keyboard(page)
    start(page)
    for question in quiz.questions:
        response = right(quiz, question.id)
        field = f"[name='q-{question.id}']"
        if question.type == "essay":
            keys.write(f"textarea{field}", WRITTEN)
        elif question.type in ("single", "truefalse", "multiple", "text", "numeric"):
            keys.answer(question.id, frozenset([response] if isinstance(response, str) else response))
        elif question.type == "match":
            right_of = {pair.key: pair.right for pair in question.answer.pairs}
            names = page.locator(f"[name^='q-{question.id}-']").evaluate_all(
                "all => all.map((one) => one.name)"
            )
            for name in names:
                choose(keys, f"[name='{name}']", right_of[name.rpartition("-")[2]])
        elif question.type == "order":
            keep_order(keys, page)
            for place, key in enumerate(right(quiz, question.id), start=1):
                move_to(keys, page, f".step:has(input[value='{key}'])", place)
        elif question.type == "cloze":
            keys.write(f"[name='q-{question.id}-1']", "2fa")
            keys.write(f"[name='q-{question.id}-2']", "6")
            choose(keys, f"[name='q-{question.id}-3']", question.answer.gaps[2].answer.right[0])
        else:
            for key in response or ("none",):
                keys.to(f"{field}[value='{key}']")
                keys.press("Space")
    expect(page.locator("[data-answered]")).to_have_text(str(len(quiz.questions)))
    expect(page.locator("[data-status]")).to_contain_text("Đã lưu")
    submit(page)
    see_result(page)


def choose(keys: Keyboard, selector: str, value: str) -> None:
    """Choose from a list with the arrow keys."""
    keys.to(selector)
    values = keys.page.locator(f"{selector} option").evaluate_all("all => all.map((one) => one.value)")
    keys.press(*["ArrowDown"] * values.index(value))
    expect(keys.page.locator(selector)).to_have_value(value)


def keep_order(keys: Keyboard, page: Page) -> None:
    """Take the steps as they stand, which may be right by chance: only then has the question an answer."""
    places = page.locator("[data-steps] select")
    for place in places.all():
        expect(place).to_have_value("")
    keys.to("[data-steps] + button")
    keys.press("Enter")
    for number, place in enumerate(places.all(), start=1):
        expect(place).to_have_value(str(number))
    expect(page.locator("[data-steps] + button")).to_be_hidden()
    expect(places.first).to_be_focused()


def move_to(keys: Keyboard, page: Page, step: str, place: int) -> None:
    """Move a step up or down by its buttons until it stands at its place."""
    for _press in range(10):
        here = page.locator(step).evaluate("(step) => [...step.parentElement.children].indexOf(step) + 1")
        if here == place:
            break
        by = "button:nth-of-type(1)" if here > place else "button:nth-of-type(2)"
        page.locator(f"{step} {by}").focus()
        keys.press("Enter")
    expect(page.locator(f"{step} select")).to_have_value(str(place))


def fill(page: Page, quiz: QuizFile, *, tap: bool = False) -> None:
    """Give all right answers by the fields of the form alone."""
    press = (lambda found: found.tap()) if tap else (lambda found: found.click())
    for question in quiz.questions:
        response = right(quiz, question.id)
        name = f"q-{question.id}"
        if question.type in ("single", "truefalse", "multiple", "hottext"):
            for key in [response] if isinstance(response, str) else response or ("none",):
                press(page.locator(f"label:has([name='{name}'][value='{key}'])"))
        elif isinstance(response, str):
            page.fill(f"[name='{name}']", response)
        elif isinstance(response, tuple):
            for place, key in enumerate(response, start=1):
                page.select_option(f"[name='{name}-pos-{key}']", str(place))
        else:
            for key, value in response.items():
                field = page.locator(f"[name='{name}-{key}']")
                if field.evaluate("(field) => field.localName") == "select":
                    field.select_option(value)
                else:
                    field.fill(value)


def test_all_types_by_touch_on_a_phone(open_as: Open, quiz: QuizFile) -> None:
    page = open_as(LEARNERS[1], **PHONE)
    address = start(page)
    fill(page, quiz, tap=True)
    page.locator("h1").tap()  # leave the last field
    expect(page.locator("[data-answered]")).to_have_text(str(len(quiz.questions)))
    expect(page.locator("[data-status]")).to_contain_text("Đã lưu")
    page.goto(address)
    submit(page)
    see_result(page)


def test_all_types_without_scripts(open_as: Open, quiz: QuizFile) -> None:
    page = open_as(LEARNERS[2], java_script_enabled=False)
    address = start(page)
    fill(page, quiz)
    page.click("[action$='/responses'] .button:not(.button-main)")
    page.wait_for_url(address)
    submit(page)
    see_result(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_types_look_well(open_as: Open, quiz: QuizFile, language: str) -> None:
    page = open_as(LEARNERS[3 + LANGUAGES.index(language)])
    start(page)
    page.click(f"footer [name=language][value={language}]")
    expect(page.locator("html")).to_have_attribute("lang", language)
    see = Inspection(page, language)
    see.look("all types, unanswered")
    fill(page, quiz)
    saved = page.locator("#attempt").get_attribute("data-saved") or ""
    expect(page.locator("[data-status]")).to_have_text(saved)  # else the page sends the rest, and opens anew
    page.reload()
    see.look("all types, answered")
    page.locator(".part input").first.uncheck()
    page.locator("select[name^='q-ghep-']").first.select_option(index=1)
    page.locator("input.gap").last.fill("sáu")
    submit(page)
    see.look("all types, reviewed")
    assert not see.faults, "\n".join(see.faults)


def test_the_time_left_is_told_calmly_and_its_end_submits(open_as: Open, quiz: QuizFile) -> None:
    page = open_as(LEARNERS[6])
    page.clock.install()
    start(page)
    left, aloud = page.locator("[data-left]"), page.locator("[data-deadline] [role=status]")
    expect(left).to_have_text("Còn 45 phút")
    page.clock.fast_forward("10:30")
    expect(left).to_have_text("Còn 35 phút")
    expect(aloud).to_have_text("")
    page.clock.fast_forward("25:00")
    expect(left).to_have_text("Còn 10 phút")
    expect(aloud).to_have_text("Còn 10 phút")
    page.clock.fast_forward("01:00")
    expect(left).to_have_text("Còn 9 phút")
    expect(aloud).to_have_text("Còn 10 phút")  # it is not said again and again
    question = next(one for one in quiz.questions if one.type == "single")
    page.click(f"label:has([name='q-{question.id}'][value='{question.answer.right[0]}'])")
    expect(left).to_have_text("Còn 45 phút")  # the answer brought the time of the site, where none has passed
    page.clock.fast_forward("46:00")
    expect(page.locator(".score")).to_contain_text("5 %")  # of all, for the one that was answered
