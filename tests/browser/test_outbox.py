"""No answer is lost: kept on the device over closed tabs, dead lines, ended sessions and other people there."""

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from tests.browser.site import Site, sign_in
from tests.browser.test_script import expect_said, start
from tests.browser.world import LEARNERS, PASSWORD, TINY_QUIZ

pytestmark = pytest.mark.browser
FIRST = "[name='q-mot'] >> nth=0"
SECOND = "[name='q-hai'] >> nth=1"
KEPT = """() => new Promise((resolve) => {
  const request = indexedDB.open("answers");
  request.onsuccess = () => {
    const all = request.result.transaction("outbox").objectStore("outbox").getAll();
    all.onsuccess = () => resolve(all.result.map((entry) => entry.question));
  };
})"""


def in_another_tab(page: Page, address: str) -> Page:
    """Close the tab and open its address in a new one."""
    context = page.context
    page.close(run_before_unload=False)
    other = context.new_page()
    other.goto(address)
    return other


def cut_off(page: Page) -> None:
    """Let no answer reach the site, while everything else does."""
    page.context.route("**/responses", lambda route: route.abort("internetdisconnected"))


def mend(page: Page) -> None:
    page.context.unroute("**/responses")


def test_an_answer_outlives_its_tab(open_as) -> None:
    page = open_as(LEARNERS[0], offline_is_expected=True)
    start(page)
    address = page.url
    cut_off(page)
    page.check(FIRST)
    expect_said(page, "kept")
    mend(page)
    page = in_another_tab(page, address)
    expect(page.locator(FIRST)).to_be_checked()
    expect(page.locator("[data-answered]")).to_have_text("1")
    assert page.evaluate(KEPT) == []


def test_what_was_answered_before_the_script_came_is_saved_too(open_as) -> None:
    page = open_as(LEARNERS[10])
    held: list[Route] = []
    page.context.route("**/js/attempt.js", lambda route: held.append(route))  # noqa: PLW0108  (it is given attributes)
    page.goto(f"/quizzes/{TINY_QUIZ}/")
    page.click("[action$='/attempts'] button")
    page.check(FIRST)
    expect(page.locator("[data-answered]")).to_have_text("0")
    page.context.unroute("**/js/attempt.js")
    [script] = held
    script.continue_()
    expect_said(page, "saved")
    expect(page.locator("[data-answered]")).to_have_text("1")
    page.reload()
    expect(page.locator(FIRST)).to_be_checked()


def test_a_page_that_shows_what_was_kept_is_not_opened_anew(open_as) -> None:
    page = open_as(LEARNERS[9], offline_is_expected=True)
    start(page)
    cut_off(page)
    page.check(FIRST)
    expect_said(page, "kept")
    mend(page)
    loads: list[str] = []
    page.on("load", lambda _page: loads.append(_page.url))
    with page.expect_event("load"):
        page.click(".actionbar .button:not(.button-main)")  # what the outbox has goes along with the form
    expect_said(page, "saved")
    expect(page.locator(FIRST)).to_be_checked()
    page.locator(SECOND).focus()
    expect(page.locator(SECOND)).to_be_focused()
    assert page.evaluate(KEPT) == []
    assert len(loads) == 1


def test_the_last_answer_to_a_question_is_the_one_that_is_kept(open_as) -> None:
    page = open_as(LEARNERS[1], offline_is_expected=True)
    start(page)
    cut_off(page)
    for choice in (0, 1, 2):
        page.check(f"[name='q-mot'] >> nth={choice}")
        expect_said(page, "kept")
    assert page.evaluate(KEPT) == ["mot"]
    mend(page)
    page.check(SECOND)
    expect_said(page, "saved")
    page.reload()
    expect(page.locator("[name='q-mot'] >> nth=2")).to_be_checked()
    expect(page.locator(SECOND)).to_be_checked()


def test_an_answer_outlives_the_session_and_the_tab(open_as, site: Site) -> None:
    page = open_as(LEARNERS[2])
    start(page)
    address = page.url
    site.let_sessions_expire(LEARNERS[2])
    page.check(FIRST)
    expect_said(page, "signed-out")
    page = in_another_tab(page, address)
    page.wait_for_url("**/sign-in?*")
    sign_in(page, LEARNERS[2], PASSWORD)
    page.goto(address)
    expect(page.locator(FIRST)).to_be_checked()
    expect(page.locator("[data-answered]")).to_have_text("1")


def test_two_tabs_of_one_attempt_lose_nothing(open_as) -> None:
    page = open_as(LEARNERS[3])
    start(page)
    other = page.context.new_page()
    other.goto(page.url)
    page.check(FIRST)
    expect_said(page, "saved")
    other.check(SECOND)
    expect_said(other, "saved")
    page.reload()
    expect(page.locator("[data-answered]")).to_have_text("2")
    expect(page.locator("input:checked")).to_have_count(2)


def test_at_a_shared_machine_answers_wait_for_their_writer(open_as, site: Site) -> None:
    writer, other = LEARNERS[4], LEARNERS[5]
    page = open_as(writer, offline_is_expected=True)
    start(page)
    address = page.url
    cut_off(page)
    page.check(FIRST)
    expect_said(page, "kept")
    mend(page)
    site.let_sessions_expire(writer)
    page = in_another_tab(page, address)
    sign_in(page, other, PASSWORD)
    start(page)
    expect(page.locator("input:checked")).to_have_count(0)
    page.check(SECOND)
    expect_said(page, "saved")
    page.goto("/account/")
    page.click("main [data-sign-out] button")
    page.wait_for_selector(".button[href='/sign-in']")
    assert page.evaluate(KEPT) == ["mot"]
    sign_in(page, writer, PASSWORD)
    page.goto(address)
    expect(page.locator(FIRST)).to_be_checked()
    assert page.evaluate(KEPT) == []


def test_signing_out_sends_first_and_asks_where_it_cannot(open_as) -> None:
    page = open_as(LEARNERS[6], offline_is_expected=True)
    start(page)
    address = page.url
    cut_off(page)
    page.check(FIRST)
    expect_said(page, "kept")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        if dialog.type == "confirm":
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    page.goto("/account/")
    with page.expect_event("dialog"):
        page.click("main [data-sign-out] button", no_wait_after=True)
    assert asked[-1] == "confirm"
    assert page.evaluate(KEPT) == ["mot"]
    assert page.url.endswith("/account/")
    mend(page)
    page.click("main [data-sign-out] button")
    page.wait_for_selector(".button[href='/sign-in']")
    assert page.evaluate(KEPT) == []
    sign_in(page, LEARNERS[6], PASSWORD)
    page.goto(address)
    expect(page.locator(FIRST)).to_be_checked()


def test_a_device_that_keeps_nothing_says_so(open_as) -> None:
    page = open_as(LEARNERS[7], offline_is_expected=True)
    page.context.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    start(page)
    cut_off(page)
    page.check(FIRST)
    expect_said(page, "waiting")
    mend(page)
    page.check(SECOND)
    expect_said(page, "saved")
    page.reload()
    expect(page.locator("[data-answered]")).to_have_text("2")


def test_an_answer_after_the_end_is_told_and_not_kept(open_as) -> None:
    page = open_as(LEARNERS[8])
    start(page)
    other = page.context.new_page()
    other.goto(page.url)
    other.click("[name=confirm]")
    other.click("main form button")
    other.wait_for_selector(".score")
    page.check(FIRST)
    expect_said(page, "closed")
    assert page.evaluate(KEPT) == []
    other.goto(f"/quizzes/{TINY_QUIZ}/")
    expect(other.locator("tbody tr")).to_have_count(1)
