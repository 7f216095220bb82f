"""The fixtures keep what they promise: requests apart, databases fresh and of the kind asked for."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from learning.database import db, transaction
from learning.organizations.models import Organization


@pytest.fixture
def echo(app: Flask) -> None:
    """A route that tells what an earlier request left on `g`."""

    def view() -> str:
        earlier = str(g.get("earlier"))
        g.earlier = "left behind"
        return earlier

    view.permission = "public"  # type: ignore[attr-defined]
    app.add_url_rule("/echo", "echo", view)


def test_a_request_does_not_see_what_an_earlier_one_left(client: FlaskClient, echo: None) -> None:
    g.earlier = "of the test"
    assert [client.get("/echo").text for _ in range(2)] == ["None", "None"]


def test_an_ordinary_test_runs_on_sqlite(app: Flask) -> None:
    assert db.engine.dialect.name == "sqlite"


def test_both_databases_are_what_they_are_called(app: Flask, both_databases: str) -> None:
    assert db.engine.dialect.name == both_databases


def test_the_address_is_the_one_of_the_app(app: Flask, database_url: str) -> None:
    assert make_url(database_url).database == db.engine.url.database


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    url = make_url(empty_database_url)
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg") if "post" in url.drivername else url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.both_databases
@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_has_its_own_rows(app: Flask, turn: str) -> None:
    with transaction() as session:
        session.execute(sa.text("CREATE TABLE left_behind (n integer)"))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Organization)) == 0


@pytest.mark.both_databases
def test_statements_are_counted_on_all_engines_without_what_frames_them(
    app: Flask, count_statements: Callable[..., Any]
) -> None:
    with count_statements(at_most=2) as statements:
        db.session.scalar(sa.select(sa.func.count()).select_from(Organization))
        with transaction() as session:
            session.scalar(sa.select(sa.func.count()).select_from(Organization))
    assert len(statements) == 2


def test_too_many_statements_are_listed(app: Flask, count_statements: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError, match=r"1 statements, allowed 0:\n1\. SELECT"):
        ask_too_much(count_statements)


def ask_too_much(count_statements: Callable[..., Any]) -> None:
    with count_statements(at_most=0):
        db.session.scalar(sa.select(sa.func.count()).select_from(Organization))
