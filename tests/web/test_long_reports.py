"""Reports of many: people come by the page, in one order, and no page asks the database more for more people."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.courses.queries import get_course
from learning.organizations.queries import get_by_code
from learning.progress.assignments import assign_course
from learning.reports.queries import PER_PAGE, organization_report
from learning.study.services import declare_read
from tests.support.factories import (
    COMMUNE,
    COURSE,
    READ_UNIT,
    make_course,
    make_organizations,
    make_person,
    moment,
    take_quiz,
)
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PEOPLE = f"/reports/organizations/{COMMUNE}/"
# Beside PER_PAGE more; one letter in an order of code points, of Vietnamese and of many a database's own.
NAMES = ("Thử Đức", "Thử Dung", "Thử Ân", "Thử ăn", "Thử An", "Thử Êm", "Thử Em", "Thử Zét", "Thử Ôi")
IN_ORDER = ("Thử An", "Thử ăn", "Thử Ân", "Thử Dung", "Thử Đức", "Thử Em", "Thử Êm", "Thử Ôi", "Thử Zét")


def crowd(numbers: range) -> None:
    """Add people to the commune and give everyone the course; the first of them reads a unit."""
    for number in numbers:
        make_person(f"dong-{number}", COMMUNE, name=f"Thử Một {number:03}")
    assign_course(
        None,
        get_course(COURSE).id,
        organization_id=get_by_code(COMMUNE).id,
        title=f"Đợt {numbers.start}",
        moment=moment(),
    )
    first = get_actor(f"dong-{numbers.start}")
    declare_read(first, COURSE, READ_UNIT, revision_id=None, moment=moment())


@pytest.fixture
def crowded(world: Flask) -> Flask:
    """A commune of two pages and ten people more."""
    crowd(range(2 * PER_PAGE + 10 - 2))  # the learner and the manager are there already
    world.config["CLOCK"] = lambda: moment(1).at
    return world


def names_on(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/reports/people/[^"]*"><bdi>([^<]*)</bdi>', page)


def test_people_come_by_the_page_and_each_stands_on_one(crowded: Flask, visit: Visit) -> None:
    manager = visit("manager")
    pages = [names_on(manager.get(f"{PEOPLE}?page={number}").text) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [PER_PAGE, PER_PAGE, 10]
    together = [name for page in pages for name in page]
    assert len(set(together)) == 2 * PER_PAGE + 10
    report = organization_report(
        (get_by_code(COMMUNE).path,), COMMUNE, COURSE, as_of=moment(1).day, names=("/",)
    )
    assert together == [person.name for person in report.people]
    assert (report.people_total, report.page, report.pages) == (2 * PER_PAGE + 10, None, 3)


def test_all_of_them_come_on_one_page_to_be_printed(crowded: Flask, visit: Visit) -> None:
    manager = visit("manager")
    first = manager.get(PEOPLE).text
    [address] = re.findall(r'href="([^"]*page=all)#people"', first)
    whole = manager.get(address.replace("&amp;", "&")).text
    assert len(names_on(whole)) == len(set(names_on(whole))) == 2 * PER_PAGE + 10
    [back] = re.findall(r'<a class="button" href="([^"]*)#people"', whole)
    assert names_on(manager.get(back.replace("&amp;", "&")).text) == names_on(first)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", 1),
        ("0", 1),
        ("-1", 1),
        ("hai", 1),
        ("٢", 1),
        ("1.5", 1),
        ("2e0", 1),
        ("2.000", 1),
        ("+2", 1),
        ("4", 3),
        ("999999", 3),
        ("9" * 40, 1),
    ],
)
def test_a_page_that_is_none_is_the_first_or_the_last(
    crowded: Flask, visit: Visit, asked: str, shown: int
) -> None:
    page = visit("manager").get(f"{PEOPLE}?page={asked}&lang=vi").text
    assert f"Trang {shown}/3" in page


def test_the_way_to_the_next_page_keeps_day_course_and_order(crowded: Flask, visit: Visit) -> None:
    page = visit("manager").get(f"{PEOPLE}?as_of=2026-11-22&sort=rate&order=desc&page=2").text
    for rel, number in (("prev", 1), ("next", 3)):
        found = re.search(rf'href="([^"]*)" rel="{rel}"', page)
        assert found
        address = found[1].replace("&amp;", "&")
        for part in (
            f"course={COURSE}",
            "as_of=2026-11-22",
            "sort=rate",
            "order=desc",
            f"page={number}#people",
        ):
            assert part in address


def test_a_list_of_one_page_has_no_pages(visit: Visit) -> None:
    crowd(range(3))
    assert "rel=" not in visit("manager").get(PEOPLE).text.partition("<main")[2].partition("</main>")[0]


def test_the_file_has_all_of_them(crowded: Flask, visit: Visit) -> None:
    text = visit("manager").get(f"/reports/organizations/{COMMUNE}.csv?page=2").text
    assert len(re.findall(r"^Thử Một \d+,", text, re.MULTILINE)) == 2 * PER_PAGE + 8


def test_the_order_of_names_is_vietnamese_in_any_database(app: Flask, both_databases: str) -> None:
    make_organizations()
    make_course()
    for number, name in enumerate(NAMES):
        make_person(f"ten-{number}", COMMUNE, name=name)
    crowd(range(1))
    report = organization_report(("/24/",), COMMUNE, COURSE, as_of=moment().day, names=("/",), page=1)
    assert [person.name for person in report.people if person.name in NAMES] == list(IN_ORDER)


def test_each_person_has_her_own_states(app: Flask, both_databases: str) -> None:
    make_organizations()
    make_course()
    crowd(range(7))
    take_quiz(get_actor("dong-6"))
    report = organization_report(("/24/",), COMMUNE, COURSE, as_of=moment().day, names=("/",))
    assert [person.units[:2] for person in (report.people[0], report.people[6])] == [
        ("completed", "not_started"),
        ("not_started", "passed"),
    ]


def test_no_report_asks_more_for_more_people(world: Flask, visit: Visit, count_statements: Any) -> None:
    world.config["CLOCK"] = lambda: moment(1).at
    manager = visit("manager")
    pages = {
        "/reports/": 5,
        f"/reports/courses/{COURSE}/": 7,
        f"/reports/courses/{COURSE}/?view=map": 7,
        f"/reports/courses/{COURSE}/?as_of=2026-11-22": 7,
        f"{PEOPLE}?course={COURSE}": 10,
        f"{PEOPLE}?course={COURSE}&page=2": 10,
        f"{PEOPLE}?course={COURSE}&as_of=2026-11-22": 10,
        f"/reports/people/{get_actor('learner').id}/": 7,
    }
    asked = []
    for numbers in (range(3), range(3, PER_PAGE + 20)):
        crowd(numbers)
        counts = {}
        for page, most in pages.items():
            assert manager.get(page).status_code == 200
            with count_statements(at_most=most) as statements:
                manager.get(page)
            counts[page] = len(statements)
        asked.append(counts)
    assert asked[0] == asked[1]


def test_people_are_sorted_by_name_and_by_the_day_of_completion(
    world: Flask, visit: Visit, both_databases: str
) -> None:
    crowd(range(6))
    for day, number in ((2, 4), (1, 1), (3, 2)):
        actor = get_actor(f"dong-{number}")
        declare_read(actor, COURSE, READ_UNIT, revision_id=None, moment=moment(day))
        take_quiz(actor, at=moment(day))
    world.config["CLOCK"] = lambda: moment(4).at
    manager = visit("manager")

    def listed(query: str) -> list[str]:
        names = names_on(manager.get(f"{PEOPLE}?{query}").text)
        return [name.removeprefix("Thử Một 00") for name in names if name.startswith("Thử Một")]

    in_order = list("012345")
    assert listed("sort=name&order=asc") == listed("") == listed("sort=rate&order=desc") == in_order
    assert listed("sort=name&order=desc") == in_order[::-1]
    assert listed("sort=completed&order=asc") == list("142035")
    assert listed("sort=completed&order=desc") == list("241035")
    # As it stood on an earlier day: the others had not completed yet.
    assert listed(f"sort=completed&order=desc&as_of={moment(2).day}") == list("410235")
    page = manager.get(f"{PEOPLE}?sort=completed&order=desc").text
    head = re.search(r'<th[^>]*aria-sort="descending"><a class="sort" href="([^"]*)">', page)
    assert head
    assert head[1].endswith("#people")
    assert listed(head[1].replace("&amp;", "&").partition("?")[2].partition("#")[0]) == list("142035")
    text = manager.get(f"/reports/organizations/{COMMUNE}.csv?sort=completed&order=desc").text
    assert re.findall(r"^Thử Một 00(\d),", text, re.MULTILINE) == list("241035")
