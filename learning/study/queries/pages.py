"""What the learner's pages show: frozen rows, ready for the templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from learning.classrooms.queries.sessions import OwnSession
from learning.domain.completion import UnitState
from learning.domain.questions.model import PresentedQuestion
from learning.domain.task import TaskState, may_hand_in
from learning.quizzes.allowances import PastAllowance
from learning.quizzes.papers import QuestionView
from learning.quizzes.queries import AttemptRow

Link = tuple[str, str]  # slug, title
FINISHED = frozenset(state.value for state in UnitState if state.is_finished)


@dataclass(frozen=True, slots=True)
class OpenCourse:
    """A course as the welcome page names it; one that `is_open` can be read there and then."""

    slug: str
    is_open: bool
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class CourseTerms:
    """By when the reader is to complete a course, what she was given, and whether training elsewhere was counted."""

    due_on: date | None
    extended_to: date | None
    is_exempt: bool
    is_credited: bool


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course on the dashboard or in the catalog; one that `comes_later` has others before it, not completed yet."""

    slug: str
    title: str
    summary: str
    language: str
    revision: int
    state: str
    units_done: int
    units_total: int
    next_unit_slug: str | None
    next_unit_title: str | None
    assigned: bool
    is_overdue: bool
    completed_at: datetime | None
    minutes_left: int | None
    comes_later: bool
    is_for_reader: bool
    terms: CourseTerms

    @property
    def due_on(self) -> date | None:
        """The last day in time."""
        return self.terms.due_on


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The learner's own courses, and those she may begin."""

    current: tuple[CourseCard, ...]
    completed: tuple[CourseCard, ...]
    available: tuple[CourseCard, ...]


class Prerequisite(NamedTuple):
    """A course that comes before another, and whether the reader has completed it."""

    slug: str
    title: str
    is_completed: bool


class UnitRow(NamedTuple):
    """A unit in the list of its course, as the row of a statement comes."""

    slug: str
    title: str
    summary: str
    minutes: int | None
    required: bool
    state: str
    section: str | None
    has_quiz: bool
    is_new: bool
    is_credited: bool

    @property
    def is_finished(self) -> bool:
        """Whether the unit counts as done."""
        return self.state in FINISHED


@dataclass(frozen=True, slots=True)
class CoursePage:
    """A course with its units and how far the reader is."""

    slug: str
    title: str
    summary: str
    html: str
    language: str
    revision: int
    dir: str
    is_fallback: bool
    state: str
    units: tuple[UnitRow, ...]
    units_done: int
    units_total: int
    next_unit_slug: str | None
    completed_at: datetime | None
    comes_later: bool
    prerequisites: tuple[Prerequisite, ...]
    tells_evaluation: bool
    terms: CourseTerms


@dataclass(frozen=True, slots=True)
class QuizLink:
    """The quiz of a unit and how the reader stands with it."""

    slug: str
    title: str
    attempts_left: int | None
    best_share: Fraction | None
    passed: bool
    open_attempt_id: int | None


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A line of a rubric, and the points a person gave for it; None while nobody has."""

    html: str
    points: Fraction
    given: Fraction | None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What the reader handed in for a task, with what was given for it once somebody decided on it."""

    number: int
    text: str
    state: TaskState
    submitted_at: datetime
    marked_at: datetime | None
    rubric: tuple[ReviewLine, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class TaskToHandIn:
    """The task of a unit: what points are given for, and what was handed in in this round, the latest first."""

    rubric: tuple[ReviewLine, ...]
    submissions: tuple[HandedIn, ...]

    @property
    def latest(self) -> HandedIn | None:
        """What was handed in last."""
        return self.submissions[0] if self.submissions else None

    @property
    def is_open(self) -> bool:
        """Whether something may be handed in."""
        return may_hand_in(self.latest.state if self.latest else None)


@dataclass(frozen=True, slots=True)
class UnitPage:
    """A unit to read."""

    course_slug: str
    course_title: str
    slug: str
    title: str
    html: str
    language: str
    dir: str
    is_fallback: bool
    toc: tuple[tuple[str, str, int], ...]
    minutes: int | None
    reviewed_on: date | None
    state: str
    rules: tuple[str, ...]
    satisfied: tuple[str, ...]
    can_declare_read: bool
    quiz: QuizLink | None
    task: TaskToHandIn | None
    session: OwnSession | None
    previous: Link | None
    next: Link | None
    position: int
    units_total: int
    revision: int
    course_completed: bool
    comes_later: bool


@dataclass(frozen=True, slots=True)
class QuizPage:
    """A quiz before and between attempts; `begins_at` is when the next may begin, None when it may now.

    `closes` is given until then; `allowed` is what the reader has beyond the rules, which the limits here contain.
    """

    slug: str
    title: str
    course_slug: str
    course_title: str
    unit_slug: str | None
    unit_title: str | None
    intro_html: str
    language: str
    dir: str
    question_count: int
    pass_share: Fraction
    attempts_allowed: int | None
    attempts_left: int | None
    grade: str
    counting_share: Fraction | None
    passed: bool
    begins_at: datetime | None
    time_limit_minutes: int | None
    closes: datetime | None
    allowed: PastAllowance | None
    open_attempt_id: int | None
    attempts: tuple[AttemptRow, ...]


@dataclass(frozen=True, slots=True)
class AttemptPage:
    """An attempt under way: the questions of a page, or all; the counts are of the whole attempt."""

    id: int
    number: int
    quiz_slug: str
    quiz_title: str
    course_slug: str
    intro_html: str
    language: str
    dir: str
    questions: tuple[QuestionView, ...]
    answered_count: int
    question_count: int
    page: int
    pages: int
    position: int
    only_forward: bool
    saved_at: datetime | None
    sequence: int
    deadline: datetime | None

    @property
    def unanswered(self) -> tuple[int, ...]:
        """The numbers of the questions without an answer."""
        return tuple(question.number for question in self.questions if not question.answered)

    @property
    def unread(self) -> tuple[QuestionView, ...]:
        """The questions whose answer cannot be understood."""
        return tuple(question for question in self.questions if question.unread)


@dataclass(frozen=True, slots=True)
class ReviewChoice:
    """What could be ticked or marked, afterwards; `correct` is None where the key is not shown."""

    id: str
    html: str
    selected: bool
    correct: bool | None
    comment_html: str | None


@dataclass(frozen=True, slots=True)
class ReviewFilled:
    """A place that was to be filled, afterwards; the key is empty and `correct` None where it is not shown."""

    label_html: str | None
    given_html: str | None
    right_html: tuple[str, ...]
    correct: bool | None
    comment_html: str | None


@dataclass(frozen=True, slots=True)
class CorrectedScore:
    """What a correction of the key made of a score: by the key before, and by the corrected one.

    Where the earlier one is higher and nobody was to lose, it counts.
    """

    corrected_at: datetime
    before: Fraction
    by_key: Fraction


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """A question afterwards, as it was asked.

    Score, `correct`, `partly` and the points `taken_off` for hints are None where marks are not shown, `right`,
    the right words of a typed answer, is empty where the key is not. `readings` tells how numbers were understood,
    None where they were not. `correction` is there where the key was corrected since and marks are shown. An answer
    that `waits` is still to be marked by a person, whose `remark` stands beside the rubric afterwards.
    """

    number: int
    asked: PresentedQuestion
    response: str | list[str] | dict[str, str] | None
    answered: bool
    score: Fraction | None
    correct: bool | None
    partly: bool | None
    taken_off: Fraction | None
    choices: tuple[ReviewChoice, ...]
    filled: tuple[ReviewFilled, ...]
    right: tuple[str, ...]
    readings: Mapping[str, str | None]
    comment_html: str | None
    explanation_html: str | None
    correction: CorrectedScore | None
    waits: bool
    rubric: tuple[ReviewLine, ...]
    remark: str
    model_html: str | None

    @property
    def typed(self) -> str:
        """What was typed into the one field of a text or numeric question."""
        return self.response if isinstance(self.response, str) and not self.choices else ""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A submitted attempt; the score is None where the quiz does not show it.

    `corrected_at` is when its marks were last corrected, `share_before` what share of the points it had before.
    """

    id: int
    number: int
    quiz_slug: str
    quiz_title: str
    course_slug: str
    unit_slug: str | None
    language: str
    dir: str
    submitted_at: datetime
    score: Fraction | None
    max_score: Fraction
    share: Fraction | None
    passed: bool
    waiting: int
    pass_share: Fraction
    attempts_left: int | None
    show_marks: bool
    show_answers: bool
    show_feedback: bool
    unit_is_open: bool
    next_unit: Link | None
    course_completed: bool
    corrected_at: datetime | None
    share_before: Fraction | None
    questions: tuple[ReviewQuestion, ...]
