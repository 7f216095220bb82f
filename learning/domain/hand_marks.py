"""What a person gives for an answer: points along a rubric, or as a whole where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from learning.domain.errors import Refused

STEP = Fraction(1, 4)  # the least difference that marks can make


class MarkState(StrEnum):
    """How far the marking of an answer is."""

    WAITING = "waiting"
    SECOND_LOOK = "second_look"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class RubricLine:
    """Something to look for in what was written, and the points it is worth."""

    text: str
    points: Fraction


@dataclass(frozen=True, slots=True)
class HandMark:
    """The points for each line of the rubric, and what the marker has to say about it."""

    points: tuple[Fraction, ...]
    comment: str = ""

    @property
    def total(self) -> Fraction:
        """The points for the whole answer."""
        return sum(self.points, Fraction(0))


def lines_of(rubric: Sequence[RubricLine], points: Fraction) -> tuple[RubricLine, ...]:
    """Return what points are given for: the lines of the rubric, or one without text for the whole."""
    return tuple(rubric) or (RubricLine("", points),)


def check_points(lines: Sequence[RubricLine], points: Sequence[Fraction]) -> None:
    """Raise Refused, naming the field `points-<n>`, for points that do not fit the lines they are given for."""
    if len(points) != len(lines):
        raise Refused("The rubric has changed; look at it again.")
    for number, (line, given) in enumerate(zip(lines, points, strict=True), start=1):
        if not 0 <= given <= line.points or given % STEP:
            raise Refused("Points go from 0 up to those of the line, in quarters.", field=f"points-{number}")
