"""Moodle XML: everything a Moodle site can export of its question bank, with pictures inside the file."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.model import (
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
from learning.formats.exchange.answers import (
    MAX_ANSWERS,
    around,
    choices_by_fraction,
    share_of,
    text_answer,
)
from learning.formats.exchange.files import is_media, path_for
from learning.formats.exchange.foreign import Foreign, points_of, tag_of, tags_of_category
from learning.formats.exchange.intake import BadQuestion, Intake, Unknown
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Format, Imported, Keeps, Target
from learning.formats.exchange.moodle_cloze import (
    cut_gaps,
    with_options,
)
from learning.formats.exchange.moodle_write import FEEDBACK, GRADING, MODEL_RULE, PLUGIN, adapt, write
from learning.formats.exchange.plain import cleaned, escaped, on_one_line
from learning.formats.exchange.reduction import PARTS, TRUE_FALSE
from learning.formats.exchange.structure import pairs_of, with_rubric
from learning.formats.exchange.xml_tree import line_of, read_xml, text_at

_KINDS = {"html": "html", "moodle_auto_format": "moodle", "plain_text": "plain", "markdown": "markdown"}
# Values that say nothing: what Moodle writes when nobody chose anything.
_USUAL = {
    "penalty": ("", "0", "1", "0.1", "0.3333333", "0.33333333333333"),
    "hidden": ("", "0"),
    "attachments": ("", "0"),
    "attachmentsrequired": ("", "0"),
    "responsetemplate": ("",),
}
_READ = {"name", "questiontext", "generalfeedback", "defaultgrade", "idnumber", "tags", "hint", "answer", "single",
         "shuffleanswers", "usecase", "units", "subquestion", "gradingtype", "graderinfo", "minwordlimit",
         "maxwordlimit", *FEEDBACK.values(), *_USUAL}  # fmt: skip
# What only says how Moodle shows a question.
_SHOWN = {"answernumbering", "shownumcorrect", "showstandardinstruction", "unitgradingtype", "unitpenalty", "showunits",
          "unitsleft", "responseformat", "responserequired", "responsefieldlines", "layouttype", "selectcount",
          "showgrading", "numberingstyle", "maxbytes", "filetypeslist", "clearwrong"}  # fmt: skip
_SAYS_NOTHING = {("selecttype", "ALL"), ("selecttype", "0"), ("synchronize", "0"), ("graderinfoformat", "1")}
_RULES = {name: rule for rule, name in GRADING.items()}


def read(data: bytes, target: Target) -> Imported:
    """Read the XML of a question bank."""
    intake = Intake(target)
    root = read_xml(data, intake.losses)
    if root is None:
        return Imported(None, intake.losses.all())
    if root.tag != "quiz":
        intake.losses.add("X001", line=1, format="Moodle XML")
        return Imported(None, intake.losses.all())
    tags: list[str] = []
    for element in root.findall("question"):
        if intake.is_full(line_of(element)):
            break
        kind = element.get("type", "")
        if kind == "category":
            tags = tags_of_category(text_at(element, "category/text"), intake.losses)
            if info := text_at(element, "info/text").strip():
                intake.losses.add("X063", line=line_of(element), part="info", value=on_one_line(info)[:200])
        else:
            _take(_Reader(element, intake), tags, intake)
    return intake.finish()


def _take(reader: "_Reader", tags: list[str], intake: Intake) -> None:
    element, name = reader.element, reader.foreign_id or text_at(reader.element, "name/text")
    with intake.refusing(name, line=line_of(element)):
        question = reader.read(tags)
        if question is None:
            intake.add_text(reader.say("questiontext"), line=line_of(element))
        else:
            intake.add(question, reader.losses, foreign_id=reader.foreign_id, line=line_of(element))


class _Reader:
    """Reads one question."""

    def __init__(self, element: Element, intake: Intake) -> None:
        self.element = element
        self.intake = intake
        self.losses = Losses()
        self.foreign_id = text_at(element, "idnumber").strip()
        self.paths: dict[str, str] = {}
        self.foreign = Foreign(self.losses, intake.target.language, self.target)

    def target(self, source: str) -> str | None:
        """Return the path of an embedded file."""
        return self.paths.get(unquote(source.removeprefix(PLUGIN)))

    def read(self, tags: list[str]) -> Question | None:
        """Return the question, None for a text that asks nothing."""
        for file in self.element.iter("file"):
            self.keep(file)
        kind = self.element.get("type", "")
        if kind == "description":
            return None
        read = _READERS.get(kind)
        if read is None:
            raise Unknown(self.element.get("type", ""))
        title = on_one_line(cleaned(text_at(self.element, "name/text")))
        own = [tag_of(text_at(tag), self.losses) for tag in self.element.findall("tags/tag")]
        question = Question(
            id="",
            type="",
            title="" if title == self.foreign_id else escaped(title),
            points=points_of(text_at(self.element, "defaultgrade"), self.losses),
            answer=None,
            body="" if kind == "cloze" else self.say("questiontext"),
            tags=tuple(dict.fromkeys(tag for tag in (*own, *tags) if tag)),
            labelled=tuple(self.labelled()),
        )
        question = read(self, question)
        for name, usual in _USUAL.items():
            value = on_one_line(text_at(self.element, name))
            number = value.rstrip("0").rstrip(".") if "." in value else value
            if number not in usual and value not in usual:
                self.losses.add("X063", part=name, value=value[:80])
        for child in self.element:
            value = on_one_line(cleaned(text_at(child)))
            if value and child.tag not in _READ | _SHOWN and (child.tag, value) not in _SAYS_NOTHING:
                self.losses.add("X063", part=child.tag[:40], value=value[:80])
        return with_rubric(replace(question, labelled=(*question.labelled, *self.foreign.notes)))

    def keep(self, file: Element) -> None:
        """Take over an embedded file of a known type."""
        name = (file.get("path", "/").strip("/") + "/" + file.get("name", "")).strip("/")
        try:
            data = base64.b64decode("".join((file.text or "").split()), validate=True)
        except (binascii.Error, ValueError):
            data = b""
        if file.get("encoding", "base64") != "base64" or not is_media(name, data):
            self.losses.add("X062", target=name[:80] or "–")
            return
        path = path_for(name, data, self.intake.media)
        self.intake.media[path] = data
        self.paths[name] = path

    def labelled(self) -> list[Labelled]:
        """Return hints, explanation and what is said of right and wrong answers."""
        found = [Labelled(Label.HINT, self.text(hint)) for hint in self.element.findall("hint")]
        found.append(Labelled(Label.EXPLANATION, self.say("generalfeedback")))
        found += [Labelled(label, self.say(name)) for label, name in FEEDBACK.items()]
        return [part for part in found if part.text]

    def say(self, name: str) -> str:
        """Return the text of a child as Markdown."""
        child = self.element.find(name)
        return "" if child is None else self.text(child)

    def text(self, element: Element, usual: str = "html") -> str:
        """Return the text of an element as Markdown."""
        kind = _KINDS.get(element.get("format", ""), usual)
        child = element.find("text")
        text = text_at(child) if child is not None else element.text or ""
        return self.foreign.say(cleaned(text), kind)

    def answers(self) -> list[tuple[Fraction, Element]]:
        """Return each answer with its share."""
        found = []
        if len(self.element.findall("answer")) + len(self.element.findall("subquestion")) > MAX_ANSWERS:
            raise BadQuestion(f"{MAX_ANSWERS}+")
        for answer in self.element.findall("answer"):
            share = share_of(answer.get("fraction", "0").strip())
            if share is None:
                raise BadQuestion(answer.get("fraction", ""))
            found.append((share, answer))
        return found

    def comment(self, answer: Element) -> str:
        """Return what is said of an answer."""
        feedback = answer.find("feedback")
        return "" if feedback is None else self.text(feedback)

    def choices(self, question: Question) -> Question:
        several = text_at(self.element, "single").strip() in {"false", "0"}
        texts = [(self.text(answer), share, self.comment(answer)) for share, answer in self.answers()]
        kind, answer = choices_by_fraction(texts, several=several)
        shuffles = text_at(self.element, "shuffleanswers").strip() not in {"false", "0"}
        return replace(question, type=kind, answer=answer, shuffle=None if shuffles else False)

    def true_false(self, question: Question) -> Question:
        said = {
            on_one_line(text_at(answer, "text")).lower(): (share, answer) for share, answer in self.answers()
        }
        if said.keys() != {"true", "false"}:
            raise BadQuestion(", ".join(said))
        words = TRUE_FALSE.get(self.intake.target.language, TRUE_FALSE["en"])
        choices = tuple(
            Choice(choice_key(word), word, said[name][0] > 0, comment=self.comment(said[name][1]))
            for name, word in zip(("true", "false"), words, strict=True)
        )
        return replace(question, type="truefalse", answer=ChoiceAnswer(choices))

    def reply(self, words: str, share: Fraction, answer: Element) -> Reply:
        weight = None if share <= 0 or share == 1 else share
        return Reply(words, share > 0, weight, self.comment(answer))

    def short(self, question: Question) -> Question:
        replies = []
        for share, answer in self.answers():
            kind = "html" if answer.get("format") == "html" else "plain"
            replies.append(self.reply(self.foreign.words(text_at(answer, "text"), kind), share, answer))
        found = text_answer(replies)
        exact = text_at(self.element, "usecase").strip() == "1"
        options = (("case", "exact"),) if exact else ()
        return replace(question, type="text", answer=replace(found, options=options + found.options))

    def numerical(self, question: Question) -> Question:
        replies, quotes = [], list(question.labelled)
        for share, answer in self.answers():
            value, tolerance = text_at(answer, "text"), text_at(answer, "tolerance")
            if value.strip() == "*" and share <= 0:
                if comment := self.comment(answer):
                    quotes.append(Labelled(Label.INCORRECT, comment))
                continue
            number = around(value, tolerance, self.losses)
            if number is None:
                raise BadQuestion(value)
            replies.append(self.reply(number, share, answer))
        units = [on_one_line(text_at(unit, "unit_name")) for unit in self.element.findall("units/unit")]
        if len(units) > 1:
            self.losses.add("X063", part="units", value=", ".join(units[1:])[:80])
        options = (("unit", units[0][:40].replace('"', "")),) if units and units[0] else ()
        return replace(
            question, type="numeric", answer=ReplyAnswer(tuple(replies), options), labelled=tuple(quotes)
        )

    def matching(self, question: Question) -> Question:
        pairs, spare = [], []
        for part in self.element.findall("subquestion"):
            left, right = self.text(part), escaped(on_one_line(cleaned(text_at(part, "answer/text"))))
            if left:
                pairs.append((left, right))
            else:
                spare.append(right)
        if text_at(self.element, "shuffleanswers").strip() in {"false", "0"}:
            self.losses.add("X044")
        return replace(question, type="match", answer=pairs_of(pairs, spare))

    def ordering(self, question: Question) -> Question:
        answers = sorted(self.element.findall("answer"), key=_place)
        steps = tuple(Step(choice_key(text), text) for text in map(self.text, answers))
        grading = text_at(self.element, "gradingtype").strip()
        rule = _RULES.get(grading)
        if grading not in {*_RULES, "", "0"}:
            self.losses.add("X063", part="gradingtype", value=grading[:40])
        return replace(question, type="order", answer=StepAnswer(steps), partial=rule)

    def essay(self, question: Question) -> Question:
        limits = [text_at(self.element, name).strip() for name in ("minwordlimit", "maxwordlimit")]
        least, most = (int(limit) if re.fullmatch("[1-9][0-9]{0,3}", limit) else None for limit in limits)
        words = WordRange(least, most) if least or most else None
        quotes = list(question.labelled)
        child = self.element.find("graderinfo")
        info, _, model = text_at(child, "text").partition(MODEL_RULE)
        for text in (info, model):
            markdown = self.foreign.say(cleaned(text), "html")
            measured = with_rubric(
                replace(question, answer=EssayAnswer(), labelled=(Labelled(Label.RUBRIC, markdown),))
            )
            is_rubric = measured.answer.rubric and measured.answer.points == question.points
            if markdown:
                quotes.append(Labelled(Label.RUBRIC if is_rubric else Label.MODEL, markdown))
        return replace(question, type="essay", answer=EssayAnswer((), words), labelled=tuple(quotes))

    def cloze(self, question: Question) -> Question:
        child = self.element.find("questiontext")
        text = cleaned(text_at(child, "text"))
        cut = cut_gaps(text, self.foreign)
        kind = _KINDS.get(child.get("format", "") if child is not None else "", "html")
        asked = with_options(replace(question, body=self.foreign.say(cut.text, kind)), cut)
        if len(set(cut.weights)) > 1:
            self.losses.add("X040")
        if not text_at(self.element, "defaultgrade").strip():
            asked = replace(asked, points=points_of(str(sum(cut.weights)), self.losses))
        return asked


def _place(answer: Element) -> float:
    fraction = answer.get("fraction", "0")
    return float(fraction) if re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,8})?", fraction) else 0.0


_READERS: dict[str, Callable[[_Reader, Question], Question]] = {
    "multichoice": _Reader.choices,
    "truefalse": _Reader.true_false,
    "shortanswer": _Reader.short,
    "numerical": _Reader.numerical,
    "matching": _Reader.matching,
    "ordering": _Reader.ordering,
    "essay": _Reader.essay,
    "cloze": _Reader.cloze,
}

KEEPS = Keeps(
    types=frozenset(
        ["single", "multiple", "truefalse", "text", "numeric", "match", "order", "cloze", "essay"]
    ),
    parts=frozenset(PARTS) - {"settings", "title_of_the_quiz", "fixed", "choice_ids", "notes"},
    options=frozenset({"case", "match", "unit", "words"}),
    rules=frozenset({"order all", "order position"}),
    text="html",
)

MOODLE = Format(
    "moodle",
    "Moodle XML",
    (".moodle.xml", ".xml"),
    "application/xml",
    read=read,
    write=write,
    keeps=KEEPS,
    adapt=adapt,
    knows=lambda data: b"<quiz" in data[:4000],
)
