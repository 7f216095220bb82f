"""What reading and marking a quiz costs inside one process, without a server or a database."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.measure import Spread
from learning.domain.attempt import SEED_BYTES, draw_paper
from learning.domain.grading import Given, grade_quiz
from learning.domain.questions.registry import TYPES
from learning.formats.quiz import parse_quiz

PARSED, MARKED = 200, 50  # questions
KINDS = (
    "- [ ] Một {n}\n- [x] Hai {n}\n  > Vì **hai** {n}.\n- [ ] Ba {n}\n",
    "- [x] Một {n}\n- [ ] Hai {n}\n- [x] Ba {n}\n- [ ] Bốn {n}\n",
    "- [ ] Đúng\n- [x] Sai\n",
    "- = mã độc {n}\n- = phần mềm độc hại {n}\n- != vi rút {n}\n",
    "- = {n} ± 2\n",
    "- Một {n} => A {n}\n- Hai {n} => B {n}\n- Ba {n} => C {n}\n- => D {n}\n",
    "1. Một {n}\n1. Hai {n}\n1. Ba {n}\n1. Bốn {n}\n",
    "Viết [[= 2FA | MFA]] rồi [[= {n}]] và chọn [[( ) HTTP | (x) HTTPS]].\n",
    "> Từ: [[x: ketoan-{n}@c0ng-ty.example >> Số 0]]\n> [[o: Trân trọng]]\n",
    "> **Thang chấm:**\n> - (1) Ý một\n> - (1) Ý hai\n",
)
TYPED = {5: " type=match", 6: " type=order", 9: " type=essay"}


@dataclass(frozen=True, slots=True)
class QuizCosts:
    """CPU-ms for reading a file of `PARSED` questions, and for marking an attempt of `MARKED`."""

    parsing: Spread
    marking: Spread


def quiz_text(questions: int) -> bytes:
    """Return a quiz with questions of all ten types in turn."""
    parts = ["---\ntitle: Bài đo\npreset: test\n---\n"]
    for number in range(questions):
        kind = number % len(KINDS)
        parts.append(
            f"\n## Câu hỏi {number} {{#cau-{number}{TYPED.get(kind, '')} tags=do}}\n\n"
            f"Đọc *kỹ* đoạn sau rồi trả lời câu {number}.\n\n"
            + KINDS[kind].replace("{n}", str(number))
            + f"\n> **Giải thích:** Xem lại bài {number}.\n"
        )
    return "".join(parts).encode()


def measure_quizzes(*, times: int, seed: int) -> QuizCosts:
    """Read and mark again and again; raises ValueError when the quiz of the benchmark is none."""
    whole, small = quiz_text(PARSED), quiz_text(MARKED)
    quiz = parse_quiz(small, file="bench", language="vi").value
    if quiz is None or parse_quiz(whole, file="bench", language="vi").value is None:
        raise ValueError("the quiz of the benchmark has an error")
    paper = draw_paper(quiz, random.Random(seed).randbytes(SEED_BYTES))
    given = {
        question.id: Given(TYPES[question.type].right_response(question.answer), "vi")
        for question in quiz.questions
    }
    return QuizCosts(
        Spread.of(_cpu_ms(lambda: parse_quiz(whole, file="bench", language="vi"), times)),
        Spread.of(_cpu_ms(lambda: grade_quiz(quiz, paper.question_ids, given), times)),
    )


def _cpu_ms(work: Callable[[], object], times: int) -> list[float]:
    found = []
    for _ in range(times):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) * 1000)
    return found
