"""Small worlds for tests: a tree of organizations, invented people, a tiny course as Markdown bytes.

Everything enters by the services that a running site uses, at a fixed moment. Names say that they are invented.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

from learning.accounts.queries import get_actor
from learning.accounts.services import create_person, hash_password
from learning.authoring.services import import_files
from learning.courses.services import FileChange, Publication
from learning.domain.attempt import SEED_BYTES
from learning.domain.permissions import Actor, Role
from learning.formats.bundle import BundleFile, place_of
from learning.organizations.queries import get_by_code
from learning.organizations.services import (
    DEPARTMENT_CODE,
    PROVINCE_CODE,
    OrganizationRecord,
    save_organizations,
)
from learning.progress.moments import Moment
from learning.quizzes.marking import attempt_paper, original_text
from learning.quizzes.queries import get_attempt
from learning.quizzes.services import (
    Answer,
    Submission,
    save_responses,
    start_attempt,
    submit_attempt,
)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # 10 o'clock in Việt Nam
SEED = bytes(range(SEED_BYTES))
PASSWORD = "mười lăm ký tự trở lên"

COURSE, QUIZ = "khoa-thu", "bai-thu"
READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT = "doc-thu", "thi-thu", "them-thu"


def moment(days: float = 0, *, hours: float = 0, minutes: float = 0) -> Moment:
    """Return the fixed moment of tests, so much later."""
    return Moment.of(NOW + timedelta(days=days, hours=hours, minutes=minutes), ZONE)


# --- Organizations and people

COMMUNE, WARD, VILLAGE, OTHER_COMMUNE = "X-1", "P-1", "X-1-1", "X-2"


def make_organizations(extra: Iterable[OrganizationRecord] = ()) -> None:
    """Add a province, its department, two communes, a ward, and a village in the first commune."""
    save_organizations(
        [
            OrganizationRecord(PROVINCE_CODE, "province", "Tỉnh Thử Nghiệm", None),
            OrganizationRecord(DEPARTMENT_CODE, "department", "Ban Thử Nghiệm", PROVINCE_CODE),
            OrganizationRecord(COMMUNE, "commune", "Xã Đồng Thử", PROVINCE_CODE),
            OrganizationRecord(OTHER_COMMUNE, "commune", "Xã Dốc Thử", PROVINCE_CODE),
            OrganizationRecord(WARD, "ward", "Phường Ăn Thử", PROVINCE_CODE),
            OrganizationRecord(VILLAGE, "village", "Thôn Thử Một", COMMUNE),
            *extra,
        ]
    )


def make_person(
    username: str,
    organization: str = COMMUNE,
    *,
    role: Role = Role.LEARNER,
    name: str = "",
    password: str | None = None,
    at: datetime = NOW,
) -> Actor:
    """Add a person with one role at her organization and return her as she acts."""
    place = get_by_code(organization)
    create_person(
        username,
        name or f"Người Thử {username}",
        organization_id=place.id,
        roles=[(role, place.id)],
        now=at,
        password_hash=hash_password(password) if password else None,
    )
    return get_actor(username)


# --- Texts


def course_text(
    units: Iterable[str], *, title: str = "Khóa thử", owner: str = DEPARTMENT_CODE, extra: str = ""
) -> bytes:
    """Return a course file in the course's own language, with more lines of its head in `extra`."""
    return (
        f"---\ntitle: {title}\nsummary: Một khóa để thử.\nunits: {', '.join(units)}\nowner: {owner}\n{extra}---\n\n"
        "Khóa này chỉ để thử.\n\n## Mục tiêu\n\n- thử một lần\n"
    ).encode()


def unit_text(
    title: str = "Bài đọc thử",
    *,
    completion: str = "read",
    quiz: str | None = None,
    required: bool = True,
    minutes: int = 5,
    body: str = "Một đoạn văn để thử.",
) -> bytes:
    """Return a unit file in the course's own language."""
    asked = f"quiz: {quiz}\n" if quiz else ""
    return (
        f"---\ntitle: {title}\nsummary: Một bài để thử.\nrequired: {'yes' if required else 'no'}\n"
        f"minutes: {minutes}\ncompletion: {completion}\n{asked}---\n\n## Phần đầu\n\n{body}\n"
    ).encode()


def quiz_text(
    title: str = "Bài kiểm tra thử",
    *,
    attempts: int | None = 3,
    share: str = "70%",
    extra: str = "",
    intro: str = "Chọn câu trả lời đúng.",
) -> bytes:
    """Return a quiz of three questions worth 1, 1 and 2 points: `mot` single, `hai` truefalse, `ba` multiple."""
    tries = "unlimited" if attempts is None else attempts
    return f"""---
title: {title}
preset: test
pass: {share}
attempts: {tries}
{extra}---

{intro}

## Câu một {{#mot}}

Số nào lớn nhất?

- [ ] Một
- [x] Ba
- [ ] Hai

> **Giải thích:** Ba lớn hơn hai.

## Câu hai {{#hai}}

Hai lớn hơn ba.

- [ ] Đúng
- [x] Sai

> **Giải thích:** Hai nhỏ hơn ba.

## Câu ba {{#ba type=multiple points=2}}

Những số nào là số chẵn?

- [x] Hai
- [ ] Ba
- [x] Bốn
- [ ] Năm

> **Giải thích:** Hai và bốn chia hết cho hai.
""".encode()


def files_of(texts: Mapping[str, bytes]) -> list[BundleFile]:
    """Return the texts, named by their paths, as the files of a bundle; raises ValueError outside the layout."""
    files = []
    for path, data in texts.items():
        file = place_of(path, data)
        if file is None:
            raise ValueError(path)
        files.append(file)
    return files


def course_texts(
    course: str = COURSE, *, quiz: str = QUIZ, attempts: int | None = 3, extra: str = ""
) -> dict[str, bytes]:
    """Return the texts of the tiny course by path: a unit to read, one with a quiz, an optional one."""
    return {
        f"courses/{course}/course.vi.md": course_text((READ_UNIT, QUIZ_UNIT, OPTIONAL_UNIT), extra=extra),
        f"courses/{course}/{READ_UNIT}.vi.md": unit_text(),
        f"courses/{course}/{QUIZ_UNIT}.vi.md": unit_text("Bài thi thử", completion="quiz", quiz=quiz),
        f"courses/{course}/{OPTIONAL_UNIT}.vi.md": unit_text("Bài đọc thêm", required=False),
        f"quizzes/{course}/{quiz}.vi.quiz.md": quiz_text(attempts=attempts),
    }


def import_texts(
    texts: Mapping[str, bytes],
    *,
    at: Moment | None = None,
    effect: str = "wording",
    publish: bool = True,
    author: Actor | None = None,
    dry_run: bool = False,
) -> list[FileChange]:
    """Import the texts as the command does, into the application of the test."""
    at = at or moment()
    changes, _warnings = import_files(
        files_of(texts),
        Publication(author.id if author else None, at.at, effect=effect, publish=publish),
        renderer=current_app.extensions["renderer"],
        moment=at,
        actor=author,
        dry_run=dry_run,
    )
    return changes


def make_course(course: str = COURSE, *, quiz: str = QUIZ, attempts: int | None = 3) -> None:
    """Publish the tiny course."""
    import_texts(course_texts(course, quiz=quiz, attempts=attempts))


# --- Attempts


def answers_of(actor: Actor, attempt_id: int, *, right: bool = True, sequence: int = 1) -> dict[str, Answer]:
    """Return an answer to each question of the attempt, all right or all wrong."""
    stored = get_attempt(actor, attempt_id)
    text = original_text(stored)
    answers = {}
    for number, question_id in enumerate(attempt_paper(stored, text).question_ids):
        question = text.quiz.question(question_id)
        wanted = tuple(key for key in question.answer.keys if (key in question.answer.right) == right)
        value = wanted if question.type == "multiple" else wanted[0]
        event = f"{attempt_id:08x}-0000-4000-8000-{sequence:06x}{number:06x}"
        answers[question_id] = Answer(question_id, value, event, sequence)
    return answers


def take_quiz(
    actor: Actor, quiz: str = QUIZ, *, right: bool = True, at: Moment | None = None, seed: bytes = SEED
) -> Submission:
    """Start an attempt, answer everything and submit."""
    at = at or moment()
    attempt_id = start_attempt(actor, quiz, seed=seed, moment=at)
    save_responses(actor, attempt_id, answers_of(actor, attempt_id, right=right), language="vi", moment=at)
    return submit_attempt(actor, attempt_id, moment=at)
