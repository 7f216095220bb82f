"""Photograph every page of a running demonstration, so that a person can look at them one by one.

Starts nothing: the site must be running with its demonstration accounts. Pictures go to a folder outside the
repository, named `<page>-<language>-<width>-<scheme>.png`.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ACCOUNTS = ("", "learner", "trainer", "manager", "province")  # the first is nobody
TIMEOUT = 15_000  # milliseconds
HEIGHT = 800
WIDTHS = (360, 768, 1280)
SCHEMES = ("light", "dark")
LANGUAGES = ("vi", "he")


@dataclass(frozen=True)
class Shot:
    """A page to photograph: a name for its file, who opens it, and where it is."""

    name: str
    account: str
    path: str


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go; outside the repository")
    parser.add_argument("--base-url", default="http://127.0.0.1:8000")
    parser.add_argument("--password", required=True, help="the password of the demonstration accounts")
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=SCHEMES)
    parser.add_argument("--languages", nargs="+", choices=("vi", "en", "he"), default=LANGUAGES)
    parser.add_argument("--only", nargs="+", default=(), help="names of pages, or their beginnings")
    given = parser.parse_args()
    if given.folder.resolve().is_relative_to(ROOT):
        parser.error("the folder must be outside the repository")
    return given


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give the Chromium of this machine."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        sys.exit("There is no Chromium on this machine; install one.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, base: str, account: str, *, password: str) -> None:
    """Open a session as one of the demonstration accounts."""
    page.goto(f"{base}/sign-in")
    page.fill("#username", account)
    page.fill("#password", password)
    page.click("main form button")
    page.wait_for_load_state()
    if "/sign-in" in page.url:
        sys.exit(f"{account} could not sign in; is the password right?")


def paths(page: Page, start: str, selector: str) -> list[str]:
    """Return the paths of links on a page, each once."""
    page.goto(start)
    return list(dict.fromkeys(a.get_attribute("href") or "" for a in page.locator(selector).all()))


def learner_shots(page: Page, base: str) -> Iterator[Shot]:
    """Yield what a learner sees; begins an attempt when there is none to look at."""
    for name, path in (("dashboard", "/"), ("catalog", "/courses/"), ("account", "/account/")):
        yield Shot(name, "learner", path)
    yield Shot("not-found", "learner", "/courses/there-is-none/")
    for course in paths(page, f"{base}/courses/", "main h2 a")[:1]:
        yield Shot("course", "learner", course)
        units = paths(page, base + course, f'main ol a[href^="{course}"]')
        for number, unit in enumerate(units, start=1):
            yield Shot(f"unit-{number}", "learner", unit)
            for quiz in paths(page, base + unit, 'main a[href^="/quizzes/"]')[:1]:
                yield Shot("quiz", "learner", quiz)
        for unit in units[-1:]:
            yield from attempt_shots(page, base + unit)


def attempt_shots(page: Page, unit: str) -> Iterator[Shot]:
    """Yield an attempt under way, going through a unit's quiz as a learner would, and one that is reviewed."""
    for quiz in paths(page, unit, 'main .panel a[href^="/quizzes/"], main .panel a[href^="/attempts/"]')[:1]:
        base = unit[: unit.index("/courses/")]
        page.goto(base + quiz)
        if page.locator("main [name=event_id]").count():
            yield Shot("attempt", "learner", quiz)
            return
        for reviewed in paths(page, base + quiz, "main tbody a[href^='/attempts/']")[:1]:
            yield Shot("review", "learner", reviewed)
        start = page.locator("main form[action$='/attempts'] button")
        if start.count():
            start.click()
            page.wait_for_url("**/attempts/**")
            yield Shot("attempt", "learner", page.url.removeprefix(base))


def trainer_shots(page: Page, base: str) -> Iterator[Shot]:
    """Yield what a trainer sees."""
    yield Shot("authoring", "trainer", "/authoring/")
    for course in paths(page, f"{base}/authoring/", "main tbody a[href^='/authoring/courses/']")[:1]:
        yield Shot("authoring-course", "trainer", course)
        texts = paths(page, base + course, "main tbody th a")
        for kind, text in (("unit", texts[1:2]), ("quiz", texts[-1:])):
            yield from (Shot(f"edit-{kind}", "trainer", path) for path in text)
        for history in paths(page, base + course, "main tbody a[href*='/revisions/']")[1:2]:
            yield Shot("revisions", "trainer", history)
            for revision in paths(page, base + history, "main tbody th a")[:1]:
                yield Shot("revision", "trainer", revision)


def manager_shots(page: Page, base: str, account: str) -> Iterator[Shot]:
    """Yield what a manager sees, of a commune or of the province."""
    yield Shot(f"reports-{account}", account, "/reports/")
    yield Shot(f"assignments-{account}", account, "/assignments/")
    for course in paths(page, f"{base}/reports/", "main tbody a")[:1]:
        yield Shot(f"report-{account}", account, course)
        for organization in paths(page, base + course, "main tbody a")[:1]:
            yield Shot(f"organization-{account}", account, organization)


def main() -> None:
    """Find the pages, then photograph each in every language, width and scheme."""
    given = arguments()
    base = given.base_url.rstrip("/")
    given.folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        pages = {account: browser.new_context().new_page() for account in ACCOUNTS}
        for account, page in pages.items():
            page.set_default_timeout(TIMEOUT)
            if account:
                sign_in(page, base, account, password=given.password)
        shots = [Shot("welcome", "", "/"), Shot("sign-in", "", "/sign-in")]
        shots += learner_shots(pages["learner"], base)
        shots += trainer_shots(pages["trainer"], base)
        for account in ("manager", "province"):
            shots += manager_shots(pages[account], base, account)
        for shot in shots:
            if given.only and not shot.name.startswith(tuple(given.only)):
                continue
            page = pages[shot.account]
            for language, width, scheme in product(given.languages, given.widths, given.schemes):
                page.set_viewport_size({"width": width, "height": HEIGHT})
                page.emulate_media(color_scheme=scheme)
                page.goto(f"{base}{shot.path}{'&' if '?' in shot.path else '?'}lang={language}")
                page.screenshot(
                    path=given.folder / f"{shot.name}-{language}-{width}-{scheme}.png", full_page=True
                )
            print(f"{shot.name}: {shot.path}")


if __name__ == "__main__":
    main()
