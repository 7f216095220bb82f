"""What the pages show: the next runs and what they would do, what the last did, and a letter with real data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from learning.domain.errors import NotFound
from learning.domain.permissions import Actor, Permission
from learning.domain.reminding import Outcome
from learning.domain.vietnamese import sort_key
from learning.mail.queries import find_states
from learning.progress.moments import Moment
from learning.reminders import queries, writing
from learning.reminders.queries import DueCourse, DuePerson, Run, Titles
from learning.reminders.services import (
    DIGEST,
    LEARNER,
    REMINDERS_AT,
    DigestPlan,
    Plan,
    count_outcomes,
    is_digest_day,
    mail_key,
    plan_digests,
    plan_learners,
    write_digest,
    write_reminder,
)
from learning.reminders.texts import REPORT, Wishes, read_wishes

LOOKED_BACK = timedelta(days=90)
MOST = 200  # people on a page


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next run of a kind and how many people it would tell or leave out, and what the last one did."""

    next_at: datetime
    outcomes: Mapping[str, int]
    last: Run | None


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was told on a day, with what became of the mail: its state and the server's words."""

    day: date
    state: str | None
    words: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody in the list of who is reminded."""

    person: DuePerson
    outcome: Outcome
    courses: tuple[tuple[str, date], ...]
    told: Told | None


def next_run(last: Run | None, moment: Moment, zone: ZoneInfo, *, on_mondays: bool = False) -> datetime:
    """Return when the next run is: today's, as long as it was not yet."""
    day = moment.day
    if last is not None and last.day >= day:
        day += timedelta(days=1)
    while on_mondays and not is_digest_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, REMINDERS_AT, zone)


def learners_ahead(paths: Iterable[str], wishes: Wishes, *, moment: Moment, zone: ZoneInfo) -> Ahead:
    """Return what the next run does with the learners of a scope."""
    paths = tuple(paths)
    last = queries.find_last_run(LEARNER)
    at = next_run(last, moment, zone)
    outcomes = count_outcomes(paths, at.date(), wishes)
    outcomes[Outcome.NOTHING] = queries.count_people(paths) - sum(outcomes.values())
    return Ahead(at, _in_order(outcomes), last)


def digests_ahead(wishes: Wishes, *, moment: Moment, zone: ZoneInfo) -> tuple[Ahead, list[DigestPlan]]:
    """Return what the next run does with managers, and each of them."""
    last = queries.find_last_run(DIGEST)
    at = next_run(last, moment, zone, on_mondays=True)
    plans = plan_digests(at.date(), wishes)
    return Ahead(at, _in_order(Counter(plan.outcome for plan in plans)), last), plans


def own_digest(
    actor: Actor, wishes: Wishes, *, moment: Moment, zone: ZoneInfo
) -> tuple[datetime, DigestPlan | None]:
    """Return when the next digest is and what becomes of the actor then; None where she manages nobody."""
    at = next_run(queries.find_last_run(DIGEST), moment, zone, on_mondays=True)
    return at, next(iter(plan_digests(at.date(), wishes, only=actor.id)), None)


def _in_order(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome.value: outcomes[outcome] for outcome in Outcome if outcomes.get(outcome)}


def list_people(
    paths: Iterable[str],
    *,
    language: str,
    moment: Moment,
    zone: ZoneInfo,
    outcome: str = "",
    search: str = "",
) -> tuple[list[PersonRow], int]:
    """Return what the next run does with each person of a scope and why, and how many there are in all.

    Without a search, those for whom something is due; with one, whoever has the words in her name.
    """
    paths, wishes = tuple(paths), read_wishes()
    at = next_run(queries.find_last_run(LEARNER), moment, zone)
    plans = {plan.person.id: plan for plan in plan_learners(paths, at.date(), wishes)}
    if search:
        found = queries.search_people(paths, search)
        chosen = [plans.get(person.id) or Plan(person, _without_due(person)) for person in found]
    else:
        chosen = sorted(plans.values(), key=_vietnamese)
    chosen = [plan for plan in chosen if outcome in ("", plan.outcome.value)]
    return _rows(chosen[:MOST], language, moment.day), len(chosen)


def _vietnamese(plan: Plan) -> tuple[str, str]:
    return sort_key(plan.person.organization), plan.person.sort_key


def _without_due(person: DuePerson) -> Outcome:
    if person.is_disabled:
        return Outcome.DISABLED
    return Outcome.AWAY if person.is_away else Outcome.NOTHING


def _rows(plans: Sequence[Plan], language: str, today: date) -> list[PersonRow]:
    last = queries.last_reminded(LEARNER, since=today - LOOKED_BACK)
    keys = {
        plan.person.id: mail_key(LEARNER, plan.person.id, last[plan.person.id])
        for plan in plans
        if plan.person.id in last
    }
    states, titles = find_states(list(keys.values())), Titles()
    return [
        PersonRow(
            plan.person,
            plan.outcome,
            tuple((titles.of(course.course_id, language), course.due_on) for course in plan.person.courses),
            Told(last[plan.person.id], *states.get(keys[plan.person.id], (None, "")))
            if plan.person.id in keys
            else None,
        )
        for plan in plans
    ]


# --- A letter with real data


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter as one person would get it; an example where nothing real is due for her."""

    person: DuePerson
    writing: writing.Writing
    is_example: bool = False


def preview_letter(
    actor: Actor, kind: str, language: str, text: str, *, username: str = "", moment: Moment
) -> Preview:
    """Return a text as it would be sent to somebody of the actor's scope, or to the first for whom it is due.

    Raises NotFound for a name outside of the scope.
    """
    paths = actor.scope(Permission.REPORT_READ_NAMES)
    wishes = read_wishes()
    wishes = replace(wishes, letters={**wishes.letters, (kind, language): text})
    chosen = _by_username(paths, username)
    if kind == DIGEST:
        return _digest_preview(actor, chosen, language, wishes, moment.day)
    if kind == REPORT.name:
        person = chosen or queries.find_contacts([actor.id])[actor.id]
        return Preview(person, _report_example(person, language, text, moment.day), is_example=True)
    return _reminder_preview(actor, chosen, kind, language, wishes, moment.day)


def _by_username(paths: Sequence[str], username: str) -> DuePerson | None:
    if not username.strip():
        return None
    wanted = username.strip().casefold()
    found = (one for one in queries.search_people(paths, wanted) if one.username == wanted)
    person = next(found, None)
    if person is None:
        raise NotFound(username, field="person")
    return person


def _digest_preview(
    actor: Actor, chosen: DuePerson | None, language: str, wishes: Wishes, day: date
) -> Preview:
    plans = plan_digests(day, wishes, only=chosen.id if chosen else None)
    paths = actor.scope(Permission.REPORT_READ_NAMES)
    plan = next((plan for plan in plans if plan.manager.organization_path.startswith(paths)), None)
    if plan is None:
        person = chosen or queries.find_contacts([actor.id])[actor.id]
        plan = DigestPlan(actor, person, Outcome.NOTHING, (person.organization,), ())
    person = replace(plan.person, language=language)
    return Preview(
        person, write_digest(replace(plan, person=person), day, wishes, Titles()), is_example=not plan.counts
    )


def _reminder_preview(  # noqa: PLR0917  (a step of one function)
    actor: Actor, chosen: DuePerson | None, kind: str, language: str, wishes: Wishes, day: date
) -> Preview:
    paths = actor.scope(Permission.REPORT_READ_NAMES)
    due = queries.list_due(paths, wishes.rules, day, person=chosen.id if chosen else None)
    person = next((one for one in due if writing.kind_of(one.courses, day) == kind), None)
    is_example = person is None
    if person is None:
        person = chosen or queries.find_contacts([actor.id])[actor.id]
        days = wishes.rules.before if kind == "before" else -1
        courses = tuple(DueCourse(course_id, day + timedelta(days=days)) for course_id in Titles().ids[:1])
        person = replace(person, courses=courses)
    person = replace(person, language=language)
    return Preview(person, write_reminder(person, day, wishes, Titles()), is_example)


def _report_example(person: DuePerson, language: str, text: str, day: date) -> writing.Writing:
    titles = Titles()
    course = titles.of(titles.ids[0], language) if titles.ids else "–"
    line = writing.report_line(course, person.organization, language)
    return writing.write(text, person, language, organization=person.organization, day=day, report=line)
