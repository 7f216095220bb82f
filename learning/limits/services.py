"""Counting tries: one atomic statement a try, so that no two processes can pass the same last place."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, update

from learning.database import transaction, upsert
from learning.domain.errors import TooManyTries
from learning.limits.models import Counter


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` of one kind in `window` for each key."""

    name: str
    tries: int
    window: timedelta

    def key(self, value: str) -> str:
        """Return the counter's key; the value itself (a name, an address) is not kept."""
        return f"{self.name}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"


def count_try(limit: Limit, value: str, *, now: datetime) -> None:
    """Count one try and commit it; raises TooManyTries when the limit is exceeded."""
    with transaction() as session:
        statement = upsert(session, Counter).values(key=limit.key(value), window_began=now, count=1)
        over = Counter.window_began <= now - limit.window
        row = session.execute(
            statement.on_conflict_do_update(
                index_elements=[Counter.key],
                set_={
                    "count": case((over, 1), else_=Counter.count + 1),
                    "window_began": case((over, now), else_=Counter.window_began),
                },
            ).returning(Counter.count.label("tries"), Counter.window_began)
        ).one()
    if row.tries > limit.tries:
        wait = row.window_began + limit.window - now
        raise TooManyTries(
            "Too many tries. Wait a little, then try again.",
            retry_after=max(1, int(wait.total_seconds()) + 1),
        )


def forget(limit: Limit, value: str) -> None:
    """Drop the counter, after a success."""
    with transaction() as session:
        session.execute(delete(Counter).where(Counter.key == limit.key(value)))


def give_back(limit: Limit, value: str) -> None:
    """Take one try back, after a success that must not wipe out the failures before it."""
    with transaction() as session:
        session.execute(
            update(Counter)
            .where(Counter.key == limit.key(value), Counter.count > 0)
            .values(count=Counter.count - 1)
        )


def forget_old(*, now: datetime) -> int:
    """Drop counters that no window can reach any more; returns how many."""
    with transaction() as session:
        result = session.execute(delete(Counter).where(Counter.window_began < now - timedelta(days=2)))
        return int(getattr(result, "rowcount", 0))
