"""Reminders and digests: who gets which, once a day at most, and why others do not."""

from collections.abc import Iterator
from email.message import EmailMessage
from operator import itemgetter
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.models import Person
from learning.accounts.posts import set_absence
from learning.accounts.services import set_email, set_language
from learning.courses.models import Course
from learning.courses.queries import get_course
from learning.database import current_session, transaction
from learning.domain.permissions import Actor, Role
from learning.domain.reminding import Outcome
from learning.jobs.kinds import by_name
from learning.jobs.worker import Worker
from learning.mail.queries import list_mail
from learning.mail.services import DELIVER, queue_mail
from learning.notices.queries import list_notices
from learning.operations.upkeep import KINDS
from learning.organizations.queries import get_by_code
from learning.organizations.services import PROVINCE_CODE
from learning.progress.assignments import Due, assign_course
from learning.progress.models import Enrollment
from learning.progress.places import follow_people
from learning.reminders import services
from learning.reminders.models import Reminder
from learning.reminders.pages import learners_ahead, list_people, preview_letter
from learning.reminders.services import DIGEST, LEARNER, plan_digests, send_reminders
from learning.reminders.texts import AFTER, BEFORE, DIGEST_ON, EVERY, IS_ON, TEXTS, read_wishes
from learning.reports.queries import course_report
from learning.settings.services import change
from learning.study.services import declare_read
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OTHER_COMMUNE,
    READ_UNIT,
    VILLAGE,
    ZONE,
    course_texts,
    import_texts,
    make_person,
    moment,
    take_quiz,
)
from tests.support.mail_sink import MailSink, mail_sink, use_mail
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")
DUE_IN = 10  # days after NOW, which is a Sunday
MONDAY = 8


def person(
    username: str, organization: str = COMMUNE, *, role: Role = Role.LEARNER, address: bool = True
) -> Actor:
    actor = make_person(username, organization, role=role)
    if address:
        set_email(actor.id, f"{username}@coquan.example", now=NOW, actor_id=None)
    return actor


def assign(code: str = PROVINCE_CODE, *, days: int = DUE_IN, course: str = COURSE) -> None:
    assign_course(
        None,
        get_course(course).id,
        organization_id=get_by_code(code).id,
        title="Đợt thử",
        due=Due(on=moment(days).day),
        moment=moment(),
    )


def complete(actor: Actor) -> None:
    declare_read(actor, COURSE, READ_UNIT, revision_id=None, moment=moment(1))
    take_quiz(actor, at=moment(1))


def send(day: float) -> dict[str, dict[str, int]]:
    return {kind: dict(outcomes) for kind, outcomes in send_reminders(moment=moment(day)).items()}


def notices(actor: Actor) -> list[tuple[str, dict[str, Any]]]:
    return [(notice.kind, dict(notice.detail)) for notice in list_notices(actor)]


def delivered(sink: MailSink, app: Flask, day: float) -> list[EmailMessage]:
    """Deliver what waits and return it, in order of addresses; the sink is empty then."""
    deliver = [kind for kind in KINDS if kind.name == DELIVER]
    Worker(app, by_name(deliver), clock=lambda: moment(day).at, zone=ZONE).work_off()
    taken = sorted(sink.taken, key=itemgetter(0))
    sink.taken.clear()
    return [message for _address, message in taken]


def addressed(sink: MailSink, app: Flask, day: float) -> list[str]:
    """Deliver what waits, and return to whom."""
    return [str(message["To"]).partition("@")[0] for message in delivered(sink, app, day)]


@pytest.fixture
def sink(tiny_course: Flask) -> Iterator[MailSink]:
    with mail_sink() as sink:
        use_mail(tiny_course, sink.port)
        yield sink


def test_learners_are_reminded_before_and_after_the_due_day_and_no_oftener_than_set(
    tiny_course: Flask, sink: MailSink
) -> None:
    actor = person("hoc-vien")
    assign()
    told = [day for day in range(60) if send(day)[LEARNER].get("mail")]
    assert told == [3, 10, 17, 24, 31, 38]  # from 7 days before to 30 days after the tenth day
    assert notices(actor) == []
    assert [mail.subject for mail in reversed(list_mail(most=9))] == [
        *["Nhắc hạn khóa học"] * 2,  # on the due day it is not past
        *["Khóa học đã qua hạn"] * 4,
    ]


def test_the_letter_says_what_is_due_in_words_of_its_reader(tiny_course: Flask, sink: MailSink) -> None:
    actor = person("hoc-vien")
    assign()
    send(4)
    [first] = delivered(sink, tiny_course, 4)
    assert (first["Subject"], first["To"]) == ("Nhắc hạn khóa học", "hoc-vien@coquan.example")
    assert notices(actor) == [("reminder", {"overdue": 0, "soon": 1})]
    set_language(actor, "he")
    send(11)
    [second] = delivered(sink, tiny_course, 11)
    assert second["Subject"] == "קורסים שמועדם עבר"
    texts = first.get_content(), second.get_content()
    assert "- Khóa thử: đến hạn ngày 02/12/2026" in texts[0]
    assert "Kính gửi Người Thử hoc-vien," in texts[0]
    assert "\u2068Khóa thử\u2069: המועד היה 02/12/2026" in texts[1]
    for text in texts:
        assert not any(word in text for word in ("http", "www", "localhost", "{"))
    assert notices(actor) == [("reminder", {"overdue": 1, "soon": 0})]


def test_who_is_done_away_switched_off_or_not_due_hears_nothing(tiny_course: Flask, sink: MailSink) -> None:
    names = ("xong", "vang", "khoa", "mien", "khong-thu", "du", "ngoai")
    people = {name: person(name, address=name != "khong-thu") for name in names[:6]}
    assign()
    people["ngoai"] = person("ngoai")
    complete(people["xong"])
    set_absence(people["vang"].id, "leave", day=moment(1).day)
    follow_people([people["vang"].id], moment=moment(1))
    with transaction() as session:
        session.execute(sa.update(Person).where(Person.username == "khoa").values(disabled_at=NOW))
        exempt = sa.update(Enrollment).where(Enrollment.person_id == people["mien"].id)
        session.execute(exempt.values(is_counted=False))
        session.execute(
            sa.text("UPDATE enrollment SET due_on = NULL WHERE person_id = :p"), {"p": people["ngoai"].id}
        )
    assert send(5)[LEARNER] == {"mail": 1, "no_address": 1, "away": 1}
    assert addressed(sink, tiny_course, 5) == ["du"]
    assert {name for name, actor in people.items() if notices(actor)} == {"du", "khong-thu"}
    ahead = learners_ahead(("/",), read_wishes(), moment=moment(5), zone=ZONE)
    assert ahead.outcomes == {"recent": 2, "away": 1, "nothing": 3}
    assert ahead.next_at.date() == moment(6).day
    assert ahead.last is not None
    assert (ahead.last.day, dict(ahead.last.outcomes)) == (
        moment(5).day,
        {"mail": 1, "no_address": 1, "away": 1},
    )
    complete(people["du"])
    send(6)
    assert notices(people["du"]) == []  # it is no longer true


def test_a_second_run_of_a_day_and_two_at_once_send_nothing_twice(tiny_course: Flask, sink: MailSink) -> None:
    for number in range(12):
        person(f"hoc-vien-{number}")
    assign()
    together(tiny_course, [lambda: send(4)] * 3)
    assert send(4)[LEARNER] == {"mail": 12}
    assert len(addressed(sink, tiny_course, 4)) == 12
    later = person("them")
    assert send(4)[LEARNER] == {"mail": 12}
    assign_course(
        None, get_course(COURSE).id, organization_id=get_by_code(COMMUNE).id, title="Thêm",
        due=Due(on=moment(5).day), moment=moment(4),
    )  # fmt: skip
    assert send(4)[LEARNER] == {"mail": 13}
    assert addressed(sink, tiny_course, 4) == [later.username]


def test_a_run_that_breaks_off_is_ended_by_the_next(
    tiny_course: Flask, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "TOGETHER", 2)
    actors = [person(f"hoc-vien-{number}") for number in range(5)]
    assign()
    calls: list[int] = []

    def break_off(letters: Any, **how: Any) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("the process is gone")
        return queue_mail(letters, **how)

    monkeypatch.setattr(services, "queue_mail", break_off)
    with pytest.raises(OSError, match="gone"):
        send(4)
    assert sum(bool(notices(actor)) for actor in actors) == 2  # whole batches, with notices and mails
    assert len(list_mail(most=9)) == 2
    assert send(4)[LEARNER] == {"mail": 5}
    assert len(addressed(sink, tiny_course, 4)) == 5


def test_one_reminder_names_all_courses(tiny_course: Flask, sink: MailSink) -> None:
    person("hoc-vien")
    import_texts(course_texts("khoa-hai", quiz="bai-hai"))
    assign(days=8)
    assign(days=2, course="khoa-hai")
    send(4)
    [mail] = list_mail(most=9)
    assert mail.subject == "Khóa học đã qua hạn"
    assert addressed(sink, tiny_course, 4) == ["hoc-vien"]
    assert send(5)[LEARNER] == {"recent": 1}


def test_a_course_that_is_no_longer_published_is_no_reason_to_write(tiny_course: Flask) -> None:
    person("hoc-vien")
    person("quan-ly", role=Role.MANAGER)
    assign(days=MONDAY + 1)
    with transaction() as session:
        session.execute(sa.update(Course).values(is_published=False))
    assert send(MONDAY) == {LEARNER: {}, DIGEST: {"nothing": 1}, "report": {}}


def test_what_a_manager_is_told_is_what_her_report_says(tiny_course: Flask) -> None:
    person("tinh", PROVINCE_CODE, role=Role.MANAGER)
    for number, place in enumerate((COMMUNE, OTHER_COMMUNE, VILLAGE)):
        done = person(f"hoc-vien-{number}", place)
    assign(days=2)
    complete(done)
    [plan] = plan_digests(moment(4).day, read_wishes())
    total = course_report(("/",), COURSE, moment(4).day).total
    [count] = plan.counts
    assert (count.enrolled, count.completed, count.overdue) == (
        total.enrolled,
        total.completed,
        total.overdue,
    )
    assert (count.completed, count.overdue, count.soon) == (1, 3, 0)


def test_reminders_are_as_the_settings_say(tiny_course: Flask) -> None:
    actor = person("hoc-vien")
    assign()

    def told() -> list[int]:
        with transaction() as session:
            session.execute(sa.delete(Reminder))
        return [day for day in range(20) if send(day)[LEARNER].get("no_server")]

    for setting, value in ((BEFORE, 1), (AFTER, 2), (EVERY, 1)):
        change(setting, value, seen=setting.default, now=NOW)
    assert told() == [9, 10, 11, 12]
    change(IS_ON, value=False, seen=True, now=NOW)
    assert told() == []
    assert send(9)[LEARNER] == {"off": 1}
    assert list_mail(most=9) == []
    assert notices(actor) == []


def test_managers_are_told_of_their_own_people_alone_and_in_numbers(
    tiny_course: Flask, sink: MailSink
) -> None:
    here, there = person("quan-ly", role=Role.MANAGER), person("noi-khac", OTHER_COMMUNE, role=Role.MANAGER)
    for number in range(3):
        person(f"hoc-vien-{number}")
    done = person("xong")
    assign(COMMUNE, days=12)
    complete(done)
    assert DIGEST not in send(0)  # a Sunday
    assert send(MONDAY)[DIGEST] == {"mail": 1, "nothing": 1}
    digests = [row for row in list_mail(most=99) if row.kind == "digest"]
    assert [row.address for row in digests] == ["quan-ly@coquan.example"]
    assert ("digest", {"soon": 4, "overdue": 0}) in notices(here)
    assert "digest" not in dict(notices(there))
    subject = "Tình hình học tập của đơn vị"
    mails = delivered(sink, tiny_course, MONDAY)
    [text] = [mail.get_content() for mail in mails if mail["Subject"] == subject]
    assert "Xã Đồng Thử" in text
    assert "- Khóa thử: 5 người được ghi danh, 1 đã hoàn thành, 4 đến hạn trong 7 ngày, 0 quá hạn" in text
    assert "hoc-vien" not in text
    assert send(MONDAY)[DIGEST] == {"mail": 1, "nothing": 1}
    change(DIGEST_ON, value=False, seen=True, now=NOW)
    assert send(MONDAY + 7)[DIGEST] == {"off": 2}


def test_a_manager_of_the_province_hears_of_all_and_one_of_two_communes_of_both(tiny_course: Flask) -> None:
    province = person("tinh", PROVINCE_CODE, role=Role.MANAGER)
    person("a")
    person("b", OTHER_COMMUNE)
    assign(days=3)
    plans = {plan.person.username: plan for plan in plan_digests(moment().day, read_wishes())}
    [count] = plans["tinh"].counts
    assert (count.enrolled, count.soon, plans["tinh"].outcome) == (3, 3, Outcome.NO_SERVER)
    assert [plan.manager.id for plan in plan_digests(moment().day, read_wishes(), only=province.id)] == [
        province.id
    ]


def test_the_list_says_of_each_person_why(tiny_course: Flask, sink: MailSink, count_statements: Any) -> None:
    person("duoc-nhac")
    person("bi-tu-choi")
    person("khong-thu", address=False)
    person("noi-khac", OTHER_COMMUNE)
    assign(COMMUNE)
    sink.refused = {"bi-tu-choi@coquan.example": "550 unknown"}
    send(4)
    addressed(sink, tiny_course, 4)
    scope = (get_by_code(COMMUNE).path,)
    with count_statements(at_most=7):
        rows, total = list_people(scope, language="vi", moment=moment(4), zone=ZONE)
    told = {row.person.username: (row.outcome, row.told.state if row.told else None) for row in rows}
    assert told == {
        "duoc-nhac": (Outcome.RECENT, "sent"),
        "bi-tu-choi": (Outcome.RECENT, "failed"),
        "khong-thu": (Outcome.RECENT, None),
    }
    assert total == 3
    refused = next(row for row in rows if row.person.username == "bi-tu-choi")
    assert refused.told is not None
    assert refused.told.words == "550 unknown"
    assert refused.courses == (("Khóa thử", moment(DUE_IN).day),)
    how: Any = {"language": "vi", "moment": moment(4), "zone": ZONE}
    everywhere = list_people(("/",), search="noi khac", **how)[0]
    assert [(row.person.username, row.outcome) for row in everywhere] == [("noi-khac", Outcome.NOTHING)]
    assert list_people(scope, search="noi khac", **how) == ([], 0)
    assert list_people(scope, outcome="away", **how) == ([], 0)


def test_a_letter_is_shown_as_somebody_would_get_it(tiny_course: Flask) -> None:
    admin = person("quan-tri", PROVINCE_CODE, role=Role.ADMINISTRATOR)
    text = "# Thử {organization}\n\n{name}:\n{courses}"
    assert preview_letter(admin, "before", "vi", text, moment=moment()).is_example
    person("hoc-vien", OTHER_COMMUNE)
    assign(OTHER_COMMUNE, days=2)
    shown = preview_letter(admin, "before", "vi", text, moment=moment())
    assert not shown.is_example
    assert (shown.writing.subject, shown.writing.body) == (
        "Thử Xã Dốc Thử",
        "Người Thử hoc-vien:\n- Khóa thử: đến hạn ngày 24/11/2026\n",
    )
    assert preview_letter(admin, "after", "vi", text, username="HOC-VIEN", moment=moment()).is_example
    for kind, language in TEXTS:
        letter = preview_letter(admin, kind, language, TEXTS[kind, language].default, moment=moment())
        assert "{" not in letter.writing.body


def test_the_run_of_a_day_costs_no_more_statements_for_more_people(
    tiny_course: Flask, count_statements: Any
) -> None:
    for number in range(30):
        person(f"hoc-vien-{number}")
    assign()
    with count_statements(at_most=30 + 20):  # one insert a person tells whether she was told before
        send(4)
    assert current_session().scalar(sa.select(sa.func.count()).select_from(Reminder)) == 30
