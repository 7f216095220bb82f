"""Names as nobody should have, for everything that has one: 200 characters, stacked marks, an override of direction."""

import unicodedata
from datetime import datetime
from fractions import Fraction

from learning.accounts.queries import get_actor
from learning.accounts.services import create_person, create_sign_in_link, hash_password
from learning.courses.queries import get_course
from learning.domain.permissions import Role
from learning.marking.services import mark_answer, mark_task
from learning.organizations.queries import get_by_code
from learning.organizations.services import PROVINCE_CODE, OrganizationRecord, save_organizations
from learning.progress.assignments import assign_course
from learning.progress.moments import Moment
from learning.study.queries.courses import unit_page
from learning.study.services import declare_read
from learning.tasks.services import hand_in
from tests.support import essays, factories

OVERRIDE = "\u202e"
STACK = unicodedata.normalize("NFC", "a" + "".join(chr(0x0300 + mark) for mark in range(50)))
NAME = f"Thử {STACK} {OVERRIDE}אבג (x) ".ljust(200, "W")
COURSE, QUIZ, CODE = "khoa-kho", "bai-kho", "KHO"
DONE = "khoa-kho-xong"  # a course of one unit, which gives a certificate
READ, ASKED = factories.READ_UNIT, factories.QUIZ_UNIT
LEARNER, FINISHER, MANAGER, TRAINER = "ten-kho", "ten-kho-xong", "ten-kho-quan-ly", "ten-kho-giang"


def texts() -> dict[str, bytes]:
    """Return the tiny course with the hard name for the course, its units, its quiz and a question."""
    made = factories.course_texts(COURSE, quiz=QUIZ)
    made[f"courses/{COURSE}/course.vi.md"] = factories.course_text((READ, ASKED), title=NAME, owner=CODE)
    task = f"## {NAME} {{#task}}\n\n{NAME}\n\n> **Thang chấm:**\n> - (1) {NAME}\n"
    made[f"courses/{COURSE}/{READ}.vi.md"] = factories.unit_text(
        NAME, completion="read and task", body=f"Một đoạn. {NAME}\n\n{task}"
    )
    made[f"courses/{COURSE}/{ASKED}.vi.md"] = factories.unit_text(NAME, completion="quiz", quiz=QUIZ)
    made[f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"] = factories.quiz_text(NAME).replace(
        "## Câu một {".encode(), f"## {NAME} {{".encode()
    )
    for path, text in made.items():
        made[path] = text.replace("summary: Một".encode(), f"summary: {NAME}".encode())
    made[f"courses/{DONE}/course.vi.md"] = factories.course_text(
        (READ,), title=NAME, owner=CODE, extra="certificate: yes\n"
    )
    made[f"courses/{DONE}/{READ}.vi.md"] = factories.unit_text(NAME)
    for path, text in essays.essay_texts().items():
        if path.endswith(".quiz.md"):
            hard = text.replace("Bài tự luận thử".encode(), NAME.encode())
            made[f"quizzes/{COURSE}/{essays.QUIZ}.vi.quiz.md"] = hard.replace(
                "## Viết thư cảnh báo".encode(), f"## {NAME}".encode()
            )
    return {path: text for path, text in made.items() if factories.OPTIONAL_UNIT not in path}


def fill(now: datetime, password: str) -> str:
    """Put the names into the data of the current application; returns a link for a first sign-in."""
    moment = Moment.of(now, factories.ZONE)
    save_organizations(
        [
            OrganizationRecord(CODE, "commune", NAME, PROVINCE_CODE),
            OrganizationRecord(f"{CODE}-1", "village", NAME, CODE),
        ]
    )
    hashed = hash_password(password)
    for username, role, place in (
        (LEARNER, Role.LEARNER, f"{CODE}-1"),
        (FINISHER, Role.LEARNER, CODE),
        (MANAGER, Role.MANAGER, CODE),
        (TRAINER, Role.TRAINER, CODE),
    ):
        at = get_by_code(place).id
        create_person(
            username, NAME, organization_id=at, roles=[(role, at)], now=moment.at, password_hash=hashed
        )
    factories.import_texts(texts(), at=moment, author=get_actor(TRAINER))
    assign_course(
        get_actor(MANAGER).id,
        get_course(COURSE).id,
        organization_id=get_by_code(CODE).id,
        title=NAME,
        moment=moment,
    )
    declare_read(get_actor(FINISHER), DONE, READ, revision_id=None, moment=moment)
    factories.take_quiz(get_actor(FINISHER), QUIZ, at=moment)
    for username in (FINISHER, LEARNER):
        essays.hand_in_text(get_actor(username), NAME, at=moment)
    mark_answer(
        get_actor(TRAINER),
        1,
        points=[Fraction(1)] * 3,
        comment=NAME,
        asks_second_look=False,
        seen=None,
        moment=moment,
    )
    revision = unit_page(get_actor(FINISHER), COURSE, READ, language="vi", now=now).revision
    for username in (FINISHER, LEARNER):
        hand_in(get_actor(username), COURSE, READ, text=NAME, revision_id=revision, seen=0, moment=moment)
    mark_task(
        get_actor(TRAINER),
        1,
        accepted=False,
        points=[Fraction(1)],
        comment=NAME,
        asks_second_look=False,
        seen=None,
        moment=moment,
    )
    return create_sign_in_link(get_actor(LEARNER).id, now=moment.at)
