"""The migrations make the very schema that the models describe, on both databases, and take it away again."""

import re
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from learning.audit.models import AuditEntry
from learning.audit.services import record
from learning.courses.models import Quiz
from learning.database import Base, transaction, write_engine
from learning.progress.models import FigureEntry
from learning.quizzes.models import Attempt
from tests.support.databases import close_pools, make_site
from tests.support.factories import NOW, SEED, make_course, make_organizations, make_person, take_quiz

PREFIXES = ("pk_", "uq_", "fk_", "ck_", "ix_")

POSTGRESQL_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
"""
POSTGRESQL_CONSTRAINTS = """
    SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    WHERE k.contype <> 'n'
"""
POSTGRESQL_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


@pytest.fixture
def empty_site(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The site on a database without tables."""
    folder = tmp_path / "empty-instance"
    folder.mkdir()
    site = make_site(empty_database_url, folder)
    with site.app_context():
        yield site
    close_pools(site)


def definitions(sql: str) -> Iterator[str]:
    """Yield the parts of a definition that stand between commas outside inner parentheses, and what stands before."""
    depth, part = 0, ""
    for letter in sql:
        depth += (letter == "(") - (letter == ")")
        if (letter == "(" and depth == 1) or (letter == "," and depth == 1) or (letter == ")" and depth == 0):
            yield part
            part = ""
        else:
            part += letter
    yield part


def sqlite_schema(connection: sa.Connection) -> set[tuple[str, ...]]:
    """Return every part of every definition, whatever order they stand in."""
    parts: set[tuple[str, ...]] = set()
    for table, sql in connection.exec_driver_sql(
        "SELECT tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    ):
        for part in definitions(sql):
            words = " ".join(part.split()).replace('"', "")
            # A constraint may be written on one line or on several.
            parts.add((table, re.sub(r"\s*([(),])\s*", r"\1", words).casefold()))
    return parts


def postgresql_schema(connection: sa.Connection) -> set[tuple[str, ...]]:
    """Return columns, constraints and indexes as the catalog spells them."""
    return {
        tuple(map(str, row))
        for query in (POSTGRESQL_COLUMNS, POSTGRESQL_CONSTRAINTS, POSTGRESQL_INDEXES)
        for row in connection.exec_driver_sql(query)
    }


def schema() -> set[tuple[str, ...]]:
    """Return everything that stands in the database but the table of the migrations themselves."""
    with write_engine().connect() as connection:
        read = sqlite_schema if connection.dialect.name == "sqlite" else postgresql_schema
        return {line for line in read(connection) if line[0] != "alembic_version"}


def names_of_constraints() -> set[tuple[str, str]]:
    """Return the table and the name of every constraint and index."""
    with write_engine().connect() as connection:
        if connection.dialect.name == "postgresql":
            rows = connection.exec_driver_sql(POSTGRESQL_CONSTRAINTS + " AND c.relname <> 'alembic_version'")
            return {(row[0], row[1]) for row in rows}
        lines = sqlite_schema(connection)
    return {
        (table, match[1])
        for table, line in lines
        if (match := re.match(r"constraint (\w+)", line)) and table != "alembic_version"
    }


def triggers() -> set[str]:
    with write_engine().connect() as connection:
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if connection.dialect.name == "sqlite"
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
        return set(connection.exec_driver_sql(query).scalars())


def tables() -> set[str]:
    return set(sa.inspect(write_engine()).get_table_names()) - {"alembic_version"}


def test_migrations_make_the_schema_of_the_models(empty_site: Flask) -> None:
    flask_migrate.upgrade()
    migrated = schema()
    flask_migrate.downgrade(revision="base")
    assert schema() == set()

    Base.metadata.create_all(write_engine())

    assert sorted(migrated ^ schema()) == []
    assert len(migrated) > 100


def test_every_constraint_is_named_by_the_convention(app: Flask, both_databases: str) -> None:
    names = names_of_constraints()
    assert {name[:3] for _table, name in names} == {"pk_", "uq_", "fk_", "ck_"}
    assert [name for table, name in names if not name[3:].startswith(table)] == []


def test_every_index_is_named_by_the_convention(app: Flask, both_databases: str) -> None:
    named = {index.name for table in Base.metadata.tables.values() for index in table.indexes}
    assert [name for name in named if not str(name).startswith(PREFIXES)] == []


def test_a_site_in_use_can_be_downgraded_and_upgraded_again(app: Flask, both_databases: str) -> None:
    make_organizations()
    make_course()
    take_quiz(make_person("hoc-vien-thu"))
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    assert triggers() == set()
    flask_migrate.upgrade()
    assert tables() == set(Base.metadata.tables)


def test_migrating_twice_changes_nothing(app: Flask, both_databases: str) -> None:
    before = schema()
    flask_migrate.upgrade()
    assert schema() == before


@pytest.mark.parametrize("deed", ["UPDATE audit_entry SET action = 'nothing'", "DELETE FROM audit_entry"])
def test_the_audit_record_is_only_added_to(app: Flask, both_databases: str, deed: str) -> None:
    record("something.done", "thing:1", actor_id=None, now=NOW)
    with pytest.raises(DBAPIError, match="only added"), transaction() as session:
        session.execute(sa.text(deed))
    with transaction() as session:
        assert session.scalars(sa.select(AuditEntry.action)).all() == ["something.done"]


@pytest.mark.parametrize("deed", ["UPDATE figure_entry SET n = 5", "DELETE FROM figure_entry"])
def test_the_ledger_is_only_added_to(app: Flask, both_databases: str, deed: str) -> None:
    make_organizations()
    make_course()
    take_quiz(make_person("hoc-vien-thu"))
    with transaction() as session:
        before = session.scalars(sa.select(FigureEntry.n)).all()
    with pytest.raises(DBAPIError, match="only added"), transaction() as session:
        session.execute(sa.text(deed))
    with transaction() as session:
        assert session.scalars(sa.select(FigureEntry.n)).all() == before
    assert before


def test_one_event_posts_a_measure_once_to_a_place(app: Flask, both_databases: str) -> None:
    make_organizations()
    make_course()
    take_quiz(make_person("hoc-vien-thu"))
    with transaction() as session:
        entry = session.scalars(sa.select(FigureEntry).where(FigureEntry.unit_id.is_(None))).first()
        assert entry is not None
        again = {
            column.key: getattr(entry, column.key)
            for column in FigureEntry.__table__.columns
            if column.key != "id"
        }
    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(sa.insert(FigureEntry), [again])


def test_only_one_attempt_of_a_quiz_is_open(app: Flask, both_databases: str) -> None:
    make_organizations()
    make_course()
    actor = make_person("hoc-vien-thu")
    with transaction() as session:
        quiz_id = session.scalars(sa.select(Quiz.id)).one()
        session.add(
            Attempt(person_id=actor.id, quiz_id=quiz_id, number=1, round=1, seed=SEED, started_at=NOW)
        )
    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.add(
            Attempt(person_id=actor.id, quiz_id=quiz_id, number=2, round=1, seed=SEED, started_at=NOW)
        )
