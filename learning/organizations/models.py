"""The tree of organizations."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class Organization(Base):
    """An office or a place: province, department, commune, ward, village, team; closed by a date, never deleted."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('province', 'department', 'commune', 'ward', 'village', 'team')", name="kind"
        ),
        CheckConstraint("path LIKE '/%/'", name="path"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    sort_key: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    path: Mapped[str] = mapped_column(String(400), unique=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
