"""The pages of people: who is found, what is done about one, and what is refused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.accounts.models import Person, RoleHeld
from learning.accounts.queries import find_session, get_actor
from learning.administration import roles
from learning.administration.roles import Span
from learning.audit.models import AuditEntry
from learning.database import current_session
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Permission, Role
from learning.organizations.services import PROVINCE_CODE
from tests.support.factories import (
    COMMUNE,
    NOW,
    OTHER_COMMUNE,
    VILLAGE,
    make_organizations,
    make_person,
    moment,
)
from tests.support.together import together
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
LIST = "/admin/people/"


def page_of(username: str) -> str:
    return f"{LIST}{get_actor(username).id}/"


# --- Pages


def test_people_are_found_as_typed_without_marks(world: Flask, visit: Visit) -> None:
    make_person("buoi-thu", COMMUNE, name="Trần Thị Bưởi Thử")
    admin = visit("admin")
    for typed in ("tran thi buoi", "BƯỞI", "buoi-thu"):
        assert "Trần Thị Bưởi Thử" in admin.get(f"{LIST}?q={typed}").text
    assert "Trần Thị Bưởi Thử" not in admin.get(f"{LIST}?q=buoi&organization={OTHER_COMMUNE}").text
    assert (
        "Trần Thị Bưởi Thử" in admin.get(f"{LIST}?q=buoi&organization={COMMUNE}&state=new&role=learner").text
    )
    assert admin.get(f"{LIST}?organization=khong-co&page=0&role=x").status_code == 200


def test_the_list_costs_the_same_for_any_number_of_people(
    world: Flask, visit: Visit, count_statements
) -> None:
    admin = visit("admin")
    admin.get(LIST)
    with count_statements(at_most=7):
        admin.get(LIST)


def test_a_person_is_added_and_her_link_shown_once(world: Flask, visit: Visit) -> None:
    admin, page = visit("admin"), f"{LIST}new"
    fields = {
        "name": "Người Thử Mới",
        "username": "moi-thu",
        "organization": COMMUNE,
        "role": "learner",
        "email": "",
    }
    wrong = admin.post(page, fields | {"organization": "khong-co"}, page=page)
    assert wrong.status_code == 422
    assert 'value="Người Thử Mới"' in wrong.text
    made = admin.post(page, fields, page=page)
    assert made.status_code == 200
    assert "/sign-in/" in made.text
    assert admin.post(page, fields, page=page).status_code == 422  # the name is taken
    assert "/sign-in/" not in admin.get(page_of("moi-thu")).text.replace('/sign-in"', "")


def test_a_person_is_moved_described_and_away_on_her_page(world: Flask, visit: Visit) -> None:
    make_person("di-thu", COMMUNE)
    admin, page = visit("admin"), page_of("di-thu")
    assert admin.post(f"{page}move", {"move-organization": "khong-co"}, page=page).status_code == 422
    assert admin.post(f"{page}move", {"move-organization": OTHER_COMMUNE}, page=page).status_code == 303
    assert (
        admin.post(
            f"{page}post", {"post-position": "Văn thư", "post-audience": "cadre"}, page=page
        ).status_code
        == 303
    )
    assert admin.post(f"{page}absence", {"absence-absence": "leave"}, page=page).status_code == 303
    text = admin.get(page).text
    assert "Xã Dốc Thử" in text
    assert "Văn thư" in text
    assert 'selected value="leave"' in text


def test_who_administers_a_commune_sees_nobody_elsewhere(world: Flask, visit: Visit) -> None:
    make_person("quan-tri-xa", COMMUNE, role=Role.ADMINISTRATOR)
    make_person("xa-khac-thu", OTHER_COMMUNE)
    window = visit("quan-tri-xa")
    assert "xa-khac-thu" not in window.get(LIST).text
    assert window.get(page_of("xa-khac-thu")).status_code == 404
    own = page_of("quan-tri-xa")
    refused = window.post(
        f"{own}roles", {"role-role": "manager", "role-organization": OTHER_COMMUNE}, page=own
    )
    assert refused.status_code == 422


def test_a_role_is_given_until_a_day_and_taken_back(world: Flask, visit: Visit) -> None:
    person = make_person("vai-thu", COMMUNE)
    admin, page = visit("admin"), page_of("vai-thu")
    fields = {
        "role-role": "manager",
        "role-organization": COMMUNE,
        "role-first": "2026-11-30",
        "role-last": "2026-11-29",
    }
    assert admin.post(f"{page}roles", fields, page=page).status_code == 422
    assert admin.post(f"{page}roles", fields | {"role-last": "2099-12-31"}, page=page).status_code == 303
    held = (
        current_session()
        .scalars(sa.select(RoleHeld.id).where(RoleHeld.person_id == person.id, RoleHeld.role == "manager"))
        .one()
    )
    assert admin.post(f"{page}roles/{held}/end", page=page).status_code == 303
    assert admin.post(f"{page}roles/{held}/end", page=page).status_code == 404


# --- What is allowed


@pytest.fixture
def first(app: Flask, both_databases: str) -> Actor:
    app.config["CLOCK"] = lambda: NOW
    make_organizations()
    return make_person("mot-thu", PROVINCE_CODE, role=Role.ADMINISTRATOR)


def may_read(username: str, path: str = "/24/X-1/") -> bool:
    return get_actor(username).may(Permission.REPORT_READ, path)


def test_a_role_holds_only_between_its_days(app: Flask, first: Actor) -> None:
    person = make_person("vai-thu", COMMUNE)
    today = moment().day
    for days, span in (
        (0, Span(last=today)),
        (3, Span(today + timedelta(days=3), today + timedelta(days=3))),
    ):
        roles.give_role(first, person.id, Role.MANAGER, COMMUNE, span, moment=moment())
        for later in (0, 1, 2, 3, 4):
            app.config["CLOCK"] = lambda later=later: NOW + timedelta(days=later)
            assert may_read("vai-thu") is (later == days), (span, later)
        app.config["CLOCK"] = lambda: NOW


def test_a_deputy_acts_until_the_day_and_no_longer_than_the_role(app: Flask, first: Actor) -> None:
    holder = make_person("truong-thu", COMMUNE, role=Role.MANAGER)
    make_person("pho-thu", COMMUNE)
    today = moment().day
    assert (
        roles.lend_roles(first, holder.id, "pho-thu", Span(last=today + timedelta(days=1)), moment=moment())
        == 1
    )
    assert may_read("pho-thu")
    app.config["CLOCK"] = lambda: NOW + timedelta(days=2)
    assert not may_read("pho-thu")
    app.config["CLOCK"] = lambda: NOW
    lent = current_session().scalars(sa.select(RoleHeld).where(RoleHeld.person_id == holder.id)).one()
    roles.take_role(first, holder.id, lent.id, moment=moment())
    assert not may_read("pho-thu")
    actions = list(current_session().scalars(sa.select(AuditEntry.action)))
    assert actions.count("role.taken") == 2


def test_the_last_administrator_stays(first: Actor) -> None:
    held = current_session().scalars(sa.select(RoleHeld.id).where(RoleHeld.person_id == first.id)).one()
    with pytest.raises(Refused):
        roles.take_role(first, first.id, held, moment=moment())
    with pytest.raises(Refused):
        roles.give_role(
            first, first.id, Role.ADMINISTRATOR, PROVINCE_CODE, Span(last=moment().day), moment=moment()
        )
    assert get_actor("mot-thu").may(Permission.PEOPLE_MANAGE, "/24/")


def test_of_two_administrators_who_remove_each_other_one_stays(app: Flask, first: Actor) -> None:
    second = make_person("hai-thu", PROVINCE_CODE, role=Role.ADMINISTRATOR)
    done = together(
        app,
        [
            lambda: roles.disable(first, second.id, moment=moment()),
            lambda: roles.disable(second, first.id, moment=moment()),
        ],
    )
    assert sorted(isinstance(one, Refused) for one in done) == [False, True], done
    left = current_session().scalar(sa.select(sa.func.count()).where(Person.disabled_at.is_(None)))
    assert left == 1


def test_who_administers_a_commune_does_not_let_herself_in_as_somebody_greater(first: Actor) -> None:
    small = make_person("xa-thu", COMMUNE, role=Role.ADMINISTRATOR)
    great = make_person("tinh-thu", COMMUNE)
    roles.give_role(first, great.id, Role.ADMINISTRATOR, PROVINCE_CODE, Span(), moment=moment())
    for deed in (roles.let_in_anew, roles.disable, roles.enable):
        with pytest.raises(Refused):
            deed(small, great.id, moment=moment())
    village = make_person("thon-thu", VILLAGE)
    assert roles.let_in_anew(small, village.id, moment=moment())
    other = make_person("khac-thu", OTHER_COMMUNE)
    with pytest.raises(NotFound):
        roles.disable(small, other.id, moment=moment())


def test_who_is_disabled_is_out_at_once_and_not_back_in_by_an_old_session(app: Flask, first: Actor) -> None:
    person = make_person("ra-thu", COMMUNE)
    visitor = Visitor(app.test_client())
    visitor.be("ra-thu")
    cookie = visitor.client.get_cookie(app.config["SESSION_TOKEN_COOKIE"])
    assert cookie is not None
    assert roles.disable(first, person.id, moment=moment())
    assert find_session(cookie.value, now=NOW) is None
    assert roles.enable(first, person.id, moment=moment())
    assert find_session(cookie.value, now=NOW) is None
