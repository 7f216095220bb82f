"""Commands over reminders."""

import click
from flask.cli import AppGroup

from learning.progress.clock import current_moment
from learning.reminders.services import send_reminders

reminders = AppGroup("reminders", help="Reminders, digests, and notes that a report is ready.")


@reminders.command("send")
def send() -> None:
    """Do what the day asks for; a second time on a day sends nothing twice."""
    for kind, outcomes in send_reminders(moment=current_moment()).items():
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        click.echo(f"{kind}: {counts or 'nobody'}")
