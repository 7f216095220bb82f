"""Whom an assignment covers, and when the course is due for each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Post:
    """What a person is where she belongs; `position` is folded, `began_on` the day since when she is there."""

    path: str
    began_on: date
    audience: str | None = None
    position: str = ""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A cycle that is not a person's first: when it began, and by when the course is to be done again."""

    began_on: date
    renew_by: date


@dataclass(frozen=True, slots=True)
class AssignmentRule:
    """A course given to an organization and everyone below it, or to those of some audiences or of one position.

    It is due on a day, or so many days after a person came under it, or never. `given_on` is the day of the
    assignment itself: nobody came under it before. No audience means every one, no position any.
    """

    path: str
    given_on: date
    due_on: date | None = None
    due_days: int | None = None
    audiences: frozenset[str] = frozenset()
    position: str = ""
    repeats: bool = False

    def covers(self, post: Post) -> bool:
        """Tell whether the course is given to somebody who is this."""
        return (
            post.path.startswith(self.path)
            and (not self.audiences or post.audience in self.audiences)
            and self.position in ("", post.position)
        )

    def due_for(self, post: Post, renewal: Renewal | None = None) -> date | None:
        """Return the last day in time for somebody whom it covers.

        In a later cycle what repeats asks for it before it expires, and what was given since it began as ever.
        """
        if renewal is None:
            return self._asked_first(post)
        asked = self._asked_first(post) if self.given_on >= renewal.began_on else None
        if not self.repeats:
            return asked
        return renewal.renew_by if asked is None else min(asked, renewal.renew_by)

    def _asked_first(self, post: Post) -> date | None:
        if self.due_on is not None:
            return self.due_on
        if self.due_days is not None:
            return max(self.given_on, post.began_on) + timedelta(days=self.due_days)
        return None


def earliest_due(rules: Iterable[AssignmentRule], post: Post, renewal: Renewal | None = None) -> date | None:
    """Return the first day that any of the rules which cover the post asks for; None where none asks for one."""
    days = (rule.due_for(post, renewal) for rule in rules if rule.covers(post))
    return min((day for day in days if day is not None), default=None)


def extended(asked: date | None, extended_to: date | None) -> date | None:
    """Return the last day in time of somebody who was given until another day; None where nothing asks for one."""
    return asked if asked is None or extended_to is None else max(asked, extended_to)


def is_asked_again(rules: Iterable[AssignmentRule], post: Post) -> bool:
    """Tell whether any of the rules lets whoever is this begin the next cycle."""
    return any(rule.repeats and rule.covers(post) for rule in rules)
