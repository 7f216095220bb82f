"""Reports that people are told of by a rhythm: that they are ready, never what is in them.

Who may read a report is asked anew at each run: whoever has lost the role hears nothing more of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from learning.accounts.queries import list_actors, list_holders
from learning.audit.services import record
from learning.courses.queries import get_course
from learning.database import transaction
from learning.domain.errors import NotFound, Refused
from learning.domain.permissions import Actor, Permission, Role
from learning.domain.reminding import Outcome, Rhythm, next_day, told_how
from learning.mail.delivery import find_server
from learning.mail.services import Letter, queue_mail
from learning.notices.services import tell_all
from learning.organizations.models import Organization
from learning.organizations.queries import get_by_code, within
from learning.progress.moments import Moment
from learning.reminders import queries, writing
from learning.reminders.models import ReportRecipient, ReportSchedule
from learning.reminders.queries import DuePerson, Schedule, Titles
from learning.reminders.texts import REPORT, Wishes, read_wishes

READY = "report_ready"  # the kind of notice
MOST_RECIPIENTS = 100


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """A report to be told of, as a manager asks for it."""

    course: str
    organization: str
    rhythm: Rhythm
    recipients: Sequence[int]


def list_candidates(actor: Actor) -> list[Actor]:
    """Return who may be told of reports by the actor: she herself, and managers whose posts are in her scope."""
    scope = actor.scope(Permission.REPORT_READ)
    managers = [one for one in list_holders(Role.MANAGER) if one.organization_path.startswith(scope)]
    return [actor, *(one for one in managers if one.id != actor.id)]


def schedule_report(actor: Actor, wish: NewSchedule, *, moment: Moment) -> int:
    """Let people be told of a report by a rhythm, from its next day on; returns the id.

    Raises NotFound, which names its field, and Refused for somebody who may not read the report.
    """
    with transaction() as session:
        organization = get_by_code(
            wish.organization, actor.scope(Permission.REPORT_READ), field="organization"
        )
        course = get_course(wish.course)
        candidates = {one.id: one for one in list_candidates(actor)}
        chosen = list(dict.fromkeys(wish.recipients))
        if not 0 < len(chosen) <= MOST_RECIPIENTS or not candidates.keys() >= set(chosen):
            raise Refused("Choose who is to be told.", field="recipients")
        for person_id in chosen:
            if not candidates[person_id].may(Permission.REPORT_READ, organization.path):
                raise Refused(
                    "%(name)s may not read reports on %(organization)s.",
                    field="recipients",
                    name=candidates[person_id].name,
                    organization=organization.name,
                )
        schedule = ReportSchedule(
            course_id=course.id,
            organization_id=organization.id,
            rhythm=wish.rhythm.value,
            created_by_id=actor.id,
            created_at=moment.at,
            next_on=next_day(wish.rhythm, moment.day),
        )
        session.add(schedule)
        session.flush()
        session.connection().execute(
            insert(ReportRecipient), [{"schedule_id": schedule.id, "person_id": one} for one in chosen]
        )
        record(
            "report.scheduled",
            f"report_schedule:{schedule.id}",
            actor_id=actor.id,
            now=moment.at,
            organization=organization.id,
            course=course.id,
            people=len(chosen),
        )
        return schedule.id


def end_schedule(actor: Actor, schedule_id: int, *, moment: Moment) -> None:
    """Tell nobody of a report any more; raises NotFound for one outside of the actor's scope."""
    mine = select(Organization.id).where(within(actor.scope(Permission.REPORT_READ)))
    with transaction() as session:
        ended = session.connection().execute(
            update(ReportSchedule)
            .where(
                ReportSchedule.id == schedule_id,
                ReportSchedule.ended_at.is_(None),
                ReportSchedule.organization_id.in_(mine),
            )
            .values(ended_at=moment.at)
        )
        if not ended.rowcount:
            raise NotFound
        record("report.unscheduled", f"report_schedule:{schedule_id}", actor_id=actor.id, now=moment.at)


def tell_of_reports(*, moment: Moment) -> Mapping[str, int]:
    """Tell people of the reports that are due; returns how many by outcome. What a standstill missed is told once."""
    counts: Counter[str] = Counter()
    wishes, titles = read_wishes(), Titles()
    for schedule in queries.list_due_schedules(moment.day):
        with transaction() as session:
            following = next_day(Rhythm(schedule.rhythm), moment.day)
            taken = session.connection().execute(
                update(ReportSchedule)
                .where(ReportSchedule.id == schedule.id, ReportSchedule.next_on == schedule.next_on)
                .values(next_on=following, last_on=moment.day)
            )
            if taken.rowcount:
                counts.update(_tell(schedule, wishes, titles, moment))
    return counts


def _tell(schedule: Schedule, wishes: Wishes, titles: Titles, moment: Moment) -> list[str]:
    ids = [one.person_id for one in schedule.recipients]
    readers, people = {one.id: one for one in list_actors(ids)}, queries.find_contacts(ids)
    outcomes = {one: _outcome(readers.get(one), people[one], schedule) for one in ids}
    told = [people[one] for one in ids if outcomes[one].is_told]
    detail = {"course": schedule.course, "organization": schedule.organization_code, "day": str(moment.day)}
    tell_all(
        READY,
        (
            (
                one.id,
                str(schedule.id),
                detail | {"title": _title(schedule, one, titles), "name": schedule.organization},
            )
            for one in told
        ),
        now=moment.at,
    )
    letters = [
        _letter(schedule, one, wishes, titles, moment) for one in told if outcomes[one.id] is Outcome.MAIL
    ]
    queue_mail(letters, now=moment.at)
    _note(schedule.id, outcomes)
    return [outcome.value for outcome in outcomes.values()]


def _outcome(reader: Actor | None, person: DuePerson, schedule: Schedule) -> Outcome:
    if reader is None:
        return Outcome.DISABLED
    if not reader.may(Permission.REPORT_READ, schedule.organization_path):
        return Outcome.NO_RIGHT
    if person.is_away:
        return Outcome.AWAY
    return told_how(has_address=person.address is not None, has_server=find_server() is not None)


def _title(schedule: Schedule, person: DuePerson, titles: Titles) -> str:
    return titles.of(schedule.course_id, writing.language_of(person))


def _letter(schedule: Schedule, person: DuePerson, wishes: Wishes, titles: Titles, moment: Moment) -> Letter:
    language = writing.language_of(person)
    line = writing.report_line(titles.of(schedule.course_id, language), schedule.organization, language)
    text = wishes.letters[REPORT.name, language]
    letter = writing.write(
        text, person, language, organization=schedule.organization, day=moment.day, report=line
    )
    return Letter(
        key=f"report:{schedule.id}:{person.id}:{moment.day}",
        kind=REPORT.name,
        address=person.address or "",
        language=language,
        subject=letter.subject,
        body=letter.body,
        person_id=person.id,
    )


def _note(schedule_id: int, outcomes: Mapping[int, Outcome]) -> None:
    """Keep what became of each recipient, in the open transaction."""
    with transaction() as session:
        for outcome, people in _by_outcome(outcomes.items()).items():
            session.connection().execute(
                update(ReportRecipient)
                .where(ReportRecipient.schedule_id == schedule_id, ReportRecipient.person_id.in_(people))
                .values(outcome=outcome.value)
            )


def _by_outcome(pairs: Iterable[tuple[int, Outcome]]) -> dict[Outcome, list[int]]:
    found: dict[Outcome, list[int]] = {}
    for person_id, outcome in pairs:
        found.setdefault(outcome, []).append(person_id)
    return found
