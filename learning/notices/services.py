"""Telling people something, and their dismissing it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, update

from learning.database import transaction, upserting
from learning.domain.errors import NotFound
from learning.domain.permissions import Actor
from learning.notices.models import Notice

_TELL = upserting(
    Notice,
    lambda statement: statement.on_conflict_do_update(
        index_elements=["person_id", "kind", "subject"],
        set_={
            "detail": statement.excluded.detail,
            "created_at": statement.excluded.created_at,
            "dismissed_at": None,
        },
    ),
)
_DISMISS = (
    update(Notice)
    .where(Notice.id == bindparam("notice"), Notice.person_id == bindparam("person"))
    .values(dismissed_at=bindparam("now"))
)


def tell(person_id: int, kind: str, subject: str, *, now: datetime, **detail: str | int) -> None:
    """Put a notice on a person's home page, in place of an earlier one of the same kind and subject."""
    tell_all(kind, [(person_id, subject, detail)], now=now)


def tell_all(
    kind: str, notices: Iterable[tuple[int, str, Mapping[str, str | int]]], *, now: datetime
) -> None:
    """Put a notice on the home page of each person, by (person, subject, values of its text)."""
    rows = [
        {
            "person_id": person_id,
            "kind": kind,
            "subject": subject,
            "detail": dict(detail),
            "created_at": now,
        }
        for person_id, subject, detail in notices
    ]
    if not rows:
        return
    with transaction() as session:
        session.connection().execute(_TELL(session), rows)


_WITHDRAW = (
    update(Notice)
    .where(
        Notice.kind == bindparam("of_kind"),
        Notice.person_id == bindparam("person"),
        Notice.dismissed_at.is_(None),
    )
    .values(dismissed_at=bindparam("now"))
)


def withdraw(kind: str, people: Iterable[int], *, now: datetime) -> None:
    """Take the notices of a kind off the home pages of people for whom they are no longer true."""
    rows = [{"of_kind": kind, "person": person, "now": now} for person in people]
    if rows:
        with transaction() as session:
            session.connection().execute(_WITHDRAW, rows)


def dismiss(actor: Actor, notice_id: int, *, now: datetime) -> None:
    """Take the actor's notice off her home page; again changes nothing. Raises NotFound for another person's."""
    with transaction() as session:
        done = session.connection().execute(_DISMISS, {"notice": notice_id, "person": actor.id, "now": now})
        if not done.rowcount:
            raise NotFound
