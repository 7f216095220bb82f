"""What the site does by itself each night."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from learning.accounts.services import forget_expired
from learning.administration.imports import move_to_successors
from learning.administration.runs import IMPORT, take_over
from learning.administration.runs import forget_old as forget_old_imports
from learning.domain.diagnostics import N_
from learning.domain.reminding import TOLD
from learning.jobs.kinds import BadResult, Kind
from learning.jobs.services import forget_old as forget_old_jobs
from learning.limits.services import forget_old as forget_old_limits
from learning.mail.delivery import deliver
from learning.mail.services import DELIVER
from learning.mail.services import forget_old as forget_old_mail
from learning.progress.assignments import sync_assignments
from learning.progress.moments import Moment
from learning.progress.places import follow_strays
from learning.progress.verification import wrong_figures
from learning.reminders.services import REMINDERS_AT, send_reminders
from learning.web.clock import zone


def forget(_arguments: Mapping[str, Any], now: datetime) -> int:
    """Remove sessions, links, held forms, tries, jobs, mails and imports whose time is long over."""
    return (
        forget_expired(now=now)
        + forget_old_limits(now=now)
        + forget_old_jobs(now=now)
        + forget_old_mail(now=now)
        + forget_old_imports(now=now)
    )


def verify_figures(_arguments: Mapping[str, Any], now: datetime) -> int:
    """Recount the figures; raises BadResult where one differs."""
    wrong = list(wrong_figures(now.astimezone(zone()).date(), zone()))
    if wrong:
        raise BadResult(f"{len(wrong)} differences, the first: {wrong[0]}")
    return 0


def follow_mergers(_arguments: Mapping[str, Any], now: datetime) -> int:
    """Let people of organizations that have ended belong to their successors; returns how many moved."""
    return move_to_successors(moment=Moment.of(now, zone()))


def sync(_arguments: Mapping[str, Any], now: datetime) -> int:
    """Enroll whom standing assignments cover, where they belong now; returns how many are new."""
    moment = Moment.of(now, zone())
    follow_strays(moment=moment)
    return sync_assignments(moment=moment)


def remind(_arguments: Mapping[str, Any], now: datetime) -> int:
    """Remind whom the day asks for; returns how many were told."""
    done = send_reminders(moment=Moment.of(now, zone()))
    return sum(count for of_kind in done.values() for outcome, count in of_kind.items() if outcome in TOLD)


def import_file(arguments: Mapping[str, Any], now: datetime) -> int:
    """Take over a file that an administrator sent; returns how many of its rows were new or changed."""
    return take_over(arguments["run"], moment=Moment.of(now, zone()))


KINDS = (
    Kind(IMPORT, N_("Take over a file of people or organizations"), import_file),
    Kind("organizations.merge", N_("Move people of merged organizations"), follow_mergers, daily=time(0, 10)),
    Kind("assignments.sync", N_("Enroll those whom assignments cover"), sync, daily=time(0, 20)),
    Kind(
        DELIVER, N_("Send mail"), deliver, daily=time(6, 30)
    ),  # daily too, for what was left when no mail was set up
    Kind("reminders.send", N_("Remind of due courses"), remind, daily=REMINDERS_AT),
    Kind("forget", N_("Remove expired sessions and forms"), forget, daily=time(2, 0)),
    Kind("rollup.verify", N_("Recount the figures"), verify_figures, daily=time(3, 0)),
)
