"""What people say of a course after completing it: statements on a scale of five, and what is told of the answers.

Nothing is told of fewer than five answers, and what is told changes by five answers at least: who looks before and
after somebody answered cannot subtract.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256

from learning.domain.errors import Refused
from learning.domain.plain_text import one_line

FEWEST = 5
SCALE = range(1, 6)  # from "not at all" to "fully"
LEAST_STATEMENTS, MOST_STATEMENTS = 5, 8
LONGEST_STATEMENT, LONGEST_WORDS = 600, 1000
_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as an administrator wrote it: in one language, or in Vietnamese, English and Hebrew."""

    text: str

    @property
    def key(self) -> str:
        """What names the statement in a form; other words are another statement."""
        return sha256(self.text.encode()).hexdigest()[:12]

    def said_in(self, language: str) -> str:
        """Return the words in a language, else those that stand first."""
        words = [part.strip() for part in self.text.split(_BETWEEN)]
        place = {"vi": 0, "en": 1, "he": 2}.get(language, 0)
        return words[place] if place < len(words) else words[0]


def read_statements(text: str) -> tuple[Statement, ...]:
    """Return the statements that stand in a text, one a line."""
    lines = (one_line(line, maximum=LONGEST_STATEMENT) for line in text.splitlines() if line.strip())
    return tuple(Statement(line) for line in dict.fromkeys(lines) if line is not None)


def check_statements(text: str) -> None:
    """Raise Refused for what cannot be asked."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(read_statements(text)) != len(lines):
        raise Refused(
            "Each statement stands once, on a line of at most %(maximum)s characters.",
            field="value",
            maximum=LONGEST_STATEMENT,
        )
    if not LEAST_STATEMENTS <= len(lines) <= MOST_STATEMENTS:
        raise Refused(
            "Write %(least)s to %(most)s statements, one a line.",
            field="value",
            least=LEAST_STATEMENTS,
            most=MOST_STATEMENTS,
        )


def quarter_of(day: date) -> str:
    """Return the quarter of a day, `2026-Q4`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many answered a statement with each value of the scale."""

    statement: Statement
    counts: tuple[int, ...]

    @classmethod
    def of(cls, statement: Statement, counts: Mapping[int, int]) -> "Distribution":
        """Return the distribution of counts by value."""
        return cls(statement, tuple(counts.get(value, 0) for value in SCALE))

    @property
    def answers(self) -> int:
        """How many answered."""
        return sum(self.counts)

    @property
    def is_told(self) -> bool:
        """Whether enough answered for anything to be told."""
        return self.answers >= FEWEST

    @property
    def mean(self) -> Fraction | None:
        """The mean of the values, exactly; None where it is not told."""
        if not self.is_told:
            return None
        total: int = sum(value * n for value, n in zip(SCALE, self.counts, strict=True))
        return Fraction(total, self.answers)


def merged(distributions: Sequence[Distribution]) -> dict[Statement, Distribution]:
    """Return the sum of distributions by their statements, in the order in which those first stand."""
    found: dict[Statement, Distribution] = {}
    for one in distributions:
        before = found.get(one.statement)
        counts = (
            one.counts if before is None else tuple(map(sum, zip(before.counts, one.counts, strict=True)))
        )
        found[one.statement] = Distribution(one.statement, counts)
    return found
