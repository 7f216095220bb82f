"""What the browser's tests find on the site: the shipped course, the demonstration, and people of their own.

Made once in a run as a folder with a database; each module of tests gets a copy and may do in it what it likes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from learning.accounts.models import Person
from learning.accounts.queries import get_actor
from learning.accounts.services import create_person, create_sign_in_link, hash_password
from learning.authoring.services import import_files
from learning.config import ROOT
from learning.courses.services import Publication
from learning.database import current_session
from learning.domain.content import QuizFile
from learning.domain.permissions import Role
from learning.formats.bundle import parse_file, read_bundle
from learning.operations.demonstration import load_demonstration
from learning.organizations.queries import OrganizationRow, get_by_code, list_within
from learning.organizations.services import DEPARTMENT_CODE, save_organizations, shipped_organizations
from learning.progress.moments import Moment
from learning.study.services import declare_read
from tests.support import factories
from tests.support.classrooms import make_session_course, plan_evening

PASSWORD = "chỉ dùng để thử thôi"
COURSE, QUIZ, QUIZ_UNIT = "nhan-dien-lua-dao", "nhan-dien-lua-dao-cuoi-khoa", "kiem-tra-cuoi-khoa"
READ_ALONE = ("bon-don-tam-ly", "doc-duong-dan", "gia-danh")
WITH_QUIZ = {
    "ung-dung-gia-ma-qr": "nhan-dien-lua-dao-ung-dung-gia-ma-qr",
    "chiem-tai-khoan-gia-lanh-dao": "nhan-dien-lua-dao-chiem-tai-khoan",
    "deepfake-tin-nhan-gia-thuong-hieu": "nhan-dien-lua-dao-deepfake-tin-nhan-gia",
    "gio-dau-tien": "nhan-dien-lua-dao-gio-dau-tien",
}
UNITS = (*READ_ALONE, *WITH_QUIZ)
TINY_COURSE, TINY_QUIZ = factories.COURSE, factories.QUIZ
TINY_UNIT, TINY_QUIZ_UNIT = factories.READ_UNIT, factories.QUIZ_UNIT

OPEN_COURSE = "khoa-mo"  # strangers may read it; it comes after the tiny one

LEARNERS = tuple(f"thu-{number}" for number in range(1, 13))  # have done nothing yet
FINISHER = "thu-xong"  # has completed the tiny course
LOSER = "thu-het"  # has used all attempts of the tiny quiz
SECOND_TRAINER = "thu-giang"
SESSION = 1  # that of the demonstration's manager, which is on while the tests run
IDLE_MANAGER = "thu-vang"  # nobody of her commune is enrolled in anything


@dataclass(frozen=True)
class World:
    """Where the prepared data lies, and what tests must know of it."""

    folder: Path
    commune: OrganizationRow
    idle_commune: OrganizationRow
    sign_in_link: str
    right: dict[str, dict[str, frozenset[str]]]
    """For each quiz and question of it the values of the right choices, or the right words."""


def prepare(app: Flask, folder: Path) -> World:
    """Fill the application's migrated database, which lies in `folder`."""
    moment = Moment.of(datetime.now(UTC), factories.ZONE)
    shipped = read_bundle(ROOT).files
    with app.app_context():
        save_organizations(shipped_organizations())
        by_system = Publication(None, moment.at)
        import_files(shipped, by_system, renderer=app.extensions["renderer"], moment=moment)
        load_demonstration(PASSWORD, now=moment.at, zone=factories.ZONE, learners=60)
        factories.import_texts(factories.course_texts(extra="certificate: yes\n"), at=moment)
        opened = factories.course_text(
            ("mot",), title="Khóa mở thử", extra=f"open: yes\nprerequisites: {TINY_COURSE}\n"
        )
        factories.import_texts(
            {
                f"courses/{OPEN_COURSE}/course.vi.md": opened,
                f"courses/{OPEN_COURSE}/mot.vi.md": factories.unit_text(),
            },
            at=moment,
        )
        commune = _organization_of("learner")
        make_session_course()
        plan_evening(
            get_actor("manager"),
            organization=commune.code,
            starts_at=moment.at,
            ends_at=moment.at + timedelta(hours=12),
        )
        inhabited = set(current_session().scalars(select(Person.organization_id)))
        idle = next(row for row in list_within(("/",)) if row.kind == "commune" and row.id not in inhabited)
        _add_people(commune, idle, moment)
        files = (*shipped, *factories.files_of(factories.course_texts()))
        return World(
            folder=folder,
            commune=commune,
            idle_commune=idle,
            sign_in_link=create_sign_in_link(get_actor(LEARNERS[-1]).id, now=moment.at),
            right={
                file.slug: {q.id: frozenset(q.answer.right) for q in value.questions}
                for file in files
                if isinstance(value := parse_file(file).value, QuizFile)
            },
        )


def _organization_of(username: str) -> OrganizationRow:
    place = get_actor(username).organization_id
    return next(row for row in list_within(("/",)) if row.id == place)


def _add_people(commune: OrganizationRow, idle: OrganizationRow, moment: Moment) -> None:
    """Add those of this module, all with the same password, and what two of them have done."""
    hashed = hash_password(PASSWORD)
    department = get_by_code(DEPARTMENT_CODE)
    people = {
        **dict.fromkeys((*LEARNERS, FINISHER, LOSER), (commune, Role.LEARNER)),
        SECOND_TRAINER: (department, Role.TRAINER),
        IDLE_MANAGER: (idle, Role.MANAGER),
    }
    for username, (place, role) in people.items():
        create_person(
            username,
            f"Người Thử {username}",
            organization_id=place.id,
            roles=[(role, place.id)],
            now=moment.at,
            password_hash=hashed,
        )
    finisher, loser = get_actor(FINISHER), get_actor(LOSER)
    declare_read(finisher, TINY_COURSE, TINY_UNIT, revision_id=None, moment=moment)
    factories.take_quiz(finisher, at=moment)
    for _attempt in range(3):
        factories.take_quiz(loser, right=False, at=moment)
