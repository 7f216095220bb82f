"""`match`: things on the left, each with what belongs to it on the right; the right may have some to spare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.errors import Refused
from learning.domain.questions.kind import Arrangement, Chosen, Fields, Html, QuestionType, Rank
from learning.domain.questions.model import (
    AnswerKind,
    AnswerLine,
    Filled,
    Offer,
    Offered,
    Option,
    Piece,
    Place,
    ResponseValue,
    choice_key,
)


@dataclass(frozen=True, slots=True)
class Side:
    """Something on the right."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Something on the left, and the key of what belongs to it on the right."""

    key: str
    text: str
    right: str


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """The pairs and all right sides, in the author's order, those to spare last; pairs may share a side."""

    pairs: tuple[Pair, ...]
    sides: tuple[Side, ...]

    def side(self, key: str) -> int | None:
        """Return the number, from 1 on, of the right side with this key, None for no such side."""
        return next((number for number, side in enumerate(self.sides, start=1) if side.key == key), None)


class Match(QuestionType[PairAnswer]):
    """Pairs; each right one wins its share, a side to spare costs nothing. Both sides are always shuffled."""

    name = "match"
    accepts = frozenset({AnswerKind.PAIR})
    settings = QuestionType.settings | {"partial"}
    rules = ("each", "all")

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> PairAnswer:
        """Make the answer from its lines; notes empty and equal sides, and too few pairs."""
        sides: dict[str, Side] = {}
        pairs = []
        first: dict[str, int] = {}
        for line in lines:
            key = choice_key(line.right)
            if not line.right:
                findings.add("023", "side", line=line.line, column=line.column)
            elif not line.text and key in sides:
                findings.add("026", "side", line=line.line, column=line.column)
            if line.text in first and line.text:
                findings.add(
                    "026",
                    "same",
                    line=line.line,
                    column=line.column,
                    first=first[line.text],
                    second=line.line,
                )
            first.setdefault(line.text, line.line)
            sides.setdefault(key, Side(key, line.right))
            if line.text:
                pairs.append(Pair(choice_key(line.text), line.text, key))
        if len(pairs) < 2:
            findings.add("025", "pairs", line=heading)
        spare = [side for side in sides.values() if side.key not in {pair.right for pair in pairs}]
        used = [side for side in sides.values() if side not in spare]
        return PairAnswer(tuple(pairs), (*used, *spare))

    def write(self, answer: PairAnswer) -> list[str]:
        """Return one line a pair, then the sides to spare."""
        texts = {side.key: side.text for side in answer.sides}
        lines = [f"- {pair.text} => {texts[pair.right]}" for pair in answer.pairs]
        used = {pair.right for pair in answer.pairs}
        return lines + [f"- => {side.text}" for side in answer.sides if side.key not in used]

    def fragments(self, answer: PairAnswer) -> dict[str, str]:
        """Return `left/<n>` for the nth pair and `right/<n>` for the nth right side."""
        left = {f"left/{number}": pair.text for number, pair in enumerate(answer.pairs, start=1)}
        return left | {f"right/{number}": side.text for number, side in enumerate(answer.sides, start=1)}

    def arrange(self, answer: PairAnswer, rank: Rank, *, shuffle: bool) -> Arrangement:
        """Return both sides shuffled, whatever the quiz says: the author's order is the key."""
        return {
            "left": tuple(rank([pair.key for pair in answer.pairs], "left")),
            "right": tuple(rank([side.key for side in answer.sides], "right")),
        }

    def offer(self, answer: PairAnswer, arrangement: Arrangement, html: Html) -> Offer:
        """Return both sides in their orders."""
        left = {pair.key: number for number, pair in enumerate(answer.pairs, start=1)}
        right = {side.key: number for number, side in enumerate(answer.sides, start=1)}
        return Offer(
            left=tuple([Offered(key, html(f"left/{left[key]}")) for key in arrangement["left"]]),
            right=tuple([Offered(key, html(f"right/{right[key]}")) for key in arrangement["right"]]),
        )

    def read_response(self, answer: PairAnswer, value: object) -> ResponseValue | None:
        """Check what a learner sent, the key of a right side by that of a left one; raises Refused."""
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise Refused("The answer does not say what belongs to what.")
        left, right = {pair.key for pair in answer.pairs}, {side.key for side in answer.sides}
        chosen = {key: side for key, side in value.items() if side not in (None, "")}
        if not chosen.keys() <= left or not all(
            isinstance(side, str) and side in right for side in chosen.values()
        ):
            raise Refused("The answer is not one of the choices.")
        return chosen or None

    def read_form(self, answer: PairAnswer, name: str, fields: Fields) -> object:
        """Return what the field of each left side says."""
        return {
            pair.key: values[0] if len(values) == 1 else list(values)
            for pair in answer.pairs
            if (values := fields(f"{name}-{pair.key}"))
        }

    def share(
        self,
        answer: PairAnswer,
        value: object,
        *,
        partial: str,
        language: str,
        twins: Mapping[str, PairAnswer],
    ) -> Fraction:
        """Return the right pairs as a share of all; by the rule `all`, 1 for all of them and else 0."""
        given = value if isinstance(value, Mapping) else {}
        right = sum(given.get(pair.key) == pair.right for pair in answer.pairs)
        if partial == "all":
            return Fraction(right == len(answer.pairs))
        return Fraction(right, len(answer.pairs))

    def filled(
        self,
        answer: PairAnswer,
        value: object,
        *,
        language: str,
        reader: str,
        twins: Mapping[str, PairAnswer],
    ) -> tuple[Filled, ...]:
        """Return for each left side what was put to it and what belongs there."""
        given = value if isinstance(value, Mapping) else {}
        rows = []
        for number, pair in enumerate(answer.pairs, start=1):
            put = answer.side(given.get(pair.key, ""))
            rows.append(
                Filled(
                    label=f"left/{number}",
                    given=Piece(fragment=f"right/{put}") if put else None,
                    right=(Piece(fragment=f"right/{answer.side(pair.right)}"),),
                    share=Fraction(given.get(pair.key) == pair.right),
                )
            )
        return tuple(rows)

    def places(self, answer: PairAnswer) -> tuple[Place, ...]:
        """Return the left sides, each with all right ones."""
        return tuple(
            Place(
                pair.key,
                Piece(fragment=f"left/{number}"),
                tuple(
                    Option(side.key, Piece(fragment=f"right/{other}"), side.key == pair.right)
                    for other, side in enumerate(answer.sides, start=1)
                ),
            )
            for number, pair in enumerate(answer.pairs, start=1)
        )

    def chosen(
        self, answer: PairAnswer, value: object, *, language: str, twins: Mapping[str, PairAnswer]
    ) -> tuple[Chosen, ...]:
        """Return what was put to each left side."""
        given = value if isinstance(value, Mapping) else {}
        put = ((pair.key, given.get(pair.key)) for pair in answer.pairs)
        return tuple((key, side) for key, side in put if isinstance(side, str) and answer.side(side))

    def right_response(self, answer: PairAnswer) -> ResponseValue:
        """Return all pairs."""
        return {pair.key: pair.right for pair in answer.pairs}

    def twin(self, original: PairAnswer, twin: PairAnswer) -> PairAnswer:
        """Return the twin's texts, the nth side with the key of the nth of the original."""
        return PairAnswer(
            tuple(
                replace(ours, text=theirs.text)
                for ours, theirs in zip(original.pairs, twin.pairs, strict=True)
            ),
            tuple(
                replace(ours, text=theirs.text)
                for ours, theirs in zip(original.sides, twin.sides, strict=True)
            ),
        )

    def compare(
        self, question_id: str, original: PairAnswer, twin: PairAnswer, *, findings: Findings, name: str
    ) -> None:
        """Note differences in the number of sides, and in what belongs to what."""
        for ours, theirs in ((original.pairs, twin.pairs), (original.sides, twin.sides)):
            if len(ours) != len(theirs):
                findings.add(
                    "080", "parts", id=question_id, found=len(theirs), needed=len(ours), original=name
                )
                return
        for number, (our, their) in enumerate(zip(original.pairs, twin.pairs, strict=True), start=1):
            if original.side(our.right) != twin.side(their.right):
                findings.add("080", "pattern", id=question_id, number=number)
