"""Writing to the audit record."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert

from learning.audit.models import AuditEntry
from learning.database import transaction
from learning.domain.purposes import PagePurpose, Purpose

_INSERT = insert(AuditEntry)


def record_each(
    action: str, subjects: Iterable[str], *, actor_id: int | None, now: datetime, **detail: str | int
) -> None:
    """Add one entry for each subject, as `record` does for one."""
    rows = [
        {"at": now, "actor_id": actor_id, "action": action, "subject": subject, "detail": detail}
        for subject in subjects
    ]
    if rows:
        with transaction() as session:
            session.connection().execute(_INSERT, rows)


def record(action: str, subject: str, *, actor_id: int | None, now: datetime, **detail: str | int) -> None:
    """Add one entry in the open transaction, or in one of its own."""
    with transaction() as session:
        session.connection().execute(
            _INSERT,
            {"at": now, "actor_id": actor_id, "action": action, "subject": subject, "detail": detail},
        )


def record_disclosure(
    action: str,
    subject: str,
    *,
    actor_id: int | None,
    now: datetime,
    purpose: Purpose | PagePurpose,
    **detail: str | int,
) -> None:
    """Put on record that names were seen or a file was taken, and for what, before either goes out."""
    record(action, subject, actor_id=actor_id, now=now, purpose=purpose.value, **detail)
