"""Generated data in the site's own schema, by a seed: a course, people all over the province, their progress.

What a course is comes in by the services of the site; people and their progress, which may be a million, by
set-based statements that leave what the services would have left, so that `rollup verify` finds no difference.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import (
    create_engine,
    event,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from bench.course import COURSE, SMALL_COURSES, course_files
from bench.facts import AUDIENCE_OF, DUE_DAYS, add_progress, morning, without_indexes
from learning.accounts.models import Membership, Person, RoleHeld, UserSession
from learning.accounts.posts import begin_post
from learning.accounts.queries import token_hash
from learning.accounts.services import hash_password
from learning.authoring.services import import_files
from learning.config import Config
from learning.courses.models import Course
from learning.courses.services import Publication
from learning.database import transaction
from learning.domain.figures import NO_AUDIENCE
from learning.domain.vietnamese import sort_key
from learning.organizations.models import Organization
from learning.organizations.services import (
    DEPARTMENT_CODE,
    PROVINCE_CODE,
    OrganizationRecord,
    save_organizations,
    shipped_organizations,
)
from learning.progress.ledger import fill_sums
from learning.progress.models import Assignment
from learning.progress.moments import Moment

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PASSWORD = "năm con vịt con ra bờ ao"  # noqa: S105  (of invented people, on a site that lives for minutes)
PROVINCE_MANAGER = "quan-ly-tinh"
COMMUNE_MANAGER = "quan-ly-xa"
CACHE_KIB = 1024 * 1024
BATCHES = 25  # people come in waves, two days apart
FAMILIES = ("Bưởi", "Cam", "Chuối", "Đào", "Khế", "Lê", "Mận", "Mít", "Na", "Nhãn", "Ổi", "Quýt", "Vải")
MIDDLES = ("Thị", "Văn", "Hữu", "Ngọc", "Đức", "Thu")
Places = Sequence[Sequence[int]]  # groups of organizations, each as likely as the others
NUMBERS = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is generated; `sessions` people are signed in, and only they have a password.

    `office` people more are at one organization, whose list of names is measured. `villages` are those of a commune;
    half of the people are at the commune itself.
    """

    people: int = 2000
    office: int = 2000
    communes: int = 99
    villages: int = 5
    units: int = 20
    questions: int = 10
    sessions: int = 400
    seed: int = 2026


def username(number: int, group: str = "p") -> str:
    """Return the user name of the person with this number, from 0 on, in the province or at the office (`q`)."""
    return f"{group}{number:07}"


def session_token(name: str, seed: int) -> str:
    """Return the token of a person's session; the database keeps its hash only."""
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def build(app: Flask, sizes: Sizes) -> None:
    """Fill an empty database: schema, organizations, courses, managers, and the people of the page measurements."""
    config: Config = app.config["SITE"]
    now = datetime.now(UTC)
    upgrade()
    save_organizations(_organizations(sizes))
    import_files(
        course_files(sizes.units, sizes.questions, seed=sizes.seed),
        Publication(None, now),
        renderer=app.extensions["renderer"],
        moment=Moment.of(now, config.zone),
    )
    with transaction() as session:
        session.add_all(
            Assignment(
                course_id=course_id,
                organization_id=_organization_ids(session, (PROVINCE_CODE,))[0],
                title="Đợt 1",
                due_days=DUE_DAYS,
                created_at=now - timedelta(days=120),
            )
            for course_id in session.scalars(select(Course.id))
        )
    with _loading(config) as session, without_indexes(session):
        _add_learners(session, sizes, range(sizes.people), dashboards=True)
        _add_learners(session, sizes, range(sizes.office), group="q")
    fill_sums()
    _open_sessions(sizes, now)


def _organizations(sizes: Sizes) -> list[OrganizationRecord]:
    """Return the province with so many of its communes, each with its villages."""
    shipped = shipped_organizations()[: 2 + sizes.communes]
    villages = (
        OrganizationRecord(f"{record.code}-{number}", "village", f"Thôn Thử {number}", record.code)
        for record in shipped[2:]
        for number in range(1, sizes.villages + 1)
    )
    return [*shipped, *villages]


def grow(app: Flask, sizes: Sizes, *, people: int) -> None:
    """Add people with their progress all over the province until there are so many."""
    with _loading(app.config["SITE"]) as session, without_indexes(session):
        there = session.scalar(select(func.count()).where(Person.username.like(username(0)[0] + "_" * 7)))
        _add_learners(session, sizes, range(there or 0, people))
    fill_sums()


def _add_learners(
    session: Session, sizes: Sizes, numbers: range, *, group: str = "p", dashboards: bool = False
) -> None:
    """Add people in waves, with their progress; `dashboards` gives them two more courses."""
    dice = random.Random(f"{sizes.seed}:{group}:{numbers.start}")
    places = [_organization_ids(session, (DEPARTMENT_CODE,))] if group == "q" else _places(session)
    today = datetime.now(UTC).astimezone(ZONE).date()
    size = max(1, -(-len(numbers) // BATCHES))
    for wave, start in enumerate(range(numbers.start, numbers.stop, size)):
        began = today - timedelta(days=120 - 2 * wave)
        names = [username(number, group) for number in range(start, min(start + size, numbers.stop))]
        first, last = _add_people(session, names, dice, places=places, began=began)
        add_progress(session, COURSE, first, last, began=began, units=sizes.units - 1)
        for course in SMALL_COURSES if dashboards else ():
            add_progress(session, course, first, last, began=began, units=0)
        session.commit()  # SQLite slows down when one transaction fills its log with millions of rows


@contextmanager
def _loading(config: Config) -> Iterator[Session]:
    """Give a session for many rows: what is lost with the machine is made again, so nothing waits for the disk."""
    engine = create_engine(config.sqlalchemy_url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hurry)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def _hurry(connection: Any, _record: Any) -> None:
    for pragma in ("synchronous=OFF", "foreign_keys=OFF", "temp_store=MEMORY", f"cache_size=-{CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}")


def _organization_ids(session: Session, codes: tuple[str, ...] = ()) -> list[int]:
    """Return the ids of these organizations, of all communes and wards without any."""
    wanted = Organization.code.in_(codes) if codes else Organization.kind.in_(("commune", "ward"))
    return list(session.scalars(select(Organization.id).where(wanted).order_by(Organization.code)))


def _places(session: Session) -> Places:
    """Return the communes and wards, and the villages: a person is as likely at one of these as at one of those."""
    rows = session.execute(
        select(Organization.id, Organization.kind)
        .where(Organization.kind.in_(("commune", "ward", "village")))
        .order_by(Organization.code)
    ).all()
    communes = [row.id for row in rows if row.kind != "village"]
    villages = [row.id for row in rows if row.kind == "village"]
    return [communes, villages] if villages else [communes]


def _name(dice: random.Random) -> str:
    given = f"{dice.choice(NUMBERS)} {dice.choice(NUMBERS)}"
    return f"{dice.choice(FAMILIES)} {dice.choice(MIDDLES)} {given}"


def _add_people(
    session: Session, usernames: list[str], dice: random.Random, *, places: Places, began: date
) -> tuple[int, int]:
    """Add learners at random places; returns the first and the last of their ids."""
    rows = []
    for person in usernames:
        name = _name(dice)
        words = name.split()
        rows.append(
            {
                "username": person,
                "name": name,
                "sort_key": sort_key(" ".join([words[-1], *words[:-1]])),
                "organization_id": dice.choice(dice.choice(places)),
                "generation": 1,
                "is_demonstration": False,
                "created_at": morning(began),
            }
        )
    session.execute(insert(Person), rows)
    first, last = session.execute(
        select(func.min(Person.id), func.max(Person.id)).where(
            Person.username.between(usernames[0], usernames[-1])
        )
    ).one()
    session.execute(
        insert(Membership).from_select(
            ["person_id", "organization_id", "is_main", "position", "began_on", "audience"],
            select(
                *(Person.id, Person.organization_id, literal(True), literal(""), literal(began)),
                func.nullif(AUDIENCE_OF, NO_AUDIENCE),
            ).where(Person.id.between(first, last)),
        )
    )
    session.execute(
        insert(RoleHeld).from_select(
            ["person_id", "role", "organization_id"],
            select(Person.id, literal("learner"), Person.organization_id).where(
                Person.id.between(first, last)
            ),
        )
    )
    return first, last


def _open_sessions(sizes: Sizes, now: datetime) -> None:
    """Sign in the first people and two managers, one of the province and one of a commune."""
    with transaction() as session:
        commune = _organization_ids(session)[0]
        managers = {
            PROVINCE_MANAGER: _organization_ids(session, (PROVINCE_CODE,))[0],
            COMMUNE_MANAGER: commune,
        }
        for name, place in managers.items():
            person = Person(
                username=name,
                name=f"Quản lý Thử {name}",
                sort_key=name,
                organization_id=_organization_ids(session, (DEPARTMENT_CODE,))[0],
                created_at=now,
            )
            session.add(person)
            session.flush()
            begin_post(person.id, person.organization_id, day=now.date())
            session.add(RoleHeld(person_id=person.id, role="manager", organization_id=place))
        names = [username(number) for number in range(min(sizes.sessions, sizes.people))]
        session.execute(
            update(Person).where(Person.username.in_(names)).values(password_hash=hash_password(PASSWORD))
        )
        session.flush()
        people = session.execute(
            select(Person.id, Person.username).where(Person.username.in_([*names, *managers]))
        )
        session.add_all(
            UserSession(
                token_hash=token_hash(session_token(name, sizes.seed)),
                person_id=person_id,
                generation=1,
                created_at=now,
                last_seen_at=now,
            )
            for person_id, name in people
        )
