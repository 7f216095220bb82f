"""`<quiz>.<language>.quiz.md`: a quiz in one language, read into objects and written back."""

from collections.abc import Sequence
from itertools import pairwise

from learning.domain.content import QuizFile
from learning.domain.diagnostics import Findings
from learning.domain.questions.choices import percent
from learning.domain.questions.model import Label, Question
from learning.domain.questions.registry import TYPES
from learning.formats.fences import Fence
from learning.formats.front_matter import write_front_matter
from learning.formats.gaps import put_back
from learning.formats.labels import write_label
from learning.formats.question_heading import is_heading
from learning.formats.question_text import read_question
from learning.formats.quiz_lint import check_quiz
from learning.formats.quiz_settings import KEYS, read_settings, write_settings
from learning.formats.source import read_source, trim_blank
from learning.formats.text import Parsed
from learning.formats.values import write_phrase, write_points

MAX_QUESTIONS = 200


def parse_quiz(source: bytes, *, file: str, language: str) -> Parsed[QuizFile]:
    """Read a quiz; its value is None when there is an error."""
    findings = Findings(file, "Q")
    text = read_source(source, findings, language=language, known=KEYS, required=False)
    if text is None:
        return Parsed(None, findings.all())
    front = text.front
    settings = read_settings(front)
    starts = _heading_lines(text.lines)
    if len(starts) > MAX_QUESTIONS:
        findings.add("006", "questions", limit=MAX_QUESTIONS)
        return Parsed(None, findings.all(), front.keys)
    taken: dict[str, int] = {}
    questions: list[Question] = []
    for start, end in pairwise([*starts, len(text.lines)]):
        question = read_question(text.lines[start:end], findings, first=text.first + start, taken=taken)
        if question is not None:
            questions.append(question)
    quiz = QuizFile(
        title=front.text("title"),
        summary=front.text("summary"),
        language=language,
        settings=settings,
        intro=trim_blank(text.lines[: starts[0]] if starts else text.lines),
        questions=tuple(questions),
    )
    check_quiz(quiz, text, starts, findings)
    if not starts and not findings.has_errors:
        findings.add("016", "quiz")
    return Parsed(None if findings.has_errors else quiz, findings.all(), front.keys)


def _heading_lines(lines: Sequence[str]) -> list[int]:
    fence = Fence()
    return [index for index, line in enumerate(lines) if not fence.takes(line, index) and is_heading(line)]


def write_quiz(quiz: QuizFile) -> str:
    """Return the text of a quiz such that reading it gives the same quiz."""
    head = {"title": quiz.title, "summary": quiz.summary} | write_settings(quiz.settings)
    parts = [write_front_matter({key: value for key, value in head.items() if value})]
    if quiz.intro:
        parts.append(quiz.intro + "\n")
    parts += [_write_question(question, quiz.language) for question in quiz.questions]
    return "\n".join(parts)


def _write_question(question: Question, language: str) -> str:
    settings = [f"#{question.id}", f"type={question.type}"]
    if question.points != 1:
        settings.append(f"points={write_points(question.points)}")
    if question.tags:
        settings.append(f"tags={','.join(question.tags)}")
    if question.partial is not None:
        settings.append(f"partial={question.partial}")
    if question.shuffle is not None:
        settings.append(f"shuffle={'choices' if question.shuffle else 'none'}")
    if question.hint_cost is not None:
        settings.append(f"hint_cost={percent(question.hint_cost)}")
    for name, value in TYPES[question.type].written_options(question.answer).items():
        settings.append(f"{name}={write_phrase(value)}")
    title = f"{question.title} " if question.title else ""
    blocks = [f"## {title}{{{' '.join(settings)}}}"]
    kind = TYPES[question.type]
    if question.body:
        blocks.append(put_back(question.body, kind.write_marked(question.answer)))
    if lines := kind.write(question.answer):
        blocks.append("\n".join(lines))
    for part in question.labelled:
        label = write_label(part.label, language)
        one_line = "\n" not in part.text and part.text == part.text.strip() and part.label is not Label.RUBRIC
        lines = [f"{label} {part.text}".rstrip()] if one_line else [label, *part.text.split("\n")]
        blocks.append("\n".join(f"> {line}" if line else ">" for line in lines))
    return "\n\n".join(blocks) + "\n"
