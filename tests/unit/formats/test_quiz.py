"""Quizzes are read as their authors mean them, and every slip is told with its place and its remedy."""

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.content import GradeMethod, PartialRule, Preset, QuizFile, QuizSettings, Show
from learning.domain.questions.model import (
    Choice,
    ChoiceAnswer,
    Label,
    Labelled,
    Question,
    Reply,
    ReplyAnswer,
    choice_key,
)
from learning.domain.wording import comparable
from learning.formats.quiz import parse_quiz, write_quiz
from learning.formats.text import Parsed
from tests.support.questions import choices_of

EXAMPLE = """\
---
title: Nhận diện thư lừa đảo
preset: test
pass: 70%
time: 1h30m
shuffle: questions, choices
draw: url=1
show_after_submit: score
opens: 2026-12-01T08:00+07:00
---

Đọc kỹ **từng câu**.

## Tên miền thật nằm ở đâu? {#ten-mien-that tags=url points=2}

Bạn nhận liên kết:

```text
- [x] không phải lựa chọn
## không phải câu hỏi
```

> Từ: một bức thư
> không có nhãn

- [ ] `dichvucong.gov.vn`
  > Phần **tên miền con**.
  >
  > Do kẻ gian đặt.
- [x] `xac-minh.example` {#dung}
  viết tiếp
- [ ] Không xác định được {fixed}

> **Gợi ý:** Tìm dấu `/`.

> **Giải thích:** Đọc từ phải.
> Dừng ở dấu `/`.

## Dấu hiệu {#dau-hieu type=multiple partial=all}

- [x] Một {33.33%}
- [x] Hai {66.67%}
- [ ] Ba {-50%}

## Khóa xanh là an toàn {#khoa-xanh}

* [ ] Đúng
* [X] Sai

> **Ghi chú:** chỉ cho tác giả
"""


def parse(text: str, language: str = "vi") -> Parsed[QuizFile]:
    return parse_quiz(text.encode(), file="a.vi.quiz.md", language=language)


def value(text: str) -> QuizFile:
    parsed = parse(text)
    assert parsed.value is not None, [found.line_of_text() for found in parsed.diagnostics]
    return parsed.value


def found(text: str) -> list[tuple[int, int, str]]:
    return [(d.line, d.column, d.code) for d in parse(text).diagnostics]


def test_front_matter_refines_the_preset() -> None:
    settings = value(EXAMPLE).settings
    assert settings.preset is Preset.TEST
    assert settings.pass_share == Fraction(7, 10)
    assert settings.attempts == 3
    assert settings.time_limit == 90 * 60
    assert settings.shuffle_questions
    assert settings.draw == (("url", 1),)
    assert settings.show_after_submit == {Show.SCORE}
    assert settings.opens is not None
    assert settings.opens.isoformat() == "2026-12-01T08:00:00+07:00"


def test_a_question_is_text_answers_and_labelled_quotes() -> None:
    quiz = value(EXAMPLE)
    first = quiz.questions[0]
    assert quiz.intro == "Đọc kỹ **từng câu**."
    assert (first.id, first.type, first.title) == ("ten-mien-that", "single", "Tên miền thật nằm ở đâu?")
    assert (first.points, first.tags, first.line) == (2, ("url",), 14)
    assert first.body.startswith("Bạn nhận liên kết:\n\n```text\n- [x] không phải")
    assert first.body.endswith("> không có nhãn")
    assert first.hints == ("Tìm dấu `/`.",)
    assert first.explanation == "Đọc từ phải.\nDừng ở dấu `/`."


def test_choices_have_keys_comments_and_options() -> None:
    choices = choices_of(value(EXAMPLE).questions[0])
    assert [choice.key for choice in choices] == [
        choice_key("`dichvucong.gov.vn`"),
        "dung",
        choice_key("Không xác định được"),
    ]
    assert choices[0].comment == "Phần **tên miền con**.\n\nDo kẻ gian đặt."
    assert choices[1].text == "`xac-minh.example`\nviết tiếp"
    assert [choice.correct for choice in choices] == [False, True, False]
    assert [choice.fixed for choice in choices] == [False, False, True]


def test_the_key_of_a_choice_is_the_hash_of_its_composed_text() -> None:
    assert choice_key("Đúng") == "bbe3f71e"
    assert choice_key("Đúng") == choice_key("\u0110u\u0301ng")


def test_weights_near_a_common_fraction_are_that_fraction() -> None:
    weights = [choice.weight for choice in choices_of(value(EXAMPLE).questions[1])]
    assert weights == [Fraction(1, 3), Fraction(2, 3), Fraction(-1, 2)]


def test_a_pair_of_true_and_false_is_known_in_any_language() -> None:
    assert value(EXAMPLE).questions[2].type == "truefalse"
    assert value("## a {#a}\n- [x] True\n- [ ] False.").questions[0].type == "truefalse"


def test_one_box_ticked_is_single_and_several_are_multiple() -> None:
    quiz = value("## a {#a}\n- [x] một\n- [ ] hai\n## b {#b}\n- [x] một\n- [x] hai")
    assert [question.type for question in quiz.questions] == ["single", "multiple"]


def test_front_matter_may_be_missing_and_lines_may_end_as_on_windows() -> None:
    parsed = parse_quiz(b"## a {#a}\r\n- [x] 1\r\n- [ ] 2\r\n", file="a", language="vi")
    assert parsed.value is not None
    assert parsed.value.questions[0].answer.right == (choice_key("1"),)
    assert [d.code for d in parsed.diagnostics] == ["Q002"]


def test_writing_and_reading_gives_the_same() -> None:
    quiz = value(EXAMPLE)
    written = write_quiz(quiz)
    assert value(written) == quiz
    assert write_quiz(value(written)) == written


Q = "## a {#a}\n"
TWO = "- [x] một\n- [ ] hai\n"
LONG = "\n".join(f"## {n} {{#c{n}}}\n- [x] phương án dài hơn\n- [ ] ngắn\n" for n in range(3))

SLIPS = {
    "key without value form": ("---\ntitle: a\nlinh tinh\n---\n", (3, 1, "Q003")),
    "front matter open": ("---\ntitle: a\n", (1, 1, "Q003")),
    "unknown key": ("---\npas: 70%\n---\n", (2, 1, "Q004")),
    "key twice": ("---\npass: 70%\npass: 80%\n---\n", (3, 1, "Q004")),
    "no value": ("---\ntitle:\n---\n", (2, 7, "Q004")),
    "bad share": ("---\npass: 170%\n---\n", (2, 7, "Q004")),
    "bad preset": ("---\npreset: tets\n---\n", (2, 9, "Q004")),
    "closes before it opens": (
        "---\nopens: 2026-12-02T08:00+07:00\ncloses: 2026-12-01T08:00+07:00\n---\n",
        (3, 1, "Q004"),
    ),
    "moment without offset": ("---\nopens: 2026-12-02T08:00\n---\n", (2, 8, "Q004")),
    "fence open": (Q + TWO + "\n```\nx\n", (5, 1, "Q005")),
    "line too long": (Q + "a" * 2001 + "\n" + TWO, (1, 1, "Q006")),
    "brackets in a row": (Q + "[" * 51 + "\n" + TWO, (1, 1, "Q006")),
    "brackets open": (Q + "[a " * 401 + "\n" + TWO, (1, 1, "Q006")),
    "targets open": (Q + "[a](" * 401 + "\n" + TWO, (1, 1, "Q006")),
    "nested too deep": (Q + "- " * 21 + "a\n" + TWO, (1, 1, "Q006")),
    "footnote cited too often": (Q + "[^1] x\n" * 201 + TWO, (1, 1, "Q006")),
    "too many questions": ("".join(f"## a {{#a{n}}}\n{TWO}" for n in range(201)), (1, 1, "Q006")),
    "too many choices": (Q + "".join(f"- [x] {n}\n" for n in range(41)), (1, 1, "Q006")),
    "no id": ("## Tên miền\n" + TWO, (1, 1, "Q010")),
    "id with marks": ("## a {#câu-1}\n" + TWO, (1, 7, "Q011")),
    "id too long": ("## a {#" + "a" * 41 + "}\n" + TWO, (1, 7, "Q011")),
    "id of a choice": (Q + "- [x] một {#Một}\n- [ ] hai\n", (2, 12, "Q011")),
    "two ids": ("## a {#a #b}\n" + TWO, (1, 10, "Q012")),
    "brace open": ("## a {#a\n" + TWO, (1, 6, "Q012")),
    "brace of a choice open": (Q + "- [x] một {50%\n- [ ] hai\n", (2, 11, "Q012")),
    "setting like no other": ("## a {#a xyz=1}\n" + TWO, (1, 10, "Q012")),
    "unknown setting": ("## a {#a point=2}\n" + TWO, (1, 10, "Q012")),
    "setting twice": ("## a {#a points=2 points=3}\n" + TWO, (1, 19, "Q012")),
    "bad points": ("## a {#a points=hai}\n" + TWO, (1, 10, "Q012")),
    "setting of another type": ("## a {#a partial=all}\n" + TWO, (1, 10, "Q012")),
    "cost without a hint": ("## a {#a hint_cost=10%}\n" + TWO, (1, 10, "Q012")),
    "hint for nothing": ("## a {#a hint_cost=0%}\n" + TWO + "\n> **Gợi ý:** h\n", (1, 10, "Q012")),
    "hint for too much": ("## a {#a hint_cost=101%}\n" + TWO + "\n> **Gợi ý:** h\n", (1, 10, "Q012")),
    "hint for points": ("## a {#a hint_cost=2}\n" + TWO + "\n> **Gợi ý:** h\n", (1, 10, "Q012")),
    "unknown option": (Q + "- [x] một {fix}\n- [ ] hai\n", (2, 12, "Q012")),
    "id used": (Q + TWO + Q + TWO, (4, 7, "Q013")),
    "key used": (Q + "- [x] một {#k}\n- [ ] hai {#k}\n", (3, 7, "Q013")),
    "type like no other": ("## a {#a type=xyz}\n" + TWO, (1, 10, "Q015")),
    "unknown type": ("## a {#a type=singel}\n" + TWO, (1, 10, "Q015")),
    "reply too tight": (Q + "- =một\n- = hai\n", (2, 3, "Q020")),
    "empty reply": (Q + "- =\n- = một\n", (2, 4, "Q023")),
    "only wrong replies": (Q + "- != một\n", (1, 1, "Q024")),
    "no whole reply": (Q + "- = một {50%}\n", (1, 1, "Q024")),
    "same replies": (Q + "- = Hòa\n- = hoà\n", (3, 5, "Q026")),
    "same numbers": (Q + "- = 12\n- = 12.0\n", (3, 5, "Q026")),
    "weight of a wrong reply": (Q + "- = một\n- != hai {50%}\n", (3, 6, "Q028")),
    "right reply worth nothing": (Q + "- = một\n- = hai {0%}\n", (3, 5, "Q028")),
    "right reply worth less": (Q + "- = một\n- = hai {-20%}\n", (3, 5, "Q028")),
    "wrong reply worth nothing": (Q + "- = một\n- != hai {0%}\n", (3, 6, "Q028")),
    "reply with an id": (Q + "- = một {#k}\n", (2, 5, "Q012")),
    "reply that is fixed": (Q + "- = một {fixed}\n", (2, 5, "Q012")),
    "not a number": ("## a {#a type=numeric}\n- = mười\n", (2, 5, "Q030")),
    "decimal comma": ("## a {#a type=numeric}\n- = 3,14\n", (2, 5, "Q030")),
    "thousands": (Q + "- = 1.000\n", (2, 5, "Q030")),
    "range the wrong way": ("## a {#a type=numeric}\n- = 14..10\n", (2, 5, "Q030")),
    "number with zeros": (Q + "- = 0123\n", (2, 5, "Q031")),
    "power": (Q + "- = 1e3\n", (2, 5, "Q031")),
    "ranges that overlap": (Q + "- = 12..14\n- != 13\n", (3, 6, "Q032")),
    "wildcard over a wrong reply": ("## a {#a match=wildcard}\n- = lừa*\n- != lừa đảo\n", (3, 6, "Q032")),
    "setting of text in a number": ("## a {#a type=numeric case=exact}\n- = 12\n", (1, 23, "Q012")),
    "unit too long": ("## a {#a unit=" + "x" * 41 + "}\n- = 12\n", (1, 10, "Q012")),
    "unit without a word": ('## a {#a unit=""}\n- = 12\n', (1, 10, "Q012")),
    "word of a setting": ("## a {#a accents=no}\n- = một\n", (1, 10, "Q012")),
    "no questions": ("Chỉ có lời dẫn.\n", (1, 1, "Q016")),
    "no answers": (Q + "chỉ có chữ\n", (1, 1, "Q016")),
    "no space after the bullet": (Q + "-[x] một\n- [ ] hai\n", (2, 2, "Q020")),
    "no space after the box": (Q + "- [x]một\n- [ ] hai\n", (2, 6, "Q020")),
    "no space after the heading": (Q + TWO + "\n##b {#b}\n", (5, 3, "Q020")),
    "empty box": (Q + "- [] một\n- [x] hai\n", (2, 3, "Q021")),
    "box with v": (Q + "- [v] một\n- [ ] hai\n", (2, 3, "Q021")),
    "box with a tick": (Q + "- [✓] một\n- [ ] hai\n", (2, 3, "Q021")),
    "wide box": (Q + "- [ x ] một\n- [ ] hai\n", (2, 3, "Q021")),
    "fullwidth box": (Q + "- ［x］ một\n- [ ] hai\n", (2, 3, "Q021")),
    "telex box": (Q + "- ơ ư một\n- [x] hai\n", (2, 3, "Q021")),
    "telex ticked": (Q + "- ơxư một\n- [ ] hai\n", (2, 3, "Q021")),
    "telex tone": (Q + "- ỡư một\n- [ ] hai\n", (2, 3, "Q021")),
    "telex swapped": (Q + "- ư ơ một\n- [x] hai\n", (2, 3, "Q021")),
    "kinds mixed": (Q + TWO + "- = ba\n", (1, 1, "Q022")),
    "gaps mixed": (Q + "[[= x]]\n\n" + TWO, (1, 1, "Q022")),
    "replies in single": ("## a {#a type=single}\n- = một\n", (1, 10, "Q022")),
    "empty choice": (Q + "- [x] một\n- [ ]\n", (3, 6, "Q023")),
    "none ticked": (Q + "- [ ] một\n- [ ] hai\n", (1, 1, "Q024")),
    "two ticked in single": ("## a {#a type=single}\n- [x] một\n- [x] hai\n", (1, 1, "Q024")),
    "none ticked in multiple": ("## a {#a type=multiple}\n- [ ] một\n- [ ] hai\n", (1, 1, "Q024")),
    "one choice": (Q + "- [x] một\n", (1, 1, "Q025")),
    "three in truefalse": ("## a {#a type=truefalse}\n" + TWO + "- [ ] ba\n", (1, 1, "Q025")),
    "same choices": (Q + TWO + "- [ ]  một\n", (4, 8, "Q026")),
    "similar choices": (Q + TWO + "- [ ] Mót\n", (4, 7, "Q026")),
    "all of the above": (Q + TWO + "- [ ] Tất cả các ý trên\n", (4, 7, "Q027")),
    "weights not whole": (Q + "- [x] một {50%}\n- [x] hai {30%}\n", (1, 1, "Q028")),
    "weights without a positive": (Q + "- [x] một {0%}\n- [x] hai {-50%}\n", (1, 1, "Q028")),
    "weight of the wrong sign": (Q + "- [x] một {100%}\n- [x] hai {-5%}\n", (1, 1, "Q028")),
    "weight beyond the whole": (Q + "- [x] một {150%}\n- [x] hai\n", (2, 12, "Q028")),
    "key not the whole": (Q + "- [x] một {50%}\n- [ ] hai\n", (1, 1, "Q028")),
    "key always the longest": (LONG, (1, 1, "Q029")),
    "key always first": ("---\nshuffle: none\n---\n" + LONG, (4, 1, "Q029")),
    "no description": (Q + "![](media/a.png)\n\n" + TWO, (2, 1, "Q051")),
    "remote picture": (Q + "![a](https://a.example/a.png)\n\n" + TWO, (2, 1, "Q051")),
    "path out": (Q + "x ![a](../a.png)\n\n" + TWO, (2, 3, "Q051")),
    "html": (Q + "một <b>đậm</b>\n\n" + TWO, (2, 5, "Q052")),
    "bare address": (Q + "Mở https://bait.example/x nhé\n\n" + TWO, (2, 4, "Q053")),
    "label without marks": (Q + TWO + "\n> **Goi y:** một\n", (5, 3, "Q054")),
    "label with the colon outside": (Q + TWO + "\n> **Gợi ý**: một\n", (5, 3, "Q054")),
    "pool too small": ("---\ndraw: x=2\n---\n## a {#a tags=x}\n" + TWO, (2, 1, "Q070")),
    "points of a pool": (
        "---\ndraw: x=1\n---\n## a {#a tags=x}\n" + TWO + "## b {#b tags=x points=2}\n" + TWO,
        (2, 1, "Q070"),
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_at_its_place(name: str) -> None:
    text, expected = SLIPS[name]
    assert expected in found(text)


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_alone(name: str) -> None:
    text, expected = SLIPS[name]
    assert {code for _, _, code in found(text)} == {expected[2]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\npas: 70%\n---\n", "Unknown key `pas`; did you mean `pass`?"),
        ("---\npreset: tets\n---\n", "`tets` is not a value of `preset`; did you mean `test`?"),
        ("## Câu một\n" + TWO, "The question has no id; write `{#cau-mot}` at the end of its heading."),
        ("## a {#câu-1}\n" + TWO, "Id `câu-1` may only have a-z, 0-9 and `-`; use `cau-1`."),
        ("## a {#a point=2}\n" + TWO, "Unknown setting `point`; did you mean `points`?"),
        (Q + TWO + Q + TWO, "Id `a` is already used on line 1."),
        (Q + TWO + "- [ ]  một\n", "Two choices are the same (lines 2, 4)."),
        (Q + TWO + "\n> **Goi y:** x\n", "`**Goi y:**` is not a label; did you mean `**Gợi ý:**`?"),
        (Q + "- [x] một {50%}\n- [x] hai {30%}\n", "Positive weights sum to 80% and must sum to 100%."),
        (
            Q + TWO + "- [ ] Tất cả các ý trên\n",
            "Choices are shuffled: add `{fixed}` to `Tất cả các ý trên`.",
        ),
    ],
)
def test_messages_name_what_was_meant(text: str, message: str) -> None:
    assert [d.text() for d in parse(text).diagnostics] == [message]


@pytest.mark.parametrize(
    "text",
    [
        Q + "- [một](https://a.example)\n- [v](https://b.example)\n\n" + TWO,
        Q + "- [^1] nguồn\n\n" + TWO + "\n[^1]: x",
        Q + "Xem `[[= gap]]` và \\[[= gap]].\n\n" + TWO,
        Q + "> **Từ:** Phòng Kế toán\n> **Tiêu đề:** Lương\n\n" + TWO,
        Q + "- ơi, ưu điểm\n\n" + TWO,
        Q + "* * *\n\n" + TWO,
        Q + "- [x] `{fixed}`\n- [ ] \\{fixed}\n",
        Q + "`<script>` và 1 < 2 > 0 và <https://a.example> và <a@b.example>\n\n" + TWO,
        Q + "`https://bait.example`, hxxp://bait.example, [x](https://a.example)\n\n" + TWO,
        Q + TWO + "- [ ] Tất cả các ý trên {fixed}\n",
        Q + "~~~\n```\n## x\n~~~\n\n" + TWO,
        "## {#a}\n" + TWO,
        Q + "- = một {100%}\n- = hai {50%}\n- != ba\n  > vì\n",
        Q + "- = 12\n- = 10..14 {50%}\n- != 15\n",
        "## a {#a match=wildcard}\n- = *lừa đảo*\n- != thư rác\n",
        "## a {#a type=text}\n- = 0123\n- = 1.000\n",
        "## Dùng `{}` thế nào? {#a}\n" + TWO,
    ],
)
def test_what_only_looks_like_a_slip_is_left_alone(text: str) -> None:
    assert found(text) == []
    assert len(value(text).questions) == 1


@pytest.mark.parametrize(
    ("source", "code", "place"),
    [
        (b"\xff\xfe#\x00", "Q001", (1, 1)),
        ("## a".encode("utf-16"), "Q001", (1, 1)),
        ("\ufeff".encode() + (Q + TWO).encode(), "Q002", (1, 1)),
        ((Q + "a\u00a0b\n\n" + TWO).encode(), "Q002", (2, 2)),
        ((Q + "a\u200bb\n\n" + TWO).encode(), "Q002", (2, 2)),
        ((Q + "a\u202eb\n\n" + TWO).encode(), "Q002", (2, 2)),
        ((Q + "cau\u0301\n\n" + TWO).encode(), "Q002", (2, 3)),
        (b"a" * (256 * 1024 + 1), "Q006", (1, 1)),
    ],
)
def test_bytes_that_are_no_plain_text_are_told(source: bytes, code: str, place: str) -> None:
    diagnostics = parse_quiz(source, file="a", language="vi").diagnostics
    assert [(d.code, (d.line, d.column)) for d in diagnostics] == [(code, place)]


def test_a_hidden_character_does_not_change_what_is_read() -> None:
    parsed = parse_quiz(("\ufeff" + Q + "- [x] m\u200bột\n- [ ] hai\n").encode(), file="a", language="vi")
    assert parsed.value is not None
    assert [choice.text for choice in choices_of(parsed.value.questions[0])] == ["một", "hai"]


def test_joined_emoji_and_hebrew_marks_are_wanted() -> None:
    assert found(Q + "👩\u200d💻\n\n" + TWO) == []
    assert parse(Q + "א\u200fב\n\n" + TWO, language="he").diagnostics == ()


@given(st.text(alphabet="-*+[]xX #{}()=>`~%:\n\tabđơư\u00a0\u200b0123|!.<", max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    parsed = parse("## a {#a}\n" + text)
    assert (parsed.value is None) == any(d.is_error for d in parsed.diagnostics)
    lines = text.count("\n") + 2
    assert all(1 <= d.line <= lines and d.column >= 1 for d in parsed.diagnostics)


@given(st.text(alphabet="-*[]xX {}()=>`~%: \n\tabđơư0|!.<#", max_size=200))
def test_whatever_is_read_without_error_is_written_and_read_as_the_same(text: str) -> None:
    first = parse("## a {#a type=multiple}\n" + text + "\n\n- [x] một\n- [ ] hai\n").value
    if first is not None:
        assert value(write_quiz(first)) == first


words = (
    st.text(alphabet="abcđêơ ưx.,-", min_size=1, max_size=20)
    .map(str.strip)
    .filter(lambda text: text and text[0] not in "-. ,")
)
slugs = st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True)
texts = st.lists(words, min_size=1, max_size=3).map("\n".join)


units = st.text(alphabet="kýđ%{}=#/ '²", min_size=1, max_size=12).map(str.split).map(" ".join).filter(bool)


@st.composite
def reply_answers(draw: st.DrawFn, kind: str) -> ReplyAnswer:
    options: tuple[tuple[str, str], ...]
    if kind == "numeric":
        texts_ = draw(st.lists(st.integers(-50, 50), min_size=1, max_size=3, unique=True))
        names = [f"{number}" if draw(st.booleans()) else f"{number}.5 ± 0.25" for number in texts_]
        options = draw(st.just(()) | units.map(lambda unit: (("unit", unit),)))
    else:
        names = draw(st.lists(words, min_size=1, max_size=3, unique_by=comparable))
        options = draw(st.sampled_from([(), (("case", "exact"),), (("match", "wildcard"),)]))
    replies = [Reply(names[0], correct=True, comment=draw(st.just("") | texts))]
    replies += [
        Reply(
            name,
            correct,
            Fraction(1, 3) if correct and draw(st.booleans()) else None,
            draw(st.just("") | texts),
        )
        for name in names[1:]
        for correct in [draw(st.booleans())]
    ]
    return ReplyAnswer(tuple(replies), options)


@st.composite
def typed_questions(draw: st.DrawFn, name: str) -> Question:
    kind = draw(st.sampled_from(["text", "numeric"]))
    return Question(
        id=name,
        type=kind,
        title=draw(st.just("") | words),
        points=draw(st.sampled_from([Fraction(1), Fraction(5, 2)])),
        answer=draw(reply_answers(kind)),
        body=draw(st.just("") | texts),
        labelled=tuple(draw(st.lists(st.builds(Labelled, st.sampled_from(list(Label)), texts), max_size=2))),
    )


@st.composite
def questions(draw: st.DrawFn, name: str) -> Question:
    if draw(st.booleans()):
        return draw(typed_questions(name))
    kind = draw(st.sampled_from(["single", "multiple"]))
    names = draw(
        st.lists(words, min_size=2, max_size=5, unique_by=lambda text: "".join(sorted(text.lower())))
    )
    right = draw(st.integers(0, len(names) - 1))
    weight = Fraction(1, 3) if kind == "multiple" and len(names) == 3 else None
    choices = []
    for number, text in enumerate(names):
        correct = number == right or (kind == "multiple" and (weight is not None or draw(st.booleans())))
        key = f"k{number}" if draw(st.booleans()) else choice_key(text)
        comment = draw(st.just("") | texts)
        choices.append(Choice(key, text, correct, weight, draw(st.booleans()), comment))
    return Question(
        id=name,
        type=kind,
        title=draw(st.just("") | words),
        points=draw(st.sampled_from([Fraction(1), Fraction(5, 2), Fraction(10)])),
        answer=ChoiceAnswer(tuple(choices)),
        body=draw(st.just("") | texts),
        tags=tuple(draw(st.lists(slugs, max_size=2, unique=True))),
        partial=draw(st.sampled_from([None, "all", "each"])) if kind == "multiple" else None,
        shuffle=draw(st.sampled_from([None, True, False])),
        labelled=tuple(draw(st.lists(st.builds(Labelled, st.sampled_from(list(Label)), texts), max_size=3))),
    )


@st.composite
def quizzes(draw: st.DrawFn) -> QuizFile:
    settings = QuizSettings(
        preset=draw(st.sampled_from(list(Preset))),
        pass_share=draw(st.sampled_from([Fraction(1, 3), Fraction(4, 5), Fraction(1)])),
        attempts=draw(st.none() | st.integers(1, 9)),
        grade=draw(st.sampled_from(list(GradeMethod))),
        time_limit=draw(st.none() | st.integers(1, 9_999).map(lambda minutes: minutes * 60)),
        shuffle_questions=draw(st.booleans()),
        shuffle_choices=draw(st.booleans()),
        partial=draw(st.sampled_from(list(PartialRule))),
        show_after_submit=draw(st.frozensets(st.sampled_from(list(Show)))),
        show_after_close=draw(st.frozensets(st.sampled_from(list(Show)))),
        navigate=draw(st.sampled_from(["free", "forward"])),
        per_page=draw(st.none() | st.integers(1, 20)),
        wait=draw(st.none() | st.integers(1, 100).map(lambda hours: hours * 3600)),
        tags=tuple(draw(st.lists(slugs, max_size=2, unique=True))),
    )
    names = draw(st.lists(slugs, min_size=1, max_size=3, unique=True))
    language = draw(st.sampled_from(["vi", "en"]))
    asked = tuple(draw(questions(name)) for name in names)
    return QuizFile(draw(st.just("") | words), language, settings, draw(st.just("") | texts), asked)


@given(quizzes())
def test_any_quiz_is_read_as_it_was_written(quiz: QuizFile) -> None:
    parsed = parse_quiz(write_quiz(quiz).encode(), file="a", language=quiz.language)
    assert parsed.value == quiz, [d.line_of_text() for d in parsed.diagnostics]


@pytest.mark.parametrize(
    "line",
    ["", "a", "- [x] a", "> **Hint:** a", "## a", ">", "```", "[a](" * 400, "`a ``b " * 250, "{" * 1_900],
)
def test_reading_takes_time_in_step_with_the_length_of_the_text(line: str) -> None:
    def effort(characters: int) -> float:
        text = (Q + "- [x] a\n" + (line + "\n") * characters)[
            : characters if line.isascii() else characters // 2
        ]
        started = time.process_time()
        parse(text)
        return time.process_time() - started

    # Four times the text should take four times as long; what grows with its square would take sixteen times, and
    # each time. Collecting the garbage of other tests may fall into one of the tries.
    assert any(effort(80_000) < 10 * effort(20_000) + 0.2 for _ in range(5))
