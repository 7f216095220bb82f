"""When a unit must be passed again, everyone has all attempts again, and old attempts count no more."""

import pytest
from flask import Flask

from learning.domain.completion import UnitState
from learning.progress.recount import find_differences
from learning.quizzes.services import NoAttemptLeft, save_responses, start_attempt, submit_attempt
from learning.study.queries.courses import unit_page
from learning.study.queries.quizzes import quiz_page
from tests.support.factories import (
    COURSE,
    NOW,
    QUIZ,
    QUIZ_UNIT,
    SEED,
    ZONE,
    answers_of,
    import_texts,
    make_person,
    moment,
    quiz_text,
    take_quiz,
)

pytestmark = pytest.mark.usefixtures("app", "both_databases")
QUIZ_PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"


@pytest.fixture
def learner(tiny_course: Flask):
    return make_person("nguoi-thu")


def must_pass_again(day: int) -> None:
    import_texts({QUIZ_PATH: quiz_text(intro=f"Đọc kỹ, lần {day}.")}, at=moment(day), effect="repass")


def test_attempts_of_an_earlier_round_use_up_none_of_the_new_one(learner) -> None:
    take_quiz(learner, right=False, at=moment(1))
    take_quiz(learner, right=False, at=moment(1, hours=1))
    take_quiz(learner, right=True, at=moment(1, hours=2))
    with pytest.raises(NoAttemptLeft):
        start_attempt(learner, QUIZ, seed=SEED, moment=moment(1, hours=3))
    must_pass_again(2)
    assert quiz_page(learner, QUIZ, language="vi", now=NOW).attempts_left == 3
    assert take_quiz(learner, right=False, at=moment(3)).grade.passed is False
    assert unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW).state == UnitState.IN_PROGRESS
    take_quiz(learner, right=False, at=moment(3, hours=1))
    take_quiz(learner, right=False, at=moment(3, hours=2))
    assert unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW).state == UnitState.FAILED
    with pytest.raises(NoAttemptLeft):
        start_attempt(learner, QUIZ, seed=SEED, moment=moment(4))


def test_the_unit_shows_the_quiz_as_open_again(learner) -> None:
    take_quiz(learner, at=moment(1))
    before = unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW).quiz
    assert before is not None
    assert before.passed
    must_pass_again(2)
    page = unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW)
    assert page.state == UnitState.NOT_STARTED
    assert page.quiz is not None
    assert not page.quiz.passed
    assert page.quiz.attempts_left == 3


def test_an_attempt_begun_before_is_graded_but_does_not_pass_the_new_round(learner) -> None:
    attempt = start_attempt(learner, QUIZ, seed=SEED, moment=moment(1))
    must_pass_again(2)
    save_responses(learner, attempt, answers_of(learner, attempt), language="vi", moment=moment(3))
    assert submit_attempt(learner, attempt, moment=moment(3)).grade.passed
    assert unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW).state == UnitState.NOT_STARTED
    assert find_differences(moment(3).day, ZONE) == []
    take_quiz(learner, at=moment(4))
    assert unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW).state == UnitState.PASSED
    assert find_differences(moment(4).day, ZONE) == []
