"""The choices of a question that is known to have some."""

from learning.domain.questions.model import Choice, ChoiceAnswer, Question


def choices_of(question: Question) -> tuple[Choice, ...]:
    """Return the choices of a question; fails when it has none."""
    assert isinstance(question.answer, ChoiceAnswer)
    return question.answer.choices


def keys_of(question: Question) -> tuple[str, ...]:
    """Return the keys of its choices."""
    return tuple(choice.key for choice in choices_of(question))
