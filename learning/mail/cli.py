"""Commands over mail."""

import click
from flask import current_app
from flask.cli import AppGroup

from learning.domain.errors import Refused
from learning.domain.mail import checked_address
from learning.i18n import current_language
from learning.mail.delivery import find_server
from learning.mail.letters import letter_of_test
from learning.mail.models import MailState
from learning.mail.queries import count_mail, list_mail
from learning.mail.smtp import ServerAway, dial, queued_now

mail = AppGroup("mail", help="The outbox and the mail server.")
MOST = 100


@mail.command("test")
@click.argument("address")
def send_test(address: str) -> None:
    """Send a mail to an address at once, past the outbox, and say what the server answers."""
    server = find_server()
    if server is None:
        raise click.ClickException("no mail is set up: set SMTP_URL and MAIL_FROM")
    try:
        checked = checked_address(address)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    if checked is None:
        raise click.ClickException("name an address")
    now = current_app.config["CLOCK"]()
    subject, body = letter_of_test()
    try:
        with dial(server) as line:
            verdict = line.send(queued_now(checked, subject, body, language=current_language(), now=now))
    except ServerAway as away:
        raise click.ClickException(f"{server.host}:{server.port}: {away}") from away
    if verdict.state is not MailState.SENT:
        raise click.ClickException(f"{server.host}:{server.port}: {verdict.words}")
    click.echo(f"{server.host}:{server.port} took the mail to {checked}")


@mail.command("list")
def show() -> None:
    """Print the outbox: what was given up, is unsure, waits, and was sent, with the server's last words."""
    for row in list_mail(most=MOST):
        words = (str(row.id), row.state, row.kind, row.address, f"tries {row.tries}", row.error)
        click.echo(" ".join(word for word in words if word))
    counts = ", ".join(f"{count} {state}" for state, count in sorted(count_mail().items()) if count)
    click.echo(counts or "no mail")
