"""Courses, attempts and the caller's own account, in the shapes that programs get."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from learning.accounts.queries import Account
from learning.domain.permissions import Actor
from learning.domain.questions.model import Offered
from learning.organizations.queries import code_of
from learning.quizzes.papers import QuestionView
from learning.quizzes.queries import StoredAttempt, StoredResponse
from learning.study.queries.pages import (
    AttemptPage,
    CourseCard,
    CoursePage,
    ReviewPage,
    ReviewQuestion,
    UnitPage,
)

LARGEST = 2**31 - 1


class RoleHeldBy(Struct, frozen=True, kw_only=True):
    """A role, held at an organization."""

    role: str
    organization: str


class Me(Struct, frozen=True, kw_only=True):
    """Whose token this is, and whether it may only read; organizations are named by their codes."""

    id: int
    username: str
    name: str
    organization: str
    organization_name: str
    language: str | None
    roles: list[RoleHeldBy]
    read_only: bool


class CourseEntry(Struct, frozen=True, kw_only=True):
    """A course, and how far the caller is in it."""

    slug: str
    title: str
    summary: str
    language: str
    revision: int
    state: str
    assigned: bool
    units_done: int
    units_total: int
    completed: bool
    completed_at: datetime | None


class Courses(Struct, frozen=True, kw_only=True):
    """A part of the list, and the cursor of the next one."""

    items: list[CourseEntry]
    next: str | None


class UnitEntry(Struct, frozen=True, kw_only=True):
    """A unit in its course."""

    slug: str
    title: str
    summary: str
    minutes: int | None
    required: bool
    state: str
    has_quiz: bool


class CourseDetail(Struct, frozen=True, kw_only=True):
    """A course with its units in order."""

    slug: str
    title: str
    summary: str
    language: str
    revision: int
    html: str
    state: str
    completed: bool
    completed_at: datetime | None
    units: list[UnitEntry]


class UnitDetail(Struct, frozen=True, kw_only=True):
    """A unit to read; `revision` names its text when it is reported as read."""

    course: str
    slug: str
    title: str
    language: str
    revision: int
    html: str
    minutes: int | None
    state: str
    completed: bool
    quiz: str | None


class Enrollment(Struct, frozen=True, kw_only=True):
    """How the caller stands in a course."""

    course: str
    state: str


class UnitRead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a unit was read, in the text with this number."""

    revision: Annotated[int, Meta(ge=1, le=LARGEST)] | None = None


class Completion(Struct, frozen=True, kw_only=True):
    """How the caller stands in a unit."""

    state: str
    completed_at: datetime | None


class ChoiceServed(Struct, frozen=True, kw_only=True):
    """A choice as it is offered."""

    id: str
    html: str


class GapServed(Struct, frozen=True, kw_only=True):
    """A gap as it is offered: to type into, or to choose from a list."""

    id: str
    kind: Literal["text", "select"]
    choices: list[ChoiceServed]


class WordsAsked(Struct, frozen=True, kw_only=True):
    """How many words a text should have; null where there is no limit."""

    min: int | None
    max: int | None


class RubricLineReviewed(Struct, frozen=True, kw_only=True):
    """A line of a rubric, and the points a person gave for it, null while nobody has."""

    html: str
    points: float
    given: float | None


class Question(Struct, frozen=True, kw_only=True):
    """A question as it is asked; of the things to answer with only those of its type are there.

    In `html` an empty element with `data-gap` or `data-part` stands where a gap or a part goes. `read_back` is
    how a typed number was understood, null where it was not.
    """

    id: str
    type: str
    points: float
    title: str
    html: str
    choices: list[ChoiceServed]
    left: list[ChoiceServed]
    right: list[ChoiceServed]
    items: list[ChoiceServed]
    gaps: list[GapServed]
    parts: list[ChoiceServed]
    frame: str | None
    unit: str | None
    words: WordsAsked | None
    response: str | list[str] | dict[str, str] | None
    read_back: str | None


class ChoiceReviewed(Struct, frozen=True, kw_only=True):
    """A choice or a part afterwards; `correct` is null where the quiz does not tell."""

    id: str
    html: str
    selected: bool
    correct: bool | None
    comment_html: str | None


class PlaceReviewed(Struct, frozen=True, kw_only=True):
    """What was put at a place and belongs there, as HTML; the key is empty where the quiz does not tell it."""

    label_html: str | None
    given_html: str | None
    right_html: list[str]
    correct: bool | None
    comment_html: str | None


class QuestionReviewed(Struct, frozen=True, kw_only=True):
    """A question afterwards, as far as the quiz lets it be seen; `waiting` to be marked by a person it has no score."""

    id: str
    type: str
    answered: bool
    score: float | None
    score_exact: str | None
    max_score: float
    correct: bool | None
    choices: list[ChoiceReviewed]
    places: list[PlaceReviewed]
    response: str | list[str] | dict[str, str] | None
    right: list[str]
    comment_html: str | None
    explanation_html: str | None
    waiting: bool
    rubric: list[RubricLineReviewed]
    remark: str


class Result(Struct, frozen=True, kw_only=True):
    """What an attempt gave; scores are rounded to four places, with the exact value beside them.

    `state` is "passed", "failed", or "waiting" while answers that a person marks may still decide it; the score is
    without those.
    """

    state: str
    score: float | None
    score_exact: str | None
    max_score: float
    max_score_exact: str
    passed: bool
    waiting: int
    questions: list[QuestionReviewed]


class Attempt(Struct, frozen=True, kw_only=True):
    """An attempt with its questions; `result` is null while it is open."""

    id: int
    quiz: str
    number: int
    state: str
    language: str
    started_at: datetime
    submitted_at: datetime | None
    deadline: datetime | None
    questions: list[Question]
    result: Result | None


class ResponseGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer to a question. Of several the one with the highest `sequence` counts; null takes it back."""

    response: Annotated[str, Meta(max_length=1000)] | list[str] | dict[str, str] | None
    event_id: UUID
    sequence: Annotated[int, Meta(ge=0, le=LARGEST)]


class ResponseCounting(Struct, frozen=True, kw_only=True):
    """The answer that counts for a question now."""

    question: str
    response: str | list[str] | dict[str, str] | None
    sequence: int
    received_at: datetime | None


def show_me(actor: Actor, account: Account, *, read_only: bool) -> Me:
    """Return whose token this is."""
    return Me(
        id=actor.id,
        username=actor.username,
        name=actor.name,
        organization=code_of(actor.organization_path),
        organization_name=account.organization_name,
        language=actor.language,
        roles=[RoleHeldBy(role=grant.role, organization=code_of(grant.path)) for grant in actor.grants],
        read_only=read_only,
    )


def show_card(card: CourseCard) -> CourseEntry:
    """Return a course of the list."""
    return CourseEntry(
        slug=card.slug,
        title=card.title,
        summary=card.summary,
        language=card.language,
        revision=card.revision,
        state=card.state,
        assigned=card.assigned,
        units_done=card.units_done,
        units_total=card.units_total,
        completed=card.completed_at is not None,
        completed_at=card.completed_at,
    )


def show_course(page: CoursePage) -> CourseDetail:
    """Return a course with its units."""
    return CourseDetail(
        slug=page.slug,
        title=page.title,
        summary=page.summary,
        language=page.language,
        revision=page.revision,
        html=page.html,
        state=page.state,
        completed=page.completed_at is not None,
        completed_at=page.completed_at,
        units=[
            UnitEntry(
                slug=unit.slug,
                title=unit.title,
                summary=unit.summary,
                minutes=unit.minutes,
                required=unit.required,
                state=unit.state,
                has_quiz=unit.has_quiz,
            )
            for unit in page.units
        ],
    )


def show_unit(page: UnitPage) -> UnitDetail:
    """Return a unit to read."""
    return UnitDetail(
        course=page.course_slug,
        slug=page.slug,
        title=page.title,
        language=page.language,
        revision=page.revision,
        html=page.html,
        minutes=page.minutes,
        state=page.state,
        completed=page.state in ("completed", "passed"),
        quiz=page.quiz.slug if page.quiz else None,
    )


def show_attempt(stored: StoredAttempt, page: AttemptPage, result: Result | None) -> Attempt:
    """Return an attempt with its questions."""
    return Attempt(
        id=page.id,
        quiz=page.quiz_slug,
        number=page.number,
        state="open" if stored.row.submitted_at is None else "submitted",
        language=page.language,
        started_at=stored.row.started_at,
        submitted_at=stored.row.submitted_at,
        deadline=page.deadline,
        questions=[_question(question) for question in page.questions],
        result=result,
    )


def _offered(choices: Iterable[Offered]) -> list[ChoiceServed]:
    return [ChoiceServed(id=choice.id, html=choice.html) for choice in choices]


def _question(question: QuestionView) -> Question:
    asked, offer = question.asked, question.asked.offer
    return Question(
        id=asked.id,
        type=asked.type,
        points=_rounded(asked.points),
        title=asked.title,
        html=asked.html,
        choices=_offered(offer.choices),
        left=_offered(offer.left),
        right=_offered(offer.right),
        items=_offered(offer.items),
        gaps=[
            GapServed(id=gap.id, kind="select" if gap.choices else "text", choices=_offered(gap.choices))
            for gap in offer.gaps
        ],
        parts=_offered(offer.parts),
        frame=offer.frame or None,
        unit=offer.unit or None,
        words=WordsAsked(min=offer.words.least, max=offer.words.most) if offer.words else None,
        response=question.response,
        read_back=question.readings.get(""),
    )


def show_result(page: ReviewPage) -> Result:
    """Return what an attempt gave, as far as the quiz lets it be seen."""
    return Result(
        state="passed" if page.passed else "waiting" if page.waiting else "failed",
        score=None if page.score is None else _rounded(page.score),
        score_exact=None if page.score is None else str(page.score),
        max_score=_rounded(page.max_score),
        max_score_exact=str(page.max_score),
        passed=page.passed,
        waiting=page.waiting,
        questions=[_reviewed(question) for question in page.questions],
    )


def _reviewed(question: ReviewQuestion) -> QuestionReviewed:
    return QuestionReviewed(
        id=question.asked.id,
        type=question.asked.type,
        answered=question.answered,
        score=None if question.score is None else _rounded(question.score),
        score_exact=None if question.score is None else str(question.score),
        max_score=_rounded(question.asked.points),
        correct=question.correct,
        choices=[
            ChoiceReviewed(
                id=choice.id,
                html=choice.html,
                selected=choice.selected,
                correct=choice.correct,
                comment_html=choice.comment_html,
            )
            for choice in question.choices
        ],
        places=[
            PlaceReviewed(
                label_html=place.label_html,
                given_html=place.given_html,
                right_html=list(place.right_html),
                correct=place.correct,
                comment_html=place.comment_html,
            )
            for place in question.filled
        ],
        response=question.response,
        right=list(question.right),
        comment_html=question.comment_html,
        explanation_html=question.explanation_html,
        waiting=question.waits,
        rubric=[
            RubricLineReviewed(
                html=line.html,
                points=_rounded(line.points),
                given=None if line.given is None else _rounded(line.given),
            )
            for line in question.rubric
        ],
        remark=question.remark,
    )


def _rounded(value: Fraction) -> float:
    return round(float(value), 4)


def show_response(question: str, counting: StoredResponse | None, *, sequence: int) -> ResponseCounting:
    """Return the answer that counts, or that none does."""
    return ResponseCounting(
        question=question,
        response=counting.value if counting else None,
        sequence=counting.sequence if counting else sequence,
        received_at=counting.received_at if counting else None,
    )
