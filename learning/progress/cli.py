"""Commands over assignments and the ledger."""

from datetime import timedelta

import click
from flask.cli import AppGroup

from learning.progress.assignments import sync_assignments
from learning.progress.clock import current_moment
from learning.progress.queries import find_wrong_sums
from learning.progress.recount import find_differences
from learning.progress.services import correct_ledger
from learning.web.clock import today, zone

assignments = AppGroup("assignments", help="Courses given to organizations.")
rollup = AppGroup("rollup", help="The ledger of figures.")
PAST_MONTHS = 3


@assignments.command("sync")
def sync() -> None:
    """Enroll everyone whom a standing assignment covers."""
    click.echo(f"{sync_assignments(moment=current_moment())} enrolled")


@rollup.command("verify")
def verify() -> None:
    """Recount the figures from the facts, for today and the last three month ends; exit 1 on a difference.

    The sums that reports read are recounted from the ledger, all of them.
    """
    days = [today()]
    for _ in range(PAST_MONTHS):
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    count = 0
    for day in days:
        for difference in find_differences(day, zone()):
            organization, course, unit, measure = difference.place
            click.echo(
                f"{day}: organization {organization}, course {course}, unit {unit or '-'}, {measure}:"
                f" ledger {difference.ledger}, facts {difference.facts}"
            )
            count += 1
    for wrong in find_wrong_sums():
        click.echo(
            f"{wrong.period}: organization {wrong.organization_id}, course {wrong.course_id},"
            f" unit {wrong.unit_id or '-'}: the sum is not that of the ledger"
        )
        count += 1
    click.echo(f"{count} differences")
    if count:
        raise SystemExit(1)


@rollup.command("rebuild")
def rebuild() -> None:
    """Sum up the ledger anew, and post what it lacks against a recount of today."""
    places = correct_ledger(moment=current_moment(), zone=zone())
    click.echo(f"{places} places corrected")
