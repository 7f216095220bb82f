"""Posting to the ledger of figures: entries, which are only added, and the sums that reports read.

Both are written in the transaction of what happened. Adding to a sum commutes, so events may come in any order,
also with days that lie before those of earlier events. Rows of sums are taken in one order everywhere, at the
end of an event, so that two events wait for each other for moments and never in a circle.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, text

from learning.database import transaction, upserting
from learning.domain.figures import FLOWS, NO_AUDIENCE, STANDING, Measure
from learning.progress.figures import periods_of
from learning.progress.models import FigureDue, FigureEntry, FigureSum
from learning.progress.sums import find_wrong_dues, find_wrong_sums, recounted_dues, recounted_sums

_SUMMED = tuple(measure.value for measure in (*STANDING, *FLOWS))
_ENTRIES = insert(FigureEntry)
_ADD = upserting(
    FigureSum,
    lambda statement: statement.on_conflict_do_update(
        # As the unique index has it.
        index_elements=["course_id", "audience", "period", text("coalesce(unit_id, 0)"), "organization_id"],
        set_={name: getattr(FigureSum, name) + statement.excluded[name] for name in _SUMMED},
    ),
)
_ADD_DUE = upserting(
    FigureDue,
    lambda statement: statement.on_conflict_do_update(
        index_elements=["course_id", "audience", "period", "organization_id", "due_on"],
        set_={"n": FigureDue.n + statement.excluded.n},
    ),
)


@dataclass(frozen=True, slots=True)
class Posting:
    """So many more or fewer of a measure at an organization, in a unit or in the course (None).

    Only what is open has a day when it is due. `audience` is empty where none is known.
    """

    organization_id: int
    course_id: int
    unit_id: int | None
    cycle: int
    measure: Measure
    n: int
    due_on: date | None = None
    audience: str = NO_AUDIENCE


def post(postings: Iterable[Posting], *, day: date, happened_on: date | None = None) -> None:
    """Add the entries of one event and add them to the sums; `day` is that of recording.

    A past day never changes: what `happened_on` an earlier day, and is known only now, counts from now on, and reports
    list it apart. At most one posting has the same place, audience and measure.
    """
    event_id = str(uuid.uuid4())
    entries = []
    sums: dict[tuple[int, int, int, str], dict[str, Any]] = {}
    dues: dict[tuple[int, int, date, str], dict[str, Any]] = {}
    for posting in postings:
        entries.append(
            {
                "event_id": event_id,
                "recorded_on": day,
                "happened_on": happened_on or day,
                "organization_id": posting.organization_id,
                "course_id": posting.course_id,
                "unit_id": posting.unit_id,
                "cycle": posting.cycle,
                "measure": posting.measure.value,
                "n": posting.n,
                "due_on": posting.due_on,
                "audience": posting.audience,
            }
        )
        for audience in {NO_AUDIENCE, posting.audience}:
            if posting.due_on is not None:
                due = (posting.course_id, posting.organization_id, posting.due_on, audience)
                row = dues.setdefault(due, _empty_due(posting, audience))
                row["n"] += posting.n
            elif posting.measure is not Measure.OPEN:
                place = (posting.course_id, posting.unit_id or 0, posting.organization_id, audience)
                row = sums.setdefault(place, _empty(posting, audience))
                row[posting.measure.value] += posting.n
    if not entries:
        return
    periods = periods_of(day)
    rows = [{**sums[place], "period": period} for place in sorted(sums) for period in periods]
    due_rows = [{**dues[due], "period": period} for due in sorted(dues) for period in periods]
    with transaction() as session:
        session.flush()
        connection = session.connection()
        connection.execute(_ENTRIES, entries)
        if rows:
            connection.execute(_ADD(session), rows)
        if due_rows:
            connection.execute(_ADD_DUE(session), due_rows)


def _empty(posting: Posting, audience: str) -> dict[str, Any]:
    return {
        "course_id": posting.course_id,
        "unit_id": posting.unit_id,
        "organization_id": posting.organization_id,
        "audience": audience,
        **dict.fromkeys(_SUMMED, 0),
    }


def _empty_due(posting: Posting, audience: str) -> dict[str, Any]:
    return {
        "course_id": posting.course_id,
        "organization_id": posting.organization_id,
        "due_on": posting.due_on,
        "audience": audience,
        "n": 0,
    }


def gather(postings: Iterable[Posting]) -> list[Posting]:
    """Return the postings with those to one place and measure made one, and without those that cancel out."""
    totals: dict[Posting, int] = defaultdict(int)
    for posting in postings:
        totals[replace(posting, n=0)] += posting.n
    return [replace(place, n=n) for place, n in totals.items() if n]


def rebuild_sums() -> int:
    """Make the sums anew from the ledger where they are not what it says; returns how many rows were wrong."""
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            # Who has added to sums commits first; who has not yet adds to the new ones.
            session.execute(text("LOCK TABLE figure_sum, figure_due IN EXCLUSIVE MODE"))
        wrong = len(find_wrong_sums()) + len(find_wrong_dues())
        if wrong:
            fill_sums()
        return wrong


def fill_sums() -> None:
    """Put in place of the sums what the ledger amounts to; nothing is added to it meanwhile."""
    with transaction() as session:
        session.execute(delete(FigureSum))
        columns = ["course_id", "period", "unit_id", "organization_id", "audience", *_SUMMED]
        session.execute(insert(FigureSum).from_select(columns, recounted_sums()))
        session.execute(delete(FigureDue))
        columns = ["course_id", "period", "organization_id", "due_on", "audience", "n"]
        session.execute(insert(FigureDue).from_select(columns, recounted_dues()))
