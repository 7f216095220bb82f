"""Reminding: once a day at most, on home pages and by mail, in batches that a killed process leaves whole.

What was told is kept in the transaction in which it is told, under a key of person and day; so the run of a day may be
begun again as often as need be.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from learning.accounts.queries import list_holders
from learning.audit.services import record, record_disclosure
from learning.database import transaction, upserting
from learning.domain.permissions import Actor, Permission, Role
from learning.domain.purposes import PagePurpose
from learning.domain.reminding import Outcome, outcome_for, told_how
from learning.domain.settings import Setting
from learning.mail.delivery import find_server
from learning.mail.services import Letter, queue_mail
from learning.notices.queries import list_people_with
from learning.notices.services import tell_all, withdraw
from learning.organizations.queries import list_within
from learning.progress.moments import Moment
from learning.progress.places import batched
from learning.reminders import queries, writing
from learning.reminders.models import Reminder, ReminderRun
from learning.reminders.queries import CourseCount, DuePerson, Titles
from learning.reminders.schedules import tell_of_reports
from learning.reminders.texts import REPORT, Wishes, read_wishes
from learning.settings.services import change

LEARNER, DIGEST = "learner", "digest"  # kinds of reminders
NOTICE, DIGEST_NOTICE = "reminder", "digest"  # kinds of notices
TOGETHER = 200  # people in one transaction
MONDAY = 0
REMINDERS_AT = time(7, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of somebody on a day."""

    person: DuePerson
    outcome: Outcome
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """What becomes of a manager on a Monday: her organizations, and how far their courses are."""

    manager: Actor
    person: DuePerson
    outcome: Outcome
    organizations: tuple[str, ...]
    counts: tuple[CourseCount, ...]


_REMEMBER = upserting(
    Reminder, lambda statement: statement.on_conflict_do_nothing().returning(Reminder.person_id)
)
_RAN = upserting(
    ReminderRun,
    lambda statement: statement.on_conflict_do_update(
        index_elements=["kind", "day"],
        set_={"ran_at": statement.excluded.ran_at, "outcomes": statement.excluded.outcomes},
    ),
)


def mail_key(kind: str, person_id: int, day: date) -> str:
    """Return the key of the mail by which somebody was told on a day."""
    return f"{kind}:{person_id}:{day}"


# --- Learners


def plan_learners(paths: Iterable[str], day: date, wishes: Wishes) -> list[Plan]:
    """Return what becomes on the day of everybody of the scope for whom something is due, by their ids."""
    rules = wishes.rules
    last = queries.last_reminded(LEARNER, since=day - timedelta(days=rules.every))
    has_server = find_server() is not None
    plans = []
    for person in queries.list_due(paths, rules, day):
        last_on = last.get(person.id)
        outcome = outcome_for(
            rules,
            day,
            is_away=person.is_away,
            last_on=last_on,
            has_address=person.address is not None,
            has_server=has_server,
        )
        plans.append(Plan(person, outcome, last_on))
    return plans


def count_outcomes(paths: Iterable[str], day: date, wishes: Wishes) -> Counter[Outcome]:
    """Return of how many people each outcome would become on the day, in one statement."""
    outcomes: Counter[Outcome] = Counter()
    has_server = find_server() is not None
    for is_away, has_address, is_recent, people in queries.count_due(paths, wishes.rules, day, kind=LEARNER):
        outcome = outcome_for(
            wishes.rules,
            day,
            is_away=is_away,
            last_on=day if is_recent else None,
            has_address=has_address,
            has_server=has_server,
        )
        outcomes[outcome] += people
    return outcomes


def remind_learners(*, moment: Moment) -> Mapping[str, int]:
    """Remind whom something is due for; returns how many people by outcome. Again on the day: those left over."""
    wishes, titles = read_wishes(), Titles()
    plans = plan_learners(("/",), moment.day, wishes)
    told = [plan for plan in plans if plan.outcome.is_told]
    for some in batched(told, TOGETHER):
        with transaction() as session:
            new = _remember(session, LEARNER, some, moment.day)
            tell_all(NOTICE, (_notice(plan.person, moment.day) for plan in new), now=moment.at)
            letters = [
                _letter(plan.person, moment.day, wishes, titles)
                for plan in new
                if plan.outcome is Outcome.MAIL
            ]
            queue_mail(letters, now=moment.at)
    due = {plan.person.id for plan in plans if not plan.person.is_away}
    withdraw(NOTICE, [person for person in list_people_with(NOTICE) if person not in due], now=moment.at)
    return _note_run(LEARNER, (plan.outcome for plan in plans if plan.last_on != moment.day), moment=moment)


def _notice(person: DuePerson, day: date) -> tuple[int, str, Mapping[str, int]]:
    overdue = sum(course.due_on < day for course in person.courses)
    return person.id, "courses", {"overdue": overdue, "soon": len(person.courses) - overdue}


def _letter(person: DuePerson, day: date, wishes: Wishes, titles: Titles) -> Letter:
    letter = write_reminder(person, day, wishes, titles)
    return _addressed(letter, LEARNER, person, day)


def write_reminder(person: DuePerson, day: date, wishes: Wishes, titles: Titles) -> writing.Writing:
    """Return the letter to somebody for whom something is due."""
    language = writing.language_of(person)
    text = wishes.letters[writing.kind_of(person.courses, day), language]
    lines = writing.due_lines(person.courses, titles, language, day)
    return writing.write(text, person, language, organization=person.organization, day=day, courses=lines)


def _addressed(letter: writing.Writing, kind: str, person: DuePerson, day: date) -> Letter:
    return Letter(
        key=mail_key(kind, person.id, day),
        kind=kind,
        address=person.address or "",
        language=letter.language,
        subject=letter.subject,
        body=letter.body,
        person_id=person.id,
    )


# --- What is kept of a run


def _remember(session: Session, kind: str, plans: Sequence[Any], day: date) -> list[Any]:
    """Keep that these people are told today; returns those who were not told yet."""
    statement, connection = _REMEMBER(session), session.connection()
    new = set()
    for plan in plans:
        row = {"person_id": plan.person.id, "kind": kind, "day": day, "outcome": plan.outcome.value}
        new.add(connection.execute(statement, row).scalar())
    return [plan for plan in plans if plan.person.id in new]


def _note_run(kind: str, outcomes: Iterable[Outcome], *, moment: Moment) -> Mapping[str, int]:
    """Keep what the run of the day came to: whom it told, counted from what was kept, and who was left out."""
    silent = Counter(outcome.value for outcome in outcomes if not outcome.is_told)
    with transaction() as session:
        counts = dict(silent) | queries.count_told(kind, moment.day)
        row = {"kind": kind, "day": moment.day, "ran_at": moment.at, "outcomes": counts}
        session.connection().execute(_RAN(session), row)
    return counts


# --- Managers


def plan_digests(day: date, wishes: Wishes, *, only: int | None = None) -> list[DigestPlan]:
    """Return what becomes on the day of each manager, with the figures of her own organizations alone."""
    managers = [one for one in list_holders(Role.MANAGER) if only in (None, one.id)]
    people = queries.find_contacts([manager.id for manager in managers])
    paths = {path for manager in managers for path in manager.scope(Permission.REPORT_READ)}
    names = {row.path: row.name for row in list_within(paths)}
    counts = queries.list_counts(_topmost(paths), day, soon=day + timedelta(days=wishes.rules.before))
    has_server = find_server() is not None
    plans = []
    for manager in managers:
        scope = manager.scope(Permission.REPORT_READ)
        mine = _summed(count for count in counts if count.path.startswith(scope))
        outcome = told_how(has_address=people[manager.id].address is not None, has_server=has_server)
        if not wishes.digest_on:
            outcome = Outcome.OFF
        elif people[manager.id].is_away:
            outcome = Outcome.AWAY
        elif not any(count.soon or count.overdue for count in mine):
            outcome = Outcome.NOTHING
        organizations = tuple(names[path] for path in scope if path in names)
        plans.append(DigestPlan(manager, people[manager.id], outcome, organizations, mine))
    return plans


def _topmost(paths: set[str]) -> list[str]:
    """Return the paths that stand below none of the others."""
    return sorted(one for one in paths if not any(one != other and one.startswith(other) for other in paths))


def _summed(counts: Iterable[CourseCount]) -> tuple[CourseCount, ...]:
    """Return the figures of several organizations by course."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for count in counts:
        parts = (count.enrolled, count.completed, count.soon, count.overdue)
        sums[count.course_id] = [a + b for a, b in zip(sums[count.course_id], parts, strict=True)]
    return tuple(CourseCount("", course_id, *numbers) for course_id, numbers in sorted(sums.items()))


def tell_managers(*, moment: Moment) -> Mapping[str, int]:
    """Tell managers how far their own people are; returns how many managers by outcome."""
    wishes, titles = read_wishes(), Titles()
    plans = plan_digests(moment.day, wishes)
    for some in batched([plan for plan in plans if plan.outcome.is_told], TOGETHER):
        with transaction() as session:
            new = _remember(session, DIGEST, some, moment.day)
            notices = [
                (plan.person.id, "digest", {part: _total(plan, part) for part in ("soon", "overdue")})
                for plan in new
            ]
            tell_all(DIGEST_NOTICE, notices, now=moment.at)
            letters = [
                _addressed(write_digest(plan, moment.day, wishes, titles), DIGEST, plan.person, moment.day)
                for plan in new
                if plan.outcome is Outcome.MAIL
            ]
            queue_mail(letters, now=moment.at)
    return _note_run(DIGEST, (plan.outcome for plan in plans), moment=moment)


def _total(plan: DigestPlan, part: str) -> int:
    return sum(getattr(count, part) for count in plan.counts)


def write_digest(plan: DigestPlan, day: date, wishes: Wishes, titles: Titles) -> writing.Writing:
    """Return the letter to a manager: numbers alone."""
    language = writing.language_of(plan.person)
    lines = writing.count_lines(plan.counts, titles, language, days=wishes.rules.before)
    return writing.write(
        wishes.letters["digest", language],
        plan.person,
        language,
        organization=", ".join(plan.organizations),
        day=day,
        courses=lines,
    )


# --- The run of a day


def is_digest_day(day: date) -> bool:
    """Tell whether managers are told on the day."""
    return day.weekday() == MONDAY


def send_reminders(*, moment: Moment) -> Mapping[str, Mapping[str, int]]:
    """Do what the day asks for; returns for each kind how many people by outcome. Again on the day: what was left."""
    done = {LEARNER: remind_learners(moment=moment)}
    if is_digest_day(moment.day):
        done[DIGEST] = tell_managers(moment=moment)
    done[REPORT.name] = tell_of_reports(moment=moment)
    return done


# --- Letters


def save_letter(actor: Actor, setting: Setting[str], text: str, *, seen: str, moment: Moment) -> bool:
    """Let a letter have another text; returns whether it was new. Raises Conflict as `settings.change` does."""
    with transaction():
        is_new = change(setting, text, seen=seen, now=moment.at)
        if is_new:
            record("setting.changed", f"setting:{setting.name}", actor_id=actor.id, now=moment.at)
        return is_new


def send_test(actor: Actor, letter: writing.Writing, *, moment: Moment) -> Outcome:
    """Send a letter to the actor herself, to look at; returns the way it goes, or why not."""
    person = queries.find_contacts([actor.id])[actor.id]
    outcome = told_how(has_address=person.address is not None, has_server=find_server() is not None)
    if outcome is Outcome.MAIL:
        addressed = replace(
            _addressed(letter, "test", person, moment.day), key=f"test:{actor.id}:{moment.at}"
        )
        queue_mail([addressed], now=moment.at)
    return outcome


def record_names_seen(actor: Actor, what: str, *, moment: Moment, how: str) -> None:
    """Put on record that the actor saw who is reminded, before the page goes out."""
    record_disclosure(
        "reminders.names_seen", what, actor_id=actor.id, now=moment.at, purpose=PagePurpose.REMIND, how=how
    )
