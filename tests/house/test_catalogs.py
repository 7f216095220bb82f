"""The check of the catalogs sees what is missing, stale, fuzzy, untranslated or has lost its places."""

import pytest
from babel.messages.catalog import Catalog

from scripts.catalogs import as_text, error_names, extract, faults, places
from scripts.setup import ROOT


def catalog(language: str, *entries: tuple[str, str]) -> Catalog:
    made = Catalog(locale=language, fuzzy=False)
    for message, translation in entries:
        made.add(message, translation)
    return made


TEMPLATE = catalog("en", ("Save", ""), ("%(count)s units", ""))


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([("Save", "Lưu")], "missing: '%(count)s units'"),
        ([("Save", "Lưu"), ("%(count)s units", "%(count)s chuyên đề"), ("Old", "Cũ")], "stale: 'Old'"),
        ([("Save", ""), ("%(count)s units", "%(count)s chuyên đề")], "not translated: 'Save'"),
        (
            [("Save", "Lưu"), ("%(count)s units", "chuyên đề")],
            "other places than its text: '%(count)s units'",
        ),
    ],
)
def test_faults_of_the_vietnamese_catalog_are_found(entries: list[tuple[str, str]], fault: str) -> None:
    assert list(faults("vi", TEMPLATE, catalog("vi", *entries))) == [fault]


def test_a_guessed_translation_is_a_fault() -> None:
    made = catalog("vi", ("Save", "Lưu"), ("%(count)s units", "%(count)s chuyên đề"))
    guessed = made.get("Save")
    assert guessed is not None
    guessed.flags.add("fuzzy")
    assert list(faults("vi", TEMPLATE, made)) == ["fuzzy: 'Save'"]


def test_english_may_be_empty_and_hebrew_may_lag() -> None:
    assert list(faults("en", TEMPLATE, catalog("en", ("Save", ""), ("%(count)s units", "")))) == []
    assert list(faults("he", TEMPLATE, catalog("he"))) == []


def test_places_of_both_styles_are_seen() -> None:
    assert places(("%(count)s of {name}", "{#id} and {50%}")) == {"count", "name"}


def test_errors_and_templates_are_extracted() -> None:
    assert {"NotFound", "Refused", "Conflict"} <= error_names(ROOT / "learning")
    ids = {message.id for message in extract()}
    assert "This page does not exist, or it is not open to you." in ids


def test_the_file_carries_no_dates() -> None:
    assert "Date" not in as_text(TEMPLATE)
