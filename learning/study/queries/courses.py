"""Courses and units as the learner sees them, loaded and checked in a handful of statements a page."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Case, Row, and_, bindparam, case, false, func, or_, select
from sqlalchemy.orm import aliased

from learning.accounts.models import Membership
from learning.accounts.queries import is_main_post
from learning.classrooms.queries.sessions import next_session
from learning.courses.models import Course, CoursePrerequisite, Document, Quiz, Revision, Unit
from learning.courses.queries import PinnedRevision, get_quiz_text
from learning.database import fetch
from learning.domain.completion import Turn
from learning.domain.content import Show
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission
from learning.i18n import direction
from learning.organizations.models import Organization
from learning.progress.models import Enrollment, UnitCompletion
from learning.progress.prerequisites import comes_later, is_completed
from learning.quizzes.allowances import settings_for
from learning.quizzes.models import Attempt
from learning.study.queries.pages import (
    FINISHED,
    CourseCard,
    CoursePage,
    Dashboard,
    Link,
    OpenCourse,
    Prerequisite,
    QuizLink,
    UnitPage,
    UnitRow,
)
from learning.study.queries.tasks import task_to_hand_in
from learning.study.queries.terms import TERMS, terms_of
from learning.web.clock import today

# Made once: an alias is costly to make.
_course_document, _course_revision = aliased(Document), aliased(Revision)


class UnitLine(NamedTuple):
    """A listed unit with the actor's state, in the best language there is; a row of `_UNITS` as it comes."""

    course_id: int
    slug: str
    title: str
    required: bool
    minutes: int | None
    state: str

    @property
    def is_finished(self) -> bool:
        """Whether the unit counts as done."""
        return self.state in FINISHED


AnyUnit = TypeVar("AnyUnit", UnitLine, UnitRow)


def by_language(document: type[Document] = Document) -> Case[int]:
    """Return the rank of a document's language for a reader of `:language`: hers, the course's own, any other."""
    return case(
        (document.language == bindparam("language"), 0), (document.language == Course.language, 1), else_=2
    )


# Whoever is signed in reads what is published; strangers, who are nobody, what is open.
NOBODY = 0
_READABLE = and_(Course.is_published, or_(Course.is_open, bindparam("person") != NOBODY))
_OWN_ENROLLMENT = and_(
    Enrollment.course_id == Course.id,
    Enrollment.person_id == bindparam("person"),
    Enrollment.is_current,
)
_OWN_COMPLETION = and_(
    UnitCompletion.unit_id == Unit.id,
    UnitCompletion.person_id == bindparam("person"),
    UnitCompletion.cycle == Enrollment.cycle,
    UnitCompletion.round == Unit.round,
)
_STATE = func.coalesce(UnitCompletion.state, "not_started").label("state")
_LISTED = and_(Unit.is_published, Unit.position.is_not(None))
_UNITS = (
    select(Unit.course_id, Unit.slug, Revision.title, Unit.required, Unit.minutes, _STATE)
    .join(Course, Course.id == Unit.course_id)
    .join(Document, Document.unit_id == Unit.id)
    .join(Revision, Revision.id == Document.published_id)
    .outerjoin(Enrollment, _OWN_ENROLLMENT)
    .outerjoin(UnitCompletion, _OWN_COMPLETION)
    .where(Unit.course_id.in_(bindparam("courses", expanding=True)), _LISTED)
    .order_by(Unit.course_id, Unit.position, by_language())
)


def list_units(actor: Actor, course_ids: Sequence[int], language: str) -> dict[int, list[UnitLine]]:
    """Return the listed units of each course in order, in one statement."""
    units: dict[int, dict[str, UnitLine]] = {course_id: {} for course_id in course_ids}
    rows = fetch(_UNITS, person=actor.id, courses=course_ids, language=language)
    for line in map(UnitLine._make, rows):
        units[line.course_id].setdefault(line.slug, line)
    return {course_id: list(lines.values()) for course_id, lines in units.items()}


def _next_unit(units: Sequence[AnyUnit]) -> AnyUnit | None:
    """Return the first unit still to do, required ones before optional ones."""
    still_open = [unit for unit in units if not unit.is_finished]
    return next((unit for unit in still_open if unit.required), still_open[0] if still_open else None)


_OWN_AUDIENCE = (
    select(Membership.audience)
    .where(is_main_post(bindparam("person", type_=Membership.person_id.type)))
    .scalar_subquery()
)
_CARDS = (
    select(
        Course.id,
        Course.slug,
        Document.language,
        Revision.id.label("revision"),
        Revision.title,
        Revision.summary,
        Enrollment.how,
        Enrollment.started_at,
        Enrollment.completed_at,
        *TERMS,
        Enrollment.id.label("enrollment_id"),
        Course.audience,
        Organization.path.label("owner_path"),
        comes_later(Course.id).label("comes_later"),
        _OWN_AUDIENCE.label("own_audience"),
    )
    .join(Document, and_(Document.course_id == Course.id, Document.kind == "course"))
    .join(Revision, Revision.id == Document.published_id)
    .join(Organization, Organization.id == Course.owner_id)
    .outerjoin(Enrollment, _OWN_ENROLLMENT)
    .where(Course.is_published)
    .order_by(Course.slug, by_language())
)


def list_cards(actor: Actor, language: str) -> list[CourseCard]:
    """Return all published courses in the order of their titles' addresses, with the actor's progress."""
    rows = fetch(_CARDS, person=actor.id, language=language)
    courses: dict[int, Any] = {}
    for row in rows:
        courses.setdefault(row.id, row)
    lines = list_units(actor, list(courses), language)
    cards, day = [], today()
    for course_id, row in courses.items():
        units = lines[course_id]
        following = _next_unit(units)
        terms = terms_of(row)
        cards.append(
            CourseCard(
                slug=row.slug,
                title=row.title,
                summary=row.summary,
                language=row.language,
                revision=row.revision,
                state=_course_state(row.enrollment_id, row.started_at, row.completed_at),
                units_done=sum(unit.is_finished for unit in units),
                units_total=len(units),
                next_unit_slug=following.slug if following else None,
                next_unit_title=following.title if following else None,
                assigned=row.how == "assigned",
                is_overdue=terms.due_on is not None and row.completed_at is None and terms.due_on < day,
                completed_at=row.completed_at,
                minutes_left=_minutes_left(units),
                comes_later=row.comes_later,
                is_for_reader=_is_for(actor, row),
                terms=terms,
            )
        )
    return cards


def _is_for(actor: Actor, row: Row[Any]) -> bool:
    """Tell whether the catalog shows a course to the actor: not where it is made for groups that she is not of.

    What she is enrolled in is hers, and so is what she teaches or gives to people.
    """
    return (
        not row.audience
        or row.own_audience is None
        or row.own_audience in row.audience.split(",")
        or row.enrollment_id is not None
        or actor.may(Permission.COURSE_EDIT, row.owner_path)
        or actor.may(Permission.ASSIGNMENT_MANAGE)
    )


def _course_state(
    enrollment_id: int | None, started_at: datetime | None, completed_at: datetime | None
) -> str:
    if enrollment_id is None:
        return "not_enrolled"
    if completed_at:
        return "completed"
    return "started" if started_at else "enrolled"


def _minutes_left(units: Sequence[UnitLine]) -> int | None:
    return sum(unit.minutes or 0 for unit in units if not unit.is_finished) or None


def dashboard(actor: Actor, language: str) -> Dashboard:
    """Return the actor's dashboard: what she is at, what is due first before the rest, what else there is."""
    cards = list_cards(actor, language)
    current = [card for card in cards if card.state in ("enrolled", "started")]
    return Dashboard(
        current=tuple(sorted(current, key=lambda card: card.due_on or date.max)),
        completed=tuple(card for card in cards if card.state == "completed"),
        available=tuple(card for card in cards if card.state == "not_enrolled" and card.is_for_reader),
    )


_COURSE = (
    select(
        Course.id,
        Course.slug,
        Document.language,
        Revision.id.label("revision"),
        Revision.title,
        Revision.summary,
        Revision.html,
        Enrollment.id.label("enrollment_id"),
        Enrollment.started_at,
        Enrollment.completed_at,
        *TERMS,
        comes_later(Course.id).label("comes_later"),
        Organization.path.label("owner_path"),
    )
    .join(Document, and_(Document.course_id == Course.id, Document.kind == "course"))
    .join(Revision, Revision.id == Document.published_id)
    .join(Organization, Organization.id == Course.owner_id)
    .outerjoin(Enrollment, _OWN_ENROLLMENT)
    .where(Course.slug == bindparam("course"), _READABLE)
    .order_by(by_language())
    .limit(1)
)


_COURSE_UNITS = (
    select(
        Unit.slug,
        Revision.title,
        Revision.summary,
        Unit.minutes,
        Unit.required,
        _STATE,
        Unit.section,
        Unit.quiz_id.is_not(None),
        func.coalesce(
            (Revision.effect == "reread") & (UnitCompletion.revision_sha256 != Revision.sha256), false()
        ),
        func.coalesce(UnitCompletion.is_credited, false()),
    )
    .join(Course, Course.id == Unit.course_id)
    .join(Document, Document.unit_id == Unit.id)
    .join(Revision, Revision.id == Document.published_id)
    .outerjoin(Enrollment, _OWN_ENROLLMENT)
    .outerjoin(UnitCompletion, _OWN_COMPLETION)
    .where(Unit.course_id == bindparam("course"), _LISTED)
    .order_by(Unit.position, by_language())
)


_PREREQUISITES = (
    select(Course.slug, Revision.title, is_completed(Course.id))
    .join(CoursePrerequisite, CoursePrerequisite.slug == Course.slug)
    .join(Document, and_(Document.course_id == Course.id, Document.kind == "course"))
    .join(Revision, Revision.id == Document.published_id)
    .where(CoursePrerequisite.course_id == bindparam("course"), Course.is_published)
    .order_by(Course.slug, by_language())
)


def course_page(actor: Actor | None, slug: str, language: str) -> CoursePage:
    """Return a published course, to strangers (None) an open one; raises NotFound."""
    person = NOBODY if actor is None else actor.id
    row = fetch(_COURSE, person=person, course=slug, language=language).one_or_none()
    if row is None:
        raise NotFound(slug)
    found: dict[str, UnitRow] = {}
    for unit in map(UnitRow._make, fetch(_COURSE_UNITS, person=person, course=row.id, language=language)):
        found.setdefault(unit.slug, unit)
    before: dict[str, Prerequisite] = {}
    for course in map(
        Prerequisite._make, fetch(_PREREQUISITES, person=person, course=row.id, language=language)
    ):
        before.setdefault(course.slug, course)
    units = tuple(found.values())
    following = _next_unit(units)
    return CoursePage(
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        html=row.html.get("body", ""),
        language=row.language,
        revision=row.revision,
        dir=direction(row.language),
        is_fallback=row.language != language,
        state=_course_state(row.enrollment_id, row.started_at, row.completed_at),
        units=units,
        units_done=sum(unit.is_finished for unit in units),
        units_total=len(units),
        next_unit_slug=following.slug if following else None,
        completed_at=row.completed_at,
        comes_later=row.comes_later,
        prerequisites=tuple(before.values()),
        tells_evaluation=actor is not None and actor.may(Permission.EVALUATION_READ, row.owner_path),
        terms=terms_of(row),
    )


_UNIT = (
    select(
        Course.id.label("course_id"),
        Course.slug.label("course_slug"),
        _course_revision.title.label("course_title"),
        Unit.id.label("unit_id"),
        Document.language,
        Revision.id.label("revision"),
        Revision.sha256,
        Revision.title,
        Revision.html,
        Revision.toc,
        Unit.minutes,
        Unit.reviewed_on,
        Unit.completion,
        Unit.quiz_id,
        Unit.round,
        func.coalesce(Enrollment.cycle, 1).label("cycle"),
        _STATE,
        UnitCompletion.satisfied,
        Enrollment.completed_at,
        comes_later(Course.id).label("comes_later"),
    )
    .join(Unit, Unit.course_id == Course.id)
    .join(Document, Document.unit_id == Unit.id)
    .join(Revision, Revision.id == Document.published_id)
    .join(_course_document, and_(_course_document.course_id == Course.id, _course_document.kind == "course"))
    .join(_course_revision, _course_revision.id == _course_document.published_id)
    .outerjoin(Enrollment, _OWN_ENROLLMENT)
    .outerjoin(UnitCompletion, _OWN_COMPLETION)
    .where(Course.slug == bindparam("course"), Unit.slug == bindparam("unit"), _READABLE, _LISTED)
    .order_by(by_language(), by_language(_course_document))
    .limit(1)
)


_NEIGHBORS = (
    select(Unit.slug, Revision.title)
    .join(Course, Course.id == Unit.course_id)
    .join(Document, Document.unit_id == Unit.id)
    .join(Revision, Revision.id == Document.published_id)
    .where(Unit.course_id == bindparam("course"), _LISTED)
    .order_by(Unit.position, by_language().desc())
)


def unit_page(
    actor: Actor | None, course_slug: str, unit_slug: str, *, language: str, now: datetime
) -> UnitPage:
    """Return a published unit, to strangers (None) of an open course, without what it asks for; raises NotFound."""
    person = NOBODY if actor is None else actor.id
    row = fetch(_UNIT, person=person, course=course_slug, unit=unit_slug, language=language).one_or_none()
    if row is None:
        raise NotFound(unit_slug)
    # The best language comes last, and stays.
    links: list[Link] = list(
        dict(map(tuple, fetch(_NEIGHBORS, course=row.course_id, language=language))).items()
    )
    index = next(i for i, (slug, _title) in enumerate(links) if slug == unit_slug)
    rules = tuple(row.completion.split(","))
    turn = Turn(row.cycle, row.round)
    satisfied = tuple(row.satisfied.split(",")) if row.satisfied else ()
    may_record = actor is not None and not row.comes_later
    return UnitPage(
        course_slug=row.course_slug,
        course_title=row.course_title,
        slug=unit_slug,
        title=row.title,
        html=row.html.get("body", ""),
        language=row.language,
        dir=direction(row.language),
        is_fallback=row.language != language,
        toc=tuple((str(h[0]), str(h[1]), int(h[2])) for h in row.toc),
        minutes=row.minutes,
        reviewed_on=row.reviewed_on,
        state=row.state,
        rules=rules,
        satisfied=satisfied,
        can_declare_read=may_record
        and "read" in rules
        and "read" not in satisfied
        and row.state not in FINISHED,
        quiz=_quiz_link(actor, row.quiz_id, turn, language=language, now=now)
        if actor is not None and row.quiz_id is not None
        else None,
        task=task_to_hand_in(actor, row.unit_id, turn, revision_id=row.revision, sha256=row.sha256)
        if actor is not None and may_record and "task" in rules
        else None,
        session=next_session(actor, row.course_id, row.unit_id, language=language, now=now)
        if actor is not None
        and "session" in rules
        and "session" not in satisfied
        and row.state not in FINISHED
        else None,
        previous=links[index - 1] if index else None,
        next=links[index + 1] if index + 1 < len(links) else None,
        position=index + 1,
        units_total=len(links),
        revision=row.revision,
        course_completed=row.completed_at is not None,
        comes_later=row.comes_later,
    )


_QUIZ_LINK = (
    select(
        Quiz.slug,
        Document.language,
        Revision.title,
        Revision.id.label("revision_id"),
        Revision.sha256,
        Course.language.label("original"),
        Attempt.id,
        Attempt.submitted_at,
        Attempt.score,
        Attempt.max_score,
        Attempt.passed,
    )
    .join(Document, Document.quiz_id == Quiz.id)
    .join(Revision, Revision.id == Document.published_id)
    .join(Course, Course.id == Quiz.course_id)
    .outerjoin(
        Attempt,
        and_(
            Attempt.quiz_id == Quiz.id,
            Attempt.person_id == bindparam("person"),
            Attempt.cycle == bindparam("cycle"),
            Attempt.round == bindparam("round"),
        ),
    )
    .where(Quiz.id == bindparam("quiz"))
    .order_by(by_language())
)


def _quiz_link(actor: Actor, quiz_id: int, turn: Turn, *, language: str, now: datetime) -> QuizLink:
    """Return the unit's quiz with the actor's attempts of this turn; its rules come from the cached text."""
    rows = fetch(_QUIZ_LINK, person=actor.id, quiz=quiz_id, **turn._asdict(), language=language).all()
    if not rows:
        raise NotFound
    attempts = {row.id: row for row in rows if row.id is not None}.values()
    shares = [
        Fraction(row.score) / Fraction(row.max_score)
        for row in attempts
        if row.score and row.max_score != "0"
    ]
    pinned = {
        row.language: PinnedRevision(row.language, row.revision_id, row.sha256, row.language == row.original)
        for row in rows
    }
    settings = get_quiz_text(list(pinned.values()), [rows[0].original]).quiz.settings
    allowed = settings_for(settings, actor.id, quiz_id, turn).attempts
    return QuizLink(
        slug=rows[0].slug,
        title=rows[0].title,
        attempts_left=None if allowed is None else max(0, allowed - len(attempts)),
        best_share=max(shares, default=None) if Show.SCORE in settings.shown_at(now) else None,
        passed=any(row.passed for row in attempts),
        open_attempt_id=next((row.id for row in attempts if row.submitted_at is None), None),
    )


_OPEN_COURSES = (
    select(Course.slug, Course.is_open, Revision.title, Revision.summary)
    .join(Document, and_(Document.course_id == Course.id, Document.kind == "course"))
    .join(Revision, Revision.id == Document.published_id)
    .where(Course.is_published)
    .order_by(Course.slug, by_language())
)


def list_open_courses(language: str) -> list[OpenCourse]:
    """Return the titles of the published courses, for the welcome page."""
    courses: dict[str, OpenCourse] = {}
    for row in fetch(_OPEN_COURSES, language=language):
        courses.setdefault(row.slug, OpenCourse(*tuple(row)))
    return list(courses.values())
