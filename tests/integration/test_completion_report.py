"""The completion report for programs: its rows add up, and are those of the pages, whatever happened."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learning.accounts.models import Person
from learning.audit.models import AuditEntry
from learning.courses.queries import get_course
from learning.database import current_session, transaction
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Actor, Role
from learning.domain.purposes import Purpose
from learning.organizations.queries import get_by_code
from learning.progress.assignments import assign_course
from learning.reports.completion import Completion, CompletionRow, completion, completion_of_people
from learning.reports.queries import organization_report
from learning.study.services import declare_read
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OPTIONAL_UNIT,
    OTHER_COMMUNE,
    QUIZ_UNIT,
    READ_UNIT,
    VILLAGE,
    WARD,
    course_texts,
    import_texts,
    make_course,
    make_organizations,
    make_person,
    moment,
    take_quiz,
    unit_text,
)

pytestmark = pytest.mark.usefixtures("both_databases")
PROVINCE = ("/24/",)
UNITS = (None, READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT)
PLACES = ("24", COMMUNE, OTHER_COMMUNE, VILLAGE, WARD)
SECOND, SECOND_QUIZ = "khoa-hai", "bai-hai"


def read(actor: Actor, *, day: int, unit: str = READ_UNIT) -> None:
    declare_read(actor, COURSE, unit, revision_id=None, moment=moment(day))


def fail(actor: Actor, *, day: int) -> None:
    """Use up the three attempts at the quiz."""
    for _ in range(3):
        take_quiz(actor, right=False, at=moment(day))


@pytest.fixture
def story(app: Flask) -> None:
    """Day 0: everyone is given the course. Day 1: Một completes it, Hai fails the quiz, Ba reads."""
    make_organizations()
    make_course()
    one, two = make_person("mot-thu", VILLAGE), make_person("hai-thu", COMMUNE)
    three = make_person("ba-thu", "24")
    make_person("bon-thu", WARD)
    assign_course(
        None, get_course(COURSE).id, organization_id=get_by_code("24").id, title="Đợt", moment=moment()
    )
    read(one, day=1)
    take_quiz(one, at=moment(1))
    fail(two, day=1)
    read(three, day=1)


def report(code: str | None = "24", *, day: int = 1, course: str | None = COURSE) -> Completion:
    return completion(PROVINCE, code, course=course, as_of=moment(day).day)


def figures(row: CompletionRow) -> tuple[int, ...]:
    return (row.enrolled, row.started, row.completed, row.passed, row.failed, row.overdue)


@pytest.mark.usefixtures("story")
def test_each_place_below_with_people_has_a_row_for_the_course_and_for_each_unit() -> None:
    rows = {(row.organization, row.unit): figures(row) for row in report().items}
    assert rows == {
        ("24", None): (1, 1, 0, 0, 0, 0),
        ("24", READ_UNIT): (1, 1, 1, 0, 0, 0),
        ("24", QUIZ_UNIT): (1, 0, 0, 0, 0, 0),
        ("24", OPTIONAL_UNIT): (1, 0, 0, 0, 0, 0),
        (COMMUNE, None): (2, 2, 1, 0, 0, 0),
        (COMMUNE, READ_UNIT): (2, 1, 1, 0, 0, 0),
        (COMMUNE, QUIZ_UNIT): (2, 2, 1, 1, 1, 0),
        (COMMUNE, OPTIONAL_UNIT): (2, 0, 0, 0, 0, 0),
        (WARD, None): (1, 0, 0, 0, 0, 0),
        (WARD, READ_UNIT): (1, 0, 0, 0, 0, 0),
        (WARD, QUIZ_UNIT): (1, 0, 0, 0, 0, 0),
        (WARD, OPTIONAL_UNIT): (1, 0, 0, 0, 0, 0),
    }
    assert report().total == CompletionRow("24", "Tỉnh Thử Nghiệm", COURSE, None, 4, 3, 1)
    assert {row.name for row in report().items if row.organization == COMMUNE} == {"Xã Đồng Thử"}
    assert {row.course for row in report().items} == {COURSE}


@pytest.mark.usefixtures("story")
def test_rows_stand_in_the_order_of_the_page_the_place_itself_first() -> None:
    assert list(dict.fromkeys(row.organization for row in report().items)) == ["24", WARD, COMMUNE]
    assert [row.unit for row in report().items][:4] == list(UNITS)
    assert list(dict.fromkeys(row.organization for row in report(COMMUNE).items)) == [COMMUNE, VILLAGE]
    assert {row.organization for row in report(VILLAGE).items} == {VILLAGE}


@pytest.mark.usefixtures("story")
def test_a_past_day_says_what_stood_then() -> None:
    assert figures(report(day=0).total) == (4, 0, 0, 0, 0, 0)
    before = report(day=-1)
    assert {row.organization for row in before.items} == {"24"}
    assert figures(before.total) == (0,) * 6


def test_a_place_whose_people_are_not_enrolled_has_a_row_and_an_empty_one_has_none(app: Flask) -> None:
    make_organizations()
    make_course()
    make_person("mot-thu", COMMUNE)
    gone = make_person("nghi-thu", WARD)
    with transaction() as session:
        session.execute(sa.update(Person).where(Person.id == gone.id).values(disabled_at=NOW))
    assert {row.organization for row in report(day=0).items} == {"24", COMMUNE}
    assert {figures(row) for row in report(day=0).items} == {(0,) * 6}
    assert {row.organization for row in report(day=-1).items} == {"24"}


@pytest.mark.usefixtures("story")
def test_without_a_course_all_published_ones_are_counted() -> None:
    import_texts(course_texts(SECOND, quiz=SECOND_QUIZ))
    import_texts(course_texts("khoa-nhap", quiz="bai-nhap"), publish=False)
    both = report(course=None)
    assert both.courses == (SECOND, COURSE)
    assert {row.course for row in both.items} == {SECOND, COURSE}
    assert tuple(row for row in both.items if row.course == COURSE) == report().items
    assert (both.total.course, both.total.enrolled) == (None, 4)
    for course in ("khong-co", "khoa-nhap"):
        with pytest.raises(NotFound) as refusal:
            report(course=course)
        assert refusal.value.field == "course"


def test_a_site_without_courses_has_no_rows(app: Flask) -> None:
    make_organizations()
    assert (report(course=None).items, figures(report(course=None).total)) == ((), (0,) * 6)


@pytest.mark.usefixtures("story")
def test_the_place_is_that_of_the_scope_or_one_inside_it() -> None:
    day = moment(1).day
    scope = (get_by_code(COMMUNE).path,)
    assert completion(scope, None, course=COURSE, as_of=day).organization == COMMUNE
    for code in ("24", WARD, "khong-co", ""):
        with pytest.raises(NotFound) as refusal:
            completion(scope, code, course=COURSE, as_of=day)
        assert refusal.value.field == "organization"
    two = (*scope, get_by_code(WARD).path)
    assert completion(two, WARD, course=COURSE, as_of=day).total.enrolled == 1
    for paths in (two, ()):
        with pytest.raises(Refused) as unclear:
            completion(paths, None, course=COURSE, as_of=day)
        assert unclear.value.field == "organization"


@pytest.mark.usefixtures("story")
def test_it_costs_few_statements(count_statements: Any) -> None:
    with count_statements(at_most=5):
        report(course=None)


# --- Names


@pytest.mark.usefixtures("story")
def test_names_are_those_of_the_place_itself_and_on_record() -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    people = completion_of_people(
        manager, COMMUNE, [COURSE], as_of=moment(1).day, moment=moment(1), how="api", purpose=Purpose.HAND_IN
    )
    [person] = people
    assert (person.username, person.course, person.state, person.completed_at) == (
        "hai-thu",
        COURSE,
        "started",
        None,
    )
    assert [(unit.unit, unit.state) for unit in person.units] == [
        (READ_UNIT, "not_started"),
        (QUIZ_UNIT, "failed"),
        (OPTIONAL_UNIT, "not_started"),
    ]
    entry = current_session().scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.actor_id) == ("report.names_seen", manager.id)
    assert (entry.subject, entry.detail) == (
        f"organization:{COMMUNE}",
        {"purpose": "hand_in", "course": COURSE, "how": "api"},
    )


@pytest.mark.usefixtures("story")
def test_no_names_outside_the_scope() -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    trainer = make_person("giang-vien-thu", COMMUNE, role=Role.TRAINER)
    for actor, code in ((manager, WARD), (manager, "24"), (trainer, COMMUNE)):
        with pytest.raises(NotFound):
            completion_of_people(
                actor,
                code,
                [COURSE],
                as_of=moment(1).day,
                moment=moment(1),
                how="api",
                purpose=Purpose.HAND_IN,
            )


# --- The same numbers everywhere


Event = tuple[str, int, str]
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(("read", "optional", "pass", "fail", "assign", "hire", "repass")),
        st.integers(0, 4),
        st.sampled_from(PLACES),
    ),
    max_size=12,
)


class Undone(Exception):
    """Takes back what one example wrote."""


def happen(events: Sequence[Event]) -> None:
    people = [make_person(f"thu-{number}", place) for number, place in enumerate(PLACES)]
    for number, (kind, who, place) in enumerate(events):
        actor, day = people[who % len(people)], number // 3
        try:
            if kind == "read":
                read(actor, day=day)
            elif kind == "optional":
                read(actor, day=day, unit=OPTIONAL_UNIT)
            elif kind in ("pass", "fail"):
                take_quiz(actor, right=kind == "pass", at=moment(day))
            elif kind == "assign":
                assign_course(
                    None,
                    get_course(COURSE).id,
                    organization_id=get_by_code(place).id,
                    title=f"Đợt {number}",
                    moment=moment(day),
                )
            elif kind == "hire":
                people.append(make_person(f"moi-{number}", place, at=moment(day).at))
            else:
                text = unit_text(body=f"Lần {number}.")
                import_texts({f"courses/{COURSE}/{READ_UNIT}.vi.md": text}, at=moment(day), effect="repass")
        except (Conflict, Refused):
            pass  # no attempt left, or passed already


def compare(app: Flask, day: int) -> None:
    """Compare the report on each place with the page on it, with its people, and with the command."""
    as_of = moment(day).day
    for code in PLACES:
        mine = report(code, day=day)
        page = organization_report(PROVINCE, code, COURSE, as_of=as_of, names=("/",))
        rows = {(row.organization, row.unit): row for row in mine.items}
        assert (mine.total.enrolled, mine.total.started, mine.total.completed) == (
            page.total.enrolled,
            page.total.started,
            page.total.completed,
        )
        for name in ("enrolled", "started", "completed", "passed", "failed"):
            assert getattr(mine.total, name) == sum(
                getattr(row, name) for (_code, unit), row in rows.items() if unit is None
            )
        for child in page.children:
            row = rows.get((child.code, None), CompletionRow("", "", None, None))
            assert (row.enrolled, row.started, row.completed) == (
                child.enrolled,
                child.started,
                child.completed,
            )
            for (slug, _title), cell in zip(page.units, child.cells, strict=True):
                unit = rows.get((child.code, slug), CompletionRow("", "", None, None))
                assert (unit.started, unit.completed) == (cell.started, cell.completed)
        for number, (slug, _title) in enumerate(page.units):
            states = [person.units[number] for person in page.people]
            unit = rows[code, slug]
            assert (unit.enrolled, unit.passed, unit.failed) == (
                len(states),
                states.count("passed"),
                states.count("failed"),
            )
            assert unit.completed == states.count("completed") + states.count("passed")
            assert unit.started == len(states) - states.count("not_started")


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(events=EVENTS)
def test_the_rows_are_those_of_the_pages_whatever_happened(app: Flask, events: Sequence[Event]) -> None:
    def live() -> None:
        with transaction():
            make_organizations()
            make_course()
            happen(events)
            for day in range(-1, 5):
                compare(app, day)
            raise Undone

    with pytest.raises(Undone):
        live()


@pytest.mark.usefixtures("story")
def test_the_command_prints_the_same_rows(app: Flask) -> None:
    app.config["CLOCK"] = lambda: NOW + timedelta(days=3)
    for words, wanted in (
        (("--course", COURSE), report(day=3)),
        ((), report(day=3, course=None)),
        (("--as-of", moment(0).day.isoformat()), report(day=0, course=None)),
    ):
        command = ["report", "completion", "--organization", "24", "--format", "json", *words]
        printed = json.loads(app.test_cli_runner().invoke(args=command).stdout)
        assert [CompletionRow(**row) for row in printed["items"]] == list(wanted.items)
        assert CompletionRow(**printed["total"]) == wanted.total
        assert printed["as_of"] == wanted.as_of.isoformat()
