"""A fresh, migrated database for each test, on SQLite and on PostgreSQL.

The migrations run once in a test run, on a template of each kind, and so does what fills it for many tests alike;
a test gets a copy, which takes milliseconds on SQLite and some tens of them on PostgreSQL.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import psycopg
from flask import Flask
from psycopg import sql

from learning.app import create_app
from learning.config import Config
from learning.database import db
from tests.support.run import Run

Fill = Callable[[Flask], None]
TEMPLATE = "template_site"
_numbers = itertools.count(1)


def make_site(url: str, data_dir: Path) -> Flask:
    """Return the site on this database, with settings for tests."""
    site: Flask = create_app(Config.for_tests(database_url=url, data_dir=data_dir))
    return site


def close_pools(app: Flask) -> None:
    """Close all idle connections of an application to its database."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["write_engine"].dispose()


def migrate(url: str, data_dir: Path) -> None:
    """Bring an empty database to the newest schema, the way an operator does."""
    app = make_site(url, data_dir)
    with app.app_context():
        flask_migrate.upgrade()
    close_pools(app)


class Databases:
    """Makes the databases of one worker; what they are copied from is shared by the run."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @contextmanager
    def fresh(self, kind: str, folder: Path, fill: Fill | None = None) -> Iterator[str]:
        """Give the address of a new migrated database of this kind, filled alike, and remove it afterwards."""
        with self._sqlite(folder, fill) if kind == "sqlite" else self._postgresql(fill) as url:
            yield url

    @contextmanager
    def empty(self, kind: str, folder: Path) -> Iterator[str]:
        """Give the address of a new database without tables: for tests of the migrations themselves."""
        if kind == "sqlite":
            yield f"sqlite:///{folder / 'empty.db'}"
        else:
            with self._created("template0") as url:
                yield url

    @contextmanager
    def _sqlite(self, folder: Path, fill: Fill | None) -> Iterator[str]:
        template = self.run.folder / "template.db"
        with self.run.once("sqlite-template") as first:
            if first:
                migrate(f"sqlite:///{template}", self.run.folder)
        if fill is not None:
            empty, template = template, self.run.folder / f"{fill.__name__}.db"
            with self.run.once(f"sqlite-{fill.__name__}") as first:
                if first:
                    shutil.copyfile(empty, template)
                    self._fill(f"sqlite:///{template}", fill)
        copy = folder / "site.db"
        shutil.copyfile(template, copy)
        yield f"sqlite:///{copy}"

    @contextmanager
    def _postgresql(self, fill: Fill | None) -> Iterator[str]:
        self._address("postgres")
        template = TEMPLATE
        with self.run.once("postgresql-template") as first:
            if first:
                self._execute("CREATE DATABASE {} TEMPLATE template0", TEMPLATE)
                migrate(self._address(TEMPLATE), self.run.folder)
        if fill is not None:
            template = f"template_{fill.__name__}"
            with self.run.once(f"postgresql-{fill.__name__}") as first:
                if first:
                    self._execute("CREATE DATABASE {} TEMPLATE {}", template, TEMPLATE)
                    self._fill(self._address(template), fill)
        with self._created(template) as url:
            yield url

    def _fill(self, url: str, fill: Fill) -> None:
        app = make_site(url, self.run.folder)
        with app.app_context():
            fill(app)
        close_pools(app)

    @contextmanager
    def _created(self, template: str) -> Iterator[str]:
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield self._address(name)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def _address(self, name: str) -> str:
        return f"postgresql://tests@/{name}?host={self.run.postgresql()}"

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
