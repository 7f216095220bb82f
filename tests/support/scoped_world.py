"""A world of forty organizations for tests of scope, and what is so in it, told in plain Python.

Each organization has a mark like `o07o` in its code and its name, each person one like `p07p`. Two organizations
were merged into a third, some people were moved before the day the tests look at, and roles are held inside others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from learning.accounts.posts import Period, give_role
from learning.accounts.queries import get_actor
from learning.accounts.services import create_person
from learning.administration.moves import move_person
from learning.courses.queries import get_course
from learning.database import transaction
from learning.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from learning.organizations.models import Organization
from learning.organizations.queries import get_by_code
from learning.organizations.services import DEPARTMENT_CODE, OrganizationRecord, save_organizations
from learning.progress.assignments import Due, assign_course
from learning.progress.credits import ask_for_credit
from learning.study.services import declare_read
from tests.support.classrooms import plan_evening
from tests.support.factories import COURSE, NOW, READ_UNIT, make_course, moment

PROVINCE = "o00o"
COMMUNES = tuple(f"o{n:02}o" for n in range(1, 10))  # below the province
# Three villages each below the first nine communes, and three groups below the first village: forty in all.
VILLAGES = {f"o{10 + n:02}o": COMMUNES[n // 3] for n in range(27)}
GROUPS = {f"o{37 + n:02}o": "o10o" for n in range(3)}
MERGED, SUCCESSOR = "o09o", "o08o"
FROM, TO = "o14o", "o20o"  # a village of the second commune, and one of the fourth: a move between cousins

PARENTS: Mapping[str, str | None] = {
    PROVINCE: None,
    **dict.fromkeys(COMMUNES, PROVINCE),
    **VILLAGES,
    **GROUPS,
}

# Who acts: the roles held by each, where; nested, beside each other, of several kinds, none, over and not begun.
HELD: Mapping[str, tuple[tuple[Role, str], ...]] = {
    "p50p": ((Role.ADMINISTRATOR, PROVINCE),),
    "p51p": ((Role.MANAGER, PROVINCE),),
    "p52p": ((Role.MANAGER, "o01o"),),
    "p53p": ((Role.MANAGER, "o01o"), (Role.MANAGER, "o10o"), (Role.MANAGER, "o37o")),
    "p54p": ((Role.MANAGER, "o10o"), (Role.MANAGER, "o20o")),
    "p55p": ((Role.ADMINISTRATOR, "o02o"), (Role.MANAGER, "o14o")),
    "p56p": ((Role.TRAINER, PROVINCE),),
    "p57p": ((Role.TRAINER, "o04o"), (Role.MANAGER, "o13o")),
    "p58p": ((Role.MANAGER, SUCCESSOR),),
    "p59p": ((Role.MANAGER, MERGED),),
    "p60p": ((Role.LEARNER, "o01o"),),
    "p61p": ((Role.MANAGER, "o37o"),),
    "p62p": ((Role.ADMINISTRATOR, "o10o"),),
    "p63p": (),  # was a manager until the day before; see `plant`
    "p64p": (),  # will be one tomorrow
    "p65p": ((Role.MANAGER, "o03o"),),  # acts for somebody
}
LATER = moment(2)


@dataclass(slots=True)
class Facts:
    """What is so: where each person is, and the ids by which addresses name things."""

    place: dict[str, str] = field(default_factory=dict)
    person: dict[str, int] = field(default_factory=dict)
    assignment: dict[str, int] = field(default_factory=dict)
    session: dict[str, int] = field(default_factory=dict)
    credit: dict[str, int] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def below(self, roots: Iterable[str]) -> set[str]:
        """Return the organizations at or below the roots, climbing from each."""
        held, found = set(roots), set()
        for code in PARENTS:
            step: str | None = code
            while step is not None and step not in held:
                step = PARENTS[step]
            if step is not None:
                found.add(code)
        return found

    def scope(self, who: str, permission: Permission) -> set[str]:
        """Return the organizations over which somebody has a permission."""
        return self.below(place for role, place in HELD[who] if permission in ROLE_PERMISSIONS[role])

    def people(self, places: Iterable[str]) -> set[str]:
        """Return who is at one of the places now."""
        wanted = set(places)
        return {who for who, place in self.place.items() if place in wanted}


def plant(app: Flask) -> Facts:
    """Write the world: somebody at each organization, a course given to all, moves, a merger, sessions, requests."""
    facts = Facts()
    app.config["CLOCK"] = lambda: LATER.at
    records = [
        OrganizationRecord(code, _kind(code), f"Nơi {code}", parent) for code, parent in PARENTS.items()
    ]
    save_organizations([*records, OrganizationRecord(DEPARTMENT_CODE, "department", "Ban Thử", PROVINCE)])
    make_course()
    ids = {code: get_by_code(code).id for code in PARENTS}
    people = {f"p{n:02}p": code for n, code in enumerate(PARENTS)} | dict.fromkeys(HELD, PROVINCE)
    for who, place in people.items():
        roles = [(role, ids[code]) for role, code in HELD.get(who, ())]
        create_person(
            who, f"Người Thử {who}", organization_id=ids[place], roles=roles, now=NOW, password_hash=None
        )
        facts.place[who], facts.person[who] = place, get_actor(who).id
    _date_roles(facts, ids)
    course_id = get_course(COURSE).id
    assign_course(
        None,
        course_id,
        organization_id=ids[PROVINCE],
        title="Đợt o00o",
        moment=moment(),
        due=Due(on=moment(5).day),
    )
    for code in ("o01o", "o10o", "o14o", "o20o", SUCCESSOR):
        made = assign_course(
            None,
            course_id,
            organization_id=ids[code],
            title=f"Đợt {code}",
            moment=moment(),
            due=Due(on=moment(6).day),
        )
        facts.assignment[code] = made.id
    mover = next(who for who, place in people.items() if place == FROM)
    move_person(None, facts.person[mover], TO, moment=moment(1))
    facts.place[mover] = TO
    with transaction() as session:
        session.execute(
            update(Organization)
            .where(Organization.code == MERGED)
            .values(valid_to=LATER.day - timedelta(days=1), successor_id=ids[SUCCESSOR])
        )
    for who in ("p10p", mover, "p09p"):
        facts.credit[who] = ask_for_credit(
            facts.person[who],
            facts.person[who],
            course_id,
            text=f"Đã học ở nơi khác {who}",
            done_on=NOW.date(),
            evidence=None,
            moment=moment(1),
        )
    declare_read(get_actor("p01p"), COURSE, READ_UNIT, revision_id=None, moment=moment(1))
    for code in (PROVINCE, "o01o", "o10o", "o20o", SUCCESSOR):
        facts.session[code] = plan_evening(
            get_actor("p50p"), course=COURSE, unit="", organization=code, title=f"Buổi {code}"
        )
    return facts


def _date_roles(facts: Facts, ids: Mapping[str, int]) -> None:
    today = LATER.day
    for who, period, lender in (
        ("p63p", Period(None, today), None),
        ("p64p", Period(today + timedelta(days=1), None), None),
        ("p65p", Period(today, today + timedelta(days=3)), facts.person["p51p"]),
    ):
        give_role(
            facts.person[who],
            Role.MANAGER,
            ids["o03o"],
            now=NOW,
            actor_id=None,
            period=period,
            lent_by_id=lender,
        )


def _kind(code: str) -> str:
    if PARENTS[code] is None:
        return "province"
    return "commune" if code in COMMUNES else "village"
