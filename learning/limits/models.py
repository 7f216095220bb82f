"""The table of counters."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class Counter(Base):
    """How often something was tried since its window began."""

    __tablename__ = "limit_counter"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    window_began: Mapped[datetime]
    count: Mapped[int]
