"""How people stand with a quiz by all their attempts, and what other marks would make of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import bindparam, func, select

from learning.accounts.models import Person
from learning.courses.models import Quiz, Revision
from learning.courses.queries import PinnedRevision, get_quiz_text
from learning.database import fetch
from learning.domain.allowance import NO_ALLOWANCE, Allowance
from learning.domain.completion import Turn
from learning.domain.content import QuizSettings
from learning.domain.counting import can_still_pass, counting_share, ever_passed
from learning.progress.corrections import QuizResult
from learning.progress.models import Enrollment
from learning.quizzes.allowances import list_allowances
from learning.quizzes.models import Attempt, AttemptRevision
from learning.quizzes.queries import QuizPlace

_SITTINGS = (
    select(
        Attempt.id,
        Attempt.person_id,
        Attempt.cycle,
        Attempt.round,
        func.coalesce(Enrollment.cycle, 1),
        Attempt.score,
        Attempt.max_score,
        Attempt.waiting,
        AttemptRevision.language,
        AttemptRevision.revision_id,
        Revision.sha256,
        AttemptRevision.is_original,
    )
    .join(AttemptRevision, AttemptRevision.attempt_id == Attempt.id)
    .join(Revision, Revision.id == AttemptRevision.revision_id)
    .join(Quiz, Quiz.id == Attempt.quiz_id)
    .outerjoin(
        Enrollment,
        (Enrollment.person_id == Attempt.person_id)
        & (Enrollment.course_id == Quiz.course_id)
        & Enrollment.is_current,
    )
    .where(
        Attempt.quiz_id == bindparam("quiz"), Attempt.submitted_at.is_not(None), AttemptRevision.is_original
    )
    .order_by(Attempt.person_id, Attempt.number)
)
_OWN_SITTINGS = _SITTINGS.where(Attempt.person_id == bindparam("person"))
_HOMES = select(Person.id, Person.organization_id).where(
    Person.id.in_(select(Attempt.person_id).where(Attempt.quiz_id == bindparam("quiz")))
)


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What a regrading changes for one person: the share that counts, and whether she has passed the quiz."""

    person_id: int
    organization_id: int
    before: Fraction | None
    after: Fraction | None
    passed_before: bool
    passed_after: bool

    @property
    def gains(self) -> bool:
        """Whether more counts afterwards."""
        return (self.after or 0) > (self.before or 0)

    @property
    def loses(self) -> bool:
        """Whether less counts afterwards."""
        return (self.after or 0) < (self.before or 0)

    @property
    def newly_passed(self) -> bool:
        """Whether she passes by it."""
        return self.passed_after and not self.passed_before

    @property
    def newly_failed(self) -> bool:
        """Whether she has not passed any more."""
        return self.passed_before and not self.passed_after


@dataclass(frozen=True, slots=True)
class Sitting:
    """A submitted attempt among those of its person, who is in some cycle of the course now.

    `waiting` are the answers that people still have to mark.
    """

    attempt_id: int
    turn: Turn
    cycle_now: int
    share: Fraction
    settings: QuizSettings
    sha256: str
    waiting: int


Sittings = dict[int, list[Sitting]]  # by person, in their order


def changes_of(quiz: QuizPlace, sittings: Sittings, after: Mapping[int, Fraction]) -> Iterator[PersonChange]:
    """Yield what becomes of each person whose marks change, in her cycle and the round that stand."""
    homes = dict(tuple(row) for row in fetch(_HOMES, quiz=quiz.id))
    for person_id, own in _touched(sittings, quiz.round, after).items():
        before = [(sitting.settings, sitting.share) for sitting in own]
        then = [(sitting.settings, after.get(sitting.attempt_id, sitting.share)) for sitting in own]
        yield PersonChange(
            person_id,
            homes[person_id],
            _counting(before),
            _counting(then),
            ever_passed(before),
            ever_passed(then),
        )


def _counting(sittings: Sequence[tuple[QuizSettings, Fraction]]) -> Fraction | None:
    return counting_share(sittings[-1][0].grade, [share for _settings, share in sittings])


def list_sittings(quiz_id: int, person_id: int | None = None) -> Sittings:
    """Return all submitted attempts, or those of one person."""
    sittings: Sittings = {}
    asked = {"quiz": quiz_id} if person_id is None else {"quiz": quiz_id, "person": person_id}
    rows = fetch(_SITTINGS if person_id is None else _OWN_SITTINGS, **asked)
    for attempt_id, owner, cycle, round_, cycle_now, score, most, waiting, *revision in map(tuple, rows):
        pinned = PinnedRevision(*revision)
        settings = get_quiz_text([pinned], [pinned.language]).quiz.settings
        share = Fraction(score) / Fraction(most) if Fraction(most) else Fraction(0)
        sitting = Sitting(attempt_id, Turn(cycle, round_), cycle_now, share, settings, pinned.sha256, waiting)
        sittings.setdefault(owner, []).append(sitting)
    return sittings


def _touched(sittings: Sittings, round_: int, attempt_ids: Collection[int]) -> Sittings:
    """Return the attempts in a round of those people who made one of these attempts in it, in their cycle of now.

    An earlier cycle is over: what it gave stays.
    """
    in_round = (
        (person_id, [sitting for sitting in own if sitting.turn == (sitting.cycle_now, round_)])
        for person_id, own in sittings.items()
    )
    return {
        person_id: own
        for person_id, own in in_round
        if any(sitting.attempt_id in attempt_ids for sitting in own)
    }


def results_of(quiz_id: int, round_: int, attempt_ids: Collection[int]) -> dict[int, QuizResult]:
    """Return what the attempts of a round say now, of the people who made one of these attempts in it."""
    allowances = list_allowances(quiz_id, round_)
    return {
        person_id: result_of(own, allowances.get((person_id, own[0].cycle_now), NO_ALLOWANCE))
        for person_id, own in _touched(list_sittings(quiz_id), round_, attempt_ids).items()
    }


def result_of(own: Sequence[Sitting], allowance: Allowance) -> QuizResult:
    """Return what the attempts of a person say, of which there is at least one; all are of one turn."""
    passed = ever_passed([(sitting.settings, sitting.share) for sitting in own])
    settings = allowance.applied_to(own[-1].settings)
    shares = [sitting.share for sitting in own]
    is_open = can_still_pass(settings, shares) or any(sitting.waiting for sitting in own)
    return QuizResult(passed, not passed and not is_open, own[-1].sha256)
