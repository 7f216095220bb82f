"""Reads hold no transaction, writes are one whole transaction, a lock that lasts is told from a fault."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from learning.accounts.queries import find_session
from learning.accounts.services import sign_in, sign_out
from learning.assigning.services import assign
from learning.audit.models import AuditEntry
from learning.audit.services import record
from learning.authoring.queries import get_document
from learning.authoring.services import publish, save_draft
from learning.database import UTCDateTime, current_session, db, is_busy, transaction, write_engine
from learning.domain.permissions import Role
from learning.organizations.models import Organization
from learning.organizations.queries import list_within
from learning.organizations.services import save_organizations, shipped_organizations
from learning.progress.assignments import sync_assignments
from learning.reports.queries import course_report
from learning.study.services import declare_read, enroll_in_course
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    PASSWORD,
    READ_UNIT,
    make_course,
    make_organizations,
    make_person,
    moment,
    take_quiz,
    unit_text,
)
from tests.support.together import together


def actions() -> list[str]:
    return list(current_session().scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def is_in_transaction(connection: sa.Connection) -> bool:
    """Ask the driver itself, which knows of transactions that nobody meant to begin."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return bool(driver.in_transaction)
    return bool(driver.info.transaction_status != psycopg.pq.TransactionStatus.IDLE)


# --- Transactions


def test_what_a_transaction_wrote_is_there_afterwards(app: Flask, both_databases: str) -> None:
    with transaction():
        record("a.done", "x:1", actor_id=None, now=NOW)
        record("b.done", "x:1", actor_id=None, now=NOW)
    assert actions() == ["a.done", "b.done"]


def test_an_exception_takes_back_everything_nested_calls_wrote(app: Flask, both_databases: str) -> None:
    def fail_outside() -> None:
        with transaction():
            record("a.done", "x:1", actor_id=None, now=NOW)
            with transaction():
                record("b.done", "x:1", actor_id=None, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_outside()
    assert actions() == []


def test_an_exception_in_a_nested_call_takes_back_the_outer_one(app: Flask, both_databases: str) -> None:
    def fail_inside() -> None:
        with transaction():
            record("a.done", "x:1", actor_id=None, now=NOW)
            with transaction():
                record("b.done", "x:1", actor_id=None, now=NOW)
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert actions() == []


def test_nested_calls_share_one_session(app: Flask, both_databases: str) -> None:
    with transaction() as outer, transaction() as inner:
        assert inner is outer
        assert current_session() is outer
    assert current_session() is not outer


def test_queries_inside_a_transaction_see_what_it_wrote(app: Flask, both_databases: str) -> None:
    with transaction():
        record("a.done", "x:1", actor_id=None, now=NOW)
        assert actions() == ["a.done"]


def test_others_do_not_see_what_is_not_committed(app: Flask, both_databases: str) -> None:
    with transaction():
        record("a.done", "x:1", actor_id=None, now=NOW)
        assert together(app, [actions]) == [[]]  # and reading did not wait for the writer


def test_after_a_failed_transaction_the_next_one_works(app: Flask, both_databases: str) -> None:
    make_organizations()
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(sa.text("INSERT INTO organization (code) VALUES (NULL)"))
    record("a.done", "x:1", actor_id=None, now=NOW)
    assert actions() == ["a.done"]


def test_threads_each_have_their_own_transaction(app: Flask, both_databases: str) -> None:
    def write() -> None:
        with transaction():
            record("a.done", "x:1", actor_id=None, now=NOW)
            record("b.done", "x:1", actor_id=None, now=NOW)

    assert together(app, [write] * 4) == [None] * 4
    assert sorted(actions()) == ["a.done"] * 4 + ["b.done"] * 4


# --- Reads


def test_a_read_leaves_no_transaction_open(app: Flask, both_databases: str) -> None:
    make_organizations()
    assert list_within(("/",))
    assert not is_in_transaction(db.session.connection())


def test_a_read_sees_what_another_committed_meanwhile(app: Flask, both_databases: str) -> None:
    assert actions() == []
    together(app, [lambda: record("a.done", "x:1", actor_id=None, now=NOW)])
    assert actions() == ["a.done"]


def test_a_write_may_follow_a_read_that_is_not_read_to_its_end(app: Flask, both_databases: str) -> None:
    save_organizations(shipped_organizations())
    rows = db.session.execute(sa.select(Organization.code))
    rows.fetchone()
    record("a.done", "x:1", actor_id=None, now=NOW)
    assert actions() == ["a.done"]
    rows.close()


@contextmanager
def watched_transactions() -> Iterator[list[str]]:
    """Gather the statements that ran outside a write transaction, or inside a read one."""
    strays: list[str] = []
    read, write = db.engine, write_engine()

    def reading(connection: sa.Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if is_in_transaction(connection):
            strays.append(f"read inside a transaction: {statement}")
        if not statement.startswith(("SELECT", "PRAGMA")):
            strays.append(f"write outside a transaction: {statement}")

    def writing(connection: sa.Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        begins = statement == "BEGIN IMMEDIATE"
        if connection.dialect.name == "sqlite" and is_in_transaction(connection) == begins:
            strays.append(f"not begun, or begun twice: {statement}")

    sa.event.listen(read, "before_cursor_execute", reading)
    sa.event.listen(write, "before_cursor_execute", writing)
    try:
        yield strays
    finally:
        sa.event.remove(read, "before_cursor_execute", reading)
        sa.event.remove(write, "before_cursor_execute", writing)


def test_no_service_starts_inside_a_read_transaction(app: Flask, both_databases: str) -> None:
    renderer = app.extensions["renderer"]
    with watched_transactions() as strays:
        make_organizations()
        make_course()
        trainer = make_person("giang-vien-thu", "24-BTGDV", role=Role.TRAINER)
        manager = make_person("quan-ly-thu", role=Role.MANAGER)
        learner = make_person("hoc-vien-thu", password=PASSWORD)
        session = sign_in("hoc-vien-thu", PASSWORD, source="192.0.2.1", now=NOW)
        assert session is not None
        assert find_session(session.token, now=NOW) is not None
        assert assign(manager, COURSE, COMMUNE, title="Đợt thử", moment=moment()).enrolled == 2
        enroll_in_course(learner, COURSE, moment=moment())
        declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment())
        take_quiz(learner)
        document = get_document(trainer, COURSE, kind="unit", slug=READ_UNIT, language="vi")
        assert document.row is not None
        draft = save_draft(
            trainer, document, "dở dang", note="", base=document.row.latest_id, moment=moment()
        )
        publish(
            trainer,
            document,
            unit_text(body="Đoạn văn mới.").decode(),
            note="",
            effect="repass",
            base=draft.revision_id,
            renderer=renderer,
            moment=moment(1),
        )
        sync_assignments(moment=moment(1))
        course_report(("/",), COURSE, moment(1).day)
        sign_out(session.token)
    assert strays == []


# --- A database that is busy


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold what every writer needs, from outside."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        foreign = sqlite3.connect(str(address.database), isolation_level=None)
        foreign.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            foreign.execute("ROLLBACK")
            foreign.close()
    else:
        with psycopg.connect(url) as connection:
            connection.execute("LOCK TABLE audit_entry IN EXCLUSIVE MODE")
            yield
            connection.rollback()


@pytest.fixture
def impatient(app: Flask) -> None:
    """Let the connection that writes wait for a blink only."""
    with write_engine().connect() as connection:
        driver: Any = connection.connection.driver_connection
        if connection.dialect.name == "sqlite":
            driver.execute("PRAGMA busy_timeout = 20")
        else:
            driver.autocommit = True
            driver.execute("SET lock_timeout = 20")
            driver.autocommit = False


def test_a_lock_that_lasts_is_told_from_a_fault_and_loses_nothing(
    app: Flask, database_url: str, impatient: None
) -> None:
    with locked(database_url), pytest.raises(DBAPIError) as caught:
        record("a.done", "x:1", actor_id=None, now=NOW)
    assert is_busy(caught.value)
    assert actions() == []
    record("a.done", "x:1", actor_id=None, now=NOW)
    assert actions() == ["a.done"]


def test_reading_goes_on_while_the_database_is_locked(app: Flask, database_url: str) -> None:
    make_organizations()
    with locked(database_url):
        assert len(list_within(("/",))) == 6


def test_a_sqlite_transaction_takes_the_write_lock_before_it_reads(app: Flask, impatient: None) -> None:
    def read_inside_a_transaction() -> int:
        with transaction():
            return len(actions())

    with transaction() as session:
        session.execute(sa.select(AuditEntry.id))
        [error] = together(app, [lambda: _impatiently(read_inside_a_transaction)])
    assert isinstance(error, DBAPIError)
    assert is_busy(error)


def _impatiently(call: Callable[[], object]) -> object:
    with write_engine().connect() as connection:  # the listener of the engine begins at once
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA busy_timeout = 20")
    return call()


def test_a_broken_rule_is_not_taken_for_a_busy_database(app: Flask, both_databases: str) -> None:
    make_organizations()
    with pytest.raises(IntegrityError) as caught, transaction() as session:
        session.execute(sa.text("UPDATE organization SET kind = 'castle'"))
    assert not is_busy(caught.value)


# --- Moments


def test_a_moment_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(Exception, match="without a zone"):
        record("a.done", "x:1", actor_id=None, now=datetime(2026, 11, 22))  # noqa: DTZ001  (on purpose)
    assert actions() == []


def test_a_moment_comes_back_as_the_same_instant_in_utc(app: Flask, both_databases: str) -> None:
    moment_in_vietnam = datetime(2026, 11, 22, 0, 30, 1, 5, tzinfo=timezone(timedelta(hours=7)))
    record("a.done", "x:1", actor_id=None, now=moment_in_vietnam)
    stored = current_session().scalars(sa.select(AuditEntry.at)).one()
    assert stored == moment_in_vietnam
    assert stored.tzinfo is UTC
    assert UTCDateTime().process_result_value(None, db.engine.dialect) is None
