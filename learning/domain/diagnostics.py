"""What is wrong with a text that a trainer wrote: a code, a place in the file, a message with parameters.

Every message of every code stands in the one table below, in English as a gettext id; `docs/diagnostics.md`
lists the same table with the Vietnamese text, an example and a remedy, and a test holds the two together.
Codes of quizzes begin with Q, of units with U, of courses with C, of bundles with B; up to 80 one number
means one cause in all of them.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a text from being published, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


def N_(message: str) -> str:  # noqa: N802  (the name gettext tools look for)
    """Mark a message for the translation catalogs without translating it here."""
    return message


@dataclass(frozen=True, slots=True)
class Message:
    """One wording of a code: how grave it is and what it says; `{name}` marks the place of a parameter."""

    severity: Severity
    text: str

    @property
    def parameters(self) -> frozenset[str]:
        """The names the text has places for; braces around anything else are literal."""
        return frozenset(_PLACE.findall(self.text))


# Only `{lower_case}` is a place: `{#id}` and `{50%}` are text, and so is the option `{fixed}` named below.
_PLACE = re.compile(r"\{(?!fixed\})([a-z_]+)\}")

# Nobody mends more at once, and a file of slips alone must not fill a page or the memory.
MAX_FINDINGS = 300

_E, _W = Severity.ERROR, Severity.WARNING

# number, families, variant, severity, message
_ROWS: tuple[tuple[str, str, str, Severity, str], ...] = (
    ("001", "QUC", "", _E, N_("The file is not UTF-8; save it again as UTF-8.")),
    ("002", "QUC", "", _W, N_("Hidden character {character} ({count} in the file); remove it.")),
    (
        "002",
        "QUC",
        "nfd",
        _W,
        N_("Letters and their marks are stored apart (NFD); save the text composed (NFC)."),
    ),
    ("003", "QUC", "", _E, N_("Expected `key: value`.")),
    ("003", "QUC", "unclosed", _E, N_("The front matter opened by `---` is not closed by a second `---`.")),
    ("004", "QUC", "unknown", _E, N_("Unknown key `{key}`.")),
    ("004", "QUC", "suggestion", _E, N_("Unknown key `{key}`; did you mean `{suggestion}`?")),
    ("004", "QUC", "duplicate", _E, N_("Key `{key}` already stands on line {first}.")),
    ("004", "QUC", "empty", _E, N_("Key `{key}` has no value; write one or remove the line.")),
    ("004", "UC", "missing", _E, N_("Key `{key}` is missing.")),
    ("004", "QUC", "value", _E, N_("`{value}` is not a value of `{key}`; write for example `{example}`.")),
    (
        "004",
        "QUC",
        "value_suggestion",
        _E,
        N_("`{value}` is not a value of `{key}`; did you mean `{suggestion}`?"),
    ),
    ("004", "QUC", "twin", _E, N_("Key `{key}` is a setting; settings stand only in `{original}`.")),
    ("004", "QU", "order", _E, N_("`{key}` must be later than `{earlier}`.")),
    ("005", "QUC", "", _E, N_("The code block opened on line {opened} is not closed.")),
    ("006", "QUC", "bytes", _E, N_("The file is larger than {limit} KB.")),
    ("006", "QUC", "line", _E, N_("Line {at} is longer than {limit} characters.")),
    ("006", "QUC", "brackets", _E, N_("Line {at} has more than {limit} `[` in a row.")),
    (
        "006",
        "QUC",
        "unclosed",
        _E,
        N_("The paragraph at line {at} has more than {limit} `[` that are not closed."),
    ),
    ("006", "QUC", "nesting", _E, N_("Line {at} is nested more than {limit} levels deep.")),
    ("006", "QUC", "footnote", _E, N_("Footnote `{name}` is cited more than {limit} times.")),
    ("006", "Q", "questions", _E, N_("The quiz has more than {limit} questions.")),
    ("006", "Q", "choices", _E, N_("Question `{id}` has more than {limit} choices.")),
    ("006", "U", "rubric", _E, N_("The rubric of the task has more than {limit} lines.")),
    ("007", "QUC", "timeout", _E, N_("Displaying this text takes too long; simplify or shorten it.")),
    ("007", "QUC", "failed", _E, N_("This text cannot be displayed; simplify its lists and quotes.")),
    ("010", "Q", "", _E, N_("The question has no id; write `{#{suggestion}}` at the end of its heading.")),
    ("011", "Q", "", _E, N_("Id `{id}` may only have a-z, 0-9 and `-`; use `{suggestion}`.")),
    ("011", "C", "", _E, N_("Slug `{id}` may only have a-z, 0-9 and `-`; use `{suggestion}`.")),
    ("011", "C", "reserved", _E, N_("`{id}` is a reserved name; choose another.")),
    ("012", "Q", "two_ids", _E, N_("The question has two ids.")),
    ("012", "Q", "unclosed", _E, N_("`{` is not closed by `}`.")),
    ("012", "QU", "unknown", _E, N_("Unknown setting `{name}`.")),
    ("012", "Q", "suggestion", _E, N_("Unknown setting `{name}`; did you mean `{suggestion}`?")),
    ("012", "QU", "duplicate", _E, N_("Setting `{name}` is given twice.")),
    ("012", "QU", "value", _E, N_("`{value}` is not a value of `{name}`; write for example `{example}`.")),
    ("012", "Q", "unfit", _E, N_("Setting `{name}` does not apply to questions of type `{type}`.")),
    ("012", "Q", "no_hint", _E, N_("`hint_cost` needs a hint to open; add a quote with the label Hint.")),
    ("013", "Q", "", _E, N_("Id `{id}` is already used on line {first}.")),
    ("015", "Q", "unknown", _E, N_("Unknown question type `{type}`.")),
    ("015", "Q", "suggestion", _E, N_("Unknown question type `{type}`; did you mean `{suggestion}`?")),
    (
        "014",
        "Q",
        "gone",
        _W,
        N_("Question `{id}` is gone; answers to it stay with the earlier text. Do not use its id again."),
    ),
    (
        "014",
        "Q",
        "type",
        _W,
        N_(
            "Question `{id}` was of type `{before}` and is `{now}` now; earlier answers are not marked by it."
        ),
    ),
    ("016", "Q", "", _E, N_("The question has no answers.")),
    (
        "016",
        "Q",
        "match",
        _E,
        N_("The question has no answers; for pairs write `type=match` in its heading."),
    ),
    (
        "016",
        "Q",
        "order",
        _E,
        N_("The question has no answers; for steps write `type=order` in its heading."),
    ),
    ("016", "Q", "quiz", _E, N_("The quiz has no questions.")),
    ("020", "Q", "", _E, N_("Put a space after `{bullet}`.")),
    ("020", "Q", "after_box", _E, N_("Put a space after `]`.")),
    ("020", "Q", "heading", _E, N_("Put a space after `##`.")),
    ("020", "Q", "reply", _E, N_("Put a space before and after `=`.")),
    ("020", "Q", "pair", _E, N_("Put ` => ` between the two sides of a pair.")),
    ("021", "Q", "", _E, N_("The box must be `[ ]` or `[x]`, not `{found}`.")),
    (
        "021",
        "Q",
        "telex",
        _E,
        N_("Telex changed your brackets to `{found}`: switch to English typing and write `[ ]` or `[x]`."),
    ),
    ("022", "Q", "", _E, N_("Choices and `=` answers cannot be mixed in one question.")),
    ("022", "Q", "gaps", _E, N_("Gaps `[[...]]` cannot be mixed with other answers in one question.")),
    ("022", "Q", "hot", _E, N_("Gaps to fill and parts to mark cannot be mixed in one question.")),
    ("022", "Q", "type", _E, N_("Answers of this kind do not fit type `{type}`.")),
    ("023", "Q", "", _E, N_("The choice is empty.")),
    ("023", "Q", "reply", _E, N_("The answer is empty.")),
    ("023", "Q", "side", _E, N_("The right side of the pair is empty.")),
    ("023", "Q", "step", _E, N_("The step is empty.")),
    ("023", "Q", "part", _E, N_("The part to mark is empty.")),
    ("023", "QU", "rubric", _E, N_("The line of the rubric is empty.")),
    ("024", "Q", "", _E, N_("Exactly one `[x]` is needed, {found} found.")),
    ("024", "Q", "none", _E, N_("At least one `[x]` is needed.")),
    ("024", "Q", "reply", _E, N_("At least one right answer `- = ...` is needed.")),
    ("024", "Q", "reply_weight", _E, N_("At least one answer must be worth 100%.")),
    ("025", "Q", "", _E, N_("At least two choices are needed.")),
    ("025", "Q", "pairs", _E, N_("At least two pairs are needed.")),
    ("025", "Q", "steps", _E, N_("At least two steps are needed.")),
    ("025", "Q", "pair", _E, N_("A true/false question needs exactly two choices, {found} found.")),
    ("026", "Q", "same", _E, N_("Two choices are the same (lines {first}, {second}).")),
    (
        "026",
        "Q",
        "similar",
        _W,
        N_("Two choices differ only in case, accents or spaces (lines {first}, {second})."),
    ),
    ("026", "Q", "reply", _E, N_("Two answers are the same (lines {first}, {second}).")),
    ("026", "Q", "side", _E, N_("This side to spare belongs to a pair already.")),
    ("027", "Q", "", _W, N_("Choices are shuffled: add `{fixed}` to `{choice}`.")),
    ("028", "Q", "sum", _E, N_("Positive weights sum to {found} and must sum to 100%.")),
    ("028", "Q", "none", _E, N_("At least one weight must be positive.")),
    ("028", "Q", "key", _E, N_("The right choice must have the weight 100%, and only it.")),
    (
        "028",
        "Q",
        "sign",
        _E,
        N_("A choice marked `[x]` needs a weight above 0%, one marked `[ ]` at most 0%."),
    ),
    ("028", "Q", "range", _E, N_("A weight lies between -100% and 100%.")),
    ("028", "Q", "reply", _E, N_("Only a right answer has a weight, above 0% and at most 100%.")),
    ("029", "Q", "longest", _W, N_("The right choice is always the longest.")),
    (
        "029",
        "Q",
        "position",
        _W,
        N_("The right choice is always number {position} and choices are not shuffled."),
    ),
    (
        "030",
        "Q",
        "",
        _E,
        N_("`{found}` is not a number; write for example `12`, `3.14`, `12 ± 2` or `10..14`."),
    ),
    (
        "030",
        "Q",
        "ambiguous",
        _E,
        N_("`{found}` could be meant in thousands; write `1000` for a thousand, `1.0` for one."),
    ),
    ("031", "Q", "", _W, N_("`{found}` looks like a number; write `type=text` if it is meant as text.")),
    ("032", "Q", "", _W, N_("The wrong answer `{wrong}` is also counted as right.")),
    ("041", "Q", "", _E, N_("`[[` is not closed by `]]` in its paragraph.")),
    ("042", "Q", "", _E, N_("After `[[` expected `=`, `( )`, `(x)`, `x:` or `o:`.")),
    ("043", "Q", "", _E, N_("Exactly one `(x)` is needed in the list, {found} found.")),
    ("044", "Q", "", _E, N_("In a table write `\\|` for the `|` of a gap.")),
    ("051", "QUC", "alt", _W, N_("The picture `{target}` has no description.")),
    ("051", "QUC", "missing", _E, N_("File `{target}` was not found.")),
    ("051", "QUC", "remote", _E, N_("`{target}` is not a file of the course; use `media/...`.")),
    (
        "051",
        "QUC",
        "path",
        _E,
        N_("`{target}` must be a plain path below `media/`, of a picture, sound, video or PDF."),
    ),
    ("052", "QUC", "", _W, N_("HTML is not interpreted; `{tag}` will be shown as text.")),
    ("053", "Q", "", _W, N_("Some sites make `{url}` a live link: put it in backticks or write `hxxp`.")),
    ("054", "Q", "", _W, N_("`{label}` is not a label; did you mean `{suggestion}`?")),
    ("060", "QU", "", _W, N_("Without a rubric everyone who marks this answer measures differently.")),
    ("061", "Q", "", _E, N_("The rubric sums to {found}, the question has {needed} points.")),
    ("061", "U", "", _E, N_("The rubric sums to {found}, the task has {needed} points.")),
    ("061", "QU", "missing", _E, N_("A line of the rubric begins with its points: `- (2) ...`.")),
    ("061", "QU", "value", _E, N_("`{value}` is not a number of points; write for example `(1.5)`.")),
    ("070", "Q", "pool", _E, N_("Tag `{tag}` has {found} questions, {needed} needed.")),
    ("070", "Q", "points", _E, N_("Questions drawn by tag `{tag}` must have equal points.")),
    ("080", "Q", "missing", _E, N_("Question `{id}` of `{original}` is missing here.")),
    ("080", "Q", "extra", _E, N_("Question `{id}` is not in `{original}`.")),
    ("080", "Q", "type", _E, N_("Question `{id}` has another type than in `{original}`.")),
    ("080", "Q", "points", _E, N_("Question `{id}` has other points than in `{original}`.")),
    ("080", "Q", "hints", _E, N_("Question `{id}` has {found} hints, {needed} in `{original}`.")),
    ("080", "Q", "count", _E, N_("Question `{id}` has {found} choices, {needed} in `{original}`.")),
    ("080", "Q", "parts", _E, N_("Question `{id}` has {found} answers, {needed} in `{original}`.")),
    ("080", "Q", "gap", _E, N_("Question `{id}`: gap {number} is of another kind than in `{original}`.")),
    (
        "080",
        "Q",
        "pattern",
        _E,
        N_("Question `{id}`: answer {number} is right in one language and wrong in another."),
    ),
    ("080", "Q", "rubric", _E, N_("Question `{id}`: line {number} of the rubric has other points.")),
    (
        "080",
        "Q",
        "weight",
        _E,
        N_("Question `{id}`: choice {number} has another weight than in `{original}`."),
    ),
    ("080", "Q", "key", _E, N_("Question `{id}`: choice {number} has another id than in `{original}`.")),
    (
        "080",
        "QU",
        "no_original",
        _E,
        N_("There is no file `{original}`, the one in the course's own language."),
    ),
    ("080", "U", "no_task", _E, N_("The task of `{original}` is missing here.")),
    ("080", "U", "task", _E, N_("There is no task in `{original}`.")),
    ("080", "U", "lines", _E, N_("The rubric has {found} lines, {needed} in `{original}`.")),
    ("080", "U", "points", _E, N_("The task has other points than in `{original}`.")),
    ("080", "U", "rubric", _E, N_("Line {number} of the rubric has other points than in `{original}`.")),
    ("090", "Q", "", _E, N_("Quiz `{slug}` also stands in `{other}`; quiz names are unique in the site.")),
    ("090", "U", "", _E, N_("Completion asks for `quiz`, but the key `quiz` is missing.")),
    ("091", "U", "", _E, N_("Completion asks for `task`, but no heading has `{#task}`.")),
    ("091", "U", "twice", _E, N_("The heading of the task already stands on line {first}.")),
    ("092", "U", "", _E, N_("Quiz `{slug}` was not found in `quizzes/{course}/`.")),
    ("093", "U", "", _W, N_("The unit is not listed under `units` of its course.")),
    (
        "094",
        "U",
        "",
        _W,
        N_("There is a task, but `completion` does not ask for `task`: nobody can hand it in."),
    ),
    ("090", "C", "", _E, N_("Unit `{unit}` has no file in the course's language, `{path}`.")),
    ("091", "C", "", _E, N_("Unit `{unit}` is listed twice.")),
    ("092", "C", "none", _E, N_("No `course` file of this course has the key `units`.")),
    (
        "092",
        "C",
        "several",
        _E,
        N_("`units` also stands in `{other}`; only one language file of a course may have it."),
    ),
    ("092", "C", "no_course", _E, N_("Course `{course}` has no file `course.<language>.md`.")),
    ("093", "C", "", _E, N_("A course cannot require itself.")),
    ("093", "C", "circle", _E, N_("The prerequisites go in a circle: {circle}.")),
    (
        "093",
        "C",
        "unknown",
        _W,
        N_("There is no course `{slug}`; until there is one, nobody has to complete it first."),
    ),
    ("094", "C", "", _E, N_("Quiz `{slug}` was not found in `quizzes/{course}/`.")),
    ("095", "C", "", _E, N_("`renew_window` must be shorter than `valid_for`.")),
    ("095", "C", "alone", _E, N_("`{key}` needs `valid_for`.")),
    ("001", "B", "", _E, N_("This is not a ZIP file or folder that can be read.")),
    ("001", "B", "damaged", _E, N_("The file is damaged inside the ZIP.")),
    ("002", "B", "", _E, N_("The path leads out of the bundle or is not portable.")),
    ("003", "B", "", _E, N_("Links and special files are not accepted.")),
    ("004", "B", "", _E, N_("The ZIP is encrypted; pack it without a password.")),
    ("005", "B", "", _E, N_("More than {limit} files.")),
    ("006", "B", "file", _E, N_("The file is larger than {limit} MB.")),
    ("006", "B", "total", _E, N_("All files together are larger than {limit} MB.")),
    (
        "006",
        "B",
        "ratio",
        _E,
        N_("The file is compressed more than {limit} times; it looks like a ZIP bomb."),
    ),
    ("007", "B", "", _E, N_("`{other}` differs only in case or in how accents are stored.")),
    ("008", "B", "", _E, N_("This place is not known; expected {expected}.")),
    (
        "008",
        "B",
        "slug",
        _E,
        N_("The name `{slug}` may only have a-z, 0-9 and `-`, 64 at most, and not be reserved."),
    ),
    ("008", "B", "language", _E, N_("The name must end in a language: vi, en or he.")),
    ("009", "B", "", _E, N_("Nothing to read: a folder `courses` or `quizzes` is expected.")),
    ("010", "B", "", _E, N_("This way of compressing is not accepted; use the usual one (deflate).")),
    (
        "011",
        "B",
        "",
        _E,
        N_(
            "The picture cannot be read, or has more than {limit} million pixels; save it anew as PNG or JPEG."
        ),
    ),
)

MESSAGES: dict[tuple[str, str], Message] = {
    (family + number, variant): Message(severity, text)
    for number, families, variant, severity, text in _ROWS
    for family in families
}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding at a place of a file; line and column count from 1, `message` is an English gettext id."""

    file: str
    line: int
    column: int
    code: str
    severity: Severity
    message: str
    params: tuple[tuple[str, str | int], ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether it keeps the text from being published."""
        return self.severity is Severity.ERROR

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Return the message in the reader's language with its parameters put in."""
        values = {name: str(value) for name, value in self.params}
        return _PLACE.sub(lambda place: values.get(place[1], place[0]), translate(self.message))

    def line_of_text(self, translate: Callable[[str], str] = str) -> str:
        """Return the line a linter prints: `file:line:col CODE message`."""
        return f"{self.file}:{self.line}:{self.column} {self.code} {self.text(translate)}"


def diagnostic(
    code: str, variant: str = "", *, file: str, line: int = 1, column: int = 1, **params: str | int
) -> Diagnostic:
    """Make a diagnostic; raises KeyError for an unknown code, ValueError for parameters it does not take."""
    message = MESSAGES[code, variant]
    if message.parameters != params.keys():
        raise ValueError(f"{code} {variant!r} takes {sorted(message.parameters)}, not {sorted(params)}")
    return Diagnostic(file, line, column, code, message.severity, message.text, tuple(params.items()))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Tell whether any of them is an error."""
    return any(found.is_error for found in diagnostics)


class Findings:
    """Gathers the diagnostics of one file while it is read, the first few hundred errors and as many warnings."""

    def __init__(self, file: str, family: str) -> None:
        self.file = file
        self.family = family
        self._found: list[Diagnostic] = []
        self._count = dict.fromkeys(Severity, 0)

    def add(
        self, number: str, variant: str = "", /, *, line: int = 1, column: int = 1, **params: str | int
    ) -> None:
        """Note a finding of this file's family; raises as `diagnostic` does."""
        code = self.family + number
        found = diagnostic(code, variant, file=self.file, line=line, column=column, **params)
        self._count[found.severity] += 1
        if self._count[found.severity] <= MAX_FINDINGS:
            self._found.append(found)

    @property
    def has_errors(self) -> bool:
        """Whether an error was found so far."""
        return self._count[Severity.ERROR] > 0

    def all(self) -> tuple[Diagnostic, ...]:
        """Return what was found, in the order of the file."""
        return tuple(sorted(self._found, key=lambda found: (found.line, found.column, found.code)))
