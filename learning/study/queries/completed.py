"""What a completed course leaves: how long it counts, when it may be taken again, its certificate, its evaluation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, select

from learning.certificates.queries import CertificateRow, list_certificates
from learning.courses.models import Course
from learning.courses.queries import VALIDITY, validity_of
from learning.database import fetch
from learning.domain.permissions import Actor
from learning.evaluations.queries import is_given
from learning.progress.cycles import valid_until
from learning.progress.models import Enrollment


@dataclass(frozen=True, slots=True)
class CompletedCourse:
    """A course that the reader has completed in her current cycle; None where it counts for good."""

    slug: str
    valid_until: date | None
    opens_on: date | None
    is_evaluated: bool
    certificate: CertificateRow | None

    def may_begin_again(self, today: date) -> bool:
        """Tell whether the next cycle is open."""
        return self.opens_on is not None and self.opens_on <= today

    def is_expired(self, today: date) -> bool:
        """Tell whether it counts no more."""
        return self.valid_until is not None and self.valid_until < today


_COMPLETED = (
    select(
        Course.slug,
        *VALIDITY,
        Enrollment.cycle,
        Enrollment.completed_at,
        Enrollment.renew_by,
        Enrollment.due_on,
        is_given(Enrollment.person_id, Enrollment.course_id, Enrollment.cycle).label("is_evaluated"),
    )
    .join(Enrollment, Enrollment.course_id == Course.id)
    .where(
        Enrollment.person_id == bindparam("person"),
        Enrollment.is_current,
        Enrollment.completed_at.is_not(None),
        Course.slug.in_(bindparam("courses", expanding=True)),
    )
)


def completed_courses(actor: Actor, slugs: Iterable[str]) -> dict[str, CompletedCourse]:
    """Return by its slug what each of the courses leaves that the actor has completed."""
    slugs = list(slugs)
    rows = fetch(_COMPLETED, person=actor.id, courses=slugs).all() if slugs else []
    standing = {
        (certificate.course_slug, certificate.cycle): certificate
        for certificate in (list_certificates(actor.id) if rows else ())
        if certificate.revoked_at is None
    }
    return {row.slug: _completed(row, standing.get((row.slug, row.cycle))) for row in rows}


def _completed(row: Row[Any], certificate: CertificateRow | None) -> CompletedCourse:
    validity = validity_of(row)
    until = None if validity is None else valid_until(validity, row)
    return CompletedCourse(
        slug=row.slug,
        valid_until=until,
        opens_on=None if validity is None or until is None else validity.opens_on(until),
        is_evaluated=row.is_evaluated,
        certificate=certificate,
    )
