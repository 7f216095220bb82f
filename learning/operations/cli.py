"""Commands that run the site: making it ready, loading the demonstration."""

import click
from flask import current_app
from flask.cli import AppGroup
from flask_migrate import upgrade
from sqlalchemy import func, select

from learning.accounts.models import Person
from learning.authoring.services import import_files
from learning.config import ROOT, Config
from learning.courses.mirroring import mirror_anew
from learning.courses.queries import shipped_news
from learning.courses.services import ContentRejected, Publication, Status, render_anew
from learning.database import current_session, db
from learning.domain.errors import Refused
from learning.formats.bundle import read_bundle
from learning.i18n import diagnostic_lines
from learning.operations.demonstration import (
    ACCOUNTS,
    LEARNERS,
    MOST_LEARNERS,
    demonstration_password,
    load_demonstration,
)
from learning.organizations.services import save_organizations, shipped_organizations
from learning.progress.awards import award
from learning.progress.clock import current_moment
from learning.web.clock import now, zone

demo = AppGroup("demo", help="Demonstration data.")
site = AppGroup("site", help="Making the site ready.")


_learners = click.option(
    "--learners",
    type=click.IntRange(1, MOST_LEARNERS),
    default=LEARNERS,
    show_default=True,
    help="How many invented learners the demonstration has.",
)


def _config() -> Config:
    config: Config = current_app.config["SITE"]
    return config


@demo.command("load")
@_learners
def load(*, learners: int) -> None:
    """Add the demonstration to a site without people; exit 1 when there are some."""
    _load_demonstration(learners)


def _load_demonstration(learners: int) -> None:
    config = _config()
    password = demonstration_password(config.data_dir, config.demo_password)
    try:
        count = load_demonstration(password, now=now(), zone=zone(), learners=learners)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{count} invented people were added.")


@site.command("prepare")
@click.option("--demo", "with_demo", is_flag=True, help="With demonstration data.")
@_learners
def prepare(*, with_demo: bool, learners: int) -> None:
    """Migrate, load organizations and shipped courses, and with --demo invented people; again changes nothing."""
    upgrade()
    db.session.remove()
    save_organizations(shipped_organizations())
    moment = current_moment()
    try:
        changes, _warnings = import_files(
            shipped_news(read_bundle(ROOT).files),
            Publication(None, moment.at),
            renderer=current_app.extensions["renderer"],
            moment=moment,
        )
    except ContentRejected as rejection:
        for line in diagnostic_lines(rejection.diagnostics):
            click.echo(line, err=True)
        raise click.ClickException("the shipped courses have errors") from rejection
    award(mirror_anew(), moment=moment)
    anew = render_anew(current_app.extensions["renderer"])
    if anew:
        click.echo(f"{anew} texts were rendered anew.")
    changed = sum(change.status is not Status.UNCHANGED for change in changes)
    if changed:
        click.echo(f"{changed} files of the shipped courses were published.")
    if with_demo:
        if not current_session().scalar(select(func.count()).select_from(Person)):
            _load_demonstration(learners)
        _print_accounts()


def _print_accounts() -> None:
    config = _config()
    password = demonstration_password(config.data_dir, config.demo_password)
    found = set(
        current_session().scalars(
            select(Person.username).where(Person.username.in_(ACCOUNTS), Person.is_demonstration)
        )
    )
    if not found:
        return
    click.echo(f"\n  {config.site_url}\n")
    for username in ACCOUNTS:
        if username in found:
            click.echo(f"  {username:<10} {password}")
    click.echo("")
