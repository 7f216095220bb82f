"""Sessions: planned, changed, cancelled, copied; who sees them; seats and those who wait for one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.audit.models import AuditEntry
from learning.classrooms.models import ClassReply
from learning.classrooms.queries.sessions import (
    find_managed,
    get_managed,
    list_invited,
    list_own_sessions,
    list_sessions,
    list_subjects,
    next_session,
    session_page,
)
from learning.classrooms.services import (
    ChangedMeanwhile,
    Plan,
    cancel_session,
    change_session,
    reply,
)
from learning.courses.queries import get_course
from learning.database import current_session
from learning.domain.classroom import Reply
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Role
from learning.notices.queries import list_notices
from learning.organizations.services import DEPARTMENT_CODE, PROVINCE_CODE
from tests.support.classrooms import (
    BOTH_UNIT,
    COURSE,
    EVENING,
    READ_ALONE,
    SESSION_UNIT,
    make_session_course,
    plan_evening,
)
from tests.support.factories import (
    COMMUNE,
    NOW,
    OTHER_COMMUNE,
    VILLAGE,
    WARD,
    make_organizations,
    make_person,
    moment,
)
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def manager(app: Flask) -> Actor:
    make_organizations()
    make_session_course()
    return make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)


@pytest.fixture
def learner(manager: Actor) -> Actor:
    return make_person("hoc-vien-thu", COMMUNE)


@pytest.fixture
def province(manager: Actor) -> Actor:
    return make_person("tinh-thu", PROVINCE_CODE, role=Role.MANAGER)


def change(actor: Actor, session: int, days: float = 0.1, **changes: object) -> None:
    seen = get_managed(actor, session, "vi").changed_at
    plan = replace(EVENING, **changes)  # type: ignore[arg-type]
    change_session(actor, session, plan, seen=seen, language="vi", moment=moment(days))


def titles(actor: Actor) -> list[str]:
    return [own.session.title for own in list_own_sessions(actor, "vi", now=NOW)]


def test_a_planned_session_stands_in_the_list_and_before_those_invited(
    manager: Actor, learner: Actor
) -> None:
    session = plan_evening(manager)
    (row,), past = list_sessions(manager, "vi", now=NOW)
    assert past == ()
    assert (row.title, row.course_title, row.unit_title) == ("Buổi tối thử", "Tập huấn thử", "Buổi học thử")
    assert (row.trainer_name, row.organization_name, row.state) == (
        manager.name,
        "Xã Đồng Thử",
        "planned",
    )
    assert titles(learner) == ["Buổi tối thử"]
    page = session_page(learner, session, "vi")
    assert (page.may_manage, page.is_invited, page.completes) == (False, True, ("Buổi học thử",))
    assert session_page(manager, session, "vi").may_manage
    assert list_invited(session) == ((COMMUNE, "Xã Đồng Thử"),)


def test_a_session_for_a_whole_course_counts_for_its_units_with_sessions(manager: Actor) -> None:
    session = plan_evening(manager, unit="")
    assert session_page(manager, session, "vi").completes == ("Buổi học thử", "Đọc và đến")
    (subject,) = list_subjects("vi")
    assert (subject.slug, [slug for slug, _title in subject.units]) == (COURSE, [SESSION_UNIT, BOTH_UNIT])


def test_a_unit_tells_when_its_next_session_is(manager: Actor, learner: Actor) -> None:
    plan_evening(manager, starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=3, hours=1))
    plan_evening(manager, unit=BOTH_UNIT, title="Của chuyên đề khác")
    first = plan_evening(manager, unit="", title="Cả khóa")
    course = get_course(COURSE).id
    unit = session_page(learner, first, "vi").session.course_id
    page = get_managed(manager, first, "vi")
    assert page.course_id == unit == course
    own = next_session(learner, course, _unit_id(manager), language="vi", now=NOW)
    assert own is not None
    assert own.session.title == "Cả khóa"
    cancel_session(manager, first, reason="Mưa bão thử", language="vi", moment=moment())
    own = next_session(learner, course, _unit_id(manager), language="vi", now=NOW)
    assert own is not None
    assert own.session.title == "Buổi tối thử"


def _unit_id(manager: Actor) -> int:
    rows = [row for row in list_sessions(manager, "vi", now=NOW)[0] if row.unit_slug == SESSION_UNIT]
    assert rows[0].unit_id is not None
    return rows[0].unit_id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " \u200b"}, "title"),
        ({"place": "a\nb"}, "place"),
        ({"ends_at": EVENING.starts_at}, "ends"),
        ({"ends_at": EVENING.starts_at + timedelta(hours=17)}, "ends"),
        (
            {"starts_at": NOW + timedelta(days=800), "ends_at": NOW + timedelta(days=800, hours=1)},
            "day",
        ),
        ({"seats": 0}, "seats"),
        ({"seats": 10_001}, "seats"),
        ({"note": "a" * 4001}, "note"),
        ({"trainer": "khong-co"}, "trainer"),
        ({"trainer": "hoc-vien-thu"}, "trainer"),
        ({"invited": (OTHER_COMMUNE,)}, "invited"),
        ({"organization": OTHER_COMMUNE}, "organization"),
        ({"course": "khong-co"}, "subject"),
        ({"unit": "khong-co"}, "subject"),
    ],
)
def test_what_cannot_be_planned_names_its_field_and_leaves_nothing(
    manager: Actor, learner: Actor, changes: dict[str, object], field: str
) -> None:
    with pytest.raises((Refused, NotFound)) as refusal:
        plan_evening(manager, **changes)
    assert refusal.value.field == field
    assert list_sessions(manager, "vi", now=NOW) == ((), ())


def test_who_holds_a_session_above_manages_it_and_nobody_beside(manager: Actor, province: Actor) -> None:
    session = plan_evening(province, organization=PROVINCE_CODE, invited=(COMMUNE, WARD))
    own = plan_evening(manager)
    elsewhere = make_person("xa-khac-thu", OTHER_COMMUNE, role=Role.MANAGER)
    assert [row.id for row in list_sessions(province, "vi", now=NOW)[0]] == [session, own]
    assert [row.id for row in list_sessions(manager, "vi", now=NOW)[0]] == [own]
    assert list_sessions(elsewhere, "vi", now=NOW)[0] == ()
    for act in (
        partial(get_managed, manager, session, "vi"),
        partial(session_page, elsewhere, session, "vi"),
        partial(cancel_session, manager, session, reason="Không", language="vi", moment=moment()),
        partial(change_session, elsewhere, own, EVENING, seen=NOW, language="vi", moment=moment()),
    ):
        with pytest.raises(NotFound):
            act()
    assert session_page(manager, session, "vi").is_invited  # her commune is
    assert not session_page(manager, session, "vi").may_manage


def test_only_invited_organizations_and_what_is_below_them_see_a_session(province: Actor) -> None:
    plan_evening(province, organization=PROVINCE_CODE, invited=(COMMUNE,))
    inside = [make_person(f"trong-{place.lower()}", place) for place in (COMMUNE, VILLAGE)]
    outside = [
        make_person(f"ngoai-{place.lower()}", place) for place in (WARD, OTHER_COMMUNE, DEPARTMENT_CODE)
    ]
    assert [titles(person) for person in inside] == [["Buổi tối thử"]] * 2
    assert [titles(person) for person in outside] == [[]] * 3


def test_a_trainer_from_elsewhere_manages_the_session_she_is_named_for(manager: Actor) -> None:
    trainer = make_person("giang-vien-thu", DEPARTMENT_CODE, role=Role.TRAINER)
    session = plan_evening(manager)
    assert find_managed(trainer, session, "vi") is None
    change(manager, session, trainer=trainer.username)
    assert get_managed(trainer, session, "vi").trainer_name == trainer.name
    assert [row.id for row in list_sessions(trainer, "vi", now=NOW)[0]] == [session]
    change(trainer, session, trainer=trainer.username, place="Hội trường thử")
    assert get_managed(manager, session, "vi").place == "Hội trường thử"


def test_a_learner_manages_nothing_though_she_is_named(manager: Actor, learner: Actor) -> None:
    plan_evening(manager)
    assert list_sessions(learner, "vi", now=NOW) == ((), ())


def test_of_two_changes_of_what_was_seen_one_is_taken(manager: Actor) -> None:
    session = plan_evening(manager)
    seen = get_managed(manager, session, "vi").changed_at
    change(manager, session, title="Tên mới")
    with pytest.raises(ChangedMeanwhile):
        change_session(manager, session, EVENING, seen=seen, language="vi", moment=moment(0.2))
    assert get_managed(manager, session, "vi").title == "Tên mới"


def notices(actor: Actor) -> list[tuple[str, object]]:
    return [(one.kind, one.detail.get("reason")) for one in list_notices(actor)]


def test_those_invited_are_told_of_another_time_and_of_a_cancellation(manager: Actor, learner: Actor) -> None:
    session = plan_evening(manager)
    away = make_person("khong-den-thu")
    reply(away, session, is_coming=False, language="vi", moment=moment())
    change(manager, session, note="Mang theo bút.")
    assert notices(learner) == []
    change(manager, session, place="Trường học thử")
    assert notices(learner) == [("session_moved", None)]
    cancel_session(manager, session, reason="Mưa bão thử", language="vi", moment=moment(0.2))
    assert notices(learner) == [("session_cancelled", "Mưa bão thử"), ("session_moved", None)]
    assert notices(away) == []
    page = session_page(learner, session, "vi")
    assert (page.is_cancelled, page.session.reason) == (True, "Mưa bão thử")
    for act in (
        partial(change, manager, session),
        partial(reply, learner, session, is_coming=True, language="vi", moment=moment(0.3)),
    ):
        with pytest.raises(Refused, match="cancelled"):
            act()
    cancel_session(manager, session, reason="Lần nữa", language="vi", moment=moment(0.4))
    assert session_page(learner, session, "vi").session.reason == "Mưa bão thử"


def test_each_deed_is_on_record(manager: Actor) -> None:
    session = plan_evening(manager)
    change(manager, session)
    cancel_session(manager, session, reason="Thử", language="vi", moment=moment(0.2))
    rows = current_session().execute(
        sa.select(AuditEntry.action, AuditEntry.actor_id)
        .where(AuditEntry.subject == f"session:{session}")
        .order_by(AuditEntry.id)
    )
    assert [tuple(row) for row in rows] == [
        (f"session.{deed}", manager.id) for deed in ("planned", "changed", "cancelled")
    ]


def say(actor: Actor, session: int, *, comes: bool = True, days: float = 0.1) -> Reply:
    return reply(actor, session, is_coming=comes, language="vi", moment=moment(days))


def test_seats_are_counted_and_the_first_who_waits_gets_a_free_one(manager: Actor) -> None:
    session = plan_evening(manager, seats=1)
    first, second, third = (make_person(f"cho-{n}") for n in range(3))
    assert say(first, session) is Reply.COMING
    assert say(second, session, days=0.2) is Reply.WAITING
    assert say(third, session, days=0.3) is Reply.WAITING
    assert say(third, session, days=0.4) is Reply.WAITING  # again changes nothing
    row = get_managed(manager, session, "vi")
    assert (row.coming, row.waiting, row.is_full) == (1, 2, True)
    assert say(first, session, comes=False, days=0.5) is Reply.NOT_COMING
    assert [session_page(one, session, "vi").reply for one in (first, second, third)] == [
        Reply.NOT_COMING,
        Reply.COMING,
        Reply.WAITING,
    ]
    assert [one.kind for one in list_notices(second)] == ["session_seat"]
    change(manager, session, seats=5, days=0.6)
    assert session_page(third, session, "vi").reply is Reply.COMING


def test_nobody_answers_who_is_not_invited_or_too_late(manager: Actor, learner: Actor) -> None:
    session = plan_evening(manager)
    with pytest.raises(NotFound):
        say(make_person("ngoai-thu", OTHER_COMMUNE), session)
    with pytest.raises(Refused, match="over"):
        say(learner, session, days=1.2)


def test_of_many_who_want_the_last_seat_one_gets_it(app: Flask, manager: Actor) -> None:
    session = plan_evening(manager, seats=1)
    people = [make_person(f"ghe-{n}") for n in range(6)]
    calls: list[Callable[[], object]] = [partial(say, person, session) for person in people]
    got = together(app, calls)
    assert sorted(map(str, got)) == ["coming"] + ["waiting"] * 5
    stored = current_session().scalars(sa.select(ClassReply.reply)).all()
    assert stored.count("coming") == 1


def test_a_plan_without_a_unit_of_sessions_is_one_all_the_same(manager: Actor) -> None:
    session = plan_evening(manager, unit=READ_ALONE)
    assert session_page(manager, session, "vi").completes == ()
    assert isinstance(EVENING, Plan)
