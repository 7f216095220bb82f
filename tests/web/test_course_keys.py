"""What the head of a course's text says has its effect: prerequisites, audience, open."""

from collections.abc import Callable

import pytest
from flask import Flask

from learning.accounts.posts import describe_post
from learning.accounts.queries import get_actor
from learning.courses.queries import get_course
from learning.organizations.queries import get_by_code
from learning.progress.assignments import assign_course
from learning.study.services import declare_read
from tests.support.factories import (
    COMMUNE,
    COURSE,
    OPTIONAL_UNIT,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    course_text,
    course_texts,
    import_texts,
    moment,
    take_quiz,
    unit_text,
)
from tests.support.pictures import make_picture
from tests.support.program import Program
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
LATER, FOR_CADRES = "khoa-sau", "khoa-can-bo"
COURSE_PAGE, UNIT_PAGE = f"/courses/{LATER}/", f"/courses/{LATER}/mot/"


def one_unit(course: str, *, title: str, extra: str) -> dict[str, bytes]:
    return {
        f"courses/{course}/course.vi.md": course_text(("mot",), title=title, extra=extra),
        f"courses/{course}/mot.vi.md": unit_text("Bài một"),
    }


# --- prerequisites


@pytest.fixture
def later(world: Flask) -> None:
    """A course that comes after the tiny one."""
    import_texts(one_unit(LATER, title="Khóa sau", extra=f"prerequisites: {COURSE}\n"))


@pytest.mark.usefixtures("later")
def test_the_pages_say_what_comes_first_with_a_link(visit: Visit) -> None:
    learner = visit("learner")
    page = learner.get(f"{COURSE_PAGE}?lang=en").text
    assert "Another course comes first." in page
    assert f'<a href="/courses/{COURSE}/" dir="auto">Khóa thử</a>' in page
    assert f'action="{COURSE_PAGE}enrollment"' not in page
    unit = learner.get(f"{UNIT_PAGE}?lang=en").text
    assert "Another course comes first." in unit
    assert "Một đoạn văn để thử." in unit  # reading is open
    assert f'action="{UNIT_PAGE}completion"' not in unit


@pytest.mark.usefixtures("later")
def test_what_is_sent_all_the_same_is_refused_with_the_way_on(visit: Visit) -> None:
    learner = visit("learner")
    for path in (f"{COURSE_PAGE}enrollment", f"{UNIT_PAGE}completion"):
        refused = learner.post(f"{path}?lang=en", page="/account/")
        assert refused.status_code == 409
        assert "First complete:" in refused.text
        assert f'href="/courses/{COURSE}/"' in refused.text
    assert "Not enrolled" in learner.get(f"{COURSE_PAGE}?lang=en").text


@pytest.mark.usefixtures("later")
def test_programs_are_told_as_well(program: Callable[..., Program]) -> None:
    call = program("learner")
    refused = call("PUT", f"/courses/{LATER}/enrollment")
    assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
    assert "Khóa thử" in refused.json["detail"]  # type: ignore[index]
    assert call("PUT", f"/courses/{LATER}/units/mot/completion", {}).status_code == 409
    assert call("GET", f"/courses/{LATER}").json["state"] == "not_enrolled"  # type: ignore[index]


@pytest.mark.usefixtures("later")
def test_an_assigned_course_that_comes_later_leads_to_what_comes_before(visit: Visit) -> None:
    assign_course(
        None, get_course(LATER).id, organization_id=get_by_code(COMMUNE).id, title="Đợt 1", moment=moment()
    )
    learner = visit("learner")
    home = learner.get("/?lang=en").text
    assert "See what comes before" in home
    declare_read(get_actor("learner"), COURSE, READ_UNIT, revision_id=None, moment=moment())
    take_quiz(get_actor("learner"))
    assert "See what comes before" not in learner.get("/?lang=en").text
    done = learner.post(f"{UNIT_PAGE}completion", page=UNIT_PAGE)
    assert done.status_code == 303


# --- audience


def test_the_catalog_shows_what_is_made_for_the_reader(visit: Visit, program: Callable[..., Program]) -> None:
    import_texts(one_unit(FOR_CADRES, title="Dành cho cán bộ", extra="audience: can-bo, civil_servant\n"))
    learner, link = visit("learner"), f'href="/courses/{FOR_CADRES}/"'
    assert link in learner.get("/courses/").text  # nothing is known of her group
    describe_post(get_actor("learner").id, position=None, audience="citizen")
    page = learner.get("/courses/?lang=en").text
    assert link not in page
    assert "1 course is made for other groups of people." in page
    assert link in learner.get("/courses/?all=1").text
    assert link not in learner.get("/").text
    assert learner.get(f"/courses/{FOR_CADRES}/").status_code == 200  # hidden from none
    call = program("learner")
    assert FOR_CADRES not in [one["slug"] for one in call("GET", "/courses").json["items"]]  # type: ignore[index]
    for username, audience in (("learner", "cadre"), ("manager", "citizen"), ("trainer", "citizen")):
        describe_post(get_actor(username).id, position=None, audience=audience)
        assert link in visit(username).get("/courses/").text


def test_who_is_assigned_sees_the_course_whatever_it_is_made_for(visit: Visit) -> None:
    import_texts(one_unit(FOR_CADRES, title="Dành cho cán bộ", extra="audience: can-bo\n"))
    describe_post(get_actor("learner").id, position=None, audience="citizen")
    assign_course(
        None,
        get_course(FOR_CADRES).id,
        organization_id=get_by_code(COMMUNE).id,
        title="Đợt 1",
        moment=moment(),
    )
    for path in ("/", "/courses/"):
        assert f'href="/courses/{FOR_CADRES}/"' in visit("learner").get(path).text


# --- open


@pytest.fixture
def open_course(world: Flask) -> None:
    """The tiny course, open to everyone, with a picture."""
    import_texts(
        course_texts(extra="open: yes\n")
        | {
            f"courses/{COURSE}/media/a.png": make_picture(),
            f"courses/{COURSE}/{OPTIONAL_UNIT}.vi.md": unit_text(
                "Bài đọc thêm", required=False, body="![Hình thử](media/a.png)"
            ),
        }
    )


@pytest.mark.usefixtures("open_course")
def test_an_open_course_is_read_without_an_account(visit: Visit) -> None:
    stranger = visit()
    assert f'<a href="/courses/{COURSE}/" dir="auto">Khóa thử</a>' in stranger.get("/").text
    pages = [f"/courses/{COURSE}/", *(f"/courses/{COURSE}/{unit}/" for unit in (READ_UNIT, QUIZ_UNIT))]
    for path in pages:
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert "Cookie" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Robots-Tag"] == "all"
        assert "<form" not in answer.text
    picture = stranger.get(f"/courses/{COURSE}/media/a.png")
    assert (picture.status_code, picture.headers["Cache-Control"]) == (200, "public, max-age=3600")
    assert stranger.get(f"/quizzes/{QUIZ}/").status_code == 303
    english = stranger.get(f"/courses/{COURSE}/?lang=en").text
    assert "Sign in to take the quizzes" in english
    assert f'href="/courses/{COURSE}/{READ_UNIT}/?lang=en"' in english  # the language goes along
    own = visit("learner").get(pages[0]).headers
    assert (own["Cache-Control"], own["X-Robots-Tag"]) == ("no-store", "noindex")
    assert stranger.get("/").headers["X-Robots-Tag"] == "all"
    assert stranger.get("/sign-in").headers["X-Robots-Tag"] == "noindex"


@pytest.mark.usefixtures("open_course")
def test_strangers_record_nothing(visit: Visit) -> None:
    stranger = visit()
    page = f"/courses/{COURSE}/{READ_UNIT}/"
    for path in (f"{page}completion", f"/courses/{COURSE}/enrollment", f"/quizzes/{QUIZ}/attempts"):
        answer = stranger.post(path, page="/sign-in")
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/sign-in?next=")


def test_a_course_that_is_not_open_is_not_told_from_none(visit: Visit) -> None:
    stranger = visit()
    for path in (
        f"/courses/{COURSE}/",
        f"/courses/{COURSE}/{READ_UNIT}/",
        f"/courses/{COURSE}/media/a.png",
        "/courses/khong-co/",
        "/courses/khong-co/mot/",
    ):
        answer = stranger.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/sign-in?next=" + path.replace("/", "%2F")
