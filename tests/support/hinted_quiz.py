"""A practice quiz whose hints cost points: `mot` has two at a quarter each, `hai` a free one, `ba` is an essay."""

from tests.support.factories import COURSE, QUIZ

PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"
FIRST, SECOND, FREE = "nhìn số đầu", "nhìn số cuối", "nhìn cả hai"


def hinted_text(*, preset: str = "practice", right: str = "Ba", extra: str = "") -> bytes:
    """Return the quiz; `right` is the right choice of the first question."""
    choices = "".join(
        f"- [{'x' if name == right else ' '}] {name} {{#{key}}}\n" for name, key in CHOICES.items()
    )
    return f"""---
title: Bài có gợi ý
preset: {preset}
{extra}---

## Câu một {{#mot points=4 hint_cost=25%}}

Số nào lớn nhất?

{choices}
> **Gợi ý:** {FIRST}

> **Gợi ý:** {SECOND}

## Câu hai {{#hai}}

Hai lớn hơn ba.

- [ ] Đúng
- [x] Sai

> **Gợi ý:** {FREE}

## Câu ba {{#ba type=text}}

Bốn cộng một là mấy, bằng chữ?

- = năm
""".encode()


CHOICES = {"Một": "a", "Ba": "b", "Hai": "c"}
