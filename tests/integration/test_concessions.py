"""More time, exemption and credit for one person: who may, what it changes, and that figures follow."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.administration.moves import move_person, note_absence
from learning.assigning.queries import assignment_page
from learning.assigning.services import Terms, assign
from learning.audit.models import AuditEntry
from learning.certificates.queries import list_certificates
from learning.courses.queries import get_course
from learning.database import current_session
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.membership import Absence
from learning.domain.permissions import Actor, Role
from learning.notices.queries import list_notices
from learning.organizations.queries import get_by_code
from learning.progress.assignments import Due, sync_assignments, withdraw_assignment
from learning.progress.concessions import (
    ConcessionKind,
    end_concession,
    exempt,
    extend,
    list_concessions,
)
from learning.progress.credits import (
    CreditRow,
    approve_credit,
    ask_for_credit,
    get_credit,
    list_credits,
    list_waiting,
    refuse_credit,
)
from learning.progress.evidence import LARGEST, keep_evidence, read_evidence
from learning.progress.figures import count_overdue, list_standing
from learning.progress.models import Enrollment, FigureEntry, UnitCompletion
from learning.progress.recount import find_differences
from learning.progress.sums import find_wrong_dues, find_wrong_sums
from learning.reports.people import person_report
from learning.reports.queries import organization_report
from learning.study.queries.courses import course_page, dashboard
from learning.study.services import declare_read
from tests.support.factories import (
    COMMUNE,
    COURSE,
    READ_UNIT,
    VILLAGE,
    WARD,
    ZONE,
    make_person,
    moment,
    take_quiz,
)
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def manager(tiny_course: Flask) -> Actor:
    return make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)


@pytest.fixture
def learner(manager: Actor) -> Actor:
    """Somebody who is to complete the course within ten days."""
    actor = make_person("hoc-vien", VILLAGE)
    assign(manager, COURSE, VILLAGE, title="Đợt", terms=Terms(Due(moment(10).day)), moment=moment())
    return actor


def course_id() -> int:
    return get_course(COURSE).id


def due(actor: Actor) -> date | None:
    return (
        current_session()
        .scalars(sa.select(Enrollment.due_on).where(Enrollment.person_id == actor.id, Enrollment.is_current))
        .one()
    )


def figures(day: float, code: str = VILLAGE) -> tuple[int, ...]:
    """Return (enrolled, started, completed, overdue) of the course at one organization."""
    place, course, on = get_by_code(code).id, course_id(), moment(day).day
    rows = list_standing(("/",), [course], on, with_units=False)
    stands = next((row[3:6] for row in rows if row.organization_id == place), (0, 0, 0))
    return (*stands, count_overdue(("/",), [course], on).get((place, course), 0))


def is_true_to_the_facts(*days: float) -> bool:
    wrong = [find_differences(moment(day).day, ZONE) for day in days]
    return not any(wrong) and not find_wrong_sums() and not find_wrong_dues()


# --- More time


def test_more_time_is_given_for_a_reason_and_taken_back(manager: Actor, learner: Actor) -> None:
    until = moment(20).day
    extend(manager.id, learner.id, course_id(), until=until, reason="Mất điện", moment=moment(5))
    assert due(learner) == until
    assert [figures(day)[3] for day in (10, 11, 20, 21)] == [0, 0, 0, 1]
    [card] = dashboard(learner, "vi").current
    assert (card.due_on, card.terms.extended_to) == (until, until)
    [notice] = list_notices(learner)
    assert (notice.kind, notice.detail["what"], notice.detail["reason"]) == (
        "concession",
        "extended",
        "Mất điện",
    )
    sync_assignments(moment=moment(6))
    assert due(learner) == until

    later = moment(30).day
    extend(manager.id, learner.id, course_id(), until=later, reason="Bão lụt", moment=moment(7))
    assert due(learner) == later
    end_concession(manager.id, learner.id, course_id(), ConcessionKind.EXTENSION, moment=moment(8))
    assert due(learner) == moment(10).day
    given = list_concessions(learner.id, course_id())
    assert [(one.due_on, one.ended_by) for one in given] == [(later, manager.name), (until, manager.name)]
    with pytest.raises(NotFound):
        end_concession(manager.id, learner.id, course_id(), ConcessionKind.EXTENSION, moment=moment(8))
    actions = current_session().scalars(
        sa.select(AuditEntry.action)
        .where(AuditEntry.subject == f"person:{learner.id}", AuditEntry.action.startswith("enrollment."))
        .order_by(AuditEntry.id)
    )
    assert list(actions) == ["enrollment.extended", "enrollment.extended", "enrollment.extension_ended"]
    assert is_true_to_the_facts(0, 5, 6, 7, 8, 11)


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [(4, "x", "due_on"), (10, "x", "due_on"), (20, " ", "reason"), (20, "x" * 301, "reason")],
)
def test_what_gives_no_more_time_or_has_no_reason_is_refused(
    manager: Actor, learner: Actor, until: int, reason: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        extend(manager.id, learner.id, course_id(), until=moment(until).day, reason=reason, moment=moment(5))
    assert refusal.value.field == field
    assert due(learner) == moment(10).day
    assert list_concessions(learner.id, course_id()) == []


def test_nobody_gives_anything_to_herself_or_for_what_is_done_or_not_due(
    manager: Actor, learner: Actor
) -> None:
    later = moment(20).day
    for deed in (
        lambda: extend(learner.id, learner.id, course_id(), until=later, reason="x", moment=moment()),
        lambda: exempt(learner.id, learner.id, course_id(), reason="x", moment=moment()),
    ):
        with pytest.raises(Refused):
            deed()
    with pytest.raises(NotFound):  # not enrolled
        exempt(learner.id, manager.id, course_id(), reason="x", moment=moment())
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment())
    take_quiz(learner, at=moment())
    for deed in (
        lambda: extend(manager.id, learner.id, course_id(), until=later, reason="x", moment=moment()),
        lambda: exempt(manager.id, learner.id, course_id(), reason="x", moment=moment()),
    ):
        with pytest.raises(Refused):
            deed()


def test_an_extension_ends_with_the_duty_that_it_extends(manager: Actor, learner: Actor) -> None:
    extend(manager.id, learner.id, course_id(), until=moment(20).day, reason="x", moment=moment())
    move_person(None, learner.id, WARD, moment=moment(1))
    assert due(learner) is None
    move_person(None, learner.id, VILLAGE, moment=moment(2))
    assert due(learner) == moment(20).day
    withdraw_assignment(None, 1, ("/",), moment=moment(3))
    assert due(learner) is None
    with pytest.raises(Refused):
        extend(manager.id, learner.id, course_id(), until=moment(40).day, reason="x", moment=moment(4))
    assert is_true_to_the_facts(0, 1, 2, 3)


# --- Exemption


def test_who_is_exempt_stands_in_no_figure_until_it_is_taken_back(manager: Actor, learner: Actor) -> None:
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment())
    exempt(manager.id, learner.id, course_id(), reason="Như đã thống nhất", moment=moment(1))
    assert [figures(day) for day in (0, 1, 11)] == [(1, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)]
    with pytest.raises(Conflict):
        exempt(manager.id, learner.id, course_id(), reason="x", moment=moment(1))
    page = assignment_page(1, ("/",), moment(1).day)
    assert (page.enrolled, page.exempt) == (0, 1)
    sync_assignments(moment=moment(1))
    assert due(learner) is None  # so nobody is reminded of it
    [card] = dashboard(learner, "vi").current
    assert (card.due_on, card.is_overdue, card.terms.is_exempt) == (None, False, True)
    move_person(None, learner.id, WARD, moment=moment(2))
    note_absence(None, learner.id, Absence.LEAVE, moment=moment(3))
    note_absence(None, learner.id, None, moment=moment(4))
    sync_assignments(moment=moment(4))
    assert figures(4, WARD) == (0, 0, 0, 0)
    take_quiz(learner, at=moment(5))  # she may
    end_concession(manager.id, learner.id, course_id(), ConcessionKind.EXEMPTION, moment=moment(6))
    assert figures(6, WARD) == (1, 1, 1, 0)
    assert is_true_to_the_facts(0, 1, 2, 3, 4, 5, 6)
    came = current_session().scalars(sa.select(FigureEntry.measure)).all()
    assert "joined" not in came  # an exemption is no coming or going


# --- Credit for training done elsewhere


def ask(actor: Actor, learner: Actor, **more: object) -> int:
    asked: dict[str, object] = {
        "text": "Lớp tập huấn thử",
        "done_on": moment(-30).day,
        "evidence": None,
        "moment": moment(),
        **more,
    }
    return ask_for_credit(actor.id, learner.id, course_id(), **asked)  # type: ignore[arg-type]


def row(credit_id: int) -> CreditRow:
    return get_credit(credit_id, ("/",))


def test_credit_completes_what_is_required_marked_as_credited(manager: Actor, learner: Actor) -> None:
    declare_read(learner, COURSE, READ_UNIT, revision_id=None, moment=moment())
    made = ask(learner, learner)
    assert [one.id for one in list_waiting((get_by_code(COMMUNE).path,))] == [made]
    assert list_waiting((get_by_code(WARD).path,)) == []
    approve_credit(manager.id, row(made), moment=moment(1))
    assert figures(1) == (1, 1, 1, 0)
    states = current_session().execute(
        sa.select(UnitCompletion.state, UnitCompletion.is_credited).order_by(UnitCompletion.id)
    )
    assert [tuple(one) for one in states] == [("completed", False), ("completed", True)]
    page = course_page(learner, COURSE, "vi")
    assert (page.state, page.terms.is_credited) == ("completed", True)
    assert [unit.is_credited for unit in page.units] == [False, True, False]
    [report] = person_report(("/",), learner.id, moment(1).day).courses
    assert (report.state, [unit.state for unit in report.units]) == (
        "credited",
        ["completed", "credited", "not_started"],
    )
    shown = organization_report(("/",), VILLAGE, COURSE, as_of=moment(1).day, names=("/",))
    assert [(one.state, one.units) for one in shown.people] == [
        ("credited", ("completed", "credited", "not_started"))
    ]
    before = organization_report(("/",), VILLAGE, COURSE, as_of=moment(0).day, names=("/",))
    assert [one.state for one in before.people] == ["started"]
    assert list_certificates(learner.id) == ()
    assert row(made).state == "approved"
    assert row(made).decided_by == manager.name
    [notice] = list_notices(learner)
    assert (notice.kind, notice.detail["verdict"]) == ("credit", "approved")
    assert is_true_to_the_facts(0, 1)
    with pytest.raises(Conflict):
        refuse_credit(manager.id, row(made), reason="x", moment=moment(2))
    take_quiz(learner, at=moment(2))  # passing it later changes nothing
    assert is_true_to_the_facts(2)


def test_credit_enrolls_who_is_not_yet_and_ends_a_failure(manager: Actor, learner: Actor) -> None:
    for _ in range(3):
        take_quiz(learner, right=False, at=moment())
    new = make_person("chua-ghi-danh", WARD)
    for person in (learner, new):
        approve_credit(manager.id, row(ask(person, person)), moment=moment(1))
    assert figures(1, WARD) == figures(1) == (1, 1, 1, 0)
    assert is_true_to_the_facts(0, 1)


def test_nobody_decides_on_her_own_and_one_decision_counts(
    app: Flask, manager: Actor, learner: Actor
) -> None:
    own = ask(manager, manager)
    for_her = ask(manager, learner)
    for made in (own, for_her):
        with pytest.raises(Refused):
            approve_credit(manager.id, row(made), moment=moment())
        with pytest.raises(Refused):
            refuse_credit(manager.id, row(made), reason="x", moment=moment())
    others = [make_person(f"cap-tren-{n}", "24", role=Role.MANAGER) for n in range(3)]

    def by(actor: Actor) -> Callable[[], None]:
        return lambda: approve_credit(actor.id, row(for_her), moment=moment())

    outcomes = together(app, [by(actor) for actor in others])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Conflict", "NoneType"]
    with pytest.raises(Refused) as refusal:
        refuse_credit(others[0].id, row(own), reason="", moment=moment())
    assert refusal.value.field == "reason"
    refuse_credit(others[0].id, row(own), reason="Khác nội dung", moment=moment())
    [refused] = list_credits(manager.id, course_id())
    assert (refused.state, refused.reason) == ("refused", "Khác nội dung")
    assert ask(manager, manager) > own  # she may ask again
    assert is_true_to_the_facts(0)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"done_on": None}, "done_on"),
        ({"done_on": date(2026, 11, 23)}, "done_on"),
    ],
)
def test_a_request_that_cannot_be_decided_on_is_refused(
    learner: Actor, more: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        ask(learner, learner, **more)
    assert refusal.value.field == field
    assert list_credits(learner.id, course_id()) == []


def test_a_second_request_waits_for_the_first_and_none_is_taken_when_it_is_done(
    app: Flask, learner: Actor
) -> None:
    outcomes = together(app, [lambda: ask(learner, learner)] * 3)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Conflict", "int"]
    manager = make_person("cap-tren", "24", role=Role.MANAGER)
    approve_credit(manager.id, list_credits(learner.id, course_id())[0], moment=moment())
    with pytest.raises(Refused):
        ask(learner, learner)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"<html>%PDF-", None),
        (b"GIF89a", None),
        (b"", None),
        (b"%PDF-" + b"x" * LARGEST, None),
    ],
)
def test_evidence_is_told_by_its_content_and_kept_once(tmp_path: Path, data: bytes, kind: str | None) -> None:
    if kind is None:
        with pytest.raises(Refused) as refusal:
            keep_evidence(data, tmp_path)
        assert refusal.value.field == "evidence"
        return
    kept = keep_evidence(data, tmp_path)
    assert (keep_evidence(data, tmp_path), kept.mimetype) == (kept, kind)
    assert read_evidence(kept.sha256, tmp_path) == data
    assert len(list((tmp_path / "evidence").iterdir())) == 1
    with pytest.raises(NotFound):
        read_evidence("0" * 64, tmp_path)
