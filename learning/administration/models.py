"""Files that administrators have the site take over."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class RunState(StrEnum):
    """How far a file is; `checked` waits for a word of whoever sent it."""

    CHECKED = "checked"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class ImportRun(Base):
    """One file of people or organizations, and what it changed, or would; `state` is a word of `RunState`.

    The file stays until it was taken over or refused. `error_count` counts all errors, `errors` has the first.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint("kind IN ('people', 'organizations')", name="kind"),
        CheckConstraint("state IN ('checked', 'waiting', 'running', 'done', 'refused')", name="state"),
        CheckConstraint("(state IN ('done', 'refused')) = (file IS NULL)", name="file_until_ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    file: Mapped[bytes | None] = mapped_column(LargeBinary)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    error_count: Mapped[int]
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
