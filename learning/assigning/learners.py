"""One person in one course: more time, an exemption, credit for training done elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, bindparam, select

from learning.accounts.models import Person
from learning.audit.services import record_disclosure
from learning.courses.models import Course, Document, Revision
from learning.database import fetch
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission
from learning.domain.purposes import PagePurpose
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.progress import concessions
from learning.progress.concessions import ConcessionKind, Given, list_concessions
from learning.progress.credits import (
    CreditRow,
    approve_credit,
    ask_for_credit,
    get_credit,
    list_credits,
    list_waiting,
    refuse_credit,
)
from learning.progress.evidence import keep_evidence
from learning.progress.models import Enrollment
from learning.progress.moments import Moment


@dataclass(frozen=True, slots=True)
class LearnerPage:
    """A person in a course; `state` is None while she is not enrolled in it."""

    person_id: int
    name: str
    organization_code: str
    organization_name: str
    course_id: int
    course: str
    course_title: str
    state: str | None
    cycle: int
    due_on: date | None
    extended_to: date | None
    is_exempt: bool
    is_credited: bool
    completed_at: datetime | None
    given: tuple[Given, ...]
    credits: tuple[CreditRow, ...]

    @property
    def is_waiting(self) -> bool:
        """Whether something asked for waits to be decided on."""
        return any(one.state == "waiting" for one in self.credits)


_LEARNER = (
    select(
        Person.id.label("person_id"),
        Person.name,
        Organization.code.label("organization_code"),
        Organization.name.label("organization_name"),
        Course.id.label("course_id"),
        Course.slug.label("course"),
        Revision.title.label("course_title"),
        Enrollment.id,
        Enrollment.cycle,
        Enrollment.started_at,
        Enrollment.completed_at,
        Enrollment.due_on,
        Enrollment.extended_to,
        Enrollment.is_exempt,
        Enrollment.is_credited,
    )
    .select_from(Person)
    .join(Organization, Organization.id == Person.organization_id)
    .join(Course, Course.slug == bindparam("course"))
    .join(
        Document,
        (Document.course_id == Course.id)
        & (Document.kind == "course")
        & (Document.language == Course.language),
    )
    .join(Revision, Revision.id == Document.published_id)
    .outerjoin(
        Enrollment,
        (Enrollment.person_id == Person.id) & (Enrollment.course_id == Course.id) & Enrollment.is_current,
    )
    .where(Person.id == bindparam("person"), Course.is_published)
)


def learner_page(actor: Actor, person_id: int, course: str) -> LearnerPage:
    """Return one of the actor's people, or herself, in a course; raises NotFound."""
    scope = actor.scope(Permission.ASSIGNMENT_MANAGE)
    whose = within(scope) | (Person.id == actor.id)
    row = fetch(_LEARNER.where(whose), person=person_id, course=course).one_or_none()
    if row is None:
        raise NotFound(course)
    return _page(row)


def _page(row: Row[Any]) -> LearnerPage:
    state = "started" if row.started_at else "enrolled"
    return LearnerPage(
        person_id=row.person_id,
        name=row.name,
        organization_code=row.organization_code,
        organization_name=row.organization_name,
        course_id=row.course_id,
        course=row.course,
        course_title=row.course_title,
        state=None if row.id is None else "completed" if row.completed_at else state,
        cycle=row.cycle or 1,
        due_on=row.due_on,
        extended_to=row.extended_to,
        is_exempt=bool(row.is_exempt),
        is_credited=bool(row.is_credited),
        completed_at=row.completed_at,
        given=tuple(list_concessions(row.person_id, row.course_id)),
        credits=tuple(list_credits(row.person_id, row.course_id)),
    )


def record_seen(actor: Actor, page: LearnerPage, *, moment: Moment) -> None:
    """Put on record that the actor saw how a person stands in a course, before the page goes out."""
    if actor.id != page.person_id:
        subject = f"person:{page.person_id}"
        record_disclosure(
            "report.names_seen",
            subject,
            actor_id=actor.id,
            now=moment.at,
            purpose=PagePurpose.ASSIGN,
            course=page.course,
            how="concessions",
        )


def record_credit_seen(actor: Actor, credit: CreditRow, *, moment: Moment) -> None:
    """Put on record that the actor saw a request for somebody's training to be counted."""
    record_disclosure(
        "report.names_seen",
        f"person:{credit.person_id}",
        actor_id=actor.id,
        now=moment.at,
        purpose=PagePurpose.ASSIGN,
        course=credit.course,
        how="credit",
    )


def extend(actor: Actor, page: LearnerPage, *, until: date, reason: str, moment: Moment) -> None:
    """Let a person of the actor's scope have more time; raises as `concessions.extend` does."""
    concessions.extend(actor.id, page.person_id, page.course_id, until=until, reason=reason, moment=moment)


def exempt(actor: Actor, page: LearnerPage, *, reason: str, moment: Moment) -> None:
    """Exempt a person of the actor's scope; raises as `concessions.exempt` does."""
    concessions.exempt(actor.id, page.person_id, page.course_id, reason=reason, moment=moment)


def take_back(actor: Actor, page: LearnerPage, kind: ConcessionKind, *, moment: Moment) -> None:
    """Take back what a person of the actor's scope was given; raises NotFound, Refused."""
    concessions.end_concession(actor.id, page.person_id, page.course_id, kind, moment=moment)


def ask(
    actor: Actor,
    page: LearnerPage,
    *,
    text: str,
    done_on: date | None,
    file: bytes,
    data_dir: Path,
    moment: Moment,
) -> None:
    """Ask for credit for a person, with a file or without (no bytes); raises as `ask_for_credit` does."""
    evidence = keep_evidence(file, data_dir) if file else None
    ask_for_credit(
        actor.id,
        page.person_id,
        page.course_id,
        text=text,
        done_on=done_on,
        evidence=evidence,
        moment=moment,
    )


def waiting(actor: Actor) -> list[CreditRow]:
    """Return the requests for the actor's people on which nothing is decided yet."""
    return list_waiting(actor.scope(Permission.ASSIGNMENT_MANAGE))


def find_credit(actor: Actor, credit_id: int) -> CreditRow:
    """Return a request for one of the actor's people, or for herself; raises NotFound."""
    return get_credit(credit_id, actor.scope(Permission.ASSIGNMENT_MANAGE), actor.id)


def decide(actor: Actor, credit_id: int, *, approved: bool, reason: str, moment: Moment) -> CreditRow:
    """Decide on a request for one of the actor's people; raises NotFound, Refused, Conflict."""
    credit = get_credit(credit_id, actor.scope(Permission.ASSIGNMENT_MANAGE))
    if approved:
        approve_credit(actor.id, credit, moment=moment)
    else:
        refuse_credit(actor.id, credit, reason=reason, moment=moment)
    return credit
