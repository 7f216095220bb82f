"""The queue."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class Job(Base):
    """One piece of work; `state` is a word of `JobState`.

    Of a `key` there is one job for ever, so that the same work is not queued twice. Who runs it holds it until
    `leased_until`; a moment later it is anybody's again. `count` says of how many things it was, `error` what went
    wrong last.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "state", "due_at"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
        CheckConstraint("(state = 'running') = (leased_until IS NOT NULL)", name="leased_while_running"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(120), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    tries: Mapped[int]
    leased_until: Mapped[datetime | None]
    queued_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    count: Mapped[int | None]
    error: Mapped[str] = mapped_column(Text, server_default="")
