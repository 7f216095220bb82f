"""A small world for page tests: the tiny course, and people who can sign in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from learning.accounts.queries import get_actor
from learning.accounts.services import create_token
from learning.domain.permissions import Role
from learning.formats.rendering import Renderer
from learning.organizations.services import DEPARTMENT_CODE, PROVINCE_CODE
from tests.support.databases import Databases
from tests.support.factories import (
    COMMUNE,
    OTHER_COMMUNE,
    make_course,
    make_organizations,
    make_person,
)
from tests.support.program import Program
from tests.support.visitor import Visitor

PEOPLE = {
    "learner": (COMMUNE, Role.LEARNER),
    "other": (OTHER_COMMUNE, Role.LEARNER),
    "trainer": (DEPARTMENT_CODE, Role.TRAINER),
    "manager": (COMMUNE, Role.MANAGER),
    "province": (PROVINCE_CODE, Role.MANAGER),
    "admin": (PROVINCE_CODE, Role.ADMINISTRATOR),
}


@pytest.fixture
def site_database(
    request: pytest.FixtureRequest,
    databases: Databases,
    database_kind: str,
    tmp_path: Path,
    renderer: Renderer,
) -> Iterator[str]:
    """The address of this test's database: with the small world in it for whoever asks for it."""

    def small_world(app: Flask) -> None:
        app.extensions["renderer"] = renderer
        make_organizations()
        make_course()
        for username, (organization, role) in PEOPLE.items():
            make_person(username, organization, role=role)

    fill = small_world if "world" in request.fixturenames else None
    with databases.fresh(database_kind, tmp_path, fill) as url:
        yield url


@pytest.fixture
def world(app: Flask) -> Flask:
    """The site with organizations, the tiny course and one person of each kind."""
    return app


@pytest.fixture
def visit(world: Flask) -> Callable[[str | None], Visitor]:
    """Return a browser window of a person, signed in, or of a stranger for None."""

    def open_window(username: str | None = None) -> Visitor:
        client: FlaskClient = world.test_client()
        visitor = Visitor(client)
        if username is not None:
            visitor.be(username)
        return visitor

    return open_window


@pytest.fixture
def program(world: Flask) -> Callable[..., Program]:
    """Return a program that acts for somebody."""

    def make(username: str, *, read_only: bool = False, days: int = 30) -> Program:
        actor = get_actor(username)
        now = world.config["CLOCK"]()
        return Program(world, create_token(actor, "thử", days=days, is_read_only=read_only, now=now))

    return make
