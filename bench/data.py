"""Generated data in the site's own schema, by a seed: a course, people all over the province, their progress.

What a course is comes in by the services of the site; people and their progress, which may be a million, by
set-based statements that leave what the services would have left, so that `rollup verify` finds no difference.
"""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

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
from bench.facts import add_progress, morning, without_indexes
from learning.accounts.models import Person, RoleHeld, UserSession
from learning.accounts.queries import token_hash
from learning.accounts.services import hash_password
from learning.authoring.services import import_files
from learning.config import Config
from learning.courses.models import Course
from learning.courses.services import Publication
from learning.database import transaction
from learning.domain.vietnamese import sort_key
from learning.organizations.models import Organization
from learning.organizations.services import (
    DEPARTMENT_CODE,
    PROVINCE_CODE,
    save_organizations,
    shipped_organizations,
)
from learning.progress.models import Assignment
from learning.progress.services import Moment

PASSWORD = "năm con vịt con ra bờ ao"  # noqa: S105  (of invented people, on a site that lives for minutes)
PROVINCE_MANAGER = "province"
COMMUNE_MANAGER = "commune"
CACHE_KIB = 1024 * 1024
BATCHES = 25  # people come in waves, two days apart
FAMILIES = (
    "Bưởi",
    "Cam",
    "Chuối",
    "Đào",
    "Khế",
    "Lê",
    "Mận",
    "Mít",
    "Na",
    "Nhãn",
    "Ổi",
    "Quýt",
    "Vải",
    "Xoài",
)
MIDDLES = ("Thị", "Văn", "Hữu", "Ngọc", "Đức", "Thu")
NUMBERS = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is generated; `sessions` people are signed in, and only they have a password."""

    people: int = 2000
    communes: int = 99
    units: int = 20
    questions: int = 10
    sessions: int = 400
    seed: int = 2026


def username(number: int) -> str:
    """Return the user name of the person with this number, from 0 on."""
    return f"p{number:07}"


def session_token(name: str, seed: int) -> str:
    """Return the token of a person's session; the database keeps its hash only."""
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def build(app: Flask, sizes: Sizes) -> None:
    """Fill an empty database: schema, organizations, courses, managers, and the people of the page measurements."""
    config: Config = app.config["SITE"]
    now = datetime.now(UTC)
    upgrade()
    organizations = shipped_organizations()
    save_organizations(organizations[: 2 + sizes.communes])
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
                created_at=now - timedelta(days=120),
            )
            for course_id in session.scalars(select(Course.id))
        )
    grow(app, sizes, people=sizes.people)
    _open_sessions(sizes, now)


def grow(app: Flask, sizes: Sizes, *, people: int) -> None:
    """Add people with their progress until there are so many."""
    config: Config = app.config["SITE"]
    today = datetime.now(UTC).astimezone(config.zone).date()
    with _loading(config) as session:
        there = session.scalar(select(func.count()).where(Person.username.like("p_______"))) or 0
        dice = random.Random(f"{sizes.seed}:{there}")
        with without_indexes(session):
            for wave, numbers in _waves(there, people):
                began = today - timedelta(days=120 - 2 * wave)
                first, last = _add_people(session, numbers, dice, began=began)
                add_progress(session, COURSE, first, last, began=began, units=sizes.units - 1)
                if there == 0:
                    for course in SMALL_COURSES:
                        add_progress(session, course, first, last, began=began, units=0)


@contextmanager
def _loading(config: Config) -> Iterator[Session]:
    """Give a session for many rows: what is lost with the machine is made again, so nothing waits for the disk."""
    engine = create_engine(config.sqlalchemy_url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hurry)
    try:
        with Session(engine) as session, session.begin():
            yield session
    finally:
        engine.dispose()


def _hurry(connection: Any, _record: Any) -> None:
    for pragma in ("synchronous=OFF", "foreign_keys=OFF", "temp_store=MEMORY", f"cache_size=-{CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}")


def _waves(start: int, stop: int) -> Iterator[tuple[int, range]]:
    size = max(1, -(-(stop - start) // BATCHES))
    for wave, first in enumerate(range(start, stop, size)):
        yield wave, range(first, min(stop, first + size))


def _organization_ids(session: Session, codes: tuple[str, ...] = ()) -> list[int]:
    """Return the ids of these organizations, of all communes and wards without any."""
    wanted = Organization.code.in_(codes) if codes else Organization.kind.in_(("commune", "ward"))
    return list(session.scalars(select(Organization.id).where(wanted).order_by(Organization.code)))


def _name(dice: random.Random) -> str:
    given = f"{dice.choice(NUMBERS)} {dice.choice(NUMBERS)}"
    return f"{dice.choice(FAMILIES)} {dice.choice(MIDDLES)} {given}"


def _add_people(session: Session, numbers: range, dice: random.Random, *, began: date) -> tuple[int, int]:
    """Add learners at random communes; returns the first and the last of their ids."""
    places = _organization_ids(session)
    rows = []
    for number in numbers:
        name = _name(dice)
        words = name.split()
        rows.append(
            {
                "username": username(number),
                "name": name,
                "sort_key": sort_key(" ".join([words[-1], *words[:-1]])),
                "organization_id": dice.choice(places),
                "generation": 1,
                "is_demonstration": False,
                "created_at": morning(began),
            }
        )
    session.execute(insert(Person), rows)
    first, last = session.execute(
        select(func.min(Person.id), func.max(Person.id)).where(
            Person.username.between(username(numbers[0]), username(numbers[-1]))
        )
    ).one()
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
