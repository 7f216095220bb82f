"""`single`: one right choice among several, shown as radio buttons."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.questions.choices import check_one_right, chosen_keys, grade_one, read_choices, read_one
from learning.domain.questions.kind import ChoiceType
from learning.domain.questions.model import AnswerLine, ChoiceAnswer, ResponseValue


class Single(ChoiceType):
    """One right choice; other choices may earn a part by their weight."""

    name = "single"

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> ChoiceAnswer:
        """Make the answer from its lines; notes what is wrong."""
        answer = read_choices(lines, findings, heading=heading)
        check_one_right(answer, findings, heading=heading)
        return answer

    def read_response(self, answer: ChoiceAnswer, value: object) -> ResponseValue | None:
        """Check what a learner sent, one key; raises Refused."""
        return read_one(answer, value)

    def share(
        self,
        answer: ChoiceAnswer,
        value: object,
        *,
        partial: str,
        language: str,
        twins: Mapping[str, ChoiceAnswer],
    ) -> Fraction:
        """Return the share of the points won, 0 to 1; `partial` does not matter with one choice."""
        return grade_one(answer, chosen_keys(answer, value))
