"""Quizzes of every type by chance, in Markdown that every format of ours can be asked to carry."""

from fractions import Fraction

from hypothesis import assume
from hypothesis import strategies as st

from learning.domain.content import QuizFile
from learning.domain.questions.cloze import Gap, GapAnswer
from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.hottext import HotAnswer, Part
from learning.domain.questions.model import (
    MARK_END,
    MARK_START,
    Choice,
    ChoiceAnswer,
    Label,
    Labelled,
    Question,
    Reply,
    ReplyAnswer,
    WordRange,
    choice_key,
)
from learning.domain.questions.order import Step, StepAnswer
from learning.domain.questions.registry import TYPES
from learning.formats.exchange.structure import choices_of, pairs_of, with_rubric
from learning.formats.quiz import parse_quiz, write_quiz
from learning.formats.values import write_points

WORDS = (
    "mật khẩu", "đường dẫn", "Bảng lương", "**khẩn**", "`ketoan@c0ng-ty.example`", "*ngay*", "24 giờ", "a = b", "# 1",
    "{x}", "c:\\\\tmp", "100%", "~ 5", "5 < 6", "-> đây", "[trang](https://example.com/a)", "==mã==", "§ 3",
    "לחצו כאן", "🙂", "a_b", "O'Hara", '"trích"', "&", "3 * 4", "[1]", "2 + 2", "1 – 2", "(x)", "!", "? #",
)  # fmt: skip
BLOCKS = (
    "- một\n- hai",
    "1. một\n1. hai",
    "> lời dẫn",
    "```\nif a:\n    b = {1}\n```",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "### Phụ",
    "![ảnh](media/a.png)",
    '!!! note "Chú ý"\n    Trong khung\n\n    - mục',
    '??? note "Mở ra"\n    Ẩn',
    "Từ\n:   Nghĩa của từ",
    "Dòng một  \ndòng hai ~~xoá~~ H~2~O",
    "---",
)

lines = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(lambda words: "Lời " + " ".join(words))
blocks = st.lists(st.one_of(lines, st.sampled_from(BLOCKS)), min_size=1, max_size=3).map("\n\nrồi\n\n".join)
words = st.lists(
    st.sampled_from(["khoá", "phishing", "OTP", "an toàn", "vishing", "=", "x~y"]), min_size=1, max_size=3
)
replies = words.map(" ".join)
numbers = st.sampled_from(["12", "-3.5", "12 ± 2", "10..14", "0.5 ± 0.25", "-2..-1", "1000", "200 ± 5%"])
comments = st.one_of(st.just(""), lines)


def distinct(texts: st.SearchStrategy[str], minimum: int, maximum: int) -> st.SearchStrategy[list[str]]:
    """Give lists of texts that all differ."""
    return st.lists(texts, min_size=minimum, max_size=maximum, unique=True)


@st.composite
def singles(draw: st.DrawFn, kind: str = "single") -> tuple[str, ChoiceAnswer]:
    """Give choices of which one is right, some with weights, comments, ids and places."""
    texts = draw(distinct(lines, 2, 5))
    right = draw(st.integers(0, len(texts) - 1))
    choices = []
    for number, text in enumerate(texts):
        weight = (
            None if number == right else draw(st.sampled_from([None, None, Fraction(1, 2), Fraction(-1, 4)]))
        )
        key = draw(st.sampled_from([choice_key(text), choice_key(text), f"lc-{number}"]))
        choices.append(Choice(key, text, number == right, weight, draw(st.booleans()), draw(comments)))
    return kind, ChoiceAnswer(tuple(choices))


@st.composite
def multiples(draw: st.DrawFn) -> tuple[str, ChoiceAnswer]:
    """Give choices of which several are right, plain or with weights that sum to one."""
    texts = draw(distinct(lines, 2, 6))
    right = draw(st.integers(1, len(texts)))
    weighted = draw(st.booleans())
    choices = []
    for number, text in enumerate(texts):
        weight = None
        if weighted:
            weight = Fraction(1, right) if number < right else draw(st.sampled_from([None, Fraction(-1, 3)]))
        choices.append(Choice(choice_key(text), text, number < right, weight, comment=draw(comments)))
    return "multiple", ChoiceAnswer(tuple(choices))


@st.composite
def typed(draw: st.DrawFn, kind: str) -> tuple[str, ReplyAnswer]:
    """Give replies in words or numbers."""
    texts = draw(distinct(numbers if kind == "numeric" else replies, 1, 3))
    first, *rest = texts
    found = [Reply(first, correct=True, comment=draw(comments))]
    for text in rest:
        correct = draw(st.booleans())
        weight = draw(st.sampled_from([None, Fraction(1, 2), Fraction(1, 3)])) if correct else None
        found.append(Reply(text, correct, weight, draw(comments)))
    if kind == "numeric":
        return kind, ReplyAnswer(tuple(found), draw(st.sampled_from([(), (("unit", "ký tự"),)])))
    options = [(("case", "exact"),), (("accents", "ignore"),), (), ()]
    return kind, ReplyAnswer(tuple(found), draw(st.sampled_from(options)))


@st.composite
def answers(draw: st.DrawFn) -> tuple[str, object, str]:
    """Give a type, an answer, and the text in which its marks stand."""
    kind = draw(
        st.sampled_from(
            [
                "single",
                "multiple",
                "truefalse",
                "text",
                "numeric",
                "match",
                "order",
                "cloze",
                "hottext",
                "essay",
            ]
        )
    )
    if kind == "essay":
        return (
            kind,
            EssayAnswer((), draw(st.sampled_from([None, WordRange(80, 200), WordRange(None, 50)]))),
            "",
        )
    if kind == "single":
        return (*draw(singles()), "")
    if kind == "multiple":
        return (*draw(multiples()), "")
    if kind == "truefalse":
        return kind, choices_of([("Đúng", True), ("Sai", False)][:: draw(st.sampled_from([1, -1]))]), ""
    if kind in {"text", "numeric"}:
        return (*draw(typed(kind)), "")
    if kind == "order":
        steps = draw(distinct(lines, 2, 4))
        return kind, StepAnswer(tuple(Step(choice_key(text), text) for text in steps)), ""
    if kind == "match":
        left, right = draw(distinct(lines, 2, 4)), draw(distinct(lines, 1, 3))
        pairs = [(text, right[number % len(right)]) for number, text in enumerate(left)]
        return kind, pairs_of(pairs, draw(st.sampled_from([[], ["Thừa"]]))), ""
    count = draw(st.integers(1, 2))
    body = " rồi ".join(f"điền {MARK_START}{n}{MARK_END} nhé" for n in range(1, count + 1))
    if kind == "cloze":
        gaps = []
        for n in range(1, count + 1):
            inner = draw(st.sampled_from(["text", "numeric", "single"]))
            if inner == "single":
                answer: object = choices_of([("HTTP", False), ("HTTPS", True)])
            elif inner == "numeric":
                answer = ReplyAnswer((Reply("6", correct=True),))
            else:
                answer = ReplyAnswer((Reply("2FA", correct=True), Reply("MFA", correct=True)))
            gaps.append(Gap(str(n), inner, answer))  # type: ignore[arg-type]  # what the draw made it
        return kind, GapAnswer(tuple(gaps)), body
    parts = [
        Part(choice_key(f"phần {n}"), f"phần {n}", n == 1, draw(st.sampled_from(["", "lạ"])))
        for n in range(1, count + 1)
    ]
    return kind, HotAnswer(tuple(parts), draw(st.sampled_from(["", "mail"]))), body


@st.composite
def questions(draw: st.DrawFn, number: int) -> Question:
    """Give a question with everything a heading and quotes can say."""
    kind, answer, marked = draw(answers())
    text = draw(blocks)
    has_rule = bool(TYPES[kind].rules) and not getattr(answer, "weighted", False)
    labels = draw(
        st.lists(
            st.sampled_from([label for label in Label if label not in (Label.RUBRIC, Label.MODEL)]),
            max_size=2,
            unique=True,
        )
    )
    points = draw(st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 2)]))
    labelled = [Labelled(label, draw(blocks)) for label in labels]
    if kind == "essay":
        if draw(st.booleans()):
            half = write_points(points / 2)
            labelled.append(Labelled(Label.RUBRIC, f"- ({half}) {draw(lines)}\n- ({half}) {draw(lines)}"))
        if draw(st.booleans()):
            labelled.append(Labelled(Label.MODEL, draw(blocks)))
    question = Question(
        id=f"cau-{number}",
        type=kind,
        title=draw(st.sampled_from(["", "Tên miền thật: ở đâu?", "Câu :: hai {x}", "Lừa # đảo"])),
        points=points,
        answer=answer,
        body=f"{text}\n\n{marked}" if marked else text,
        tags=tuple(draw(st.sampled_from([[], ["url"], ["url", "mat-khau"]]))),
        # Where weights decide, a rule decides nothing.
        partial="all" if has_rule and draw(st.booleans()) else None,
        shuffle=draw(st.sampled_from([None, None, False])) if kind in {"single", "multiple"} else None,
        hint_cost=draw(st.sampled_from([None, Fraction(1, 4)])) if Label.HINT in labels else None,
        labelled=tuple(labelled),
    )
    return with_rubric(question)


@st.composite
def quizzes(draw: st.DrawFn) -> QuizFile:
    """Give a quiz that our own format says exactly."""
    count = draw(st.integers(1, 3))
    quiz = QuizFile(
        "Bài thử",
        "vi",
        intro=draw(st.one_of(st.just(""), blocks)),
        questions=tuple(draw(questions(n)) for n in range(count)),
    )
    parsed = parse_quiz(write_quiz(quiz).encode(), file="a", language="vi")
    assume(
        parsed.value == quiz
    )  # a list of steps in the text of an order question, for one, is read as the steps
    return quiz
