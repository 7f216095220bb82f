"""What settings there are, and what may be typed into them: each feature declares its own, `app.py` names them all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from learning.domain.errors import Refused

LONGEST_LINE, LONGEST_TEXT = 200, 20_000
T = TypeVar("T", bound=str | int)
Value = str | int  # a yes is True, which is an int


class Kind(StrEnum):
    """How a setting is typed in."""

    LINE = "line"
    TEXT = "text"  # several lines; Markdown where the setting's help says so
    NUMBER = "number"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """A setting by its name, with what it is until somebody changes it.

    `title`, `group` and `help` are English gettext ids. `check` raises Refused for a value of the right kind that will
    not do.
    """

    name: str
    group: str
    title: str
    help: str
    kind: Kind
    default: T
    check: Callable[[T], None] | None = None


def within_range(least: int, most: int) -> Callable[[int], None]:
    """Return the check that a number is neither below the one nor above the other."""

    def check(value: int) -> None:
        if not least <= value <= most:
            raise Refused(
                "Type a whole number from %(least)s to %(most)s.", field="value", least=least, most=most
            )

    return check


def parse(setting: Setting[T], text: str) -> Value:
    """Return the value that a form's text means; raises Refused, naming the field `value`."""
    value: Value
    if setting.kind is Kind.NUMBER:
        try:
            value = int(text.strip())
        except ValueError:
            raise Refused("Type a whole number.", field="value") from None
    elif setting.kind is Kind.YES_NO:
        value = text == "yes"
    else:
        value = text.replace("\r\n", "\n").strip()
        most = LONGEST_LINE if setting.kind is Kind.LINE else LONGEST_TEXT
        if len(value) > most:
            raise Refused("At most %(most)s characters.", field="value", most=most)
        if setting.kind is Kind.LINE and "\n" in value:
            raise Refused("This is one line.", field="value")
    if setting.check is not None:
        setting.check(value)  # type: ignore[arg-type]  # of the kind that the setting says
    return value


def as_text(setting: Setting[Any], value: Value) -> str:
    """Return the text of a form that means the value; `parse` reads it."""
    if setting.kind is Kind.YES_NO:
        return "yes" if value else "no"
    return str(value)


def by_name(settings: Iterable[Setting[str] | Setting[int]]) -> dict[str, Setting[str] | Setting[int]]:
    """Return the settings by their names; raises ValueError for a name that stands twice."""
    found: dict[str, Setting[str] | Setting[int]] = {}
    for setting in settings:
        if setting.name in found:
            raise ValueError(setting.name)
        found[setting.name] = setting
    return found
