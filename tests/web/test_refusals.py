"""What bad input gets: a clear message in the person's language, the right status, and nothing lost."""

import io
import re
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from learning.courses.models import Course, Revision
from learning.database import db, transaction
from learning.progress.models import UnitCompletion
from learning.web.clock import system_clock
from tests.support.factories import COURSE, PASSWORD, QUIZ, READ_UNIT, import_texts, make_person, unit_text
from tests.support.visitor import Visitor, hidden, source_of, without_tokens

Visit = Callable[..., Visitor]
UNIT = f"/courses/{COURSE}/{READ_UNIT}/"
EDITOR = f"/authoring/courses/{COURSE}/{READ_UNIT}/"


def start(visitor: Visitor) -> str:
    """Begin an attempt and return its address."""
    answer = visitor.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/")
    assert answer.status_code == 303
    return answer.headers["Location"]


def choices(page: str) -> dict[str, str]:
    """Return the first choice of each question on an attempt's page."""
    first: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="(q-[^"]+)"', tag), re.search(r'value="([^"]+)"', tag)
        if name and value:
            first.setdefault(name.group(1), value.group(1))
    return first


def is_ticked(page: str, value: str) -> bool:
    """Tell whether the choice is ticked on the page."""
    return any(f'value="{value}"' in tag and "checked" in tag for tag in re.findall(r"<input[^>]*>", page))


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(world: Flask, visit: Visit) -> None:
    make_person("co-mat-khau", password=PASSWORD)
    stranger = visit()
    pages = [
        stranger.post("/sign-in", {"username": name, "password": "sai hoàn toàn"}, page="/sign-in")
        for name in ("co-mat-khau", "khong-co-ai")
    ]
    assert [page.status_code for page in pages] == [422, 422]
    texts = [
        page.text.replace(name, "") for page, name in zip(pages, ("co-mat-khau", "khong-co-ai"), strict=True)
    ]
    without_tokens = [
        text.replace(hidden(page.text, "csrf_token"), "") for text, page in zip(texts, pages, strict=True)
    ]
    assert without_tokens[0] == without_tokens[1]
    right = stranger.post("/sign-in", {"username": "CO-MAT-KHAU ", "password": PASSWORD}, page="/sign-in")
    assert right.status_code == 303


def test_after_ten_wrong_passwords_the_account_waits(world: Flask, visit: Visit) -> None:
    make_person("bi-doan", password=PASSWORD)
    stranger = visit()
    for _ in range(10):
        stranger.post("/sign-in", {"username": "bi-doan", "password": "sai"}, page="/sign-in")
    answer = stranger.post("/sign-in", {"username": "bi-doan", "password": PASSWORD}, page="/sign-in")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 15 * 60


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:1"]
)
def test_signing_in_never_leads_to_another_site(world: Flask, visit: Visit, target: str) -> None:
    make_person("co-mat-khau", password=PASSWORD)
    answer = visit().post(
        "/sign-in", {"username": "co-mat-khau", "password": PASSWORD, "next": target}, page="/sign-in"
    )
    assert answer.headers["Location"] == "/"


def test_answers_sent_over_an_expired_session_are_there_after_signing_in(world: Flask, visit: Visit) -> None:
    learner = visit("learner")
    attempt = start(learner)
    page = learner.get(attempt).text
    fields = {
        **choices(page),
        "event_id": hidden(page, "event_id"),
        "sequence": hidden(page, "sequence"),
        "csrf_token": hidden(page, "csrf_token"),
    }
    world.config["CLOCK"] = lambda: system_clock() + timedelta(hours=2)
    answer = learner.client.post(f"{attempt}responses", data=fields)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?next=")
    assert "held" in answer.headers["Location"]
    assert learner.get(answer.headers["Location"]).status_code == 200
    learner.be("learner")
    back = learner.get(f"{attempt}?held=1")
    assert back.headers["Location"] == attempt
    again = learner.get(attempt).text
    assert all(is_ticked(again, value) for value in choices(page).values())


def test_a_held_form_that_no_page_of_ours_sent_is_put_aside(world: Flask, visit: Visit) -> None:
    learner = visit("learner")
    attempt = start(learner)
    token = hidden(learner.get(attempt).text, "csrf_token")
    world.config["CLOCK"] = lambda: system_clock() + timedelta(hours=2)
    for forged in ({"sequence": "x"}, {"event_id": "x"}, {"q-mot": "khong-co"}):
        learner.client.post(f"{attempt}responses", data={"csrf_token": token, **forged})
        learner.be("learner")
        assert learner.get(f"{attempt}?held=1").headers["Location"] == attempt
        assert learner.get(attempt).status_code == 200
        world.config["CLOCK"] = later(world.config["CLOCK"]())


def later(moment: datetime) -> Callable[[], datetime]:
    """Return a clock two hours after a moment, when every session has timed out."""
    return lambda: moment + timedelta(hours=2)


def test_nobody_else_gets_what_was_held(world: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    page = trainer.get(EDITOR).text
    fields = {
        "source": "Chữ của giảng viên, còn dang dở.",
        "csrf_token": hidden(page, "csrf_token"),
        "note": "",
    }
    world.config["CLOCK"] = lambda: system_clock() + timedelta(hours=2)
    assert trainer.client.post(f"{EDITOR}draft", data=fields).status_code == 303
    trainer.be("admin")
    assert "còn dang dở" not in trainer.get(f"{EDITOR}?held=1").text
    trainer.be("trainer")
    assert "còn dang dở" in source_of(trainer.get(f"{EDITOR}?held=1").text)
    assert "còn dang dở" not in source_of(trainer.get(f"{EDITOR}?held=1").text)


@pytest.mark.parametrize(
    "path",
    [
        "/courses/khong-co/",
        f"/courses/{COURSE}/khong-co/",
        "/quizzes/khong-co/",
        "/attempts/999/",
        "/khong-co",
        "/reports/",
    ],
)
def test_what_does_not_exist_and_what_is_not_hers_look_the_same(visit: Visit, path: str) -> None:
    answer = visit("learner").get(path)
    assert answer.status_code == 404
    assert '<html lang="vi" dir="ltr">' in answer.text


def test_another_persons_attempt_does_not_exist(visit: Visit) -> None:
    attempt = start(visit("learner"))
    other = visit("other")
    assert other.get(attempt).status_code == 404
    for deed in ("responses", "submission"):
        assert other.post(f"{attempt}{deed}", page="/account/").status_code == 404


def test_a_unit_republished_while_it_is_read_is_completed_in_the_revision_that_was_read(
    world: Flask, visit: Visit
) -> None:
    learner = visit("learner")
    read = hidden(learner.get(UNIT).text, "revision")
    import_texts({f"courses/{COURSE}/{READ_UNIT}.vi.md": unit_text(body="Đoạn văn mới.")}, effect="reread")
    assert learner.post(f"{UNIT}completion", {"revision": read}, page=UNIT).status_code == 303
    with transaction() as session:
        done = session.scalars(select(UnitCompletion)).one()
        assert done.state == "completed"
        assert done.revision_sha256 == session.get_one(Revision, int(read)).sha256
    assert hidden_or_none(learner.get(UNIT).text) is None


def hidden_or_none(page: str) -> str | None:
    """Return the revision that the page offers to declare read, if it does."""
    try:
        return hidden(page, "revision")
    except AssertionError:
        return None


def test_markdown_with_errors_is_not_published_and_stays_in_the_box(visit: Visit) -> None:
    trainer = visit("trainer")
    page = trainer.get(EDITOR).text
    broken = source_of(page).replace("completion:", "complettion:")
    fields = {
        "source": broken,
        "base_revision": hidden(page, "base_revision"),
        "effect": "wording",
        "note": "",
    }
    answer = trainer.post(f"{EDITOR}publish", fields, page=EDITOR)
    assert answer.status_code == 422
    assert source_of(answer.text).strip() == broken.strip()
    assert "U004" in answer.text
    assert "complettion" in answer.text
    assert "complettion" not in visit("learner").get(UNIT).text


def test_a_conflict_keeps_both_texts(visit: Visit) -> None:
    trainer, admin = visit("trainer"), visit("admin")
    page = trainer.get(EDITOR).text
    base, text = hidden(page, "base_revision"), source_of(page)
    for visitor, addition, status in (
        (admin, "Câu của quản trị viên.", 303),
        (trainer, "Câu của giảng viên.", 409),
    ):
        answer = visitor.post(
            f"{EDITOR}publish",
            {"source": f"{text}\n\n{addition}\n", "base_revision": base, "effect": "wording", "note": "thử"},
            page=EDITOR,
        )
        assert answer.status_code == status
    assert "Câu của giảng viên." in source_of(answer.text)
    assert "Câu của quản trị viên." in answer.text
    assert "Câu của quản trị viên." in visit("learner").get(UNIT).text


def test_a_zip_that_climbs_out_of_its_folder_changes_nothing(world: Flask, visit: Visit) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("courses/khoa-la/../../thoat.md", "x")
        archive.writestr("courses/khoa-la/course.vi.md", "---\ntitle: Lạ\nsummary: x\nunits: mot\n---\n")
    packed.seek(0)
    answer = visit("trainer").post(
        "/authoring/import",
        {"file": (packed, "khoa.zip")},
        page="/authoring/",
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert "B002" in answer.text
    with transaction() as session:
        assert session.scalars(select(Course.slug)).all() == [COURSE]


def test_ten_megabytes_pasted_are_refused_in_plain_words(visit: Visit) -> None:
    trainer = visit("trainer")
    token = trainer.token(EDITOR)
    answer = trainer.client.post(f"{EDITOR}draft", data={"csrf_token": token, "source": "a" * 10_000_000})
    assert answer.status_code == 413
    assert '<html lang="vi"' in answer.text
    assert source_of(trainer.get(EDITOR).text).startswith("---")


def test_a_second_click_on_submit_changes_nothing_and_leads_to_the_result(visit: Visit) -> None:
    learner = visit("learner")
    attempt = start(learner)
    page = learner.get(attempt).text
    fields = {**choices(page), "event_id": hidden(page, "event_id"), "sequence": "1"}
    first = learner.post(f"{attempt}submission", fields, page="/account/")
    result = without_tokens(learner.get(attempt).text)
    second = learner.post(f"{attempt}submission", fields, page="/account/")
    assert (first.status_code, second.status_code) == (303, 409)
    assert f'href="{attempt}"' in second.text
    assert without_tokens(learner.get(attempt).text) == result
    assert learner.post(f"{attempt}responses", fields, page="/account/").status_code == 409


def test_a_locked_database_asks_to_come_again_and_loses_nothing(world: Flask, visit: Visit) -> None:
    learner = visit("learner")
    token = learner.token(UNIT)
    with transaction() as session:
        session.connection().exec_driver_sql("SELECT 1")
    path = str(db.engine.url.database)
    world.extensions["write_engine"].dispose()
    lock = sqlite3.connect(path, isolation_level=None)
    try:
        lock.execute("BEGIN IMMEDIATE")
        with impatient(world):
            answer = learner.client.post(f"{UNIT}completion", data={"csrf_token": token})
    finally:
        lock.rollback()
        lock.close()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert learner.client.post(f"{UNIT}completion", data={"csrf_token": token}).status_code == 303


class impatient:  # noqa: N801  (a context manager reads like a function)
    """Let connections of the write engine wait for 50 ms only."""

    def __init__(self, app: Flask) -> None:
        self.engine = app.extensions["write_engine"]

    def __enter__(self) -> None:
        def shorten(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA busy_timeout=50")

        self.listener = shorten
        event.listen(self.engine, "connect", shorten)

    def __exit__(self, *_error: object) -> None:
        event.remove(self.engine, "connect", self.listener)
        self.engine.dispose()


def test_an_old_token_gives_the_text_back(visit: Visit) -> None:
    trainer = visit("trainer")
    answer = trainer.client.post(
        f"{EDITOR}draft", data={"csrf_token": "cu", "source": "Một đoạn dài vừa gõ xong."}
    )
    assert answer.status_code == 400
    assert "Một đoạn dài vừa gõ xong." in answer.text


@pytest.mark.parametrize("language", ["vi", "en", "he"])
def test_errors_speak_the_readers_language(visit: Visit, language: str) -> None:
    answer = visit("learner").get(f"/khong-co?lang={language}")
    assert answer.status_code == 404
    assert f'<html lang="{language}" dir="{"rtl" if language == "he" else "ltr"}">' in answer.text


def test_our_own_mistake_tells_nothing_about_itself(world: Flask, visit: Visit) -> None:
    learner = visit("learner")
    world.config["PROPAGATE_EXCEPTIONS"] = False

    def broken() -> str:
        raise RuntimeError("bí mật bên trong")

    world.view_functions["study.catalog"] = broken
    answer = learner.get("/courses/")
    assert answer.status_code == 500
    assert "bí mật" not in answer.text
