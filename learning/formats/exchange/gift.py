r"""GIFT, the short text format of Moodle: `::Title::Text {=right ~wrong #comment}`, one question a paragraph.

Signs that mean something are escaped by `\`; what is written here puts a whole question on one line, each line end
as `\n`, since an empty line would end it. Of a true/false question the first comment is for those who are wrong and
the second for those who are right, as Moodle has it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.match import PairAnswer
from learning.domain.questions.model import (
    Choice,
    ChoiceAnswer,
    Label,
    Labelled,
    Question,
    Reply,
    ReplyAnswer,
    choice_key,
)
from learning.formats.exchange.aiken import AIKEN_ANSWER
from learning.formats.exchange.answers import (
    BLANK,
    MAX_ANSWERS,
    around,
    best_first,
    between,
    choices_by_fraction,
    fractions_of,
    in_a_gap,
    out_of_a_gap,
    percentage_of,
    share_of,
    text_answer,
    wild_words,
    with_usual_numbers,
    without_usual_weights,
)
from learning.formats.exchange.foreign import Foreign, tag_of, tags_of_category
from learning.formats.exchange.html_text import words_of_html
from learning.formats.exchange.intake import BadQuestion, Intake
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Format, Imported, Keeps, Outgoing, Target, ToHtml, Way
from learning.formats.exchange.plain import decode, escaped, on_one_line
from learning.formats.exchange.reduction import TRUE_FALSE, is_true, usual_true_false
from learning.formats.exchange.structure import pairs_of

_ID = re.compile(r"\[id:((?:\\.|[^\]\\])*)\]")
_TAG = re.compile(r"\[tag:((?:\\.|[^\]\\])*)\]")
_TITLE = re.compile(r"\s*::((?:\\.|[^\\:]|:(?!:))*)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|markdown|plain|moodle)\]", re.IGNORECASE)
_OPEN = re.compile(r"\\.|(\{)", re.DOTALL)
_CLOSE = re.compile(r"\\.|(\})", re.DOTALL)
_ANSWER = re.compile(r"\\.|([=~])", re.DOTALL)
_GENERAL = re.compile(r"\\.|(####)", re.DOTALL)
_COMMENT = re.compile(r"\\.|(#)", re.DOTALL)
_ARROW = re.compile(r"->")
_WEIGHT = re.compile(r"\s*%([^%\s]{1,20})%")
_TRUE_FALSE = re.compile(r"\s*(T|TRUE|F|FALSE)\s*(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_ESCAPED = re.compile(r"\\([~=#{}:\\n])")
_SPECIAL = re.compile(r"[~=#{}:\\]")
_GOES_ON = re.compile(r"\s*[=~#}]|(?:\\.|[^{}\\])*\}")


@dataclass
class _Block:
    """The lines of one question with what the comments before it say."""

    line: int
    lines: list[str] = field(default_factory=list)
    id: str = ""
    tags: list[str] = field(default_factory=list)
    unclosed: int = 0

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def _blocks(text: str) -> Iterator[_Block | str]:
    """Yield the questions of a file, and each category as its path."""
    lines = text.split("\n")
    block, name, tags, depth, opened = _Block(0), "", list[str](), 0, 0
    for number, line in enumerate([*lines, ""], start=1):
        plain = line.strip()
        if plain.startswith("//"):
            if found := _ID.search(plain):
                name = _unescape(found[1])
            tags += [_unescape(tag) for tag in _TAG.findall(plain)]
        elif plain.startswith("$CATEGORY:") and not block.lines:
            yield plain.removeprefix("$CATEGORY:").strip()
        elif plain:
            if not block.lines:
                block = _Block(number, id=name, tags=tags)
                name, tags = "", []
            block.lines.append(line)
            for sign in re.finditer(r"\\.|[{}]", line):
                if sign[0] == "{" and depth == 0:
                    depth, opened = 1, number
                elif sign[0] == "}":
                    depth = 0
        elif block.lines:
            after = next((line for line in lines[number : number + 50] if line.strip()), "")
            if depth and _GOES_ON.match(after) and number < len(lines):
                block.lines.append("")
                continue
            block.unclosed = opened if depth else 0
            yield block
            block, depth = _Block(0), 0


def read(data: bytes, target: Target) -> Imported:
    """Read a GIFT file."""
    intake = Intake(target)
    text = decode(data, intake.losses)
    if text is None:
        return Imported(None, intake.losses.all())
    category: list[str] = []
    for block in _blocks(text):
        if isinstance(block, _Block) and intake.is_full(block.line):
            break
        if isinstance(block, str):
            category = tags_of_category(block, intake.losses)
        elif block.unclosed:
            intake.refuse("X013", block.id or block.text, line=block.unclosed)
        else:
            _read_question(block, category, intake)
    return intake.finish()


def _read_question(block: _Block, category: list[str], intake: Intake) -> None:
    losses = Losses()
    tags = [tag for tag in (tag_of(tag, losses) for tag in block.tags) if tag]
    tags += category
    foreign = Foreign(losses, intake.target.language)
    text, title = block.text, ""
    if named := _TITLE.match(text):
        title, text = escaped(on_one_line(_unescape(named[1]))), text[named.end() :]
    kind, text = _format_of(text, "moodle")
    opened = _find(_OPEN, text, 0)
    if opened is None:
        if title:
            losses.add("X063", part="title", value=title)
        intake.losses.extend(losses.all(), "", line=block.line)
        intake.add_text(_say(foreign, text, kind), line=block.line)
        return
    closed = _find(_CLOSE, text, opened)
    if closed is None:
        intake.refuse("X013", block.id or title or text, line=block.line)
        return
    before, inside, after = text[:opened], text[opened + 1 : closed], text[closed + 1 :]
    empty = Question("", "", title, Fraction(1), None, tags=tuple(dict.fromkeys(tags)))
    reader = _Reader(foreign, kind, intake.target.language)
    with intake.refusing(block.id or title or before, line=block.line):
        question = reader.read(inside, empty)
        question = _with_text(question, before, after, foreign=foreign, kind=kind)
        question = replace(question, labelled=(*question.labelled, *foreign.notes))
        intake.add(question, losses, foreign_id=block.id, line=block.line)


def _with_text(question: Question, before: str, after: str, *, foreign: Foreign, kind: str) -> Question:
    """Put the text around the answers: what goes on behind them makes them a gap."""
    if not after.strip():
        return replace(question, body=_say(foreign, before, kind))
    mark = "\ue0001\ue001"
    body = _say(foreign, f"{before}{mark}{after}", kind)
    start, _, end = body.partition(mark)
    gap = in_a_gap(question, start, end)
    return gap or replace(question, body=f"{start.rstrip()} {BLANK} {end.lstrip()}".strip())


class _Reader:
    """Reads what stands between the braces."""

    def __init__(self, foreign: Foreign, kind: str, language: str) -> None:
        self.foreign = foreign
        self.kind = kind
        self.language = language

    def read(self, inside: str, question: Question) -> Question:
        general = _find(_GENERAL, inside, 0)
        if general is not None:
            text = self.say(inside[general + 4 :])
            inside = inside[:general]
            if text:
                question = replace(question, labelled=(Labelled(Label.EXPLANATION, text),))
        if not inside.strip():
            return replace(question, type="essay", answer=EssayAnswer())
        if match := _TRUE_FALSE.fullmatch(inside):
            return self.true_false(question, match[1].upper().startswith("T"), match[2] or "")
        if inside.lstrip().startswith("#"):
            return self.numeric(question, inside.lstrip()[1:])
        parts = self.parts(inside)
        if all(sign == "=" for sign, _ in parts):
            if all(_ARROW.search(text, 0, _find(_COMMENT, text, 0) or len(text)) for _, text in parts):
                return self.matching(question, [text for _, text in parts])
            return self.short(question, parts)
        return self.choices(question, parts)

    def parts(self, inside: str) -> list[tuple[str, str]]:
        """Return sign and text of each answer."""
        starts = [match.start() for match in _ANSWER.finditer(inside) if match[1]]
        if not starts or len(starts) > MAX_ANSWERS or inside[: starts[0]].strip():
            raise BadQuestion(inside)
        ends = [*starts[1:], len(inside)]
        return [(inside[a], inside[a + 1 : b]) for a, b in zip(starts, ends, strict=True)]

    def say(self, text: str, kind: str = "") -> str:
        own, text = _format_of(text, kind or self.kind)
        return _say(self.foreign, text, own)

    def taken_apart(self, text: str) -> tuple[Fraction | None, str, str]:
        """Return weight, text and comment of an answer, the text as it stands."""
        weight = None
        if found := _WEIGHT.match(text):
            weight, text = share_of(found[1]), text[found.end() :]
            if weight is None or not -1 <= weight <= 1:
                raise BadQuestion(found[0])
        at = _find(_COMMENT, text, 0)
        if at is None:
            return weight, text.strip(), ""
        return weight, text[:at].strip(), self.say(text[at + 1 :])

    def true_false(self, question: Question, is_right: bool, comments: str) -> Question:
        wrong, right = comments, ""
        at = _find(_COMMENT, comments, 0)
        if at is not None:
            wrong, right = comments[:at], comments[at + 1 :]
        spoken = {True: self.say(right), False: self.say(wrong)}
        yes, no = TRUE_FALSE.get(self.language, TRUE_FALSE["en"])
        choices = (
            Choice(choice_key(yes), yes, is_right, comment=spoken[is_right]),
            Choice(choice_key(no), no, not is_right, comment=spoken[not is_right]),
        )
        return replace(question, type="truefalse", answer=ChoiceAnswer(choices))

    def numeric(self, question: Question, inside: str) -> Question:
        head = next((m.start() for m in _ANSWER.finditer(inside) if m[1]), len(inside))
        parts = [("=", inside[:head])] if inside[:head].strip() else []
        parts += self.parts(inside[head:]) if inside[head:].strip() else []
        replies, otherwise = [], question.labelled
        for sign, text in parts:
            weight, number, comment = self.taken_apart(text)
            if not number and sign == "~":
                otherwise = (*otherwise, Labelled(Label.INCORRECT, comment)) if comment else otherwise
                continue
            replies.append(self.reply(self.number(number), 0 if sign == "~" else weight, comment))
        if not replies:
            raise BadQuestion("#" + inside)
        return replace(question, type="numeric", answer=ReplyAnswer(tuple(replies)), labelled=otherwise)

    def number(self, text: str) -> str:
        plain = _unescape(text)
        low, dots, high = plain.partition("..")
        value, _, tolerance = plain.partition(":")
        losses = self.foreign.losses
        found = between(low, high, losses) if dots else around(value, tolerance, losses)
        if found is None:
            raise BadQuestion(text)
        return found

    def reply(self, text: str, weight: Fraction | int | None, comment: str) -> Reply:
        correct = weight is None or weight > 0
        return Reply(
            text, correct, None if not correct or weight in (None, 1) else Fraction(weight or 0), comment
        )

    def short(self, question: Question, parts: list[tuple[str, str]]) -> Question:
        replies = []
        for _, part in parts:
            weight, text, comment = self.taken_apart(part)
            kind, text = _format_of(text, self.kind)
            replies.append(self.reply(self.foreign.words(_unescape(text), kind), weight, comment))
        return replace(question, type="text", answer=text_answer(replies))

    def matching(self, question: Question, texts: list[str]) -> Question:
        pairs, spare = [], []
        for text in texts:
            left, right = (part.strip() for part in text.split("->", 1))
            if left:
                pairs.append((self.say(left), self.say(right)))
            else:
                spare.append(self.say(right))
        return replace(question, type="match", answer=pairs_of(pairs, spare))

    def choices(self, question: Question, parts: list[tuple[str, str]]) -> Question:
        several = all(sign == "~" for sign, _ in parts)
        texts = []
        for sign, part in parts:
            weight, text, comment = self.taken_apart(part)
            texts.append((self.say(text), Fraction(1) if weight is None and sign == "=" else weight, comment))
        kind, answer = choices_by_fraction(texts, several=several)
        return replace(question, type=kind, answer=answer)


def _find(pattern: re.Pattern[str], text: str, start: int) -> int | None:
    """Return where the first sign stands that is not escaped."""
    return next((match.start() for match in pattern.finditer(text, start) if match[1]), None)


def _format_of(text: str, usual: str) -> tuple[str, str]:
    match = _FORMAT.match(text)
    return (match[1].lower(), text[match.end() :]) if match else (usual, text)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], text)


def _say(foreign: Foreign, text: str, kind: str) -> str:
    r"""Return a text as Markdown; lines of plain texts are one unless `\n` parts them."""
    if kind in {"moodle", "plain"}:
        text = on_one_line(text)
    return foreign.say(_unescape(text).strip(), kind)


KEEPS = Keeps(
    types=frozenset({"single", "multiple", "truefalse", "text", "numeric", "match", "cloze", "essay"}),
    parts=frozenset(
        [
            "intro",
            "id",
            "title",
            "tags",
            "explanation",
            "comments",
            "weights",
            "wrong_replies",
            "spare",
            "paragraphs",
        ]
    ),
    options=frozenset({"match"}),
)


def adapt(question: Question, losses: Losses, way: Way) -> Question | None:
    """Return the question as GIFT can say it."""
    if question.type == "cloze":
        taken = out_of_a_gap(question, losses)
        if taken is None:
            losses.add("X010", type="cloze", format="GIFT")
            return None
        single, before, after = taken
        if after.strip():
            return question
        losses.add("X066", found="cloze", type=single.type)
        question = replace(single, body=before.rstrip())
    if question.type == "numeric":
        return with_usual_numbers(question, losses)
    if question.type == "text":
        return best_first(question, losses)
    if question.type == "multiple":
        return without_usual_weights(question)
    return usual_true_false(question, losses, way.quiz.language) if question.type == "truefalse" else question


def write(outgoing: Outgoing) -> bytes:
    """Write a quiz that was reduced."""
    intro = [f"[markdown]{_escape(outgoing.quiz.intro)}"] if outgoing.quiz.intro else []
    blocks = [_write_question(question, outgoing.html) for question in outgoing.quiz.questions]
    return ("\n\n".join([*intro, *blocks]) + "\n").encode()


def _write_question(question: Question, html: ToHtml) -> str:
    about = f"// [id:{question.id}]" + "".join(f" [tag:{tag}]" for tag in question.tags)
    title = f"::{_escape(words_of_html(html(question.title, True)))}::" if question.title else ""
    before, after = question.body, ""
    asked = question
    if question.type == "cloze" and (taken := out_of_a_gap(question, Losses())):
        asked, before, after = taken
    general = f"####{_escape(question.explanation)}" if question.explanation else ""
    inside = _write_answer(asked) + general
    return f"{about}\n{title}[markdown]{_escape(before)}{{{inside}}}{_escape(after)}"


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text).replace("\n", "\\n")


def _text(text: str) -> str:
    """Write a text that must not be taken for a format, a weight or a sign before it."""
    return ("[markdown]" if re.match(r"[\[%]", text) else "") + _escape(text)


def _no_arrow(text: str) -> str:
    """Return Markdown that shows the same without the sign by which a question is one of pairs."""
    return text.replace("->", "-&gt;")


def _comment(text: str) -> str:
    return f"#{_text(text)}" if text else ""


def _write_answer(question: Question) -> str:
    answer = question.answer
    match answer:
        case ChoiceAnswer() if question.type == "truefalse":
            said = {is_true(choice.text): choice for choice in answer.choices}
            right, wrong = said[said[True].correct], said[not said[True].correct]
            comments = (
                f"#{_text(wrong.comment)}#{_text(right.comment)}" if right.comment or wrong.comment else ""
            )
            return f"{'TRUE' if said[True].correct else 'FALSE'}{comments}"
        case ChoiceAnswer():
            shares = fractions_of(question)
            return "".join(
                _sign(share, several=question.type == "multiple")
                + _text(choice.text)
                + _comment(choice.comment)
                for choice, share in zip(answer.choices, shares, strict=True)
            )
        case PairAnswer():
            sides = {side.key: side.text for side in answer.sides}
            used = {pair.right for pair in answer.pairs}
            # An arrow in a text would part it; as an entity readers see it all the same.
            left = [_text(_no_arrow(pair.text)) for pair in answer.pairs]
            pairs = [
                f"={text} -> {_text(sides[p.right])}" for text, p in zip(left, answer.pairs, strict=True)
            ]
            return "".join(
                pairs + [f"= -> {_text(side.text)}" for side in answer.sides if side.key not in used]
            )
        case ReplyAnswer():
            return ("#" if question.type == "numeric" else "") + "".join(
                f"={_weight(reply)}{_write_reply(reply, answer, question.type)}{_comment(_no_arrow(reply.comment))}"
                for reply in answer.replies
            )
        case EssayAnswer():
            return ""
    raise TypeError(type(answer).__name__)


def _sign(share: Fraction, *, several: bool) -> str:
    if share == 1 and not several:
        return "="
    return f"~%{percentage_of(share)}%" if share or several else "~"


def _weight(reply: Reply) -> str:
    if not reply.correct:
        return "%0%"
    return f"%{percentage_of(reply.weight)}%" if reply.weight not in (None, 1) and reply.weight else ""


def _write_reply(reply: Reply, answer: ReplyAnswer, kind: str) -> str:
    if kind == "numeric":
        return reply.text.replace(" ± ", ":")
    return _text(wild_words(reply.text, answer))


def knows(data: bytes) -> bool:
    """Tell a GIFT file from other texts."""
    return b"{" in data and not AIKEN_ANSWER.search(data)


GIFT = Format(
    "gift",
    "GIFT",
    (".gift", ".gift.txt", ".txt"),
    "text/plain",
    read=read,
    write=write,
    keeps=KEEPS,
    adapt=adapt,
    knows=knows,
)
