"""Mending a wrong key: what a trainer is shown before she decides, and the decision.

Numbers are told by organization, where she may read organizations. How many gain or lose points says what people
answered, so that it is not told of fewer than five, nor by subtraction: small organizations are counted together.
Names are told of those alone whose passing changes, to whoever may read the names of reports, when she asks for
them, and it is put on record.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from learning.accounts.models import Person
from learning.audit.services import record_disclosure
from learning.authoring.queries import get_editable_course
from learning.courses.queries import CourseRow, QuizText, find_quiz_course, get_quiz_text, published_revisions
from learning.database import current_session
from learning.domain.errors import NotFound
from learning.domain.item_analysis import FEWEST
from learning.domain.permissions import Actor, Permission
from learning.domain.purposes import PagePurpose
from learning.organizations.queries import OrganizationRow, list_within
from learning.progress.moments import Moment
from learning.quizzes.queries import QuizPlace, get_quiz
from learning.quizzes.regrading import (
    PastRegrading,
    RegradingPreview,
    apply_regrading,
    list_regradings,
    preview_regrading,
    undo_regrading,
)
from learning.quizzes.standings import PersonChange

_MOST_NAMES = 500


@dataclass(frozen=True, slots=True)
class ChangeSums:
    """How many people of an organization, of all others (no name), or of all, gain, lose, pass and fail.

    Gains and losses are None where fewer than five were asked.
    """

    organization: str | None
    gain: int | None
    lose: int | None
    newly_passed: int
    newly_failed: int

    @property
    def is_nothing(self) -> bool:
        """Whether it is known that nothing changes."""
        return not any((self.newly_passed, self.newly_failed, self.gain is None, self.gain, self.lose))


@dataclass(frozen=True, slots=True)
class NamedChange:
    """One person who passes by the corrected key, or no longer does."""

    name: str
    organization: str
    passes: bool


@dataclass(frozen=True, slots=True)
class TouchedQuestion:
    """A question by its number in the published text."""

    number: int
    title_html: str


@dataclass(frozen=True, slots=True)
class RegradingPage:
    """What marking earlier attempts by the published key would change, and what was done so far.

    `may_see_names` says whether names may be asked for; `people` are None where they were not, and without the
    last `unlisted` where there are too many.
    """

    course: CourseRow
    slug: str
    title: str
    language: str
    preview: RegradingPreview
    corrected: tuple[TouchedQuestion, ...]
    unlike: tuple[TouchedQuestion, ...]
    total: ChangeSums
    organizations: tuple[ChangeSums, ...]
    may_see_names: bool
    people: tuple[NamedChange, ...] | None
    unlisted: int
    history: tuple[PastRegrading, ...]

    @property
    def standing_id(self) -> int | None:
        """The regrading that can be undone: the last of those that stand."""
        return next((past.id for past in self.history if past.undone_at is None), None)


def regrading_page(
    actor: Actor, slug: str, *, nobody_loses: bool, names: bool, moment: Moment
) -> RegradingPage:
    """Return the preview for a quiz that the actor may publish; raises NotFound.

    With `names` those of people in organizations whose names she may read, which is put on record.
    """
    course, place = _publishable(actor, slug)
    text = get_quiz_text(published_revisions(place.id), [course.language])
    preview = preview_regrading(place, nobody_loses=nobody_loses)
    readable = list_within(actor.scope(Permission.ORGANIZATION_READ))
    named = list_within(actor.scope(Permission.REPORT_READ_NAMES))
    if names and named:
        record_disclosure(
            "report.names_seen",
            f"quiz:{slug}",
            actor_id=actor.id,
            now=moment.at,
            purpose=PagePurpose.REGRADE,
            course=course.slug,
            how="regrading",
        )
    people, unlisted = _named(preview.people, named) if names and named else (None, 0)
    return RegradingPage(
        course=course,
        slug=slug,
        title=text.quiz.title,
        language=text.language,
        preview=preview,
        corrected=tuple(_touched(text, preview.corrected)),
        unlike=tuple(_touched(text, preview.unlike)),
        total=_sums(None, preview.people),
        organizations=tuple(_by_organization(preview.people, readable)),
        may_see_names=bool(named),
        people=people,
        unlisted=unlisted,
        history=tuple(map(_told, list_regradings(place.id))),
    )


def _told(past: PastRegrading) -> PastRegrading:
    """Return a regrading without the gains and losses of fewer than five."""
    told = (past.gained or 0) + (past.lost or 0) >= FEWEST
    return past if told else replace(past, gained=None, lost=None)


def _publishable(actor: Actor, slug: str) -> tuple[CourseRow, QuizPlace]:
    course = get_editable_course(actor, find_quiz_course(slug) or "")
    if not actor.may(Permission.COURSE_PUBLISH, course.owner_path):
        raise NotFound(slug)
    return course, get_quiz(slug)


def _touched(text: QuizText, names: Iterable[str]) -> Iterable[TouchedQuestion]:
    wanted = frozenset(names)
    for number, question in enumerate(text.quiz.questions, start=1):
        if question.id in wanted:
            yield TouchedQuestion(number, text.html[f"q/{question.id}/title"])


def _by_organization(
    people: Iterable[PersonChange], readable: Iterable[OrganizationRow]
) -> Iterator[ChangeSums]:
    """Yield the sums of each organization where something changes, and at last of all others together.

    The others are those that may not be read or are too small, and more while they are too few themselves.
    """
    of_each: dict[int, list[PersonChange]] = {}
    for person in people:
        of_each.setdefault(person.organization_id, []).append(person)
    listed = {
        place.id: of_each.pop(place.id) for place in readable if len(of_each.get(place.id, ())) >= FEWEST
    }
    others = [person for some in of_each.values() for person in some]
    while listed and 0 < len(others) < FEWEST:
        others += listed.pop(min(listed, key=lambda place: len(listed[place])))
    rows = [_sums(place.name, listed[place.id]) for place in readable if place.id in listed]
    if others:
        rows.append(_sums(None, others))
    yield from (row for row in rows if not row.is_nothing)


def _sums(organization: str | None, people: Sequence[PersonChange]) -> ChangeSums:
    told = len(people) >= FEWEST
    return ChangeSums(
        organization,
        sum(one.gains for one in people) if told else None,
        sum(one.loses for one in people) if told else None,
        sum(one.newly_passed for one in people),
        sum(one.newly_failed for one in people),
    )


def _named(
    changes: Iterable[PersonChange], organizations: Iterable[OrganizationRow]
) -> tuple[tuple[NamedChange, ...], int]:
    """Return those of the organizations whose passing changes, and how many more there are."""
    places = {organization.id: organization.name for organization in organizations}
    wanted = [
        change
        for change in changes
        if change.organization_id in places and (change.newly_passed or change.newly_failed)
    ]
    listed = wanted[:_MOST_NAMES]
    names = _names(one.person_id for one in listed)
    people = tuple(
        NamedChange(names[one.person_id], places[one.organization_id], one.newly_passed) for one in listed
    )
    return people, len(wanted) - len(listed)


def _names(person_ids: Iterable[int]) -> Mapping[int, str]:
    statement = select(Person.id, Person.name).where(Person.id.in_(list(person_ids)))
    return {row.id: row.name for row in current_session().execute(statement)}


def regrade(
    actor: Actor, slug: str, *, latest_id: int, nobody_loses: bool, reason: str, moment: Moment
) -> int:
    """Mark earlier attempts by the published key; raises NotFound, and Conflict and Refused as the quiz does."""
    _course, place = _publishable(actor, slug)
    return apply_regrading(
        actor, place, latest_id=latest_id, nobody_loses=nobody_loses, reason=reason, moment=moment
    )


def undo(actor: Actor, slug: str, regrading_id: int, *, moment: Moment) -> None:
    """Undo a regrading; raises NotFound, and Conflict as the quiz does."""
    _course, place = _publishable(actor, slug)
    undo_regrading(actor, place, regrading_id, moment=moment)


def to_mark_anew(slug: str) -> int:
    """Return how many attempts were asked a question whose key is another now, and were not marked anew."""
    preview = preview_regrading(get_quiz(slug), nobody_loses=True)
    return 0 if preview.is_applied else preview.attempts
