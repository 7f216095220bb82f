"""Answers that people mark: they wait, count once marked, are looked at twice where that is asked for."""

from fractions import Fraction
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.audit.models import AuditEntry
from learning.database import current_session
from learning.domain.completion import UnitState
from learning.domain.errors import NotFound, Refused
from learning.domain.hand_marks import MarkState
from learning.domain.permissions import Actor, Role
from learning.marking.queries.answers import (
    answer_page,
    get_answer,
    list_questions,
    next_answer,
    question_page,
)
from learning.marking.services import MarkedMeanwhile, mark_answer
from learning.organizations.services import DEPARTMENT_CODE
from learning.progress.recount import find_differences
from learning.quizzes.marking import original_text
from learning.quizzes.models import AnswerToMark, HandMarkGiven
from learning.quizzes.queries import get_attempt, get_quiz, list_attempts
from learning.quizzes.regrading import apply_regrading, preview_regrading, undo_regrading
from learning.quizzes.services import Answer, NoAttemptLeft, save_responses, start_attempt, submit_attempt
from learning.study.queries.courses import unit_page
from learning.study.queries.quizzes import quiz_page, review_page
from tests.support.essays import COURSE, QUESTION, QUIZ, UNIT, essay_texts
from tests.support.factories import (
    COMMUNE,
    NOW,
    OTHER_COMMUNE,
    SEED,
    ZONE,
    import_texts,
    make_organizations,
    make_person,
    moment,
)
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")
EVENT = "00000000-0000-4000-8000-00000000000{}"
FULL = (Fraction(2), Fraction(2), Fraction(1))


@pytest.fixture
def learner(app: Flask) -> Actor:
    make_organizations()
    import_texts(essay_texts())
    return make_person("hoc-vien-thu")


@pytest.fixture
def trainer(learner: Actor) -> Actor:
    return make_person("giang-vien-thu", DEPARTMENT_CODE, role=Role.TRAINER)


@pytest.fixture
def colleague(learner: Actor) -> Actor:
    return make_person("dong-nghiep-thu", DEPARTMENT_CODE, role=Role.TRAINER)


def hand_in(
    actor: Actor, *, essay: str | None = "Các đồng chí chú ý thư giả mạo.", chosen: bool = False
) -> int:
    """Submit an attempt with a text, and the right choice where it is `chosen`; return its id."""
    attempt = start_attempt(actor, QUIZ, seed=SEED, moment=moment())
    answers = {QUESTION: Answer(QUESTION, essay, EVENT.format(1), 1)}
    if chosen:
        page = quiz_page(actor, QUIZ, language="vi", now=NOW)
        assert page.open_attempt_id == attempt
        key = right_choice(actor, attempt)
        answers["chon"] = Answer("chon", key, EVENT.format(2), 1)
    save_responses(actor, attempt, answers, language="vi", moment=moment())
    submit_attempt(actor, attempt, moment=moment())
    return attempt


def right_choice(actor: Actor, attempt: int) -> str:
    return original_text(get_attempt(actor, attempt)).quiz.question("chon").answer.right[0]


def waiting_answer(trainer: Actor) -> int:
    return question_page(trainer, QUIZ, QUESTION, "vi").waiting[0].id


def give(marker: Actor, answer: int, points=FULL, *, seen=None, comment="", second=False, days=1.0):
    return mark_answer(
        marker,
        answer,
        points=points,
        comment=comment,
        asks_second_look=second,
        seen=seen,
        moment=moment(days),
    )


def state_of(learner: Actor) -> str:
    return unit_page(learner, COURSE, UNIT, language="vi", now=NOW).state


def test_a_text_waits_and_uses_up_nothing(learner: Actor, trainer: Actor) -> None:
    attempt = hand_in(learner, chosen=True)
    row = get_attempt(learner, attempt).row
    assert (row.waiting, row.score, row.passed) == (1, 5, False)
    assert state_of(learner) == UnitState.IN_PROGRESS  # the one attempt is made, and may still pass
    (line,) = list_questions(trainer, "vi")
    assert (line.question_id, line.waiting, line.second_looks, line.marked) == (QUESTION, 1, 0, 0)
    with pytest.raises(NoAttemptLeft):
        start_attempt(learner, QUIZ, seed=SEED, moment=moment())


def test_points_pass_the_quiz_and_complete_the_course(learner: Actor, trainer: Actor) -> None:
    attempt = hand_in(learner, chosen=True)
    give(trainer, waiting_answer(trainer), (Fraction(1), Fraction(1, 4), Fraction(0)), comment="Còn thiếu ý.")
    row = get_attempt(learner, attempt).row
    assert (row.waiting, row.score, row.passed) == (0, Fraction(25, 4), True)
    assert state_of(learner) == UnitState.PASSED
    assert find_differences(moment(1).day, ZONE) == []
    page = review_page(learner, get_attempt(learner, attempt), language="vi", now=moment(1).at)
    essay = page.questions[1]
    assert [line.given for line in essay.rubric] == [1, Fraction(1, 4), 0]
    assert (essay.remark, essay.waits, essay.score) == ("Còn thiếu ý.", False, Fraction(5, 4))
    assert "giả mạo" in (essay.model_html or "")


def test_too_few_points_use_up_the_attempt(learner: Actor, trainer: Actor) -> None:
    hand_in(learner, chosen=True)
    give(trainer, waiting_answer(trainer), (Fraction(0),) * 3)
    assert state_of(learner) == UnitState.FAILED
    assert find_differences(moment(1).day, ZONE) == []


def test_who_passes_without_the_text_has_passed_at_once(learner: Actor, trainer: Actor) -> None:
    import_texts({path: text.replace(b"60%", b"50%") for path, text in essay_texts().items()})
    attempt = hand_in(learner, chosen=True)
    assert get_attempt(learner, attempt).row.passed
    assert state_of(learner) == UnitState.PASSED


def test_no_text_does_not_wait(learner: Actor, trainer: Actor) -> None:
    attempt = hand_in(learner, essay=None, chosen=True)
    assert get_attempt(learner, attempt).row.waiting == 0
    assert state_of(learner) == UnitState.FAILED
    assert list_questions(trainer, "vi") == []


def test_a_second_look_counts_once_a_colleague_has_given_it(
    learner: Actor, trainer: Actor, colleague: Actor
) -> None:
    attempt = hand_in(learner, chosen=True)
    answer = waiting_answer(trainer)
    give(trainer, answer, second=True, comment="Tôi chưa chắc.")
    assert get_attempt(learner, attempt).row.waiting == 1
    page = review_page(learner, get_attempt(learner, attempt), language="vi", now=moment(1).at)
    assert page.questions[1].waits
    assert page.questions[1].remark == ""
    # Whoever asked does not give it; colleagues find it in their queue with the first mark beside.
    assert next_answer(trainer, get_answer(trainer, answer).quiz_id, QUESTION, after=0) is None
    assert [line.waiting for line in list_questions(trainer, "vi")] == [0]
    assert [line.second_looks for line in list_questions(colleague, "vi")] == [1]
    (first,) = answer_page(get_answer(colleague, answer), "vi", with_name=False).given
    with pytest.raises(MarkedMeanwhile):
        give(trainer, answer, seen=first.id)
    give(colleague, answer, (Fraction(1),) * 3, seen=first.id)
    assert get_attempt(learner, attempt).row.score == 8
    assert get_answer(colleague, answer).state is MarkState.MARKED


def test_points_can_be_corrected_and_take_no_completion_back(learner: Actor, trainer: Actor) -> None:
    attempt = hand_in(learner, chosen=True)
    answer = waiting_answer(trainer)
    give(trainer, answer)
    (first,) = answer_page(get_answer(trainer, answer), "vi", with_name=False).given
    give(trainer, answer, (Fraction(0),) * 3, seen=first.id, days=2)
    row = get_attempt(learner, attempt).row
    assert (row.score, row.passed) == (5, False)
    assert state_of(learner) == UnitState.PASSED
    assert [entry.points for entry in current_session().scalars(sa.select(HandMarkGiven))] == [
        ["2", "2", "1"], ["0", "0", "0"],
    ]  # fmt: skip
    assert find_differences(moment(2).day, ZONE) == []


def test_a_mark_on_what_was_marked_meanwhile_changes_nothing(
    learner: Actor, trainer: Actor, colleague: Actor
) -> None:
    hand_in(learner, chosen=True)
    answer = waiting_answer(trainer)
    give(trainer, answer)
    with pytest.raises(MarkedMeanwhile):
        give(colleague, answer, (Fraction(0),) * 3)
    assert current_session().scalar(sa.select(sa.func.count()).select_from(HandMarkGiven)) == 1


def test_of_marks_at_one_moment_one_is_taken(
    app: Flask, learner: Actor, trainer: Actor, colleague: Actor
) -> None:
    attempt = hand_in(learner, chosen=True)
    answer = waiting_answer(trainer)
    markers = [trainer, colleague] * 3
    outcomes = together(app, [partial(give, marker, answer) for marker in markers])
    refused = [one for one in outcomes if isinstance(one, MarkedMeanwhile)]
    assert len(refused) == len(markers) - 1
    assert get_attempt(learner, attempt).row.score == 10
    assert find_differences(moment(1).day, ZONE) == []


@pytest.mark.parametrize(
    "points",
    [
        (Fraction(3), Fraction(0), Fraction(0)),
        (Fraction(-1), Fraction(0), Fraction(0)),
        (Fraction(1, 3), Fraction(0), Fraction(0)),
        (Fraction(1),),
        (),
    ],
)
def test_points_that_do_not_fit_are_refused(
    learner: Actor, trainer: Actor, points: tuple[Fraction, ...]
) -> None:
    attempt = hand_in(learner)
    with pytest.raises(Refused):
        give(trainer, waiting_answer(trainer), points)
    assert get_attempt(learner, attempt).row.waiting == 1


def test_only_trainers_of_the_course_mark_and_nobody_her_own(learner: Actor, trainer: Actor) -> None:
    hand_in(learner)
    hand_in(trainer)
    rows = current_session().execute(sa.select(AnswerToMark.id).order_by(AnswerToMark.id)).scalars().all()
    theirs, own = rows
    assert [line.waiting for line in list_questions(trainer, "vi")] == [1]
    assert get_answer(trainer, theirs).learner.id == learner.id
    strangers = [
        make_person("ban-thu", COMMUNE, role=Role.TRAINER),
        make_person("ban-khac", OTHER_COMMUNE, role=Role.MANAGER),
        learner,
    ]
    for actor, answer in [(trainer, own), *((one, theirs) for one in strangers)]:
        with pytest.raises(NotFound):
            get_answer(actor, answer)
        with pytest.raises(NotFound):
            give(actor, answer)
    assert all(list_questions(actor, "vi") == [] for actor in strangers)
    assert len(list_attempts(learner, get_attempt(learner, 1).quiz.id)) == 1


def test_marks_are_on_record(learner: Actor, trainer: Actor) -> None:
    hand_in(learner)
    give(trainer, waiting_answer(trainer))
    entry = current_session().scalars(sa.select(AuditEntry).where(AuditEntry.action == "answer.marked")).one()
    assert entry.actor_id == trainer.id
    assert entry.detail == {"points": "5", "state": "marked"}


def test_points_and_a_corrected_key_stand_together_and_the_key_can_be_undone(
    learner: Actor, trainer: Actor
) -> None:
    texts = essay_texts()
    wrong = {path: text.replace(b"- [x] ", b"- [y] ") for path, text in texts.items()}
    wrong = {
        path: text.replace(b"- [ ] Sai", b"- [x] Sai").replace(b"- [y] ", b"- [ ] ")
        for path, text in wrong.items()
    }
    right = hand_in(learner, chosen=True)
    assert get_attempt(learner, right).row.score == 5
    import_texts(wrong)
    quiz = get_quiz(QUIZ)
    latest = preview_regrading(quiz, nobody_loses=False).latest_id
    regrading = apply_regrading(
        trainer, quiz, latest_id=latest, nobody_loses=False, reason="thử", moment=moment(1)
    )
    assert get_attempt(learner, right).row.score == 0
    give(trainer, waiting_answer(trainer), days=2)
    row = get_attempt(learner, right).row
    assert (row.score, row.waiting) == (5, 0)
    undo_regrading(trainer, quiz, regrading, moment=moment(3))
    row = get_attempt(learner, right).row
    assert (row.score, row.waiting, row.passed) == (10, 0, True)
    assert state_of(learner) == UnitState.PASSED
    assert find_differences(moment(3).day, ZONE) == []
