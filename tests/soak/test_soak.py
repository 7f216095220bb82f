"""The short forms of `make soak`; tests/soak/__main__.py has the long ones."""

from pathlib import Path

import pytest
from flask import Flask

from tests.soak.fuzz import fuzz
from tests.soak.ground import ground
from tests.soak.kills import kill_and_look
from tests.soak.ledger import KINDS, crash_everywhere, make_tiny_site, play_histories
from tests.soak.queue import kill_workers
from tests.soak.race import ALLOWED, race

MEGABYTES = 1_000_000


@pytest.fixture
def server_database(empty_database_url: str, database_kind: str) -> str:
    """The address for `DATABASE_URL`: none where the site makes its own file."""
    return "" if database_kind == "sqlite" else empty_database_url


def test_one_of_many_gets_the_last_attempt(tmp_path: Path, server_database: str) -> None:
    with ground(tmp_path / "data", server_database, attempts=ALLOWED) as site:
        raced = race(site, rounds=2, clients=20)
    assert raced.faults == []
    assert raced.requests == 2 * (2 + 3 * 20)


def test_what_was_acknowledged_survives_a_killed_server(tmp_path: Path, server_database: str) -> None:
    with ground(tmp_path / "data", server_database) as site:
        killed = kill_and_look(site, rounds=2, writers=4, seed=1)
    assert killed.faults == []
    assert killed.acknowledged >= 2 * 4


def test_killed_workers_lose_no_job_and_send_no_mail_twice(tmp_path: Path, server_database: str) -> None:
    with ground(tmp_path / "data", server_database) as site:
        queued = kill_workers(site, rounds=5, seed=1)
    assert queued.faults == []
    assert queued.mails == 5 * 12


def test_no_request_breaks_the_site(tmp_path: Path) -> None:
    with ground(tmp_path / "data") as site:
        fuzzed = fuzz(site, requests=600, seed=1)
    assert fuzzed.faults == []
    assert fuzzed.requests == 600
    assert {200, 303, 400, 404, 405, 422} <= set(fuzzed.statuses)
    # 195 or 250 to 266, as one or both server processes had to render; a thread that keeps its memory costs 19 each.
    assert fuzzed.pss_bytes < 290 * MEGABYTES


@pytest.mark.usefixtures("both_databases")
def test_the_ledger_holds_through_random_events(app: Flask) -> None:
    make_tiny_site(app)
    played = play_histories(app, events=60, seed=1)
    assert played.faults == []
    assert played.events >= 60 > played.refused
    assert played.verified >= 6


@pytest.mark.usefixtures("both_databases")
def test_a_crash_between_any_two_statements_leaves_nothing_half_done(app: Flask) -> None:
    make_tiny_site(app)
    crashed = crash_everywhere(app, every=11)
    assert crashed.faults == []
    assert crashed.crashes > len(KINDS)
