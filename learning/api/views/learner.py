"""What every signed-in person's programs call: the own account, courses, attempts."""

import secrets
from typing import Any

from flask import Response, g
from msgspec import json

from learning.accounts.queries import get_account
from learning.api.calls import Page, call, read_cursor, write_cursor
from learning.api.learning import (
    Attempt,
    Completion,
    CourseDetail,
    Courses,
    Enrollment,
    Me,
    ResponseCounting,
    ResponseGiven,
    Result,
    UnitDetail,
    UnitRead,
    show_attempt,
    show_card,
    show_course,
    show_me,
    show_response,
    show_result,
    show_unit,
)
from learning.api.queries import list_personal_data
from learning.domain.attempt import SEED_BYTES, read_response
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Permission
from learning.i18n import current_language
from learning.progress.clock import current_moment
from learning.progress.queries import get_unit_state
from learning.quizzes import services as quizzes
from learning.quizzes.marking import attempt_paper, original_text
from learning.quizzes.queries import (
    StoredAttempt,
    get_attempt,
    get_quiz,
    list_attempts,
)
from learning.study import services
from learning.study.queries import courses as course_queries
from learning.study.queries import quizzes as quiz_queries
from learning.web.access import get_actor


@call("GET", "/me", Permission.ACCOUNT_OWN, answers={200: Me})
def me() -> Me:
    """Tell whose token this is."""
    actor = get_actor()
    return show_me(actor, get_account(actor), read_only=g.token.is_read_only)


@call("GET", "/me/data", Permission.ACCOUNT_OWN, answers={200: dict[str, list[dict[str, Any]]]})
def my_data() -> Response:
    """Give everything that is kept about you."""
    return Response(json.encode(list_personal_data(get_actor())), mimetype="application/json")


@call("GET", "/courses", Permission.COURSE_READ, query=[Page], answers={200: Courses})
def list_courses(page: Page) -> Courses:
    """List the published courses that are made for you."""
    cards = [
        card for card in course_queries.list_cards(get_actor(), current_language()) if card.is_for_reader
    ]
    begin = read_cursor(page) or 0
    end = begin + page.limit
    return Courses(
        items=[show_card(card) for card in cards[begin:end]],
        next=write_cursor(end if end < len(cards) else None),
    )


@call("GET", "/courses/<course>", Permission.COURSE_READ, answers={200: CourseDetail})
def get_course(course: str) -> CourseDetail:
    """Give a course with its units."""
    return show_course(course_queries.course_page(get_actor(), course, current_language()))


@call("PUT", "/courses/<course>/enrollment", Permission.COURSE_STUDY, answers={200: Enrollment}, is_kept=True)
def enroll(course: str) -> Enrollment:
    """Enroll in a course; a second time changes nothing."""
    actor = get_actor()
    services.enroll_in_course(actor, course, moment=current_moment())
    page = course_queries.course_page(actor, course, current_language())
    return Enrollment(course=course, state=page.state)


@call("GET", "/courses/<course>/units/<unit>", Permission.COURSE_READ, answers={200: UnitDetail})
def get_unit(course: str, unit: str) -> UnitDetail:
    """Give a unit to read."""
    page = course_queries.unit_page(
        get_actor(), course, unit, language=current_language(), now=current_moment().at
    )
    return show_unit(page)


@call(
    "PUT",
    "/courses/<course>/units/<unit>/completion",
    Permission.COURSE_STUDY,
    body=UnitRead,
    answers={200: Completion},
    is_kept=True,
)
def complete_unit(body: UnitRead, course: str, unit: str) -> Completion:
    """Say that you have read a unit."""
    actor = get_actor()
    services.declare_read(actor, course, unit, revision_id=body.revision, moment=current_moment())
    state = get_unit_state(actor.id, course, unit)
    return Completion(state=state.state, completed_at=state.completed_at)


def find_open_attempt(quiz: str) -> Attempt | None:
    """Return the caller's open attempt at a quiz, if there is one; raises NotFound for no quiz."""
    actor = get_actor()
    attempts = list_attempts(actor, get_quiz(quiz).id)
    opened = next((attempt.id for attempt in attempts if attempt.submitted_at is None), None)
    return None if opened is None else _attempt(get_attempt(actor, opened))


@call(
    "POST",
    "/quizzes/<quiz>/attempts",
    Permission.ATTEMPT_OWN,
    answers={200: Attempt, 201: Attempt},
    is_kept=True,
    standing=find_open_attempt,
)
def start_attempt(quiz: str) -> tuple[Attempt, int]:
    """Begin an attempt (201), or go on with the open one (200)."""
    actor, moment = get_actor(), current_moment()
    attempt = quizzes.start_attempt(actor, quiz, seed=secrets.token_bytes(SEED_BYTES), moment=moment)
    stored = get_attempt(actor, attempt)
    return _attempt(stored), 201 if stored.row.started_at == moment.at else 200


def _attempt(stored: StoredAttempt) -> Attempt:
    actor, language = get_actor(), current_language()
    page = quiz_queries.attempt_page(actor, stored, language)
    return show_attempt(stored, page, _result(stored) if stored.row.submitted_at else None)


def _result(stored: StoredAttempt) -> Result:
    review = quiz_queries.review_page(
        get_actor(), stored, language=current_language(), now=current_moment().at
    )
    return show_result(review)


@call("GET", "/attempts/<int:attempt>", Permission.ATTEMPT_OWN, answers={200: Attempt})
def read_attempt(attempt: int) -> Attempt:
    """Give an attempt with its questions, and its result once it is submitted."""
    return _attempt(get_attempt(get_actor(), attempt))


@call(
    "PUT",
    "/attempts/<int:attempt>/responses/<question>",
    Permission.ATTEMPT_OWN,
    body=ResponseGiven,
    answers={200: ResponseCounting},
    is_kept=True,
)
def save_response(body: ResponseGiven, attempt: int, question: str) -> ResponseCounting:
    """Save an answer; the same `event_id` again changes nothing."""

    def read(stored: StoredAttempt) -> dict[str, quizzes.Answer]:
        text = original_text(stored)
        if question not in attempt_paper(stored, text).question_ids:
            raise NotFound(question)
        try:
            value = read_response(text.quiz.question(question), body.response)
        except Refused as refusal:
            raise Refused(refusal.message, field="response", **refusal.params) from refusal
        return {question: quizzes.Answer(question, value, str(body.event_id), body.sequence)}

    saved = quizzes.save_responses(
        get_actor(), attempt, read, language=current_language(), moment=current_moment()
    )
    return show_response(question, saved.counting.get(question), sequence=body.sequence)


@call(
    "POST", "/attempts/<int:attempt>/submission", Permission.ATTEMPT_OWN, answers={200: Result}, is_kept=True
)
def submit_attempt(attempt: int) -> Result:
    """Submit an attempt: it takes no more answers, and is graded."""
    actor = get_actor()
    quizzes.submit_attempt(actor, attempt, moment=current_moment())
    return _result(get_attempt(actor, attempt))
