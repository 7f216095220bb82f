"""The letters, in each language, and how often people are reminded: what an administrator sets."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learning.config import LANGUAGES
from learning.domain.diagnostics import N_
from learning.domain.letters import letter_check
from learning.domain.reminding import Rules
from learning.domain.settings import Kind, Setting, within_range
from learning.settings.queries import read_all

_GROUP = N_("Reminders")
IS_ON = Setting(
    "reminders.on",
    _GROUP,
    N_("Remind learners"),
    N_(
        "Of courses that are due, on their home pages and by mail where mail is set up and they have an address."
    ),
    Kind.YES_NO,
    True,
)
BEFORE = Setting(
    "reminders.before",
    _GROUP,
    N_("Days before the due day"),
    N_(
        "From so many days before a course is due its learners are reminded of it. 0: not before the day itself."
    ),
    Kind.NUMBER,
    7,
    within_range(0, 60),
)
AFTER = Setting(
    "reminders.after",
    _GROUP,
    N_("Days after the due day"),
    N_(
        "For so many days after a course was due those who have not completed it are reminded. 0: not afterwards."
    ),
    Kind.NUMBER,
    30,
    within_range(0, 365),
)
EVERY = Setting(
    "reminders.every",
    _GROUP,
    N_("Days between two reminders"),
    N_("Nobody is reminded more often, however many courses are due; one reminder names all of them."),
    Kind.NUMBER,
    7,
    within_range(1, 90),
)
DIGEST_ON = Setting(
    "digests.on",
    _GROUP,
    N_("Tell managers each Monday"),
    N_("How many of their own people have something due or overdue: numbers, never names."),
    Kind.YES_NO,
    True,
)
WISHES: tuple[Setting[Any], ...] = (IS_ON, BEFORE, AFTER, EVERY, DIGEST_ON)


@dataclass(frozen=True, slots=True)
class LetterKind:
    """A letter: its name, what an administrator reads above it, and the place of what it is about, which it needs."""

    name: str
    title: str
    list_place: str

    @property
    def places(self) -> tuple[str, ...]:
        """All places that the text may have."""
        return ("name", "site", "organization", "day", self.list_place)


BEFORE_DUE = LetterKind("before", N_("Letter before the due day"), "courses")
AFTER_DUE = LetterKind("after", N_("Letter after the due day"), "courses")
DIGEST = LetterKind("digest", N_("Letter to managers"), "courses")
REPORT = LetterKind("report", N_("Letter that a report is ready"), "report")
LETTERS = (BEFORE_DUE, AFTER_DUE, DIGEST, REPORT)

_FOLDER = Path(__file__).parent / "letters"
_TITLES = {
    ("before", "vi"): N_("Letter before the due day, Vietnamese"),
    ("before", "en"): N_("Letter before the due day, English"),
    ("before", "he"): N_("Letter before the due day, Hebrew"),
    ("after", "vi"): N_("Letter after the due day, Vietnamese"),
    ("after", "en"): N_("Letter after the due day, English"),
    ("after", "he"): N_("Letter after the due day, Hebrew"),
    ("digest", "vi"): N_("Letter to managers, Vietnamese"),
    ("digest", "en"): N_("Letter to managers, English"),
    ("digest", "he"): N_("Letter to managers, Hebrew"),
    ("report", "vi"): N_("Letter that a report is ready, Vietnamese"),
    ("report", "en"): N_("Letter that a report is ready, English"),
    ("report", "he"): N_("Letter that a report is ready, Hebrew"),
}
_HELP = {
    "courses": N_(
        "Markdown. The first line, behind #, is the subject. Places: {name}, {site}, {organization}, {day} and, "
        "on a line of its own, {courses}. No links, no words of urgency."
    ),
    "report": N_(
        "Markdown. The first line, behind #, is the subject. Places: {name}, {site}, {organization}, {day} and, "
        "on a line of its own, {report}. No links, no words of urgency."
    ),
}
TEXTS: dict[tuple[str, str], Setting[str]] = {
    (kind.name, language): Setting(
        f"letter.{kind.name}.{language}",
        _GROUP,
        _TITLES[kind.name, language],
        _HELP[kind.list_place],
        Kind.TEXT,
        (_FOLDER / f"{kind.name}.{language}.md").read_text(encoding="utf-8").strip(),
        letter_check(kind.places, kind.list_place),
    )
    for kind in LETTERS
    for language in LANGUAGES
}
REMINDER_SETTINGS: tuple[Setting[Any], ...] = (*WISHES, *TEXTS.values())


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is set now: when people are reminded, and the letters by (kind, language)."""

    rules: Rules
    digest_on: bool
    letters: dict[tuple[str, str], str]


def read_wishes() -> Wishes:
    """Return what is set now, in one statement."""
    values: dict[str, Any] = dict(read_all(REMINDER_SETTINGS))
    rules = Rules(
        is_on=bool(values[IS_ON.name]),
        before=values[BEFORE.name],
        after=values[AFTER.name],
        every=values[EVERY.name],
    )
    letters = {key: str(values[setting.name]) for key, setting in TEXTS.items()}
    return Wishes(rules, bool(values[DIGEST_ON.name]), letters)
