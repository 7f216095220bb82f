"""The line to the mail server: one mail after another, and for each what the server said.

What breaks before a text was sent in full is safe to try again. After the last line of a text, the server has the mail
or has not, and only its answer tells which.
"""

import hashlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

from learning.domain.mail import MailServer, Security
from learning.mail.models import MailState
from learning.mail.services import TakenMail

TIMEOUT = 15.0  # seconds for each word of the server
GOODBYE = 1.0  # for its last
_POLICY = SMTP_POLICY.clone(cte_type="7bit")  # any server carries it
_DOTS = re.compile(rb"^\.", re.MULTILINE)
_OK, _FORWARDED, _GO_ON, _CLOSING, _PERMANENT = 250, 251, 354, 421, 500
_FAULTS = (OSError, smtplib.SMTPException)


class ServerAway(Exception):
    """The server cannot be reached or takes nothing from us; it says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mail, with the server's words where it refused."""

    state: MailState
    words: str = ""


def compose(mail: TakenMail, server: MailServer) -> bytes:
    """Return the mail as it travels: plain text, one sender, the same name each time that it is sent."""
    message = EmailMessage(policy=_POLICY)
    user, _at, domain = server.sender.rpartition("@")
    message["From"] = Address(server.sender_name, user, domain)
    message["To"] = mail.address
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.queued_at)
    message["Message-ID"] = f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:32]}@{server.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    message["Content-Language"] = mail.language
    return message.as_bytes()


class Line:
    """An open line to the server."""

    def __init__(self, smtp: smtplib.SMTP, server: MailServer) -> None:
        self.smtp = smtp
        self.server = server

    def send(self, mail: TakenMail) -> Verdict:
        """Hand one mail over; raises ServerAway when the server broke off before it had the whole text."""
        try:
            text = compose(mail, self.server)
        except ValueError as fault:  # no mail of ours is like this; should one be, it stops no other
            return Verdict(MailState.FAILED, _words_of(fault))
        try:
            self._ask("MAIL", f"FROM:<{self.server.sender}>", (_OK,))
            code, words = self.smtp.docmd("RCPT", f"TO:<{mail.address}>")
            if code not in (_OK, _FORWARDED):
                return self._refused(code, words)
            code, words = self.smtp.docmd("DATA")
            if code != _GO_ON:
                return self._refused(code, words)
            self.smtp.send(_DOTS.sub(b"..", text))
        except _FAULTS as fault:
            raise ServerAway(_words_of(fault)) from fault
        try:
            self.smtp.send(b".\r\n")
            code, words = self.smtp.getreply()
        except _FAULTS as fault:
            return Verdict(MailState.UNKNOWN, _words_of(fault))
        if code == _OK:
            return Verdict(MailState.SENT)
        return Verdict(_state_of(code), _one_line(code, words))

    def _ask(self, word: str, rest: str, wanted: tuple[int, ...]) -> None:
        code, words = self.smtp.docmd(word, rest)
        if code not in wanted:
            raise ServerAway(_one_line(code, words))

    def _refused(self, code: int, words: bytes) -> Verdict:
        if code in (_CLOSING, -1):
            raise ServerAway(_one_line(code, words))
        self._ask("RSET", "", (_OK,))
        return Verdict(_state_of(code), _one_line(code, words))


def _state_of(code: int) -> MailState:
    return MailState.FAILED if code >= _PERMANENT else MailState.WAITING


def _words_of(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPResponseException):
        return _one_line(fault.smtp_code, fault.smtp_error)
    return _one_line("", str(fault) or type(fault).__name__)


def _one_line(code: int | str, words: bytes | str) -> str:
    """Return what a server said, without what is no text."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join("".join(c if c.isprintable() else " " for c in f"{code} {text}").split())


@contextmanager
def dial(server: MailServer) -> Iterator[Line]:
    """Open a line, encrypted as the setting asks, and sign in; raises ServerAway."""
    try:
        smtp = _connect(server)
    except _FAULTS as fault:
        raise ServerAway(_words_of(fault)) from fault
    try:
        yield Line(smtp, server)
    finally:
        with suppress(*_FAULTS):
            if smtp.sock is not None:
                smtp.sock.settimeout(GOODBYE)
                smtp.quit()
        smtp.close()


def _connect(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security is Security.TLS:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, server.domain, timeout=TIMEOUT, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, server.domain, timeout=TIMEOUT)
    try:
        if smtp.sock is not None:  # a text and its end are two words, which need not wait for one another
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        wants = server.security is Security.STARTTLS
        if wants or (server.security is Security.OFFERED and smtp.has_extn("starttls")):
            smtp.starttls(context=context)  # raises where the server cannot, or shows a foreign certificate
            smtp.ehlo()
        if server.username:
            smtp.login(server.username, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def queued_now(address: str, subject: str, body: str, *, language: str, now: datetime) -> TakenMail:
    """Return a mail that is sent at once, past the outbox: a test of the line."""
    return TakenMail(0, f"test:{now.isoformat()}", address, language, subject, body, now, 1)
