"""Item analysis: what the attempts of many people say about the questions of a quiz.

Classical test theory, by the formulas of L. Crocker and J. Algina, "Introduction to Classical and Modern Test
Theory" (1986): facility (chapter 14, there "item difficulty"), corrected item-total correlation (chapter 14),
coefficient alpha (chapter 7; L. J. Cronbach, Psychometrika 16, 1951) and the standard error of measurement
(chapter 6). The upper and lower 27 % are those of T. L. Kelley, Journal of Educational Psychology 30 (1939).

Nobody is named here, and nothing is said of fewer than five attempts.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import fsum, sqrt
from typing import NamedTuple

from learning.domain.questions.model import Question
from learning.domain.questions.registry import TYPES

FEWEST = 5  # attempts below which nothing is told
OUTER_GROUP = 0.27
FEWEST_FOR_GROUPS = 10  # attempts below which 27 % are a person or two
_NO_SPREAD = 1e-12  # what rounding leaves of a variance that is zero


class Item(NamedTuple):
    """A question as one attempt was asked it; a tuple, because an analysis reads a hundred thousand.

    `counts` says that it was the question as it stands now; `chosen` is None where nothing was answered.
    """

    question_id: str
    points: float
    share: float
    chosen: Sequence[str] | None
    counts: bool


class NoAlpha(StrEnum):
    """Why there is no coefficient alpha."""

    DRAWN = "drawn"  # people were asked different questions
    ONE_QUESTION = "one_question"
    NO_SPREAD = "no_spread"  # everybody has the same points
    TOO_FEW = "too_few"  # attempts at the questions as they stand now


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """What the attempts say of one question; a figure is None where it is not defined.

    `not_counted` is the number of attempts that were asked it in another form. With fewer than five attempts
    only the numbers of attempts are told.
    """

    attempts: int
    not_counted: int
    facility: float | None = None
    discrimination: float | None = None
    upper_lower: float | None = None
    unanswered: int = 0
    chosen: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_told(self) -> bool:
        """Whether there are enough attempts to say anything."""
        return self.attempts >= FEWEST


@dataclass(frozen=True, slots=True)
class QuizFigures:
    """What the attempts say of a quiz; `mean`, `spread` and `error` are shares of the points.

    `complete` is the number of attempts that alpha rests on.
    """

    attempts: int
    mean: float | None = None
    spread: float | None = None
    alpha: float | None = None
    no_alpha: NoAlpha | None = None
    error: float | None = None
    complete: int = 0
    items: Mapping[str, ItemFigures] = field(default_factory=dict)

    @property
    def is_told(self) -> bool:
        """Whether there are enough attempts to say anything."""
        return self.attempts >= FEWEST


class _Column:
    """The answers to one question, as they come in."""

    def __init__(self) -> None:
        self.shares, self.totals, self.rests = array("d"), array("d"), array("d")
        self.chosen: Counter[str] = Counter()
        self.unanswered = self.not_counted = 0


def analyse(
    attempts: Iterable[Sequence[Item]], question_ids: Sequence[str], *, is_drawn: bool
) -> QuizFigures:
    """Return the figures of a quiz whose questions are these, from the papers of people's first attempts."""
    columns = {name: _Column() for name in question_ids}
    totals = array("d")
    complete = array("d")
    points_won: dict[str, array[float]] = {name: array("d") for name in question_ids}
    for items in attempts:
        most = fsum(item.points for item in items)
        won = fsum(item.share * item.points for item in items)
        total = won / most if most else 0.0
        totals.append(total)
        counted = 0
        for item in items:
            column = columns.get(item.question_id)
            if column is None:
                continue
            if not item.counts:
                column.not_counted += 1
                continue
            counted += 1
            others = most - item.points
            column.shares.append(item.share)
            column.totals.append(total)
            column.rests.append((won - item.share * item.points) / others if others > 0 else 0.0)
            if item.chosen is None:
                column.unanswered += 1
            else:
                column.chosen.update(item.chosen)
        if not is_drawn and counted == len(question_ids) == len(items):
            complete.append(won)
            for item in items:
                points_won[item.question_id].append(item.share * item.points)
    items_figures = {name: _item_figures(column) for name, column in columns.items()}
    count = len(totals)
    if count < FEWEST:
        return QuizFigures(count, items=items_figures)
    alpha, reason = _alpha(list(points_won.values()), complete, is_drawn=is_drawn)
    spread = sqrt(variance(totals))
    return QuizFigures(
        attempts=count,
        mean=_mean(totals),
        spread=spread,
        alpha=alpha,
        no_alpha=reason,
        error=None if alpha is None else standard_error(spread, alpha),
        complete=len(complete),
        items=items_figures,
    )


def _item_figures(column: _Column) -> ItemFigures:
    count = len(column.shares)
    if count < FEWEST:
        return ItemFigures(count, column.not_counted)
    return ItemFigures(
        attempts=count,
        not_counted=column.not_counted,
        facility=_mean(column.shares),
        discrimination=correlation(column.shares, column.rests),
        upper_lower=upper_lower(column.shares, column.totals),
        unanswered=column.unanswered,
        chosen=dict(column.chosen),
    )


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """Return the sample variance, sum (x - mean)^2 / (n - 1), of two values or more."""
    mean = _mean(values)
    return fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def correlation(values: Sequence[float], others: Sequence[float]) -> float | None:
    """Return Pearson's r of two equally long rows, None where one of them does not vary.

    Of a question's shares and the shares of the points that the same people won in all other questions it is
    the corrected item-total correlation: with its own points in the total, a question correlates with itself.
    Papers drawn at random have different totals, so the rest is a share of the points that the rest has.
    """
    mean, other_mean = _mean(values), _mean(others)
    squares = fsum((value - mean) ** 2 for value in values)
    other_squares = fsum((value - other_mean) ** 2 for value in others)
    if squares < _NO_SPREAD or other_squares < _NO_SPREAD:
        return None
    products = fsum((a - mean) * (b - other_mean) for a, b in zip(values, others, strict=True))
    return max(-1.0, min(1.0, products / sqrt(squares * other_squares)))


def upper_lower(shares: Sequence[float], totals: Sequence[float]) -> float | None:
    """Return Kelley's index D: the mean share in the best 27 % by total less that in the weakest 27 %.

    People with equal totals at the edge of a group share the places left in it, so that no order decides.
    None below ten attempts.
    """
    if len(shares) < FEWEST_FOR_GROUPS:
        return None
    size = max(1, round(OUTER_GROUP * len(shares)))
    by_total: dict[float, list[float]] = {}
    for share, total in zip(shares, totals, strict=True):
        by_total.setdefault(total, []).append(share)
    ranks = sorted(by_total)
    upper = _group_mean((by_total[total] for total in reversed(ranks)), size)
    return upper - _group_mean((by_total[total] for total in ranks), size)


def _group_mean(tied: Iterable[Sequence[float]], size: int) -> float:
    left, parts = size, []
    for shares in tied:
        taken = min(left, len(shares))
        parts.append(taken * _mean(shares))
        left -= taken
        if not left:
            break
    return fsum(parts) / size


def _alpha(
    points_won: Sequence[Sequence[float]], totals: Sequence[float], *, is_drawn: bool
) -> tuple[float | None, NoAlpha | None]:
    if is_drawn:
        return None, NoAlpha.DRAWN
    if len(points_won) < 2:
        return None, NoAlpha.ONE_QUESTION
    if len(totals) < FEWEST:
        return None, NoAlpha.TOO_FEW
    alpha = cronbach_alpha(points_won, totals)
    return alpha, NoAlpha.NO_SPREAD if alpha is None else None


def cronbach_alpha(points_won: Sequence[Sequence[float]], totals: Sequence[float]) -> float | None:
    """Return k/(k - 1) (1 - sum of the k questions' variances / variance of the totals); None without spread.

    Every person was asked all k >= 2 questions; `points_won` has a row for each question.
    """
    spread = variance(totals)
    if spread < _NO_SPREAD:
        return None
    count = len(points_won)
    return count / (count - 1) * (1 - fsum(variance(row) for row in points_won) / spread)


def standard_error(spread: float, alpha: float) -> float:
    """Return s * sqrt(1 - alpha): how far a person's result is off by chance, in the unit of the spread s."""
    return spread * sqrt(max(0.0, 1 - alpha))


def is_same_item(one: Question, other: Question, rules: tuple[str, str]) -> bool:
    """Tell whether answers to two questions say the same: equal in what is asked, offered and right.

    `rules` is what each quiz says of partly right answers. Comments, hints, tags and points do not matter.
    """
    return _essence(one, rules[0]) == _essence(other, rules[1])


def _essence(question: Question, rule: str) -> tuple[object, ...]:
    kind = TYPES[question.type]
    partial = (question.partial or rule) if kind.rules else ""
    return question.type, question.title, question.body, partial, kind.bare(question.answer)


class Remark(StrEnum):
    """What a figure calls for, in words beside it."""

    HARD = "hard"  # almost nobody got it right: is the key right?
    EASY = "easy"  # almost everybody got it right
    REVERSED = "reversed"  # who does well in the rest gets this one wrong
    WEAK = "weak"  # it hardly tells those who know from those who do not
    SOUND = "sound"


HARD, EASY = 0.2, 0.95
SEPARATES = 0.2  # R. L. Ebel, "Essentials of Educational Measurement" (1972): below it a question is poor


def remarks(figures: ItemFigures) -> tuple[Remark, ...]:
    """Return what the figures of a question call for, nothing where they are not told."""
    if figures.facility is None:
        return ()
    found = []
    if figures.facility < HARD:
        found.append(Remark.HARD)
    elif figures.facility > EASY:
        found.append(Remark.EASY)
    if figures.discrimination is not None and figures.discrimination < 0:
        found.append(Remark.REVERSED)
    elif figures.discrimination is not None and figures.discrimination < SEPARATES and not found:
        found.append(Remark.WEAK)
    return tuple(found) or (Remark.SOUND,)
