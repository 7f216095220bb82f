"""Pairs, steps, gaps and parts to mark: read from their lines and texts, told when they slip, written back."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.domain.content import QuizFile
from learning.domain.diagnostics import Findings
from learning.domain.questions.cloze import Cloze, Gap, GapAnswer
from learning.domain.questions.hottext import HotAnswer, Hottext, Part
from learning.domain.questions.match import Match, PairAnswer
from learning.domain.questions.model import (
    MARK_END,
    MARK_START,
    AnswerKind,
    AnswerLine,
    Choice,
    ChoiceAnswer,
    Question,
    Reply,
    ReplyAnswer,
    choice_key,
)
from learning.domain.questions.order import Order, Step, StepAnswer
from learning.domain.wording import comparable
from learning.formats.quiz import parse_quiz, write_quiz
from learning.formats.text import Parsed


def parse(text: str, language: str = "vi") -> Parsed[QuizFile]:
    return parse_quiz(text.encode(), file="a", language=language)


def question(text: str) -> Question:
    parsed = parse(text)
    assert parsed.value is not None, [found.line_of_text() for found in parsed.diagnostics]
    assert parsed.diagnostics == ()
    return parsed.value.questions[0]


def found(text: str) -> list[tuple[int, int, str]]:
    return [(d.line, d.column, d.code) for d in parse(text).diagnostics]


def mark(number: int) -> str:
    return f"{MARK_START}{number}{MARK_END}"


def test_pairs_have_sides_to_spare_and_may_share_one() -> None:
    asked = question(
        "## Ghép {#a type=match}\n\n- Phishing => Thư\n- `a => b` => Mã\n- Lừa qua thư => Thư\n- => Ổ khoá\n"
    )
    answer: PairAnswer = asked.answer
    assert [(pair.text, pair.right) for pair in answer.pairs] == [
        ("Phishing", choice_key("Thư")),
        ("`a => b`", choice_key("Mã")),
        ("Lừa qua thư", choice_key("Thư")),
    ]
    assert [side.text for side in answer.sides] == ["Thư", "Mã", "Ổ khoá"]
    assert asked.body == ""


def test_steps_stand_in_their_order_and_may_go_on() -> None:
    asked = question("## Xếp {#a type=order}\n\nTheo thứ tự:\n\n1. Ngắt mạng\n   ngay\n1. Báo\n7) Ghi\n")
    assert [step.text for step in asked.answer.steps] == ["Ngắt mạng\nngay", "Báo", "Ghi"]
    assert asked.body == "Theo thứ tự:"


def test_a_list_in_a_question_of_another_type_is_text() -> None:
    asked = question("## a {#a}\n\n1. một\n1. hai\n\n- ba => bốn\n\n- [x] một\n- [ ] hai\n")
    assert asked.type == "single"
    assert asked.body == "1. một\n1. hai\n\n- ba => bốn"


def test_gaps_are_words_numbers_or_a_choice() -> None:
    asked = question(
        "## Điền {#a accents=ignore}\n\nViết tắt là [[= 2FA | MFA]], có [[= 6]] chữ số,\n"
        "trang dùng [[( ) HTTP >> Không mã hoá | (x) HTTPS]] hoặc [[= `a|b`]].\n"
    )
    assert asked.type == "cloze"
    assert asked.body == f"Viết tắt là {mark(1)}, có {mark(2)} chữ số,\ntrang dùng {mark(3)} hoặc {mark(4)}."
    gaps = asked.answer.gaps
    assert [(gap.key, gap.type) for gap in gaps] == [
        ("1", "text"), ("2", "numeric"), ("3", "single"), ("4", "text"),
    ]  # fmt: skip
    assert [reply.text for reply in gaps[0].answer.replies] == ["2FA", "MFA"]
    assert gaps[0].answer.options == (("accents", "ignore"),)
    assert gaps[2].answer.choices == (
        Choice(choice_key("HTTP"), "HTTP", correct=False, comment="Không mã hoá"),
        Choice(choice_key("HTTPS"), "HTTPS", correct=True),
    )
    assert gaps[3].answer.replies[0].text == "`a|b`"


def test_parts_to_mark_may_go_on_over_lines_of_a_quote() -> None:
    asked = question(
        "## Soi {#a frame=mail points=2}\n\n> Từ: <[[x: `a@b.example` >> Tên miền\n> lạ]]>\n"
        "> [[o: Trân trọng]], [[o: Trân trọng]]\n"
    )
    answer: HotAnswer = asked.answer
    assert asked.body == f"> Từ: <{mark(1)}>\n> {mark(2)}, {mark(3)}"
    assert answer.parts == (
        Part(choice_key("`a@b.example`"), "`a@b.example`", suspicious=True, why="Tên miền lạ"),
        Part(choice_key("Trân trọng"), "Trân trọng", suspicious=False),
        Part(choice_key("Trân trọng\x002"), "Trân trọng", suspicious=False),
    )
    assert answer.frame == "mail"


def test_in_a_table_the_signs_between_answers_are_escaped() -> None:
    asked = question("## a {#a}\n\n| a | b |\n|---|---|\n| [[= một \\| hai]] | [[( ) x \\| (x) y]] |\n")
    assert asked.body == f"| a | b |\n|---|---|\n| {mark(1)} | {mark(2)} |"
    assert [reply.text for reply in asked.answer.gaps[0].answer.replies] == ["một", "hai"]


def test_brackets_in_code_or_escaped_or_of_links_are_text() -> None:
    text = "Xem `[[= a]]`, \\[[= b]] và [[c]].\n\n```\n[[= d]]\n```"
    assert question(f"## a {{#a}}\n\n{text}\n\n- [x] một\n- [ ] hai\n").body == text


H = "## a {#a}\n"
M, S = "## a {#a type=match}\n", "## a {#a type=order}\n"
SLIPS = {
    "pairs without a type": (H + "- một => hai\n- ba => bốn\n", (1, 1, "Q016")),
    "steps without a type": (H + "1. một\n1. hai\n", (1, 1, "Q016")),
    "arrow of another kind": (M + "- một -> hai\n- ba => bốn\n- năm => sáu\n", (2, 7, "Q020")),
    "no right side": (M + "- một =>\n- ba => bốn\n", (2, 3, "Q023")),
    "one pair": (M + "- một => hai\n- => ba\n", (1, 1, "Q025")),
    "same left sides": (M + "- một => hai\n- một => ba\n", (3, 3, "Q026")),
    "side not to spare": (M + "- một => hai\n- ba => bốn\n- => hai\n", (4, 3, "Q026")),
    "choices in match": (M + "- [x] một\n- [ ] hai\n", (1, 10, "Q022")),
    "one step": (S + "1. một\n", (1, 1, "Q025")),
    "empty step": (S + "1. một\n1.\n1. hai\n", (3, 3, "Q023")),
    "same steps": (S + "1. một\n2. một\n", (3, 4, "Q026")),
    "comment on a step": (S + "1. một\n   > vì\n1. hai\n", (3, 1, "Q012")),
    "rule of another type": ("## a {#a type=order partial=minus}\n1. một\n1. hai\n", (1, 21, "Q012")),
    "gap not closed": (H + "Viết [[= một] ở đây [[= hai]].\n", (2, 6, "Q041")),
    "gap over a paragraph": (H + "Có [[= một]] và [[= hai\n\nba]].\n", (2, 17, "Q041")),
    "unknown gap": (H + "Viết [[= một]] và [[hai]].\n", (2, 19, "Q042")),
    "unknown gap of a cloze": ("## a {#a type=cloze}\nViết [[hai]].\n", (2, 6, "Q042")),
    "list without a box": (H + "Chọn [[(x) một | hai]].\n", (2, 18, "Q042")),
    "list without a key": (H + "Chọn [[( ) một | ( ) hai]].\n", (2, 6, "Q043")),
    "list with two keys": (H + "Chọn [[(x) một | (x) hai]].\n", (2, 6, "Q043")),
    "bare sign in a table": (H + "| a |\n|---|\n| [[= một | hai]] |\n", (4, 11, "Q044")),
    "too many replies of a gap": (H + "[[= " + " |\n".join(map(str, range(41))) + "]]\n", (1, 1, "Q006")),
    "too many choices of a list": (
        H + "[[(x) a |\n" + " |\n".join(f"( ) b{n}" for n in range(40)) + "]]\n",
        (1, 1, "Q006"),
    ),
    "empty gap": (H + "Viết [[= ]].\n", (2, 9, "Q023")),
    "empty part": (H + "Soi [[x: ]].\n", (2, 5, "Q023")),
    "choice alone in a list": (H + "Chọn [[(x) một]].\n", (2, 1, "Q025")),
    "gaps and parts": (H + "[[= một]] và [[x: hai]]\n", (1, 1, "Q022")),
    "steps and gaps": (S + "[[= một]]\n\n1. hai\n1. ba\n", (1, 1, "Q022")),
    "parts in a cloze": ("## a {#a type=cloze}\n[[x: một]]\n", (1, 10, "Q022")),
    "unknown frame": ("## a {#a frame=tv}\n[[x: một]]\n", (1, 10, "Q012")),
    "frame of another type": ("## a {#a frame=sms}\n[[= một]]\n", (1, 10, "Q012")),
    "number that could be two": (H + "Viết [[= 1.000]].\n", (2, 10, "Q030")),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_at_its_place_and_alone(name: str) -> None:
    text, expected = SLIPS[name]
    assert found(text) == [expected]


# --- What is written is read as the same

words = (
    st.text(alphabet="abcđêơ ưx.,-", min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: text and text[0] not in "-. ,")
)
distinct = st.lists(
    words, min_size=2, max_size=5, unique_by=(lambda text: "".join(sorted(text.lower())), comparable)
)


@st.composite
def pair_answers(draw: st.DrawFn) -> tuple[str, PairAnswer]:
    left, right = draw(distinct), draw(distinct)
    lines = [
        AnswerLine(AnswerKind.PAIR, text, 1, 1, right=right[draw(st.integers(0, len(right) - 1))])
        for text in left
    ]
    used = {line.right for line in lines}
    lines += [AnswerLine(AnswerKind.PAIR, "", 1, 1, right=text) for text in right if text not in used]
    return "", Match().read(lines, Findings("a", "Q"), heading=1, options={})


@st.composite
def step_answers(draw: st.DrawFn) -> tuple[str, StepAnswer]:
    return draw(st.just("") | words), StepAnswer(
        tuple(Step(choice_key(text), text) for text in draw(distinct))
    )


@st.composite
def gap_answers(draw: st.DrawFn) -> tuple[str, GapAnswer]:
    gaps: list[Gap] = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        kind = draw(st.sampled_from(["text", "numeric", "single"]))
        if kind == "text":
            replies = tuple(Reply(text, correct=True) for text in draw(distinct))
            gaps.append(Gap(str(number), kind, ReplyAnswer(replies)))
        elif kind == "numeric":
            numbers = draw(st.lists(st.integers(-99, 99), min_size=1, max_size=3, unique=True))
            replies = tuple(Reply(str(value), correct=True) for value in numbers)
            gaps.append(Gap(str(number), kind, ReplyAnswer(replies)))
        else:
            texts = draw(distinct)
            right = draw(st.integers(0, len(texts) - 1))
            choices = tuple(
                Choice(choice_key(text), text, index == right, comment=draw(st.just("") | words))
                for index, text in enumerate(texts)
            )
            gaps.append(Gap(str(number), kind, ChoiceAnswer(choices)))
    return _text(draw, len(gaps)), GapAnswer(tuple(gaps))


@st.composite
def hot_answers(draw: st.DrawFn) -> tuple[str, HotAnswer]:
    lines = [
        AnswerLine(
            AnswerKind.HOT, draw(words), 1, 1, marked=draw(st.booleans()), comment=draw(st.just("") | words)
        )
        for _ in range(draw(st.integers(1, 5)))
    ]
    frame = draw(st.sampled_from(["plain", "sms", "chat", "mail", "web"]))
    return _text(draw, len(lines)), Hottext().read(
        lines, Findings("a", "Q"), heading=1, options={"frame": frame}
    )


def _text(draw: st.DrawFn, gaps: int) -> str:
    """Return a text with that many marks, in lines, a quote or a table."""
    marks = [mark(number) for number in range(1, gaps + 1)]
    shape = draw(st.sampled_from(["line", "lines", "quote", "table"]))
    if shape == "table":
        return "| a |\n|---|\n" + "\n".join(f"| {one} |" for one in marks)
    joined = (" a " if shape == "line" else "\n").join(marks)
    return "> " + joined.replace("\n", "\n> ") if shape == "quote" else joined


KINDS = {"match": pair_answers(), "order": step_answers(), "cloze": gap_answers(), "hottext": hot_answers()}


@pytest.mark.parametrize("name", KINDS)
@given(data=st.data())
def test_what_is_written_is_read_as_the_same(name: str, data: st.DataObject) -> None:
    body, answer = data.draw(KINDS[name])
    asked = Question("a", name, "Câu", Fraction(1), answer, body)
    written = write_quiz(QuizFile("", "vi", questions=(asked,)))
    parsed = parse(written)
    assert parsed.value is not None, (written, [d.line_of_text() for d in parsed.diagnostics])
    assert parsed.value.questions == (asked,)


@given(st.text(alphabet="[]=()xo:|>` \n\\ab", max_size=120))
def test_whatever_text_has_gaps_is_written_and_read_as_the_same(text: str) -> None:
    first = parse(f"## a {{#a}}\n\n{text}\n\n[[= một]]\n").value
    if first is not None:
        again = parse(write_quiz(first))
        assert again.value == first, [d.line_of_text() for d in again.diagnostics]


def test_the_types_with_marks_are_those_that_stand_in_the_text() -> None:
    assert {kind.name for kind in (Match(), Order(), Cloze(), Hottext()) if kind.mark} == {"cloze", "hottext"}
