"""Random histories of the ledger: what people and managers do, and checks against slow counts."""

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st

from learning.administration.moves import describe_person, move_person, note_absence
from learning.courses.models import Course, Unit
from learning.courses.queries import get_course
from learning.database import current_session
from learning.domain.figures import FLOWS, STANDING, Measure
from learning.domain.membership import Absence, Audience
from learning.domain.permissions import Role
from learning.organizations.models import Organization
from learning.organizations.queries import get_by_code
from learning.progress.assignments import Due, assign_course, sync_assignments, withdraw_assignment
from learning.progress.concessions import ConcessionKind, end_concession, exempt, extend
from learning.progress.coverage import list_assignments
from learning.progress.credits import approve_credit, ask_for_credit, get_credit
from learning.progress.figures import count_overdue, list_flows, list_months, list_standing
from learning.progress.models import Enrollment, FigureEntry, UnitCompletion
from learning.progress.moments import Moment
from learning.progress.recount import find_differences
from learning.progress.sums import find_wrong_dues, find_wrong_sums
from learning.reports.queries import course_report
from learning.study.services import declare_read, enroll_in_course
from tests.support.factories import (
    COMMUNE,
    COURSE,
    NOW,
    OPTIONAL_UNIT,
    QUIZ,
    QUIZ_UNIT,
    READ_UNIT,
    VILLAGE,
    WARD,
    ZONE,
    course_text,
    import_texts,
    make_person,
    quiz_text,
    take_quiz,
    unit_text,
)

FOLDER = f"courses/{COURSE}"
READ_PATH = f"{FOLDER}/{READ_UNIT}.vi.md"
TEST_PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"


class Undone(Exception):
    """Takes back what one example wrote."""


PEOPLE = st.integers(0, 3)
EVENTS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 24, 31, 24 * 20])),  # hours
    st.tuples(st.just("read"), PEOPLE, st.sampled_from([READ_UNIT, OPTIONAL_UNIT])),
    st.tuples(st.just("pass"), PEOPLE),
    st.tuples(st.just("fail"), PEOPLE),
    st.tuples(st.just("enroll"), PEOPLE),
    st.tuples(st.just("hire"), st.sampled_from([COMMUNE, VILLAGE, WARD])),
    st.tuples(
        st.just("assign"),
        st.sampled_from(["24", COMMUNE]),
        st.sampled_from([None, 0, 3, 40]),
        st.sampled_from([None, 1, 30]),
    ),
    st.tuples(st.just("withdraw")),
    st.tuples(st.just("move"), PEOPLE, st.sampled_from([COMMUNE, VILLAGE, WARD])),
    st.tuples(st.just("away"), PEOPLE, st.sampled_from([None, *Absence])),
    st.tuples(st.just("be"), PEOPLE, st.sampled_from([Audience.CADRE, Audience.CITIZEN])),
    st.tuples(st.just("sync")),
    st.tuples(st.just("publish"), st.sampled_from(["wording", "reread", "repass"]), st.booleans()),
    st.tuples(st.just("drop")),
    st.tuples(st.just("restore")),
    st.tuples(st.just("extend"), PEOPLE, st.sampled_from([1, 5, 50])),
    st.tuples(st.just("exempt"), PEOPLE),
    st.tuples(st.just("end"), PEOPLE, st.sampled_from([*ConcessionKind])),
    st.tuples(st.just("credit"), PEOPLE),
    st.tuples(st.just("expire"), st.sampled_from(["", "renew_window: 1 month\n", "renew_on: 01-12\n"])),
)


class History:
    """Plays events, as people would, on a clock that only goes forward."""

    def __init__(self) -> None:
        self.at = NOW
        self.version = 0
        self.waves = itertools.count(1)
        self.hired = itertools.count(4)
        self.people = [make_person(f"thu-{n}", [COMMUNE, VILLAGE][n % 2]) for n in range(4)]
        self.completed: set[int] = set()
        self.manager = make_person("quan-ly-lich-su", "24", role=Role.MANAGER)

    @property
    def moment(self) -> Moment:
        return Moment.of(self.at, ZONE)

    def play(self, event: tuple[Any, ...]) -> None:
        match event:
            case ("wait", hours):
                self.at += timedelta(hours=hours)
            case ("read", who, unit):
                declare_read(self.people[who], COURSE, unit, revision_id=None, moment=self.moment)
            case ("pass", who):
                take_quiz(self.people[who], at=self.moment)
            case ("fail", who):
                take_quiz(self.people[who], right=False, at=self.moment)
            case ("enroll", who):
                enroll_in_course(self.people[who], COURSE, moment=self.moment)
            case ("publish", effect, quiz):
                self.version += 1
                text = quiz_text(attempts=2, intro=f"Lần {self.version}.")
                texts = {TEST_PATH: text} if quiz else {READ_PATH: unit_text(body=f"Lần {self.version}.")}
                import_texts(texts, at=self.moment, effect=effect)
            case ("drop",):
                import_texts({f"{FOLDER}/course.vi.md": course_text((QUIZ_UNIT,))}, at=self.moment)
            case ("expire", more):
                units = (READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT)
                keys = f"valid_for: 2 months\n{more}owner:".encode()
                expiring = course_text(units).replace(b"owner:", keys)
                import_texts({f"{FOLDER}/course.vi.md": expiring}, at=self.moment)
            case ("restore",):
                units = (READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT)
                import_texts({f"{FOLDER}/course.vi.md": course_text(units)}, at=self.moment)
            case _:
                self.manage(event)

    def manage(self, event: tuple[Any, ...]) -> None:
        """Play what managers do."""
        match event:
            case ("hire", organization):
                self.people.append(make_person(f"thu-{next(self.hired)}", organization, at=self.at))
            case ("assign", organization, day, days):
                place = get_by_code(organization)
                assign_course(
                    None,
                    get_course(COURSE).id,
                    organization_id=place.id,
                    title=f"Đợt thử {next(self.waves)}",
                    due=Due(days=days) if day is None else Due(on=self.moment.day + timedelta(days=day)),
                    moment=self.moment,
                )
            case ("withdraw",):
                for assignment in list_assignments(("/",))[:1]:
                    withdraw_assignment(None, assignment.id, ("/",), moment=self.moment)
            case ("move", who, organization):
                move_person(None, self.people[who].id, organization, moment=self.moment)
            case ("away", who, absence):
                note_absence(None, self.people[who].id, absence, moment=self.moment)
            case ("be", who, audience):
                describe_person(None, self.people[who].id, audience=audience, moment=self.moment)
            case ("sync",):
                sync_assignments(moment=self.moment)
            case _:
                self.decide(event)

    def decide(self, event: tuple[Any, ...]) -> None:
        """Play what managers decide on one person."""
        manager, course = self.manager.id, get_course(COURSE).id
        person = self.people[event[1]].id
        match event:
            case ("extend", _, days):
                until = self.moment.day + timedelta(days=days)
                extend(manager, person, course, until=until, reason="Thử", moment=self.moment)
            case ("exempt", _):
                exempt(manager, person, course, reason="Thử", moment=self.moment)
            case ("end", _, kind):
                end_concession(manager, person, course, kind, moment=self.moment)
            case ("credit", _):
                asked = ask_for_credit(
                    person,
                    person,
                    course,
                    text="Thử",
                    done_on=self.moment.day,
                    evidence=None,
                    moment=self.moment,
                )
                approve_credit(manager, get_credit(asked, ("/",)), moment=self.moment)

    def check(self) -> None:
        day = NOW.astimezone(ZONE).date()
        while day <= self.moment.day:
            assert find_differences(day, ZONE) == []
            for audience in AUDIENCES:
                assert standing(day, audience=audience) == recount(day, audience=audience)
            day += timedelta(days=1)
        assert (find_wrong_sums(), find_wrong_dues()) == ([], [])
        done = set(
            current_session().scalars(
                sa.select(Enrollment.person_id).where(Enrollment.completed_at.is_not(None))
            )
        )
        assert done >= self.completed  # a completion is never taken back
        self.completed = done
        twice = (
            sa.select(UnitCompletion.person_id, UnitCompletion.unit_id, UnitCompletion.cycle)
            .where(UnitCompletion.superseded_at.is_(None))
            .group_by(UnitCompletion.person_id, UnitCompletion.unit_id, UnitCompletion.cycle)
            .having(sa.func.count() > 1)
        )
        assert current_session().execute(twice).all() == []
        compare_with_slow_count(self.moment.day)
        for audience in AUDIENCES:
            compare_periods_with_slow_count(NOW.astimezone(ZONE).date(), self.moment.day, audience)


AUDIENCES = ("", *Audience)
Places = dict[tuple[object, ...], tuple[int, ...]]


def standing(day: date, scope: tuple[str, ...] = ("/",), *, audience: str = "") -> Places:
    """Return what reports read as standing on the day, by place, zeros left out."""
    courses = current_session().scalars(sa.select(Course.id)).all()
    rows = list_standing(scope, courses, day, audience=audience)
    return {row[:3]: row[3:] for row in rows if any(row[3:])}


def recount(day: date, *, audience: str = "") -> Places:
    """Return the same by adding up one entry of the ledger after another."""
    return add_up(STANDING, date.min, day, audience)


def add_up(measures: Sequence[Measure], first: date, last: date, audience: str) -> Places:
    """Return what the entries of a period amount to, by place, zeros left out."""
    sums: dict[tuple[object, ...], dict[str, int]] = {}
    for entry in current_session().scalars(sa.select(FigureEntry)):
        is_asked = audience in ("", entry.audience) and first <= entry.recorded_on <= last
        if is_asked and entry.measure in measures:
            place = (entry.organization_id, entry.course_id, entry.unit_id)
            row = sums.setdefault(place, dict.fromkeys(map(str, measures), 0))
            row[entry.measure] += entry.n
    return {place: tuple(row.values()) for place, row in sums.items() if any(row.values())}


def compare_periods_with_slow_count(first: date, last: date, audience: str) -> None:
    """Compare what happened in periods, and how it went by months, with entries added up one after another."""
    courses = current_session().scalars(sa.select(Course.id)).all()
    middle = first + (last - first) / 2
    for begins, ends in ((first, last), (first, middle), (middle, last), (middle, middle), (last, first)):
        flows = list_flows(("/",), courses, begins, ends, with_units=True, audience=audience)
        read = {row[:3]: row[3:] for row in flows if any(row[3:])}
        assert read == add_up(FLOWS, begins, ends, audience)
    for ends in (middle, last):
        months = list_months(("/",), courses, first, ends, audience=audience)
        assert [month.closes_on for month in months][-1] == ends
        for month in months:
            begins = month.closes_on.replace(day=1)
            assert tuple(month.standing.values()) == of_courses(
                recount(month.closes_on, audience=audience), 5
            )
            assert tuple(month.flows.values()) == of_courses(
                add_up(FLOWS, begins, month.closes_on, audience), 6
            )
            overdue = count_overdue(("/",), courses, month.closes_on, audience=audience)
            assert month.overdue == sum(overdue.values())


def of_courses(places: Places, width: int) -> tuple[int, ...]:
    """Return the sum over all organizations of what counts courses as a whole."""
    rows = [row for place, row in places.items() if place[2] is None]
    return tuple(map(sum, zip(*rows, strict=True))) if rows else (0,) * width


def compare_with_slow_count(today: date) -> None:
    """Compare the report with a count of one person after another."""
    report = course_report(("/",), COURSE, today)
    facts: dict[str, list[int]] = {}
    session = current_session()
    places = {place.id: place for place in session.scalars(sa.select(Organization))}
    units = session.scalars(
        sa.select(Unit).where(Unit.position.is_not(None), Unit.is_published).order_by(Unit.position)
    ).all()
    for row in session.scalars(sa.select(Enrollment)):
        finished = {
            done.unit_id
            for done in session.scalars(
                sa.select(UnitCompletion).where(UnitCompletion.enrollment_id == row.id)
            )
            if done.superseded_at is None and done.completed_at is not None
        }
        if not row.is_counted:
            continue
        is_late = row.due_on is not None and row.due_on < today and row.completed_at is None
        counts = [1, row.started_at is not None, row.completed_at is not None, is_late]
        counts += [unit.id in finished for unit in units]
        for place in places.values():
            if places[row.organization_id].path.startswith(place.path):
                before = facts.get(place.code, [0] * len(counts))
                facts[place.code] = [a + b for a, b in zip(before, counts, strict=True)]
    nothing = [0] * (4 + len(units))
    for line in (*report.rows, report.total):
        shown = [line.enrolled, line.started, line.completed, line.overdue]
        shown += [cell.completed for cell in line.cells]
        assert shown == facts.get(line.code or "24", nothing), line.code
