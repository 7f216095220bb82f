"""A mail server on this machine that keeps what it takes, and can be told to misbehave."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask

from learning.domain.mail import Security

SENDER = "hoc-tap@coquan.example"
USER, PASSWORD = "trang-hoc", "mat-khau:thu/@"


@dataclass
class MailSink:
    """What the server took, and how it answers: by address, or for all."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # address -> answer to RCPT
    answer: str = "250 OK"  # to a whole text
    slow_seconds: float = 0.0
    drops: str = ""  # "before" or "after" the text was taken, without an answer
    tried: int = 0

    @property
    def addresses(self) -> list[str]:
        """To whom mail was taken, in order."""
        return [address for address, _message in self.taken]

    # The names are those that aiosmtpd calls.

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer for one address."""
        self.tried += 1
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a text, or not."""
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        assert isinstance(server.transport, asyncio.Transport)
        if self.drops == "before":
            server.transport.abort()
            return "421 gone"
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            self.taken += [(address, message) for address in envelope.rcpt_tos]
        if self.drops == "after":
            server.transport.abort()
        return self.answer


class _AnyPort(Controller):
    """A server on a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
) -> AuthResult:
    is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert("127.0.0.1").configure_cert(context)
    return context


def write_authority(folder: Path) -> Path:
    """Write the certificate of who signs the server's, made anew in each run, and return the file."""
    path = folder / "authority.pem"
    _authority().cert_pem.write_to_path(path)
    return path


@contextmanager
def mail_sink(security: Security = Security.NEVER) -> Iterator[MailSink]:
    """Run the server on a port of its own; one with STARTTLS wants user and password."""
    sink = MailSink()
    options: dict[str, Any] = {}
    if security is Security.TLS:
        options = {"ssl_context": _tls()}
    elif security is Security.STARTTLS:
        options = {"tls_context": _tls(), "authenticator": _authenticate, "auth_required": True}
    controller = _AnyPort(sink, hostname="127.0.0.1", port=0, server_hostname="may-chu.example", **options)
    controller.start()
    try:
        sink.port = controller.port
        yield sink
    finally:
        controller.stop()


def use_mail(app: Flask, port: int, *, url: str = "") -> None:
    """Let the site send over a server on this machine."""
    app.config["SITE"] = replace(
        app.config["SITE"], smtp_url=url or f"smtp://127.0.0.1:{port}", mail_from=SENDER
    )


def address_of(sink: MailSink, scheme: str, *, password: str = PASSWORD) -> str:
    """Return the setting `SMTP_URL` by which the site signs in."""
    return f"{scheme}://{USER}:{quote(password, safe='')}@127.0.0.1:{sink.port}"


@contextmanager
def silent_server(says: bytes = b"") -> Iterator[int]:
    """Run a server that takes connections, says this much, and then nothing for ever; gives its port."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    line, _address = listening.accept()
                    line.sendall(says)
                    held.append(line)
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
            for line in held:
                line.close()
