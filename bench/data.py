"""Generated data in the site's own schema, by a seed: a course, people all over the province, their progress.

What a course is comes in by the services of the site; people and their progress, which may be a million, by
set-based statements that leave what the services would have left, so that `rollup verify` finds no difference.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import ColumnElement, Integer, String, and_, case, cast, func, insert, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bench.course import COURSE, SMALL_COURSES, course_files
from learning.accounts.models import Person, RoleHeld, UserSession
from learning.accounts.queries import token_hash
from learning.accounts.services import hash_password
from learning.authoring.services import import_files
from learning.config import Config
from learning.courses.models import Course, Unit
from learning.courses.services import Publication
from learning.database import transaction
from learning.domain.figures import Measure
from learning.domain.vietnamese import sort_key
from learning.organizations.models import Organization
from learning.organizations.services import (
    DEPARTMENT_CODE,
    PROVINCE_CODE,
    save_organizations,
    shipped_organizations,
)
from learning.progress.models import Assignment, Enrollment, FigureEntry, UnitCompletion
from learning.progress.queries import CYCLE
from learning.progress.services import Moment

PASSWORD = "năm con vịt con ra bờ ao"  # noqa: S105  (of invented people, on a site that lives for minutes)
PROVINCE_MANAGER = "province"
COMMUNE_MANAGER = "commune"
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
                organization_id=_organization_ids((PROVINCE_CODE,))[0],
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
    with transaction() as session:
        there = session.scalar(select(func.count()).where(Person.username.like("p_______"))) or 0
    dice = random.Random(f"{sizes.seed}:{there}")
    for wave, numbers in _waves(there, people):
        began = today - timedelta(days=120 - 2 * wave)
        with transaction():
            first, last = _add_people(numbers, sizes, dice, began=began)
            _add_progress(COURSE, first, last, began=began, units=sizes.units - 1)
            if there == 0:
                for course in SMALL_COURSES:
                    _add_progress(course, first, last, began=began, units=0)


def _waves(start: int, stop: int) -> Iterator[tuple[int, range]]:
    size = max(1, -(-(stop - start) // BATCHES))
    for wave, first in enumerate(range(start, stop, size)):
        yield wave, range(first, min(stop, first + size))


def _organization_ids(codes: tuple[str, ...] = ()) -> list[int]:
    """Return the ids of these organizations, of all communes and wards without any."""
    with transaction() as session:
        wanted = Organization.code.in_(codes) if codes else Organization.kind.in_(("commune", "ward"))
        return list(session.scalars(select(Organization.id).where(wanted).order_by(Organization.code)))


def _name(dice: random.Random) -> str:
    given = f"{dice.choice(NUMBERS)} {dice.choice(NUMBERS)}"
    return f"{dice.choice(FAMILIES)} {dice.choice(MIDDLES)} {given}"


def _add_people(numbers: range, sizes: Sizes, dice: random.Random, *, began: date) -> tuple[int, int]:
    """Add learners at random communes; returns the first and the last of their ids."""
    places = _organization_ids()
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
                "created_at": _morning(began),
            }
        )
    with transaction() as session:
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


def _morning(day: date) -> datetime:
    """Return ten o'clock in Việt Nam, so that the day in the site's zone is this day."""
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def _add_progress(course: str, first: int, last: int, *, began: date, units: int) -> None:
    """Enroll the people and let them read: a third nothing, the others one unit a day, up to all `units`."""
    read: ColumnElement[int] = (Enrollment.person_id * 7919) % 31 - 10
    with transaction() as session:
        course_id = session.scalars(select(Course.id).where(Course.slug == course)).one()
        session.execute(
            insert(Enrollment).from_select(
                ["person_id", "course_id", "cycle", "organization_id", "how", "enrolled_at"],
                select(
                    Person.id,
                    literal(course_id),
                    literal(CYCLE),
                    Person.organization_id,
                    literal("assigned"),
                    literal(_morning(began), Enrollment.enrolled_at.type),
                ).where(Person.id.between(first, last)),
            )
        )
        mine = and_(Enrollment.course_id == course_id, Enrollment.person_id.between(first, last))
        _post_enrolled(course_id, mine, began)
        if not units:
            return
        one_day, last_day = began + timedelta(days=1), began + timedelta(days=units)
        session.execute(update(Enrollment).where(mine, read >= 1).values(started_at=_morning(one_day)))
        session.execute(update(Enrollment).where(mine, read >= units).values(completed_at=_morning(last_day)))
        for measure in (Measure.STARTED, Measure.DID_START):
            _post_course(and_(mine, read >= 1), measure, one_day)
        for measure in (Measure.COMPLETED, Measure.DID_COMPLETE):
            _post_course(and_(mine, read >= units), measure, last_day)
        moments = {n: _morning(began + timedelta(days=n)) for n in range(1, units + 1)}
        moment = case(
            {n: literal(at, UnitCompletion.started_at.type) for n, at in moments.items()}, value=Unit.position
        )
        session.execute(
            insert(UnitCompletion).from_select(
                [
                    *("enrollment_id", "person_id", "unit_id", "cycle", "round", "state", "satisfied"),
                    *("started_at", "completed_at"),
                ],
                select(
                    Enrollment.id,
                    Enrollment.person_id,
                    Unit.id,
                    Enrollment.cycle,
                    Unit.round,
                    literal("completed"),
                    literal("read"),
                    moment,
                    moment,
                )
                .join(Unit, Unit.course_id == Enrollment.course_id)
                .where(mine, Unit.position <= units, Unit.position <= read),
            )
        )
        _post_units(course_id, first, last, days={n: at.date() for n, at in moments.items()})


_LEDGER = (
    *("event_id", "recorded_on", "happened_on", "organization_id"),
    *("course_id", "unit_id", "cycle", "measure", "n"),
)


def _event(kind: str, number: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[str]:
    """Return the id of an event: what was generated is known by it, and no other event has it."""
    return literal(kind) + cast(number, String)


def _post_enrolled(course_id: int, mine: ColumnElement[bool], day: date) -> None:
    """Post one entry an organization, as an assignment does."""
    day_of = literal(day, FigureEntry.recorded_on.type)
    event = _event("e", func.min(Enrollment.id))
    with transaction() as session:
        session.execute(
            insert(FigureEntry).from_select(
                _LEDGER,
                select(
                    *(event, day_of, day_of, Enrollment.organization_id, literal(course_id)),
                    *(literal(None, Integer), literal(CYCLE), literal(Measure.ENROLLED.value), func.count()),
                )
                .where(mine)
                .group_by(Enrollment.organization_id),
            )
        )


def _post_course(wanted: ColumnElement[bool], measure: Measure, day: date) -> None:
    """Post an entry for each enrollment, as what a person does is posted."""
    day_of = literal(day, FigureEntry.recorded_on.type)
    with transaction() as session:
        session.execute(
            insert(FigureEntry).from_select(
                _LEDGER,
                select(
                    *(_event("c", Enrollment.id), day_of, day_of, Enrollment.organization_id),
                    *(Enrollment.course_id, literal(None, Integer), Enrollment.cycle),
                    *(literal(measure.value), literal(1)),
                ).where(wanted),
            )
        )


def _post_units(course_id: int, first: int, last: int, *, days: dict[int, date]) -> None:
    """Post the four entries of each unit that was read."""
    day_of = case(
        {n: literal(day, FigureEntry.recorded_on.type) for n, day in days.items()}, value=Unit.position
    )
    with transaction() as session:
        for measure in (Measure.STARTED, Measure.DID_START, Measure.COMPLETED, Measure.DID_COMPLETE):
            session.execute(
                insert(FigureEntry).from_select(
                    _LEDGER,
                    select(
                        *(_event("u", UnitCompletion.id), day_of, day_of, Enrollment.organization_id),
                        *(Unit.course_id, Unit.id, UnitCompletion.cycle),
                        *(literal(measure.value), literal(1)),
                    )
                    .join(Enrollment, Enrollment.id == UnitCompletion.enrollment_id)
                    .join(Unit, Unit.id == UnitCompletion.unit_id)
                    .where(UnitCompletion.person_id.between(first, last), Unit.course_id == course_id),
                )
            )


def _open_sessions(sizes: Sizes, now: datetime) -> None:
    """Sign in the first people and two managers, one of the province and one of a commune."""
    commune = _organization_ids()[0]
    managers = {PROVINCE_MANAGER: _organization_ids((PROVINCE_CODE,))[0], COMMUNE_MANAGER: commune}
    with transaction() as session:
        for name, place in managers.items():
            person = Person(
                username=name,
                name=f"Quản lý Thử {name}",
                sort_key=name,
                organization_id=_organization_ids((DEPARTMENT_CODE,))[0],
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
