"""Reading a person's own notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from learning.database import fetch
from learning.domain.permissions import Actor
from learning.notices.models import Notice

MOST = 20  # on the home page


@dataclass(frozen=True, slots=True)
class StandingNotice:
    """A notice that was not dismissed yet."""

    id: int
    kind: str
    detail: Mapping[str, str | int]
    created_at: datetime


_STANDING = (
    select(Notice.id, Notice.kind, Notice.detail, Notice.created_at)
    .where(Notice.person_id == bindparam("person"), Notice.dismissed_at.is_(None))
    .order_by(Notice.created_at.desc(), Notice.id.desc())
    .limit(MOST)
)


_PEOPLE = select(Notice.person_id).where(Notice.kind == bindparam("kind"), Notice.dismissed_at.is_(None))


def list_people_with(kind: str) -> list[int]:
    """Return those on whose home pages a notice of the kind stands."""
    return [row.person_id for row in fetch(_PEOPLE, kind=kind)]


def list_notices(actor: Actor) -> tuple[StandingNotice, ...]:
    """Return the actor's notices, the newest first."""
    return tuple(StandingNotice(*tuple(row)) for row in fetch(_STANDING, person=actor.id))
