"""`multiple`: several right choices, shown as check boxes, graded by one of three rules or by weights."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.questions.choices import chosen_keys, percent, read_choices, read_several
from learning.domain.questions.kind import ChoiceType, Fields
from learning.domain.questions.model import AnswerLine, ChoiceAnswer, ResponseValue


class Multiple(ChoiceType):
    """Any number of right choices above none."""

    name = "multiple"
    rules = ("all", "minus", "each")
    settings = ChoiceType.settings | {"partial"}

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> ChoiceAnswer:
        """Make the answer from its lines; notes what is wrong."""
        answer = read_choices(lines, findings, heading=heading)
        if not answer.right:
            findings.add("024", "none", line=heading)
        elif answer.weighted:
            _check_weights(answer, findings, heading=heading)
        return answer

    def read_response(self, answer: ChoiceAnswer, value: object) -> ResponseValue | None:
        """Check what a learner sent, a list of keys; raises Refused."""
        return read_several(answer, value)

    def read_form(self, answer: ChoiceAnswer, name: str, fields: Fields) -> object:
        """Return all that was ticked."""
        return list(fields(name))

    def right_response(self, answer: ChoiceAnswer) -> ResponseValue:
        """Return the right choices."""
        return answer.right

    def share(
        self,
        answer: ChoiceAnswer,
        value: object,
        *,
        partial: str,
        language: str,
        twins: Mapping[str, ChoiceAnswer],
    ) -> Fraction:
        """Return the share of the points won, 0 to 1: by weights if there are any, else by `partial`.

        With C right and W wrong choices, h right and f wrong ones ticked: `all` asks for h = C and f = 0,
        `minus` gives h/C - f/W but not below 0, `each` gives (h + W - f)/(C + W) once anything is ticked.
        """
        chosen = chosen_keys(answer, value)
        if answer.weighted:
            won = sum((c.weight or Fraction(0) for c in answer.choices if c.key in chosen), Fraction(0))
            return min(max(won, Fraction(0)), Fraction(1))
        right = len(answer.right)
        wrong = len(answer.choices) - right
        hits = sum(key in chosen for key in answer.right)
        faults = len(chosen) - hits
        if partial == "all":
            return Fraction(hits == right and faults == 0)
        if partial == "each":
            return Fraction(hits + wrong - faults, right + wrong) if chosen else Fraction(0)
        penalty = Fraction(faults, wrong) if wrong else Fraction(0)
        return max(Fraction(0), Fraction(hits, right) - penalty)


def _check_weights(answer: ChoiceAnswer, findings: Findings, *, heading: int) -> None:
    weights = [(choice.correct, choice.weight or Fraction(0)) for choice in answer.choices]
    total = sum((weight for _, weight in weights if weight > 0), Fraction(0))
    if total == 0:
        findings.add("028", "none", line=heading)
    elif total != 1:
        findings.add("028", "sum", line=heading, found=percent(total))
    elif any(correct != (weight > 0) for correct, weight in weights):
        findings.add("028", "sign", line=heading)
