"""What a learner does, from the first page to the completed course, and what she sees of a test and when."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from learning.accounts.queries import get_actor
from learning.database import transaction
from learning.progress.models import Enrollment, UnitCompletion
from learning.quizzes.models import Response
from tests.support.factories import (
    COURSE,
    NOW,
    OPTIONAL_UNIT,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    course_texts,
    import_texts,
    quiz_text,
    take_quiz,
    unit_text,
)
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]
RIGHT = {"q-mot": ["Ba"], "q-hai": ["Sai"], "q-ba": ["Hai", "Bốn"]}
WRONG = {"q-mot": ["Hai"], "q-hai": ["Đúng"], "q-ba": ["Ba"]}


@pytest.fixture
def still(world: Flask) -> Flask:
    """Stop the site's clock."""
    world.config["CLOCK"] = lambda: NOW
    return world


def begin(learner: Visitor) -> str:
    """Start an attempt and return its address."""
    answer = learner.post(f"/quizzes/{QUIZ}/attempts", page=f"/quizzes/{QUIZ}/")
    assert answer.status_code == 303
    return answer.headers["Location"]


def ticked(page: str, answers: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the fields of an attempt's form with the choices of these texts ticked, as a browser sends them."""
    keys: dict[str, list[str]] = {}
    for name, value, text in re.findall(
        r'<input type="(?:radio|checkbox)" name="([^"]+)" value="([^"]+)"[^>]*>\s*<span class="prose">'
        r"(?:<p>)?([^<]*)",
        page,
    ):
        if text.strip() in answers.get(name, []):
            keys.setdefault(name, []).append(value)
    assert {name: len(values) for name, values in keys.items()} == {
        name: len(texts) for name, texts in answers.items()
    }
    return {**keys, "event_id": [hidden(page, "event_id")], "sequence": [hidden(page, "sequence")]}


def chosen(page: str) -> list[str]:
    """Return the values of what is ticked on a page."""
    tags = re.findall(r"<input[^>]*>", page)
    return sorted(
        re.search(r'value="([^"]+)"', tag)[1]  # type: ignore[index]
        for tag in tags
        if " checked" in tag
    )


def submit(learner: Visitor, attempt: str, answers: dict[str, list[str]], **more: str) -> str:
    """Answer and submit an attempt; returns the page of the result."""
    fields = ticked(learner.get(attempt).text, answers)
    done = learner.post(f"{attempt}submission", {**fields, "confirm": "ask", **more}, page=attempt)
    assert (done.status_code, done.headers.get("Location")) == (303, attempt)
    return learner.get(attempt).text


# --- The way through


def test_a_course_is_taken_from_the_first_page_to_the_last(visit: Visit) -> None:
    learner = visit("learner")
    home = learner.get("/").text
    assert f'href="/courses/{COURSE}/"' in home

    assert learner.post(f"/courses/{COURSE}/enrollment", page=f"/courses/{COURSE}/").status_code == 303
    course = learner.get(f"/courses/{COURSE}/").text
    assert f'href="/courses/{COURSE}/{READ_UNIT}/"' in course
    assert "enrollment" not in course

    unit = f"/courses/{COURSE}/{READ_UNIT}/"
    revision = hidden(learner.get(unit).text, "revision")
    assert learner.post(f"{unit}completion", {"revision": revision}, page=unit).status_code == 303
    read = learner.get(unit).text
    assert f'action="{unit}completion"' not in read
    assert f'href="/courses/{COURSE}/{QUIZ_UNIT}/"' in read

    assert f'href="/quizzes/{QUIZ}/"' in learner.get(f"/courses/{COURSE}/{QUIZ_UNIT}/").text
    attempt = begin(learner)
    fields = ticked(learner.get(attempt).text, RIGHT)
    assert learner.post(f"{attempt}responses", fields, page=attempt).headers["Location"] == attempt
    review = submit(learner, attempt, RIGHT)
    assert "100 %" in review
    assert "Bạn đã hoàn thành khóa học." in review
    with transaction() as session:
        states = session.execute(select(UnitCompletion.state).order_by(UnitCompletion.id)).scalars().all()
        assert states == ["completed", "passed"]
        assert session.scalars(select(Enrollment.completed_at)).one() is not None


def test_opening_pages_starts_nothing(visit: Visit) -> None:
    learner = visit("learner")
    for path in (
        "/",
        "/courses/",
        f"/courses/{COURSE}/",
        f"/courses/{COURSE}/{READ_UNIT}/",
        f"/quizzes/{QUIZ}/",
    ):
        assert learner.get(path).status_code == 200
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Enrollment)) == 0


def test_the_first_recorded_deed_enrolls(visit: Visit) -> None:
    learner = visit("learner")
    unit = f"/courses/{COURSE}/{OPTIONAL_UNIT}/"
    assert learner.post(f"{unit}completion", page=unit).status_code == 303
    with transaction() as session:
        assert session.scalars(select(Enrollment.person_id)).all() == [get_actor("learner").id]


def test_a_unit_with_a_quiz_is_not_done_by_saying_so(visit: Visit) -> None:
    learner = visit("learner")
    unit = f"/courses/{COURSE}/{QUIZ_UNIT}/"
    assert learner.post(f"{unit}completion", page=unit).status_code == 422
    with transaction() as session:
        assert session.scalars(select(UnitCompletion.state)).all() == []


# --- Answering


def test_a_unit_that_is_read_leads_on_past_its_optional_quiz(visit: Visit) -> None:
    path = f"courses/{COURSE}/{READ_UNIT}.vi.md"
    import_texts({**course_texts(), path: unit_text(completion="read", quiz=QUIZ)})
    learner = visit("learner")
    unit = f"/courses/{COURSE}/{READ_UNIT}/"
    assert learner.post(f"{unit}completion", page=unit).status_code == 303
    page = learner.get(unit).text
    assert f'href="/quizzes/{QUIZ}/"' in page
    assert re.findall(r'<a class="button button-main" href="([^"]+)"', page) == [
        f"/courses/{COURSE}/{QUIZ_UNIT}/"
    ]


def test_a_passed_quiz_leads_back_to_a_unit_that_is_still_to_be_read(visit: Visit) -> None:
    path = f"courses/{COURSE}/{QUIZ_UNIT}.vi.md"
    import_texts({**course_texts(), path: unit_text("Bài thi thử", completion="read and quiz", quiz=QUIZ)})
    learner = visit("learner")
    take_quiz(get_actor("learner"))
    unit = f"/courses/{COURSE}/{QUIZ_UNIT}/"
    attempt = re.search(r'href="(/attempts/\d+/)"', learner.get(f"/quizzes/{QUIZ}/").text)
    assert attempt
    main = r'<a class="button button-main" href="([^"]+)"'
    assert re.findall(main, learner.get(attempt[1]).text) == [f"{unit}#finish"]
    learner.post(f"{unit}completion", page=unit)
    assert re.findall(main, learner.get(attempt[1]).text) == [f"/courses/{COURSE}/{OPTIONAL_UNIT}/"]


def test_submitting_with_gaps_asks_first_and_saves_what_there_is(visit: Visit) -> None:
    learner = visit("learner")
    attempt = begin(learner)
    fields = ticked(learner.get(attempt).text, {"q-hai": ["Sai"]})
    asked = learner.post(f"{attempt}submission", {**fields, "confirm": "ask"}, page=attempt)
    assert asked.status_code == 200
    assert asked.text.count(f'href="{attempt}#q-') == 2
    assert chosen(learner.get(attempt).text) == fields["q-hai"]
    done = learner.post(f"{attempt}submission", {"confirm": "yes"}, page=attempt)
    assert done.headers["Location"] == attempt
    assert "25 %" in learner.get(attempt).text


def test_a_script_is_told_that_answers_are_saved(visit: Visit) -> None:
    learner = visit("learner")
    attempt = begin(learner)
    fields = ticked(learner.get(attempt).text, {"q-mot": ["Hai"]})
    wanted = {"headers": {"Accept": "application/json"}}
    for _ in range(2):  # the line broke, and it sends again
        answer = learner.post(f"{attempt}responses", fields, page=attempt, **wanted)
        assert (answer.status_code, answer.json) == (
            200,
            {"saved": True, "answered": 1, "notes": {}, "unread": [], "seconds_left": None},
        )
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 1
    learner.post(f"{attempt}submission", page=attempt)
    late = learner.post(f"{attempt}responses", fields, page="/account/", **wanted)
    assert late.status_code == 409
    assert late.json
    assert late.json["status"] == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [("event_id", "x"), ("sequence", "x"), ("sequence", "-1"), ("sequence", "9" * 30), ("q-mot", "khong-co")],
)
def test_a_form_that_no_page_of_ours_sent_changes_nothing(visit: Visit, field: str, value: str) -> None:
    learner = visit("learner")
    attempt = begin(learner)
    fields = {**ticked(learner.get(attempt).text, RIGHT), field: [value]}
    for deed in ("responses", "submission"):
        assert learner.post(f"{attempt}{deed}", fields, page=attempt).status_code == 422
    assert chosen(learner.get(attempt).text) == []


def test_answers_taken_back_are_gone(visit: Visit) -> None:
    learner = visit("learner")
    attempt = begin(learner)
    learner.post(f"{attempt}responses", ticked(learner.get(attempt).text, WRONG), page=attempt)
    only = ticked(learner.get(attempt).text, {"q-mot": ["Hai"]})
    learner.post(f"{attempt}responses", only, page=attempt)
    assert chosen(learner.get(attempt).text) == only["q-mot"]


def test_another_language_in_the_middle_keeps_the_answers(visit: Visit) -> None:
    original = quiz_text().decode()
    words = {"Số nào": "Which", "Ba": "Three", "Hai": "Two", "Một": "One", "Bốn": "Four", "Năm": "Five"}
    head, _, body = original.partition("preset: test\n")
    body = (
        body.split("---\n", 1)[1]
        .replace("Giải thích", "Explanation")
        .replace("Đúng", "True")
        .replace("Sai", "False")
    )
    for word, translation in words.items():
        body = body.replace(word, translation)
    twin = f"{head}---\n{body}".replace("Bài kiểm tra thử", "A test quiz")
    import_texts({f"quizzes/{COURSE}/{QUIZ}.en.quiz.md": twin.encode()})
    learner = visit("learner")
    attempt = begin(learner)
    fields = ticked(learner.get(attempt).text, WRONG)
    learner.post(f"{attempt}responses", fields, page=attempt)
    here = chosen(learner.get(attempt).text)
    changed = learner.post("/account/language", {"language": "en", "next": attempt}, page=attempt)
    assert changed.headers["Location"] == attempt
    page = learner.get(attempt).text
    assert "A test quiz" in page
    assert chosen(page) == here
    english = {"q-mot": ["Three"], "q-hai": ["False"], "q-ba": ["Two", "Four"]}
    assert "100 %" in submit(learner, attempt, english)


# --- Attempts


def test_a_second_start_goes_on_with_the_open_attempt(visit: Visit) -> None:
    learner = visit("learner")
    assert begin(learner) == begin(learner)


def test_when_no_attempt_is_left_nothing_begins(visit: Visit) -> None:
    learner = visit("learner")
    for _ in range(3):
        page = submit(learner, begin(learner), WRONG)
    assert f'action="/quizzes/{QUIZ}/attempts"' not in learner.get(f"/quizzes/{QUIZ}/").text
    assert f'href="/quizzes/{QUIZ}/">' in page
    answer = learner.post(f"/quizzes/{QUIZ}/attempts", page="/account/")
    assert answer.status_code == 409
    assert f'href="/quizzes/{QUIZ}/"' in answer.text


def test_a_quiz_not_yet_open_says_so(visit: Visit) -> None:
    import_texts({f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": quiz_text(extra="opens: 2999-01-01T08:00+07:00\n")})
    answer = visit("learner").post(f"/quizzes/{QUIZ}/attempts", page="/account/")
    assert answer.status_code == 422
    assert "chưa mở" in answer.text


def test_when_the_time_is_over_the_attempt_can_still_be_submitted(still: Flask, visit: Visit) -> None:
    import_texts({f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": quiz_text(extra="time: 20m\n")})
    learner = visit("learner")
    attempt = begin(learner)
    in_time = ticked(learner.get(attempt).text, {"q-mot": ["Ba"]})
    learner.post(f"{attempt}responses", in_time, page=attempt)
    too_late = ticked(learner.get(attempt).text, RIGHT)
    still.config["CLOCK"] = lambda: NOW + timedelta(minutes=21)
    assert learner.post(f"{attempt}responses", too_late, page=attempt).status_code == 409
    done = learner.post(f"{attempt}submission", {**too_late, "confirm": "ask"}, page=attempt)
    assert (done.status_code, done.headers.get("Location")) == (303, attempt)
    result = learner.get(attempt).text
    assert "25 %" in result
    assert "hết giờ" in result


def test_an_attempt_says_until_when_it_takes_answers(still: Flask, visit: Visit) -> None:
    import_texts({f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": quiz_text(extra="time: 20m\n")})
    learner = visit("learner")
    assert "10:20 22/11/2026" in learner.get(begin(learner)).text


# --- What is seen, and when

HIDING = {
    "none": ("none", {"score": False, "answers": False, "feedback": False}),
    "score": ("score", {"score": True, "answers": False, "feedback": False}),
    "feedback": ("score, feedback", {"score": True, "answers": False, "feedback": True}),
    "answers": ("score, marks, answers", {"score": True, "answers": True, "feedback": False}),
}


def seen(review: str) -> dict[str, bool]:
    """Return what a result lets the learner see."""
    return {
        "score": "0 %" in review or "điểm. Điểm đạt" in review,
        "answers": "Đáp án đúng" in review,
        "feedback": "Ba lớn hơn hai." in review,
    }


@pytest.mark.parametrize("name", HIDING)
def test_the_result_shows_what_the_quiz_allows(visit: Visit, name: str) -> None:
    setting, expected = HIDING[name]
    text = quiz_text(extra=f"show_after_submit: {setting}\n")
    import_texts({f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": text})
    learner = visit("learner")
    review = submit(learner, begin(learner), WRONG)
    assert seen(review) == expected


@pytest.mark.parametrize("path", [f"/quizzes/{QUIZ}/", f"/courses/{COURSE}/{QUIZ_UNIT}/"])
def test_a_score_that_the_result_hides_is_on_no_other_page(visit: Visit, path: str) -> None:
    learner = visit("learner")
    submit(learner, begin(learner), {"q-mot": ["Ba"]}, confirm="yes")
    assert "25 %" in learner.get(path).text
    text = quiz_text(extra="show_after_submit: none\n")
    import_texts({f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": text})
    other = visit("other")
    submit(other, begin(other), {"q-mot": ["Ba"]}, confirm="yes")
    assert "25 %" not in other.get(path).text


def test_an_exam_shows_its_answers_after_it_closes_and_not_before(still: Flask, visit: Visit) -> None:
    text = (
        quiz_text(extra="closes: 2026-11-23T17:00+07:00\n", attempts=1)
        .decode()
        .replace("preset: test", "preset: exam")
    )
    import_texts({f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": text.encode()})
    learner = visit("learner")
    attempt = begin(learner)
    before = submit(learner, attempt, WRONG)
    assert seen(before) == {"score": True, "answers": False, "feedback": False}
    still.config["CLOCK"] = lambda: NOW + timedelta(days=2)
    learner.be("learner")
    assert seen(learner.get(attempt).text) == {"score": True, "answers": True, "feedback": True}


def test_events_are_named_anew_each_time_the_page_is_opened(visit: Visit) -> None:
    learner = visit("learner")
    attempt = begin(learner)
    assert len({hidden(learner.get(attempt).text, "event_id") for _ in range(2)}) == 2


def test_a_review_is_for_its_owner_only(visit: Visit) -> None:
    take_quiz(get_actor("learner"))
    for username in ("other", "trainer", "province", "admin"):
        assert visit(username).get("/attempts/1/").status_code == 404
    assert visit("learner").get("/attempts/1/").status_code == 200
