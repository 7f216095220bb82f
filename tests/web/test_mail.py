"""The outbox on its page, where mail to a person goes, and the commands over mail."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.models import Person
from learning.audit.models import AuditEntry
from learning.database import current_session
from learning.mail.models import MailState
from learning.mail.queries import list_mail
from learning.mail.services import Letter, note_mail, queue_mail, take_mail
from tests.support.factories import NOW
from tests.support.mail_sink import mail_sink, use_mail
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PAGE = "/admin/mail/"


@pytest.fixture
def admin(world: Flask, visit: Visit) -> Visitor:
    return visit("admin")


def write(key: str, state: MailState | None = None, words: str = "") -> None:
    queue_mail([Letter(key, "reminder", f"{key}@coquan.example", "vi", f"Thư {key}", "Chào bạn")], now=NOW)
    if state is not None:
        mail = take_mail(now=NOW)
        assert mail is not None
        note_mail(mail, state, words, now=NOW)


def test_the_page_says_when_no_mail_is_set_up(admin: Visitor) -> None:
    page = admin.get(PAGE).text
    assert "Chưa thiết lập gửi thư" in page
    assert "Chưa có thư nào" in page
    assert PAGE in admin.get("/admin/").text


def test_what_went_wrong_stands_first_and_can_be_sent_again(world: Flask, admin: Visitor) -> None:
    use_mail(world, 25)
    write("da-gui", MailState.SENT)
    write("khong-ro", MailState.UNKNOWN, "Connection unexpectedly closed")
    write("bi-tu-choi", MailState.FAILED, "550 <b>no</b>")
    write("cho")
    page = admin.get(PAGE).text
    rows = page.split('<ul class="entries">')[1].split("</ul>")[0].split("<li>")[1:]
    assert [
        name in row for name, row in zip(("bi-tu-choi", "khong-ro", "cho", "da-gui"), rows, strict=True)
    ] == [True] * 4
    assert "550 &lt;b&gt;no" in rows[0]
    seen = current_session().execute(sa.select(AuditEntry.action, AuditEntry.subject)).all()[-1]
    assert tuple(seen) == ("mail.addresses_seen", "mail")
    assert ["Gửi lại" in row for row in rows] == [True, True, False, False]
    number = next(row.id for row in list_mail(most=9) if row.state == "failed")
    answer = admin.post(f"{PAGE}{number}/again", page=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert admin.post(f"{PAGE}{number}/again", page=PAGE).status_code == 409
    assert admin.post(f"{PAGE}99/again", page=PAGE).status_code == 404
    deeds = current_session().execute(sa.select(AuditEntry.action, AuditEntry.subject)).all()
    assert ("mail.sent_again", f"mail:{number}") in [tuple(deed) for deed in deeds]


def test_a_person_says_where_her_mail_goes(visit: Visit) -> None:
    learner = visit("learner")

    def stored() -> str | None:
        return current_session().scalar(sa.select(Person.email).where(Person.username == "learner"))

    answer = learner.post("/account/email", {"email": " hoc.vien@coquan.example "}, page="/account/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/")
    assert stored() == "hoc.vien@coquan.example"
    assert 'value="hoc.vien@coquan.example"' in learner.get("/account/").text
    refused = learner.post("/account/email", {"email": "học viên@coquan"}, page="/account/")
    assert refused.status_code == 422
    assert "học viên@coquan" in refused.text
    assert stored() == "hoc.vien@coquan.example"
    learner.post("/account/email", {"email": ""}, page="/account/")
    assert stored() is None


def test_a_command_tries_the_line_and_says_what_the_server_answers(world: Flask) -> None:
    run = world.test_cli_runner()
    nothing = run.invoke(args=["mail", "test", "nguoi.thu@coquan.example"])
    assert (nothing.exit_code, "no mail is set up" in nothing.output) == (1, True)
    with mail_sink() as sink:
        use_mail(world, sink.port)
        assert run.invoke(args=["mail", "test", "nguoi.thu@coquan.example"]).exit_code == 0
        assert run.invoke(args=["mail", "test", "nguoi"]).exit_code == 1
        sink.refused = {"khac@coquan.example": "550 unknown"}
        refused = run.invoke(args=["mail", "test", "khac@coquan.example"])
        assert (refused.exit_code, "550 unknown" in refused.output) == (1, True)
        assert sink.addresses == ["nguoi.thu@coquan.example"]
        assert "Đây là thư thử" in sink.taken[0][1].get_content()
    away = run.invoke(args=["mail", "test", "nguoi.thu@coquan.example"])
    assert (away.exit_code, "refused" in away.output.lower()) == (1, True)
    write("cho")
    assert "cho@coquan.example" in run.invoke(args=["mail", "list"]).output
