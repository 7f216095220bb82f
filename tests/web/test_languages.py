"""Each page speaks the language of its request, whoever asked before in which."""

from collections.abc import Callable
from itertools import permutations

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale, gettext, ngettext
from markupsafe import escape

from tests.support.factories import COURSE, READ_UNIT
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
LANGUAGES = ("vi", "en", "he")
UNIT = f"/courses/{COURSE}/{READ_UNIT}/"


@pytest.mark.parametrize("order", list(permutations(LANGUAGES)), ids="-".join)
def test_a_page_speaks_one_language_whichever_was_asked_for_before(
    world: Flask, visit: Visit, order: tuple[str, ...]
) -> None:
    learner = visit("learner")
    for language in (*order, order[0]):
        page = learner.get(f"{UNIT}?lang={language}").text
        with force_locale(language):
            fixed = gettext("Mark as done")
            with_places = gettext("Unit %(position)s of %(total)s", position=1, total=3)
            counted = ngettext("%(num)s minute", "%(num)s minutes", 5)
        for text in (fixed, with_places, counted):
            assert str(escape(text)) in page, (language, text)
        assert f'<html lang="{language}"' in page


def test_a_percent_sign_of_a_fixed_text_is_written_once(world: Flask) -> None:
    with world.test_request_context("/?lang=en"):
        assert render_template_string("{{ _('all 100%% of it') }}") == "all 100% of it"


def test_a_fixed_text_is_markup_only_where_the_template_escapes(world: Flask) -> None:
    with world.test_request_context("/?lang=en"):
        assert render_template_string("{{ _('a <b>word</b>') }}") == "a <b>word</b>"
        assert render_template_string("{{ _('a %(what)s', what='<b>') }}") == "a &lt;b&gt;"


@pytest.mark.parametrize("language", ["xx", "VI", "vi-VN", "", "../he", "\u202e", "x" * 3000])
def test_an_unknown_language_leaves_the_page_as_it_was(visit: Visit, language: str) -> None:
    learner = visit("learner")
    assert '<html lang="en"' in learner.get(f"{UNIT}?lang=en").text
    answer = learner.get(UNIT, query_string={"lang": language})
    assert answer.status_code == 200
    assert '<html lang="vi" dir="ltr"' in answer.text
    refused = learner.post("/account/language", {"language": language, "next": UNIT}, page=UNIT)
    assert refused.status_code == 303
    assert "language=" not in refused.headers.get("Set-Cookie", "")
    learner.client.set_cookie("language", "xx")
    assert '<html lang="vi" dir="ltr"' in learner.get(UNIT).text
