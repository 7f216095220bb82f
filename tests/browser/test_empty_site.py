"""A site on its first day, on pytest-flask's live server: each page says what is missing and what to do."""

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from learning.domain.permissions import Role
from learning.organizations.services import DEPARTMENT_CODE, PROVINCE_CODE
from tests.browser.inspection import LOOKS, Inspection
from tests.browser.site import Site, visitor
from tests.support import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask, request: pytest.FixtureRequest) -> str:
    """The address of a site with organizations and people, but without a course."""
    factories.make_organizations()
    for username, place, role in (
        ("hoc", factories.COMMUNE, Role.LEARNER),
        ("giang", DEPARTMENT_CODE, Role.TRAINER),
        ("quan", PROVINCE_CODE, Role.MANAGER),
    ):
        factories.make_person(username, place, role=role, password=factories.PASSWORD)
    server: Any = request.getfixturevalue("live_server")
    return f"http://{server.host}:{server.port}"


def test_empty_pages_are_in_order(address: str, browser: Browser, world: Any) -> None:
    pages = {
        "": ("/",),
        "hoc": ("/", "/courses/"),
        "giang": ("/authoring/", "/courses/"),
        "quan": ("/reports/", "/assignments/"),
    }
    faults = []
    for username, paths in pages.items():
        with visitor(
            browser, Site(address, world, world.folder), username, password=factories.PASSWORD
        ) as page:
            see = Inspection(page, "vi", looks=LOOKS)
            for path in paths:
                see.look(path, path)
                if username and path != "/assignments/":
                    expect(page.locator(".empty")).to_have_count(1)
            faults += see.faults
    assert not faults, "\n".join(faults)
