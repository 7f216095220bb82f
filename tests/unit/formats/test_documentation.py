"""The examples of docs/quiz-format.md are read without a finding, and its table of presets is true."""

import re
from fractions import Fraction
from pathlib import Path

from learning.domain.content import PRESETS, Preset
from learning.domain.numbers import read_number, read_span
from learning.domain.questions.twins import check_twins
from learning.domain.wording import comparable
from learning.formats.course import parse_course
from learning.formats.quiz import parse_quiz
from learning.formats.quiz_settings import SETTING_KEYS, _entries
from learning.formats.unit import parse_unit

PAGE = (Path(__file__).parents[3] / "docs" / "quiz-format.md").read_text()
EXAMPLES = re.findall(r"^````markdown ?(\w*)\n(.*?)^````$", PAGE, re.DOTALL | re.MULTILINE)


def test_every_example_is_read_without_a_finding() -> None:
    readers = {"": parse_quiz, "unit": parse_unit, "course": parse_course}
    assert [kind for kind, _ in EXAMPLES] == ["", "", "", "unit", "unit", "course"]
    for kind, text in EXAMPLES:
        parsed = readers[kind](text.encode(), file="a", language="vi")
        assert parsed.value is not None
        assert parsed.diagnostics == ()


def test_the_example_and_its_twin_agree() -> None:
    original, twin = (parse_quiz(text.encode(), file="a", language="vi").value for _, text in EXAMPLES[:2])
    assert original is not None
    assert twin is not None
    assert check_twins(original, twin, "a") == []


def tables(heading: str) -> list[list[list[str]]]:
    """Return the cells of each table of a section, without its head."""
    section = re.split(r"^##+ ", PAGE.split(f"### {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    return [
        [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]] for table in found
    ]


def test_the_table_of_words_is_true() -> None:
    ((first, second, third),) = tables("Words")
    assert [row[0] for row in (first, second, third)] == ["none", "`case=exact`", "`accents=ignore`"]
    pairs = (("hòa", "hoà"), ("Hòa", "hòa"), ("đường", "duong"))
    for row, options in ((first, {}), (second, {"case": True}), (third, {"accents": False})):
        same = [comparable(one, **options) == comparable(other, **options) for one, other in pairs]
        assert [cell == "yes" for cell in row[1:]] == same
    for slip, word in (("qúy", "quý"), ("gìa", "già"), ("hòan", "hoàn")):
        assert f"`{slip}` is not `{word}`" in PAGE.replace("\n", " ")
        assert comparable(slip) != comparable(word)


def test_the_tables_of_numbers_are_true() -> None:
    written, typed = tables("Numbers")
    authored = [name for row in written for name in re.findall(r"`([^`]+)`", row[0])]
    assert len(authored) == 6
    assert all(read_span(name) for name in authored)
    assert len(typed) == 9
    for row in typed:
        cells = [row[1], row[2] if row[2] != "the same" else row[1]]
        for cell, language in zip(cells, ("vi", "en"), strict=True):
            names = re.findall(r"`([^`]+)`", row[0])
            values: list[Fraction | None] = [None] * len(names)
            if cell != "not read":
                told = [Fraction(number) for number in re.findall(r"-?[0-9.]+", cell.split(":")[0])]
                values = [*(told * len(names) if len(told) == 1 else told)]
            assert [read_number(name, language) for name in names] == values


def test_the_table_of_settings_has_every_key_and_the_presets_as_they_are() -> None:
    table = PAGE.split("### Settings of a quiz")[1].split("###")[0]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if "| `" in line[:3]
    ]
    named = [key for row in rows for key in re.findall(r"`(\w+)`", row[0])]
    assert sorted(named) == sorted(SETTING_KEYS)
    for keys, _, *shown in rows:
        (key, *_) = re.findall(r"`(\w+)`", keys)
        for preset, value in zip(Preset, shown, strict=True):
            everything = key.startswith("show_") and value == "all"
            expected = _entries(PRESETS[preset])[key] if key != "preset" else ""
            assert ("score, marks, answers, feedback" if everything else value) == expected
