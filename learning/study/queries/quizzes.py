"""Quizzes and attempts as the learner sees them; the types of an open attempt have no place for a key."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from markupsafe import escape
from sqlalchemy import bindparam, select

from learning.courses.models import Course, Document, Revision
from learning.courses.queries import QuizText, get_quiz_text, published_revisions
from learning.database import fetch
from learning.domain.allowance import NO_ALLOWANCE
from learning.domain.attempt import asks_for_words, present
from learning.domain.completion import Turn
from learning.domain.content import QuizSettings, Show
from learning.domain.counting import counting_share, has_passed, may_begin_at
from learning.domain.errors import NotFound
from learning.domain.grading import Mark, QuizGrade, answers_of
from learning.domain.hand_marks import HandMark, lines_of
from learning.domain.marks import read_marks
from learning.domain.permissions import Actor
from learning.domain.questions.model import Piece, PresentedQuestion
from learning.domain.questions.registry import TYPES
from learning.i18n import by_preference, direction
from learning.quizzes.allowances import has_limits, list_given, settings_for
from learning.quizzes.hand_marks import MarkedByHand, marks_by_hand
from learning.quizzes.marking import (
    attempt_paper,
    counting_grade,
    grade_attempt,
    original_text,
    other_texts,
)
from learning.quizzes.mended import Corrections, find_corrections, mended_text
from learning.quizzes.papers import paper_of, view_questions
from learning.quizzes.queries import (
    AttemptRow,
    QuizPlace,
    StoredAttempt,
    StoredResponse,
    counting_responses,
    get_quiz,
    given_in,
    list_attempts,
    of_turn,
)
from learning.study.queries.courses import by_language, list_units
from learning.study.queries.pages import (
    AttemptPage,
    CorrectedScore,
    QuizPage,
    ReviewChoice,
    ReviewFilled,
    ReviewLine,
    ReviewPage,
    ReviewQuestion,
)


def quiz_page(actor: Actor, slug: str, *, language: str, now: datetime) -> QuizPage:
    """Return a quiz with the actor's attempts, their scores where the quiz shows them; raises NotFound."""
    place = get_quiz(slug, actor)
    text = get_quiz_text(published_revisions(place.id), by_preference(language, place.course_language))
    attempts = list_attempts(actor, place.id)
    titles = _titles(place, language)
    settings = text.quiz.settings
    given = list_given(actor.id, place.id, place.turn) if has_limits(settings) else []
    if given:
        settings = given[0].allowance.applied_to(settings)
    of_now = of_turn(attempts, place.turn)
    shares = [attempt.share for attempt in of_now if attempt.share is not None]
    shows_score = Show.SCORE in settings.shown_at(now)
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
        question_count=len(paper_of(text, b"", {}).questions),
        pass_share=settings.pass_share,
        attempts_allowed=settings.attempts,
        attempts_left=_attempts_left(settings.attempts, attempts, place.turn),
        grade=settings.grade,
        counting_share=counting_share(settings.grade, shares) if shows_score else None,
        passed=has_passed(settings, shares),
        begins_at=_begins_at(settings, of_now, now),
        time_limit_minutes=settings.time_limit // 60 if settings.time_limit else None,
        closes=settings.closes if settings.closes and settings.closes > now else None,
        allowed=given[0] if given and given[0].allowance != NO_ALLOWANCE else None,
        open_attempt_id=next((row.id for row in attempts if row.submitted_at is None), None),
        attempts=tuple(attempts if shows_score else [replace(row, score=None) for row in attempts]),
    )


def _begins_at(settings: QuizSettings, attempts: Sequence[AttemptRow], now: datetime) -> datetime | None:
    """Return when the next attempt may begin, None when it may now."""
    then = may_begin_at(settings, attempts[-1].submitted_at if attempts else None)
    return then if then is not None and then > now else None


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


def _attempts_left(allowed: int | None, attempts: Sequence[AttemptRow], turn: Turn) -> int | None:
    return None if allowed is None else max(0, allowed - len(of_turn(attempts, turn)))


def attempt_page(
    actor: Actor,
    attempt: StoredAttempt,
    language: str,
    *,
    page: int | None = None,
    responses: Mapping[str, StoredResponse] | None = None,
) -> AttemptPage:
    """Return an open attempt as the learner sees it, in her language where the quiz has it.

    With all its questions, or with those of a page; where the quiz goes only forward, of the one reached. The
    `responses` that count are read unless they are given.
    """
    text = get_quiz_text(attempt.pinned, by_preference(language, attempt.quiz.course_language))
    responses = counting_responses(attempt.row.id) if responses is None else responses
    given = given_in(attempt, responses)
    paper = attempt_paper(attempt, text)
    if page is not None:
        page = attempt.position if paper.only_forward else min(page, paper.pages)
    questions = view_questions(text, paper, given, page=page, opened=attempt.hints)
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
        answered_count=sum(value.value is not None for value in given.values()),
        question_count=len(paper.questions),
        page=page or 1,
        pages=paper.pages,
        position=attempt.position,
        only_forward=paper.only_forward,
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
    responses = counting_responses(attempt.row.id)
    corrections = find_corrections(attempt.row.id, attempt.quiz.id, attempt.pinned)
    grade = counting_grade(attempt, original, responses)
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
        waiting=attempt.row.waiting,
        pass_share=settings.pass_share,
        attempts_left=_attempts_left(
            settings_for(settings, actor.id, attempt.quiz.id, attempt.quiz.turn).attempts,
            list_attempts(actor, attempt.quiz.id),
            attempt.quiz.turn,
        ),
        show_marks=bool(shown & {Show.MARKS, Show.ANSWERS, Show.FEEDBACK}),
        show_answers=Show.ANSWERS in shown,
        show_feedback=Show.FEEDBACK in shown,
        unit_is_open=after is not None and not lines[after].is_finished,
        next_unit=(following.slug, following.title) if following else None,
        course_completed=bool(required) and all(line.is_finished for line in required),
        corrected_at=corrections.last_at if corrections else None,
        share_before=corrections.score_before / grade.max_score
        if corrections and grade.max_score and Show.SCORE in shown
        else None,
        questions=tuple(
            _review_questions(attempt, text, grade, shown)
            if corrections is None
            else _corrected_questions(
                attempt,
                text,
                grade,
                shown,
                corrections=corrections,
                own=grade_attempt(attempt, original, responses),
            )
        ),
    )


def _review_questions(
    attempt: StoredAttempt,
    text: QuizText,
    grade: QuizGrade,
    shown: frozenset[Show],
    *,
    corrections: Corrections | None = None,
) -> list[ReviewQuestion]:
    paper = attempt_paper(attempt, text)
    others = other_texts(attempt, text) if asks_for_words(text.quiz, paper) else []
    if corrections is not None:
        own = attempt.quiz.course_language
        text = mended_text(text, corrections, [text.language, own])
        others = [mended_text(other, corrections, [other.language, own]) for other in others]
    asked = {question.id: question for question in present(text.quiz, paper, text.html)}
    by_hand = marks_by_hand(attempt.row.id) if any(TYPES[one.type].by_hand for one in asked.values()) else {}
    return [
        _review_question(
            number,
            asked[mark.question_id],
            mark,
            text=text,
            shown=shown,
            by_hand=by_hand.get(mark.question_id),
            twins=answers_of({other.language: other.quiz.question(mark.question_id) for other in others}),
        )
        for number, mark in enumerate(grade.marks, start=1)
    ]


def _corrected_questions(
    attempt: StoredAttempt,
    text: QuizText,
    grade: QuizGrade,
    shown: frozenset[Show],
    *,
    corrections: Corrections,
    own: QuizGrade,
) -> list[ReviewQuestion]:
    """Return the questions with the keys by which they are marked now; `own` is the grading by those before."""
    questions = _review_questions(attempt, text, grade, shown, corrections=corrections)
    before = {mark.question_id: mark for mark in own.marks}
    kept = read_marks(attempt.marks or {})
    return [
        replace(
            question,
            correction=CorrectedScore(
                corrections.questions[question.asked.id].applied_at,
                before[question.asked.id].score,
                kept[question.asked.id].by_key * question.asked.points,
            ),
        )
        if question.asked.id in corrections.questions and question.score is not None
        else question
        for question in questions
    ]


def _review_question(
    number: int,
    asked: PresentedQuestion,
    mark: Mark,
    *,
    text: QuizText,
    shown: frozenset[Show],
    by_hand: MarkedByHand | None,
    twins: Mapping[str, Any],
) -> ReviewQuestion:
    """Return a question with its answer, and of the key what is shown now."""
    kind, answer = TYPES[asked.type], text.quiz.question(asked.id).answer
    key_shown, marks_shown = Show.ANSWERS in shown, bool(shown & {Show.MARKS, Show.ANSWERS, Show.FEEDBACK})

    def told(name: str | None) -> str | None:
        return text.html.get(f"q/{asked.id}/{name}") if name and Show.FEEDBACK in shown else None

    def words(piece: Piece) -> str:
        return text.html[f"q/{asked.id}/{piece.fragment}"] if piece.fragment else str(escape(piece.text))

    ticks = {tick.key: tick for tick in kind.ticks(answer, mark.value)}
    filled = kind.filled(answer, mark.value, language=mark.language, reader=text.language, twins=twins)
    return ReviewQuestion(
        number=number,
        asked=asked,
        response=mark.value,
        answered=mark.answered,
        score=mark.score if marks_shown and not mark.waits else None,
        correct=mark.correct if marks_shown and not mark.waits else None,
        partly=mark.partly if marks_shown and not mark.waits else None,
        taken_off=mark.taken_off if marks_shown and not mark.waits else None,
        choices=tuple(
            ReviewChoice(
                id=offered.id,
                html=offered.html,
                selected=ticks[offered.id].picked,
                correct=ticks[offered.id].right if key_shown else None,
                comment_html=told(ticks[offered.id].comment),
            )
            for offered in (*asked.offer.choices, *asked.offer.parts)
        ),
        filled=tuple(
            ReviewFilled(
                label_html=words(Piece(fragment=row.label)) if row.label else None,
                given_html=words(row.given) if row.given else None,
                right_html=tuple(map(words, row.right)) if key_shown else (),
                correct=row.share == 1 if key_shown else None,
                comment_html=told(row.comment),
            )
            for row in filled
        ),
        right=kind.show_right(answer, text.language) if key_shown else (),
        readings=kind.read_back(answer, mark.value, mark.language, reader=text.language),
        comment_html=told(kind.comment(answer, mark.value, mark.language)),
        explanation_html=told("explanation"),
        correction=None,
        waits=mark.waits,
        rubric=_rubric(text, asked.id, by_hand.mark if by_hand and marks_shown else None)
        if kind.by_hand and key_shown
        else (),
        remark=by_hand.mark.comment if by_hand and Show.FEEDBACK in shown else "",
        model_html=text.html.get(f"q/{asked.id}/model") if key_shown else None,
    )


def _rubric(text: QuizText, question_id: str, mark: HandMark | None) -> tuple[ReviewLine, ...]:
    """Return what points are given for, with those given."""
    question = text.quiz.question(question_id)
    lines = lines_of(question.answer.rubric, question.points)
    given = mark.points if mark else (None,) * len(lines)
    return tuple(
        ReviewLine(text.html.get(f"q/{question_id}/rubric/{number}", ""), line.points, won)
        for number, (line, won) in enumerate(zip(lines, given, strict=True), start=1)
    )
