"""Somebody who moved: reports of past days name her where she was, and what they link to can be opened."""

import csv
import io
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from learning.accounts.queries import get_actor
from learning.administration.moves import move_person
from learning.audit.models import AuditEntry
from learning.database import current_session
from learning.domain.permissions import Role
from learning.study.services import declare_read, enroll_in_course
from tests.support.factories import (
    COMMUNE,
    COURSE,
    OTHER_COMMUNE,
    READ_UNIT,
    WARD,
    make_course,
    make_person,
    moment,
)
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
LATER = "khoa-sau"
THEN = moment().day.isoformat()


@pytest.fixture
def moved(world: Flask, both_databases: str) -> int:
    """The learner reads a unit in her commune, moves a day later, and enrolls in a second course there."""
    make_course(LATER, quiz="bai-sau")
    make_person("quan-ly-kia", OTHER_COMMUNE, role=Role.MANAGER)
    make_person("quan-ly-phuong", WARD, role=Role.MANAGER)
    declare_read(get_actor("learner"), COURSE, READ_UNIT, revision_id=None, moment=moment())
    move_person(None, get_actor("learner").id, OTHER_COMMUNE, moment=moment(1))
    enroll_in_course(get_actor("learner"), LATER, moment=moment(1))
    world.config["CLOCK"] = lambda: moment(2).at
    return get_actor("learner").id


def courses_on(page: str) -> list[str]:
    return re.findall(r'<h2 id="(khoa-[^"]*)">', page)


def test_the_place_she_left_names_her_no_more(moved: int, visit: Visit) -> None:
    manager = visit("manager")
    page = manager.get(f"/reports/organizations/{COMMUNE}/?course={COURSE}").text
    assert "/reports/people/" not in page
    assert manager.get(f"/reports/people/{moved}/").status_code == 404


def test_the_report_of_a_past_day_links_to_what_she_did_where_she_was(moved: int, visit: Visit) -> None:
    manager = visit("manager")
    page = manager.get(f"/reports/organizations/{COMMUNE}/?course={COURSE}&as_of={THEN}").text
    [link] = re.findall(rf'href="(/reports/people/{moved}/[^"]*)"', page)
    person = manager.get(unescape(link))
    assert person.status_code == 200
    assert courses_on(person.text) == [COURSE]
    assert "Xã Đồng Thử" in person.text
    assert "Xã Dốc Thử" not in person.text
    for address in re.findall(r'href="(/reports/[^"]*)"', person.text):
        assert manager.get(unescape(address)).status_code == 200, address
    rows = list(csv.reader(io.StringIO(manager.get(f"/reports/people/{moved}.csv?as_of={THEN}").text)))
    assert rows[1][1:] == ["Xã Đồng Thử", COMMUNE]
    assert len({row[0] for row in rows[6:]}) == 1
    seen = current_session().scalars(
        select(AuditEntry.subject).where(AuditEntry.subject == f"person:{moved}")
    )
    assert len(seen.all()) >= 2


def test_before_she_was_enrolled_there_is_nothing_to_show(moved: int, visit: Visit) -> None:
    assert visit("manager").get(f"/reports/people/{moved}/?as_of=2026-11-01").status_code == 404


def test_the_place_she_came_to_sees_all_her_courses_and_others_none(moved: int, visit: Visit) -> None:
    path = f"/reports/people/{moved}/"
    page = visit("quan-ly-kia").get(path)
    assert courses_on(page.text) == [COURSE, LATER] or courses_on(page.text) == [LATER, COURSE]
    assert "Xã Dốc Thử" in page.text
    assert courses_on(visit("province").get(path).text) == courses_on(page.text)
    assert visit("quan-ly-phuong").get(path).status_code == 404
    assert visit("quan-ly-phuong").get(f"/reports/people/{moved}.csv").status_code == 404
