"""Files sent through the browser: checked at once, and taken over by the queue once they were confirmed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from learning.accounts.queries import list_actors
from learning.administration.imports import Imported, import_organizations, import_people
from learning.administration.models import ImportRun, RunState
from learning.audit.services import record
from learning.database import fetch, transaction
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import Actor
from learning.formats.tables import RowError
from learning.jobs.services import enqueue
from learning.progress.moments import Moment

IMPORT = "people.import"
MOST_BYTES = 8 * 1024 * 1024
MOST_ERRORS = 1000  # kept of one file
KEPT = timedelta(days=30)
_TAKE: dict[str, Callable[..., Imported]] = {
    "people": import_people,
    "organizations": import_organizations,
}
_ENDED = (RunState.DONE, RunState.REFUSED)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a file changed, or would."""

    new: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A file that somebody sent, with what came of it so far."""

    id: int
    kind: str
    state: RunState
    created_at: datetime
    ended_at: datetime | None
    counts: Counts
    error_count: int
    errors: tuple[RowError, ...]


_COLUMNS = (
    ImportRun.id,
    ImportRun.kind,
    ImportRun.state,
    ImportRun.created_at,
    ImportRun.ended_at,
    ImportRun.result,
    ImportRun.error_count,
)
_OWN = select(*_COLUMNS, ImportRun.errors).where(
    ImportRun.id == bindparam("run"), ImportRun.person_id == bindparam("person")
)
_LIST = (
    select(*_COLUMNS)
    .where(ImportRun.person_id == bindparam("person"), ImportRun.kind == bindparam("kind"))
    .order_by(ImportRun.id.desc())
    .limit(bindparam("most"))
)
_LOCKED = (
    select(ImportRun.kind, ImportRun.state, ImportRun.person_id, ImportRun.file)
    .where(ImportRun.id == bindparam("run"))
    .with_for_update()
)
_SET = update(ImportRun).where(ImportRun.id == bindparam("run"))


def check_file(kind: str, data: bytes, *, actor: Actor, moment: Moment) -> int:
    """Keep a file with what it would change, changing nothing, and return the number of its run.

    Raises TableUnreadable, and Refused for a file that is too large.
    """
    if len(data) > MOST_BYTES:
        raise Refused(
            "This file is larger than %(most)s MB. Split it into several.", most=MOST_BYTES // 1024**2
        )
    found = _TAKE[kind](data, actor=actor, moment=moment, dry_run=True)
    with transaction() as session:
        values = {
            "kind": kind,
            "person_id": actor.id,
            "created_at": moment.at,
            "state": RunState.REFUSED if found.errors else RunState.CHECKED,
            "ended_at": moment.at if found.errors else None,
            "file": None if found.errors else data,
            **_outcome(found),
        }
        run = session.connection().execute(insert(ImportRun).returning(ImportRun.id), values).scalar_one()
        return int(run)


def confirm(run: int, *, actor: Actor, moment: Moment) -> bool:
    """Have a file that was checked taken over; returns False where it was confirmed before.

    Raises NotFound for the files of others.
    """
    with transaction() as session:
        row = fetch(_LOCKED, run=run).one_or_none()
        if row is None or row.person_id != actor.id:
            raise NotFound
        if row.state != RunState.CHECKED:
            return False
        session.connection().execute(_SET.values(state=RunState.WAITING), {"run": run})
        record("import.confirmed", f"import:{run}", actor_id=actor.id, now=moment.at, kind=row.kind)
        enqueue(IMPORT, {"run": run}, now=moment.at, key=f"{IMPORT}:{run}")
        return True


def take_over(run: int, *, moment: Moment) -> int:
    """Bring the site to what a file says, whole or not at all, once however often this is called.

    The stage is written before the transaction of the data, since SQLite has one writer; the result in it.
    Returns how many rows were new or changed.
    """
    with transaction() as session:
        row = fetch(_LOCKED, run=run).one_or_none()
        if row is None or row.state not in (RunState.WAITING, RunState.RUNNING):
            return 0
        session.connection().execute(_SET.values(state=RunState.RUNNING), {"run": run})
    try:
        return _take(run, moment)
    except (Conflict, Refused) as fault:
        gone = Imported(errors=(RowError(0, "", fault.message, fault.params),))
        with transaction():
            _end(run, gone, moment)
        return 0


def _take(run: int, moment: Moment) -> int:
    with transaction():
        row = fetch(_LOCKED, run=run).one_or_none()
        if row is None or row.state != RunState.RUNNING:
            return 0  # another process was faster
        actors = list_actors([row.person_id])
        if not actors:
            raise Refused("Whoever sent this file can no longer sign in.")
        found = _TAKE[row.kind](row.file, actor=actors[0], moment=moment)
        _end(run, found, moment)
        return 0 if found.errors else len(found.new) + len(found.changed)


def _end(run: int, found: Imported, moment: Moment) -> None:
    values = {
        "run": run,
        "state": RunState.REFUSED if found.errors else RunState.DONE,
        "ended_at": moment.at,
        "file": None,
        **_outcome(found),
    }
    with transaction() as session:
        session.connection().execute(_SET, values)


def _outcome(found: Imported) -> dict[str, Any]:
    return {
        "result": {
            "new": len(found.new),
            "changed": len(found.changed),
            "moved": found.moved,
            "unchanged": found.unchanged,
            "ignored": list(found.ignored),
        },
        "error_count": len(found.errors),
        "errors": [
            {
                "row": error.row,
                "column": error.column,
                "message": error.message,
                "params": dict(error.params),
            }
            for error in found.errors[:MOST_ERRORS]
        ],
    }


def get_run(run: int, *, actor: Actor) -> Run:
    """Return a file that this person sent; raises NotFound for those of others."""
    row = fetch(_OWN, run=run, person=actor.id).one_or_none()
    if row is None:
        raise NotFound
    return _run(row, tuple(RowError(**error) for error in row.errors))


def list_runs(kind: str, *, actor: Actor, most: int) -> list[Run]:
    """Return the files that this person sent, the latest first, without their errors."""
    return [_run(row, ()) for row in fetch(_LIST, kind=kind, person=actor.id, most=most)]


def _run(row: Any, errors: tuple[RowError, ...]) -> Run:
    counts: Mapping[str, Any] = row.result
    return Run(
        row.id,
        row.kind,
        RunState(row.state),
        row.created_at,
        row.ended_at,
        Counts(**{**counts, "ignored": tuple(counts["ignored"])}),
        row.error_count,
        errors,
    )


def forget_old(*, now: datetime) -> int:
    """Remove files and results of long ago, save those under way; returns how many."""
    old = (ImportRun.created_at < now - KEPT) & ImportRun.state.in_((RunState.CHECKED, *_ENDED))
    with transaction() as session:
        return session.connection().execute(delete(ImportRun).where(old)).rowcount
