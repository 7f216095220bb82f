"""Starting and stopping the servers that are measured, as production does, on free ports of the loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.measure import family
from bench.traffic import HOST
from learning.config import ROOT, Config
from scripts.server_command import server_command

SECRET = "b0a1c2d3e4f5061728394a5b6c7d8e9f-of-the-benchmark"  # noqa: S105  (of a site that lives for minutes)
START_SECONDS = 120
STOP_SECONDS = 15
POLL_SECONDS = 0.005


class CannotMeasure(Exception):
    """A server did not start; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its first process, its port, and how long it took to the first page."""

    process: subprocess.Popen[bytes]
    port: int
    seconds_to_first_page: float

    def pids(self) -> list[int]:
        """Return all its processes."""
        return family(self.process.pid)


def site_environment(data_dir: Path, port: int, workers: int, *, database_url: str = "") -> dict[str, str]:
    """Return the settings of a production site behind a proxy that ends TLS."""
    return {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")},
        "SECRET_KEY": SECRET,
        "SITE_URL": f"https://{HOST}",
        "TRUSTED_PROXIES": "1",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WORKERS": str(workers),
    }


def site_config(data_dir: Path, database_url: str = "") -> Config:
    """Return the same settings for an application inside this process."""
    return Config.from_environment(site_environment(data_dir, 0, 1, database_url=database_url))


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def site(data_dir: Path, *, workers: int, prepare: bool = True, database_url: str = "") -> Iterator[Server]:
    """Run the site on the data of a folder, by the launcher of `make serve`, or by its web server alone."""
    port = free_port()
    launcher = [sys.executable, "-m", "scripts.serve"]
    command = launcher if prepare else server_command("127.0.0.1", port, workers)
    environment = site_environment(data_dir, port, workers, database_url=database_url)
    with _running(command, environment, port, data_dir / "log") as server:
        yield server


@contextmanager
def floor(database: Path, *, workers: int) -> Iterator[Server]:
    """Run the floor program under the same web server."""
    port = free_port()
    command = server_command("127.0.0.1", port, workers, application="bench.floor:app")
    environment = {"PATH": os.environ.get("PATH", ""), "FLOOR_DATABASE": str(database)}
    with _running(command, environment, port, database.with_suffix(".log")) as server:
        yield server


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], port: int, log: Path
) -> Iterator[Server]:
    """Start the command and wait for its first page; whatever happens, end it with all its processes."""
    started = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is for this program, which then ends the server
        )
    try:
        _wait_for_page(process, port, log)
        yield Server(process, port, time.perf_counter() - started)
    finally:
        stop(process)


def _wait_for_page(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            words = log.read_text(errors="replace").splitlines()[-12:]
            raise CannotMeasure("\n".join(["a server did not start:", *words]))
        time.sleep(POLL_SECONDS)


def answers(port: int) -> bool:
    """Tell whether the first page is there, whatever it is."""
    connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("GET", "/", headers={"Host": HOST})
        connection.getresponse().read()
    except OSError:
        return False
    else:
        return True
    finally:
        connection.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server with all its processes: politely, and at once when that takes too long."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})  # none ends this halfway
    try:
        pids = family(process.pid) if process.poll() is None else []
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in pids:
                kill(pid)
            process.wait()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def kill(pid: int) -> None:
    """End a process at once, if it is still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
