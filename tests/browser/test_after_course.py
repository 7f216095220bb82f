"""What comes after a course, by keyboard alone: the certificate, asking about it, saying what one thinks."""

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard
from tests.browser.world import FINISHER, TINY_COURSE

pytestmark = pytest.mark.browser


def test_a_completed_course_leads_to_its_certificate_and_its_evaluation(open_as) -> None:
    page = open_as(FINISHER)
    keys = Keyboard(page)
    page.goto("/")
    keys.skip_to_main()
    keys.follow("main a[href^='/certificates/']")
    code = page.locator("main .code").inner_text()
    keys.skip_to_main()
    keys.write("[name=official_number]", "12/XN")
    keys.follow("[action$='/official-number'] button")
    expect(page.locator("[name=official_number]")).to_have_value("12/XN")

    page.goto("/certificates/verify/")
    keys.write("#code", code.lower().replace("-", " "))
    keys.follow("main form.panel button")
    expect(page.locator("main .callout.success")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("12/XN")

    page.goto(f"/courses/{TINY_COURSE}/")
    keys.skip_to_main()
    keys.follow("main a[href$='/evaluation/']")
    names = page.locator("main fieldset").evaluate_all("all => all.map(e => e.querySelector('input').name)")
    for name in names:
        keys.to(f"[name='{name}']")
        keys.press("Space", "ArrowDown", "ArrowDown")
    chosen = page.locator("main input:checked").evaluate_all("all => all.map(e => e.value)")
    assert chosen == ["3"] * len(names)
    keys.write("[name=said]", "Thêm ví dụ.")
    keys.follow("main form button.button-main")
    expect(page.locator("main .success")).to_be_visible()
    expect(page.locator("main a[href$='/evaluation/']")).to_have_count(0)
