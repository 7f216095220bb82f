"""The page of the background work, and having something tried again."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.audit.models import AuditEntry
from learning.database import current_session
from learning.jobs.queries import list_jobs
from learning.jobs.services import enqueue, fail, finish, take
from tests.support.factories import NOW
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PAGE = "/admin/jobs/"


@pytest.fixture
def admin(world: Flask, visit: Visit) -> Visitor:
    return visit("admin")


def do(kind: str, *, error: str = "") -> int:
    """Queue a job and end it, with this error as its last word or well."""
    enqueue(kind, now=NOW)
    job = take(now=NOW)
    assert job is not None
    assert fail(job, error, now=NOW, is_final=True) if error else finish(job, 7, now=NOW)
    return job.id


def test_before_the_first_night_the_page_says_so(admin: Visitor) -> None:
    assert "Chưa có việc nào." in admin.get(PAGE).text


def test_what_was_given_up_stands_first_and_can_be_tried_again(admin: Visitor) -> None:
    do("forget")
    number = do("rollup.verify", error="3 differences, <b>the first</b>")
    do("of-an-older-version")
    page = admin.get(PAGE).text
    rows = page.split('<ul class="entries">')[1].split("</ul>")[0].split("<li>")[1:]
    assert all(
        text in row
        for text, row in zip(("Tính lại số liệu", "of-an-older-version", "Xóa phiên"), rows, strict=True)
    )
    assert "3 differences, &lt;b&gt;the first" in rows[0]
    assert "Đã dừng, không thử nữa" in rows[0]
    assert "Đã xong" in rows[1]
    assert "Chạy lại" not in rows[1] + rows[2]

    path = f"{PAGE}{number}/again"
    answer = admin.post(path, page=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert "Đang chờ" in admin.get(PAGE).text
    assert [(job.state, job.tries) for job in list_jobs(most=9) if job.id == number] == [("waiting", 0)]
    entry = (
        current_session()
        .execute(sa.select(AuditEntry.action, AuditEntry.subject, AuditEntry.detail))
        .all()[-1]
    )
    assert tuple(entry) == ("job.run_again", f"job:{number}", {"kind": "rollup.verify"})

    again = admin.post(path, page=PAGE)
    assert again.status_code == 409
    assert "Không có gì thay đổi." in again.text


def test_only_administrators_find_it_in_the_navigation(admin: Visitor, visit: Visit) -> None:
    assert 'href="/admin/"' in admin.get("/").text
    assert f'href="{PAGE}"' in admin.get("/admin/").text
    assert 'href="/admin/"' not in visit("province").get("/").text
