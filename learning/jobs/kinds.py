"""What kinds of jobs there are, named by whoever puts the application together."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

# Does the work, with the arguments of the job at a moment; returns of how many things it was.
Run = Callable[[Mapping[str, Any], datetime], int]


class BadResult(Exception):
    """The work was done and shows something that must be looked at; doing it again would not help."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job; one that is `daily` is queued each day at that time of the site's zone.

    `run` may be called again for work that was already done, wholly or in part: a process may end at any moment.
    `title` is an English gettext id.
    """

    name: str
    title: str
    run: Run
    daily: time | None = None


def by_name(kinds: Iterable[Kind]) -> dict[str, Kind]:
    """Return the kinds by their names; raises ValueError for a name that stands twice."""
    found: dict[str, Kind] = {}
    for kind in kinds:
        if kind.name in found:
            raise ValueError(kind.name)
        found[kind.name] = kind
    return found
