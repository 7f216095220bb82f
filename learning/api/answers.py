"""Keeping answers under the key that a request carried."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from learning.api.models import LONGEST_KEY, IdempotentAnswer
from learning.database import transaction, upsert
from learning.domain.errors import Conflict, Refused

KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that was given before."""

    status: int
    body: bytes


def find_answer(person_id: int, key: str, *, fingerprint: bytes) -> KeptAnswer | None:
    """Return what was answered under the key; raises Refused when that was to another request."""
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise Refused(
            "The key has 1 to %(maximum)s characters.", field="Idempotency-Key", maximum=LONGEST_KEY
        )
    with transaction() as session:
        row = session.execute(
            select(IdempotentAnswer.request_hash, IdempotentAnswer.status, IdempotentAnswer.body).where(
                IdempotentAnswer.person_id == person_id, IdempotentAnswer.key == key
            )
        ).one_or_none()
    if row is None:
        return None
    if row.request_hash != fingerprint:
        raise Refused("This key was used for another request.", field="Idempotency-Key")
    return KeptAnswer(row.status, row.body)


def keep_answer(
    person_id: int, key: str, *, fingerprint: bytes, status: int, body: bytes, now: datetime
) -> None:
    """Keep an answer for two days; raises Conflict when the same request was carried out in the meantime."""
    with transaction() as session:
        session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now - KEPT))
        kept = session.scalar(
            upsert(session, IdempotentAnswer)
            .values(
                person_id=person_id,
                key=key,
                request_hash=fingerprint,
                status=status,
                body=body,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(IdempotentAnswer.status)
        )
    if kept is None:
        raise Conflict("The same request is being carried out. Send it again to get its answer.")
