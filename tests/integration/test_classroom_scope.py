"""Sessions, their people and the log of help hold exactly what is inside a scope, on random trees."""

from collections.abc import Sequence

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from learning.classrooms.models import ClassInvitation, ClassSession, HelpEntry
from learning.classrooms.queries.help_log import sum_help
from learning.classrooms.queries.roster import list_attendees, search_others
from learning.classrooms.queries.sessions import find_managed, list_own_sessions, list_sessions
from learning.courses.queries import get_course
from learning.database import transaction
from learning.domain.help_log import period_of
from learning.domain.permissions import Actor, Grant, Role
from learning.organizations.models import Organization
from tests.integration.test_scope import Place, Undone, World, plant, trees
from tests.support.classrooms import EVENING, KEY
from tests.support.factories import COURSE, NOW, make_person

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def trainer(tiny_course: Flask) -> Actor:
    return make_person("giang-vien-thu")


def hold(world: World, trainer: Actor) -> dict[int, int]:
    """Plan a session at each organization, for all of it, and log some help there; returns sessions by number."""
    sessions = {}
    with transaction() as session:
        course_id = get_course(COURSE).id
        for number, path in enumerate(world.paths):
            place = session.scalars(select(Organization.id).where(Organization.path == path)).one()
            row = ClassSession(
                course_id=course_id,
                organization_id=place,
                trainer_id=trainer.id,
                title=f"Buổi {number}",
                place="Nơi thử",
                starts_at=EVENING.starts_at,
                ends_at=EVENING.ends_at,
                note="",
                state="planned",
                reason="",
                code_key=KEY,
                created_by_id=trainer.id,
                changed_at=NOW,
            )
            session.add(row)
            session.flush()
            sessions[number] = row.id
            session.add(ClassInvitation(session_id=row.id, organization_id=place))
            session.add(
                HelpEntry(
                    author_id=trainer.id,
                    organization_id=place,
                    helped_on=NOW.date(),
                    place="Nơi thử",
                    kind="other",
                    people=2**number,
                    note="",
                    created_at=NOW,
                    changed_at=NOW,
                )
            )
        session.flush()
    return sessions


def look(world: World, scope: Sequence[str], sessions: dict[int, int]) -> None:
    """Compare every list with a look at each organization."""
    inside = world.inside(scope)
    manager = Actor(0, "x", "x", 0, "/nowhere/", None, tuple(Grant(Role.MANAGER, path) for path in scope))
    assert {row.id for row in list_sessions(manager, "vi", now=NOW)[0]} == {sessions[n] for n in inside}
    for number, session_id in sessions.items():
        found = find_managed(manager, session_id, "vi")
        assert (found is not None) == (number in inside)
        if found is None:
            continue
        below = sorted(world.people(world.inside([world.paths[number]])))
        assert sorted(one.username for one in list_attendees(found)) == below
        others = search_others(found, "nguoi thu", frozenset())
        assert {one.username for one in others} <= set(below)
    period = period_of("2026-11")
    assert period is not None
    sums = sum_help(scope, period)
    assert sums.total.people == sum(2**n for n in inside)
    assert sum(row.people for row in sums.rows) == sums.total.people
    assert {one.people for one in sums.entries} == {2**n for n in inside}
    for number, path in enumerate(world.paths):
        guest = Actor(0, "x", "x", 0, path, None)
        above = {sessions[n] for n, held in enumerate(world.paths) if path.startswith(held)}
        assert {own.session.id for own in list_own_sessions(guest, "vi", now=NOW)} == above, number


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(places=trees(), data=st.data())
def test_sessions_and_help_are_those_of_the_scope(
    trainer: Actor, places: list[Place], data: st.DataObject
) -> None:
    def compare() -> None:
        with transaction():
            world = plant(places, get_course(COURSE).id)
            sessions = hold(world, trainer)
            scope = data.draw(st.lists(st.sampled_from(world.paths), max_size=3, unique=True))
            look(world, scope, sessions)
            raise Undone

    with pytest.raises(Undone):
        compare()
