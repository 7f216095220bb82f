"""Files in the browser: looked at first, confirmed, taken over by the queue once, and refused with nothing changed."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from learning.accounts.models import Person
from learning.accounts.queries import get_actor
from learning.administration import runs
from learning.administration.models import ImportRun
from learning.database import current_session
from learning.domain.errors import NotFound
from learning.domain.permissions import Role
from learning.jobs.worker import Worker
from learning.operations.upkeep import KINDS
from tests.support.factories import COMMUNE, NOW, OTHER_COMMUNE, ZONE, make_person, moment
from tests.support.together import together
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PAGE = "/admin/people/import"
GOOD = f"Tên đăng nhập,Họ và tên,Mã đơn vị,Ghi chú\nmot.thu,Người Thử Một,{COMMUNE},x\n"
BAD = f"Tên đăng nhập,Họ và tên,Mã đơn vị\nmot.thu,Người Thử Một,{COMMUNE}\nhai.thu,Người Thử Hai,khong-co\n"


def send(visitor: Visitor, text: str | bytes, page: str = PAGE) -> TestResponse:
    data = text.encode() if isinstance(text, str) else text
    return visitor.post(
        page, {"file": (io.BytesIO(data), "danh-sach.csv")}, page=page, content_type="multipart/form-data"
    )


def work_off(app: Flask) -> None:
    jobs = {kind.name: kind for kind in KINDS if kind.name == runs.IMPORT}
    Worker(app, jobs, clock=app.config["CLOCK"], zone=ZONE).work_off()


def is_there(username: str) -> bool:
    return current_session().scalar(sa.select(Person.id).where(Person.username == username)) is not None


def test_a_file_is_looked_at_confirmed_and_taken_over(world: Flask, visit: Visit) -> None:
    admin = visit("admin")
    sent = send(admin, GOOD)
    assert sent.status_code == 303
    page = sent.headers["Location"]
    seen = admin.get(page).text
    assert "Ghi chú" in seen
    assert not is_there("mot.thu")
    for _ in range(2):  # pressed twice, done once
        assert admin.post(f"{page}confirm", page=page).status_code == 303
    assert "data-reload" in admin.get(page).text
    work_off(world)
    assert is_there("mot.thu")
    assert "data-reload" not in admin.get(page).text
    kept = current_session().execute(sa.select(ImportRun.state, ImportRun.file, ImportRun.result)).one()
    assert (kept.state, kept.file, kept.result["new"]) == ("done", None, 1)
    again = send(admin, GOOD).headers["Location"]
    assert runs.get_run(int(again.split("/")[-2]), actor=get_actor("admin")).counts.unchanged == 1


def test_errors_are_told_by_row_and_nothing_changes(world: Flask, visit: Visit) -> None:
    admin = visit("admin")
    page = send(admin, BAD).headers["Location"]
    assert "khong-co" in admin.get(page).text
    table = admin.get(f"{page}errors.csv")
    assert table.data.startswith(b"\xef\xbb\xbf")
    assert "khong-co" in table.text
    admin.post(f"{page}confirm", page=PAGE)
    work_off(world)
    assert not is_there("mot.thu")
    assert current_session().scalar(sa.select(ImportRun.file)) is None


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04x", b"a,b\n1,2\n"])
def test_what_is_no_table_is_refused_at_the_field(world: Flask, visit: Visit, data: bytes) -> None:
    assert send(visit("admin"), data).status_code == 422


def test_a_file_that_is_too_large_is_refused(
    world: Flask, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MOST_BYTES", 10)
    assert send(visit("admin"), GOOD).status_code == 422


def test_who_administers_a_part_imports_there_and_sees_her_own_files(world: Flask, visit: Visit) -> None:
    make_person("quan-tri-xa", COMMUNE, role=Role.ADMINISTRATOR)
    page = send(visit("admin"), GOOD).headers["Location"]
    part = visit("quan-tri-xa")
    assert part.get(page).status_code == 404
    assert part.post(f"{page}confirm", page=PAGE).status_code == 404
    own = send(part, GOOD.replace(COMMUNE, OTHER_COMMUNE)).headers["Location"]
    assert OTHER_COMMUNE in part.get(own).text
    assert runs.get_run(int(own.split("/")[-2]), actor=get_actor("quan-tri-xa")).state == "refused"


@pytest.mark.usefixtures("both_databases")
def test_a_job_done_by_several_is_done_once(world: Flask) -> None:
    admin = get_actor("admin")
    run = runs.check_file("people", GOOD.encode(), actor=admin, moment=moment())
    runs.confirm(run, actor=admin, moment=moment())
    done = together(world, [lambda: runs.take_over(run, moment=moment())] * 3)
    assert sorted(done, key=str) == [0, 0, 1]


@pytest.mark.usefixtures("both_databases")
def test_a_process_killed_while_writing_leaves_nothing_half(
    world: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = get_actor("admin")
    run = runs.check_file("people", GOOD.encode(), actor=admin, moment=moment())
    runs.confirm(run, actor=admin, moment=moment())
    with monkeypatch.context() as patch:

        def die(*_args: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(runs, "_end", die)
        with pytest.raises(KeyboardInterrupt):
            runs.take_over(run, moment=moment())
    assert not is_there("mot.thu")
    assert runs.get_run(run, actor=admin).state == "running"
    assert runs.take_over(run, moment=moment()) == 1
    assert is_there("mot.thu")


def test_results_are_forgotten_after_thirty_days(world: Flask) -> None:
    admin = get_actor("admin")
    run = runs.check_file("people", BAD.encode(), actor=admin, moment=moment())
    assert runs.forget_old(now=NOW + runs.KEPT) == 0
    assert runs.forget_old(now=NOW + runs.KEPT + timedelta(minutes=1)) == 1
    with pytest.raises(NotFound):
        runs.get_run(run, actor=admin)
