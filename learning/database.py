"""The two ways to the database: reads that hold no transaction, and `transaction()` for writes.

Reads run in autocommit on the scoped session of Flask-SQLAlchemy. A write has its own session on an engine
whose BEGIN is BEGIN IMMEDIATE on SQLite: a read transaction that turns to writing there gets "locked" at once,
whatever the busy timeout says. `current_session()` is the write's while one is open, so that one query
function serves both.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CompoundSelect,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Select,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_MS = 5000
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python, and the same instant on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments and store the rest in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The root of all tables; constraint names follow one convention, so that migrations can name them."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: UTCDateTime}
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

_open_write: ContextVar[Session | None] = ContextVar("open_write", default=None)


def init_database(app: Flask, url: str) -> None:
    """Bind the read and the write engine of the application to the database at `url`."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "isolation_level": "AUTOCOMMIT",
        "pool_pre_ping": _is_server(url),
        "hide_parameters": True,  # answers and hashes of passwords are nothing for a log
    }
    db.init_app(app)
    app.teardown_appcontext(_close_reading)
    with app.app_context():
        _prepare(db.engine)
    write = create_engine(url, pool_pre_ping=_is_server(url), hide_parameters=True)
    _prepare(write)
    if write.dialect.name == "sqlite":
        event.listen(write, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    app.extensions["write_engine"] = write


def _close_reading(_error: BaseException | None) -> None:
    if "reading" in g:
        g.pop("reading").close()


def _is_server(url: str) -> bool:
    return not url.startswith("sqlite")


def _prepare(engine: Engine) -> None:
    """Set on every new connection what durability and waiting need."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        if engine.dialect.name == "sqlite":
            connection.isolation_level = None  # SQLAlchemy's events begin transactions, not the driver
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()
        else:
            autocommit = connection.autocommit
            connection.autocommit = True
            connection.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
            connection.execute("SET timezone = 'UTC'")
            connection.autocommit = autocommit


def write_engine() -> Engine:
    """Return the engine on which transactions run."""
    engine: Engine = current_app.extensions["write_engine"]
    return engine


@contextmanager
def transaction() -> Iterator[Session]:
    """Open one transaction, or join the one already open; commit at the end, roll back on any exception."""
    joined = _open_write.get()
    if joined is not None:
        yield joined
        return
    with Session(write_engine(), expire_on_commit=False) as session:
        token = _open_write.set(session)
        try:
            with session.begin():
                yield session
        finally:
            _open_write.reset(token)


def current_session() -> Session:
    """Return the session to read with: the open transaction's, else the autocommit one."""
    session = _open_write.get()
    return session if session is not None else db.session()


def fetch(
    statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]], **values: object
) -> CursorResult[Any]:
    """Run a SELECT of columns with its bound values: in the open transaction, else by itself.

    For what many pages read: the statement is made once, beside its function, and the ORM has no part in it,
    so that what a session has not flushed yet is not seen. Outside of a write all of them share one connection
    in autocommit, until the request or command ends.
    """
    session = _open_write.get()
    if session is not None:
        return session.connection().execute(statement, values)
    if "reading" not in g:
        g.reading = db.engine.connect()
    return g.reading.execute(statement, values)  # type: ignore[no-any-return]  # g holds anything


def lock(statement: Select[*tuple[Any, ...]], **values: object) -> None:
    """Let others who ask for these rows wait until the open transaction ends; on SQLite they wait anyway."""
    if write_engine().dialect.name != "sqlite":
        fetch(statement, **values).all()


def upsert(session: Session, model: type[Base]) -> Any:
    """Return an INSERT into the table that can say what to do on a conflict, in the database's dialect."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    return insert(model)


def upserting(model: type[Base], build: Callable[[Any], Any]) -> Callable[[Session], Any]:
    """Return what gives a session the statement that `build` makes of an upsert, once for each dialect."""
    made: dict[str, Any] = {}

    def statement(session: Session) -> Any:
        dialect = session.get_bind().dialect.name
        if dialect not in made:
            made[dialect] = build(upsert(session, model))
        return made[dialect]

    return statement


def is_busy(error: DBAPIError) -> bool:
    """Tell whether the database was locked, full or away: a state that passes, not a fault of the request."""
    text = str(error.orig).lower()
    code = getattr(error.orig, "sqlstate", None) or ""
    return (
        error.connection_invalidated
        or any(word in text for word in ("database is locked", "database is full", "disk i/o", "readonly"))
        or code in ("55P03", "40P01", "40001", "53100", "53300", "57P03")
        or (not code and "connection" in text and "psycopg" in type(error.orig).__module__)
    )
