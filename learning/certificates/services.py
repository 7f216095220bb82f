"""Issuing certificates, revoking and restoring them; every function joins the transaction of what it follows from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select, update

from learning.accounts.models import Person
from learning.certificates.models import OFFICIAL_NUMBER_MAXIMUM, Certificate
from learning.certificates.queries import Verdict, find_verdict
from learning.courses.models import Course, Document, Revision
from learning.courses.queries import VALIDITY, validity_of
from learning.database import fetch, transaction, upserting
from learning.domain.certificate import make_code, read_code
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor
from learning.domain.plain_text import one_line
from learning.limits.services import Limit, count_try, give_back
from learning.organizations.models import Organization

VERIFY_LIMIT = Limit("certificate-code", tries=60, window=timedelta(minutes=10))
CORRECTION = "correction"  # the one reason so far: results were corrected, and the course is not completed


@dataclass(frozen=True, slots=True)
class Completed:
    """That a person completed a course, in which cycle, on which day, and by when she was to."""

    person_id: int
    cycle: int
    on: date
    asked_by: date | None = None


_COURSE = (
    select(*VALIDITY, Revision.id, Revision.title, Organization.name)
    .join(Document, (Document.course_id == Course.id) & (Document.kind == "course"))
    .join(Revision, Revision.id == Document.published_id)
    .join(Organization, Organization.id == Course.owner_id)
    .where(Course.id == bindparam("course"), Course.gives_certificate, Document.language == Course.language)
)
_NAMES = select(Person.id, Person.name).where(Person.id.in_(bindparam("people", expanding=True)))
_ISSUE = upserting(Certificate, lambda statement: statement.on_conflict_do_nothing())
_OF_COURSE = (
    Certificate.person_id == bindparam("person"),
    Certificate.course_id == bindparam("course"),
    Certificate.cycle == bindparam("cycle_"),
)
_STANDING = select(Certificate.id, Certificate.completed_on).where(
    *_OF_COURSE, Certificate.revoked_at.is_(None)
)
_REVOKED_THEN = (
    select(Certificate.id)
    .where(
        *_OF_COURSE, Certificate.revoked_at.is_not(None), Certificate.completed_on == bindparam("completed")
    )
    .order_by(Certificate.revoked_at.desc())
    .limit(1)
)
_CHANGE = update(Certificate).where(Certificate.id == bindparam("certificate"))
_NOTE = (
    update(Certificate)
    .where(Certificate.code == bindparam("known_code"), Certificate.person_id == bindparam("person"))
    .values(official_number=bindparam("number"))
)


def issue(course_id: int, completed: Iterable[Completed], *, now: datetime) -> None:
    """Issue a certificate for each completion of a course that gives one; who holds one keeps it."""
    completed = list(completed)
    if not completed:
        return
    with transaction() as session:
        course = fetch(_COURSE, course=course_id).one_or_none()
        if course is None:
            return
        validity = validity_of(course)
        names: dict[int, str] = dict(map(tuple, fetch(_NAMES, people=[one.person_id for one in completed])))
        rows = [
            {
                "code": make_code(),
                "person_id": one.person_id,
                "course_id": course_id,
                "cycle": one.cycle,
                "revision_id": course.id,
                "person_name": names[one.person_id],
                "course_title": course.title,
                "issuer": course.name,
                "completed_on": one.on,
                "valid_until": validity and validity.valid_until(one.on, one.asked_by),
                "issued_at": now,
            }
            for one in completed
        ]
        session.connection().execute(_ISSUE(session), rows)


def follow_correction(
    course_id: int,
    person_id: int,
    cycle: int,
    *,
    completed_on: date | None,
    asked_by: date | None,
    now: datetime,
) -> None:
    """Let the certificate follow a corrected completion: revoked with it, back with it, or issued anew.

    One that was revoked for a completion on the same day is restored, so that undoing a correction leaves things
    as they were.
    """
    with transaction() as session:
        place = {"person": person_id, "course": course_id, "cycle_": cycle}
        standing = fetch(_STANDING, **place).one_or_none()
        if standing is not None:
            if standing.completed_on == completed_on:
                return
            session.connection().execute(
                _CHANGE, {"certificate": standing.id, "revoked_at": now, "revocation": CORRECTION}
            )
        if completed_on is None:
            return
        earlier = fetch(_REVOKED_THEN, **place, completed=completed_on).scalar_one_or_none()
        if earlier is None:
            issue(course_id, [Completed(person_id, cycle, completed_on, asked_by)], now=now)
        else:
            session.connection().execute(
                _CHANGE, {"certificate": earlier, "revoked_at": None, "revocation": None}
            )


def note_official_number(actor: Actor, code: str, number: str) -> None:
    """Keep the actor's own note of the number of the official confirmation; an empty one removes it.

    Raises NotFound for a certificate that is not hers, Refused for what is no line of text.
    """
    line = one_line(number, maximum=OFFICIAL_NUMBER_MAXIMUM) if number.strip() else ""
    if line is None:
        raise Refused(
            "At most %(maximum)s characters, on one line.",
            field="official_number",
            maximum=OFFICIAL_NUMBER_MAXIMUM,
        )
    with transaction() as session:
        done = session.connection().execute(
            _NOTE, {"known_code": read_code(code), "person": actor.id, "number": line}
        )
        if not done.rowcount:
            raise NotFound(code)


def verify(typed: str, *, source: str, now: datetime) -> Verdict | None:
    """Return what anyone may know of the certificate with the code that was typed; None where there is none.

    Who asks for codes that are none is held up after some; raises TooManyTries.
    """
    count_try(VERIFY_LIMIT, source, now=now)
    verdict = find_verdict(typed)
    if verdict is not None:
        give_back(VERIFY_LIMIT, source)
    return verdict
