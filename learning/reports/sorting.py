"""In which order the rows of a report stand: as they come, or as the reader asked for in the address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeVar

from learning.domain.vietnamese import sort_key

COLUMNS = ("name", "enrolled", "started", "completed", "rate", "overdue")


class Counted(Protocol):
    """A row with figures."""

    @property
    def enrolled(self) -> int:
        """How many are enrolled."""

    @property
    def started(self) -> int:
        """How many of them started."""

    @property
    def completed(self) -> int:
        """How many of them completed."""

    @property
    def overdue(self) -> int:
        """How many have not completed it by its day."""

    @property
    def rate(self) -> Fraction | None:
        """The share that completed, None where nobody is enrolled."""


R = TypeVar("R", bound=Counted)


@dataclass(frozen=True, slots=True)
class Sorting:
    """The column that rows are sorted by, None for the order in which they come, and which way."""

    column: str | None = None
    is_descending: bool = False

    @classmethod
    def asked(cls, column: str | None, order: str | None) -> "Sorting":
        """Return the order asked for; what is unknown is as if it had not been asked."""
        if column not in COLUMNS:
            return cls()
        return cls(column, is_descending=order == "desc")

    @property
    def order(self) -> str:
        """The word for its direction in an address."""
        return "desc" if self.is_descending else "asc"

    def next_order(self, column: str) -> str:
        """Return the direction that the head of a column leads to: names from A, figures from the largest."""
        if column == self.column:
            return "asc" if self.is_descending else "desc"
        return "asc" if column == "name" else "desc"

    def rows(self, rows: Sequence[R], *, name: Callable[[R], str]) -> tuple[R, ...]:
        """Return the rows in this order, equal ones as they came, those without a rate last."""
        if self.column is None:
            return tuple(rows)
        if self.column == "name":
            return tuple(sorted(rows, key=lambda row: sort_key(name(row)), reverse=self.is_descending))
        column = self.column
        values = [(getattr(row, column), row) for row in rows]
        known = [pair for pair in values if pair[0] is not None]
        known.sort(key=lambda pair: pair[0], reverse=self.is_descending)
        return (*(row for _value, row in known), *(row for value, row in values if value is None))
