"""The choices of a question that is known to have some, and the replies of one that is typed."""

from learning.domain.questions.model import Choice, ChoiceAnswer, Question, ReplyAnswer


def choices_of(question: Question) -> tuple[Choice, ...]:
    """Return the choices of a question; fails when it has none."""
    assert isinstance(question.answer, ChoiceAnswer)
    return question.answer.choices


def keys_of(question: Question) -> tuple[str, ...]:
    """Return the keys of its choices."""
    return tuple(choice.key for choice in choices_of(question))


def answer_of(question: Question) -> ReplyAnswer:
    """Return the replies of a question and how they are compared; fails when it has none."""
    assert isinstance(question.answer, ReplyAnswer)
    return question.answer
