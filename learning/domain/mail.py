"""What addresses of mail look like, and the address of the server that sends it."""

import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from learning.domain.errors import Refused

ADDRESS_MAXIMUM = 254
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{1,64}}@){_LOCAL}@(?:{_LABEL}\.)+{_LABEL}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_address(text: str) -> bool:
    """Tell whether the text is a plain address: ASCII, one @, a domain with a dot."""
    return len(text) <= ADDRESS_MAXIMUM and _ADDRESS.fullmatch(text) is not None


def checked_address(text: str) -> str | None:
    """Return the address without spaces around it, None for an empty text; raises Refused for what is none."""
    address = text.strip()
    if address and not is_address(address):
        raise Refused("“%(text)s” is no e-mail address as ten@coquan.example.", field="email", text=address)
    return address or None


class Security(StrEnum):
    """When the line to the server is encrypted."""

    NEVER = "never"
    OFFERED = "offered"  # where the server offers STARTTLS
    STARTTLS = "starttls"  # STARTTLS, or no mail
    TLS = "tls"  # from the first byte


_SCHEMES = {
    "smtp": (Security.OFFERED, 25),
    "smtp+starttls": (Security.STARTTLS, 587),
    "smtps": (Security.TLS, 465),
}


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes our mail, and the one sender that all of it has."""

    host: str
    port: int
    security: Security
    username: str
    password: str = field(repr=False)
    sender_name: str
    sender: str

    @classmethod
    def parse(cls, url: str, mail_from: str, *, name: str) -> "MailServer":
        """Read `SMTP_URL` and `MAIL_FROM`; `name` is the sender's where the latter has none. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("SMTP_URL must be an address such as smtp+starttls://user:password@mail.example")
        security, port = _SCHEMES[parts.scheme]
        if parts.hostname in _LOOPBACK and security is Security.OFFERED:
            security = Security.NEVER  # what does not leave the machine
        elif parts.username and security is Security.OFFERED:
            security = Security.STARTTLS  # no password goes over an open line
        sender_name, sender = parseaddr(mail_from)
        if not is_address(sender):
            raise ValueError(
                "MAIL_FROM must be an address such as hoc-tap@coquan.example, the sender of all mail"
            )
        return cls(
            host=parts.hostname,
            port=parts.port or port,
            security=security,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender_name=sender_name or name,
            sender=sender,
        )

    @property
    def domain(self) -> str:
        """The part of the sender's address behind the @."""
        return self.sender.rpartition("@")[2]
