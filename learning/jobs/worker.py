"""The process that works jobs off, one after another, until it is told to stop."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from types import FrameType
from zoneinfo import ZoneInfo

from flask import Flask

from learning.jobs.kinds import BadResult, Kind
from learning.jobs.services import TakenJob, fail, finish, plan_daily, take

PAUSE_SECONDS = 2.0  # between two looks at an empty queue

log = logging.getLogger(__name__)


class Worker:
    """Takes jobs and does them; each has the application's context to itself."""

    def __init__(
        self, app: Flask, kinds: Mapping[str, Kind], *, clock: Callable[[], datetime], zone: ZoneInfo
    ) -> None:
        self.app = app
        self.kinds = kinds
        self.clock = clock
        self.zone = zone
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until told to stop by SIGTERM or SIGINT, or until whoever started this process is gone."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        parent = os.getppid()
        while not self.stopping.is_set() and os.getppid() == parent:
            try:
                if not self.work_once():
                    self.stopping.wait(PAUSE_SECONDS)
            except Exception:  # the database may be away for a while; the job's lease ends by itself
                log.exception("the queue could not be read")
                self.stopping.wait(PAUSE_SECONDS)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End after the job under way."""
        self.stopping.set()

    def work_off(self) -> int:
        """Do all that is due now; returns how many jobs that were."""
        count = 0
        while not self.stopping.is_set() and self.work_once():
            count += 1
        return count

    def work_once(self) -> bool:
        """Queue what the day asks for, and do the job that is due longest; returns whether there was one."""
        with self.app.app_context():
            now = self.clock()
            plan_daily(self.kinds.values(), now=now, zone=self.zone)
            job = take(now=now)
            if job is not None:
                self._do(job)
            return job is not None

    def _do(self, job: TakenJob) -> None:
        kind = self.kinds.get(job.kind)
        if kind is None:
            fail(job, "This version of the site does not know this kind.", now=self.clock(), is_final=True)
            return
        try:
            count = kind.run(job.arguments, self.clock())
        except BadResult as bad:
            log.error("job %d (%s): %s", job.id, job.kind, bad)  # noqa: TRY400  (what it found, not a fault of the program)
            fail(job, str(bad), now=self.clock(), is_final=True)
        except Exception as error:
            log.exception("job %d (%s) broke", job.id, job.kind)
            fail(job, f"{type(error).__name__}: {error}", now=self.clock())
        else:
            finish(job, count, now=self.clock())
