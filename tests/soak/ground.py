"""The site that is soaked: a database of its own, the tiny course, people, and the server of production."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from bench import inside, servers
from bench.pages import SESSION_COOKIE
from bench.servers import Server
from bench.traffic import Visitor
from learning.accounts import services as accounts
from learning.accounts.queries import get_actor
from learning.database import current_session, transaction
from learning.domain.permissions import Role
from learning.organizations.services import DEPARTMENT_CODE, PROVINCE_CODE
from learning.progress.moments import Moment
from learning.progress.recount import find_differences
from learning.progress.sums import find_wrong_sums
from tests.support.factories import (
    COMMUNE,
    ZONE,
    course_texts,
    import_texts,
    make_organizations,
    make_person,
)

COURSE, QUIZ = "khoa-ngam", "bai-ngam"
PEOPLE = {
    "learner": (COMMUNE, Role.LEARNER),
    "trainer": (DEPARTMENT_CODE, Role.TRAINER),
    "manager": (COMMUNE, Role.MANAGER),
    "province": (PROVINCE_CODE, Role.MANAGER),
    "admin": (PROVINCE_CODE, Role.ADMINISTRATOR),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """A site on its database: the application in this process, and a way to start its server."""

    app: Flask
    data_dir: Path
    database_url: str
    workers: int = 2

    @contextmanager
    def serving(self, *, prepare: bool = False) -> Iterator[Server]:
        """Run the server; it is ended whatever happens, unless it was killed before."""
        with servers.site(
            self.data_dir, workers=self.workers, database_url=self.database_url, prepare=prepare
        ) as server:
            yield server

    def add_people(self, usernames: list[str]) -> None:
        """Add learners of one commune."""
        with self.app.app_context(), transaction():
            for username in usernames:
                make_person(username, at=datetime.now(UTC))

    def visitor(self, username: str) -> Visitor:
        """Return a browser in which the person is signed in, as after signing in just now."""
        with self.app.app_context(), transaction():
            session = accounts._open_session(get_actor(username).id, now=datetime.now(UTC))
        return Visitor({SESSION_COOKIE: session.token}, encodings="identity")

    def bearer(self, username: str) -> str:
        """Return a token for the person's programs."""
        with self.app.app_context():
            actor = get_actor(username)
            now = datetime.now(UTC)
            return accounts.create_token(actor, "ngâm", days=1, is_read_only=False, now=now)

    def faults(self) -> list[str]:
        """Return what is wrong with the database: damaged pages, figures that are not what the facts say."""
        found = []
        with self.app.app_context():
            if current_session().get_bind().dialect.name == "sqlite":
                words = current_session().scalar(text("PRAGMA integrity_check"))
                found += [] if words == "ok" else [f"integrity_check: {words}"]
            today = Moment.of(datetime.now(UTC), ZONE).day
            found += [f"rollup verify: {difference}" for difference in find_differences(today, ZONE)]
            found += [f"rollup verify: {wrong}" for wrong in find_wrong_sums()]
        return found


@contextmanager
def ground(data_dir: Path, database_url: str = "", *, attempts: int | None = None) -> Iterator[Ground]:
    """Make a site with the tiny course, whose quiz allows so many attempts, and one person of each role."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with inside.application(data_dir, database_url) as app:
        with app.app_context():
            upgrade()
            make_organizations()
            now = Moment.of(datetime.now(UTC), ZONE)
            import_texts(course_texts(COURSE, quiz=QUIZ, attempts=attempts), at=now)
            for username, (organization, role) in PEOPLE.items():
                make_person(username, organization, role=role, at=now.at)
        yield Ground(app, data_dir, database_url)


def kill_at_once(server: Server) -> None:
    """End all processes of the server as a failure of the machine would, the first one first."""
    for pid in server.pids():
        servers.kill(pid)
    server.process.wait()
