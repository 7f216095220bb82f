"""What every shipped course must keep: seven units and a test, twins, readable lengths, sources with dates."""

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from learning.config import ROOT
from learning.domain.attempt import draw_pools
from learning.domain.content import CompletionRule, CourseFile, Preset, QuizFile, UnitFile
from learning.domain.grading import Given, grade_quiz
from learning.domain.questions.model import Question
from learning.domain.questions.registry import TYPES
from learning.formats.bundle import BundleFile, check_bundle, parse_file, read_bundle
from learning.formats.rendering import Renderer

BUNDLE = read_bundle(ROOT)
BY_PATH = {file.path: file for file in BUNDLE.files}
COURSES = ("an-toan-thong-tin-co-ban", "nhan-dien-lua-dao")
LANGUAGES = ("vi", "en")
ORIGINALS = [file for file in BUNDLE.files if file.language == "vi"]
UNITS = [file for file in BUNDLE.files if file.kind == "unit"]
QUIZZES = [file for file in BUNDLE.files if file.kind == "quiz"]

SOURCES = {"vi": "\n## Nguồn", "en": "\n## Sources"}
# Names that no one else can own (RFC 2606), and the public services that the courses teach to type by hand.
RESERVED = ("example", "test", "example.com", "example.net", "example.org")
TAUGHT = frozenset({"gov.vn", "dichvucong.gov.vn", "tinnhiemmang.vn"})
# The endings by which a name in a text is taken for a domain; file names such as `ke-hoach.docx` are none.
DOMAIN = re.compile(
    r"\b(?:[a-z0-9-]+\.)+(?:vn|com|net|org|edu|dev|info|top|xyz|example|test)\b(?![.-]?\w)", re.IGNORECASE
)
CITED = re.compile(r"\b(?:nguồn|sources?) (\d+(?:(?:, | và | and )(?:nguồn )?\d+)*)\b")
ADDRESS = re.compile(r"\]\((https?://[^)\s]+)\)")


def text_of(file: BundleFile) -> str:
    """Return what stands below the front matter."""
    return file.data.decode().split("---", 2)[2]


def words(file: BundleFile) -> int:
    """Count the words a learner reads above the sources, marks and signs left out."""
    body = text_of(file).split(SOURCES[file.language])[0]
    return sum(any(character.isalnum() for character in word) for word in body.split())


def sources(file: BundleFile) -> list[str]:
    """Return the numbered items of a unit's sources."""
    _, _, part = text_of(file).partition(SOURCES[file.language])
    return re.findall(r"^1\. (.+)$", part, re.MULTILINE)


def course_of(slug: str) -> CourseFile:
    course = parse_file(BY_PATH[f"courses/{slug}/course.vi.md"]).value
    assert isinstance(course, CourseFile)
    return course


def unit_of(file: BundleFile) -> UnitFile:
    """Return a unit with the settings of its original."""
    unit = parse_file(BY_PATH[f"courses/{file.course}/{file.slug}.vi.md"]).value
    assert isinstance(unit, UnitFile)
    return unit


def quiz_of(course: str, slug: str, language: str = "vi") -> QuizFile:
    quiz = parse_file(BY_PATH[f"quizzes/{course}/{slug}.{language}.quiz.md"]).value
    assert isinstance(quiz, QuizFile)
    return quiz


def final_test(slug: str) -> QuizFile:
    last = parse_file(BY_PATH[f"courses/{slug}/{course_of(slug).units[-1]}.vi.md"]).value
    assert isinstance(last, UnitFile)
    assert last.quiz is not None
    return quiz_of(slug, last.quiz)


def is_reserved(domain: str) -> bool:
    name = domain.lower()
    return any(name == ending or name.endswith(f".{ending}") for ending in RESERVED)


READ_UNITS = [file for file in UNITS if CompletionRule.READ in unit_of(file).completion]
by_path = pytest.mark.parametrize("file", UNITS, ids=lambda file: file.path)
by_read_path = pytest.mark.parametrize("file", READ_UNITS, ids=lambda file: file.path)
by_quiz_path = pytest.mark.parametrize("file", QUIZZES, ids=lambda file: file.path)
by_course = pytest.mark.parametrize("slug", COURSES)


def test_no_file_has_a_finding_not_even_a_warning() -> None:
    renderer = Renderer()
    try:
        assert [finding.line_of_text() for finding in check_bundle(BUNDLE, renderer)] == []
    finally:
        renderer.close()


def test_every_shipped_course_is_held_to_these_rules() -> None:
    assert {file.course for file in BUNDLE.files} == set(COURSES)


@pytest.mark.parametrize("file", ORIGINALS, ids=lambda file: file.path)
def test_every_text_has_a_twin(file: BundleFile) -> None:
    assert {
        path.replace(".vi.", f".{language}.") for path in [file.path] for language in LANGUAGES
    } <= BY_PATH.keys()


def test_no_twin_stands_alone() -> None:
    for file in BUNDLE.files:
        assert re.sub(rf"\.{file.language}\.", ".vi.", file.path) in BY_PATH


@by_course
def test_a_course_has_seven_units_to_read_and_ends_with_its_test(slug: str) -> None:
    units = [parse_file(BY_PATH[f"courses/{slug}/{name}.vi.md"]).value for name in course_of(slug).units]
    assert len(units) == 8
    assert all(isinstance(unit, UnitFile) and CompletionRule.READ in unit.completion for unit in units[:-1])
    last = units[-1]
    assert isinstance(last, UnitFile)
    assert last.completion == (CompletionRule.QUIZ,)


@by_course
def test_units_have_practice_and_at_least_three_ask_for_it(slug: str) -> None:
    read = [unit_of(file) for file in READ_UNITS if file.course == slug and file.language == "vi"]
    assert all(unit.quiz is not None for unit in read)
    assert sum(CompletionRule.QUIZ in unit.completion for unit in read) >= 3
    for unit in read:
        assert quiz_of(slug, str(unit.quiz)).settings.preset is Preset.PRACTICE


@by_course
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_course_does_not_pass_for_the_official_confirmation(slug: str, language: str) -> None:
    sentence = {
        "vi": "không thay cho việc xác nhận chính thức",
        "en": "does not replace the official confirmation",
    }
    assert sentence[language] in text_of(BY_PATH[f"courses/{slug}/course.{language}.md"])


@by_read_path
def test_a_unit_to_read_has_600_to_1000_words(file: BundleFile) -> None:
    assert 600 <= words(file) <= 1000


@by_read_path
def test_a_unit_to_read_has_a_task_a_checklist_and_a_callout(file: BundleFile) -> None:
    body = text_of(file)
    assert {"vi": "\n## Việc của bạn hôm nay", "en": "\n## Your task for today"}[file.language] in body
    assert "- [ ] " in body
    assert re.search(r"^!!! \w+ ", body, re.MULTILINE)


@by_read_path
def test_every_source_of_a_unit_has_an_address_and_a_year(file: BundleFile) -> None:
    found = sources(file)
    assert found
    assert [source for source in found if not ADDRESS.search(source)] == []
    assert [source for source in found if not re.search(r"\b20\d\d\b", ADDRESS.sub("", source))] == []


@by_read_path
def test_a_unit_refers_to_its_sources_by_their_numbers(file: BundleFile) -> None:
    body = text_of(file).split(SOURCES[file.language])[0]
    cited = {int(number) for group in re.findall(CITED, body) for number in re.findall(r"\d+", group)}
    assert cited == set(range(1, len(sources(file)) + 1))


@by_path
def test_a_unit_says_when_it_was_reviewed_and_when_it_will_be(file: BundleFile) -> None:
    unit = unit_of(file)
    assert unit.reviewed_on is not None
    assert unit.review_by is not None
    assert unit.reviewed_on < unit.review_by
    assert unit.minutes


@by_read_path
def test_twins_name_the_same_sources_in_the_same_order(file: BundleFile) -> None:
    original = BY_PATH[f"courses/{file.course}/{file.slug}.vi.md"]
    assert [ADDRESS.findall(line) for line in sources(file)] == [
        ADDRESS.findall(line) for line in sources(original)
    ]


@pytest.mark.parametrize("file", BUNDLE.files, ids=lambda file: file.path)
def test_no_domain_but_reserved_ones_stands_outside_the_sources(file: BundleFile) -> None:
    body = text_of(file).split(SOURCES[file.language])[0]
    assert {name.lower() for name in DOMAIN.findall(body) if not is_reserved(name)} <= TAUGHT
    assert ADDRESS.findall(body) == []


@by_course
def test_the_final_test_draws_10_to_12_of_a_bank_of_20_or_more(slug: str) -> None:
    quiz = final_test(slug)
    assert len(quiz.questions) >= 20
    assert quiz.settings.preset is Preset.TEST
    assert quiz.settings.pass_share == Fraction(4, 5)
    assert 10 <= sum(count for _, count in quiz.settings.draw) <= 12
    pools = draw_pools(quiz.questions, quiz.settings.draw)
    assert sum(map(len, pools.values())) == len(quiz.questions)
    assert all(len(pools[tag]) > count for tag, count in quiz.settings.draw)
    assert len({question.points for question in quiz.questions}) == 1


def silent_choices(questions: Iterable[Question]) -> list[str]:
    """Return the choices that say nothing when they were chosen."""
    return [
        f"{question.id}: {choice.text}"
        for question in questions
        for choice in getattr(question.answer, "choices", ())
        if not choice.comment and not question.explanation
    ]


@by_quiz_path
def test_every_choice_has_feedback_and_every_question_an_explanation(file: BundleFile) -> None:
    quiz = quiz_of(file.course, file.slug, file.language)
    assert silent_choices(quiz.questions) == []
    assert [question.id for question in quiz.questions if not question.explanation] == []


@by_quiz_path
def test_the_key_of_a_quiz_wins_all_points_and_no_answer_none(file: BundleFile) -> None:
    quiz = quiz_of(file.course, file.slug, file.language)
    ids = [question.id for question in quiz.questions]
    key = {
        question.id: Given(TYPES[question.type].right_response(question.answer), file.language)
        for question in quiz.questions
    }
    best = grade_quiz(quiz, ids, key)
    assert best.passed
    assert best.score == best.max_score
    assert grade_quiz(quiz, ids, {}).score == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ("bo-sung.example", 1),
        (" BO-SUNG.example. ", 1),
        ("https://bo-sung.example", 0),  # the question asks for the domain alone
        ("bo-sung.example/hoso", 0),
        ("bo-sung", 0),
        ("example", 0),
        ("gov.vn.bo-sung.example", 0),
        ("dichvucong.gov.vn.bo-sung.example", 0),
        ("dichvucong.gov.vn", 0),
    ],
)
def test_the_owner_of_a_link_is_its_domain_and_nothing_else(language: str, typed: str, points: int) -> None:
    course = "nhan-dien-lua-dao"
    quiz = quiz_of(course, f"{course}-cuoi-khoa", language)
    grade = grade_quiz(quiz, ["chu-that"], {"chu-that": Given(typed, language)})
    assert grade.score == points


def test_shipped_files_are_texts_only() -> None:
    assert {Path(file.path).suffix for file in BUNDLE.files} == {".md"}
