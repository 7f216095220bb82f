"""Writing to the outbox: a mail is queued in the transaction of its cause, and taken once.

The states change only along waiting → sending → sent, failed, unknown, or back to waiting; each change asks for the
state before it, so that of two processes one gets a mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, select, update

from learning.audit.services import record, record_disclosure
from learning.database import fetch, transaction, upserting
from learning.domain.errors import Conflict, NotFound
from learning.domain.mail import is_address
from learning.domain.permissions import Actor
from learning.domain.purposes import PagePurpose
from learning.domain.wording import visible
from learning.jobs.services import enqueue
from learning.mail.models import Mail, MailState

DELIVER = "mail.deliver"  # the kind of the job
SUBJECT_MAXIMUM = 200
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
LONGEST_WAIT = timedelta(days=3)  # older news is none
TAKEN_FOR = timedelta(minutes=5)  # longer than sending one mail takes, shorter than the lease of a job
KEPT = timedelta(days=90)
LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be sent; the key says what it is about, so that it is written once."""

    key: str
    kind: str
    address: str
    language: str
    subject: str
    body: str
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class TakenMail:
    """A mail that this process is about to send; `tries` counts this one."""

    id: int
    key: str
    address: str
    language: str
    subject: str
    body: str
    queued_at: datetime
    tries: int


_QUEUE = upserting(Mail, lambda statement: statement.on_conflict_do_nothing().returning(Mail.id))


def queue_mail(letters: Iterable[Letter], *, now: datetime) -> int:
    """Queue mails and the job that sends them; returns how many are new, the others were queued before.

    Raises ValueError for an address that is none: what people type is checked where they type it.
    """
    new = 0
    with transaction() as session:
        statement = _QUEUE(session)
        for letter in letters:
            if not is_address(letter.address):
                raise ValueError("this is no address")
            row = {
                "key": letter.key,
                "kind": letter.kind,
                "person_id": letter.person_id,
                "address": letter.address,
                "language": letter.language,
                "subject": " ".join(visible(letter.subject).split())[:SUBJECT_MAXIMUM],
                "body": letter.body,
                "state": MailState.WAITING,
                "due_at": now,
                "tries": 0,
                "queued_at": now,
            }
            new += session.connection().execute(statement, row).scalar() is not None
        if new:
            enqueue(DELIVER, now=now)
    return new


_NEXT = (
    select(
        Mail.id, Mail.key, Mail.address, Mail.language, Mail.subject, Mail.body, Mail.queued_at, Mail.tries
    )
    .where(Mail.state == MailState.WAITING, Mail.due_at <= bindparam("now"))
    .order_by(Mail.due_at, Mail.id)
    .limit(1)
)
_TAKE = (
    update(Mail)
    .where(Mail.id == bindparam("mail"), Mail.state == MailState.WAITING)
    .values(state=MailState.SENDING, taken_at=bindparam("now"), tries=Mail.tries + 1)
)
_NOTE = update(Mail).where(
    Mail.id == bindparam("mail"),
    Mail.tries == bindparam("of_try"),
    Mail.state.in_((MailState.SENDING, MailState.UNKNOWN)),
)


def has_mail_due(*, now: datetime) -> bool:
    """Tell whether a mail is to be sent."""
    return fetch(_NEXT, now=now).first() is not None


def take_mail(*, now: datetime) -> TakenMail | None:
    """Take the mail that is due longest; None where none is due, or others have them."""
    while (row := fetch(_NEXT, now=now).first()) is not None:
        with transaction() as session:
            if session.connection().execute(_TAKE, {"mail": row.id, "now": now}).rowcount == 1:
                return replace(TakenMail(*tuple(row)), tries=row.tries + 1)
    return None


def note_mail(mail: TakenMail, state: MailState, error: str = "", *, now: datetime) -> None:
    """Note what became of a mail that was taken; one that waits again is due later and later."""
    waits = state is MailState.WAITING
    values = {
        "state": state,
        "taken_at": None,
        "ended_at": None if waits else now,
        "error": error[:LONGEST_ERROR],
    }
    if waits:
        values["due_at"] = now + pause_after(mail.queued_at, now=now)
    with transaction() as session:
        session.connection().execute(_NOTE, {"mail": mail.id, "of_try": mail.tries} | values)


def pause_after(queued_at: datetime, *, now: datetime) -> timedelta:
    """Return how long to wait before the next try: half of what the mail has waited, within a minute and an hour."""
    return min(max((now - queued_at) / 2, SHORTEST_PAUSE), LONGEST_PAUSE)


def postpone_mail(error: str, *, now: datetime) -> None:
    """Let all that is due wait, because the server takes none of it."""
    with transaction() as session:
        due = (Mail.state == MailState.WAITING, Mail.due_at <= now)
        oldest = session.scalar(select(func.min(Mail.queued_at)).where(*due))
        if oldest is not None:
            values = {"due_at": now + pause_after(oldest, now=now), "error": error[:LONGEST_ERROR]}
            session.connection().execute(update(Mail).where(*due).values(**values))


def settle_mail(*, now: datetime) -> None:
    """Give up what waits for days, and say of what a process left behind that nobody knows."""
    left = update(Mail).where(Mail.state == MailState.SENDING, Mail.taken_at < now - TAKEN_FOR)
    old = update(Mail).where(Mail.state == MailState.WAITING, Mail.queued_at < now - LONGEST_WAIT)
    with transaction() as session:
        connection = session.connection()
        connection.execute(left.values(state=MailState.UNKNOWN, taken_at=None, ended_at=now))
        connection.execute(old.values(state=MailState.FAILED, ended_at=now))


def plan_next(*, now: datetime) -> None:
    """Queue the job for the mail that is due next, once."""
    with transaction() as session:
        due_at = session.scalar(select(func.min(Mail.due_at)).where(Mail.state == MailState.WAITING))
        if due_at is not None:
            due_at = max(due_at, now)
            enqueue(DELIVER, now=now, due_at=due_at, key=f"{DELIVER}:{due_at.isoformat()}")


_LOCKED = select(Mail.state).where(Mail.id == bindparam("mail")).with_for_update()


def send_again(actor: Actor, mail_id: int, *, now: datetime) -> None:
    """Have a mail sent anew that was given up or is unsure; raises NotFound, and Conflict for others."""
    with transaction() as session:
        state = fetch(_LOCKED, mail=mail_id).scalar_one_or_none()
        if state is None:
            raise NotFound
        if state not in (MailState.FAILED, MailState.UNKNOWN):
            raise Conflict("This mail waits or was sent already. Nothing was changed.")
        values = {"state": MailState.WAITING, "due_at": now, "queued_at": now, "ended_at": None, "error": ""}
        session.connection().execute(update(Mail).where(Mail.id == mail_id).values(**values))
        enqueue(DELIVER, now=now)
        record("mail.sent_again", f"mail:{mail_id}", actor_id=actor.id, now=now)


def record_addresses_seen(actor: Actor, *, now: datetime) -> None:
    """Put on record that the actor saw to whom mail went, before the page goes out."""
    record_disclosure(
        "mail.addresses_seen", "mail", actor_id=actor.id, now=now, purpose=PagePurpose.ADMINISTER
    )


def forget_old(*, now: datetime) -> int:
    """Remove mails that ended long ago; returns how many."""
    with transaction() as session:
        return session.connection().execute(delete(Mail).where(Mail.ended_at < now - KEPT)).rowcount
