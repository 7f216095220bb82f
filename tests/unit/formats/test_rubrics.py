"""Texts that a person marks: the rubric read from its quote, told when it slips, written back."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.content import QuizFile
from learning.domain.hand_marks import RubricLine
from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.model import WordRange
from learning.domain.questions.twins import check_twins
from learning.formats.quiz import parse_quiz, write_quiz
from learning.formats.text import Parsed

HEAD = "## Viết {#viet type=essay points=3}\n\nViết đi.\n\n"
RUBRIC = HEAD + "> **Thang chấm:**\n"


def parse(text: str) -> Parsed[QuizFile]:
    return parse_quiz(text.encode(), file="a", language="vi")


def found(text: str) -> list[tuple[int, int, str]]:
    return [(d.line, d.column, d.code) for d in parse(text).diagnostics]


def essay(text: str) -> EssayAnswer:
    parsed = parse(text)
    assert parsed.value is not None, [one.line_of_text() for one in parsed.diagnostics]
    answer = parsed.value.questions[0].answer
    assert isinstance(answer, EssayAnswer)
    return answer


def test_a_rubric_is_its_lines_with_their_points() -> None:
    text = RUBRIC + "> Chấm theo từng ý.\n> - (1.5) Nêu **đủ** ý,\n>   kể cả ý phụ\n> * (1.5) Gọn\n"
    assert essay(text).rubric == (
        RubricLine("Nêu **đủ** ý,\nkể cả ý phụ", Fraction(3, 2)),
        RubricLine("Gọn", Fraction(3, 2)),
    )


@pytest.mark.parametrize(
    ("written", "words"),
    [("80..200", WordRange(80, 200)), ("..200", WordRange(None, 200)), ("80..", WordRange(80, None))],
)
def test_a_range_of_words_may_be_open(written: str, words: WordRange) -> None:
    text = RUBRIC.replace("points=3", f"points=3 words={written}") + "> - (3) Đủ\n"
    assert essay(text).words == words


def test_a_rubric_of_another_type_is_a_quote() -> None:
    text = "## a {#a}\n- [x] một\n- [ ] hai\n\n> **Thang chấm:**\n> - không có điểm\n"
    assert found(text) == []


def test_an_essay_is_worth_its_rubric_unless_it_says_else() -> None:
    text = RUBRIC.replace(" points=3", "") + "> - (1.5) Một\n> - (2) Hai\n"
    assert found(text) == []
    quiz = parse(text).value
    assert quiz is not None
    assert quiz.questions[0].points == Fraction(7, 2)


SLIPS = {
    "too many points": (RUBRIC.replace(" points=3", "") + "> - (1000) Một\n> - (1) Hai\n", (1, 1, "Q061")),
    "none": (HEAD, (1, 1, "Q060")),
    "no list": (RUBRIC + "> Ba điểm cho bài hay.\n", (1, 1, "Q060")),
    "sum": (RUBRIC + "> - (2) Một\n> - (2) Hai\n", (1, 1, "Q061")),
    "no points": (RUBRIC + "> - (3) Một\n> - Hai\n", (7, 5, "Q061")),
    "points in words": (RUBRIC + "> - (3) Một\n> - (hai) Hai\n", (7, 6, "Q061")),
    "decimal comma": (RUBRIC + "> - (1.5) Một\n> - (1,5) Hai\n", (7, 6, "Q061")),
    "too many lines": (RUBRIC + "> - (1) Một\n" * 41, (1, 1, "Q006")),
    "empty line": (RUBRIC + "> - (3)\n", (6, 6, "Q023")),
    "words backwards": (RUBRIC.replace("points=3", "points=3 words=9..1") + "> - (3) Một\n", (1, 1, "Q012")),
    "words without number": (
        RUBRIC.replace("points=3", "points=3 words=..") + "> - (3) Một\n",
        (1, 1, "Q012"),
    ),
    "words of another type": ("## a {#a words=1..2}\n- [x] một\n- [ ] hai\n", (1, 10, "Q012")),
    "choices": (HEAD + "- [x] một\n- [ ] hai\n", (1, 16, "Q022")),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_at_its_place(name: str) -> None:
    text, place = SLIPS[name]
    assert place in found(text)


TWIN = "> - (2) Một\n> - (1) Hai\n"


@pytest.mark.parametrize(
    "other", ["> - (1) One\n> - (2) Two\n", "> - (3) One\n", "> - (1) A\n> - (1) B\n> - (1) C\n"]
)
def test_twins_agree_on_lines_and_points(other: str) -> None:
    original, twin = parse(RUBRIC + TWIN).value, parse(RUBRIC + other).value
    assert original is not None
    assert twin is not None
    assert {one.code for one in check_twins(original, twin, "a")} == {"Q080"}
    same = parse(RUBRIC + "> - (2) One\n> - (1) Two\n").value
    assert same is not None
    assert check_twins(original, same, "a") == []


@given(
    st.lists(
        st.tuples(
            st.text("aăâ *_`(", min_size=1, max_size=20).map(str.strip).filter(bool), st.integers(1, 12)
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["", "words=80..200", "words=..9", "words=3.."]),
)
def test_what_is_written_is_read_again(lines: list[tuple[str, int]], words: str) -> None:
    total = sum(quarters for _, quarters in lines) / 4
    rubric = "".join(f"> - ({quarters / 4:g}) {text}\n" for text, quarters in lines)
    quiz = parse(
        f"## Viết {{#viet type=essay points={total:g} {words}}}\n\n> **Thang chấm:**\n{rubric}"
    ).value
    assert quiz is not None
    again = parse(write_quiz(quiz)).value
    assert again is not None
    assert again.questions == quiz.questions
    assert sum(line.points for line in again.questions[0].answer.rubric) == again.questions[0].points
