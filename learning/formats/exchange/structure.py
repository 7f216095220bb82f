"""Walking through the texts of a question whatever its type: to change them, and to compare two questions."""

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from learning.domain.diagnostics import Findings
from learning.domain.hand_marks import RubricLine
from learning.domain.questions.cloze import Gap, GapAnswer
from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.hottext import HotAnswer
from learning.domain.questions.match import Pair, PairAnswer, Side
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
from learning.domain.questions.order import Step, StepAnswer
from learning.formats.fences import Fence
from learning.formats.prose import mask_code
from learning.formats.rubric import read_rubric

# Changes a text; True for one that stands in a line.
Change = Callable[[str, bool], str]

_HEADING = re.compile(r"##(?=[ \t]|$)")
_ANSWER = re.compile(r"( ?)([-*+])(?=[ \t]*[\[［【〔ơỡưữ]|[ \t]+!?=|!?=[ \t])", re.IGNORECASE)
_PAIR = re.compile(r"( ?)([-*+])(?=[ \t]+.*=>)")
_STEP = re.compile(r"( ?[0-9]{1,9})([.)])(?=[ \t]|$)")
_LABEL = re.compile(r"(>\s?)\*\*([^*\n]{1,40}?)(:\*\*|\*\*\s?:)")
_SHIELDS = (
    (_HEADING, r"\##"),
    (_ANSWER, r"\1\\\2"),
    (_PAIR, r"\1\\\2"),
    (_LABEL, r"\1__\2:__"),
)
_GAP = re.compile(r"\[\[")
_OPTIONS = re.compile(r"(?<=\s)\{([^{}]*\}[ \t]*)$|^\{([^{}]*\}[ \t]*)$")


def shielded_block(text: str) -> str:
    """Return Markdown that shows the same, in which no line is a heading, an answer or a label of ours."""
    fence, lines = Fence(), []
    for number, line in enumerate(text.split("\n")):
        if fence.takes(line, number):
            lines.append(line)
            continue
        text_line = line
        for pattern, shown in _SHIELDS:
            if pattern.match(text_line):
                text_line = pattern.sub(shown, text_line, count=1)
        masked = mask_code(text_line)
        starts = [match.start() for match in _GAP.finditer(masked)]
        for start in reversed(starts):
            text_line = f"{text_line[:start]}\\{text_line[start:]}"
        lines.append(text_line)
    if fence.is_open:
        lines.append("```")
    return "\n".join(lines)


def shielded(question: Question) -> Question:
    """Return the question with its texts escaped where our format would take them for something else."""

    def shield(text: str, inline: bool) -> str:
        if not inline:
            return shielded_block(text)
        lines = [re.sub(r"^(\s*)>", r"\1\\>", line) for line in text.split("\n")]
        lines[0] = _OPTIONS.sub(lambda match: "\\{" + (match[1] or match[2]), lines[0])
        if question.type == "match":
            lines = [line.replace("=>", "=\\>") for line in lines]
        return "\n".join(lines)

    changed = with_texts(question, shield)
    if question.type == "order":
        return replace(changed, body=_STEP.sub(r"\1\\\2", changed.body))
    return changed


def with_texts(question: Question, change: Change) -> Question:
    """Return the question with each of its texts in Markdown changed, and the keys that follow from them."""
    changed = replace(
        question,
        body=change(question.body, False),
        labelled=tuple(Labelled(part.label, change(part.text, False)) for part in question.labelled),
        answer=_answer_with_texts(question.answer, change),
    )
    return with_rubric(changed)


def with_rubric(question: Question) -> Question:
    """Return an essay with the rubric that its quote says; other questions as they are."""
    if not isinstance(question.answer, EssayAnswer):
        return question
    quoted = question.quoted(Label.RUBRIC).split("\n")
    lines = read_rubric(quoted, Findings("", "Q"), first=1, column=1)
    rubric = tuple(RubricLine(line.text, line.weight or Fraction(0)) for line in lines)
    return replace(question, answer=replace(question.answer, rubric=rubric))


def choices_of(texts: list[tuple[str, bool]]) -> ChoiceAnswer:
    """Return choices without anything but their texts and what is right."""
    return ChoiceAnswer(tuple(Choice(choice_key(text), text, correct) for text, correct in texts))


def pairs_of(pairs: list[tuple[str, str]], spare: list[str]) -> PairAnswer:
    """Return pairs of texts and the sides to spare, which no pair has."""
    sides = {choice_key(right): Side(choice_key(right), right) for _, right in pairs}
    left = tuple(Pair(choice_key(text), text, choice_key(right)) for text, right in pairs)
    more = {choice_key(text): Side(choice_key(text), text) for text in spare}
    return PairAnswer(left, (*sides.values(), *(side for key, side in more.items() if key not in sides)))


def _answer_with_texts(answer: Any, change: Change) -> Any:
    match answer:
        case ChoiceAnswer():
            return ChoiceAnswer(tuple(_choice_with_texts(choice, change) for choice in answer.choices))
        case ReplyAnswer():
            return replace(
                answer, replies=tuple(_reply_with_texts(reply, change) for reply in answer.replies)
            )
        case PairAnswer():
            texts = {side.key: change(side.text, True) for side in answer.sides}
            used = {pair.right for pair in answer.pairs}
            pairs = [(change(pair.text, True), texts[pair.right]) for pair in answer.pairs]
            return pairs_of(pairs, [text for key, text in texts.items() if key not in used])
        case StepAnswer():
            return StepAnswer(
                tuple(
                    Step(choice_key(text), text)
                    for text in (change(step.text, True) for step in answer.steps)
                )
            )
        case GapAnswer():
            gaps = (Gap(gap.key, gap.type, _answer_with_texts(gap.answer, change)) for gap in answer.gaps)
            return replace(answer, gaps=tuple(gaps))
        case HotAnswer():
            return replace(
                answer,
                parts=tuple(
                    replace(part, text=change(part.text, True), why=change(part.why, False))
                    for part in answer.parts
                ),
            )
        case _:
            return answer


def _choice_with_texts(choice: Choice, change: Change) -> Choice:
    text = change(choice.text, True)
    key = choice_key(text) if choice.key == choice_key(choice.text) else choice.key
    return replace(choice, key=key, text=text, comment=change(choice.comment, False))


def _reply_with_texts(reply: Reply, change: Change) -> Reply:
    return replace(reply, comment=change(reply.comment, False)) if reply.comment else reply


def texts_of(question: Question) -> list[tuple[str, bool]]:
    """Return each text of a question, and whether it stands in a line."""
    found: list[tuple[str, bool]] = []

    def take(text: str, inline: bool) -> str:
        found.append((text, inline))
        return text

    shape(question, take)
    return found


def shape(question: Question, text: Change) -> dict[str, Any]:
    """Return the parts of a question by name such that two are equal when they say the same.

    `text` returns what a text says, keys that follow from texts are left out.
    """
    return {
        "type": question.type,
        "title": text(question.title, True),
        "points": question.points,
        "tags": question.tags,
        "text": text(question.body, False),
        "partial": question.partial,
        "shuffle": question.shuffle,
        "hint_cost": question.hint_cost,
        "hints": [text(hint, False) for hint in question.hints],
        "quotes": {label: text(question.quoted(label), False) for label in Label if label is not Label.HINT},
        "answers": shape_of_answer(question.answer, text),
    }


def shape_of_answer(answer: Any, text: Change) -> Any:
    """Return what an answer says, without the keys that follow from its texts."""
    match answer:
        case ChoiceAnswer():
            return [
                (
                    choice.key if choice.key != choice_key(choice.text) else "",
                    text(choice.text, True),
                    choice.correct,
                    choice.weight,
                    choice.fixed,
                    text(choice.comment, False),
                )
                for choice in answer.choices
            ]
        case ReplyAnswer():
            replies = [(r.text, r.correct, r.weight, text(r.comment, False)) for r in answer.replies]
            return [replies, answer.options]
        case PairAnswer():
            pairs = [(text(pair.text, True), answer.side(pair.right)) for pair in answer.pairs]
            return [pairs, [text(side.text, True) for side in answer.sides]]
        case StepAnswer():
            return [text(step.text, True) for step in answer.steps]
        case GapAnswer():
            return [[(gap.type, shape_of_answer(gap.answer, text)) for gap in answer.gaps], answer.options]
        case EssayAnswer():
            return answer.words
        case HotAnswer():
            parts = [(text(p.text, True), p.suspicious, text(p.why, False)) for p in answer.parts]
            return [parts, answer.frame]
        case _:
            return answer
