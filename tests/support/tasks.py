"""A course whose one unit asks to be read and for a practical task."""

from learning.domain.permissions import Actor
from learning.progress.moments import Moment
from learning.study.queries.courses import unit_page
from learning.tasks.services import hand_in
from tests.support.factories import course_text, unit_text

COURSE, UNIT = "thuc-hanh", "kiem-tra-may"
TASK = """Đọc trước khi làm.

## Nhiệm vụ tuần này {#task points=5}

Kiểm tra **năm máy** của cơ quan.

> **Thang chấm:**
> - (2) Đủ *năm* máy
> - (3) Ghi lại từng máy

> **Bài mẫu:** Máy một đã cập nhật, máy hai còn thiếu.
"""


def task_texts(completion: str = "read and task", body: str = TASK) -> dict[str, bytes]:
    """Return the texts of the course by path."""
    return {
        f"courses/{COURSE}/course.vi.md": course_text((UNIT,), title="Thực hành thử"),
        f"courses/{COURSE}/{UNIT}.vi.md": unit_text("Kiểm tra máy", completion=completion, body=body),
    }


def hand_in_text(actor: Actor, text: str, *, at: Moment) -> None:
    """Hand in a text for the task, after looking at its page."""
    page = unit_page(actor, COURSE, UNIT, language="vi", now=at.at)
    assert page.task is not None
    latest = page.task.latest
    hand_in(
        actor,
        COURSE,
        UNIT,
        text=text,
        revision_id=page.revision,
        seen=latest.number if latest else 0,
        moment=at,
    )
