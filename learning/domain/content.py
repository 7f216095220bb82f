"""What a course, a unit and a quiz are once their texts are read; the files themselves live in `formats`."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from learning.domain.membership import Audience
from learning.domain.questions.model import Question
from learning.domain.task import Task

Language = Literal["vi", "en", "he"]
LANGUAGES: tuple[Language, ...] = ("vi", "en", "he")

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
RESERVED_SLUGS = frozenset({"course", "media"})


def is_slug(text: str) -> bool:
    """Tell whether a text may name a course, a unit or a quiz."""
    return SLUG.fullmatch(text) is not None and text not in RESERVED_SLUGS


class CompletionRule(StrEnum):
    """What a unit asks for before it is completed; several are all asked for."""

    READ = "read"
    QUIZ = "quiz"
    TASK = "task"
    SESSION = "session"


class Preset(StrEnum):
    """The three named kinds of quiz."""

    PRACTICE = "practice"
    TEST = "test"
    EXAM = "exam"


class GradeMethod(StrEnum):
    """Which of several attempts counts."""

    HIGHEST = "highest"
    LATEST = "latest"
    FIRST = "first"
    AVERAGE = "average"


class PartialRule(StrEnum):
    """How a question with several right choices is graded when it has no weights."""

    ALL = "all"
    MINUS = "minus"
    EACH = "each"


class Show(StrEnum):
    """What a learner sees of a finished attempt."""

    SCORE = "score"
    MARKS = "marks"
    ANSWERS = "answers"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class QuizSettings:
    """How a quiz is taken; times in seconds, `None` means no limit, `per_page` None means all on one page."""

    preset: Preset = Preset.PRACTICE
    pass_share: Fraction = Fraction(7, 10)
    attempts: int | None = None
    grade: GradeMethod = GradeMethod.HIGHEST
    time_limit: int | None = None
    shuffle_questions: bool = False
    shuffle_choices: bool = True
    draw: tuple[tuple[str, int], ...] = ()
    partial: PartialRule = PartialRule.MINUS
    show_after_submit: frozenset[Show] = frozenset(Show)
    show_after_close: frozenset[Show] = frozenset(Show)
    navigate: Literal["free", "forward"] = "free"
    per_page: int | None = None
    wait: int | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    tags: tuple[str, ...] = ()

    @property
    def questions_per_page(self) -> int | None:
        """How many questions stand on a page; who can only go forward goes by one unless the author says else."""
        return 1 if self.per_page is None and self.navigate == "forward" else self.per_page

    @property
    def shows_hints(self) -> bool:
        """Whether hints stand beside the questions: only where one practices."""
        return self.preset is Preset.PRACTICE

    def shown_at(self, now: datetime) -> frozenset[Show]:
        """Return what a submitted attempt lets its person see at this moment."""
        closed = self.closes is not None and now >= self.closes
        return self.show_after_close if closed else self.show_after_submit


PRESETS: dict[Preset, QuizSettings] = {
    Preset.PRACTICE: QuizSettings(),
    Preset.TEST: QuizSettings(
        preset=Preset.TEST, attempts=3, show_after_submit=frozenset({Show.SCORE, Show.FEEDBACK})
    ),
    Preset.EXAM: QuizSettings(
        preset=Preset.EXAM,
        attempts=1,
        time_limit=45 * 60,
        shuffle_questions=True,
        show_after_submit=frozenset({Show.SCORE}),
    ),
}


@dataclass(frozen=True, slots=True)
class QuizFile:
    """One language of a quiz, with its key: never for a learner's eyes."""

    title: str
    language: str
    settings: QuizSettings = PRESETS[Preset.PRACTICE]
    intro: str = ""
    questions: tuple[Question, ...] = ()
    summary: str = ""

    def question(self, question_id: str) -> Question:
        """Return the question with this id; raises KeyError."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)


@dataclass(frozen=True, slots=True)
class UnitFile:
    """One language of a unit; `body` is Markdown, without what only those who mark the task read."""

    title: str
    summary: str
    language: str
    section: str = ""
    required: bool = True
    minutes: int | None = None
    completion: tuple[CompletionRule, ...] = (CompletionRule.READ,)
    quiz: str | None = None
    competences: tuple[str, ...] = ()
    reviewed_on: date | None = None
    review_by: date | None = None
    legal_basis: str = ""
    ai_generated: tuple[str, ...] = ()
    body: str = ""
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class CourseFile:
    """One language of a course; `valid_for` and `renew_window` in months, `renew_on` as (day, month)."""

    title: str
    summary: str
    language: str
    is_original: bool = False
    units: tuple[str, ...] = ()
    owner: str | None = None
    audience: tuple[Audience, ...] = ()
    competences: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    diagnostic: str | None = None
    valid_for: int | None = None
    renew_window: int | None = None
    renew_on: tuple[int, int] | None = None
    certificate: bool = False
    open: bool = False
    author_note: str = ""
    outcomes: tuple[str, ...] = ()
    body: str = ""
