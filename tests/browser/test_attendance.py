"""Marking attendance on a phone: by keyboard, without a line, and with another marker at the same time."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspection import LANGUAGES
from tests.browser.keyboard import Keyboard
from tests.browser.test_outbox import KEPT
from tests.browser.world import LEARNERS, SESSION

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
ADDRESS = f"/classrooms/{SESSION}/attendance"


def row(page: Page, username: str) -> str:
    """Return the selector of a person's row."""
    name = f"Người Thử {username}"
    found = page.locator("[data-attendee]").filter(has=page.get_by_text(name, exact=True)).get_attribute("id")
    return f"#{found}"


def pressed(page: Page, where: str, presence: str, *, is_pressed: bool = True) -> None:
    button = page.locator(f"{where} [data-presence={presence}]")
    expect(button).to_have_attribute("aria-pressed", "true" if is_pressed else "false")


def said(page: Page, name: str) -> None:
    sentence = page.locator("form[data-attendance]").get_attribute(f"data-{name}")
    assert sentence
    expect(page.locator("[data-status]")).to_have_text(sentence)


def cut_off(page: Page) -> None:
    """Let no mark reach the site, while pages do."""
    page.context.route(
        "**/attendance",
        lambda route: (
            route.abort("internetdisconnected") if route.request.method == "POST" else route.continue_()
        ),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_is_found_and_marked_by_keyboard_on_a_phone(open_as, language: str) -> None:
    page = open_as("manager", viewport=PHONE)
    page.goto(f"{ADDRESS}?lang={language}")
    username = LEARNERS[LANGUAGES.index(language)]
    where, keys = row(page, username), Keyboard(page)
    before = int(page.locator("[data-present]").inner_text())
    keys.write("#q", f"NGUOI {username}")
    expect(page.locator("[data-attendee]:visible")).to_have_count(4 if username == "thu-1" else 1)
    keys.to(f"{where} [data-presence=present]")
    keys.press("Enter")
    pressed(page, where, "present")
    said(page, "saved")
    expect(page.locator("[data-present]")).to_have_text(str(before + 1))
    keys.press("Enter")  # takes it back
    pressed(page, where, "present", is_pressed=False)
    said(page, "saved")
    keys.to(f"{where} [data-presence=absent]")
    keys.press("Space")
    said(page, "saved")
    page.goto(ADDRESS)
    pressed(page, where, "absent")
    assert page.locator(where).get_attribute("data-seen") == "3"


def test_marks_without_a_line_are_sent_once_when_it_is_back(open_as) -> None:
    page = open_as("manager", viewport=PHONE, offline_is_expected=True)
    page.goto(ADDRESS)
    one, two = row(page, LEARNERS[3]), row(page, LEARNERS[4])
    cut_off(page)
    page.click(f"{one} [data-presence=present]")
    page.click(f"{two} [data-presence=present]")
    page.click(f"{two} [data-presence=absent]")
    said(page, "kept")
    pressed(page, two, "absent")
    assert len(page.evaluate(KEPT)) == 2
    page.reload()
    pressed(page, one, "present")  # shown as it is kept
    page.context.unroute("**/attendance")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    said(page, "saved")
    assert page.evaluate(KEPT) == []
    page.reload()
    for where, presence in ((one, "present"), (two, "absent")):
        pressed(page, where, presence)
        assert page.locator(where).get_attribute("data-seen") == "1"


def test_of_two_markers_the_second_sees_what_the_site_decided(open_as) -> None:
    phone = open_as("manager", viewport=PHONE, offline_is_expected=True)
    phone.goto(ADDRESS)
    where = row(phone, LEARNERS[5])
    cut_off(phone)
    phone.click(f"{where} [data-presence=present]")
    said(phone, "kept")
    desk = open_as("province")
    desk.goto(ADDRESS)
    desk.click(f"{where} [data-presence=absent]")
    said(desk, "saved")
    phone.context.unroute("**/attendance")
    phone.evaluate("window.dispatchEvent(new Event('online'))")
    pressed(phone, where, "absent")
    expect(phone.locator(f"{where} [data-note]")).to_be_visible()
    assert phone.evaluate(KEPT) == []


def test_without_scripts_each_button_is_a_page(open_as) -> None:
    page = open_as("manager", viewport=PHONE, java_script_enabled=False)
    page.goto(ADDRESS)
    where = row(page, LEARNERS[6])
    page.click(f"{where} [data-presence=present]")
    page.wait_for_url(re.compile(r"#p-\d+$"))
    pressed(page, where, "present")


def test_a_learner_scans_the_code_and_says_that_she_is_there(open_as) -> None:
    hall = open_as("manager")
    hall.goto(f"/classrooms/{SESSION}/code")
    code = hall.locator("[data-seconds]").inner_text()
    phone = open_as(LEARNERS[7], viewport=PHONE)
    phone.goto(f"/classrooms/{SESSION}/attend?code={code}")
    keys = Keyboard(phone)
    keys.follow("#attend button")
    expect(phone.locator(".done").first).to_be_visible()
    hall.goto(ADDRESS)
    pressed(hall, row(hall, LEARNERS[7]), "present")
