"""The pages of settings, and who may open them."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.audit.models import AuditEntry
from learning.database import current_session
from learning.domain.permissions import Role
from learning.reports.targets import FIRST_TARGET
from learning.settings.queries import read
from learning.settings.services import change
from tests.support.factories import NOW, make_person
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
LIST, PAGE = "/admin/settings/", "/admin/settings/report.first_target/"


@pytest.fixture
def admin(world: Flask, visit: Visit) -> Visitor:
    return visit("admin")


def test_a_setting_is_changed_and_put_on_record(admin: Visitor) -> None:
    assert "Mốc chỉ tiêu thứ nhất" in admin.get(LIST).text
    answer = admin.post(PAGE, {"value": "75", "seen": "80"}, page=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, LIST)
    assert read(FIRST_TARGET) == 75
    last = current_session().execute(sa.select(AuditEntry.action, AuditEntry.subject)).all()[-1]
    assert tuple(last) == ("setting.changed", "setting:report.first_target")
    assert "có thay đổi" in admin.get(LIST).text
    admin.post(PAGE, {"value": "75", "seen": "75", "default": "yes"}, page=PAGE)
    assert read(FIRST_TARGET) == 80


def test_what_will_not_do_stays_in_the_field(admin: Visitor) -> None:
    answer = admin.post(PAGE, {"value": "tám mươi", "seen": "80"}, page=PAGE)
    assert answer.status_code == 422
    assert "tám mươi" in answer.text
    assert "Hãy nhập một số nguyên." in answer.text
    assert read(FIRST_TARGET) == 80


def test_of_two_administrators_the_later_sees_both_values(admin: Visitor) -> None:
    admin.get(PAGE)
    change(FIRST_TARGET, 70, seen=80, now=NOW)
    answer = admin.post(PAGE, {"value": "75", "seen": "80"}, page=PAGE)
    assert answer.status_code == 409
    assert 'value="75"' in answer.text
    assert 'dir="auto">70<' in answer.text
    assert read(FIRST_TARGET) == 70
    assert admin.post(PAGE, {"value": "75", "seen": "70"}, page=PAGE).status_code == 303


def test_who_administers_a_part_sets_nothing_for_the_whole_site(visit: Visit) -> None:
    make_person("quan-tri-xa", role=Role.ADMINISTRATOR)
    window = visit("quan-tri-xa")
    assert window.get("/admin/").status_code == 200
    assert "/admin/settings/" not in window.get("/admin/").text
    for path in (LIST, PAGE, "/admin/jobs/"):
        assert window.get(path).status_code == 404


def test_an_unknown_setting_is_no_page(admin: Visitor) -> None:
    assert admin.get("/admin/settings/khong.co/").status_code == 404
