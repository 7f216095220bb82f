"""Without a line of JavaScript the whole job can be done: a quiz to its review, a text to its readers."""

import pytest
from playwright.sync_api import expect

from tests.browser.site import Site
from tests.browser.world import LEARNERS, SECOND_TRAINER, TINY_COURSE, TINY_QUIZ, TINY_QUIZ_UNIT, TINY_UNIT

pytestmark = pytest.mark.browser
PLAIN = {"java_script_enabled": False}
EDITOR = f"/authoring/courses/{TINY_COURSE}/{TINY_UNIT}/"
SAVE = "[data-autosave] .button:not(.button-main)"


def tick(page, question: str, values: frozenset[str]) -> None:
    """Tick what is right and untick the rest."""
    page.wait_for_load_state()  # or `all` would find what has come so far
    for field in page.locator(f"[name='q-{question}']").all():
        if field.get_attribute("value") in values:
            field.check()
        elif field.get_attribute("type") == "checkbox":
            field.uncheck()


def test_a_quiz_from_its_start_to_the_next_unit(open_as, site: Site) -> None:
    right = site.world.right[TINY_QUIZ]
    page = open_as(LEARNERS[0], **PLAIN)
    page.goto(f"/courses/{TINY_COURSE}/{TINY_QUIZ_UNIT}/")
    page.click(f"main a[href='/quizzes/{TINY_QUIZ}/']")
    page.click("[action$='/attempts'] button")
    tick(page, "mot", right["mot"])
    page.click(SAVE)
    expect(page.locator("[role=status] .success")).to_be_visible()
    expect(page.locator("input:checked")).to_have_count(1)
    tick(page, "ba", right["ba"])
    page.click("[name=confirm]")
    missing = page.locator("main .callout a")
    expect(missing).to_have_count(1)
    missing.click()
    expect(page.locator("input:checked")).to_have_count(3)  # nothing of what was ticked is lost
    tick(page, "hai", right["hai"])
    page.click("[name=confirm]")
    expect(page.locator(".score .done")).to_be_visible()
    page.click(f"main .panel a[href='/courses/{TINY_COURSE}/']")
    expect(page.locator(".contents .state.done")).to_have_count(1)


def test_a_submission_with_gaps_is_asked_once_and_then_taken(open_as, site: Site) -> None:
    page = open_as(LEARNERS[1], **PLAIN)
    page.goto(f"/quizzes/{TINY_QUIZ}/")
    page.click("[action$='/attempts'] button")
    page.click("[name=confirm]")
    expect(page.locator("main .callout a")).to_have_count(3)
    page.click("[action$='/submission'] button")
    expect(page.locator(".score .wrong")).to_be_visible()


def test_a_text_is_previewed_corrected_and_published(open_as) -> None:
    page = open_as("trainer", **PLAIN)
    page.goto(EDITOR)
    source = page.input_value("[name=source]")
    page.fill("[name=source]", source.replace("completion: read", "completion: doc"))
    page.click("[formaction*='/preview']")
    expect(page.locator("[data-findings] .wrong")).to_have_count(1)
    page.click("[formaction*='/publish']")
    expect(page.locator("[role=status] .error")).to_be_visible()
    assert "completion: doc" in page.input_value("[name=source]")
    page.fill("[name=source]", source + "\nCâu không cần chữ động.\n")
    page.click("[formaction*='/preview']")
    expect(page.locator("[data-preview]")).to_contain_text("Câu không cần chữ động.")
    page.fill("[name=note]", "không có chữ động")
    page.check("[name=effect][value=reread]")
    page.click("[formaction*='/publish']")
    expect(page.locator("[role=status] .success")).to_be_visible()

    reader = open_as(LEARNERS[2], **PLAIN)
    reader.goto(f"/courses/{TINY_COURSE}/{TINY_UNIT}/")
    expect(reader.locator(".prose")).to_contain_text("Câu không cần chữ động.")


def test_two_trainers_keep_both_texts(open_as) -> None:
    editor = f"/authoring/courses/{TINY_COURSE}/them-thu/"
    mine, theirs = open_as("trainer", **PLAIN), open_as(SECOND_TRAINER, **PLAIN)
    for page, sentence in ((mine, "Câu của tôi."), (theirs, "Câu của người khác.")):
        page.goto(editor)
        page.fill("[name=source]", page.input_value("[name=source]") + f"\n{sentence}\n")
    theirs.click("[formaction*='/draft']")
    mine.click("[formaction*='/publish']")
    expect(mine.locator(".diff")).to_be_visible()
    assert "Câu của tôi." in mine.input_value("[name=source]")
    assert "Câu của người khác." in mine.locator("#theirs").input_value()
    mine.click("[formaction*='/publish']")  # she has seen theirs and publishes hers
    expect(mine.locator("[role=status] .success")).to_be_visible()
    mine.goto(f"{editor}revisions/2/")
    assert "Câu của người khác." in mine.locator("textarea").input_value()


def test_the_buttons_that_need_a_script_do_not_show(open_as) -> None:
    page = open_as("province", **PLAIN)
    page.goto("/reports/")
    page.click("tbody a")
    expect(page.locator("[data-print]")).to_be_hidden()
