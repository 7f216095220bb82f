"""Long random histories of the ledger, and crashes between any two statements of each kind of event."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import hypothesis
from flask import Flask
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select

from learning.database import Base, current_session, transaction
from learning.domain.errors import DomainError
from learning.domain.membership import Absence, Audience
from learning.progress.concessions import ConcessionKind
from learning.progress.verification import wrong_figures
from tests.support.factories import COMMUNE, READ_UNIT, WARD, ZONE, make_course, make_organizations
from tests.support.histories import EVENTS, History, Undone

LONGEST = 60  # events of one history
AT_A_TIME = 2  # histories between two looks at how many events were played
Event = tuple[Any, ...]


def make_tiny_site(app: Flask) -> None:
    """Give an empty site what histories need: organizations and the tiny course."""
    with app.app_context():
        make_organizations()
        make_course()


@dataclass(slots=True)
class Played:
    """How much was played, and what was wrong."""

    events: int = 0
    refused: int = 0
    verified: int = 0
    faults: list[str] = field(default_factory=list)


def play_histories(app: Flask, *, events: int, seed: int) -> Played:
    """Play random histories on a site with the tiny course until so many events were; each is undone afterwards.

    The figures are held against a recount every ten events, and at the end of each history.
    """
    played = Played()

    @hypothesis.settings(
        max_examples=AT_A_TIME,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(history=st.lists(EVENTS, min_size=LONGEST // 2, max_size=LONGEST))
    def play(history: list[Event]) -> None:
        with app.app_context(), suppress(Undone), transaction():
            _play(history, played)
            raise Undone

    while played.events < events and not played.faults:
        hypothesis.seed(seed + played.events)(play)()
    return played


def _play(events: list[Event], played: Played) -> None:
    history = History()
    for number, one in enumerate(events, start=1):
        try:
            with current_session().begin_nested():
                history.play(one)
        except DomainError:
            played.refused += 1  # what is refused changes nothing
        played.events += 1
        if number % 10 == 0 or number == len(events):
            played.verified += 1
            wrong = list(wrong_figures(history.moment.day, ZONE))
            if wrong:
                played.faults.append(f"{wrong[0]} after {events[:number]}")
                return


# --- Crashes

# For each kind of event one that has something to do after what `PREPARED` did, in this order.
PREPARED: tuple[Event, ...] = (
    ("assign", COMMUNE, 3, None),
    ("read", 1, READ_UNIT),
    ("fail", 1),
    ("wait", 24),
)
KINDS: tuple[Event, ...] = (
    ("hire", WARD),
    ("enroll", 4),
    ("assign", "24", 40, None),
    ("hire", WARD),
    ("sync",),
    ("read", 0, READ_UNIT),
    ("pass", 0),
    ("fail", 1),
    ("move", 0, WARD),
    ("be", 1, Audience.CADRE),
    ("away", 1, Absence.LEAVE),
    ("away", 1, None),
    ("extend", 1, 50),
    ("exempt", 2),
    ("end", 2, ConcessionKind.EXEMPTION),
    ("credit", 2),
    ("publish", "repass", True),
    ("drop",),
    ("restore",),
    ("expire", "renew_window: 1 month\n"),
    ("withdraw",),
)


class Crash(BaseException):
    """The machine stopped: nothing of the program catches this."""


@dataclass(slots=True)
class Crashed:
    """How often it crashed, and what was wrong afterwards."""

    crashes: int = 0
    faults: list[str] = field(default_factory=list)


def crash_everywhere(app: Flask, *, every: int = 1) -> Crashed:
    """Play each kind of event again and again, crashing before its first statement, its second, and so on.

    A commit counts as a statement. What an event of one transaction began is gone after each crash; of one with
    several (a quiz is begun, answered and submitted) nothing is half-done. With `every` only each so many-th
    statement is tried.
    """
    crashed = Crashed()
    with app.app_context():
        history = History()
        for one in PREPARED:
            history.play(one)
        for one in KINDS:
            _crash(app, history, one, every, crashed)
    return crashed


def _crash(app: Flask, history: History, one: Event, every: int, crashed: Crashed) -> None:
    number = 1
    while True:
        before, people = _contents(), len(history.people)
        try:
            with _crashing_at(number) as steps, app.app_context():  # with connections of its own
                history.play(one)
        except Crash:
            crashed.crashes += 1
        except DomainError as refusal:
            if number == 1:
                crashed.faults.append(f"{one} does nothing: {refusal!r}")
            return
        else:
            if number == 1 or _contents() == before:
                crashed.faults.append(f"{one} changed nothing")
            return
        del history.people[people:]
        wrong = list(wrong_figures(history.moment.day, ZONE))
        if wrong:
            crashed.faults.append(f"{one}, crashed at {number}: {wrong[0]}")
        if steps.commits == 0 and _contents() != before:
            crashed.faults.append(f"{one}, crashed at {number}: something of it is left")
        number += every


@dataclass(slots=True)
class _Steps:
    """What a crashing program had done."""

    made: int = 0
    commits: int = 0


@contextmanager
def _crashing_at(number: int) -> Iterator[_Steps]:
    """Crash before the statement, or the commit, with this number, from 1 on."""
    steps = _Steps()

    def step() -> None:
        steps.made += 1
        if steps.made == number:
            raise Crash

    def before(_connection: Any, _cursor: Any, _statement: str, *_rest: Any) -> None:
        step()

    def commit(_connection: Any) -> None:
        step()
        steps.commits += 1

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", commit)
    try:
        yield steps
    finally:
        event.remove(Engine, "commit", commit)
        event.remove(Engine, "before_cursor_execute", before)


def _contents() -> bytes:
    """Return a hash of everything in the database."""
    digest = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        rows = current_session().execute(select(table).order_by(*table.primary_key.columns))
        digest.update(repr((table.name, rows.all())).encode())
    return digest.digest()
