"""Attempts: one open at a time, answers counted once, submitted once, graded on the text they began with."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.courses.models import Course
from learning.courses.queries import get_quiz_text, published_revisions
from learning.database import current_session, transaction
from learning.domain.attempt import draw_paper, present
from learning.domain.completion import UnitState
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor
from learning.progress.models import Enrollment, FigureEntry
from learning.progress.recount import find_differences
from learning.quizzes.marking import grade_attempt, original_text
from learning.quizzes.models import Attempt, Response
from learning.quizzes.queries import counting_responses, get_attempt, get_quiz, list_attempts
from learning.quizzes.services import (
    GRACE,
    AttemptClosed,
    NoAttemptLeft,
    Submission,
    TooSoon,
    save_responses,
    start_attempt,
    submit_attempt,
)
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
from tests.support.together import together

pytestmark = pytest.mark.usefixtures("both_databases")
PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"


@pytest.fixture
def learner(tiny_course: Flask) -> Actor:
    return make_person("hoc-vien-thu")


def start(actor: Actor, *, at=None) -> int:
    return start_attempt(actor, QUIZ, seed=SEED, moment=at or moment())


def save(actor: Actor, attempt: int, answers=None, *, at=None) -> int:
    answers = answers_of(actor, attempt) if answers is None else answers
    saved = save_responses(actor, attempt, answers, language="vi", moment=at or moment())
    return saved.answered


def submit(actor: Actor, attempt: int, *, at=None) -> Submission:
    return submit_attempt(actor, attempt, moment=at or moment())


def stored_responses() -> list[tuple[object, ...]]:
    rows = current_session().execute(
        sa.select(Response.question_id, Response.sequence, Response.value).order_by(Response.id)
    )
    return [tuple(row) for row in rows]


def attempt_count() -> int:
    return current_session().scalar(sa.select(sa.func.count()).select_from(Attempt)) or 0


# --- Starting


def test_a_second_start_goes_on_with_the_open_attempt(learner: Actor) -> None:
    first = start(learner)
    save(learner, first)
    assert start_attempt(learner, QUIZ, seed=b"\1" * 16, moment=moment(1)) == first
    assert get_attempt(learner, first).seed == SEED
    submit(learner, first)
    second = start(learner)
    assert [row.number for row in list_attempts(learner, get_attempt(learner, second).quiz.id)] == [1, 2]


def test_no_attempt_is_left_after_the_allowed_number(learner: Actor) -> None:
    for _ in range(3):
        take_quiz(learner, right=False)
    with pytest.raises(NoAttemptLeft):
        start(learner)
    assert attempt_count() == 3


def test_attempts_without_a_limit_never_end(learner: Actor) -> None:
    import_texts({PATH: quiz_text(attempts=None)})
    for _ in range(5):
        take_quiz(learner, right=False)
    assert unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW).state == UnitState.IN_PROGRESS


def test_an_unknown_quiz_and_one_of_an_unpublished_course_are_not_found(learner: Actor) -> None:
    with pytest.raises(NotFound):
        start_attempt(learner, "khong-co", seed=SEED, moment=moment())
    with transaction() as session:
        session.execute(sa.update(Course).values(is_published=False))
    with pytest.raises(NotFound):
        start(learner)


def test_a_quiz_opens_and_closes_by_the_clock(learner: Actor) -> None:
    hours = "opens: 2026-11-23T08:00+07:00\ncloses: 2026-11-24T08:00+07:00\n"
    import_texts({PATH: quiz_text(extra=hours)})
    with pytest.raises(Refused, match="not open yet"):
        start(learner)
    attempt = start(learner, at=moment(1))
    with pytest.raises(Refused, match="closed"):
        start(make_person("den-muon-thu"), at=moment(2))
    assert submit(learner, attempt, at=moment(2)).grade.score == 0


def test_parallel_starts_make_one_attempt(app: Flask, learner: Actor) -> None:
    for number in (1, 2):
        outcomes = together(app, [lambda: start(learner)] * 8)
        assert len(set(outcomes)) == 1
        assert isinstance(outcomes[0], int)
        assert attempt_count() == number
        submit(learner, outcomes[0])


def test_the_last_attempt_is_had_once(app: Flask, learner: Actor) -> None:
    import_texts({PATH: quiz_text(attempts=1)})

    def whole_attempt() -> Submission:
        return submit(learner, start(learner))

    outcomes = together(app, [whole_attempt] * 8)
    assert attempt_count() == 1
    assert sum(isinstance(outcome, Submission) for outcome in outcomes) == 1
    assert all(isinstance(o, Submission | AttemptClosed | NoAttemptLeft) for o in outcomes)
    assert find_differences(moment().day, ZONE) == []


# --- Answering


def test_sending_the_same_answers_again_changes_nothing(learner: Actor) -> None:
    attempt = start(learner)
    assert save(learner, attempt) == 3
    before = stored_responses()
    assert save(learner, attempt) == 3
    assert stored_responses() == before
    assert len(before) == 3


def test_a_repeated_sending_does_not_bring_back_what_was_changed_since(learner: Actor) -> None:
    attempt = start(learner)
    first = answers_of(learner, attempt, right=False, sequence=1)
    save(learner, attempt, first)
    save(learner, attempt, answers_of(learner, attempt, sequence=2))
    save(learner, attempt, first)
    assert submit(learner, attempt).grade.score == 4


def test_the_highest_sequence_counts_whatever_order_answers_come_in(learner: Actor) -> None:
    attempt = start(learner)
    save(learner, attempt, answers_of(learner, attempt, sequence=2))
    save(learner, attempt, answers_of(learner, attempt, right=False, sequence=1))
    assert len(stored_responses()) == 6
    assert {response.sequence for response in counting_responses(attempt).values()} == {2}
    assert submit(learner, attempt).grade.score == 4


def test_an_answer_given_back_counts_though_the_one_in_between_comes_last(learner: Actor) -> None:
    attempt = start(learner)
    save(learner, attempt, answers_of(learner, attempt, sequence=1))
    save(learner, attempt, answers_of(learner, attempt, sequence=3))  # the second is still on its way
    save(learner, attempt, answers_of(learner, attempt, right=False, sequence=2))
    assert submit(learner, attempt).grade.score == 4


def test_equal_answers_are_not_stored_again_when_nothing_is_on_its_way(learner: Actor) -> None:
    attempt = start(learner)
    save(learner, attempt, answers_of(learner, attempt, sequence=1))
    save(learner, attempt, answers_of(learner, attempt, sequence=2))
    assert len(stored_responses()) == 3


def test_of_equal_sequences_the_later_arrival_counts(learner: Actor) -> None:
    attempt = start(learner)
    for right in (True, False):
        answers = answers_of(learner, attempt, right=right)
        save(
            learner,
            attempt,
            {
                name: replace(answer, event_id=f"{int(right)}{answer.event_id[1:]}")
                for name, answer in answers.items()
            },
        )
    assert submit(learner, attempt).grade.score == 0


def test_an_answer_may_be_taken_back(learner: Actor) -> None:
    attempt = start(learner)
    save(learner, attempt)
    answers = answers_of(learner, attempt, sequence=2)
    cleared = {"mot": replace(answers["mot"], value=None), "ba": replace(answers["ba"], value=None)}
    assert save(learner, attempt, cleared) == 1
    assert submit(learner, attempt).grade.score == 1


def test_nothing_is_saved_when_one_question_was_not_asked(learner: Actor) -> None:
    attempt = start(learner)
    answers = answers_of(learner, attempt)
    with pytest.raises(Refused, match="not part"):
        save(learner, attempt, answers | {"la": replace(answers["mot"], question_id="la")})
    assert stored_responses() == []


def test_another_persons_attempt_is_not_found(learner: Actor) -> None:
    attempt = start(learner)
    other = make_person("nguoi-khac-thu")
    answers = answers_of(learner, attempt)
    for deed in (
        lambda: get_attempt(other, attempt),
        lambda: save(other, attempt, answers),
        lambda: submit(other, attempt),
        lambda: submit(other, attempt + 1),
    ):
        with pytest.raises(NotFound):
            deed()
    assert stored_responses() == []


def test_the_course_is_started_by_the_first_answer_and_not_by_opening_the_quiz(learner: Actor) -> None:
    attempt = start(learner)
    assert save(learner, attempt, {}) == 0
    answers = answers_of(learner, attempt)
    save(learner, attempt, {name: replace(answer, value=None) for name, answer in answers.items()})
    assert current_session().scalar(sa.select(sa.func.count()).select_from(Enrollment)) == 0
    save(learner, attempt, {"mot": answers["mot"]}, at=moment(hours=1))
    assert current_session().scalars(sa.select(Enrollment.started_at)).all() == [moment(hours=1).at]


def test_answers_after_the_time_are_refused_and_earlier_ones_count(learner: Actor) -> None:
    import_texts({PATH: quiz_text(extra="time: 30m\n")})
    attempt = start(learner)
    save(learner, attempt)
    over = moment(minutes=30)
    save(learner, attempt, answers_of(learner, attempt, sequence=2), at=replace(over, at=over.at + GRACE))
    late = replace(over, at=over.at + GRACE + timedelta(seconds=1))
    with pytest.raises(AttemptClosed, match="time"):
        save(learner, attempt, answers_of(learner, attempt, right=False, sequence=3), at=late)
    assert submit(learner, attempt, at=late).grade.score == 4


# --- Submitting


def test_parallel_submissions_have_one_winner(app: Flask, learner: Actor) -> None:
    attempt = start(learner)
    save(learner, attempt)
    outcomes = together(app, [lambda: submit(learner, attempt)] * 50)
    assert sum(isinstance(outcome, Submission) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AttemptClosed) for outcome in outcomes) == 49
    passed = sa.select(sa.func.sum(FigureEntry.n)).where(FigureEntry.measure == "did_pass")
    assert current_session().scalar(passed) == 1


def test_an_answer_racing_with_the_submission_is_graded_or_refused(app: Flask, learner: Actor) -> None:
    for _ in range(3):
        attempt = start(learner)
        save(learner, attempt, answers_of(learner, attempt, right=False))
        better = answers_of(learner, attempt, sequence=2)
        outcomes = together(app, [partial(save, learner, attempt, better), partial(submit, learner, attempt)])
        assert isinstance(outcomes[1], Submission)
        score = 4 if isinstance(outcomes[0], int) else 0
        assert isinstance(outcomes[0], int | AttemptClosed)
        stored = get_attempt(learner, attempt)
        assert outcomes[1].grade.score == stored.row.score == score
        assert grade_attempt(stored, original_text(stored), counting_responses(attempt)).score == score


def test_a_submitted_attempt_takes_no_more_answers(learner: Actor) -> None:
    take_quiz(learner)
    attempt = current_session().scalars(sa.select(Attempt.id)).one()
    before = stored_responses()
    with pytest.raises(AttemptClosed):
        save(learner, attempt, answers_of(learner, attempt, right=False, sequence=9))
    assert stored_responses() == before


THIRDS = (
    "\n## Câu bốn {#bon type=multiple points=1}\n\nNhững số nào lớn hơn một?\n\n"
    "- [x] Hai\n- [x] Ba\n- [x] Bốn\n- [ ] Không\n\n> **Giải thích:** Ba số đầu.\n"
)


def test_the_grade_is_an_exact_fraction(learner: Actor) -> None:
    import_texts({PATH: quiz_text(share="50%") + THIRDS.encode()})
    attempt = start(learner)
    answers = answers_of(learner, attempt)
    right = answers["bon"].value
    assert isinstance(right, tuple)
    assert len(right) == 3
    save(
        learner,
        attempt,
        {"mot": answers["mot"], "bon": replace(answers["bon"], value=right[:2])},
    )
    grade = submit(learner, attempt).grade
    assert (grade.score, grade.max_score, grade.passed) == (Fraction(5, 3), Fraction(5), False)
    row = get_attempt(learner, attempt).row
    assert (row.score, row.share, row.passed) == (Fraction(5, 3), Fraction(1, 3), False)


def test_the_pass_mark_itself_passes(learner: Actor) -> None:
    import_texts({PATH: quiz_text(share="75%")})
    attempt = start(learner)
    answers = answers_of(learner, attempt)
    save(learner, attempt, {"mot": answers["mot"], "ba": answers["ba"]})
    assert submit(learner, attempt).grade.passed


# --- The text an attempt began with


SWAPPED = (b"- [x] Ba\n- [ ] Hai", b"- [ ] Ba\n- [x] Hai")


def test_an_attempt_is_graded_on_the_text_it_began_with(learner: Actor) -> None:
    attempt = start(learner)
    answers = answers_of(learner, attempt)
    assert SWAPPED[0] in quiz_text()
    import_texts({PATH: quiz_text().replace(*SWAPPED)}, at=moment(1))
    save(learner, attempt, answers, at=moment(1))
    assert submit(learner, attempt, at=moment(1)).grade.score == 4
    fresh = start(learner, at=moment(1))
    save(learner, fresh, answers, at=moment(1))
    assert submit(learner, fresh, at=moment(1)).grade.score == 3


def test_a_question_taken_out_of_the_quiz_stays_in_the_open_attempt(learner: Actor) -> None:
    attempt = start(learner)
    answers = answers_of(learner, attempt)
    import_texts({PATH: quiz_text().partition("## Câu ba".encode())[0]}, at=moment(1))
    save(learner, attempt, answers, at=moment(1))
    assert submit(learner, attempt, at=moment(1)).grade.max_score == 4


ENGLISH = """---
title: A quiz to try
---

Choose the right answer.

## One {#mot}

Which number is largest?

- [ ] One
- [x] Three
- [ ] Two

## Two {#hai}

Two is larger than three.

- [ ] True
- [x] False

## Three {#ba type=multiple points=2}

Which numbers are even?

- [x] Two
- [ ] Three
- [x] Four
- [ ] Five
"""


def test_a_twin_is_the_same_quiz_in_another_language(learner: Actor) -> None:
    import_texts({f"quizzes/{COURSE}/{QUIZ}.en.quiz.md": ENGLISH.encode()})
    attempt = start(learner)
    stored = get_attempt(learner, attempt)
    original, twin = original_text(stored), get_quiz_text(stored.pinned, ["en", "vi"])
    assert (original.language, twin.language) == ("vi", "en")
    for text in (original, twin):
        assert draw_paper(text.quiz, SEED) == draw_paper(original.quiz, SEED)
    shown = present(twin.quiz, draw_paper(twin.quiz, SEED), twin.html)
    in_vietnamese = present(original.quiz, draw_paper(original.quiz, SEED), original.html)
    assert [[c.id for c in q.offer.choices] for q in shown] == [
        [c.id for c in q.offer.choices] for q in in_vietnamese
    ]
    by_html = {choice.html: choice.id for question in shown for choice in question.offer.choices}
    words = {key for html, key in by_html.items() if any(word in html for word in ("Three", "Two", "Four"))}
    assert set(original.quiz.question("mot").answer.right) <= words
    save(learner, attempt)
    assert submit(learner, attempt).grade.score == 4


def test_a_twin_may_have_its_questions_in_another_order(learner: Actor) -> None:
    head, *questions = ENGLISH.split("\n## ")
    reversed_twin = "\n## ".join([head, *reversed(questions)])
    path = f"quizzes/{COURSE}/{QUIZ}.en.quiz.md"
    shown = []
    for text in (ENGLISH, reversed_twin):
        import_texts({path: text.encode()})
        pinned = published_revisions(get_quiz(QUIZ).id)
        twin = get_quiz_text(pinned, ["en"])
        shown.append(present(twin.quiz, draw_paper(twin.quiz, SEED), twin.html))
    assert shown[0] == shown[1]


def test_an_attempt_keeps_the_twin_it_began_with(learner: Actor) -> None:
    path = f"quizzes/{COURSE}/{QUIZ}.en.quiz.md"
    import_texts({path: ENGLISH.encode()})
    attempt = start(learner)
    import_texts({path: ENGLISH.replace("Choose", "Pick").encode(), PATH: quiz_text(intro="Mới.")})
    stored = get_attempt(learner, attempt)
    assert "Choose" in get_quiz_text(stored.pinned, ["en"]).html["intro"]
    assert "đúng" in original_text(stored).html["intro"]
    assert {revision.language for revision in stored.pinned} == {"vi", "en"}


def test_a_language_that_no_twin_has_falls_back_to_the_next(learner: Actor) -> None:
    stored = get_attempt(learner, start(learner))
    assert get_quiz_text(stored.pinned, ["he", "en", "vi"]).language == "vi"
    with pytest.raises(NotFound):
        get_quiz_text(stored.pinned, ["he"])


# --- Which attempt counts, and when the next may begin


@pytest.mark.parametrize(
    ("method", "tries", "state", "counting"),
    [
        ("highest", [False, True], UnitState.PASSED, 1),
        ("highest", [True, False], UnitState.PASSED, 1),
        ("latest", [False, True], UnitState.PASSED, 1),
        ("latest", [True, False], UnitState.PASSED, 0),  # what was passed stays passed
        ("latest", [False, False, False], UnitState.FAILED, 0),
        ("first", [False], UnitState.FAILED, 0),
        ("first", [False, True], UnitState.FAILED, 0),
        ("first", [True, False], UnitState.PASSED, 1),
        ("average", [False, True], UnitState.IN_PROGRESS, Fraction(1, 2)),
        ("average", [False, True, True], UnitState.FAILED, Fraction(2, 3)),
        ("average", [True, False], UnitState.PASSED, Fraction(1, 2)),
    ],
)
def test_the_attempt_that_counts_is_the_one_the_quiz_names(
    learner: Actor, method: str, tries: list[bool], state: UnitState, counting: Fraction
) -> None:
    import_texts({PATH: quiz_text(extra=f"grade: {method}\nshow_after_submit: score\n")})
    for right in tries:
        take_quiz(learner, right=right)
    page = quiz_page(learner, QUIZ, language="vi", now=NOW)
    assert (page.grade, page.counting_share) == (method, counting)
    assert page.passed == (counting >= Fraction(7, 10))
    assert unit_page(learner, COURSE, QUIZ_UNIT, language="vi", now=NOW).state == state


def test_between_attempts_one_waits_as_long_as_the_quiz_says(learner: Actor) -> None:
    import_texts({PATH: quiz_text(extra="wait: 1h\n")})
    first = start(learner)
    assert start(learner) == first  # going on is no new attempt
    submit(learner, first)
    early = moment(minutes=59)
    with pytest.raises(TooSoon):
        start(learner, at=early)
    assert attempt_count() == 1
    assert quiz_page(learner, QUIZ, language="vi", now=early.at).begins_at == moment(hours=1).at
    assert quiz_page(learner, QUIZ, language="vi", now=moment(hours=1).at).begins_at is None
    assert start(learner, at=moment(hours=1)) != first
