"""Fixtures of the browser's tests: the data made once, a server for each module, windows for each test."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.site import Site, serve, visitor
from tests.browser.world import World, prepare
from tests.support.databases import Databases, close_pools, make_site

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def world(databases: Databases, renderer: Any, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The prepared data."""
    folder = tmp_path_factory.mktemp("world")
    with databases.fresh("sqlite", folder) as url:
        app = make_site(url, folder)
        app.extensions["renderer"] = renderer
        made = prepare(app, folder)
        close_pools(app)
    return made


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server on this module's copy of the data."""
    with serve(world, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, site: Site) -> Callable[..., AbstractContextManager[Page]]:
    """The context manager `visitor` of `tests/browser/site.py`, for this browser and site."""
    return partial(visitor, browser, site)


@pytest.fixture
def open_as(visit: Callable[..., AbstractContextManager[Page]]) -> Iterator[Open]:
    """Return a function that opens a window as somebody; all are closed, and judged, at the end of the test."""
    with ExitStack() as stack:
        yield lambda username="", **options: stack.enter_context(visit(username, **options))
