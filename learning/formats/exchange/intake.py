"""The way in: foreign questions become ours only when our own format says exactly the same, else they are named."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from learning.domain.content import QuizFile
from learning.domain.questions.model import MARK_END, MARK_START, Label, Labelled, Question, ReplyAnswer
from learning.formats.exchange.answers import has_better_later
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Imported, Target
from learning.formats.exchange.plain import on_one_line
from learning.formats.exchange.structure import shielded, shielded_block
from learning.formats.prose import MAX_LINE
from learning.formats.question_heading import ID
from learning.formats.quiz import MAX_QUESTIONS, parse_quiz, write_quiz
from learning.formats.slugs import slug_of
from learning.formats.text import MAX_BYTES

MAX_TITLE = 200
MAX_SEEN = 1_000

_MARK = re.compile(f"{MARK_START}[0-9]*{MARK_END}")


class BadQuestion(Exception):
    """A question whose answers make no sense near what it says."""


class Unknown(Exception):
    """A type of question that we have not."""


class Intake:
    """Gathers the questions of one foreign file."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.losses = Losses()
        self.media: dict[str, bytes] = {}
        self.intro: list[str] = []
        self.questions: list[Question] = []
        self._taken: set[str] = set()
        self._seen = 0
        self.title = ""
        self.order: dict[str, int] = {}

    def is_full(self, line: int) -> bool:
        """Tell whether more questions were looked at than any file should have; notes it at the line."""
        self._seen += 1
        if self._seen == MAX_SEEN + 1:
            self.losses.add("X020", line=line, limit=MAX_SEEN)
        return self._seen > MAX_SEEN

    def add_text(self, markdown: str, *, line: int = 0) -> None:
        """Take over a text that asks nothing; between questions it moves to the introduction."""
        if self.questions:
            self.losses.add("X065", line=line)
        if markdown.strip():
            self.intro.append(shielded_block(markdown))

    def add(self, question: Question, losses: Losses, *, foreign_id: str = "", line: int = 0) -> None:
        """Take over a question under its own id, if that fits; notes it where our format cannot say it."""
        if isinstance(question.answer, ReplyAnswer) and has_better_later(question.answer):
            losses.add("X073")
        title = on_one_line(question.title)
        name = self._free_id(foreign_id or title or on_one_line(_MARK.sub(" ", question.body)), foreign_id)
        if foreign_id and name != foreign_id:
            losses.add("X060", found=foreign_id[:80], id=name)
        if len(self.questions) >= MAX_QUESTIONS:
            self.losses.add("X006", name, line=line, limit=MAX_QUESTIONS)
            return
        asked = replace(question, id=name, title=title[:MAX_TITLE])
        if title[:MAX_TITLE] != title:
            asked = replace(asked, body=f"{title}\n\n{question.body}")
        for attempt in (asked, shielded(asked)):
            if self._is_said(attempt):
                self.questions.append(attempt)
                self._taken.add(name)
                self.losses.extend(losses.all(), name, line=line)
                return
        self.losses.add("X011", name, line=line)
        parsed = parse_quiz(self._alone(shielded(asked)), file="", language=self.target.language)
        errors = [found for found in parsed.diagnostics if found.is_error]
        self.losses.add_diagnostics(errors[:5], name, line=line)

    def refuse(self, code: str, name: str, /, *, line: int = 0, **params: str | int) -> None:
        """Note a question that cannot be read at all, by what it is called in the file."""
        self.losses.add(code, on_one_line(name)[:60], line=line, **params)

    @contextmanager
    def refusing(self, name: str, *, line: int) -> Iterator[None]:
        """Note a question in place of raising that it is BadQuestion or Unknown."""
        try:
            yield
        except BadQuestion as bad:
            self.refuse("X012", name, line=line, found=on_one_line(str(bad))[:60] or "–")
        except Unknown as unknown:
            kind = on_one_line(str(unknown))[:60] or "–"
            self.refuse("X010", name, line=line, type=kind, format="quiz.md")

    def _alone(self, question: Question) -> bytes:
        return write_quiz(QuizFile("", self.target.language, questions=(question,))).encode()

    def _is_said(self, question: Question) -> bool:
        parsed = parse_quiz(self._alone(question), file="", language=self.target.language)
        return parsed.value is not None and parsed.value.questions == (question,)

    def _free_id(self, text: str, foreign_id: str) -> str:
        if ID.fullmatch(foreign_id) and foreign_id not in self._taken:
            return foreign_id
        base = slug_of(text, length=36) or "cau"
        number, name = 1, base
        while name in self._taken:
            number += 1
            name = f"{base[: 39 - len(str(number))]}-{number}"
        return name

    def finish(self) -> Imported:
        """Return the quiz with everything that was noted; None where nothing could be taken over."""
        if not self.questions:
            self.losses.add("X008")
            return Imported(None, self.losses.all())
        quiz = QuizFile(
            title=on_one_line(self.title or self.target.title)[:MAX_TITLE],
            language=self.target.language,
            intro="\n\n".join(self.intro),
            questions=tuple(self.questions),
        )
        source = write_quiz(quiz)
        if len(source.encode()) > MAX_BYTES or any(len(line) > MAX_LINE for line in quiz.intro.split("\n")):
            self.losses.add_diagnostics(
                parse_quiz(source.encode(), file="", language=quiz.language).diagnostics[:1]
            )
            return Imported(None, self.losses.all())
        used = {path: data for path, data in self.media.items() if f"({path})" in source}
        return Imported(quiz, self.losses.all(), source, used)


def note(text: str, *, kind: str = "") -> Labelled:
    """Return a note of the author that keeps a foreign text letter for letter."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = "\n".join(line[: MAX_LINE - 10] for line in text.split("\n"))
    return Labelled(Label.NOTE, f"{fence}{kind}\n{lines}\n{fence}")
