"""The outbox: each mail once, whatever the mail server or our own process does."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.database import current_session, transaction
from learning.domain.errors import Conflict, NotFound
from learning.domain.mail import MailServer, Security
from learning.jobs.kinds import by_name
from learning.jobs.queries import list_jobs
from learning.jobs.services import LEASE
from learning.jobs.worker import Worker
from learning.mail import smtp
from learning.mail.delivery import deliver
from learning.mail.models import Mail
from learning.mail.queries import MailRow, count_mail, find_states, list_mail
from learning.mail.services import (
    KEPT,
    LONGEST_WAIT,
    TAKEN_FOR,
    Letter,
    forget_old,
    queue_mail,
    send_again,
    take_mail,
)
from learning.mail.smtp import ServerAway, compose, dial, queued_now
from learning.operations.upkeep import KINDS
from tests.support.databases import close_pools, make_site
from tests.support.factories import NOW, ZONE, make_organizations, make_person
from tests.support.mail_sink import (
    SENDER,
    MailSink,
    address_of,
    mail_sink,
    silent_server,
    use_mail,
    write_authority,
)
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")
MINUTE = timedelta(minutes=1)
TO = "nguoi.thu@coquan.example"


def letter(
    key: str = "thu:1", address: str = TO, *, subject: str = "Nhắc hạn khóa học", body: str = "Chào bạn"
) -> Letter:
    return Letter(key, "reminder", address, "vi", subject, body)


@pytest.fixture
def sink(app: Flask) -> Iterator[MailSink]:
    with mail_sink() as sink:
        use_mail(app, sink.port)
        yield sink


def work(app: Flask, now: datetime = NOW) -> int:
    """Do all that is due, as the process beside the server does."""
    kinds = [kind for kind in KINDS if kind.name == "mail.deliver"]
    return Worker(app, by_name(kinds), clock=lambda: now, zone=ZONE).work_off()


def states() -> list[str]:
    return [row.state for row in list_mail(most=99)]


def only() -> MailRow:
    [row] = list_mail(most=99)
    return row


def test_vietnamese_arrives_as_it_was_written(app: Flask, sink: MailSink) -> None:
    body = (
        "Kính gửi Người Thử Ệ,\n\n- Khóa “An toàn thông tin”: hạn 30/11/2026\n.\n..một dòng có dấu chấm\n"
        + "ư" * 2000
    )
    subject = "Nhắc hạn: khóa học “Dịch vụ công trực tuyến” của xã Đồng Thử đến hạn ngày 30/11/2026"
    queue_mail([letter(subject=subject, body=body)], now=NOW)
    assert work(app) > 0
    [(address, message)] = sink.taken
    assert address == TO
    assert message["Subject"] == subject
    assert message.get_content().replace("\r\n", "\n").rstrip("\n") == body
    assert message.get_content_type() == "text/plain"
    assert message["From"] == f"Học tập số cơ sở <{SENDER}>"
    assert (message["To"], message["Auto-Submitted"], message["Content-Language"]) == (
        TO,
        "auto-generated",
        "vi",
    )
    assert message["Message-ID"].endswith("@coquan.example>")
    assert (only().state, only().error, only().ended_at) == ("sent", "", NOW)


def test_a_mail_of_a_key_is_written_once(app: Flask, sink: MailSink) -> None:
    assert queue_mail([letter(), letter(), letter("thu:2")], now=NOW) == 2
    work(app)
    assert queue_mail([letter()], now=NOW) == 0
    assert together(app, [lambda: queue_mail([letter("thu:3")], now=NOW)] * 6).count(1) == 1
    work(app)
    assert len(sink.taken) == 3
    assert find_states(["thu:1", "thu:9"]) == {"thu:1": ("sent", "")}


def test_a_mail_is_queued_with_its_cause_or_not_at_all(app: Flask) -> None:
    def queue_and_break() -> None:
        with transaction():
            queue_mail([letter()], now=NOW)
            raise OSError("the cause could not be stored")

    with pytest.raises(OSError, match="the cause"):
        queue_and_break()
    assert list_mail(most=9) == []
    assert list_jobs(most=9) == []
    with pytest.raises(ValueError, match="no address"):
        queue_mail(
            [letter("thu:2"), letter("thu:3", "nguoi@coquan.example\nBcc: khac@coquan.example")], now=NOW
        )
    assert list_mail(most=9) == []


def test_no_text_becomes_a_heading_of_the_mail(app: Flask, sink: MailSink) -> None:
    queue_mail(
        [letter(subject="Một\r\nBcc: khac@coquan.example\u2028x", body="a\r\n.\r\nMAIL FROM:<x@y.example>")],
        now=NOW,
    )
    work(app)
    [(_address, message)] = sink.taken
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Một")
    assert message.get_content().splitlines()[:3] == ["a", ".", "MAIL FROM:<x@y.example>"]


def test_a_mail_that_cannot_be_written_stops_no_other(app: Flask, sink: MailSink) -> None:
    queue_mail([letter("thu:1"), letter("thu:2")], now=NOW)
    with transaction() as session:
        session.execute(sa.update(Mail).where(Mail.key == "thu:1").values(subject="a\nb"))
    work(app)
    assert states() == ["failed", "sent"]


def test_one_address_that_is_refused_stops_no_other(app: Flask, sink: MailSink) -> None:
    sink.refused = {
        "khong.co@coquan.example": "550 không có người này",
        "day@coquan.example": "452 mailbox full",
    }
    addresses = ["mot@coquan.example", *sink.refused, "hai@coquan.example"]
    queue_mail([letter(f"thu:{n}", address) for n, address in enumerate(addresses)], now=NOW)
    work(app)
    assert sink.addresses == ["mot@coquan.example", "hai@coquan.example"]
    rows = {row.address: row for row in list_mail(most=9)}
    gone, full = rows["khong.co@coquan.example"], rows["day@coquan.example"]
    assert (gone.state, gone.tries, gone.ended_at) == ("failed", 1, NOW)
    assert gone.error.startswith("550 ")
    assert (full.state, full.error, full.due_at) == ("waiting", "452 mailbox full", NOW + MINUTE)
    sink.refused.clear()
    work(app, NOW + MINUTE)
    assert sink.addresses[2:] == ["day@coquan.example"]
    assert count_mail() == {"sent": 3, "failed": 1, "waiting": 0, "sending": 0, "unknown": 0}


def test_a_text_that_is_refused_is_given_up_and_one_for_later_is_tried_later(
    app: Flask, sink: MailSink
) -> None:
    sink.answer = "451 busy"
    queue_mail([letter()], now=NOW)
    now = NOW
    pauses = []
    for _ in range(9):
        work(app, now)
        assert (only().state, only().error) == ("waiting", "451 busy")
        pauses.append((only().due_at - now) // MINUTE)
        now = only().due_at
    assert pauses == [1, 1, 1, 1, 2, 3, 5, 7, 11]
    sink.answer = "554 spam"
    work(app, now)
    assert (only().state, only().error, only().tries) == ("failed", "554 spam", 10)
    assert sink.taken == []


def test_a_server_that_is_away_or_hangs_lets_everything_wait(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    queue_mail([letter(f"thu:{n}") for n in range(3)], now=NOW)
    use_mail(app, 1)
    work(app)
    assert "refused" in list_mail(most=1)[0].error.lower()
    now = NOW + MINUTE
    for says in (b"", b"220 may-chu.example\r\n", b"554 not you\r\n"):
        with silent_server(says) as port:
            use_mail(app, port)
            began = time.monotonic()
            assert work(app, now) > 0
            assert time.monotonic() - began < 5
        rows = list_mail(most=9)
        assert {(row.state, row.tries) for row in rows} == {("waiting", 0)}
        assert {row.due_at > now for row in rows} == {True}
        now = rows[0].due_at
    with mail_sink() as sink:
        use_mail(app, sink.port)
        work(app, now)
        assert len(sink.taken) == 3
    assert {job.state for job in list_jobs(most=99)} == {"done"}


def test_nobody_waits_for_a_server_that_hangs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 1.5)
    queue_mail([letter()], now=NOW)
    with silent_server() as port:
        use_mail(app, port)

        def write() -> float:
            time.sleep(0.3)  # the other one is at the server by now
            began = time.monotonic()
            queue_mail([letter("thu:2")], now=NOW)
            return time.monotonic() - began

        _done, seconds = together(app, [lambda: deliver({}, NOW), write])
    assert isinstance(seconds, float)
    assert seconds < 1


def test_a_slow_server_is_waited_for_and_other_work_has_its_turn(
    app: Flask, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.slow_seconds = 0.2
    monkeypatch.setattr("learning.mail.delivery.BUDGET", 0.1)
    queue_mail([letter(f"thu:{n}") for n in range(3)], now=NOW)
    assert deliver({}, NOW) == 1
    assert count_mail()["waiting"] == 2
    assert [job.state for job in list_jobs(most=9)] == ["waiting", "waiting"]
    assert deliver({}, NOW + MINUTE) + deliver({}, NOW + 2 * MINUTE) == 2
    assert len(sink.taken) == 3


@pytest.mark.parametrize("drops", ["before", "after"])
def test_a_line_cut_after_the_text_leaves_a_mail_unsure_and_never_sends_it_twice(
    app: Flask, sink: MailSink, drops: str
) -> None:
    sink.drops = drops
    queue_mail([letter("thu:1"), letter("thu:2")], now=NOW)
    work(app)
    assert states() == ["unknown", "waiting"]
    assert len(sink.taken) == (drops == "after")
    sink.drops = ""
    work(app, NOW + LONGEST_WAIT - MINUTE)
    assert states() == ["unknown", "sent"]
    assert sink.tried == 2


def test_a_line_cut_before_the_text_costs_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    answers = b"220 may-chu.example\r\n250 may-chu.example\r\n250 OK\r\n250 OK\r\n"  # and nothing to DATA
    queue_mail([letter()], now=NOW)
    with silent_server(answers) as port:
        use_mail(app, port)
        work(app)
    assert (only().state, only().tries, only().due_at) == ("waiting", 1, NOW + MINUTE)


def test_what_waits_for_days_is_given_up_with_what_the_server_said(app: Flask) -> None:
    use_mail(app, 1)
    queue_mail([letter()], now=NOW)
    work(app)
    work(app, NOW + LONGEST_WAIT + MINUTE)
    assert only().state == "failed"
    assert "refused" in only().error.lower()


def test_without_a_server_mail_waits_for_one(app: Flask) -> None:
    queue_mail([letter()], now=NOW)
    work(app)
    assert (only().state, only().tries) == ("waiting", 0)


def test_many_workers_send_each_mail_once(app: Flask, sink: MailSink) -> None:
    queue_mail([letter(f"thu:{n}", f"nguoi.{n}@coquan.example") for n in range(40)], now=NOW)
    sent: Any = together(app, [lambda: deliver({}, NOW)] * 3)
    assert sum(sent) == 40
    assert sorted(sink.addresses) == sorted({f"nguoi.{n}@coquan.example" for n in range(40)})


def _send_and_be_killed(url: str, folder: Path, port: int) -> None:
    app = make_site(url, folder)
    with app.app_context():
        use_mail(app, port)
        Worker(app, by_name(KINDS), clock=lambda: NOW, zone=ZONE).work_off()


def test_a_killed_worker_loses_nothing_and_sends_nothing_twice(
    app: Flask, sink: MailSink, site_database: str, tmp_path: Path
) -> None:
    queue_mail([letter(f"thu:{n}", f"nguoi.{n}@coquan.example") for n in range(6)], now=NOW)
    close_pools(app)
    sink.slow_seconds = 0.1
    process = multiprocessing.Process(target=_send_and_be_killed, args=(site_database, tmp_path, sink.port))
    process.start()
    while sink.tried < 3:
        time.sleep(0.01)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    sink.slow_seconds = 0
    work(app, NOW + LEASE + MINUTE)
    assert len(sink.addresses) == len(set(sink.addresses))
    counts = count_mail()
    assert counts["sent"] + counts["unknown"] == 6
    assert counts["unknown"] == 1  # that under way when it was killed
    unsure = next(row for row in list_mail(most=9) if row.state == "unknown")
    assert set(sink.addresses) | {unsure.address} == {f"nguoi.{n}@coquan.example" for n in range(6)}


def test_a_mail_whose_process_is_gone_is_unsure_until_somebody_says_send(app: Flask, sink: MailSink) -> None:
    make_organizations()
    actor = make_person("quan-tri-thu")
    queue_mail([letter()], now=NOW)
    assert take_mail(now=NOW) is not None
    deliver({}, NOW + TAKEN_FOR)
    assert only().state == "sending"
    deliver({}, NOW + TAKEN_FOR + MINUTE)
    assert only().state == "unknown"
    later = NOW + timedelta(days=5)
    send_again(actor, only().id, now=later)
    assert work(app, later) > 0
    assert (only().state, len(sink.taken)) == ("sent", 1)
    with pytest.raises(Conflict):
        send_again(actor, only().id, now=later)
    with pytest.raises(NotFound):
        send_again(actor, 99, now=later)
    assert forget_old(now=later + KEPT + MINUTE) == 1


def test_a_mail_has_the_same_name_each_time_it_is_sent(app: Flask) -> None:
    server = MailServer.parse("smtp://127.0.0.1:25", SENDER, name="Nơi gửi thử")
    queue_mail([letter()], now=NOW)
    with transaction():
        first = take_mail(now=NOW)
        assert first is not None
        current_session().execute(sa.update(Mail).values(state="waiting", taken_at=None))
    second = take_mail(now=NOW)
    assert second is not None
    assert second.tries == 2
    assert compose(first, server) == compose(second, server)


def test_an_encrypted_line_is_used_with_a_certificate_that_is_known_and_a_password(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    queue_mail([letter()], now=NOW)
    with mail_sink(Security.STARTTLS) as sink:
        use_mail(app, sink.port, url=address_of(sink, "smtp+starttls"))
        work(app)
        assert (only().state, "certificate" in only().error.lower()) == ("waiting", True)
        monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path)))
        use_mail(app, sink.port, url=address_of(sink, "smtp+starttls", password="sai"))
        work(app, NOW + MINUTE)
        assert (only().state, only().error[:4]) == ("waiting", "535 ")
        use_mail(app, sink.port, url=address_of(sink, "smtp+starttls"))
        work(app, NOW + 5 * MINUTE)
        assert sink.addresses == [TO]
    assert only().state == "sent"


def test_a_line_may_be_encrypted_from_its_first_byte(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path)))
    queue_mail([letter()], now=NOW)
    with mail_sink(Security.TLS) as sink:
        use_mail(app, sink.port, url=f"smtps://127.0.0.1:{sink.port}")
        work(app)
        assert sink.addresses == [TO]


def test_no_password_goes_over_an_open_line(app: Flask, sink: MailSink) -> None:
    server = MailServer.parse(f"smtp+starttls://ten:mat-khau@127.0.0.1:{sink.port}", SENDER, name="")
    with pytest.raises(ServerAway, match="STARTTLS"), dial(server) as line:
        line.send(queued_now(TO, "a", "b", language="vi", now=NOW))
    assert sink.tried == 0
