"""In-person sessions, who is invited, what they answer, who was there, and which units that satisfied."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class ClassSession(Base):
    """A session at a place, for one unit of a course or for the whole course (no unit).

    The organization that holds it is the border of everything: only people at or below it are invited or marked,
    and who may manage sessions there may manage this one. `code_key` is what the codes of the evening are made of.
    """

    __tablename__ = "class_session"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'held', 'cancelled')", name="state"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_moment"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("seats >= 1", name="seats"),
        Index("ix_class_session_organization", "organization_id", "starts_at"),
        Index("ix_class_session_course", "course_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    trainer_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seats: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(500))
    cancelled_at: Mapped[datetime | None]
    code_key: Mapped[bytes] = mapped_column(LargeBinary(16))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    changed_at: Mapped[datetime]


class ClassInvitation(Base):
    """An organization invited to a session, with everyone below it."""

    __tablename__ = "class_invitation"

    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True, index=True)


class ClassReply(Base):
    """Whether an invited person comes; of those who wait for a seat the first gets it."""

    __tablename__ = "class_reply"
    __table_args__ = (CheckConstraint("reply IN ('coming', 'waiting', 'not_coming')", name="reply"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    reply: Mapped[str] = mapped_column(String(10))
    replied_at: Mapped[datetime]


class ClassMark(Base):
    """That a person was, or was not, at a session; only added to, the one with the highest number counts.

    `event_id` is made where the mark was made, so that one that is sent twice counts once.
    """

    __tablename__ = "class_mark"
    __table_args__ = (
        UniqueConstraint("session_id", "person_id", "number"),
        CheckConstraint("presence IN ('present', 'absent', 'unmarked')", name="presence"),
        CheckConstraint("how IN ('trainer', 'code')", name="how"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    number: Mapped[int]
    presence: Mapped[str] = mapped_column(String(10))
    how: Mapped[str] = mapped_column(String(8))
    marked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    marked_at: Mapped[datetime]
    event_id: Mapped[str] = mapped_column(String(36), unique=True)


class ClassCredit(Base):
    """A unit whose rule a person's presence satisfied, in her cycle and its round then; gone when it is taken back."""

    __tablename__ = "class_credit"

    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    cycle: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    round: Mapped[int]

    __table_args__ = (Index("ix_class_credit_unit", "unit_id", "person_id"),)


class HelpEntry(Base):
    """That a member of a community team helped so many people: when, where, with what; never whom."""

    __tablename__ = "help_entry"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('public_services', 'shopping', 'payment', 'safety', 'platforms', 'other')", name="kind"
        ),
        CheckConstraint("people >= 1", name="people"),
        Index("ix_help_entry_organization", "organization_id", "helped_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    helped_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    people: Mapped[int]
    note: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
