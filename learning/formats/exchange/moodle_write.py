"""The writer of Moodle XML: rendered texts, each with the pictures it shows."""

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from urllib.parse import quote
from xml.etree.ElementTree import Element

from learning.domain.questions.match import PairAnswer
from learning.domain.questions.model import ChoiceAnswer, Label, Labelled, Question, ReplyAnswer
from learning.formats.exchange.answers import (
    best_first,
    fractions_of,
    percentage_of,
    wild_words,
    with_usual_numbers,
    without_usual_weights,
)
from learning.formats.exchange.html_text import words_of_html
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Outgoing, ToHtml, Way
from learning.formats.exchange.moodle_cloze import as_middle, put_gaps, with_middle
from learning.formats.exchange.plain import escaped
from learning.formats.exchange.reduction import is_true, usual_true_false
from learning.formats.exchange.structure import pairs_of
from learning.formats.exchange.xml_tree import add, write_xml
from learning.formats.values import write_points

MODEL_RULE = '<hr class="model-answer">'
FEEDBACK = {
    Label.CORRECT: "correctfeedback",
    Label.PARTLY: "partiallycorrectfeedback",
    Label.INCORRECT: "incorrectfeedback",
}
GRADING = {"all": "ALL_OR_NOTHING", "position": "ABSOLUTE_POSITION", None: "RELATIVE_ALL_PREVIOUS_AND_NEXT"}
PLUGIN = "@@PLUGINFILE@@/"

_WITH_FEEDBACK = frozenset({"single", "multiple", "match", "order"})
_TYPES = {
    "single": "multichoice",
    "multiple": "multichoice",
    "truefalse": "truefalse",
    "text": "shortanswer",
    "numeric": "numerical",
    "match": "matching",
    "order": "ordering",
    "cloze": "cloze",
    "essay": "essay",
    "description": "description",
}
_SHOWN = re.compile(r'((?:src|href)=")(media/[^"]+)"')


def adapt(question: Question, losses: Losses, way: Way) -> Question | None:
    """Return the question as Moodle can say it."""
    kept = [part for part in question.labelled if _has_place(part, question.type)]
    if len(kept) < len(question.labelled):
        losses.add("X038")
    question = replace(question, labelled=tuple(kept))
    match question.type:
        case "truefalse":
            question = usual_true_false(question, losses, way.quiz.language)
        case "multiple":
            question = without_usual_weights(question)
        case "text":
            question = best_first(question, losses)
        case "numeric":
            question = with_middles(with_usual_numbers(question, losses), losses)
        case "match":
            question = with_plain_sides(question, losses, way.html)
        case "cloze":
            gaps = question.answer.gaps
            numbers = [r.text for gap in gaps if gap.type == "numeric" for r in gap.answer.replies]
            if any(with_middle(number) != number for number in numbers):
                question = gaps_with_middles(question, losses)
        case "order" if (question.partial or way.quiz.settings.partial) in {"pairs", "minus"}:
            losses.add("X043", rule="pairs")
    return question


def _has_place(part: Labelled, kind: str) -> bool:
    if part.label not in FEEDBACK or kind in _WITH_FEEDBACK:
        return True
    return kind == "numeric" and part.label is Label.INCORRECT


def _middles(answer: ReplyAnswer, losses: Losses) -> ReplyAnswer:
    replies = []
    for reply in answer.replies:
        number = with_middle(reply.text)
        if number != reply.text:
            losses.add("X068", found=reply.text, number=number)
        replies.append(replace(reply, text=number))
    return replace(answer, replies=tuple(replies))


def with_middles(question: Question, losses: Losses) -> Question:
    """Return a numeric question whose ranges are a middle and what it may differ by."""
    return replace(question, answer=_middles(question.answer, losses))


def gaps_with_middles(question: Question, losses: Losses) -> Question:
    """Return a text with gaps whose ranges are a middle and what it may differ by."""
    gaps = tuple(
        replace(gap, answer=_middles(gap.answer, losses)) if gap.type == "numeric" else gap
        for gap in question.answer.gaps
    )
    return replace(question, answer=replace(question.answer, gaps=gaps))


def with_plain_sides(question: Question, losses: Losses, html: ToHtml) -> Question:
    """Make plain words of the right sides, which Moodle shows in a list to choose from."""
    answer: PairAnswer = question.answer
    words = {side.key: escaped(words_of_html(html(side.text, True))) for side in answer.sides}
    if any(html(words[side.key], True) != html(side.text, True) for side in answer.sides):
        losses.add("X054")
    used = {pair.right for pair in answer.pairs}
    pairs = [(pair.text, words[pair.right]) for pair in answer.pairs]
    return replace(question, answer=pairs_of(pairs, [text for key, text in words.items() if key not in used]))


def write(outgoing: Outgoing) -> bytes:
    """Write a quiz that was reduced."""
    root = Element("quiz")
    if outgoing.quiz.intro:
        # A question of its own type, without anything to answer.
        title = escaped(outgoing.quiz.title)
        intro = Question("", "description", title, Fraction(0), None, outgoing.quiz.intro)
        _Writer(root, intro, outgoing).write()
    for question in outgoing.quiz.questions:
        _Writer(root, question, outgoing).write()
    return write_xml(root)


class _Writer:
    """Writes one question."""

    def __init__(self, root: Element, question: Question, outgoing: Outgoing) -> None:
        self.question = question
        self.html = outgoing.html
        self.media: Mapping[str, bytes] = outgoing.media
        self.element = add(root, "question", type=_TYPES[question.type])

    def write(self) -> None:
        question, element = self.question, self.element
        name = words_of_html(self.html(question.title, True)) if question.title else question.id
        add(add(element, "name"), "text", name)
        body = self.html(question.body, False)
        if question.type == "cloze":
            body = put_gaps(question, body, self.html)
        self.text("questiontext", body)
        self.text("generalfeedback", self.html(question.explanation, False))
        add(element, "defaultgrade", write_points(question.points))
        add(element, "penalty", "0")
        add(element, "hidden", "0")
        add(element, "idnumber", question.id)
        if question.type in _WITH_FEEDBACK:
            for label, tag in FEEDBACK.items():
                self.text(tag, self.html(question.quoted(label), False))
        self.answers()
        for hint in question.hints:
            self.text("hint", self.html(hint, False))
        if question.tags:
            tags = add(element, "tags")
            for tag in question.tags:
                add(add(tags, "tag"), "text", tag)

    def text(self, tag: str, html: str, parent: Element | None = None, **attributes: str) -> Element:
        """Write HTML as the text of an element, with the files it shows beside it."""
        child = add(self.element if parent is None else parent, tag, format="html", **attributes)
        self.fill(child, html)
        return child

    def fill(self, child: Element, html: str) -> None:
        shown = dict.fromkeys(found[2] for found in _SHOWN.finditer(html))
        text = _SHOWN.sub(lambda found: f'{found[1]}{PLUGIN}{quote(found[2].removeprefix("media/"))}"', html)
        add(child, "text", text)
        for path in shown:
            if path in self.media:
                folder, _, name = path.removeprefix("media/").rpartition("/")
                place = f"/{folder}/" if folder else "/"
                data = base64.b64encode(self.media[path]).decode()
                add(child, "file", data, name=name, path=place, encoding="base64")

    def answer(self, fraction: str, html: str, comment: str) -> Element:
        found = self.text("answer", html, fraction=fraction)
        self.text("feedback", self.html(comment, False), found)
        return found

    def plain_answer(self, fraction: str, words: str, comment: str) -> Element:
        found = add(self.element, "answer", fraction=fraction, format="moodle_auto_format")
        add(found, "text", words)
        self.text("feedback", self.html(comment, False), found)
        return found

    def answers(self) -> None:
        question, answer = self.question, self.question.answer
        match question.type:
            case "single" | "multiple":
                self.choices(answer)
            case "truefalse":
                for choice in answer.choices:
                    name = "true" if is_true(choice.text) else "false"
                    self.plain_answer("100" if choice.correct else "0", name, choice.comment)
            case "text":
                exact = answer.option("case") == "exact"
                add(self.element, "usecase", "1" if exact else "0")
                for reply in answer.replies:
                    share = percentage_of(_share(reply.correct, reply.weight))
                    self.plain_answer(share, wild_words(reply.text, answer), reply.comment)
            case "numeric":
                self.numbers(answer)
            case "match":
                self.pairs(answer)
            case "order":
                self.steps()
            case "essay":
                self.essay()

    def choices(self, answer: ChoiceAnswer) -> None:
        add(self.element, "single", "false" if self.question.type == "multiple" else "true")
        add(self.element, "shuffleanswers", "false" if self.question.shuffle is False else "true")
        add(self.element, "answernumbering", "abc")
        for choice, share in zip(answer.choices, fractions_of(self.question), strict=True):
            self.answer(percentage_of(share), self.html(choice.text, True), choice.comment)

    def numbers(self, answer: ReplyAnswer) -> None:
        for reply in answer.replies:
            value, _, tolerance = as_middle(reply.text).partition(":")
            share = percentage_of(_share(reply.correct, reply.weight))
            add(self.plain_answer(share, value, reply.comment), "tolerance", tolerance)
        if otherwise := self.question.quoted(Label.INCORRECT):
            add(self.plain_answer("0", "*", otherwise), "tolerance", "0")
        if unit := answer.option("unit"):
            entry = add(add(self.element, "units"), "unit")
            add(entry, "multiplier", "1")
            add(entry, "unit_name", unit)

    def pairs(self, answer: PairAnswer) -> None:
        add(self.element, "shuffleanswers", "true")
        words = {side.key: words_of_html(self.html(side.text, True)) for side in answer.sides}
        used = {pair.right for pair in answer.pairs}
        rows = [(self.html(pair.text, True), words[pair.right]) for pair in answer.pairs]
        rows += [("", words[side.key]) for side in answer.sides if side.key not in used]
        for left, right in rows:
            row = self.text("subquestion", left)
            add(add(row, "answer"), "text", right)

    def steps(self) -> None:
        add(self.element, "layouttype", "VERTICAL")
        add(self.element, "selecttype", "ALL")
        add(self.element, "selectcount", "0")
        add(self.element, "gradingtype", GRADING[self.question.partial])
        for number, step in enumerate(self.question.answer.steps, start=1):
            self.answer(f"{number}.0000000", self.html(step.text, True), "")

    def essay(self) -> None:
        add(self.element, "responseformat", "editor")
        add(self.element, "responserequired", "1")
        words = self.question.answer.words
        if words is not None and words.least is not None:
            add(self.element, "minwordlimit", str(words.least))
        if words is not None and words.most is not None:
            add(self.element, "maxwordlimit", str(words.most))
        rubric, model = (
            self.html(self.question.quoted(label), False) for label in (Label.RUBRIC, Label.MODEL)
        )
        self.text("graderinfo", f"{rubric}{MODEL_RULE}{model}" if model and rubric else rubric or model)


def _share(correct: bool, weight: Fraction | None) -> Fraction:
    return (weight or Fraction(1)) if correct else Fraction(0)
