"""Pairs, steps, gaps and parts: graded by their rules, served without a hint of the key, explained."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.attempt import draw_paper, present, read_form_response, read_response
from learning.domain.content import QuizFile, QuizSettings
from learning.domain.diagnostics import Findings
from learning.domain.errors import Refused
from learning.domain.grading import grade
from learning.domain.questions.cloze import Cloze
from learning.domain.questions.hottext import Hottext
from learning.domain.questions.match import Match
from learning.domain.questions.model import (
    MARK_END,
    MARK_START,
    AnswerKind,
    AnswerLine,
    Piece,
    Question,
    choice_key,
)
from learning.domain.questions.order import Order
from learning.domain.questions.registry import TYPES

SEED = bytes(range(16))
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def read(kind: Any, lines: Sequence[AnswerLine], **options: str) -> Any:
    findings = Findings("a", "Q")
    answer = kind.read(lines, findings, heading=1, options=options)
    assert findings.all() == ()
    return answer


def question(kind: str, answer: Any, body: str = "", partial: str | None = None) -> Question:
    return Question("q", kind, "", Fraction(1), answer, body, partial=partial)


def pairs(*texts: tuple[str, str]) -> Any:
    return read(Match(), [AnswerLine(AnswerKind.PAIR, left, 1, 1, right=right) for left, right in texts])


def steps(texts: str) -> Any:
    return read(Order(), [AnswerLine(AnswerKind.STEP, text, 1, 1) for text in texts])


def parts(marked: str) -> Any:
    """Return parts named a, b, …; a capital letter is suspicious."""
    lines = [
        AnswerLine(AnswerKind.HOT, letter.lower(), 1, 1, marked=letter.isupper(), comment=f"vì {letter}")
        for letter in marked
    ]
    return read(Hottext(), lines)


def gap(*words: str) -> AnswerLine:
    items = tuple(AnswerLine(AnswerKind.REPLY, word, 1, 1, marked=True) for word in words)
    return AnswerLine(AnswerKind.GAP, "", 1, 1, items=items)


def dropdown(right: str, *wrong: str) -> AnswerLine:
    items = [AnswerLine(AnswerKind.CHOICE, word, 1, 1, comment=f"không {word}") for word in wrong]
    items.insert(1, AnswerLine(AnswerKind.CHOICE, right, 1, 1, marked=True))
    return AnswerLine(AnswerKind.DROPDOWN, "", 1, 1, items=tuple(items))


def gaps(*lines: AnswerLine, **options: str) -> Any:
    return read(Cloze(), lines, **options)


def score(asked: Question, value: Any, rule: str = "minus", **more: Any) -> Fraction:
    return grade(asked, value, rule, **more).score


def keys(text: str) -> list[str]:
    return [choice_key(letter) for letter in text]


# --- Pairs


PAIRS = pairs(("a", "1"), ("b", "2"), ("c", "1"), ("", "3"))


@pytest.mark.parametrize(
    ("response", "share"),
    [
        ({"a": "1", "b": "2", "c": "1"}, 1),
        ({"a": "1", "b": "3", "c": "2"}, THIRD),
        ({"a": "1"}, THIRD),
        ({"a": "2", "b": "1"}, 0),
        (None, 0),
    ],
)
def test_right_pairs_win_their_share(response: dict[str, str] | None, share: Fraction) -> None:
    value = response and {choice_key(left): choice_key(right) for left, right in response.items()}
    asked = question("match", PAIRS)
    assert [score(asked, value, rule) for rule in ("minus", "each")] == [share, share]
    assert score(asked, value, "all") == (share == 1)


def test_what_is_no_response_to_pairs_is_refused_or_wins_nothing() -> None:
    asked = question("match", PAIRS)
    a, one = choice_key("a"), choice_key("1")
    assert read_response(asked, {a: one, choice_key("b"): "", choice_key("c"): None}) == {a: one}
    for nothing in (None, {}, {a: ""}):
        assert read_response(asked, nothing) is None
    for foreign in ("x", [a], {"x": one}, {a: "x"}, {a: [one]}, {a: 1}, {one: a}):
        with pytest.raises(Refused):
            read_response(asked, foreign)
    for old in ("x", [a], {"x": one}, 5):
        assert score(asked, old) == 0


def test_pairs_are_explained_side_by_side() -> None:
    rows = Match().filled(
        PAIRS, {choice_key("a"): choice_key("1"), choice_key("b"): choice_key("3")},
        language="vi", reader="vi", twins={},
    )  # fmt: skip
    assert [(row.label, row.given, row.right, row.share) for row in rows] == [
        ("left/1", Piece("right/1"), (Piece("right/1"),), 1),
        ("left/2", Piece("right/3"), (Piece("right/2"),), 0),
        ("left/3", None, (Piece("right/1"),), 0),
    ]


# --- Steps


@pytest.mark.parametrize(
    ("given", "position", "in_pairs"),
    [
        ("abcd", 1, 1),
        ("bacd", HALF, Fraction(2, 3)),
        ("dcba", 0, 0),
        ("bcda", 0, 0),
        ("acbd", HALF, Fraction(2, 3)),
    ],
)
def test_an_order_is_graded_as_a_whole_by_places_or_by_pairs(
    given: str, position: Fraction, in_pairs: Fraction
) -> None:
    for rule, share in (("position", position), ("pairs", in_pairs), ("all", given == "abcd")):
        assert score(question("order", steps("abcd"), partial=rule), keys(given)) == share
    by_quiz = {"minus": in_pairs, "each": position, "all": given == "abcd"}
    assert {rule: score(question("order", steps("abcd")), keys(given), rule) for rule in by_quiz} == by_quiz


def test_an_order_by_chance_wins_nothing_on_average_but_for_what_is_cut_off() -> None:
    asked = question("order", steps("abcd"))
    raw = []
    for order in permutations("abcd"):
        follow = [order.index(a) < order.index(b) for a, b in combinations("abcd", 2)]
        raw.append(Fraction(2 * sum(follow), 6) - 1)
        assert score(asked, keys("".join(order))) == max(Fraction(0), raw[-1])
    assert sum(raw) == 0


def test_an_order_has_every_step_once() -> None:
    asked = question("order", steps("abc"))
    assert read_response(asked, keys("cab")) == tuple(keys("cab"))
    assert read_response(asked, None) is read_response(asked, []) is None
    for foreign in ("abc", keys("ab"), keys("abb"), [*keys("abc"), "x"], {"a": "b"}, [1, 2, 3]):
        with pytest.raises(Refused):
            read_response(asked, foreign)
    assert score(asked, keys("ab")) == score(asked, "x") == score(asked, None) == 0


def test_places_in_a_form_may_be_shared_or_missing() -> None:
    asked = question("order", steps("abc"))
    a, b, c = keys("abc")

    def order(places: dict[str, str], shown: Sequence[str] = (b, c, a)) -> object:
        fields = {f"q-q-pos-{key}": [place] for key, place in places.items()} | {"q-q": list(shown)}
        return read_form_response(asked, lambda name: fields.get(name, []))

    assert order({a: "1", b: "2", c: "3"}) == (a, b, c)
    assert order({a: "2", b: "2", c: "1"}) == (c, b, a)
    assert order({a: "1"}) == (a, b, c)
    assert order({}) is order({a: " "}) is None
    for place in ("0", "4", "x", "1.5", "١"):
        with pytest.raises(Refused):
            order({a: place})


# --- Gaps


CLOZE = gaps(gap("2FA", "MFA"), gap("6"), dropdown("HTTPS", "HTTP", "FTP"))


@pytest.mark.parametrize(
    ("response", "share"),
    [
        ({"1": "mfa.", "2": "6,0", "3": choice_key("HTTPS")}, 1),
        ({"1": "mfa", "2": "sáu", "3": choice_key("HTTP")}, THIRD),
        ({"3": choice_key("HTTPS")}, THIRD),
        (None, 0),
    ],
)
def test_gaps_win_their_mean(response: dict[str, str] | None, share: Fraction) -> None:
    asked = question("cloze", CLOZE)
    assert score(asked, response, language="vi") == share
    assert score(asked, response, "all", language="vi") == (share == 1)


def test_words_count_in_all_languages_and_numbers_in_their_own() -> None:
    asked = question("cloze", gaps(gap("thư"), gap("5")))
    twin = question("cloze", gaps(gap("mail"), gap("7")))
    response = {"1": "mail", "2": "5"}
    assert score(asked, response, language="vi", twins={"en": twin}) == 1
    assert score(asked, response, language="en", twins={"en": twin}) == HALF


def test_what_is_no_response_to_gaps_is_refused() -> None:
    asked = question("cloze", CLOZE)
    assert read_response(asked, {"1": " 2FA ", "2": "", "3": None}) == {"1": "2FA"}
    for nothing in (None, {}, {"1": " "}):
        assert read_response(asked, nothing) is None
    for foreign in ("x", ["1"], {"4": "x"}, {"3": "x"}, {"1": 5}, {"1": "x" * 1001}, {"1": ["x"]}):
        with pytest.raises(Refused):
            read_response(asked, foreign)
    for old in ("x", [1], {"9": "x"}, {"3": "x"}):
        assert score(asked, old) == 0


def test_gaps_are_explained_one_by_one() -> None:
    response = {"1": "OTP", "3": choice_key("FTP")}
    rows = Cloze().filled(CLOZE, response, language="vi", reader="vi", twins={})
    assert [(row.given, row.right, row.share, row.comment) for row in rows] == [
        (Piece(text="OTP"), (Piece(text="2FA"), Piece(text="MFA")), 0, None),
        (None, (Piece(text="6"),), 0, None),
        (Piece("gap/3/choice/3"), (Piece("gap/3/choice/2"),), 0, "gap/3/comment/3"),
    ]
    assert Cloze().read_back(CLOZE, {"2": "1.000"}, "vi", reader="en") == {"2": "1000"}
    assert Cloze().read_back(CLOZE, {"1": "x", "2": "sáu"}, "vi", reader="en") == {"2": None}


# --- Parts


def slow_share(answer: Any, marked: set[str], rule: str) -> Fraction:
    """Grade parts one after another, as the formulas are told in words."""
    right = {part.key for part in answer.parts if part.suspicious}
    wrong = {part.key for part in answer.parts} - right
    if rule == "all":
        return Fraction(marked == right)
    if rule == "each":
        if right and not marked:
            return Fraction(0)
        good = sum((part.key in marked) == part.suspicious for part in answer.parts)
        return Fraction(good, len(answer.parts))
    won = Fraction(len(marked & right), len(right)) if right else Fraction(1)
    lost = Fraction(len(marked & wrong), len(wrong)) if wrong else Fraction(0)
    return won - lost if won > lost else Fraction(0)


@given(st.text("ABCabc", min_size=1, max_size=6), st.data())
def test_parts_are_graded_as_an_independent_reckoning_says(marked: str, data: st.DataObject) -> None:
    answer = parts(marked)
    chosen = data.draw(st.sets(st.sampled_from(answer.keys)))
    for rule in ("all", "each", "minus"):
        assert score(question("hottext", answer), [*chosen], rule) == slow_share(answer, chosen, rule)


def test_marking_nothing_is_an_answer_that_can_be_right() -> None:
    harmless, mixed = question("hottext", parts("ab")), question("hottext", parts("aB"))
    for rule in ("all", "each", "minus"):
        assert score(harmless, [], rule) == 1
        assert score(mixed, [], rule) == 0
        assert score(harmless, None, rule) == 0
    assert grade(harmless, [], "minus").answered
    assert not grade(harmless, None, "minus").answered
    assert read_response(harmless, []) == ()
    assert read_response(harmless, None) is None
    for foreign in ("x", ["x"], keys("aa"), {"a": "b"}, [1]):
        with pytest.raises(Refused):
            read_response(harmless, foreign)


# --- What is served


def served(asked: Question, seed: bytes) -> str:
    """Return all that a learner is sent of a question whose fragments are its texts."""
    kind = TYPES[asked.type]
    html = {f"q/q/{name}": text for name, text in kind.fragments(asked.answer).items()}
    html |= {"q/q/title": asked.title, "q/q/body": asked.body}
    quiz = QuizFile("", "vi", QuizSettings(), "", (asked,))
    return repr(present(quiz, draw_paper(quiz, seed), html))


MARKS = f"{MARK_START}1{MARK_END} {MARK_START}2{MARK_END}"
VARIANTS: dict[str, list[Question]] = {
    "match": [
        question("match", pairs(("a", "1"), ("b", "2"), ("c", "3"))),
        question("match", pairs(("a", "2"), ("b", "1"), ("c", "3"))),
        question("match", pairs(("c", "3"), ("a", "1"), ("b", "1"), ("", "2"))),
    ],
    "order": [question("order", steps(order)) for order in ("abcd", "dcba", "bdac")],
    "cloze": [
        question("cloze", gaps(gap("một"), dropdown("x", "y", "z")), MARKS),
        question("cloze", gaps(gap("một trăm", "hai"), dropdown("x", "y", "z")), MARKS),
    ],
    "hottext": [question("hottext", parts(marked), MARKS) for marked in ("Ab", "aB", "AB", "ab")],
}


@pytest.mark.parametrize("kind", VARIANTS)
@pytest.mark.parametrize("seed", range(20))
def test_what_is_served_does_not_depend_on_the_key(kind: str, seed: int) -> None:
    assert len({served(asked, bytes([seed] * 16)) for asked in VARIANTS[kind]}) == 1


def test_the_choice_that_is_right_in_a_list_does_not_show() -> None:
    lists = [
        gaps(
            AnswerLine(
                AnswerKind.DROPDOWN, "", 1, 1,
                items=tuple(AnswerLine(AnswerKind.CHOICE, t, 1, 1, marked=t == right) for t in "xyz"),
            )
        )
        for right in "xyz"
    ]  # fmt: skip
    body = f"{MARK_START}1{MARK_END}"
    assert len({served(question("cloze", answer, body), SEED) for answer in lists}) == 1


@given(st.permutations("abcdef"), st.binary(min_size=16, max_size=16))
def test_steps_and_sides_are_always_shuffled_the_same(order: list[str], seed: bytes) -> None:
    assert served(question("order", steps("".join(order))), seed) == served(
        question("order", steps("abcdef")), seed
    )


@pytest.mark.parametrize("kind", VARIANTS)
def test_the_right_response_wins_all(kind: str) -> None:
    for asked in VARIANTS[kind]:
        value = TYPES[kind].right_response(asked.answer)
        assert read_response(asked, list(value) if isinstance(value, tuple) else value) == value
        for rule in ("all", "minus", "each"):
            assert score(asked, value, rule, language="vi") == 1
