"""Reading what people are allowed beyond the rules of quizzes, in a cycle and round."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from learning.accounts.models import Person
from learning.database import fetch
from learning.domain.allowance import NO_ALLOWANCE, Allowance
from learning.domain.completion import Turn
from learning.domain.content import QuizSettings
from learning.quizzes.models import AllowanceGiven

_LATEST = (
    select(AllowanceGiven.attempts, AllowanceGiven.minutes)
    .where(
        AllowanceGiven.person_id == bindparam("person"),
        AllowanceGiven.quiz_id == bindparam("quiz"),
        AllowanceGiven.cycle == bindparam("cycle"),
        AllowanceGiven.round == bindparam("round"),
    )
    .order_by(AllowanceGiven.id.desc())
    .limit(1)
)
_HISTORY = (
    select(
        AllowanceGiven.id,
        AllowanceGiven.attempts,
        AllowanceGiven.minutes,
        AllowanceGiven.reason,
        AllowanceGiven.given_at,
        Person.name,
    )
    .join(Person, Person.id == AllowanceGiven.given_by_id)
    .where(
        AllowanceGiven.person_id == bindparam("person"),
        AllowanceGiven.quiz_id == bindparam("quiz"),
        AllowanceGiven.cycle == bindparam("cycle"),
        AllowanceGiven.round == bindparam("round"),
    )
    .order_by(AllowanceGiven.id.desc())
)
_ALL = select(
    AllowanceGiven.person_id, AllowanceGiven.cycle, AllowanceGiven.attempts, AllowanceGiven.minutes
).where(
    AllowanceGiven.id.in_(
        select(func.max(AllowanceGiven.id))
        .where(AllowanceGiven.quiz_id == bindparam("quiz"), AllowanceGiven.round == bindparam("round"))
        .group_by(AllowanceGiven.person_id, AllowanceGiven.cycle)
    )
)


@dataclass(frozen=True, slots=True)
class PastAllowance:
    """What was allowed, by whom and why."""

    id: int
    allowance: Allowance
    reason: str
    given_at: datetime
    given_by: str


def get_allowance(person_id: int, quiz_id: int, turn: Turn) -> Allowance:
    """Return what the person is allowed at the quiz."""
    row = fetch(_LATEST, person=person_id, quiz=quiz_id, **turn._asdict()).one_or_none()
    return NO_ALLOWANCE if row is None else Allowance(*tuple(row))


def list_given(person_id: int, quiz_id: int, turn: Turn) -> list[PastAllowance]:
    """Return what the person was allowed in this turn, the latest, which counts, first."""
    return [
        PastAllowance(row.id, Allowance(row.attempts, row.minutes), row.reason, row.given_at, row.name)
        for row in fetch(_HISTORY, person=person_id, quiz=quiz_id, **turn._asdict())
    ]


def list_allowances(quiz_id: int, round_: int) -> Mapping[tuple[int, int], Allowance]:
    """Return by person and cycle what people are allowed at the quiz; most are allowed nothing and not among them."""
    rows = map(tuple, fetch(_ALL, quiz=quiz_id, round=round_))
    return {(person_id, cycle): Allowance(attempts, minutes) for person_id, cycle, attempts, minutes in rows}


def has_limits(settings: QuizSettings) -> bool:
    """Tell whether there is anything of which more can be allowed."""
    return settings.attempts is not None or settings.time_limit is not None


def settings_for(settings: QuizSettings, person_id: int, quiz_id: int, turn: Turn) -> QuizSettings:
    """Return the rules of a quiz as they are for a person; asks the database only where there are limits."""
    if not has_limits(settings):
        return settings
    return get_allowance(person_id, quiz_id, turn).applied_to(settings)
