"""A course whose test asks for a text that a person marks, and one choice."""

from learning.domain.permissions import Actor
from learning.progress.moments import Moment
from learning.quizzes.services import Answer, start_attempt, submit_attempt
from tests.support.factories import SEED, course_text, unit_text

COURSE, QUIZ, UNIT, QUESTION = "tu-luan", "bai-tu-luan", "thi-tu-luan", "canh-bao"

_QUIZ = """---
title: Bài tự luận thử
preset: test
pass: 60%
attempts: {attempts}
shuffle: none
show_after_submit: score, marks, answers, feedback
---

## Câu chọn {{#chon points=5}}

Chọn câu đúng.

- [x] Đúng
- [ ] Sai

## Viết thư cảnh báo {{#canh-bao type=essay points=5 words=5..200}}

Viết một thông báo ngắn gửi toàn cơ quan.

> **Thang chấm:**
> - (2) Nêu ba dấu hiệu **nhận biết**
> - (2) Nêu việc cần làm
> - (1) Văn phong rõ ràng

> **Bài mẫu:** Kính gửi các đồng chí, từ sáng nay có thư giả mạo.
"""


def essay_texts(attempts: int = 1) -> dict[str, bytes]:
    """Return the texts of the course by path."""
    return {
        f"courses/{COURSE}/course.vi.md": course_text((UNIT,), title="Tự luận thử"),
        f"courses/{COURSE}/{UNIT}.vi.md": unit_text("Thi tự luận", completion="quiz", quiz=QUIZ),
        f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": _QUIZ.format(attempts=attempts).encode(),
    }


def hand_in_text(actor: Actor, text: str, *, at: Moment, quiz: str = QUIZ) -> int:
    """Submit an attempt with a text and nothing chosen; return its id."""
    attempt = start_attempt(actor, quiz, seed=SEED, moment=at)
    answer = Answer(QUESTION, text, "00000000-0000-4000-8000-000000000001", 1)
    submit_attempt(actor, attempt, moment=at, answers={QUESTION: answer}, language="vi")
    return attempt
