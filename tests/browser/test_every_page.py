"""Every page there is, in each language, light and dark, on a phone and on a desk."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from learning.formats.bundle import write_bundle
from tests.browser.inspection import LANGUAGES, LOOKS, Inspection
from tests.browser.keyboard import Keyboard
from tests.browser.site import Site
from tests.browser.world import (
    COURSE,
    FINISHER,
    IDLE_MANAGER,
    LEARNERS,
    LOSER,
    OPEN_COURSE,
    QUIZ,
    SESSION,
    TINY_COURSE,
    TINY_QUIZ,
    TINY_QUIZ_UNIT,
    TINY_UNIT,
    UNITS,
)
from tests.support import factories

pytestmark = pytest.mark.browser
EDITOR = f"/authoring/courses/{TINY_COURSE}/{TINY_UNIT}/"
UNIT_FILE = f"courses/{TINY_COURSE}/{TINY_UNIT}.vi.md"
ASKED = "[name=confirm][value=yes]"
BANK = "// [id:mot]\n::Tên miền::[html]Của <b>ai</b>?{=a#đúng ~b}\n\nBài luận {}"
BROKEN = "---\ntitle: Hỏng\nsumary: gõ sai\ncompletion: đoc\n---\n\n## Phần\n\nChữ <b>HTML</b>.\n"


def stranger(see: Inspection, site: Site) -> None:
    page = see.page
    see.look("welcome", "/")
    see.look("open course", f"/courses/{OPEN_COURSE}/")
    see.look("open unit", f"/courses/{OPEN_COURSE}/mot/")
    see.look("sign in", "/sign-in")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.click("main form button")
    page.wait_for_selector(".fault")
    see.look("sign in, refused")
    see.look("sign in, form kept", "/sign-in?held=1&next=/courses/")
    see.look("sign-in link", f"/sign-in/{site.world.sign_in_link}")
    see.look("sign-in link, used", "/sign-in/khong-co", status=404)
    see.look("not found", "/khong-co/", status=404)
    see.look("programs", "/api/v1/")
    see.look("verify a certificate", "/certificates/verify/")
    see.look("no certificate", "/certificates/verify/0000", status=404)
    see.look("not a method", "/account/language", status=405)


def learner(see: Inspection, site: Site) -> None:
    page = see.page
    see.look("dashboard", "/")
    see.look("catalog", "/courses/")
    see.look("course", f"/courses/{COURSE}/")
    see.look("course that comes later", f"/courses/{OPEN_COURSE}/")
    see.look("unit that comes later", f"/courses/{OPEN_COURSE}/mot/")
    see.look("course, not enrolled", f"/courses/{TINY_COURSE}/")
    for unit in UNITS if see.language == "vi" else UNITS[:1]:
        see.look(unit, f"/courses/{COURSE}/{unit}/")
    see.look("unit with a quiz", f"/courses/{TINY_COURSE}/{TINY_QUIZ_UNIT}/")
    see.look("account", "/account/")
    page.evaluate("document.querySelector('[action$=\"/account/password\"]').noValidate = true")
    page.click("[action$='/account/password'] button")
    page.wait_for_selector(".fault")
    see.look("password, refused")
    see.look("tokens, none", "/account/tokens")
    page.fill("[name=name]", "Chương trình của Người Thử")
    page.click("form.panel button")
    page.wait_for_selector("main .success")
    see.look("token, made")
    see.look("tokens", "/account/tokens")
    see.look("report, not hers", "/reports/", status=404)
    see.look("quiz", f"/quizzes/{QUIZ}/")
    page.click("main form button")
    page.wait_for_url("**/attempts/**")
    see.look("attempt")
    attempt = page.url
    page.click("main [name=confirm]")
    page.wait_for_selector(ASKED, state="attached")
    see.look("submit, asked")
    page.goto(attempt)
    other = page.context.new_page()
    other.goto(attempt)
    other.click("main [name=confirm]")
    other.click(f"form:has({ASKED}) button")
    other.wait_for_selector(".score")
    other.close()
    page.click("[data-autosave] .button:not(.button-main)")
    page.wait_for_url("**/responses")
    see.look("attempt closed meanwhile")
    page.goto(f"/quizzes/{QUIZ}/")
    page.context.clear_cookies(name="form")
    page.click("main form button")
    page.wait_for_url("**/attempts")
    see.look("form from an earlier session")


def finisher(see: Inspection, site: Site) -> None:
    page = see.page
    see.look("dashboard with a completed course", "/")
    see.look("completed course", f"/courses/{TINY_COURSE}/")
    see.look("certificates", "/certificates/")
    page.click("main .entries a")
    page.wait_for_selector(".certificate")
    see.look("certificate")
    see.look("certificate, real", f"/certificates/verify/{page.text_content('main .code')}")
    see.look("evaluation", f"/courses/{TINY_COURSE}/evaluation/")
    see.look("completed unit", f"/courses/{TINY_COURSE}/{TINY_QUIZ_UNIT}/")
    see.look("passed quiz", f"/quizzes/{TINY_QUIZ}/")
    page.click("main tbody a")
    page.wait_for_url("**/attempts/**")
    see.look("review")


def loser(see: Inspection, site: Site) -> None:
    page = see.page
    see.look("failed unit", f"/courses/{TINY_COURSE}/{TINY_QUIZ_UNIT}/")
    see.look("failed quiz", f"/quizzes/{TINY_QUIZ}/")
    page.click("main tbody a")
    page.wait_for_url("**/attempts/**")
    see.look("failed review")


def trainer(see: Inspection, site: Site) -> None:
    page = see.page
    see.look("authoring", "/authoring/")
    see.look("evaluation, too few", f"/reports/courses/{TINY_COURSE}/evaluation/")
    see.look("evaluation, told", f"/reports/courses/{COURSE}/evaluation/")
    page.wait_for_selector("main .figures")
    see.look("authored course", f"/authoring/courses/{TINY_COURSE}/")
    see.look("unit editor", EDITOR)
    see.look("quiz editor", f"/authoring/quizzes/{TINY_QUIZ}/")
    see.look("editor of a translation", f"{EDITOR}?language=he")
    see.look("revisions", f"{EDITOR}revisions/")
    see.look("revision", f"{EDITOR}revisions/1/")
    page.goto(EDITOR)
    began_with = page.input_value("[name=base_revision]")
    page.fill("[name=source]", f"{BROKEN}\n{see.language}\n")
    page.click("[formaction*='/publish']")
    page.wait_for_url("**/publish*")
    see.look("editor with findings")
    page.click("[formaction*='/draft']")
    page.wait_for_selector("[role=status] .success")
    page.locator("[name=base_revision]").evaluate("(field, value) => { field.value = value }", began_with)
    page.fill("[name=source]", BROKEN.replace("Hỏng", "Hỏng cách khác"))
    page.click("[formaction*='/draft']")
    page.wait_for_selector(".diff")
    see.look("editor with a conflict")
    see.look("revision with changes", f"{EDITOR}revisions/2/")
    for name, texts in (
        ("imported", factories.course_texts()),
        ("import refused", {UNIT_FILE: BROKEN.encode()}),
    ):
        page.goto("/authoring/")
        bundle = write_bundle(factories.files_of(texts))
        page.set_input_files(
            "[name=file]", {"name": "a.zip", "mimeType": "application/zip", "buffer": bundle}
        )
        page.click("[action$='/import'] button")
        page.wait_for_url("**/import")
        see.look(name)
    exchange(see, site)


def exchange(see: Inspection, site: Site) -> None:
    """A bank of another system is looked at and saved, and a quiz taken away, with the keyboard alone."""
    page, keys, slug = see.page, Keyboard(see.page), f"ngan-hang-{see.language}"
    page.goto(f"/authoring/courses/{TINY_COURSE}/")
    keys.follow(f"a[href$='/courses/{TINY_COURSE}/quizzes/import']")
    see.look("quiz from another system")
    for name, bank in (("refused", "Mở {=a\n"), ("looked at", f"{BANK}\n\nMở {{=a\n")):
        # The window in which one chooses a file is not of the page.
        page.set_input_files(
            "[name=file]", {"name": "a.gift", "mimeType": "text/plain", "buffer": bank.encode()}
        )
        keys.follow("form[action$='/quizzes/import'] button")
        see.look(f"quiz from another system, {name}")
    page.fill("[name=slug]", "")
    keys.write("[name=slug]", slug)
    keys.follow("form[action$='/quizzes/imported'] button")
    page.wait_for_url(f"**/quizzes/{slug}/**")
    keys.follow("a[href*='/export']")
    see.look("quiz for another system")
    keys.follow("a[href*='format=aiken']")
    see.look("quiz for another system, losses")
    keys.to("main a.button-main")


def province(see: Inspection, site: Site) -> None:
    page = see.page
    see.look("overview", "/reports/")
    see.look("report", f"/reports/courses/{COURSE}/")
    see.look("map", f"/reports/courses/{COURSE}/?view=map&sort=rate&order=desc")
    see.look("not done yet", f"/reports/organizations/{site.world.commune.code}/not-done/{COURSE}/")
    see.look("trend", f"/reports/courses/{COURSE}/trend/?from=2026-11-01")
    see.look("indicator", "/reports/indicator/")
    see.look("organization", f"/reports/organizations/{site.world.commune.code}/?course={COURSE}")
    page.click("#people ~ .scroll tbody th a")
    page.wait_for_url("**/reports/people/**")
    see.look("person")
    page.click("main td a[href*='/quizzes/']")
    page.wait_for_url("**/quizzes/**")
    see.look("allowance, none yet")
    page.evaluate("document.querySelector('#allowance').noValidate = true")
    page.click("#allowance button")
    page.wait_for_selector(".fault")
    see.look("allowance, refused")
    page.fill("[name=attempts]", str(1 + LANGUAGES.index(see.language)))
    page.fill("[name=reason]", "Mất điện giữa giờ làm bài (thử)")
    page.click("#allowance button")
    page.wait_for_selector("main .entries")
    see.look("allowance")
    see.look("assignments", "/assignments/")
    page.fill("[name=title]", f"Đợt thử {see.language}")
    page.fill("[name=due_days]", "30")
    page.click("main form button")
    page.click("[name=people]")
    page.wait_for_selector("[name=confirm]")
    see.look("assignment, asked")
    page.click("[name=confirm]")
    page.wait_for_url("**/assignments/*/**")
    see.look("assignment")
    page.click("#people a.button")
    page.click("#people tbody th a")
    page.click("main a[href*='/assignments/people/']")
    page.wait_for_url("**/assignments/people/**")
    see.look("due day and exemption")
    see.look("credit, none asked for", "/assignments/credits/")


def manager(see: Inspection, site: Site) -> None:
    see.look("sessions", "/classrooms/")
    see.look("session", f"/classrooms/{SESSION}/")
    see.look("session, planning", "/classrooms/new")
    see.look("attendance", f"/classrooms/{SESSION}/attendance?q=thu")
    see.look("attendance sheet", f"/classrooms/{SESSION}/sheet")
    see.look("code of a session", f"/classrooms/{SESSION}/code")
    see.look("at a session", "/classrooms/attend?code=123456")
    log(see)


def log(see: Inspection) -> None:
    """A number of somebody is asked about, an entry is written, opened and summed up."""
    page = see.page
    page.goto("/classrooms/log/")
    page.fill("[name=place]", "Nhà văn hóa thôn Thử")
    page.check("[name=kind] >> nth=0")
    page.fill("[name=people]", "12")
    page.fill("[name=note]", "Gọi 0912 345 678")
    page.click("#help button")
    page.wait_for_selector(".fault")
    see.look("log of help, asked")
    page.check("[name=sure]")
    page.click("#help button")
    page.click("main .entries a >> nth=0")
    page.wait_for_url("**/log/*/")
    see.look("entry of the log")
    see.look("sums of the log", "/classrooms/log/summary")


def idle_manager(see: Inspection, site: Site) -> None:
    see.look("overview, empty", "/reports/")
    see.look("report, empty", f"/reports/courses/{COURSE}/")
    see.look("organization, empty", f"/reports/organizations/{site.world.idle_commune.code}/")
    see.look("assignments, empty", "/assignments/")


def administrator(see: Inspection, site: Site) -> None:
    with closing(sqlite3.connect(site.data / "site.db", timeout=30)) as database, database:
        database.execute("DELETE FROM job")
    see.look("background work, none", "/admin/jobs/")
    row = (
        "INSERT INTO job (kind, arguments, state, due_at, tries, queued_at, ended_at, count, error)"
        " VALUES (?, '{}', ?, '2026-11-22 19:00', ?, '2026-11-22 19:00', '2026-11-22 19:01', ?, ?)"
    )
    with closing(sqlite3.connect(site.data / "site.db", timeout=30)) as database, database:
        database.execute(
            row, ("rollup.verify", "failed", 1, None, "3 differences, the first: 2026-11-22: " + "x" * 90)
        )
        database.execute(row, ("forget", "waiting", 2, None, "OSError: away"))
        database.execute(row, ("forget", "done", 1, 41, ""))
    see.look("background work", "/admin/jobs/")
    see.look("administration", "/admin/")
    see.look("settings", "/admin/settings/")
    see.look("setting", "/admin/settings/report.first_target/")
    mail = (
        "INSERT INTO mail (key, kind, address, language, subject, body, state, due_at, tries, queued_at, error)"
        " VALUES (?, 'learner', 'nguoi.thu@coquan.example', 'vi', 'Nhắc hạn khóa học', 'Chào bạn', ?,"
        " '2026-11-22 19:00', 1, '2026-11-22 19:00', ?)"
    )
    with closing(sqlite3.connect(site.data / "site.db", timeout=30)) as database, database:
        database.execute("DELETE FROM mail")
        for state, words in (
            ("failed", "550 " + "x" * 90),
            ("unknown", ""),
            ("waiting", "452 full"),
            ("sent", ""),
        ):
            database.execute(mail, (state, state, words))
    see.look("outbox", "/admin/mail/")
    see.look("reminders", "/admin/reminders/")
    see.look("letter", "/admin/reminders/letters/after.vi/")
    see.look("who is reminded", "/reports/reminders/people/?q=thu")
    see.look("reminders of a manager", "/reports/reminders/")
    page = see.page
    page.goto(f"{site.address}/reports/schedules/")
    page.check("[name=recipients] >> nth=0")
    page.click("form.panel button")
    page.wait_for_selector("main .success")
    see.look("reports by mail", "/reports/schedules/")


WALKS: tuple[tuple[str, Callable[[Inspection, Site], None]], ...] = (
    ("", stranger),
    ("", learner),
    (FINISHER, finisher),
    (LOSER, loser),
    ("trainer", trainer),
    ("province", province),
    ("manager", manager),
    (IDLE_MANAGER, idle_manager),
    ("admin", administrator),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("username", "walk"), WALKS, ids=lambda value: getattr(value, "__name__", ""))
def test_every_page_is_in_order(open_as, site: Site, username: str, walk, language: str) -> None:
    if walk is learner:  # each begins an attempt of her own
        username = LEARNERS[LANGUAGES.index(language)]
    page = open_as(username)
    page.context.add_cookies([{"name": "language", "value": language, "url": site.address}])
    see = Inspection(page, language)
    walk(see, site)
    assert not see.faults, "\n".join(see.faults)


def test_the_inspection_finds_what_is_wrong(open_as) -> None:
    page = open_as()
    page.goto("/")
    page.evaluate("""() => {
        document.querySelector("main").innerHTML = `<input><div id="wide">wide</div>
          <button>x</button><p id="pale">pale</p><p>\u202ename <i>and words</i></p>
          <div id="cut">what nobody can read any more</div>`;
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`#wide { inline-size: 120rem } main button { block-size: 1rem; min-block-size: 0 }
          #pale { color: #999; background: #888 }
          #cut { inline-size: 5rem; overflow: hidden; white-space: nowrap }`);
        document.adoptedStyleSheets = [sheet];
    }""")
    see = Inspection(page, "vi", looks=LOOKS)
    see.look("spoiled")
    assert {fault.split(":")[1].strip() for fault in see.faults} >= {"label", "color-contrast"}
    assert any("wider than the window" in fault for fault in see.faults)
    assert any("<button>x</button>" in fault for fault in see.faults)
    assert any("turned around: and words" in fault for fault in see.faults)
    assert any("cut off" in fault and 'id="cut"' in fault for fault in see.faults)
