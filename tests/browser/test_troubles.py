"""Pages that tell of trouble: too large, too often, our mistake, busy; on pytest-flask's live server."""

from typing import Any

import pytest
from flask import Flask, abort
from playwright.sync_api import Browser, Page

from learning.domain.permissions import Role
from learning.organizations.services import DEPARTMENT_CODE
from learning.web.access import public
from tests.browser.inspection import LANGUAGES, Inspection
from tests.browser.site import sign_in
from tests.support import factories
from tests.support.browser import window

pytestmark = pytest.mark.browser
SMALL = 60_000  # bytes; the site's own limit would take the browser a while
MOST_TRIES = 12


@public
def broken() -> str:
    """Fail as a view does that has a fault."""
    raise RuntimeError("a fault of the test's own")


@public
def busy() -> str:
    """Answer as a view does whose database is busy for too long."""
    abort(503)


@pytest.fixture
def address(app: Flask, request: pytest.FixtureRequest) -> str:
    """The address of a site with a trainer, two addresses that fail, and room for small uploads alone."""
    factories.make_organizations()
    factories.make_person("giang", DEPARTMENT_CODE, role=Role.TRAINER, password=factories.PASSWORD)
    app.config["MAX_CONTENT_LENGTH"] = SMALL
    app.config["PROPAGATE_EXCEPTIONS"] = False  # answered as when served
    app.add_url_rule("/hong/", view_func=broken)
    app.add_url_rule("/ban/", view_func=busy)
    server: Any = request.getfixturevalue("live_server")
    return f"http://{server.host}:{server.port}"


def test_pages_of_trouble_are_in_order(address: str, browser: Browser) -> None:
    faults = []
    with window(browser, base_url=address, reduced_motion="reduce") as context:
        page = context.new_page()
        sign_in(page, "giang", factories.PASSWORD)
        for language in LANGUAGES:
            page.goto("/")
            page.click(f"footer [name=language][value={language}]")
            see = Inspection(page, language)
            upload(page)
            see.look("too large")
            see.look("our mistake", "/hong/", status=500)
            see.look("busy", "/ban/", status=503)
            faults += see.faults
        context.clear_cookies()
        for language in LANGUAGES:
            context.add_cookies([{"name": "language", "value": language, "url": address}])
            see = Inspection(page, language)
            guess(page)
            see.look("too many tries")
            faults += see.faults
    assert not faults, "\n".join(faults)


def upload(page: Page) -> None:
    """Send a file that is larger than the site takes."""
    page.goto("/authoring/")
    file = {"name": "a.zip", "mimeType": "application/zip", "buffer": bytes(2 * SMALL)}
    page.set_input_files("[name=file]", file)  # type: ignore[arg-type]  # a file by its content
    with page.expect_response("**/import") as answer:
        page.click("[action$='/import'] button")
    assert answer.value.status == 413


def guess(page: Page) -> None:
    """Try passwords until the site takes no more."""
    for _try in range(MOST_TRIES):
        page.goto("/sign-in")
        page.fill("[name=username]", "giang")
        page.fill("[name=password]", "đoán bừa một lần")
        with page.expect_response("**/sign-in") as answer:
            page.click("main form button")
        if answer.value.status == 429:
            return
    raise AssertionError("the site takes any number of tries")
