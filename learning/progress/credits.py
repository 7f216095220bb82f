"""Credit for training done elsewhere: asking for it, and what a manager decides on it.

Approving completes what the course requires, marked as credited: it passes nothing, and gives no certificate of ours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.orm import aliased

from learning.accounts.models import Person
from learning.accounts.queries import lock_person
from learning.audit.services import record
from learning.courses.models import Course, Document, Revision, Unit
from learning.database import fetch, transaction
from learning.domain.completion import LearnerKey
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.plain_text import one_line
from learning.domain.wording import visible_lines
from learning.notices.services import tell
from learning.organizations.models import Organization
from learning.organizations.queries import within
from learning.progress.evidence import Evidence
from learning.progress.models import Credit, Enrollment
from learning.progress.moments import Moment
from learning.progress.services import RECORDED_UNIT, RecordedUnit, record_progress

LONGEST_TEXT, LONGEST_REASON = 1000, 300
_asker, _decider = aliased(Person), aliased(Person)


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A request with what was decided on it."""

    id: int
    person_id: int
    person_name: str
    organization_name: str
    course_id: int
    course: str
    course_title: str
    text: str
    done_on: date
    evidence: Evidence | None
    asked_at: datetime
    asked_by_id: int
    asked_by: str
    state: str
    decided_at: datetime | None
    decided_by: str | None
    reason: str


_CREDITS: Select[*tuple[Any, ...]] = (
    select(
        Credit.id,
        Credit.person_id,
        Person.name.label("person_name"),
        Organization.name.label("organization_name"),
        Credit.course_id,
        Course.slug.label("course"),
        Revision.title.label("course_title"),
        Credit.text,
        Credit.done_on,
        Credit.evidence_sha256,
        Credit.evidence_type,
        Credit.asked_at,
        Credit.asked_by_id,
        _asker.name.label("asked_by"),
        Credit.state,
        Credit.decided_at,
        _decider.name.label("decided_by"),
        Credit.reason,
    )
    .join(Person, Person.id == Credit.person_id)
    .join(Organization, Organization.id == Person.organization_id)
    .join(Course, Course.id == Credit.course_id)
    .join(
        Document,
        (Document.course_id == Course.id)
        & (Document.kind == "course")
        & (Document.language == Course.language),
    )
    .join(Revision, Revision.id == Document.published_id)
    .join(_asker, _asker.id == Credit.asked_by_id)
    .outerjoin(_decider, _decider.id == Credit.decided_by_id)
    .order_by(Credit.id.desc())
)
_OF_PERSON = _CREDITS.where(Credit.person_id == bindparam("person"), Credit.course_id == bindparam("course"))
_REQUIRED = (
    select(*RECORDED_UNIT)
    .where(
        Unit.course_id == bindparam("course"), Unit.required, Unit.is_published, Unit.position.is_not(None)
    )
    .order_by(Unit.id)
    .with_for_update(read=True)
)
_DECIDE = (
    update(Credit)
    .where(Credit.id == bindparam("credit"), Credit.state == "waiting")
    .values(
        state=bindparam("verdict"),
        decided_at=bindparam("at"),
        decided_by_id=bindparam("actor"),
        reason=bindparam("why"),
    )
)


def _row(row: Any) -> CreditRow:
    values = row._asdict()
    sha256, mimetype = values.pop("evidence_sha256"), values.pop("evidence_type")
    return CreditRow(**values, evidence=Evidence(sha256, mimetype) if sha256 else None)


def list_credits(person_id: int, course_id: int) -> list[CreditRow]:
    """Return what was asked for a person in a course, the latest first."""
    return [_row(row) for row in fetch(_OF_PERSON, person=person_id, course=course_id)]


def list_waiting(paths: Iterable[str]) -> list[CreditRow]:
    """Return the requests for people of the scope on which nothing is decided yet, the earliest first."""
    statement = _CREDITS.where(Credit.state == "waiting", within(paths)).order_by(None).order_by(Credit.id)
    return [_row(row) for row in fetch(statement)]


def get_credit(credit_id: int, paths: Iterable[str], person_id: int | None = None) -> CreditRow:
    """Return a request for somebody of the scope, or for the person herself; raises NotFound."""
    whose = within(paths) if person_id is None else within(paths) | (Credit.person_id == person_id)
    row = fetch(_CREDITS.where(Credit.id == credit_id, whose)).one_or_none()
    if row is None:
        raise NotFound(str(credit_id))
    return _row(row)


def ask_for_credit(
    actor_id: int,
    person_id: int,
    course_id: int,
    *,
    text: str,
    done_on: date | None,
    evidence: Evidence | None,
    moment: Moment,
) -> int:
    """Ask for training done elsewhere to be counted for a course; returns the id of the request.

    Raises Refused for what cannot be decided on, and Conflict where a request waits already.
    """
    told = visible_lines(text)
    if not told or len(told) > LONGEST_TEXT:
        raise Refused(
            "Tell what was done and where, in at most %(maximum)s characters.",
            field="text",
            maximum=LONGEST_TEXT,
        )
    if done_on is None or done_on > moment.day:
        raise Refused("Give the day on which it was done; it is not one to come.", field="done_on")
    with transaction() as session:
        lock_person(person_id)
        enrolled = session.execute(
            select(Enrollment.completed_at).where(
                Enrollment.person_id == person_id, Enrollment.course_id == course_id, Enrollment.is_current
            )
        ).one_or_none()
        if enrolled is not None and enrolled.completed_at is not None:
            raise Refused("This course is completed already.")
        if any(row.state == "waiting" for row in list_credits(person_id, course_id)):
            raise Conflict("A request for this course waits to be decided on already.")
        made: int = (
            session.connection()
            .execute(
                insert(Credit).returning(Credit.id),
                {
                    "person_id": person_id,
                    "course_id": course_id,
                    "text": told,
                    "done_on": done_on,
                    "evidence_sha256": evidence.sha256 if evidence else None,
                    "evidence_type": evidence.mimetype if evidence else None,
                    "asked_at": moment.at,
                    "asked_by_id": actor_id,
                    "state": "waiting",
                    "reason": "",
                },
            )
            .scalar_one()
        )
        record("credit.asked", f"credit:{made}", actor_id=actor_id, now=moment.at, person=person_id)
        return made


def approve_credit(actor_id: int, credit: CreditRow, *, moment: Moment) -> None:
    """Count it: what the course requires is completed, as credited. Raises Refused, and Conflict when decided."""
    with transaction() as session:
        lock_person(credit.person_id)
        units = [RecordedUnit._make(row) for row in fetch(_REQUIRED, course=credit.course_id)]
        if not units:
            raise Refused("This course requires nothing that could be credited.")
        _decide(actor_id, credit, "approved", "", moment)
        record_progress(LearnerKey(credit.person_id), units, moment=moment, credited=True)
        session.execute(
            update(Enrollment)
            .where(
                Enrollment.person_id == credit.person_id,
                Enrollment.course_id == credit.course_id,
                Enrollment.is_current,
            )
            .values(is_credited=True),
            execution_options={"synchronize_session": False},
        )


def refuse_credit(actor_id: int, credit: CreditRow, *, reason: str, moment: Moment) -> None:
    """Do not count it, for a reason. Raises Refused, and Conflict when it is decided already."""
    line = one_line(reason, maximum=LONGEST_REASON)
    if line is None:
        raise Refused(
            "Type a reason of at most %(maximum)s characters, on one line.",
            field="reason",
            maximum=LONGEST_REASON,
        )
    with transaction():
        lock_person(credit.person_id)
        _decide(actor_id, credit, "refused", line, moment)


def _decide(actor_id: int, credit: CreditRow, verdict: str, reason: str, moment: Moment) -> None:
    if actor_id in (credit.person_id, credit.asked_by_id):
        raise Refused("Nobody decides on what she asked for, or on her own training.")
    with transaction() as session:
        done = session.connection().execute(
            _DECIDE,
            {"credit": credit.id, "verdict": verdict, "at": moment.at, "actor": actor_id, "why": reason},
        )
        if done.rowcount != 1:
            raise Conflict("Somebody decided on this request meanwhile.")
        record(
            f"credit.{verdict}",
            f"credit:{credit.id}",
            actor_id=actor_id,
            now=moment.at,
            person=credit.person_id,
            course=credit.course,
        )
        tell(
            credit.person_id,
            "credit",
            f"course:{credit.course_id}",
            now=moment.at,
            verdict=verdict,
            slug=credit.course,
            course=credit.course_title,
            reason=reason,
        )
