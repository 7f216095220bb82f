"""The page of item analysis: words beside figures, an empty state that says what to wait for, a file, and no names."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.factories import COURSE, QUIZ, import_texts, make_person, quiz_text
from tests.support.keyed_quiz import publish, sit
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
PAGE = f"/authoring/quizzes/{QUIZ}/analysis"


def answered(*given: str) -> None:
    """Let people answer the quiz whose key is `aaab`."""
    publish("aaab", day=-1)
    for number, one in enumerate(given):
        sit(make_person(f"nguoi-{number}", name=f"Tên Riêng {number}"), one)


def table(visitor: Visitor) -> list[dict[str, str]]:
    answer = visitor.get(f"{PAGE}.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{QUIZ}-analysis.csv"'
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_a_question_whose_key_seems_wrong_is_told_in_words(world: Flask, visit: Visit) -> None:
    answered("aaaa", "aaba", "abca", "bbca", "cbca", "aaaa")
    page = visit("trainer").get(PAGE).text
    assert "Gần như không ai làm đúng: kiểm tra lại đáp án?" in page
    assert "Nhiều người chọn phương án này hơn phương án đúng." in page
    assert "Tên Riêng" not in page
    rows = table(visit("trainer"))
    [last] = [row for row in rows if row["question"] == "q4" and row["level"] == "question"]
    assert (last["attempts"], last["share"], last["remarks"]) == ("6", "0.0", "hard")
    chosen = {row["choice"]: row["chosen"] for row in rows if row["question"] == "q4" and row["choice"]}
    assert chosen == {"a": "6", "b": "0", "c": "0"}
    assert "Tên Riêng" not in str(rows)


def test_before_five_attempts_the_page_says_what_it_waits_for(world: Flask, visit: Visit) -> None:
    answered("aaab", "aaab", "cccc", "aaaa")
    page = visit("trainer").get(PAGE).text
    assert "Đến nay có 4 người nộp lần làm đầu tiên." in page
    assert not re.search(r"\d %", page)
    assert '<svg class="bar"' not in page
    assert {row["share"] for row in table(visit("trainer"))} == {""}


def test_a_bar_never_stands_without_its_number(world: Flask, visit: Visit) -> None:
    answered(*["aaab"] * 3, *["bbba"] * 3)
    page = visit("trainer").get(PAGE).text
    bars = re.findall(r'<rect width="([\d.]+)"[^>]*></rect></svg>\s*</?', page)
    assert len(bars) >= 16
    shown = re.findall(r'<bdi>(\d+) %</bdi><svg class="bar"[^>]*><rect width="([\d.]+)"', page)
    assert shown
    assert {(int(number), float(width)) for number, width in shown} == {(50, 50.0)}


@pytest.mark.parametrize("username", ["learner", "manager", "province"])
def test_shares_of_wrong_answers_are_never_for_managers(world: Flask, visit: Visit, username: str) -> None:
    for path in (PAGE, f"{PAGE}.csv"):
        assert visit(username).get(path).status_code == 404


def test_a_quiz_that_was_never_published_has_no_analysis(world: Flask, visit: Visit) -> None:
    import_texts({f"quizzes/{COURSE}/nhap.vi.quiz.md": quiz_text()}, publish=False)
    assert visit("trainer").get("/authoring/quizzes/nhap/analysis").status_code == 404
    assert visit("trainer").get("/authoring/quizzes/nhap/regrading").status_code == 404
