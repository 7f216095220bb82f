"""When a course that was given to people is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class DueRule:
    """When an assignment is due: on a day, or so many days after a person came under it, or never.

    `given_on` is the day of the assignment itself: nobody came under it before.
    """

    given_on: date
    due_on: date | None = None
    due_days: int | None = None

    def due_for(self, joined_on: date) -> date | None:
        """Return the last day in time for somebody who came to the organization on a day."""
        if self.due_on is not None:
            return self.due_on
        if self.due_days is not None:
            return max(self.given_on, joined_on) + timedelta(days=self.due_days)
        return None


def earliest_due(rules: Iterable[DueRule], joined_on: date) -> date | None:
    """Return the first day that any of the rules asks for; None where none asks for one."""
    return min((day for rule in rules if (day := rule.due_for(joined_on)) is not None), default=None)
