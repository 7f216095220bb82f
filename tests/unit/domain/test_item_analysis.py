"""Figures of questions: against numpy on random papers, and what must hold for any."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.item_analysis import (
    FEWEST,
    Item,
    ItemFigures,
    NoAlpha,
    QuizFigures,
    Remark,
    analyse,
    is_same_item,
    remarks,
    standard_error,
)
from learning.domain.questions.model import Choice, ChoiceAnswer, Label, Labelled, Question

POINTS = (1.0, 2.0, 0.5, 3.0)
NAMES = ("a", "b", "c", "d")
SHARES = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0])
SHEETS = st.lists(st.lists(SHARES, min_size=4, max_size=4), min_size=5, max_size=40)


def papers(sheets: Sequence[Sequence[float]]) -> list[list[Item]]:
    """Return papers on which everybody was asked all questions, each with one choice that says its share."""
    return [
        [Item(*row, (f"/{row[2]}",), True) for row in zip(NAMES, POINTS, sheet, strict=True)]
        for sheet in sheets
    ]


def figures(sheets: Sequence[Sequence[float]]) -> QuizFigures:
    return analyse(papers(sheets), NAMES, is_drawn=False)


@given(SHEETS)
def test_the_figures_are_those_of_numpy(sheets: list[list[float]]) -> None:
    got = figures(sheets)
    shares = np.array(sheets)
    won = shares * np.array(POINTS)
    totals = won.sum(axis=1)
    assert got.attempts == len(sheets)
    assert got.mean == pytest.approx((totals / sum(POINTS)).mean())
    assert got.spread == pytest.approx((totals / sum(POINTS)).std(ddof=1), abs=1e-9)
    covariance = np.cov(won, rowvar=False)
    if covariance.sum() > 1e-9:
        alpha = 4 / 3 * (1 - np.trace(covariance) / covariance.sum())
        assert got.alpha == pytest.approx(alpha, rel=1e-6)
        assert got.error == pytest.approx(
            (totals / sum(POINTS)).std(ddof=1) * np.sqrt(max(0, 1 - alpha)), abs=1e-7
        )
    else:
        assert got.no_alpha is NoAlpha.NO_SPREAD
    for number, name in enumerate(NAMES):
        item = got.items[name]
        rest = totals - won[:, number]
        assert item.facility == pytest.approx(shares[:, number].mean())
        if np.ptp(shares[:, number]) > 1e-9 and np.ptp(rest) > 1e-9:
            expected = np.corrcoef(shares[:, number], rest)[0, 1]
            assert item.discrimination == pytest.approx(expected, abs=1e-6)
        else:
            assert item.discrimination is None


@given(st.permutations(range(1, 41)).map(lambda order: order[:30]))
def test_the_best_less_the_weakest_27_percent_are_those_of_a_sorted_list(order: list[int]) -> None:
    sheets = [[number / 40, float(number % 3 == 0), 0.0, number / 40] for number in order]
    shares, totals = np.array(sheets)[:, 1], (np.array(sheets) * np.array(POINTS)).sum(axis=1)
    if len(set(totals.round(9))) == len(totals):
        ranked = shares[np.argsort(totals)]
        assert figures(sheets).items["b"].upper_lower == pytest.approx(ranked[-8:].mean() - ranked[:8].mean())


@given(SHEETS.flatmap(lambda sheets: st.tuples(st.just(sheets), st.permutations(sheets))))
def test_the_order_of_people_changes_nothing(sheets: tuple[list[list[float]], list[list[float]]]) -> None:
    one, other = map(figures, sheets)
    assert one.alpha == other.alpha
    for name in NAMES:
        assert one.items[name].upper_lower == pytest.approx(other.items[name].upper_lower, abs=1e-9)
        assert one.items[name].discrimination == other.items[name].discrimination


@given(SHEETS)
def test_figures_stay_within_their_bounds(sheets: list[list[float]]) -> None:
    got = figures(sheets)
    assert got.alpha is None or got.alpha <= 1
    for item in got.items.values():
        assert item.facility is not None
        assert 0 <= item.facility <= 1
        assert item.discrimination is None or -1 <= item.discrimination <= 1
        assert item.upper_lower is None or -1 <= item.upper_lower <= 1
        assert sum(item.chosen.values()) + item.unanswered == item.attempts


def test_a_worked_example_by_hand() -> None:
    # Five people, two questions of one point: totals 2, 2, 1, 1, 0 of 2.
    sheets = [[1, 1], [1, 1], [1, 0], [0, 1], [0, 0]]
    got = analyse(
        [[Item("a", 1.0, a, None, True), Item("b", 1.0, b, None, True)] for a, b in sheets],
        ["a", "b"],
        is_drawn=False,
    )
    # Both variances are 0.3, that of the totals 0.7: alpha = 2 (1 - 0.6 / 0.7) = 2/7.
    assert got.alpha == pytest.approx(2 / 7)
    assert got.mean == pytest.approx(0.6)
    assert got.error == pytest.approx(standard_error(0.7**0.5 / 2, 2 / 7))
    assert got.items["a"].discrimination == pytest.approx(1 / 6)  # phi of the table 2 1 / 1 1
    assert got.items["a"].upper_lower is None


@pytest.mark.parametrize("count", range(FEWEST + 1))
def test_nothing_is_said_of_fewer_than_five_attempts(count: int) -> None:
    got = figures([[1.0, 0.0, 0.5, 1.0]] * count)
    assert got.is_told is (count >= FEWEST)
    if count < FEWEST:
        assert got == QuizFigures(count, items={name: ItemFigures(count, 0) for name in NAMES})


def test_a_question_that_few_drew_is_not_told_though_the_quiz_is() -> None:
    drawn = [[Item("a", 1.0, 1.0, ("/x",), True)]] * 6 + [[Item("b", 1.0, 0.0, ("/y",), True)]] * 4
    got = analyse(drawn, ["a", "b"], is_drawn=True)
    assert (got.attempts, got.alpha, got.no_alpha) == (10, None, NoAlpha.DRAWN)
    assert got.items["a"].facility == 1
    assert got.items["b"] == ItemFigures(4, 0)


def test_answers_to_an_earlier_form_of_a_question_are_counted_apart() -> None:
    def sheet(share: float, *, counts: bool) -> list[Item]:
        return [Item("a", 1.0, share, ("/x",), counts), Item("b", 1.0, share, None, True)]

    got = analyse(
        [sheet(1.0, counts=False)] * 7 + [sheet(float(n % 2), counts=True) for n in range(6)],
        ["a", "b"],
        is_drawn=False,
    )
    assert (got.items["a"].attempts, got.items["a"].not_counted) == (6, 7)
    assert got.items["a"].facility == 0.5
    assert got.items["b"].attempts == 13
    assert got.complete == 6


def test_alpha_needs_two_questions_that_five_people_were_asked_as_they_are() -> None:
    one = analyse([[Item("a", 1.0, n % 2, None, True)] for n in range(6)], ["a"], is_drawn=False)
    assert (one.alpha, one.no_alpha) == (None, NoAlpha.ONE_QUESTION)
    old = [[Item("a", 1.0, 1.0, None, False), Item("b", 1.0, 0.0, None, True)]] * 6
    assert analyse(old, ["a", "b"], is_drawn=False).no_alpha is NoAlpha.TOO_FEW
    same = [[Item("a", 1.0, 1.0, None, True), Item("b", 1.0, 0.0, None, True)]] * 6
    assert analyse(same, ["a", "b"], is_drawn=False).no_alpha is NoAlpha.NO_SPREAD


def test_a_question_that_is_gone_still_counts_in_the_total() -> None:
    gone = [[Item("a", 1.0, 1.0, None, True), Item("gone", 3.0, 0.0, ("/x",), False)]] * 5
    got = analyse(gone, ["a"], is_drawn=False)
    assert got.mean == 0.25
    assert got.items.keys() == {"a"}


@pytest.mark.parametrize(
    ("facility", "discrimination", "expected"),
    [
        (0.1, None, (Remark.HARD,)),
        (0.1, -0.3, (Remark.HARD, Remark.REVERSED)),
        (1.0, None, (Remark.EASY,)),
        (0.5, -0.01, (Remark.REVERSED,)),
        (0.5, 0.1, (Remark.WEAK,)),
        (0.97, 0.1, (Remark.EASY,)),
        (0.5, 0.2, (Remark.SOUND,)),
        (None, None, ()),
    ],
)
def test_figures_are_put_into_words(
    facility: float | None, discrimination: float | None, expected: tuple[Remark, ...]
) -> None:
    assert remarks(ItemFigures(9, 0, facility, discrimination)) == expected


ASKED = Question(
    "q",
    "multiple",
    "Tên",
    Fraction(1),
    ChoiceAnswer((Choice("a", "A", True, comment="vì"), Choice("b", "B", False))),
)
OTHER_KEY = ChoiceAnswer((Choice("a", "A", False), Choice("b", "B", True)))


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({"tags": ("x",)}, True),
        ({"points": Fraction(3)}, True),
        ({"labelled": (Labelled(Label.HINT, "gợi ý"),)}, True),
        ({"answer": ChoiceAnswer((Choice("a", "A", True), Choice("b", "B", False, comment="khác")))}, True),
        ({"partial": "minus"}, True),
        ({"partial": "all"}, False),
        ({"title": "Tên khác"}, False),
        ({"body": "Khác"}, False),
        ({"type": "single"}, False),
        ({"answer": OTHER_KEY}, False),
    ],
)
def test_a_question_is_the_same_when_it_asks_offers_and_wants_the_same(
    change: dict[str, Any], is_same: bool
) -> None:
    assert is_same_item(ASKED, replace(ASKED, **change), ("minus", "minus")) is is_same
