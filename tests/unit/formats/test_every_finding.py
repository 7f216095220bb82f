"""Every finding there is has an example with its file and its place.

The slips that quizzes, units and courses have in common are made in each of them here; those of one kind of file
stand in the tables of their own tests. The last test holds all of them against the table of messages.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from learning.domain.diagnostics import MESSAGES, Diagnostic
from learning.formats.bundle import Bundle, check_bundle, place_of
from learning.formats.rendering import RenderFailed, RenderTimeout
from tests.unit.formats.test_inline_answers import SLIPS as INLINE_SLIPS
from tests.unit.formats.test_quiz import SLIPS as QUIZ_SLIPS
from tests.unit.formats.test_rubrics import SLIPS as RUBRIC_SLIPS
from tests.unit.formats.test_task import SLIPS as TASK_SLIPS
from tests.unit.formats.test_unit_and_course import COURSE_SLIPS, UNIT_SLIPS

Key = tuple[str, str]
PATHS = {
    "Q": "quizzes/lua-dao/thu.vi.quiz.md",
    "U": "courses/lua-dao/mot.vi.md",
    "C": "courses/lua-dao/course.vi.md",
}
# The title stands in line 2, what is added to the head in line 4, the text below it in line 6.
FILES = {
    "Q": "---\ntitle: Thử\npass: 50%\n{head}---\n{text}\n\n## a {{#a}}\n- [x] một\n- [ ] hai\n",
    "U": "---\ntitle: Một\nminutes: 5\n{head}---\n{text}\n",
    "C": "---\ntitle: Lừa đảo\nunits: mot\n{head}---\n{text}\n",
}
OK = "summary: x\n"  # a key that each of them knows
SHARED: dict[Key, tuple[str, str, tuple[int, int]]] = {
    ("002", ""): (OK, "a\u200bb", (6, 2)),
    ("002", "nfd"): (OK, "cau\u0301", (6, 3)),
    ("003", ""): ("một dòng\n", "", (4, 1)),
    ("004", "unknown"): ("xyz: 1\n", "", (4, 1)),
    ("004", "suggestion"): ("sumary: a\n", "", (4, 1)),
    ("004", "duplicate"): ("title: b\n", "", (4, 1)),
    ("004", "empty"): ("summary:\n", "", (4, 9)),
    ("005", ""): (OK, "```\nx", (6, 1)),
    ("006", "line"): (OK, "a" * 2_001, (1, 1)),
    ("006", "brackets"): (OK, "[" * 51, (1, 1)),
    ("006", "unclosed"): (OK, "[a " * 401, (1, 1)),
    ("006", "nesting"): (OK, "- " * 21 + "a", (1, 1)),
    ("006", "footnote"): (OK, "[^1] x\n" * 201, (1, 1)),
    ("051", "alt"): (OK, "a ![](media/a.png)", (6, 3)),
    ("051", "missing"): (OK, "a ![b](media/b.png)", (6, 3)),
    ("051", "remote"): (OK, "a ![b](https://b.example/b.png)", (6, 3)),
    ("051", "path"): (OK, "a ![b](../b.png)", (6, 3)),
    ("052", ""): (OK, "a <br>", (6, 3)),
}
WHOLE = {
    ("001", ""): "title: a".encode("utf-16"),
    ("003", "unclosed"): b"---\ntitle: a\n",
    ("006", "bytes"): b"a" * (256 * 1024 + 1),
}
VALUES = {
    "Q": ("preset: tets\n", (4, 9)),
    "U": ("completion: raed\n", (4, 13)),
    "C": ("open: yess\n", (4, 7)),
}


def lint(family: str, source: bytes) -> list[Diagnostic]:
    """Return what is said of a file among the others of its course."""
    whole = {key: FILES[key].format(head=OK, text="") for key in FILES}
    texts = {PATHS[key]: text.encode() for key, text in whole.items()} | {PATHS[family]: source}
    files = [place_of(path, data) for path, data in {**texts, "courses/lua-dao/media/a.png": b""}.items()]
    found = check_bundle(Bundle(tuple(file for file in files if file is not None)))
    return [one for one in found if one.file == PATHS[family]]


def made(family: str, cause: Key) -> bytes:
    head, text, _place = SHARED[cause]
    return FILES[family].format(head=head, text=text).encode()


def keys_of(found: Iterable[Diagnostic]) -> Iterator[Key]:
    for one in found:
        yield from (
            key for key, message in MESSAGES.items() if (key[0], message.text) == (one.code, one.message)
        )


@pytest.mark.parametrize("family", FILES)
@pytest.mark.parametrize("cause", SHARED, ids="-".join)
def test_a_slip_that_all_files_share_is_told_in_each_at_its_place(family: str, cause: Key) -> None:
    number, variant = cause
    found = lint(family, made(family, cause))
    places = [(one.line, one.column) for one in found if (family + number, variant) in keys_of([one])]
    assert places == [SHARED[cause][2]]


@pytest.mark.parametrize("family", FILES)
@pytest.mark.parametrize("cause", WHOLE, ids="-".join)
def test_what_concerns_a_whole_file_is_told_in_its_first_line(family: str, cause: Key) -> None:
    number, variant = cause
    found = lint(family, WHOLE[cause])
    assert [(one.line, one.column) for one in found if (family + number, variant) in keys_of([one])] == [
        (1, 1)
    ]


@pytest.mark.parametrize("family", FILES)
def test_a_value_that_is_nearly_one_is_told_with_what_was_meant(family: str) -> None:
    head, place = VALUES[family]
    (found,) = lint(family, FILES[family].format(head=head, text="").encode())
    assert list(keys_of([found])) == [(f"{family}004", "value_suggestion")]
    assert (found.line, found.column) == place


@pytest.mark.parametrize(("kind", "family"), [("quiz", "Q"), ("unit", "U"), ("course", "C")])
def test_what_cannot_be_displayed_is_told_in_the_first_line(kind: str, family: str) -> None:
    for refusal in (RenderTimeout(), RenderFailed()):
        found = refusal.diagnostic(PATHS[family], kind)
        assert list(keys_of([found])) == [(f"{family}007", refusal.variant)]
        assert (found.line, found.column) == (1, 1)


@pytest.mark.parametrize("family", ["U", "C"])
def test_a_key_that_is_missing_is_told_in_the_first_line(family: str) -> None:
    text = FILES[family].format(head="", text="")
    (found,) = lint(family, text.replace(text.split("\n")[1] + "\n", "").encode())
    assert list(keys_of([found])) == [(f"{family}004", "missing")]
    assert (found.line, found.column) == (1, 1)


# What only several files show, what an archive may hide, and what an earlier text had: tests of their own.
ELSEWHERE = {
    "B": ("unit/formats/test_bundle.py", "unit/formats/test_pictures.py"),
    "Q080": ("unit/domain/test_twins.py", "unit/formats/test_inline_answers.py"),
    "Q014": ("integration/test_courses.py",),
    "Q090": ("unit/formats/test_bundle.py",),
    "U080": ("unit/formats/test_task.py",),
    "U092": ("unit/formats/test_bundle.py",),
    "U093": ("unit/formats/test_bundle.py",),
    "U094": ("unit/formats/test_task.py",),
    **dict.fromkeys(("C090", "C092", "C093", "C094", "C095"), ("unit/formats/test_bundle.py",)),
}
TESTS = Path(__file__).parents[2]


@pytest.mark.parametrize("code", sorted({c for c, _ in MESSAGES if c.startswith(tuple(ELSEWHERE))}))
def test_what_is_tested_elsewhere_is_named_there(code: str) -> None:
    files = next(files for start, files in ELSEWHERE.items() if code.startswith(start))
    assert any(f'"{code}"' in (TESTS / file).read_text() for file in files)


def test_every_message_has_an_example() -> None:
    texts: list[tuple[str, bytes]] = [
        *((family, made(family, cause)) for family in FILES for cause in SHARED),
        *((family, source) for family in FILES for source in WHOLE.values()),
        *(
            (family, FILES[family].format(head=head, text="").encode())
            for family, (head, _at) in VALUES.items()
        ),
        *(
            ("Q", text.encode())
            for slips in (QUIZ_SLIPS, INLINE_SLIPS, RUBRIC_SLIPS)
            for text, _place in slips.values()
        ),
        *(("U", text.encode()) for slips in (UNIT_SLIPS, TASK_SLIPS) for text, _place in slips.values()),
        *(("C", text.encode()) for text, _place, _remedy in COURSE_SLIPS.values()),
    ]
    shown = {key for family, source in texts for key in keys_of(lint(family, source))}
    left = {key for key in MESSAGES if key not in shown and not key[0].startswith(tuple(ELSEWHERE))}
    left -= {("U004", "missing"), ("C004", "missing")}
    left -= {(f"{family}004", "twin") for family in FILES}  # test_bundle.py
    left -= {(f"{family}007", variant) for family in FILES for variant in ("timeout", "failed")}
    assert left == set()
