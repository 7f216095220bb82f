"""Templates are all in use; pages carry no inline code, no foreign address and no side of the screen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.architecture.directions import mixed_directions
from tests.architecture.pages import foreign_origins, inline_code, physical_properties, template_faults

ROOT = Path(__file__).resolve().parents[2]
Check = Callable[[str], Iterator[tuple[int, str]]]


def found_in(check: Check, folder: str, *patterns: str) -> list[str]:
    paths = sorted(path for pattern in patterns for path in (ROOT / folder).rglob(pattern))
    assert paths, f"nothing to look at in {folder}"
    return [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in paths
        for line, what in check(path.read_text(encoding="utf-8"))
    ]


def test_every_template_is_shown_and_every_shown_template_is_there() -> None:
    assert template_faults(ROOT / "learning", ROOT / "templates") == []


def test_every_template_compiles_with_our_filters_and_tests(app: Flask) -> None:
    names = app.jinja_env.list_templates()
    assert names
    for name in names:
        app.jinja_env.get_template(name)


def test_templates_have_no_inline_code() -> None:
    assert found_in(inline_code, "templates", "*.html") == []


def test_nothing_is_fetched_from_elsewhere() -> None:
    assert found_in(foreign_origins, "templates", "*.html") == []
    assert found_in(foreign_origins, "static", "*.css", "*.js", "*.svg", "*.webmanifest") == []


def test_texts_that_people_wrote_keep_their_direction_to_themselves() -> None:
    assert found_in(mixed_directions, "templates", "*.html") == []


def test_style_sheets_know_no_left_and_right() -> None:
    assert found_in(physical_properties, "static", "*.css") == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("<p>\n<script>alert(1)</script>", (2, "<script> without src")),
        ("<style>p {}</style>", (1, "<style>")),
        ('<p style="color: red">', (1, "style= on <p>")),
        ("<p {% if x %}\nclass=a{% endif %} onclick=go()>", (1, "onclick= on <p>")),
        ('<button disabled ONCLICK="go()">', (1, "onclick= on <button>")),
        ('<a href="javascript:go()">', (1, "javascript: in href=")),
    ],
)
def test_inline_code_is_found(source: str, what: tuple[int, str]) -> None:
    assert list(inline_code(source)) == [what]


@pytest.mark.parametrize(
    "source",
    [
        '<script type="module" src="{{ asset("js/site.js") }}"></script>',
        "{# <script>no</script> #}<p>once upon style=</p>",
        '<p class="style" data-on="x">{{ gettext("only > one") }}</p>',
    ],
)
def test_plain_pages_pass(source: str) -> None:
    assert list(inline_code(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        '<img src="https://cdn.example/x.png">',
        '<link href="//cdn.example/x.css">',
        "@import url(//cdn.example/x.css);",
        'import x from "http://cdn.example/x.js"',
        "new WebSocket('wss://live.example')",
    ],
)
def test_foreign_addresses_are_found(source: str) -> None:
    assert len(list(foreign_origins(source))) == 1


def test_names_of_vocabularies_and_comments_are_no_addresses() -> None:
    assert list(foreign_origins('<svg xmlns="http://www.w3.org/2000/svg"> // a comment')) == []


@pytest.mark.parametrize(
    ("css", "name"),
    [
        ("p { margin-left: 1em }", "margin-left"),
        ("p {\n  padding-right:0}", "padding-right"),
        ("p { border-left-color: red }", "border-left-color"),
        ("p { border-top-right-radius: 2px }", "border-top-right-radius"),
        ("p { left: 0 }", "left"),
        ("p { text-align: right; }", "text-align: right"),
        ("p { float:left }", "float:left"),
    ],
)
def test_sides_of_the_screen_are_found(css: str, name: str) -> None:
    assert [what for _line, what in physical_properties(css)] == [name]


def test_logical_properties_pass() -> None:
    css = "/* left: 0 */ p { margin-inline-start: 1em; inset-inline-end: 0; text-align: start } .left-over {}"
    assert list(physical_properties(css)) == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("<p>\n{{ person.name }}</p>", (2, "name")),
        ("<p><span>{{ page.title | safe }}</span></p>", (1, "title")),
        ('<p dir="auto"><b>{{ page.course_title }}</b></p>', (1, "course_title")),
        ("<td>{{ page.at | datetime }}</td>", (1, "datetime")),
        ("<p>{{ page.share | percent if page.share else '–' }}</p>", (1, "percent")),
        ("<p>{{ page.author or _('Somebody') }}</p>", (1, "author")),
        ("<bdi>{{ _('By %(name)s', name=row.author) }}</bdi>", (1, "author")),
        ("{% set title = _('Edit: %(title)s', title=page.title) %}", (1, "title")),
        (
            "{% set title = _('Edit: %(title)s', title=page.title | isolate) %}",
            (1, "isolate without plain=true"),
        ),
        ("{% call empty(_('Nothing by %(name)s.', name=page.author)) %}{% endcall %}", (1, "author")),
        ('<a aria-label="{{ _("To") }} {{ page.title }}">', (1, "title in aria-label=")),
        ('<a title="{{ page.title | isolate }}">', (1, "isolate without plain=true in title=")),
        ("<title>{{ page.title | isolate }}</title>", (1, "isolate without plain=true")),
        ("<p><bdi>{{ row.name }}</bdi>, {{ row.username }}</p>", (1, "username")),
        ('<tr><td dir="auto">{{ row.note }}</td></tr>', (1, "dir on <td>")),
        ('<a href="{{ row.url }}"{% if x %} rel="prev"{% endif %}>{{ row.name }}</a>', (1, "name")),
    ],
)
def test_texts_that_mix_directions_are_found(source: str, what: tuple[int, str]) -> None:
    assert list(mixed_directions(source)) == [what]


@pytest.mark.parametrize(
    "source",
    [
        "<p><bdi>{{ person.name }}</bdi></p>",
        '<h1 lang="vi" dir="ltr">{{ page.title }}</h1>',
        "<p>{{ _('Hello, %(name)s', name=actor.name | isolate) }}</p>",
        '<a aria-label="{{ page.title | isolate(plain=true) }}" href="/{{ page.slug }}/">{{ _("Next") }}</a>',
        "<select>{% for name in names %}<option{% if name == x %} selected{% endif %}>{{ name }}</option>{% endfor %}",
        "{{ crumbs([(page.url, page.course_title)]) }}{# {{ page.title }} #}",
        "<label>{{ field.label.text }}</label><p>{{ page.count | number }}</p>",
        '<input value="{{ page.title }}"><br><bdi>{{ page.title }}</bdi>',
        "<p>{% if page.author %}<bdi>{{ page.author }}</bdi>{% else %}{{ _('the system') }}{% endif %}</p>",
    ],
)
def test_texts_kept_apart_pass(source: str) -> None:
    assert list(mixed_directions(source)) == []


def plant(root: Path, templates: dict[str, str], source: str) -> list[str]:
    (root / "learning").mkdir()
    (root / "learning" / "views.py").write_text(source)
    for name, text in templates.items():
        path = root / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return template_faults(root / "learning", root / "templates")


def test_orphans_are_found_also_behind_each_other(tmp_path: Path) -> None:
    templates = {
        "layout/page.html": "{% import 'components/form.html' as form %}",
        "components/form.html": "",
        "study/unit.html": "{% extends 'layout/page.html' %}",
        "study/old.html": "{% include 'study/older.html' %}",
        "study/older.html": "",
    }
    faults = plant(tmp_path, templates, 'render_template("study/unit.html")')
    assert faults == ["study/old.html is shown by nobody", "study/older.html is shown by nobody"]


def test_absent_templates_are_found(tmp_path: Path) -> None:
    templates = {"errors/404.html": "{% extends 'layout/gone.html' %}"}
    faults = plant(tmp_path, templates, 'render(f"errors/{status}.html"); render("study/gone.html")')
    assert faults == [
        "study/gone.html is shown and does not exist",
        "errors/404.html names layout/gone.html, which does not exist",
    ]


def test_a_template_that_cannot_be_parsed_is_found(tmp_path: Path) -> None:
    assert plant(tmp_path, {"study/unit.html": "\n{% if %}"}, "")[0].startswith("line 2")
