"""Fixtures that every test may use; what they stand on is in `tests/support/`.

The site is imported by the fixtures that need it and not at the top: tests of the pure core run without it.
"""

import multiprocessing
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium, window
from tests.support.client import IsolatedClient
from tests.support.network import guarded_connect
from tests.support.run import Run
from tests.support.statements import count_statements as counting

KINDS = ("sqlite", "postgresql")
RUN = pytest.StashKey[Run]()
BOTH = ("both_databases", "database_url", "empty_database_url")


# --- The run


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run in the controller, join it in a worker."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Begun in the background of a shell: what the tests start would ignore Ctrl+C too.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # How long a case takes says more about the machine's other work than about the case.
    hypothesis.settings.register_profile("suite", deadline=None)
    hypothesis.settings.load_profile("suite")
    multiprocessing.set_start_method("fork", force=True)  # the live server's worker cannot be pickled
    worker = getattr(config, "workerinput", None)
    config.stash[RUN] = Run(Path(worker["run_folder"]), worker["run_process"]) if worker else Run.begin()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist which run it belongs to."""
    run = node.config.stash[RUN]
    node.workerinput["run_folder"] = str(run.folder)
    node.workerinput["run_process"] = run.process


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run in the process that began it, also after Ctrl+C."""
    if not hasattr(config, "workerinput") and RUN in config.stash:
        config.stash[RUN].end()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test twice that asks for both databases."""
    marked = next(metafunc.definition.iter_markers("both_databases"), None)
    if marked or set(BOTH) & set(metafunc.fixturenames):
        metafunc.fixturenames.append("database_kind")
        metafunc.parametrize("database_kind", KINDS, indirect=True)


@pytest.fixture(scope="session", autouse=True)
def no_foreign_network() -> Iterator[None]:
    """Refuse connections to other machines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect(socket.socket.connect))
        yield


# --- Databases


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Any:
    """The maker of databases."""
    from tests.support.databases import Databases  # noqa: PLC0415  (see the module's docstring)

    return Databases(pytestconfig.stash[RUN])


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of this test's database: SQLite, unless the test asks for both."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def site_database(databases: Any, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The address of the migrated, empty database of this test."""
    with databases.fresh(database_kind, tmp_path) as url:
        yield url


@pytest.fixture
def database_url(site_database: str) -> str:
    """The address of a migrated database; the test runs on SQLite and on PostgreSQL."""
    return site_database


@pytest.fixture
def empty_database_url(databases: Any, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables; the test runs on SQLite and on PostgreSQL."""
    with databases.empty(database_kind, tmp_path) as url:
        yield url


@pytest.fixture
def both_databases(database_kind: str) -> str:
    """Make the test run on SQLite and on PostgreSQL; the value is the kind."""
    return database_kind


@pytest.fixture
def count_statements() -> Callable[..., Any]:
    """The context manager of `tests/support/statements.py`."""
    return counting


# --- The site


@pytest.fixture(scope="session")
def renderer() -> Iterator[Any]:
    """The one standing process of this worker that renders Markdown."""
    from learning.formats.rendering import Renderer  # noqa: PLC0415  (as above)

    standing = Renderer()
    yield standing
    standing.close()


@pytest.fixture
def app(site_database: str, tmp_path: Path, renderer: Any, pytestconfig: pytest.Config) -> Iterator[Flask]:
    """The site on a database and a folder of its own; pytest-flask's `client` is made from it."""
    from tests.support.databases import close_pools, make_site  # noqa: PLC0415  (as above)

    data_dir = tmp_path / "instance"
    data_dir.mkdir()
    assets = pytestconfig.stash[RUN].folder / "assets"
    assets.mkdir(exist_ok=True)
    (data_dir / "assets").symlink_to(assets)  # compressed once in a run
    site = make_site(site_database, data_dir)
    site.test_client_class = IsolatedClient
    site.extensions["renderer"] = renderer
    yield site
    close_pools(site)


@pytest.fixture(autouse=True)
def _push_request_context(request: pytest.FixtureRequest) -> Iterator[None]:
    """Push the application's context around a test, in place of the request context of pytest-flask.

    A made-up request around a test would pretend a language, an address and a session that no person has.
    """
    if "app" not in request.fixturenames:
        yield
        return
    with request.getfixturevalue("app").app_context():
        yield


@pytest.fixture
def live_server(app: Flask, request: pytest.FixtureRequest) -> Any:
    """pytest-flask's live server; its process is forked, so no connection may be open at that moment."""
    from tests.support.databases import close_pools  # noqa: PLC0415  (as above)

    close_pools(app)
    return request.getfixturevalue("live_server")


# --- The browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one Chromium of this worker."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh window of 1280 x 800 pixels."""
    with window(browser, viewport={"width": 1280, "height": 800}) as context:
        yield context.new_page()
