"""Reading settings: what was changed, and the defaults of the others."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import BindParameter, bindparam, select

from learning.database import fetch
from learning.domain.settings import Setting, Value
from learning.settings.models import SiteSetting

T = TypeVar("T", bound=str | int)
_NAMES: BindParameter[Any] = bindparam("names", expanding=True)
_CHANGED = select(SiteSetting.name, SiteSetting.value).where(SiteSetting.name.in_(_NAMES))


def read(setting: Setting[T]) -> T:
    """Return what a setting is now."""
    value: T = read_all((setting,))[setting.name]  # type: ignore[assignment]  # of the kind that the setting says
    return value


def read_all(settings: Iterable[Setting[Any]]) -> Mapping[str, Value]:
    """Return what the settings are now by their names, in one statement."""
    values: dict[str, Value] = {setting.name: setting.default for setting in settings}
    values |= {row.name: row.value for row in fetch(_CHANGED, names=list(values))}
    return values
