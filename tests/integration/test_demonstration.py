"""The demonstration: invented people of every commune on an empty site, whose figures are right."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.models import Person
from learning.accounts.queries import get_actor
from learning.accounts.services import sign_in
from learning.courses.models import Unit
from learning.database import current_session
from learning.domain.errors import Refused
from learning.domain.permissions import Permission, Role
from learning.operations.demonstration import ACCOUNTS, demonstration_password, load_demonstration
from learning.organizations.models import Organization
from learning.organizations.services import save_organizations, shipped_organizations
from learning.progress.models import Enrollment, FigureEntry, UnitCompletion
from learning.progress.recount import find_differences
from learning.quizzes.models import Attempt, Response
from learning.reports.queries import course_report
from tests.support.factories import (
    COURSE,
    PASSWORD,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    ZONE,
    course_texts,
    import_texts,
    make_course,
    make_organizations,
    make_person,
    quiz_text,
    unit_text,
)

LOADED_AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
FEW = 60
NUMBERS = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười")


@pytest.fixture
def demonstration(app: Flask, both_databases: str) -> int:
    make_organizations()
    make_course()
    return load_demonstration(PASSWORD, now=LOADED_AT, zone=ZONE, learners=FEW)


def counted(table: type) -> int:
    return current_session().scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_the_demonstration_is_whole_and_its_figures_are_right(demonstration: int) -> None:
    assert demonstration == counted(Person) == 65
    assert current_session().scalars(sa.select(Person.id).where(~Person.is_demonstration)).all() == []
    places = (
        sa.select(Organization.id)
        .join(Person, Person.organization_id == Organization.id)
        .where(Organization.kind.in_(("commune", "ward")))
        .distinct()
    )
    assert len(current_session().scalars(places).all()) == FEW // 2
    assert counted(Enrollment) == 65
    completed = current_session().scalars(
        sa.select(Enrollment.id).where(Enrollment.completed_at.is_not(None))
    )
    assert 10 < len(completed.all()) < 60
    for days in (0, 10, 20, 30, 43):
        assert find_differences((LOADED_AT - timedelta(days=days)).date(), ZONE) == []

    moments = (
        *(Enrollment.enrolled_at, Enrollment.started_at, Enrollment.completed_at),
        *(UnitCompletion.started_at, UnitCompletion.completed_at, Attempt.submitted_at, Response.received_at),
    )
    for column in moments:
        latest = current_session().scalar(sa.select(sa.func.max(column)))
        assert latest is not None
        assert latest <= LOADED_AT, column  # nothing happened after the clock it was given
    latest_day = current_session().scalar(sa.select(sa.func.max(FigureEntry.recorded_on)))
    assert latest_day is not None
    assert latest_day <= LOADED_AT.date()

    with pytest.raises(Refused, match="people on this site already"):
        load_demonstration(PASSWORD, now=LOADED_AT, zone=ZONE, learners=FEW)
    assert counted(Person) == 65

    learner, trainer, manager, province, admin = (get_actor(name) for name in ACCOUNTS)
    assert manager.scope(Permission.REPORT_READ) == (learner.organization_path,)
    assert province.scope(Permission.REPORT_READ) == ("/24/",)
    assert trainer.scope(Permission.COURSE_EDIT) == ("/24/24-BTGDV/",)
    assert [grant.role for grant in admin.grants] == [Role.ADMINISTRATOR]
    for name in ACCOUNTS:
        assert sign_in(name, PASSWORD, source="192.0.2.1", now=LOADED_AT) is not None


def test_the_whole_demonstration_shows_every_commune_and_every_shade(app: Flask) -> None:
    save_organizations(shipped_organizations())
    make_course()
    assert load_demonstration(PASSWORD, now=LOADED_AT, zone=ZONE) == counted(Person) == 605
    names = current_session().scalars(sa.select(Person.name)).all()
    assert len(set(names)) == 605
    learners = [name.split() for name in names if "Thử Nghiệm" not in name]
    assert {word for name in learners for word in name[2:]} <= set(NUMBERS)  # nobody is called like this
    sizes = current_session().execute(
        sa.select(Organization.code, sa.func.count())
        .join(Person, Person.organization_id == Organization.id)
        .where(Organization.kind.in_(("commune", "ward")), Person.username.like("hocvien%"))
        .group_by(Organization.code)
    )
    counts = [n for _code, n in sizes]
    assert (len(counts), sum(counts), min(counts), max(counts)) == (99, 600, 2, 15)
    report = course_report(("/24/",), COURSE, LOADED_AT.date())
    rows = [row for row in report.rows if row.kind != "department" and row.enrolled]
    rates = [row.rate for row in rows] + [cell.rate for row in rows for cell in row.cells]
    shades = [
        sum(rate is not None and low <= rate < high for rate in rates)
        for low, high in pairwise((0, 0.01, 0.5, 0.8, 1, 2))
    ]
    assert all(n >= 3 for n in shades), shades
    started = [row.started for row in rows]
    assert 3 <= sum(n == 0 for n in started) <= 30
    assert find_differences(LOADED_AT.date(), ZONE) == []


def test_what_takes_reading_and_a_quiz_is_completed_by_some(app: Flask) -> None:
    make_organizations()
    texts = course_texts()
    texts[f"courses/{COURSE}/{QUIZ_UNIT}.vi.md"] = unit_text(completion="read and quiz", quiz=QUIZ)
    texts[f"courses/{COURSE}/{READ_UNIT}.vi.md"] = unit_text(completion="read", quiz="luyen-thu")
    texts[f"quizzes/{COURSE}/luyen-thu.vi.quiz.md"] = quiz_text()
    import_texts(texts)
    load_demonstration(PASSWORD, now=LOADED_AT, zone=ZONE, learners=FEW)
    completed = (
        sa.select(sa.func.count())
        .select_from(UnitCompletion)
        .join(Unit, Unit.id == UnitCompletion.unit_id)
        .where(UnitCompletion.completed_at.is_not(None))
    )
    for slug in (READ_UNIT, QUIZ_UNIT):
        assert current_session().scalar(completed.where(Unit.slug == slug)), slug


def test_the_demonstration_is_refused_where_there_is_anybody(app: Flask) -> None:
    make_organizations()
    make_person("nguoi-that-thu")
    with pytest.raises(Refused):
        load_demonstration(PASSWORD, now=LOADED_AT, zone=ZONE)
    assert counted(Person) == 1


def test_the_password_is_the_one_wanted_or_a_random_one_that_is_kept(tmp_path: Path) -> None:
    assert demonstration_password(tmp_path, "mong muốn") == "mong muốn"
    assert list(tmp_path.iterdir()) == []
    first = demonstration_password(tmp_path, "")
    assert len(first) >= 16
    assert demonstration_password(tmp_path, "") == first
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
