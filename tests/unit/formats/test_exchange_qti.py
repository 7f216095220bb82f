"""Items that other systems wrote, and packages that are none."""

import io
import zipfile
from collections.abc import Mapping

import pytest

from learning.domain.questions.model import Label, Question
from learning.formats.exchange import FORMATS, Imported, Target, format_of, write_foreign
from learning.formats.exchange.model import Outgoing
from learning.formats.markdown_html import render_fragments
from learning.formats.quiz import parse_quiz

ITEM = """<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="Cau-1" title="Tên miền" adaptive="false"
  timeDependent="false">
  <responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">
    <correctResponse><value>B</value></correctResponse></responseDeclaration>
  <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
  <itemBody><p>Nhìn <img src="../hinh/a.png" alt="ảnh"/></p>
    <choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1">
      <prompt>Của <strong>ai</strong>?</prompt>
      <simpleChoice identifier="A">một</simpleChoice>
      <simpleChoice identifier="B" fixed="true">hai</simpleChoice></choiceInteraction></itemBody>
  <responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>
</assessmentItem>"""

ITEM_3 = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="soi" title="soi"
  adaptive="false" time-dependent="false">
  <qti-response-declaration identifier="R" cardinality="multiple" base-type="identifier">
    <qti-correct-response><qti-value>x</qti-value></qti-correct-response></qti-response-declaration>
  <qti-item-body><qti-hottext-interaction response-identifier="R" max-choices="0">
    <p>Mở <qti-hottext identifier="x">tệp lạ</qti-hottext> và <qti-hottext identifier="y">chào</qti-hottext>.</p>
  </qti-hottext-interaction></qti-item-body></qti-assessment-item>"""


def render(fragments: Mapping[str, str]) -> Mapping[str, str]:
    """Render as the standing process does, without one."""
    return render_fragments(fragments, language="vi", media_base="media/", strip_links=False)[0]


def package(files: dict[str, str | bytes]) -> bytes:
    """Return a ZIP."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return target.getvalue()


def read(data: bytes | str, name: str = "qti21") -> Imported:
    """Read a foreign file."""
    return FORMATS[name].read(data.encode() if isinstance(data, str) else data, Target("vi", "Bài thử"))


def asked(imported: Imported) -> Question:
    """Return the only question."""
    assert imported.quiz is not None, [loss.text() for loss in imported.losses]
    (question,) = imported.quiz.questions
    return question


def test_a_choice_of_another_program_is_read_with_its_picture() -> None:
    imported = read(package({"items/i.xml": ITEM, "hinh/a.png": b"\x89PNG\r\n\x1a\n"}))
    question = asked(imported)
    assert question.body == "Nhìn ![ảnh](media/a.png)\n\nCủa **ai**?"
    assert (question.type, question.shuffle, question.title) == ("single", False, "Tên miền")
    assert [(c.text, c.correct, c.fixed) for c in question.answer.choices] == [
        ("một", False, False),
        ("hai", True, True),
    ]
    assert list(imported.media) == ["media/a.png"]
    assert [(loss.question, loss.code) for loss in imported.losses] == [("cau-1", "X060")]


def test_the_names_of_3_0_are_read_too() -> None:
    question = asked(read(ITEM_3))
    assert (question.type, question.partial) == ("hottext", "all")
    assert [(part.text, part.suspicious) for part in question.answer.parts] == [
        ("tệp lạ", True),
        ("chào", False),
    ]


def test_an_interaction_that_we_have_not_is_named() -> None:
    item = ITEM.replace("choiceInteraction", "sliderInteraction")
    imported = read(item)
    assert imported.quiz is None
    assert [(loss.question, loss.line, loss.code) for loss in imported.losses][:1] == [("Cau-1", 2, "X010")]
    assert "sliderInteraction" in imported.losses[0].text()


def test_an_answer_that_points_nowhere_is_named() -> None:
    imported = read(ITEM.replace("<value>B</value>", "<value>Z</value>"))
    assert {loss.code for loss in imported.losses} == {"X011", "Q024", "X008"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (package({"a.xml": b"<" + b" " * 5_000_000}), "B006"),
        (package({"../a.xml": ITEM}), "B002"),
        (package({f"{n}.xml": "" for n in range(2001)}), "B005"),
        (b"PK\x03\x04broken", "B001"),
        (b"<assessmentItem>", "X002"),
        (b"<html/>", "X001"),
        (b"<a>" * 200, "X005"),
    ],
)
def test_packages_that_are_none_get_a_word(data: bytes, code: str) -> None:
    imported = read(data)
    assert imported.quiz is None
    assert code in {loss.code for loss in imported.losses}


def test_what_we_write_has_the_names_of_its_version() -> None:
    for name, element in (("qti21", b"assessmentItem"), ("qti30", b"qti-assessment-item")):
        quiz = parse_quiz(
            "## Một {#mot}\n\nAi?\n\n- [x] a\n- [ ] b\n".encode(), file="a", language="vi"
        ).value
        assert quiz is not None
        write = FORMATS[name].write
        assert write is not None
        data = write(Outgoing(quiz, lambda text, _inline: f"<p>{text}</p>"))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.namelist() == ["imsmanifest.xml", "items/mot.xml", "test.xml"]
            assert b"<" + element in archive.read("items/mot.xml")
        assert format_of("a.zip", data) is FORMATS["qti21"]


MAPPED = """<assessmentItem identifier="nuoc" title="H2O">
<responseDeclaration identifier="RESPONSE" cardinality="multiple" baseType="identifier">
<correctResponse><value>H</value><value>O</value></correctResponse>
<mapping lowerBound="0"{upper} defaultValue="-2"><mapEntry mapKey="H" mappedValue="1"/>
<mapEntry mapKey="O" mappedValue="1"/><mapEntry mapKey="Cl" mappedValue="-1"/></mapping></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody><choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="0"><prompt>Gồm gì?</prompt>
<simpleChoice identifier="H">hydro</simpleChoice><simpleChoice identifier="Cl">clo</simpleChoice>
<simpleChoice identifier="O">oxy</simpleChoice></choiceInteraction></itemBody>
<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/>
</assessmentItem>"""


@pytest.mark.parametrize("upper", ["", ' upperBound="2"'])
def test_an_item_is_worth_what_its_mapping_gives(upper: str) -> None:
    question = asked(read(MAPPED.format(upper=upper)))
    assert (question.type, question.points) == ("multiple", 2)
    assert [(c.text, c.correct) for c in question.answer.choices] == [
        ("hydro", True),
        ("clo", False),
        ("oxy", True),
    ]


ESSAY = """<assessmentItem identifier="thu" title="thu">
<responseDeclaration identifier="R" cardinality="single" baseType="string">
<correctResponse><value>Kính gửi *anh*</value></correctResponse></responseDeclaration>
<itemBody><rubricBlock view="candidate author"><p>Viết <b>ngắn</b>.</p></rubricBlock>
<rubricBlock view="scorer"><p>Chấm rộng tay</p></rubricBlock><rubricBlock view="tutor"><p>Lớp 2</p></rubricBlock>
<p>Trả lời thư</p><feedbackBlock outcomeIdentifier="F" identifier="mau" showHide="show"><p>Đáp án</p></feedbackBlock>
<extendedTextInteraction responseIdentifier="R" expectedLength="200"/></itemBody></assessmentItem>"""


def test_an_essay_has_what_learners_graders_and_authors_read() -> None:
    imported = read(ESSAY)
    question = asked(imported)
    assert (question.type, question.body) == ("essay", "Viết **ngắn**.\n\nTrả lời thư")
    assert question.quoted(Label.MODEL) == "Kính gửi \\*anh\\*\n\nChấm rộng tay"
    assert question.quoted(Label.NOTE) == "Lớp 2"
    assert [(loss.code, dict(loss.params)["part"]) for loss in imported.losses] == [
        ("X063", "expectedLength"),
        ("X063", "modalFeedback"),
    ]


MARKUP = """## Tự luận {#viet type=essay points=2}

Viết [một](https://example.com/ "tên") thư.

3. ba

??? note "Mở ra"
    Ẩn ==nổi==

> **Thang chấm:**
> - (2) Nêu *ai*

> **Bài mẫu:** Kính gửi

> **Giải thích:** Vì
"""


def item_of(name: str, source: str) -> str:
    """Return the only item of a quiz as the format writes it."""
    quiz = parse_quiz(source.encode(), file="a", language="vi").value
    assert quiz is not None
    with zipfile.ZipFile(io.BytesIO(write_foreign(quiz, FORMATS[name], render, {}).data)) as archive:
        return archive.read(next(path for path in archive.namelist() if path.startswith("items/"))).decode()


def test_version_3_has_texts_of_rubrics_and_feedback_in_a_body() -> None:
    item = item_of("qti30", MARKUP)
    assert '<qti-rubric-block view="scorer" class="rubric"><qti-content-body><ul>' in item
    assert 'show-hide="show"><qti-content-body><p>Vì</p></qti-content-body></qti-modal-feedback>' in item
    assert '<ol start="3">' in item


def test_markup_is_what_the_version_knows() -> None:
    old, new = item_of("qti21", MARKUP), item_of("qti22", MARKUP)
    for item in (old, new):
        assert '<div class="details">\n<p class="summary">Mở ra</p>' in item
        assert '<span class="mark">nổi</span>' in item
        assert '<rubricBlock view="scorer" class="rubric"><ul>' in item
    assert '<a href="https://example.com/">một</a>' in old
    assert "<ol>" in old
    assert '<a href="https://example.com/" title="tên">một</a>' in new
    assert '<ol start="3">' in new


SPOKEN = """## Ai? {#ai points=2}

Của ai?

- [x] một
  > Đúng rồi.
- [ ] hai

> **Đúng một phần:** Gần rồi.

## Mấy? {#may}

- = 12 ± 2
  > Khoảng đó.

## Viết {#viet type=essay}

Viết.

> **Giải thích:** Vì thế.

> **Sai:** Chưa đúng.
"""
SHOWN = (
    '<setOutcomeValue identifier="FEEDBACK"><multiple><variable identifier="FEEDBACK" />'
    '<baseValue baseType="identifier">{}</baseValue></multiple></setOutcomeValue>'
)


def test_what_is_said_of_an_answer_is_shown_when_it_is_given() -> None:
    quiz = parse_quiz(SPOKEN.encode(), file="a", language="vi").value
    assert quiz is not None
    with zipfile.ZipFile(io.BytesIO(write_foreign(quiz, FORMATS["qti21"], render, {}).data)) as archive:
        choice, number, essay = (archive.read(f"items/{name}.xml").decode() for name in ("ai", "may", "viet"))
    chosen = '<match><variable identifier="RESPONSE" /><baseValue baseType="identifier">choice_1</baseValue></match>'
    assert f"<responseIf>{chosen}{SHOWN.format('choice_1_comment')}</responseIf>" in choice
    low, high = (f'<not><{name}><variable identifier="SCORE" />' for name in ("lte", "gte"))
    between = f'<and>{low}<baseValue baseType="float">0</baseValue></lte></not>'
    between += f'{high}<baseValue baseType="float">1.999</baseValue></gte></not></and>'
    assert f"<responseIf>{between}{SHOWN.format('partly_feedback')}</responseIf>" in choice
    # A number is compared once: who wins its points reads its comment.
    assert number.count("<equal ") == 1
    assert f"</setOutcomeValue>{SHOWN.format('RESPONSE_1')}</responseIf>" in number
    assert f"<responseProcessing>{SHOWN.format('explanation_feedback')}</responseProcessing>" in essay


CANVAS = """<?xml version="1.0" encoding="UTF-8"?>
<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="g1" title="Bài của lớp">
<section ident="root_section"><item ident="g2" title="Question">{meta}<presentation>
<material><mattext texttype="text/html">{text}</mattext></material>{response}</presentation>
<resprocessing>{rules}</resprocessing></item></section></assessment></questestinterop>"""
RULE = (
    '<respcondition continue="No"><conditionvar>{condition}</conditionvar>'
    '<setvar action="Set" varname="SCORE">100</setvar></respcondition>'
)


def canvas(kind: str, text: str, response: str, condition: str) -> bytes:
    """Return a package with one item."""
    entry = f"<fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry>"
    field = f"<qtimetadatafield>{entry}</qtimetadatafield>"
    meta = f"<itemmetadata><qtimetadata>{field}</qtimetadata></itemmetadata>" if kind else ""
    rules = RULE.format(condition=condition) if condition else ""
    item = CANVAS.format(meta=meta, text=text, response=response, rules=rules)
    return package({"g1/g1.xml": item, "web_resources/Uploaded Media/a.png": b"\x89PNG\r\n\x1a\n"})


LABELS = (
    '<response_lid ident="r" rcardinality="{many}"><render_choice><response_label ident="1"><material>'
    '<mattext texttype="text/plain">một &lt;b&gt;</mattext></material></response_label>'
    '<response_label ident="2"><material>'
    "<mattext>hai</mattext></material></response_label></render_choice></response_lid>"
)


def test_an_item_of_canvas_is_read_with_its_picture() -> None:
    picture = '&lt;img src="%24IMS-CC-FILEBASE%24/Uploaded%20Media/a.png" alt="ảnh"&gt; là ai?'
    right = '<varequal respident="r">1</varequal>'
    imported = read(canvas("multiple_choice_question", picture, LABELS.format(many="Single"), right), "qti12")
    question = asked(imported)
    assert question.body == "![ảnh](media/a.png) là ai?"
    assert [(choice.text, choice.correct) for choice in question.answer.choices] == [
        ("một &lt;b>", True),
        ("hai", False),
    ]
    assert imported.quiz is not None
    assert imported.quiz.title == "Bài của lớp"


def test_an_item_without_metadata_is_told_by_its_shape() -> None:
    wanted = '<and><varequal respident="r">1</varequal><not><varequal respident="r">2</varequal></not></and>'
    question = asked(read(canvas("", "Những gì?", LABELS.format(many="Multiple"), wanted), "qti12"))
    assert (question.type, [choice.correct for choice in question.answer.choices]) == (
        "multiple",
        [True, False],
    )
    field = '<response_str ident="r" rcardinality="Single"><render_fib/></response_str>'
    assert asked(read(canvas("", "Viết đi", field, ""), "qti12")).type == "essay"


def test_what_an_item_says_beside_its_question_is_named() -> None:
    field = '<response_str ident="r" rcardinality="Single"><render_fib/></response_str>'
    material = "<{0}><{0}material><material><mattext>{1}</mattext></material></{0}material></{0}>"
    beside = material.format("hint", "nhớ") + material.format("solution", "bài")
    with zipfile.ZipFile(io.BytesIO(canvas("essay_question", "Viết", field, ""))) as archive:
        item = archive.read("g1/g1.xml").replace(b"</item>", beside.encode() + b"</item>")
    imported = read(item, "qti12")
    assert asked(imported).hints == ("nhớ",)
    assert [(loss.code, dict(loss.params)["value"]) for loss in imported.losses if loss.code == "X063"] == [
        ("X063", "bài")
    ]


def test_numbers_of_canvas_have_their_tolerance() -> None:
    field = '<response_str ident="r" rcardinality="Single"><render_fib/></response_str>'
    bounds = '<and><vargte respident="r">10</vargte><varlte respident="r">14</varlte></and>'
    condition = f'<or><varequal respident="r">12</varequal>{bounds}</or>'
    question = asked(read(canvas("numerical_question", "Mấy?", field, condition), "qti12"))
    assert question.answer.right == ("12 ± 2",)
    assert asked(read(canvas("numerical_question", "Mấy?", field, bounds), "qti12")).answer.right == (
        "10..14",
    )


def test_a_type_of_canvas_that_we_have_not_is_named() -> None:
    imported = read(canvas("calculated_question", "Tính", "", ""), "qti12")
    assert [(loss.question, loss.code) for loss in imported.losses] == [("g2", "X010"), ("", "X008")]
    assert format_of("a.xml", b"<questestinterop/>") is FORMATS["qti12"]
