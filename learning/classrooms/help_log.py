"""Writing the log of help; each entry is its author's, and open to her for some days."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import bindparam, delete, insert, update

from learning.audit.services import record_disclosure
from learning.classrooms.models import HelpEntry
from learning.classrooms.queries.help_log import HelpRow, get_own_entry, list_own_places
from learning.classrooms.settings import HELP_LOG_DAYS
from learning.database import transaction
from learning.domain.errors import NotFound, Refused
from learning.domain.help_log import LONGEST_NOTE, MOST_PEOPLE, OLDEST, HelpKind, Period, names_a_number
from learning.domain.permissions import Actor
from learning.domain.plain_text import one_line
from learning.domain.purposes import PagePurpose
from learning.domain.wording import visible_lines
from learning.progress.moments import Moment
from learning.settings.queries import read
from learning.web.clock import zone


@dataclass(frozen=True, slots=True)
class Help:
    """An entry as somebody writes it; `is_sure` after she was told that it seems to have a number of a person."""

    helped_on: date
    organization: str
    place: str
    kind: str
    people: int
    note: str
    is_sure: bool


class NumberOfSomebody(Refused):
    """The text has what looks like the number of a telephone or an identity card."""


def write_entry(actor: Actor, entry: Help, *, moment: Moment) -> int:
    """Add an entry at one of the actor's organizations; raises Refused, and NumberOfSomebody where she is not sure."""
    with transaction() as session:
        values = _checked(actor, entry, moment)
        made: int = session.execute(
            insert(HelpEntry).returning(HelpEntry.id),
            {**values, "author_id": actor.id, "created_at": moment.at, "changed_at": moment.at},
        ).scalar_one()
        return made


def change_entry(actor: Actor, entry_id: int, entry: Help, *, moment: Moment) -> None:
    """Change an entry of the actor's; raises NotFound, and what `write_entry` does."""
    with transaction() as session:
        _get_open(actor, entry_id, moment)
        values = {**_checked(actor, entry, moment), "changed_at": moment.at}
        session.connection().execute(update(HelpEntry).where(HelpEntry.id == entry_id), values)


def delete_entry(actor: Actor, entry_id: int, *, moment: Moment) -> None:
    """Take an entry of the actor's out of the log, as one that was written twice; raises NotFound and Refused."""
    with transaction() as session:
        _get_open(actor, entry_id, moment)
        session.connection().execute(_DELETE, {"entry": entry_id})


_DELETE = delete(HelpEntry).where(HelpEntry.id == bindparam("entry"))


def open_until(entry: HelpRow) -> date:
    """Return the last day on which its author may change an entry."""
    return entry.created_at.astimezone(zone()).date() + timedelta(days=int(read(HELP_LOG_DAYS)))


def note_export(actor: Actor, period: Period, *, kind: str, moment: Moment) -> None:
    """Put on record that the sums and entries of a period went out as a file."""
    record_disclosure(
        "help_log.exported",
        f"help_log:{period.name}",
        actor_id=actor.id,
        now=moment.at,
        purpose=PagePurpose.REPORT_FIGURES,
        kind=kind,
        scope=actor.organization_path,
    )


def _get_open(actor: Actor, entry_id: int, moment: Moment) -> None:
    if moment.day > open_until(get_own_entry(actor, entry_id)):
        raise Refused("This entry is too old to be changed. It stays as it is.")


def _checked(actor: Actor, entry: Help, moment: Moment) -> dict[str, object]:
    place = one_line(entry.place, maximum=200)
    if place is None:
        raise Refused("Say where it was, in one line of at most 200 characters.", field="place")
    note = visible_lines(entry.note)
    if len(note) > LONGEST_NOTE:
        raise Refused("At most %(maximum)s characters.", field="note", maximum=LONGEST_NOTE)
    if not moment.day - OLDEST <= entry.helped_on <= moment.day:
        raise Refused("A day of the last twelve months, up to today.", field="helped_on")
    if not 1 <= entry.people <= MOST_PEOPLE:
        raise Refused("Type a whole number from 1 to %(most)s.", field="people", most=MOST_PEOPLE)
    if entry.kind not in set(HelpKind):
        raise Refused("Choose what the help was about.", field="kind")
    places = list_own_places(actor)
    if entry.organization not in places:
        raise NotFound(entry.organization, field="organization")
    for name, text in (("place", place), ("note", note)):
        if names_a_number(text) and not entry.is_sure:
            raise NumberOfSomebody(
                "This looks like the number of a telephone or an identity card. The log keeps nothing about those"
                " who were helped: take it out.",
                field=name,
            )
    return {
        "organization_id": places[entry.organization][0],
        "helped_on": entry.helped_on,
        "place": place,
        "kind": entry.kind,
        "people": entry.people,
        "note": note,
    }
