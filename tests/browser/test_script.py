"""What the three scripts add: answers kept at once and over a broken line, a living preview, a print button."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.site import Site
from tests.browser.world import LEARNERS, PASSWORD, SECOND_TRAINER, TINY_COURSE, TINY_QUIZ, TINY_UNIT

pytestmark = pytest.mark.browser
EDITOR = f"/authoring/courses/{TINY_COURSE}/{TINY_UNIT}/"
SAVED = "[data-autosave]"


def say(page: Page, name: str) -> str:
    """Return a sentence that the page brought along for its script."""
    return page.locator(SAVED).get_attribute(f"data-{name}") or ""


def start(page: Page) -> None:
    """Begin an attempt at the tiny quiz."""
    page.goto(f"/quizzes/{TINY_QUIZ}/")
    page.click("[action$='/attempts'] button")
    page.wait_for_url("**/attempts/**")


def expect_said(page: Page, name: str) -> None:
    """Wait until the page says so."""
    expect(page.locator("[data-status]")).to_have_text(say(page, name))


def stay(page: Page) -> list[str]:
    """Answer "stay" whenever the page asks whether to leave it; return the list of what was asked."""
    asked: list[str] = []

    def decide(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", decide)
    return asked


def press_and_stay(page: Page, button: str) -> None:
    """Press a button of a form and wait until the page's script has kept the form from being sent."""
    page.evaluate("window.addEventListener('submit', (event) => { window.isKept = event.defaultPrevented; })")
    page.click(button, no_wait_after=True)
    page.wait_for_function("window.isKept === true")


def test_an_answer_is_kept_at_once(open_as) -> None:
    page = open_as(LEARNERS[0])
    start(page)
    page.check("[name='q-mot'] >> nth=1")
    chosen = page.locator("[name='q-mot']:checked").get_attribute("value")
    expect_said(page, "saved")
    expect(page.locator("[data-answered]")).to_have_text("1")
    page.reload()
    assert page.locator("[name='q-mot']:checked").get_attribute("value") == chosen
    page.check("[name='q-ba'] >> nth=0")
    expect_said(page, "saved")
    page.uncheck("[name='q-ba'] >> nth=0")
    expect_said(page, "saved")
    expect(page.locator("[data-answered]")).to_have_text("1")
    page.reload()
    expect(page.locator("input:checked")).to_have_count(1)


def test_the_newest_of_quick_answers_counts(open_as) -> None:
    page = open_as(LEARNERS[1])
    start(page)
    values = [radio.get_attribute("value") for radio in page.locator("[name='q-mot']").all()]
    page.locator("[name='q-mot'] >> nth=0").focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    chosen = page.locator("[name='q-mot']:checked").get_attribute("value")
    assert chosen in values
    expect_said(page, "saved")
    page.reload()
    assert page.locator("[name='q-mot']:checked").get_attribute("value") == chosen


def test_answers_given_without_a_line_are_sent_when_it_is_back(open_as) -> None:
    page = open_as(LEARNERS[2], offline_is_expected=True)
    start(page)
    page.context.set_offline(True)
    page.check("[name='q-mot'] >> nth=0")
    expect_said(page, "kept")
    page.check("[name='q-hai'] >> nth=1")
    expect_said(page, "kept")
    page.context.set_offline(False)
    expect_said(page, "saved")
    expect(page.locator("[data-answered]")).to_have_text("2")
    page.reload()
    expect(page.locator("input:checked")).to_have_count(2)


def test_a_button_pressed_without_a_line_leaves_the_answers_on_the_page(open_as) -> None:
    page = open_as(LEARNERS[6], offline_is_expected=True)
    start(page)
    address = page.url
    page.context.set_offline(True)
    page.check("[name='q-mot'] >> nth=0")
    expect_said(page, "kept")
    for button in ("[data-autosave] .button:not(.button-main)", "[name=confirm]"):
        press_and_stay(page, button)
        expect_said(page, "kept")
        assert page.url == address
    page.context.set_offline(False)
    expect_said(page, "saved")
    page.click("[name=confirm]")
    expect(page.locator("main .callout a")).to_have_count(2)


def test_a_second_click_on_submit_changes_nothing(open_as) -> None:
    page = open_as(LEARNERS[7])
    start(page)
    page.dblclick("[name=confirm]")
    page.wait_for_selector("[name=confirm][value=yes]", state="attached")
    page.dblclick("[action$='/submission'] button")
    page.wait_for_selector(".score")
    page.goto(f"/quizzes/{TINY_QUIZ}/")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_leaving_with_unsent_answers_is_warned_of_and_submitting_is_not(open_as) -> None:
    page = open_as(LEARNERS[3], offline_is_expected=True)
    warnings = stay(page)
    start(page)
    address = page.url
    page.context.set_offline(True)
    page.check("[name='q-mot'] >> nth=0")
    expect_said(page, "kept")
    with page.expect_event("dialog"):
        page.locator(".brand").click(no_wait_after=True)
    assert warnings == ["beforeunload"]
    assert page.url == address
    page.context.set_offline(False)
    expect_said(page, "saved")
    for question in ("hai", "ba"):
        page.check(f"[name='q-{question}'] >> nth=0")
    page.click("[name=confirm]")
    page.wait_for_selector(".score")
    assert warnings == ["beforeunload"]


def test_answers_given_right_before_submitting_count(open_as, site: Site) -> None:
    right = site.world.right[TINY_QUIZ]
    page = open_as(LEARNERS[4])
    start(page)
    for question, values in right.items():
        for value in values:
            page.check(f"[name='q-{question}'][value='{value}']")
    page.click("[name=confirm]")
    expect(page.locator(".score .done")).to_be_visible()


def test_an_expired_session_loses_no_answer(open_as, site: Site) -> None:
    page = open_as(LEARNERS[5])
    start(page)
    page.check("[name='q-mot'] >> nth=0")
    expect_said(page, "saved")
    site.let_sessions_expire(LEARNERS[5])
    page.check("[name='q-hai'] >> nth=1")
    expect_said(page, "signed-out")
    page.click("[data-autosave] .button:not(.button-main)")
    page.wait_for_url("**/sign-in?*held=1*")
    page.fill("[name=username]", LEARNERS[5])
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    expect(page.locator("[role=status] .success")).to_be_visible()
    expect(page.locator("[data-answered]")).to_have_text("2")
    expect(page.locator("input:checked")).to_have_count(2)


def test_an_expired_session_loses_no_text(open_as, site: Site) -> None:
    page = open_as(SECOND_TRAINER)
    page.goto(EDITOR)
    page.fill("[name=source]", page.input_value("[name=source]") + "\nViết lúc phiên đã hết.\n")
    site.let_sessions_expire(SECOND_TRAINER)
    page.click("[formaction*='/publish']")
    page.wait_for_url("**/sign-in?*held=1*")
    page.fill("[name=username]", SECOND_TRAINER)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    expect(page.locator("[role=status] .warning")).to_be_visible()
    assert "Viết lúc phiên đã hết." in page.input_value("[name=source]")
    stay(page)
    with page.expect_event("dialog"):  # it is not saved yet
        page.locator(".brand").click(no_wait_after=True)
    page.click("[formaction*='/publish']")
    expect(page.locator("[role=status] .success")).to_be_visible()


def test_the_preview_lives_and_findings_lead_to_their_lines(open_as) -> None:
    page = open_as("trainer")
    page.goto(EDITOR)
    source = page.input_value("[name=source]")
    page.fill("[name=source]", source + "\n## Nhìn thấy ngay\n")
    expect(page.locator("[data-preview] h2", has_text="Nhìn thấy ngay")).to_be_visible()
    broken = source.replace("minutes: 5", "minutes: năm")
    page.fill("[name=source]", broken)
    finding = page.locator("[data-findings] [data-line]")
    expect(finding).to_have_count(1)
    finding.click()
    line = int(finding.get_attribute("data-line") or 0)
    caret = page.locator("[name=source]").evaluate("(field) => field.selectionStart")
    assert broken[:caret].count("\n") + 1 == line
    assert broken.splitlines()[line - 1] == "minutes: năm"
    assert page.evaluate("document.activeElement.name") == "source"
    page.fill("[name=source]", source)
    expect(finding).to_have_count(0)


def test_a_text_outlives_a_broken_line(open_as) -> None:
    page = open_as("trainer", offline_is_expected=True)
    page.goto(EDITOR)
    source = page.input_value("[name=source]")
    page.context.set_offline(True)
    page.fill("[name=source]", "mất mạng")
    words = page.locator("[data-editor]").get_attribute("data-offline") or ""
    expect(page.locator("[data-findings]")).to_have_text(words)
    press_and_stay(page, "[formaction*='/draft']")
    assert page.input_value("[name=source]") == "mất mạng"
    assert page.url.endswith(EDITOR)
    page.context.set_offline(False)
    page.click("[formaction*='/draft']")
    expect(page.locator("[role=status] .success")).to_be_visible()
    assert page.input_value("[name=source]") == "mất mạng"
    page.fill("[name=source]", source)
    page.click("[formaction*='/draft']")
    expect(page.locator("[role=status] .success")).to_be_visible()


def test_a_quiz_being_written_is_previewed(open_as) -> None:
    page = open_as("trainer")
    page.goto(f"/authoring/quizzes/{TINY_QUIZ}/")
    expect(page.locator("[data-preview] fieldset")).to_have_count(3)
    source = page.input_value("[name=source]")
    page.fill("[name=source]", source.replace("Số nào lớn nhất?", "Số nào bé nhất?"))
    expect(page.locator("[data-preview]")).to_contain_text("Số nào bé nhất?")
    expect(page.locator("[data-preview] input:enabled")).to_have_count(0)


def test_leaving_an_unsaved_text_is_warned_of_and_saving_it_is_not(open_as) -> None:
    page = open_as("trainer")
    warnings = stay(page)
    page.goto(EDITOR)
    page.fill("[name=source]", page.input_value("[name=source]") + "\nChưa lưu.\n")
    with page.expect_event("dialog"):
        page.locator(".brand").click(no_wait_after=True)
    assert page.url.endswith(EDITOR)
    page.click("[formaction*='/preview']")
    page.wait_for_url("**/preview?*")
    with page.expect_event("dialog"):  # a preview saves nothing
        page.locator(".brand").click(no_wait_after=True)
    assert len(warnings) == 2
    page.click("[formaction*='/draft']")
    expect(page.locator("[role=status] .success")).to_be_visible()
    page.goto("/")
    assert warnings == ["beforeunload", "beforeunload"]


def test_the_print_button_shows_with_its_script(open_as) -> None:
    page = open_as("province")
    page.goto("/reports/")
    page.click("tbody a")
    expect(page.locator("[data-print]")).to_be_visible()
