"""The web server as `scripts/server_command.py` starts it: slow, broken and hostile connections; its end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

import pytest

from scripts.server_command import THREADS, server_command

SUPPORT = Path(__file__).resolve().parent.parent / "support"
MANY = 300
ANSWER_SECONDS = 5  # generous: the machine may be busy; without the server's care there is no answer at all
END_SECONDS = 15


@dataclass(frozen=True)
class Server:
    """A running web server."""

    process: subprocess.Popen[str]
    port: int

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)

    def send(self, data: bytes) -> socket.socket:
        """Open a connection and send on it."""
        connection = self.connect()
        connection.sendall(data)
        return connection

    def get(self, path: str = "/") -> str:
        """Return the body of a page, asked for on a connection of its own."""
        body, connection = self.keep(path)
        connection.close()
        return body

    def keep(self, path: str) -> tuple[str, socket.socket]:
        """Return the body of a page and its connection, which both sides keep open."""
        connection = self.send(f"GET {path} HTTP/1.1\r\nHost: site.test\r\n\r\n".encode())
        with HTTPResponse(connection, method="GET") as response:
            response.begin()
            assert response.status == 200
            return response.read().decode(), connection

    def end(self) -> int:
        """Tell the server to stop and return its exit status."""
        self.process.terminate()
        return self.process.wait(END_SECONDS)


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a server on the tiny site; whatever still runs at the end is killed."""
    with ExitStack() as stack:

        def start(*, workers: int = 2, limits: str = "") -> Server:
            command = server_command("127.0.0.1", 0, workers, application="tiny_site:application")
            process = stack.enter_context(
                subprocess.Popen(
                    command,
                    cwd=tmp_path,
                    env={**os.environ, "PYTHONPATH": str(SUPPORT), "LIMITS": limits},
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)  # its processes end by themselves without it, as a test below shows
            assert process.stdout is not None
            return Server(process, int(process.stdout.readline().removeprefix("listening on port ")))

        yield start


@pytest.fixture
def hold() -> Iterator[ExitStack]:
    """What keeps connections open for the time of the test."""
    with ExitStack() as stack:
        yield stack


def still_open(connection: socket.socket) -> bool:
    """Whether the server has neither answered nor closed."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    else:
        return False
    finally:
        connection.settimeout(ANSWER_SECONDS)


def answer(connection: socket.socket) -> str:
    """Read until the server closes; return what came, "" when it was closed without a word."""
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received.decode()


def status(connection: socket.socket) -> int:
    """Return the status of the answer, of whichever HTTP version."""
    return int(answer(connection).split(" ", 2)[1])


def test_hundreds_of_slow_headers_do_not_keep_others_waiting(start: Start, hold: ExitStack) -> None:
    server = start()
    head = b"GET / HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\nX-Slow"
    slow = [hold.enter_context(server.send(head)) for _ in range(MANY)]

    assert [server.get() for _ in range(5)] == ["here"] * 5

    assert all(map(still_open, slow))
    for connection in slow:
        connection.sendall(b": done\r\n\r\n")
    assert {answer(connection).rpartition("\r\n")[2] for connection in slow} == {"here"}


def test_hundreds_of_slow_bodies_do_not_keep_others_waiting(start: Start, hold: ExitStack) -> None:
    server = start()
    head = b"POST / HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n"
    slow = [hold.enter_context(server.send(head + b"a" * 500)) for _ in range(MANY)]

    assert [server.get() for _ in range(5)] == ["here"] * 5

    assert all(map(still_open, slow))
    for connection in slow:
        connection.sendall(b"a" * 500)
    assert {answer(connection).rpartition("\r\n")[2] for connection in slow} == {"1000"}


@pytest.mark.parametrize(
    "framing",
    [b"Content-Length: 1000\r\n\r\nsource=half", b"Transfer-Encoding: chunked\r\n\r\nb\r\nsource=half\r\n"],
)
def test_a_body_cut_off_on_the_way_never_reaches_the_site(start: Start, framing: bytes) -> None:
    server = start(workers=1)
    with server.send(b"POST / HTTP/1.1\r\nHost: site.test\r\n" + framing) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert answer(connection) == ""
    assert server.get("/posts") == "0"


@pytest.mark.parametrize(
    ("head", "refused_with"),
    [
        (b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nab=cdef", 400),
        (b"Content-Length: +5\r\n\r\nab=cd", 400),
        (b"Content-Length : 5\r\n\r\nab=cd", 400),
        (b"X-A: b\nContent-Length: 5\r\n\r\nab=cd", 400),
        (b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        (b"X-A: " + b"a" * 40_000 + b"\r\n\r\n", 431),
    ],
)
def test_ambiguous_and_oversized_headers_are_refused(start: Start, head: bytes, refused_with: int) -> None:
    server = start(workers=1)
    with server.send(b"POST / HTTP/1.1\r\nHost: site.test\r\n" + head) as connection:
        assert status(connection) == refused_with
    assert server.get("/posts") == "0"


def test_a_header_that_never_ends_is_given_up(start: Start) -> None:
    server = start(workers=1, limits="HEADER_SECONDS=0,CHECK_SECONDS=0")
    with server.send(b"GET / HTTP/1.1\r\nX-Slow") as connection:
        assert answer(connection) == ""


def test_readers_who_do_not_read_give_the_threads_back(start: Start, hold: ExitStack) -> None:
    server = start(workers=1, limits="IDLE_SECONDS=1,CHECK_SECONDS=0,UNREAD_BYTES=65536")
    for _ in range(THREADS):
        reader = hold.enter_context(server.send(b"GET /endless HTTP/1.1\r\nHost: site.test\r\n\r\n"))
        assert reader.recv(1) == b"H"
    assert server.get() == "here"


def test_a_stop_waits_for_the_answer_under_way(start: Start, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    server = start(workers=1)
    _, kept = server.keep("/")
    with kept, server.send(b"GET /held HTTP/1.1\r\nHost: site.test\r\n\r\n") as held:
        with (tmp_path / "gate").open("wb") as gate:  # opens when the site has begun to answer
            server.process.terminate()
            assert answer(kept) == ""  # closed: the server is stopping
            assert still_open(held)
            gate.write(b"in time")
        answered = answer(held)
    assert answered.endswith("in time")
    assert "Connection: close" in answered
    assert server.process.wait(END_SECONDS) == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_does_not_wait_for_slow_connections(start: Start, hold: ExitStack, stop: int) -> None:
    server = start()
    slow = [hold.enter_context(server.send(b"GET / HTTP/1.1\r\nX-Slow")) for _ in range(MANY)]
    assert server.get() == "here"
    server.process.send_signal(stop)
    assert server.process.wait(END_SECONDS) == 0
    assert {answer(connection) for connection in slow} == {""}
    with pytest.raises(ConnectionRefusedError):
        server.connect()


def test_a_process_that_dies_is_replaced(start: Start) -> None:
    server = start(workers=1, limits="CRASH_SECONDS=0")
    before, kept = server.keep("/process")
    with kept:
        os.kill(int(before), signal.SIGKILL)
        assert answer(kept) == ""  # the process is gone
    assert server.get("/process") != before
    assert server.end() == 0


def test_processes_that_die_at_once_end_the_server(start: Start) -> None:
    server = start(workers=2, limits="CRASH_SECONDS=3600")
    os.kill(int(server.get("/process")), signal.SIGKILL)
    assert server.process.wait(END_SECONDS) == 1


def test_processes_end_without_their_parent(start: Start) -> None:
    server = start(workers=2)
    _, kept = server.keep("/")
    with kept:
        server.process.kill()
        assert answer(kept) == ""


def test_the_memory_of_password_hashes_is_given_back(start: Start, hold: ExitStack) -> None:
    server = start(workers=1)
    worker = int(server.get("/process"))
    before = anonymous_bytes(worker)
    for _ in range(10):
        request = b"GET /hash HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n"
        asking = [hold.enter_context(server.send(request)) for _ in range(2 * THREADS)]
        assert all("argon2id" in answer(connection) for connection in asking)
    assert anonymous_bytes(worker) - before < 19 * 1024 * 1024  # one hash, of which each thread had several


def anonymous_bytes(pid: int) -> int:
    """Return the memory of the process that is no file's."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))


def test_an_address_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = subprocess.run(
            server_command("127.0.0.1", port, 1, application="tiny_site:application"),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=END_SECONDS,
        )
    assert ended.returncode == 1
    assert ended.stderr == f"127.0.0.1:{port}: Address already in use\n"


def test_the_command_uses_the_running_python() -> None:
    assert server_command("127.0.0.1", 8000, 2)[0] == sys.executable
