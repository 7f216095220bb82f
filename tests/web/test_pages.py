"""What pages promise: who may open them, how much they cost, what they show and to whom."""

import csv
import gzip
import io
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import brotli  # type: ignore[import-untyped]
import html5lib
import pytest
from flask import Flask
from sqlalchemy import func, select

from learning.accounts.models import UserSession
from learning.accounts.queries import get_actor
from learning.audit.models import AuditEntry
from learning.authoring.services import import_files
from learning.config import ROOT
from learning.courses.queries import get_course
from learning.courses.services import Publication
from learning.database import transaction
from learning.formats.bundle import read_bundle
from learning.operations.demonstration import load_demonstration
from learning.organizations.queries import get_by_code
from learning.organizations.services import PROVINCE_CODE, save_organizations, shipped_organizations
from learning.progress.assignments import assign_course
from learning.study.services import declare_read
from learning.web.headers import CONTENT_SECURITY_POLICY
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OTHER_COMMUNE,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    ZONE,
    make_person,
    moment,
    take_quiz,
)
from tests.support.form_reader import fields_of
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
UNIT, QUIZ_PAGE = f"/courses/{COURSE}/{READ_UNIT}/", f"/courses/{COURSE}/{QUIZ_UNIT}/"

# Page -> who may open it; for everyone else it does not exist.
PAGES: dict[str, set[str]] = {
    "/": {"learner", "trainer", "manager", "province", "admin"},
    "/courses/": {"learner", "trainer", "manager", "province", "admin"},
    f"/courses/{COURSE}/": {"learner", "trainer", "manager", "province", "admin"},
    UNIT: {"learner", "trainer", "manager", "province", "admin"},
    QUIZ_PAGE: {"learner", "trainer", "manager", "province", "admin"},
    f"/quizzes/{QUIZ}/": {"learner", "trainer", "manager", "province", "admin"},
    "/account/tokens": {"learner", "trainer", "manager", "province", "admin"},
    "/account/": {"learner", "trainer", "manager", "province", "admin"},
    "/certificates/": {"learner", "trainer", "manager", "province", "admin"},
    "/authoring/": {"trainer", "admin"},
    "/authoring/import": {"trainer", "admin"},
    f"/authoring/courses/{COURSE}/": {"trainer", "admin"},
    f"/authoring/courses/{COURSE}/quizzes/import": {"trainer", "admin"},
    f"/authoring/courses/{COURSE}/{READ_UNIT}/": {"trainer", "admin"},
    f"/authoring/courses/{COURSE}/{READ_UNIT}/revisions/": {"trainer", "admin"},
    f"/authoring/courses/{COURSE}/{READ_UNIT}/revisions/1/": {"trainer", "admin"},
    f"/authoring/courses/{COURSE}/revisions/": {"trainer", "admin"},
    f"/authoring/courses/{COURSE}/revisions/1/": {"trainer", "admin"},
    f"/authoring/quizzes/{QUIZ}/": {"trainer", "admin"},
    f"/authoring/quizzes/{QUIZ}/revisions/": {"trainer", "admin"},
    f"/authoring/quizzes/{QUIZ}/revisions/1/": {"trainer", "admin"},
    f"/authoring/quizzes/{QUIZ}/analysis": {"trainer", "admin"},
    f"/authoring/quizzes/{QUIZ}/analysis.csv": {"trainer", "admin"},
    f"/authoring/quizzes/{QUIZ}/regrading": {"trainer", "admin"},
    f"/authoring/quizzes/{QUIZ}/export": {"trainer", "admin"},
    "/authoring/export": {"trainer", "admin"},
    "/authoring/grading/": {"trainer", "admin"},
    "/reports/": {"manager", "province", "admin"},
    "/reports/overview.csv": {"manager", "province", "admin"},
    "/reports/overview.xlsx": {"manager", "province", "admin"},
    "/reports/overview.pdf": {"manager", "province", "admin"},
    f"/reports/courses/{COURSE}/": {"manager", "province", "admin"},
    f"/reports/courses/{COURSE}/evaluation/": {"trainer", "province", "admin"},
    f"/reports/courses/{COURSE}/evaluation.csv": {"trainer", "province", "admin"},
    f"/reports/courses/{COURSE}.csv": {"manager", "province", "admin"},
    f"/reports/courses/{COURSE}.xlsx": {"manager", "province", "admin"},
    f"/reports/courses/{COURSE}.pdf": {"manager", "province", "admin"},
    f"/reports/organizations/{COMMUNE}/": {"manager", "province", "admin"},
    f"/reports/organizations/{COMMUNE}.csv": {"manager", "province", "admin"},
    f"/reports/organizations/{COMMUNE}.xlsx": {"manager", "province", "admin"},
    f"/reports/organizations/{COMMUNE}.pdf": {"manager", "province", "admin"},
    f"/reports/organizations/{OTHER_COMMUNE}/": {"province", "admin"},
    f"/reports/organizations/{OTHER_COMMUNE}.csv": {"province", "admin"},
    f"/reports/organizations/{OTHER_COMMUNE}.xlsx": {"province", "admin"},
    f"/reports/organizations/{OTHER_COMMUNE}.pdf": {"province", "admin"},
    f"/reports/organizations/{PROVINCE_CODE}/": {"province", "admin"},
    f"/reports/organizations/{COMMUNE}/not-done/{COURSE}/": {"manager", "province", "admin"},
    f"/reports/organizations/{COMMUNE}/not-done/{COURSE}.csv": {"manager", "province", "admin"},
    f"/reports/organizations/{OTHER_COMMUNE}/not-done/{COURSE}/": {"province", "admin"},
    f"/reports/organizations/{OTHER_COMMUNE}/not-done/{COURSE}.csv": {"province", "admin"},
    f"/reports/courses/{COURSE}/trend/": {"manager", "province", "admin"},
    f"/reports/courses/{COURSE}/trend.csv": {"manager", "province", "admin"},
    "/reports/indicator/": {"manager", "province", "admin"},
    "/reports/indicator.csv": {"manager", "province", "admin"},
    "/reports/people/1/": {"manager", "province", "admin"},  # the learner, the first person of the world
    "/reports/people/1.csv": {"manager", "province", "admin"},
    "/reports/people/1.xlsx": {"manager", "province", "admin"},
    "/reports/people/1.pdf": {"manager", "province", "admin"},
    "/reports/people/2/": {"province", "admin"},  # the one of the other commune
    "/reports/people/2.csv": {"province", "admin"},
    "/reports/people/2.xlsx": {"province", "admin"},
    "/reports/people/2.pdf": {"province", "admin"},
    f"/reports/people/1/quizzes/{QUIZ}/": {"manager", "province", "admin"},
    f"/reports/people/2/quizzes/{QUIZ}/": {"province", "admin"},
    "/assignments/": {"manager", "province", "admin"},
    "/assignments/credits/": {"manager", "province", "admin"},
    f"/assignments/people/1/{COURSE}/": {"manager", "province", "admin"},
    f"/assignments/people/2/{COURSE}/": {"province", "admin"},
    f"/courses/{COURSE}/credit": {"learner", "trainer", "manager", "province", "admin"},
    "/classrooms/": {"trainer", "manager", "province", "admin"},
    "/classrooms/attend": {"learner", "trainer", "manager", "province", "admin"},
    "/classrooms/log/": {"learner", "trainer", "manager", "province", "admin"},
    "/classrooms/log/summary": {"manager", "province", "admin"},
    "/classrooms/log/summary.csv": {"manager", "province", "admin"},
    "/classrooms/log/summary.xlsx": {"manager", "province", "admin"},
    "/classrooms/new": {"trainer", "manager", "province", "admin"},
    "/admin/": {"admin"},
    "/admin/people/": {"admin"},
    "/admin/people/new": {"admin"},
    "/admin/people/1/": {"admin"},
    "/admin/people/import": {"admin"},
    "/admin/people/import/template.csv": {"admin"},
    "/admin/organizations/import": {"admin"},
    "/admin/organizations/import/template.csv": {"admin"},
    "/admin/jobs/": {"admin"},
    "/admin/mail/": {"admin"},
    "/admin/reminders/": {"admin"},
    "/admin/reminders/letters/before.vi/": {"admin"},
    "/reports/schedules/": {"manager", "province", "admin"},
    "/reports/reminders/": {"manager", "province", "admin"},
    "/reports/reminders/people/": {"manager", "province", "admin"},
    "/admin/settings/": {"admin"},
    "/admin/settings/report.first_target/": {"admin"},
}
PUBLIC = {"/", "/sign-in", "/certificates/verify/", "/healthz", "/readyz", "/api/v1/"}
NOT_PAGES = {
    "study.media",
    "study.attempt",
    "certificates.certificate",
    "certificates.verify",
    "assigning.assignment",
    "evaluations.evaluation",
    "assigning.evidence",
    "marking.answers",
    "marking.answer",
    "marking.submissions",
    "marking.submission",
    "classrooms.attend_here",
    "classrooms.calendar",
    "classrooms.code",
    "classrooms.help_entry",
    "classrooms.marks",
    "classrooms.sheet",
    "classrooms.sheet_file",
    "classrooms.edit",
    "classrooms.session",
    "administration.import_run",
    "administration.import_errors",
    "accounts.sign_in_link",
    "assets.file",
}  # proved by tests of their own


@pytest.mark.parametrize("username", ["learner", "trainer", "manager", "province", "admin"])
def test_each_page_opens_for_those_it_is_for_and_does_not_exist_for_others(
    visit: Visit, username: str
) -> None:
    visitor = visit(username)
    got = {path: visitor.get(path).status_code for path in PAGES}
    assert got == {path: 200 if username in who else 404 for path, who in PAGES.items()}


def test_strangers_are_sent_to_sign_in_and_come_back(visit: Visit) -> None:
    stranger = visit()
    for path in PAGES.keys() - PUBLIC:
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (
            303,
            "/sign-in?next=" + path.replace("/", "%2F"),
        )
    assert {stranger.get(path).status_code for path in PUBLIC} == {200}


def test_no_page_is_missing_from_the_table(world: Flask) -> None:
    adapter = world.url_map.bind("localhost")
    covered = {adapter.match(path)[0] for path in PAGES.keys() | PUBLIC}
    pages = {rule.endpoint for rule in world.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages -= {endpoint for endpoint in pages if endpoint.startswith("api.") and endpoint != "api.reference"}
    assert pages - covered == NOT_PAGES


def test_every_write_wants_a_token(world: Flask, visit: Visit) -> None:
    values = {
        "code": "0" * 16,
        "course": COURSE,
        "unit": READ_UNIT,
        "quiz": QUIZ,
        "token": "x",
        "name": "report.first_target",
        "letter": "before.vi",
        "kind": "extension",
        "verdict": "approval",
    } | dict.fromkeys(
        (
            "assignment",
            "attempt",
            "answer",
            "credit",
            "entry",
            "job",
            "notice",
            "number",
            "person",
            "session",
            "submission",
        ),
        1,
    )
    admin = visit("admin")
    adapter = world.url_map.bind("localhost")
    for rule in world.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("api."):
            path = adapter.build(
                rule.endpoint, {name: values[name] for name in rule.arguments}, method="POST"
            )
            assert admin.client.post(path).status_code == 400, path


@pytest.mark.parametrize("language", ["vi", "he"])
def test_every_page_is_valid_html_in_its_language(visit: Visit, language: str) -> None:
    visitor = visit("admin")
    parser = html5lib.HTMLParser(strict=True)
    for path in PAGES:
        answer = visitor.get(f"{path}?lang={language}")
        if answer.mimetype == "text/html":
            parser.parse(answer.text)
            assert f'<html lang="{language}" dir="{"rtl" if language == "he" else "ltr"}">' in answer.text, (
                path
            )


def test_a_unit_costs_at_most_five_statements(visit: Visit, count_statements: Callable[..., object]) -> None:
    learner = visit("learner")
    take_quiz(get_actor("learner"))
    for path in (UNIT, QUIZ_PAGE):
        learner.get(path)
        with count_statements(at_most=5):  # type: ignore[attr-defined]
            assert learner.get(path).status_code == 200


def test_dashboard_and_course_cost_at_most_eight_statements(
    visit: Visit, count_statements: Callable[..., object]
) -> None:
    learner = visit("learner")
    for path in ("/", "/courses/", f"/courses/{COURSE}/"):
        with count_statements(at_most=8):  # type: ignore[attr-defined]
            assert learner.get(path).status_code == 200


def test_saving_an_answer_costs_at_most_four_statements_and_one_commit(
    visit: Visit, count_statements: Callable[..., Any]
) -> None:
    learner = visit("learner")
    attempt = learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/").headers["Location"]
    fields = fields_of(learner.get(attempt).text)
    key = learner.get(attempt).text.split('name="q-hai" value="')[1].split('"')[0]
    first = {"event_id": [str(uuid4())], "q-mot": [], "only": ["hai"], "q-hai": [key]}
    assert (
        learner.client.post(f"{attempt}responses", data=fields | first).status_code == 303
    )  # begins the unit
    for sequence in (2, 3):
        sent = first | {
            "event_id": [str(uuid4())],
            "sequence": [str(sequence)],
            "q-hai": [key] if sequence == 3 else [],
        }
        with count_statements(at_most=4) as statements:
            answer = learner.client.post(
                f"{attempt}responses", data=fields | sent, headers={"Accept": "application/json"}
            )
        assert answer.status_code == 200
        assert statements.commits == 1


def test_the_report_of_99_communes_costs_at_most_seven_statements(
    app: Flask, count_statements: Callable[..., object]
) -> None:

    save_organizations(shipped_organizations())
    import_files(
        read_bundle(ROOT).files,
        Publication(None, NOW),
        renderer=app.extensions["renderer"],
        moment=moment(-60),
    )
    load_demonstration("mật khẩu thử nghiệm", now=NOW, zone=ZONE, learners=60)
    province = Visitor(app.test_client())
    province.be("province")
    with count_statements(at_most=7):  # type: ignore[attr-defined]
        answer = province.get("/reports/courses/nhan-dien-lua-dao/?lang=vi")
    assert len(re.findall(r"(?:Xã|Phường) \w", answer.text)) >= 99
    learner = Visitor(app.test_client())
    learner.be("learner")
    page = learner.get("/courses/nhan-dien-lua-dao/gia-danh/", headers={"Accept-Encoding": "gzip"})
    style = brotli.compress((ROOT / "static" / "css" / "site.css").read_bytes())
    assert len(page.data) + len(style) <= 14 * 1024
    assert "<h1" in gzip.decompress(page.data).decode()


def test_pages_carry_a_strict_policy_and_stay_out_of_caches(visit: Visit) -> None:
    answer = visit("learner").get("/")
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    style = re.search(r'href="(/static/[^"]+site\.css)"', answer.text)
    assert style
    sheet = visit().get(style.group(1), headers={"Accept-Encoding": "br"})
    assert sheet.headers["Content-Encoding"] == "br"
    assert "immutable" in sheet.headers["Cache-Control"]
    assert b"--" in brotli.decompress(sheet.data)
    build = style.group(1).rsplit("/", 2)[0]
    assert visit().get(f"{build}/../../wsgi.py").status_code == 404


def test_a_stranger_who_looks_around_gets_only_the_token_of_forms_and_writes_no_row(
    world: Flask, visit: Visit
) -> None:
    answer = visit().get("/")
    assert [cookie.split("=")[0] for cookie in answer.headers.getlist("Set-Cookie")] == ["form"]
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_pages_are_compressed_to_lengths_that_tell_nothing(visit: Visit) -> None:
    learner = visit("learner")
    sizes = {len(learner.get(UNIT, headers={"Accept-Encoding": "gzip"}).data) for _ in range(12)}
    assert len(sizes) > 3


def test_other_host_names_are_refused(visit: Visit) -> None:
    assert visit().client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_signing_out_ends_the_session_at_the_server(visit: Visit) -> None:
    learner = visit("learner")
    kept = learner.client.get_cookie("session")
    assert kept
    assert learner.post("/sign-out", page="/account/").status_code == 303
    learner.client.set_cookie("session", kept.value)
    assert learner.get("/account/").status_code == 303


def test_a_manager_sees_exactly_her_organizations(world: Flask, visit: Visit) -> None:
    assign_course(
        None,
        get_course(COURSE).id,
        organization_id=get_by_code(PROVINCE_CODE).id,
        title="Đợt thử",
        moment=moment(),
    )
    declare_read(get_actor("learner"), COURSE, READ_UNIT, revision_id=None, moment=moment())
    declare_read(get_actor("other"), COURSE, READ_UNIT, revision_id=None, moment=moment())
    page = visit("manager").get(f"/reports/courses/{COURSE}/").text
    assert "Xã Đồng Thử" in page
    assert "Xã Dốc Thử" not in page
    rows = table(visit("manager").get(f"/reports/courses/{COURSE}.csv").data)
    assert [row[:5] for row in rows if row[0] == COMMUNE] == [
        [COMMUNE, "Xã Đồng Thử", "2", "1", "0"],
        [COMMUNE, "Tổng số", "2", "1", "0"],
    ]
    assert all(row[:1] != [OTHER_COMMUNE] for row in rows)
    everything = table(visit("province").get(f"/reports/courses/{COURSE}.csv").data)
    assert everything[-1][2:5] == ["6", "2", "0"]


def table(data: bytes) -> list[list[str]]:
    """Return the cells of a CSV file, which must begin with the byte order mark."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_seeing_names_is_put_on_record_and_formulas_stay_text(world: Flask, visit: Visit) -> None:
    actor = make_person("cong-thuc", COMMUNE, name="=1+1 <b>Thử</b>")
    declare_read(actor, COURSE, READ_UNIT, revision_id=None, moment=moment())
    manager = visit("manager")
    page = manager.get(f"/reports/organizations/{COMMUNE}/").text
    assert "=1+1 &lt;b&gt;Thử&lt;/b&gt;" in page
    rows = table(manager.get(f"/reports/organizations/{COMMUNE}.csv").data)
    assert ["'=1+1 <b>Thử</b>"] in [row[:1] for row in rows]
    with transaction() as session:
        seen = session.execute(
            select(AuditEntry.actor_id, AuditEntry.subject).where(AuditEntry.action == "report.names_seen")
        ).all()
    assert [tuple(row) for row in seen] == [(get_actor("manager").id, f"organization:{COMMUNE}")] * 2


def test_assigning_shows_first_whom_it_reaches(visit: Visit) -> None:
    manager = visit("manager")
    fields = {"course": COURSE, "organization": COMMUNE, "title": "Đợt 1"}
    preview = manager.post("/assignments/", fields, page="/assignments/")
    assert preview.status_code == 200
    assert table(manager.get("/reports/overview.csv").data)[3][1] == "0"
    done = manager.post("/assignments/", {**fields, "confirm": "yes"}, page="/assignments/")
    assert done.status_code == 303
    assert table(manager.get("/reports/overview.csv").data)[3][1] == "2"
    outside = {**fields, "organization": OTHER_COMMUNE, "confirm": "yes"}
    assert manager.post("/assignments/", outside, page="/assignments/").status_code == 422
