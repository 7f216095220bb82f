"""A question as an item of QTI, with the names of 2.x.

How points come about is always written out, since the templates of QTI know no points but one.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.hottext import HotAnswer
from learning.domain.questions.match import PairAnswer
from learning.domain.questions.model import (
    MARK_END,
    MARK_START,
    ChoiceAnswer,
    Label,
    Question,
    ReplyAnswer,
    choice_key,
)
from learning.formats.exchange.answers import (
    fractions_of,
    with_usual_numbers,
    without_usual_weights,
    words_of,
)
from learning.formats.exchange.html_text import words_of_html
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import ToHtml, Way
from learning.formats.exchange.moodle_write import gaps_with_middles, with_middles
from learning.formats.exchange.plain import escaped
from learning.formats.exchange.qti_package import fill
from learning.formats.exchange.xml_tree import add
from learning.formats.values import write_points

_SPOKEN = (Label.EXPLANATION, Label.CORRECT, Label.PARTLY, Label.INCORRECT)


def adapt(question: Question, losses: Losses, way: Way) -> Question | None:
    """Return the question as QTI can say it."""
    match question.type:
        case "multiple":
            return without_usual_weights(question)
        case "numeric":
            return with_middles(with_usual_numbers(question, losses), losses)
        case "cloze":
            return _plain_lists(gaps_with_middles(question, losses), losses, way.html)
        case "hottext" if question.partial != "all" and not any(p.suspicious for p in question.answer.parts):
            # Where nothing is right no share of it can be told.
            losses.add("X043", rule=question.partial or way.quiz.settings.partial)
            return replace(question, partial="all")
        case "order" if (question.partial or way.quiz.settings.partial) != "all":
            losses.add("X043", rule=question.partial or "pairs")
            return replace(question, partial="all")
    return question


def _plain_lists(question: Question, losses: Losses, html: ToHtml) -> Question:
    """Make plain words of the choices of lists in the text."""
    gaps = []
    for gap in question.answer.gaps:
        if isinstance(gap.answer, ChoiceAnswer):
            texts = [escaped(words_of_html(html(choice.text, True))) for choice in gap.answer.choices]
            if any(
                html(text, True) != html(c.text, True)
                for text, c in zip(texts, gap.answer.choices, strict=True)
            ):
                losses.add("X054")
            choices = tuple(
                replace(choice, text=text, key=choice_key(text))
                for text, choice in zip(texts, gap.answer.choices, strict=True)
            )
            gap = replace(gap, answer=ChoiceAnswer(choices))  # noqa: PLW2901
        gaps.append(gap)
    return replace(question, answer=replace(question.answer, gaps=tuple(gaps)))


def identifier_of(question_id: str) -> str:
    """Return an id as QTI wants it, beginning with a letter or `_`."""
    return f"_{question_id}" if question_id[0].isdigit() else question_id


def _decimal(value: Fraction) -> str:
    return f"{float(value):.6f}".rstrip("0").rstrip(".") or "0"


def _of(tag: str, *parts: Element, **attributes: str) -> Element:
    element = Element(tag, attributes)
    element.extend(parts)
    return element


def _is(response: str, name: str) -> Element:
    """Return the condition that a response is this choice."""
    same = _of("match", Element("variable", {"identifier": response}))
    add(same, "baseValue", name, baseType="identifier")
    return same


def _has(response: str, name: str) -> Element:
    """Return the condition that this choice is among those of a response."""
    found = Element("member")
    add(found, "baseValue", name, baseType="identifier")
    add(found, "variable", identifier=response)
    return found


def _score(comparison: str, points: str) -> Element:
    compared = _of(comparison, Element("variable", {"identifier": "SCORE"}))
    add(compared, "baseValue", points, baseType="float")
    return compared


def _shown(name: str) -> Element:
    """Return what adds a text to those that are shown."""
    every = _of("multiple", Element("variable", {"identifier": "FEEDBACK"}))
    add(every, "baseValue", name, baseType="identifier")
    return _of("setOutcomeValue", every, identifier="FEEDBACK")


def _if(condition: Element, then: Element) -> Element:
    return _of("responseCondition", _of("responseIf", condition, then))


def item_of(question: Question, html: ToHtml) -> Element:
    """Return a question that was reduced as an item."""
    return _Item(question, html).write()


class _Item:
    """Writes one question."""

    def __init__(self, question: Question, html: ToHtml) -> None:
        self.question = question
        self.html = html
        identifier = identifier_of(question.id)
        title = words_of_html(html(question.title, True)) if question.title else identifier
        self.root = Element(
            "assessmentItem",
            {"identifier": identifier, "title": title, "adaptive": "false", "timeDependent": "false"},
        )
        self.outcomes: list[str] = []
        self.inserts: dict[str, Element] = {}
        self.comments: dict[str, str] = {}
        self.shown: list[Element] = []
        self.processing = Element("responseProcessing")

    def write(self) -> Element:
        question = self.question
        blocks = _BLOCKS[question.type](self)
        for label in _SPOKEN:
            if text := question.quoted(label):
                name = f"{label.value}_feedback"
                self.comments[name] = self.html(text, False)
                self.shown += self.when(label, _shown(name))
        self.processing.extend(self.shown)
        score = add(
            self.root,
            "outcomeDeclaration",
            identifier="SCORE",
            cardinality="single",
            baseType="float",
            normalMaximum=write_points(question.points),
        )
        add(add(score, "defaultValue"), "value", "0")
        if self.comments:
            add(
                self.root,
                "outcomeDeclaration",
                identifier="FEEDBACK",
                cardinality="multiple",
                baseType="identifier",
            )
        body = add(self.root, "itemBody")
        for label in (Label.RUBRIC, Label.MODEL, Label.NOTE):
            if text := question.quoted(label):
                block = add(
                    body,
                    "rubricBlock",
                    view="author" if label is Label.NOTE else "scorer",
                    class_=label.value,
                )
                fill(block, self.html(text, False))
        for block in blocks:
            body.append(block)
        self.root.append(self.processing)
        for name, html in self.comments.items():
            feedback = add(
                self.root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier=name, showHide="show"
            )
            fill(feedback, html)
        return self.root

    def speak(self, name: str, text: str, condition: Element) -> None:
        """Keep what is said of an answer under a name, and show it when a condition holds."""
        self.comments[name] = self.html(text, False)
        self.shown.append(_if(condition, _shown(name)))

    def when(self, label: Label, then: Element) -> list[Element]:
        """Return what shows a text that is said of the whole answer; nothing where only a person can tell."""
        if label is Label.EXPLANATION:
            return [then]
        if self.question.type == "essay":
            return []
        # What shares of thirds sum to is a little less than all.
        most = _decimal(self.question.points - Fraction(1, 1000))
        wrong, right = _score("lte", "0"), _score("gte", most)
        if label is Label.PARTLY:
            return [_if(_of("and", _of("not", wrong), _of("not", right)), then)]
        return [_if(right if label is Label.CORRECT else wrong, then)]

    def text(self) -> list[Element]:
        """Return the elements of the text of the question."""
        holder = fill(Element("div"), self.html(self.question.body, False), self.inserts)
        return list(holder)

    def declare(self, name: str, cardinality: str, kind: str, right: list[str]) -> Element:
        declaration = Element(
            "responseDeclaration", {"identifier": name, "cardinality": cardinality, "baseType": kind}
        )
        self.root.append(declaration)
        if right:
            correct = add(declaration, "correctResponse")
            for value in right:
                add(correct, "value", value)
        return declaration

    def map(self, declaration: Element, shares: Mapping[str, Fraction], *, case: str = "") -> None:
        points = self.question.points
        bounds = (
            {"lowerBound": "0", "upperBound": write_points(points)}
            if any(s < 0 for s in shares.values())
            else {}
        )
        mapping = add(declaration, "mapping", defaultValue="0", **bounds)
        for key, share in shares.items():
            entry = add(mapping, "mapEntry", mapKey=key, mappedValue=_decimal(share * points))
            if case:
                entry.set("caseSensitive", case)

    def score(self, *parts: Element) -> None:
        """Set the score to the sum of parts and what it was."""
        change = add(self.processing, "setOutcomeValue", identifier="SCORE")
        total = add(change, "sum")
        add(total, "variable", identifier="SCORE")
        for part in parts:
            total.append(part)

    def score_mapped(self, name: str) -> None:
        self.score(Element("mapResponse", {"identifier": name}))

    def score_right(self, name: str) -> None:
        """Give all points for the right response and none for another."""
        condition = add(add(self.processing, "responseCondition"), "responseIf")
        match = add(condition, "match")
        add(match, "variable", identifier=name)
        add(match, "correct", identifier=name)
        change = add(condition, "setOutcomeValue", identifier="SCORE")
        add(change, "baseValue", write_points(self.question.points), baseType="float")

    def score_numbers(self, name: str, answer: ReplyAnswer, scale: Fraction) -> None:
        condition = add(self.processing, "responseCondition")
        for number, reply in enumerate(answer.replies):
            branch = add(condition, "responseElseIf" if number else "responseIf")
            value, _, tolerance = reply.text.partition(" ± ")
            equal = add(
                branch, "equal", toleranceMode="absolute", tolerance=f"{tolerance or 0} {tolerance or 0}"
            )
            add(equal, "variable", identifier=name)
            add(equal, "baseValue", value, baseType="float")
            change = add(branch, "setOutcomeValue", identifier="SCORE")
            total = add(change, "sum")
            add(total, "variable", identifier="SCORE")
            won = (reply.weight or Fraction(1)) * scale if reply.correct else Fraction(0)
            add(total, "baseValue", _decimal(won * self.question.points), baseType="float")
            if reply.comment:
                self.comments[f"{name}_{number + 1}"] = self.html(reply.comment, False)
                branch.append(_shown(f"{name}_{number + 1}"))

    def choice(self) -> list[Element]:
        question, answer = self.question, self.question.answer
        names = self.names(answer)
        several = question.type == "multiple"
        right = [name for name, choice in zip(names, answer.choices, strict=True) if choice.correct]
        declaration = self.declare("RESPONSE", "multiple" if several else "single", "identifier", right)
        if (several and question.partial != "all") or answer.weighted:
            shares = dict(zip(names, fractions_of(question), strict=True))
            self.map(declaration, {name: share for name, share in shares.items() if share})
            self.score_mapped("RESPONSE")
        else:
            self.score_right("RESPONSE")
        shuffle = "false" if question.shuffle is False or question.type == "truefalse" else "true"
        interaction = Element(
            "choiceInteraction",
            {"responseIdentifier": "RESPONSE", "shuffle": shuffle, "maxChoices": "0" if several else "1"},
        )
        for name, choice in zip(names, answer.choices, strict=True):
            fixed = {"fixed": "true"} if choice.fixed else {}
            fill(add(interaction, "simpleChoice", identifier=name, **fixed), self.html(choice.text, True))
            if choice.comment:
                chosen = _has("RESPONSE", name) if several else _is("RESPONSE", name)
                self.speak(f"{name}_comment", choice.comment, chosen)
        return [*self.text(), interaction]

    def names(self, answer: ChoiceAnswer) -> list[str]:
        if self.question.type == "truefalse":
            return ["true", "false"]
        return [
            choice.key
            if choice.key != choice_key(choice.text) and not choice.key[0].isdigit()
            else f"choice_{number}"
            for number, choice in enumerate(answer.choices, start=1)
        ]

    def entry(self) -> list[Element]:
        field = self.field("RESPONSE", self.question.type, self.question.answer, Fraction(1))
        last = Element("p")
        last.append(field)
        return [*self.text(), last]

    def field(self, name: str, kind: str, answer: ReplyAnswer, scale: Fraction) -> Element:
        """Return a field to type in, declared and scored; `scale` is its share of the points."""
        if kind == "numeric":
            right = [
                r.text.partition(" ± ")[0] for r in answer.replies if r.correct and r.weight in (None, 1)
            ]
            self.declare(name, "single", "float", right[:1])
            self.score_numbers(name, answer, scale)
        else:
            words = [words_of(reply.text) for reply in answer.replies]
            right = [
                w for w, r in zip(words, answer.replies, strict=True) if r.correct and r.weight in (None, 1)
            ]
            declaration = self.declare(name, "single", "string", right[:1])
            shares = [(r.weight or Fraction(1)) * scale if r.correct else Fraction(0) for r in answer.replies]
            case = "true" if answer.option("case") == "exact" else "false"
            self.map(declaration, dict(zip(words, shares, strict=True)), case=case)
            self.score_mapped(name)
            for number, (word, reply) in enumerate(zip(words, answer.replies, strict=True), start=1):
                if reply.comment:
                    same = _of("stringMatch", Element("variable", {"identifier": name}), caseSensitive=case)
                    add(same, "baseValue", word, baseType="string")
                    self.speak(f"{name}_{number}", reply.comment, same)
        return Element("textEntryInteraction", {"responseIdentifier": name})

    def cloze(self) -> list[Element]:
        gaps = self.question.answer.gaps
        scale = Fraction(1, len(gaps))
        for gap in gaps:
            name = f"RESPONSE_{gap.key}"
            if isinstance(gap.answer, ChoiceAnswer):
                field = self.dropdown(name, gap.answer, scale)
            else:
                field = self.field(name, gap.type, gap.answer, scale)
            self.inserts[f"{MARK_START}{gap.key}{MARK_END}"] = field
        return self.text()

    def dropdown(self, name: str, answer: ChoiceAnswer, scale: Fraction) -> Element:
        names = [f"{name}_{number}" for number in range(1, len(answer.choices) + 1)]
        right = [key for key, choice in zip(names, answer.choices, strict=True) if choice.correct]
        self.map(self.declare(name, "single", "identifier", right), dict.fromkeys(right, scale))
        self.score_mapped(name)
        shuffle = "false" if self.question.shuffle is False else "true"
        field = Element("inlineChoiceInteraction", {"responseIdentifier": name, "shuffle": shuffle})
        for key, choice in zip(names, answer.choices, strict=True):
            add(field, "inlineChoice", words_of_html(self.html(choice.text, True)), identifier=key)
            if choice.comment:
                self.speak(f"{key}_comment", choice.comment, _is(name, key))
        return field

    def match(self) -> list[Element]:
        answer: PairAnswer = self.question.answer
        left = {pair.key: f"left_{number}" for number, pair in enumerate(answer.pairs, start=1)}
        right = {side.key: f"right_{number}" for number, side in enumerate(answer.sides, start=1)}
        pairs = [f"{left[pair.key]} {right[pair.right]}" for pair in answer.pairs]
        declaration = self.declare("RESPONSE", "multiple", "directedPair", pairs)
        if self.question.partial == "all":
            self.score_right("RESPONSE")
        else:
            self.map(declaration, dict.fromkeys(pairs, Fraction(1, len(pairs))))
            self.score_mapped("RESPONSE")
        interaction = Element(
            "matchInteraction",
            {"responseIdentifier": "RESPONSE", "shuffle": "true", "maxAssociations": str(len(pairs))},
        )
        first, second = add(interaction, "simpleMatchSet"), add(interaction, "simpleMatchSet")
        for pair in answer.pairs:
            row = add(first, "simpleAssociableChoice", identifier=left[pair.key], matchMax="1")
            fill(row, self.html(pair.text, True))
        for side in answer.sides:
            row = add(second, "simpleAssociableChoice", identifier=right[side.key], matchMax=str(len(pairs)))
            fill(row, self.html(side.text, True))
        return [*self.text(), interaction]

    def order(self) -> list[Element]:
        steps = self.question.answer.steps
        names = [f"step_{number}" for number in range(1, len(steps) + 1)]
        self.declare("RESPONSE", "ordered", "identifier", names)
        self.score_right("RESPONSE")
        interaction = Element("orderInteraction", {"responseIdentifier": "RESPONSE", "shuffle": "true"})
        # Shown in another order than the right one, where a system does not shuffle.
        for name, step in sorted(zip(names, steps, strict=True), key=lambda entry: entry[1].key):
            fill(add(interaction, "simpleChoice", identifier=name), self.html(step.text, True))
        return [*self.text(), interaction]

    def hottext(self) -> list[Element]:
        answer: HotAnswer = self.question.answer
        names = [f"part_{number}" for number in range(1, len(answer.parts) + 1)]
        right = [name for name, part in zip(names, answer.parts, strict=True) if part.suspicious]
        declaration = self.declare("RESPONSE", "multiple", "identifier", right)
        wrong = len(names) - len(right)
        if self.question.partial == "all" or not right:
            self.score_right("RESPONSE")
        else:
            good = Fraction(1, len(right))
            bad = Fraction(-1, wrong) if wrong else Fraction(0)
            self.map(declaration, {name: good if name in right else bad for name in names})
            self.score_mapped("RESPONSE")
        for number, (name, part) in enumerate(zip(names, answer.parts, strict=True), start=1):
            hot = Element("hottext", {"identifier": name})
            self.inserts[f"{MARK_START}{number}{MARK_END}"] = fill(hot, self.html(part.text, True))
            if part.why:
                self.speak(f"{name}_comment", part.why, _has("RESPONSE", name))
        interaction = Element("hottextInteraction", {"responseIdentifier": "RESPONSE", "maxChoices": "0"})
        for element in self.text():
            interaction.append(element)
        return [interaction]

    def essay(self) -> list[Element]:
        _answer: EssayAnswer = self.question.answer
        self.declare("RESPONSE", "single", "string", [])
        return [*self.text(), Element("extendedTextInteraction", {"responseIdentifier": "RESPONSE"})]


_BLOCKS: dict[str, Callable[[_Item], list[Element]]] = {
    "single": _Item.choice,
    "multiple": _Item.choice,
    "truefalse": _Item.choice,
    "text": _Item.entry,
    "numeric": _Item.entry,
    "match": _Item.match,
    "order": _Item.order,
    "cloze": _Item.cloze,
    "hottext": _Item.hottext,
    "essay": _Item.essay,
}
