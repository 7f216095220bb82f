"""Marking by a corrected key: what may be marked by it, that nobody loses, and that only the key is taken over."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.completion import UnitRecord, UnitState
from learning.domain.content import CompletionRule, GradeMethod, QuizFile, QuizSettings
from learning.domain.counting import ever_passed
from learning.domain.grading import Given, grade_quiz
from learning.domain.marks import kept_marks, read_marks, write_marks
from learning.domain.mending import Correction, Standing, compare_keys, concerns, mend
from learning.formats.quiz import parse_quiz

SETTINGS = "---\ntitle: T\npreset: test\npass: 70%\n---\n\n"


def quiz(*questions: str, settings: str = SETTINGS, language: str = "vi") -> QuizFile:
    source = settings + "\n\n".join(f"## Câu {text}" for text in questions) + "\n"
    parsed = parse_quiz(source.encode(), file="", language=language)
    assert parsed.value is not None, parsed.diagnostics
    return parsed.value


def standing(asked: QuizFile, responses: Mapping[str, Given]) -> Standing:
    names = [question.id for question in asked.questions]
    grade = grade_quiz(asked, names, responses)
    return Standing(grade.score, grade.max_score, grade.passed, write_marks(kept_marks(asked, grade.marks)))


def compared(old: str, new: str) -> Correction:
    return compare_keys(quiz(old), quiz(new), {}, {})


SINGLE = "{#q}\n\n- [x] Một {#a}\n- [ ] Hai {#b}\n- [ ] Ba {#c}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SINGLE, "{#q}\n\n- [ ] Một {#a}\n- [x] Hai {#b}\n- [ ] Ba {#c}"),
        (SINGLE, "{#q}\n\n- [ ] Ba {#c}\n- [ ] Một, viết rõ hơn {#a}\n- [x] Hai {#b}"),
        (SINGLE, "{#q}\n\n- [x] Một {#a}\n- [ ] Hai {#b 50%}\n- [ ] Ba {#c}"),
        ("{#q}\n\n- [x] A\n- [x] B\n- [ ] C\n- [ ] D", "{#q}\n\n- [x] A\n- [ ] B\n- [x] C\n- [ ] D"),
        ("{#q}\n\n- [x] A\n- [x] B\n- [ ] C", "{#q partial=all}\n\n- [x] A\n- [x] B\n- [ ] C"),
        ("{#q}\n\n- = 12", "{#q}\n\n- = 12 ± 2"),
        ("{#q type=text}\n\n- = a", "{#q type=text}\n\n- = a\n- = b"),
        ("{#q type=text}\n\n- = Ấn", "{#q type=text accents=ignore}\n\n- = Ấn"),
        ("{#q type=match}\n\n- A => 1\n- B => 2", "{#q type=match}\n\n- A => 2\n- B => 1"),
        ("{#q type=order}\n\n1. A\n1. B\n1. C", "{#q type=order}\n\n1. B\n1. A\n1. C"),
        ("{#q}\n\nMột [[= x]].", "{#q}\n\nMột [[= x | y]]."),
        ("{#q}\n\nMột [[(x) x | ( ) y]].", "{#q}\n\nMột [[( ) x | (x) y]]."),
        ("{#q}\n\nĐọc [[x: này]] và [[o: kia]].", "{#q}\n\nĐọc [[o: này]] và [[x: kia]]."),
    ],
)
def test_another_key_for_the_same_choices_corrects(old: str, new: str) -> None:
    correction = compared(old, new)
    assert (correction.corrected, correction.unlike) == (("q",), ())
    assert correction.quiz.question("q").answer == quiz(new).question("q").answer


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SINGLE, "{#q}\n\n- [ ] Một {#a}\n- [x] Hai {#b}\n- [ ] Bốn {#d}"),
        (SINGLE, "{#q}\n\n- [x] Một {#a}\n- [ ] Hai {#b}"),
        (SINGLE, "{#q}\n\n- [x] Một {#a}\n- [x] Hai {#b}\n- [ ] Ba {#c}"),
        ("{#q}\n\n- = 12", "{#q type=text}\n\n- = 12"),
        ("{#q type=match}\n\n- A => 1\n- B => 2", "{#q type=match}\n\n- A => 1\n- C => 2"),
        ("{#q type=order}\n\n1. A\n1. B\n1. C", "{#q type=order}\n\n1. A\n1. B"),
        ("{#q}\n\nMột [[= x]].", "{#q}\n\nMột [[= x]], hai [[= y]]."),
        ("{#q}\n\nĐọc [[x: này]] và [[o: kia]].", "{#q}\n\nĐọc [[x: này]] và [[o: khác]]."),
    ],
)
def test_other_choices_or_another_type_cannot_be_marked_by_it(old: str, new: str) -> None:
    correction = compared(old, new)
    assert (correction.corrected, correction.unlike) == ((), ("q",))
    assert correction.quiz == quiz(old)


@pytest.mark.parametrize(
    "new",
    [
        SINGLE.replace("- [x] Một {#a}", "- [x] Một {#a}\n  > Đúng vậy."),
        "khác {#q points=5 tags=x}\n\nHỏi kỹ hơn.\n\n" + SINGLE.split("\n\n", 1)[1],
        "{#moi}\n\n- = 1",
        "{#q}\n\n- [x] Một {#a}\n- [ ] Hai {#b}\n- [ ] Ba {#c}\n\n> **Giải thích:** Vì thế.",
    ],
)
def test_other_words_and_a_question_that_is_gone_correct_nothing(new: str) -> None:
    correction = compared(SINGLE, new)
    assert (correction.corrected, correction.unlike) == ((), ())


def test_a_text_that_people_mark_has_no_key_to_correct() -> None:
    essay = "{#q type=essay points=2}\n\nViết.\n\n> **Thang chấm:**\n> - (2) Rõ"
    correction = compared(essay, essay.replace("Rõ", "Đủ ý"))
    assert (correction.corrected, correction.unlike) == ((), ())


def test_points_and_settings_stay_those_that_were_asked() -> None:
    new = quiz(
        "{#q points=9}\n\n- [ ] Một {#a}\n- [x] Hai {#b}\n- [ ] Ba {#c}",
        settings="---\ntitle: T\npreset: exam\npass: 100%\n---\n\n",
    )
    old = quiz(SINGLE)
    correction = compare_keys(old, new, {}, {})
    assert correction.quiz.settings == old.settings
    assert correction.quiz.question("q").points == 1
    mended = mend(
        standing(old, {"q": Given("b", "vi")}), {"q": Given("b", "vi")}, correction, nobody_loses=True
    )
    assert (mended.score, mended.max_score, mended.passed) == (1, 1, True)


def test_words_of_another_language_are_a_key_of_their_own() -> None:
    original = quiz("{#q type=text}\n\n- = một")
    english, better = (
        quiz(text, language="en")
        for text in ("{#q type=text}\n\n- = one", "{#q type=text}\n\n- = one\n- = 1st")
    )
    correction = compare_keys(original, original, {"en": english}, {"en": better})
    assert correction.corrected == ("q",)
    before = standing(original, {"q": Given("1st", "en")})
    after = mend(before, {"q": Given("1st", "en")}, correction, nobody_loses=True)
    assert (before.score, after.score) == (0, 1)
    assert compare_keys(original, original, {"en": english}, {}).corrected == ()


KEYS = st.lists(st.sampled_from("abc"), min_size=1, max_size=5)


def keyed(keys: list[str]) -> QuizFile:
    return quiz(
        *(
            f"{{#q{number} points={number + 1}}}\n\n"
            + "\n".join(f"- [{'x' if letter == key else ' '}] Lựa {letter} {{#{letter}}}" for letter in "abc")
            for number, key in enumerate(keys)
        )
    )


@given(
    st.integers(1, 5).flatmap(
        lambda size: st.tuples(
            *[st.lists(st.sampled_from("abc"), min_size=size, max_size=size)] * 2,
            st.lists(st.sampled_from(["a", "b", "c", None]), min_size=size, max_size=size),
        )
    )
)
def test_the_corrected_key_alone_gives_what_it_would_have_given_and_nobody_loses_by_kindness(
    case: tuple[list[str], list[str], list[str | None]],
) -> None:
    old, new, chosen = case
    asked, later = keyed(old), keyed(new)
    responses = {f"q{number}": Given(letter, "vi") for number, letter in enumerate(chosen) if letter}
    before, by_new = standing(asked, responses), standing(later, responses)
    correction = compare_keys(asked, later, {}, {})
    assert concerns(before.record, correction) is (old != new)
    strict = mend(before, responses, correction, nobody_loses=False)
    kind = mend(before, responses, correction, nobody_loses=True)
    assert (strict.score, strict.passed) == (by_new.score, by_new.passed)
    assert strict.record == by_new.record
    assert kind.score >= max(before.score, by_new.score)
    assert kind.passed >= before.passed
    marks, earlier, anew = (read_marks(one.record) for one in (kind, before, by_new))
    for name, mark in marks.items():
        assert mark.share == max(earlier[name].share, anew[name].share)
        assert mark.by_key == anew[name].share
    assert list(kind.record) == list(before.record)


# --- What completes a unit


QUIZ, READ = CompletionRule.QUIZ, CompletionRule.READ


@pytest.mark.parametrize(
    ("before", "rules", "passed", "exhausted", "expected"),
    [
        (UnitState.IN_PROGRESS, {QUIZ}, True, False, UnitState.PASSED),
        (UnitState.FAILED, {QUIZ}, True, False, UnitState.PASSED),
        (UnitState.FAILED, {QUIZ, READ}, True, False, UnitState.IN_PROGRESS),
        (UnitState.FAILED, {QUIZ}, False, True, UnitState.FAILED),
        (UnitState.FAILED, {QUIZ}, False, False, UnitState.FAILED),
        (UnitState.IN_PROGRESS, {QUIZ}, False, True, UnitState.IN_PROGRESS),
        (UnitState.IN_PROGRESS, {READ}, True, False, UnitState.IN_PROGRESS),
    ],
)
def test_a_quiz_passed_or_not_after_all_moves_the_unit(
    before: UnitState, rules: set[CompletionRule], passed: bool, exhausted: bool, expected: UnitState
) -> None:
    after = UnitRecord(before).corrected(rules, quiz_passed=passed, attempts_exhausted=exhausted)
    assert after.state is expected
    assert (QUIZ in after.satisfied) is passed


@pytest.mark.parametrize(
    ("rules", "exhausted", "expected"),
    [
        ({QUIZ}, False, UnitState.IN_PROGRESS),
        ({QUIZ}, True, UnitState.FAILED),
        ({QUIZ, READ}, False, UnitState.IN_PROGRESS),
        ({READ}, True, UnitState.PASSED),  # the unit asks for its quiz no more
    ],
)
def test_a_pass_that_was_none_is_taken_back(
    rules: set[CompletionRule], exhausted: bool, expected: UnitState
) -> None:
    finished = UnitRecord(UnitState.PASSED, frozenset({QUIZ, READ}))
    after = finished.corrected(rules, quiz_passed=False, attempts_exhausted=exhausted)
    assert after == UnitRecord(expected, frozenset({READ}))
    assert finished.corrected(rules, quiz_passed=True, attempts_exhausted=exhausted) == finished


def test_a_pass_stands_though_later_attempts_count_for_less() -> None:
    def sittings(method: GradeMethod, *shares: Any) -> list[tuple[QuizSettings, Fraction]]:
        settings = replace(QuizSettings(), grade=method, pass_share=Fraction(1, 2))
        return [(settings, Fraction(share)) for share in shares]

    assert ever_passed(sittings(GradeMethod.LATEST, 1, 0))
    assert ever_passed(sittings(GradeMethod.AVERAGE, 1, 0, 0))
    assert not ever_passed(sittings(GradeMethod.FIRST, 0, 1))
    assert not ever_passed(sittings(GradeMethod.HIGHEST, 0, Fraction(1, 3)))
    assert not ever_passed([])
