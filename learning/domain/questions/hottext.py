"""`hottext`: a message in whose text the suspicious parts are to be marked, or none where none is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from learning.domain.diagnostics import Findings
from learning.domain.errors import Refused
from learning.domain.questions.kind import Arrangement, Chosen, Fields, Html, QuestionType
from learning.domain.questions.model import (
    AnswerKind,
    AnswerLine,
    Offer,
    Offered,
    Option,
    Piece,
    Place,
    ResponseValue,
    Tick,
    choice_key,
)

NOTHING = "none"  # what a plain form says of a message in which nothing is suspicious


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the message that can be marked, and why it should be or need not."""

    key: str
    text: str
    suspicious: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class HotAnswer:
    """The parts in the order of the text; `frame` is what the message looks like, "" for plain text."""

    parts: tuple[Part, ...]
    frame: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all parts, in the order of the text."""
        return tuple(part.key for part in self.parts)


class Hottext(QuestionType[HotAnswer]):
    """Parts to mark; a response of no part says that nothing is suspicious, which can be right."""

    name = "hottext"
    accepts = frozenset({AnswerKind.HOT})
    options = {"frame": ("plain", "sms", "chat", "mail", "web")}  # noqa: RUF012
    settings = QuestionType.settings | {"partial"} | options.keys()
    rules = ("all", "minus", "each")
    mark = "part"

    def read(
        self, lines: Sequence[AnswerLine], findings: Findings, *, heading: int, options: Mapping[str, str]
    ) -> HotAnswer:
        """Make the answer from its parts; notes empty ones."""
        seen: Counter[str] = Counter()
        parts = []
        for line in lines:
            if not line.text:
                findings.add("023", "part", line=line.line, column=line.column)
            seen[line.text] += 1
            # Equal parts are told apart by their number among their like.
            again = f"\0{seen[line.text]}" if seen[line.text] > 1 else ""
            parts.append(Part(choice_key(line.text + again), line.text, line.marked, line.comment))
        frame = options.get("frame", "plain")
        return HotAnswer(tuple(parts), "" if frame == "plain" else frame)

    def written_options(self, answer: HotAnswer) -> Mapping[str, str]:
        """Return the frame, if there is one."""
        return {"frame": answer.frame} if answer.frame else {}

    def write_marked(self, answer: HotAnswer) -> tuple[str, ...]:
        """Return each part as it stands in the text."""
        return tuple(
            f"[[{'x' if part.suspicious else 'o'}: {part.text}{f' >> {part.why}' if part.why else ''}]]"
            for part in answer.parts
        )

    def marked(self, answer: HotAnswer) -> tuple[str, ...]:
        """Return the keys of the parts."""
        return answer.keys

    def fragments(self, answer: HotAnswer) -> dict[str, str]:
        """Return `part/<n>` for the nth part and `comment/<n>` where its reason is told."""
        numbered = list(enumerate(answer.parts, start=1))
        texts = {f"part/{number}": part.text for number, part in numbered}
        return texts | {f"comment/{number}": part.why for number, part in numbered if part.why}

    def offer(self, answer: HotAnswer, arrangement: Arrangement, html: Html) -> Offer:
        """Return the parts in the order of the text."""
        parts = [Offered(part.key, html(f"part/{n}")) for n, part in enumerate(answer.parts, start=1)]
        return Offer(parts=tuple(parts), frame=answer.frame)

    def read_response(self, answer: HotAnswer, value: object) -> ResponseValue | None:
        """Check what a learner sent, a list of keys, empty when nothing is suspicious; raises Refused."""
        if value is None:
            return None
        if not isinstance(value, list | tuple) or any(not isinstance(key, str) for key in value):
            raise Refused("The answer is not a list of parts.")
        if len(set(value)) != len(value) or not set(value) <= set(answer.keys):
            raise Refused("The answer is not one of the parts.")
        return tuple(key for key in answer.keys if key in value)

    def read_form(self, answer: HotAnswer, name: str, fields: Fields) -> object:
        """Return what was marked; "nothing is suspicious" counts only where nothing is."""
        values = list(fields(name))
        marked = [value for value in values if value != NOTHING]
        return marked if marked or values else None

    def is_answered(self, answer: HotAnswer, value: object) -> bool:
        """Tell whether parts were marked, or none on purpose."""
        return isinstance(value, list | tuple)

    def share(
        self,
        answer: HotAnswer,
        value: object,
        *,
        partial: str,
        language: str,
        twins: Mapping[str, HotAnswer],
    ) -> Fraction:
        """Return the share of the points won, 0 without an answer.

        With C suspicious and W innocent parts, h and f of them marked: `all` asks for h = C and f = 0, `each`
        gives (h + W - f)/(C + W) once anything is marked, `minus` gives h/C - f/W but not below 0. Where
        nothing is suspicious (C = 0), h/C is 1 and marking nothing wins all.
        """
        if not isinstance(value, list | tuple):
            return Fraction(0)
        suspicious = sum(part.suspicious for part in answer.parts)
        innocent = len(answer.parts) - suspicious
        hits = sum(part.suspicious and part.key in value for part in answer.parts)
        faults = sum(not part.suspicious and part.key in value for part in answer.parts)
        if partial == "all":
            return Fraction(hits == suspicious and faults == 0)
        if partial == "each":
            if suspicious and not hits and not faults:
                return Fraction(0)
            return Fraction(hits + innocent - faults, len(answer.parts))
        won = Fraction(hits, suspicious) if suspicious else Fraction(1)
        return max(Fraction(0), won - (Fraction(faults, innocent) if innocent else 0))

    def ticks(self, answer: HotAnswer, value: object) -> tuple[Tick, ...]:
        """Return for each part whether it was marked, with its reason."""
        marked = value if isinstance(value, list | tuple) else ()
        return tuple(
            Tick(part.key, part.key in marked, part.suspicious, f"comment/{number}" if part.why else None)
            for number, part in enumerate(answer.parts, start=1)
        )

    def places(self, answer: HotAnswer) -> tuple[Place, ...]:
        """Return the message with its parts."""
        options = (
            Option(part.key, Piece(fragment=f"part/{number}"), part.suspicious)
            for number, part in enumerate(answer.parts, start=1)
        )
        return (Place("", None, tuple(options)),)

    def chosen(
        self, answer: HotAnswer, value: object, *, language: str, twins: Mapping[str, HotAnswer]
    ) -> tuple[Chosen, ...]:
        """Return the marked parts, or that none was marked on purpose."""
        marked = value if isinstance(value, list | tuple) else ()
        parts = tuple(("", part.key) for part in answer.parts if part.key in marked)
        return parts or ((("", NOTHING),) if self.is_answered(answer, value) else ())

    def bare(self, answer: HotAnswer) -> HotAnswer:
        """Return the parts without their reasons."""
        return replace(answer, parts=tuple(replace(part, why="") for part in answer.parts))

    def right_response(self, answer: HotAnswer) -> ResponseValue:
        """Return the suspicious parts."""
        return tuple(part.key for part in answer.parts if part.suspicious)

    def twin(self, original: HotAnswer, twin: HotAnswer) -> HotAnswer:
        """Return the twin's texts, the nth part with the key of the nth of the original."""
        parts = zip(original.parts, twin.parts, strict=True)
        return HotAnswer(
            tuple(replace(ours, text=theirs.text, why=theirs.why) for ours, theirs in parts), original.frame
        )

    def compare(
        self, question_id: str, original: HotAnswer, twin: HotAnswer, *, findings: Findings, name: str
    ) -> None:
        """Note differences in number, and in what is suspicious."""
        needed, found = len(original.parts), len(twin.parts)
        if needed != found:
            findings.add("080", "parts", id=question_id, found=found, needed=needed, original=name)
            return
        for number, (ours, theirs) in enumerate(zip(original.parts, twin.parts, strict=True), start=1):
            if ours.suspicious != theirs.suspicious:
                findings.add("080", "pattern", id=question_id, number=number)
