"""A trainer looks at a quiz of another system, saves it as a draft, and takes one away."""

import io
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from werkzeug.test import TestResponse

from learning.courses.queries import get_course, list_documents
from tests.support.factories import COURSE, QUIZ
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]
PAGE = f"/authoring/courses/{COURSE}/quizzes/import"
SAVE = f"/authoring/courses/{COURSE}/quizzes/imported"
GIFT = "// [id:mot]\n::Tên miền::Của <b>ai</b>?{=a ~b}\n\nMở {=a\n\nBài luận {}\n"
# One red dot.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="


def look(trainer: Visitor, data: bytes | str, name: str = "ngan-hang.gift", **fields: str) -> TestResponse:
    """Send a file to be looked at."""
    raw = data.encode() if isinstance(data, str) else data
    return trainer.post(
        PAGE, {"file": (io.BytesIO(raw), name), **fields}, page=PAGE, content_type="multipart/form-data"
    )


def quizzes(world: Flask) -> list[str]:
    """Return the paths of the quizzes of the course, drafts too."""
    course = get_course(COURSE)
    return [document.slug for document in list_documents([course.id])[course.id] if document.kind == "quiz"]


def test_nothing_is_saved_before_it_was_seen(world: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    before = quizzes(world)
    seen = look(trainer, GIFT)
    assert seen.status_code == 200
    assert "<strong>ai</strong>" in seen.text
    assert "X013" in seen.text
    assert "2 câu hỏi" in seen.text
    assert quizzes(world) == before
    fields = {
        "token": hidden(seen.text, "token"),
        "format": "gift",
        "title": "Ngân hàng",
        "slug": "ngan-hang",
    }
    saved = trainer.post(SAVE, fields, page=PAGE)
    assert saved.status_code == 303
    assert sorted(quizzes(world)) == sorted([*before, "ngan-hang"])
    editor = trainer.get(saved.headers["Location"]).text
    assert "## Tên miền {#mot type=single}" in editor
    assert visit("learner").get("/quizzes/ngan-hang/").status_code == 404
    # What was saved is forgotten.
    assert trainer.post(SAVE, fields, page=PAGE).status_code == 404


def test_a_taken_name_is_told_and_the_file_stays(world: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    token = hidden(look(trainer, GIFT).text, "token")
    fields = {"token": token, "format": "gift", "title": "Ngân hàng", "slug": QUIZ}
    refused = trainer.post(SAVE, fields, page=PAGE)
    assert refused.status_code == 422
    assert hidden(refused.text, "token") == token
    assert trainer.post(SAVE, {**fields, "slug": "khac"}, page=PAGE).status_code == 303


def test_a_file_is_only_for_who_sent_it(world: Flask, visit: Visit) -> None:
    token = hidden(look(visit("trainer"), GIFT).text, "token")
    fields = {"token": token, "format": "gift", "title": "Ngân hàng", "slug": "ngan-hang"}
    assert visit("admin").post(SAVE, fields, page=PAGE).status_code == 404
    fields["token"] = "../../etc/passwd"
    assert visit("trainer").post(SAVE, fields, page=PAGE).status_code == 404


def test_a_file_with_nothing_in_it_says_why(world: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    for data, name, code in (
        ("<quiz><question>", "a.xml", "X002"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "a.xml", "X003"),
        (b"\xff\x00\x00", "a.gift", "X007"),
        ("[" * 300_000, "a.gift", "X008"),
    ):
        refused = look(trainer, data, name)
        assert (refused.status_code, code in refused.text) == (422, True), name
    assert look(trainer, GIFT, "a.doc").status_code == 422
    assert look(trainer, GIFT, "a.doc", format="gift").status_code == 200
    assert look(trainer, GIFT, "a.gift", format="docx").status_code == 422


def test_pictures_are_saved_below_the_name_of_the_quiz(world: Flask, visit: Visit) -> None:
    bank = (
        '<quiz><question type="truefalse"><name><text>Một</text></name><questiontext format="html"><text>'
        '&lt;img src="@@PLUGINFILE@@/a.png" alt="chấm"&gt; đỏ?</text>'
        f'<file name="a.png" encoding="base64">{PNG}</file></questiontext>'
        '<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>'
        "</question></quiz>"
    )
    trainer = visit("trainer")
    token = hidden(look(trainer, bank, "a.xml").text, "token")
    fields = {"token": token, "format": "moodle", "title": "Hình", "slug": "hinh"}
    saved = trainer.post(SAVE, fields, page=PAGE)
    assert "![chấm](media/hinh/a.png) đỏ?" in trainer.get(saved.headers["Location"]).text
    exported = trainer.get("/authoring/quizzes/hinh/export?language=vi&format=moodle&file=1")
    assert PNG in exported.text


def test_a_quiz_is_taken_away_with_every_loss_named(world: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    page = f"/authoring/quizzes/{QUIZ}/export"
    assert "Moodle XML" in trainer.get(page).text
    assert "X033" in trainer.get(f"{page}?format=aiken").text
    file = trainer.get(f"{page}?format=gift&file=1")
    assert file.headers["Content-Disposition"] == f'attachment; filename="{QUIZ}.gift"'
    assert file.text.startswith("// [id:")
    assert trainer.get(f"{page}?format=docx").status_code == 404
    assert visit("learner").get(page).status_code == 404


def test_old_uploads_are_forgotten(world: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    look(trainer, GIFT)
    look(trainer, GIFT)
    folder: Path = world.config["SITE"].data_dir / "imports"
    assert len(list(folder.iterdir())) == 1
