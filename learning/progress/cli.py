"""Commands over assignments and the ledger."""

import click
from flask.cli import AppGroup

from learning.progress.assignments import sync_assignments
from learning.progress.clock import current_moment
from learning.progress.verification import correct_ledger, wrong_figures
from learning.web.clock import today, zone

assignments = AppGroup("assignments", help="Courses given to organizations.")
rollup = AppGroup("rollup", help="The ledger of figures.")


@assignments.command("sync")
def sync() -> None:
    """Enroll everyone whom a standing assignment covers."""
    click.echo(f"{sync_assignments(moment=current_moment())} enrolled")


@rollup.command("verify")
def verify() -> None:
    """Recount the figures from the facts, for today and the last three month ends; exit 1 on a difference."""
    count = 0
    for line in wrong_figures(today(), zone()):
        click.echo(line)
        count += 1
    click.echo(f"{count} differences")
    if count:
        raise SystemExit(1)


@rollup.command("rebuild")
def rebuild() -> None:
    """Sum up the ledger anew, and post what it lacks against a recount of today."""
    places = correct_ledger(moment=current_moment(), zone=zone())
    click.echo(f"{places} places corrected")
