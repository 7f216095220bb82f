"""What text and numeric have in common: a learner types, an author lists what is right and what is typically wrong."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.errors import Refused
from learning.domain.questions.choices import percent
from learning.domain.questions.kind import OTHER, RIGHT, Arrangement, Chosen, Html, QuestionType
from learning.domain.questions.model import (
    AnswerKind,
    AnswerLine,
    Offer,
    Option,
    Piece,
    Place,
    Reply,
    ReplyAnswer,
    ResponseValue,
)
from learning.domain.wording import unquoted, visible

LONGEST = 1000  # characters of a typed answer


class ReplyType(QuestionType[ReplyAnswer]):
    """A type whose answer is a list of replies; a learner's counts as the best one it is."""

    accepts = frozenset({AnswerKind.REPLY})
    own_words = True

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> ReplyAnswer:
        """Make the answer from its lines; notes empty and equal replies, weights, and that none is right."""
        replies = tuple(Reply(line.text, line.marked, line.weight, line.comment) for line in lines)
        answer = ReplyAnswer(replies, self._own_options(options))
        for line in lines:
            self._check_line(line, findings)
        if not answer.right:
            missing = "reply" if not any(reply.correct for reply in replies) else "reply_weight"
            findings.add("024", missing, line=heading)
        self._note_duplicates(lines, answer, findings)
        return answer

    def _own_options(self, options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        defaults = {name: (*words, "")[0] for name, words in self.options.items()}
        return tuple((name, value) for name, value in options.items() if value != defaults[name])

    def _check_line(self, line: AnswerLine, findings: Findings) -> None:
        if not line.text:
            findings.add("023", "reply", line=line.line, column=line.column)
        if line.fixed or line.key:
            name = "fixed" if line.fixed else f"#{line.key}"
            findings.add("012", "unfit", line=line.line, column=line.column, name=name, type=self.name)
        if line.weight is not None and not (line.marked and 0 < line.weight <= 1):
            findings.add("028", "reply", line=line.line, column=line.column)

    def _note_duplicates(self, lines: Sequence[AnswerLine], answer: ReplyAnswer, findings: Findings) -> None:
        first: dict[str, int] = {}
        for line in lines:
            text = self.normal(answer, line.text)
            if text and text in first:
                findings.add(
                    "026", "reply", line=line.line, column=line.column, first=first[text], second=line.line
                )
            first.setdefault(text, line.line)

    @abstractmethod
    def normal(self, answer: ReplyAnswer, text: str) -> str:
        """Return an author's reply in the form in which equal ones are equal."""

    @abstractmethod
    def is_reply(self, answer: ReplyAnswer, reply: Reply, value: str, *, language: str) -> bool:
        """Tell whether what was typed in a language is this reply."""

    def written_options(self, answer: ReplyAnswer) -> Mapping[str, str]:
        """Return the settings that differ from their defaults."""
        return dict(answer.options)

    def write(self, answer: ReplyAnswer) -> list[str]:
        """Return one line a reply, with its comment below."""
        lines = []
        for reply in answer.replies:
            first, *more = reply.text.split("\n")
            weight = f" {{{percent(reply.weight)}}}" if reply.weight is not None else ""
            lines.append(f"- {'=' if reply.correct else '!='} {first}{weight}")
            lines += [f"  {line}" if line else "" for line in more]
            if reply.comment:
                lines += [f"  > {line}".rstrip() for line in reply.comment.split("\n")]
        return lines

    def offer(self, answer: ReplyAnswer, arrangement: Arrangement, html: Html) -> Offer:
        """Return an empty field, with the unit behind it."""
        return Offer(unit=answer.option("unit"))

    def fragments(self, answer: ReplyAnswer) -> dict[str, str]:
        """Return `comment/<n>` for the nth reply where it has one."""
        numbered = enumerate(answer.replies, start=1)
        return {f"comment/{number}": reply.comment for number, reply in numbered if reply.comment}

    def read_response(self, answer: ReplyAnswer, value: object) -> ResponseValue | None:
        """Return what was typed without what nobody sees around and in it, None for nothing; raises Refused."""
        if value is None:
            return None
        if not isinstance(value, str):
            raise Refused("The answer is not a text.")
        if len(value) > LONGEST:
            raise Refused("An answer has at most %(maximum)s characters.", maximum=LONGEST)
        return visible(value) or None

    def is_answered(self, answer: ReplyAnswer, value: object) -> bool:
        """Tell whether anything was typed."""
        return isinstance(value, str) and bool(value.strip())

    def share(
        self,
        answer: ReplyAnswer,
        value: object,
        *,
        partial: str,
        language: str,
        twins: Mapping[str, ReplyAnswer],
    ) -> Fraction:
        """Return the greatest weight among the right replies that the response is, 0 for none.

        The replies are those of the language that was before the learner, as is the unit of a number.
        """
        return self.weight(twins.get(language, answer), value, language)

    def weight(self, answer: ReplyAnswer, value: object, language: str) -> Fraction:
        """Return the greatest weight among the right replies of one language that the response is."""
        weights = (reply.weight or Fraction(1) for reply in self._found(answer, value, language))
        return max(weights, default=Fraction(0))

    def places(self, answer: ReplyAnswer) -> tuple[Place, ...]:
        """Return the one field with the replies that are foreseen."""
        options = (
            Option(str(number), Piece(text=unquoted(reply.text)), reply.correct)
            for number, reply in enumerate(answer.replies, start=1)
        )
        return (Place("", None, tuple(options), typed=True),)

    def chosen(
        self, answer: ReplyAnswer, value: object, *, language: str, twins: Mapping[str, ReplyAnswer]
    ) -> tuple[Chosen, ...]:
        """Return the best of the replies that was typed."""
        if not self.is_answered(answer, value):
            return ()
        found = self._found(answer, value, language) or self._found(answer, value, language, correct=False)
        if found:
            best = max(found, key=lambda reply: reply.weight or Fraction(1))
            return (("", str(answer.replies.index(best) + 1)),)
        is_right = self.share(answer, value, partial="", language=language, twins=twins) > 0
        return (("", RIGHT if is_right else OTHER),)

    def bare(self, answer: ReplyAnswer) -> ReplyAnswer:
        """Return the replies without comments."""
        return replace(answer, replies=tuple(replace(reply, comment="") for reply in answer.replies))

    def comment(self, answer: ReplyAnswer, value: object, language: str) -> str | None:
        """Return the fragment of the best reply that the response is, of a wrong one if it is no right one."""
        found = sorted(
            self._found(answer, value, language), key=lambda reply: reply.weight or Fraction(1), reverse=True
        )
        for reply in found or self._found(answer, value, language, correct=False):
            if reply.comment:
                return f"comment/{answer.replies.index(reply) + 1}"
        return None

    def _found(
        self, answer: ReplyAnswer, value: object, language: str, *, correct: bool = True
    ) -> list[Reply]:
        if not isinstance(value, str) or not value.strip():
            return []
        candidates = (reply for reply in answer.replies if reply.correct is correct)
        return [reply for reply in candidates if self.is_reply(answer, reply, value, language=language)]

    def twin(self, original: ReplyAnswer, twin: ReplyAnswer) -> ReplyAnswer:
        """Return the twin's replies, which may be others and more or fewer, compared as the original's are."""
        return replace(original, replies=twin.replies)

    def compare(
        self, question_id: str, original: ReplyAnswer, twin: ReplyAnswer, *, findings: Findings, name: str
    ) -> None:
        """Find nothing: each language has its own words."""
