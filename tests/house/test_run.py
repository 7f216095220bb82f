"""The tests' own PostgreSQL: shared by the run, private, and gone afterwards."""

import os
import select
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from scripts.setup import find_postgresql_wheel
from tests.support.run import Run


def address(socket_folder: Path) -> str:
    return f"postgresql://tests@/postgres?host={socket_folder}"


def test_the_server_is_started_once_and_is_gone_after_the_run() -> None:
    run = Run.begin()
    socket_folder = run.postgresql()
    assert run.postgresql() == socket_folder
    with psycopg.connect(address(socket_folder)) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    run.end()
    assert not run.folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address(socket_folder))


def test_the_server_does_not_run_as_root() -> None:
    run = Run.begin()
    try:
        assert (run.postgresql() / "data").stat().st_uid != 0 or os.geteuid() != 0
    finally:
        run.end()


def test_the_packaged_server_starts_from_a_folder_that_others_may_not_enter(tmp_path: Path) -> None:
    programs = find_postgresql_wheel()
    assert programs is not None
    package = programs.parents[1]
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for source in (package, package.with_name(f"{package.name}.libs")):
        (private / source.name).symlink_to(source)
    run = Run.begin()
    try:
        socket_folder = run.postgresql(private / programs.relative_to(package.parent))
        with psycopg.connect(address(socket_folder)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        run.end()


def test_the_server_ends_even_when_the_run_is_killed() -> None:
    program = (
        "import sys; from tests.support.run import Run\n"
        "run = Run.begin(); folder = run.postgresql()\n"
        "print(folder, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        keeper = int((folder.parent / "keeper").read_text())
        watched = os.pidfd_open(keeper)
        process.kill()
        assert select.select([watched], [], [], 30)[0]
        os.close(watched)
    assert not folder.parent.exists()
