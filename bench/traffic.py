"""What goes over the line: requests, answers, and visitors who hold a session as a browser does.

A visit is a generator that yields requests and is given answers, so that one description of what a person does
serves the load generator (`drive.py`), the count of statements and the profile (`inside.py`).
"""

import zlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

HOST = "hoc.example"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `fields` make it a POST of a form."""

    path: str
    fields: Sequence[tuple[str, str]] | None = None
    accept: str = "text/html"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `size` counts every byte on the line, head and body."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes
    size: int

    @property
    def text(self) -> str:
        """The body as text, unpacked where it was compressed."""
        packed = self.headers.get("content-encoding") == "gzip"
        return (zlib.decompress(self.body, zlib.MAX_WBITS | 16) if packed else self.body).decode()


Visit = Generator[Request, Answer, None]


class UnexpectedAnswer(Exception):
    """The server answered as no visit expects it, so that figures would mean nothing."""


@dataclass(slots=True)
class Visitor:
    """A browser of one person behind the proxy of a production site: her cookies and her address."""

    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "192.0.2.1"
    encodings: str = "gzip, br"

    def headers(self, request: Request) -> list[tuple[str, str]]:
        """Return the headers of a request as proxy and browser together make them."""
        headers = [
            ("Host", HOST),
            ("X-Forwarded-For", self.address),
            ("X-Forwarded-Proto", "https"),
            ("Accept", request.accept),
            ("Accept-Encoding", self.encodings),
            ("Accept-Language", "vi"),
        ]
        if self.cookies:
            headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        if request.fields is not None:
            headers.append(("Referer", f"https://{HOST}{request.path}"))
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        return headers

    def encode(self, request: Request) -> bytes:
        """Return the request as it goes over the line."""
        body = b"" if request.fields is None else urlencode(request.fields).encode()
        headers = self.headers(request)
        if request.fields is not None:
            headers.append(("Content-Length", str(len(body))))
        method = "GET" if request.fields is None else "POST"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"{method} {request.path} HTTP/1.1\r\n{head}\r\n".encode() + body

    def learn(self, answer: Answer) -> None:
        """Keep the cookies that came."""
        self.cookies.update(answer.cookies)


def read_answer(data: bytearray) -> Answer | None:
    """Return the answer that the bytes hold, None while it is not complete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    status_line, *lines = bytes(data[:end]).decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        name = name.lower()
        if name == "set-cookie":
            cookie, _, content = value.partition(";")[0].partition("=")
            cookies[cookie] = content
        else:
            headers[name] = value
    start = end + 4
    if headers.get("transfer-encoding") == "chunked":
        chunks = _unchunk(bytes(data[start:])) if data.endswith(b"\r\n0\r\n\r\n") else None
        if chunks is None:
            return None
        body = chunks
    else:
        length = int(headers.get("content-length", "0"))
        if len(data) < start + length:
            return None
        body = bytes(data[start : start + length])
    return Answer(int(status_line.split(" ", 2)[1]), headers, cookies, body, len(data))


def _unchunk(data: bytes) -> bytes | None:
    """Return what the chunks hold, None when the last one is not there yet."""
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        end = data.index(b"\r\n", at)
        length = int(data[at:end], 16)
        if length == 0:
            return b"".join(parts)
        parts.append(data[end + 2 : end + 2 + length])
        at = end + 4 + length
    return None
