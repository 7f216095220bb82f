"""`text`: a short answer in the learner's own words, compared as Vietnamese is written."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.numbers import looks_like_number
from learning.domain.questions.model import AnswerLine, Reply, ReplyAnswer
from learning.domain.questions.replies import ReplyType
from learning.domain.wording import WILDCARD, comparable, is_like, unquoted


class Text(ReplyType):
    """Words; `case` and `accents` say what differences count, `match=wildcard` gives `*` a meaning."""

    name = "text"
    options = {"case": ("ignore", "exact"), "accents": ("exact", "ignore"), "match": ("exact", "wildcard")}  # noqa: RUF012
    settings = ReplyType.settings | options.keys()

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> ReplyAnswer:
        """Make the answer from its lines; notes what is wrong, and a wrong reply that a right one hides."""
        answer = super().read(lines, findings, heading=heading, options=options)
        for line, reply in zip(lines, answer.replies, strict=True):
            if not reply.correct and any(
                other.correct
                and WILDCARD in other.text
                and self.is_reply(answer, other, reply.text, language="")
                for other in answer.replies
            ):
                findings.add("032", line=line.line, column=line.column, wrong=reply.text)
        return answer

    def share(
        self,
        answer: ReplyAnswer,
        value: object,
        *,
        partial: str,
        language: str,
        twins: Mapping[str, ReplyAnswer],
    ) -> Fraction:
        """Return the greatest weight of the response; words that are right in one language are in all."""
        return max(self.weight(text, value, language) for text in (answer, *twins.values()))

    def normal(self, answer: ReplyAnswer, text: str) -> str:
        """Return a text as it is compared, an author's without the backticks around it."""
        return comparable(
            unquoted(text),
            case=answer.option("case") == "exact",
            accents=answer.option("accents") != "ignore",
        )

    def right_response(self, answer: ReplyAnswer) -> str:
        """Return the first reply that wins all points."""
        text = unquoted(answer.right[0])
        return text.replace(WILDCARD, "") if answer.option("match") == "wildcard" else text

    def show_right(self, answer: ReplyAnswer, language: str) -> tuple[str, ...]:
        """Return the right replies, an ellipsis where anything may stand."""
        right = tuple(map(unquoted, answer.right))
        if answer.option("match") == "wildcard":
            return tuple(text.replace(WILDCARD, "…") for text in right)
        return right

    def is_reply(self, answer: ReplyAnswer, reply: Reply, value: str, *, language: str) -> bool:
        """Tell whether the two are the same, apart from differences that do not count."""
        expected, given = self.normal(answer, reply.text), self.normal(answer, value)
        if answer.option("match") == "wildcard":
            return is_like(expected, given)
        return expected == given


def note_numbers(lines: Sequence[AnswerLine], findings: Findings) -> None:
    """Note replies that look like numbers in a question that nobody called `text`."""
    for line in lines:
        if looks_like_number(line.text):
            findings.add("031", line=line.line, column=line.column, found=line.text)
