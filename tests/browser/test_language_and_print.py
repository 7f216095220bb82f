"""Other languages and other media: switching while at work, a mirrored page, large text, a sheet of paper."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Site, horizontal_overflow
from tests.browser.world import COURSE, LEARNERS, TINY_COURSE, TINY_QUIZ, TINY_UNIT

pytestmark = pytest.mark.browser
REPORT = f"/reports/courses/{COURSE}/"


def choose(page: Page, language: str) -> None:
    """Choose a language at the foot of the page."""
    page.click(f"footer [name=language][value={language}]")
    expect(page.locator("html")).to_have_attribute("lang", language)


def left(page: Page, selector: str) -> float:
    """Return where the first such element begins, from the left edge."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"]


@pytest.mark.parametrize("with_script", [True, False])
def test_another_language_in_the_middle_of_a_quiz_keeps_the_answers(open_as, with_script: bool) -> None:
    page = open_as(LEARNERS[0 if with_script else 1], java_script_enabled=with_script)
    page.goto(f"/quizzes/{TINY_QUIZ}/")
    page.click("[action$='/attempts'] button")
    page.check("[name='q-mot'] >> nth=1")
    chosen = page.locator("[name='q-mot']:checked").get_attribute("value")
    if with_script:
        expect(page.locator("[data-answered]")).to_have_text("1")
    else:
        page.click("[data-autosave] .button:not(.button-main)")
    choose(page, "he")
    assert page.locator("[name='q-mot']:checked").get_attribute("value") == chosen
    page.click("[name=confirm]")
    expect(page.locator("main .callout a")).to_have_count(2)
    choose(page, "en")  # on a page that answered a POST
    assert page.locator("[name='q-mot']:checked").get_attribute("value") == chosen


@pytest.mark.parametrize(("start", "end"), [("/?lang=he", "en"), ("/courses/?a=1&lang=en", "vi")])
def test_a_choice_counts_more_than_the_language_in_the_address(open_as, start: str, end: str) -> None:
    page = open_as(LEARNERS[2])
    page.goto(start)
    choose(page, end)
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", end)


def test_another_language_on_the_page_of_a_refused_text(open_as) -> None:
    page = open_as("trainer")
    page.goto(f"/authoring/courses/{TINY_COURSE}/{TINY_UNIT}/")
    page.click("[formaction*='/preview']")
    page.wait_for_url("**/preview?*")
    choose(page, "en")
    expect(page.locator("[name=source]")).to_be_visible()


def test_hebrew_is_mirrored_and_the_text_is_not(open_as) -> None:
    page = open_as(LEARNERS[3])
    page.goto(f"/courses/{COURSE}/doc-duong-dan/?lang=en")
    brand, aside = left(page, ".brand"), left(page, ".aside")
    page.goto(f"/courses/{COURSE}/doc-duong-dan/?lang=he")
    assert left(page, ".brand") > brand + 500
    assert left(page, ".aside") < aside - 500
    text = page.locator(".prose").first
    expect(text).to_have_attribute("dir", "ltr")
    expect(text).to_have_attribute("lang", "vi")


@pytest.mark.parametrize("language", ["vi", "en", "he"])
def test_large_text_does_not_break_the_page(open_as, language: str) -> None:
    page = open_as("admin", viewport={"width": 360, "height": 800})
    for path in (
        "/",
        f"/courses/{COURSE}/",
        f"/courses/{COURSE}/doc-duong-dan/",
        "/authoring/",
        f"/authoring/courses/{TINY_COURSE}/{TINY_UNIT}/",
        REPORT,
        "/assignments/",
        "/account/",
    ):
        page.goto(f"{path}?lang={language}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert horizontal_overflow(page) == 0, path
        assert page.evaluate("""() => {
            const boxes = [...document.querySelectorAll(".masthead a, .masthead summary")]
              .filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect());
            return boxes.every((a, i) => boxes.slice(i + 1).every((b) =>
              a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1));
        }"""), f"{path}: parts of the header overlap"


def test_a_report_prints_as_a_sheet_to_sign(open_as, site: Site) -> None:
    page = open_as("province")
    page.goto(f"{REPORT}?as_of=2026-11-20")
    expect(page.locator(".signatures")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".sheet-head")).to_contain_text("20/11/2026")
    expect(page.locator(".sheet-head")).to_contain_text("Quản lý tỉnh Thử Nghiệm")
    expect(page.locator(".signatures")).to_be_visible()
    expect(page.locator(".signatures")).to_contain_text("Quản lý tỉnh Thử Nghiệm")
    for hidden in (".masthead", ".footer", ".crumbs", ".tools", "[data-print]"):
        expect(page.locator(hidden).first).to_be_hidden()
    assert page.locator("tbody tr").last.is_visible()
    assert page.locator(".tall").evaluate("(part) => part.scrollHeight - part.clientHeight") <= 1
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_a_unit_prints_without_its_surroundings(open_as) -> None:
    page = open_as(LEARNERS[4], color_scheme="dark")
    page.goto(f"/courses/{COURSE}/doc-duong-dan/")
    page.emulate_media(media="print")
    for hidden in (".masthead", ".footer", ".crumbs", ".neighbors", "[action$='/completion']"):
        expect(page.locator(hidden).first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
