"""Changing settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from learning.database import fetch, transaction, upserting
from learning.domain.errors import Conflict
from learning.domain.settings import Setting, Value
from learning.settings.models import SiteSetting

_SAVE = upserting(
    SiteSetting,
    lambda statement: statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"value": statement.excluded.value, "changed_at": statement.excluded.changed_at},
    ),
)
_LOCKED = select(SiteSetting.value).where(SiteSetting.name == bindparam("setting")).with_for_update()


def change(setting: Setting[Any], value: Value, *, seen: Value, now: datetime) -> bool:
    """Let a setting have a value; returns whether that was new.

    A value that is the default is kept as none, so that a later version's default reaches the site. Raises Conflict
    when it is no longer what the person who changes it had `seen`.
    """
    with transaction() as session:
        stored = fetch(_LOCKED, setting=setting.name).scalar_one_or_none()
        before = setting.default if stored is None else stored
        if before != seen:
            raise Conflict("Somebody changed this meanwhile. What you typed is kept below; look at both.")
        if value == before:
            return False
        if value == setting.default:
            session.execute(delete(SiteSetting).where(SiteSetting.name == setting.name))
        else:
            row = {"name": setting.name, "value": value, "changed_at": now}
            session.connection().execute(_SAVE(session), row)
        return True
