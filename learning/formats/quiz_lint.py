"""What is wrong with a quiz as a whole, or probably is: drawing, shuffling, keys that show themselves."""

import re
from collections.abc import Sequence

from learning.domain.attempt import draw_pools
from learning.domain.content import QuizFile
from learning.domain.diagnostics import Findings
from learning.domain.questions.essay import EssayAnswer
from learning.domain.questions.model import Choice, ChoiceAnswer, Question
from learning.domain.questions.registry import TYPES
from learning.domain.vietnamese import fold
from learning.formats.prose import bare_urls, visible_lines
from learning.formats.source import Source
from learning.formats.values import write_points

# Choices that speak of the others and so must keep their place, folded.
_ABOUT_OTHERS = re.compile(
    r"(?:tat )?ca (?:cac|nhung|hai|ba|bon|nam)? ?(?:y|dap an|phuong an|lua chon|cau)\b.*"
    r"|khong co (?:y|dap an|phuong an|lua chon|cau) nao\b.*"
    r"|(?:tat ca|ca hai|ca ba) (?:deu )?(?:dung|sai)\b.*"
    r"|(?:all|none|both|any) of (?:the )?(?:above|these|them)\b.*"
)
# Below this many questions a pattern of the key is chance.
_ENOUGH = 3


def check_quiz(quiz: QuizFile, text: Source, starts: Sequence[int], findings: Findings) -> None:
    """Note what is told by looking at the whole quiz; `starts` are the indexes of its headings."""
    _check_draw(quiz, text, findings)
    for question in quiz.questions:
        _check_rubric(question, findings)
        if _shuffles(question, quiz):
            _check_fixed(question, text, findings)
    _check_patterns(quiz, findings)
    first = starts[0] if starts else len(text.lines)
    for number, line in visible_lines(text.lines[first:], first=text.first + first):
        if not line.lstrip().startswith(">"):
            for url, column in bare_urls(line):
                findings.add("053", line=number, column=column, url=url[:80])


def _shuffles(question: Question, quiz: QuizFile) -> bool:
    wanted = quiz.settings.shuffle_choices if question.shuffle is None else question.shuffle
    return wanted and TYPES[question.type].can_shuffle


def _check_draw(quiz: QuizFile, text: Source, findings: Findings) -> None:
    line = text.front.line("draw")
    needed = dict(quiz.settings.draw)
    for tag, pool in draw_pools(quiz.questions, quiz.settings.draw).items():
        if len(pool) < needed[tag] and not findings.has_errors:
            findings.add("070", "pool", line=line, tag=tag, found=len(pool), needed=needed[tag])
        if len({question.points for question in pool}) > 1:
            findings.add("070", "points", line=line, tag=tag)


def _check_rubric(question: Question, findings: Findings) -> None:
    if not isinstance(question.answer, EssayAnswer) or not question.answer.rubric:
        return
    found = question.answer.points
    if found != question.points:
        needed = write_points(question.points)
        findings.add("061", line=question.line, found=write_points(found), needed=needed)


def _choices(question: Question) -> tuple[Choice, ...]:
    return question.answer.choices if isinstance(question.answer, ChoiceAnswer) else ()


def _check_fixed(question: Question, text: Source, findings: Findings) -> None:
    for choice in _choices(question):
        if not choice.fixed and _ABOUT_OTHERS.fullmatch(fold(choice.text).rstrip(".")):
            place = _place_of(choice.text.split("\n")[0], question, text)
            findings.add("027", line=place[0], column=place[1], choice=choice.text)


def _place_of(words: str, question: Question, text: Source) -> tuple[int, int]:
    for index in range(question.line - text.first + 1, len(text.lines)):
        column = text.lines[index].find(words)
        if column > 0 and text.lines[index].lstrip()[0] in "-*+":
            return index + text.first, column + 1
    return question.line, 1


def _check_patterns(quiz: QuizFile, findings: Findings) -> None:
    singles = [question for question in quiz.questions if question.type == "single" and _has_key(question)]
    if len(singles) < _ENOUGH:
        return
    if all(_key_is_longest(question) for question in singles):
        findings.add("029", "longest", line=singles[0].line)
    positions = {_position(question) for question in singles}
    if len(positions) == 1 and not any(_shuffles(question, quiz) for question in singles):
        findings.add("029", "position", line=singles[0].line, position=positions.pop())


def _has_key(question: Question) -> bool:
    return len(question.answer.right) == 1


def _key_is_longest(question: Question) -> bool:
    right = [len(choice.text) for choice in _choices(question) if choice.correct]
    others = [len(choice.text) for choice in _choices(question) if not choice.correct]
    return right[0] > max(others, default=0)


def _position(question: Question) -> int:
    return 1 + next(index for index, choice in enumerate(_choices(question)) if choice.correct)
