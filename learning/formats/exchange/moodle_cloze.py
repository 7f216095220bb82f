r"""Answers inside a text as Moodle writes them: `{1:SHORTANSWER:=2FA~=MFA}`, `{1:MULTICHOICE_S:HTTP~=HTTPS#why}`."""

import html
import re
from dataclasses import dataclass, replace
from fractions import Fraction

from learning.domain.numbers import read_span
from learning.domain.questions.cloze import Gap, GapAnswer
from learning.domain.questions.model import (
    MARK_END,
    MARK_START,
    Choice,
    ChoiceAnswer,
    Question,
    Reply,
    ReplyAnswer,
    choice_key,
)
from learning.domain.questions.numeric import is_number
from learning.formats.exchange.answers import around, decimal, share_of, wild_words
from learning.formats.exchange.foreign import Foreign
from learning.formats.exchange.intake import BadQuestion
from learning.formats.exchange.model import ToHtml

_CODE = re.compile(
    r"\{([0-9]*):(SHORTANSWER_C|SHORTANSWER|SAC|SA|MWC|MW|NUMERICAL|NM|"
    r"MULTICHOICE_[VH]?S?|MULTICHOICE|MC[VH]?S?|MULTIRESPONSE\w*|MR\w*):((?:\\.|[^\\}])*)\}",
    re.DOTALL,
)
_PARTS = re.compile(r"(?<!\\)~")
_PART = re.compile(r"\s*(?:(=)|%(-?[0-9.]+)%)?(.*)", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\)#")
_ESCAPED = re.compile(r"\\([}#~/\"\\{:=%])")
_SPECIAL = re.compile(r"[}#~/\"\\]")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text with marks in place of its gaps; `weights` are what each counts."""

    text: str
    gaps: tuple[Gap, ...]
    weights: tuple[int, ...]
    shuffle: bool | None
    is_case_exact: bool


def cut_gaps(text: str, foreign: Foreign) -> Cut:
    """Cut the gaps out of HTML; raises BadQuestion with what cannot be read. Lost details are noted."""
    gaps: list[Gap] = []
    weights: list[int] = []
    kinds: set[str] = set()

    def cut(code: re.Match[str]) -> str:
        kinds.add(code[2])
        gaps.append(_read_gap(str(len(gaps) + 1), code[2], html.unescape(code[3]), foreign))
        weights.append(int(code[1][:6] or "1"))
        return f"{MARK_START}{len(gaps)}{MARK_END}"

    rest = _CODE.sub(cut, text)
    if not gaps:
        raise BadQuestion(text)
    lists = {kind for kind in kinds if kind.startswith("M") and not kind.startswith("MW")}
    shuffled = any(kind.endswith("S") for kind in lists)
    exact = bool(kinds & {"SHORTANSWER_C", "SAC", "MWC"})
    return Cut(rest, tuple(gaps), tuple(weights), None if shuffled or not lists else False, exact)


def _read_gap(key: str, kind: str, inside: str, foreign: Foreign) -> Gap:
    if kind.startswith(("MULTIRESPONSE", "MR")):
        raise BadQuestion(kind)
    parts = []
    for part in _PARTS.split(inside):
        found = _PART.fullmatch(part)
        text, *comment = _COMMENT.split(found[3] if found else "", maxsplit=1)
        share = (
            Fraction(1) if found and found[1] else share_of(found[2]) if found and found[2] else Fraction(0)
        )
        if share is None:
            raise BadQuestion(part)
        words = " ".join(_ESCAPED.sub(r"\1", text).split())
        parts.append((words, share, " ".join(_ESCAPED.sub(r"\1", "".join(comment)).split())))
    if kind.startswith(("MU", "MC")):
        return Gap(key, "single", _read_choices(parts, foreign))
    if not any(share == 1 for _, share, _ in parts):
        raise BadQuestion(inside)
    if any(comment for *_, comment in parts):
        foreign.losses.add("X039")
    if any(0 < share < 1 for _, share, _ in parts):
        foreign.losses.add("X040")
    if any(share <= 0 for _, share, _ in parts):
        foreign.losses.add("X047")
    right = [words for words, share, _ in parts if share == 1]
    if kind in {"NUMERICAL", "NM"}:
        return Gap(key, "numeric", _read_numbers(right, foreign))
    if any("*" in words.replace("\\*", "") for words in right):
        foreign.losses.add("X045", key="match")
    replies = tuple(Reply(words.replace("\\*", "*"), correct=True) for words in right)
    numeric = all(is_number(reply.text) for reply in replies)
    if numeric:
        foreign.losses.add("X066", found="SHORTANSWER", type="numeric")
    return Gap(key, "numeric" if numeric else "text", ReplyAnswer(replies))


def _read_choices(parts: list[tuple[str, Fraction, str]], foreign: Foreign) -> ChoiceAnswer:
    if any(share not in (0, 1) for _, share, _ in parts):
        foreign.losses.add("X040")
    choices = []
    for words, share, comment in parts:
        text = foreign.say(words, "html")
        choices.append(Choice(choice_key(text), text, share == 1, comment=foreign.say(comment, "html")))
    return ChoiceAnswer(tuple(choices))


def _read_numbers(texts: list[str], foreign: Foreign) -> ReplyAnswer:
    replies = []
    for text in texts:
        value, _, tolerance = text.partition(":")
        number = around(value, tolerance, foreign.losses)
        if number is None:
            raise BadQuestion(text)
        replies.append(Reply(number, correct=True))
    return ReplyAnswer(tuple(replies))


def put_gaps(question: Question, text: str, to_html: ToHtml) -> str:
    """Return the HTML of a text with its gaps as Moodle writes them."""
    answer: GapAnswer = question.answer
    exact = dict(answer.options).get("case") == "exact"
    for gap in answer.gaps:
        code = _write_gap(gap, to_html, exact=exact, shuffle=question.shuffle is not False)
        text = text.replace(f"{MARK_START}{gap.key}{MARK_END}", html.escape(code, quote=False))
    return text


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _write_gap(gap: Gap, to_html: ToHtml, *, exact: bool, shuffle: bool) -> str:
    if isinstance(gap.answer, ChoiceAnswer):
        choices = []
        for choice in gap.answer.choices:
            comment = f"#{_escape(to_html(choice.comment, False))}" if choice.comment else ""
            text = _escape(to_html(choice.text, True))
            choices.append(("=" if choice.correct else "%0%") + text + comment)
        return f"{{1:MULTICHOICE{'_S' if shuffle else ''}:{'~'.join(choices)}}}"
    if gap.type == "numeric":
        return f"{{1:NUMERICAL:{'~'.join('=' + as_middle(reply.text) for reply in gap.answer.replies)}}}"
    words = "~".join("=" + _escape(wild_words(reply.text, gap.answer)) for reply in gap.answer.replies)
    return f"{{1:SHORTANSWER{'_C' if exact else ''}:{words}}}"


def as_middle(number: str) -> str:
    """Return `12 ± 2` as `12:2`, the middle and what it may differ by."""
    value, _, tolerance = number.partition(" ± ")
    return f"{value}:{tolerance or 0}"


def with_middle(text: str) -> str:
    """Return a range `10..14` as `12 ± 2`, other numbers as they are."""
    span = read_span(text)
    if span is None or ".." not in text:
        return text
    middle, margin = (span.low + span.high) / 2, (span.high - span.low) / 2
    return decimal(middle) if not margin else f"{decimal(middle)} ± {decimal(margin)}"


def with_options(question: Question, cut: Cut) -> Question:
    """Return the question that a cut text is."""
    options = (("case", "exact"),) if cut.is_case_exact else ()
    gaps = tuple(
        replace(gap, answer=replace(gap.answer, options=options))
        if gap.type == "text" and isinstance(gap.answer, ReplyAnswer)
        else gap
        for gap in cut.gaps
    )
    return replace(question, type="cloze", shuffle=cut.shuffle, answer=GapAnswer(gaps, options))
