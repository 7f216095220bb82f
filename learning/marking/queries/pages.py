"""What the pages of those who mark show: frozen rows, ready for the templates."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from learning.domain.hand_marks import HandMark, MarkState
from learning.domain.questions.model import WordRange
from learning.domain.task import TaskState


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A question with answers to mark; the counts are of answers the actor may mark now."""

    quiz_slug: str
    quiz_title: str
    question_id: str
    title: str
    language: str
    dir: str
    waiting: int
    second_looks: int
    oldest: datetime | None
    marked: int


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A unit with a task for which something was handed in; the counts are of what the actor may mark now."""

    course_slug: str
    unit_slug: str
    unit_title: str
    title: str
    language: str
    dir: str
    waiting: int
    second_looks: int
    oldest: datetime | None
    marked: int


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """An answer in the list of a question; `points` are None while nobody has marked it."""

    id: int
    state: MarkState
    submitted_at: datetime
    marked_at: datetime | None
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class SubmissionLine:
    """What was handed in, in the list of a task; `number` counts what its author handed in for it."""

    id: int
    number: int
    state: TaskState
    submitted_at: datetime
    marked_at: datetime | None
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """The answers to a question: those that wait for the actor, and those marked lately."""

    quiz_slug: str
    quiz_title: str
    question_id: str
    title: str
    points: Fraction | None
    language: str
    dir: str
    waiting: tuple[AnswerLine, ...]
    marked: tuple[AnswerLine, ...]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """What was handed in for a task: what waits for the actor, and what was decided lately."""

    course_slug: str
    unit_slug: str
    unit_title: str
    title: str
    points: Fraction | None
    language: str
    dir: str
    waiting: tuple[SubmissionLine, ...]
    marked: tuple[SubmissionLine, ...]


@dataclass(frozen=True, slots=True)
class GivenMark:
    """What somebody gave for an answer, and when."""

    id: int
    marker_id: int
    marker_name: str
    mark: HandMark
    asks_second_look: bool
    marked_at: datetime


@dataclass(frozen=True, slots=True)
class GivenDecision(GivenMark):
    """What somebody gave for something handed in, and whether she accepted it."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class LineToMark:
    """A line of the rubric, without text where all is marked as a whole."""

    html: str
    points: Fraction


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """An answer with all that one needs to mark it; `person_name` is None where it was not asked for.

    `language` is that of the answer, `words` how many it has; the rest is in the language of the reader where the
    quiz has it. The latest of `given` stands first.
    """

    id: int
    attempt_id: int
    attempt_number: int
    quiz_slug: str
    quiz_title: str
    question_id: str
    title: str
    html: str
    points: Fraction
    text: str
    text_language: str
    word_count: int
    words: WordRange | None
    lines: tuple[LineToMark, ...]
    model_html: str
    state: MarkState
    submitted_at: datetime
    given: tuple[GivenMark, ...]
    person_name: str | None
    language: str
    dir: str


@dataclass(frozen=True, slots=True)
class EarlierSubmission:
    """What the same person handed in before, and what was said of it, if anybody read it."""

    number: int
    text: str
    state: TaskState
    submitted_at: datetime
    comment: str


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """Something handed in with all that one needs to mark it; `person_name` is None where it was not asked for.

    The task is in the language in which its author had it before her. The latest of `given` and of `earlier` stand
    first.
    """

    id: int
    number: int
    course_slug: str
    unit_slug: str
    unit_title: str
    title: str
    html: str
    points: Fraction
    text: str
    word_count: int
    lines: tuple[LineToMark, ...]
    model_html: str
    state: TaskState
    submitted_at: datetime
    given: tuple[GivenDecision, ...]
    earlier: tuple[EarlierSubmission, ...]
    person_name: str | None
    language: str
    dir: str
