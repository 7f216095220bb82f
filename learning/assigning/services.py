"""What a manager does with assignments: making one after a look at whom it reaches, changing it, withdrawing it."""

from dataclasses import dataclass, replace

from learning.assigning import queries
from learning.assigning.queries import AssignmentPage, Effect, PeoplePage, Preview
from learning.audit.services import record_disclosure
from learning.courses.queries import CourseRow, find_course, get_course
from learning.database import transaction
from learning.domain.due import AssignmentRule
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission
from learning.domain.purposes import PagePurpose
from learning.domain.vietnamese import fold
from learning.organizations.queries import OrganizationRow, get_by_code
from learning.progress.assignments import (
    EVERYONE,
    NEVER_DUE,
    Due,
    NewAssignment,
    Whom,
    assign_course,
    change_assignment,
    check_due,
    check_repeats,
    check_whom,
    withdraw_assignment,
)
from learning.progress.coverage import find_assignment, get_rule, list_rules
from learning.progress.cycles import get_validity
from learning.progress.moments import Moment


@dataclass(frozen=True, slots=True)
class Terms:
    """What a new assignment says: until when, to whom of the organization, and whether again in each cycle."""

    due: Due = NEVER_DUE
    whom: Whom = EVERYONE
    repeats: bool | None = None


def assign(
    actor: Actor,
    course_slug: str,
    organization_code: str,
    *,
    title: str,
    moment: Moment,
    terms: Terms = Terms(),
) -> NewAssignment:
    """Give a published course to an organization of the actor's scope.

    Raises NotFound, which names its field; Refused and Conflict as `assign_course` does.
    """
    with transaction():
        organization, course = _places(actor, course_slug, organization_code)
        return assign_course(
            actor.id,
            course.id,
            organization_id=organization.id,
            title=title,
            due=terms.due,
            whom=terms.whom,
            repeats=terms.repeats,
            moment=moment,
        )


def _places(actor: Actor, course_slug: str, organization_code: str) -> tuple[OrganizationRow, CourseRow]:
    scope = actor.scope(Permission.ASSIGNMENT_MANAGE)
    organization = get_by_code(organization_code, scope, field="organization")
    course = find_course(course_slug)
    if course is None or not course.is_published:
        raise NotFound(course_slug, field="course")
    return organization, course


def _rule_to_be(
    actor: Actor, course_slug: str, organization_code: str, terms: Terms, moment: Moment
) -> tuple[int, AssignmentRule]:
    """Return the course and the rule that an assignment would be; raises as `assign` does."""
    organization, course = _places(actor, course_slug, organization_code)
    check_due(terms.due, moment.day)
    whom = check_whom(terms.whom)
    expires = get_validity(course.id) is not None
    check_repeats(terms.repeats, expires=expires)
    return course.id, AssignmentRule(
        organization.path,
        moment.day,
        terms.due.on,
        terms.due.days,
        frozenset(whom.audiences),
        fold(whom.position),
        expires if terms.repeats is None else terms.repeats,
    )


def preview_assignment(
    actor: Actor, course_slug: str, organization_code: str, *, terms: Terms, moment: Moment
) -> Preview:
    """Return what an assignment would do; raises as `assign` does."""
    return queries.preview(*_rule_to_be(actor, course_slug, organization_code, terms, moment))


def preview_people(
    actor: Actor, course_slug: str, organization_code: str, *, terms: Terms, page: int, moment: Moment
) -> PeoplePage:
    """Return some of those who would be due by an assignment, by name, which is put on record.

    Raises as `assign` does, and NotFound for who may not read names there.
    """
    course_id, rule = _rule_to_be(actor, course_slug, organization_code, terms, moment)
    _record_names(actor, rule.path, organization_code, course=course_slug, how="preview", moment=moment)
    return queries.people_page(course_id, rule, list_rules(course_id), page)


def assigned_people(actor: Actor, shown: AssignmentPage, *, page: int, moment: Moment) -> PeoplePage:
    """Return some of those whom an assignment covers and who have not completed it, by name, put on record.

    Raises NotFound for who may not read names there.
    """
    entry = shown.entry
    _record_names(actor, shown.path, entry.organization, course=entry.course, how="assignment", moment=moment)
    course_id = get_course(entry.course).id
    others = list_rules(course_id, but=entry.id)
    return queries.people_page(course_id, get_rule(entry.id), others, page)


def _record_names(
    actor: Actor, path: str, organization_code: str, *, course: str, how: str, moment: Moment
) -> None:
    if not actor.may(Permission.REPORT_READ_NAMES, path):
        raise NotFound
    record_disclosure(
        "report.names_seen",
        f"organization:{organization_code}",
        actor_id=actor.id,
        now=moment.at,
        purpose=PagePurpose.ASSIGN,
        course=course,
        how=how,
    )


def preview_change(actor: Actor, assignment_id: int, due: Due, *, moment: Moment) -> Effect:
    """Return what another due day of an assignment would do; raises NotFound, and Refused as `assign` does."""
    entry = find_assignment(assignment_id, actor.scope(Permission.ASSIGNMENT_MANAGE))
    if entry is None:
        raise NotFound(str(assignment_id))
    if due != Due(entry.due_on, entry.due_days):
        check_due(due, moment.day)
    course_id = get_course(entry.course).id
    rule, others = get_rule(assignment_id), list_rules(course_id, but=assignment_id)
    changed = replace(rule, due_on=due.on, due_days=due.days)
    return queries.effect(course_id, rule.path, [*others, rule], [*others, changed], moment.day)


def change(actor: Actor, assignment_id: int, *, title: str, due: Due, seen: str, moment: Moment) -> None:
    """Let an assignment of the actor's scope have another title and due day; raises as `change_assignment` does."""
    scope = actor.scope(Permission.ASSIGNMENT_MANAGE)
    change_assignment(actor.id, assignment_id, scope, title=title, due=due, seen=seen, moment=moment)


def withdraw(actor: Actor, assignment_id: int, *, moment: Moment) -> None:
    """End an assignment to an organization of the actor's scope; raises NotFound."""
    withdraw_assignment(actor.id, assignment_id, actor.scope(Permission.ASSIGNMENT_MANAGE), moment=moment)
