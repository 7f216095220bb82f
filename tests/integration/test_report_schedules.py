"""Reports by a rhythm: told to whom a manager chose, as long as each may read it, once, and with no names."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.models import Person, RoleHeld
from learning.accounts.posts import set_absence
from learning.accounts.services import set_email
from learning.audit.models import AuditEntry
from learning.database import current_session, transaction
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Role
from learning.domain.reminding import Rhythm
from learning.mail.queries import list_mail
from learning.notices.queries import list_notices
from learning.organizations.services import PROVINCE_CODE
from learning.reminders.queries import list_schedules
from learning.reminders.schedules import (
    NewSchedule,
    end_schedule,
    list_candidates,
    schedule_report,
    tell_of_reports,
)
from learning.reminders.services import send_reminders
from tests.support.factories import COMMUNE, COURSE, NOW, OTHER_COMMUNE, VILLAGE, make_person, moment
from tests.support.mail_sink import MailSink, mail_sink, use_mail
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")
DECEMBER = 9  # days after NOW, the 22nd of November


def manager(username: str, organization: str = COMMUNE, *, role: Role = Role.MANAGER) -> Actor:
    actor = make_person(username, organization, role=role)
    set_email(actor.id, f"{username}@coquan.example", now=NOW, actor_id=None)
    return actor


def wish(*people: Actor, organization: str = COMMUNE, rhythm: Rhythm = Rhythm.MONTHLY) -> NewSchedule:
    return NewSchedule(COURSE, organization, rhythm, [one.id for one in people])


def outcomes(*paths: str) -> list[tuple[str, str | None]]:
    return [
        (one.name.split()[-1], one.outcome)
        for row in list_schedules(paths or ("/",))
        for one in row.recipients
    ]


@pytest.fixture
def sink(tiny_course: Flask) -> Iterator[MailSink]:
    with mail_sink() as sink:
        use_mail(tiny_course, sink.port)
        yield sink


def test_a_report_is_told_of_by_its_rhythm_once_and_without_names(tiny_course: Flask, sink: MailSink) -> None:
    head, deputy = manager("truong"), manager("pho", VILLAGE)
    make_person("hoc-vien-thu")
    schedule_report(head, wish(head, deputy, organization=VILLAGE), moment=moment())
    assert dict(tell_of_reports(moment=moment(DECEMBER - 1))) == {}
    told: Any = together(tiny_course, [lambda: dict(tell_of_reports(moment=moment(DECEMBER)))] * 3)
    assert sorted(told, key=len) == [{}, {}, {"mail": 2}]
    assert send_reminders(moment=moment(DECEMBER))["report"] == {}
    mails = list_mail(most=9)
    assert sorted(mail.address for mail in mails) == ["pho@coquan.example", "truong@coquan.example"]
    assert {mail.subject for mail in mails} == {"Báo cáo đã sẵn sàng"}
    body = current_session().scalars(sa.text("SELECT body FROM mail LIMIT 1")).one()
    assert "- Khóa thử – Thôn Thử Một" in body
    assert "hoc-vien" not in body
    [notice] = list_notices(head)
    assert (notice.kind, notice.detail["organization"], notice.detail["title"]) == (
        "report_ready",
        VILLAGE,
        "Khóa thử",
    )
    [row] = list_schedules(("/",))
    assert (row.last_on, row.next_on) == (moment(DECEMBER).day, moment(DECEMBER + 31).day)


def test_what_a_standstill_missed_is_told_once(tiny_course: Flask) -> None:
    head = manager("truong")
    schedule_report(head, wish(head, rhythm=Rhythm.WEEKLY), moment=moment())
    assert dict(tell_of_reports(moment=moment(40))) == {"no_server": 1}
    assert dict(tell_of_reports(moment=moment(40))) == {}


def test_rights_are_asked_for_at_each_run(tiny_course: Flask, sink: MailSink) -> None:
    head = manager("truong", PROVINCE_CODE)
    people = [manager(name) for name in ("con-quyen", "mat-quyen", "nghi", "khoa")]
    schedule_report(head, wish(head, *people), moment=moment())
    with transaction() as session:
        session.execute(sa.delete(RoleHeld).where(RoleHeld.person_id == people[1].id))
        session.execute(sa.update(Person).where(Person.id == people[3].id).values(disabled_at=NOW))
    set_absence(people[2].id, "leave", day=moment().day)
    set_email(head.id, "", now=NOW, actor_id=None)
    tell_of_reports(moment=moment(DECEMBER))
    assert sorted(outcomes()) == [
        ("con-quyen", "mail"),
        ("khoa", "disabled"),
        ("mat-quyen", "no_right"),
        ("nghi", "away"),
        ("truong", "no_address"),
    ]
    assert [mail.address for mail in list_mail(most=9)] == ["con-quyen@coquan.example"]
    assert list_notices(people[1]) == ()


def test_a_manager_chooses_within_her_scope_and_only_who_may_read_it(tiny_course: Flask) -> None:
    head, there, province = (
        manager("truong"),
        manager("noi-khac", OTHER_COMMUNE),
        manager("tinh", PROVINCE_CODE),
    )
    below = manager("thon", VILLAGE)
    learner = make_person("hoc-vien-thu")
    assert [one.username for one in list_candidates(head)] == ["truong", "thon"]
    assert {one.username for one in list_candidates(province)} == {"tinh", "truong", "noi-khac", "thon"}
    for refused in (wish(there), wish(learner), wish(head, province), wish(), wish(below)):
        with pytest.raises(Refused):
            schedule_report(head, refused, moment=moment())
    for outside in (
        wish(head, organization=OTHER_COMMUNE),
        NewSchedule("khong-co", COMMUNE, Rhythm.WEEKLY, [head.id]),
    ):
        with pytest.raises(NotFound):
            schedule_report(head, outside, moment=moment())
    assert list_schedules(("/",)) == []

    number = schedule_report(head, wish(head), moment=moment())
    assert len(outcomes(*[grant.path for grant in province.grants])) == 1
    assert outcomes(*[grant.path for grant in there.grants]) == []
    with pytest.raises(NotFound):
        end_schedule(there, number, moment=moment())
    end_schedule(province, number, moment=moment(1))
    with pytest.raises(NotFound):
        end_schedule(province, number, moment=moment(1))
    assert dict(tell_of_reports(moment=moment(DECEMBER))) == {}
    actions = current_session().scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-2:] == ["report.scheduled", "report.unscheduled"]
