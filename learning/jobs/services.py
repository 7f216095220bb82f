"""Queueing jobs and taking them; a job is queued in the transaction of the data that it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, delete, or_, select, update

from learning.database import fetch, transaction, upserting
from learning.domain.errors import Conflict, NotFound
from learning.jobs.kinds import Kind
from learning.jobs.models import Job

LEASE = timedelta(minutes=10)  # longer than any job takes
TRIES = 5
FIRST_PAUSE = timedelta(minutes=1)  # four times as long after each failure: the last try is after 85 minutes
KEPT = timedelta(days=30)
LONGEST_ERROR = 500


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job that one process holds until its lease ends; `tries` counts this one."""

    id: int
    kind: str
    arguments: Mapping[str, Any]
    tries: int
    leased_until: datetime


_QUEUE = upserting(Job, lambda statement: statement.on_conflict_do_nothing().returning(Job.id))
_IS_DUE = or_(
    and_(Job.state == JobState.WAITING, Job.due_at <= bindparam("now")),
    and_(Job.state == JobState.RUNNING, Job.leased_until < bindparam("now")),
)
_ANY_DUE = select(Job.id).where(_IS_DUE).limit(1)
_NEXT = (
    select(Job.id, Job.kind, Job.arguments, Job.tries, Job.state)
    .where(_IS_DUE)
    .order_by(Job.due_at, Job.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_SET = update(Job).where(Job.id == bindparam("job"))
_SET_HELD = _SET.where(Job.state == JobState.RUNNING, Job.leased_until == bindparam("lease"))


def enqueue(
    kind: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    now: datetime,
    due_at: datetime | None = None,
    key: str | None = None,
) -> bool:
    """Queue a job, due now or later; returns False where there is one with this key already, whatever its state."""
    with transaction() as session:
        queued = session.connection().execute(
            _QUEUE(session),
            {
                "kind": kind,
                "arguments": dict(arguments or {}),
                "key": key,
                "state": JobState.WAITING,
                "due_at": due_at or now,
                "tries": 0,
                "queued_at": now,
            },
        )
        return queued.scalar() is not None


def plan_daily(kinds: Iterable[Kind], *, now: datetime, zone: ZoneInfo) -> None:
    """Queue what is due each day and was not yet today; what a standstill missed is done once."""
    local = now.astimezone(zone)
    for kind in kinds:
        if kind.daily is None:
            continue
        due_at = datetime.combine(local.date(), kind.daily, zone)
        key = f"{kind.name}:{local.date()}"
        if now >= due_at and fetch(_BY_KEY, key=key).first() is None:
            enqueue(kind.name, now=now, due_at=due_at, key=key)


_BY_KEY = select(Job.id).where(Job.key == bindparam("key"))


def take(*, now: datetime) -> TakenJob | None:
    """Take the job that is due longest, or was left by a process that ended; None where none is due.

    One that was left too often is given up.
    """
    while fetch(_ANY_DUE, now=now).first() is not None:  # a look costs no lock
        with transaction() as session:
            row = fetch(_NEXT, now=now).one_or_none()
            if row is None:
                return None  # others have them
            if row.state == JobState.RUNNING and row.tries >= TRIES:
                gone = "The process that ran it ended every time."
                session.connection().execute(_SET, _ended(row.id, JobState.FAILED, now, error=gone))
                continue
            taken = TakenJob(row.id, row.kind, row.arguments, row.tries + 1, now + LEASE)
            session.connection().execute(
                _SET,
                {
                    "job": row.id,
                    "state": JobState.RUNNING,
                    "tries": taken.tries,
                    "leased_until": taken.leased_until,
                },
            )
            return taken
    return None


def _ended(
    job_id: int, state: JobState, now: datetime, *, count: int | None = None, error: str = ""
) -> dict[str, Any]:
    return {
        "job": job_id,
        "state": state,
        "leased_until": None,
        "ended_at": now,
        "count": count,
        "error": error[:LONGEST_ERROR],
    }


def finish(job: TakenJob, count: int, *, now: datetime) -> bool:
    """Note that a job is done; returns False, changing nothing, when its lease has passed to another process."""
    with transaction() as session:
        values = _ended(job.id, JobState.DONE, now, count=count) | {"lease": job.leased_until}
        return session.connection().execute(_SET_HELD, values).rowcount == 1


def fail(job: TakenJob, error: str, *, now: datetime, is_final: bool = False) -> bool:
    """Note that a job went wrong: it waits for its next try, or is given up; returns as `finish`."""
    with transaction() as session:
        if is_final or job.tries >= TRIES:
            values = _ended(job.id, JobState.FAILED, now, error=error)
        else:
            pause = FIRST_PAUSE * 4 ** (job.tries - 1)
            values = {
                "job": job.id,
                "state": JobState.WAITING,
                "due_at": now + pause,
                "leased_until": None,
                "error": error[:LONGEST_ERROR],
            }
        return session.connection().execute(_SET_HELD, values | {"lease": job.leased_until}).rowcount == 1


def run_again(job_id: int, *, now: datetime) -> str:
    """Let a job that was given up be tried anew, and return its kind; raises NotFound, and Conflict for others."""
    with transaction() as session:
        row = fetch(_LOCKED, job=job_id).one_or_none()
        if row is None:
            raise NotFound
        if row.state != JobState.FAILED:
            raise Conflict("This is waiting or done already. Nothing was changed.")
        values = {"job": job_id, "state": JobState.WAITING, "due_at": now, "tries": 0, "ended_at": None}
        session.connection().execute(_SET, values)
        return str(row.kind)


_LOCKED = select(Job.kind, Job.state).where(Job.id == bindparam("job")).with_for_update()


def forget_old(*, now: datetime) -> int:
    """Remove jobs that ended long ago; returns how many."""
    with transaction() as session:
        return session.connection().execute(delete(Job).where(Job.ended_at < now - KEPT)).rowcount
