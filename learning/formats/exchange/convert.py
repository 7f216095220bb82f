"""Quizzes in and out: what is written is read back, so that nothing is lost without a word."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from learning.domain.content import QuizFile
from learning.domain.questions.model import Question
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.model import Exported, Format, Outgoing, Target
from learning.formats.exchange.reduction import differences, reduce_quiz
from learning.formats.exchange.structure import texts_of
from learning.formats.prose import MEDIA_PATH, pictures
from learning.formats.rendering import RenderRefused

_HEADING_ID = re.compile(r'(<h[1-6]) id="[^"]*"')

# Renders fragments of Markdown by name, as `Renderer.render` does.
Render = Callable[[Mapping[str, str]], Mapping[str, str]]


class Html:
    """The HTML of texts, rendered many at once where they are known before, each only once."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._known: dict[tuple[str, bool], str] = {}

    def prepare(self, quiz: QuizFile) -> None:
        """Render all texts of a quiz; what cannot be rendered is told when it is asked for."""
        wanted = [(quiz.intro, False), *(text for question in quiz.questions for text in texts_of(question))]
        self._fetch(wanted)

    def __call__(self, text: str, inline: bool) -> str:
        """Return the HTML of a text; raises RenderRefused."""
        if (text, inline) not in self._known:
            self._fetch([(text, inline)])
        return self._known[text, inline]

    def _fetch(self, wanted: Iterable[tuple[str, bool]]) -> None:
        new = [entry for entry in dict.fromkeys(wanted) if entry not in self._known]
        # The name tells the renderer whether a fragment stands in a line.
        names = {
            f"x/{'choice' if inline else 'text'}/{n}": (text, inline) for n, (text, inline) in enumerate(new)
        }
        html = self._render({name: text for name, (text, _) in names.items()})
        # The ids of headings are of one page, and other systems have their own.
        self._known |= {entry: _HEADING_ID.sub(r"\1", html[name]) for name, entry in names.items()}


def write_foreign(quiz: QuizFile, form: Format, render: Render, media: Mapping[str, bytes]) -> Exported:
    """Return a quiz as a file of another system with every loss; raises ValueError, RenderRefused."""
    losses, html = Losses(), Html(render)
    html.prepare(quiz)
    reduced = reduce_quiz(quiz, form, losses, html)
    html.prepare(reduced)
    if form.write is None:
        raise ValueError(f"{form.name} is only read")
    if not reduced.questions:
        losses.add("X008")
        return Exported(b"", losses.all())
    data = form.write(Outgoing(reduced, html, media))
    if form.keeps is not None and "media" in form.keeps.parts:
        _tell_missing(reduced, media, losses)
    for question in reduced.questions:
        changed = _read_back(reduced, question, form, html=html, media=media)
        if changed:
            losses.add("X069", question.id, parts=", ".join(f"`{name}`" for name in changed))
    if reduced.intro and not _intro_comes_back(reduced, form, html, media=media):
        losses.add("X069", parts="`intro`")
    return Exported(data, losses.all())


def _intro_comes_back(quiz: QuizFile, form: Format, html: Html, *, media: Mapping[str, bytes]) -> bool:
    if form.write is None:
        return False
    short = replace(quiz, questions=quiz.questions[:1])
    back = form.read(form.write(Outgoing(short, html, media)), Target(quiz.language, quiz.title)).quiz
    try:
        return back is not None and seen(html(back.intro, False)) == seen(html(quiz.intro, False))
    except RenderRefused:
        return False


def _tell_missing(quiz: QuizFile, media: Mapping[str, bytes], losses: Losses) -> None:
    shown = {"": [quiz.intro]} | {q.id: [text for text, _ in texts_of(q)] for q in quiz.questions}
    for name, texts in shown.items():
        found = {picture.target for text in texts for picture in pictures(text.split("\n"))}
        for path in sorted(path for path in found - media.keys() if MEDIA_PATH.fullmatch(path)):
            losses.add("X053", name, target=path)


def _read_back(
    quiz: QuizFile, question: Question, form: Format, *, html: Html, media: Mapping[str, bytes]
) -> tuple[str, ...]:
    """Write one question alone, read it, and return the names of the parts that do not come back."""
    if form.write is None or form.keeps is None:
        return ()
    alone = replace(quiz, questions=(question,), intro="")
    back = form.read(form.write(Outgoing(alone, html, media)), Target(quiz.language, quiz.title)).quiz
    if back is None or len(back.questions) != 1:
        return ("text", "answers")

    try:
        # Texts that are spelled otherwise are the same when readers see the same.
        return differences(question, back.questions[0], _trimmed) and differences(
            question, back.questions[0], lambda text, inline: seen(html(text, inline))
        )
    except RenderRefused:
        return ("text",)


def seen(html: str) -> str:
    """Return HTML in which runs of spaces are one, as browsers show them, save in blocks of code."""
    parts = re.split(r"(<pre.*?</pre>)", html, flags=re.DOTALL)
    return "".join(part if part.startswith("<pre") else re.sub(r"\s+", " ", part) for part in parts)


def _trimmed(text: str, _inline: bool) -> str:
    return text.strip()
