"""The benchmark measures what it says, on data that hold together, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from bench.data import Sizes, build, grow
from bench.measure import Spread, family, percentile
from bench.tables import table
from bench.traffic import read_answer
from learning.courses.models import Course
from learning.database import current_session
from learning.domain.membership import Audience
from learning.organizations.models import Organization
from learning.progress.figures import count_overdue
from learning.progress.models import Enrollment, FigureEntry, UnitCompletion
from learning.progress.recount import find_differences
from learning.progress.sums import find_wrong_dues, find_wrong_sums

ROOT = Path(__file__).resolve().parents[2]
TINY = (
    "--people=40",
    "--office=5",
    "--units=4",
    "--questions=3",
    "--workers=1",
    "--rounds=1",
    "--clients=1,2",
    "--seconds=0.02",
)
END_SECONDS = 30


def bench(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start the benchmark, its files in the folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench", "--quick", *TINY, *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_behind(folder: Path) -> list[str]:
    """Return the command lines of processes that were given the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(folder) in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it has ended, or is another user's
    return found


def test_it_measures_prints_and_leaves_nothing_behind(tmp_path: Path) -> None:
    output = tmp_path / "figures.json"
    process = bench(tmp_path, "--pages=unit,sitting,answering", "--growth=30,40", f"--output={output}")
    printed, said = process.communicate(timeout=120)
    assert process.returncode == 0, said

    figures = json.loads(output.read_text())
    unit, sitting, answering = figures["pages"]
    assert (unit["name"], unit["requests"]) == ("unit", 1)
    assert (sitting["name"], sitting["requests"]) == ("sitting", 6)
    assert (answering["name"], answering["requests"]) == ("answering", 2 + 3 + 2)
    assert figures["quizzes"]["parsing"]["median"] > figures["quizzes"]["marking"]["median"] > 0
    assert unit["ours"]["median"] > 0 < unit["floor"]["median"]
    assert 1 <= unit["statements"] < sitting["statements"]
    assert [latency["clients"] for latency in unit["latencies"]] == [1, 2]
    assert figures["weight"]["html"] > 1000 < sum(figures["weight"]["styles"])
    assert figures["memory"]["pss_bytes"] > 10_000_000
    assert figures["starts"]["next"]["median"] > 0
    assert [step["enrollments"] for step in figures["growth"]] == [30, 40]
    assert "| unit " in printed
    assert "| one completion " in printed
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_what_was_started(tmp_path: Path, stop: signal.Signals) -> None:
    process = bench(tmp_path, "--only=pages", "--pages=unit", "--seconds=30")
    assert process.stderr is not None
    while "measuring" not in (line := process.stderr.readline()):
        assert line, "it ended before it measured"
    servers = [pid for pid in family(process.pid) if pid != process.pid]
    assert len(servers) >= 4  # site and floor, each a parent and a worker
    process.send_signal(stop)
    process.communicate(timeout=END_SECONDS)
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []
    assert left_behind(tmp_path) == []


def test_generated_data_hold_together(app: Flask, both_databases: str) -> None:
    sizes = Sizes(people=60, office=10, communes=5, units=6, questions=3, sessions=10)
    build(app, sizes)
    grow(app, sizes, people=100)
    today = date.today()  # noqa: DTZ011  (any day after the last entry)
    for days in (0, 30, 90):
        assert find_differences(today - timedelta(days=days), app.config["ZONE"]) == []
    assert (find_wrong_sums(), find_wrong_dues()) == ([], [])
    placed = select(Enrollment.audience, Organization.kind).join(Organization).distinct()
    people = {(audience, kind) for audience, kind in current_session().execute(placed)}
    assert people >= {(audience, kind) for audience in ("", *Audience) for kind in ("commune", "village")}
    day = today - timedelta(days=30)
    assert sum(count_overdue(("/",), current_session().scalars(select(Course.id)).all(), day).values()) > 0
    session = current_session()
    assert session.scalar(select(func.count()).select_from(Enrollment)) == 110 + 2 * 60
    assert (session.scalar(select(func.count()).select_from(UnitCompletion)) or 0) > 100
    assert (session.scalar(select(func.count()).where(FigureEntry.measure == "completed")) or 0) > 100


def test_an_answer_is_taken_when_it_is_complete() -> None:
    whole = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 3\r\n\r\nabc"
    for end in range(len(whole)):
        assert read_answer(bytearray(whole[:end])) is None
    answer = read_answer(bytearray(whole))
    assert answer is not None
    assert (answer.status, answer.cookies, answer.body, answer.size) == (200, {"a": "b"}, b"abc", len(whole))


def test_chunks_that_look_like_an_end_are_not_one() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"7\r\nx\r\n0\r\n\r\r\n3\r\nabc\r\n0\r\n\r\n"
    for end in range(len(chunks)):
        assert read_answer(bytearray(head + chunks[:end])) is None
    answer = read_answer(bytearray(head + chunks))
    assert answer is not None
    assert answer.body == b"x\r\n0\r\n\rabc"


def test_figures_are_what_they_are_called() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    hundred = [float(number) for number in range(1, 101)]
    assert (percentile(hundred, 0.5), percentile(hundred, 0.95), percentile([7.0], 0.95)) == (50.0, 95.0, 7.0)


def test_a_table_is_markdown_in_columns() -> None:
    assert table(("page", "ms"), [("unit", "1.25"), ("a", "10")]).splitlines() == [
        "| page |   ms |",
        "|------|-----:|",
        "| unit | 1.25 |",
        "| a    |   10 |",
    ]
