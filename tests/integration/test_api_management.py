"""What the API answers to managers, trainers and administrators: the services' answers, in shapes of its own."""

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from learning.accounts.models import Person
from learning.accounts.queries import find_link_holder, get_actor
from learning.api.assignments import AssignmentToMake, create_assignment, list_assignments
from learning.api.content import FilesRefused, ImportQuery, ImportResult, export_content, import_content
from learning.api.organizations import list_organizations
from learning.api.people import PeopleQuery, PersonToAdd, create_person, list_people_of, without_link
from learning.api.reports import CompletionQuery, read_completion
from learning.courses.models import Revision
from learning.courses.queries import find_course, get_course
from learning.database import current_session
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Role
from learning.formats.bundle import write_bundle
from learning.organizations.services import DEPARTMENT_CODE
from learning.study.services import declare_read
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OTHER_COMMUNE,
    READ_UNIT,
    VILLAGE,
    WARD,
    course_text,
    course_texts,
    files_of,
    make_person,
    moment,
    unit_text,
)
from tests.support.pictures import make_picture

pytestmark = pytest.mark.usefixtures("both_databases")
PLACES = {
    "learner": (COMMUNE, Role.LEARNER),
    "trainer": (DEPARTMENT_CODE, Role.TRAINER),
    "manager": (COMMUNE, Role.MANAGER),
    "foreign": (OTHER_COMMUNE, Role.MANAGER),
    "province": ("24", Role.MANAGER),
    "chief": (COMMUNE, Role.ADMINISTRATOR),
    "admin": ("24", Role.ADMINISTRATOR),
}
ALL = ["24", DEPARTMENT_CODE, COMMUNE, OTHER_COMMUNE, WARD, VILLAGE]
READ_PATH = f"courses/{COURSE}/{READ_UNIT}.vi.md"


@pytest.fixture
def actors(tiny_course: Flask) -> dict[str, Actor]:
    """One person of each kind, and the tiny course."""
    return {name: make_person(name, place, role=role) for name, (place, role) in PLACES.items()}


# --- Organizations


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("learner", []),
        ("trainer", [DEPARTMENT_CODE]),
        ("manager", [COMMUNE, VILLAGE]),
        ("foreign", [OTHER_COMMUNE]),
        ("province", ALL),
        ("chief", [COMMUNE, VILLAGE]),
        ("admin", ALL),
    ],
)
def test_organizations_are_those_the_role_reaches(
    actors: dict[str, Actor], who: str, codes: list[str]
) -> None:
    items, following = list_organizations(actors[who], after=0, limit=100)
    assert [item.code for item in items] == codes
    assert following is None


def test_a_parent_above_the_scope_is_not_told(actors: dict[str, Actor]) -> None:
    [commune, village], _next = list_organizations(actors["manager"], after=0, limit=100)
    assert (commune.parent, village.parent) == (None, COMMUNE)
    assert msgspec.to_builtins(village) == {
        "code": VILLAGE,
        "kind": "village",
        "name": "Thôn Thử Một",
        "parent": COMMUNE,
        "valid_from": None,
        "valid_to": None,
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
def test_organizations_are_given_out_page_by_page(actors: dict[str, Actor], limit: int) -> None:
    codes: list[str] = []
    after: int | None = 0
    while after is not None:
        items, after = list_organizations(actors["admin"], after=after, limit=limit)
        codes += [item.code for item in items]
        assert 0 < len(items) <= limit
    assert codes == ALL


# --- People


@pytest.mark.parametrize(
    ("who", "usernames"),
    [
        ("learner", []),
        ("trainer", []),
        ("manager", []),
        ("province", []),
        ("chief", ["learner", "manager", "chief"]),
        ("admin", list(PLACES)),
    ],
)
def test_people_are_listed_for_those_who_manage_them(
    actors: dict[str, Actor], who: str, usernames: list[str]
) -> None:
    items, following = list_people_of(actors[who], PeopleQuery(), after=0, limit=100, moment=moment())
    assert [item.username for item in items] == usernames
    assert following is None


def test_people_are_filtered_and_given_out_page_by_page(actors: dict[str, Actor]) -> None:
    query = PeopleQuery(organization=COMMUNE, q="thử")
    first, following = list_people_of(actors["admin"], query, after=0, limit=2, moment=moment())
    assert following == first[-1].id
    last, end = list_people_of(actors["admin"], query, after=following, limit=2, moment=moment())
    assert ([item.username for item in first + last], end) == (["learner", "manager", "chief"], None)
    assert msgspec.to_builtins(last[0]) == {
        "id": actors["chief"].id,
        "username": "chief",
        "name": "Người Thử chief",
        "organization": COMMUNE,
        "language": None,
        "roles": [{"role": "administrator", "organization": COMMUNE}],
        "created_at": "2026-11-22T03:00:00Z",
        "disabled_at": None,
    }


def wish() -> PersonToAdd:
    return PersonToAdd(username="moi-thu", name="Người Mới", organization=VILLAGE, role=Role.LEARNER)


def test_a_person_is_added_with_a_link_that_lets_her_in(actors: dict[str, Actor]) -> None:
    added = create_person(actors["chief"], wish(), site_url="https://hoc.example", moment=moment())
    assert added.sign_in_link is not None
    start, _, token = added.sign_in_link.rpartition("/")
    assert start == "https://hoc.example/sign-in"
    assert find_link_holder(token, now=NOW) == "Người Mới"
    assert (added.id, added.username) == (get_actor("moi-thu").id, "moi-thu")
    kept = without_link(added)
    assert (kept.id, kept.username, kept.sign_in_link) == (added.id, "moi-thu", None)
    assert token not in msgspec.json.encode(kept).decode()


@pytest.mark.parametrize("who", ["learner", "trainer", "manager", "province", "foreign"])
def test_nobody_else_adds_people(actors: dict[str, Actor], who: str) -> None:
    with pytest.raises(NotFound):
        create_person(actors[who], wish(), site_url="", moment=moment())
    assert current_session().scalar(sa.select(sa.func.count()).select_from(Person)) == len(PLACES)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"username":"a","name":"b","organization":"X-1","role":"king"}',
        b'{"username":1,"name":"b","organization":"X-1","role":"learner"}',
        b'{"username":"a","name":"b","organization":"X-1","role":"learner","password":"x"}',
        b'{"username":"a","name":null,"organization":"X-1","role":"learner"}',
    ],
)
def test_a_body_of_another_shape_is_none(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=PersonToAdd)


# --- Assignments


def give(actor: Actor, title: str = "Đợt thử", *, course: str = COURSE, organization: str = COMMUNE) -> Any:
    body = AssignmentToMake(course=course, organization=organization, title=title)
    return create_assignment(actor, body, moment=moment())


def test_a_course_is_given_and_listed_where_the_caller_may(actors: dict[str, Actor]) -> None:
    made = give(actors["manager"])
    assert made.enrolled == 3
    for who in ("manager", "chief", "province", "admin"):
        [item], following = list_assignments(actors[who], before=None, limit=10)
        assert (item.id, item.course, item.organization, item.title) == (made.id, COURSE, COMMUNE, "Đợt thử")
        assert following is None
    for who in ("foreign", "learner", "trainer"):
        assert list_assignments(actors[who], before=None, limit=10) == ([], None)
        with pytest.raises(NotFound):
            give(actors[who], "Đợt khác")


def test_assignments_are_given_out_page_by_page(actors: dict[str, Actor]) -> None:
    made = [give(actors["manager"], f"Đợt {number}").id for number in range(3)]
    first, following = list_assignments(actors["manager"], before=None, limit=2)
    last, end = list_assignments(actors["manager"], before=following, limit=2)
    assert ([item.id for item in first + last], end) == (made[::-1], None)


# --- The completion report


@pytest.fixture
def studied(actors: dict[str, Actor]) -> dict[str, Actor]:
    """The commune has the course, and its learner has begun it."""
    give(actors["manager"])
    declare_read(actors["learner"], COURSE, READ_UNIT, revision_id=None, moment=moment())
    return actors


def report(actor: Actor, **query: Any) -> dict[str, Any]:
    asked = CompletionQuery(**query)
    answer: dict[str, Any] = json.loads(msgspec.json.encode(read_completion(actor, asked, moment=moment())))
    return answer


def test_the_report_is_what_the_command_prints(studied: dict[str, Actor], app: Flask) -> None:
    app.config["CLOCK"] = lambda: NOW
    for code in ("24", COMMUNE):
        command = ["report", "completion", "--organization", code, "--format", "json"]
        printed = json.loads(app.test_cli_runner().invoke(args=command).stdout)
        answer = report(studied["admin"], organization=code)
        assert (answer["items"], answer["total"]) == (printed["items"], printed["total"])
        assert (answer["as_of"], answer["next"]) == ("2026-11-22", None)
        assert "people" not in answer
    assert answer["items"][0] == {
        "organization": COMMUNE,
        "name": "Xã Đồng Thử",
        "course": COURSE,
        "unit": None,
        "enrolled": 3,
        "started": 1,
        "completed": 0,
        "passed": 0,
        "failed": 0,
        "overdue": 0,
    }


def test_a_manager_reads_about_her_own_place_without_naming_it(studied: dict[str, Actor]) -> None:
    assert report(studied["manager"]) == report(studied["admin"], organization=COMMUNE)
    for who, code in (("manager", "24"), ("foreign", COMMUNE), ("manager", "khong-co"), ("trainer", COMMUNE)):
        with pytest.raises(NotFound) as refusal:
            report(studied[who], organization=code)
        assert refusal.value.field == "organization"


def test_names_are_told_only_when_asked_for(studied: dict[str, Actor]) -> None:
    people = report(studied["manager"], course=COURSE, names=True)["people"]
    assert {person["username"]: person["state"] for person in people} == {
        "learner": "started",
        "manager": "enrolled",
        "chief": "enrolled",
    }
    assert people[0].keys() == {"id", "username", "name", "course", "state", "completed_at", "units"}


def test_a_day_to_come_is_refused_and_today_is_not(studied: dict[str, Actor]) -> None:
    with pytest.raises(Refused) as refusal:
        report(studied["manager"], as_of=moment(1).day)
    assert refusal.value.field == "as_of"
    assert report(studied["manager"], as_of=moment().day) == report(studied["manager"])
    assert report(studied["manager"], as_of=moment().day - timedelta(days=1))["total"]["enrolled"] == 0
    assert report(studied["manager"], as_of=date.min)["total"]["enrolled"] == 0


# --- Content


def bring(actor: Actor, texts: dict[str, bytes] | bytes, **how: Any) -> ImportResult:
    data = texts if isinstance(texts, bytes) else write_bundle(files_of(texts))
    return import_content(
        actor,
        ImportQuery(**how),
        data,
        renderer=current_app.extensions["renderer"],
        moment=moment(1),
        translate=str,
    )


def statuses(result: ImportResult) -> dict[str, str]:
    return {file.path: file.status.value for file in result.files}


def revisions() -> int:
    return current_session().scalar(sa.select(sa.func.count()).select_from(Revision)) or 0


def test_files_are_brought_in_and_told_one_by_one(actors: dict[str, Actor]) -> None:
    before = revisions()
    texts = course_texts() | {READ_PATH: unit_text(body="Mới. ![](media/khong-alt.png)")}
    texts[f"courses/{COURSE}/media/khong-alt.png"] = make_picture()
    tried = bring(actors["trainer"], texts, dry_run=True)
    assert revisions() == before
    result = bring(actors["trainer"], texts)
    assert statuses(tried) == statuses(result)
    assert sorted(statuses(result).values()) == ["changed", "new", *["unchanged"] * 4]
    assert statuses(result)[READ_PATH] == "changed"
    [finding] = result.diagnostics
    assert (finding.file, finding.code, finding.severity.value) == (READ_PATH, "U051", "warning")
    assert statuses(bring(actors["admin"], texts)) == dict.fromkeys(texts, "unchanged")


def test_drafts_are_stored_and_not_shown(actors: dict[str, Actor]) -> None:
    bring(actors["trainer"], course_texts("khoa-nhap", quiz="bai-nhap"), draft=True)
    course = find_course("khoa-nhap")
    assert course is not None
    assert not course.is_published
    with pytest.raises(NotFound):
        export_content(actors["trainer"], "khoa-nhap", moment=moment())


def test_errors_name_the_place_and_nothing_is_stored(actors: dict[str, Actor]) -> None:
    before = revisions()
    broken = unit_text().replace(b"minutes: 5", b"minutse: 5")
    with pytest.raises(FilesRefused) as refusal:
        bring(actors["trainer"], {**course_texts(), READ_PATH: broken})
    [(place, message)] = refusal.value.errors
    assert place == f"{READ_PATH}:5:1"
    assert "minutes" in message
    assert revisions() == before


def packed(*names: str, compression: int = zipfile.ZIP_STORED, data: bytes = b"x") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name in names:
            archive.writestr(name, data)
    return target.getvalue()


WHOLE = packed("courses/a/course.vi.md")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "B001"),
        (b"PK", "B001"),
        (b"no zip at all", "B001"),
        (WHOLE[:-8], "B001"),
        (packed("/courses/a/course.vi.md"), "B002"),
        (packed("../courses/a/course.vi.md"), "B002"),
        (packed("courses/a/../../course.vi.md"), "B002"),
        (packed("C:\\courses\\a\\course.vi.md"), "B002"),
        (packed("README.txt"), "B008"),
        (packed(), "B009"),
        (packed("courses/a/media/a.png", compression=zipfile.ZIP_DEFLATED, data=bytes(8 << 20)), "B006"),
        (packed(*(f"courses/a/bai-{n}.vi.md" for n in range(2001))), "B005"),
    ],
)
def test_what_is_no_bundle_is_refused_with_its_code(actors: dict[str, Actor], data: bytes, code: str) -> None:
    before = revisions()
    with pytest.raises(FilesRefused) as refusal:
        bring(actors["trainer"], data)
    assert refusal.value.errors[0][1].startswith(code)
    assert revisions() == before


def test_files_come_in_only_where_the_caller_may_publish(actors: dict[str, Actor]) -> None:
    mine = make_person("xa-thu", COMMUNE, role=Role.TRAINER)
    with pytest.raises(Refused) as refusal:
        bring(mine, {READ_PATH: unit_text("Của người khác")})
    assert refusal.value.field == f"courses/{COURSE}/"
    texts = course_texts("khoa-xa", quiz="bai-xa")
    path = "courses/khoa-xa/course.vi.md"
    texts[path] = course_text(("doc-thu", "thi-thu", "them-thu"), owner=COMMUNE)
    assert set(statuses(bring(mine, texts)).values()) == {"new"}
    assert get_course("khoa-xa").owner_path.endswith(f"/{COMMUNE}/")
    for who in ("learner", "manager", "province"):
        with pytest.raises(Refused):
            bring(actors[who], texts)


def test_the_file_of_a_course_is_the_one_the_command_writes(
    actors: dict[str, Actor], app: Flask, tmp_path: Path
) -> None:
    archive = tmp_path / "ra.zip"
    app.test_cli_runner().invoke(args=["content", "export", COURSE, str(archive)])
    assert export_content(actors["trainer"], COURSE, moment=moment()) == archive.read_bytes()
    assert set(statuses(bring(actors["trainer"], archive.read_bytes())).values()) == {"unchanged"}
    for who, course in (("learner", COURSE), ("manager", COURSE), ("chief", COURSE), ("admin", "khong-co")):
        with pytest.raises(NotFound):
            export_content(actors[who], course, moment=moment())
