"""The site inside this process: statements counted, and a profile of where the time goes."""

import cProfile
import io
import pstats
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from bench.drive import Begin
from bench.servers import site_config
from bench.traffic import HOST, Answer, Request, UnexpectedAnswer, Visit, Visitor
from learning.app import create_app
from learning.database import db

NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE", "SET ")
LINES = 45


@contextmanager
def application(data_dir: Path, database_url: str = "") -> Iterator[Flask]:
    """Give the site on the data of a folder, and close what it opened."""
    app = create_app(site_config(data_dir, database_url))
    try:
        yield app
    finally:
        app.extensions["renderer"].close()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        app.extensions["write_engine"].dispose()


def send(client: FlaskClient, visitor: Visitor, request: Request) -> Answer:
    """Send one request to the application; raises UnexpectedAnswer for a status of 400 or more."""
    method = "GET" if request.fields is None else "POST"
    response: TestResponse = client.open(
        request.path,
        method=method,
        base_url=f"http://{HOST}",
        headers=visitor.headers(request),
        data=None if request.fields is None else urlencode(request.fields).encode(),
        buffered=True,
    )
    if response.status_code >= 400:
        raise UnexpectedAnswer(f"{request.path}: status {response.status_code}")
    cookies = {}
    for line in response.headers.getlist("Set-Cookie"):
        name, _, content = line.partition(";")[0].partition("=")
        cookies[name] = content
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, cookies, response.data, len(response.data))


def make(app: Flask, visitor: Visitor, visit: Visit) -> None:
    """Make one visit."""
    client = app.test_client(use_cookies=False)
    request = next(visit)
    while True:
        answer = send(client, visitor, request)
        visitor.learn(answer)
        try:
            request = visit.send(answer)
        except StopIteration:
            return


@contextmanager
def counting_statements() -> Iterator[list[str]]:
    """Give the list that takes the statements sent meanwhile; what opens and closes a transaction is left out."""
    statements: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(NOT_COUNTED):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


def count_statements(app: Flask, begin: Begin) -> int:
    """Return how many statements a visit asks of the database, once caches are filled."""
    make(app, *begin())
    with counting_statements() as statements:
        make(app, *begin())
    return len(statements)


def profile(app: Flask, begin: Begin, *, visits: int, seconds: float) -> str:
    """Return where the time of so many visits goes, by own time and with what is called; stop after a time."""
    make(app, *begin())
    profiler = cProfile.Profile()
    started = time.monotonic()
    made = 0
    while made < visits and time.monotonic() < started + seconds:
        visitor, visit = begin()
        profiler.enable()
        make(app, visitor, visit)
        profiler.disable()
        made += 1
    text = io.StringIO()
    text.write(f"{made} visits\n")
    statistics = pstats.Stats(profiler, stream=text).strip_dirs()
    statistics.sort_stats("tottime").print_stats(LINES)
    statistics.sort_stats("cumulative").print_stats(LINES)
    return text.getvalue()
