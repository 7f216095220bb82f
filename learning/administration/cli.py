"""Commands over people."""

import click
from flask import current_app
from flask.cli import AppGroup

from learning.administration.services import NewPerson, add_person, renew_sign_in
from learning.domain.errors import DomainError, NotFound
from learning.domain.permissions import Role
from learning.organizations.services import ensure_organizations
from learning.progress.clock import current_moment

people = AppGroup("people", help="People and their roles.")


@people.command("create")
@click.option("--username", required=True)
@click.option("--name", required=True)
@click.option("--organization", required=True, help="Code of the person's organization.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--scope", help="Code of the organization at which the role is held; her own when left out.")
def create(username: str, name: str, organization: str, role: str, scope: str | None) -> None:
    """Add a person; the last line printed is a one-time link with which she sets her password."""
    ensure_organizations()
    person = NewPerson(username, name, organization, Role(role), scope)
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


def _print_link(token: str) -> None:
    click.echo(f"{current_app.config['SITE'].site_url}/sign-in/{token}")
