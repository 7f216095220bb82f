"""The types of questions."""

from collections.abc import Sequence
from typing import Any

from learning.domain.questions.cloze import Cloze
from learning.domain.questions.essay import Essay
from learning.domain.questions.hottext import Hottext
from learning.domain.questions.kind import QuestionType
from learning.domain.questions.match import Match
from learning.domain.questions.model import AnswerKind, AnswerLine
from learning.domain.questions.multiple import Multiple
from learning.domain.questions.numeric import Numeric, is_number
from learning.domain.questions.order import Order
from learning.domain.questions.single import Single
from learning.domain.questions.text import Text
from learning.domain.questions.truefalse import TrueFalse, is_pair

# A new type is one file beside this one and one entry here.
TYPES: dict[str, QuestionType[Any]] = {
    kind.name: kind
    for kind in (
        Single(),
        Multiple(),
        TrueFalse(),
        Text(),
        Numeric(),
        Match(),
        Order(),
        Cloze(),
        Hottext(),
        Essay(),
    )
}

# Every setting a heading can name.
KNOWN_SETTINGS = (
    "type", "points", "tags", "partial", "shuffle", "case", "accents", "match", "unit", "frame",
    "words", "hint_cost",
)  # fmt: skip


def infer_type(lines: Sequence[AnswerLine]) -> str | None:
    """Return the type of a question whose heading names none, from its answers; None when it has no answers."""
    kinds = {line.kind for line in lines}
    if AnswerKind.CHOICE in kinds:
        choices = [line for line in lines if line.kind is AnswerKind.CHOICE]
        if is_pair(choices):
            return "truefalse"
        return "multiple" if sum(line.marked for line in choices) > 1 else "single"
    if AnswerKind.REPLY in kinds:
        return "numeric" if all(is_number(line.text) for line in lines) else "text"
    if AnswerKind.HOT in kinds:
        return "hottext"
    return "cloze" if kinds else None
