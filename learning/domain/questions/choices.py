"""What single, multiple and truefalse have in common: a list of choices, each with a key of its own."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.errors import Refused
from learning.domain.questions.model import (
    AnswerLine,
    Choice,
    ChoiceAnswer,
    Offered,
    ResponseValue,
    Tick,
    choice_key,
)
from learning.domain.vietnamese import fold


def read_choices(lines: Sequence[AnswerLine], findings: Findings, *, heading: int) -> ChoiceAnswer:
    """Make the choices of a question; notes empty, equal and equally named ones and impossible weights."""
    choices = []
    for line in lines:
        if not line.text:
            findings.add("023", line=line.line, column=line.column)
        choices.append(
            Choice(
                key=line.key or choice_key(line.text),
                text=line.text,
                correct=line.marked,
                weight=line.weight,
                fixed=line.fixed,
                comment=line.comment,
            )
        )
    _note_duplicates(lines, choices, findings)
    if len(choices) < 2:
        findings.add("025", line=heading)
    return ChoiceAnswer(tuple(choices))


def _note_duplicates(lines: Sequence[AnswerLine], choices: Sequence[Choice], findings: Findings) -> None:
    texts: dict[str, int] = {}
    folded: dict[str, int] = {}
    keys: dict[str, int] = {}
    for line, choice in zip(lines, choices, strict=True):
        if not choice.text:
            continue
        text = " ".join(unicodedata.normalize("NFC", choice.text).split())
        # A text of signs alone folds to nothing or to little: compare it as it is.
        plain = fold(text) or text
        if text in texts:
            findings.add(
                "026", "same", line=line.line, column=line.column, first=texts[text], second=line.line
            )
        elif plain in folded:
            findings.add(
                "026", "similar", line=line.line, column=line.column, first=folded[plain], second=line.line
            )
        elif choice.key in keys:
            findings.add("013", line=line.line, column=line.column, id=choice.key, first=keys[choice.key])
        texts.setdefault(text, line.line)
        folded.setdefault(plain, line.line)
        keys.setdefault(choice.key, line.line)


def check_one_right(answer: ChoiceAnswer, findings: Findings, *, heading: int) -> None:
    """Note when there is not exactly one right choice, or when its weight is not the whole."""
    if len(answer.right) != 1:
        findings.add("024", line=heading, found=len(answer.right))
        return
    weights = {choice.key: choice.weight for choice in answer.choices if choice.weight is not None}
    if weights.pop(answer.right[0], 1) != 1 or 1 in weights.values():
        findings.add("028", "key", line=heading)


def grade_one(answer: ChoiceAnswer, chosen: Sequence[str]) -> Fraction:
    """Return the share won by one ticked choice: its weight, else 1 for the right one; never below 0."""
    for choice in answer.choices:
        if [choice.key] == list(chosen):
            if choice.correct:
                return Fraction(1)
            return max(Fraction(0), choice.weight or Fraction(0))
    return Fraction(0)


def read_one(answer: ChoiceAnswer, value: object) -> ResponseValue | None:
    """Check a response of one choice, None for none; raises Refused for anything that was not offered."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or value not in answer.keys:
        raise Refused("The answer is not one of the choices.")
    return value


def read_several(answer: ChoiceAnswer, value: object) -> ResponseValue | None:
    """Check a response of several choices, in the author's order; raises Refused for what was not offered."""
    if value is None:
        return None
    if not isinstance(value, list | tuple) or any(not isinstance(key, str) for key in value):
        raise Refused("The answer is not a list of choices.")
    if len(set(value)) != len(value) or not set(value) <= set(answer.keys):
        raise Refused("The answer is not one of the choices.")
    return tuple(key for key in answer.keys if key in value) or None


def chosen_keys(answer: ChoiceAnswer, value: object) -> tuple[str, ...]:
    """Return the ticked choices that exist, in the author's order.

    Never raises: an old response is graded also against a revision that no longer has the choice.
    """
    if isinstance(value, str):
        ticked: set[object] = {value}
    elif isinstance(value, list | tuple):
        ticked = {key for key in value if isinstance(key, str)}
    else:
        ticked = set()
    return tuple(key for key in answer.keys if key in ticked)


def order_choices(answer: ChoiceAnswer, shuffled: Sequence[str]) -> tuple[str, ...]:
    """Return the keys in the shuffled order, choices marked `fixed` kept at their place."""
    fixed = {choice.key for choice in answer.choices if choice.fixed}
    rest = iter(key for key in shuffled if key not in fixed)
    return tuple(key if key in fixed else next(rest) for key in answer.keys)


def fragments_of_choices(answer: ChoiceAnswer) -> dict[str, str]:
    """Return the texts of the choices and of their comments, by fragment name."""
    numbered = list(enumerate(answer.choices, start=1))
    texts = {f"choice/{number}": choice.text for number, choice in numbered}
    return texts | {f"comment/{number}": choice.comment for number, choice in numbered if choice.comment}


def offer_choices(
    answer: ChoiceAnswer, keys: Sequence[str], html: Callable[[str], str]
) -> tuple[Offered, ...]:
    """Return the choices as served, in the order of the keys."""
    number = {key: index for index, key in enumerate(answer.keys, start=1)}
    return tuple([Offered(key, html(f"choice/{number[key]}")) for key in keys])


def tick_choices(answer: ChoiceAnswer, value: object) -> tuple[Tick, ...]:
    """Return for each choice whether it was ticked, with the comment on a ticked one."""
    chosen = chosen_keys(answer, value)
    return tuple(
        Tick(
            choice.key,
            choice.key in chosen,
            choice.correct,
            f"comment/{number}" if choice.comment and choice.key in chosen else None,
        )
        for number, choice in enumerate(answer.choices, start=1)
    )


def write_choices(answer: ChoiceAnswer) -> list[str]:
    """Return the lines of the choices, as they are read."""
    lines = []
    for choice in answer.choices:
        first, *more = choice.text.split("\n")
        options = _options(choice)
        lines.append(f"- [{'x' if choice.correct else ' '}] {first}" + (f" {{{options}}}" if options else ""))
        lines += [f"  {line}" if line else "" for line in more]
        if choice.comment:
            lines += [f"  > {line}".rstrip() for line in choice.comment.split("\n")]
    return lines


def _options(choice: Choice) -> str:
    parts = []
    if choice.key != choice_key(choice.text):
        parts.append(f"#{choice.key}")
    if choice.weight is not None:
        parts.append(percent(choice.weight))
    if choice.fixed:
        parts.append("fixed")
    return " ".join(parts)


def percent(share: Fraction) -> str:
    """Write a share as `30%`; a third becomes `33.3333%`, which is read back as exactly a third."""
    hundredfold = share * 100
    if hundredfold.denominator == 1:
        return f"{hundredfold.numerator}%"
    return f"{float(hundredfold):.4f}".rstrip("0") + "%"


def twin_choices(original: ChoiceAnswer, twin: ChoiceAnswer) -> ChoiceAnswer:
    """Return the twin's texts with the keys, weights and places of the original, the nth for the nth."""
    return ChoiceAnswer(
        tuple(
            replace(ours, text=theirs.text, comment=theirs.comment)
            for ours, theirs in zip(original.choices, twin.choices, strict=True)
        )
    )


def compare_choices(
    question_id: str, original: ChoiceAnswer, twin: ChoiceAnswer, *, findings: Findings, name: str
) -> None:
    """Note where the choices of a twin disagree with those of the original named `name`."""
    needed, found = len(original.choices), len(twin.choices)
    if needed != found:
        findings.add("080", "count", id=question_id, found=found, needed=needed, original=name)
        return
    for number, (ours, theirs) in enumerate(zip(original.choices, twin.choices, strict=True), start=1):
        if ours.correct != theirs.correct:
            findings.add("080", "pattern", id=question_id, number=number)
        if ours.weight != theirs.weight:
            findings.add("080", "weight", id=question_id, number=number, original=name)
        if theirs.key not in (ours.key, choice_key(theirs.text)):
            findings.add("080", "key", id=question_id, number=number, original=name)
