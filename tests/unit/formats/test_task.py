"""The practical task in the text of a unit."""

from fractions import Fraction

import pytest

from learning.domain.content import UnitFile
from learning.domain.hand_marks import RubricLine
from learning.domain.task import Task
from learning.formats.bundle import check_bundle
from learning.formats.rendering import Renderer, fragments_of_unit
from learning.formats.unit import parse_unit
from tests.unit.formats.test_bundle import bundle

HEAD = "---\ntitle: Một\nminutes: 5\ncompletion: read and task\n---\n"
TASK = """Đọc trước.

## Nhiệm vụ **tuần này** {#task points=5}

Kiểm tra máy của mình.

> **Thang chấm:**
> - (2) Đủ *năm* máy
> - (3) Ghi lại việc đã làm,
>   từng máy một

> **Gợi ý:** Bắt đầu từ máy của mình.

> **Bài mẫu:** Năm máy đã xong.

> **Ghi chú:** Chỉ người chấm đọc.

### Cách làm

- từng máy

## Sau nhiệm vụ

Hết.
"""


def read(text: str, head: str = HEAD) -> UnitFile:
    parsed = parse_unit((head + text).encode(), file="a", language="vi")
    assert parsed.value is not None, parsed.diagnostics
    return parsed.value


def test_a_task_is_the_section_below_its_heading() -> None:
    unit = read(TASK)
    assert unit.task == Task(
        title="Nhiệm vụ **tuần này**",
        body="Kiểm tra máy của mình.\n\n> **Gợi ý:** Bắt đầu từ máy của mình.\n\n### Cách làm\n\n- từng máy",
        points=Fraction(5),
        rubric=(
            RubricLine("Đủ *năm* máy", Fraction(2)),
            RubricLine("Ghi lại việc đã làm,\ntừng máy một", Fraction(3)),
        ),
        model="Năm máy đã xong.",
        line=8,
    )


def test_learners_do_not_read_what_is_for_those_who_mark(renderer: Renderer) -> None:
    html = renderer.render(fragments_of_unit(read(TASK))).html
    for fragment in ("body", "task/body"):
        assert "Bắt đầu từ máy" in html[fragment]
        for hidden in ("Năm máy", "Chỉ người chấm", "Đủ <em>năm"):
            assert hidden not in html[fragment], (fragment, hidden)
    assert "Sau nhiệm vụ" in html["body"]
    assert "Sau nhiệm vụ" not in html["task/body"]
    assert "<em>năm</em>" in html["task/rubric/1"]
    assert "Năm máy" in html["task/model"]
    assert "Chỉ người chấm" not in "".join(html.values())


def test_labels_outside_the_task_and_in_code_are_text() -> None:
    text = "> **Thang chấm:**\n> - (2) a\n\n## b {#task}\n\n```\n> **Bài mẫu:** c\n```\n\n## d\n\n> **Bài mẫu:** e"
    unit = read(text)
    assert unit.body == text
    assert unit.task is not None
    assert (unit.task.rubric, unit.task.model, unit.task.points) == ((), "", 1)
    assert [line.points for line in unit.task.lines] == [1]


def test_a_task_without_points_is_worth_its_rubric() -> None:
    unit = read("### a {#task}\n\n> **Rubric:**\n> - (1.5) b\n> - (1) c\n")
    assert unit.task is not None
    assert unit.task.points == Fraction(5, 2)


def test_a_heading_in_code_is_no_task() -> None:
    assert read("```\n## a {#task}\n```", HEAD.replace("read and task", "read")).task is None


WITH = "---\ntitle: a\ncompletion: task\n---\n## b {{#task{}}}\n\n> **Thang chấm:**\n{}\n"
SLIPS = {
    "unknown setting": (WITH.format(" x=1", "> - (2) c"), (5, 13, "U012")),
    "setting twice": (WITH.format(" points=2 points=2", "> - (2) c"), (5, 22, "U012")),
    "setting that is none": (WITH.format(" points=hai", "> - (1) c"), (5, 13, "U012")),
    "empty line": (WITH.format("", "> - (2)"), (8, 6, "U023")),
    "no rubric": ("---\ntitle: a\ncompletion: task\n---\n## b {#task}\n", (5, 1, "U060")),
    "other sum": (WITH.format(" points=3", "> - (2) c"), (5, 1, "U061")),
    "line without points": (WITH.format("", "> - c\n> - (1) d"), (8, 5, "U061")),
    "line with what are none": (WITH.format("", "> - (hai) c\n> - (1) d"), (8, 6, "U061")),
    "too many lines": (WITH.format("", "> - (1) c\n" * 41), (1, 1, "U006")),
    "two tasks": (WITH.format("", "> - (1) c\n\n## d {#task}"), (10, 1, "U091")),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_are_told_with_their_place(slip: str) -> None:
    text, expected = SLIPS[slip]
    found = parse_unit(text.encode(), file="a", language="vi").diagnostics
    assert [(one.line, one.column, one.code) for one in found] == [expected]


ORIGINAL = HEAD.replace("read and task", "task") + (
    "## a {#task points=5}\n\n> **Thang chấm:**\n> - (2) b\n> - (3) c\n"
)
ENGLISH = "---\ntitle: One\n---\n## a {#task points=5}\n\n> **Rubric:**\n> - (2) b\n> - (3) c\n"
NO_TASK = "---\ntitle: One\n---\nx\n"
TWINS: dict[str, tuple[str, str, list[tuple[str, int, str, str]]]] = {
    "same": (ORIGINAL, ENGLISH, []),
    "not asked for": (
        ORIGINAL.replace("completion: task", "completion: read"),
        ENGLISH,
        [("vi", 6, "U094", "There is a task")],
    ),
    "missing": (ORIGINAL, NO_TASK, [("en", 1, "U080", "The task of `mot.vi.md` is missing")]),
    "added": (NO_TASK, ENGLISH, [("en", 1, "U080", "There is no task in `mot.vi.md`")]),
    "fewer lines": (
        ORIGINAL,
        ENGLISH.replace("> - (2) b\n> - (3) c", "> - (5) b"),
        [("en", 4, "U080", "The rubric has 1 lines, 2 in")],
    ),
    "other points": (
        ORIGINAL,
        ENGLISH.replace("points=5", "points=6").replace("(3)", "(4)"),
        [("en", 4, "U080", "The task has other points")],
    ),
    "other lines": (
        ORIGINAL,
        ENGLISH.replace("(2)", "(1)").replace("(3)", "(4)"),
        [("en", 4, "U080", "Line 1 of the rubric"), ("en", 4, "U080", "Line 2 of the rubric")],
    ),
}


@pytest.mark.parametrize("case", TWINS)
def test_twins_ask_for_the_same(case: str) -> None:
    vietnamese, english, expected = TWINS[case]
    changes: dict[str, str | None] = {
        "courses/lua-dao/mot.vi.md": vietnamese,
        "courses/lua-dao/mot.en.md": english,
    }
    found = [one for one in check_bundle(bundle(changes)) if "/mot." in one.file]
    assert [(one.file.split(".")[1], one.line, one.code) for one in found] == [one[:3] for one in expected]
    for one, (*_place, told) in zip(found, expected, strict=True):
        assert one.text().startswith(told)
