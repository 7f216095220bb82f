"""The race of the last attempt: many windows of one person ask for it, and later submit it, at the same moment."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select

from bench.traffic import Request, Visitor
from learning.accounts.models import Person
from learning.database import current_session
from learning.progress.models import UnitCompletion
from learning.quizzes.models import Attempt
from tests.soak.clients import FormToken, Reply, form_token, volley
from tests.soak.ground import QUIZ, Ground

ALLOWED = 2


@dataclass(frozen=True, slots=True)
class Raced:
    """How many requests raced in how many rounds, and what was wrong."""

    rounds: int
    requests: int
    faults: list[str]


def race(ground: Ground, *, rounds: int, clients: int) -> Raced:
    """Let so many clients race for the last of two attempts of a person, each round another person's."""
    names = [f"race{number:04}" for number in range(rounds)]
    ground.add_people(names)
    faults: list[str] = []
    requests = 0
    with ground.serving() as server:
        token = form_token(server.port)
        for name in names:
            visitor = ground.visitor(name)
            visitor.cookies |= token.cookies
            for attempt in range(ALLOWED):
                replies = _start(server.port, visitor, token, clients=clients if attempt else 1)
                requests += len(replies)
                places = {reply.location for reply in replies}
                if [reply.status for reply in replies] != [303] * len(replies) or len(places) != 1:
                    faults.append(f"{name}: starting {attempt + 1} gave {_statuses(replies)}, {places}")
                    continue
                path = urlsplit(places.pop()).path
                fields = [token.field()]
                submission = visitor.encode(Request(f"{path}submission", fields))
                replies = volley(server.port, [submission] * (clients if attempt else 1))
                requests += len(replies)
                if sorted(_statuses(replies)) != sorted([303] + [409] * (len(replies) - 1)):
                    faults.append(f"{name}: submitting {attempt + 1} gave {_statuses(replies)}")
            replies = _start(server.port, visitor, token, clients=clients)
            requests += len(replies)
            if set(_statuses(replies)) != {409}:
                faults.append(f"{name}: starting one too many gave {_statuses(replies)}")
    return Raced(rounds, requests, faults + _miscounted(ground, names) + ground.faults())


def _start(port: int, visitor: Visitor, token: FormToken, *, clients: int) -> list[Reply]:
    request = visitor.encode(Request(f"/quizzes/{QUIZ}/attempts", [token.field()]))
    return volley(port, [request] * clients)


def _statuses(replies: list[Reply]) -> list[int]:
    return [reply.status for reply in replies]


def _miscounted(ground: Ground, names: list[str]) -> list[str]:
    """Return who has other than all attempts, each submitted and graded, and the unit failed for good, once."""
    with ground.app.app_context():
        attempts = current_session().execute(
            select(Person.username, func.count(Attempt.id), func.count(Attempt.score))
            .outerjoin(Attempt, Attempt.person_id == Person.id)
            .where(Person.username.in_(names))
            .group_by(Person.username)
        )
        found = [
            f"{name}: {made} attempts, {graded} graded"
            for name, made, graded in attempts
            if (made, graded) != (ALLOWED, ALLOWED)
        ]
        units = current_session().execute(
            select(Person.username, func.count(UnitCompletion.id), func.min(UnitCompletion.state))
            .outerjoin(UnitCompletion, UnitCompletion.person_id == Person.id)
            .where(Person.username.in_(names))
            .group_by(Person.username)
        )
        return found + [
            f"{name}: {rows} completions, {state}"
            for name, rows, state in units
            if (rows, state) != (1, "failed")
        ]
