"""Invented people with plausible progress, so that a fresh site shows what it does.

The names say that they are invented: given names are numbers, family names are trees and fruits.
"""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, cycle, product
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from learning.accounts.models import Person
from learning.accounts.posts import describe_post
from learning.accounts.queries import get_actor
from learning.accounts.services import create_person, hash_password
from learning.courses.models import Course, Quiz, Unit
from learning.database import transaction
from learning.domain.attempt import SEED_BYTES
from learning.domain.content import CompletionRule
from learning.domain.errors import Refused
from learning.domain.evaluation import SCALE
from learning.domain.membership import Audience
from learning.domain.permissions import Actor, Role
from learning.domain.questions.model import ChoiceAnswer, ResponseValue
from learning.domain.questions.registry import TYPES
from learning.evaluations.services import evaluate
from learning.evaluations.settings import current_statements
from learning.organizations.models import Organization
from learning.organizations.services import (
    DEPARTMENT_CODE,
    PROVINCE_CODE,
    save_organizations,
    shipped_organizations,
)
from learning.progress.assignments import Due, assign_course
from learning.progress.models import Enrollment
from learning.progress.moments import Moment
from learning.progress.services import rules_of
from learning.quizzes.marking import attempt_paper, original_text
from learning.quizzes.queries import get_attempt
from learning.quizzes.services import Answer, start_attempt, submit_attempt
from learning.study.services import declare_read

LEARNERS = 600
FEWEST, MOST = 2, 15  # learners of a commune
SEED = 24
_DUE_DAYS = (31, 60)  # after the beginning: the first wave is over, the others are not
ACCOUNTS = ("learner", "trainer", "manager", "province", "admin")
PASSWORD_FILE = "demo-password"  # noqa: S105  (a file's name)
_REMARKING = 0.3  # the share of those who write something
_REMARKS = (
    "Thêm ví dụ ở thôn, tổ dân phố.",
    "Bài kiểm tra cuối khóa hơi dài.",
    "Nên có thêm hình minh họa.",
    "Dễ hiểu, làm theo được ngay.",
)
_AUDIENCES = (
    Audience.CADRE,
    Audience.CIVIL_SERVANT,
    Audience.CADRE,
    Audience.PUBLIC_EMPLOYEE,
    Audience.TEAM_MEMBER,
)
_FAMILIES = (
    "Bưởi",
    "Cam",
    "Chuối",
    "Đào",
    "Khế",
    "Lê",
    "Mận",
    "Mít",
    "Na",
    "Nhãn",
    "Ổi",
    "Quýt",
    "Vải",
    "Xoài",
)
_MIDDLES = ("Thị", "Văn", "Hữu", "Ngọc", "Đức", "Thu")
_NUMBERS = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười")
_GIVEN = (*_NUMBERS, *(f"{tens} {ones}" for tens in _NUMBERS for ones in _NUMBERS))
MOST_LEARNERS = len(_FAMILIES) * len(_MIDDLES) * len(_GIVEN)  # so that no two have the same name


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far a course has come: shares of the communes, and of its units that the others do on average."""

    complete: float
    untouched: float
    mean: float


_REACHES = (_Reach(0.05, 0.08, 0.32), _Reach(0.02, 0.3, 0.12))  # the last course, the one before


@dataclass(frozen=True, slots=True)
class DemonstrationAccount:
    """One of the five accounts of a demonstration."""

    username: str
    name: str
    organization: str
    role: Role


def demonstration_accounts(commune: str) -> tuple[DemonstrationAccount, ...]:
    """Return the five accounts; learner and manager belong to the commune."""
    return (
        DemonstrationAccount("learner", "Học viên Thử Nghiệm", commune, Role.LEARNER),
        DemonstrationAccount("trainer", "Giảng viên Thử Nghiệm", DEPARTMENT_CODE, Role.TRAINER),
        DemonstrationAccount("manager", "Quản lý xã Thử Nghiệm", commune, Role.MANAGER),
        DemonstrationAccount("province", "Quản lý tỉnh Thử Nghiệm", PROVINCE_CODE, Role.MANAGER),
        DemonstrationAccount("admin", "Quản trị viên Thử Nghiệm", PROVINCE_CODE, Role.ADMINISTRATOR),
    )


def demonstration_password(data_dir: Path, wanted: str) -> str:
    """Return the password of the demonstration accounts: the one wanted, else a random one that is kept."""
    path = data_dir / PASSWORD_FILE
    if wanted:
        return wanted
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(12))
    return path.read_text().strip()


def load_demonstration(password: str, *, now: datetime, zone: ZoneInfo, learners: int = LEARNERS) -> int:
    """Add the demonstration to a site without people; returns how many were added; raises Refused.

    The learners are of all communes, or of as many as can have two of them.
    """
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(Person)):
            raise Refused("There are people on this site already; the demonstration is for an empty one.")
        save_organizations(shipped_organizations())
        codes = session.scalars(
            select(Organization.code)
            .where(Organization.kind.in_(("commune", "ward")))
            .order_by(Organization.code)
        ).all()
        dice = random.Random(SEED)
        communes = dice.sample(list(codes), min(len(codes), max(1, learners // FEWEST)))
        began = now - timedelta(days=45)
        people = _add_people(communes, hash_password(password), dice, began=began, learners=learners)
        courses = session.scalars(select(Course).where(Course.is_published).order_by(Course.slug)).all()
        province = _organization_id(PROVINCE_CODE)
        for number, course in enumerate(reversed(courses)):
            due_on = (began + timedelta(days=_DUE_DAYS[min(number, 1)])).astimezone(zone).date()
            assign_course(
                None,
                course.id,
                organization_id=province,
                title="Đợt 1 năm 2026",
                due=Due(on=due_on),
                moment=Moment.of(began + timedelta(days=1), zone),
            )
        for course, reach in zip(reversed(courses), _REACHES, strict=False):
            _study(course, people, dice, reach=reach, began=began + timedelta(days=2), latest=now, zone=zone)
            _evaluate(course, Moment.of(now, zone))
        return learners + len(ACCOUNTS)


def _organization_id(code: str) -> int:
    with transaction() as session:
        return session.scalars(select(Organization.id).where(Organization.code == code)).one()


def _sizes(communes: int, learners: int, dice: random.Random) -> list[int]:
    """Return how many learners each commune has: uneven, two or more, and no more than 15 where there is room."""
    sizes = [learners // communes if learners < FEWEST * communes else FEWEST] * communes
    weights = [dice.random() ** 2 + 0.05 for _ in sizes]
    for _ in range(learners - sum(sizes)):
        room = [number for number, size in enumerate(sizes) if size < MOST] or list(range(communes))
        [chosen] = dice.choices(room, [weights[number] for number in room])
        sizes[chosen] += 1
    return sizes


def _add_people(
    communes: Sequence[str], hashed: str, dice: random.Random, *, began: datetime, learners: int
) -> list[list[Actor]]:
    """Add the five accounts and the learners; returns the learners of each commune."""
    for account in demonstration_accounts(communes[0]):
        at = _organization_id(account.organization)
        create_person(
            account.username,
            account.name,
            organization_id=at,
            roles=[(account.role, at)],
            now=began,
            password_hash=hashed,
            is_demonstration=True,
        )
    names = iter(dice.sample(list(product(_FAMILIES, _MIDDLES, _GIVEN)), learners))
    numbers, audiences = count(1), cycle(_AUDIENCES)
    people = []
    for commune, size in zip(communes, _sizes(len(communes), learners, dice), strict=True):
        at = _organization_id(commune)
        usernames = [f"hocvien{next(numbers):03}" for _ in range(size)]
        for username in usernames:
            person = create_person(
                username,
                " ".join(next(names)),
                organization_id=at,
                roles=[(Role.LEARNER, at)],
                now=began,
                is_demonstration=True,
            )
            describe_post(person, position=None, audience=next(audiences))
        people.append([get_actor(username) for username in usernames])
    return people


def _study(
    course: Course,
    people: Sequence[Sequence[Actor]],
    dice: random.Random,
    *,
    reach: _Reach,
    began: datetime,
    latest: datetime,
    zone: ZoneInfo,
) -> None:
    """Let the learners study: some communes to the end, some not at all, the others in between."""
    with transaction() as session:
        units = session.scalars(
            select(Unit)
            .where(Unit.course_id == course.id, Unit.is_published, Unit.position.is_not(None))
            .order_by(Unit.position)
        ).all()
        quizzes = {quiz.id: quiz.slug for quiz in session.scalars(select(Quiz))}
        for zeal, actors in zip(_zeals(len(people), reach, dice), people, strict=True):
            for actor in actors:
                share = zeal if zeal in (0, 1) else min(1.0, zeal * dice.uniform(0, 2))
                skill = 1 if zeal == 1 else 0.7 + share / 3
                at = began + timedelta(hours=dice.randrange(24 * 30))
                for unit in units[: round(share * len(units))]:
                    at += timedelta(minutes=dice.randrange(20, 60 * 40))
                    moment = Moment.of(min(at, latest), zone)
                    if CompletionRule.READ in rules_of(unit.completion):
                        declare_read(actor, course.slug, unit.slug, revision_id=None, moment=moment)
                    if unit.quiz_id is not None and CompletionRule.QUIZ in rules_of(unit.completion):
                        _take_quiz(actor, quizzes[unit.quiz_id], dice, skill=skill, moment=moment)


def _evaluate(course: Course, moment: Moment) -> None:
    """Let all who have completed the course say what they think of it; their dice are not those of the others."""
    dice = random.Random(course.slug)
    statements = current_statements()
    with transaction() as session:
        usernames = session.scalars(
            select(Person.username)
            .join(Enrollment, Enrollment.person_id == Person.id)
            .where(Enrollment.course_id == course.id, Enrollment.completed_at.is_not(None))
            .order_by(Person.id)
        ).all()
        for username in usernames:
            answers = {one: dice.choices(SCALE, (1, 2, 4, 8, 6))[0] for one in statements}
            words = dice.choice(_REMARKS) if dice.random() < _REMARKING else ""
            evaluate(get_actor(username), course.slug, answers, words=words, day=moment.day)


def _zeals(communes: int, reach: _Reach, dice: random.Random) -> list[float]:
    """Return for each commune how much of the course its people do; the first is one in the middle."""
    complete, untouched = (round(share * communes) for share in (reach.complete, reach.untouched))
    between = communes - 1 - complete - untouched
    others = (
        [1.0] * complete + [0.0] * untouched + [reach.mean * dice.uniform(0.1, 1.9) for _ in range(between)]
    )
    dice.shuffle(others)
    return [reach.mean, *others]


def _take_quiz(actor: Actor, quiz: str, dice: random.Random, *, skill: float, moment: Moment) -> None:
    """Answer each question rightly with the probability `skill`, and submit."""
    attempt_id = start_attempt(actor, quiz, seed=dice.randbytes(SEED_BYTES), moment=moment)
    stored = get_attempt(actor, attempt_id)
    text = original_text(stored)
    answers = {}
    for sequence, question_id in enumerate(attempt_paper(stored, text).question_ids, start=1):
        question = text.quiz.question(question_id)
        kind = TYPES[question.type]
        value: ResponseValue | None
        if dice.random() < skill:
            value = kind.right_response(question.answer)
        elif isinstance(question.answer, ChoiceAnswer):
            guess = dice.choice(question.answer.keys)
            value = (guess,) if question.type == "multiple" else guess
        else:
            value = "0" if kind.own_words else None
        answers[question_id] = Answer(question_id, value, f"{dice.getrandbits(128):032x}", sequence)
    submit_attempt(actor, attempt_id, moment=moment, answers=answers, language="vi")
