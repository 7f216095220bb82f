"""`truefalse`: a statement with the pair Đúng/Sai or True/False, never shuffled."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.questions.choices import check_one_right, chosen_keys, grade_one, read_choices, read_one
from learning.domain.questions.kind import ChoiceType
from learning.domain.questions.model import AnswerLine, ChoiceAnswer, ResponseValue
from learning.domain.vietnamese import fold

# The pairs by which a question without `type=` is known as truefalse, folded.
_PAIRS = ({"dung", "sai"}, {"true", "false"}, {"נכון", "לא נכון"})


def is_pair(lines: Sequence[AnswerLine]) -> bool:
    """Tell whether the choices are such a pair, in either order."""
    return len(lines) == 2 and {fold(line.text).rstrip(".") for line in lines} in _PAIRS


class TrueFalse(ChoiceType):
    """Two choices of which one is right, always shown in the author's order."""

    name = "truefalse"
    can_shuffle = False

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> ChoiceAnswer:
        """Make the answer from its lines; notes what is wrong."""
        answer = read_choices(lines, findings, heading=heading)
        if len(lines) > 2:
            findings.add("025", "pair", line=heading, found=len(lines))
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
        """Return the share of the points won, 0 or 1."""
        return grade_one(answer, chosen_keys(answer, value))
