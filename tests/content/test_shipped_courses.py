"""What every shipped course must keep: no findings, readable lengths, sources with dates."""

import re
from pathlib import Path

import pytest

from learning.config import ROOT
from learning.domain.content import QuizFile, UnitFile
from learning.domain.grading import grade_quiz
from learning.formats.bundle import BundleFile, check_bundle, parse_file, read_bundle
from learning.formats.rendering import Renderer

BUNDLE = read_bundle(ROOT)
UNITS = [file for file in BUNDLE.files if file.kind == "unit"]
QUIZZES = [file for file in BUNDLE.files if file.kind == "quiz"]


def words(file: BundleFile) -> int:
    """Count the words a learner reads: below the front matter, above the sources, marks and signs left out."""
    body = file.data.decode().split("---", 2)[2].split("\n## Nguồn")[0]
    return sum(any(character.isalnum() for character in word) for word in body.split())


def test_no_file_has_a_finding_not_even_a_warning() -> None:
    renderer = Renderer()
    try:
        assert [finding.line_of_text() for finding in check_bundle(BUNDLE, renderer)] == []
    finally:
        renderer.close()


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.path)
def test_a_unit_to_read_has_600_to_1000_words(file: BundleFile) -> None:
    unit = parse_file(file).value
    assert isinstance(unit, UnitFile)
    if unit.quiz is None:
        assert 600 <= words(file) <= 1000


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.path)
def test_a_unit_to_read_has_a_task_a_checklist_a_callout_and_sources(file: BundleFile) -> None:
    unit = parse_file(file).value
    assert isinstance(unit, UnitFile)
    if unit.quiz is None:
        assert "- [ ] " in unit.body
        assert re.search(r"^!!! \w+ ", unit.body, re.MULTILINE)
        assert re.search(r"^## Nguồn", unit.body, re.MULTILINE)
        assert unit.reviewed_on is not None
        assert unit.review_by is not None


@pytest.mark.parametrize("file", QUIZZES, ids=lambda file: file.path)
def test_the_key_of_a_quiz_wins_all_points_and_no_answer_none(file: BundleFile) -> None:
    quiz = parse_file(file).value
    assert isinstance(quiz, QuizFile)
    ids = [question.id for question in quiz.questions]
    key = {
        question.id: list(question.answer.right) if question.type == "multiple" else question.answer.right[0]
        for question in quiz.questions
    }
    best = grade_quiz(quiz, ids, key)
    assert best.passed
    assert best.score == best.max_score
    assert grade_quiz(quiz, ids, {}).score == 0


@pytest.mark.parametrize("file", QUIZZES, ids=lambda file: file.path)
def test_every_question_is_explained(file: BundleFile) -> None:
    quiz = parse_file(file).value
    assert isinstance(quiz, QuizFile)
    assert [question.id for question in quiz.questions if not question.explanation] == []


def test_shipped_files_are_reachable_from_their_course() -> None:
    assert {Path(file.path).suffix for file in BUNDLE.files} == {".md"}
    assert len({file.course for file in BUNDLE.files}) == 1
    assert len(UNITS) == 4
