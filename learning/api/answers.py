"""Keeping answers under the key that a request carried."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from learning.api.models import LONGEST_KEY, IdempotentAnswer
from learning.database import transaction, upsert
from learning.domain.errors import Refused

KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that was given before."""

    status: int
    body: bytes


def claim_key(person_id: int, key: str, *, fingerprint: bytes, now: datetime) -> KeptAnswer | None:
    """Claim the key for a request in the open transaction, or return what was answered under it before.

    Whoever sends the same key at the same moment waits here for the end of the first one's transaction, and
    gets its answer, or the key when it failed. Raises Refused when the key was used for another request.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise Refused(
            "The key has 1 to %(maximum)s characters.", field="Idempotency-Key", maximum=LONGEST_KEY
        )
    with transaction() as session:
        session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now - KEPT))
        claimed = session.scalar(
            upsert(session, IdempotentAnswer)
            .values(
                person_id=person_id,
                key=key,
                request_hash=fingerprint,
                status=0,  # with the body to come in the same transaction: nobody ever sees a row without it
                body=b"",
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(IdempotentAnswer.person_id)
        )
        if claimed is not None:
            return None
        row = session.execute(
            select(IdempotentAnswer.request_hash, IdempotentAnswer.status, IdempotentAnswer.body).where(
                *_row_of(person_id, key)
            )
        ).one()
    if row.request_hash != fingerprint:
        raise Refused("This key was used for another request.", field="Idempotency-Key")
    return KeptAnswer(row.status, row.body)


def keep_answer(person_id: int, key: str, *, status: int, body: bytes) -> None:
    """Keep the answer to the request that claimed the key, in its transaction; for two days."""
    with transaction() as session:
        session.execute(
            update(IdempotentAnswer).where(*_row_of(person_id, key)).values(status=status, body=body)
        )


def _row_of(person_id: int, key: str) -> tuple[ColumnElement[bool], ...]:
    return IdempotentAnswer.person_id == person_id, IdempotentAnswer.key == key
