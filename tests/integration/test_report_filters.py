"""Reports by audience, of a period, and of organizations as they were or as they are."""

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.administration.moves import describe_person, move_person
from learning.courses.queries import get_course
from learning.database import transaction
from learning.domain.membership import Audience
from learning.domain.periods import Period
from learning.organizations.models import Organization
from learning.organizations.queries import get_by_code
from learning.progress.assignments import Due, Whom, assign_course
from learning.reports.queries import Asked, course_report, list_waves, organization_report, overview
from learning.study.services import declare_read, enroll_in_course
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OTHER_COMMUNE,
    READ_UNIT,
    VILLAGE,
    WARD,
    make_person,
    moment,
    take_quiz,
)

pytestmark = pytest.mark.usefixtures("both_databases")
PROVINCE = ("/24/",)
CADRES = Asked(audience=Audience.CADRE)


def study(username: str, organization: str, *, day: float, audience: Audience | None = None) -> int:
    """Let somebody enroll on the first day, and complete the course on another."""
    person = make_person(username, organization)
    if audience:
        describe_person(None, person.id, audience=audience, moment=moment())
    enroll_in_course(person, COURSE, moment=moment())
    declare_read(person, COURSE, READ_UNIT, revision_id=None, moment=moment(day))
    take_quiz(person, at=moment(day))
    return person.id


def figures(asked: Asked, day: float = 30) -> dict[str, tuple[int, int]]:
    """Return (enrolled, completed) of each line of the report that has people."""
    report = course_report(PROVINCE, COURSE, moment(day).day, asked=asked)
    return {row.code: (row.enrolled, row.completed) for row in report.rows if row.enrolled}


def test_an_audience_is_counted_alone_everywhere(tiny_course: Flask) -> None:
    study("can-bo", COMMUNE, day=1, audience=Audience.CADRE)
    study("vien-chuc", COMMUNE, day=1, audience=Audience.PUBLIC_EMPLOYEE)
    study("chua-ro", VILLAGE, day=1)
    assert figures(Asked()) == {COMMUNE: (3, 3)}
    assert figures(CADRES) == {COMMUNE: (1, 1)}
    [course] = overview(PROVINCE, moment(30).day, asked=CADRES).courses
    assert (course.enrolled, course.completed) == (1, 1)
    page = organization_report(PROVINCE, COMMUNE, COURSE, as_of=moment(30).day, names=("/",), asked=CADRES)
    assert ([row.username for row in page.people], page.people_total, page.total.enrolled) == (
        ["can-bo"],
        1,
        1,
    )


def test_a_period_tells_what_happened_in_it_beside_what_stands(tiny_course: Flask) -> None:
    study("som", COMMUNE, day=1)
    study("muon", VILLAGE, day=20)
    period = Asked(period=Period(moment(10).day, moment(30).day))
    rows = {row.code: row for row in course_report(PROVINCE, COURSE, moment(30).day, asked=period).rows}
    assert (rows[COMMUNE].completed, rows[COMMUNE].happened.completed) == (2, 1)
    assert VILLAGE not in rows  # it is counted in the row of its commune
    [village] = organization_report(
        PROVINCE, COMMUNE, COURSE, as_of=moment(30).day, names=(), asked=period
    ).children
    assert (village.happened.started, village.happened.completed) == (1, 1)
    assert rows[WARD].happened.completed == 0
    [course] = overview(PROVINCE, moment(30).day, asked=period).courses
    assert (course.completed, course.happened.completed) == (2, 1)


def test_who_moves_on_a_day_is_counted_once_and_her_old_place_keeps_what_she_did_there(
    tiny_course: Flask,
) -> None:
    person = study("chuyen-di", COMMUNE, day=3)
    move_person(None, person, OTHER_COMMUNE, moment=moment(10))
    quarter = Asked(period=Period(moment().day, moment(30).day))
    report = course_report(PROVINCE, COURSE, moment(30).day, asked=quarter)
    rows = {row.code: row for row in report.rows}
    assert (rows[COMMUNE].enrolled, rows[COMMUNE].happened.completed, rows[COMMUNE].happened.left) == (
        0,
        1,
        1,
    )
    after = rows[OTHER_COMMUNE]
    assert (after.enrolled, after.completed, after.happened.completed, after.happened.joined) == (1, 1, 0, 1)
    assert (report.total.enrolled, report.total.happened.completed) == (1, 1)
    assert figures(Asked(), day=9) == {COMMUNE: (1, 1)}


def merge(code: str, successor: str) -> None:
    """Let an organization have ended some days ago."""
    with transaction() as session:
        session.execute(
            sa.update(Organization)
            .where(Organization.code == code)
            .values(valid_to=NOW.date(), successor_id=get_by_code(successor).id)
        )


@pytest.fixture
def merged(tiny_course: Flask) -> Flask:
    """The site after the commune, with its village, has become part of the ward."""
    tiny_course.config["CLOCK"] = lambda: moment(40).at
    study("xa-cu", COMMUNE, day=1)
    study("thon-cu", VILLAGE, day=1)
    study("phuong", WARD, day=1)
    merge(COMMUNE, WARD)
    return tiny_course


def test_a_merged_commune_stands_as_it_was_or_under_its_successor(merged: Flask) -> None:
    assert figures(Asked()) == {COMMUNE: (2, 2), WARD: (1, 1)}
    assert figures(Asked(is_now=True)) == {WARD: (3, 3)}
    [then], [now] = (
        overview(PROVINCE, moment(30).day, asked=asked).courses for asked in (Asked(), Asked(is_now=True))
    )
    assert (then.enrolled, now.enrolled) == (3, 3)


def test_who_answers_for_the_successor_reads_what_the_ended_one_had_and_nobody_else(merged: Flask) -> None:
    ward, other = (get_by_code(code).path for code in (WARD, OTHER_COMMUNE))
    now = Asked(is_now=True, period=Period(moment().day, moment(30).day))
    total = course_report((ward,), COURSE, moment(30).day, asked=now).total
    assert (total.enrolled, total.happened.completed) == (3, 3)
    assert course_report((ward,), COURSE, moment(30).day).total.enrolled == 1
    assert course_report((other,), COURSE, moment(30).day, asked=now).total.enrolled == 0
    gone = course_report((get_by_code(COMMUNE).path,), COURSE, moment(30).day, asked=now)
    assert (gone.rows, gone.total.enrolled) == ((), 0)
    page = organization_report(PROVINCE, COMMUNE, COURSE, as_of=moment(30).day, names=())
    assert (page.ended_on, page.successor) == (NOW.date(), (WARD, "Phường Ăn Thử"))


def test_an_ended_organization_has_a_line_only_where_it_had_people(merged: Flask) -> None:
    merge(OTHER_COMMUNE, WARD)
    codes = {row.code for row in course_report(PROVINCE, COURSE, moment(30).day).rows}
    assert COMMUNE in codes
    assert OTHER_COMMUNE not in codes


def test_a_wave_counts_those_whom_its_assignments_cover(tiny_course: Flask) -> None:
    study("can-bo", COMMUNE, day=1, audience=Audience.CADRE)
    study("vien-chuc", COMMUNE, day=1, audience=Audience.PUBLIC_EMPLOYEE)
    late = make_person("cham", VILLAGE)
    describe_person(None, late.id, audience=Audience.CADRE, moment=moment())
    assign_course(
        None,
        get_course(COURSE).id,
        organization_id=get_by_code(COMMUNE).id,
        title="Đợt cán bộ",
        whom=Whom((Audience.CADRE,)),
        due=Due(days=3),
        moment=moment(1),
    )
    day = moment(30).day
    wave = course_report(PROVINCE, COURSE, day, asked=Asked(wave="Đợt cán bộ"))
    rows = {row.code: row for row in wave.rows}
    assert (rows[COMMUNE].enrolled, rows[COMMUNE].completed, rows[COMMUNE].overdue) == (2, 1, 1)
    assert rows[COMMUNE].cells[0].completed == 1
    below = organization_report(
        PROVINCE, COMMUNE, COURSE, as_of=day, names=(), asked=Asked(wave="Đợt cán bộ")
    )
    assert [(row.code, row.enrolled, row.completed) for row in below.children] == [(VILLAGE, 1, 0)]
    assert wave.total.enrolled == 2
    assert course_report(PROVINCE, COURSE, day).total.enrolled == 3
    assert course_report(PROVINCE, COURSE, day, asked=Asked(wave="Đợt khác")).total.enrolled == 0
    ward, village = (get_by_code(code).path for code in (WARD, VILLAGE))
    assert list_waves((village,), COURSE) == ("Đợt cán bộ",)  # given above it, and reaching it
    assert list_waves((ward,), COURSE) == ()
