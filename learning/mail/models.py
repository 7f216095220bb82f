"""The outbox."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class MailState(StrEnum):
    """How far a mail is.

    `unknown`: the line, or our process, ended after the text was sent and before the server's answer was kept. It may
    have arrived, and so is not sent again by itself.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Mail(Base):
    """One mail to one address; of a `key` there is one, so that nothing is written to somebody twice.

    `error` has the server's own words when it did not take the mail, last of all.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_due", "state", "due_at"),
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'unknown')", name="state"),
        CheckConstraint("(state = 'sending') = (taken_at IS NOT NULL)", name="taken_while_sending"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    tries: Mapped[int]
    queued_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, server_default="")
