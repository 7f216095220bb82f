"""Reading whom something is due for, when people were reminded last, and what runs came to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.courses.models import Course, Document, Revision
from learning.database import fetch
from learning.domain.reminding import Rules
from learning.domain.vietnamese import fold
from learning.i18n import by_preference
from learning.organizations.models import Organization
from learning.organizations.queries import list_within, within
from learning.progress.figures import count_overdue, list_standing
from learning.progress.models import Enrollment
from learning.reminders.models import Reminder, ReminderRun, ReportRecipient, ReportSchedule

FOUND_AT_MOST = 50  # people of a search


@dataclass(frozen=True, slots=True)
class DueCourse:
    """A course that somebody has not completed, and its last day in time."""

    course_id: int
    due_on: date


@dataclass(frozen=True, slots=True)
class DuePerson:
    """Somebody who may be reminded, with what is due for her, the first day first."""

    id: int
    name: str
    sort_key: str
    username: str
    address: str | None
    language: str | None
    organization: str
    is_away: bool
    is_disabled: bool
    courses: tuple[DueCourse, ...]


_PERSON = (
    Person.id,
    Person.name,
    Person.sort_key,
    Person.username,
    Person.email,
    Person.language,
    Organization.name.label("organization"),
    Membership.absence,
    Person.disabled_at,
)
# Open: she has not completed the course in its current cycle, and a day is set.
_IS_OPEN = and_(Enrollment.completed_at.is_(None), Enrollment.due_on.is_not(None), Enrollment.is_current)


def _due_people(paths: tuple[str, ...], *columns: Any) -> Select[*tuple[Any, ...]]:
    """Select of enrollments that are due between the days `first` and `last`, for people of the scope."""
    return (
        select(*columns)
        .select_from(Enrollment)
        .join(Person, Person.id == Enrollment.person_id)
        .join(Organization, Organization.id == Person.organization_id)
        .join(Course, Course.id == Enrollment.course_id)
        .outerjoin(Membership, is_main_post(Person.id))
        .where(
            _IS_OPEN,
            # Figures do not stand while somebody is away, who is told apart, or where she need not complete it.
            or_(Enrollment.is_counted, Membership.absence.is_not(None)),
            Enrollment.due_on.between(bindparam("first"), bindparam("last")),
            Course.is_published,
            Person.disabled_at.is_(None),
            within(paths),
        )
    )


@lru_cache(maxsize=64)
def _due(paths: tuple[str, ...], *, one: bool = False) -> Select[*tuple[Any, ...]]:
    statement = _due_people(paths, *_PERSON, Enrollment.course_id, Enrollment.due_on).order_by(
        Person.id, Enrollment.due_on, Enrollment.course_id
    )
    return statement.where(Person.id == bindparam("person")) if one else statement


@lru_cache(maxsize=64)
def _due_counts(paths: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """Count people for whom something is due by what decides how they are told."""
    is_recent = exists().where(
        Reminder.person_id == Person.id,
        Reminder.kind == bindparam("kind"),
        Reminder.day > bindparam("since"),
    )
    people = (
        _due_people(
            paths,
            Person.id,
            Membership.absence.is_not(None).label("is_away"),
            Person.email.is_not(None).label("has_address"),
            is_recent.label("is_recent"),
        )
        .distinct()
        .subquery()
    )
    facts = (people.c.is_away, people.c.has_address, people.c.is_recent)
    return select(*facts, func.count()).group_by(*facts)


def _window(rules: Rules, today: date) -> dict[str, date]:
    return {"first": today - timedelta(days=rules.after), "last": today + timedelta(days=rules.before)}


def count_due(
    paths: Iterable[str], rules: Rules, today: date, *, kind: str
) -> list[tuple[bool, bool, bool, int]]:
    """Return (away, has an address, was reminded within the rules' days, how many people) for the scope."""
    since = today - timedelta(days=rules.every)
    rows = fetch(_due_counts(tuple(paths)), **_window(rules, today), kind=kind, since=since)
    return [
        (bool(away), bool(address), bool(recent), count) for away, address, recent, count in map(tuple, rows)
    ]


def list_due(
    paths: Iterable[str], rules: Rules, today: date, *, person: int | None = None
) -> list[DuePerson]:
    """Return the people of the scope for whom something is due around the day, by their ids; or one of them."""
    window = _window(rules, today)
    if person is None:
        rows = fetch(_due(tuple(paths)), **window)
    else:
        rows = fetch(_due(tuple(paths), one=True), **window, person=person)
    return [
        _person(group[0], tuple(DueCourse(row.course_id, row.due_on) for row in group))
        for group in (list(rows_of_one) for _id, rows_of_one in groupby(rows, attrgetter("id")))
    ]


def _person(row: Any, courses: tuple[DueCourse, ...] = ()) -> DuePerson:
    return DuePerson(
        row.id,
        row.name,
        row.sort_key,
        row.username,
        row.email,
        row.language,
        row.organization,
        row.absence is not None,
        row.disabled_at is not None,
        courses,
    )


@lru_cache(maxsize=64)
def _people(paths: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    return (
        select(*_PERSON)
        .join(Organization, Organization.id == Person.organization_id)
        .outerjoin(Membership, is_main_post(Person.id))
        .where(within(paths))
        .order_by(Person.sort_key, Person.id)
    )


def search_people(paths: Iterable[str], text: str) -> list[DuePerson]:
    """Return people of the scope with every word of the text in their names, at most 50; nothing due is asked for."""
    words = fold(text).split()
    found = (row for row in fetch(_people(tuple(paths))) if _has(row, words))
    return [_person(row) for row, _number in zip(found, range(FOUND_AT_MOST), strict=False)]


def _has(row: Any, words: Sequence[str]) -> bool:
    name = fold(f"{row.name} {row.username}")
    return all(word in name for word in words)


_CONTACTS = (
    select(*_PERSON)
    .join(Organization, Organization.id == Person.organization_id)
    .outerjoin(Membership, is_main_post(Person.id))
    .where(Person.id.in_(bindparam("people", expanding=True)))
)


def find_contacts(person_ids: Sequence[int]) -> dict[int, DuePerson]:
    """Return how these people are told things, by their ids."""
    return {row.id: _person(row) for row in fetch(_CONTACTS, people=list(person_ids))}


_COUNT = (
    select(func.count()).select_from(Person).join(Organization, Organization.id == Person.organization_id)
)


def count_people(paths: Iterable[str]) -> int:
    """Return how many people of the scope may sign in."""
    return int(fetch(_COUNT.where(Person.disabled_at.is_(None), within(paths))).scalar_one())


_LAST = (
    select(Reminder.person_id, func.max(Reminder.day).label("day"))
    .where(Reminder.kind == bindparam("kind"), Reminder.day > bindparam("since"))
    .group_by(Reminder.person_id)
)


def last_reminded(kind: str, *, since: date) -> dict[int, date]:
    """Return when each person was reminded last, of those who were after the day."""
    return {row.person_id: row.day for row in fetch(_LAST, kind=kind, since=since)}


@dataclass(frozen=True, slots=True)
class Run:
    """What the run of a day came to: how many people by outcome."""

    day: date
    ran_at: datetime
    outcomes: Mapping[str, int]


_RUN = (
    select(ReminderRun.day, ReminderRun.ran_at, ReminderRun.outcomes)
    .where(ReminderRun.kind == bindparam("kind"))
    .order_by(ReminderRun.day.desc())
    .limit(1)
)


def find_last_run(kind: str) -> Run | None:
    """Return the last run of a kind; None before the first."""
    row = fetch(_RUN, kind=kind).one_or_none()
    return Run(*tuple(row)) if row else None


_TOLD = (
    select(Reminder.outcome, func.count().label("people"))
    .where(Reminder.kind == bindparam("kind"), Reminder.day == bindparam("day"))
    .group_by(Reminder.outcome)
)


def count_told(kind: str, day: date) -> dict[str, int]:
    """Return how many people were told on a day, by outcome."""
    return {row.outcome: row.people for row in fetch(_TOLD, kind=kind, day=day)}


_TITLES = (
    select(Document.course_id, Document.language, Course.language.label("original"), Revision.title)
    .join(Course, Course.id == Document.course_id)
    .join(Revision, Revision.id == Document.published_id)
    .where(Document.kind == "course")
)


class Titles:
    """Titles of courses in the language of whoever reads them, read once."""

    def __init__(self) -> None:
        self._titles: dict[int, dict[str, str]] = {}
        self._originals: dict[int, str] = {}
        for row in fetch(_TITLES):
            self._titles.setdefault(row.course_id, {})[row.language] = row.title
            self._originals[row.course_id] = row.original

    @property
    def ids(self) -> list[int]:
        """The published courses."""
        return list(self._titles)

    def of(self, course_id: int, language: str) -> str:
        """Return the title of a course, in another language where it has none in this."""
        titles = self._titles.get(course_id, {})
        order = by_preference(language, self._originals.get(course_id, language))
        return next((titles[one] for one in order if one in titles), "–")


@dataclass(frozen=True, slots=True)
class CourseCount:
    """How far a course is at one organization itself."""

    path: str
    course_id: int
    enrolled: int
    completed: int
    soon: int
    overdue: int


def list_counts(paths: Iterable[str], today: date, *, soon: date) -> list[CourseCount]:
    """Return how far the published courses are at each organization of the scope, from the sums of reports.

    What is open and due by a day to come is what would be overdue on the day after it.
    """
    paths, courses = tuple(paths), [row.course_id for row in fetch(_PUBLISHED)]
    places = {row.id: row.path for row in list_within(paths)}
    overdue = count_overdue(paths, courses, today)
    by_then = count_overdue(paths, courses, soon + timedelta(days=1))
    counts = []
    for row in list_standing(paths, courses, today, with_units=False):
        place = row.organization_id, row.course_id
        late = overdue.get(place, 0)
        due = by_then.get(place, 0) - late
        path = places[row.organization_id]
        counts.append(CourseCount(path, row.course_id, row.enrolled, row.completed, due, late))
    return counts


_PUBLISHED = select(Course.id.label("course_id")).where(Course.is_published).order_by(Course.slug)


# --- Reports by a rhythm


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is told of a report; `outcome` is what became of it last."""

    person_id: int
    name: str
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A report that people are told of by a rhythm."""

    id: int
    course_id: int
    course: str
    organization: str
    organization_code: str
    organization_path: str
    rhythm: str
    next_on: date
    last_on: date | None
    recipients: tuple[Recipient, ...]


_SCHEDULES = (
    select(
        ReportSchedule.id,
        ReportSchedule.course_id,
        Course.slug,
        Organization.name.label("organization"),
        Organization.code,
        Organization.path,
        ReportSchedule.rhythm,
        ReportSchedule.next_on,
        ReportSchedule.last_on,
        Person.id.label("person_id"),
        Person.name.label("person"),
        ReportRecipient.outcome,
    )
    .join(Course, Course.id == ReportSchedule.course_id)
    .join(Organization, Organization.id == ReportSchedule.organization_id)
    .join(ReportRecipient, ReportRecipient.schedule_id == ReportSchedule.id)
    .join(Person, Person.id == ReportRecipient.person_id)
    .where(ReportSchedule.ended_at.is_(None))
    .order_by(Organization.sort_key, ReportSchedule.id, Person.sort_key, Person.id)
)
_DUE_SCHEDULES = _SCHEDULES.where(ReportSchedule.next_on <= bindparam("day"))


@lru_cache(maxsize=64)
def _schedules_within(paths: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    return _SCHEDULES.where(within(paths))


def list_schedules(paths: Iterable[str]) -> list[Schedule]:
    """Return the reports on organizations of the scope that people are told of."""
    return _schedules(fetch(_schedules_within(tuple(paths))))


def list_due_schedules(day: date) -> list[Schedule]:
    """Return the reports that people are to be told of by the day."""
    return _schedules(fetch(_DUE_SCHEDULES, day=day))


def _schedules(rows: Iterable[Any]) -> list[Schedule]:
    schedules = []
    for _id, rows_of_one in groupby(rows, attrgetter("id")):
        group = list(rows_of_one)
        first = group[0]
        schedules.append(
            Schedule(
                id=first.id,
                course_id=first.course_id,
                course=first.slug,
                organization=first.organization,
                organization_code=first.code,
                organization_path=first.path,
                rhythm=first.rhythm,
                next_on=first.next_on,
                last_on=first.last_on,
                recipients=tuple(Recipient(row.person_id, row.person, row.outcome) for row in group),
            )
        )
    return schedules
