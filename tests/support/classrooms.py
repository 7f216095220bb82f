"""A course with units that a session completes, and sessions for it."""

from dataclasses import replace
from datetime import timedelta

from learning.classrooms.services import Plan, plan_session
from learning.domain.permissions import Actor
from tests.support.factories import COMMUNE, NOW, course_text, import_texts, moment, unit_text

COURSE, SESSION_UNIT, BOTH_UNIT, READ_ALONE = "tap-huan", "buoi-hoc-thu", "doc-va-den", "chi-doc"
KEY = bytes(range(16))
EVENING = Plan(
    course=COURSE,
    unit=SESSION_UNIT,
    organization=COMMUNE,
    invited=(),
    trainer="",
    title="Buổi tối thử",
    place="Nhà văn hóa thôn Thử",
    starts_at=NOW + timedelta(days=1),
    ends_at=NOW + timedelta(days=1, hours=2),
    seats=None,
    note="Mang theo điện thoại.",
)


def make_session_course() -> None:
    """Publish a course of three units: one asks for a session, one for reading and a session, one for reading."""
    import_texts(
        {
            f"courses/{COURSE}/course.vi.md": course_text(
                (SESSION_UNIT, BOTH_UNIT, READ_ALONE), title="Tập huấn thử"
            ),
            f"courses/{COURSE}/{SESSION_UNIT}.vi.md": unit_text("Buổi học thử", completion="session"),
            f"courses/{COURSE}/{BOTH_UNIT}.vi.md": unit_text("Đọc và đến", completion="read and session"),
            f"courses/{COURSE}/{READ_ALONE}.vi.md": unit_text("Chỉ đọc"),
        }
    )


def plan_evening(actor: Actor, **changes: object) -> int:
    """Plan the evening of tomorrow, with changes; returns its id."""
    return plan_session(actor, replace(EVENING, **changes), code_key=KEY, moment=moment())  # type: ignore[arg-type]
