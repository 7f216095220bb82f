"""Aiken, the simplest format: a line of text, lines `A) choice`, a line `ANSWER: A`. Single choice alone."""

import re
from dataclasses import replace
from fractions import Fraction

from learning.domain.questions.model import ChoiceAnswer, Question
from learning.formats.exchange.html_text import words_of_html
from learning.formats.exchange.intake import Intake
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Format, Imported, Keeps, Outgoing, Target, ToHtml, Way
from learning.formats.exchange.plain import as_markdown, decode
from learning.formats.exchange.structure import choices_of

_CHOICE = re.compile(r"\s*([A-Z])[.)]\s*(.*)")
AIKEN_ANSWER = re.compile(rb"^\s*ANSWER:", re.MULTILINE)
_ANSWER = re.compile(r"\s*ANSWER:\s*(.*?)\s*")


class _Pending:
    """A question of which not all lines were read."""

    def __init__(self) -> None:
        self.line = 0
        self.text: list[str] = []
        self.choices: dict[str, str] = {}
        self.twice = ""


def read(data: bytes, target: Target) -> Imported:
    """Read an Aiken file; a question begins at the first line that is neither choice nor answer."""
    intake = Intake(target)
    text = decode(data, intake.losses)
    if text is None:
        return Imported(None, intake.losses.all())
    pending = _Pending()
    for number, line in enumerate(text.split("\n"), start=1):
        if answer := _ANSWER.fullmatch(line):
            if intake.is_full(number):
                break
            _finish(pending, answer[1], number, intake)
            pending = _Pending()
        elif choice := _CHOICE.fullmatch(line):
            pending.line = pending.line or number
            if choice[1] in pending.choices:
                pending.twice = pending.twice or line.strip()
            pending.choices[choice[1]] = choice[2].strip()
        elif line.strip():
            if pending.choices:
                _abandon(pending, intake)
                pending = _Pending()
            pending.line = pending.line or number
            pending.text.append(line.strip())
    if pending.text or pending.choices:
        _abandon(pending, intake)
    return intake.finish()


def _name(pending: _Pending) -> str:
    return " ".join(pending.text) or next(iter(pending.choices.values()), "")


def _abandon(pending: _Pending, intake: Intake) -> None:
    code = "X016" if pending.text else "X015"
    intake.refuse(code, _name(pending), line=pending.line)


def _finish(pending: _Pending, letter: str, line: int, intake: Intake) -> None:
    if not pending.text and not pending.choices:
        intake.refuse("X015", letter, line=line)
    elif not pending.text:
        intake.refuse("X015", _name(pending), line=pending.line)
    elif len(pending.choices) < 2:
        intake.refuse("X014", _name(pending), line=pending.line)
    elif pending.twice:
        intake.refuse("X012", _name(pending), line=pending.line, found=pending.twice[:40])
    elif letter not in pending.choices:
        intake.refuse("X017", _name(pending), line=line, found=letter[:40])
    else:
        choices = [(as_markdown(text), name == letter) for name, text in pending.choices.items()]
        body = as_markdown("\n".join(pending.text))
        intake.add(
            Question("", "single", "", Fraction(1), choices_of(choices), body), Losses(), line=pending.line
        )


KEEPS = Keeps(types=frozenset({"single"}), parts=frozenset(), text="line")


def adapt(question: Question, losses: Losses, way: Way) -> Question | None:
    """Return the question as Aiken can say it: true/false is a choice of two, the text may not be empty."""
    if question.type == "truefalse":
        losses.add("X066", found="truefalse", type="single")
        question = replace(question, type="single")
    says = words_of_html(way.html(question.body, False))
    if question.type == "single" and (not says or len(question.answer.choices) > 26):
        if not question.title:
            losses.add("X010", type="single", format="Aiken")
            return None
        question = replace(question, body=question.title, title="")
    return question


def write(outgoing: Outgoing) -> bytes:
    """Write a quiz that was reduced, so that each text is plain words on one line."""
    return "\n".join(
        _write_question(question, outgoing.html) for question in outgoing.quiz.questions
    ).encode()


def _write_question(question: Question, html: ToHtml) -> str:
    answer: ChoiceAnswer = question.answer
    lines = [words_of_html(html(question.body, False))]
    letters = [chr(ord("A") + number) for number in range(len(answer.choices))]
    words = [words_of_html(html(choice.text, True)) for choice in answer.choices]
    lines += [f"{letter}) {text}" for letter, text in zip(letters, words, strict=True)]
    right = next(letter for letter, choice in zip(letters, answer.choices, strict=True) if choice.correct)
    return "\n".join([*lines, f"ANSWER: {right}", ""])


def knows(data: bytes) -> bool:
    """Tell an Aiken file from other texts."""
    return AIKEN_ANSWER.search(data) is not None


AIKEN = Format(
    "aiken",
    "Aiken",
    (".aiken.txt", ".aiken", ".txt"),
    "text/plain",
    read=read,
    write=write,
    keeps=KEEPS,
    adapt=adapt,
    knows=knows,
)
