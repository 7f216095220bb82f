"""What a new text of a quiz does to answers that were given to the one before."""

from learning.domain.content import QuizFile
from learning.domain.diagnostics import Findings


def check_history(before: QuizFile, now: QuizFile, findings: Findings) -> None:
    """Note questions that are gone, and those of another type; their ids are the answers' only hold."""
    questions = {question.id: question for question in now.questions}
    for earlier in before.questions:
        question = questions.get(earlier.id)
        if question is None:
            findings.add("014", "gone", id=earlier.id)
        elif question.type != earlier.type:
            findings.add(
                "014", "type", line=question.line, id=earlier.id, before=earlier.type, now=question.type
            )
