"""What is said of a question that moves between systems: a code, the question, a message with parameters.

Every message stands in the one table below, in English as a gettext id; `docs/quiz-exchange.md` lists the same
table. An error means that the question, or the whole file, was not taken over; a warning names what changed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from learning.domain.diagnostics import Diagnostic, Message, Severity

_E, _W = Severity.ERROR, Severity.WARNING


def N_(message: str) -> str:  # noqa: N802  (the name gettext tools look for)
    """Mark a message for the translation catalogs without translating it here."""
    return message


LOSSES: dict[str, Message] = {
    # The whole file.
    "X001": Message(_E, N_("This cannot be read as {format}.")),
    "X002": Message(_E, N_("The XML is broken at column {column}.")),
    "X003": Message(_E, N_("The XML defines a document type or entities, which is not accepted.")),
    "X004": Message(_E, N_("The file is larger than {limit} MB.")),
    "X005": Message(_E, N_("The XML is nested more than {limit} levels deep or has too many elements.")),
    "X006": Message(_E, N_("A quiz has at most {limit} questions; this one was left out.")),
    "X007": Message(_E, N_("The encoding cannot be told; save the file as UTF-8.")),
    "X008": Message(_E, N_("There is no question in the file.")),
    "X009": Message(_W, N_("The file is not UTF-8; it was read as {encoding}. Look at the accents.")),
    # A question that was left out.
    "X010": Message(_E, N_("Questions of type `{type}` have no place in {format}; it was left out.")),
    "X011": Message(_E, N_("The question has errors, named beside it; it was left out.")),
    "X012": Message(_E, N_("The answers cannot be read near `{found}`; the question was left out.")),
    "X013": Message(_E, N_("The braces are opened and not closed; the question was left out.")),
    "X014": Message(_E, N_("At least two choices are needed; the question was left out.")),
    "X015": Message(_E, N_("The choices have no question before them; they were left out.")),
    "X016": Message(_E, N_("The line `ANSWER:` with a letter is missing; the question was left out.")),
    "X017": Message(_E, N_("The answer `{found}` is none of the choices; the question was left out.")),
    "X018": Message(_E, N_("The answer is missing; the question was left out.")),
    "X019": Message(_E, N_("The first row names no column `{question}`, or none `{key}`.")),
    "X020": Message(_E, N_("The file has more than {limit} questions; those from here on were left out.")),
    # What a format has no place for.
    "X029": Message(_W, N_("Lost: the title of the quiz.")),
    "X030": Message(_W, N_("Lost: the setting `{key}` of the quiz.")),
    "X031": Message(_W, N_("Lost: the introduction.")),
    "X032": Message(_W, N_("Lost: the id.")),
    "X033": Message(_W, N_("Lost: the title.")),
    "X034": Message(_W, N_("Lost: the points, {points}.")),
    "X035": Message(_W, N_("Lost: the tags.")),
    "X036": Message(_W, N_("Lost: the hints.")),
    "X037": Message(_W, N_("Lost: the explanation.")),
    "X038": Message(_W, N_("Lost: what is said of right, partly right and wrong answers.")),
    "X039": Message(_W, N_("Lost: comments on single answers.")),
    "X040": Message(_W, N_("Lost: the weights of single answers.")),
    "X041": Message(_W, N_("Lost: the fixed places of choices.")),
    "X042": Message(_W, N_("Lost: ids of choices.")),
    "X043": Message(_W, N_("Lost: the rule `{rule}` for what is partly right.")),
    "X044": Message(_W, N_("Lost: whether choices are shuffled.")),
    "X045": Message(_W, N_("Lost: the setting `{key}`.")),
    "X046": Message(_W, N_("Lost: notes of the author.")),
    "X047": Message(_W, N_("Lost: wrong answers that were named.")),
    "X048": Message(_W, N_("Lost: sides to spare.")),
    "X049": Message(_W, N_("Lost: pictures and files; the file holds text alone.")),
    "X050": Message(_W, N_("Lost: paragraphs and line breaks; the text stands on one line.")),
    "X051": Message(_W, N_("Lost: the rubric.")),
    "X052": Message(_W, N_("Lost: the model answer.")),
    "X053": Message(_W, N_("File `{target}` was not found and is missing in the result.")),
    "X054": Message(_W, N_("Lost: emphasis, links and other formatting; the file holds plain words.")),
    # What changed on the way.
    "X060": Message(_W, N_("The id `{found}` became `{id}`.")),
    "X061": Message(
        _W, N_("Formatting that Markdown cannot say: {tags}. The original stands in an author's note.")
    ),
    "X062": Message(_W, N_("The picture or file `{target}` is not in the import and was left out.")),
    "X063": Message(_W, N_("`{part}` has no place in a quiz and was left out: {value}.")),
    "X064": Message(_W, N_("The category `{category}` became the tag `{tag}`.")),
    "X065": Message(_W, N_("A text between the questions was moved to the introduction.")),
    "X066": Message(_W, N_("The type `{found}` became `{type}`.")),
    "X067": Message(_W, N_("True and false are written in the usual words and order.")),
    "X068": Message(_W, N_("The number `{found}` is written `{number}`.")),
    "X069": Message(_W, N_("Changed on the way: {parts}.")),
    "X070": Message(_W, N_("The tag `{found}` became `{tag}`.")),
    "X071": Message(_W, N_("Points `{found}` became `{points}`.")),
    "X072": Message(
        _W, N_("Answers are written best first: there the first that fits counts, not the best.")
    ),
    "X073": Message(_W, N_("Answers overlap: here the best that fits counts, in the file it was the first.")),
}


@dataclass(frozen=True, slots=True)
class Loss:
    """What happened to a question, `question` "" for the whole file; `line` of the foreign file, 0 unknown."""

    question: str
    line: int
    code: str
    severity: Severity
    message: str
    params: tuple[tuple[str, str | int], ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether the question, or the file, was not taken over."""
        return self.severity is Severity.ERROR

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Return the message in the reader's language with its parameters put in."""
        return Diagnostic("", 1, 1, self.code, self.severity, self.message, self.params).text(translate)


class Losses:
    """Gathers what happened while a file, or one question of it, is read or written."""

    def __init__(self) -> None:
        self._found: list[Loss] = []

    def add(self, code: str, question: str = "", /, *, line: int = 0, **params: str | int) -> None:
        """Note a loss; raises KeyError for an unknown code, ValueError for parameters it does not take."""
        message = LOSSES[code]
        if message.parameters != params.keys():
            raise ValueError(f"{code} takes {sorted(message.parameters)}, not {sorted(params)}")
        loss = Loss(question, line, code, message.severity, message.text, tuple(params.items()))
        if loss not in self._found[-8:]:
            self._found.append(loss)

    def add_diagnostics(self, found: Iterable[Diagnostic], question: str = "", /, *, line: int = 0) -> None:
        """Note what a linter or the reader of archives found."""
        self._found += [Loss(question, line, d.code, d.severity, d.message, d.params) for d in found]

    def extend(self, others: Iterable[Loss], question: str | None = None, *, line: int = 0) -> None:
        """Take over losses, with the name of the question and the line where they have none."""
        for loss in others:
            named = loss if question is None else replace(loss, question=question)
            self._found.append(named if named.line or not line else replace(named, line=line))

    @property
    def has_errors(self) -> bool:
        """Whether something was not taken over."""
        return any(loss.is_error for loss in self._found)

    def all(self) -> tuple[Loss, ...]:
        """Return what was found, in the order of the questions."""
        return tuple(self._found)
