"""What a manager allows one of her people at a quiz beyond its rules: the page, and doing it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from learning.courses.models import Course, Document, Quiz, Revision
from learning.courses.queries import PinnedRevision, get_quiz_text, published_revisions
from learning.database import fetch, transaction
from learning.domain.allowance import NO_ALLOWANCE, Allowance
from learning.domain.completion import LearnerKey
from learning.domain.content import GradeMethod, QuizSettings
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission
from learning.i18n import by_preference
from learning.progress.moments import Moment
from learning.quizzes.allowances import PastAllowance, has_limits, list_given
from learning.quizzes.granting import allow
from learning.quizzes.queries import get_quiz, list_attempts, of_turn
from learning.reports.people import find_person

_TEXTS = (
    select(Quiz.slug, Document.language, Revision.id, Revision.sha256)
    .join(Document, Document.quiz_id == Quiz.id)
    .join(Revision, Revision.id == Document.published_id)
    .join(Course, (Course.id == Quiz.course_id) & (Course.language == Document.language))
    .where(Quiz.slug.in_(bindparam("quizzes", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class AllowancePage:
    """A person at a quiz: what its rules are, what she has used, what she was allowed, the latest first."""

    person_id: int
    name: str
    organization_name: str
    quiz_slug: str
    quiz_title: str
    course_slug: str
    rules: QuizSettings
    used: int
    is_open: bool
    given: tuple[PastAllowance, ...]

    @property
    def now(self) -> Allowance:
        """What she is allowed now."""
        return self.given[0].allowance if self.given else NO_ALLOWANCE

    @property
    def limits_attempts(self) -> bool:
        """Whether further attempts would change anything."""
        return self.rules.attempts is not None and self.rules.grade is not GradeMethod.FIRST

    @property
    def limits_time(self) -> bool:
        """Whether further minutes would."""
        return self.rules.time_limit is not None

    @property
    def seen(self) -> int | None:
        """The latest that is shown here."""
        return self.given[0].id if self.given else None


def limited_quizzes(slugs: Collection[str]) -> frozenset[str]:
    """Return those of the quizzes that have a limit of which one person may be allowed more."""
    found = set()
    for slug, language, revision_id, sha256 in map(tuple, fetch(_TEXTS, quizzes=list(slugs))):
        pinned = PinnedRevision(language, revision_id, sha256, is_original=True)
        if has_limits(get_quiz_text([pinned], [language]).quiz.settings):
            found.add(slug)
    return frozenset(found)


def allowance_page(actor: Actor, person_id: int, quiz_slug: str, language: str) -> AllowancePage:
    """Return one of the actor's people at a quiz; raises NotFound."""
    person = find_person(person_id, actor.scope(Permission.ATTEMPT_ALLOW))
    if person is None:
        raise NotFound(str(person_id))
    quiz = get_quiz(quiz_slug, LearnerKey(person_id))
    text = get_quiz_text(published_revisions(quiz.id), by_preference(language, quiz.course_language))
    attempts = of_turn(list_attempts(LearnerKey(person_id), quiz.id), quiz.turn)
    return AllowancePage(
        person_id=person_id,
        name=person.name,
        organization_name=person.place,
        quiz_slug=quiz.slug,
        quiz_title=text.quiz.title,
        course_slug=quiz.course_slug,
        rules=text.quiz.settings,
        used=len(attempts),
        is_open=any(attempt.submitted_at is None for attempt in attempts),
        given=tuple(list_given(person_id, quiz.id, quiz.turn)),
    )


def give_allowance(
    actor: Actor,
    person_id: int,
    quiz_slug: str,
    allowance: Allowance,
    *,
    reason: str,
    seen: int | None,
    moment: Moment,
) -> None:
    """Allow one of the actor's people so much at a quiz; raises NotFound, and what `allow` does."""
    with transaction():
        if find_person(person_id, actor.scope(Permission.ATTEMPT_ALLOW)) is None:
            raise NotFound(str(person_id))
        quiz = get_quiz(quiz_slug, LearnerKey(person_id))
        allow(actor, person_id, quiz, allowance, reason=reason, seen=seen, moment=moment)
