"""More attempts or time for one person: who may give it, what it changes, and what it leaves as it is."""

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.audit.models import AuditEntry
from learning.database import current_session
from learning.domain.allowance import NO_ALLOWANCE, Allowance
from learning.domain.completion import UnitState
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Role
from learning.notices.queries import list_notices
from learning.organizations.services import PROVINCE_CODE
from learning.progress.recount import find_differences
from learning.progress.services import open_new_round
from learning.quizzes.granting import AllowedMeanwhile
from learning.quizzes.queries import get_attempt, get_quiz
from learning.quizzes.regrading import apply_regrading, preview_regrading
from learning.quizzes.services import (
    AttemptClosed,
    NoAttemptLeft,
    save_responses,
    start_attempt,
    submit_attempt,
)
from learning.reports.allowances import AllowancePage, allowance_page, give_allowance
from learning.study.queries.courses import unit_page
from learning.study.queries.quizzes import quiz_page, review_page
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OTHER_COMMUNE,
    QUIZ,
    QUIZ_UNIT,
    SEED,
    ZONE,
    answers_of,
    import_texts,
    make_course,
    make_organizations,
    make_person,
    moment,
    quiz_text,
    take_quiz,
)
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")
PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"
ONE_MORE = Allowance(attempts=1)


@pytest.fixture
def learner(app: Flask) -> Actor:
    make_organizations()
    make_course(attempts=1)
    return make_person("hoc-vien-thu")


@pytest.fixture
def manager(learner: Actor) -> Actor:
    return make_person("quan-ly-thu", role=Role.MANAGER)


def see(manager: Actor, learner: Actor) -> AllowancePage:
    return allowance_page(manager, learner.id, QUIZ, "vi")


def give(manager: Actor, learner: Actor, allowance: Allowance = ONE_MORE, *, seen=..., at=None) -> None:
    give_allowance(
        manager,
        learner.id,
        QUIZ,
        allowance,
        reason="Mất điện giữa giờ thi (thử)",
        seen=see(manager, learner).seen if seen is ... else seen,
        moment=at or moment(1),
    )


def start(learner: Actor, *, at=None) -> int:
    return start_attempt(learner, QUIZ, seed=SEED, moment=at or moment(1))


def state_of(learner: Actor) -> str:
    return unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW).state


def limit_time(minutes: int = 30, extra: str = "") -> None:
    import_texts({PATH: quiz_text(attempts=1, extra=f"time: {minutes}m\n{extra}")})


# --- Attempts


def test_a_further_attempt_opens_what_was_failed_for_good(learner: Actor, manager: Actor) -> None:
    take_quiz(learner, right=False)
    assert state_of(learner) == UnitState.FAILED
    give(manager, learner)
    assert state_of(learner) == UnitState.IN_PROGRESS
    assert find_differences(moment(1).day, ZONE) == []
    page = quiz_page(learner, QUIZ, language="vi", now=NOW)
    assert (page.attempts_allowed, page.attempts_left) == (2, 1)
    assert page.allowed is not None
    assert page.allowed.reason == "Mất điện giữa giờ thi (thử)"
    link = unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW).quiz
    assert link is not None
    assert link.attempts_left == 1
    take_quiz(learner, at=moment(1))
    assert state_of(learner) == UnitState.PASSED
    assert find_differences(moment(1).day, ZONE) == []


def test_a_further_attempt_that_fails_is_the_last(learner: Actor, manager: Actor) -> None:
    take_quiz(learner, right=False)
    give(manager, learner)
    take_quiz(learner, right=False, at=moment(1))
    assert state_of(learner) == UnitState.FAILED
    with pytest.raises(NoAttemptLeft):
        start(learner)
    review = review_page(learner, get_attempt(learner, 2), language="vi", now=NOW)
    assert review.attempts_left == 0


def test_taking_it_back_fails_what_it_had_opened_and_leaves_attempts_as_they_are(
    learner: Actor, manager: Actor
) -> None:
    take_quiz(learner, right=False)
    give(manager, learner, Allowance(attempts=2))
    take_quiz(learner, right=False, at=moment(1))
    assert state_of(learner) == UnitState.IN_PROGRESS
    give(manager, learner, NO_ALLOWANCE, at=moment(2))
    assert state_of(learner) == UnitState.FAILED
    assert find_differences(moment(2).day, ZONE) == []
    assert quiz_page(learner, QUIZ, language="vi", now=NOW).attempts_left == 0
    assert quiz_page(learner, QUIZ, language="vi", now=NOW).allowed is None
    assert get_attempt(learner, 2).row.submitted_at is not None


def test_the_latest_counts_and_is_not_added_up(learner: Actor, manager: Actor) -> None:
    give(manager, learner, Allowance(attempts=3))
    give(manager, learner, Allowance(attempts=1), at=moment(2))
    assert quiz_page(learner, QUIZ, language="vi", now=NOW).attempts_left == 2
    assert [one.allowance.attempts for one in see(manager, learner).given] == [1, 3]


def test_who_must_pass_again_begins_with_the_rules(learner: Actor, manager: Actor) -> None:
    give(manager, learner)
    open_new_round(get_quiz(QUIZ).unit_id or 0, moment=moment(2))
    assert see(manager, learner).given == ()
    assert quiz_page(learner, QUIZ, language="vi", now=NOW).attempts_left == 1


def test_others_have_what_the_rules_say(learner: Actor, manager: Actor) -> None:
    other = make_person("nguoi-khac-thu")
    give(manager, learner)
    assert quiz_page(other, QUIZ, language="vi", now=NOW).attempts_left == 1
    take_quiz(other, right=False)
    assert state_of(other) == UnitState.FAILED


def test_a_corrected_key_keeps_open_what_an_allowance_opened(learner: Actor, manager: Actor) -> None:
    take_quiz(learner, right=False)
    other = make_person("nguoi-khac-thu")
    take_quiz(other, right=False)
    give(manager, learner)
    wrong = "- [ ] Một\n- [x] Ba\n- [ ] Hai"
    mended = quiz_text(attempts=1).decode().replace(wrong, "- [x] Một\n- [ ] Ba\n- [ ] Hai")
    import_texts({PATH: mended.encode()}, at=moment(2))
    trainer = make_person("giang-vien-thu", PROVINCE_CODE, role=Role.TRAINER)
    quiz = get_quiz(QUIZ)
    preview = preview_regrading(quiz, nobody_loses=True)
    assert preview is not None
    apply_regrading(
        trainer,
        quiz,
        nobody_loses=True,
        reason="khóa đáp án sai (thử)",
        latest_id=preview.latest_id,
        moment=moment(3),
    )
    assert state_of(learner) == UnitState.IN_PROGRESS
    assert state_of(other) == UnitState.FAILED
    assert find_differences(moment(3).day, ZONE) == []


# --- Time


def test_further_minutes_count_from_the_next_start(learner: Actor, manager: Actor) -> None:
    limit_time()
    give(manager, learner, Allowance(minutes=15))
    attempt = get_attempt(learner, start(learner))
    assert attempt.deadline == attempt.row.started_at + timedelta(minutes=45)
    assert quiz_page(learner, QUIZ, language="vi", now=NOW).time_limit_minutes == 45


def test_an_attempt_under_way_gets_them_at_once_and_keeps_what_it_has(learner: Actor, manager: Actor) -> None:
    limit_time()
    attempt = start(learner, at=moment(1))
    late = moment(1, minutes=40)
    with pytest.raises(AttemptClosed):
        save_responses(learner, attempt, answers_of(learner, attempt), language="vi", moment=late)
    give(manager, learner, Allowance(minutes=15), at=late)
    save_responses(learner, attempt, answers_of(learner, attempt), language="vi", moment=late)
    give(manager, learner, NO_ALLOWANCE, at=late)
    stored = get_attempt(learner, attempt)
    assert stored.deadline == stored.row.started_at + timedelta(minutes=45)
    assert submit_attempt(learner, attempt, moment=late).grade.passed


def test_nothing_is_taken_after_the_quiz_has_closed(learner: Actor, manager: Actor) -> None:
    limit_time(extra="closes: 2026-11-23T10:20+07:00\n")  # twenty minutes after the start
    attempt = start(learner, at=moment(1))
    give(manager, learner, Allowance(minutes=15))
    stored = get_attempt(learner, attempt)
    assert stored.deadline == stored.row.started_at + timedelta(minutes=20)


def test_a_quiz_without_a_time_limit_takes_nothing_after_it_has_closed_either(learner: Actor) -> None:
    import_texts({PATH: quiz_text(extra="closes: 2026-11-23T10:20+07:00\n")})
    attempt = start(learner, at=moment(1))
    late = moment(1, minutes=21)
    with pytest.raises(AttemptClosed):
        save_responses(learner, attempt, answers_of(learner, attempt), language="vi", moment=late)
    submit_attempt(learner, attempt, moment=late)


# --- Who, what, and the record of it


def test_it_is_on_record_and_the_person_is_told(learner: Actor, manager: Actor) -> None:
    give(manager, learner)
    entry = (
        current_session()
        .scalars(sa.select(AuditEntry).where(AuditEntry.action == "quiz.allowance_given"))
        .one()
    )
    assert (entry.actor_id, entry.subject) == (manager.id, f"person:{learner.id}")
    assert entry.detail == {"quiz": QUIZ, "attempts": 1, "minutes": 0}
    (notice,) = list_notices(learner)
    assert (notice.kind, notice.detail["reason"]) == ("allowance", "Mất điện giữa giờ thi (thử)")


@pytest.mark.parametrize(
    ("allowance", "why"),
    [
        (Allowance(attempts=11), "from 0 to 10"),
        (Allowance(attempts=-1), "from 0 to 10"),
        (Allowance(minutes=10), "does not limit its time"),
        (NO_ALLOWANCE, "allowed already"),
    ],
)
def test_what_cannot_be_allowed_is_refused(
    learner: Actor, manager: Actor, allowance: Allowance, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        give(manager, learner, allowance)
    assert see(manager, learner).given == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (quiz_text(attempts=None), "neither attempts nor time"),
        (quiz_text(attempts=None, extra="time: 10m\n"), "does not limit its attempts"),
        (quiz_text(attempts=2, extra="grade: first\n"), "only the first attempt counts"),
    ],
)
def test_attempts_that_would_change_nothing_are_refused(
    learner: Actor, manager: Actor, text: bytes, why: str
) -> None:
    import_texts({PATH: text})
    with pytest.raises(Refused, match=why):
        give(manager, learner)


def test_nobody_allows_it_to_herself_or_to_people_of_others(learner: Actor, manager: Actor) -> None:
    with pytest.raises(Refused, match="to herself"):
        give(manager, manager)
    stranger = make_person("nguoi-la-thu", OTHER_COMMUNE)
    with pytest.raises(NotFound):
        see(manager, stranger)
    with pytest.raises(NotFound):
        give(manager, stranger, seen=None)
    for role in (Role.LEARNER, Role.TRAINER):
        with pytest.raises(NotFound):
            give(make_person(f"{role}-thu", COMMUNE, role=role), learner, seen=None)


def test_two_managers_do_not_overwrite_each_other(app: Flask, learner: Actor, manager: Actor) -> None:
    calls = [partial(give, manager, learner, Allowance(attempts=n), seen=None) for n in range(1, 5)]
    outcomes = together(app, calls)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AllowedMeanwhile) for outcome in outcomes) == 3
    assert len(see(manager, learner).given) == 1


def test_allowing_time_while_the_attempt_begins_loses_none(
    app: Flask, learner: Actor, manager: Actor
) -> None:
    limit_time()
    outcomes = together(
        app, [partial(start, learner), partial(give, manager, learner, Allowance(minutes=15), seen=None)]
    )
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    stored = get_attempt(learner, 1)
    assert stored.deadline == stored.row.started_at + timedelta(minutes=45)


def test_allowing_an_attempt_while_the_last_is_submitted_leaves_the_unit_open(
    app: Flask, learner: Actor, manager: Actor
) -> None:
    attempt = start(learner)
    save_responses(
        learner, attempt, answers_of(learner, attempt, right=False), language="vi", moment=moment(1)
    )
    outcomes = together(
        app,
        [
            partial(submit_attempt, learner, attempt, moment=moment(1)),
            partial(give, manager, learner, seen=None),
        ],
    )
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    assert state_of(learner) == UnitState.IN_PROGRESS
    assert find_differences(moment(1).day, ZONE) == []
