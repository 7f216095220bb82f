"""The shipped tree of organizations, and how it is saved and listed."""

import unicodedata
from collections import Counter

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.database import current_session, transaction
from learning.domain.errors import NotFound, Refused
from learning.organizations.models import Organization
from learning.organizations.queries import get_by_code, list_places_now, list_within
from learning.organizations.services import (
    PROVINCE_CODE,
    OrganizationRecord,
    save_organizations,
    shipped_organizations,
)
from tests.support.factories import COMMUNE, OTHER_COMMUNE, VILLAGE, WARD, make_organizations, moment
from tests.support.together import together


def test_the_province_ships_with_66_communes_and_33_wards() -> None:
    kinds = Counter(record.kind for record in shipped_organizations())
    assert kinds == {"province": 1, "department": 1, "commune": 66, "ward": 33}


def test_shipped_names_are_whole_and_composed() -> None:
    records = shipped_organizations()
    assert len({record.code for record in records}) == len({record.name for record in records}) == 101
    assert all(unicodedata.is_normalized("NFC", record.name) for record in records)
    prefix = {"commune": "Xã ", "ward": "Phường "}
    assert all(record.name.startswith(prefix.get(record.kind, "")) for record in records)
    assert all(record.parent_code == "24" for record in records[1:])


def test_saving_the_shipped_organizations_again_changes_nothing(app: Flask, both_databases: str) -> None:
    assert save_organizations(shipped_organizations()) == 101
    before = list_within(("/",))
    assert save_organizations(shipped_organizations()) == 0
    assert list_within(("/",)) == before
    assert len(before) == 101


def test_a_renamed_organization_keeps_its_place(app: Flask, both_databases: str) -> None:
    make_organizations()
    before = get_by_code(COMMUNE)
    assert save_organizations([OrganizationRecord(COMMUNE, "ward", "Phường Mới Thử", None)]) == 1
    after = get_by_code(COMMUNE)
    assert (after.id, after.path) == (before.id, before.path)
    assert (after.name, after.kind) == ("Phường Mới Thử", "ward")


def test_names_are_saved_composed_however_they_came(app: Flask) -> None:
    name = unicodedata.normalize("NFD", "Xã Đồng Thử Nghiệm")
    save_organizations([OrganizationRecord("a", "commune", name, None)])
    assert get_by_code("a").name == unicodedata.normalize("NFC", name)
    assert save_organizations([OrganizationRecord("a", "commune", name, None)]) == 0


def test_saving_is_whole_or_nothing(app: Flask, both_databases: str) -> None:
    records = [
        OrganizationRecord("a", "commune", "Xã Một Thử", None),
        OrganizationRecord("b", "commune", "Xã Hai Thử", "khong-co"),
    ]
    with pytest.raises(KeyError):
        save_organizations(records)
    assert list_within(("/",)) == []


def test_lists_stand_in_vietnamese_order_of_the_proper_names(app: Flask, both_databases: str) -> None:
    names = ["Xã Ân", "Phường An", "Xã Ẩn", "Xã Dung", "Phường Đông", "Xã Ăn", "Xã Em", "Phường Êm", "Xã Án"]
    save_organizations(
        OrganizationRecord(str(number), "commune", name, None) for number, name in enumerate(names)
    )
    assert [row.name.split()[1] for row in list_within(("/",))] == [
        *("An", "Án", "Ăn", "Ân", "Ẩn"),
        *("Dung", "Đông", "Em", "Êm"),
    ]


def test_higher_organizations_are_listed_first(app: Flask, both_databases: str) -> None:
    make_organizations()
    assert [row.name for row in list_within(("/",))] == [
        "Tỉnh Thử Nghiệm",
        "Phường Ăn Thử",
        "Ban Thử Nghiệm",
        "Xã Dốc Thử",
        "Xã Đồng Thử",
        "Thôn Thử Một",
    ]


def test_an_organization_outside_the_scope_is_not_found(app: Flask, both_databases: str) -> None:
    make_organizations()
    commune = get_by_code(COMMUNE)
    assert get_by_code(VILLAGE, (commune.path,)).parent_id == commune.id
    with pytest.raises(NotFound):
        get_by_code("24", (commune.path,))
    with pytest.raises(NotFound):
        get_by_code(COMMUNE, ())


def test_two_starts_at_once_save_the_organizations_once(app: Flask, both_databases: str) -> None:
    outcomes = together(app, [lambda: save_organizations(shipped_organizations())] * 3)
    assert max(n for n in outcomes if isinstance(n, int)) == 101
    assert current_session().scalar(sa.select(sa.func.count()).select_from(Organization)) == 101


@pytest.mark.parametrize("name", ["", " ", "W" * 201, "Xã\nThử", "Xã\u2069 Thử", "Xã\x00", "\u0301", "…"])
def test_a_name_that_is_no_line_of_text_is_refused_and_nothing_saved(app: Flask, name: str) -> None:
    records = [
        OrganizationRecord(PROVINCE_CODE, "province", "Tỉnh Thử", None),
        OrganizationRecord("X-1", "commune", name, PROVINCE_CODE),
    ]
    with pytest.raises(Refused) as refusal:
        save_organizations(records)
    assert (refusal.value.field, refusal.value.params) == ("name", {"code": "X-1"})
    assert list_within(("/",)) == []


def test_a_name_is_saved_without_spaces_around_it(app: Flask) -> None:
    save_organizations([OrganizationRecord(PROVINCE_CODE, "province", "  Tỉnh \u202eThử ", None)])
    assert get_by_code(PROVINCE_CODE).name == "Tỉnh \u202eThử"


def close(code: str, successor: str, *, days: int = 0) -> None:
    """Let an organization have ended some days from the fixed one, with a successor."""
    with transaction() as session:
        session.execute(
            sa.update(Organization)
            .where(Organization.code == code)
            .values(valid_to=moment(days).day, successor_id=get_by_code(successor).id)
        )


def now(*codes: str) -> dict[str, str]:
    """Return which organization stands today for which, in the scope of these."""
    names = {row.id: row.code for row in list_within(("/",))}
    places = list_places_now([get_by_code(code).path for code in codes], moment().day)
    return {names[id]: row.code for id, row in places.by_id.items()}


@pytest.mark.usefixtures("both_databases", "app")
def test_today_an_ended_organization_and_those_below_it_are_their_successor() -> None:
    make_organizations()
    assert now(WARD) == {WARD: WARD}
    close(COMMUNE, OTHER_COMMUNE)
    close(OTHER_COMMUNE, WARD, days=-3)
    assert now(WARD) == {COMMUNE: WARD, VILLAGE: WARD, OTHER_COMMUNE: WARD, WARD: WARD}
    assert now(COMMUNE) == {}  # who answers for what has ended answers for nothing today
    assert now(PROVINCE_CODE)[VILLAGE] == WARD
    assert list_places_now((get_by_code(WARD).path,), moment().day).paths == (
        get_by_code(WARD).path,
        *(get_by_code(code).path for code in (COMMUNE, VILLAGE, OTHER_COMMUNE)),
    )


@pytest.mark.usefixtures("both_databases", "app")
def test_what_closes_later_stands_for_itself_and_a_circle_ends() -> None:
    make_organizations()
    close(COMMUNE, WARD, days=1)
    assert now(COMMUNE) == {COMMUNE: COMMUNE, VILLAGE: VILLAGE}
    close(COMMUNE, WARD)
    close(WARD, COMMUNE)
    assert now(PROVINCE_CODE)[COMMUNE] in {COMMUNE, WARD}
