"""What assignments reach: whom one would cover and when it would be due, and how far those are whom one covers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, false, func, select

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.courses.models import Course, Document, Revision
from learning.database import current_session, fetch
from learning.domain.due import AssignmentRule, earliest_due
from learning.domain.errors import NotFound
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.progress.coverage import (
    POST,
    AssignmentEntry,
    by_id,
    covered,
    enrollment_in,
    find_assignment,
    get_rule,
    list_rules,
    post_of,
    present_people,
)
from learning.progress.cycles import renewal_of
from learning.progress.models import Enrollment

DAYS_SHOWN = 20
PER_PAGE = 25
_ENROLLMENT: tuple[Any, ...] = (
    Enrollment.id.label("enrollment_id"),
    Enrollment.enrolled_at,
    Enrollment.started_at,
    Enrollment.completed_at,
    Enrollment.renew_by,
    Enrollment.due_on,
)


@dataclass(frozen=True, slots=True)
class DuePerson:
    """Somebody whom an assignment covers; `state` is "new" for whom it would enroll."""

    id: int
    name: str
    organization_name: str
    state: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some of the people whom an assignment covers, in Vietnamese order, and how many there are."""

    rows: tuple[DuePerson, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What an assignment would do today.

    `days` are (last day in time, number of people) of all whom it would cover and who have not completed the course,
    the first days first; `undated` are those of them for whom it would not be due.
    """

    new: int
    completed: int
    days: tuple[tuple[date, int], ...]
    more_days: int
    undated: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of due days when an assignment says something else, or nothing any more."""

    earlier: int = 0
    later: int = 0
    lost: int = 0
    gained: int = 0
    overdue: int = 0

    @property
    def changed(self) -> int:
        """How many people have another day, or none any more."""
        return self.earlier + self.later + self.lost + self.gained


@dataclass(frozen=True, slots=True)
class AssignmentPage:
    """A standing assignment with how far those are whom it covers."""

    entry: AssignmentEntry
    path: str
    enrolled: int
    started: int
    completed: int
    overdue: int
    exempt: int
    days: tuple[tuple[date, int], ...]
    more_days: int
    undated: int
    withdrawal: Effect

    @property
    def open(self) -> int:
        """How many have not completed the course."""
        return self.enrolled - self.completed


def list_course_titles() -> list[tuple[str, str]]:
    """Return (slug, title) of the published courses, for a choice."""
    return [(row.slug, row.title) for row in fetch(_TITLES)]


_TITLES = (
    select(Course.slug, Revision.title)
    .join(Document, (Document.course_id == Course.id) & (Document.kind == "course"))
    .join(Revision, Revision.id == Document.published_id)
    .where(Course.is_published, Document.language == Course.language)
    .order_by(Course.slug)
)


def list_positions(paths: Iterable[str], limit: int = 200) -> list[str]:
    """Return the positions that people of the scope have, the most frequent first, to choose from."""
    return list(
        current_session().scalars(
            select(Membership.position)
            .join(Person, is_main_post(Person.id))
            .join(Organization, Organization.id == Person.organization_id)
            .where(Membership.position != "", within(paths))
            .group_by(Membership.position)
            .order_by(func.count().desc(), Membership.position)
            .limit(limit)
        )
    )


def preview(course_id: int, rule: AssignmentRule) -> Preview:
    """Return what another assignment of the course would do, beside those that stand."""
    rules = [*list_rules(course_id), rule]
    new = completed = undated = 0
    days: Counter[date] = Counter()
    statement = (
        present_people([rule], Person.id, *POST, *_ENROLLMENT)
        .outerjoin(Enrollment, enrollment_in(course_id))
        .order_by(Person.id)
    )
    for row in _each(statement, Person.id):
        if row.completed_at is not None:
            completed += 1
            continue
        new += row.enrollment_id is None
        due_on = _due(rules, row)
        if due_on is None:
            undated += 1
        else:
            days[due_on] += 1
    return Preview(new, completed, *_first(days), undated)


def _each(statement: Select[*tuple[Any, ...]], key: Any) -> Iterator[Row[Any]]:
    for rows in by_id(statement, key):
        yield from rows


def _first(days: Counter[date]) -> tuple[tuple[tuple[date, int], ...], int]:
    """Return the first days with their numbers of people, and how many days more there are."""
    return tuple(sorted(days.items())[:DAYS_SHOWN]), max(0, len(days) - DAYS_SHOWN)


def _due(rules: Sequence[AssignmentRule], row: Any) -> date | None:
    return earliest_due(rules, post_of(row), renewal_of(row))


def people_page(
    course_id: int, rule: AssignmentRule, others: Sequence[AssignmentRule], number: int
) -> PeoplePage:
    """Return some of those whom a rule covers and who have not completed the course, with their days by all rules."""
    people = (
        present_people([rule], Person.id)
        .outerjoin(Enrollment, enrollment_in(course_id))
        .where(Enrollment.completed_at.is_(None))
    )
    total = current_session().scalar(select(func.count()).select_from(people.subquery())) or 0
    pages = max(1, -(-total // PER_PAGE))
    number = min(max(1, number), pages)
    collation = "C" if current_session().get_bind().dialect.name == "postgresql" else "BINARY"
    statement = (
        people.with_only_columns(
            Person.id, Person.name, Organization.name.label("place"), *POST, *_ENROLLMENT
        )
        .order_by(Person.sort_key.collate(collation), Person.id)
        .limit(PER_PAGE)
        .offset((number - 1) * PER_PAGE)
    )
    rules = [*others, rule]
    rows = (DuePerson(row.id, row.name, row.place, _state(row), _due(rules, row)) for row in fetch(statement))
    return PeoplePage(tuple(rows), total, number, pages)


def _state(row: Any) -> str:
    if row.enrollment_id is None:
        return "new"
    return "enrolled" if row.started_at is None else "started"


def assignment_page(assignment_id: int, scope: Iterable[str], today: date) -> AssignmentPage:
    """Return a standing assignment of the scope; raises NotFound."""
    entry = find_assignment(assignment_id, scope)
    if entry is None:
        raise NotFound(str(assignment_id))
    course_id = course_of(entry)
    rule = get_rule(assignment_id)
    found: Counter[str] = Counter()
    open_by_day: Counter[date | None] = Counter()
    for due_on, is_exempt, is_started, is_completed, n in map(tuple, fetch(_standings(course_id, rule))):
        if is_exempt:
            found["exempt"] += n
            continue
        found["enrolled"] += n
        found["started"] += n * is_started
        found["completed"] += n * is_completed
        if not is_completed:
            open_by_day[due_on] += n
            found["overdue"] += n * (due_on is not None and due_on < today)
    undated = open_by_day.pop(None, 0)
    others = list_rules(course_id, but=assignment_id)
    days, more_days = _first(Counter({day: n for day, n in open_by_day.items() if day is not None}))
    return AssignmentPage(
        entry=entry,
        path=rule.path,
        enrolled=found["enrolled"],
        started=found["started"],
        completed=found["completed"],
        overdue=found["overdue"],
        exempt=found["exempt"],
        days=days,
        more_days=more_days,
        undated=undated,
        withdrawal=effect(course_id, rule.path, [*others, rule], others, today),
    )


def _standings(course_id: int, rule: AssignmentRule) -> Select[*tuple[Any, ...]]:
    """Count those whom a rule covers, and who are enrolled, by how they stand in the course."""
    how = (
        Enrollment.due_on,
        Enrollment.is_exempt,
        Enrollment.started_at.is_not(None),
        Enrollment.completed_at.is_not(None),
    )
    return (
        present_people([rule], *how, func.count())
        .join(Enrollment, enrollment_in(course_id))
        .where(Enrollment.is_counted | Enrollment.is_exempt)
        .group_by(*how)
    )


def course_of(entry: AssignmentEntry) -> int:
    """Return the id of the course of an assignment."""
    return current_session().scalars(select(Course.id).where(Course.slug == entry.course)).one()


def effect(
    course_id: int,
    path: str,
    before: Sequence[AssignmentRule],
    after: Sequence[AssignmentRule],
    today: date,
) -> Effect:
    """Return what becomes of the due days of those at or below a path when the rules of the course change."""
    statement = (
        select(Enrollment.id, *POST, *_ENROLLMENT)
        .join(Organization, Organization.id == Enrollment.organization_id)
        .join(Membership, is_main_post(Enrollment.person_id))
        .where(
            Enrollment.course_id == course_id,
            Enrollment.is_current,
            Enrollment.is_counted,
            Enrollment.completed_at.is_(None),
            covered([rule for rule in before if rule not in after]) if before != after else false(),
            within((path,)),
        )
        .order_by(Enrollment.id)
    )
    found: Counter[str] = Counter()
    for row in _each(statement, Enrollment.id):
        was, now = _due(before, row), _due(after, row)
        if was == now:
            continue
        if now is None:
            found["lost"] += 1
        elif was is None:
            found["gained"] += 1
        else:
            found["earlier" if now < was else "later"] += 1
        found["overdue"] += now is not None and now < today and (was is None or was >= today)
    return Effect(**found)
