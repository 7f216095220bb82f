"""Grading is exact, and agrees with a slow oracle that counts choice by choice."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.content import PartialRule, QuizFile, QuizSettings
from learning.domain.grading import Given, grade, grade_quiz
from learning.domain.questions.model import Choice, ChoiceAnswer, Question
from learning.domain.questions.registry import TYPES


def question(
    kind: str,
    pattern: str,
    *,
    weights: list[Fraction | None] | None = None,
    points: int | Fraction = 1,
    partial: str | None = None,
    name: str = "q",
    hint_cost: Fraction | None = None,
) -> Question:
    """Return a question whose choices `0`, `1` ... are right where the pattern has an x."""
    choices = tuple(
        Choice(str(number), f"lựa chọn {number}", mark == "x", weights[number] if weights else None)
        for number, mark in enumerate(pattern)
    )
    return Question(
        name, kind, "", Fraction(points), ChoiceAnswer(choices), partial=partial, hint_cost=hint_cost
    )


def score(asked: Question, value: object, rule: str = "minus") -> Fraction:
    return grade(asked, value, rule).score


@pytest.mark.parametrize(
    ("rule", "ticked", "expected"),
    [
        ("all", "01", Fraction(1)),
        ("all", "0", Fraction(0)),
        ("all", "012", Fraction(0)),
        ("minus", "01", Fraction(1)),
        ("minus", "0", Fraction(1, 2)),
        ("minus", "02", Fraction(1, 6)),
        ("minus", "23", Fraction(0)),
        ("minus", "01234", Fraction(0)),
        ("each", "01", Fraction(1)),
        ("each", "0", Fraction(4, 5)),
        ("each", "2", Fraction(2, 5)),
        ("each", "01234", Fraction(2, 5)),
        ("each", "", Fraction(0)),
    ],
)
def test_the_rules_for_several_choices(rule: str, ticked: str, expected: Fraction) -> None:
    assert score(question("multiple", "xx---"), list(ticked), rule) == expected


def test_minus_without_wrong_choices_gives_the_share_of_right_ones() -> None:
    assert score(question("multiple", "xxx"), ["0"]) == Fraction(1, 3)


def test_the_rule_of_the_question_goes_before_that_of_the_quiz() -> None:
    assert score(question("multiple", "xx--", partial="all"), ["0"], "minus") == 0


def test_weights_are_summed_and_kept_between_nothing_and_the_whole() -> None:
    thirds: list[Fraction | None] = [Fraction(1, 3), Fraction(2, 3), Fraction(-1, 2), Fraction(-1)]
    asked = question("multiple", "xx--", weights=thirds, points=3)
    assert score(asked, ["0"]) == 1
    assert score(asked, ["0", "1"]) == 3
    assert score(asked, ["1", "2"]) == Fraction(1, 2)
    assert score(asked, ["0", "3"]) == 0


@pytest.mark.parametrize("kind", ["single", "truefalse"])
def test_one_choice_is_right_or_wrong(kind: str) -> None:
    asked = question(kind, "-x", points=2)
    assert score(asked, "1") == 2
    assert score(asked, "0") == 0
    assert score(asked, None) == 0


def test_a_wrong_choice_of_one_may_earn_a_part_by_its_weight() -> None:
    asked = question("single", "x--", weights=[None, Fraction(1, 2), Fraction(-1, 2)])
    assert [score(asked, key) for key in "012"] == [1, Fraction(1, 2), 0]


def test_a_mark_tells_how_far_a_response_was_right() -> None:
    asked = question("multiple", "xx-")
    mark = grade(asked, ["2", "0"], "minus")
    assert (mark.value, mark.answered) == (["2", "0"], True)
    ticks = TYPES["multiple"].ticks(asked.answer, mark.value)
    assert [(tick.picked, tick.right) for tick in ticks] == [(True, True), (False, True), (True, False)]
    assert not mark.correct
    assert not mark.partly
    assert grade(question("multiple", "xx-"), ["0"], "minus").partly
    assert not grade(question("multiple", "xx-"), ["0", "1"], "minus").partly


@pytest.mark.parametrize("value", [None, "", "gone", ["gone"], 7, {"0": 1}, [["0"]], ["0", None, 3.5], True])
def test_a_foreign_or_outdated_response_never_raises(value: object) -> None:
    for kind in ("single", "multiple", "truefalse"):
        assert 0 <= score(question(kind, "x-"), value) <= 1


def slow_oracle(pattern: str, ticked: list[int], rule: str) -> Fraction:
    """Count decisions one by one, as a person would on paper."""
    right = [index for index, mark in enumerate(pattern) if mark == "x"]
    wrong = [index for index, mark in enumerate(pattern) if mark != "x"]
    if rule == "all":
        return Fraction(1) if sorted(ticked) == right else Fraction(0)
    if rule == "each":
        if not ticked:
            return Fraction(0)
        good = 0
        for index, mark in enumerate(pattern):
            good += (index in ticked) == (mark == "x")
        return Fraction(good, len(pattern))
    total = Fraction(0)
    for index in ticked:
        total += Fraction(1, len(right)) if index in right else -Fraction(1, len(wrong))
    return total if total > 0 else Fraction(0)


@given(
    pattern=st.text("x-", min_size=2, max_size=12).filter(lambda text: "x" in text),
    rule=st.sampled_from(list(PartialRule)),
    points=st.fractions(min_value=Fraction(1, 4), max_value=10, max_denominator=4),
    data=st.data(),
)
def test_several_choices_agree_with_the_oracle(
    pattern: str, rule: str, points: int | Fraction, data: st.DataObject
) -> None:
    ticked = data.draw(st.lists(st.sampled_from(range(len(pattern))), unique=True))
    asked = question("multiple", pattern, points=points)
    mark = grade(asked, [str(index) for index in ticked], rule)
    assert mark.score == points * slow_oracle(pattern, ticked, rule)
    assert 0 <= mark.score <= mark.max == points
    assert isinstance(mark.score, Fraction)


@given(
    pattern=st.text("x-", min_size=2, max_size=8).filter(lambda text: "x" in text and "-" in text),
    rule=st.sampled_from(["all", "minus"]),
)
def test_ticking_everything_earns_nothing_where_guessing_must_not_pay(pattern: str, rule: str) -> None:
    assert score(question("multiple", pattern), [str(i) for i in range(len(pattern))], rule) == 0


def quiz(*questions: Question, **settings: Any) -> QuizFile:
    return QuizFile("", "vi", QuizSettings(**settings), "", questions)


def in_vietnamese(**values: object) -> dict[str, Given]:
    return {name: Given(value, "vi") for name, value in values.items()}


def test_a_quiz_sums_the_asked_questions_and_passes_at_the_share_exactly() -> None:
    asked = quiz(
        question("single", "x-", name="a", points=2),
        question("multiple", "xxx", name="b"),
        question("single", "x-", name="c"),
        pass_share=Fraction(7, 9),
    )
    result = grade_quiz(asked, ["b", "a"], in_vietnamese(a="0", b=["0"], c="1"))
    assert (result.score, result.max_score, result.share) == (Fraction(7, 3), 3, Fraction(7, 9))
    assert result.passed
    assert [mark.question_id for mark in result.marks] == ["b", "a"]
    assert not grade_quiz(asked, ["a", "b", "c"], in_vietnamese(a="0", b=["0"])).passed


@pytest.mark.parametrize(
    ("ticked", "hints", "score", "taken_off", "verdict"),
    [
        ("01", 0, Fraction(4), Fraction(0), (True, False)),
        ("01", 1, Fraction(3), Fraction(1), (True, False)),
        ("01", 5, Fraction(0), Fraction(4), (True, False)),
        ("0", 1, Fraction(1), Fraction(1), (False, True)),
        ("0", 3, Fraction(0), Fraction(2), (False, True)),
        ("23", 2, Fraction(0), Fraction(0), (False, False)),
    ],
)
def test_opened_hints_take_off_points_and_say_nothing_of_the_answer(
    ticked: str, hints: int, score: Fraction, taken_off: Fraction, verdict: tuple[bool, bool]
) -> None:
    asked = question("multiple", "xx--", points=4, hint_cost=Fraction(1, 4))
    mark = grade(asked, list(ticked), "minus", hints=hints)
    assert (mark.score, mark.taken_off, (mark.correct, mark.partly)) == (score, taken_off, verdict)
    assert grade(replace(asked, hint_cost=None), list(ticked), "minus", hints=hints).taken_off == 0


def test_a_mark_corrected_to_right_is_right_beside_what_hints_took_off() -> None:
    asked = question("single", "x-", points=4, hint_cost=Fraction(1, 4))
    wrong = grade(asked, "1", "minus", hints=1)
    mended = wrong.corrected(Fraction(3, 4))
    assert (mended.score, mended.taken_off, mended.correct) == (3, 1, True)
    assert wrong.corrected(Fraction(0)) == wrong


def test_an_empty_paper_is_not_passed() -> None:
    result = grade_quiz(quiz(pass_share=Fraction(0)), [], {})
    assert (result.share, result.passed) == (0, False)


def test_a_question_that_the_quiz_does_not_have_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        grade_quiz(quiz(), ["a"], {})
