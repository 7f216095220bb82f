"""QTI 2.1, 2.2 and 3.0: items alone or in packages. The names of 3.0 are read as those of 2.x."""

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from xml.etree.ElementTree import Element

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
    choice_key,
)
from learning.domain.questions.numeric import is_number
from learning.domain.questions.order import Step, StepAnswer
from learning.formats.exchange.answers import MAX_ANSWERS, around, choices_by_fraction, reply_of
from learning.formats.exchange.foreign import Foreign, points_of
from learning.formats.exchange.intake import BadQuestion, Intake, Unknown
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Imported, Target
from learning.formats.exchange.plain import as_markdown, cleaned, escaped, on_one_line
from learning.formats.exchange.qti_2_tree import NUMBER, is_alone, maximum_of, near, remove, rename
from learning.formats.exchange.qti_package import Package, open_package
from learning.formats.exchange.structure import pairs_of, with_rubric
from learning.formats.exchange.xml_tree import inner_xml, line_of, text_at
from learning.formats.question_heading import ID

_INTERACTIONS = {"choiceInteraction", "textEntryInteraction", "inlineChoiceInteraction", "matchInteraction",
                 "orderInteraction", "hottextInteraction", "extendedTextInteraction"}  # fmt: skip
_FEEDBACK = {"modalFeedback", "feedbackInline", "feedbackBlock"}
# What an essay may say of its field and ours does not.
_FIELD = ("expectedLength", "expectedLines", "placeholderText", "patternMask", "minStrings", "maxStrings")
_AUTOMATIC = re.compile(r"choice_[0-9]+")
_LABELS = {label.value: label for label in Label}


def read(data: bytes, target: Target) -> Imported:
    """Read items, alone or in a package."""
    intake = Intake(target)
    package = open_package(data, intake)
    if package is None:
        return Imported(None, intake.losses.all())
    items = []
    for path, root in package.documents():
        rename(root)
        if root.tag == "assessmentItem":
            items.append((path, root))
        elif root.tag == "assessmentTest":
            intake.title = root.get("title", "")
            order = [ref.get("identifier", "") for ref in root.iter("assessmentItemRef")]
            items_order = {name: place for place, name in enumerate(order)}
            intake.order = items_order
    items.sort(key=lambda entry: (intake.order.get(entry[1].get("identifier", ""), len(items)), entry[0]))
    for path, root in items:
        if intake.is_full(line_of(root)):
            break
        _take(_Item(root, package, posixpath.dirname(path)), intake)
    if not items:
        if not intake.losses.has_errors:
            intake.losses.add("X001", line=1, format="QTI")
        return Imported(None, intake.losses.all())
    return intake.finish()


def _take(item: "_Item", intake: Intake) -> None:
    name = item.id or item.root.get("title", "")
    with intake.refusing(name, line=line_of(item.root)):
        intake.add(item.read(), item.losses, foreign_id=item.id, line=line_of(item.root))


class _Item:
    """Reads one item."""

    def __init__(self, root: Element, package: Package, folder: str) -> None:
        self.root = root
        self.losses = Losses()
        self.foreign = Foreign(
            self.losses, package.intake.target.language, lambda source: package.target(source, folder)
        )
        self.id = re.sub(r"^_(?=[0-9])", "", root.get("identifier", ""))
        self.declarations = {d.get("identifier", ""): d for d in root.iter("responseDeclaration")}
        self.points = points_of(maximum_of(root), self.losses)
        self.comments = self.feedback()

    def feedback(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for feedback in [e for e in self.root.iter() if e.tag in _FEEDBACK]:
            found[feedback.get("identifier", "")] = self.content(feedback)
        for parent in list(self.root.iter()):
            for shown in [child for child in parent if child.tag in _FEEDBACK]:
                remove(parent, shown)
        return found

    def content(self, element: Element) -> str:
        """Return a text that stands in a body of its own in 3.0."""
        body = element.find("contentBody")
        return self.say(element if body is None else body)

    def say(self, element: Element) -> str:
        return self.foreign.say(inner_xml(element), "html")

    def read(self) -> Question:
        body = self.root.find("itemBody")
        if body is None:
            raise Unknown("itemBody")
        quotes, instructions = self.quotes(body)
        found = [element for element in body.iter() if element.tag.endswith("Interaction")]
        if len(found) > MAX_ANSWERS or any(len(element) > MAX_ANSWERS for element in found):
            raise BadQuestion(f"{MAX_ANSWERS}+")
        kinds = {element.tag for element in found}
        if not found or not kinds <= _INTERACTIONS:
            raise Unknown(", ".join(sorted(kinds - _INTERACTIONS)) or "itemBody")
        inline = kinds <= {"textEntryInteraction", "inlineChoiceInteraction"}
        if len(found) > 1 and not inline:
            raise Unknown(" + ".join(element.tag for element in found))
        title = on_one_line(cleaned(self.root.get("title", "")))
        question = Question(
            id="",
            type="",
            title="" if title == self.root.get("identifier") else escaped(title),
            points=self.points,
            answer=None,
        )
        alone = len(found) == 1 and found[0].tag == "textEntryInteraction" and is_alone(body, found[0])
        if inline and not alone:
            question = self.cloze(question, body, found)
        else:
            question = _READERS[found[0].tag](self, question, body, found[0])
        for name, label in _LABELS.items():
            if text := self.comments.pop(f"{name}_feedback", ""):
                quotes.append(Labelled(label, text))
        if any(self.comments.values()):
            value = ", ".join(text for text in self.comments.values() if text)
            self.losses.add("X063", part="modalFeedback", value=on_one_line(value)[:200])
        labelled = (*question.labelled, *(quote for quote in quotes if quote.text), *self.foreign.notes)
        text = "\n\n".join(part for part in (*instructions, question.body) if part)
        return with_rubric(replace(question, body=text, labelled=labelled))

    def quotes(self, body: Element) -> tuple[list[Labelled], list[str]]:
        """Take the blocks out of a text: what graders and authors read, and what everybody does."""
        quotes, instructions = [], []
        for parent in list(body.iter()):
            for block in parent.findall("rubricBlock"):
                text, views = self.content(block), block.get("view", "").split()
                if "candidate" in views:
                    instructions.append(text)
                else:
                    model = Label.MODEL if "scorer" in views and self.is_essay(body) else Label.NOTE
                    quotes.append(Labelled(_LABELS.get(block.get("class", ""), model), text))
                remove(parent, block)
        return quotes, instructions

    def is_essay(self, body: Element) -> bool:
        return any(True for _ in body.iter("extendedTextInteraction"))

    def body_without(self, body: Element, interaction: Element) -> str:
        """Return the text around an interaction, and what it asks by itself."""
        prompt = interaction.find("prompt")
        asked = "" if prompt is None else self.say(prompt)
        for parent in body.iter():
            if interaction in list(parent):
                remove(parent, interaction)
        return "\n\n".join(text for text in (self.say(body), asked) if text)

    def declaration(self, interaction: Element) -> Element:
        found = self.declarations.get(interaction.get("responseIdentifier", ""))
        if found is None:
            raise BadQuestion(interaction.get("responseIdentifier", ""))
        return found

    def correct(self, interaction: Element) -> list[str]:
        found = self.declaration(interaction).findall("correctResponse/value")
        return [on_one_line(text_at(value)) for value in found]

    def mapping(self, interaction: Element) -> dict[str, Fraction]:
        """Return the share of the points that each key wins; raises for numbers that are none."""
        shares = {}
        for entry in self.declaration(interaction).findall("mapping/mapEntry"):
            value = entry.get("mappedValue", "")
            if not NUMBER.fullmatch(value):
                raise BadQuestion(value)
            shares[cleaned(entry.get("mapKey", ""))] = near(Fraction(value) / self.points)
        return shares

    def is_mapped(self) -> bool:
        """Tell whether points come from mappings, by a template or by what is written."""
        processing = self.root.find("responseProcessing")
        if processing is None:
            return False
        return "map_response" in processing.get("template", "") or any(
            True for _ in processing.iter("mapResponse")
        )

    def choice(self, question: Question, body: Element, interaction: Element) -> Question:
        right, shares = self.correct(interaction), self.mapping(interaction) if self.is_mapped() else {}
        several = (
            interaction.get("maxChoices", "1") != "1"
            or self.declaration(interaction).get("cardinality") == "multiple"
        )
        found = interaction.findall("simpleChoice")
        rows = []
        for choice in found:
            name = choice.get("identifier", "")
            share = shares.get(name, Fraction(0)) if shares else Fraction(name in right)
            rows.append(
                (
                    self.say(choice),
                    share,
                    self.comments.pop(f"{name}_comment", "") or self.comments.pop(name, ""),
                )
            )
        partial = None
        if shares:
            kind, answer = choices_by_fraction(rows, several=several)
        else:
            kind, partial = ("multiple", "all") if several else ("single", None)
            answer = ChoiceAnswer(
                tuple(
                    Choice(choice_key(text), text, share == 1, comment=comment)
                    for text, share, comment in rows
                )
            )
        names = [choice.get("identifier", "") for choice in found]
        if kind == "single" and set(names) == {"true", "false"}:
            kind = "truefalse"
        choices = tuple(
            replace(
                choice,
                key=name
                if ID.fullmatch(name) and not _AUTOMATIC.fullmatch(name) and kind != "truefalse"
                else choice.key,
                fixed=element.get("fixed") == "true",
            )
            for choice, name, element in zip(answer.choices, names, found, strict=True)
        )
        shuffle = None if interaction.get("shuffle") == "true" or kind == "truefalse" else False
        return replace(
            question,
            type=kind,
            answer=ChoiceAnswer(choices),
            partial=partial,
            shuffle=shuffle,
            body=self.body_without(body, interaction),
        )

    def entry(self, question: Question, body: Element, interaction: Element) -> Question:
        kind, answer = self.replies(interaction)
        return replace(question, type=kind, answer=answer, body=self.body_without(body, interaction))

    def replies(self, interaction: Element, scale: Fraction = Fraction(1)) -> tuple[str, ReplyAnswer]:
        """Return type and replies of a field; `scale` is how many gaps share the points."""
        name = interaction.get("responseIdentifier", "")
        if self.declaration(interaction).get("baseType") in {"float", "integer"}:
            return "numeric", ReplyAnswer(tuple(self.numbers(name, interaction, scale)))
        shares = {key: share * scale for key, share in self.mapping(interaction).items()}
        if not shares:
            shares = dict.fromkeys(self.correct(interaction), Fraction(1))
        replies = tuple(
            Reply(
                reply_of(words),
                share > 0,
                None if share <= 0 or share == 1 else share,
                self.comments.pop(f"{name}_{number}", ""),
            )
            for number, (words, share) in enumerate(shares.items(), start=1)
        )
        exact = any(
            entry.get("caseSensitive") == "true"
            for entry in self.declaration(interaction).findall("mapping/mapEntry")
        )
        return "text", ReplyAnswer(replies, (("case", "exact"),) if exact else ())

    def numbers(self, name: str, interaction: Element, scale: Fraction) -> list[Reply]:
        """Return the numbers that the processing of responses compares a field with."""
        replies: list[Reply] = []
        for condition in [*self.root.iter("responseIf"), *self.root.iter("responseElseIf")]:
            equal = condition.find("equal")
            if equal is None or all(v.get("identifier") != name for v in equal.findall("variable")):
                continue
            tolerance = equal.get("tolerance", "0").split()
            number = around(text_at(equal, "baseValue"), tolerance[0] if tolerance else "0", self.losses)
            won = [
                text_at(value)
                for change in condition.findall("setOutcomeValue")
                if change.get("identifier") == "SCORE"
                for value in change.iter("baseValue")
            ]
            if number is None or not won or not NUMBER.fullmatch(won[-1].strip()):
                raise BadQuestion(text_at(equal))
            share = near(Fraction(won[-1].strip()) / self.points) * scale
            comment = self.comments.pop(f"{name}_{len(replies) + 1}", "")
            replies.append(Reply(number, share > 0, None if share <= 0 or share == 1 else share, comment))
        if not replies:
            for value in self.correct(interaction):
                number = around(value, "", self.losses)
                if number is None:
                    raise BadQuestion(value)
                replies.append(Reply(number, correct=True))
        return replies

    def cloze(self, question: Question, body: Element, found: list[Element]) -> Question:
        gaps, shuffle = [], None
        for number, interaction in enumerate(found, start=1):
            if interaction.tag == "inlineChoiceInteraction":
                gaps.append(Gap(str(number), "single", self.dropdown(interaction)))
                if interaction.get("shuffle") != "true":
                    shuffle = False
            else:
                gaps.append(self.gap(str(number), interaction, len(found)))
            tail = interaction.tail
            interaction.clear()
            interaction.tag, interaction.text, interaction.tail = (
                "span",
                f"{MARK_START}{number}{MARK_END}",
                tail,
            )
        options = next(
            (g.answer.options for g in gaps if isinstance(g.answer, ReplyAnswer) and g.answer.options), ()
        )
        gaps = [
            replace(gap, answer=replace(gap.answer, options=options))
            if isinstance(gap.answer, ReplyAnswer) and gap.type == "text"
            else gap
            for gap in gaps
        ]
        return replace(
            question,
            type="cloze",
            answer=GapAnswer(tuple(gaps), options),
            body=self.say(body),
            shuffle=shuffle,
        )

    def gap(self, key: str, interaction: Element, count: int) -> Gap:
        kind, answer = self.replies(interaction, Fraction(count))
        if any(reply.weight is not None for reply in answer.replies):
            self.losses.add("X040")
        if not all(reply.correct for reply in answer.replies):
            self.losses.add("X047")
        kept = tuple(Reply(r.text, correct=True) for r in answer.replies if r.correct and r.weight is None)
        if not kept:
            raise BadQuestion(interaction.get("responseIdentifier", ""))
        if kind == "text" and all(is_number(reply.text) for reply in kept):
            self.losses.add("X066", found="text", type="numeric")
            return Gap(key, "numeric", ReplyAnswer(kept))
        return Gap(key, kind, replace(answer, replies=kept))

    def dropdown(self, interaction: Element) -> ChoiceAnswer:
        right = self.correct(interaction)
        choices = []
        for choice in interaction.findall("inlineChoice"):
            name, text = choice.get("identifier", ""), self.say(choice)
            comment = self.comments.pop(f"{name}_comment", "")
            choices.append(Choice(choice_key(text), text, name in right, comment=comment))
        return ChoiceAnswer(tuple(choices))

    def match(self, question: Question, body: Element, interaction: Element) -> Question:
        sets = interaction.findall("simpleMatchSet")
        if len(sets) != 2:
            raise BadQuestion("simpleMatchSet")
        left, right = (
            {c.get("identifier", ""): self.say(c) for c in part.findall("simpleAssociableChoice")}
            for part in sets
        )
        pairs = {}
        for pair in self.correct(interaction):
            first, _, second = pair.partition(" ")
            if first not in left or second not in right or first in pairs:
                raise BadQuestion(pair)
            pairs[first] = second
        if pairs.keys() != left.keys():
            raise BadQuestion(", ".join(sorted(left.keys() - pairs.keys())))
        spare = [text for name, text in right.items() if name not in pairs.values()]
        answer = pairs_of([(left[first], right[second]) for first, second in pairs.items()], spare)
        return replace(
            question,
            type="match",
            answer=answer,
            partial=None if self.is_mapped() else "all",
            body=self.body_without(body, interaction),
        )

    def order(self, question: Question, body: Element, interaction: Element) -> Question:
        texts = {c.get("identifier", ""): self.say(c) for c in interaction.findall("simpleChoice")}
        right = self.correct(interaction)
        if sorted(right) != sorted(texts):
            raise BadQuestion(", ".join(right))
        steps = tuple(Step(choice_key(texts[name]), texts[name]) for name in right)
        return replace(
            question,
            type="order",
            answer=StepAnswer(steps),
            partial="all",
            body=self.body_without(body, interaction),
        )

    def hottext(self, question: Question, body: Element, interaction: Element) -> Question:
        right, mapped = self.correct(interaction), self.is_mapped()
        parts = []
        for number, hot in enumerate(list(interaction.iter("hottext")), start=1):
            name, text = hot.get("identifier", ""), self.say(hot)
            parts.append((text, name in right, self.comments.pop(f"{name}_comment", "")))
            tail = hot.tail
            hot.clear()
            hot.tag, hot.text, hot.tail = "span", f"{MARK_START}{number}{MARK_END}", tail
        prompt = interaction.find("prompt")
        if prompt is not None:
            prompt.tag = "p"
        interaction.tag = "div"
        answer = HotAnswer(
            tuple(
                Part(choice_key(text), text, suspicious, on_one_line(why)) for text, suspicious, why in parts
            )
        )
        return replace(
            question,
            type="hottext",
            answer=_keyed(answer),
            partial=None if mapped else "all",
            body=self.say(body),
        )

    def essay(self, question: Question, body: Element, interaction: Element) -> Question:
        for name in _FIELD:
            if value := interaction.get(name):
                self.losses.add("X063", part=name, value=on_one_line(value)[:80])
        declared = self.declarations.get(interaction.get("responseIdentifier", ""))
        model = as_markdown(cleaned(text_at(declared, "correctResponse/value")))
        labelled = (Labelled(Label.MODEL, model),) if model else ()
        body_text = self.body_without(body, interaction)
        return replace(question, type="essay", answer=EssayAnswer(), body=body_text, labelled=labelled)


def _keyed(answer: HotAnswer) -> HotAnswer:
    """Give equal parts the keys by which ours are told apart."""
    seen: dict[str, int] = {}
    parts = []
    for part in answer.parts:
        seen[part.text] = seen.get(part.text, 0) + 1
        again = f"\0{seen[part.text]}" if seen[part.text] > 1 else ""
        parts.append(replace(part, key=choice_key(part.text + again)))
    return replace(answer, parts=tuple(parts))


_READERS: dict[str, Callable[[_Item, Question, Element, Element], Question]] = {
    "choiceInteraction": _Item.choice,
    "textEntryInteraction": _Item.entry,
    "matchInteraction": _Item.match,
    "orderInteraction": _Item.order,
    "hottextInteraction": _Item.hottext,
    "extendedTextInteraction": _Item.essay,
}
