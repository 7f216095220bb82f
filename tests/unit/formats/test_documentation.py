"""The examples of docs/quiz-format.md are read without a finding, and its table of presets is true."""

import re
from pathlib import Path

from learning.domain.content import PRESETS, Preset
from learning.domain.questions.twins import check_twins
from learning.formats.course import parse_course
from learning.formats.quiz import parse_quiz
from learning.formats.quiz_settings import SETTING_KEYS, _entries
from learning.formats.unit import parse_unit

PAGE = (Path(__file__).parents[3] / "docs" / "quiz-format.md").read_text()
EXAMPLES = re.findall(r"^````markdown ?(\w*)\n(.*?)^````$", PAGE, re.DOTALL | re.MULTILINE)


def test_every_example_is_read_without_a_finding() -> None:
    readers = {"": parse_quiz, "unit": parse_unit, "course": parse_course}
    assert [kind for kind, _ in EXAMPLES] == ["", "", "unit", "course"]
    for kind, text in EXAMPLES:
        parsed = readers[kind](text.encode(), file="a", language="vi")
        assert parsed.value is not None
        assert parsed.diagnostics == ()


def test_the_example_and_its_twin_agree() -> None:
    original, twin = (parse_quiz(text.encode(), file="a", language="vi").value for _, text in EXAMPLES[:2])
    assert original is not None
    assert twin is not None
    assert check_twins(original, twin, "a") == []


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
