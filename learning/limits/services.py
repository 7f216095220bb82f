"""Counting tries: one atomic statement a try, so that no two processes can pass the same last place."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import case, delete, update
from sqlalchemy.exc import DBAPIError

from learning.database import is_busy, transaction, upsert
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
    tries, ends = _count(limit, value, tries=1, now=now)
    if tries > limit.tries:
        raise _refusal(ends, now)


def _count(limit: Limit, value: str, *, tries: int, now: datetime) -> tuple[int, datetime]:
    """Add to the counter and commit; return how many tries its window has now, and when it ends."""
    with transaction() as session:
        statement = upsert(session, Counter).values(key=limit.key(value), window_began=now, count=tries)
        over = Counter.window_began <= now - limit.window
        row = session.execute(
            statement.on_conflict_do_update(
                index_elements=[Counter.key],
                set_={
                    "count": case((over, tries), else_=Counter.count + tries),
                    "window_began": case((over, now), else_=Counter.window_began),
                },
            ).returning(Counter.count.label("tries"), Counter.window_began)
        ).one()
    return row.tries, row.window_began + limit.window


def _refusal(ends: datetime, now: datetime) -> TooManyTries:
    return TooManyTries(
        "Too many tries. Wait a little, then try again.",
        retry_after=max(1, int((ends - now).total_seconds()) + 1),
    )


@dataclass(slots=True)
class _Block:
    """Tries that a process may spend until the window ends; `is_last` when the counter gives no more."""

    ends: datetime
    left: int
    is_last: bool


class Allowance:
    """A limit on what comes so often that counting each time would cost more than it saves.

    A process takes a block of tries at a time from the counter that all processes share, and spends it by
    itself; a refusal it remembers. So never more pass than the limit says, and where processes share the work
    perhaps fewer, by what is left in their blocks. The limit is a multiple of the block.
    """

    def __init__(self, limit: Limit, *, block: int) -> None:
        self.limit = limit
        self.block = block
        self._blocks: dict[str, _Block] = {}
        self._lock = Lock()

    def spend(self, value: str, *, now: datetime) -> None:
        """Spend one try; raises TooManyTries when there is none left in this window.

        Nothing is counted while the database is too busy to write: it can still be read.
        """
        try:
            while not self._spend_own(value, now):
                self._take_block(value, now)
        except DBAPIError as error:
            if not is_busy(error):
                raise

    def _spend_own(self, value: str, now: datetime) -> bool:
        """Spend one try of this process's block, if there is one; raises TooManyTries when no more are given."""
        with self._lock:
            block = self._blocks.get(value)
            if block is None or block.ends <= now:
                return False
            if block.left == 0 and block.is_last:
                raise _refusal(block.ends, now)
            if block.left == 0:
                return False
            block.left -= 1
            return True

    def _take_block(self, value: str, now: datetime) -> None:
        tries, ends = _count(self.limit, value, tries=self.block, now=now)
        with self._lock:
            self._blocks = {key: block for key, block in self._blocks.items() if block.ends > now}
            before = self._blocks.get(value)
            left = before.left if before is not None and before.ends == ends else 0
            if tries <= self.limit.tries:
                left += self.block
            self._blocks[value] = _Block(ends, left, is_last=tries >= self.limit.tries)


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
