"""What comes before a course is asked for by the server, whichever way somebody comes."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from learning.courses.queries import get_course
from learning.courses.services import ContentRejected
from learning.domain.permissions import Actor
from learning.organizations.queries import get_by_code
from learning.progress.assignments import assign_course
from learning.progress.prerequisites import ToDoFirst
from learning.quizzes.services import start_attempt
from learning.study.queries.courses import course_page, list_cards, unit_page
from learning.study.services import declare_read, enroll_in_course
from learning.tasks.services import hand_in
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    QUIZ,
    READ_UNIT,
    SEED,
    course_text,
    course_texts,
    import_texts,
    make_person,
    moment,
    take_quiz,
    unit_text,
)
from tests.support.tasks import TASK

pytestmark = pytest.mark.usefixtures("both_databases")
LATER, LATER_QUIZ, TASK_UNIT = "khoa-sau", "bai-sau", "viec-sau"


@pytest.fixture
def learner(tiny_course: Flask) -> Actor:
    """Somebody who has two courses before her, the second of which comes after the first."""
    texts = course_texts(LATER, quiz=LATER_QUIZ)
    texts[f"courses/{LATER}/course.vi.md"] = course_text(
        (READ_UNIT, "thi-thu", TASK_UNIT), title="Khóa sau", extra=f"prerequisites: {COURSE}, chua-co\n"
    )
    texts[f"courses/{LATER}/{TASK_UNIT}.vi.md"] = unit_text("Việc sau", completion="task", body=TASK)
    import_texts({path: text for path, text in texts.items() if "them-thu" not in path})
    return make_person("hoc-vien")


def enroll(person: Actor) -> None:
    enroll_in_course(person, LATER, moment=moment(1))


def read(person: Actor, course: str = LATER) -> object:
    return declare_read(person, course, READ_UNIT, revision_id=None, moment=moment(1))


def start(person: Actor) -> object:
    return start_attempt(person, LATER_QUIZ, seed=SEED, moment=moment(1))


def report(person: Actor) -> None:
    hand_in(person, LATER, TASK_UNIT, text="Đã làm.", revision_id=None, seen=0, moment=moment(1))


def complete_the_first(person: Actor) -> None:
    read(person, COURSE)
    take_quiz(person, QUIZ, at=moment(1))


def comes_later(person: Actor) -> set[bool]:
    cards = {card.slug: card for card in list_cards(person, "vi")}
    return {
        cards[LATER].comes_later,
        course_page(person, LATER, "vi").comes_later,
        unit_page(person, LATER, READ_UNIT, language="vi", now=NOW).comes_later,
    }


@pytest.mark.parametrize("deed", [enroll, read, start, report], ids=lambda deed: deed.__name__)
def test_nothing_of_a_course_is_recorded_before_what_comes_first(
    learner: Actor, deed: Callable[[Actor], Any]
) -> None:
    with pytest.raises(ToDoFirst, match="First complete: Khóa thử"):
        deed(learner)
    assert course_page(learner, LATER, "vi").state == "not_enrolled"
    assert comes_later(learner) == {True}
    assert [tuple(one) for one in course_page(learner, LATER, "vi").prerequisites] == [
        (COURSE, "Khóa thử", False)
    ]


@pytest.mark.parametrize("deed", [enroll, read, start], ids=lambda deed: deed.__name__)
def test_afterwards_the_course_is_open(learner: Actor, deed: Callable[[Actor], Any]) -> None:
    complete_the_first(learner)
    assert comes_later(learner) == {False}
    deed(learner)
    assert course_page(learner, LATER, "vi").prerequisites[0].is_completed


def test_who_is_assigned_is_enrolled_and_begins_after(learner: Actor) -> None:
    assign_course(
        None, get_course(LATER).id, organization_id=get_by_code(COMMUNE).id, title="Đợt 1", moment=moment()
    )
    assert course_page(learner, LATER, "vi").state == "enrolled"
    assert comes_later(learner) == {True}
    with pytest.raises(ToDoFirst):
        read(learner)
    enroll(learner)  # she is: that changes nothing
    complete_the_first(learner)
    read(learner)


def test_who_has_begun_goes_on_when_a_prerequisite_is_added(learner: Actor) -> None:
    other = make_person("nguoi-khac")
    read(other, COURSE)
    import_texts(
        {
            f"courses/{COURSE}/course.vi.md": course_text(
                (READ_UNIT, "thi-thu", "them-thu"), extra="prerequisites: khoa-ba\n"
            ),
            "courses/khoa-ba/course.vi.md": course_text(("mot",), title="Khóa ba"),
            "courses/khoa-ba/mot.vi.md": unit_text(),
        },
        at=moment(2),
    )
    take_quiz(other, at=moment(3))
    assert course_page(other, COURSE, "vi").state == "completed"
    with pytest.raises(ToDoFirst, match="Khóa ba"):
        read(learner, COURSE)


def test_a_prerequisite_that_is_not_there_keeps_nobody_out(learner: Actor) -> None:
    import_texts(
        {
            f"courses/{LATER}/course.vi.md": course_text(
                (READ_UNIT, "thi-thu", TASK_UNIT), extra="prerequisites: chua-co\n"
            )
        },
        at=moment(2),
    )
    assert comes_later(learner) == {False}
    read(learner)


def test_a_circle_over_courses_of_the_site_is_refused(learner: Actor) -> None:
    circle = course_text((READ_UNIT, "thi-thu", "them-thu"), extra=f"prerequisites: {LATER}\n")
    with pytest.raises(ContentRejected) as rejected:
        import_texts({f"courses/{COURSE}/course.vi.md": circle}, at=moment(2))
    [finding] = [one for one in rejected.value.diagnostics if one.code == "C093"]
    assert finding.is_error
    assert f"{COURSE} → {LATER} → {COURSE}" in finding.text()
