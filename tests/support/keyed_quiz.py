"""A quiz whose key is a word: the nth letter is the right choice of the nth question; and answers likewise."""

from typing import Any

from learning.domain.permissions import Actor
from learning.quizzes.services import Answer, save_responses, start_attempt, submit_attempt
from tests.support.factories import COURSE, QUIZ, SEED, import_texts, moment

LETTERS = "abc"


def quiz_text(
    keys: str = "aaab", *, rule: str = "highest", share: str = "70%", attempts: int = 3, title: str = "Thử"
) -> bytes:
    """Return a quiz of a question for each letter, of one point, whose right choice it is; the last has two points."""
    questions = "".join(
        f"## Câu {number} {{#q{number} points={2 if number == len(keys) else 1}}}\n\n"
        + "".join(f"- [{'x' if letter == key else ' '}] Lựa {letter} {{#{letter}}}\n" for letter in LETTERS)
        + "\n"
        for number, key in enumerate(keys, start=1)
    )
    return (
        f"---\ntitle: {title}\npreset: test\npass: {share}\nattempts: {attempts}\ngrade: {rule}\n"
        f"show_after_submit: score, answers, feedback\n---\n\n{questions}"
    ).encode()


def publish(keys: str, *, quiz: str = QUIZ, course: str = COURSE, day: float = 1, **more: Any) -> None:
    import_texts({f"quizzes/{course}/{quiz}.vi.quiz.md": quiz_text(keys, **more)}, at=moment(day))


def sit(person: Actor, given: str, *, quiz: str = QUIZ, day: float = 0) -> int:
    """Take the quiz with these choices, a dash for none; return the attempt."""
    at = moment(day)
    attempt = start_attempt(person, quiz, seed=SEED, moment=at)
    answer(person, attempt, given, day=day)
    submit_attempt(person, attempt, moment=at)
    return attempt


def answer(person: Actor, attempt: int, given: str, *, day: float = 0) -> None:
    answers = {
        f"q{number}": Answer(f"q{number}", letter, f"00000000-0000-4000-8000-{number:012}", number)
        for number, letter in enumerate(given, start=1)
        if letter != "-"
    }
    save_responses(person, attempt, answers, language="vi", moment=moment(day))
