"""The log of help: written by members of teams, summed by managers, never with names."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from learning.audit.models import AuditEntry
from learning.classrooms.help_log import (
    Help,
    NumberOfSomebody,
    change_entry,
    delete_entry,
    note_export,
    write_entry,
)
from learning.classrooms.queries.help_log import (
    HelpSums,
    get_own_entry,
    list_own_entries,
    list_own_places,
    sum_help,
)
from learning.database import current_session
from learning.domain.errors import NotFound, Refused
from learning.domain.help_log import HelpKind, period_of
from learning.domain.permissions import Actor, Permission, Role
from learning.organizations.services import PROVINCE_CODE
from tests.support.factories import (
    COMMUNE,
    OTHER_COMMUNE,
    VILLAGE,
    WARD,
    make_organizations,
    make_person,
    moment,
)

pytestmark = pytest.mark.usefixtures("both_databases")
EVENING = Help(
    helped_on=moment().day,
    organization=VILLAGE,
    place="Nhà văn hóa thôn Thử",
    kind="payment",
    people=7,
    note="Cài ứng dụng ngân hàng.",
    is_sure=False,
)


@pytest.fixture
def member(app: Flask) -> Actor:
    make_organizations()
    return make_person("to-vien-thu", VILLAGE)


def sums(actor: Actor, name: str = "2026-11") -> HelpSums:
    period = period_of(name)
    assert period is not None
    return sum_help(actor.scope(Permission.HELP_LOG_READ), period)


def test_an_entry_is_written_changed_and_taken_out_by_its_author(member: Actor) -> None:
    entry = write_entry(member, EVENING, moment=moment())
    assert [row.people for row in list_own_entries(member)] == [7]
    change_entry(member, entry, replace(EVENING, people=8, kind="safety"), moment=moment(7))
    row = get_own_entry(member, entry)
    assert (row.people, row.kind, row.organization_code) == (8, HelpKind.SAFETY, VILLAGE)
    other = make_person("khac-thu", VILLAGE)
    for act in (
        lambda: change_entry(other, entry, EVENING, moment=moment()),
        lambda: delete_entry(other, entry, moment=moment()),
        lambda: get_own_entry(other, entry),
    ):
        with pytest.raises(NotFound):
            act()
    delete_entry(member, entry, moment=moment(7))
    assert list_own_entries(member) == ()


def test_an_entry_stays_as_it_is_after_some_days(member: Actor) -> None:
    entry = write_entry(member, EVENING, moment=moment())
    for act in (
        lambda: change_entry(member, entry, EVENING, moment=moment(8)),
        lambda: delete_entry(member, entry, moment=moment(8)),
    ):
        with pytest.raises(Refused, match="too old"):
            act()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"place": "\u200b"}, "place"),
        ({"note": "a" * 501}, "note"),
        ({"helped_on": moment(1).day}, "helped_on"),
        ({"helped_on": moment().day - timedelta(days=400)}, "helped_on"),
        ({"people": 0}, "people"),
        ({"people": 10_001}, "people"),
        ({"kind": "khac"}, "kind"),
        ({"organization": OTHER_COMMUNE}, "organization"),
    ],
)
def test_what_cannot_be_written_names_its_field(
    member: Actor, changes: dict[str, object], field: str
) -> None:
    with pytest.raises((Refused, NotFound)) as refusal:
        write_entry(member, replace(EVENING, **changes), moment=moment())  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert list_own_entries(member) == ()


@pytest.mark.parametrize("field", ["place", "note"])
def test_a_number_of_somebody_is_asked_about(member: Actor, field: str) -> None:
    with_number = replace(EVENING, **{field: "Bà Thử, 0912 345 678"})  # type: ignore[arg-type]
    with pytest.raises(NumberOfSomebody) as refusal:
        write_entry(member, with_number, moment=moment())
    assert refusal.value.field == field
    write_entry(member, replace(with_number, is_sure=True), moment=moment())
    assert len(list_own_entries(member)) == 1


def test_one_writes_where_one_has_a_post_or_a_role(member: Actor) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    assert list(list_own_places(member)) == [VILLAGE]
    assert list(list_own_places(manager)) == [COMMUNE]


def test_sums_are_of_the_scope_alone(member: Actor) -> None:
    province = make_person("tinh-thu", PROVINCE_CODE, role=Role.MANAGER)
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    elsewhere = make_person("xa-khac-thu", OTHER_COMMUNE, role=Role.MANAGER)
    ward = make_person("phuong-thu", WARD)
    write_entry(member, EVENING, moment=moment())
    write_entry(member, replace(EVENING, kind="other", people=2), moment=moment())
    write_entry(manager, replace(EVENING, organization=COMMUNE, people=1), moment=moment())
    write_entry(ward, replace(EVENING, organization=WARD, people=30), moment=moment())
    above = sums(province)
    assert {row.code: (row.times, row.people) for row in above.rows} == {COMMUNE: (3, 10), WARD: (1, 30)}
    assert (above.total.times, above.total.people) == (4, 40)
    assert above.total.kinds[HelpKind.PAYMENT] == 38
    own = sums(manager)
    assert {row.code: row.people for row in own.rows} == {COMMUNE: 1, VILLAGE: 9}
    assert {entry.organization_code for entry in own.entries} == {COMMUNE, VILLAGE}
    assert sums(elsewhere).rows == ()
    assert sums(member).total.times == 0


@pytest.mark.parametrize(("name", "times"), [("2026-11", 1), ("2026-Q4", 2), ("2026-10", 1), ("2026-Q3", 0)])
def test_a_period_has_its_entries(member: Actor, name: str, times: int) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    write_entry(member, EVENING, moment=moment())
    earlier = replace(EVENING, helped_on=moment(-30).day)
    write_entry(member, earlier, moment=moment())
    assert sums(manager, name).total.times == times


def test_a_page_of_sums_costs_few_statements(member: Actor, count_statements: Callable[..., object]) -> None:
    manager = make_person("quan-ly-thu", COMMUNE, role=Role.MANAGER)
    write_entry(member, EVENING, moment=moment())
    with count_statements(at_most=3):  # type: ignore[attr-defined]
        sums(manager)


def test_a_file_is_on_record(member: Actor) -> None:
    period = period_of("2026-Q4")
    assert period is not None
    note_export(member, period, kind="csv", moment=moment())
    entry = (
        current_session().scalars(select(AuditEntry).where(AuditEntry.action == "help_log.exported")).one()
    )
    assert (entry.subject, entry.detail["kind"]) == ("help_log:2026-Q4", "csv")
