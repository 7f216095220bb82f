"""Papers that differ only in what is right are the same to the byte until they are submitted."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.quizzes.services import start_attempt, submit_attempt
from tests.support import all_types
from tests.support.factories import course_text, import_texts, moment, unit_text
from tests.support.program import Program
from tests.support.visitor import Visitor, hidden

Visit = Callable[..., Visitor]
SEEDS = [bytes([number]) * 16 for number in range(20)]
SOURCE = (Path(all_types.__file__).parent / "all_types.vi.quiz.md").read_text()
ESSAY = """
## Viết {#viet type=essay points=3 words=5..90}

Viết một thông báo.

> **Thang chấm:**
> - (2) Nêu dấu hiệu
> - (1) Gọn

> **Bài mẫu:** Kính gửi các đồng chí.
"""
KEYS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (
        ("- [ ] `gov.vn`", "- [x] `gov.vn`"),
        ("- [x] `xac-minh.example`", "- [ ] `xac-minh.example`"),
        ("- [ ] Đúng\n- [x] Sai", "- [x] Đúng\n- [ ] Sai"),
        ("- = smishing", "- = tin nhắn rác"),
        ("- = 12", "- = 8..10"),
        ("Phishing => Lừa đảo qua **e-mail**", "Phishing => Lừa đảo qua tin nhắn"),
        ("Smishing => Lừa đảo qua tin nhắn", "Smishing => Lừa đảo qua **e-mail**"),
        ("(x) HTTPS | ( ) FTP", "( ) HTTPS | (x) FTP"),
        ("[[= 6]]", "[[= 8]]"),
        ("[[o: Bảng lương tháng 11]]", "[[x: Bảng lương tháng 11 >> Không ai hỏi]]"),
        ("> - (2) Nêu dấu hiệu\n> - (1) Gọn", "> - (1) Nêu việc cần làm\n> - (1) Đúng\n> - (1) Đủ"),
    ),
    (
        ("- [ ] Có chữ ký", "- [x] Có chữ ký"),
        ("- [x] Thúc giục hành động ngay", "- [ ] Thúc giục hành động ngay"),
        ("  > Đây chỉ là phần tên miền con.\n", ""),
        ("- != vishing\n  > Vishing là qua cuộc gọi.\n", ""),
        ("[[= 2FA | MFA]]", "[[= xác thực kép]]"),
        (" >> Không mã hoá", ""),
        ("[[x: `ketoan@c0ng-ty.example` >> Số 0 thay chữ o]]", "[[o: `ketoan@c0ng-ty.example`]]"),
        ("[[o: Tổ dân phố mời họp]]", "[[x: Tổ dân phố mời họp]]"),
        ("> **Bài mẫu:** Kính gửi các đồng chí.\n", ""),
    ),
)


def source(number: int) -> str:
    """Return the quiz with a question of every type, by one of the keys."""
    text = SOURCE + ESSAY
    for before, after in KEYS[number]:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    if number == 1:  # the steps in another right order
        steps = re.findall(r"^1\. .*$", text, re.MULTILINE)
        text = text.replace("\n".join(steps), "\n".join(reversed(steps)))
    return text


@pytest.fixture
def keys(world: Flask) -> Flask:
    """The site with a course for each key, the names of equal length, and a clock that stands still."""
    world.config["CLOCK"] = lambda: moment().at
    for number in range(len(KEYS)):
        course, quiz, unit = f"khoa-{number}", f"bai-{number}", f"chuyen-{number}"
        import_texts(
            {
                f"courses/{course}/course.vi.md": course_text((unit,), title="Mọi kiểu"),
                f"courses/{course}/{unit}.vi.md": unit_text("Thi", completion="quiz", quiz=quiz),
                f"quizzes/{course}/{quiz}.vi.quiz.md": source(number).encode(),
            }
        )
    return world


def test_no_paper_tells_what_is_right(keys: Flask, visit: Visit, program: Callable[..., Program]) -> None:
    learner, call, actor = visit("learner"), program("learner"), get_actor("learner")
    for seed in SEEDS:
        seen = []
        for number in range(len(KEYS)):
            attempt = start_attempt(actor, f"bai-{number}", seed=seed, moment=moment())
            told: list[Any] = [
                everything(learner, path, number, attempt)
                for path in (
                    f"/attempts/{attempt}/",
                    f"/quizzes/bai-{number}/",
                    f"/courses/khoa-{number}/",
                    f"/courses/khoa-{number}/chuyen-{number}/",
                )
            ]
            told.append(same(call("GET", f"/attempts/{attempt}").text, number, attempt))
            told.append(
                same(call("GET", f"/courses/khoa-{number}/units/chuyen-{number}").text, number, attempt)
            )
            answer = {"response": "x" * 9, "event_id": "00000000-0000-4000-8000-000000000001", "sequence": 1}
            told.append(same(call("PUT", f"/attempts/{attempt}/responses/chu", answer).text, number, attempt))
            seen.append(told)
            submit_attempt(actor, attempt, moment=moment())
        for told in seen[1:]:
            assert told == seen[0]


def everything(learner: Visitor, path: str, number: int, attempt: int) -> tuple[str, str]:
    """Return a page and its heads, with what is of this course and this moment made equal."""
    answer = learner.get(path)
    assert answer.status_code == 200
    page = answer.text
    for name in ("csrf_token", "event_id"):
        if f'name="{name}"' in page:
            page = page.replace(hidden(page, name), "TOKEN")
    heads = [f"{name}: {value}" for name, value in answer.headers if name not in ("Set-Cookie", "Date")]
    heads = [head for head in heads if not head.startswith("Content-Length")] + [f"length {len(page)}"]
    return same(page, number, attempt), json.dumps(heads)


def same(text: str, number: int, attempt: int) -> str:
    """Return a text with the names of the course and the numbers of attempt and revision made equal."""
    text = re.sub(rf"\b(khoa|bai|chuyen)-{number}\b", r"\1-N", text)
    text = re.sub(r"/attempts/[0-9]+\b", "/attempts/N", text)
    text = text.replace(f'data-autosave="{attempt}"', 'data-autosave="N"')
    text = re.sub(r'"revision":[0-9]+,', '"revision":N,', text)
    return re.sub(rf'"id":{attempt},', '"id":N,', text)
