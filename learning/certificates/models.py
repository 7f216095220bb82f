"""What a certificate says, kept as it was said."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base

OFFICIAL_NUMBER_MAXIMUM = 100


class Certificate(Base):
    """That a person completed a course in a cycle: a snapshot, which later names and texts do not change.

    One that was revoked stays, with its reason; `official_number` is the person's own note of the official
    confirmation, which is another body's.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revocation IS NULL)", name="revoked_has_reason"),
        # At most one stands of a person, course and cycle: of two completions at once one makes it.
        Index(
            "uq_certificate_standing",
            "person_id",
            "course_id",
            "cycle",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_certificate_person_id", "person_id"),
        Index("ix_certificate_course_id", "course_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    cycle: Mapped[int]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    person_name: Mapped[str] = mapped_column(String(200))
    course_title: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str] = mapped_column(String(200))
    completed_on: Mapped[date]
    valid_until: Mapped[date | None]
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revocation: Mapped[str | None] = mapped_column(String(20))
    official_number: Mapped[str] = mapped_column(String(OFFICIAL_NUMBER_MAXIMUM), default="")
