"""Marking an attempt from what is stored: the texts it keeps, its seed and the responses that count."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from learning.courses.queries import QuizText, get_quiz_text
from learning.domain.attempt import Paper, asks_for_words
from learning.domain.content import QuizFile
from learning.domain.grading import QuizGrade, grade_quiz
from learning.domain.marks import KeptMark, Record, kept_marks, read_marks, with_shares, write_marks
from learning.quizzes.hand_marks import points_by_hand
from learning.quizzes.papers import paper_of
from learning.quizzes.queries import (
    StoredAttempt,
    StoredResponse,
    counting_responses_of,
    get_attempts,
    given_in,
)


def original_text(attempt: StoredAttempt) -> QuizText:
    """Return the quiz of the attempt in the course's own language, which grading goes by."""
    return get_quiz_text(
        attempt.pinned, [revision.language for revision in attempt.pinned if revision.is_original]
    )


def attempt_paper(attempt: StoredAttempt, text: QuizText) -> Paper:
    """Return the paper of an attempt, in any of its languages."""
    return paper_of(text, attempt.seed, attempt.seen)


def other_texts(attempt: StoredAttempt, text: QuizText) -> list[QuizText]:
    """Return the quiz of the attempt in its languages other than that of the text."""
    return [
        get_quiz_text(attempt.pinned, [revision.language])
        for revision in attempt.pinned
        if revision.language != text.language
    ]


def asked_twins(attempt: StoredAttempt, text: QuizText, paper: Paper) -> list[QuizFile]:
    """Return the quiz in the other languages that grading asks for: all where anything is typed, else none."""
    return [twin.quiz for twin in other_texts(attempt, text)] if asks_for_words(text.quiz, paper) else []


def grade_attempt(
    attempt: StoredAttempt, text: QuizText, counting: Mapping[str, StoredResponse]
) -> QuizGrade:
    """Mark an attempt from what is stored: its revision, its seed, the responses that count, and people's marks."""
    paper = attempt_paper(attempt, text)
    points = points_by_hand(attempt.row.id, text.quiz, paper)
    given = given_in(attempt, counting)
    responses = (
        {name: replace(one, points=points.get(name)) for name, one in given.items()} if points else given
    )
    return grade_quiz(text.quiz, paper.question_ids, responses, twins=asked_twins(attempt, text, paper))


def keep_marks(attempt: StoredAttempt, text: QuizText, grade: QuizGrade) -> dict[str, KeptMark]:
    """Return what is kept of a grading of an attempt."""
    twins = asked_twins(attempt, text, attempt_paper(attempt, text))
    return kept_marks(text.quiz, grade.marks, twins)


def counting_grade(
    attempt: StoredAttempt, text: QuizText, counting: Mapping[str, StoredResponse]
) -> QuizGrade:
    """Return the grade of a submitted attempt as it counts: its marks may have been corrected since."""
    grade = grade_attempt(attempt, text, counting)
    return grade if attempt.marks is None else with_shares(grade, read_marks(attempt.marks), text.quiz)


def marked_anew(attempt_ids: Sequence[int]) -> dict[int, Record]:
    """Return the marks of attempts that were submitted before any were kept."""
    if not attempt_ids:
        return {}
    records = {}
    responses = counting_responses_of(attempt_ids)
    for attempt in get_attempts(attempt_ids):
        text = original_text(attempt)
        grade = grade_attempt(attempt, text, responses[attempt.row.id])
        records[attempt.row.id] = write_marks(keep_marks(attempt, text, grade))
    return records
