"""A course with one quiz that asks a question of every type, in Vietnamese and English."""

from pathlib import Path

from learning.domain.questions.model import Question, ResponseValue
from tests.support.factories import course_text, unit_text

COURSE, QUIZ, UNIT = "moi-kieu", "bai-moi-kieu", "thi-moi-kieu"

_HERE = Path(__file__).parent


ESSAY, WRITTEN = "viet", "Kính gửi các đồng chí, từ sáng nay có thư giả mạo."
_ESSAYS = {
    "vi": """
## Viết thư cảnh báo {#viet type=essay points=2}

Viết một thông báo ngắn gửi toàn cơ quan.

> **Thang chấm:**
> - (1) Nêu dấu hiệu
> - (1) Nêu việc cần làm
""",
    "en": """
## Write a warning {#viet type=essay}

Write a short notice to the whole office.

> **Rubric:**
> - (1) Names the signs
> - (1) Says what to do
""",
}


def all_types_texts(*, with_essay: bool = False) -> dict[str, bytes]:
    """Return the texts of the course by path; a text to write, which a person marks, comes last where it is asked."""
    essays = {language: text.encode() if with_essay else b"" for language, text in _ESSAYS.items()}
    return {
        f"courses/{COURSE}/course.vi.md": course_text((UNIT,), title="Mọi kiểu câu hỏi"),
        f"courses/{COURSE}/{UNIT}.vi.md": unit_text("Thi mọi kiểu", completion="quiz", quiz=QUIZ),
        f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md": (_HERE / "all_types.vi.quiz.md").read_bytes() + essays["vi"],
        f"quizzes/{COURSE}/{QUIZ}.en.quiz.md": (_HERE / "all_types.en.quiz.md").read_bytes() + essays["en"],
    }


def sent_fields(question: Question, response: ResponseValue | None) -> dict[str, list[str]]:
    """Return the fields by which a form without scripts sends a response, those that are empty left out."""
    name = f"q-{question.id}"
    if response is None:
        return {}
    if isinstance(response, dict):
        return {f"{name}-{key}": [value] for key, value in response.items()}
    if isinstance(response, str):
        return {name: [response]}
    if question.type == "order":
        return {f"{name}-pos-{key}": [str(place)] for place, key in enumerate(response, start=1)}
    return {name: list(response) or ["none"]}
