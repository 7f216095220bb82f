"""What is kept of a marking: where each type of question was answered how, and that it is read as written."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.attempt import draw_paper
from learning.domain.content import QuizFile
from learning.domain.grading import Given, grade_quiz
from learning.domain.marks import KeptMark, kept_marks, read_marks, write_marks
from learning.domain.questions.hottext import NOTHING
from learning.domain.questions.kind import OTHER, RIGHT
from learning.domain.questions.registry import TYPES
from learning.formats.quiz import parse_quiz
from tests.support.all_types import QUIZ, all_types_texts

FRACTIONS = st.fractions(min_value=0, max_value=1, max_denominator=50)
MARKS = st.builds(
    KeptMark,
    share=FRACTIONS,
    by_key=FRACTIONS,
    chosen=st.none() | st.lists(st.text(max_size=8)).map(tuple),
)


@pytest.fixture(scope="module")
def quiz() -> QuizFile:
    text = next(data for path, data in all_types_texts().items() if path.endswith(f"{QUIZ}.vi.quiz.md"))
    value = parse_quiz(text, file="", language="vi").value
    assert value is not None
    return value


@given(st.dictionaries(st.text(max_size=8), MARKS))
def test_marks_are_read_as_they_were_written(marks: dict[str, KeptMark]) -> None:
    assert read_marks(write_marks(marks)) == marks


def test_of_every_type_the_right_response_chooses_what_is_right_at_each_place(quiz: QuizFile) -> None:
    for question in quiz.questions:
        kind, answer = TYPES[question.type], question.answer
        places = {place.key: place for place in kind.places(answer)}
        assert all(place.options for place in places.values()), question.id
        value = kind.right_response(answer)
        chosen = kind.chosen(answer, value, language="vi", twins={})
        right = {(key, o.key): o.right for key, place in places.items() for o in place.options}
        right["", NOTHING] = not any(right.values())
        assert all(right[pair] for pair in chosen), question.id
        wanted = {pair for pair, is_right in right.items() if is_right and not places[pair[0]].typed}
        assert wanted <= set(chosen), question.id
        assert kind.chosen(answer, None, language="vi", twins={}) == ()


@pytest.mark.parametrize("value", [7, "x", ["x", 3, None], {"x": "y"}, {"1": ["x"]}, [], {}, ""])
def test_a_foreign_response_chose_nothing_that_is_offered_and_never_raises(
    quiz: QuizFile, value: object
) -> None:
    for question in quiz.questions:
        chosen = TYPES[question.type].chosen(question.answer, value, language="vi", twins={})
        assert {key for _place, key in chosen} <= {OTHER, NOTHING}, question.id


def test_fragments_of_options_are_fragments_of_the_question(quiz: QuizFile) -> None:
    for question in quiz.questions:
        kind = TYPES[question.type]
        names = kind.fragments(question.answer)
        for place in kind.places(question.answer):
            shown = [option.shown for option in place.options] + ([place.label] if place.label else [])
            assert all(piece.fragment in names or piece.text for piece in shown), question.id


def test_what_is_typed_counts_by_the_reply_it_is() -> None:
    def read(text: str, language: str) -> QuizFile:
        value = parse_quiz(
            f"---\ntitle: T\n---\n\n## A {{#a type=text}}\n\n{text}\n".encode(), file="", language=language
        ).value
        assert value is not None
        return value

    vietnamese = read("- = tin nhắn\n- = SMS\n- != thoại\n  > vì", "vi")
    english = read("- = text message", "en")

    def chosen(text: str | None, language: str = "vi") -> tuple[str, ...] | None:
        grade = grade_quiz(vietnamese, ["a"], {"a": Given(text, language)}, twins=[english])
        return kept_marks(vietnamese, grade.marks, [english])["a"].chosen

    assert chosen("tin nhắn") == ("/1",)
    assert chosen("sms") == ("/2",)
    assert chosen("thoại") == ("/3",)
    assert chosen("text message", "en") == (f"/{RIGHT}",)
    assert chosen("gì đó") == (f"/{OTHER}",)
    assert chosen(None) is None


def test_all_shares_of_a_paper_are_kept_in_its_order(quiz: QuizFile) -> None:
    paper = draw_paper(quiz, bytes(16)).question_ids
    right = {q.id: Given(TYPES[q.type].right_response(q.answer), "vi") for q in quiz.questions}
    kept = kept_marks(quiz, grade_quiz(quiz, paper, right).marks)
    assert tuple(kept) == paper
    assert {mark.share for mark in kept.values()} == {Fraction(1)}
