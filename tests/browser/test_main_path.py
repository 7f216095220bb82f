"""The whole main job by keyboard alone: a learner, a trainer and two managers, each in a window of her own."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import Keyboard
from tests.browser.site import Site
from tests.browser.world import (
    COURSE,
    FINISHER,
    LEARNERS,
    PASSWORD,
    QUIZ,
    QUIZ_UNIT,
    TINY_COURSE,
    TINY_UNIT,
    UNITS,
    WITH_QUIZ,
)

pytestmark = pytest.mark.browser
TINY_PAGE = f"/courses/{TINY_COURSE}/{TINY_UNIT}/"


def asked_on(page: Page) -> list[str]:
    """Return the ids of the questions of an attempt in their order."""
    page.wait_for_load_state()  # or `all` would find what has come so far
    fields = page.locator("fieldset.question").all()
    return [(field.get_attribute("id") or "").removeprefix("q-") for field in fields]


def test_a_learner_takes_the_course_and_its_test(open_as, site: Site) -> None:
    page = open_as()
    keys = Keyboard(page)
    keys.sign_in(LEARNERS[0], PASSWORD)
    keys.skip_to_main()
    keys.follow(f"main a[href='/courses/{COURSE}/']")
    keys.skip_to_main()
    keys.follow("[action$='/enrollment'] button", key="Space")
    keys.skip_to_main()
    keys.follow(f"main a.button[href='/courses/{COURSE}/{UNITS[0]}/']")
    for unit, following in zip(UNITS, (*UNITS[1:], QUIZ_UNIT), strict=True):
        assert page.url.endswith(f"/{unit}/")
        keys.follow("[action$='/completion'] button")
        expect(page.locator("[action$='/completion']")).to_have_count(0)
        keys.skip_to_main()
        if unit in WITH_QUIZ:
            keys.follow(f"main a[href='/quizzes/{WITH_QUIZ[unit]}/']")
            keys.follow("[action$='/attempts'] button")
            for question in asked_on(page):
                keys.answer(question, site.world.right[WITH_QUIZ[unit]][question])
            keys.follow("[name=confirm]")
            expect(page.locator(".score .done")).to_be_visible()
            keys.skip_to_main()
        keys.follow(f"main a.button[href$='/{following}/']")
    keys.follow(f"main a[href='/quizzes/{QUIZ}/']")
    keys.follow("[action$='/attempts'] button")

    right = site.world.right[QUIZ]
    *most, last = asked = asked_on(page)
    assert set(asked) < set(right)  # the paper is drawn from a bank
    for question in most:
        keys.answer(question, right[question])
    keys.follow("[name=confirm]")
    expect(page.locator("main .callout a")).to_have_count(1)  # the question without an answer
    keys.follow(f"main .callout a[href$='#q-{last}']")
    for question in most:
        fields = page.locator(f"input[name='q-{question}']")
        kept = fields.evaluate_all("all => all.filter(e => e.type == 'text' || e.checked).map(e => e.value)")
        typed = fields.first.get_attribute("type") == "text"
        assert set(kept) == ({min(right[question])} if typed else right[question])
    keys.answer(last, right[last])
    keys.follow("[name=confirm]")

    expect(page.locator(".score .done")).to_be_visible()
    expect(page.locator(".score")).to_contain_text("100")
    expect(page.locator(".question .state.done")).to_have_count(len(asked))
    keys.skip_to_main()
    keys.follow(f"main .panel a[href='/courses/{COURSE}/']")
    expect(page.locator(".status .state.done")).to_be_visible()
    expect(page.locator(".contents .state.done")).to_have_count(len(UNITS) + 1)
    keys.to(".menu summary")
    keys.press("Enter")
    keys.follow(".menu form button")
    expect(page.locator("main a[href='/sign-in']")).to_be_visible()


def test_a_trainer_rewrites_a_unit_and_the_learner_reads_it(open_as) -> None:
    reader = open_as(LEARNERS[1])
    reader.goto(TINY_PAGE)
    expect(reader.locator(".prose")).not_to_contain_text("Câu vừa thêm")

    page = open_as()
    keys = Keyboard(page)
    keys.sign_in("trainer", PASSWORD)
    keys.follow("nav a[href='/authoring/']")
    keys.follow(f"main a[href^='/authoring/courses/{TINY_COURSE}/']")
    keys.follow(f"main tbody th a[href^='/authoring{TINY_PAGE}']")
    keys.to("[name=source]")
    keys.press("Control+End")
    page.keyboard.type("\n## Phần thêm\n\nCâu vừa thêm, có **chữ đậm**.\n")
    expect(page.locator("[data-preview] strong")).to_have_text("chữ đậm")
    expect(reader.locator(".prose")).not_to_contain_text("Câu vừa thêm")
    keys.write("[name=note]", "Thêm một câu")
    keys.follow("[formaction*='/publish']")
    expect(page.locator("[role=status] .success")).to_be_visible()
    keys.skip_to_main()
    keys.follow("main a[href*='/revisions/']")
    expect(page.locator("tbody tr").first).to_contain_text("Thêm một câu")

    reader.reload()
    expect(reader.locator(".prose")).to_contain_text("Câu vừa thêm")
    assert reader.locator(".prose strong").inner_text() == "chữ đậm"


def figures(row) -> list[str]:
    """Return the cells of a row after its name."""
    return row.locator("td").all_inner_texts()


def test_managers_see_their_communes_and_no_others(open_as, site: Site) -> None:
    commune, idle = site.world.commune, site.world.idle_commune
    page = open_as()
    keys = Keyboard(page)
    keys.sign_in("manager", PASSWORD)
    keys.follow("nav a[href='/reports/']")
    keys.follow(f"main a[href^='/reports/courses/{TINY_COURSE}/']")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.locator("th")).to_have_text(commune.name)
    enrolled, started, *_rest = map(int, figures(rows)[:2])

    learner = open_as(LEARNERS[2])
    learner.goto(TINY_PAGE)
    learner.click("[action$='/completion'] button")
    learner.wait_for_selector("[role=status] .success")

    page.reload()
    assert figures(rows)[:2] == [str(enrolled + 1), str(started + 1)]
    keys.follow(f"tbody a[href^='/reports/organizations/{commune.code}/']")
    her = page.locator("tbody tr", has_text=LEARNERS[2])
    expect(her.locator(".done")).to_have_count(1)
    expect(page.locator("tbody tr", has_text=FINISHER).locator(".done")).to_have_count(3)

    keys.skip_to_main()
    keys.to("button[formaction*='.csv']")
    with page.expect_download() as download:
        keys.press("Enter")
    data = Path(download.value.path()).read_bytes()
    assert data.startswith("\ufeff".encode())
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert any(LEARNERS[2] in row for row in table)

    answer = page.goto(f"/reports/organizations/{idle.code}/")
    assert answer is not None
    assert answer.status == 404

    province = open_as("province")
    keys = Keyboard(province)
    province.goto("/")
    keys.follow("nav a[href='/reports/']")
    keys.follow(f"main a[href^='/reports/courses/{COURSE}/']")
    names = province.locator("tbody th").all_inner_texts()
    assert sum(name.startswith(("Xã ", "Phường ")) for name in names) == 99
    assert {commune.name, idle.name} <= set(names)
    keys.follow(f"tbody a[href^='/reports/organizations/{commune.code}/']")
    expect(province.locator("tbody tr", has_text="learner")).not_to_have_count(0)


def test_the_vietnamese_catalog_is_in_use(open_as) -> None:
    page = open_as()
    page.goto("/sign-in")
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    expect(page.get_by_label("Mật khẩu")).to_be_editable()
