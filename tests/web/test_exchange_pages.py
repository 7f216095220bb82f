"""A trainer looks at a quiz of another system, saves it as a draft, and takes one away."""

import io
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from learning.courses.queries import get_course, list_documents
from learning.formats.exchange import format_of
from tests.support.bad_files import BAD_FILES, FETCHING
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
    # Which answer is right is seen before anything is saved.
    assert "- [x] a\n- [ ] b" in seen.text
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


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_with_nothing_in_it_says_why_and_nothing_is_kept(
    world: Flask, visit: Visit, case: str
) -> None:
    name, data, code, line = BAD_FILES[case]
    chosen = format_of(name, data)
    assert chosen is not None
    trainer = visit("trainer")
    before = quizzes(world)
    refused = look(trainer, data, name, format=chosen.name)
    assert refused.status_code == 422
    assert f">{code}<" in refused.text
    assert not line or f"Dòng {line}<" in refused.text
    # What was chosen is still chosen.
    assert f'selected value="{chosen.name}"' in refused.text
    assert 'name="token"' not in refused.text
    assert quizzes(world) == before


@pytest.mark.parametrize("text", FETCHING.values(), ids=FETCHING)
def test_xml_fetches_nothing(visit: Visit, tmp_path: Path, text: str) -> None:
    secret = tmp_path / "mat.txt"
    secret.write_text("rất mật")
    with socket.create_server(("127.0.0.1", 0)) as server:
        http = f"http://127.0.0.1:{server.getsockname()[1]}/x.dtd"
        refused = look(visit("trainer"), text.format(file=secret.as_uri(), http=http), "a.xml")
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert (refused.status_code, ">X003<" in refused.text, "rất mật" in refused.text) == (422, True, False)


def test_a_file_of_an_unknown_ending_wants_its_format(visit: Visit) -> None:
    trainer = visit("trainer")
    assert look(trainer, GIFT, "a.doc").status_code == 422
    assert look(trainer, GIFT, "a.doc", format="gift").status_code == 200
    assert look(trainer, GIFT, "a.gift", format="docx").status_code == 422
    assert look(trainer, b"", "").status_code == 422


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
    assert file.text.startswith("[markdown]")
    assert trainer.get(f"{page}?format=docx").status_code == 404
    assert visit("learner").get(page).status_code == 404


def test_a_format_that_no_question_fits_gives_no_file(visit: Visit) -> None:
    trainer = visit("trainer")
    bank = "$CATEGORY: $course$/Lừa đảo/Thư\n\nViết gì? {}\n"
    seen = look(trainer, bank, "a.gift")
    fields = {"token": hidden(seen.text, "token"), "format": "gift", "title": "Viết", "slug": "viet"}
    saved = trainer.post(SAVE, fields, page=PAGE)
    assert "tags=lua-dao,thu" in trainer.get(saved.headers["Location"]).text
    page = "/authoring/quizzes/viet/export?language=vi&format=aiken"
    for address in (page, f"{page}&file=1"):
        shown = trainer.get(address)
        assert "X008" in shown.text
        assert 'class="button button-main"' not in shown.text


def test_what_was_typed_stays_where_saving_is_refused(visit: Visit) -> None:
    trainer = visit("trainer")
    token = hidden(look(trainer, GIFT).text, "token")
    fields = {"token": token, "format": "gift", "title": "Tên tôi gõ", "slug": "Không được!"}
    refused = trainer.post(SAVE, fields, page=PAGE)
    assert refused.status_code == 422
    assert 'value="Tên tôi gõ"' in refused.text
    assert 'value="Không được!"' in refused.text
    assert hidden(refused.text, "token") == token


def test_old_uploads_are_forgotten(world: Flask, visit: Visit) -> None:
    trainer = visit("trainer")
    look(trainer, GIFT)
    look(trainer, GIFT)
    folder: Path = world.config["SITE"].data_dir / "imports"
    assert len(list(folder.iterdir())) == 1
