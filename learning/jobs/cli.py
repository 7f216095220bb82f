"""Commands over the queue."""

import click
from flask import current_app
from flask.cli import AppGroup

from learning.jobs.queries import count_jobs, list_jobs
from learning.jobs.worker import Worker

jobs = AppGroup("jobs", help="The queue of background work.")
MOST = 100


@jobs.command("work")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def work(*, once: bool) -> None:
    """Work jobs off until told to stop."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  (werkzeug's way to the object)
    worker = Worker(app, app.extensions["jobs"], clock=app.config["CLOCK"], zone=app.config["ZONE"])
    if once:
        click.echo(f"{worker.work_off()} jobs")
    else:
        worker.run()


@jobs.command("list")
def show() -> None:
    """Print the queue: those given up first, then those running, waiting and ended."""
    for job in list_jobs(most=MOST):
        came = job.error or ("" if job.count is None else str(job.count))
        words = (
            str(job.id),
            job.state,
            job.kind,
            f"{job.due_at:%Y-%m-%dT%H:%M:%SZ}",
            f"tries {job.tries}",
            came,
        )
        click.echo(" ".join(word for word in words if word))
    click.echo(", ".join(f"{count} {state}" for state, count in sorted(count_jobs().items())) or "no jobs")
