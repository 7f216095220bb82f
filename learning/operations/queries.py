"""Whether the database is ready."""

from sqlalchemy import text

from learning.database import current_session


def is_migrated() -> bool:
    """Tell whether the database answers and has its tables."""
    return current_session().execute(text("SELECT version_num FROM alembic_version")).first() is not None
