"""`make soak`: the checks of this folder at length, and growth to a million enrollments, with their figures."""

import argparse
import logging
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask

from bench.__main__ import numbers, say, unwind
from bench.data import Sizes
from bench.growth import measure_growth
from bench.servers import CannotMeasure
from bench.tables import growth_table, megabytes, table
from tests.soak.fuzz import fuzz
from tests.soak.ground import ground
from tests.soak.kills import kill_and_look
from tests.soak.ledger import crash_everywhere, make_tiny_site, play_histories
from tests.soak.queue import kill_workers
from tests.soak.race import ALLOWED, race
from tests.support.databases import Databases, close_pools, make_site
from tests.support.run import Run

CHECKS = ("race", "kills", "queue", "ledger", "crashes", "fuzz", "growth")
KINDS = ("sqlite", "postgresql")
SHOWN_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the result."""

    check: str
    done: str
    seconds: float
    faults: list[str]


def parse(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--only", default=",".join(CHECKS), help="checks, with commas: " + ", ".join(CHECKS))
    parser.add_argument("--rounds", type=int, default=100, help="of the race, on each database")
    parser.add_argument("--clients", type=int, default=50, help="at once in the race")
    parser.add_argument("--kills", type=int, default=30, help="on each database")
    parser.add_argument("--worker-kills", type=int, default=100, help="on each database")
    parser.add_argument("--writers", type=int, default=8, help="at work when the server is killed")
    parser.add_argument("--requests", type=int, default=20_000, help="fuzzed")
    parser.add_argument("--events", type=int, default=20_000, help="of the ledger, on each database")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--growth", type=numbers, default=(1_000, 100_000, 1_000_000), help="enrollments")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Run what is asked for; return 0, 1 when something is wrong, 130 after an interruption."""
    arguments = parse(words)
    logging.disable(logging.INFO)
    signal.signal(signal.SIGTERM, unwind)
    checks = arguments.only.split(",")
    lines: list[Line] = []
    run = Run.begin()
    try:
        for check in checks:
            for line in _run(check, arguments, run):
                lines.append(line)
                say(f"{line.check}: {line.done}, {len(line.faults)} faults, {line.seconds:.0f} s")
        if "growth" in checks:
            _grow(arguments)
    except CannotMeasure as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        run.end()
    rows = [(line.check, line.done, f"{line.seconds:.0f}", str(len(line.faults))) for line in lines]
    print("\n" + table(("check", "done", "seconds", "faults"), rows))
    for line in lines:
        for fault in line.faults[:SHOWN_FAULTS]:
            print(f"{line.check}: {fault}")
    return int(any(line.faults for line in lines))


def _run(check: str, arguments: argparse.Namespace, run: Run) -> Iterator[Line]:
    """Give the lines of one check."""
    if check == "race":
        for kind in KINDS:
            yield _timed(f"race, {kind}", partial(_race, arguments, run, kind))
    elif check == "kills":
        for kind in KINDS:
            yield _timed(f"kill -9, {kind}", partial(_kill, arguments, run, kind))
    elif check == "queue":
        for kind in KINDS:
            yield _timed(f"queue, {kind}", partial(_queue, arguments, run, kind))
    elif check == "ledger":
        for kind in KINDS:
            yield _timed(f"ledger, {kind}", partial(_play, arguments, run, kind))
    elif check == "crashes":
        for kind in KINDS:
            yield _timed(f"crashes, {kind}", partial(_crash, run, kind))
    elif check == "fuzz":
        yield _timed("fuzz", partial(_fuzz, arguments))


def _timed(check: str, work: Callable[[], tuple[str, list[str]]]) -> Line:
    began = time.monotonic()
    done, faults = work()
    return Line(check, done, time.monotonic() - began, faults)


@contextmanager
def _database(run: Run, kind: str) -> Iterator[tuple[Path, str]]:
    """Give a folder for data and the setting `DATABASE_URL` of a database that is empty."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    try:
        if kind == "sqlite":
            yield folder / "data", ""
        else:
            with Databases(run).empty(kind, folder) as url:
                yield folder / "data", url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _race(arguments: argparse.Namespace, run: Run, kind: str) -> tuple[str, list[str]]:
    with _database(run, kind) as (folder, url), ground(folder, url, attempts=ALLOWED) as site:
        raced = race(site, rounds=arguments.rounds, clients=arguments.clients)
    return f"{raced.rounds} rounds of {arguments.clients} clients, {raced.requests:,} requests", raced.faults


def _kill(arguments: argparse.Namespace, run: Run, kind: str) -> tuple[str, list[str]]:
    with _database(run, kind) as (folder, url), ground(folder, url) as site:
        killed = kill_and_look(site, rounds=arguments.kills, writers=arguments.writers, seed=arguments.seed)
    return f"{killed.rounds} kills, {killed.acknowledged:,} acknowledged writes looked for", killed.faults


def _queue(arguments: argparse.Namespace, run: Run, kind: str) -> tuple[str, list[str]]:
    with _database(run, kind) as (folder, url), ground(folder, url) as site:
        queued = kill_workers(site, rounds=arguments.worker_kills, seed=arguments.seed)
    return f"{queued.rounds} killed workers, {queued.mails:,} mails, {queued.unsure} unsure", queued.faults


@contextmanager
def _tiny_site(run: Run, kind: str) -> Iterator[Flask]:
    """Give the site with the tiny course, inside this process."""
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        Databases(run).fresh(kind, Path(folder)) as url,
    ):
        app = make_site(url, Path(folder))
        make_tiny_site(app)
        try:
            yield app
        finally:
            app.extensions["renderer"].close()
            close_pools(app)


def _play(arguments: argparse.Namespace, run: Run, kind: str) -> tuple[str, list[str]]:
    with _tiny_site(run, kind) as app:
        played = play_histories(app, events=arguments.events, seed=arguments.seed)
    done = f"{played.events:,} events ({played.refused:,} refused), verified {played.verified:,} times"
    return done, played.faults


def _crash(run: Run, kind: str) -> tuple[str, list[str]]:
    with _tiny_site(run, kind) as app:
        crashed = crash_everywhere(app)
    return f"{crashed.crashes:,} crashes", crashed.faults


def _fuzz(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, ground(Path(folder) / "data") as site:
        fuzzed = fuzz(site, requests=arguments.requests, seed=arguments.seed)
    statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(fuzzed.statuses.items()))
    return f"{fuzzed.requests:,} requests ({statuses}), {megabytes(fuzzed.pss_bytes)} MB", fuzzed.faults


def _grow(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        sizes = Sizes(people=arguments.growth[0], office=0)
        steps = measure_growth(Path(folder), sizes, arguments.growth, workers=2, seconds=2, say=say)
    print("\n" + growth_table(steps))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
