"""People as administrators list and add them: never outside their scope, found however their name is typed."""

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.models import Person
from learning.accounts.queries import find_link_holder, get_actor
from learning.administration.queries import SEARCHED_AT_ONCE, HeldRole, PersonEntry, list_people
from learning.administration.services import AddedPerson, NewPerson, add_person
from learning.audit.models import AuditEntry
from learning.courses.queries import get_course
from learning.database import current_session, transaction
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Actor, Permission, Role
from learning.organizations.queries import get_by_code
from learning.progress.assignments import assign_course
from learning.progress.models import Enrollment
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OTHER_COMMUNE,
    VILLAGE,
    WARD,
    make_course,
    make_organizations,
    make_person,
    moment,
)

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def admin(app: Flask) -> Actor:
    """The administrator of the commune."""
    make_organizations()
    return make_person("quan-tri-thu", COMMUNE, role=Role.ADMINISTRATOR)


def people(
    actor: Actor, *, organization: str | None = None, search: str = "", after: int = 0, limit: int = 100
) -> list[PersonEntry]:
    scope = actor.scope(Permission.PEOPLE_MANAGE)
    return list_people(scope, after=after, limit=limit, organization=organization, search=search)


def usernames(actor: Actor, **how: str) -> list[str]:
    return [
        entry.username
        for entry in people(actor, organization=how.get("organization"), search=how.get("q", ""))
    ]


# --- Listing


def test_people_of_the_scope_are_listed_in_the_order_they_were_added(admin: Actor) -> None:
    make_person("o-thon-thu", VILLAGE)
    make_person("noi-khac-thu", OTHER_COMMUNE)
    assert usernames(admin) == ["quan-tri-thu", "o-thon-thu"]
    assert usernames(admin, organization=VILLAGE) == ["o-thon-thu"]


def test_a_role_is_told_only_where_the_reader_has_the_right(admin: Actor) -> None:
    person = make_person("hai-vai-thu", VILLAGE, role=Role.TRAINER)
    with transaction() as session:
        place = get_by_code("24").id
        session.execute(
            sa.text("INSERT INTO role_held (person_id, role, organization_id) VALUES (:p, 'manager', :o)"),
            {"p": person.id, "o": place},
        )
    entry = people(admin)[-1]
    assert (entry.id, entry.organization_code, entry.roles) == (
        person.id,
        VILLAGE,
        (HeldRole("trainer", VILLAGE),),
    )
    above = make_person("tinh-thu", "24", role=Role.ADMINISTRATOR)
    [found] = [entry for entry in people(above) if entry.id == person.id]
    assert found.roles == (HeldRole("trainer", VILLAGE), HeldRole("manager", "24"))


def test_an_organization_outside_the_scope_is_as_one_that_is_not(admin: Actor) -> None:
    for code in (OTHER_COMMUNE, "24", "khong-co", ""):
        with pytest.raises(NotFound) as refusal:
            people(admin, organization=code)
        assert refusal.value.field == "organization"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("dao", ["dao-thu"]),
        ("ĐÀO", ["dao-thu"]),
        ("thị bưởi", ["buoi-thu"]),
        ("buoi-thu", ["buoi-thu"]),
        ("tran  THI", ["dao-thu", "buoi-thu"]),
        ("tran%", []),
        ("_", []),
        ("không ai", []),
    ],
)
def test_a_search_folds_names_and_finds_every_word(admin: Actor, typed: str, found: list[str]) -> None:
    make_person("dao-thu", name="Trần Thị Đào")
    make_person("buoi-thu", name="Trần Thị Bưởi")
    make_person("ngoai-thu", OTHER_COMMUNE, name="Trần Thị Đào")
    assert usernames(admin, q=typed) == found


def test_pages_follow_each_other_without_gap_or_double(admin: Actor) -> None:
    for number in range(7):
        make_person(f"thu-{number}", name=f"Cam {'Chẵn' if number % 2 == 0 else 'Lẻ'}")
    for search, expected in (
        ("", ["quan-tri-thu", *(f"thu-{n}" for n in range(7))]),
        ("chan", ["thu-0", "thu-2", "thu-4", "thu-6"]),
    ):
        seen: list[str] = []
        after = 0
        while page := people(admin, search=search, after=after, limit=3):
            assert len(page) <= 3
            seen += [entry.username for entry in page]
            after = page[-1].id
        assert seen == expected


def test_a_search_goes_through_more_people_than_are_read_at_once(admin: Actor) -> None:
    place = get_by_code(COMMUNE).id
    with transaction() as session:
        session.execute(
            sa.insert(Person),
            [
                {
                    "username": f"dong-{n}",
                    "name": "Người Thử",
                    "sort_key": "",
                    "organization_id": place,
                    "created_at": NOW,
                }
                for n in range(SEARCHED_AT_ONCE + 20)
            ],
        )
    make_person("cuoi-thu", name="Ổi Văn Cuối")
    assert usernames(admin, q="cuoi") == ["cuoi-thu"]
    assert len(people(admin, search="nguoi thu dong", limit=SEARCHED_AT_ONCE + 10)) == SEARCHED_AT_ONCE + 10


# --- Adding


def add(actor: Actor | None, **fields: str) -> AddedPerson:
    given = {"username": "Moi-Thu", "name": "Người Mới", "organization": VILLAGE, "role": "learner"} | fields
    person = NewPerson(
        given["username"], given["name"], given["organization"], Role(given["role"]), given.get("scope")
    )
    return add_person(person, moment=moment(), actor=actor)


def test_a_person_is_added_with_her_courses_and_a_link_and_on_record(admin: Actor) -> None:
    make_course()
    assign_course(
        None, get_course(COURSE).id, organization_id=get_by_code(COMMUNE).id, title="Đợt", moment=moment()
    )
    added = add(admin)
    assert added.username == "moi-thu"
    assert find_link_holder(added.token, now=NOW) == "Người Mới"
    assert added.token not in repr(added)
    assert get_actor("moi-thu").id == added.id
    enrolled = current_session().scalars(sa.select(Enrollment.person_id)).all()
    assert added.id in enrolled
    entries = current_session().execute(
        sa.select(AuditEntry.action, AuditEntry.actor_id).where(AuditEntry.subject == f"person:{added.id}")
    )
    assert sorted(tuple(entry) for entry in entries) == [("person.added", admin.id), ("role.given", admin.id)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"organization": OTHER_COMMUNE}, "organization"),
        ({"organization": "24"}, "organization"),
        ({"organization": "khong-co"}, "organization"),
        ({"scope": "24"}, "scope"),
        ({"scope": WARD, "role": "manager"}, "scope"),
        ({"scope": "khong-co"}, "scope"),
    ],
)
def test_nobody_is_added_and_no_role_given_outside_the_scope(
    admin: Actor, fields: dict[str, str], field: str
) -> None:
    with pytest.raises(NotFound) as refusal:
        add(admin, **fields)
    assert refusal.value.field == field
    assert usernames(admin) == ["quan-tri-thu"]


@pytest.mark.parametrize("role", [Role.LEARNER, Role.TRAINER, Role.MANAGER])
def test_only_who_manages_people_adds_them(admin: Actor, role: Role) -> None:
    with pytest.raises(NotFound):
        add(make_person("khac-thu", COMMUNE, role=role))


def test_a_role_may_be_held_at_another_place_of_the_scope(admin: Actor) -> None:
    add(admin, organization=COMMUNE, scope=VILLAGE, role="manager")
    assert get_actor("moi-thu").scope(Permission.REPORT_READ) == (get_by_code(VILLAGE).path,)


def test_a_taken_user_name_and_names_that_are_none_leave_nothing_behind(admin: Actor) -> None:
    for fields, kind, field in (
        ({"username": "QUAN-TRI-thu"}, Conflict, "username"),
        ({"username": "hai từ"}, Refused, "username"),
        ({"name": "\t"}, Refused, "name"),
    ):
        with pytest.raises(kind) as refusal:
            add(admin, **fields)
        assert refusal.value.field == field
    assert usernames(admin) == ["quan-tri-thu"]
    assert (
        current_session().scalar(sa.select(sa.func.count()).where(AuditEntry.action == "person.added")) == 0
    )
