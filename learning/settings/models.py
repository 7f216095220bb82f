"""Settings that were changed on the site."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from learning.database import Base


class SiteSetting(Base):
    """A setting whose value is no longer the default."""

    __tablename__ = "site_setting"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str | int] = mapped_column(JSON)
    changed_at: Mapped[datetime]
