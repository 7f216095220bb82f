"""Forging requests: routes and calls that the site has, with values that nobody means well."""

import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from bench.traffic import HOST, Visitor
from learning.organizations.services import DEPARTMENT_CODE, PROVINCE_CODE
from tests.soak import hostile
from tests.soak.clients import FormToken
from tests.soak.ground import COURSE, QUIZ
from tests.support.factories import COMMUNE, OPTIONAL_UNIT, QUIZ_UNIT, READ_UNIT, course_texts

ARGUMENT = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>|{([^{}]+)}")
ARGUMENTS = {
    "attempt": ("1", "2", "3"),
    "code": (COMMUNE, PROVINCE_CODE, DEPARTMENT_CODE),
    "course": (COURSE,),
    "event_id": ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"),
    "number": ("1", "2"),
    "organization": (COMMUNE, PROVINCE_CODE),
    "question": ("mot", "hai", "ba"),
    "quiz": (QUIZ,),
    "unit": (READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT),
}
QUERY = (
    *(
        "as_of",
        "audience",
        "code",
        "course",
        "cursor",
        "from",
        "held",
        "lang",
        "language",
        "limit",
        "membership",
    ),
    *("names", "next", "organization", "page", "q", "sort", "to", "unit"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the API as its description has it, with the names in its body."""

    method: str
    path: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Known:
    """What a look at the site's pages taught: addresses, names of fields, values that exist."""

    routes: list[tuple[str, list[str]]]
    paths: list[str]
    names: list[str]
    values: list[str]
    calls: list[Call]


@dataclass(frozen=True, slots=True)
class Sender:
    """A browser, or with a bearer token a program."""

    visitor: Visitor
    bearer: str = ""


def forge(dice: random.Random, known: Known, sender: Sender, *, token: FormToken) -> tuple[str, bytes]:
    """Return the method and the bytes of a request; a program mostly makes calls of the API."""
    call = dice.choice(known.calls) if sender.bearer and dice.random() < 0.8 else None
    method, path = _called(dice, known, call) if call else _target(dice, known)
    if dice.random() < (0.3 if call else 0.5):
        names = list(QUERY) if dice.random() < 0.7 else known.names
        path += b"?" + _pairs(dice, names, known.values, most=4)
    headers = [
        ("Host", HOST),
        ("X-Forwarded-For", f"198.51.100.{dice.randrange(1, 255)}"),
        ("X-Forwarded-Proto", "https"),
        ("Referer", f"https://{HOST}/"),
    ]
    cookies = dict(sender.visitor.cookies)
    body = b""
    if sender.bearer:
        headers.append(("Authorization", f"Bearer {sender.bearer}"))
    if call and call.names and dice.random() < 0.9:
        body = _called_body(dice, known, call)
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    elif method not in ("GET", "HEAD", "TRACE") or dice.random() < 0.05:
        kind, body = _body(dice, known, token)
        headers += [("Content-Type", kind), ("Content-Length", str(len(body)))]
        cookies |= token.cookies
    if cookies:
        headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())))
    for name, choices in dice.sample(hostile.HEADERS, k=dice.choice((0, 0, 1, 1, 2, 4))):
        headers = [header for header in headers if header[0] != name or dice.random() < 0.1]
        headers.append((name, dice.choice(choices)))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1", "replace")
    return method, b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method.encode(), path, head, body)


def _target(dice: random.Random, known: Known) -> tuple[str, bytes]:
    """Return a method and an address: one that is linked, or a route with values of either kind in it."""
    method = dice.choice(hostile.METHODS)
    if dice.random() < 0.15:
        path = quote(dice.choice(known.paths).partition("?")[0], safe="/%").encode()
    else:
        route, methods = dice.choice(known.routes)
        if dice.random() < 0.8:
            method = dice.choice(methods)
        path = _filled(dice, known, route)
    if dice.random() < 0.03:
        at = dice.randrange(len(path) + 1)
        path = path[:at] + dice.choice(hostile.RAW) + path[at:]
    return method, path if path.startswith(b"/") else b"/" + path


def _called(dice: random.Random, known: Known, call: Call) -> tuple[str, bytes]:
    """Return a call's method, now and then another, and its address with values in it."""
    return call.method if dice.random() < 0.95 else dice.choice(hostile.METHODS), _filled(
        dice, known, call.path
    )


def _filled(dice: random.Random, known: Known, route: str) -> bytes:
    return ARGUMENT.sub(
        lambda found: _argument(dice, known, found.group(1) or found.group(2)), route
    ).encode()


def _called_body(dice: random.Random, known: Known, call: Call) -> bytes:
    """Return a body with the call's own names, some left out, each with a value that fits or does not."""
    body: dict[str, object] = {}
    for name in call.names:
        kind = dice.random()
        if kind < 0.5 and name in ARGUMENTS:
            body[name] = dice.choice(ARGUMENTS[name])
        elif kind < 0.65:
            body[name] = dice.choice((1, 2, "learner", "Người Thử", ["x"], {"a": "b"}))
        elif kind < 0.92:
            body[name] = hostile.json_value(dice, known.names, known.values)
    if dice.random() < 0.05:
        body[hostile.text(dice, known.names)] = 1
    return json.dumps(body).encode()


def _argument(dice: random.Random, known: Known, name: str) -> str:
    """Return a value for a place in a route: mostly one that belongs there."""
    if name in ARGUMENTS and dice.random() < 0.75:
        return dice.choice(ARGUMENTS[name])
    return quote(hostile.text(dice, known.values)[:1500], safe="")


def _pairs(
    dice: random.Random,
    names: list[str],
    values: list[str],
    *,
    most: int,
    first: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """Return fields, most of them with names that the site knows, as a form or a query has them."""
    pairs = list(first)
    for _ in range(dice.randrange(most + 1)):
        name = dice.choice(names) if dice.random() < 0.95 else hostile.text(dice, names)
        pairs.append((name, hostile.text(dice, values)))
    encoded = urlencode(pairs).encode()
    return encoded + b"&" + dice.choice(hostile.RAW) if dice.random() < 0.05 else encoded


def _body(dice: random.Random, known: Known, token: FormToken) -> tuple[str, bytes]:
    """Return a content type and a body, which now and then has another type than it says."""
    kind = dice.random()
    tokens = (token.field(),) if dice.random() < 0.85 else ()
    if kind < 0.6:
        declared, body = hostile.TYPES[0], _pairs(dice, known.names, known.values, most=8, first=tokens)
    elif kind < 0.75:
        declared, body = hostile.TYPES[1], b"".join(_parts(dice, known, tokens))
    elif kind < 0.95:
        declared, body = "application/json", _json(dice, known)
    else:
        declared, body = dice.choice(hostile.TYPES), dice.randbytes(dice.randrange(3000))
    return (dice.choice(hostile.TYPES) if dice.random() < 0.08 else declared), body


def _json(dice: random.Random, known: Known) -> bytes:
    if dice.random() < 0.3:
        return dice.choice(hostile.JSON).encode("utf-8", "surrogatepass")
    return json.dumps(hostile.json_value(dice, known.names, known.values)).encode()


def _parts(dice: random.Random, known: Known, tokens: tuple[tuple[str, str], ...]) -> Iterator[bytes]:
    """Give the parts of a form with a file."""
    for name, value in (
        *tokens,
        *((name, hostile.text(dice, known.values)) for name in dice.sample(known.names, k=2)),
    ):
        safe = quote(name, safe="")
        yield f'--b\r\nContent-Disposition: form-data; name="{safe}"\r\n\r\n{value}\r\n'.encode()
    file_name = quote(dice.choice(hostile.TEXTS)[:100], safe=" .")
    yield f'--b\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n\r\n'.encode()
    yield _file(dice) + b"\r\n"
    if dice.random() < 0.9:
        yield b"--b--\r\n"


def _file(dice: random.Random) -> bytes:
    """Return a file: noise, a broken ZIP, or a whole one with texts that are changed a little."""
    kind = dice.random()
    if kind < 0.3:
        return dice.randbytes(dice.randrange(2000))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, data in course_texts(COURSE, quiz=QUIZ, attempts=None).items():
            changed = bytearray(data)
            if dice.random() < 0.3:
                changed[dice.randrange(len(changed))] = dice.randrange(256)
            name = path if dice.random() < 0.9 else dice.choice(hostile.TEXTS)[:80].replace("\0", "") or "x"
            archive.writestr(name, bytes(changed))
    whole = packed.getvalue()
    return whole if kind < 0.8 else whole[: dice.randrange(len(whole))]
