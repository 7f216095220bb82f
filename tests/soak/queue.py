"""Workers killed in the middle of jobs and mails: no job is lost, and nobody gets a mail twice."""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from learning.database import transaction
from learning.jobs.kinds import Kind, by_name
from learning.jobs.queries import list_jobs
from learning.jobs.services import LEASE, enqueue
from learning.jobs.worker import Worker
from learning.mail.delivery import deliver
from learning.mail.queries import count_mail, find_states
from learning.mail.services import DELIVER, Letter, queue_mail
from tests.soak.ground import Ground
from tests.support.databases import close_pools
from tests.support.factories import ZONE
from tests.support.mail_sink import MailSink, mail_sink, use_mail

WRITE = "soak.write"  # a job that writes one mail, and may be done again
JOBS = 12  # a round
LONGEST_LIFE = 0.25  # seconds of a worker
STEP = LEASE + timedelta(minutes=1)  # between two rounds, so that what was left is taken again
DRAINING = 12  # rounds without a kill at the end


@dataclass(frozen=True, slots=True)
class Queued:
    """How often a worker was killed, how many mails its jobs had to write, how many are unsure, what was wrong."""

    rounds: int
    mails: int
    unsure: int
    faults: list[str]


def _write(arguments: Mapping[str, Any], now: datetime) -> int:
    """Write the mail of a job; it may be done again, and there is one mail all the same."""
    key = str(arguments["key"])
    return queue_mail([Letter(key, "soak", f"{key}@coquan.example", "vi", "Thư ngâm", "Chào bạn")], now=now)


_KINDS = by_name([Kind(WRITE, "", _write), Kind(DELIVER, "", deliver)])


def _work(app: Flask, now: datetime, told: Any) -> None:
    told.send(True)
    _worker(app, now).work_off()


def _worker(app: Flask, now: datetime) -> Worker:
    return Worker(app, _KINDS, clock=lambda: now, zone=ZONE)


def kill_workers(ground: Ground, *, rounds: int, seed: int) -> Queued:
    """Kill a worker in each round after a random while, let others end the work, and count what came of it."""
    dice = random.Random(seed)
    now = datetime.now(UTC)
    keys = [f"ngam-{number}" for number in range(rounds * JOBS)]
    with mail_sink() as sink:
        use_mail(ground.app, sink.port)
        for number in range(rounds):
            _queue(ground.app, keys[number * JOBS : (number + 1) * JOBS], now)
            _work_and_die(ground.app, now, dice.uniform(0, LONGEST_LIFE))
            now += STEP
        for _ in range(DRAINING):
            with ground.app.app_context():
                _worker(ground.app, now).work_off()
            now += STEP
        with ground.app.app_context():
            return Queued(rounds, len(keys), count_mail()["unknown"], _faults(keys, sink, rounds))


def _queue(app: Flask, keys: list[str], now: datetime) -> None:
    with app.app_context(), transaction():
        for key in keys:
            enqueue(WRITE, {"key": key}, now=now)
    close_pools(app)


def _work_and_die(app: Flask, now: datetime, life: float) -> None:
    here, there = multiprocessing.Pipe()
    worker = multiprocessing.get_context("fork").Process(target=_work, args=(app, now, there))
    worker.start()
    assert worker.pid is not None
    here.recv()
    time.sleep(life)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()


def _faults(keys: list[str], sink: MailSink, rounds: int) -> list[str]:
    """Return what was lost, sent twice, or is still on its way."""
    taken = Counter(address.partition("@")[0] for address in sink.addresses)
    states = find_states(keys)
    faults = [f"{key} was sent {count} times" for key, count in taken.items() if count > 1]
    for key in keys:
        state = states[key][0] if key in states else "missing"
        if state not in ("sent", "unknown") or (state == "sent") > (taken[key] == 1):
            faults.append(f"{key} is {state}, the server took {taken[key]}")
    unsure = sum(state == "unknown" for state, _words in states.values())
    if unsure > rounds:
        faults.append(f"{unsure} mails are unsure after {rounds} kills")
    # The job that delivers is what is killed most, and given up in the end; others of its kind send what it left.
    undone = (job for job in list_jobs(most=len(keys)) if job.kind == WRITE and job.state != "done")
    return faults + [f"job {job.id}: {job.state}, {job.tries} tries, {job.error}" for job in undone]
