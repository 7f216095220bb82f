"""Reading certificates: a person's own, and the one that somebody asks about."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, null, select

from learning.certificates.models import Certificate
from learning.courses.models import Course
from learning.database import fetch
from learning.domain.certificate import read_code, spell_code
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor
from learning.domain.validity import opening


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate as its person has it; `renew_from` is when the course opens again before it expires."""

    code: str
    course_slug: str
    course_id: int
    cycle: int
    person_name: str
    course_title: str
    issuer: str
    completed_on: date
    valid_until: date | None
    renew_from: date | None
    revoked_at: datetime | None
    revocation: str | None
    official_number: str

    @property
    def spelled(self) -> str:
        """The code in groups, as it is read and typed."""
        return spell_code(self.code)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What anyone may know of a certificate who has its code."""

    code: str
    person_name: str
    course_title: str
    issuer: str
    completed_on: date
    valid_until: date | None
    revoked_at: datetime | None
    revocation: str | None

    @property
    def spelled(self) -> str:
        """The code in groups."""
        return spell_code(self.code)


_ROWS = select(
    Certificate.code,
    Course.slug,
    Course.id,
    Certificate.cycle,
    Certificate.person_name,
    Certificate.course_title,
    Certificate.issuer,
    Certificate.completed_on,
    Certificate.valid_until,
    null().label("renew_from"),
    Certificate.revoked_at,
    Certificate.revocation,
    Certificate.official_number,
    Course.renew_window,
).join(Course, Course.id == Certificate.course_id)
_LATEST_FIRST = (Certificate.completed_on.desc(), Certificate.id.desc())
_OWN = _ROWS.where(Certificate.person_id == bindparam("person")).order_by(*_LATEST_FIRST)
_OWN_ONE = _ROWS.where(
    Certificate.person_id == bindparam("person"), Certificate.code == bindparam("known_code")
)
_VERDICT = select(
    Certificate.code,
    Certificate.person_name,
    Certificate.course_title,
    Certificate.issuer,
    Certificate.completed_on,
    Certificate.valid_until,
    Certificate.revoked_at,
    Certificate.revocation,
).where(Certificate.code == bindparam("known_code"))


def list_certificates(person_id: int) -> tuple[CertificateRow, ...]:
    """Return the certificates of a person, the latest first, also of earlier cycles and revoked."""
    return tuple(map(_row, fetch(_OWN, person=person_id)))


def get_certificate(actor: Actor, code: str) -> CertificateRow:
    """Return a certificate of the actor's; raises NotFound."""
    row = fetch(_OWN_ONE, person=actor.id, known_code=read_code(code)).one_or_none()
    if row is None:
        raise NotFound(code)
    return _row(row)


def _row(row: Row[Any]) -> CertificateRow:
    certificate = CertificateRow(*tuple(row)[:-1])
    if certificate.valid_until is None or row.renew_window is None:
        return certificate
    return replace(certificate, renew_from=opening(certificate.valid_until, row.renew_window))


def find_verdict(typed: str) -> Verdict | None:
    """Return what is known of the certificate with the code that was typed; None where there is none."""
    code = read_code(typed)
    row = None if code is None else fetch(_VERDICT, known_code=code).one_or_none()
    return None if row is None else Verdict(*tuple(row))
