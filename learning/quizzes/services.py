"""Writing attempts: starting one, saving answers, submitting; each is one transaction with what follows from it."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, insert, update

from learning.accounts.queries import lock_person
from learning.courses.queries import PinnedRevision, QuizText, get_quiz_text, published_revisions
from learning.database import transaction, upserting
from learning.domain.attempt import Paper, next_hint
from learning.domain.completion import Learner, Turn
from learning.domain.content import CompletionRule, QuizSettings
from learning.domain.counting import can_still_pass, deadline_of, has_passed, may_begin_at
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.grading import QuizGrade
from learning.domain.marks import read_marks, with_shares, write_marks
from learning.domain.permissions import Actor
from learning.domain.questions.model import ResponseValue
from learning.progress.moments import Moment
from learning.progress.prerequisites import check_may_record
from learning.progress.services import record_progress
from learning.quizzes.allowances import settings_for
from learning.quizzes.hand_marks import enter_answers
from learning.quizzes.marking import attempt_paper, grade_attempt, keep_marks, original_text
from learning.quizzes.mended import keep_before, mend_attempt
from learning.quizzes.models import Attempt, AttemptRevision, Response
from learning.quizzes.papers import paper_of
from learning.quizzes.queries import (
    AttemptRow,
    StoredAttempt,
    StoredResponse,
    counting_responses,
    get_attempt,
    get_quiz,
    list_attempts,
    list_draws,
    lock_units,
    of_turn,
)
from learning.web.pages import local_datetime

GRACE = timedelta(seconds=30)

_BEGIN = insert(Attempt).returning(Attempt.id)
_PIN = insert(AttemptRevision)
_ADD_RESPONSES = upserting(
    Response, lambda insert: insert.on_conflict_do_nothing().returning(Response.question_id)
)
_CLOSE = update(Attempt).where(Attempt.id == bindparam("attempt"))
_REACH = _CLOSE.values(position=bindparam("position"))
_OPEN_HINT = _CLOSE.values(hints=bindparam("hints"))


class AttemptClosed(Conflict):
    """The attempt was submitted already; nothing was changed."""


class NoAttemptLeft(Conflict):
    """Every allowed attempt was made."""


class TooSoon(Conflict):
    """The quiz asks for a wait between attempts, which is not over."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it comes in: `event_id` is made by the client, so that sending it again changes nothing."""

    question_id: str
    value: ResponseValue | None
    event_id: str
    sequence: int


# Answers by question, or how to read them once the attempt is locked.
Answers = Mapping[str, Answer] | Callable[[StoredAttempt], Mapping[str, Answer]]


@dataclass(frozen=True, slots=True)
class Saved:
    """An open attempt after answers were saved, with the responses that count now."""

    attempt: StoredAttempt
    counting: Mapping[str, StoredResponse]

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(response.value is not None for response in self.counting.values())


def start_attempt(actor: Actor, quiz_slug: str, *, seed: bytes, moment: Moment) -> int:
    """Return the actor's open attempt at the quiz, begun now if there is none.

    Raises NotFound, ToDoFirst, NoAttemptLeft, TooSoon, and Refused outside the quiz's opening hours.
    """
    with transaction() as session:
        quiz = get_quiz(quiz_slug, actor)
        pinned = published_revisions(quiz.id)
        text = get_quiz_text(pinned, [quiz.course_language])
        lock_person(actor.id)  # whoever starts for her or allows her more at the same moment waits
        earlier = list_attempts(actor, quiz.id)
        opened = next((attempt.id for attempt in earlier if attempt.submitted_at is None), None)
        if opened is not None:
            return opened
        check_may_record(actor.id, quiz.course_id)
        settings = settings_for(text.quiz.settings, actor.id, quiz.id, quiz.turn)
        _check_may_begin(earlier, turn=quiz.turn, settings=settings, moment=moment)
        begun = {
            "person_id": actor.id,
            "quiz_id": quiz.id,
            "number": max((attempt.number for attempt in earlier), default=0) + 1,
            **quiz.turn._asdict(),
            "seed": seed,
            "started_at": moment.at,
            "deadline": deadline_of(settings, moment.at),
            "seen": _asked_before(actor, quiz.id, text) if earlier and settings.draw else None,
            "position": 1,
        }
        made: int = session.connection().execute(_BEGIN, begun).scalar_one()
        _pin(made, pinned)
        return made


def _asked_before(actor: Actor, quiz_id: int, text: QuizText) -> dict[str, int]:
    """Return how often the actor was asked each question, of the quiz as it is now."""
    papers = (paper_of(text, seed, seen) for seed, seen in list_draws(actor, quiz_id))
    return dict(Counter(name for paper in papers for name in paper.question_ids))


def _check_may_begin(
    earlier: Sequence[AttemptRow], *, turn: Turn, settings: QuizSettings, moment: Moment
) -> None:
    if settings.opens and moment.at < settings.opens:
        raise Refused("This quiz is not open yet.")
    if settings.closes and moment.at >= settings.closes:
        raise Refused("This quiz is closed.")
    counting = of_turn(earlier, turn)
    if settings.attempts is not None and len(counting) >= settings.attempts:
        raise NoAttemptLeft("You have used all attempts of this quiz.")
    last = counting[-1].submitted_at if counting else None
    from_then_on = may_begin_at(settings, last)
    if from_then_on is not None and moment.at < from_then_on:
        raise TooSoon("The next attempt may begin at %(time)s.", time=local_datetime(from_then_on))


def _pin(attempt_id: int, revisions: Sequence[PinnedRevision]) -> None:
    with transaction() as session:
        session.connection().execute(
            _PIN,
            [
                {
                    "attempt_id": attempt_id,
                    "language": revision.language,
                    "revision_id": revision.revision_id,
                    "is_original": revision.is_original,
                }
                for revision in revisions
            ],
        )


def _get_open_attempt(actor: Actor, attempt_id: int) -> StoredAttempt:
    """Lock the actor's attempt and return it; raises NotFound, AttemptClosed."""
    with transaction():
        attempt = get_attempt(actor, attempt_id, lock=True)
        if attempt.row.submitted_at is not None:
            raise AttemptClosed("This attempt was submitted already. Your result stands unchanged.")
        return attempt


def is_time_over(attempt: StoredAttempt, moment: Moment) -> bool:
    """Tell whether the attempt takes no more answers, because its time and the grace after it are over."""
    return attempt.deadline is not None and moment.at > attempt.deadline + GRACE


def seconds_left(attempt: StoredAttempt, moment: Moment) -> int | None:
    """Return for how many seconds more the attempt takes answers, without the grace; None without a limit."""
    if attempt.deadline is None:
        return None
    return max(0, int((attempt.deadline - moment.at).total_seconds()))


def save_responses(
    actor: Actor,
    attempt_id: int,
    answers: Answers,
    *,
    position: int = 1,
    language: str,
    moment: Moment,
) -> Saved:
    """Save answers to an open attempt, and that a page was reached.

    An answer sent before (same `event_id`) is not stored again, nor one equal to what counts; but where a number
    of the sequence is missing it is, because a sending that got lost on the way may still come in.
    Raises NotFound, AttemptClosed, Refused for an answer to a question that was not asked, and what reading raises.
    """
    with transaction():
        attempt = _get_open_attempt(actor, attempt_id)
        given = answers(attempt) if callable(answers) else answers
        counting = _store_responses(
            actor, attempt, given, position=position, language=language, moment=moment
        )
        return Saved(attempt, counting)


def _reach(attempt: StoredAttempt, paper: Paper, position: int, changed: Sequence[str]) -> None:
    """Remember the last page that was reached, by going there or by answering a question on it.

    Raises AttemptClosed for a change on a page before it, where the quiz goes only forward.
    """
    pages = [paper.page_of(name) for name in changed]
    if paper.only_forward and min(pages, default=paper.pages) < attempt.position:
        raise AttemptClosed("In this quiz there is no way back; the answers given before stay as they are.")
    reached = min(max([attempt.position, position, *pages]), paper.pages)
    if reached > attempt.position:
        with transaction() as session:
            session.connection().execute(_REACH, {"attempt": attempt.row.id, "position": reached})


def _store_responses(
    actor: Actor,
    attempt: StoredAttempt,
    answers: Mapping[str, Answer],
    *,
    position: int,
    language: str,
    moment: Moment,
) -> Mapping[str, StoredResponse]:
    """Add the answers to a locked attempt, the first of which begins the unit; return those that count now."""
    if is_time_over(attempt, moment):
        raise AttemptClosed("The time for this attempt is over; what was saved before counts. Submit it now.")
    paper = attempt_paper(attempt, original_text(attempt))
    asked = paper.question_ids
    counting = counting_responses(attempt.row.id)
    latest = max((response.sequence for response in counting.values()), default=0)
    news, changed = [], []
    for answer in answers.values():
        if answer.question_id not in asked:
            raise Refused("This question is not part of the attempt.")
        before = counting.get(answer.question_id)
        value = list(answer.value) if isinstance(answer.value, tuple) else answer.value
        if before is None and value is None:
            continue
        is_same = before is not None and before.value == value
        if is_same and answer.sequence <= latest + 1:
            continue
        if not is_same:
            changed.append(answer.question_id)
        news.append(
            {
                "attempt_id": attempt.row.id,
                "question_id": answer.question_id,
                "event_id": str(uuid.UUID(answer.event_id)),
                "sequence": answer.sequence,
                # What was typed before and comes again means what it meant in its own language.
                "language": before.language if before is not None and is_same else language,
                "value": value,
                "received_at": moment.at,
            }
        )
    with transaction() as session:
        _reach(attempt, paper, position, changed)
        if not news:
            return counting
        stored = set(session.connection().execute(_ADD_RESPONSES(session), news).scalars())
        if not counting:
            _record(actor, attempt, moment=moment)
        return _counting_now(counting, (row for row in news if row["question_id"] in stored))


def _counting_now(
    before: Mapping[str, StoredResponse], news: Iterable[Mapping[str, Any]]
) -> dict[str, StoredResponse]:
    """Return what counts once rows were added: of equal numbers of the sequence the one that came last."""
    counting = dict(before)
    for row in news:
        name = row["question_id"]
        if name not in counting or row["sequence"] >= counting[name].sequence:
            counting[name] = StoredResponse(
                name, row["value"], row["sequence"], row["received_at"], row["language"]
            )
    return counting


def open_hint(actor: Actor, attempt_id: int, question_id: str, *, number: int, moment: Moment) -> None:
    """Open a hint that costs points in an open attempt; one that is open stays so, and costs nothing again.

    Raises NotFound for a hint that there is not, or whose turn it is not, and AttemptClosed.
    """
    with transaction() as session:
        attempt = _get_open_attempt(actor, attempt_id)
        if is_time_over(attempt, moment):
            raise AttemptClosed(
                "The time for this attempt is over; what was saved before counts. Submit it now."
            )
        opened = attempt.hints.get(question_id, 0)
        if 0 < number <= opened:
            return
        text = original_text(attempt)
        paper = attempt_paper(attempt, text)
        is_shown = question_id in paper.question_ids and (
            not paper.only_forward or paper.page_of(question_id) == attempt.position
        )
        if not is_shown or number != next_hint(text.quiz, question_id, opened):
            raise NotFound
        hints = {**attempt.hints, question_id: number}
        session.connection().execute(_OPEN_HINT, {"attempt": attempt_id, "hints": hints})


@dataclass(frozen=True, slots=True)
class Submission:
    """What submitting an attempt gave."""

    attempt: StoredAttempt
    grade: QuizGrade
    course_completed: bool


def submit_attempt(
    actor: Actor,
    attempt_id: int,
    *,
    moment: Moment,
    answers: Answers | None = None,
    language: str = "",
) -> Submission:
    """Close an attempt with its last answers, grade it on the revision it keeps, and record what it completes.

    Raises NotFound, AttemptClosed, Refused for an answer to a question that was not asked, and what reading raises.
    """
    with transaction():
        attempt = _get_open_attempt(actor, attempt_id)
        given = answers(attempt) if callable(answers) else answers
        if given:
            counting = _store_responses(actor, attempt, given, position=1, language=language, moment=moment)
        else:
            counting = counting_responses(attempt_id)
        text = original_text(attempt)
        grade = grade_attempt(attempt, text, counting)
        enter_answers(attempt_id, attempt.quiz.id, grade.waiting, now=moment.at)
        return _settle(actor, attempt, text, grade=grade, counting=counting, moment=moment)


def settle_attempt(learner: Learner, attempt: StoredAttempt, *, moment: Moment) -> Submission:
    """Grade a submitted attempt anew after a person marked an answer in it, and record what it completes."""
    with transaction():
        text = original_text(attempt)
        counting = counting_responses(attempt.row.id)
        grade = grade_attempt(attempt, text, counting)
        return _settle(learner, attempt, text, grade=grade, counting=counting, moment=moment)


def _settle(
    learner: Learner,
    attempt: StoredAttempt,
    text: QuizText,
    *,
    grade: QuizGrade,
    counting: Mapping[str, StoredResponse],
    moment: Moment,
) -> Submission:
    """Store the grade of a submitted attempt, and record what it completes together with the earlier ones.

    While an answer waits to be marked by a person, no attempts are used up: it may still pass.
    """
    with transaction() as session:
        # Read after the attempt was locked: a key corrected meanwhile marks this attempt too.
        mended = mend_attempt(attempt, grade, write_marks(keep_marks(attempt, text, grade)), counting)
        grade = with_shares(grade, read_marks(mended.now.record), text.quiz)
        session.connection().execute(
            _CLOSE,
            {
                "attempt": attempt.row.id,
                "submitted_at": attempt.row.submitted_at or moment.at,
                "score": str(grade.score),
                "max_score": str(grade.max_score),
                "passed": grade.passed,
                "waiting": len(grade.waiting),
                "marks": mended.now.record,
            },
        )
        keep_before(attempt.row.id, mended)
        place = attempt.quiz
        settings = settings_for(text.quiz.settings, learner.id, place.id, attempt.row.turn)
        attempts = of_turn(list_attempts(learner, place.id), attempt.row.turn)
        shares = [other.share for other in attempts if other.share is not None]
        passed = has_passed(settings, shares) and grade.max_score > 0
        is_open = can_still_pass(settings, shares) or any(other.waiting for other in attempts)
        completed = _record(
            learner, attempt, moment=moment, passed=passed, exhausted=not passed and not is_open
        )
        return Submission(attempt, grade, completed)


def _record(
    learner: Learner,
    attempt: StoredAttempt,
    *,
    moment: Moment,
    passed: bool = False,
    exhausted: bool = False,
) -> bool:
    """Record the progress of the units that the quiz completes, unless they have moved on to a new round.

    The units are locked, so that no round opens in the middle. Returns whether the course is completed now.
    """
    with transaction():
        units = lock_units(attempt.quiz.id, attempt.row.turn.round)
        sha256 = next(revision.sha256 for revision in attempt.pinned if revision.is_original)
        outcomes = record_progress(
            learner,
            units,
            moment=moment,
            satisfied=CompletionRule.QUIZ if passed else None,
            attempts_exhausted=exhausted,
            revision_sha256=sha256,
            cycle=attempt.row.turn.cycle,
        )
        return any(outcome.course_completed for outcome in outcomes)
