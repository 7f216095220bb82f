"""Opening hints that cost points: at one moment, in several attempts, and beside a corrected key."""

from functools import partial

import pytest
from flask import Flask

from learning.courses.queries import published_revisions
from learning.domain.permissions import Actor, Role
from learning.organizations.services import DEPARTMENT_CODE
from learning.quizzes.queries import get_attempt, get_quiz
from learning.quizzes.regrading import apply_regrading
from learning.quizzes.services import (
    Answer,
    AttemptClosed,
    Submission,
    open_hint,
    save_responses,
    start_attempt,
    submit_attempt,
)
from learning.study.queries.quizzes import review_page
from tests.support import hinted_quiz
from tests.support.factories import (
    NOW,
    QUIZ,
    SEED,
    import_texts,
    make_course,
    make_organizations,
    make_person,
    moment,
)
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")


@pytest.fixture
def learner(app: Flask) -> Actor:
    make_organizations()
    make_course()
    import_texts({hinted_quiz.PATH: hinted_quiz.hinted_text()})
    return make_person("hoc-vien-thu")


def start(actor: Actor) -> int:
    return start_attempt(actor, QUIZ, seed=SEED, moment=moment())


def submit(actor: Actor, attempt: int) -> Submission:
    return submit_attempt(actor, attempt, moment=moment())


def open_first(actor: Actor, attempt: int) -> None:
    open_hint(actor, attempt, "mot", number=1, moment=moment())


def answer_one(actor: Actor, attempt: int, choice: str) -> None:
    given = Answer("mot", hinted_quiz.CHOICES[choice], "00000000-0000-4000-8000-000000000001", 1)
    save_responses(actor, attempt, {"mot": given}, language="vi", moment=moment())


def test_a_hint_opened_many_times_at_once_costs_once(app: Flask, learner: Actor) -> None:
    attempt = start(learner)
    assert together(app, [lambda: open_first(learner, attempt)] * 8) == [None] * 8
    answer_one(learner, attempt, "Ba")
    assert submit(learner, attempt).grade.score == 3


def test_hints_of_two_questions_opened_at_once_are_both_kept(app: Flask, learner: Actor) -> None:
    text = hinted_quiz.hinted_text().replace(b"{#hai}", b"{#hai hint_cost=50%}")
    import_texts({hinted_quiz.PATH: text})
    attempt = start(learner)
    second = partial(open_hint, learner, attempt, "hai", number=1, moment=moment())
    assert together(app, [lambda: open_first(learner, attempt), second]) == [None] * 2
    assert get_attempt(learner, attempt).hints == {"mot": 1, "hai": 1}


def test_a_hint_in_another_attempt_costs_nothing_in_the_next(learner: Actor) -> None:
    first = start(learner)
    open_first(learner, first)
    submit(learner, first)
    attempt = start(learner)
    answer_one(learner, attempt, "Ba")
    assert submit(learner, attempt).grade.score == 4
    with pytest.raises(AttemptClosed):
        open_first(learner, attempt)


def test_what_a_hint_took_off_stays_off_when_the_key_is_corrected(learner: Actor) -> None:
    attempt = start(learner)
    open_first(learner, attempt)
    answer_one(learner, attempt, "Hai")
    assert submit(learner, attempt).grade.score == 0
    import_texts({hinted_quiz.PATH: hinted_quiz.hinted_text(right="Hai")}, at=moment(1))
    place = get_quiz(QUIZ)
    latest = max(revision.revision_id for revision in published_revisions(place.id))
    trainer = make_person("giang-vien-thu", DEPARTMENT_CODE, role=Role.TRAINER)
    apply_regrading(
        trainer, place, latest_id=latest, nobody_loses=True, reason="Đáp án sai.", moment=moment(2)
    )
    assert get_attempt(learner, attempt).row.score == 3
    review = review_page(learner, get_attempt(learner, attempt), language="vi", now=NOW)
    first = review.questions[0]
    assert (first.score, first.taken_off, first.correct) == (3, 1, True)
