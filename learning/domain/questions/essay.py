"""`essay`: a longer answer in the learner's own words, which a person marks along a rubric."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.errors import Refused
from learning.domain.hand_marks import RubricLine
from learning.domain.questions.kind import Arrangement, Html, QuestionType
from learning.domain.questions.model import (
    MOST_POINTS,
    AnswerKind,
    AnswerLine,
    Offer,
    ResponseValue,
    WordRange,
)
from learning.domain.wording import visible_lines

LONGEST = 20_000  # characters of a response

_WORDS = re.compile(r"([0-9]{1,4})?\s?\.\.\s?([0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class EssayAnswer:
    """What a response is measured by; how many `words` it should have binds nobody."""

    rubric: tuple[RubricLine, ...] = ()
    words: WordRange | None = None

    @property
    def points(self) -> Fraction:
        """The points of all lines of the rubric."""
        return sum((line.points for line in self.rubric), Fraction(0))


class Essay(QuestionType[EssayAnswer]):
    """Free text; the machine gives no points for it."""

    name = "essay"
    accepts = frozenset({AnswerKind.RUBRIC})
    options = {"words": ()}  # noqa: RUF012
    settings = QuestionType.settings | options.keys()
    by_hand = True

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> EssayAnswer:
        """Make the rubric from its lines; notes a missing one, empty lines, and a range that is none."""
        for line in lines:
            if not line.text:
                findings.add("023", "rubric", line=line.line, column=line.column)
        if not lines:
            findings.add("060", line=heading)
        rubric = tuple(RubricLine(line.text, line.weight or Fraction(0)) for line in lines)
        return EssayAnswer(rubric, self._read_words(options.get("words", ""), findings, heading))

    def _read_words(self, text: str, findings: Findings, line: int) -> WordRange | None:
        if not text:
            return None
        found = _WORDS.fullmatch(text)
        least, most = (int(part) if part else None for part in found.groups()) if found else (None, None)
        if (least is None and most is None) or (least is not None and most is not None and most < least):
            findings.add("012", "value", line=line, name="words", value=text, example="80..200")
            return None
        return WordRange(least, most)

    def written_options(self, answer: EssayAnswer) -> Mapping[str, str]:
        """Return the range of words, if there is one."""
        if answer.words is None:
            return {}
        least, most = answer.words.least, answer.words.most
        return {"words": f"{'' if least is None else least}..{'' if most is None else most}"}

    def worth(self, answer: EssayAnswer) -> Fraction:
        """Return the points of the rubric, as far as a question may have so many."""
        return answer.points if 0 < answer.points <= MOST_POINTS else Fraction(1)

    def fragments(self, answer: EssayAnswer) -> dict[str, str]:
        """Return `rubric/<n>` for the nth line of the rubric."""
        return {f"rubric/{number}": line.text for number, line in enumerate(answer.rubric, start=1)}

    def offer(self, answer: EssayAnswer, arrangement: Arrangement, html: Html) -> Offer:
        """Return how many words are asked for."""
        return Offer(words=answer.words)

    def read_response(self, answer: EssayAnswer, value: object) -> ResponseValue | None:
        """Check what a learner sent; raises Refused for what is no text or too long."""
        if value is None:
            return None
        if not isinstance(value, str):
            raise Refused("The answer is not a text.")
        if len(value) > LONGEST:
            raise Refused("An answer has at most %(maximum)s characters.", maximum=LONGEST)
        return visible_lines(value) or None

    def share(
        self,
        answer: EssayAnswer,
        value: object,
        *,
        partial: str,
        language: str,
        twins: Mapping[str, EssayAnswer],
    ) -> Fraction:
        """Return 0: points come from a person."""
        return Fraction(0)

    def right_response(self, answer: EssayAnswer) -> ResponseValue:
        """Return a text; what it is worth nobody knows before it is read."""
        return "…"

    def twin(self, original: EssayAnswer, twin: EssayAnswer) -> EssayAnswer:
        """Return the twin's texts with the points and the range of the original."""
        lines = zip(original.rubric, twin.rubric, strict=True)
        return EssayAnswer(tuple(replace(ours, text=theirs.text) for ours, theirs in lines), original.words)

    def compare(
        self,
        question_id: str,
        original: EssayAnswer,
        twin: EssayAnswer,
        *,
        findings: Findings,
        name: str,
    ) -> None:
        """Note differences in the number of the rubric's lines, and in their points."""
        needed, found = len(original.rubric), len(twin.rubric)
        if needed != found:
            findings.add("080", "parts", id=question_id, found=found, needed=needed, original=name)
            return
        for number, (ours, theirs) in enumerate(zip(original.rubric, twin.rubric, strict=True), start=1):
            if ours.points != theirs.points:
                findings.add("080", "rubric", id=question_id, number=number)
