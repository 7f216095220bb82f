"""Answers as the older systems think of them: fractions, numbers with a tolerance, replies in plain words, one gap."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from learning.domain.numbers import is_ambiguous, read_span, write_number
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
from learning.domain.wording import unquoted
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.plain import on_one_line

_OURS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,2})?")
_TOLERANCE = Fraction(1, 10_000)
_LOOKS_LIKE_OPTIONS = re.compile(r"(?:.*\s|)\{[^{}]*\}\s*")
_WILD = re.compile(r"(\\.)|\*")
BLANK = "_____"
MAX_ANSWERS = 200  # more than any question of ours may have, so that the linter names it


def share_of(percentage: str) -> Fraction | None:
    """Return a percentage, `33.33333`, as a share; what is near a common fraction is that fraction."""
    if not _NUMBER.fullmatch(percentage):
        return None
    share = Fraction(percentage) / 100
    near = share.limit_denominator(12)
    return near if abs(near - share) <= _TOLERANCE else round(share, 6)


def percentage_of(share: Fraction) -> str:
    """Return a share as the older systems write it: `50`, `33.33333`."""
    text = f"{float(share * 100):.5f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def decimal(value: Fraction) -> str:
    """Return a number as our format writes it."""
    return write_number(value, "en").replace("\u2212", "-")


def number_of(text: str, losses: Losses) -> str | None:
    """Return a foreign number, with a point for its decimals, as our format writes it; None for none."""
    plain = text.strip().replace("\u2212", "-")
    if not _NUMBER.fullmatch(plain):
        return None
    if _OURS.fullmatch(plain) and not is_ambiguous(plain):
        return plain
    written = decimal(Fraction(plain))
    written += "0" if is_ambiguous(written) else ""
    if written != plain.removeprefix("+"):
        losses.add("X068", found=plain, number=written)
    return written


def around(value: str, tolerance: str, losses: Losses) -> str | None:
    """Return a number with what it may differ by as our format writes it."""
    number = number_of(value, losses)
    margin = number_of(tolerance, losses) if tolerance.strip() else "0"
    if number is None or margin is None or margin.startswith("-"):
        return None
    return number if Fraction(margin) == 0 else f"{number} ± {margin}"


def between(low: str, high: str, losses: Losses) -> str | None:
    """Return a range as our format writes it."""
    first, last = number_of(low, losses), number_of(high, losses)
    return None if first is None or last is None else f"{first}..{last}"


def usual_number(text: str, losses: Losses) -> str:
    """Return a number of ours in one of the forms `12`, `12 ± 2`, `10..14`."""
    if "%" in text and (span := read_span(text)):
        middle = re.match(_OURS, text)
        written = f"{middle[0] if middle else ''} ± {decimal((span.high - span.low) / 2)}"
        losses.add("X068", found=text, number=written)
        return written
    return re.sub(r"\s*\.\.\s*", "..", re.sub(r"\s*(?:±|\+-)\s*", " ± ", text))


def with_usual_numbers(question: Question, losses: Losses) -> Question:
    """Return a numeric question whose numbers are in their usual forms, the best first."""
    answer: ReplyAnswer = question.answer
    replies = tuple(replace(reply, text=usual_number(reply.text, losses)) for reply in answer.replies)
    return best_first(replace(question, answer=replace(answer, replies=replies)), losses)


def best_first(question: Question, losses: Losses) -> Question:
    """Return a question of which a response wins the same where the first reply counts that it is, not the best."""
    answer: ReplyAnswer = question.answer
    if not has_better_later(answer):
        return question
    losses.add("X072")
    replies = tuple(sorted(answer.replies, key=_won, reverse=True))
    return replace(question, answer=replace(answer, replies=replies))


def has_better_later(answer: ReplyAnswer) -> bool:
    """Tell whether a response may be a reply, and a later one that wins more."""
    pairs = combinations(answer.replies[:MAX_ANSWERS], 2)
    return any(_won(first) < _won(second) and _are_both(first, second, answer) for first, second in pairs)


def _won(reply: Reply) -> Fraction:
    return (reply.weight or Fraction(1)) if reply.correct else Fraction(0)


def _are_both(first: Reply, second: Reply, answer: ReplyAnswer) -> bool:
    """Tell whether a response may be both of two replies."""
    spans = (read_span(first.text), read_span(second.text))
    if spans[0] is None or spans[1] is None:
        return answer.option("match") == "wildcard"
    return spans[0].low <= spans[1].high and spans[1].low <= spans[0].high


def words_of(reply: str) -> str:
    """Return what an author expects without the backticks that keep signs from meaning something."""
    return unquoted(reply)


def reply_of(words: str) -> str:
    """Return words as a reply of ours, between backticks where they would mean something else."""
    line = on_one_line(words)
    ambiguous = _LOOKS_LIKE_OPTIONS.fullmatch(line) or unquoted(line) != line
    return f"`{line}`" if ambiguous and "`" not in line else line


def text_answer(replies: Sequence[Reply]) -> ReplyAnswer:
    r"""Return replies in which `*` stands for anything and `\*` for itself, as the older systems have it."""
    wild = any(match[1] is None for reply in replies for match in _WILD.finditer(reply.text))
    plain = tuple(replace(reply, text=reply_of(reply.text.replace("\\*", "*"))) for reply in replies)
    return ReplyAnswer(plain, (("match", "wildcard"),) if wild else ())


def wild_words(reply: str, answer: ReplyAnswer) -> str:
    """Return a reply of ours for systems in which `*` always stands for anything."""
    words = words_of(reply)
    return words if answer.option("match") == "wildcard" else words.replace("*", "\\*")


def choices_by_fraction(
    texts: Sequence[tuple[str, Fraction | None, str]], *, several: bool
) -> tuple[str, ChoiceAnswer]:
    """Return type and choices from text, share and comment of each; equal shares need no weights.

    With `several`, h right of C and f wrong of W ticked give h/C - f/W, which is our usual rule.
    """
    right = [share for _, share, _ in texts if share is not None and share > 0]
    wrong = [share or Fraction(0) for _, share, _ in texts if not share or share <= 0]
    if several:
        usual = all(abs(share - Fraction(1, len(right))) <= _TOLERANCE for share in right) and all(
            abs(share + Fraction(1, len(wrong))) <= _TOLERANCE for share in wrong
        )
        plain = bool(right) and usual
    else:
        plain = all(share == 1 for share in right) and not any(wrong)
    choices = []
    for text, share, comment in texts:
        correct = bool(share and share > 0) if several else share == 1
        weight = None if plain or (not several and share in (None, 0, 1)) else share or None
        choices.append(Choice(choice_key(text), text, correct, weight, comment=comment))
    return ("multiple" if several else "single"), ChoiceAnswer(tuple(choices))


def fractions_of(question: Question) -> list[Fraction]:
    """Return for each choice the share that ticking it wins or loses in the older systems."""
    answer: ChoiceAnswer = question.answer
    right, wrong = len(answer.right), len(answer.choices) - len(answer.right)
    if question.type != "multiple":
        return [Fraction(1) if c.correct else c.weight or Fraction(0) for c in answer.choices]
    if answer.weighted:
        return [c.weight or Fraction(0) for c in answer.choices]
    return [Fraction(1, right) if c.correct else Fraction(-1, wrong) for c in answer.choices]


def without_usual_weights(question: Question) -> Question:
    """Return a question of several right choices without weights that say no more than the usual rule."""
    if question.type != "multiple" or not question.answer.weighted:
        return question
    answer: ChoiceAnswer = question.answer
    texts = [(choice.text, choice.weight, choice.comment) for choice in answer.choices]
    _, plain = choices_by_fraction(texts, several=True)
    if plain.weighted:
        return question
    return replace(
        question, answer=ChoiceAnswer(tuple(replace(choice, weight=None) for choice in answer.choices))
    )


def in_a_gap(question: Question, before: str, after: str) -> Question | None:
    """Return a question whose answer stands in the middle of its text as `cloze`; None where a gap cannot say it."""
    answer = question.answer
    if isinstance(answer, ReplyAnswer):
        texts = [reply.text for reply in answer.replies]
        sayable = all(r.correct and r.weight in (None, 1) and not r.comment for r in answer.replies)
        if not sayable or answer.options or any(re.search(r"\||\[\[|\]|\n|^`", text) for text in texts):
            return None
        kind = "numeric" if all(is_number(text) for text in texts) else "text"
        if kind != question.type:
            return None
        answer = ReplyAnswer(tuple(Reply(text, correct=True) for text in texts))
    elif question.type == "single" and not answer.weighted:
        kind = "single"
        if any(re.search(r"\||\[\[|\]|\n| >>", c.text + c.comment) for c in answer.choices):
            return None
    else:
        return None
    body = f"{before}{MARK_START}1{MARK_END}{after}"
    return replace(question, type="cloze", body=body, answer=GapAnswer((Gap("1", kind, answer),)))


def out_of_a_gap(question: Question, losses: Losses) -> tuple[Question, str, str] | None:
    """Return the question that the only gap of a text is, and the text before and after it; None for more gaps."""
    gaps: tuple[Gap, ...] = question.answer.gaps
    if len(gaps) != 1:
        return None
    before, _, after = question.body.partition(f"{MARK_START}1{MARK_END}")
    return replace(question, type=gaps[0].type, answer=gaps[0].answer), before, after
