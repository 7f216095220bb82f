"""A text is worth what a person gives for it, and waits until then."""

from fractions import Fraction

import pytest

from learning.domain.attempt import read_response
from learning.domain.content import QuizFile, QuizSettings
from learning.domain.errors import Refused
from learning.domain.grading import Given, grade_quiz
from learning.domain.hand_marks import HandMark, RubricLine, check_points, lines_of
from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.model import Question

RUBRIC = (RubricLine("một", Fraction(2)), RubricLine("hai", Fraction(1)))
ESSAY = Question("q", "essay", "", Fraction(3), EssayAnswer(RUBRIC))
PLAIN = Question("q", "essay", "", Fraction(3), EssayAnswer())
QUIZ = QuizFile("T", "vi", QuizSettings(), "", (ESSAY,))


def test_a_text_waits_for_a_person() -> None:
    grade = grade_quiz(QUIZ, ["q"], {"q": Given("bài", "vi")})
    assert (grade.score, grade.waiting, grade.passed) == (0, ("q",), False)
    marked = grade_quiz(QUIZ, ["q"], {"q": Given("bài", "vi", Fraction(5, 2))})
    assert (marked.score, marked.waiting, marked.passed) == (Fraction(5, 2), (), True)
    assert grade_quiz(QUIZ, ["q"], {}).waiting == ()


def test_points_beyond_the_question_do_not_count() -> None:
    assert grade_quiz(QUIZ, ["q"], {"q": Given("bài", "vi", Fraction(9))}).share == 1


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("  dòng một \r\n\r\n  dòng hai\x00\n\n", "dòng một\n\ndòng hai"),
        (" \n\t\n", None),
        ("", None),
        (None, None),
    ],
)
def test_a_text_is_kept_line_by_line(sent: str | None, stored: str | None) -> None:
    assert read_response(ESSAY, sent) == stored


@pytest.mark.parametrize("sent", [["a"], 5, {"a": "b"}, "x" * 20_001])
def test_what_is_no_text_is_refused_with_its_field(sent: object) -> None:
    with pytest.raises(Refused) as refusal:
        read_response(ESSAY, sent)
    assert refusal.value.field == "q-q"


def test_without_a_rubric_the_whole_answer_is_marked() -> None:
    assert [line.points for line in lines_of(PLAIN.answer.rubric, PLAIN.points)] == [3]
    check_points(lines_of(PLAIN.answer.rubric, PLAIN.points), [Fraction(11, 4)])
    assert HandMark((Fraction(1), Fraction(1, 4))).total == Fraction(5, 4)


@pytest.mark.parametrize(
    ("points", "field"),
    [
        ((Fraction(0), Fraction(2)), "points-2"),
        ((Fraction(1, 3), Fraction(1)), "points-1"),
        ((Fraction(-1), Fraction(1)), "points-1"),
        ((Fraction(1),), ""),
    ],
)
def test_points_fit_their_lines(points: tuple[Fraction, ...], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_points(ESSAY.answer.rubric, points)
    assert refusal.value.field == field
