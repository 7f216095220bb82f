"""The queue: done once, by one, again after a fault or a killed process, and only with the data it is about."""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.models import HeldForm, UserSession
from learning.accounts.services import hold_form
from learning.database import current_session, transaction
from learning.domain.errors import Conflict, NotFound
from learning.jobs.kinds import BadResult, Kind, by_name
from learning.jobs.models import Job
from learning.jobs.queries import count_jobs, list_jobs
from learning.jobs.services import (
    KEPT,
    LEASE,
    TRIES,
    enqueue,
    fail,
    finish,
    forget_old,
    plan_daily,
    run_again,
    take,
)
from learning.jobs.worker import Worker
from learning.operations.upkeep import KINDS
from learning.progress.models import FigureEntry
from tests.support.databases import close_pools, make_site
from tests.support.factories import NOW, ZONE, make_person, take_quiz
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")
MINUTE = timedelta(minutes=1)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Deeds:
    """A kind of job that remembers what it did, and breaks as often as it is told to."""

    def __init__(self, *, faults: int = 0, bad: bool = False) -> None:
        self.done: list[Mapping[str, Any]] = []
        self.faults = faults
        self.bad = bad

    def __call__(self, arguments: Mapping[str, Any], _now: datetime) -> int:
        if self.bad:
            raise BadResult("three differences")
        if self.faults:
            self.faults -= 1
            raise OSError("the line is dead")
        self.done.append(arguments)
        return len(self.done)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def worker(app: Flask, clock: Clock, *kinds: Kind) -> Worker:
    return Worker(app, by_name(kinds), clock=clock, zone=ZONE)


def test_what_is_queued_is_done_once_in_its_order(app: Flask, clock: Clock) -> None:
    deeds = Deeds()
    enqueue("mail", {"to": 2}, now=NOW, due_at=NOW - MINUTE)
    enqueue("mail", {"to": 1}, now=NOW, due_at=NOW - 2 * MINUTE)
    enqueue("mail", {"to": 3}, now=NOW, due_at=NOW + MINUTE)
    assert worker(app, clock, Kind("mail", "", deeds)).work_off() == 2
    assert deeds.done == [{"to": 1}, {"to": 2}]
    assert count_jobs() == {"done": 2, "waiting": 1}
    clock.now += MINUTE
    assert worker(app, clock, Kind("mail", "", deeds)).work_off() == 1
    assert [job.count for job in list_jobs(most=9)] == [3, 2, 1]


def test_the_same_work_is_queued_once_even_after_it_was_done(app: Flask, clock: Clock) -> None:
    assert enqueue("mail", now=NOW, key="mail:1")
    assert not enqueue("mail", now=NOW, key="mail:1")
    worker(app, clock, Kind("mail", "", Deeds())).work_off()
    assert not enqueue("mail", now=NOW, key="mail:1")
    assert together(app, [lambda: enqueue("mail", now=NOW, key="mail:2")] * 8).count(True) == 1
    assert enqueue("mail", now=NOW)
    assert enqueue("mail", now=NOW)


def test_a_job_is_queued_with_its_data_or_not_at_all(app: Flask) -> None:
    def queue_and_break() -> None:
        with transaction():
            enqueue("mail", now=NOW)
            raise OSError("the data could not be stored")

    with pytest.raises(OSError, match="the data"):
        queue_and_break()
    assert list_jobs(most=9) == []


def test_many_workers_never_do_a_job_twice(app: Flask) -> None:
    for number in range(40):
        enqueue("mail", {"n": number}, now=NOW)

    def work() -> list[int]:
        done = []
        while job := take(now=NOW):
            done.append(job.arguments["n"])
            assert finish(job, 0, now=NOW)
        return done

    outcomes: Any = together(app, [work] * 4)
    assert sorted(number for done in outcomes for number in done) == list(range(40))
    assert count_jobs() == {"done": 40}


def test_a_fault_is_tried_again_later_and_later_and_given_up_in_the_end(app: Flask, clock: Clock) -> None:
    deeds = Deeds(faults=TRIES)
    enqueue("mail", now=NOW)
    tried = [NOW]
    mail = worker(app, clock, Kind("mail", "", deeds))
    for _ in range(TRIES - 1):
        assert mail.work_off() == 1
        [job] = list_jobs(most=9)
        assert (job.state, job.error) == ("waiting", "OSError: the line is dead")
        clock.now = job.due_at
        tried.append(job.due_at)
    assert [later - earlier for earlier, later in pairwise(tried)] == [
        MINUTE,
        4 * MINUTE,
        16 * MINUTE,
        64 * MINUTE,
    ]
    assert mail.work_off() == 1
    [job] = list_jobs(most=9)
    assert (job.state, job.tries, job.ended_at) == ("failed", TRIES, clock.now)
    assert mail.work_off() == 0

    assert run_again(job.id, now=clock.now) == "mail"
    assert mail.work_off() == 1
    assert [job.state for job in list_jobs(most=9)] == ["done"]
    with pytest.raises(Conflict):
        run_again(job.id, now=clock.now)
    with pytest.raises(NotFound):
        run_again(job.id + 1, now=clock.now)


def test_a_bad_result_is_not_tried_again(app: Flask, clock: Clock) -> None:
    enqueue("verify", now=NOW)
    enqueue("from-a-later-version", now=NOW)
    assert worker(app, clock, Kind("verify", "", Deeds(bad=True))).work_off() == 2
    assert {(job.state, job.error) for job in list_jobs(most=9)} == {
        ("failed", "three differences"),
        ("failed", "This version of the site does not know this kind."),
    }


def test_what_a_process_left_is_taken_again_and_the_late_one_changes_nothing(app: Flask) -> None:
    enqueue("mail", now=NOW)
    first = take(now=NOW)
    assert first is not None
    assert take(now=NOW + LEASE) is None
    second = take(now=NOW + LEASE + MINUTE)
    assert second is not None
    assert second.id == first.id
    assert not finish(first, 1, now=NOW)
    assert not fail(first, "late", now=NOW)
    assert finish(second, 2, now=NOW)
    assert [(job.state, job.count, job.tries) for job in list_jobs(most=9)] == [("done", 2, 2)]


def test_what_ends_its_process_each_time_is_given_up(app: Flask) -> None:
    enqueue("mail", now=NOW)
    now = NOW
    for _ in range(TRIES):
        assert take(now=now) is not None
        now += LEASE + MINUTE
    assert take(now=now) is None
    assert [job.state for job in list_jobs(most=9)] == ["failed"]


def _take_and_hang(url: str, folder: Path, told: Any) -> None:
    app = make_site(url, folder)
    with app.app_context():
        told.send(take(now=NOW) is not None)
        signal.pause()


def test_a_killed_process_loses_nothing(app: Flask, site_database: str, tmp_path: Path) -> None:
    enqueue("mail", {"to": 1}, now=NOW)
    close_pools(app)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_take_and_hang, args=(site_database, tmp_path, there))
    process.start()
    assert here.recv()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert take(now=NOW) is None
    again = take(now=NOW + LEASE + MINUTE)
    assert again is not None
    assert (again.arguments, again.tries) == ({"to": 1}, 2)


def test_daily_work_is_queued_once_a_day_in_the_zone_of_the_site(app: Flask) -> None:
    nightly = [Kind("nightly", "", Deeds(), daily=time(2, 0)), Kind("mail", "", Deeds())]
    two = datetime(2026, 11, 23, 2, 0, tzinfo=ZONE)

    def plan(now: datetime) -> list[datetime]:
        plan_daily(nightly, now=now, zone=ZONE)
        return sorted(job.due_at for job in list_jobs(most=9))

    assert plan(two - MINUTE) == []
    assert plan(two) == [two]
    assert plan(two + timedelta(hours=21, minutes=59)) == [two]
    assert plan(two + timedelta(hours=22)) == [two]  # midnight
    assert plan(two + timedelta(days=3, hours=1)) == [
        two,
        two + timedelta(days=3),
    ]  # it stood still meanwhile


def test_the_nightly_work_forgets_what_is_over_and_keeps_the_rest(tiny_course: Flask, clock: Clock) -> None:
    nightly = [kind for kind in KINDS if kind.daily is not None]
    person = make_person("nguoi-thu")
    with transaction() as session:
        for number, age in enumerate((timedelta(hours=1), timedelta(days=9))):
            at = clock.now - age
            session.add(
                UserSession(
                    token_hash=bytes([number]) * 32,
                    person_id=person.id,
                    generation=0,
                    created_at=at,
                    last_seen_at=at,
                )
            )
    hold_form(person.id, "/attempts/1/", [("q-a", "x")], now=clock.now - timedelta(days=8))
    enqueue("forget", now=clock.now - KEPT - MINUTE, due_at=clock.now + KEPT, key="kept")
    site = worker(tiny_course, clock, *KINDS)
    assert site.work_off() == len(nightly)  # it is ten in the morning: all of last night
    assert {(job.kind, job.state, job.count) for job in list_jobs(most=9)} == {
        ("forget", "done", 2),
        *((kind.name, "done", 0) for kind in nightly if kind.name != "forget"),
        ("forget", "waiting", None),
    }
    left = [
        current_session().scalar(sa.select(sa.func.count()).select_from(m)) for m in (UserSession, HeldForm)
    ]
    assert left == [1, 0]
    assert forget_old(now=clock.now + KEPT + MINUTE) == len(nightly)
    assert [job.state for job in list_jobs(most=9)] == ["waiting"]


def test_a_figure_that_is_wrong_is_told(tiny_course: Flask, clock: Clock) -> None:
    take_quiz(make_person("hoc-vien-thu"))
    with transaction() as session:
        entry = session.scalars(sa.select(FigureEntry).limit(1)).one()
        copy = {c.name: getattr(entry, c.name) for c in FigureEntry.__table__.columns if c.name != "id"}
        copy["event_id"] = "00000000-0000-4000-8000-000000000000"
        session.execute(sa.insert(FigureEntry).values(**copy))
    worker(tiny_course, clock, *KINDS).work_off()
    failed = [job for job in list_jobs(most=9) if job.state == "failed"]
    assert [job.kind for job in failed] == ["rollup.verify"]
    assert "differences, the first: " in failed[0].error
    assert current_session().scalar(sa.select(Job.tries).where(Job.id == failed[0].id)) == 1
