"""`order`: steps to be put in the right order, which is the author's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

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
class Step:
    """One step."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """The steps in the right order."""

    steps: tuple[Step, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in the right order."""
        return tuple(step.key for step in self.steps)


class Order(QuestionType[StepAnswer]):
    """Steps, always shuffled; graded as a whole, by places or by pairs.

    Of the rules that a quiz sets for all its questions, `minus` (guessing wins nothing) means pairs here, and
    `each` (every decision counts) means places.
    """

    name = "order"
    accepts = frozenset({AnswerKind.STEP})
    settings = QuestionType.settings | {"partial"}
    rules = ("all", "position", "pairs")

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> StepAnswer:
        """Make the answer from its lines; notes empty and equal steps, and too few."""
        first: dict[str, int] = {}
        for line in lines:
            if not line.text:
                findings.add("023", "step", line=line.line, column=line.column)
            elif line.text in first:
                findings.add(
                    "026",
                    "same",
                    line=line.line,
                    column=line.column,
                    first=first[line.text],
                    second=line.line,
                )
            first.setdefault(line.text, line.line)
        if len(lines) < 2:
            findings.add("025", "steps", line=heading)
        return StepAnswer(tuple(Step(choice_key(line.text), line.text) for line in lines))

    def write(self, answer: StepAnswer) -> list[str]:
        """Return one numbered line a step."""
        lines = []
        for step in answer.steps:
            first, *more = step.text.split("\n")
            lines += [f"1. {first}", *(f"   {line}" if line else "" for line in more)]
        return lines

    def fragments(self, answer: StepAnswer) -> dict[str, str]:
        """Return `step/<n>` for the nth step."""
        return {f"step/{number}": step.text for number, step in enumerate(answer.steps, start=1)}

    def arrange(self, answer: StepAnswer, rank: Rank, *, shuffle: bool) -> Arrangement:
        """Return the steps shuffled, whatever the quiz says: the author's order is the key."""
        return {"items": tuple(rank(answer.keys, "items"))}

    def offer(self, answer: StepAnswer, arrangement: Arrangement, html: Html) -> Offer:
        """Return the steps in the order of the attempt."""
        number = {key: index for index, key in enumerate(answer.keys, start=1)}
        return Offer(items=tuple([Offered(key, html(f"step/{number[key]}")) for key in arrangement["items"]]))

    def read_response(self, answer: StepAnswer, value: object) -> ResponseValue | None:
        """Check what a learner sent, all keys in an order; raises Refused."""
        if value is None or value == []:
            return None
        if not isinstance(value, list | tuple) or any(not isinstance(key, str) for key in value):
            raise Refused("The answer is not a list of steps.")
        if sorted(value) != sorted(answer.keys):
            raise Refused("The answer must have each of the steps once.")
        return tuple(value)

    def read_form(self, answer: StepAnswer, name: str, fields: Fields) -> object:
        """Return the steps in the order of the places given to them, None when none was given any.

        Of two at one place the one that stood first on the page comes first; one without a place comes last.
        """
        shown = [key for key in fields(name) if key in answer.keys]
        places = {key: (*fields(f"{name}-pos-{key}"), "")[0].strip() for key in answer.keys}
        if not any(places.values()):
            return None
        for place in places.values():
            if place and not (place.isascii() and place.isdigit() and 1 <= int(place) <= len(places)):
                raise Refused("A place is a number from 1 to %(last)s.", last=len(places))
        standing = {key: index for index, key in enumerate(dict.fromkeys([*shown, *sorted(answer.keys)]))}
        return sorted(places, key=lambda key: (int(places[key] or len(places) + 1), standing[key]))

    def share(
        self,
        answer: StepAnswer,
        value: object,
        *,
        partial: str,
        language: str,
        twins: Mapping[str, StepAnswer],
    ) -> Fraction:
        """Return the share of the points won by an order of all n steps, 0 for anything else.

        `all`: 1 for the right order. `position` (or `each`): the share of steps at their place. `pairs` (or
        `minus`): 2p - 1, but not below 0, where p is the share of the n(n - 1)/2 pairs whose steps follow
        each other as they should; an order by chance wins 0 on average.
        """
        given = list(value) if isinstance(value, list | tuple) else []
        right = list(answer.keys)
        if sorted(given) != sorted(right):
            return Fraction(0)
        if partial == "all":
            return Fraction(given == right)
        if partial in ("position", "each"):
            return Fraction(sum(a == b for a, b in zip(given, right, strict=True)), len(right))
        place = {key: index for index, key in enumerate(given)}
        follow = [place[first] < place[second] for first, second in combinations(right, 2)]
        return max(Fraction(0), Fraction(2 * sum(follow), len(follow)) - 1)

    def filled(
        self,
        answer: StepAnswer,
        value: object,
        *,
        language: str,
        reader: str,
        twins: Mapping[str, StepAnswer],
    ) -> tuple[Filled, ...]:
        """Return for each place the step that was put there and the one that belongs there."""
        given = list(value) if isinstance(value, list | tuple) else []
        number = {key: index for index, key in enumerate(answer.keys, start=1)}
        rows = []
        for place, key in enumerate(answer.keys):
            put = given[place] if place < len(given) and given[place] in number else None
            rows.append(
                Filled(
                    label=None,
                    given=Piece(fragment=f"step/{number[put]}") if put else None,
                    right=(Piece(fragment=f"step/{place + 1}"),),
                    share=Fraction(put == key),
                )
            )
        return tuple(rows)

    def places(self, answer: StepAnswer) -> tuple[Place, ...]:
        """Return the places of the order, by their numbers, each with all steps."""
        numbered = list(enumerate(answer.keys, start=1))
        return tuple(
            Place(
                str(place),
                None,
                tuple(Option(key, Piece(fragment=f"step/{n}"), n == place) for n, key in numbered),
            )
            for place, _key in numbered
        )

    def chosen(
        self, answer: StepAnswer, value: object, *, language: str, twins: Mapping[str, StepAnswer]
    ) -> tuple[Chosen, ...]:
        """Return what was put at each place."""
        given = list(value) if isinstance(value, list | tuple) else []
        return tuple((str(place), key) for place, key in enumerate(given, start=1) if key in answer.keys)

    def right_response(self, answer: StepAnswer) -> ResponseValue:
        """Return the right order."""
        return answer.keys

    def twin(self, original: StepAnswer, twin: StepAnswer) -> StepAnswer:
        """Return the twin's texts, the nth step with the key of the nth of the original."""
        steps = zip(original.steps, twin.steps, strict=True)
        return StepAnswer(tuple(replace(ours, text=theirs.text) for ours, theirs in steps))

    def compare(
        self, question_id: str, original: StepAnswer, twin: StepAnswer, *, findings: Findings, name: str
    ) -> None:
        """Note a difference in the number of steps."""
        needed, found = len(original.steps), len(twin.steps)
        if needed != found:
            findings.add("080", "parts", id=question_id, found=found, needed=needed, original=name)
