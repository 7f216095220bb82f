"""Servers killed in the middle of writing: whatever was acknowledged is there afterwards."""

import random
import re
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import select

from bench.pages import choose, form
from bench.traffic import Request, Visitor
from learning.accounts.queries import get_actor
from learning.database import current_session
from learning.progress.models import UnitCompletion
from learning.quizzes.models import Attempt
from learning.quizzes.queries import counting_responses
from tests.soak.clients import Client, FormToken, NoAnswer, Reply, form_token
from tests.soak.ground import COURSE, QUIZ, Ground, kill_at_once
from tests.support.factories import READ_UNIT

SAVES = 4  # of an attempt before it is submitted
ACKNOWLEDGED_SECONDS = 60
ATTEMPT = re.compile(r"/attempts/(\d+)/")


@dataclass(frozen=True, slots=True)
class Killed:
    """How often the server was killed, how many writes it had acknowledged, and what was wrong."""

    rounds: int
    acknowledged: int
    faults: list[str]


@dataclass(slots=True)
class Writer:
    """One person's writes: what was acknowledged, and what was on its way when the server ended."""

    username: str
    visitor: Visitor
    read: bool = False
    saved: dict[int, dict[str, str]] = field(default_factory=dict)
    sending: dict[int, dict[str, str]] = field(default_factory=dict)
    submitted: set[int] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)


class Round:
    """Writers at work until so many writes are acknowledged."""

    def __init__(self, port: int, token: FormToken, writers: list[Writer], *, seed: int) -> None:
        self.port = port
        self.writers = writers
        self.token = token
        self.count = 0
        self.changed = threading.Condition()
        self.threads = [
            threading.Thread(target=self.write, args=(writer, random.Random(f"{seed}:{writer.username}")))
            for writer in writers
        ]

    def run_until(self, acknowledged: int) -> bool:
        """Let them write; return whether so many acknowledgements came in time."""
        for thread in self.threads:
            thread.start()
        with self.changed:
            return self.changed.wait_for(lambda: self.count >= acknowledged, ACKNOWLEDGED_SECONDS)

    def join(self) -> None:
        """Wait for the writers, who end when the server does."""
        for thread in self.threads:
            thread.join()

    def acknowledge(self) -> None:
        """Count one write."""
        with self.changed:
            self.count += 1
            self.changed.notify()

    def write(self, writer: Writer, dice: random.Random) -> None:
        """Read a unit, then take the quiz again and again, until the server is gone."""
        client = Client(self.port)
        try:
            path = f"/courses/{COURSE}/{READ_UNIT}/completion"
            self.send(client, writer, path, [self.token.field()], status=303)
            writer.read = True
            self.acknowledge()
            while True:
                self.sit(client, writer, dice)
        except NoAnswer:
            return
        finally:
            client.close()

    def sit(self, client: Client, writer: Writer, dice: random.Random) -> None:
        """Take the quiz once, saving several times."""
        started = self.send(client, writer, f"/quizzes/{QUIZ}/attempts", [self.token.field()], status=303)
        path = urlsplit(started.location).path
        number = int(ATTEMPT.findall(path)[0])
        page = client.ask(writer.visitor, Request(path)).body.decode()
        for sequence in range(1, SAVES + 1):
            answers = choose(page, dice.randrange(12))
            writer.sending[number] = answers
            fields = form(self.token.token, answers, sequence)
            self.send(client, writer, f"{path}responses", fields, status=200, accept="application/json")
            writer.saved[number] = answers
            self.acknowledge()
        self.send(client, writer, f"{path}submission", [self.token.field()], status=303)
        writer.submitted.add(number)
        self.acknowledge()

    def send(
        self,
        client: Client,
        writer: Writer,
        path: str,
        fields: list[tuple[str, str]],
        *,
        status: int,
        accept: str = "text/html",
    ) -> Reply:
        """Send a form; an answer of another status ends the writer and is put on record; raises NoAnswer."""
        reply = client.ask(writer.visitor, Request(path, fields, accept))
        if reply.status != status:
            writer.refused.append(f"{path}: status {reply.status}")
            raise NoAnswer(path)
        return reply


def kill_and_look(ground: Ground, *, rounds: int, writers: int, seed: int) -> Killed:
    """Kill the server in each round after a random number of writes, and look for every acknowledged one."""
    dice = random.Random(seed)
    faults: list[str] = []
    acknowledged = 0
    for number in range(rounds):
        names = [f"kill{number:03}x{writer:02}" for writer in range(writers)]
        ground.add_people(names)
        people = [Writer(name, ground.visitor(name)) for name in names]
        with ground.serving() as server:
            token = form_token(server.port)
            for person in people:
                person.visitor.cookies |= token.cookies
            round_ = Round(server.port, token, people, seed=seed)
            in_time = round_.run_until(dice.randint(writers, writers * 3 * SAVES))
            kill_at_once(server)
            round_.join()
        acknowledged += round_.count
        if not in_time:
            faults.append(f"round {number}: only {round_.count} writes were acknowledged")
        for person in people:
            faults += [f"round {number}: {refusal}" for refusal in person.refused]
            faults += [f"round {number}: {lost}" for lost in _lost(ground, person)]
        faults += [f"round {number}: {fault}" for fault in ground.faults()]
    return Killed(rounds, acknowledged, faults)


def _lost(ground: Ground, writer: Writer) -> list[str]:
    """Return what was acknowledged to the writer and is not there."""
    lost = []
    with ground.app.app_context():
        person = get_actor(writer.username)
        done = select(UnitCompletion.id).where(
            UnitCompletion.person_id == person.id, UnitCompletion.state == "completed"
        )
        if writer.read and current_session().scalar(done) is None:
            lost.append(f"{writer.username}: the unit read")
        for number, answers in writer.saved.items():
            stored = counting_responses(number)
            for name, value in answers.items():
                kept = stored.get(name.removeprefix("q-"))
                values = [] if kept is None else kept.value if isinstance(kept.value, list) else [kept.value]
                if value not in values and writer.sending[number][name] not in values:
                    lost.append(f"{writer.username}: attempt {number}, {name}: {value}, there is {values}")
        for number in writer.submitted:
            attempt = select(Attempt.submitted_at).where(Attempt.id == number)
            if current_session().scalar(attempt) is None:
                lost.append(f"{writer.username}: the submission of attempt {number}")
    return lost
