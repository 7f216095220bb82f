"""Tries are counted in the database, one by one whoever counts, and a window opens again by the clock."""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from learning.database import current_session, transaction
from learning.domain.errors import TooManyTries
from learning.limits.models import Counter
from learning.limits.services import Allowance, Limit, count_try, forget, forget_old
from tests.support.factories import NOW
from tests.support.together import together

LIMIT = Limit("thu", tries=3, window=timedelta(minutes=10))


def tries_until_refused(value: str = "x") -> int:
    for number in range(100):
        try:
            count_try(LIMIT, value, now=NOW)
        except TooManyTries:
            return number
    raise AssertionError


def test_exactly_so_many_tries_pass_as_the_limit_says(app: Flask, both_databases: str) -> None:
    assert tries_until_refused() == 3


def test_tries_at_the_same_moment_are_all_counted(app: Flask, both_databases: str) -> None:
    outcomes = together(app, [lambda: count_try(LIMIT, "x", now=NOW)] * 8)
    assert sum(outcome is None for outcome in outcomes) == 3
    assert sum(isinstance(outcome, TooManyTries) for outcome in outcomes) == 5
    assert current_session().scalars(sa.select(Counter.count)).all() == [8]


def test_each_value_and_each_limit_is_counted_apart(app: Flask, both_databases: str) -> None:
    assert tries_until_refused("x") == 3
    assert tries_until_refused("y") == 3
    count_try(Limit("khac", tries=1, window=LIMIT.window), "x", now=NOW)


def test_the_window_opens_again_by_the_clock(app: Flask, both_databases: str) -> None:
    tries_until_refused()
    with pytest.raises(TooManyTries):
        count_try(LIMIT, "x", now=NOW + LIMIT.window - timedelta(seconds=1))
    count_try(LIMIT, "x", now=NOW + LIMIT.window)
    assert current_session().scalars(sa.select(Counter.count)).all() == [1]


def test_trying_on_does_not_move_the_window(app: Flask, both_databases: str) -> None:
    tries_until_refused()
    for minute in range(1, 10):
        with pytest.raises(TooManyTries):
            count_try(LIMIT, "x", now=NOW + timedelta(minutes=minute))
    count_try(LIMIT, "x", now=NOW + LIMIT.window)


@pytest.mark.parametrize(("passed", "wait"), [(0, 601), (300, 301), (599, 2)])
def test_the_refusal_tells_how_long_to_wait(app: Flask, both_databases: str, passed: int, wait: int) -> None:
    tries_until_refused()
    with pytest.raises(TooManyTries) as refusal:
        count_try(LIMIT, "x", now=NOW + timedelta(seconds=passed))
    assert refusal.value.retry_after == wait
    count_try(LIMIT, "x", now=NOW + timedelta(seconds=passed + wait))


def test_a_success_clears_the_counter(app: Flask, both_databases: str) -> None:
    tries_until_refused()
    forget(LIMIT, "x")
    assert tries_until_refused() == 3


def test_the_value_itself_is_not_kept(app: Flask) -> None:
    count_try(LIMIT, "nguoi-thu", now=NOW)
    assert "nguoi-thu" not in current_session().scalars(sa.select(Counter.key)).one()


def test_old_counters_are_dropped_and_young_ones_kept(app: Flask, both_databases: str) -> None:
    count_try(LIMIT, "old", now=NOW - timedelta(days=3))
    count_try(LIMIT, "young", now=NOW)
    assert forget_old(now=NOW) == 1
    assert len(current_session().scalars(sa.select(Counter.key)).all()) == 1


def test_a_refused_try_is_counted_all_the_same(app: Flask, both_databases: str) -> None:
    tries_until_refused()
    with transaction() as session:
        assert session.scalars(sa.select(Counter.count)).one() == 4


# --- Allowances: counted by the block

WIDE = Limit("rong", tries=60, window=timedelta(seconds=10))


def passed(allowance: Allowance, tries: int, *, value: str = "x", at: datetime = NOW) -> int:
    """Return how many of so many tries pass."""
    count = 0
    for _ in range(tries):
        with suppress(TooManyTries):
            allowance.spend(value, now=at)
            count += 1
    return count


def test_an_allowance_gives_exactly_what_its_limit_says(app: Flask, both_databases: str) -> None:
    assert passed(Allowance(WIDE, block=20), 100) == 60
    assert passed(Allowance(WIDE, block=20), 100, value="y") == 60


def test_an_allowance_writes_once_a_block_and_refuses_without_writing(app: Flask) -> None:
    allowance = Allowance(WIDE, block=20)
    for tries, counted in ((20, 20), (1, 40), (39, 60), (100, 60)):
        passed(allowance, tries)
        with transaction() as session:
            assert session.scalars(sa.select(Counter.count)).one() == counted


def test_threads_of_one_process_share_its_allowance(app: Flask, both_databases: str) -> None:
    allowance = Allowance(WIDE, block=20)
    assert sum(together(app, [lambda: passed(allowance, 15)] * 8)) == 60  # type: ignore[arg-type]


def test_processes_share_a_limit_and_never_pass_more(app: Flask, both_databases: str) -> None:
    processes = [Allowance(WIDE, block=10) for _ in range(4)]
    counts = together(app, [partial(passed, process, 15) for process in processes] * 2)
    assert 60 - 4 * 10 < sum(counts) <= 60  # type: ignore[arg-type]


def test_an_allowance_opens_again_with_its_window(app: Flask, both_databases: str) -> None:
    allowance = Allowance(WIDE, block=20)
    passed(allowance, 60)
    with pytest.raises(TooManyTries) as refusal:
        allowance.spend("x", now=NOW + timedelta(seconds=9))
    assert refusal.value.retry_after == 2
    allowance.spend("x", now=NOW + timedelta(seconds=10))


def test_what_was_left_of_a_window_is_not_spent_in_the_next(app: Flask) -> None:
    allowance = Allowance(WIDE, block=60)
    allowance.spend("x", now=NOW)
    assert passed(allowance, 100, at=NOW + WIDE.window) == 60


def test_a_database_that_takes_no_writes_keeps_nobody_from_reading(app: Flask) -> None:
    with app.extensions["write_engine"].connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    assert passed(Allowance(WIDE, block=20), 100) == 100
    with pytest.raises(DBAPIError), transaction() as session:
        session.add(Counter(key="x", window_began=NOW, count=1))
