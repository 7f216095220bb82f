"""QTI 1.2 as Canvas reads and writes it: the type of an item stands in its metadata, files below `web_resources/`."""

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from learning.domain.questions.cloze import Gap, GapAnswer
from learning.domain.questions.essay import EssayAnswer
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
    choice_key,
)
from learning.domain.questions.numeric import is_number
from learning.formats.exchange.answers import MAX_ANSWERS, around, between, reply_of
from learning.formats.exchange.foreign import Foreign, points_of
from learning.formats.exchange.intake import BadQuestion, Intake, Unknown
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Format, Imported, Keeps, Target
from learning.formats.exchange.plain import escaped, on_one_line
from learning.formats.exchange.qti_1_2_write import FEEDBACK, TYPES, adapt, write
from learning.formats.exchange.qti_package import Package, head_of, open_package
from learning.formats.exchange.reduction import PARTS
from learning.formats.exchange.structure import pairs_of
from learning.formats.exchange.xml_tree import line_of, text_at

MAX_LABELS = 40 * 40  # pairs of a match question, each with all sides
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,12})?")


def read(data: bytes, target: Target) -> Imported:
    """Read an assessment or a question bank, alone or in a package."""
    intake = Intake(target)
    package = open_package(data, intake)
    if package is None:
        return Imported(None, intake.losses.all())
    count = 0
    for path, root in package.documents():
        if root.tag != "questestinterop":
            continue
        assessment = root.find("assessment")
        intake.title = intake.title or ("" if assessment is None else assessment.get("title", ""))
        for element in root.iter("item"):
            count += 1
            if intake.is_full(line_of(element)):
                break
            _take(_Item(element, package, posixpath.dirname(path)), intake)
    if not count:
        if not intake.losses.has_errors:
            intake.losses.add("X001", line=1, format="QTI 1.2")
        return Imported(None, intake.losses.all())
    return intake.finish()


def _take(item: "_Item", intake: Intake) -> None:
    name = item.id or item.element.get("title", "")
    with intake.refusing(name, line=line_of(item.element)):
        question = item.read()
        if question is None:
            intake.add_text(item.text, line=line_of(item.element))
        else:
            intake.add(question, item.losses, foreign_id=item.id, line=line_of(item.element))


class _Item:
    """Reads one item."""

    def __init__(self, element: Element, package: Package, folder: str) -> None:
        self.element = element
        self.losses = Losses()
        self.id = element.get("ident", "")
        self.foreign = Foreign(
            self.losses, package.intake.target.language, lambda source: package.target(source, folder)
        )
        self.meta = {
            text_at(field, "fieldlabel").strip(): text_at(field, "fieldentry").strip()
            for field in element.iter("qtimetadatafield")
        }
        self.comments = {
            feedback.get("ident", ""): self.material(feedback) for feedback in element.findall("itemfeedback")
        }
        self.responses = [
            e for e in element.iter() if e.tag in {"response_lid", "response_str", "response_num"}
        ]
        presentation = element.find("presentation")
        flow = (
            presentation
            if presentation is None or presentation.find("material") is not None
            else presentation.find("flow")
        )
        own = None if flow is None else flow.find("material")
        self.html = "" if own is None else self.raw(own)
        self.text = self.foreign.say(self.html, "html")

    def raw(self, element: Element) -> str:
        """Return the texts below an element as HTML."""
        found = []
        for text in element.iter("mattext"):
            words = "".join(text.itertext())
            is_html = text.get("texttype", "").lower() == "text/html"
            found.append(words if is_html else words.replace("&", "&amp;").replace("<", "&lt;"))
        return "\n".join(found)

    def material(self, element: Element) -> str:
        return self.foreign.say(self.raw(element), "html")

    def kind(self) -> str:
        """Return the type of the item, told by its shape where the metadata do not."""
        named = self.meta.get("question_type", "")
        if named:
            return named
        if not self.responses:
            return "text_only_question"
        if len(self.responses) > 1:
            raise Unknown("question_type")
        if self.responses[0].tag == "response_lid":
            several = self.responses[0].get("rcardinality", "Single") == "Multiple"
            return "multiple_answers_question" if several else "multiple_choice_question"
        return (
            "short_answer_question" if any(True for _ in self.element.iter("varequal")) else "essay_question"
        )

    def read(self) -> Question | None:
        if (
            len(self.responses) > MAX_ANSWERS
            or sum(1 for _ in self.element.iter("response_label")) > MAX_LABELS
        ):
            raise BadQuestion(f"{MAX_ANSWERS}+")
        kind = self.kind()
        if kind == "text_only_question":
            return None
        reader = _READERS.get(kind)
        if reader is None:
            raise Unknown(kind)
        title = on_one_line(self.element.get("title", ""))
        question = Question(
            id="",
            type="",
            title="" if title in {self.id, "Question"} else escaped(title),
            points=points_of(self.meta.get("points_possible", ""), self.losses),
            answer=None,
            body=self.text,
        )
        question = reader(self, question)
        quotes = [Labelled(label, self.comments.pop(name, "")) for label, name in FEEDBACK.items()]
        if left := [text for text in self.comments.values() if text]:
            self.losses.add("X063", part="itemfeedback", value=on_one_line(", ".join(left))[:200])
        quotes += [Labelled(Label.HINT, self.material(hint)) for hint in self.element.findall("hint")]
        for name in ("objectives", "itemrubric", "rubric", "solution"):
            for part in self.element.findall(name):
                self.losses.add("X063", part=name, value=on_one_line(self.material(part))[:200])
        labelled = (*(quote for quote in quotes if quote.text), *self.foreign.notes)
        return replace(question, labelled=labelled)

    def conditions(self) -> list[tuple[Element, Fraction]]:
        """Return each condition that wins points, with the share of them."""
        found = []
        for condition in self.element.iter("respcondition"):
            change = condition.find("setvar")
            value = text_at(change).strip()
            if change is not None and _NUMBER.fullmatch(value) and Fraction(value) > 0:
                found.append((condition, Fraction(value) / 100))
        return found

    def labels(self, response: Element) -> dict[str, str]:
        return {label.get("ident", ""): self.material(label) for label in response.iter("response_label")}

    def right(self, response: Element) -> list[str]:
        """Return what a response must be, what it must not be left out."""
        name = response.get("ident", "")
        found = []
        for condition, _ in self.conditions():
            unwanted = {id(e) for negation in condition.iter("not") for e in negation.iter("varequal")}
            found += [
                on_one_line(text_at(equal))
                for equal in condition.iter("varequal")
                if equal.get("respident") == name and id(equal) not in unwanted
            ]
        return found

    def choices(self, question: Question) -> Question:
        if not self.responses:
            raise BadQuestion("response_lid")
        response = self.responses[0]
        several = self.kind() == "multiple_answers_question"
        right, texts = self.right(response), self.labels(response)
        choices = tuple(
            Choice(choice_key(text), text, name in right, comment=self.comments.pop(f"{name}_fb", ""))
            for name, text in texts.items()
        )
        kind = "multiple" if several else "truefalse" if self.kind() == "true_false_question" else "single"
        return replace(question, type=kind, answer=ChoiceAnswer(choices))

    def short(self, question: Question) -> Question:
        words = [word for response in self.responses for word in self.right(response)]
        if not words:
            raise BadQuestion("varequal")
        replies = tuple(Reply(reply_of(word), correct=True) for word in dict.fromkeys(words))
        return replace(question, type="text", answer=ReplyAnswer(replies))

    def numerical(self, question: Question) -> Question:
        numbers: list[str | None] = []
        for condition, _ in self.conditions():
            equal = [on_one_line(text_at(e)) for e in condition.iter("varequal")]
            low, high = (text_at(next(condition.iter(tag), None)) for tag in ("vargte", "varlte"))
            if low and high:
                numbers.append(
                    between(low, high, self.losses)
                    if not equal
                    else _around(equal[0], low, high, self.losses)
                )
            else:
                numbers += [around(value, "", self.losses) for value in equal]
        if not numbers or None in numbers:
            raise BadQuestion("varequal")
        replies = tuple(Reply(str(number), correct=True) for number in numbers)
        return replace(question, type="numeric", answer=ReplyAnswer(replies))

    def matching(self, question: Question) -> Question:
        pairs, sides = [], dict[str, str]()
        for response in self.responses:
            texts, right = self.labels(response), self.right(response)
            material = response.find("material")
            if material is None or len(right) != 1 or right[0] not in texts:
                raise BadQuestion(response.get("ident", ""))
            sides |= texts
            pairs.append((self.material(material), texts[right[0]]))
        used = {right for _, right in pairs}
        return replace(
            question,
            type="match",
            answer=pairs_of(pairs, [text for text in sides.values() if text not in used]),
        )

    def essay(self, question: Question) -> Question:
        return replace(question, type="essay", answer=EssayAnswer())

    def cloze(self, question: Question) -> Question:
        html, gaps = self.html, []
        for number, response in enumerate(self.responses, start=1):
            name = (
                on_one_line(self.raw(response))
                if response.find("material") is None
                else on_one_line(
                    "".join(response.find("material").itertext())  # type: ignore[union-attr]
                )
            )
            if html.count(f"[{name}]") != 1:
                raise BadQuestion(name)
            html = html.replace(f"[{name}]", f"{MARK_START}{number}{MARK_END}")
            gaps.append(self.gap(str(number), response))
        # Gaps are numbered as they stand in the text, whatever their order in the item.
        return _renumbered(replace(question, type="cloze", body=self.foreign.say(html, "html")), gaps)

    def gap(self, key: str, response: Element) -> Gap:
        texts = self.labels(response)
        right = self.right(response)
        if self.kind() == "multiple_dropdowns_question":
            choices = tuple(Choice(choice_key(text), text, name in right) for name, text in texts.items())
            return Gap(key, "single", ChoiceAnswer(choices))
        words = [on_one_line("".join(label.itertext())) for label in response.iter("response_label")]
        replies = tuple(Reply(word, correct=True) for word in dict.fromkeys(words))
        if replies and all(is_number(reply.text) for reply in replies):
            self.losses.add("X066", found="text", type="numeric")
            return Gap(key, "numeric", ReplyAnswer(replies))
        return Gap(key, "text", ReplyAnswer(replies))


def _renumbered(question: Question, gaps: list[Gap]) -> Question:
    order = re.findall(f"{MARK_START}([0-9]+){MARK_END}", question.body)
    if sorted(order) != sorted(gap.key for gap in gaps):
        raise BadQuestion("[ ]")
    by_key = {gap.key: gap for gap in gaps}
    places = {old: str(new) for new, old in enumerate(order, start=1)}
    body = re.sub(
        f"{MARK_START}([0-9]+){MARK_END}",
        lambda mark: f"{MARK_START}{places[mark[1]]}{MARK_END}",
        question.body,
    )
    return replace(
        question, body=body, answer=GapAnswer(tuple(replace(by_key[old], key=places[old]) for old in order))
    )


def _around(value: str, low: str, high: str, losses: Losses) -> str | None:
    """Return a number with what it may differ by, or the range where it is not its middle."""
    values = [value.strip(), low.strip(), high.strip()]
    if not all(_NUMBER.fullmatch(number) for number in values):
        return None
    middle, first, last = map(Fraction, values)
    if middle - first == last - middle:
        return around(value, f"{float(last - middle):.12f}".rstrip("0").rstrip("."), losses)
    return between(low, high, losses)


_READERS: dict[str, Callable[[_Item, Question], Question]] = {
    "multiple_choice_question": _Item.choices,
    "true_false_question": _Item.choices,
    "multiple_answers_question": _Item.choices,
    "short_answer_question": _Item.short,
    "numerical_question": _Item.numerical,
    "matching_question": _Item.matching,
    "essay_question": _Item.essay,
    "fill_in_multiple_blanks_question": _Item.cloze,
    "multiple_dropdowns_question": _Item.cloze,
}

KEEPS = Keeps(
    types=frozenset(TYPES) | {"cloze"},
    parts=frozenset(PARTS)
    - {"settings", "intro", "tags", "hints", "weights", "fixed", "choice_ids", "shuffle", "notes"}
    - {"wrong_replies", "rubric", "model"},
    text="html",
)


def knows(data: bytes) -> bool:
    """Tell QTI 1.2 by what stands in it."""
    head = head_of(data)
    return b"questestinterop" in head or b"imsqti_xmlv1p2" in head


QTI12 = Format(
    "qti12",
    "QTI 1.2 (Canvas)",
    (".qti12.zip", ".zip", ".xml"),
    "application/zip",
    read=read,
    write=write,
    keeps=KEEPS,
    adapt=adapt,
    knows=knows,
)
