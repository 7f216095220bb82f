"""What the reports show: frozen rows, ready for the templates and files."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from learning.domain.figures import NO_AUDIENCE
from learning.domain.periods import Period


def _rate(completed: int, enrolled: int) -> Fraction | None:
    return Fraction(completed, enrolled) if enrolled else None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures a report counts, in which organizations, and what it tells of a period.

    `is_now` reads organizations as they are today: what ended stands under its successor. With a `wave`, the title
    of assignments, only the people whom they cover are counted, and only as they stand today.
    """

    audience: str = NO_AUDIENCE
    is_now: bool = False
    period: Period | None = None
    wave: str = ""


EVERYTHING = Asked()


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened in the period asked for: how many started and completed the course, came and left."""

    started: int = 0
    completed: int = 0
    joined: int = 0
    left: int = 0


NOTHING_HAPPENED = Happened()


@dataclass(frozen=True, slots=True)
class CourseFigures:
    """A course with its figures over the reader's whole scope."""

    slug: str
    title: str
    happened: Happened
    enrolled: int
    started: int
    completed: int
    overdue: int

    @property
    def rate(self) -> Fraction | None:
        """The share of the enrolled who completed, None where nobody is enrolled."""
        return _rate(self.completed, self.enrolled)


@dataclass(frozen=True, slots=True)
class Overview:
    """All courses over the scope."""

    courses: tuple[CourseFigures, ...]
    scope_names: tuple[str, ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit at one organization; `enrolled` are those in the course."""

    started: int
    completed: int
    enrolled: int

    @property
    def rate(self) -> Fraction | None:
        """The share of the enrolled who completed the unit, None where nobody is enrolled."""
        return _rate(self.completed, self.enrolled)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One organization, with everything below it, over a course and its units."""

    code: str
    name: str
    kind: str
    enrolled: int
    started: int
    completed: int
    overdue: int
    cells: tuple[Cell, ...]
    happened: Happened = NOTHING_HAPPENED

    @property
    def rate(self) -> Fraction | None:
        """The share of the enrolled who completed, None where nobody is enrolled."""
        return _rate(self.completed, self.enrolled)

    @property
    def has_people(self) -> bool:
        """Whether anybody is enrolled."""
        return self.enrolled > 0


@dataclass(frozen=True, slots=True)
class CourseReport:
    """A course over the organizations of the scope."""

    course_slug: str
    course_title: str
    as_of: date
    units: tuple[tuple[str, str], ...]
    rows: tuple[ReportRow, ...]
    total: ReportRow


class PersonRow(NamedTuple):
    """A person of an organization with her state in each unit of a course.

    A tuple, because a file lists thousands of them, and a dataclass takes three times as long to make.
    """

    id: int
    name: str
    username: str
    state: str
    completed_at: datetime | None
    due_on: date | None
    is_overdue: bool
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrganizationReport:
    """One organization: its own people and the organizations directly below it."""

    code: str
    name: str
    course_slug: str
    course_title: str
    courses: tuple[tuple[str, str], ...]
    as_of: date
    units: tuple[tuple[str, str], ...]
    may_see_names: bool
    people: tuple[PersonRow, ...]
    people_total: int
    page: int | None
    pages: int
    total: ReportRow
    ended_on: date | None
    successor: tuple[str, str] | None  # code and name
    parents: tuple[tuple[str, str], ...]
    children: tuple[ReportRow, ...]


@dataclass(frozen=True, slots=True)
class ReportedCourse:
    """A course with the titles of its listed units."""

    id: int
    slug: str
    title: str
    units: tuple[tuple[int, str, str], ...]  # id, slug, title

    @property
    def unit_titles(self) -> tuple[tuple[str, str], ...]:
        """Slug and title of each unit, in the order of the course."""
        return tuple((slug, title) for _id, slug, title in self.units)
