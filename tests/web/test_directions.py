"""Texts of both directions on one page: each keeps to itself, in sentences, in the head of the page, in findings."""

import re
from collections.abc import Callable

from flask import Flask

from learning.organizations.services import DEPARTMENT_CODE
from tests.support.factories import COMMUNE, COURSE, QUIZ, READ_UNIT, course_text, import_texts, make_person
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
EDITOR = f"/authoring/courses/{COURSE}/{READ_UNIT}/"
TURNED = "Người \u202eđảo"  # what follows the override runs from right to left
HEBREW = "קורס (א)"


def test_a_name_is_isolated_in_the_greeting_and_cannot_be_markup(world: Flask, visit: Visit) -> None:
    make_person("thu", COMMUNE, name=f"<b>{TURNED}</b>")
    page = visit("thu").get("/?lang=he").text
    assert f"<h1>שלום, <bdi>&lt;b&gt;{TURNED}&lt;/b&gt;</bdi></h1>" in page
    assert page.count("đảo") == page.count(f"<bdi>&lt;b&gt;{TURNED}") + page.count(
        f'aria-hidden="true">&lt;b&gt;{TURNED}'
    )


def test_a_title_is_isolated_in_the_head_of_the_page(world: Flask, visit: Visit) -> None:
    import_texts({f"courses/{COURSE}/course.vi.md": course_text((READ_UNIT,), title=HEBREW)})
    for path in (f"/courses/{COURSE}/", f"/authoring/courses/{COURSE}/revisions/"):
        head = re.search("<title>(.*?)</title>", visit("trainer").get(f"{path}?lang=vi").text)
        assert head is not None
        assert f"\u2068{HEBREW}\u2069" in head[1]
        assert "<" not in head[1]


def test_a_refusal_isolates_names_on_a_page_and_not_for_a_script(world: Flask, visit: Visit) -> None:
    trainer, path = visit("trainer"), f"/authoring/courses/{COURSE}/quizzes"
    sent = {"title": "Trùng tên", "slug": QUIZ}
    page = trainer.post(path, sent, page=f"/authoring/courses/{COURSE}/")
    script = trainer.post(
        path, sent, page=f"/authoring/courses/{COURSE}/", headers={"Accept": "application/json"}
    )
    assert page.status_code == script.status_code == 422
    assert f"\u2068{QUIZ}\u2069" in page.text
    assert f" {QUIZ}." in script.get_json()["detail"]


def test_findings_set_code_from_left_to_right(world: Flask, visit: Visit) -> None:
    text = "---\ntitle: Thử\nminutes: <i>mười\n---\n\nChữ.\n"
    page = visit("trainer").post(f"{EDITOR}preview?lang=he", {"source": text}, page=EDITOR).text
    assert '<code dir="ltr">&lt;i&gt;mười</code>' in page
    assert '<span>הערך <code dir="ltr">' in page
    assert "`" not in re.sub("<textarea.*?</textarea>", "", page, flags=re.DOTALL)


def test_words_around_a_question_are_in_the_readers_language(world: Flask, visit: Visit) -> None:
    learner = visit("learner")
    started = learner.post(f"/quizzes/{QUIZ}/attempts", {"event_id": "x"}, page=f"/quizzes/{QUIZ}/")
    page = learner.get(f"{started.headers['Location']}?lang=he").text
    legends = re.findall("<legend>.*?</legend>", page, re.DOTALL)
    assert len(legends) == 3
    for legend in legends:
        assert re.search(
            r'<span class="number">שאלה \d · [^<]+</span> <span class="line" lang="vi" dir="ltr">Câu ', legend
        ), legend
    assert not re.search(r'<(?:div|form|main|section)[^>]* lang="vi"[^>]*>\s*<fieldset', page)


def test_paths_and_user_names_run_from_left_to_right(world: Flask, visit: Visit) -> None:
    make_person("biên.tập", DEPARTMENT_CODE)
    assert '<bdi dir="ltr">biên.tập</bdi>' in visit("biên.tập").get("/account/?lang=he").text
    page = visit("trainer").get(f"{EDITOR}?lang=he").text
    assert f'<bdi dir="ltr">courses/{COURSE}/{READ_UNIT}.vi.md</bdi>' in page
