"""Language twins of a quiz: one set of questions, keys and settings, several texts."""

from dataclasses import replace

from learning.domain.content import QuizFile
from learning.domain.diagnostics import Diagnostic, Findings
from learning.domain.questions.model import Question
from learning.domain.questions.registry import TYPES


def with_twin_keys(original: QuizFile, twin: QuizFile) -> QuizFile:
    """Return the twin's texts with the settings, order, types, points and keys of the original.

    Raises ValueError when the twin lacks a question or a choice; `check_twins` tells that to the author.
    """
    texts = {question.id: question for question in twin.questions}
    if texts.keys() != {question.id for question in original.questions}:
        raise ValueError("the twin has other questions than the original")
    return replace(
        twin,
        settings=original.settings,
        questions=tuple(_twin_question(ours, texts[ours.id]) for ours in original.questions),
    )


def _twin_question(original: Question, twin: Question) -> Question:
    if type(original.answer) is not type(twin.answer):
        raise ValueError("the twin has another kind of answers than the original")
    return replace(
        original,
        title=twin.title,
        body=twin.body,
        labelled=twin.labelled,
        line=twin.line,
        answer=TYPES[original.type].twin(original.answer, twin.answer),
    )


def check_twins(
    original: QuizFile, twin: QuizFile, file: str, *, original_name: str = "the original"
) -> list[Diagnostic]:
    """Return where a twin disagrees with the original on ids, types, points, paid hints, choices or weights.

    What the twin's heading does not say comes from the original and cannot disagree.
    """
    findings = Findings(file, "Q")
    theirs = {question.id: question for question in twin.questions}
    ours = {question.id: question for question in original.questions}
    for question in original.questions:
        if question.id not in theirs:
            findings.add("080", "missing", id=question.id, original=original_name)
    for question in twin.questions:
        if question.id not in ours:
            findings.add("080", "extra", id=question.id, original=original_name)
        else:
            _compare(ours[question.id], question, findings=findings, name=original_name)
    return list(findings.all())


def _compare(original: Question, twin: Question, *, findings: Findings, name: str) -> None:
    differs = type(original.answer) is not type(twin.answer)
    if differs or ("type" in twin.written and original.type != twin.type):
        findings.add("080", "type", id=twin.id, original=name)
        return
    if "points" in twin.written and original.points != twin.points:
        findings.add("080", "points", id=twin.id, original=name)
    found, needed = len(twin.hints), len(original.hints)
    if original.hint_cost is not None and found != needed:
        findings.add("080", "hints", id=twin.id, found=found, needed=needed, original=name)
    TYPES[original.type].compare(twin.id, original.answer, twin.answer, findings=findings, name=name)
