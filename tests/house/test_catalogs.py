"""The check of the catalogs sees what is missing, stale, fuzzy, untranslated or unlike its text."""

import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError

from scripts.catalogs import (
    LANGUAGES,
    TRANSLATIONS,
    as_text,
    check,
    error_names,
    extract,
    faults,
    fill_plurals,
    parse,
    places,
    renewed,
)
from scripts.setup import ROOT

Text = str | tuple[str, ...]


def catalog(language: str, *entries: tuple[Text, Text]) -> Catalog:
    made = Catalog(locale=language, fuzzy=False)
    for message, translation in entries:
        made.add(message, translation)
    return made


UNITS = ("%(num)s unit", "%(num)s units")
TEMPLATE = catalog("en", ("Save", ""), ("%(done)s of <b>{name}</b>", ""), (UNITS, ("", "")))
WHOLE: dict[str, dict[Text, Text]] = {
    "vi": {
        "Save": "Lưu",
        "%(done)s of <b>{name}</b>": "<b>{name}</b>: %(done)s",
        UNITS: ("%(num)s chuyên đề",),
    },
    "en": {"Save": "", "%(done)s of <b>{name}</b>": "", UNITS: UNITS},
    "he": {
        "Save": "שמירה",
        "%(done)s of <b>{name}</b>": "<b>{name}</b>: %(done)s",
        UNITS: ("יחידה אחת", "%(num)s יחידות"),
    },
}


def found(language: str, changes: dict[Text, Text | None]) -> list[str]:
    """Return the faults of a catalog that is whole but for these changes; None takes an entry out."""
    entries = {**WHOLE[language], **changes}
    made = catalog(language, *((message, said) for message, said in entries.items() if said is not None))
    return list(faults(language, TEMPLATE, made))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_catalog_has_no_faults(language: str) -> None:
    assert found(language, {}) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"Save": None}, "missing: 'Save'"),
        ({"Old": "x"}, "stale: 'Old'"),
        ({"Save": "Save "}, "other spaces around it than its text: 'Save'"),
        ({"Save": "\nSave"}, "other spaces around it than its text: 'Save'"),
        ({"Save": "100 % Save"}, "a lone % sign: 'Save'"),
        ({"Save": "<b>Save</b>"}, "other elements than its text: 'Save'"),
        ({"Save": "{name}"}, "other places than its text: 'Save'"),
        (
            {"%(done)s of <b>{name}</b>": "<b>%(done)s</b>"},
            "other places than its text: '%(done)s of <b>{name}</b>'",
        ),
        (
            {"%(done)s of <b>{name}</b>": "%(don)s <b>{name}</b>"},
            "other places than its text: '%(done)s of <b>{name}</b>'",
        ),
        (
            {"%(done)s of <b>{name}</b>": "%(done)s <b>{name}<b>"},
            "other elements than its text: '%(done)s of <b>{name}</b>'",
        ),
    ],
)
def test_each_fault_is_found_in_each_language(
    language: str, changes: dict[Text, Text | None], fault: str
) -> None:
    assert found(language, changes) == [fault]


@pytest.mark.parametrize(
    ("language", "changes", "fault"),
    [
        ("vi", {"Save": ""}, "not translated: 'Save'"),
        ("he", {"Save": ""}, "not translated: 'Save'"),
        ("he", {UNITS: ("יחידה אחת", "")}, f"not translated: {UNITS!r}"),
        ("en", {UNITS: ("", "")}, f"a plural without its forms: {UNITS!r}"),
        ("he", {UNITS: ("יחידה אחת", "יחידות")}, f"other places than its text: {UNITS!r}"),
        ("vi", {UNITS: ("chuyên đề",)}, f"other places than its text: {UNITS!r}"),
        ("he", {UNITS: ("%(num)s יחידות",)}, f"1 forms: {UNITS!r}"),
        ("vi", {UNITS: ("%(num)s chuyên đề", "%(num)s chuyên đề")}, f"2 forms: {UNITS!r}"),
    ],
)
def test_each_form_of_a_plural_is_looked_at(
    language: str, changes: dict[Text, Text | None], fault: str
) -> None:
    assert found(language, changes) == [fault]


@pytest.mark.parametrize("language", ["vi", "he"])
def test_a_guessed_translation_is_a_fault(language: str) -> None:
    made = catalog(language, *WHOLE[language].items())
    guessed = made.get("Save")
    assert guessed is not None
    guessed.flags.add("fuzzy")
    assert list(faults(language, TEMPLATE, made)) == ["fuzzy: 'Save'"]


def test_a_header_with_the_plurals_of_another_language_is_a_fault() -> None:
    text = as_text(catalog("he", *WHOLE["he"].items())).replace(
        "nplurals=2; plural=(n != 1)", "nplurals=1; plural=0"
    )
    with pytest.raises(PoFileError):
        parse("he", text.encode())
    singular = [(message, said) for message, said in WHOLE["he"].items() if message != UNITS]
    text = as_text(catalog("he", *singular)).replace("nplurals=2; plural=(n != 1)", "nplurals=1; plural=0")
    assert list(faults("he", TEMPLATE, parse("he", text.encode()))) == [
        "the header says nplurals=1; plural=0;, the language has nplurals=2; plural=(n != 1);",
        f"missing: {UNITS!r}",
    ]


def test_english_plurals_are_filled_from_the_sources() -> None:
    made = catalog("en", ("Save", ""), (UNITS, ("", "")))
    fill_plurals(made)
    assert [message.string for message in made if message.id] == ["", UNITS]


def test_the_english_forms_of_a_new_plural_do_not_pass_for_a_translation() -> None:
    template = catalog("en", (UNITS, ("", "")))
    english = renewed("en", catalog("en"), template)
    assert english[UNITS[0]].string == UNITS
    hebrew = renewed("he", catalog("he"), template)
    assert hebrew[UNITS[0]].string == ("", "")


def test_the_check_fails_and_names_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(TRANSLATIONS, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("scripts.catalogs.TRANSLATIONS", tmp_path)
    check()
    before = capsys.readouterr().out
    hebrew = tmp_path / "he" / "LC_MESSAGES" / "messages.po"
    whole = hebrew.read_text(encoding="utf-8")
    for spoiled, fault in (
        (whole.replace('msgstr "שמירה"', 'msgstr "{name}"', 1), "he: other places than its text: 'Save'"),
        (whole.replace('msgstr "שמירה"', 'msgstr ""', 1), "he: not translated: 'Save'"),
        (whole.replace('msgid "Save"\n', 'msgid "Sawe"\n', 1), "he: stale: 'Sawe'"),
        (whole.replace("msgstr[1]", "msgstr[2]", 1), "he: line "),
    ):
        assert spoiled != whole
        hebrew.write_text(spoiled, encoding="utf-8")
        assert check() == 1
        assert fault in capsys.readouterr().out
        assert fault not in before
    hebrew.unlink()
    assert check() == 1
    assert "he: there is no catalog" in capsys.readouterr().out


def test_places_of_both_styles_are_seen() -> None:
    assert places("%(count)s of {name} {#id} and {50%}") == {"count", "name"}


def test_errors_and_templates_are_extracted() -> None:
    assert {"NotFound", "Refused", "Conflict"} <= error_names(ROOT / "learning")
    ids = {message.id for message in extract()}
    assert "This page does not exist, or it is not open to you." in ids


def test_the_file_carries_no_dates() -> None:
    assert "Date" not in as_text(TEMPLATE)
