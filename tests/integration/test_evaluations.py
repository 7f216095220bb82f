"""What people say of a course: counted once each, told from five on and by five, and joined to nobody."""

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.queries import get_actor
from learning.audit.models import AuditEntry
from learning.database import current_session, transaction
from learning.domain.errors import NotFound, Refused
from learning.domain.evaluation import Statement
from learning.domain.permissions import Actor, Role
from learning.evaluations.models import WAITING, EvaluationCount, EvaluationGiven, EvaluationTotal
from learning.evaluations.queries import Evaluation, get_evaluation
from learning.evaluations.services import AlreadyGiven, evaluate
from learning.evaluations.settings import current_statements
from learning.organizations.services import DEPARTMENT_CODE, PROVINCE_CODE
from learning.study.services import declare_read
from tests.support.factories import COMMUNE, COURSE, READ_UNIT, make_person, moment, take_quiz
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def people(tiny_course: Flask) -> list[Actor]:
    """Twelve people who have completed the tiny course."""
    make_person("giang-vien", DEPARTMENT_CODE, role=Role.TRAINER)
    made = [make_person(f"thu-{number}") for number in range(12)]
    for person in made:
        declare_read(person, COURSE, READ_UNIT, revision_id=None, moment=moment())
        take_quiz(person)
    return made


def say(person: Actor, value: int | None, *, words: str = "", day: float = 1, skip: int = 0) -> None:
    statements = current_statements()[skip:]
    answers = {} if value is None else dict.fromkeys(statements, value)
    evaluate(person, COURSE, answers, words=words, day=moment(day).day)


def told(period: str | None = None) -> Evaluation:
    return get_evaluation(get_actor("giang-vien"), COURSE, period)


def test_nothing_is_told_of_four_and_all_of_five(people: list[Actor]) -> None:
    for person, value in zip(people[:4], (1, 2, 3, 4), strict=True):
        say(person, value, words=f"Lời của {person.username}")
    found = told()
    assert (found.answers, found.statements, found.texts, found.periods) == (0, (), (), ())
    say(people[4], 5, words="Ăn khớp")
    found = told()
    assert found.answers == 5
    assert [one.counts for one in found.statements] == [(1, 1, 1, 1, 1)] * len(current_statements())
    assert {one.mean for one in found.statements} == {3}
    assert found.texts == tuple(sorted(["Ăn khớp", *(f"Lời của thu-{n}" for n in range(4))]))


def test_what_is_told_changes_by_five_so_that_nobody_is_found_by_subtracting(people: list[Actor]) -> None:
    seen = []
    for person in people[:11]:
        say(person, 2, words="Lời")
        found = told()
        seen.append((found.answers, {one.answers for one in found.statements}, len(found.texts)))
    assert seen == ([(0, set(), 0)] * 4 + [(5, {5}, 5)] * 5 + [(10, {10}, 10)] * 2)


def test_a_statement_that_fewer_answered_waits_until_it_has_five_of_its_own(people: list[Actor]) -> None:
    say(people[0], 1, skip=1)  # all but the first statement
    for person in people[1:5]:
        say(person, 4)
    found = told()
    first = current_statements()[0]
    assert first not in {one.statement for one in found.statements}
    say(people[5], 4)
    by_statement = {one.statement: one.answers for one in told().statements}
    assert by_statement.pop(first) == 5
    assert set(by_statement.values()) == {5}  # the sixth of the others waits


def test_answers_belong_to_the_quarter_in_which_there_were_five(people: list[Actor]) -> None:
    for person in people[:3]:
        say(person, 1, day=1)  # in the fourth quarter of 2026, too few
    for person in people[3:8]:
        say(person, 5, day=60)
    for person in people[8:]:
        say(person, 3, day=150)
    found = told()
    assert found.periods == ("2027-Q1", "2027-Q2")
    assert (told("2027-Q1").answers, told("2027-Q2").answers) == (5, 5)
    assert told("2027-Q1").statements[0].counts == (3, 0, 0, 0, 2)
    assert told("2027-Q2").statements[0].counts == (0, 0, 2, 0, 3)
    for period in ("2026-Q4", WAITING, "x"):
        with pytest.raises(NotFound):
            told(period)


def test_once_for_each_person_also_at_the_same_moment(app: Flask, people: list[Actor]) -> None:
    outcomes = together(app, [lambda: say(people[0], 1)] * 4)
    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyGiven"] * 3 + ["NoneType"]
    with pytest.raises(AlreadyGiven):
        say(people[0], 5)
    assert _sums() == {1: len(current_statements())}


def test_ten_at_once_are_all_counted(app: Flask, people: list[Actor]) -> None:
    outcomes = together(app, [partial(say, person, 2) for person in people[:10]])
    assert outcomes == [None] * 10
    assert told().answers == 10
    assert _sums() == {2: 10 * len(current_statements())}


def _sums() -> dict[int, int]:
    rows = current_session().execute(
        sa.select(EvaluationCount.value, sa.func.sum(EvaluationCount.n)).group_by(EvaluationCount.value)
    )
    return {value: n for value, n in rows if n}


def test_only_who_has_completed_the_course_is_asked(people: list[Actor]) -> None:
    with pytest.raises(NotFound):
        say(make_person("chua-xong"), 3)


@pytest.mark.parametrize(("value", "words"), [(0, ""), (6, ""), (None, " \n "), (3, "a" * 1001)])
def test_what_cannot_be_taken_is_refused_and_nothing_kept(
    people: list[Actor], value: int | None, words: str
) -> None:
    with pytest.raises(Refused):
        say(people[0], value, words=words)
    say(people[0], 3)  # she may still


def test_who_teaches_or_answers_for_the_course_is_told_and_nobody_else(people: list[Actor]) -> None:
    for place, role, is_told in (
        (DEPARTMENT_CODE, Role.TRAINER, True),
        (PROVINCE_CODE, Role.MANAGER, True),
        (COMMUNE, Role.MANAGER, False),
        (COMMUNE, Role.TRAINER, False),
        (COMMUNE, Role.LEARNER, False),
    ):
        person = make_person(f"hoi-{place}-{role}".lower(), place, role=role)
        if is_told:
            assert get_evaluation(person, COURSE).answers == 0
        else:
            with pytest.raises(NotFound):
                get_evaluation(person, COURSE)


# --- Nothing that joins


def test_no_table_leads_from_a_person_to_what_she_said(people: list[Actor]) -> None:
    audits = _number(AuditEntry)
    for person in people[:7]:
        say(person, 4, words="Lời")
    assert {column.name for column in EvaluationGiven.__table__.columns} == {
        "person_id",
        "course_id",
        "cycle",
    }
    for model in (EvaluationCount, EvaluationTotal):
        assert {key.column.table.name for key in model.__table__.foreign_keys} <= {
            "course",
            "evaluation_statement",
        }
        times = {column.name for column in model.__table__.columns if "date" in str(column.type).lower()}
        assert times == set()
    assert _number(AuditEntry) == audits  # the record would tell who and when


def _number(model: Any) -> int:
    return current_session().scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_database_itself_keeps_no_order(people: list[Actor], database_kind: str) -> None:
    for person, value in zip(reversed(people[:4]), (1, 5, 1, 2), strict=True):
        say(person, value, words=f"Lời {value}")
    with transaction() as session:
        if database_kind == "sqlite":
            for table in ("evaluation_given", "evaluation_count", "evaluation_total"):
                with pytest.raises(sa.exc.OperationalError, match="no such column"):
                    session.execute(sa.text(f"SELECT rowid FROM {table}")).all()  # noqa: S608
        else:
            # Of a counter the last transaction is known: it is the same for all that wait, whoever counted where.
            marks = session.execute(
                sa.text("SELECT DISTINCT xmin::text FROM evaluation_count WHERE period = ''")
            ).all()
            assert len(marks) == 1
        [texts] = session.scalars(sa.select(EvaluationTotal.texts)).all()
    assert texts == sorted(texts)


def test_a_changed_wording_is_another_statement(people: list[Actor]) -> None:
    other = {Statement("Câu mới. | A new one. | חדש."): 5}
    for person in people[:5]:
        evaluate(person, COURSE, other, words="", day=moment(1).day)
    [one] = told().statements
    assert (one.statement.said_in("en"), one.statement.said_in("he"), one.answers) == (
        "A new one.",
        "חדש.",
        5,
    )
