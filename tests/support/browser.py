"""A real Chromium that can reach this machine only."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Route, sync_playwright

from tests.support.network import is_local
from tests.support.programs import program

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
PATIENCE_MS = 10_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give the Chromium that the set-up found."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"), args=FLAGS, chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(browser: Browser, **options: object) -> Iterator[BrowserContext]:
    """Give a fresh window without memory; fail at its end when a page asked for a foreign address."""
    foreign: list[str] = []

    def decide(route: Route) -> None:
        if is_local(urlsplit(route.request.url).hostname or ""):
            route.continue_()
        else:
            foreign.append(route.request.url)
            route.abort()

    context = browser.new_context(**{"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", **options})  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    context.route("**/*", decide)
    try:
        yield context
    finally:
        context.close()
    assert not foreign, f"a page asked for foreign addresses: {foreign}"
