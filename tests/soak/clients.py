"""Clients that wait for each answer, whatever it is, and many that ask at the same moment."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

from bench.pages import token_of
from bench.traffic import Request, Visitor

ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client needs to know of an answer."""

    status: int
    location: str
    cookies: dict[str, str]
    body: bytes


class NoAnswer(Exception):
    """The server closed the connection, or did not answer in time."""


class Client:
    """One kept connection; it is opened anew after the server has closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def send(self, data: bytes) -> None:
        """Send a whole request; raises NoAnswer."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.sendall(data)
        except OSError as error:
            self.close()
            raise NoAnswer(repr(error)) from error

    def receive(self, method: str = "GET") -> Reply:
        """Read the whole answer; raises NoAnswer."""
        assert self.socket is not None
        try:
            with HTTPResponse(self.socket, method=method) as response:
                response.begin()
                body = response.read()
                cookies = {}
                for line in response.headers.get_all("Set-Cookie", []):
                    name, _, content = line.partition(";")[0].partition("=")
                    cookies[name] = content
                reply = Reply(response.status, response.headers.get("Location", ""), cookies, body)
                if response.will_close:
                    self.close()
        except (OSError, HTTPException) as error:
            self.close()
            raise NoAnswer(repr(error)) from error
        return reply

    def ask(self, visitor: Visitor, request: Request) -> Reply:
        """Send the visitor's request and return the answer; her cookies are kept; raises NoAnswer."""
        self.send(visitor.encode(request))
        reply = self.receive()
        visitor.cookies |= reply.cookies
        return reply

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None


@dataclass(frozen=True, slots=True)
class FormToken:
    """What lets forms be sent: the token, and the cookie it belongs to; both are of no person."""

    cookies: dict[str, str]
    token: str

    def field(self) -> tuple[str, str]:
        """Return the token as a field."""
        return ("csrf_token", self.token)


def form_token(port: int) -> FormToken:
    """Take a token from a page."""
    client = Client(port)
    reply = client.ask(Visitor(encodings="identity"), Request("/sign-in"))
    client.close()
    return FormToken(reply.cookies, token_of(reply.body.decode()))


def volley(port: int, data: Sequence[bytes]) -> list[Reply]:
    """Send all requests at the same moment, each on a connection of its own; raises NoAnswer."""
    clients = [Client(port) for _ in data]
    try:
        for client, request in zip(clients, data, strict=True):
            client.send(request[:-1])  # the last byte of all of them follows at once
        for client, request in zip(clients, data, strict=True):
            client.send(request[-1:])
        return [client.receive() for client in clients]
    finally:
        for client in clients:
            client.close()
