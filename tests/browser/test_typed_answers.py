"""Answers that are typed: by keyboard alone, told how they were read, kept from one language to the next."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.inspection import Inspection
from tests.browser.keyboard import Keyboard
from tests.browser.site import Site, horizontal_overflow, serve, visitor
from tests.browser.world import LEARNERS, TINY_QUIZ, World
from tests.support.typed_quiz import ENGLISH, HEBREW, VIETNAMESE

pytestmark = pytest.mark.browser
EDITOR = f"/authoring/quizzes/{TINY_QUIZ}/"
TEXT, NUMBER = "[name='q-ten']", "[name='q-so']"
NOTE = "[data-note='so']"
HINT = "#q-so [name=hint]"
PHONE = {"viewport": {"width": 360, "height": 740}}
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(browser: Browser, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server, whose tiny quiz a trainer has replaced by one in which answers are typed."""
    with serve(world, tmp_path_factory.mktemp("typed")) as running:
        with visitor(browser, running, "trainer") as page:
            for language, source in (("vi", VIETNAMESE), ("en", ENGLISH), ("he", HEBREW)):
                publish(page, language, source)
        yield running


def publish(page: Page, language: str, source: str) -> None:
    """Write a language of the quiz in the editor, look at its preview, and publish it."""
    page.goto(f"{EDITOR}?language={language}")
    page.fill("[name=source]", source)
    shown = page.locator("[data-preview] input[type=text]")
    expect(shown).to_have_count(2)
    for field in shown.all():
        expect(field).to_be_disabled()
        expect(field).to_have_value("")
    page.click("[formaction*='/publish']")
    expect(page.locator("[role=status] .success")).to_be_visible()


def start(page: Page) -> None:
    """Begin an attempt."""
    page.goto(f"/quizzes/{TINY_QUIZ}/")
    page.click("[action$='/attempts'] button")
    page.wait_for_url("**/attempts/**")


def choose(page: Page, language: str) -> None:
    """Choose a language at the foot of the page."""
    page.click(f"footer [name=language][value={language}]")
    expect(page.locator("html")).to_have_attribute("lang", language)


def typed(page: Page) -> tuple[str, str, str]:
    """Return what stands in the fields, and which choice is ticked."""
    ticked = page.locator("[name='q-chon']:checked")
    return page.input_value(TEXT), page.input_value(NUMBER), ticked.get_attribute("value") or ""


def test_words_and_a_number_by_keyboard_alone(open_as: Open) -> None:
    page = open_as(LEARNERS[0])
    keys = Keyboard(page)
    start(page)
    address = page.url
    keys.write(TEXT, "Smishing.")
    keys.write(NUMBER, "1.000")
    expect(page.locator(NOTE)).to_have_text(
        "Đọc là \u2068\u20681000\u2069 ký tự\u2069"
    )  # while she rests, still in the field
    assert page.evaluate("document.activeElement.name") == "q-so"
    keys.press("Control+a")
    page.keyboard.type("1e3")
    keys.press("Enter")
    expect(page.locator(NOTE)).to_contain_text("Không đọc được thành số")
    expect(page.locator(NUMBER)).to_have_attribute("aria-invalid", "true")
    assert page.url == address
    assert page.evaluate("document.activeElement.name") == "q-so"  # Enter saved, and led nowhere
    keys.to("[name='q-chon']")
    keys.press("Space")
    keys.follow("[name=confirm][value=ask]")
    expect(page.locator("main .callout li bdi")).to_have_text("1e3")
    keys.follow("main .callout li a")
    assert page.input_value(NUMBER) == "1e3"
    keys.to(NUMBER)
    keys.press("Control+a")
    page.keyboard.type("1.000,0")
    keys.press("Shift+Tab")
    expect(page.locator(NOTE)).to_have_text("Đọc là \u2068\u20681000\u2069 ký tự\u2069")
    expect(page.locator(NUMBER)).to_have_attribute("aria-invalid", "false")
    keys.follow("[name=confirm][value=ask]")
    expect(page.locator(".score .done")).to_be_visible()
    expect(page.locator("#q-so")).to_contain_text("1.000,0")


@pytest.mark.parametrize("with_script", [True, False])
def test_answers_go_along_through_all_languages_unsaved_as_they_are(
    open_as: Open, *, with_script: bool
) -> None:
    page = open_as(LEARNERS[1 if with_script else 2], java_script_enabled=with_script, **PHONE)
    start(page)
    page.fill(TEXT, "lừa đảo qua tin nhắn")
    page.fill(NUMBER, "1.000")
    page.check("[name='q-chon'] >> nth=0")
    answers = typed(page)
    for language, question in (("en", "How long may a password be?"), ("he", "מה אורך הסיסמה המרבי?")):
        choose(page, language)
        expect(page.locator("#q-so")).to_contain_text(question)
        assert typed(page) == answers
        expect(page.locator(NOTE)).to_contain_text("1000")  # as it was meant when it was typed
        assert horizontal_overflow(page) == 0
    page.fill(NUMBER, "1,000")  # in Hebrew this is a thousand too
    if not with_script:
        page.locator(NUMBER).press("Enter")  # saves; it opens no hint that costs points
        expect(page.locator("[role=status] .success")).to_be_visible()
    expect(page.locator(HINT)).to_have_attribute("value", "so/1")
    choose(page, "vi")
    expect(page.locator(NOTE)).to_contain_text("1000")
    page.click("[name=confirm]")
    expect(page.locator(".score .done")).to_be_visible()
    expect(page.locator(".score strong")).to_have_text("100 %")


@pytest.mark.parametrize(("language", "learner"), [("vi", 3), ("en", 4), ("he", 5)])
def test_typed_answers_look_right_at_every_step(open_as: Open, language: str, learner: int) -> None:
    page = open_as(LEARNERS[learner])
    inspection = Inspection(page, language)
    start(page)
    choose(page, language)
    inspection.look("typed empty")
    page.fill(TEXT, "vishing")
    page.fill(NUMBER, "-1.000,5")
    page.locator(NUMBER).press("Enter")
    expect(page.locator(NOTE)).not_to_be_empty()
    inspection.look("typed read")
    page.fill(NUMBER, "một nghìn")
    page.locator(NUMBER).press("Enter")
    expect(page.locator(NOTE)).not_to_contain_text("1000")
    inspection.look("typed unread")
    keys = Keyboard(page)
    for number in (1, 2):
        keys.follow(HINT)
        expect(page.locator(f"#hint-so-{number} .prose")).to_be_in_viewport()
        assert page.input_value(NUMBER) == "một nghìn"
    inspection.look("typed hints")
    page.fill(NUMBER, "1000")
    page.click("[name=confirm]")
    inspection.look("typed confirm")
    page.click("[action$='/submission'] button")
    page.wait_for_selector(".score")
    inspection.look("typed review")
    assert not inspection.faults, "\n".join(inspection.faults)


def test_a_text_under_way_is_saved_before_it_is_left(open_as: Open) -> None:
    page = open_as(LEARNERS[6])
    start(page)
    page.locator(TEXT).press_sequentially("smish")
    expect(page.locator("[data-status]")).to_have_text("Đã lưu")  # nothing was pressed
    page.reload()
    assert page.input_value(TEXT) == "smish"
