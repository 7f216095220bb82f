"""A database with the tiny course in it, for the many tests that begin there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from learning.formats.rendering import Renderer
from tests.support.databases import Databases
from tests.support.factories import make_course, make_organizations


@pytest.fixture
def site_database(
    request: pytest.FixtureRequest,
    databases: Databases,
    database_kind: str,
    tmp_path: Path,
    renderer: Renderer,
) -> Iterator[str]:
    """The address of this test's database: with organizations and the tiny course for whoever asks for it."""

    def organizations_and_course(app: Flask) -> None:
        app.extensions["renderer"] = renderer
        make_organizations()
        make_course()

    fill = organizations_and_course if "tiny_course" in request.fixturenames else None
    with databases.fresh(database_kind, tmp_path, fill) as url:
        yield url


@pytest.fixture
def tiny_course(app: Flask) -> Flask:
    """The site with organizations and the tiny course."""
    return app
