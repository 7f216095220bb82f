"""Reading the queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, select

from learning.database import fetch
from learning.jobs.models import Job


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job in a list; `count` says of how many things it was, once it is done."""

    id: int
    kind: str
    arguments: Mapping[str, Any]
    state: str
    due_at: datetime
    tries: int
    queued_at: datetime
    ended_at: datetime | None
    count: int | None
    error: str


# What must be looked at first, then what is under way, what waits, and what ended; in each the latest first.
_RANK = case({"failed": 0, "running": 1, "waiting": 2}, value=Job.state, else_=3)
_LIST = (
    select(
        Job.id,
        Job.kind,
        Job.arguments,
        Job.state,
        Job.due_at,
        Job.tries,
        Job.queued_at,
        Job.ended_at,
        Job.count,
        Job.error,
    )
    .order_by(_RANK, Job.ended_at.desc(), Job.due_at.desc(), Job.id.desc())
    .limit(bindparam("most"))
)
_COUNTS = select(Job.state, func.count().label("jobs")).group_by(Job.state)


def list_jobs(*, most: int) -> list[JobRow]:
    """Return jobs, at most so many: those given up, then those running, waiting and ended."""
    return [JobRow(*tuple(row)) for row in fetch(_LIST, most=most)]


def count_jobs() -> dict[str, int]:
    """Return how many jobs there are in each state that has any."""
    return {row.state: row.jobs for row in fetch(_COUNTS)}
