"""What the site has to tell somebody."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class Notice(Base):
    """A notice on a person's home page until she dismisses it; told again, it stands there again.

    `kind` says what it is, `subject` of what there is one notice at most, `detail` has the values of its text.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "subject"),
        Index(
            "ix_notice_standing",
            "person_id",
            sqlite_where=text("dismissed_at IS NULL"),
            postgresql_where=text("dismissed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, str | int]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]
