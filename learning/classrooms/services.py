"""Planning sessions: making, changing and cancelling them, and what invited people answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from learning.accounts.models import Membership, Person, RoleHeld
from learning.accounts.queries import is_in_force, is_main_post
from learning.audit.services import record, record_disclosure
from learning.classrooms.models import ClassInvitation, ClassReply, ClassSession
from learning.classrooms.queries.sessions import SessionRow, get_managed, session_page
from learning.courses.models import Course, Unit
from learning.database import fetch, transaction, upserting
from learning.domain.classroom import LONGEST_SESSION, MOST_SEATS, Reply, SessionState
from learning.domain.errors import Conflict, NotFound, Refused
from learning.domain.permissions import ROLE_PERMISSIONS, Actor, Permission
from learning.domain.plain_text import one_line
from learning.domain.purposes import PagePurpose
from learning.domain.wording import visible_lines
from learning.notices.services import tell, tell_all
from learning.organizations.models import Organization
from learning.organizations.queries import OrganizationRow, at_or_below, get_by_code
from learning.progress.moments import Moment
from learning.web.clock import today

LONGEST_NOTE, LONGEST_REASON = 4000, 500
FARTHEST = timedelta(days=732)  # ahead; a year back, for what was held before anybody planned it here
FARTHEST_BACK = timedelta(days=366)
_MAY_TEACH = [role for role, held in ROLE_PERMISSIONS.items() if Permission.SESSION_MANAGE in held]


@dataclass(frozen=True, slots=True)
class Plan:
    """A session as somebody plans it; `unit` is empty for a whole course, `invited` for everyone at the holder.

    `trainer` is a user name, empty for whoever plans.
    """

    course: str
    unit: str
    organization: str
    invited: tuple[str, ...]
    trainer: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    seats: int | None
    note: str


class ChangedMeanwhile(Conflict):
    """Somebody changed the session after the page was opened; nothing was changed."""


_LOCK = select(ClassSession.id, ClassSession.state).where(ClassSession.id == bindparam("session"))
_LOCKED = _LOCK.with_for_update()
_SUBJECT = (
    select(Course.id, Unit.id.label("unit_id"))
    .outerjoin(Unit, and_(Unit.course_id == Course.id, Unit.slug == bindparam("unit"), Unit.is_published))
    .where(Course.slug == bindparam("course"), Course.is_published)
)
_TRAINER = select(Person.id).where(
    Person.username == bindparam("username"),
    Person.disabled_at.is_(None),
    exists().where(RoleHeld.person_id == Person.id, RoleHeld.role.in_(_MAY_TEACH), is_in_force()),
)
_SAVE_REPLY = upserting(
    ClassReply,
    lambda statement: statement.on_conflict_do_update(
        index_elements=["session_id", "person_id"],
        set_={"reply": statement.excluded.reply, "replied_at": statement.excluded.replied_at},
    ),
)
_COMING = select(func.count()).where(
    ClassReply.session_id == bindparam("session"), ClassReply.reply == Reply.COMING
)
_WAITING = (
    select(ClassReply.person_id)
    .where(ClassReply.session_id == bindparam("session"), ClassReply.reply == Reply.WAITING)
    .order_by(ClassReply.replied_at, ClassReply.person_id)
)
_SEATS = select(ClassSession.seats, ClassSession.title).where(ClassSession.id == bindparam("session"))
_GIVE_SEAT = (
    update(ClassReply)
    .where(ClassReply.session_id == bindparam("session"), ClassReply.person_id == bindparam("person"))
    .values(reply=Reply.COMING.value)
)
_invited = aliased(Organization)
_TO_TELL = (
    select(Person.id)
    .join(Organization, Organization.id == Person.organization_id)
    .join(Membership, is_main_post(Person.id))
    .outerjoin(
        ClassReply, and_(ClassReply.session_id == bindparam("session"), ClassReply.person_id == Person.id)
    )
    .where(
        Person.disabled_at.is_(None),
        Membership.absence.is_(None),
        func.coalesce(ClassReply.reply, "") != Reply.NOT_COMING,
        exists().where(
            ClassInvitation.session_id == bindparam("session"),
            _invited.id == ClassInvitation.organization_id,
            at_or_below(Organization.path, _invited.path),
        ),
    )
    .order_by(Person.id)
)


def lock_session(session_id: int) -> SessionState:
    """Let everything else that happens to a session wait; returns what became of it. Raises NotFound."""
    row = fetch(_LOCKED, session=session_id).one_or_none()
    if row is None:
        raise NotFound(str(session_id))
    return SessionState(row.state)


def plan_session(actor: Actor, plan: Plan, *, code_key: bytes, moment: Moment) -> int:
    """Plan a session at an organization of the actor's scope; returns its id. Raises Refused and NotFound."""
    with transaction() as session:
        holder = get_by_code(plan.organization, actor.scope(Permission.SESSION_MANAGE), field="organization")
        values = _checked(actor, plan, moment)
        made: int = session.execute(
            insert(ClassSession).returning(ClassSession.id),
            {
                **values,
                "organization_id": holder.id,
                "state": SessionState.PLANNED.value,
                "reason": "",
                "cancelled_at": None,
                "code_key": code_key,
                "created_by_id": actor.id,
                "changed_at": moment.at,
            },
        ).scalar_one()
        _invite(made, holder, plan.invited)
        _note("planned", actor, made, moment)
        return made


def change_session(
    actor: Actor, session_id: int, plan: Plan, *, seen: datetime, language: str, moment: Moment
) -> None:
    """Change a session; invited people are told of another time or place.

    Once somebody was marked present its course, unit, organization and times stay. `seen` is when it had been
    changed last as the actor saw it. Raises NotFound, Refused and ChangedMeanwhile.
    """
    with transaction() as session:
        state = lock_session(session_id)
        before = get_managed(actor, session_id, language)
        if before.changed_at != seen:
            raise ChangedMeanwhile(
                "Somebody changed this session meanwhile. What you typed is below; look at both."
            )
        if state is SessionState.CANCELLED:
            raise Refused("This session is cancelled. Copy it to another day instead.")
        holder = _holder(actor, plan, before)
        values = _checked(actor, plan, moment, before=before)
        moved = (before.starts_at, before.ends_at) != (plan.starts_at, plan.ends_at)
        subject = (before.course_slug, before.unit_slug or "", before.organization_code)
        if state is SessionState.HELD and (moved or subject != (plan.course, plan.unit, plan.organization)):
            raise Refused("People were marked present already: course, organization and times stay.")
        session.connection().execute(
            update(ClassSession).where(ClassSession.id == session_id),
            {**values, "organization_id": holder.id, "changed_at": moment.at},
        )
        session.execute(delete(ClassInvitation).where(ClassInvitation.session_id == session_id))
        _invite(session_id, holder, plan.invited)
        _fill_seats(session_id, moment=moment)
        if (moved or before.place != values["place"]) and plan.ends_at > moment.at:
            _tell_invited("session_moved", session_id, str(values["title"]), moment)
        _note("changed", actor, session_id, moment)


def cancel_session(actor: Actor, session_id: int, *, reason: str, language: str, moment: Moment) -> None:
    """Cancel a planned session with a reason that invited people are told. Raises NotFound and Refused."""
    line = one_line(reason, maximum=LONGEST_REASON)
    if line is None:
        raise Refused("Give the reason in one line; the invited people read it.", field="reason")
    with transaction() as session:
        state = lock_session(session_id)
        found = get_managed(actor, session_id, language)
        if state is SessionState.CANCELLED:
            return
        if state is SessionState.HELD:
            raise Refused("People were marked present: it took place, and is not cancelled any more.")
        session.connection().execute(
            update(ClassSession).where(ClassSession.id == session_id),
            {
                "state": SessionState.CANCELLED.value,
                "reason": line,
                "cancelled_at": moment.at,
                "changed_at": moment.at,
            },
        )
        if found.ends_at > moment.at:
            _tell_invited("session_cancelled", session_id, found.title, moment, reason=line)
        _note("cancelled", actor, session_id, moment)


def reply(actor: Actor, session_id: int, *, is_coming: bool, language: str, moment: Moment) -> Reply:
    """Say whether the actor comes; when all seats are taken she waits for one. Raises NotFound and Refused."""
    with transaction() as session:
        state = lock_session(session_id)
        page = session_page(actor, session_id, language)
        if not page.is_invited:
            raise NotFound(str(session_id))
        if state is SessionState.CANCELLED:
            raise Refused("This session is cancelled.")
        if moment.at >= page.session.ends_at:
            raise Refused("This session is over.")
        answer = Reply.COMING if is_coming else Reply.NOT_COMING
        if is_coming and page.reply in (Reply.COMING, Reply.WAITING):
            return page.reply
        if is_coming and page.session.is_full:
            answer = Reply.WAITING
        session.connection().execute(
            _SAVE_REPLY(session),
            {
                "session_id": session_id,
                "person_id": actor.id,
                "reply": answer.value,
                "replied_at": moment.at,
            },
        )
        _fill_seats(session_id, moment=moment)
        return answer


def note_names_seen(actor: Actor, session_id: int, *, how: str, moment: Moment) -> None:
    """Put on record that the actor saw the names of a session's people, before the page goes out."""
    record_disclosure(
        "session.names_seen",
        f"session:{session_id}",
        actor_id=actor.id,
        now=moment.at,
        purpose=PagePurpose.HOLD_SESSION,
        how=how,
    )


def _note(deed: str, actor: Actor, session_id: int, moment: Moment) -> None:
    record(f"session.{deed}", f"session:{session_id}", actor_id=actor.id, now=moment.at)


def _holder(actor: Actor, plan: Plan, before: SessionRow) -> OrganizationRow:
    """Return the organization that holds a session; its trainer from elsewhere may leave it as it is."""
    scope = actor.scope(Permission.SESSION_MANAGE)
    if plan.organization == before.organization_code:
        scope = ("/",)
    return get_by_code(plan.organization, scope, field="organization")


def _checked(
    actor: Actor, plan: Plan, moment: Moment, *, before: SessionRow | None = None
) -> dict[str, object]:
    """Return the columns of a plan; raises Refused and NotFound, which name their field."""
    title = one_line(plan.title, maximum=200)
    if title is None:
        raise Refused("A title has 1 to 200 characters, letters among them, on one line.", field="title")
    place = one_line(plan.place, maximum=200)
    if place is None:
        raise Refused("Say where it is, in one line of at most 200 characters.", field="place")
    note = visible_lines(plan.note)
    if len(note) > LONGEST_NOTE:
        raise Refused("At most %(maximum)s characters.", field="note", maximum=LONGEST_NOTE)
    if plan.seats is not None and not 1 <= plan.seats <= MOST_SEATS:
        raise Refused("Type a whole number from 1 to %(most)s.", field="seats", most=MOST_SEATS)
    _check_times(plan, moment)
    subject = fetch(_SUBJECT, course=plan.course, unit=plan.unit).one_or_none()
    if subject is None or (plan.unit and subject.unit_id is None):
        raise NotFound(plan.course, field="subject")
    return {
        "course_id": subject.id,
        "unit_id": subject.unit_id,
        "trainer_id": _trainer_id(actor, plan, before),
        "title": title,
        "place": place,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "seats": plan.seats,
        "note": note,
    }


def _check_times(plan: Plan, moment: Moment) -> None:
    if plan.ends_at <= plan.starts_at:
        raise Refused("It must end after it starts.", field="ends")
    if plan.ends_at - plan.starts_at > LONGEST_SESSION:
        raise Refused("A session is of one day. Plan another for the next.", field="ends")
    if not moment.at - FARTHEST_BACK <= plan.starts_at <= moment.at + FARTHEST:
        raise Refused("Look at the year: this day is too far away.", field="day")


def _trainer_id(actor: Actor, plan: Plan, before: SessionRow | None) -> int:
    if before is not None and plan.trainer == before.trainer_username:
        return before.trainer_id
    if plan.trainer in ("", actor.username):
        return actor.id
    found: int | None = fetch(_TRAINER, username=plan.trainer, day=today()).scalar_one_or_none()
    if found is None:
        raise Refused("No trainer or manager has this user name.", field="trainer")
    return found


def _invite(session_id: int, holder: OrganizationRow, codes: Sequence[str]) -> None:
    """Invite organizations at or below the holder, the holder itself where none is named."""
    try:
        places = [get_by_code(code, (holder.path,)) for code in dict.fromkeys(codes)] or [holder]
    except NotFound:
        raise Refused("Invite organizations below the one that holds the session.", field="invited") from None
    with transaction() as session:
        session.connection().execute(
            insert(ClassInvitation),
            [{"session_id": session_id, "organization_id": place.id} for place in places],
        )


def _fill_seats(session_id: int, *, moment: Moment) -> None:
    """Give free seats to those who wait, the first before the rest, and tell them."""
    found = fetch(_SEATS, session=session_id).one()
    waiting = [row.person_id for row in fetch(_WAITING, session=session_id)]
    if not waiting:
        return
    free = len(waiting)
    if found.seats is not None:
        free = max(0, found.seats - fetch(_COMING, session=session_id).scalar_one())
    with transaction() as session:
        for person_id in waiting[:free]:
            session.connection().execute(_GIVE_SEAT, {"session": session_id, "person": person_id})
            tell(
                person_id,
                "session_seat",
                f"session:{session_id}",
                now=moment.at,
                session=session_id,
                title=found.title,
            )


def _tell_invited(kind: str, session_id: int, title: str, moment: Moment, **detail: str) -> None:
    """Tell everyone who is invited and has not said that she does not come."""
    people = [row.id for row in fetch(_TO_TELL, session=session_id)]
    subject = f"session:{session_id}"
    tell_all(
        kind,
        [(person, subject, {"session": session_id, "title": title, **detail}) for person in people],
        now=moment.at,
    )
