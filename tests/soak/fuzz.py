"""Requests that nobody means well, over all routes of the running site: none may break it or hang in it."""

import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote, urlencode

from bench.measure import pss_bytes
from bench.traffic import HOST, Request, Visitor
from learning.organizations.services import DEPARTMENT_CODE, PROVINCE_CODE
from tests.soak import hostile
from tests.soak.clients import Client, FormToken, NoAnswer, form_token
from tests.soak.ground import COURSE, PEOPLE, QUIZ, Ground
from tests.support.factories import COMMUNE, OPTIONAL_UNIT, QUIZ_UNIT, READ_UNIT, course_texts

FRESH_EVERY = 250  # requests; by then sessions may have been ended, and are opened anew
ARGUMENT = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>")
LINK = re.compile(r'(?:href|action|formaction)="(/[^"#]*)')
FIELD = re.compile(r'name="([^"]+)"')
VALUE = re.compile(r'<(?:input|option|button)[^>]*\bvalue="([^"]+)"')
ARGUMENTS = {
    "attempt": ("1", "2", "3"),
    "code": (COMMUNE, PROVINCE_CODE, DEPARTMENT_CODE),
    "course": (COURSE,),
    "number": ("1", "2"),
    "quiz": (QUIZ,),
    "unit": (READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT),
}
KNOWN_QUERY = (
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


@dataclass(slots=True)
class Fuzzed:
    """How many requests were sent, what statuses they got, what memory the site takes, and what was wrong."""

    requests: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    pss_bytes: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Known:
    """What a look at the site's pages taught: addresses, names of fields, values that exist."""

    routes: list[tuple[str, list[str]]]
    paths: list[str]
    names: list[str]
    values: list[str]


def fuzz(ground: Ground, *, requests: int, seed: int) -> Fuzzed:
    """Send so many requests as each role and as a stranger, and see whether the site stands."""
    dice = random.Random(seed)
    found = Fuzzed()
    with ground.serving() as server:
        processes = set(server.pids())
        client = Client(server.port)
        token = form_token(server.port)
        visitors = _visitors(ground)
        known = _look_around(ground, client, visitors)
        for number in range(requests):
            if number % FRESH_EVERY == 0:
                visitors = _visitors(ground)
            method, data = _request(dice, known, dice.choice(visitors), token)
            found.requests += 1
            try:
                client.send(data)
                status = client.receive(method).status
            except NoAnswer as error:
                found.faults.append(f"{seed}/{number}: {error}: {data[:300]!r}")
                continue
            found.statuses[status] = found.statuses.get(status, 0) + 1
            if status >= 500:
                found.faults.append(f"{seed}/{number}: status {status}: {data[:300]!r}")
        client.close()
        found.pss_bytes = pss_bytes(server.pids())
        if ended := processes - set(server.pids()):
            found.faults.append(f"processes ended: {sorted(ended)}")
        found.faults += _standing(ground, server.port)
    log = (ground.data_dir / "log").read_text(errors="replace")
    found.faults += [f"the log: {line}" for line in log.splitlines() if "Traceback" in line]
    found.faults += ground.faults()
    return found


def _visitors(ground: Ground) -> list[Visitor]:
    """Return a stranger and a browser of each role, just signed in."""
    return [Visitor(), *(ground.visitor(username) for username in PEOPLE)]


def _standing(ground: Ground, port: int) -> list[str]:
    """Return what is wrong with plain requests afterwards."""
    client = Client(port)
    faults = []
    for path in ("/", "/courses/", "/account/"):
        reply = client.ask(ground.visitor("learner"), Request(path))
        if reply.status != 200:
            faults.append(f"afterwards {path} has status {reply.status}")
    client.close()
    return faults


def _look_around(ground: Ground, client: Client, visitors: list[Visitor]) -> Known:
    """Open pages as each role, following links one step, and remember what is on them."""
    names, values = (
        set(KNOWN_QUERY),
        {COURSE, QUIZ, READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT, COMMUNE, "1", "2", "3"},
    )
    paths: dict[str, None] = {}
    for visitor in visitors:
        visitor.encodings = "identity"
        start = ["/", "/courses/", "/authoring/", "/reports/", "/account/", f"/quizzes/{QUIZ}/"]
        seen: dict[str, None] = dict.fromkeys(start)
        for depth in range(2):
            for path in list(seen):
                page = client.ask(visitor, Request(path)).body.decode(errors="replace")
                names |= {unescape(name) for name in FIELD.findall(page)}
                values |= {unescape(value) for value in VALUE.findall(page)}
                if depth == 0:
                    seen |= dict.fromkeys(unescape(link) for link in LINK.findall(page))
        paths |= seen
    routes = sorted((rule.rule, sorted(rule.methods or ())) for rule in ground.app.url_map.iter_rules())
    return Known(routes, list(paths), sorted(names), sorted(value for value in values if len(value) < 200))


def _request(dice: random.Random, known: Known, visitor: Visitor, token: FormToken) -> tuple[str, bytes]:
    """Return the method and the bytes of a request."""
    method, path = _target(dice, known)
    if dice.random() < 0.5:
        names = list(KNOWN_QUERY) if dice.random() < 0.7 else known.names
        path += b"?" + _pairs(dice, names, known.values, most=4)
    headers = [
        ("Host", HOST),
        ("X-Forwarded-For", f"198.51.100.{dice.randrange(1, 255)}"),
        ("X-Forwarded-Proto", "https"),
        ("Referer", f"https://{HOST}/"),
    ]
    cookies = dict(visitor.cookies)
    body = b""
    if method not in ("GET", "HEAD", "TRACE") or dice.random() < 0.05:
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
        path = ARGUMENT.sub(lambda found: _argument(dice, known, found.group(1)), route).encode()
    if dice.random() < 0.03:
        at = dice.randrange(len(path) + 1)
        path = path[:at] + dice.choice(hostile.RAW) + path[at:]
    return method, path if path.startswith(b"/") else b"/" + path


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
