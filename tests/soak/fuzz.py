"""Requests that nobody means well, over all routes of the running site: none may break it or hang in it."""

import json
import random
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from bench.measure import pss_bytes
from bench.traffic import Request, Visitor
from tests.soak.clients import Client, NoAnswer, form_token
from tests.soak.forge import QUERY, Call, Known, Sender, forge
from tests.soak.ground import COURSE, PEOPLE, QUIZ, Ground
from tests.support.factories import COMMUNE, OPTIONAL_UNIT, QUIZ_UNIT, READ_UNIT

FRESH_EVERY = 250  # requests; by then sessions may have been ended, and are opened anew
DESCRIPTION = "/api/v1/openapi.json"
LINK = re.compile(r'(?:href|action|formaction)="(/[^"#]*)')
FIELD = re.compile(r'name="([^"]+)"')
VALUE = re.compile(r'<(?:input|option|button)[^>]*\bvalue="([^"]+)"')


@dataclass(slots=True)
class Fuzzed:
    """How many requests were sent, what statuses they got, what memory the site takes, and what was wrong."""

    requests: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    pss_bytes: int = 0
    faults: list[str] = field(default_factory=list)


def fuzz(ground: Ground, *, requests: int, seed: int) -> Fuzzed:
    """Send so many requests as each role and as a stranger, and see whether the site stands."""
    dice = random.Random(seed)
    found = Fuzzed()
    with ground.serving() as server:
        processes = set(server.pids())
        client = Client(server.port)
        token = form_token(server.port)
        senders = _senders(ground)
        known = _look_around(ground, client, [sender.visitor for sender in senders])
        for number in range(requests):
            if number % FRESH_EVERY == 0:
                senders = _senders(ground)
            method, data = forge(dice, known, dice.choice(senders), token=token)
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


def _senders(ground: Ground) -> list[Sender]:
    """Return a stranger, and a browser and a program of each role, just signed in."""
    browsers = [Sender(ground.visitor(username)) for username in PEOPLE]
    programs = [Sender(Visitor(), ground.bearer(username)) for username in PEOPLE]
    return [Sender(Visitor()), *browsers, *programs]


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
        set(QUERY),
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
    calls = _calls(json.loads(client.ask(Visitor(encodings="identity"), Request(DESCRIPTION)).body))
    names |= {name for call in calls for name in call.names}
    short = sorted(value for value in values if len(value) < 200)
    return Known(routes, list(paths), sorted(names), short, calls)


def _calls(description: dict[str, Any]) -> list[Call]:
    """Return all calls of the API with the names that their bodies may have."""
    schemas = description["components"]["schemas"]
    prefix = urlsplit(description["servers"][0]["url"]).path
    calls = []
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "put", "delete", "patch"):
                content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
                names = tuple(schemas.get(name, {}).get("properties", ()))
                calls.append(Call(method.upper(), prefix + path, names))
    return calls
