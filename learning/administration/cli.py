"""Commands over people and organizations."""

from collections.abc import Callable
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from learning.accounts.queries import get_actor
from learning.accounts.services import TOKEN_DAYS, create_token, normalize_username
from learning.administration.imports import Imported, import_organizations, import_people
from learning.administration.services import NewPerson, add_person, renew_sign_in
from learning.domain.errors import DomainError, NotFound
from learning.domain.permissions import Role
from learning.formats.tables import MOST_ERRORS
from learning.i18n import row_error_line
from learning.organizations.services import ensure_organizations
from learning.progress.clock import current_moment

people = AppGroup("people", help="People and their roles.")
organizations = AppGroup("organizations", help="The tree of organizations.")


@people.command("create")
@click.option("--username", required=True)
@click.option("--name", required=True)
@click.option("--organization", required=True, help="Code of the person's organization.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--scope", help="Code of the organization at which the role is held; her own when left out.")
@click.option("--email", default="", help="Where mail to her goes; she can change it.")
def create(*, username: str, name: str, organization: str, role: str, scope: str | None, email: str) -> None:
    """Add a person; the last line printed is a one-time link with which she sets her password."""
    ensure_organizations()
    person = NewPerson(username, name, organization, Role(role), scope, email)
    try:
        added = add_person(person, moment=current_moment())
    except NotFound as error:
        raise click.ClickException(f"there is no organization with the code {error.what}") from error
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{added.username} was added.")
    _print_link(added.token)


@people.command("link")
@click.argument("username")
def link(username: str) -> None:
    """Print a one-time link with which a person sets a new password; it is the last line."""
    try:
        token = renew_sign_in(username, moment=current_moment())
    except NotFound as error:
        raise click.ClickException(f"there is nobody with the user name {username}") from error
    _print_link(token)


@people.command("token")
@click.argument("username")
@click.option("--read-only", is_flag=True, help="The token may read and change nothing.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, TOKEN_DAYS))
def token(username: str, *, read_only: bool, days: int) -> None:
    """Make a bearer token for the API; it is the last line printed, and not shown again."""
    try:
        actor = get_actor(normalize_username(username))
    except NotFound as error:
        raise click.ClickException(f"there is nobody with the user name {username}") from error
    made = create_token(actor, "command line", days=days, is_read_only=read_only, now=current_moment().at)
    click.echo(f"{actor.username}: works for {days} days")
    click.echo(made)


@people.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def import_people_file(file: Path, *, dry_run: bool) -> None:
    """Add, change and move people by a CSV, TSV or XLSX file, whole or not at all."""
    ensure_organizations()
    _import(file, import_people, dry_run=dry_run)


@organizations.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def import_organizations_file(file: Path, *, dry_run: bool) -> None:
    """Bring organizations to what a CSV, TSV or XLSX file says, whole or not at all."""
    ensure_organizations()
    _import(file, import_organizations, dry_run=dry_run)


def _import(file: Path, take: Callable[..., Imported], *, dry_run: bool) -> None:
    """Take a file over and say what became of it; exits with 1 when it is refused."""
    try:
        done = take(file.read_bytes(), actor=None, moment=current_moment(), dry_run=dry_run)
    except (OSError, DomainError) as error:
        raise click.ClickException(str(error)) from error
    for fault in done.errors[:MOST_ERRORS]:
        click.echo(row_error_line(fault), err=True)
    if done.errors:
        click.echo(f"{len(done.errors)} errors; nothing was changed", err=True)
        raise SystemExit(1)
    for word, keys in (("new", done.new), ("changed", done.changed)):
        for key in keys:
            click.echo(f"{word} {key}")
    if done.ignored:
        click.echo(f"columns not read: {', '.join(done.ignored)}")
    said = f"{len(done.new)} new, {len(done.changed)} changed, {done.unchanged} unchanged"
    click.echo(f"{said}, {done.moved} moved" if done.moved else said)
    if dry_run:
        click.echo("nothing was changed")


def _print_link(token: str) -> None:
    click.echo(f"{current_app.config['SITE'].site_url}/sign-in/{token}")
