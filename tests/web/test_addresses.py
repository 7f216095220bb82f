"""Addresses that pages lead to: each leads somewhere, and none is made that cannot be opened."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from tests.support.factories import COURSE, QUIZ, READ_UNIT
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]
EDITOR = f"/authoring/courses/{COURSE}/{READ_UNIT}/"
START = {
    "learner": "/",
    "trainer": "/authoring/",
    "province": "/reports/",
    None: "/",
}


def links(page: str) -> set[str]:
    """Return the addresses on this site that a page links to, without their fragments."""
    found = {unescape(link).split("#")[0] for link in re.findall(r'href="(/[^"]*)"', page)}
    return {link for link in found if link and not link.startswith("/static/")}


@pytest.mark.parametrize("username", START)
def test_every_link_on_every_page_leads_to_a_page(visit: Visit, username: str | None) -> None:
    visitor = visit(username)
    if username == "learner":
        visitor.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/")
    seen: set[str] = set()
    waiting = {START[username]}
    statuses = {}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = visitor.get(path)
        statuses[path] = answer.status_code
        if answer.mimetype == "text/html":
            waiting |= links(answer.text) - seen
    assert {path: status for path, status in statuses.items() if status not in (200, 303)} == {}
    assert len(seen) >= (2 if username is None else 6)


def test_a_text_in_a_language_that_has_none_yet_can_be_begun(visit: Visit) -> None:
    answer = visit("trainer").get(f"{EDITOR}?language=en")
    assert answer.status_code == 200
    assert f"{READ_UNIT}.en.md" in answer.text


@pytest.mark.parametrize("language", ["xx", "..", "vi/../../x", "VI"])
def test_a_text_in_an_unknown_language_does_not_exist(visit: Visit, language: str) -> None:
    trainer = visit("trainer")
    assert trainer.get(EDITOR, query_string={"language": language}).status_code == 404
    fields = {"source": "Một đoạn dài vừa gõ xong.", "language": language}
    answer = trainer.post(f"{EDITOR}draft", fields, page=EDITOR)
    assert answer.status_code == 404
    assert fields["source"] in answer.text


@pytest.mark.parametrize("slug", ["course", "media", "revisions", "Hoa", "có-dấu", "-a", "a" * 65, ""])
def test_no_unit_is_begun_under_a_name_that_has_no_page(visit: Visit, slug: str) -> None:
    trainer = visit("trainer")
    page = f"/authoring/courses/{COURSE}/"
    answer = trainer.post(f"{page}units", {"title": "Bài mới", "slug": slug}, page=page)
    assert answer.status_code == 422
    assert "Bài mới" not in trainer.get(page).text


def test_a_name_that_is_taken_is_refused(visit: Visit) -> None:
    trainer = visit("trainer")
    page = f"/authoring/courses/{COURSE}/"
    for deed, slug in (("units", READ_UNIT), ("quizzes", QUIZ)):
        answer = trainer.post(f"{page}{deed}", {"title": "Bài mới", "slug": slug}, page=page)
        assert answer.status_code == 422
    assert trainer.post(f"{page}units", {"title": "A", "slug": "moi"}, page=page).status_code == 303
    assert trainer.post(f"{page}units", {"title": "B", "slug": "moi"}, page=page).status_code == 409


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/sign-in", "/sign-in"),
        ("/sign-in/ma-cu", "/sign-in/ma-cu"),
        ("/assignments/", "/assignments/"),
        (f"{EDITOR}draft", EDITOR),
        (f"/courses/{COURSE}/enrollment", f"/courses/{COURSE}/"),
        (f"/quizzes/{QUIZ}/attempts", f"/quizzes/{QUIZ}/"),
        ("/account/password", "/account/"),
        ("/authoring/import", "/authoring/import"),
    ],
)
def test_a_refused_form_leads_back_to_its_page(visit: Visit, path: str, back: str) -> None:
    answer = visit("admin").client.post(path, data={"csrf_token": "cũ"})
    assert answer.status_code == 400
    assert f'<a class="button button-main" href="{back}">' in answer.text


def test_the_page_after_a_preview_keeps_the_language_of_the_text(visit: Visit) -> None:
    trainer = visit("trainer")
    opened = trainer.get(f"{EDITOR}?language=en").text
    address = re.search(r'formaction="([^"]*/preview[^"]*)"', opened)
    assert address
    fields = {"source": "---\ntitle: A unit\n---\n\nA text.\n", "language": "en"}
    preview = trainer.post(unescape(address.group(1)), fields, page=EDITOR)
    assert preview.status_code == 200
    assert unescape(hidden(preview.text, "next")) == f"{EDITOR}?language=en"
