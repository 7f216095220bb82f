"""Reading the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, select

from learning.database import fetch
from learning.mail.models import Mail, MailState


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail in the outbox; `error` is what the server said last."""

    id: int
    kind: str
    address: str
    subject: str
    state: str
    due_at: datetime
    tries: int
    queued_at: datetime
    ended_at: datetime | None
    error: str


# What somebody must look at first, then what is on its way, then what arrived; in each the latest first.
_RANK = case({"failed": 0, "unknown": 1, "sending": 2, "waiting": 3}, value=Mail.state, else_=4)
_LIST = (
    select(
        Mail.id,
        Mail.kind,
        Mail.address,
        Mail.subject,
        Mail.state,
        Mail.due_at,
        Mail.tries,
        Mail.queued_at,
        Mail.ended_at,
        Mail.error,
    )
    .order_by(_RANK, Mail.ended_at.desc(), Mail.due_at.desc(), Mail.id.desc())
    .limit(bindparam("most"))
)
_COUNTS = select(Mail.state, func.count().label("mails")).group_by(Mail.state)
_BY_KEY = select(Mail.key, Mail.state, Mail.error).where(Mail.key.in_(bindparam("keys", expanding=True)))


def list_mail(*, most: int) -> list[MailRow]:
    """Return mails, at most so many: those given up or unsure, then those on their way and sent."""
    return [MailRow(*tuple(row)) for row in fetch(_LIST, most=most)]


def count_mail() -> Mapping[str, int]:
    """Return how many mails there are in each state."""
    return dict.fromkeys((state.value for state in MailState), 0) | {
        row.state: row.mails for row in fetch(_COUNTS)
    }


def find_states(keys: list[str]) -> Mapping[str, tuple[str, str]]:
    """Return (state, what the server said) of those of the mails that are kept, by their keys."""
    return {row.key: (row.state, row.error) for row in fetch(_BY_KEY, keys=keys)}
