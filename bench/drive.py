"""The load generator: one thread, many kept connections, each with one visit under way.

It unpacks an answer only where a visit looks at it, so that it stays far cheaper than the servers it loads.
"""

import selectors
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.traffic import Answer, Request, UnexpectedAnswer, Visit, Visitor, read_answer

ANSWER_SECONDS = 60.0
RECEIVE = 256 * 1024

Begin = Callable[[], tuple[Visitor, Visit]]


@dataclass(slots=True)
class Load:
    """What a time of load gave; durations in seconds, one a visit."""

    seconds: float = 0.0
    requests: int = 0
    received: int = 0
    durations: list[float] = field(default_factory=list)

    @property
    def visits(self) -> int:
        """How many visits were made from beginning to end."""
        return len(self.durations)


class Client:
    """One connection, kept open over all its visits."""

    def __init__(self, port: int, begin: Begin) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.begin = begin
        self.data = bytearray()
        self.start()

    def start(self) -> None:
        """Begin the next visit by sending its first request."""
        self.visitor, self.visit = self.begin()
        self.started = time.perf_counter()
        self.send(next(self.visit))

    def send(self, request: Request) -> None:
        """Send one request; the server reads at once, so this does not wait."""
        self.request = request
        self.data.clear()
        self.socket.sendall(self.visitor.encode(request))

    def receive(self) -> Answer | None:
        """Take what has come; return the answer once it is complete; raises UnexpectedAnswer."""
        received = self.socket.recv(RECEIVE)
        if not received:
            raise UnexpectedAnswer(f"{self.request.path}: the connection was closed")
        self.data += received
        answer = read_answer(self.data)
        if answer is not None and answer.status >= 400:
            raise UnexpectedAnswer(f"{self.request.path}: status {answer.status}")
        return answer


def drive(port: int, begin: Begin, *, clients: int, seconds: float, most: int = sys.maxsize) -> Load:
    """Let so many clients make one visit after the other for a time, `most` in all; visits begun are finished.

    Raises UnexpectedAnswer for a status of 400 or more, a closed connection, or no answer at all.
    """
    load = Load()
    open_clients = [Client(port, begin) for _ in range(clients)]
    started = time.perf_counter()
    try:
        with selectors.DefaultSelector() as selector:
            for client in open_clients:
                selector.register(client.socket, selectors.EVENT_READ, client)
            busy = clients
            while busy:
                ready = selector.select(ANSWER_SECONDS)
                if not ready:
                    raise UnexpectedAnswer(f"{open_clients[0].request.path}: no answer")
                for key, _events in ready:
                    client = key.data
                    answer = client.receive()
                    if answer is None:
                        continue
                    load.requests += 1
                    load.received += answer.size
                    client.visitor.learn(answer)
                    try:
                        client.send(client.visit.send(answer))
                    except StopIteration:
                        now = time.perf_counter()
                        load.durations.append(now - client.started)
                        if now - started < seconds and load.visits + busy <= most:
                            client.start()
                        else:
                            selector.unregister(client.socket)
                            busy -= 1
    finally:
        for client in open_clients:
            client.socket.close()
    load.seconds = time.perf_counter() - started
    return load


def make(port: int, visitor: Visitor, visit: Visit) -> Load:
    """Make one visit."""
    return drive(port, lambda: (visitor, visit), clients=1, seconds=0)
