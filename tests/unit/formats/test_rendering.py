"""Markdown comes out as safe, accessible HTML, and a hostile text costs a process but never the caller."""

import contextlib
import html
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from learning.formats.rendering import Renderer, RenderFailed, RenderRefused, RenderTimeout


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer()
    yield renderer
    renderer.close()


def body(renderer: Renderer, source: str, **options: Any) -> str:
    return renderer.render({"body": source}, **options).html["body"]


def test_headings_have_vietnamese_slugs_and_make_the_contents(renderer: Renderer) -> None:
    rendered = renderer.render({"body": "## Đọc đường dẫn\n\n### Hỏi & đáp\n\n## Đọc đường dẫn"})
    assert [(h.id, h.title, h.level) for h in rendered.toc] == [
        ("s-doc-duong-dan", "Đọc đường dẫn", 2),
        ("s-hoi-dap", "Hỏi & đáp", 3),
        ("s-doc-duong-dan_1", "Đọc đường dẫn", 2),
    ]
    assert '<h2 id="s-doc-duong-dan">' in rendered.html["body"]


def test_a_heading_of_the_first_level_moves_all_down_because_the_page_has_its_own(renderer: Renderer) -> None:
    made = body(renderer, "# Một\n\n## Hai")
    assert "<h2" in made
    assert "<h3" in made
    assert "<h1" not in made


def test_headings_inside_a_question_stand_below_the_question(renderer: Renderer) -> None:
    made = renderer.render({"q/a/body": "# Một"}).html["q/a/body"]
    assert made.startswith("<h3")


def test_ids_get_a_prefix_so_that_they_cannot_stand_for_an_element_of_the_page(renderer: Renderer) -> None:
    made = body(renderer, "## csrf_token {#csrf_token}\n\n[lên](#csrf_token) và[^1]\n\n[^1]: nguồn")
    assert 'id="csrf_token"' not in made
    assert 'id="s-csrf_token"' in made
    assert 'href="#s-csrf_token"' in made
    assert 'id="s-fn:1"' in made
    assert 'href="#s-fn:1"' in made
    assert 'href="#s-fnref:1"' in made


def test_fragments_of_one_page_do_not_share_ids(renderer: Renderer) -> None:
    made = renderer.render({"q/a/body": "x[^1]\n\n[^1]: y", "q/b/body": "x[^1]\n\n[^1]: y"}).html
    assert 'id="s-q-a-body-fn:1"' in made["q/a/body"]
    assert 'id="s-q-b-body-fn:1"' in made["q/b/body"]


def test_a_choice_has_no_paragraph_around_it_but_a_choice_of_two_paragraphs_has(renderer: Renderer) -> None:
    made = renderer.render({"q/a/choice/1": "một **hai**", "q/a/choice/2": "một\n\nhai", "intro": "một"}).html
    assert made["q/a/choice/1"] == "một <strong>hai</strong>"
    assert made["q/a/choice/2"].count("<p>") == 2
    assert made["intro"] == "<p>một</p>"


def test_an_empty_fragment_is_an_empty_text(renderer: Renderer) -> None:
    assert renderer.render({"intro": " \n"}).html == {"intro": ""}


def test_tables_scroll_in_a_region_that_the_keyboard_reaches_and_have_no_inline_style(
    renderer: Renderer,
) -> None:
    made = body(renderer, "| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert 'class="table-scroll"' in made
    assert 'tabindex="0"' in made
    assert 'role="region"' in made
    assert 'aria-label="Bảng 1"' in made
    assert '<td class="align-right">2</td>' in made
    assert "style=" not in made
    assert 'aria-label="Table 1"' in body(renderer, "| a |\n|--|\n| 1 |", language="en")


@pytest.mark.parametrize("indentation", [2, 3, 4])
def test_lists_nest_with_two_spaces_as_with_four(renderer: Renderer, indentation: int) -> None:
    made = body(renderer, f"- một\n{' ' * indentation}- hai\n{' ' * indentation}- ba\n- bốn")
    assert made.replace("\n", "") == "<ul><li>một<ul><li>hai</li><li>ba</li></ul></li><li>bốn</li></ul>"


def test_a_list_may_follow_a_line_of_text_and_a_list_of_another_kind(renderer: Renderer) -> None:
    made = body(renderer, "Các bước:\n- một\n1. hai")
    assert made.replace("\n", "") == "<p>Các bước:</p><ul><li>một</li></ul><ol><li>hai</li></ol>"


@pytest.mark.parametrize("source", ["> Chú ý:\n> - một", "!!! note\n    Chú ý:\n    - một"])
def test_the_same_holds_inside_quotes_and_callouts(renderer: Renderer, source: str) -> None:
    assert "<li>một</li>" in body(renderer, source)


@pytest.mark.parametrize(
    "source",
    ['!!! warning "Cảnh báo"\n    Nội dung', "!!! warning\n    Nội dung", "> [!WARNING]\n> Nội dung"],
)
def test_callouts_have_a_title_in_the_language_of_the_text(renderer: Renderer, source: str) -> None:
    made = body(renderer, source)
    assert '<div class="admonition warning">' in made
    assert '<p class="admonition-title">Cảnh báo</p>' in made
    assert "<p>Nội dung</p>" in made


def test_a_check_list_is_told_to_a_screen_reader_and_has_no_form_field(renderer: Renderer) -> None:
    made = body(renderer, "- [ ] gọi lại\n- [x] báo công an")
    assert 'aria-label="chưa làm"' in made
    assert 'aria-label="đã làm"' in made
    assert "<input" not in made


def test_pictures_come_from_the_media_of_the_course_and_are_loaded_late(renderer: Renderer) -> None:
    made = body(renderer, "![Ảnh chụp](media/a.png)", media_base="/courses/lua-dao/media/")
    assert made == '<p><img alt="Ảnh chụp" loading="lazy" src="/courses/lua-dao/media/a.png"></p>'


@pytest.mark.parametrize(
    "target", ["https://evil.example/a.png", "//evil.example/a.png", "media/../../a.png", "a.svg", "data:,x"]
)
def test_other_pictures_leave_only_their_description(renderer: Renderer, target: str) -> None:
    made = body(renderer, f"![mô tả]({target})")
    assert "<img" not in made
    assert "mô tả" in made


def test_sound_and_film_become_players(renderer: Renderer) -> None:
    made = body(renderer, "![Nghe](media/a.mp3) ![Xem](media/b.mp4)")
    assert '<audio aria-label="Nghe" controls' in made
    assert '<video aria-label="Xem" controls' in made


def test_links_to_other_sites_do_not_hand_over_the_page(renderer: Renderer) -> None:
    made = body(renderer, "[a](https://a.example) [b](unit/) <c@d.example>")
    assert '<a href="https://a.example" rel="noopener noreferrer">' in made
    assert '<a href="unit/">' in made
    assert "mailto:" in html.unescape(made)


def test_links_can_be_left_out(renderer: Renderer) -> None:
    assert "<a" not in body(renderer, "[a](https://a.example)", strip_links=True)


def test_bait_addresses_stay_text(renderer: Renderer) -> None:
    assert body(renderer, "hxxp://bait.example/x") == "<p>hxxp://bait.example/x</p>"


CODE_SAMPLES = [
    "<script>alert('x')</script>",
    "if a < b && c > d:\n\treturn {**x}  # tab and trailing  ",
    "[[= gap]] {{ jinja }} {% raw %} ${js} {#id}",
    "- [x] not a choice\n  > not a comment\n\n\n## not a question",
    "Đường dẫn: https://dichvucong.gov.vn.xac-minh.example/?a=1&amp;b=2",
    "~~~\n> [!NOTE]\n!!! note",
    "1. a\n- b\n    - c\n: d\n| e |",
    r"C:\Users\canbo\*.doc \[ \` \\",
    "*a* _b_ **c** ==d== ++e++ ~f~ [^1] ![x](y)",
    "\x22'&lt;&#39;",
]


@pytest.mark.parametrize("code", CODE_SAMPLES)
def test_code_blocks_keep_every_letter(renderer: Renderer, code: str) -> None:
    made = body(renderer, f"Trước:\n\n````text\n{code}\n````\n\nSau.")
    inside = made.split('<code class="language-text">')[1].split("</code>")[0]
    assert html.unescape(inside).rstrip("\n") == code.rstrip("\n")


@pytest.mark.parametrize("code", ["<b>", "a && b", "{{x}}", "[[x]]", "**x**", "&amp;", "C:\\a\\b", "{#id}"])
def test_code_spans_keep_every_letter(renderer: Renderer, code: str) -> None:
    assert html.unescape(body(renderer, f"Gõ `{code}` nhé")) == f"<p>Gõ <code>{code}</code> nhé</p>"


def test_code_blocks_stand_in_lists(renderer: Renderer) -> None:
    made = body(renderer, "- một\n  ```text\n  a\n    b\n  ```\n- hai")
    assert "a\n  b" in made
    assert made.count("<li>") == 2


def test_raw_html_is_shown_as_text(renderer: Renderer) -> None:
    made = body(renderer, 'Thẻ <b onclick="x()">đậm</b>\n\n<div>khối</div>')
    assert "&lt;b" in made
    assert "&lt;div&gt;khối" in made
    assert "<b" not in made
    assert "<div" not in made


# Inputs that are slow or deep in Python-Markdown; sizes that the reader of files still lets pass.
HOSTILE = {
    "brackets": "[" * 3_000,
    "balanced": "[" * 1_500 + "]" * 1_500,
    "images": "![" * 2_000,
    "links": "[a](" * 1_500,
    "references": "[a][" * 1_500,
    "angle": "[a](<b " * 1_500,
    "footnotes": "[^a" * 1_500,
    "citations": "[^1] " * 1_500 + "\n\n[^1]: x",
    "setext": "a\n=\n" * 2_000,
    "attributes": '# a {: b="' * 1_000,
    "tags": "<a " * 3_000,
    "cdata": "<![CDATA[" * 1_000,
    "stars": "* " * 1_000 + "a",
    "numbers": "1. " * 1_000 + "a",
    "glossary": "a\n: b\n" * 1_000,
    "quotes": "> " * 900 + "a",
    "quotes_deep": ">" * 20_000,
    "nested": "\n".join("  " * n + "- a" for n in range(300)),
    "emphasis": "*a **b " * 2_000,
    "backticks": "`a ``b " * 2_000,
    "table": "| " + "`\\| " * 2_000 + "|\n|--|\n| a |",
    "keys": "++a" * 2_000,
    "marks": "==a" * 2_000,
    "tildes": "~a~~b" * 2_000,
    "entities": "&#" * 5_000,
    "callouts": "\n".join("    " * n + "!!! note" for n in range(60)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_rendered_or_refused_in_time(name: str) -> None:
    renderer = Renderer(timeout_seconds=2.5)
    started = time.monotonic()
    with contextlib.suppress(RenderRefused):
        renderer.render({"body": HOSTILE[name]})
    assert time.monotonic() - started < 30
    assert renderer.render({"body": "a"}).html["body"] == "<p>a</p>"
    renderer.close()


def test_a_slow_text_ends_the_process_and_the_next_starts_another() -> None:
    renderer = Renderer(timeout_seconds=2)
    renderer.render({"body": "a"})
    first = renderer.process_id
    assert first is not None
    with pytest.raises(RenderTimeout) as refusal:
        renderer.render({"body": "[" * 20_000})
    assert refusal.value.diagnostic("a.vi.md", "unit").code == "U007"
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert renderer.render({"body": "b"}).html["body"] == "<p>b</p>"
    assert renderer.process_id != first
    renderer.close()


def test_nesting_too_deep_is_refused_and_the_process_lives_on(renderer: Renderer) -> None:
    renderer.render({"body": "a"})
    process = renderer.process_id
    with pytest.raises(RenderFailed):
        body(renderer, "* " * 600 + "a")
    assert renderer.process_id == process


def test_a_process_that_died_is_replaced(renderer: Renderer) -> None:
    renderer.render({"body": "a"})
    assert renderer.process_id is not None
    os.kill(renderer.process_id, 9)
    # It may die before or in the middle of the next request: refused at most once, never stuck.
    for _ in range(2):
        try:
            made = body(renderer, "b")
        except RenderFailed:
            continue
    assert made == "<p>b</p>"


def test_a_text_that_is_too_large_is_refused_without_asking(renderer: Renderer) -> None:
    with pytest.raises(RenderFailed):
        body(renderer, "a" * 3_000_000)


def test_many_threads_share_one_process(renderer: Renderer) -> None:
    made = {}

    def render(number: int) -> None:
        made[number] = body(renderer, f"số {number}")

    threads = [threading.Thread(target=render, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == {number: f"<p>số {number}</p>" for number in range(20)}


def test_a_forked_child_starts_its_own_process_and_leaves_the_parents_alone(renderer: Renderer) -> None:
    renderer.render({"body": "a"})
    process = renderer.process_id
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        made = body(renderer, "con")
        os.write(writing, f"{made} {renderer.process_id}".encode())
        renderer.close()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text, number = pipe.read().rsplit(" ", 1)
    os.waitpid(child, 0)
    assert text == "<p>con</p>"
    assert int(number) != process
    assert body(renderer, "cha") == "<p>cha</p>"
    assert renderer.process_id == process


def test_the_process_gets_no_environment_of_ours(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    fresh = Renderer()
    fresh.render({"body": "a"})
    with open(f"/proc/{fresh.process_id}/environ", "rb") as file:  # noqa: PTH123
        assert b"SECRET_KEY" not in file.read()
    fresh.close()


@pytest.mark.parametrize(
    "after", ["> trích\n> - một", "!!! note\n    Chú ý:\n    - một", "## Tiêu đề\n- một"]
)
def test_what_follows_a_list_at_the_margin_is_not_part_of_it(renderer: Renderer, after: str) -> None:
    made = body(renderer, f"- hai\n{after}")
    assert made.startswith("<ul>\n<li>hai</li>\n</ul>\n<")
    assert "<li>một</li>" in made
