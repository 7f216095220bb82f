"""Allowing one person more attempts or more time at a quiz, with a reason that she and the activity log are told.

What is allowed belongs to the cycle and the round: who has to pass again begins with the rules of the quiz.
"""

from sqlalchemy import bindparam, insert, select, update

from learning.accounts.queries import lock_person
from learning.audit.services import record
from learning.courses.queries import get_quiz_text, published_revisions
from learning.database import fetch, transaction
from learning.domain.allowance import MOST_ATTEMPTS, MOST_MINUTES, NO_ALLOWANCE, Allowance
from learning.domain.content import GradeMethod, QuizSettings
from learning.domain.counting import deadline_of
from learning.domain.errors import Conflict, Refused
from learning.domain.permissions import Actor
from learning.notices.services import tell
from learning.progress.corrections import follow_allowances
from learning.progress.moments import Moment
from learning.quizzes.allowances import has_limits, list_given
from learning.quizzes.marking import original_text
from learning.quizzes.models import AllowanceGiven, Attempt
from learning.quizzes.queries import QuizPlace, get_attempts, lock_units
from learning.quizzes.standings import list_sittings, result_of

_LOCK_ATTEMPTS = (
    select(Attempt.id, Attempt.submitted_at)
    .where(
        Attempt.person_id == bindparam("person"),
        Attempt.quiz_id == bindparam("quiz"),
        Attempt.cycle == bindparam("cycle"),
        Attempt.round == bindparam("round"),
    )
    .order_by(Attempt.id)
    .with_for_update()
)
_GIVE = insert(AllowanceGiven)
_EXTEND = update(Attempt).where(Attempt.id == bindparam("attempt")).values(deadline=bindparam("until"))


class AllowedMeanwhile(Conflict):
    """Somebody else allowed something after the page was opened; nothing was changed."""


def allow(
    actor: Actor,
    person_id: int,
    quiz: QuizPlace,
    allowance: Allowance,
    *,
    reason: str,
    seen: int | None,
    moment: Moment,
) -> None:
    """Let a person have so much more than the rules from now on, in place of what she was allowed before.

    Her open attempt gets the time at once, and none that it has is taken from it; a unit that she had failed for
    want of attempts is open again. `seen` is the latest that the actor saw. Raises AllowedMeanwhile, and Refused
    for what the quiz has no limit of, or what would not change anything.
    """
    with transaction() as session:
        lock_person(person_id)
        attempts = fetch(_LOCK_ATTEMPTS, person=person_id, quiz=quiz.id, **quiz.turn._asdict()).all()
        given = list_given(person_id, quiz.id, quiz.turn)
        if (given[0].id if given else None) != seen:
            raise AllowedMeanwhile("Somebody allowed something else meanwhile. Look at it below.")
        before = given[0].allowance if given else NO_ALLOWANCE
        text = get_quiz_text(published_revisions(quiz.id), [quiz.course_language]).quiz
        _check(actor, person_id, text.settings, before=before, after=allowance)
        connection = session.connection()
        connection.execute(
            _GIVE,
            {
                "person_id": person_id,
                "quiz_id": quiz.id,
                **quiz.turn._asdict(),
                "attempts": allowance.attempts,
                "minutes": allowance.minutes,
                "reason": reason,
                "given_at": moment.at,
                "given_by_id": actor.id,
            },
        )
        for attempt in attempts:
            if attempt.submitted_at is None:
                _extend(attempt.id, allowance)
        _correct(person_id, quiz, allowance, moment=moment)
        record(
            "quiz.allowance_given",
            f"person:{person_id}",
            actor_id=actor.id,
            now=moment.at,
            quiz=quiz.slug,
            attempts=allowance.attempts,
            minutes=allowance.minutes,
        )
        tell(
            person_id,
            "allowance",
            f"quiz:{quiz.id}",
            now=moment.at,
            slug=quiz.slug,
            quiz=text.title,
            attempts=allowance.attempts,
            minutes=allowance.minutes,
            reason=reason,
        )


def _check(
    actor: Actor, person_id: int, settings: QuizSettings, *, before: Allowance, after: Allowance
) -> None:
    if actor.id == person_id:
        raise Refused("Nobody allows this to herself. Ask whoever manages the organization above yours.")
    if not has_limits(settings):
        raise Refused("This quiz limits neither attempts nor time; there is nothing to allow.")
    if not 0 <= after.attempts <= MOST_ATTEMPTS:
        raise Refused("Type a whole number from 0 to %(most)s.", field="attempts", most=MOST_ATTEMPTS)
    if not 0 <= after.minutes <= MOST_MINUTES:
        raise Refused("Type a whole number from 0 to %(most)s.", field="minutes", most=MOST_MINUTES)
    if after.attempts and settings.attempts is None:
        raise Refused("This quiz does not limit its attempts.", field="attempts")
    if after.attempts and settings.grade is GradeMethod.FIRST:
        raise Refused(
            "In this quiz only the first attempt counts; another would change nothing.", field="attempts"
        )
    if after.minutes and settings.time_limit is None:
        raise Refused("This quiz does not limit its time.", field="minutes")
    if after == before:
        raise Refused("This is what is allowed already. Nothing was changed.")


def _extend(attempt_id: int, allowance: Allowance) -> None:
    """Give an open attempt its time; what it has already stays."""
    (attempt,) = get_attempts([attempt_id])
    if attempt.deadline is None:
        return
    rules = original_text(attempt).quiz.settings
    until = deadline_of(allowance.applied_to(rules), attempt.row.started_at)
    if until is None or until <= attempt.deadline:
        return
    with transaction() as session:
        session.connection().execute(_EXTEND, {"attempt": attempt_id, "until": until})


def _correct(person_id: int, quiz: QuizPlace, allowance: Allowance, *, moment: Moment) -> None:
    """Let the units that ask for the quiz follow: failed for good, or open again."""
    own = [
        sitting
        for sitting in list_sittings(quiz.id, person_id).get(person_id, ())
        if sitting.turn == quiz.turn
    ]
    if own:
        units = lock_units(quiz.id, quiz.round)
        results = {person_id: result_of(own, allowance)}
        follow_allowances(units, results, cause=f"allowance:{quiz.id}:{person_id}", moment=moment)
