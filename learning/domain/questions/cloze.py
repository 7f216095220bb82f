"""`cloze`: a text with gaps to fill, each graded as a small question of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from learning.domain.diagnostics import Findings
from learning.domain.errors import Refused
from learning.domain.questions.choices import read_choices
from learning.domain.questions.kind import Arrangement, Chosen, Fields, Html, QuestionType, Rank
from learning.domain.questions.model import (
    AnswerKind,
    AnswerLine,
    ChoiceAnswer,
    Filled,
    Offer,
    OfferedGap,
    Option,
    Piece,
    Place,
    ReplyAnswer,
    ResponseValue,
)
from learning.domain.questions.numeric import Numeric, is_number
from learning.domain.questions.single import Single
from learning.domain.questions.text import Text

# What a gap can be, by the type of question that reads and grades it.
_KINDS: dict[str, QuestionType[Any]] = {kind.name: kind for kind in (Text(), Numeric(), Single())}


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap; its key is its number, so that it tells nothing of what belongs there."""

    key: str
    type: str
    answer: ChoiceAnswer | ReplyAnswer

    @property
    def kind(self) -> QuestionType[Any]:
        """The type of question that the gap is."""
        return _KINDS[self.type]


@dataclass(frozen=True, slots=True)
class GapAnswer:
    """The gaps in the order of the text."""

    gaps: tuple[Gap, ...]
    options: tuple[tuple[str, str], ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all gaps, in the order of the text."""
        return tuple(gap.key for gap in self.gaps)


class Cloze(QuestionType[GapAnswer]):
    """Gaps for words, numbers or a choice from a list; the points are the mean of the gaps'."""

    name = "cloze"
    accepts = frozenset({AnswerKind.GAP, AnswerKind.DROPDOWN})
    options = {"case": Text.options["case"], "accents": Text.options["accents"]}  # noqa: RUF012
    settings = QuestionType.settings | {"partial", "shuffle"} | options.keys()
    rules = ("each", "all")
    mark = "gap"
    own_words = True

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> GapAnswer:
        """Make the answer from its gaps; notes what is wrong in each."""
        gaps = tuple(
            _read_gap(str(number), line, findings, options=options)
            for number, line in enumerate(lines, start=1)
        )
        defaults = {name: words[0] for name, words in self.options.items()}
        return GapAnswer(
            gaps, tuple((name, word) for name, word in options.items() if word != defaults[name])
        )

    def written_options(self, answer: GapAnswer) -> Mapping[str, str]:
        """Return the settings that differ from their defaults."""
        return dict(answer.options)

    def write_marked(self, answer: GapAnswer) -> tuple[str, ...]:
        """Return each gap as it stands in the text."""
        return tuple(map(_write_gap, answer.gaps))

    def marked(self, answer: GapAnswer) -> tuple[str, ...]:
        """Return the keys of the gaps."""
        return answer.keys

    def fragments(self, answer: GapAnswer) -> dict[str, str]:
        """Return the fragments of each gap below `gap/<n>/`."""
        return {
            f"gap/{gap.key}/{name}": text
            for gap in answer.gaps
            for name, text in gap.kind.fragments(gap.answer).items()
        }

    def arrange(self, answer: GapAnswer, rank: Rank, *, shuffle: bool) -> Arrangement:
        """Return the choices of each drop-down list, shuffled where the quiz says so."""

        def rank_in(gap: Gap) -> Rank:
            return lambda names, purpose: rank(names, f"{gap.key}/{purpose}")

        return {
            gap.key: gap.kind.arrange(gap.answer, rank_in(gap), shuffle=shuffle).get("choices", ())
            for gap in answer.gaps
        }

    def offer(self, answer: GapAnswer, arrangement: Arrangement, html: Html) -> Offer:
        """Return the gaps, each with its choices where it is a list."""

        def offer_gap(gap: Gap) -> OfferedGap:
            order = {"choices": arrangement[gap.key]}
            offered = gap.kind.offer(gap.answer, order, lambda name: html(f"gap/{gap.key}/{name}"))
            return OfferedGap(gap.key, offered.choices)

        return Offer(gaps=tuple(map(offer_gap, answer.gaps)))

    def read_response(self, answer: GapAnswer, value: object) -> ResponseValue | None:
        """Check what a learner sent, a text or a choice by gap; raises Refused."""
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise Refused("The answer does not say what belongs in which gap.")
        if not value.keys() <= set(answer.keys):
            raise Refused("The answer names a gap that is not there.")
        read = {gap.key: gap.kind.read_response(gap.answer, value.get(gap.key)) for gap in answer.gaps}
        return {key: str(text) for key, text in read.items() if text is not None} or None

    def read_form(self, answer: GapAnswer, name: str, fields: Fields) -> object:
        """Return what the field of each gap says."""
        return {gap.key: gap.kind.read_form(gap.answer, f"{name}-{gap.key}", fields) for gap in answer.gaps}

    def share(
        self,
        answer: GapAnswer,
        value: object,
        *,
        partial: str,
        language: str,
        twins: Mapping[str, GapAnswer],
    ) -> Fraction:
        """Return the mean of the gaps' shares; by the rule `all`, 1 when each gap is wholly right and else 0."""
        shares = [_share(gap, value, language=language, twins=twins) for gap in answer.gaps]
        if partial == "all":
            return Fraction(all(share == 1 for share in shares))
        return sum(shares, Fraction(0)) / len(shares)

    def filled(
        self,
        answer: GapAnswer,
        value: object,
        *,
        language: str,
        reader: str,
        twins: Mapping[str, GapAnswer],
    ) -> tuple[Filled, ...]:
        """Return for each gap what was put there and what belongs there."""
        return tuple(
            _filled(gap, value, language=language, reader=reader, twins=twins) for gap in answer.gaps
        )

    def places(self, answer: GapAnswer) -> tuple[Place, ...]:
        """Return the gaps, each with its choices or the replies that are foreseen."""
        return tuple(
            Place(gap.key, None, tuple(_option_of(gap, option) for option in place.options), place.typed)
            for gap in answer.gaps
            for place in gap.kind.places(gap.answer)
        )

    def chosen(
        self, answer: GapAnswer, value: object, *, language: str, twins: Mapping[str, GapAnswer]
    ) -> tuple[Chosen, ...]:
        """Return what was put in each gap."""
        return tuple(
            (gap.key, key)
            for gap in answer.gaps
            for _place, key in gap.kind.chosen(
                gap.answer, _given(gap, value), language=language, twins=_twins(gap, twins)
            )
        )

    def bare(self, answer: GapAnswer) -> GapAnswer:
        """Return the gaps without comments."""
        gaps = (Gap(gap.key, gap.type, gap.kind.bare(gap.answer)) for gap in answer.gaps)
        return GapAnswer(tuple(gaps), answer.options)

    def right_response(self, answer: GapAnswer) -> ResponseValue:
        """Return what wins all points in each gap."""
        return {gap.key: str(gap.kind.right_response(gap.answer)) for gap in answer.gaps}

    def read_back(
        self, answer: GapAnswer, value: object, language: str, *, reader: str
    ) -> Mapping[str, str | None]:
        """Return how the number in each gap was understood."""
        return {
            gap.key: number
            for gap in answer.gaps
            for number in gap.kind.read_back(gap.answer, _given(gap, value), language, reader=reader).values()
        }

    def twin(self, original: GapAnswer, twin: GapAnswer) -> GapAnswer:
        """Return the twin's texts, the nth gap under the nth key, compared as the original's are."""
        gaps = []
        for ours, theirs in zip(original.gaps, twin.gaps, strict=True):
            if ours.type != theirs.type:
                raise ValueError("a gap of the twin is of another type than the original's")
            gaps.append(Gap(ours.key, ours.type, ours.kind.twin(ours.answer, theirs.answer)))
        return GapAnswer(tuple(gaps), original.options)

    def compare(
        self, question_id: str, original: GapAnswer, twin: GapAnswer, *, findings: Findings, name: str
    ) -> None:
        """Note differences in the number and kinds of the gaps, and in their lists."""
        needed, found = len(original.gaps), len(twin.gaps)
        if needed != found:
            findings.add("080", "parts", id=question_id, found=found, needed=needed, original=name)
            return
        for number, (ours, theirs) in enumerate(zip(original.gaps, twin.gaps, strict=True), start=1):
            if ours.type != theirs.type:
                findings.add("080", "gap", id=question_id, number=number, original=name)
            else:
                ours.kind.compare(question_id, ours.answer, theirs.answer, findings=findings, name=name)


def _read_gap(key: str, line: AnswerLine, findings: Findings, *, options: Mapping[str, str]) -> Gap:
    if line.kind is AnswerKind.DROPDOWN:
        choices = read_choices(line.items, findings, heading=line.line)
        if len(choices.right) != 1:
            findings.add("043", line=line.line, column=line.column, found=len(choices.right))
        return Gap(key, Single.name, choices)
    kind = Numeric.name if all(is_number(item.text) for item in line.items) else Text.name
    own = {name: word for name, word in options.items() if name in _KINDS[kind].options}
    return Gap(key, kind, _KINDS[kind].read(line.items, findings, heading=line.line, options=own))


def _write_gap(gap: Gap) -> str:
    if isinstance(gap.answer, ReplyAnswer):
        return f"[[= {' | '.join(reply.text for reply in gap.answer.replies)}]]"
    choices = (
        f"({'x' if choice.correct else ' '}) {choice.text}{f' >> {choice.comment}' if choice.comment else ''}"
        for choice in gap.answer.choices
    )
    return f"[[{' | '.join(choices)}]]"


def _option_of(gap: Gap, option: Option) -> Option:
    if not option.shown.fragment:
        return option
    return replace(option, shown=Piece(fragment=f"gap/{gap.key}/{option.shown.fragment}"))


def _given(gap: Gap, value: object) -> object:
    return value.get(gap.key) if isinstance(value, Mapping) else None


def _share(gap: Gap, value: object, *, language: str, twins: Mapping[str, GapAnswer]) -> Fraction:
    return gap.kind.share(
        gap.answer, _given(gap, value), partial="", language=language, twins=_twins(gap, twins)
    )


def _twins(gap: Gap, twins: Mapping[str, GapAnswer]) -> dict[str, Any]:
    number = int(gap.key) - 1
    return {language: answer.gaps[number].answer for language, answer in twins.items()}


def _filled(gap: Gap, value: object, *, language: str, reader: str, twins: Mapping[str, GapAnswer]) -> Filled:
    given, comment = _given(gap, value), gap.kind.comment(gap.answer, _given(gap, value), language)
    share = _share(gap, value, language=language, twins=twins)
    if isinstance(gap.answer, ReplyAnswer):
        put = Piece(text=given) if isinstance(given, str) else None
        right = tuple(Piece(text=text) for text in gap.kind.show_right(gap.answer, reader))
    else:
        ticks = list(enumerate(gap.kind.ticks(gap.answer, given), start=1))
        names = {tick.key: Piece(fragment=f"gap/{gap.key}/choice/{number}") for number, tick in ticks}
        put = names.get(given) if isinstance(given, str) else None
        right = tuple(names[tick.key] for _number, tick in ticks if tick.right)
        comment = next((tick.comment for _number, tick in ticks if tick.comment), None)
    return Filled(None, put, right, share, f"gap/{gap.key}/{comment}" if comment else None)
