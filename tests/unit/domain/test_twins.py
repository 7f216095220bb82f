"""Language twins share ids, keys and settings; whatever they disagree on is told."""

import pytest

from learning.domain.attempt import draw_paper
from learning.domain.content import QuizFile
from learning.domain.diagnostics import Severity
from learning.domain.questions.twins import check_twins, with_twin_keys
from learning.formats.quiz import parse_quiz
from tests.support.questions import answer_of, choices_of, keys_of

ORIGINAL = """\
---
title: Lừa đảo
pass: 90%
---
## Một {#mot type=multiple points=2 tags=url}
- [x] Đỏ {50%}
  > vì đỏ
- [x] Xanh {#x 50%}
- [ ] Vàng {fixed}
## Hai {#hai}
- [ ] Đúng
- [x] Sai
"""
TWIN = """\
---
title: Fraud
---
## Two {#hai}
- [ ] True
- [x] False
## One {#mot}
- [x] Red {50%}
- [x] Blue {50%}
  > because
- [ ] Yellow
> **Hint:** look
"""


def quiz(text: str, language: str = "vi") -> QuizFile:
    parsed = parse_quiz(text.encode(), file="a", language=language)
    assert parsed.value is not None, parsed.diagnostics
    return parsed.value


def test_a_twin_takes_keys_settings_and_order_from_the_original_and_keeps_its_words() -> None:
    original = quiz(ORIGINAL)
    twin = with_twin_keys(original, quiz(TWIN, "en"))
    assert [q.id for q in twin.questions] == ["mot", "hai"]
    assert [keys_of(q) for q in twin.questions] == [keys_of(q) for q in original.questions]
    assert twin.settings == original.settings
    first = twin.questions[0]
    assert (first.type, first.points, first.tags, first.title) == ("multiple", 2, ("url",), "One")
    assert [choice.text for choice in choices_of(first)] == ["Red", "Blue", "Yellow"]
    assert [choice.comment for choice in choices_of(first)] == ["", "because", ""]
    assert [choice.fixed for choice in choices_of(first)] == [False, False, True]
    assert first.hints == ("look",)
    assert (twin.title, twin.language) == ("Fraud", "en")


def test_a_paper_is_the_same_in_every_language() -> None:
    original = quiz(ORIGINAL)
    twin = with_twin_keys(original, quiz(TWIN, "en"))
    for number in range(20):
        assert draw_paper(original, bytes([number] * 16)) == draw_paper(twin, bytes([number] * 16))


def test_twins_that_agree_are_left_alone() -> None:
    assert check_twins(quiz(ORIGINAL), quiz(TWIN, "en"), "b") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{#hai}", "{#ba}", "Question `hai` of `a.vi.quiz.md` is missing here."),
        ("{#hai}", "{#ba}", "Question `ba` is not in `a.vi.quiz.md`."),
        ("{#hai}", "{#hai type=single}", "Question `hai` has another type than in `a.vi.quiz.md`."),
        ("{#mot}", "{#mot points=3}", "Question `mot` has other points than in `a.vi.quiz.md`."),
        ("- [ ] Yellow\n", "", "Question `mot` has 2 choices, 3 in `a.vi.quiz.md`."),
        ("[x] False", "[ ] False", "Question `hai`: answer 2 is right in one language and wrong in another."),
        (
            "- [ ] True",
            "- [x] True",
            "Question `hai`: answer 1 is right in one language and wrong in another.",
        ),
        ("Red {50%}", "Red {100%}", "Question `mot`: choice 1 has another weight than in `a.vi.quiz.md`."),
        ("Red {50%}", "Red {#r 50%}", "Question `mot`: choice 1 has another id than in `a.vi.quiz.md`."),
    ],
)
def test_what_twins_disagree_on_is_told_at_the_first_line(old: str, new: str, message: str) -> None:
    twin = TWIN.replace(old, new)
    if message.endswith("in another."):
        twin = twin.replace("- [ ] True\n- [ ] False", "- [x] True\n- [ ] False").replace(
            "- [x] True\n- [x] False", "- [x] True\n- [ ] False"
        )
    if "weight" in message:
        twin = twin.replace("Blue {50%}", "Blue {0%}").replace("- [x] Blue", "- [ ] Blue")
    found = check_twins(quiz(ORIGINAL), quiz(twin, "en"), "b", original_name="a.vi.quiz.md")
    assert message in [finding.text() for finding in found]
    assert {(finding.code, finding.line) for finding in found} == {("Q080", 1)}


def test_hints_that_cost_points_are_as_many_in_every_language() -> None:
    free = ORIGINAL.replace("- [ ] Vàng {fixed}\n", "- [ ] Vàng {fixed}\n> **Gợi ý:** nhìn\n")
    paid = free.replace("{#mot", "{#mot hint_cost=25%")
    assert check_twins(quiz(paid), quiz(TWIN, "en"), "b") == []
    fewer = TWIN.replace("> **Hint:** look\n", "")
    assert check_twins(quiz(free), quiz(fewer, "en"), "b") == []
    (found,) = check_twins(quiz(paid), quiz(fewer, "en"), "b", original_name="a.vi.quiz.md")
    assert (found.code, found.text()) == ("Q080", "Question `mot` has 0 hints, 1 in `a.vi.quiz.md`.")


def test_a_gap_of_another_kind_is_told() -> None:
    original, twin = "## a {#a}\nCó [[= 6]] chữ số.\n", "## a {#a}\nHas [[= six]] digits.\n"
    (found,) = check_twins(quiz(original), quiz(twin, "en"), "b", original_name="a.vi.quiz.md")
    assert found.text() == "Question `a`: gap 1 is of another kind than in `a.vi.quiz.md`."
    assert (found.code, found.line, found.severity) == ("Q080", 1, Severity.ERROR)


def test_putting_together_what_does_not_match_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="other questions"):
        with_twin_keys(quiz(ORIGINAL), quiz(TWIN.replace("{#hai}", "{#ba}"), "en"))
    with pytest.raises(ValueError, match="zip"):
        with_twin_keys(quiz(ORIGINAL), quiz(TWIN.replace("- [ ] Yellow\n", ""), "en"))


TYPED = """\
## Một {#mot type=text case=exact accents=ignore points=2}
- = lừa đảo
- = giả mạo {50%}
- != 113
## Hai {#hai unit="cm"}
- = 2.54
## Ba {#ba unit="%"}
- = 5..10
"""
TYPED_TWIN = """\
## Three {#ba}
- = 5..10
- != 11
## One {#mot}
- = 2024
## Two {#hai unit="inch"}
- = 1
"""


def test_a_twin_has_its_own_replies_and_unit_and_is_compared_as_the_original() -> None:
    original, english = quiz(TYPED), quiz(TYPED_TWIN, "en")
    assert check_twins(original, english, "b") == []
    words, inches, share = with_twin_keys(original, english).questions
    assert (words.type, words.points, words.title) == ("text", 2, "One")
    assert [reply.text for reply in answer_of(words).replies] == [
        "2024"
    ]  # looks like a number, and is none here
    assert dict(answer_of(words).options) == {"case": "exact", "accents": "ignore"}
    assert (answer_of(inches).option("unit"), answer_of(share).option("unit")) == ("inch", "%")
    assert len(answer_of(share).replies) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- = 1\n", "- = an inch\n"),
        ("- = 1\n", "- [x] one\n- [ ] two\n"),
        ("- = 2024", "- [x] fraud\n- [ ] luck"),
        ("{#mot}", "{#mot type=numeric}"),
    ],
)
def test_a_twin_whose_answers_are_of_another_kind_is_told(old: str, new: str) -> None:
    english = TYPED_TWIN.replace(old, new)
    if "= 1" in old:  # only a number has a unit
        english = english.replace(' unit="inch"', "")
    found = check_twins(quiz(TYPED), quiz(english, "en"), "b")
    assert [finding.code for finding in found] == ["Q080"]
    assert "has another type" in found[0].text()


def test_a_choice_in_place_of_a_reply_cannot_be_put_together() -> None:
    english = TYPED_TWIN.replace("- = 2024", "- [x] fraud\n- [ ] luck")
    with pytest.raises(ValueError, match="another kind"):
        with_twin_keys(quiz(TYPED), quiz(english, "en"))
