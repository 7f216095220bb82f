"""A paper depends on its seed alone, and what a learner is served has no key in it."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.attempt import Paper, draw_paper, next_hint, present, read_form_response, read_response
from learning.domain.content import Preset, QuizFile, QuizSettings
from learning.domain.errors import Refused
from learning.domain.questions.model import Choice, ChoiceAnswer, Label, Labelled, Question, choice_key
from tests.support.questions import choices_of


def question(name, texts="abcd", *, right="a", kind="single", tags=(), fixed="", shuffle=None):
    choices = tuple(Choice(choice_key(text), text, text in right, fixed=text in fixed) for text in texts)
    labelled = (Labelled(Label.HINT, "gợi ý"), Labelled(Label.EXPLANATION, "vì sao"))
    answer = ChoiceAnswer(choices)
    return Question(
        name, kind, name, Fraction(1), answer, name, tags=tags, shuffle=shuffle, labelled=labelled
    )


def quiz(*questions: Question, **settings: Any) -> QuizFile:
    return QuizFile("", "vi", QuizSettings(**settings), "", questions)


def html_of(asked: QuizFile) -> dict[str, str]:
    html: dict[str, str] = {}
    for entry in asked.questions:
        html |= {f"q/{entry.id}/title": entry.title, f"q/{entry.id}/body": entry.body}
        html |= {f"q/{entry.id}/choice/{n}": c.text for n, c in enumerate(choices_of(entry), start=1)}
        html |= {f"q/{entry.id}/hint/1": "gợi ý", f"q/{entry.id}/explanation": "vì sao"}
    return html


def texts(asked: QuizFile, paper: Paper) -> list[list[str]]:
    return [
        [choice.html for choice in shown.offer.choices] for shown in present(asked, paper, html_of(asked))
    ]


SEED = bytes(range(16))
seeds = st.binary(min_size=16, max_size=16)


@given(seeds)
def test_the_same_seed_gives_the_same_paper(seed: bytes) -> None:
    asked = quiz(*(question(name) for name in "pqrs"), shuffle_questions=True)
    assert draw_paper(asked, seed) == draw_paper(asked, seed)


def test_the_order_is_settled_for_ever() -> None:
    """Stored attempts are shown again from their seed: this paper must never change."""
    asked = quiz(*(question(name) for name in "pqrs"), shuffle_questions=True)
    paper = draw_paper(asked, SEED)
    assert "".join(paper.question_ids) == "qpsr"
    assert ["".join(shown) for shown in texts(asked, paper)] == ["abcd", "dbac", "bcda", "abdc"]


@given(seeds)
def test_choices_are_all_there_and_fixed_ones_keep_their_place(seed: bytes) -> None:
    asked = quiz(question("q", "abcdef", fixed="bf"))
    (shown,) = texts(asked, draw_paper(asked, seed))
    assert sorted(shown) == list("abcdef")
    assert (shown[1], shown[5]) == ("b", "f")


def test_every_order_of_choices_comes_up_about_equally_often() -> None:
    asked = quiz(question("q", "abc"))
    counts = Counter("".join(texts(asked, draw_paper(asked, n.to_bytes(16, "big")))[0]) for n in range(1200))
    assert len(counts) == 6
    assert all(140 < count < 260 for count in counts.values())


def test_true_and_false_stay_where_the_author_put_them() -> None:
    asked = quiz(question("q", ["Đúng", "Sai"], kind="truefalse"))
    for number in range(20):
        assert texts(asked, draw_paper(asked, bytes([number] * 16))) == [["Đúng", "Sai"]]


@pytest.mark.parametrize(("of_quiz", "of_question"), [(False, None), (True, False)])
def test_shuffling_can_be_switched_off(of_quiz: bool, of_question: bool | None) -> None:
    asked = quiz(question("q", shuffle=of_question), shuffle_choices=of_quiz)
    assert texts(asked, draw_paper(asked, SEED)) == [list("abcd")]


def test_a_question_may_be_shuffled_where_the_quiz_is_not() -> None:
    asked = quiz(question("q", "abcdefgh", shuffle=True), shuffle_choices=False)
    assert texts(asked, draw_paper(asked, SEED)) != [list("abcdefgh")]


@given(seeds)
def test_drawing_takes_as_many_as_asked_of_each_tag_and_all_without_one(seed: bytes) -> None:
    asked = quiz(
        question("a", tags=("url",)),
        question("b", tags=("url", "mk")),
        question("c", tags=("url",)),
        question("d", tags=("mk",)),
        question("e", tags=("khac",)),
        question("f"),
        draw=(("url", 2), ("mk", 1)),
    )
    ids = draw_paper(asked, seed).question_ids
    assert len(set(ids) & set("abc")) == 2
    assert set(ids) >= set("def")
    assert list(ids) == sorted(ids)


@given(seeds, st.sampled_from("abcd"), st.sampled_from("abcd"))
def test_twin_quizzes_that_differ_only_in_the_key_are_served_alike(seed: bytes, one: str, other: str) -> None:
    first, second = (quiz(question("q", right=right)) for right in (one, other))
    shown = [present(q, draw_paper(q, seed), html_of(q)) for q in (first, second)]
    assert shown[0] == shown[1]


@given(seeds, st.permutations("abcd"))
def test_the_order_served_does_not_tell_the_order_written(seed: bytes, written: list[str]) -> None:
    first, second = quiz(question("q")), quiz(question("q", "".join(written)))
    assert draw_paper(first, seed) == draw_paper(second, seed)


def test_what_is_served_has_no_place_for_a_key() -> None:
    asked = quiz(question("q"), preset=Preset.EXAM)
    (shown,) = present(asked, draw_paper(asked, SEED), html_of(asked))
    fields = {field.name for field in dataclasses.fields(shown)}
    assert fields == {"id", "type", "points", "title", "html", "offer", "hints", "closed_hints", "hint_cost"}
    assert {field.name for field in dataclasses.fields(shown.offer)} == {
        "choices", "left", "right", "items", "gaps", "parts", "unit", "frame", "words",
    }  # fmt: skip
    assert {field.name for field in dataclasses.fields(shown.offer.choices[0])} == {"id", "html"}
    assert "vì sao" not in repr(shown)


@pytest.mark.parametrize(
    ("preset", "hints"), [(Preset.PRACTICE, ("gợi ý",)), (Preset.TEST, ()), (Preset.EXAM, ())]
)
def test_hints_are_for_practice(preset: Preset, hints: tuple[str, ...]) -> None:
    asked = quiz(question("q"), preset=preset)
    assert present(asked, draw_paper(asked, SEED), html_of(asked))[0].hints == hints


@pytest.mark.parametrize(
    ("opened", "hints", "closed", "following"),
    [(0, (), 2, 1), (1, ("gợi ý",), 1, 2), (2, ("gợi ý", "hai"), 0, None)],
)
def test_a_hint_that_costs_points_is_served_once_it_is_opened(
    opened: int, hints: tuple[str, ...], closed: int, following: int | None
) -> None:
    paid = dataclasses.replace(question("q"), hint_cost=Fraction(1, 4))
    paid = dataclasses.replace(paid, labelled=(*paid.labelled, Labelled(Label.HINT, "hai")))
    asked = quiz(paid)
    html = html_of(asked) | {"q/q/hint/2": "hai"}
    (shown,) = present(asked, draw_paper(asked, SEED), html, opened={"q": opened, "other": 1})
    assert (shown.hints, shown.closed_hints, shown.hint_cost) == (hints, closed, Fraction(1, 4))
    assert next_hint(asked, "q", opened) == following
    exam = quiz(paid, preset=Preset.EXAM)
    (shown,) = present(exam, draw_paper(exam, SEED), html, opened={"q": opened})
    assert (shown.hints, shown.closed_hints, next_hint(exam, "q", opened)) == ((), 0, None)


def test_a_free_hint_is_never_opened() -> None:
    assert next_hint(quiz(question("q")), "q", 0) is None


def test_a_response_names_choices_that_were_offered() -> None:
    single, several = question("q"), question("q", kind="multiple", right="ab")
    a, b = choice_key("a"), choice_key("b")
    assert read_response(single, a) == a
    assert read_response(single, None) is None
    assert read_response(several, [b, a]) == (a, b)
    assert read_response(several, []) is None


@pytest.mark.parametrize("value", ["x", ["x"], 1, {"a": 1}, [choice_key("a")] * 2, [1], True])
def test_a_response_of_anything_else_is_refused(value: object) -> None:
    for kind in ("single", "multiple", "truefalse"):
        with pytest.raises(Refused):
            read_response(question("q", kind=kind), value)


def test_a_plain_form_sends_each_ticked_choice_as_a_field() -> None:
    a, b = choice_key("a"), choice_key("b")

    def sent(*values: str) -> Callable[[str], list[str]]:
        return lambda name: list(values) if name == "q-q" else []

    assert read_form_response(question("q"), sent(a)) == a
    assert read_form_response(question("q"), sent()) is None
    assert read_form_response(question("q", kind="multiple"), sent(b, a)) == (a, b)
    assert read_form_response(question("q", kind="multiple"), sent()) is None
    with pytest.raises(Refused):
        read_form_response(question("q"), sent(a, b))


def test_what_was_asked_less_often_is_drawn_first() -> None:
    pool = [dataclasses.replace(question(f"q{n}"), tags=("x",)) for n in range(6)]
    asked = quiz(*pool, question("always"), draw=(("x", 2),))
    seen: Counter[str] = Counter()
    for number in range(30):
        names = draw_paper(asked, bytes([number] * 16), seen).question_ids
        assert "always" in names
        seen.update(name for name in names if name != "always")
        assert max(seen.values()) - min(seen[f"q{n}"] for n in range(6)) <= 1
    assert sum(seen.values()) == 60


@pytest.mark.parametrize(
    ("settings", "pages"),
    [
        ({}, [["a", "b", "c"]]),
        ({"per_page": 2}, [["a", "b"], ["c"]]),
        ({"per_page": 3}, [["a", "b", "c"]]),
        ({"navigate": "forward"}, [["a"], ["b"], ["c"]]),
        ({"navigate": "forward", "per_page": 2}, [["a", "b"], ["c"]]),
    ],
)
def test_a_paper_has_pages(settings: dict[str, Any], pages: list[list[str]]) -> None:
    asked = quiz(*(question(name) for name in "abc"), **settings)
    paper = draw_paper(asked, SEED)
    assert [list(paper.on_page(number)) for number in range(1, paper.pages + 1)] == pages
    assert [paper.page_of(name) for page in pages for name in page] == [
        number for number, page in enumerate(pages, start=1) for _name in page
    ]
    assert paper.on_page(paper.pages + 1) == ()
    shown = [present(asked, paper, html_of(asked), page=number) for number in range(1, paper.pages + 1)]
    assert [[entry.id for entry in page] for page in shown] == pages
