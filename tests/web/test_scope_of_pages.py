"""Each address shows exactly what is inside the reader's scope: sets that come out beside sets told in plain Python.

Every address that asks for a role is named here, with how it is held, or the test that looks for others fails.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from learning.accounts.queries import get_actor
from learning.accounts.services import create_token
from learning.audit.models import AuditEntry
from learning.database import transaction
from learning.domain.permissions import ROLE_PERMISSIONS, SIGNED_IN, Permission
from learning.web.access import declared_permissions
from tests.support.factories import COURSE, QUIZ
from tests.support.program import Program
from tests.support.scoped_world import (
    COMMUNES,
    HELD,
    LATER,
    MERGED,
    PARENTS,
    PROVINCE,
    SUCCESSOR,
    Facts,
    plant,
)
from tests.support.visitor import Visitor

PERSON, PLACE = re.compile(r"\bp\d\dp\b"), re.compile(r"\bo\d\do\b")
# Two in three of those of whom nothing is special are left out of the pages of single people, for speed.
LOOKED_AT = (PROVINCE, *COMMUNES[:4], SUCCESSOR, MERGED, "o10o", "o14o", "o20o", "o35o", "o37o")
SELDOM = {f"p{n:02}p" for n in range(15, 60) if n % 3} - {"p37p", "p58p", "p59p"}
P = Permission


@dataclass(frozen=True)
class Listing:
    """An address that lists: the marks that it shows, and those that it should."""

    endpoint: str
    permission: Permission
    address: str
    marks: re.Pattern[str]
    wanted: Callable[[Facts, set[str]], set[str]]
    part: str = ""  # of the page: what is before its first occurrence is not looked at
    program: bool = False


def people(facts: Facts, scope: set[str]) -> set[str]:
    return facts.people(scope)


def places(facts: Facts, scope: set[str]) -> set[str]:
    return scope


def listed(facts: Facts, scope: set[str]) -> set[str]:
    """What a scope begins at and what is directly below; what was merged as long as somebody stands there."""
    tops = {code for code in scope if PARENTS[code] not in scope}
    return {code for code in scope if code in tops or PARENTS[code] in tops}


def rows_of_course(facts: Facts, scope: set[str]) -> set[str]:
    """The whole province is no row; the file names it beside the total."""
    return listed(facts, scope) - {PROVINCE}


def given(facts: Facts, scope: set[str]) -> set[str]:
    return {code for code in (PROVINCE, *facts.assignment) if code in scope}


def asked(facts: Facts, scope: set[str]) -> set[str]:
    return facts.credit.keys() & facts.people(scope)


LISTINGS = (
    Listing("administration.people", P.PEOPLE_MANAGE, "/admin/people/", PERSON, people, "<tbody"),
    Listing("api.list_people", P.PEOPLE_MANAGE, "/people?limit=100", PERSON, people, program=True),
    Listing(
        "api.list_organizations", P.ORGANIZATION_READ, "/organizations?limit=100", PLACE, places, program=True
    ),
    Listing(
        "api.list_assignments",
        P.ASSIGNMENT_MANAGE,
        "/assignments?limit=100",
        PLACE,
        given,
        '"items"',
        program=True,
    ),
    Listing("assigning.credit_requests", P.ASSIGNMENT_MANAGE, "/assignments/credits/", PERSON, asked),
    Listing("reports.course", P.REPORT_READ, f"/reports/courses/{COURSE}/", PLACE, rows_of_course, "<tbody"),
    Listing("reports.course_file", P.REPORT_READ, f"/reports/courses/{COURSE}.csv", PLACE, listed),
    Listing("reminders.people", P.REPORT_READ_NAMES, "/reports/reminders/people/", PERSON, people, "<main"),
)

# One thing of an organization or a person: (permission, address, what it names).
OF_PLACES = {
    "reports.organization": (P.REPORT_READ, "/reports/organizations/{}/"),
    "reports.organization_file": (P.REPORT_READ, "/reports/organizations/{}.csv"),
    "reports.not_done": (P.REPORT_READ_NAMES, f"/reports/organizations/{{}}/not-done/{COURSE}/"),
    "reports.not_done_file": (P.REPORT_READ_NAMES, f"/reports/organizations/{{}}/not-done/{COURSE}.csv"),
}
OF_PEOPLE = {
    "administration.person": (P.PEOPLE_MANAGE, "/admin/people/{}/"),
    "assigning.learner": (P.ASSIGNMENT_MANAGE, f"/assignments/people/{{}}/{COURSE}/"),
    "reports.person": (P.REPORT_READ_NAMES, "/reports/people/{}/"),
    "reports.person_file": (P.REPORT_READ_NAMES, "/reports/people/{}.csv"),
    "reports.allowance": (P.ATTEMPT_ALLOW, f"/reports/people/{{}}/quizzes/{QUIZ}/"),
}
OF_ASSIGNMENTS = {"assigning.assignment": (P.ASSIGNMENT_MANAGE, "/assignments/{}/")}
OF_SESSIONS = {
    "classrooms.marks": (P.SESSION_MANAGE, "/classrooms/{}/attendance"),
    "classrooms.code": (P.SESSION_MANAGE, "/classrooms/{}/code"),
    "classrooms.edit": (P.SESSION_MANAGE, "/classrooms/{}/edit"),
    "classrooms.sheet": (P.SESSION_MANAGE, "/classrooms/{}/sheet"),
    "classrooms.sheet_file": (P.SESSION_MANAGE, "/classrooms/{}/sheet.pdf"),
}
NUMBERS = {"reports.overview", "reports.overview_file", "api.report_completion"}

# Held elsewhere, or nothing of a scope: why.
ELSEWHERE = {
    "administration.index": "links",
    "administration.add_person": "a form; its organizations are those of administration.people",
    "administration.jobs": "of the whole site",
    "administration.import_people": "her own files: tests/web/test_import_pages.py",
    "administration.import_organizations": "her own files: tests/web/test_import_pages.py",
    "administration.import_run": "her own files: tests/web/test_import_pages.py",
    "administration.import_errors": "her own files: tests/web/test_import_pages.py",
    "administration.people_template": "headings alone",
    "administration.organizations_template": "headings alone",
    "administration.settings": "of the whole site",
    "administration.setting": "of the whole site",
    "mail.outbox": "of the whole site",
    "reminders.overview": "of the whole site",
    "reminders.letter": "of the whole site",
    "reminders.own": "numbers: tests/integration/test_reminders.py",
    "reminders.schedule": "tests/web/test_reminders.py",
    "reports.trend_file": "numbers of reports.course: tests/integration/test_scope.py, tests/web/test_report_sheets.py",
    "reports.course_trend": "as the file",
    "reports.indicator_file": "as the page",
    "reports.indicator_sheet": "tests/web/test_report_sheets.py",
    "evaluations.results": "of a course, without names: tests/web/test_evaluations.py",
    "evaluations.results_csv": "as the page",
    "assigning.index": "test_assignments_of_the_page below",
    "assigning.evidence": "tests/web/test_assigning.py",
    "assigning.own_credit": "her own",
    "classrooms.index": "test_sessions_of_the_page below",
    "classrooms.session": "for those invited too: tests/integration/test_classroom_scope.py",
    "classrooms.calendar": "as the session",
    "classrooms.attend": "a form",
    "classrooms.attend_here": "a form",
    "classrooms.plan": "a form",
    "classrooms.help_summary": "tests/integration/test_classroom_scope.py",
    "classrooms.help_summary_file": "as the page",
    "evaluations.evaluation": "her own",
    "study.catalog": "courses that are published",
    "study.quiz": "her own",
    "api.list_courses": "courses that are published",
    "api.get_course": "a course that is published",
    "api.get_unit": "a course that is published",
    "api.export_bundle": "of a course: tests/integration/test_api_management.py",
}
OF_COURSES = (
    "authoring.",
    "marking.",
)  # by the owner of the course: tests/web/test_rights.py, test_marking.py


def test_every_address_for_a_role_is_named_here(app: Flask) -> None:
    declared = declared_permissions(app)
    own = {str(permission) for permission in SIGNED_IN} - {"course:read", "course:study"} | {"public"}
    reads = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    asking = {name for name in reads if declared[name] not in own and not name.startswith(OF_COURSES)}
    named = {listing.endpoint for listing in LISTINGS} | NUMBERS
    for table in (OF_PLACES, OF_PEOPLE, OF_ASSIGNMENTS, OF_SESSIONS, ELSEWHERE):
        assert not named & table.keys()
        named |= table.keys()
    assert asking == named


@pytest.fixture
def facts(app: Flask) -> Facts:
    return plant(app)


def windows(app: Flask) -> Iterator[tuple[str, Visitor, Program]]:
    for who in HELD:
        visitor = Visitor(app.test_client())
        visitor.be(who)
        token = create_token(get_actor(who), "thử", days=30, is_read_only=True, now=LATER.at)
        yield who, visitor, Program(app, token)


def may(who: str, permission: Permission) -> bool:
    return any(permission in ROLE_PERMISSIONS[role] for role, _place in HELD[who])


def test_lists_and_single_pages_and_numbers_are_those_of_the_scope(app: Flask, facts: Facts) -> None:
    faults: list[object] = []

    def hold(label: object, found: object, wanted: object) -> None:
        if found != wanted:
            faults.append((label, found, wanted))

    for who, visitor, program in windows(app):
        for listing in LISTINGS:
            hold((who, listing.endpoint), *look(facts, who, listing, visitor, program))
        look_at_single_pages(facts, who, visitor, hold)
        look_at_numbers(facts, who, visitor, program, hold)
    assert not faults, "\n".join(map(str, faults[:20]))


def look(
    facts: Facts, who: str, listing: Listing, visitor: Visitor, program: Program
) -> tuple[object, object]:
    """Return what comes out and what should."""
    answers = []
    for more in ("", "?page=2") if listing.endpoint == "administration.people" else ("",):
        if listing.program:
            answers.append(program("GET", listing.address + more))
        else:
            answers.append(visitor.get(listing.address + more))
    if not may(who, listing.permission):
        return {answer.status_code for answer in answers}, {404}
    text = "".join(
        answer.text.partition(listing.part)[2] if listing.part else answer.text for answer in answers
    )
    return set(listing.marks.findall(text)) - ({who} if listing.marks is PERSON else set()), listing.wanted(
        facts, facts.scope(who, listing.permission)
    ) - ({who} if listing.marks is PERSON else set())


Hold = Callable[[object, object, object], None]


def look_at_single_pages(facts: Facts, who: str, visitor: Visitor, hold: Hold) -> None:
    """Open the page of each thing: it is there for those inside only, and names nobody from outside."""
    for endpoint, (permission, address) in OF_PLACES.items():
        scope = facts.scope(who, permission)
        names = facts.people(facts.scope(who, P.REPORT_READ_NAMES))
        for code in LOOKED_AT:
            answer = visitor.get(address.format(code))
            hold((who, endpoint, code), answer.status_code, 200 if code in scope else 404)
            if answer.status_code != 200:
                continue
            main = answer.text.partition("<main")[2] or answer.text
            found = set(PERSON.findall(main)) - {who}
            here = facts.people({code} if "not_done" not in endpoint else facts.below({code}))
            hold((who, endpoint, code, "names"), found, here & names - {who})
    for table, things, place in (
        (OF_PEOPLE, facts.person, facts.place),
        (OF_ASSIGNMENTS, facts.assignment, {code: code for code in facts.assignment}),
        (OF_SESSIONS, facts.session, {code: code for code in facts.session}),
    ):
        for endpoint, (permission, address) in table.items():
            scope = facts.scope(who, permission)
            for mark, number in things.items():
                if mark in SELDOM or (endpoint == "classrooms.sheet_file" and mark != "o10o"):
                    continue
                is_own = (endpoint, mark) == ("assigning.learner", who) and may(who, permission)
                status = visitor.get(address.format(number)).status_code
                hold((who, endpoint, mark), status, 200 if place[mark] in scope or is_own else 404)


def look_at_numbers(facts: Facts, who: str, visitor: Visitor, program: Program, hold: Hold) -> None:
    """Compare sums with people counted one by one."""
    scope = facts.scope(who, P.REPORT_READ)
    overview = visitor.get("/reports/overview.csv?lang=en")
    if not may(who, P.REPORT_READ):
        hold((who, "overview"), overview.status_code, 404)
        return
    line = next(line for line in overview.text.splitlines() if line.startswith("Khóa thử"))
    hold((who, "overview"), int(line.split(",")[1]), len(facts.people(scope)))
    for code in LOOKED_AT:
        answer = program("GET", f"/reports/completion?organization={code}&course={COURSE}")
        hold((who, "api", code), answer.status_code, 200 if code in scope else 404)
        if answer.json is not None and answer.status_code == 200:
            hold(
                (who, "api", code, "n"),
                answer.json["total"]["enrolled"],
                len(facts.people(facts.below({code}))),
            )


def test_assignments_of_the_page_are_those_of_the_scope(app: Flask, facts: Facts) -> None:
    for who, visitor, _program in windows(app):
        if may(who, P.ASSIGNMENT_MANAGE):
            titles = set(re.findall(r"Đợt (o\d\do)", visitor.get("/assignments/").text))
            assert titles == given(facts, facts.scope(who, P.ASSIGNMENT_MANAGE)), who
        if may(who, P.SESSION_MANAGE):
            titles = set(re.findall(r"Buổi (o\d\do)", visitor.get("/classrooms/").text))
            assert titles == facts.session.keys() & facts.scope(who, P.SESSION_MANAGE), who


def test_who_follows_a_merged_organization_reads_its_figures_as_they_are_now_and_no_names(
    app: Flask, facts: Facts
) -> None:
    """What decision 0018 means: figures by today's tree; the page of what has ended stays with who held it."""
    follower = Visitor(app.test_client())
    follower.be("p58p")

    def enrolled(address: str) -> int:
        text = follower.get(address).text
        return int(next(line for line in text.splitlines() if line.startswith("Khóa thử")).split(",")[1])

    own = len(facts.people(facts.below({SUCCESSOR})))
    assert enrolled("/reports/overview.csv") == own
    before = len(facts.people({MERGED}))
    assert own + before <= enrolled("/reports/overview.csv?membership=now")
    assert enrolled("/reports/overview.csv?membership=now") <= own + len(facts.people(facts.below({MERGED})))
    assert follower.get(f"/reports/organizations/{MERGED}/").status_code == 404


# --- What leaves a row with its purpose

MORE_FILES = (
    "/authoring/export",
    f"/authoring/quizzes/{QUIZ}/analysis.csv",
    f"/authoring/quizzes/{QUIZ}/export?language=vi&format=gift&file=1",
    "/classrooms/log/summary.csv",
    "/reports/overview.csv",
    "/reports/overview.xlsx",
    "/reports/indicator.csv",
    f"/reports/courses/{COURSE}.xlsx",
    f"/reports/courses/{COURSE}/trend.csv",
    f"/reports/courses/{COURSE}/evaluation.csv",
)
MORE_PAGES = (
    "/admin/",
    "/admin/jobs/",
    "/admin/mail/",
    "/admin/people/new",
    "/admin/reminders/",
    "/admin/settings/",
    "/assignments/",
    "/authoring/",
    "/authoring/grading/",
    "/classrooms/",
    "/classrooms/new",
    "/reports/",
    "/reports/indicator/",
    f"/reports/courses/{COURSE}/trend/",
    f"/reports/courses/{COURSE}/evaluation/",
    "/reports/reminders/",
    "/reports/schedules/",
)


def disclosures() -> int:
    """Count the rows of the record that say a purpose."""
    with transaction() as session:
        return sum("purpose" in detail for detail in session.scalars(select(AuditEntry.detail)))


def test_each_look_at_names_and_each_file_leaves_a_row_with_its_purpose(app: Flask, facts: Facts) -> None:
    """Whatever shows the name of somebody else, or is a file, has left one before it goes out."""
    _who, visitor, program = next(windows(app))
    addresses = [(listing.address, listing.program) for listing in LISTINGS]
    addresses += [(address, False) for address in (*MORE_FILES, *MORE_PAGES)]
    addresses += [(address.format("o10o"), False) for _permission, address in OF_PLACES.values()]
    addresses += [
        (address.format(facts.person["p10p"]), False) for _permission, address in OF_PEOPLE.values()
    ]
    addresses += [
        (address.format(facts.assignment["o10o"]), False) for _p, address in OF_ASSIGNMENTS.values()
    ]
    addresses += [(address.format(facts.session["o10o"]), False) for _p, address in OF_SESSIONS.values()]
    addresses += [(f"/classrooms/{facts.session['o10o']}/", False)]
    addresses += [(f"/reports/completion?organization=o10o&names=1&course={COURSE}", True)]
    addresses += [(f"/content/{COURSE}.zip", True)]
    told = set()
    for address, is_api in addresses:
        before = disclosures()
        answer = program("GET", address) if is_api else visitor.get(address)
        assert answer.status_code == 200, address
        is_file = "attachment" in answer.headers.get("Content-Disposition", "")
        names = () if is_file else set(PERSON.findall(answer.text)) - {"p50p"}
        if is_file or names:
            told.add(address)
            assert disclosures() > before, (address, names)
    assert told >= {*MORE_FILES, "/admin/people/", "/people?limit=100", "/reports/reminders/people/"}


def test_the_purpose_of_a_download_is_on_record_and_on_the_file(app: Flask, facts: Facts) -> None:
    visitor = next(windows(app))[1]
    for asked, kept, word in (
        ("remind", "remind", "to remind people"),
        ("", "hand_in", "to hand in"),
        ("nonsense", "hand_in", "to hand in"),
    ):
        file = visitor.get(f"/reports/organizations/o10o.csv?lang=en&purpose={asked}").text
        assert f"Purpose,{word}" in file
        assert "Prepared by,Người Thử p50p" in file
        with transaction() as session:
            rows = session.execute(
                select(AuditEntry.action, AuditEntry.detail).order_by(AuditEntry.id.desc()).limit(2)
            ).all()
        assert {(row.action, row.detail["purpose"]) for row in rows} == {
            ("report.names_seen", kept),
            ("report.exported", kept),
        }
