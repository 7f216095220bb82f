"""Settings: what an administrator changes is read by features, and a race of two loses neither text unnoticed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from learning.domain.errors import Conflict, Refused
from learning.domain.settings import LONGEST_LINE, Kind, Setting, as_text, by_name, parse
from learning.reports.targets import FIRST_TARGET, TARGETS
from learning.settings.queries import read, read_all
from learning.settings.services import change
from tests.support.factories import NOW

LINE = Setting("thu.dong", "Thử", "Một dòng", "", Kind.LINE, "như cũ")
TEXT = replace(LINE, name="thu.doan", kind=Kind.TEXT)
SWITCH = Setting("thu.bat", "Thử", "Bật", "", Kind.YES_NO, True)


@pytest.mark.usefixtures("both_databases", "app")
def test_a_setting_is_its_default_until_changed_and_again_after() -> None:
    assert read(FIRST_TARGET) == 80
    assert change(FIRST_TARGET, 75, seen=80, now=NOW)
    assert not change(FIRST_TARGET, 75, seen=75, now=NOW)
    assert read_all(TARGETS) == {"report.first_target": 75, "report.second_target": 100}
    assert change(FIRST_TARGET, 60, seen=75, now=NOW + timedelta(days=1))
    assert change(FIRST_TARGET, 80, seen=60, now=NOW)
    later = replace(FIRST_TARGET, default=85)  # the default of a later version
    assert read(later) == 85


@pytest.mark.usefixtures("both_databases", "app")
def test_text_and_switches_come_back_as_they_were() -> None:
    text = "Dòng một\n\n“Dòng” <hai> %(name)s"
    assert change(TEXT, text, seen="như cũ", now=NOW)
    assert change(SWITCH, False, seen=True, now=NOW)
    assert (read(TEXT), read(SWITCH)) == (text, False)


@pytest.mark.usefixtures("both_databases", "app")
def test_who_saw_an_older_value_is_told_and_changes_nothing() -> None:
    change(LINE, "của người thứ nhất", seen="như cũ", now=NOW)
    with pytest.raises(Conflict):
        change(LINE, "của người thứ hai", seen="như cũ", now=NOW)
    assert read(LINE) == "của người thứ nhất"


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (FIRST_TARGET, " 85 ", 85),
        (LINE, "  một dòng ", "một dòng"),
        (TEXT, "một\r\nhai\r\n", "một\nhai"),
        (SWITCH, "yes", True),
        (SWITCH, "no", False),
    ],
)
def test_a_forms_text_means_a_value(setting: Setting[Any], text: str, value: object) -> None:
    assert parse(setting, text) == value
    assert parse(setting, as_text(setting, parse(setting, text))) == value


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (FIRST_TARGET, "nhiều"),
        (FIRST_TARGET, "0"),
        (FIRST_TARGET, "101"),
        (FIRST_TARGET, ""),
        (LINE, "một\nhai"),
        (LINE, "x" * (LONGEST_LINE + 1)),
    ],
)
def test_what_will_not_do_is_refused_at_its_field(setting: Setting[Any], text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse(setting, text)
    assert refusal.value.field == "value"


def test_no_two_settings_have_one_name() -> None:
    with pytest.raises(ValueError, match=r"thu\.dong"):
        by_name([LINE, LINE])
