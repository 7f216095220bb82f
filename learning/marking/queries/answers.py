"""Answers to questions as those who mark see them: which questions wait, the answers of one, one with its rubric.

Who marks is who holds `attempt:mark` where the course belongs. Whose answer it is nobody needs to know, so names
are told only where they are asked for, and nobody marks her own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from markupsafe import escape
from sqlalchemy import Row, bindparam, func, select

from learning.accounts.models import Person
from learning.courses.models import Course, Quiz
from learning.courses.queries import QuizText, get_quiz_text, published_revisions
from learning.database import current_session, fetch
from learning.domain.completion import LearnerKey
from learning.domain.errors import NotFound
from learning.domain.hand_marks import HandMark, MarkState, lines_of
from learning.domain.permissions import Actor, Permission
from learning.i18n import by_preference, direction
from learning.marking.queries.pages import (
    AnswerLine,
    AnswerPage,
    GivenMark,
    LineToMark,
    QuestionPage,
    QueueLine,
)
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.quizzes.models import AnswerToMark, Attempt, HandMarkGiven
from learning.quizzes.queries import StoredAttempt, counting_responses, get_attempts

WAITING = (MarkState.WAITING, MarkState.SECOND_LOOK)
MARKED_SHOWN = 50  # the latest marked answers of a question, to look at again


def _markable(statement: Any, actor: Actor) -> Any:
    """Return a statement on answers narrowed to those of others in courses whose answers the actor marks."""
    return (
        statement.join(Attempt, Attempt.id == AnswerToMark.attempt_id)
        .join(Quiz, Quiz.id == AnswerToMark.quiz_id)
        .join(Course, Course.id == Quiz.course_id)
        .join(Organization, Organization.id == Course.owner_id)
        .where(within(actor.scope(Permission.ATTEMPT_MARK)), Attempt.person_id != actor.id)
    )


def _latest(column: Any) -> Any:
    """Return a column of the latest mark of an answer."""
    return (
        select(column)
        .where(HandMarkGiven.answer_id == AnswerToMark.id)
        .order_by(HandMarkGiven.id.desc())
        .limit(1)
        .correlate(AnswerToMark)
        .scalar_subquery()
    )


def _is_open_to(actor: Actor) -> Any:
    """Return the condition that an answer waits, and not for somebody else to look at it again."""
    return (AnswerToMark.state == MarkState.WAITING) | (
        (AnswerToMark.state == MarkState.SECOND_LOOK) & (_latest(HandMarkGiven.marker_id) != actor.id)
    )


def list_questions(actor: Actor, language: str) -> list[QueueLine]:
    """Return the questions whose answers the actor marks, those with the oldest waiting answer first."""
    open_to = _is_open_to(actor)
    rows = (
        current_session()
        .execute(
            _markable(
                select(
                    Quiz.id,
                    Quiz.slug,
                    Course.language,
                    AnswerToMark.question_id,
                    func.count().filter(open_to).label("waiting"),
                    func.count().filter(open_to, AnswerToMark.state == MarkState.SECOND_LOOK).label("second"),
                    func.min(AnswerToMark.submitted_at).filter(open_to).label("oldest"),
                    func.count().filter(AnswerToMark.state == MarkState.MARKED).label("marked"),
                ).select_from(AnswerToMark),
                actor,
            )
            .group_by(Quiz.id, Quiz.slug, Course.language, AnswerToMark.question_id)
            .order_by(func.min(AnswerToMark.submitted_at).filter(open_to).nulls_last(), Quiz.slug)
        )
        .all()
    )
    texts = {
        row.id: get_quiz_text(published_revisions(row.id), by_preference(language, row.language))
        for row in {row.id: row for row in rows}.values()
    }
    return [
        QueueLine(
            quiz_slug=row.slug,
            quiz_title=texts[row.id].quiz.title,
            question_id=row.question_id,
            title=_title(texts[row.id], row.question_id),
            language=texts[row.id].language,
            dir=direction(texts[row.id].language),
            waiting=row.waiting,
            second_looks=row.second,
            oldest=row.oldest,
            marked=row.marked,
        )
        for row in rows
    ]


def _title(text: QuizText, question_id: str) -> str:
    """Return the heading of a question as HTML; its id where the published quiz has it no longer."""
    return text.html.get(f"q/{question_id}/title") or str(escape(question_id))


def question_page(actor: Actor, quiz_slug: str, question_id: str, language: str) -> QuestionPage:
    """Return the answers to a question, the oldest waiting one and the latest marked one first.

    Raises NotFound for a question without answers that the actor marks.
    """
    statement = _markable(
        select(
            AnswerToMark.id,
            AnswerToMark.state,
            AnswerToMark.submitted_at,
            _latest(HandMarkGiven.marked_at).label("marked_at"),
            _latest(HandMarkGiven.points).label("points"),
            Quiz.id.label("quiz_id"),
            Course.language,
        ).select_from(AnswerToMark),
        actor,
    ).where(Quiz.slug == quiz_slug, AnswerToMark.question_id == question_id)
    session = current_session()
    waiting = session.execute(
        statement.where(_is_open_to(actor)).order_by(AnswerToMark.submitted_at, AnswerToMark.id)
    ).all()
    marked = session.execute(
        statement.where(AnswerToMark.state == MarkState.MARKED)
        .order_by(_latest(HandMarkGiven.id).desc())
        .limit(MARKED_SHOWN)
    ).all()
    if not waiting and not marked:
        raise NotFound
    first = (waiting or marked)[0]
    text = get_quiz_text(published_revisions(first.quiz_id), by_preference(language, first.language))
    asked = next((question for question in text.quiz.questions if question.id == question_id), None)
    return QuestionPage(
        quiz_slug=quiz_slug,
        quiz_title=text.quiz.title,
        question_id=question_id,
        title=_title(text, question_id),
        points=asked.points if asked else None,
        language=text.language,
        dir=direction(text.language),
        waiting=tuple(map(_answer_line, waiting)),
        marked=tuple(map(_answer_line, marked)),
    )


def _answer_line(row: Row[Any]) -> AnswerLine:
    points = None if row.points is None else sum(map(Fraction, row.points), Fraction(0))
    return AnswerLine(row.id, MarkState(row.state), row.submitted_at, row.marked_at, points)


def next_answer(actor: Actor, quiz_id: int, question_id: str, *, after: int) -> int | None:
    """Return the next answer to a question that waits for the actor, beginning anew after the last one."""
    following: int | None = current_session().scalar(
        _markable(select(AnswerToMark.id).select_from(AnswerToMark), actor)
        .where(
            AnswerToMark.quiz_id == quiz_id,
            AnswerToMark.question_id == question_id,
            _is_open_to(actor),
            AnswerToMark.id != after,
        )
        .order_by(AnswerToMark.id <= after, AnswerToMark.id)
        .limit(1)
    )
    return following


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """An answer the actor may mark, with its attempt and what it belongs to."""

    id: int
    question_id: str
    state: MarkState
    submitted_at: datetime
    quiz_id: int
    learner: LearnerKey
    person_name: str
    attempt: StoredAttempt


def get_answer(actor: Actor, answer_id: int, *, lock: bool = False) -> FoundAnswer:
    """Return an answer that the actor may mark, kept for the open transaction with `lock`; raises NotFound."""
    statement = _markable(
        select(
            AnswerToMark.id,
            AnswerToMark.question_id,
            AnswerToMark.state,
            AnswerToMark.submitted_at,
            AnswerToMark.quiz_id,
            AnswerToMark.attempt_id,
            Person.id.label("person_id"),
            Person.name,
        ).select_from(AnswerToMark),
        actor,
    ).join(Person, Person.id == Attempt.person_id)
    statement = statement.where(AnswerToMark.id == answer_id)
    if lock:
        statement = statement.with_for_update(of=[AnswerToMark, Attempt])
    row = current_session().execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return FoundAnswer(
        id=row.id,
        question_id=row.question_id,
        state=MarkState(row.state),
        submitted_at=row.submitted_at,
        quiz_id=row.quiz_id,
        learner=LearnerKey(row.person_id),
        person_name=row.name,
        attempt=get_attempts([row.attempt_id])[0],
    )


_GIVEN = (
    select(
        HandMarkGiven.id,
        HandMarkGiven.marker_id,
        Person.name,
        HandMarkGiven.points,
        HandMarkGiven.comment,
        HandMarkGiven.asks_second_look,
        HandMarkGiven.marked_at,
    )
    .join(Person, Person.id == HandMarkGiven.marker_id)
    .where(HandMarkGiven.answer_id == bindparam("answer"))
    .order_by(HandMarkGiven.id.desc())
)


def list_given(answer_id: int) -> tuple[GivenMark, ...]:
    """Return what was given for an answer, the latest first."""
    return tuple(
        GivenMark(
            row.id,
            row.marker_id,
            row.name,
            HandMark(tuple(map(Fraction, row.points)), row.comment),
            row.asks_second_look,
            row.marked_at,
        )
        for row in fetch(_GIVEN, answer=answer_id)
    )


def answer_page(found: FoundAnswer, language: str, *, with_name: bool) -> AnswerPage:
    """Return an answer as it is marked."""
    attempt = found.attempt
    text = get_quiz_text(attempt.pinned, by_preference(language, attempt.quiz.course_language))
    question = text.quiz.question(found.question_id)
    response = counting_responses(attempt.row.id)[found.question_id]
    value = str(response.value or "")
    html: Mapping[str, str] = text.html
    prefix = f"q/{question.id}"
    lines: Sequence[LineToMark] = [
        LineToMark(html.get(f"{prefix}/rubric/{number}", ""), line.points)
        for number, line in enumerate(lines_of(question.answer.rubric, question.points), start=1)
    ]
    return AnswerPage(
        id=found.id,
        attempt_id=attempt.row.id,
        attempt_number=attempt.row.number,
        quiz_slug=attempt.quiz.slug,
        quiz_title=text.quiz.title,
        question_id=question.id,
        title=html[f"{prefix}/title"],
        html=html[f"{prefix}/body"],
        points=question.points,
        text=value,
        text_language=response.language,
        word_count=len(value.split()),
        words=question.answer.words,
        lines=tuple(lines),
        model_html=html.get(f"{prefix}/model", ""),
        state=found.state,
        submitted_at=found.submitted_at,
        given=list_given(found.id),
        person_name=found.person_name if with_name else None,
        language=text.language,
        dir=direction(text.language),
    )
