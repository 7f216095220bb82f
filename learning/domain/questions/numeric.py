"""`numeric`: a number, alone, with a tolerance or as a range; learners write it with a comma or a point."""

from collections.abc import Mapping, Sequence

from learning.domain.diagnostics import Findings
from learning.domain.numbers import is_ambiguous, read_number, read_span, show_span, write_number
from learning.domain.questions.model import AnswerLine, Reply, ReplyAnswer
from learning.domain.questions.replies import ReplyType


def is_number(text: str) -> bool:
    """Tell whether an author's reply is a number; `0123` is not one, zeros before it may matter."""
    return read_span(text) is not None and not (len(text) > 1 and text[0] == "0" and text[1].isdigit())


class Numeric(ReplyType):
    """Numbers; `unit` stands behind the field and is no part of the answer."""

    name = "numeric"
    options = {"unit": ()}  # noqa: RUF012
    settings = ReplyType.settings | options.keys()

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> ReplyAnswer:
        """Make the answer from its lines; notes what is no number, could be two, or lies in two replies."""
        answer = super().read(lines, findings, heading=heading, options=options)
        spans = [read_span(line.text) for line in lines]
        for line, span in zip(lines, spans, strict=True):
            if not line.text:
                continue
            if is_ambiguous(line.text):
                findings.add("030", "ambiguous", line=line.line, column=line.column, found=line.text)
            elif span is None:
                findings.add("030", line=line.line, column=line.column, found=line.text)
        right = [span for line, span in zip(lines, spans, strict=True) if line.marked and span]
        for line, span in zip(lines, spans, strict=True):
            if span and not line.marked and any(span.meets(other) for other in right):
                findings.add("032", line=line.line, column=line.column, wrong=line.text)
        return answer

    def normal(self, answer: ReplyAnswer, text: str) -> str:
        """Return the numbers that a reply holds."""
        span = read_span(text)
        return text if span is None else f"{span.low}..{span.high}"

    def right_response(self, answer: ReplyAnswer) -> str:
        """Return the least number that wins all points, so that every language reads it alike."""
        span = read_span(answer.right[0])
        if span is None:
            raise ValueError("a published reply is no number")
        plain = write_number(span.low, "en")
        return f"{plain}0" if "." in plain else plain

    def show_right(self, answer: ReplyAnswer, language: str) -> tuple[str, ...]:
        """Return the right replies with the reader's decimal sign."""
        return tuple(show_span(text, language) for text in answer.right)

    def is_reply(self, answer: ReplyAnswer, reply: Reply, value: str, *, language: str) -> bool:
        """Tell whether the number typed lies in what the reply holds."""
        span, number = read_span(reply.text), read_number(value, language)
        return span is not None and number is not None and span.holds(number)

    def read_back(
        self, answer: ReplyAnswer, value: object, language: str, *, reader: str
    ) -> Mapping[str, str | None]:
        """Return the number as it was read, None when it could not be."""
        if not isinstance(value, str) or not value.strip():
            return {}
        number = read_number(value, language)
        return {"": None if number is None else write_number(number, reader)}

    def twin(self, original: ReplyAnswer, twin: ReplyAnswer) -> ReplyAnswer:
        """Return the twin's replies with its unit, which is text, or else the original's."""
        return ReplyAnswer(twin.replies, twin.options or original.options)

    def compare(
        self, question_id: str, original: ReplyAnswer, twin: ReplyAnswer, *, findings: Findings, name: str
    ) -> None:
        """Note a twin that has words where the original has numbers."""
        if any(read_span(reply.text) is None for reply in twin.replies):
            findings.add("080", "type", id=question_id, original=name)
