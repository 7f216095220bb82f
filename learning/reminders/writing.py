"""Writing the letters: what stands in their places, in the language of whoever gets them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import current_app
from flask_babel import force_locale, gettext, ngettext

from learning.domain.letters import fill
from learning.i18n import direction
from learning.reminders.queries import CourseCount, DueCourse, DuePerson, Titles
from learning.web.pages import isolate, local_date


@dataclass(frozen=True, slots=True)
class Writing:
    """A letter before it has an address."""

    language: str
    subject: str
    body: str


def language_of(person: DuePerson) -> str:
    """Return the language in which a person is written to: hers, else the site's."""
    return person.language or str(current_app.config["DEFAULT_LANGUAGE"])


def kind_of(courses: Iterable[DueCourse], today: date) -> str:
    """Return which letter says it: that before the due day, unless a day has passed."""
    return "after" if any(course.due_on < today for course in courses) else "before"


def due_lines(courses: Sequence[DueCourse], titles: Titles, language: str, today: date) -> str:
    """Return a line for each course with its day."""
    lines = []
    with force_locale(language):
        for course in courses:
            title = _set_apart(titles.of(course.course_id, language), language)
            day = local_date(course.due_on)
            if course.due_on < today:
                lines.append(gettext("%(course)s: was due on %(day)s", course=title, day=day))
            else:
                lines.append(gettext("%(course)s: due on %(day)s", course=title, day=day))
    return _listed(lines)


def count_lines(counts: Sequence[CourseCount], titles: Titles, language: str, *, days: int) -> str:
    """Return a line for each course with how far it is: numbers alone."""
    lines = []
    with force_locale(language):
        for count in counts:
            title = _set_apart(titles.of(count.course_id, language), language)
            parts = (
                ngettext("%(num)s person enrolled", "%(num)s people enrolled", count.enrolled),
                gettext("%(number)s completed", number=count.completed),
                gettext("%(number)s due within %(days)s days", number=count.soon, days=days),
                gettext("%(number)s overdue", number=count.overdue),
            )
            lines.append(f"{title}: {', '.join(parts)}")
    return _listed(lines)


def report_line(course: str, organization: str, language: str) -> str:
    """Return a line that names a report."""
    return _listed([f"{_set_apart(course, language)} – {_set_apart(organization, language)}"])


def write(
    text: str, person: DuePerson, language: str, *, organization: str, day: date, **lists: str
) -> Writing:
    """Return the letter of a text to a person."""
    site = str(current_app.config["SITE_NAME"])
    values = {
        "name": _set_apart(person.name, language),
        "site": _set_apart(site, language),
        "organization": _set_apart(organization, language),
        "day": local_date(day),
    }
    subject, body = fill(text, values | lists)
    return Writing(language, subject, body)


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _set_apart(text: str, language: str) -> str:
    """Return a name that keeps its direction to itself, in a letter that runs from right to left."""
    return isolate(text, plain=True) if direction(language) == "rtl" else text
