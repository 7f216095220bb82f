"""Who was reminded when, what each run did, and the reports that are told of by a rhythm."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class Reminder(Base):
    """That somebody was told on a day, and how: `outcome` is a word of `Outcome`. One a day, however often it runs."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "day"),
        CheckConstraint("kind IN ('learner', 'digest')", name="kind"),
        Index("ix_reminder_day", "kind", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(8))
    day: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(12))


class ReminderRun(Base):
    """What the run of a day came to: how many people by `Outcome`."""

    __tablename__ = "reminder_run"
    __table_args__ = (UniqueConstraint("kind", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    day: Mapped[date]
    ran_at: Mapped[datetime]
    outcomes: Mapped[dict[str, int]] = mapped_column(JSON)


class ReportSchedule(Base):
    """A report that some people are told of by a rhythm: `rhythm` is a word of `Rhythm`."""

    __tablename__ = "report_schedule"
    __table_args__ = (CheckConstraint("rhythm IN ('weekly', 'monthly', 'quarterly')", name="rhythm"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    rhythm: Mapped[str] = mapped_column(String(10))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    next_on: Mapped[date] = mapped_column(index=True)
    last_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]


class ReportRecipient(Base):
    """Somebody who is told of a report, and what became of it last: `outcome` is a word of `Outcome`."""

    __tablename__ = "report_recipient"
    __table_args__ = (UniqueConstraint("schedule_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("report_schedule.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    outcome: Mapped[str | None] = mapped_column(String(12))
