"""Every list that takes a scope holds exactly the rows inside it: compared with a slow look at each row.

Codes differ by case only, or hold what LIKE takes for wildcards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learning.accounts.models import Person
from learning.accounts.posts import begin_post
from learning.administration.queries import PersonEntry, list_people
from learning.assigning.queries import assignment_page, preview
from learning.courses.models import Course
from learning.courses.queries import get_course, list_courses
from learning.database import transaction
from learning.domain.due import AssignmentRule
from learning.domain.errors import NotFound
from learning.domain.figures import Measure
from learning.organizations.models import Organization
from learning.organizations.queries import OrganizationEntry, get_by_code, list_page, list_within
from learning.progress.coverage import AssignmentEntry, list_assignments
from learning.progress.ledger import Posting, post
from learning.progress.models import Assignment, Enrollment
from learning.reports.completion import completion
from learning.reports.queries import course_report, organization_report, overview
from tests.support.factories import COURSE, NOW, moment

TODAY = moment().day


@dataclass(frozen=True)
class Place:
    """An organization of a random tree, with the people enrolled and those not yet."""

    code: str
    parent: int | None
    enrolled: int
    waiting: int


@st.composite
def trees(draw: st.DrawFn) -> list[Place]:
    codes = draw(st.lists(st.text("aA_%\\", min_size=1, max_size=3), min_size=2, max_size=9, unique=True))
    return [
        Place(
            code,
            draw(st.none() | st.integers(0, number - 1)) if number else None,
            draw(st.integers(0, 3)),
            draw(st.integers(0, 1)),
        )
        for number, code in enumerate(codes)
    ]


@dataclass(frozen=True)
class World:
    """The tree as it stands in the database."""

    places: Sequence[Place]
    paths: Sequence[str]

    def inside(self, scope: Sequence[str]) -> list[int]:
        """Return the numbers of the organizations at or below one of the paths, by looking at each."""
        return [n for n, path in enumerate(self.paths) if any(path.startswith(held) for held in scope)]

    def people(self, numbers: Sequence[int]) -> list[str]:
        """Return the user names of the people at these organizations."""
        places = [(number, self.places[number]) for number in numbers]
        return [
            f"thu-{n}-{member}" for n, place in places for member in range(place.enrolled + place.waiting)
        ]

    def enrolled(self, numbers: Sequence[int]) -> int:
        return sum(self.places[number].enrolled for number in numbers)


class Undone(Exception):
    """Takes back what one example wrote."""


def plant(places: Sequence[Place], course_id: int) -> World:
    """Write the tree, with a course, an assignment, people and figures at each organization."""
    paths: list[str] = []
    ids: list[int] = []
    with transaction() as session:
        for number, place in enumerate(places):
            path = f"{'/' if place.parent is None else paths[place.parent]}{place.code}/"
            row = Organization(
                code=place.code,
                kind="province" if place.parent is None else "commune",
                name=f"Nơi {number}",
                sort_key=f"{number:03}",
                parent_id=None if place.parent is None else ids[place.parent],
                path=path,
            )
            session.add(row)
            session.flush()
            paths.append(path)
            ids.append(row.id)
            session.add(Course(slug=f"khoa-{number}", language="vi", owner_id=row.id))
            session.add(
                Assignment(course_id=course_id, organization_id=row.id, title=place.code, created_at=NOW)
            )
            for member in range(place.enrolled + place.waiting):
                person = Person(
                    username=f"thu-{number}-{member}",
                    name="Người Thử",
                    sort_key="",
                    organization_id=row.id,
                    created_at=NOW,
                )
                session.add(person)
                session.flush()
                begin_post(person.id, row.id, day=NOW.date())
                if member < place.enrolled:
                    session.add(
                        Enrollment(
                            person_id=person.id,
                            course_id=course_id,
                            cycle=1,
                            organization_id=row.id,
                            how="self",
                            enrolled_at=NOW,
                        )
                    )
            if place.enrolled:
                enrolled = Posting(row.id, course_id, None, 1, Measure.ENROLLED, place.enrolled)
                post([enrolled], day=TODAY)
        session.flush()
    return World(places, paths)


def look(world: World, scope: Sequence[str], course_id: int) -> None:
    """Compare every list with a look at each organization."""
    inside = world.inside(scope)
    codes = {world.places[n].code for n in inside}
    rows = list_within(scope)
    assert len(rows) == len(codes)
    assert {row.code for row in rows} == codes
    assert {row.slug for row in list_courses(scope)} == {f"khoa-{n}" for n in inside}
    assignments = {
        row.title: assignment_page(row.id, scope, TODAY).enrolled for row in list_assignments(scope)
    }
    assert assignments == {
        world.places[n].code: world.enrolled(world.inside([world.paths[n]])) for n in inside
    }
    look_at_pages(world, scope, inside)

    report = course_report(scope, COURSE, TODAY)
    shown = {n for n in inside if world.places[n].parent is not None}
    assert {row.code: row.enrolled for row in report.rows} == {
        world.places[n].code: world.enrolled(world.inside([world.paths[n]])) for n in shown
    }
    assert report.total.enrolled == world.enrolled(inside)
    [whole] = overview(scope, TODAY).courses
    assert whole.enrolled == world.enrolled(inside)

    for number, place in enumerate(world.places):
        below = world.inside([world.paths[number]])
        if number not in inside:
            for ask in (
                lambda code=place.code: get_by_code(code, scope),
                lambda slug=f"khoa-{number}": get_course(slug, scope),
                lambda code=place.code: organization_report(scope, code, COURSE, as_of=TODAY, names=("/",)),
                lambda code=place.code: completion(scope, code, course=COURSE, as_of=TODAY),
                lambda code=place.code: list_people(scope, after=0, limit=1, organization=code),
            ):
                with pytest.raises(NotFound):
                    ask()
            continue
        assert get_by_code(place.code, scope).path == world.paths[number]
        one = organization_report(scope, place.code, COURSE, as_of=TODAY, names=("/",))
        assert one.total.enrolled == world.enrolled(below)
        assert len(one.people) == place.enrolled
        assert {row.code: row.enrolled for row in one.children} == {
            child.code: world.enrolled(world.inside([world.paths[n]]))
            for n, child in enumerate(world.places)
            if child.parent == number
        }
        items = completion(scope, place.code, course=COURSE, as_of=TODAY).items
        assert {row.organization: row.enrolled for row in items if row.unit is None} == {
            place.code: place.enrolled
        } | {
            child.code: world.enrolled(world.inside([world.paths[n]]))
            for n, child in enumerate(world.places)
            if child.parent == number and world.people(world.inside([world.paths[n]]))
        }
        people = list_people(scope, after=0, limit=1000, organization=place.code)
        assert sorted(entry.username for entry in people) == sorted(world.people(below))
        assert preview(course_id, AssignmentRule(world.paths[number], TODAY)).new == sum(
            world.places[n].waiting for n in below
        )


def look_at_pages(world: World, scope: Sequence[str], inside: Sequence[int]) -> None:
    """Compare what is given out page by page, two rows a page, with a look at each organization."""
    organizations: list[OrganizationEntry] = []
    while page := list_page(scope, after=organizations[-1].id if organizations else 0, limit=2):
        organizations += page
    parents = {n: world.places[n].parent for n in inside}
    assert [(row.code, row.parent_code) for row in organizations] == [
        (world.places[n].code, None if parent is None or parent not in inside else world.places[parent].code)
        for n, parent in sorted(parents.items())
    ]

    people: list[PersonEntry] = []
    while found := list_people(scope, after=people[-1].id if people else 0, limit=2):
        people += found
    assert sorted(entry.username for entry in people) == sorted(world.people(inside))

    assignments: list[AssignmentEntry] = []
    while rows := list_assignments(scope, before=assignments[-1].id if assignments else None, limit=2):
        assignments += rows
    assert [row.organization for row in assignments] == [
        world.places[n].code for n in sorted(inside, reverse=True)
    ]


@pytest.fixture
def course_id(tiny_course: Flask) -> int:
    return get_course(COURSE).id


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(places=trees(), data=st.data())
def test_no_list_holds_a_row_outside_the_scope_or_misses_one_inside(
    course_id: int, both_databases: str, places: list[Place], data: st.DataObject
) -> None:
    def compare() -> None:
        with transaction():
            world = plant(places, course_id)
            scope = data.draw(st.lists(st.sampled_from(world.paths), max_size=3, unique=True))
            look(world, scope, course_id)
            raise Undone

    with pytest.raises(Undone):
        compare()


def test_codes_that_differ_only_in_case_are_two_places(course_id: int, both_databases: str) -> None:
    with transaction():
        world = plant([Place("ab", None, 1, 0), Place("AB", None, 2, 1)], course_id)
        look(world, ["/ab/"], course_id)
        look(world, ["/AB/"], course_id)


def test_an_underline_in_a_code_stands_for_itself_only(course_id: int, both_databases: str) -> None:
    with transaction():
        world = plant([Place("a_", None, 1, 0), Place("ab", None, 2, 1)], course_id)
        look(world, ["/a_/"], course_id)
