"""The real web server on a copy of the prepared data, and windows in which people sit before it."""

import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from learning.config import ROOT
from scripts.server_command import server_command
from tests.browser.world import PASSWORD, World
from tests.support.browser import window

END_SECONDS = 15
WORKERS = 2
TELL_OF_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass(frozen=True)
class Site:
    """A running site; remembers who has signed in, so that a test need not do it again."""

    address: str
    world: World
    data: Path
    cookies: dict[str, Sequence[Any]] = field(default_factory=dict)

    def let_sessions_expire(self, username: str) -> None:
        """Let hours pass for the sessions of one person."""
        with closing(sqlite3.connect(self.data / "site.db", timeout=END_SECONDS)) as database, database:
            database.execute(
                "UPDATE user_session SET last_seen_at = datetime(last_seen_at, '-2 hours')"
                " WHERE person_id = (SELECT id FROM person WHERE username = ?)",
                [username],
            )
        self.cookies.pop(username, None)


@contextmanager
def serve(world: World, folder: Path) -> Iterator[Site]:
    """Start the web server as `make run` does, on a copy of the data; fail when it logged an error."""
    data = folder / "data"
    shutil.copytree(world.folder, data)
    log = folder / "log"
    settings = {
        "DATA_DIR": str(data),
        "SECRET_KEY": secrets.token_hex(48),
        "SITE_URL": "http://127.0.0.1",
        **dict.fromkeys(("DATABASE_URL", "TRUSTED_HOSTS", "TRUSTED_PROXIES", "SITE_NAME"), ""),
        **dict.fromkeys(("DEFAULT_LANGUAGE", "TIME_ZONE", "MAX_CONTENT_LENGTH"), ""),
    }
    with (
        log.open("w") as errors,
        subprocess.Popen(
            server_command("127.0.0.1", 0, WORKERS),
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said.startswith("listening on port "), log.read_text()
            yield Site(f"http://127.0.0.1:{int(said.split()[-1])}", world, data)
        finally:
            process.terminate()
            process.wait(END_SECONDS)
    assert "ERROR" not in log.read_text(), log.read_text()


class Troubles:
    """Collects what a browser complains of: scripts that fail, policies broken, files not found."""

    def __init__(self, context: BrowserContext, *, offline_is_expected: bool = False) -> None:
        self.found: list[str] = []
        self.offline_is_expected = offline_is_expected
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.found.append(str(error.error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        refused = message.text.startswith("Failed to load resource: the server responded with a status of 4")
        if refused and "/static/" not in message.location.get("url", ""):
            return  # Chromium says so of each page whose status is 4xx; tests look at those themselves
        if self.offline_is_expected and "net::ERR_INTERNET_DISCONNECTED" in message.text:
            return
        self.found.append(f"{message.text} ({message.location.get('url')})")


@contextmanager
def visitor(
    browser: Browser,
    site: Site,
    username: str = "",
    *,
    password: str = PASSWORD,
    offline_is_expected: bool = False,
    **options: Any,
) -> Iterator[Page]:
    """Give a page of the site in a fresh window, signed in as `username`; fail when the browser complained."""
    with window(
        browser,
        base_url=site.address,
        **{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options},
    ) as context:
        troubles = Troubles(context, offline_is_expected=offline_is_expected)
        context.add_init_script(TELL_OF_VIOLATIONS)
        page = context.new_page()
        if username and username in site.cookies:
            context.add_cookies(site.cookies[username])
        elif username:
            sign_in(page, username, password)
            site.cookies[username] = [c for c in context.cookies() if c.get("name") == "session"]
        yield page
        assert not troubles.found, troubles.found


def sign_in(page: Page, username: str, password: str) -> None:
    """Sign in with the mouse's shortcuts; the way by keyboard has a test of its own."""
    page.goto("/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("main form button")
    page.wait_for_url("**/")


def horizontal_overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
