"""What a learner does costs the same however many others have learned before her."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from bench.course import COURSE, QUIZ, read_unit
from bench.data import Sizes, build, grow
from learning.accounts.models import Person
from learning.accounts.queries import get_actor
from learning.database import current_session
from learning.domain.permissions import Actor
from learning.organizations.models import Organization
from learning.progress.models import UnitCompletion
from learning.quizzes.services import save_responses, start_attempt, submit_attempt
from learning.reports.queries import PER_PAGE, PeopleOrder, get_reported_course
from learning.reports.queries.people import list_people
from learning.study.queries.courses import course_page, dashboard, unit_page
from learning.study.services import declare_read
from tests.support.databases import close_pools
from tests.support.factories import SEED, answers_of, moment

SIZES = Sizes(people=100, office=0, communes=5, units=6, questions=3, sessions=10)
MANY = 3000
UNIT = read_unit(5)
STEPS = 10  # of SQLite's machine, between two ticks


class Work:
    """Counts what SQLite does: the steps of its machine, which no clock and no other process can change."""

    def __init__(self) -> None:
        self.ticks = 0

    def tick(self) -> int:
        """Count; 0 lets SQLite go on."""
        self.ticks += 1
        return 0

    def listen(self, connection: object, *_rest: object) -> None:
        """Watch a connection that is taken out of its pool."""
        connection.set_progress_handler(self.tick, STEPS)  # type: ignore[attr-defined]


@pytest.fixture
def work(app: Flask) -> Iterator[Work]:
    """What SQLite does from now on."""
    counted = Work()
    event.listen(Engine, "checkout", counted.listen)
    close_pools(app)
    yield counted
    event.remove(Engine, "checkout", counted.listen)


def sit(actor: Actor) -> None:
    """Take the quiz."""
    attempt = start_attempt(actor, QUIZ, seed=SEED, moment=moment())
    save_responses(actor, attempt, answers_of(actor, attempt), language="vi", moment=moment())
    submit_attempt(actor, attempt, moment=moment())


def beginners() -> list[Actor]:
    """Return two people who have begun nothing yet."""
    begun = select(UnitCompletion.person_id)
    names = select(Person.username).where(Person.username.like("p%"), Person.id.not_in(begun))
    return [get_actor(name) for name in current_session().scalars(names.order_by(Person.id).limit(2))]


DEEDS: dict[str, Callable[[Actor], object]] = {
    "dashboard": lambda actor: dashboard(actor, "vi"),
    "course": lambda actor: course_page(actor, COURSE, "vi"),
    "unit": lambda actor: unit_page(actor, COURSE, UNIT, language="vi", now=moment().at),
    "completion": lambda actor: declare_read(actor, COURSE, UNIT, revision_id=None, moment=moment()),
    "quiz": sit,
}


@pytest.mark.parametrize("name", DEEDS)
def test_the_work_does_not_grow_with_the_others(app: Flask, work: Work, name: str) -> None:
    deed = DEEDS[name]
    build(app, SIZES)
    works = []
    for actor, people in zip(beginners(), (SIZES.people, MANY), strict=True):
        grow(app, SIZES, people=people)
        before = work.ticks
        deed(actor)
        works.append(work.ticks - before)
    assert works[0] > 0
    assert works[1] <= 1.5 * works[0], f"{works[0]} with {SIZES.people} people, {works[1]} with {MANY}"


def test_a_page_of_people_is_read_without_all_the_others(app: Flask, work: Work) -> None:
    build(app, SIZES)
    grow(app, SIZES, people=1000)
    works = []
    for people in (1000, MANY):
        grow(app, SIZES, people=people)
        commune = current_session().scalars(select(Organization).where(Organization.kind == "ward")).first()
        assert commune is not None
        course = get_reported_course(COURSE)
        before = work.ticks
        today = moment().day + timedelta(days=10_000)
        page = list_people(commune.id, course, today, total=10_000, page=1, order=PeopleOrder())
        works.append(work.ticks - before)
        assert len(page.rows) == PER_PAGE
    assert works[1] <= 1.5 * works[0], works
