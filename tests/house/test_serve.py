"""The launcher refuses what would be unsafe, in one clear line, before it changes anything."""

import os
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bench.measure import family
from scripts.serve import CannotStart, keep_secret, number, with_demo_defaults

ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789abcdef" * 3
WAIT_SECONDS = 30
LOOK_SECONDS = 0.1


def launch(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    unset = dict.fromkeys(("SECRET_KEY", "SITE_URL", "HOST", "PORT", "WORKERS"), "")
    return subprocess.run(
        [sys.executable, "-m", "scripts.serve", *arguments],
        cwd=ROOT,
        env={**os.environ, **unset, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SITE_URL": "https://hoc.example"}, "SECRET_KEY"),
        ({"SITE_URL": "https://hoc.example", "SECRET_KEY": "too short"}, "SECRET_KEY"),
        ({"SITE_URL": "https://hoc.example", "SECRET_KEY": "a" * 48}, "SECRET_KEY"),
        ({"SITE_URL": "https://hoc.example", "SECRET_KEY": "change-me-" + SECRET}, "SECRET_KEY"),
        ({"SECRET_KEY": SECRET}, "SITE_URL"),
        ({"SECRET_KEY": SECRET, "SITE_URL": "https://hoc.example", "PORT": "eighty"}, "PORT"),
        ({"SECRET_KEY": SECRET, "SITE_URL": "https://hoc.example", "WORKERS": "0"}, "WORKERS"),
    ],
)
def test_production_names_the_setting_it_misses(tmp_path: Path, settings: dict[str, str], named: str) -> None:
    result = launch(DATA_DIR=str(tmp_path / "data"), **settings)
    assert result.returncode == 1
    assert result.stderr.startswith(named)
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_a_port_in_use_is_told_before_anything_is_prepared(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = {"SECRET_KEY": SECRET, "SITE_URL": "https://hoc.example", "PORT": str(port)}
        result = launch(DATA_DIR=str(tmp_path / "data"), **settings)
    assert result.returncode == 1
    assert f"127.0.0.1:{port}" in result.stderr
    assert not (tmp_path / "data").exists()


def test_the_site_serves_with_one_process_for_background_work_which_ends_with_it(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = tmp_path / "data"
    settings = {
        **os.environ,
        **dict.fromkeys(("DATABASE_URL", "TRUSTED_HOSTS", "TRUSTED_PROXIES", "HOST"), ""),
        "SECRET_KEY": SECRET,
        "SITE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "WORKERS": "1",
        "DATA_DIR": str(data),
    }
    command = [sys.executable, "-m", "scripts.serve"]
    with subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "Serving on" not in (line := process.stdout.readline()):
            assert line, "it ended before it served"
        with sqlite3.connect(data / "site.db", timeout=10) as database:
            database.execute(
                "INSERT INTO job (kind, arguments, state, due_at, tries, queued_at)"
                " VALUES ('forget', '{}', 'waiting', '2026-01-01', 0, '2026-01-01')"
            )
        ended = "SELECT count(*) FROM job WHERE kind = 'forget' AND due_at = '2026-01-01' AND state = 'done'"
        until = time.monotonic() + WAIT_SECONDS
        done = 0
        with closing(sqlite3.connect(data / "site.db", timeout=10)) as database:
            while not done and time.monotonic() < until:
                [done] = database.execute(ended).fetchone()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_SECONDS)
        children = [pid for pid in family(process.pid) if pid != process.pid]
        process.terminate()
        assert process.wait(WAIT_SECONDS) == 0
    assert done == 1
    assert len(children) == 2  # one that serves, one that works
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_the_demonstration_makes_its_secret_once_and_keeps_it_private(tmp_path: Path) -> None:
    first = keep_secret(tmp_path / "data")
    assert keep_secret(tmp_path / "data") == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secret-key").stat().st_mode) == 0o600


def test_the_demonstration_leaves_what_is_set(tmp_path: Path) -> None:
    chosen = {"DATA_DIR": str(tmp_path), "SECRET_KEY": SECRET, "SITE_URL": "http://127.0.0.1:9"}
    assert with_demo_defaults(chosen, 8000) == chosen
    filled = with_demo_defaults({"DATA_DIR": str(tmp_path)}, 8123)
    assert filled["SITE_URL"] == "http://127.0.0.1:8123"


def test_numbers_are_read_and_bounded() -> None:
    assert number({"PORT": " 81 "}, "PORT", 8000, 65535) == 81
    assert number({}, "PORT", 8000, 65535) == 8000
    with pytest.raises(CannotStart, match="65535"):
        number({"PORT": "65536"}, "PORT", 8000, 65535)
