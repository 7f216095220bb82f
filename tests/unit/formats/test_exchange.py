"""Whatever we write for another system comes back as it was, but for what was named."""

import base64
import re
import time
import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given, settings

from learning.domain.content import QuizFile
from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.model import Label, Question
from learning.formats.exchange import FORMATS, Format, Imported, Target, format_of, write_foreign
from learning.formats.exchange.answers import without_usual_weights
from learning.formats.exchange.convert import seen as as_seen
from learning.formats.exchange.html_text import html_to_markdown, words_of_html
from learning.formats.exchange.structure import shape
from learning.formats.markdown_html import render_fragments
from learning.formats.quiz import parse_quiz, write_quiz
from tests.support.random_quizzes import quizzes

WRITTEN = [form for form in FORMATS.values() if form.write]


def render(fragments: Mapping[str, str]) -> Mapping[str, str]:
    """Render as the standing process does, without one."""
    return render_fragments(fragments, language="vi", media_base="media/", strip_links=False)[0]


def seen(text: str, inline: bool) -> str:
    """Return what a reader sees of a text."""
    name = f"x/{'choice' if inline else 'text'}/1"
    return as_seen(re.sub(r'(<h[1-6]) id="[^"]*"', r"\1", render({name: text})[name]))


# What of a question may be another one after it was told.
TELLS = {
    "X032": "",
    "X033": "title",
    "X034": "points",
    "X035": "tags",
    "X036": "hints",
    **dict.fromkeys(("X037", "X038", "X046", "X051", "X052"), "quotes"),
    **dict.fromkeys(("X039", "X040", "X041", "X042"), "answers"),
    "X045": "answers hint_cost",
    **dict.fromkeys(("X047", "X048", "X067", "X068", "X072"), "answers"),
    "X043": "partial",
    "X044": "shuffle",
    "X049": "text quotes answers",
    "X050": "text quotes answers",
    "X054": "title text quotes answers",
    "X066": "type text answers",
}


@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
@given(quiz=quizzes())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_what_is_written_comes_back_but_for_what_was_named(form: Format, quiz: QuizFile) -> None:
    exported = write_foreign(quiz, form, render, {"media/a.png": b"\x89PNG\r\n\x1a\n"})
    assert [loss for loss in exported.losses if loss.code == "X069"] == []
    left_out = {loss.question for loss in exported.losses if loss.is_error}
    back = form.read(exported.data, Target("vi", "Tên tệp"))
    kept = [question for question in quiz.questions if question.id not in left_out]
    assert len(back.quiz.questions if back.quiz else ()) == len(kept)

    told = {loss.code for loss in exported.losses if not loss.question}
    if back.quiz and "X029" not in told:
        assert back.quiz.title == quiz.title
    if back.quiz and "X031" not in told:
        assert seen(back.quiz.intro, False) == seen(quiz.intro, False)
    for ours, theirs in zip(kept, back.quiz.questions if back.quiz else (), strict=True):
        told = {loss.code for loss in exported.losses if loss.question == ours.id}
        # Weights that say the same as the usual rule are the usual rule.
        mine, other = shape(without_usual_weights(ours), seen), shape(theirs, seen)
        changed = {name for name in mine if mine[name] != other[name]}
        assert changed <= {name for code in told for name in TELLS[code].split()}, told


def test_a_picture_that_is_not_there_is_named_at_its_question() -> None:
    source = "## Một {#mot}\n\n![a](media/a.png)\n\n- [x] một\n- [ ] [tệp](media/b.pdf)\n"
    quiz = parse_quiz(source.encode(), file="a", language="vi").value
    assert quiz is not None
    losses = write_foreign(quiz, FORMATS["moodle"], render, {"media/a.png": b"\x89PNG\r\n\x1a\n"}).losses
    told = [(loss.question, loss.code, loss.params) for loss in losses if loss.code != "X029"]
    assert ("mot", "X053", (("target", "media/b.pdf"),)) in told
    assert ("mot", "X053", (("target", "media/a.png"),)) not in told


def test_answers_of_which_the_first_counted_are_named() -> None:
    imported = read("gift", "Mấy? {#=%0%5:0 =5:5}\n\nMấy nữa? {#=5:0 =%50%5:5}")
    assert [(loss.question, loss.code) for loss in imported.losses] == [("may", "X073")]


ESSAY = """## Viết thư {#viet type=essay points=3 words=80..200}

Trả lời thư này.

> **Thang chấm:**
> - (2) Từ chối rõ ràng
> - (1) Báo lại **ngay**

> **Bài mẫu:** Cảm ơn anh.
"""


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("gift", {"X034", "X045", "X051", "X052"}),
        ("aiken", {"X010", "X008"}),
        ("moodle", set()),
        ("qti12", {"X045", "X051", "X052"}),
        ("qti21", {"X045"}),
        ("qti22", {"X045"}),
        ("qti30", {"X045"}),
    ],
)
def test_no_format_drops_an_essay_without_a_word(name: str, lost: set[str]) -> None:
    quiz = parse_quiz(ESSAY.encode(), file="a", language="vi").value
    assert quiz is not None
    exported = write_foreign(quiz, FORMATS[name], render, {})
    assert {loss.code for loss in exported.losses} == lost
    assert {loss.question for loss in exported.losses if loss.code != "X008"} <= {"viet"}
    if "X010" in lost:
        return
    ours, theirs = quiz.questions[0], asked(read(name, exported.data))
    assert (theirs.id, theirs.type, theirs.body) == ("viet", "essay", "Trả lời thư này.")
    for code, label in (("X051", Label.RUBRIC), ("X052", Label.MODEL)):
        assert theirs.quoted(label) == ("" if code in lost else ours.quoted(label))
    rubric = () if "X051" in lost else ours.answer.rubric
    assert theirs.answer == EssayAnswer(rubric, None if "X045" in lost else ours.answer.words)


OVERLAPPING = """## Bao nhiêu? {#so}

- = 10..14 {50%}
- != 20
- = 12

## Gọi là gì? {#chu match=wildcard}

- = *lừa* {50%}
- = lừa đảo
"""


@pytest.mark.parametrize(
    ("name", "told"), [("gift", ["so", "chu"]), ("moodle", ["so", "chu"]), ("qti21", ["so"])]
)
def test_the_best_of_answers_that_overlap_is_first(name: str, told: list[str]) -> None:
    quiz = parse_quiz(OVERLAPPING.encode(), file="a", language="vi").value
    assert quiz is not None
    exported = write_foreign(quiz, FORMATS[name], render, {})
    assert [loss.question for loss in exported.losses if loss.code == "X072"] == told
    back = read(name, exported.data).quiz
    assert back is not None
    best = {question.id: question.answer.replies[0] for question in back.questions}
    assert [(best[name].text, best[name].weight) for name in told] == [
        (text, None) for text in ("12", "lừa đảo")[: len(told)]
    ]


def read(name: str, text: str | bytes, language: str = "vi") -> Imported:
    """Read a foreign text."""
    data = text if isinstance(text, bytes) else text.encode()
    return FORMATS[name].read(data, Target(language, "Bài thử"))


def codes(imported: Imported) -> list[tuple[int, str]]:
    """Return line and code of everything that was noted."""
    return [(loss.line, loss.code) for loss in imported.losses]


def asked(imported: Imported) -> Question:
    """Return the only question."""
    assert imported.quiz is not None, codes(imported)
    (question,) = imported.quiz.questions
    return question


def test_gift_names_what_it_leaves_out_at_its_line() -> None:
    imported = read(
        "gift", "// chú thích\n\nMở {=a\n\nHai? {=b ~c}\n\nBa? {%%%}\n\nBài luận {}\n\nBốn? {~a ~b}\n"
    )
    assert codes(imported) == [(3, "X013"), (7, "X012"), (11, "X011"), (11, "Q024")]
    assert imported.quiz is not None
    assert [(question.type, question.body) for question in imported.quiz.questions] == [
        ("single", "Hai?"),
        ("essay", "Bài luận"),
    ]


def test_gift_has_ids_tags_categories_and_escapes() -> None:
    question = asked(
        read(
            "gift",
            "$CATEGORY: $course$/Lừa đảo\n\n// [id:Câu 1] [tag:url]\n"
            "::Tên\\: một::[html]<p>A <b>b</b> \\= c</p>{~%50%x ~%50%y#ừ}",
        )
    )
    assert (question.id, question.title, question.tags) == ("cau-1", "Tên: một", ("url", "lua-dao"))
    assert question.body == "A **b** = c"
    assert [choice.comment for choice in question.answer.choices] == ["", "ừ"]


def test_a_true_false_question_of_gift_has_the_comment_for_the_wrong_first() -> None:
    question = asked(read("gift", "Khoá xanh là an toàn.{FALSE#Chưa đúng.#Đúng vậy.}"))
    comments = {choice.text: choice.comment for choice in question.answer.choices}
    assert comments == {"Đúng": "Chưa đúng.", "Sai": "Đúng vậy."}


def test_an_arrow_in_a_comment_makes_no_pairs() -> None:
    question = asked(read("gift", "Gọi là gì? {=smishing#lừa -> SMS}"))
    assert (question.type, question.answer.replies[0].comment) == ("text", "lừa -> SMS")
    data = write_foreign(QuizFile("", "vi", questions=(question,)), FORMATS["gift"], render, {}).data
    assert b"->" not in data


def test_what_goes_on_behind_the_answers_is_a_gap() -> None:
    question = asked(read("gift", "Hai yếu tố gọi là {=2FA =MFA} nhé."))
    assert question.type == "cloze"
    assert (
        write_quiz(QuizFile("", "vi", questions=(question,))).count("Hai yếu tố gọi là [[= 2FA | MFA]] nhé.")
        == 1
    )


def test_texts_that_look_like_ours_stay_texts() -> None:
    text = "## Không phải câu hỏi\\n\\n- [x] không phải đáp án\\n\\n> **Gợi ý:** không phải gợi ý"
    text += "\\n\\n[[\\= x]] {~một =hai \\{50%\\}}"
    question = asked(read("gift", f"[markdown]{text}"))
    html = render({"x/text/1": question.body})["x/text/1"]
    assert (
        words_of_html(html) == "## Không phải câu hỏi - [x] không phải đáp án Gợi ý: không phải gợi ý [[= x]]"
    )
    assert [seen(choice.text, inline=True) for choice in question.answer.choices] == ["một", "hai {50%}"]


def test_plain_texts_show_letter_for_letter() -> None:
    text = "a_b __c__ *d* `e` [f](g) <b>h</b> &lt; # i ~~k~~ ==l== ++m++ \\\\n - 1. {x} _____ | n"
    question = asked(read("aiken", f"{text}\nA. một\nB. hai\nANSWER: B\n"))
    assert words_of_html(seen(question.body, inline=False)) == text


def test_aiken_names_its_errors_at_their_lines() -> None:
    imported = read(
        "aiken",
        "Ít quá\nA) một\nANSWER: A\n\n"
        "A) Không có câu\n\nANSWER: A\n\nTốt\nA) a\nB) b\nANSWER: A\n\nDở dang\nA) a\nB) b\n\n"
        "Sai chữ\nA) a\nB) b\nANSWER: C\n\nHai lần\nA) a\nA) b\nB) c\nANSWER: A\n\nTốt nữa\nA)a\nB)b\nANSWER: B",
    )
    assert codes(imported) == [(1, "X014"), (5, "X015"), (14, "X016"), (21, "X017"), (23, "X012")]
    assert imported.quiz is not None
    assert [question.id for question in imported.quiz.questions] == ["tot", "tot-nua"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_texts_have_any_usual_encoding(encoding: str) -> None:
    text = "Tên miền?\r\nA. đúng\r\nB. sai\r\nANSWER: A\r\n"
    data = text.encode(encoding) if encoding != "utf-16-be" else b"\xfe\xff" + text.encode(encoding)
    assert asked(read("aiken", data)).body == "Tên miền?"


def test_an_old_encoding_is_named() -> None:
    imported = read(
        "aiken",
        unicodedata.normalize("NFD", "Lừa đảo?\nA. co\nB. ko\nANSWER: A\n")
        .replace("u\u031b", "ư")
        .encode("cp1258"),
    )
    assert codes(imported) == [(0, "X009")]
    assert asked(imported).body == "Lừa đảo?"


HANG = 60  # seconds of work; what grows with the square of a file would take hours for these
HOSTILE = {
    "braces": b"{" * 3_000_000,
    "brackets": b"[" * 3_000_000,
    "opened": b"a {=b\n\n" * 100_000,
    "escapes": b"\\" * 2_000_000,
    "answers": b"a {" + b"=b" * 300_000 + b"}",
    "zero": b"\0" * 1000,
    "large": b"[" * 10 * 1024 * 1024,
    "questions": b"a{T}\n\n" * 50_000,
    "bank": b"<quiz>"
    + b"<question type='truefalse'><name><text>a</text></name></question>" * 50_000
    + b"</quiz>",
    "marks": "a \ue0001\ue001 {=b} c".encode(),
}


@pytest.mark.parametrize("name", sorted({form.name for form in FORMATS.values()}))
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_get_a_word_and_no_hang(name: str, data: bytes) -> None:
    started = time.process_time()
    imported = FORMATS[name].read(data, Target("vi"))
    assert imported.losses or imported.quiz
    assert time.process_time() - started < HANG


@pytest.mark.parametrize("sign", ["<a ", "<!-- ", '<a x="', "<a b=c ", "<a x='>'", "</a ", "<![", "<p><b>"])
def test_signs_that_nothing_ends_do_not_hold_up_the_reader(sign: str) -> None:
    text = (sign * 50_000)[:90_000]
    started = time.process_time()
    html_to_markdown(text)
    words_of_html(text)
    assert time.process_time() - started < HANG


def test_signs_in_markup_that_begin_nothing_are_letters() -> None:
    html = "<p title=it's>a < b <!-- <i>c --> & <b\nclass='>'>d</b> <3 <e</p><img src='x' alt=\"a>b\">"
    assert html_to_markdown(html).markdown == "a < b & **d** <3 &lt;e\n\na>b"


def test_a_list_begins_where_it_did() -> None:
    assert html_to_markdown('<ol start="3"><li>ba</li><li>bốn</li></ol>').markdown == "3. ba\n3. bốn"
    assert html_to_markdown('<ol start="x"><li>một</li></ol>').markdown == "1. một"


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n rest").decode()


def moodle(
    inside: str, kind: str = "multichoice", text: str = "&lt;p&gt;Của ai?&lt;/p&gt;", more: str = ""
) -> str:
    """Return a question bank of one question."""
    return (
        f'<quiz>\n<question type="{kind}"><name><text>Tên</text></name>\n'
        f'<questiontext format="html"><text>{text}</text>{more}</questiontext>\n{inside}</question></quiz>'
    )


ANSWERS = (
    '<answer fraction="100"><text>a</text></answer><answer fraction="0"><text>b</text>'
    "<feedback><text>không</text></feedback></answer>"
)


def test_moodle_xml_brings_its_pictures_along() -> None:
    text = "&lt;p&gt;Nhìn &lt;img src='@@PLUGINFILE@@/%E1%BA%A3nh%201.png' alt='ảnh'&gt;&lt;/p&gt;"
    file = f'<file name="ảnh 1.png" path="/" encoding="base64">{PNG}</file><file name="x.exe">QUJD</file>'
    imported = read("moodle", moodle(ANSWERS, text=text, more=file))
    assert asked(imported).body == "Nhìn ![ảnh](media/anh-1.png)"
    assert imported.media == {"media/anh-1.png": b"\x89PNG\r\n\x1a\n rest"}
    assert codes(imported) == [(2, "X062")]


def test_what_a_question_of_moodle_says_beside_is_named() -> None:
    beside = "<answernumbering>abc</answernumbering><penalty>0.5</penalty><selecttype>ALL</selecttype>"
    beside += "<dataset_definitions><dataset_definition><name><text>x</text></name></dataset_definition>"
    imported = read("moodle", moodle(ANSWERS + beside + "</dataset_definitions><prototype>1</prototype>"))
    assert [(loss.code, dict(loss.params)) for loss in imported.losses] == [
        ("X063", {"part": "penalty", "value": "0.5"}),
        ("X063", {"part": "dataset_definitions", "value": "x"}),
        ("X063", {"part": "prototype", "value": "1"}),
    ]


def test_what_calls_itself_a_picture_must_begin_as_one() -> None:
    text = "&lt;img src='@@PLUGINFILE@@/a.png' alt='a'&gt; ở đâu?"
    file = '<file name="a.png" encoding="base64">PHNjcmlwdD4=</file>'
    imported = read("moodle", moodle(ANSWERS, text=text, more=file))
    assert [code for _, code in codes(imported)] == ["X062", "X061"]
    assert imported.media == {}


def test_what_markdown_cannot_say_stays_in_a_note() -> None:
    text = "&lt;p&gt;H&lt;sup&gt;2&lt;/sup&gt; &lt;script&gt;alert(1)&lt;/script&gt;&lt;u&gt;là&lt;/u&gt;?&lt;/p&gt;"
    imported = read("moodle", moodle(ANSWERS, text=text))
    question = asked(imported)
    assert question.body == "H2 là?"
    assert (
        question.quoted(Label.NOTE)
        == "```html\n<p>H<sup>2</sup> <script>alert(1)</script><u>là</u>?</p>\n```"
    )
    assert imported.losses[0].text() == (
        "Formatting that Markdown cannot say: `sup`, `script`, `u`. The original stands in an author's note."
    )


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("không có gì", "X012"),
        ("{1:MULTICHOICE}", "X012"),
        ("{1:MULTICHOICE:=một}", "Q025"),
        ("{1:MULTICHOICE:một~%50%hai}", "Q043"),
        ("{2:NUMERICAL:=không}", "X012"),
        ("{1:MULTIRESPONSE:=a~=b}", "X012"),
        ("{1:SHORTANSWER:%50%a}", "X012"),
    ],
)
def test_broken_gaps_are_refused(code: str, found: str) -> None:
    imported = read("moodle", moodle("", "cloze", f"Chọn {code} nhé"))
    assert imported.quiz is None
    assert found in {loss.code for loss in imported.losses}


def test_gaps_of_moodle_become_ours() -> None:
    text = r"A {1:SHORTANSWER_C:=2FA~=MFA} b {2:NM:=6:0.5} c {1:MCVS:HTTP#vì \} x~=HTTPS &amp; \#}"
    question = asked(read("moodle", moodle("", "cloze", text)))
    source = write_quiz(QuizFile("", "vi", questions=(question,)))
    assert "A [[= 2FA | MFA]] b [[= 6 ± 0.5]] c [[( ) HTTP >> vì } x | (x) HTTPS & #]]" in source
    assert "points=4" in source
    assert "case=exact" in source


BOMBS = {
    "external": '<!DOCTYPE q SYSTEM "file:///etc/passwd"><quiz/>',
    "entity": '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>',
    "laughs": '<!DOCTYPE q [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><quiz>&b;</quiz>',
}


@pytest.mark.parametrize("name", sorted(form.name for form in FORMATS.values() if ".xml" in form.suffixes))
@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_xml_has_no_entities(name: str, text: str) -> None:
    assert [loss.code for loss in read(name, text).losses] == ["X003"]


def test_broken_xml_is_told_with_its_place() -> None:
    imported = read("moodle", "<quiz>\n<question>\n</quiz>")
    assert [(loss.line, loss.code, dict(loss.params)) for loss in imported.losses] == [
        (3, "X002", {"column": 3})
    ]
    assert codes(read("moodle", "<a>" * 5000)) == [(1, "X005")]
    assert codes(read("moodle", "<html/>")) == [(1, "X001")]


def test_the_format_is_told_by_what_stands_in_the_file() -> None:
    assert [
        getattr(format_of(name, data), "name", None)
        for name, data in (
            ("a.txt", b"Mot\nA) a\nB) b\nANSWER: A\n"),
            ("a.txt", b"Mot {=a}"),
            ("a.txt", b"question;key\n"),
            ("a.gift.txt", b""),
            ("a.XLSX", b""),
            ("a.doc", b""),
        )
    ] == ["aiken", "gift", "csv", "gift", "xlsx", None]
