"""Quizzes and attempts as the learner sees them; the types of an open attempt have no place for a key."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select

from learning.courses.models import Course, Document, Revision
from learning.courses.queries import QuizText, get_quiz_text, published_revisions
from learning.database import fetch
from learning.domain.content import Show
from learning.domain.errors import NotFound
from learning.domain.grading import Mark, QuizGrade
from learning.domain.permissions import Actor
from learning.domain.questions.model import Question, ReplyAnswer
from learning.domain.questions.registry import TYPES
from learning.i18n import by_preference, direction
from learning.quizzes.papers import paper_of, view_questions
from learning.quizzes.queries import (
    AttemptRow,
    QuizPlace,
    StoredAttempt,
    counting_responses,
    get_quiz,
    list_attempts,
)
from learning.quizzes.services import grade_attempt, original_text
from learning.study.queries.courses import by_language, list_units
from learning.study.queries.pages import (
    AttemptPage,
    QuizPage,
    ReviewChoice,
    ReviewPage,
    ReviewQuestion,
    ReviewTyped,
)


def quiz_page(actor: Actor, slug: str, *, language: str, now: datetime) -> QuizPage:
    """Return a quiz with the actor's attempts, their scores where the quiz shows them; raises NotFound."""
    place = get_quiz(slug)
    text = get_quiz_text(published_revisions(place.id), by_preference(language, place.course_language))
    attempts = list_attempts(actor, place.id)
    titles = _titles(place, language)
    settings = text.quiz.settings
    return QuizPage(
        slug=slug,
        title=text.quiz.title,
        course_slug=place.course_slug,
        course_title=titles["course"],
        unit_slug=place.unit_slug,
        unit_title=titles.get("unit"),
        intro_html=text.html.get("intro", ""),
        language=text.language,
        dir=direction(text.language),
        question_count=len(paper_of(text, b"").questions),
        pass_share=settings.pass_share,
        attempts_allowed=settings.attempts,
        attempts_left=_attempts_left(settings.attempts, attempts, place.round),
        time_limit_minutes=settings.time_limit // 60 if settings.time_limit else None,
        open_attempt_id=next((row.id for row in attempts if row.submitted_at is None), None),
        attempts=tuple(
            attempts
            if Show.SCORE in settings.shown_at(now)
            else [replace(row, score=None) for row in attempts]
        ),
    )


_TITLES = (
    select(Document.kind, Revision.title)
    .join(Revision, Revision.id == Document.published_id)
    .join(Course, Course.id == Document.course_id)
    .where(
        Document.course_id == bindparam("course"),
        (Document.kind == "course") | (Document.unit_id == bindparam("unit")),
    )
    .order_by(by_language().desc())
)


def _titles(place: QuizPlace, language: str) -> Mapping[str, str]:
    rows = fetch(_TITLES, course=place.course_id, unit=place.unit_id, language=language)
    return {row.kind: row.title for row in rows}


def _attempts_left(allowed: int | None, attempts: Sequence[AttemptRow], round_: int) -> int | None:
    used = sum(attempt.round == round_ for attempt in attempts)
    return None if allowed is None else max(0, allowed - used)


def attempt_page(actor: Actor, attempt: StoredAttempt, language: str) -> AttemptPage:
    """Return an open attempt as the learner sees it, in her language where the quiz has it."""
    text = get_quiz_text(attempt.pinned, by_preference(language, attempt.quiz.course_language))
    responses = counting_responses(attempt.row.id)
    given = {name: response.given for name, response in responses.items()}
    questions = view_questions(text, attempt.seed, given)
    return AttemptPage(
        id=attempt.row.id,
        number=attempt.row.number,
        quiz_slug=attempt.quiz.slug,
        quiz_title=text.quiz.title,
        course_slug=attempt.quiz.course_slug,
        intro_html=text.html.get("intro", ""),
        language=text.language,
        dir=direction(text.language),
        questions=questions,
        answered_count=sum(question.answered for question in questions),
        saved_at=max((response.received_at for response in responses.values()), default=None),
        sequence=max((response.sequence for response in responses.values()), default=0) + 1,
        deadline=attempt.deadline,
    )


def review_page(actor: Actor, attempt: StoredAttempt, *, language: str, now: datetime) -> ReviewPage:
    """Return a submitted attempt as its quiz lets the learner see it now."""
    if attempt.row.submitted_at is None:
        raise NotFound
    text = get_quiz_text(attempt.pinned, by_preference(language, attempt.quiz.course_language))
    original = original_text(attempt)
    settings = original.quiz.settings
    shown = settings.shown_at(now)
    grade = grade_attempt(attempt, original, counting_responses(attempt.row.id))
    lines = list_units(actor, [attempt.quiz.course_id], language)[attempt.quiz.course_id]
    after = next((i for i, line in enumerate(lines) if line.slug == attempt.quiz.unit_slug), None)
    following = lines[after + 1] if after is not None and after + 1 < len(lines) else None
    required = [line for line in lines if line.required]
    return ReviewPage(
        id=attempt.row.id,
        number=attempt.row.number,
        quiz_slug=attempt.quiz.slug,
        quiz_title=text.quiz.title,
        course_slug=attempt.quiz.course_slug,
        unit_slug=attempt.quiz.unit_slug,
        language=text.language,
        dir=direction(text.language),
        submitted_at=attempt.row.submitted_at,
        score=attempt.row.score if Show.SCORE in shown else None,
        max_score=grade.max_score,
        share=attempt.row.share if Show.SCORE in shown else None,
        passed=bool(attempt.row.passed),
        pass_share=settings.pass_share,
        attempts_left=_attempts_left(
            settings.attempts, list_attempts(actor, attempt.quiz.id), attempt.quiz.round
        ),
        show_marks=bool(shown & {Show.MARKS, Show.ANSWERS, Show.FEEDBACK}),
        show_answers=Show.ANSWERS in shown,
        show_feedback=Show.FEEDBACK in shown,
        unit_is_open=after is not None and not lines[after].is_finished,
        next_unit=(following.slug, following.title) if following else None,
        course_completed=bool(required) and all(line.is_finished for line in required),
        questions=tuple(_review_questions(text, grade, shown)),
    )


def _review_questions(text: QuizText, grade: QuizGrade, shown: frozenset[Show]) -> list[ReviewQuestion]:
    questions = []
    marks_shown = Show.MARKS in shown or Show.ANSWERS in shown or Show.FEEDBACK in shown
    for number, mark in enumerate(grade.marks, start=1):
        prefix = f"q/{mark.question_id}"
        question = text.quiz.question(mark.question_id)
        kind = TYPES[question.type]
        choices = tuple(
            ReviewChoice(
                html=text.html[f"{prefix}/choice/{key}"],
                selected=key in mark.chosen,
                correct=key in mark.right if Show.ANSWERS in shown else None,
                comment_html=text.html.get(f"{prefix}/comment/{key}")
                if Show.FEEDBACK in shown and key in mark.chosen
                else None,
            )
            for key in kind.parts(question.answer)
        )
        typed = _review_typed(text, question, mark, shown=shown) if kind.own_words else None
        questions.append(
            ReviewQuestion(
                number=number,
                id=question.id,
                type=question.type,
                title=text.html[f"{prefix}/title"],
                html=text.html[f"{prefix}/body"],
                points=question.points,
                score=mark.score if marks_shown else None,
                correct=mark.correct if marks_shown else None,
                answered=mark.answered,
                choices=choices,
                typed=typed,
                explanation_html=text.html.get(f"{prefix}/explanation") if Show.FEEDBACK in shown else None,
            )
        )
    return questions


def _review_typed(text: QuizText, question: Question, mark: Mark, *, shown: frozenset[Show]) -> ReviewTyped:
    """Return what was typed, with the replies and the comment of the reader's language."""
    kind = TYPES[question.type]
    value = mark.chosen[0] if mark.chosen else ""
    comment = (
        kind.comment(question.answer, value, mark.language) if value and Show.FEEDBACK in shown else None
    )
    return ReviewTyped(
        value=value,
        read_back=kind.read_back(value, mark.language, reader=text.language) if value else None,
        unit=question.answer.option("unit") if isinstance(question.answer, ReplyAnswer) else "",
        right=kind.show_right(question.answer, text.language) if Show.ANSWERS in shown else (),
        comment_html=text.html.get(f"q/{question.id}/{comment}") if comment else None,
    )
