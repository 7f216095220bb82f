"""Tries are counted in the database, one by one whoever counts, and a window opens again by the clock."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.database import current_session, transaction
from learning.domain.errors import TooManyTries
from learning.limits.models import Counter
from learning.limits.services import Limit, count_try, forget, forget_old
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
