"""What was handed in for a task, and what those who mark said of it."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class TaskSubmission(Base):
    """What a person handed in for the task of a unit, numbered from 1 in each round; never changed but in its state.

    In a later cycle of the course the numbers go on. `revision_id` is the text of the unit that she had before her, by
    whose rubric it is marked; `state` is a word of `TaskState`.
    """

    __tablename__ = "task_submission"
    __table_args__ = (
        UniqueConstraint("person_id", "unit_id", "round", "number"),
        Index("ix_task_submission_queue", "unit_id", "state"),
        CheckConstraint(
            "state IN ('waiting', 'second_look', 'accepted', 'returned', 'replaced')", name="state"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    cycle: Mapped[int] = mapped_column(default=1, server_default="1")
    round: Mapped[int]
    number: Mapped[int]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    submitted_at: Mapped[datetime]


class TaskMark(Base):
    """What a person decided on a submission; nothing is ever changed here, the latest of a submission counts.

    `points` has an exact fraction for each line of the rubric.
    """

    __tablename__ = "task_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("task_submission.id"), index=True)
    marker_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    accepted: Mapped[bool]
    points: Mapped[list[str]] = mapped_column(JSON)
    comment: Mapped[str] = mapped_column(Text)
    asks_second_look: Mapped[bool]
    marked_at: Mapped[datetime]
