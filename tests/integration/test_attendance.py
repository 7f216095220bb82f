"""Attendance: marks, codes, what they complete, and what becomes of it when a mark was a mistake."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid5

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.posts import set_absence
from learning.audit.models import AuditEntry
from learning.classrooms.attendance import MarkedElsewhere, code_key, mark, mark_by_code
from learning.classrooms.models import ClassCredit, ClassMark
from learning.classrooms.queries.roster import list_attendees, search_others
from learning.classrooms.queries.sessions import get_managed, session_page
from learning.classrooms.services import cancel_session, change_session
from learning.classrooms.settings import read_code_rules
from learning.courses.queries import get_course
from learning.database import current_session, transaction
from learning.domain.classroom import How, Presence, SessionState, code_at
from learning.domain.errors import NotFound, Refused, TooManyTries
from learning.domain.figures import Measure
from learning.domain.permissions import Actor, Role
from learning.organizations.services import PROVINCE_CODE
from learning.progress.figures import list_late
from learning.progress.models import FigureEntry
from learning.progress.recount import find_differences
from learning.progress.sums import find_wrong_sums
from learning.study.queries.courses import course_page, unit_page
from learning.study.services import declare_read
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
    ZONE,
    import_texts,
    make_organizations,
    make_person,
    moment,
    unit_text,
)
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")
SPACE = UUID(int=1)


@pytest.fixture
def manager(app: Flask) -> Actor:
    make_organizations()
    make_session_course()
    return make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)


@pytest.fixture
def colleague(manager: Actor) -> Actor:
    return make_person("dong-nghiep-thu", COMMUNE, role=Role.TRAINER)


@pytest.fixture
def learner(manager: Actor) -> Actor:
    return make_person("hoc-vien-thu", COMMUNE)


@pytest.fixture
def evening(manager: Actor) -> int:
    return plan_evening(manager)


def put(
    marker: Actor,
    session: int,
    person: Actor,
    presence: Presence = Presence.PRESENT,
    *,
    seen: int = 0,
    event: str = "",
    days: float = 1.0,
) -> int:
    name = event or f"{marker.id}:{session}:{person.id}:{presence}:{seen}:{days}"
    return mark(
        marker,
        session,
        person.id,
        presence,
        seen=seen,
        event_id=str(uuid5(SPACE, name)),
        language="vi",
        moment=moment(days),
    ).number


def state(person: Actor, unit: str = SESSION_UNIT) -> str:
    return unit_page(person, COURSE, unit, language="vi", now=NOW).state


def in_order(days: float = 1.0) -> None:
    assert find_differences(moment(days).day, ZONE) == []
    assert find_wrong_sums() == []


def presence(manager: Actor, session: int, person: Actor) -> Presence:
    rows = {one.id: one for one in list_attendees(get_managed(manager, session, "vi"))}
    return rows[person.id].presence


def test_being_there_completes_the_unit_and_begins_the_course(
    manager: Actor, learner: Actor, evening: int
) -> None:
    assert put(manager, evening, learner) == 1
    assert state(learner) == "completed"
    assert course_page(learner, COURSE, "vi").state == "started"
    assert get_managed(manager, evening, "vi").state == SessionState.HELD
    assert get_managed(manager, evening, "vi").present == 1
    assert session_page(learner, evening, "vi").presence is Presence.PRESENT
    in_order()


def test_a_session_of_the_course_counts_for_all_its_units_that_ask_for_one(
    manager: Actor, learner: Actor
) -> None:
    session = plan_evening(manager, unit="")
    for unit in (READ_ALONE, BOTH_UNIT):
        declare_read(learner, COURSE, unit, revision_id=None, moment=moment())
    put(manager, session, learner)
    assert [state(learner, unit) for unit in (SESSION_UNIT, BOTH_UNIT, READ_ALONE)] == ["completed"] * 3
    assert course_page(learner, COURSE, "vi").state == "completed"
    in_order()


def test_a_part_of_a_unit_is_done_by_it(manager: Actor, learner: Actor) -> None:
    session = plan_evening(manager, unit=BOTH_UNIT)
    put(manager, session, learner)
    assert state(learner, BOTH_UNIT) == "in_progress"
    declare_read(learner, COURSE, BOTH_UNIT, revision_id=None, moment=moment(2))
    assert state(learner, BOTH_UNIT) == "completed"
    in_order(2)


def test_a_session_of_a_unit_that_asks_for_none_is_noted_alone(manager: Actor, learner: Actor) -> None:
    session = plan_evening(manager, unit=READ_ALONE)
    put(manager, session, learner)
    assert state(learner, READ_ALONE) == "not_started"
    assert course_page(learner, COURSE, "vi").state == "not_enrolled"
    in_order()


def flows() -> dict[str, int]:
    rows = current_session().execute(
        sa.select(FigureEntry.measure, sa.func.sum(FigureEntry.n)).group_by(FigureEntry.measure)
    )
    return {measure: int(n) for measure, n in rows if n}


@pytest.mark.parametrize("back", [Presence.ABSENT, Presence.UNMARKED])
def test_a_mistake_is_taken_back_as_if_it_had_not_been(
    manager: Actor, learner: Actor, back: Presence
) -> None:
    session = plan_evening(manager, unit="")
    for unit in (READ_ALONE, BOTH_UNIT):
        declare_read(learner, COURSE, unit, revision_id=None, moment=moment())
    before = flows()
    put(manager, session, learner, days=1)
    put(manager, session, learner, back, seen=1, days=2)
    assert [state(learner, unit) for unit in (SESSION_UNIT, BOTH_UNIT)] == ["in_progress"] * 2
    assert course_page(learner, COURSE, "vi").state == "started"
    assert current_session().scalars(sa.select(ClassCredit.unit_id)).all() == []
    after = flows()
    assert after.get(Measure.DID_COMPLETE) == before.get(Measure.DID_COMPLETE)
    assert after.get(Measure.COMPLETED) == before.get(Measure.COMPLETED)
    for days in (0, 1, 2):
        in_order(days)
    put(manager, session, learner, seen=2, days=3)
    assert course_page(learner, COURSE, "vi").state == "completed"
    in_order(3)


def test_what_is_sent_days_later_is_of_the_day_of_the_session(
    manager: Actor, learner: Actor, evening: int
) -> None:
    put(manager, evening, learner, days=4)
    day, course = moment(1).day, get_course(COURSE).id

    def late() -> dict[Measure, int]:
        found = list_late(("/",), [course], day, day)
        return {measure: n for (_place, _course, unit, measure), n in found.items() if unit and n}

    assert late() == {Measure.DID_START: 1, Measure.DID_COMPLETE: 1}
    put(manager, evening, learner, Presence.ABSENT, seen=1, days=5)
    assert late() == {Measure.DID_START: 1}
    for days in range(6):
        in_order(days)


def test_what_was_counted_in_an_earlier_cycle_does_not_hold_up_a_mistake(
    manager: Actor, learner: Actor, evening: int
) -> None:
    put(manager, evening, learner)
    with transaction() as write:
        write.execute(sa.text("UPDATE class_credit SET cycle = 0"))  # as if that had been a cycle before
    later = plan_evening(manager, title="Chu kỳ sau")
    put(manager, later, learner)
    put(manager, later, learner, Presence.ABSENT, seen=1)
    assert state(learner) == "in_progress"


def test_what_another_session_counts_for_too_stays(manager: Actor, learner: Actor, evening: int) -> None:
    other = plan_evening(manager, unit="", title="Buổi khác")
    put(manager, evening, learner)
    put(manager, other, learner)
    put(manager, evening, learner, Presence.ABSENT, seen=1)
    assert state(learner) == "completed"
    put(manager, other, learner, Presence.ABSENT, seen=1)
    assert state(learner) == "in_progress"
    in_order()


def test_a_mark_of_an_earlier_round_counts_for_nothing_in_the_next(
    manager: Actor, learner: Actor, evening: int
) -> None:
    put(manager, evening, learner)
    import_texts(
        {f"courses/{COURSE}/{SESSION_UNIT}.vi.md": unit_text("Buổi học mới", completion="session")},
        effect="repass",
        at=moment(2),
    )
    assert state(learner) == "not_started"
    later = plan_evening(manager, starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=3, hours=1))
    put(manager, later, learner, days=3)
    put(manager, evening, learner, Presence.ABSENT, seen=1, days=4)
    assert state(learner) == "completed"
    put(manager, later, learner, Presence.ABSENT, seen=1, days=4)
    assert state(learner) == "in_progress"
    for days in range(5):
        in_order(days)


def test_the_same_mark_sent_again_counts_once(manager: Actor, learner: Actor, evening: int) -> None:
    numbers = [put(manager, evening, learner, event="một") for _ in range(3)]
    assert numbers == [1, 1, 1]
    assert put(manager, evening, learner, event="hai", seen=1) == 1  # says what stands already
    other = make_person("khac-thu")
    with pytest.raises(Refused, match="not understood"):
        put(manager, evening, other, event="một")
    assert current_session().scalars(sa.select(ClassMark.number)).all() == [1]


def test_of_two_markers_the_first_decides_and_the_second_is_shown(
    manager: Actor, colleague: Actor, learner: Actor, evening: int
) -> None:
    put(colleague, evening, learner, Presence.ABSENT)
    with pytest.raises(MarkedElsewhere) as conflict:
        put(manager, evening, learner, Presence.PRESENT, event="muộn")
    current = conflict.value.current
    assert (current.number, current.presence, current.by) == (1, Presence.ABSENT, colleague.name)
    assert state(learner) == "not_started"
    assert put(manager, evening, learner, Presence.ABSENT) == 1  # agrees
    assert put(manager, evening, learner, Presence.PRESENT, seen=1) == 2  # having seen it
    assert put(manager, evening, learner, Presence.ABSENT, seen=1) == 3  # her own is not in her way
    in_order()


def test_what_cannot_be_marked_is_refused(manager: Actor, learner: Actor, evening: int) -> None:
    early = partial(put, manager, evening, learner, days=0.9)
    with pytest.raises(Refused, match="not begun"):
        early()
    with pytest.raises(Refused, match="herself"):
        put(manager, evening, manager)
    with pytest.raises(NotFound):
        put(manager, evening, make_person("ngoai-thu", OTHER_COMMUNE))
    for stranger in (learner, make_person("xa-khac", OTHER_COMMUNE, role=Role.MANAGER)):
        with pytest.raises(NotFound):
            put(stranger, evening, learner)
    assert current_session().scalars(sa.select(ClassMark.id)).all() == []


def test_a_cancelled_session_takes_no_marks_and_a_held_one_is_not_cancelled(
    manager: Actor, learner: Actor, evening: int
) -> None:
    other = plan_evening(manager)
    cancel_session(manager, other, reason="Thử", language="vi", moment=moment())
    with pytest.raises(Refused, match="cancelled"):
        put(manager, other, learner)
    put(manager, evening, learner)
    with pytest.raises(Refused, match="took place"):
        cancel_session(manager, evening, reason="Thử", language="vi", moment=moment(2))
    seen = get_managed(manager, evening, "vi").changed_at
    for changes in ({"unit": ""}, {"starts_at": EVENING.starts_at + timedelta(minutes=5)}):
        with pytest.raises(Refused, match="already"):
            change_session(
                manager, evening, replace(EVENING, **changes), seen=seen, language="vi", moment=moment(2)
            )
    plan = replace(EVENING, title="Tên khác")
    change_session(manager, evening, plan, seen=seen, language="vi", moment=moment(2))


def test_the_sheet_has_who_is_invited_and_who_was_added(manager: Actor, learner: Actor) -> None:
    session = plan_evening(manager, invited=(VILLAGE,))
    villager, away = make_person("thon-thu", VILLAGE), make_person("nghi-thu", VILLAGE)
    set_absence(away.id, "leave", day=NOW.date())
    row = get_managed(manager, session, "vi")
    assert [one.id for one in list_attendees(row)] == [villager.id]
    (found,) = search_others(row, "nguoi THU hoc", frozenset({villager.id}))
    assert (found.id, found.is_added) == (learner.id, True)
    assert search_others(row, " ", frozenset()) == ()
    put(manager, session, learner)
    added = {one.id: one.is_added for one in list_attendees(row)}
    assert added == {villager.id: False, learner.id: True}


def test_each_mark_is_on_record(manager: Actor, learner: Actor, evening: int) -> None:
    put(manager, evening, learner)
    entry = (
        current_session().scalars(sa.select(AuditEntry).where(AuditEntry.action == "session.marked")).one()
    )
    assert entry.actor_id == manager.id
    assert entry.detail == {"person": learner.id, "presence": "present", "how": "trainer"}


# --- Codes


def code_of(manager: Actor, session: int, days: float = 1.0) -> str:
    _row, key = code_key(manager, session, "vi")
    return code_at(key, read_code_rules(), moment(days).at)


def scan(person: Actor, code: str, session: int | None = None, days: float = 1.0) -> int:
    return mark_by_code(person, code, session_id=session, moment=moment(days))


def test_a_code_proves_presence_once(manager: Actor, learner: Actor, evening: int) -> None:
    code = code_of(manager, evening)
    assert [scan(learner, code), scan(learner, code, evening)] == [evening, evening]
    assert state(learner) == "completed"
    (one,) = [one for one in list_attendees(get_managed(manager, evening, "vi")) if one.id == learner.id]
    assert one.mark is not None
    assert (one.mark.how, one.mark.number) == (How.CODE, 1)
    put(manager, evening, learner, Presence.ABSENT, seen=1)
    with pytest.raises(Refused, match="corrected"):
        scan(learner, code)
    assert presence(manager, evening, learner) is Presence.ABSENT
    in_order()


def test_who_comes_late_is_there_though_she_was_marked_absent(
    manager: Actor, learner: Actor, evening: int
) -> None:
    put(manager, evening, learner, Presence.ABSENT)
    scan(learner, code_of(manager, evening))
    assert presence(manager, evening, learner) is Presence.PRESENT


@pytest.mark.parametrize("days", [2.0, 1.0 + 10.5 / 1440, 0.5])
def test_a_code_of_another_time_counts_for_nothing(
    manager: Actor, learner: Actor, evening: int, days: float
) -> None:
    code = code_of(manager, evening)
    with pytest.raises(Refused) as refusal:
        scan(learner, code, days=days)
    assert refusal.value.field == "code"
    assert state(learner) == "not_started"


@pytest.mark.parametrize("minutes", [-31, 151])
def test_a_right_code_outside_the_session_counts_for_nothing(
    manager: Actor, learner: Actor, evening: int, minutes: int
) -> None:
    days = 1 + minutes / 1440
    with pytest.raises(Refused):
        scan(learner, code_of(manager, evening, days), evening, days)


def test_a_code_counts_below_the_holder_alone_and_not_for_the_trainer(manager: Actor, evening: int) -> None:
    outside = make_person("ngoai-thu", OTHER_COMMUNE)
    for person in (outside, manager):
        with pytest.raises(Refused):
            scan(person, code_of(manager, evening), evening)
    guest = make_person("thon-thu", VILLAGE)
    assert scan(guest, code_of(manager, evening)) == evening


def test_the_code_says_which_of_several_sessions(manager: Actor, learner: Actor) -> None:
    sessions = [plan_evening(manager, title=f"Buổi {n}") for n in range(3)]
    for session in sessions:
        with transaction() as write:
            write.execute(
                sa.text("UPDATE class_session SET code_key = :key WHERE id = :id"),
                {"key": bytes([session] * 16), "id": session},
            )
    assert [scan(learner, code_of(manager, session)) for session in sessions] == sessions


def test_guessing_ends_soon(manager: Actor, learner: Actor, evening: int) -> None:
    wrong = "000000" if code_of(manager, evening) != "000000" else "000001"
    for _ in range(10):
        with pytest.raises(Refused):
            scan(learner, wrong)
    with pytest.raises(TooManyTries):
        scan(learner, code_of(manager, evening))
    assert scan(learner, code_of(manager, evening, 1.01), days=1.01) == evening


# --- At once


def test_of_many_marks_at_once_each_person_has_one(
    app: Flask, manager: Actor, colleague: Actor, learner: Actor, evening: int
) -> None:
    code = code_of(manager, evening)
    calls: list[Callable[[], object]] = [
        partial(put, manager, evening, learner),
        partial(put, colleague, evening, learner),
        partial(scan, learner, code),
        partial(put, manager, evening, learner, event="gửi lại"),
    ]
    got = together(app, calls)
    assert not [one for one in got if isinstance(one, Exception)]
    assert current_session().scalars(sa.select(ClassMark.number)).all() == [1]
    assert state(learner) == "completed"
    in_order()


def test_two_sessions_of_a_unit_at_once_count_together(
    app: Flask, manager: Actor, colleague: Actor, learner: Actor, evening: int
) -> None:
    other = plan_evening(manager, unit="")
    put(manager, evening, learner)
    calls: list[Callable[[], object]] = [
        partial(put, manager, evening, learner, Presence.ABSENT, seen=1),
        partial(put, colleague, other, learner),
    ]
    got = together(app, calls)
    assert not [one for one in got if isinstance(one, Exception)]
    assert state(learner) == "completed"
    in_order()


def test_a_whole_hall_is_marked_at_once(app: Flask, manager: Actor, evening: int) -> None:
    code = code_of(manager, evening)
    people = [make_person(f"hoi-truong-{n}") for n in range(8)]
    got = together(app, [partial(scan, person, code) for person in people])
    assert got == [evening] * 8
    assert get_managed(manager, evening, "vi").present == 8
    in_order()


def test_a_province_marks_people_of_all_its_communes(manager: Actor, learner: Actor) -> None:
    province = make_person("tinh-thu", PROVINCE_CODE, role=Role.MANAGER)
    session = plan_evening(province, organization=PROVINCE_CODE, invited=(OTHER_COMMUNE,))
    put(province, session, learner)
    with pytest.raises(NotFound):
        put(manager, session, learner, Presence.ABSENT, seen=1)
    assert state(learner) == "completed"
