"""Reading whom assignments cover, and what they say."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, false, or_, select, true

from learning.accounts.models import Membership, Person
from learning.accounts.queries import is_main_post
from learning.courses.models import Course, Document, Revision
from learning.database import current_session, fetch
from learning.domain.due import AssignmentRule, Post
from learning.domain.vietnamese import fold
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.progress.models import Assignment, Enrollment
from learning.web.clock import zone

AT_ONCE = 500  # people or enrollments whose rows are in memory together
POST: tuple[Any, ...] = (Organization.path, Membership.began_on, Membership.audience, Membership.position)


def post_of(row: Row[Any]) -> Post:
    """Return the post that a row with the columns of `POST` describes."""
    return Post(row.path, row.began_on, row.audience, fold(row.position))


@dataclass(frozen=True, slots=True)
class AssignmentEntry:
    """An assignment as lists show it, with the keys and the names of the things that it joins."""

    id: int
    title: str
    course: str
    course_title: str
    organization: str
    organization_name: str
    created_at: datetime
    due_on: date | None
    due_days: int | None
    audiences: tuple[str, ...]
    position: str
    repeats: bool

    @property
    def version(self) -> str:
        """What may change of it, to tell whether somebody changed it meanwhile."""
        return f"{self.due_on or ''}/{self.due_days or ''}/{self.title}"


_RULE = (
    Organization.path,
    Assignment.created_at,
    Assignment.due_on,
    Assignment.due_days,
    Assignment.audiences,
    Assignment.position,
    Assignment.repeats,
)
_STANDING = (
    select(*_RULE, Assignment.id)
    .join(Organization, Organization.id == Assignment.organization_id)
    .where(Assignment.course_id == bindparam("course"), Assignment.withdrawn_at.is_(None))
    .order_by(Assignment.id)
)
_ONE = (
    select(*_RULE)
    .join(Organization, Organization.id == Assignment.organization_id)
    .where(Assignment.id == bindparam("assignment"))
)


def list_rules(course_id: int, *, but: int | None = None) -> list[AssignmentRule]:
    """Return what the standing assignments of a course say, all or all but one."""
    return [_rule(row) for row in fetch(_STANDING, course=course_id) if row.id != but]


def get_rule(assignment_id: int) -> AssignmentRule:
    """Return what an assignment says, also one that was withdrawn."""
    return _rule(fetch(_ONE, assignment=assignment_id).one())


def _rule(row: Row[Any]) -> AssignmentRule:
    return AssignmentRule(
        row.path,
        row.created_at.astimezone(zone()).date(),
        row.due_on,
        row.due_days,
        frozenset(split(row.audiences)),
        fold(row.position),
        row.repeats,
    )


def split(audiences: str) -> tuple[str, ...]:
    """Return the audiences that are stored joined by commas."""
    return tuple(audiences.split(",")) if audiences else ()


def covered(rules: Collection[AssignmentRule]) -> ColumnElement[bool]:
    """Return the condition that the main post of a person, with its organization, is covered by any of the rules.

    Positions are compared folded: of those that people have, all spellings are asked for.
    """
    positions = {rule.position for rule in rules if rule.position}
    spelled: dict[str, list[str]] = {position: [] for position in positions}
    if positions:
        for spelling in current_session().scalars(select(Membership.position).distinct()):
            if fold(spelling) in spelled:
                spelled[fold(spelling)].append(spelling)
    return or_(
        false(),
        *(
            and_(
                within((rule.path,)),
                Membership.audience.in_(sorted(rule.audiences)) if rule.audiences else true(),
                Membership.position.in_(spelled[rule.position]) if rule.position else true(),
            )
            for rule in rules
        ),
    )


def present_people(rules: Collection[AssignmentRule], *columns: Any) -> Select[*tuple[Any, ...]]:
    """Select columns of the people whom any of the rules covers and who are not away."""
    return (
        select(*columns)
        .select_from(Person)
        .join(Membership, is_main_post(Person.id))
        .join(Organization, Organization.id == Person.organization_id)
        .where(Person.disabled_at.is_(None), Membership.absence.is_(None), covered(rules))
    )


def enrollment_in(course_id: int) -> ColumnElement[bool]:
    """Return on what to join `Enrollment` to a person, so that it is her current one in the course."""
    return and_(Enrollment.person_id == Person.id, Enrollment.course_id == course_id, Enrollment.is_current)


def enrollable(
    course_id: int, rules: Collection[AssignmentRule], people: Sequence[int] | None = None
) -> Iterator[Sequence[Row[Any]]]:
    """Yield (id, post) of those to whom the course is still to be given, so many at a time, by id.

    Who is away is given it when she is back.
    """
    statement = (
        present_people(rules, Person.id, *POST)
        .outerjoin(Enrollment, enrollment_in(course_id))
        .where(Enrollment.id.is_(None))
        .order_by(Person.id)
    )
    if people is not None:
        statement = statement.where(Person.id.in_(people))
    return by_id(statement, Person.id)


def by_id(statement: Select[*tuple[Any, ...]], key: Any) -> Iterator[Sequence[Row[Any]]]:
    """Yield the rows of a statement that is in the order of ids, the first of its columns, so many at a time."""
    statement = statement.where(key > bindparam("after")).limit(AT_ONCE)
    after = 0
    while rows := fetch(statement, after=after).all():
        yield rows
        if len(rows) < AT_ONCE:
            return
        after = rows[-1][0]


# --- Lists of assignments

_ENTRY = (
    select(
        Assignment.id,
        Assignment.title,
        Course.slug.label("course"),
        Revision.title.label("course_title"),
        Organization.code.label("organization"),
        Organization.name.label("organization_name"),
        Assignment.created_at,
        Assignment.due_on,
        Assignment.due_days,
        Assignment.audiences,
        Assignment.position,
        Assignment.repeats,
    )
    .join(Organization, Organization.id == Assignment.organization_id)
    .join(Course, Course.id == Assignment.course_id)
    .join(
        Document,
        and_(
            Document.course_id == Course.id, Document.kind == "course", Document.language == Course.language
        ),
    )
    .join(Revision, Revision.id == Document.published_id)
    .where(Assignment.withdrawn_at.is_(None))
)


def list_assignments(
    paths: Iterable[str], *, before: int | None = None, limit: int | None = None
) -> list[AssignmentEntry]:
    """Return the standing assignments of the scope, the newest first: up to `limit` whose id is below `before`."""
    statement = _ENTRY.where(within(paths)).order_by(Assignment.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Assignment.id < before)
    return [_entry(row) for row in fetch(statement)]


def find_assignment(assignment_id: int, paths: Iterable[str]) -> AssignmentEntry | None:
    """Return a standing assignment of the scope."""
    row = fetch(_ENTRY.where(Assignment.id == assignment_id, within(paths))).one_or_none()
    return None if row is None else _entry(row)


def _entry(row: Row[Any]) -> AssignmentEntry:
    values = {**row._asdict(), "audiences": split(row.audiences)}
    return AssignmentEntry(**values)
