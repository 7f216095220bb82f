"""Serve a WSGI application with several waitress processes behind one listening socket.

waitress receives a whole request before a thread of the application sees it, so hundreds of slow or broken
connections cost the others nothing (docs/decisions/0002-wsgi-server.md has the figures). What it lacks is
here: several processes, which fork from a parent that has loaded the application and so share its memory; an
end to connections that stall for good; a stop that loses no request. Needs `os.fork`, so no Windows.
"""

import argparse
import contextlib
import ctypes
import gc
import importlib
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped]
from waitress.server import create_server  # type: ignore[import-untyped]

BACKLOG = 1024  # connections the kernel holds while all processes are busy
CONNECTIONS = 2000  # open at once in a process, if the system grants the files
HEADER_BYTES = 32 * 1024
MIB = 1024 * 1024
DEFAULT_BODY = 32 * MIB
UNREAD_BYTES = 64 * MIB  # of an answer wait in a file; beyond that a slow reader holds a thread

M_MMAP_THRESHOLD = -3  # of mallopt(3)
LARGE_BLOCK = MIB

IDLE_SECONDS = 30  # without a byte in either direction
HEADER_SECONDS = 30  # for the whole header, however steadily it drips
SLOWEST_BODY = 500  # bytes a second; a line of 64 kbit/s carries sixteen times that
CHECK_SECONDS = 5

STOP_SECONDS = 4.0  # for requests under way when the server is told to stop
LINGER_SECONDS = 0.5  # for a request that is already on its way over a kept connection
KILL_SECONDS = 5  # after that a process that does not end is killed
CRASH_SECONDS = 2.0  # a process that dies younger than this would only die again

log = logging.getLogger("web_server")


class Worker:
    """One process: waitress's loop and threads over the shared socket, until told to stop."""

    def __init__(
        self, application: Callable[..., Any], listener: socket.socket, threads: int, *, parent: int
    ) -> None:
        config = getattr(application, "config", {})
        self.connections: dict[int, Any] = {}
        self.server = create_server(
            application,
            map=self.connections,
            sockets=[listener],
            threads=threads,
            backlog=BACKLOG,
            connection_limit=connection_limit(),
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=CHECK_SECONDS,
            asyncore_use_poll=True,  # select() fails beyond 1,024 files
            max_request_header_size=HEADER_BYTES,
            # The application refuses in the person's language what is a little too large; only what is far
            # too large is refused here.
            max_request_body_size=2 * (config.get("MAX_CONTENT_LENGTH") or DEFAULT_BODY),
            recv_bytes=64 * 1024,
            outbuf_high_watermark=UNREAD_BYTES,
            clear_untrusted_proxy_headers=False,  # whom to trust is a setting of the site
            ident=None,
        )
        self.parent = parent
        self.stopping = False
        self.began: WeakKeyDictionary[HTTPRequestParser, float] = WeakKeyDictionary()
        self.unread: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # since when an answer waits there
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self.stopping = True
        self.server.pull_trigger()

    def run(self) -> None:
        """Serve until told to stop or left alone by the parent, then answer what is under way."""
        checked = time.monotonic()
        while not self.stopping and os.getppid() == self.parent:
            wasyncore.loop(timeout=1, use_poll=True, map=self.connections, count=1)
            if time.monotonic() - checked >= CHECK_SECONDS:
                checked = time.monotonic()
                self.close_stalled(checked)
        self.drain()

    def close_stalled(self, now: float) -> None:
        """Close connections that would never end: a reader that reads nothing, a sender that only drips."""
        for channel in list(self.server.active_channels.values()):
            request = channel.request
            if not channel.total_outbufs_len:
                self.unread.pop(channel, None)
            if channel.total_outbufs_len:
                # Silence alone says nothing: what was long in coming may have been put there just now.
                there = now - self.unread.setdefault(channel, now)
                stalled = min(there, time.time() - channel.last_activity) > IDLE_SECONDS
            elif request is not None and not channel.requests:
                allowed = HEADER_SECONDS + request.body_bytes_received / SLOWEST_BODY
                stalled = self.began.setdefault(request, now) < now - allowed
            else:
                stalled = False
            if stalled:
                channel.handle_close()

    def drain(self) -> None:
        """Accept what waits at the door, shut it, answer, and close each connection after its answer."""
        accepted = -1
        while len(self.server.active_channels) != accepted:
            accepted = len(self.server.active_channels)
            self.server.handle_accept()
        self.server.del_channel(self.connections)
        self.server.socket.close()
        started = time.monotonic()
        while self.server.active_channels and time.monotonic() < started + STOP_SECONDS:
            wasyncore.loop(timeout=0.05, use_poll=True, map=self.connections, count=1)
            lingering = time.monotonic() < started + LINGER_SECONDS
            for channel in list(self.server.active_channels.values()):
                for request in list(channel.requests):
                    request.headers["CONNECTION"] = "close"  # waitress then announces it in the answer
                receiving = channel.request is not None and channel.request.headers_finished
                busy = channel.requests or channel.total_outbufs_len or receiving
                if not busy and not lingering:
                    channel.handle_close()
        lost = sum(bool(channel.requests) for channel in self.server.active_channels.values())
        if lost:
            log.warning("stopped with %d requests unanswered after %s s", lost, STOP_SECONDS)


class Parent:
    """Keeps the processes running and passes the order to stop on to them.

    One more runs `beside` the servers, where there is work that no request does; it ends by SIGTERM or when alone.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        listener: socket.socket,
        threads: int,
        *,
        beside: Callable[[], None] | None = None,
    ) -> None:
        self.application = application
        self.listener = listener
        self.threads = threads
        self.beside = beside
        self.born: dict[int, tuple[float, Callable[[int, set[signal.Signals]], None]]] = {}
        self.stopping = False

    def run(self, workers: int) -> int:
        """Serve until told to stop; return the exit status: 0, or 1 when a process crashed at its start."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        signal.signal(signal.SIGALRM, self.kill)
        gc.freeze()  # or the first collection in each process would copy the shared memory
        for _ in range(workers):
            self.start(self.serve)
        if self.beside is not None:
            self.start(self.work_beside)
        failed = False
        while self.born:
            pid, status = os.wait()
            born_at, role = self.born.pop(pid)
            age = time.monotonic() - born_at
            if self.stopping:
                continue
            log.error("process %d ended unexpectedly (%d)", pid, os.waitstatus_to_exitcode(status))
            if age < CRASH_SECONDS:
                failed = True
                self.stop()
            else:
                self.start(role)
        return int(failed)

    def start(self, role: Callable[[int, set[signal.Signals]], None]) -> None:
        """Fork one process; signals wait until its own handlers stand."""
        held = {signal.SIGTERM, signal.SIGINT, signal.SIGALRM}
        signal.pthread_sigmask(signal.SIG_BLOCK, held)
        try:
            if self.stopping:
                return
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                self.be(role, parent, held)
            self.born[pid] = time.monotonic(), role
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, held)

    def serve(self, parent: int, held: set[signal.Signals]) -> None:
        """Answer requests."""
        worker = Worker(self.application, self.listener, self.threads, parent=parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, held)
        worker.run()

    def work_beside(self, _parent: int, held: set[signal.Signals]) -> None:
        """Do what no request does."""
        self.listener.close()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, signal.SIG_DFL)  # until it has handlers of its own there is nothing to lose
        signal.pthread_sigmask(signal.SIG_UNBLOCK, held)
        if self.beside is not None:
            self.beside()

    def be(
        self,
        role: Callable[[int, set[signal.Signals]], None],
        parent: int,
        held: set[signal.Signals],
    ) -> None:
        """Be one of the processes, and never return into the parent's code."""
        status = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            role(parent, held)
            status = 0
        except Exception:
            log.exception("the process cannot go on")
        finally:
            logging.shutdown()
            sys.stdout.flush()
            os._exit(status)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Shut the door, tell every process to stop, and set the time at which they are killed."""
        if self.stopping:
            return
        self.stopping = True
        self.listener.close()
        signal.alarm(KILL_SECONDS)
        self.send(signal.SIGTERM)

    def kill(self, _signal: int, _frame: FrameType | None) -> None:
        """End the processes that did not stop in time."""
        log.error("killing processes that do not stop: %s", sorted(self.born))
        self.send(signal.SIGKILL)

    def send(self, name: signal.Signals) -> None:
        """Signal every process still there."""
        for pid in self.born:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, name)


def connection_limit() -> int:
    """Return how many connections a process may hold: one and a temporary file each, some files to spare."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONNECTIONS if files == resource.RLIM_INFINITY else max(100, min(CONNECTIONS, (files - 100) // 2))


def raise_file_limit() -> None:
    """Ask for as many open files as the connections need; many systems begin with 1,024."""
    wanted = 2 * CONNECTIONS + 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def return_large_blocks() -> None:
    """Let the C library give large blocks back to the system as soon as they are freed.

    By itself glibc learns from the largest block that was ever freed, and then each thread keeps as much: after
    some signing in, 19 MiB a thread for password hashes. Other C libraries do not, and have no such setting.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def listen(host: str, port: int) -> socket.socket:
    """Open the socket that all processes share; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def load(name: str) -> Callable[..., Any]:
    """Import the application named `module:attribute` from the current folder."""
    module, _, attribute = name.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    return getattr(importlib.import_module(module), attribute or "application")  # type: ignore[no-any-return]


def serve(
    application: Callable[..., Any],
    listener: socket.socket,
    *,
    workers: int,
    threads: int,
    beside: Callable[[], None] | None = None,
) -> int:
    """Serve an application until told to stop, with a process `beside` it; returns the exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it would warn of every waiting request
    raise_file_limit()
    return_large_blocks()
    return Parent(application, listener, threads, beside=beside).run(workers)


def main() -> int:
    """Read the command line, load the application once, and serve it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("application", help="module:attribute, found from the current folder")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", required=True, type=int, help="0 takes a free one and prints it")
    parser.add_argument("--workers", required=True, type=int, help="processes")
    parser.add_argument("--threads", required=True, type=int, help="threads of the application in a process")
    given = parser.parse_args()
    try:
        listener = listen(given.host, given.port)
    except OSError as error:
        print(f"{given.host}:{given.port}: {os.strerror(error.errno or 0)}", file=sys.stderr)
        return 1
    application = load(given.application)
    if given.port == 0:
        print(f"listening on port {listener.getsockname()[1]}", flush=True)
    return serve(application, listener, workers=given.workers, threads=given.threads)


if __name__ == "__main__":
    sys.exit(main())
