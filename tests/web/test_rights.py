"""Who gets which answer at every address: strangers, and people of each role inside and outside their scope."""

from collections.abc import Callable

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.domain.permissions import ROLE_PERMISSIONS, SIGNED_IN, Permission
from learning.web.access import PUBLIC, declared_permissions
from scripts.reference import REMEDY, permissions_page, stale
from tests.support.factories import COURSE, OTHER_COMMUNE, QUIZ, READ_UNIT
from tests.support.visitor import Visitor
from tests.web.conftest import PEOPLE

Visit = Callable[..., Visitor]
EVERYONE = frozenset(PEOPLE)
TRAINERS = frozenset({"trainer", "admin"})
MANAGERS = frozenset({"manager", "province", "admin"})
REPORTERS_THERE = frozenset({"province", "admin"})  # whose scope has the commune of the table below
TEACHERS = TRAINERS | MANAGERS
NOBODY: frozenset[str] = frozenset()

# Endpoint -> (who gets in, the status that an empty form gets from there on; None: only GET).
# A stranger is sent to sign in, everybody else gets 404, save where the address is public.
WRITES: dict[str, tuple[frozenset[str], int]] = {
    "accounts.change_email": (EVERYONE, 303),
    "accounts.change_password": (EVERYONE, 422),
    "accounts.revoke_token": (NOBODY, 404),
    "accounts.tokens": (EVERYONE, 422),
    "administration.add_person": (frozenset({"admin"}), 422),
    "administration.confirm_import": (NOBODY, 404),
    "administration.describe_person": (frozenset({"admin"}), 422),
    "administration.disable_person": (frozenset({"admin"}), 303),
    "administration.enable_person": (frozenset({"admin"}), 303),
    "administration.give_role": (frozenset({"admin"}), 422),
    "administration.import_organizations": (frozenset({"admin"}), 422),
    "administration.import_people": (frozenset({"admin"}), 422),
    "administration.lend_roles": (frozenset({"admin"}), 422),
    "administration.move_person": (frozenset({"admin"}), 422),
    "administration.note_absence": (frozenset({"admin"}), 422),
    "administration.renew_sign_in": (frozenset({"admin"}), 200),
    "administration.run_again": (NOBODY, 404),
    "administration.take_role": (NOBODY, 404),
    "administration.setting": (frozenset({"admin"}), 303),
    "authoring.create_quiz": (TRAINERS, 422),
    "authoring.create_unit": (TRAINERS, 422),
    "authoring.draft_course": (TRAINERS, 409),
    "authoring.draft_quiz": (TRAINERS, 409),
    "authoring.draft_unit": (TRAINERS, 409),
    "authoring.import_bundle": (TRAINERS, 422),
    "authoring.import_quiz": (TRAINERS, 422),
    "authoring.preview_course": (TRAINERS, 200),
    "authoring.preview_quiz": (TRAINERS, 200),
    "authoring.preview_unit": (TRAINERS, 200),
    "authoring.publish_course": (TRAINERS, 422),
    "authoring.publish_quiz": (TRAINERS, 422),
    "authoring.publish_unit": (TRAINERS, 422),
    "authoring.regrading": (TRAINERS, 422),
    "authoring.save_imported_quiz": (TRAINERS, 422),
    "authoring.undo_regrading": (NOBODY, 404),
    "mail.send_again": (NOBODY, 404),
    "certificates.note_official_number": (NOBODY, 404),
    "classrooms.attend": (EVERYONE, 422),
    "classrooms.attend_here": (EVERYONE, 422),
    "classrooms.cancel": (NOBODY, 404),
    "classrooms.edit": (NOBODY, 404),
    "classrooms.delete_help_entry": (NOBODY, 404),
    "classrooms.help_entries": (EVERYONE, 422),
    "classrooms.help_entry": (NOBODY, 404),
    "classrooms.mark": (TEACHERS, 422),
    "classrooms.plan": (TEACHERS, 422),
    "classrooms.reply": (NOBODY, 404),
    "evaluations.evaluate": (NOBODY, 404),
    "marking.decide": (NOBODY, 404),
    "marking.mark": (NOBODY, 404),
    "reminders.end_schedule": (NOBODY, 404),
    "reminders.schedule": (MANAGERS, 422),
    "reminders.letter": (frozenset({"admin"}), 200),
    "reports.allowance": (MANAGERS, 422),
    "assigning.ask_for": (MANAGERS, 422),
    "assigning.assignment": (NOBODY, 404),
    "assigning.decide": (NOBODY, 404),
    "assigning.exempt": (MANAGERS, 422),
    "assigning.extend": (MANAGERS, 422),
    "assigning.own_credit": (EVERYONE, 422),
    "assigning.take_back": (NOBODY, 404),
    "assigning.index": (MANAGERS, 422),
    "assigning.withdraw": (NOBODY, 404),
    "study.complete_unit": (EVERYONE, 303),
    "study.dismiss_notice": (NOBODY, 404),
    "study.enroll": (EVERYONE, 303),
    "study.hand_in_task": (EVERYONE, 422),
    "study.save_responses": (NOBODY, 404),
    "study.start_attempt": (EVERYONE, 303),
    "study.submit_attempt": (NOBODY, 404),
}
PUBLIC_WRITES = {
    "accounts.language": 303,
    "accounts.sign_in": 422,
    "accounts.sign_in_link": 404,
    "accounts.sign_out": 303,
}
VALUES: dict[str, object] = {
    "code": "0" * 16,
    "job": 99,
    "name": "report.first_target",
    "letter": "before.vi",
    "course": COURSE,
    "unit": READ_UNIT,
    "quiz": QUIZ,
    "attempt": 999,
    "answer": 999,
    "credit": 999,
    "kind": "extension",
    "verdict": "approval",
    "assignment": 999,
    "notice": 999,
    "session": 999,
    "entry": 999,
    "submission": 999,
    "person": 1,  # the learner, the first person of the world
    "token": "x",
    "number": 999,
}


def addresses(app: Flask) -> dict[str, str]:
    """Return the address of every endpoint that takes a POST."""
    adapter = app.url_map.bind("localhost")
    return {
        rule.endpoint: adapter.build(
            rule.endpoint, {name: VALUES[name] for name in rule.arguments}, method="POST"
        )
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("api.")  # tests/web/test_api.py
    }


def test_every_write_stands_in_the_table(world: Flask) -> None:
    assert set(addresses(world)) == WRITES.keys() | PUBLIC_WRITES.keys()


@pytest.mark.parametrize("username", PEOPLE)
def test_a_write_is_open_to_those_it_is_for_and_does_not_exist_for_others(
    world: Flask, visit: Visit, username: str
) -> None:
    visitor = visit(username)
    got = {
        endpoint: visitor.post(path, page="/account/").status_code
        for endpoint, path in addresses(world).items()
        if endpoint in WRITES
    }
    assert got == {endpoint: status if username in who else 404 for endpoint, (who, status) in WRITES.items()}


def test_a_stranger_who_writes_is_sent_to_sign_in(world: Flask, visit: Visit) -> None:
    stranger = visit()
    token = stranger.token("/sign-in")
    for endpoint, path in addresses(world).items():
        answer = stranger.client.post(path, data={"csrf_token": token})
        if endpoint in PUBLIC_WRITES:
            assert answer.status_code == PUBLIC_WRITES[endpoint], path
        else:
            assert answer.status_code == 303, path
            assert answer.headers["Location"].startswith("/sign-in?next=%2F"), path
            assert "held" not in answer.headers["Location"]


@pytest.mark.parametrize("username", [None, "learner", "admin"])
def test_no_write_is_done_without_its_token(world: Flask, visit: Visit, username: str | None) -> None:
    visitor = visit(username)
    assert {
        path: status
        for path in addresses(world).values()
        for status in [visitor.client.post(path).status_code]
        if status != 400
    } == {}


def test_a_token_of_somebody_else_is_none(visit: Visit) -> None:
    learner, other = visit("learner"), visit("other")
    path = f"/courses/{COURSE}/enrollment"
    assert (
        other.client.post(path, data={"csrf_token": learner.token(f"/courses/{COURSE}/")}).status_code == 400
    )


@pytest.mark.parametrize("username", PEOPLE)
def test_reports_outside_ones_scope_do_not_exist(visit: Visit, username: str) -> None:
    visitor = visit(username)
    other = get_actor("other").id
    for path in (
        f"/reports/organizations/{OTHER_COMMUNE}/",
        f"/reports/organizations/{OTHER_COMMUNE}.csv",
        f"/reports/people/{other}/",
        f"/reports/people/{other}.csv",
    ):
        assert visitor.get(path).status_code == (200 if username in REPORTERS_THERE else 404)
    assert visitor.get("/reports/people/999/").status_code == 404


def test_the_table_of_rights_and_the_routes_agree(world: Flask) -> None:
    roles_of = {"other": "learner", "province": "manager", "admin": "administrator"}
    declared = declared_permissions(world)
    for endpoint, (who, _status) in WRITES.items():
        if not who:
            continue
        permission = Permission(declared[endpoint])
        holders = {
            username
            for username in PEOPLE
            if permission in SIGNED_IN
            or permission
            in {
                held
                for role, held_ in ROLE_PERMISSIONS.items()
                if role == roles_of.get(username, username)
                for held in held_
            }
        }
        assert holders == who, endpoint
    assert {declared[endpoint] for endpoint in PUBLIC_WRITES} == {PUBLIC}


def test_the_written_tables_are_those_of_the_code(world: Flask) -> None:
    assert stale(world) == [], f"run {REMEDY}"


def test_the_table_of_permissions_names_each_of_them() -> None:
    page = permissions_page()
    assert all(page.count(f"| `{permission}` |") == 1 for permission in Permission)
    assert (
        "| `course:publish` |  | at and below her organization |  | at and below her organization |" in page
    )
