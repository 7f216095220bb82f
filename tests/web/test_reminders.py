"""The pages of reminders: the next run and the last, each silence with its reason, and the letters."""

import re
from collections.abc import Callable
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.queries import get_actor
from learning.accounts.services import set_email
from learning.audit.models import AuditEntry
from learning.courses.queries import get_course
from learning.database import current_session
from learning.mail.queries import list_mail
from learning.organizations.queries import get_by_code
from learning.organizations.services import PROVINCE_CODE
from learning.progress.assignments import Due, assign_course
from learning.reminders.queries import list_schedules
from learning.reminders.services import send_reminders
from learning.reminders.texts import IS_ON, TEXTS
from learning.settings.queries import read
from learning.settings.services import change
from tests.support.factories import COMMUNE, COURSE, NOW, moment
from tests.support.mail_sink import use_mail
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]
PAGE, OWN, LIST = "/admin/reminders/", "/reports/reminders/", "/reports/reminders/people/"
LETTER = "/admin/reminders/letters/before.vi/"


@pytest.fixture
def due(world: Flask) -> Flask:
    """The small world at the fixed moment, where everybody has the tiny course to complete within three days."""
    world.config["CLOCK"] = lambda: NOW
    province = get_by_code(PROVINCE_CODE).id
    due = Due(on=moment(3).day)
    course = get_course(COURSE).id
    assign_course(None, course, organization_id=province, title="Đợt thử", due=due, moment=moment())
    return world


def last_records(count: int) -> list[tuple[str, str]]:
    rows = current_session().execute(sa.select(AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.id))
    return [(row.action, row.subject) for row in rows.all()[-count:]]


def test_the_page_tells_the_next_run_the_last_and_the_reasons(due: Flask, visit: Visit) -> None:
    admin = visit("admin")
    page = admin.get(PAGE).text
    assert "Chưa thiết lập gửi thư" in page
    assert "07:00 22/11/2026" in page
    assert "chưa có" in page
    assert "chỉ ở trang chủ: chưa thiết lập gửi thư</a>: <strong>6</strong>" in page
    assert "07:00 23/11/2026" in page  # the next Monday
    assert "Người Thử manager" in page
    assert ("reminders.names_seen", "reminders") in last_records(1)
    use_mail(due, 25)
    set_email(get_actor("learner").id, "hoc-vien@coquan.example", now=NOW, actor_id=None)
    assert "qua thư và ở trang chủ</a>: <strong>1</strong>" in admin.get(PAGE).text
    send_reminders(moment=moment())
    page = admin.get(PAGE).text
    assert "07:00 23/11/2026" in page
    assert "không nhắc: đã nhắc trong vòng 7 ngày</a>: <strong>6</strong>" in page
    change(IS_ON, value=False, seen=True, now=NOW)
    page = admin.get(PAGE).text
    assert "Việc nhắc người học đang tắt" in page
    assert "không nhắc: đã tắt trong phần thiết đặt" in page


def test_a_manager_sees_her_own_people_alone_and_that_is_put_on_record(due: Flask, visit: Visit) -> None:
    manager = visit("manager")
    assert LIST in manager.get(OWN).text
    assert OWN in manager.get("/reports/").text
    page = manager.get(LIST).text
    assert "Người Thử learner" in page
    assert "Người Thử other" not in page
    assert last_records(1) == [("reminders.names_seen", "reminders")]
    assert "Không tìm thấy ai" in manager.get(f"{LIST}?q=other").text
    assert "Người Thử other" in visit("province").get(f"{LIST}?q=OTHER&outcome=no_server").text
    assert "Người Thử learner" not in manager.get(f"{LIST}?outcome=mail").text
    assert manager.get(f"{LIST}?outcome=khong-co&q=%25").status_code == 200


def test_a_learner_is_told_on_her_home_page_and_a_manager_on_hers(due: Flask, visit: Visit) -> None:
    send_reminders(moment=moment())
    send_reminders(moment=moment(1))
    assert "Bạn có 1 khóa học sắp đến hạn." in visit("learner").get("/").text
    page = visit("manager").get("/").text
    assert "2 lượt học sắp đến hạn" in page
    assert "0 lượt học quá hạn" in page


def test_a_letter_is_previewed_saved_and_tried(due: Flask, visit: Visit) -> None:
    admin = visit("admin")
    page = admin.get(LETTER).text
    assert "Thư như" in page
    assert "Khóa thử: đến hạn ngày 25/11/2026" in page
    text = "# Nhắc {site}\n\nChào {name} ở {organization}:\n\n{courses}"
    sent = {"text": text, "seen": unescape(hidden(page, "seen")), "person": "other"}
    shown = admin.post(LETTER, sent | {"action": "preview"}, page=LETTER).text
    assert "Chào Người Thử other ở Xã Dốc Thử:" in shown
    assert ("reminders.names_seen", f"person:{get_actor('other').id}") in last_records(1)
    assert read(TEXTS["before", "vi"]) == TEXTS["before", "vi"].default

    answer = admin.post(LETTER, sent | {"action": "test"}, page=LETTER)
    assert "chưa có địa chỉ thư điện tử" in answer.text or "chưa thiết lập gửi thư" in answer.text
    use_mail(due, 25)
    set_email(get_actor("admin").id, "quan-tri@coquan.example", now=NOW, actor_id=None)
    assert "Thư thử đang được gửi" in admin.post(LETTER, sent | {"action": "test"}, page=LETTER).text
    assert [(mail.address, mail.subject) for mail in list_mail(most=9)] == [
        ("quan-tri@coquan.example", "Nhắc Học tập số cơ sở")
    ]

    saved = admin.post(LETTER, sent | {"action": "save"}, page=LETTER)
    assert (saved.status_code, saved.headers["Location"]) == (303, LETTER)
    assert read(TEXTS["before", "vi"]) == text
    assert last_records(1) == [("setting.changed", "setting:letter.before.vi")]
    again = admin.post(LETTER, sent | {"action": "save", "text": f"{text}\n\nThêm."}, page=LETTER)
    assert again.status_code == 409
    assert "Thêm." in again.text


@pytest.mark.parametrize(
    ("change_of", "words"),
    [
        ({"text": "# a\n\n{ten}\n{courses}"}, "Dòng 3: không có chỗ điền"),
        (
            {"text": "# a\n{courses}\nhttps://hoc.example/sign-in"},
            "Dòng 3: thư của trang không có đường liên kết",
        ),
        ({"person": "khong-co"}, "Không có ai thuộc các đơn vị của bạn"),
    ],
)
def test_what_will_not_do_is_said_and_kept(
    due: Flask, visit: Visit, change_of: dict[str, str], words: str
) -> None:
    admin = visit("admin")
    default = TEXTS["before", "vi"].default
    sent = {"text": default, "seen": default, "person": "", "action": "save"} | change_of
    answer = admin.post(LETTER, sent, page=LETTER)
    assert answer.status_code == 422
    assert words in answer.text
    assert (change_of.get("person") or change_of["text"].split("\n")[-1]) in unescape(answer.text)
    assert read(TEXTS["before", "vi"]) == default


def test_an_unknown_letter_is_no_page(due: Flask, visit: Visit) -> None:
    assert visit("admin").get("/admin/reminders/letters/khong-co.vi/").status_code == 404


def test_the_command_does_what_the_day_asks_for_once(due: Flask) -> None:
    run = due.test_cli_runner()
    first = run.invoke(args=["reminders", "send"])
    assert (first.exit_code, first.output) == (0, "learner: 6 no_server\nreport: nobody\n")
    assert run.invoke(args=["reminders", "send"]).output == first.output


def test_a_manager_lets_people_be_told_of_a_report_and_ends_it(due: Flask, visit: Visit) -> None:
    page, manager = "/reports/schedules/", visit("manager")
    assert page in manager.get(OWN).text
    number = get_actor("manager").id
    assert "Người Thử province" not in manager.get(page).text
    sent = {"course": COURSE, "organization": COMMUNE, "rhythm": "weekly"}
    refused = manager.post(page, sent, page=page)
    assert (refused.status_code, "Hãy chọn người được báo." in refused.text) == (422, True)
    assert manager.post(page, sent | {"recipients": [str(number)]}, page=page).status_code == 303
    shown = manager.get(page).text
    assert not re.search(r'<input[^>]*name="recipients"[^>]*required', shown)
    assert "mỗi thứ Hai" in shown
    assert "23/11/2026" in shown
    assert ("reminders.names_seen", "report_schedules") in last_records(1)
    send_reminders(moment=moment(1))
    assert "chỉ ở trang chủ: chưa thiết lập gửi thư" in manager.get(page).text
    home = manager.get("/").text
    assert "Đã có báo cáo:" in home
    assert f"/reports/organizations/{COMMUNE}/?course={COURSE}&amp;as_of=2026-11-23" in home
    assert (
        manager.get(f"/reports/organizations/{COMMUNE}/?course={COURSE}&as_of=2026-11-23").status_code == 200
    )
    end = f"{page}{list_schedules(('/',))[0].id}/end"
    assert visit("trainer").client.post(end).status_code in (400, 404)
    assert manager.post(end, page=page).status_code == 303
    assert "Chưa ai được báo về báo cáo nào." in manager.get(page).text
