"""Pictures, sounds and documents of a course: shown where texts name them, to those who may see the course."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from PIL import Image

from learning.courses.models import Course, Revision
from learning.courses.services import ContentRejected, render_anew
from learning.database import current_session, transaction
from learning.formats.rendering import RENDERER_VERSION
from tests.support.factories import COURSE, QUIZ, READ_UNIT, course_texts, import_texts, quiz_text, unit_text
from tests.support.pictures import make_picture
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
BASE = f"/courses/{COURSE}/media"
FOLDER = f"courses/{COURSE}/media"
UNIT = f"/courses/{COURSE}/{READ_UNIT}/"
PHOTO = make_picture("JPEG", (60, 40), comment=b"noi chup bi mat")
FILM = bytes(range(256)) * 8


@pytest.fixture
def media(world: Flask) -> Flask:
    """The site with a unit and a question that show pictures, a film and a document."""
    body = "![Ảnh chụp](media/anh.jpg) ![Phim](media/phim.mp4) [Biểu mẫu](media/mau.pdf)"
    asked = quiz_text().replace(
        "Số nào lớn nhất?".encode(), "![Ba số](media/so.png) Số nào lớn nhất?".encode()
    )
    assert b"so.png" in asked
    import_texts(
        course_texts()
        | {
            f"courses/{COURSE}/{READ_UNIT}.vi.md": unit_text(body=body),
            f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": asked,
            f"{FOLDER}/anh.jpg": PHOTO,
            f"{FOLDER}/so.png": make_picture(),
            f"{FOLDER}/phim.mp4": FILM,
            f"{FOLDER}/mau.pdf": b"%PDF-1.7 mau",
        }
    )
    return world


def test_a_unit_shows_its_picture_without_what_it_hid(media: Flask, visit: Visit) -> None:
    learner = visit("learner")
    page = learner.get(UNIT).text
    (tag,) = re.findall(r"<img[^>]*anh\.jpg[^>]*>", page)
    assert f'src="{BASE}/anh.jpg"' in tag
    assert 'alt="Ảnh chụp"' in tag
    answer = learner.get(f"{BASE}/anh.jpg")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.data)).size == (60, 40)
    assert b"bi mat" not in answer.data
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer.headers["Cache-Control"]
    again = learner.get(f"{BASE}/anh.jpg", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_question_shows_its_picture(media: Flask, visit: Visit) -> None:
    learner = visit("learner")
    attempt = learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/").headers["Location"]
    assert f'src="{BASE}/so.png"' in learner.get(attempt).text
    assert learner.get(f"{BASE}/so.png").mimetype == "image/webp"


def test_a_film_can_be_wound_and_a_document_is_saved(media: Flask, visit: Visit) -> None:
    learner = visit("learner")
    part = learner.get(f"{BASE}/phim.mp4", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data, part.mimetype) == (206, FILM[10:20], "video/mp4")
    form = learner.get(f"{BASE}/mau.pdf")
    assert form.mimetype == "application/pdf"
    assert form.headers["Content-Disposition"] == "attachment; filename=mau.pdf"


def test_media_of_a_hidden_course_are_for_its_trainers(media: Flask, visit: Visit) -> None:
    with transaction() as session:
        session.query(Course).filter(Course.slug == COURSE).update({"is_published": False})
    seen = {who: visit(who).get(f"{BASE}/anh.jpg").status_code for who in ("learner", "manager", "trainer")}
    assert seen == {"learner": 404, "manager": 404, "trainer": 200}


@pytest.mark.parametrize(
    "name", ["khong.png", "../course.vi.md", "anh.jpg/", "%2e%2e/course.vi.md", "ANH.JPG"]
)
def test_what_is_not_there_is_not_found(media: Flask, visit: Visit, name: str) -> None:
    assert visit("learner").get(f"{BASE}/{name}").status_code == 404


def test_strangers_sign_in_first(media: Flask, visit: Visit) -> None:
    assert visit().get(f"{BASE}/anh.jpg").status_code == 303


def test_what_is_no_picture_changes_nothing(media: Flask, visit: Visit) -> None:
    with pytest.raises(ContentRejected) as rejection:
        import_texts({f"{FOLDER}/anh.jpg": b"<svg onload=alert(1)>", f"{FOLDER}/moi.png": make_picture()})
    assert [(one.file, one.code) for one in rejection.value.diagnostics] == [(f"{FOLDER}/anh.jpg", "B011")]
    learner = visit("learner")
    assert learner.get(f"{BASE}/anh.jpg").status_code == 200
    assert learner.get(f"{BASE}/moi.png").status_code == 404


def test_texts_of_an_earlier_renderer_are_rendered_anew(media: Flask, visit: Visit) -> None:
    with transaction() as session:
        for revision in session.query(Revision):
            revision.renderer = "1-alt"
            revision.html = dict.fromkeys(revision.html, "<p>cũ</p>")
    assert render_anew(media.extensions["renderer"]) == current_session().query(Revision).count()
    assert f'src="{BASE}/anh.jpg"' in visit("learner").get(UNIT).text
    assert {row.renderer for row in current_session().query(Revision.renderer)} == {RENDERER_VERSION}
    assert render_anew(media.extensions["renderer"]) == 0
