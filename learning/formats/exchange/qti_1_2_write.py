"""The writer of QTI 1.2 for Canvas."""

import re
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from urllib.parse import quote
from xml.etree.ElementTree import Element

from learning.domain.numbers import read_span
from learning.domain.questions.match import PairAnswer
from learning.domain.questions.model import (
    MARK_END,
    MARK_START,
    ChoiceAnswer,
    Label,
    Question,
    ReplyAnswer,
)
from learning.formats.bundle import write_archive
from learning.formats.exchange.answers import decimal, with_usual_numbers, words_of
from learning.formats.exchange.html_text import words_of_html
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Outgoing, ToHtml, Way
from learning.formats.exchange.moodle_write import with_plain_sides
from learning.formats.exchange.reduction import usual_true_false, without_comments
from learning.formats.exchange.xml_tree import add, write_xml
from learning.formats.values import write_points

TYPES = {
    "single": "multiple_choice_question",
    "multiple": "multiple_answers_question",
    "truefalse": "true_false_question",
    "text": "short_answer_question",
    "numeric": "numerical_question",
    "match": "matching_question",
    "essay": "essay_question",
}
FEEDBACK = {
    Label.EXPLANATION: "general_fb",
    Label.CORRECT: "correct_fb",
    Label.INCORRECT: "general_incorrect_fb",
}
_SHOWN = re.compile(r'((?:src|href)=")(media/[^"]+)"')
_BASE = "%24IMS-CC-FILEBASE%24/"


def adapt(question: Question, losses: Losses, way: Way) -> Question | None:
    """Return the question as Canvas can say it."""
    if any(part.label is Label.PARTLY for part in question.labelled):
        losses.add("X038")
        kept = tuple(part for part in question.labelled if part.label is not Label.PARTLY)
        question = replace(question, labelled=kept)
    match question.type:
        case "truefalse":
            return usual_true_false(question, losses, way.quiz.language)
        case "multiple":
            # Canvas takes off for a wrong choice what a right one wins.
            if not question.answer.weighted:
                losses.add("X043", rule=question.partial or way.quiz.settings.partial)
            return replace(question, partial=None)
        case "text" | "numeric":
            question = without_comments(question, losses)
            return with_usual_numbers(question, losses) if question.type == "numeric" else question
        case "match":
            return with_plain_sides(question, losses, way.html)
        case "cloze":
            kinds = {gap.type for gap in question.answer.gaps}
            if kinds not in ({"text"}, {"single"}):
                losses.add("X010", type="cloze", format="QTI 1.2")
                return None
            return _without_gap_details(question, losses, way.html)
    return question


def _without_gap_details(question: Question, losses: Losses, html: ToHtml) -> Question:
    """Make plain words of the lists in the text, and leave out what is said of their choices."""
    gaps = []
    for gap in question.answer.gaps:
        if not isinstance(gap.answer, ChoiceAnswer):
            gaps.append(gap)
            continue
        if any(choice.comment for choice in gap.answer.choices):
            losses.add("X039")
        choices = tuple(replace(choice, comment="") for choice in gap.answer.choices)
        if any("<" in html(choice.text, True) for choice in choices):
            losses.add("X054")
            choices = tuple(
                replace(choice, text=words_of_html(html(choice.text, True))) for choice in choices
            )
        gaps.append(replace(gap, answer=ChoiceAnswer(choices)))
    if question.shuffle is not None:
        question = replace(question, shuffle=None)
        losses.add("X044")
    return replace(question, answer=replace(question.answer, gaps=tuple(gaps)))


def write(outgoing: Outgoing) -> bytes:
    """Write a quiz that was reduced as a package."""
    root = Element("questestinterop", {"xmlns": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"})
    assessment = add(root, "assessment", ident="quiz", title=outgoing.quiz.title or "quiz")
    section = add(assessment, "section", ident="root_section")
    writer = _Writer(section, outgoing)
    for question in outgoing.quiz.questions:
        writer.write(question)
    files = {"quiz/quiz.xml": write_xml(root), "imsmanifest.xml": write_xml(_manifest(writer.shown))}
    return write_archive(files | {f"web_resources/{path}": outgoing.media[path] for path in writer.shown})


def _manifest(shown: Iterable[str]) -> Element:
    root = Element(
        "manifest", {"identifier": "manifest", "xmlns": "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"}
    )
    metadata = add(root, "metadata")
    add(metadata, "schema", "IMS Content")
    add(metadata, "schemaversion", "1.1.3")
    add(root, "organizations")
    resources = add(root, "resources")
    quiz = add(resources, "resource", identifier="quiz", type="imsqti_xmlv1p2")
    add(quiz, "file", href="quiz/quiz.xml")
    for number, path in enumerate(sorted(shown), start=1):
        href = f"web_resources/{path}"
        resource = add(resources, "resource", identifier=f"file-{number}", type="webcontent", href=href)
        add(resource, "file", href=href)
    return root


class _Writer:
    """Writes the items of one quiz; `shown` are the files they show."""

    def __init__(self, section: Element, outgoing: Outgoing) -> None:
        self.section = section
        self.html = outgoing.html
        self.media = outgoing.media
        self.shown: set[str] = set()
        self.item = section
        self.processing = section

    def write(self, question: Question) -> None:
        title = words_of_html(self.html(question.title, True)) if question.title else question.id
        self.item = add(self.section, "item", ident=question.id, title=title)
        kinds = {gap.type for gap in getattr(question.answer, "gaps", ())}
        kind = TYPES.get(question.type) or (
            "multiple_dropdowns_question" if kinds == {"single"} else "fill_in_multiple_blanks_question"
        )
        meta = add(add(self.item, "itemmetadata"), "qtimetadata")
        for label, entry in (("question_type", kind), ("points_possible", write_points(question.points))):
            field = add(meta, "qtimetadatafield")
            add(field, "fieldlabel", label)
            add(field, "fieldentry", entry)
        presentation = add(self.item, "presentation")
        body = self.html(question.body, False)
        for gap in getattr(question.answer, "gaps", ()):
            body = body.replace(f"{MARK_START}{gap.key}{MARK_END}", f"[gap{gap.key}]")
        self.material(presentation, body)
        self.processing = Element("resprocessing")
        outcomes = add(self.processing, "outcomes")
        add(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
        comments = self.answer(question, presentation)
        for label, name in FEEDBACK.items():
            if text := question.quoted(label):
                comments[name] = text
        self.item.append(self.processing)
        for name, text in comments.items():
            feedback = add(self.item, "itemfeedback", ident=name)
            self.material(add(feedback, "flow_mat"), self.html(text, False))

    def material(self, parent: Element, html: str) -> None:
        """Write HTML as material, with the addresses that packages have for files."""

        def place(found: re.Match[str]) -> str:
            if found[2] not in self.media:
                return found[0]
            self.shown.add(found[2])
            return f'{found[1]}{_BASE}{quote(found[2])}"'

        text = _SHOWN.sub(place, html)
        add(add(parent, "material"), "mattext", text, texttype="text/html")

    def condition(self, share: Fraction | None, action: str = "Set") -> Element:
        """Return where what must hold is written, for a share of the points."""
        condition = add(self.processing, "respcondition", **{"continue": "No" if action == "Set" else "Yes"})
        inside = add(condition, "conditionvar")
        if share is not None:
            value = f"{float(share * 100):.2f}".rstrip("0").rstrip(".")
            add(condition, "setvar", value, action=action, varname="SCORE")
        return inside

    def choice_list(
        self, parent: Element, name: str, texts: dict[str, str], *, several: bool, label: str = ""
    ) -> None:
        cardinality = "Multiple" if several else "Single"
        response = add(parent, "response_lid", ident=name, rcardinality=cardinality)
        if label:
            self.material(response, label)
        render = add(response, "render_choice")
        for key, html in texts.items():
            self.material(add(render, "response_label", ident=key), html)

    def answer(self, question: Question, parent: Element) -> dict[str, str]:
        """Write what one answers with and how it is marked; returns the comments by their names."""
        answer = question.answer
        match question.type:
            case "single" | "multiple" | "truefalse":
                return self.choices(question, parent)
            case "text" | "numeric":
                response = add(parent, "response_str", ident="response1", rcardinality="Single")
                add(add(response, "render_fib"), "response_label", ident="answer1")
                self.replies(answer, numeric=question.type == "numeric")
            case "match":
                self.pairs(answer, parent)
            case "cloze":
                self.gaps(question, parent)
            case "essay":
                response = add(parent, "response_str", ident="response1", rcardinality="Single")
                add(add(response, "render_fib"), "response_label", ident="answer1")
                add(self.condition(None), "other")
        return {}

    def choices(self, question: Question, parent: Element) -> dict[str, str]:
        answer: ChoiceAnswer = question.answer
        names = [f"choice_{number}" for number in range(1, len(answer.choices) + 1)]
        texts = {
            name: self.html(choice.text, True) for name, choice in zip(names, answer.choices, strict=True)
        }
        several = question.type == "multiple"
        self.choice_list(parent, "response1", texts, several=several)
        comments = {
            f"{name}_fb": c.comment for name, c in zip(names, answer.choices, strict=True) if c.comment
        }
        for name in comments:
            inside = add(self.processing, "respcondition", **{"continue": "Yes"})
            add(add(inside, "conditionvar"), "varequal", name.removesuffix("_fb"), respident="response1")
            add(inside, "displayfeedback", feedbacktype="Response", linkrefid=name)
        inside = self.condition(Fraction(1))
        if several:
            inside = add(inside, "and")
        for name, choice in zip(names, answer.choices, strict=True):
            if choice.correct:
                add(inside, "varequal", name, respident="response1")
            elif several:
                add(add(inside, "not"), "varequal", name, respident="response1")
        return comments

    def replies(self, answer: ReplyAnswer, *, numeric: bool) -> None:
        if not numeric:
            inside = self.condition(Fraction(1))
            for reply in answer.replies:
                add(inside, "varequal", words_of(reply.text), respident="response1")
            return
        for reply in answer.replies:
            either = add(self.condition(Fraction(1)), "or")
            span = read_span(reply.text)
            if ".." not in reply.text:
                add(either, "varequal", reply.text.partition(" ± ")[0], respident="response1")
            if span is not None and span.low != span.high:
                both = add(either, "and")
                add(both, "vargte", decimal(span.low), respident="response1")
                add(both, "varlte", decimal(span.high), respident="response1")

    def pairs(self, answer: PairAnswer, parent: Element) -> None:
        sides = {side.key: f"side_{number}" for number, side in enumerate(answer.sides, start=1)}
        texts = {sides[side.key]: self.html(side.text, True) for side in answer.sides}
        for number, pair in enumerate(answer.pairs, start=1):
            name = f"response_{number}"
            self.choice_list(parent, name, texts, several=False, label=self.html(pair.text, True))
            inside = self.condition(Fraction(1, len(answer.pairs)), "Add")
            add(inside, "varequal", sides[pair.right], respident=name)

    def gaps(self, question: Question, parent: Element) -> None:
        gaps = question.answer.gaps
        for gap in gaps:
            name = f"response_gap{gap.key}"
            if isinstance(gap.answer, ChoiceAnswer):
                entries = [(self.html(choice.text, True), choice.correct) for choice in gap.answer.choices]
            else:
                entries = [(_escaped(words_of(reply.text)), True) for reply in gap.answer.replies]
            texts = {f"gap{gap.key}_{number}": html for number, (html, _) in enumerate(entries, start=1)}
            self.choice_list(parent, name, texts, several=False, label=f"gap{gap.key}")
            for key, (_, correct) in zip(texts, entries, strict=True):
                if correct:
                    inside = self.condition(Fraction(1, len(gaps)), "Add")
                    add(inside, "varequal", key, respident=name)


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")
