"""The item analysis of a quiz: whose attempts count, what a changed question does to it, who gets to see it."""

import csv
import io

import pytest
import sqlalchemy as sa
from flask import Flask

from learning.authoring.analysis import AnalysedQuiz, analysed_quiz, analysis_rows
from learning.courses.queries import published_revisions
from learning.database import transaction
from learning.domain.errors import NotFound
from learning.domain.item_analysis import ItemFigures, NoAlpha
from learning.domain.permissions import Actor, Role
from learning.organizations.services import DEPARTMENT_CODE
from learning.quizzes.models import Attempt
from learning.quizzes.queries import get_quiz
from learning.quizzes.regrading import apply_regrading
from learning.quizzes.services import start_attempt
from learning.web.downloads import csv_text
from tests.support.factories import (
    COMMUNE,
    COURSE,
    QUIZ,
    SEED,
    import_texts,
    make_person,
    moment,
    quiz_text,
    take_quiz,
)
from tests.support.keyed_quiz import publish, sit

pytestmark = pytest.mark.usefixtures("both_databases")
QUIZ_PATH = f"quizzes/{COURSE}/{QUIZ}.vi.quiz.md"


@pytest.fixture
def trainer(tiny_course: Flask) -> Actor:
    return make_person("giang-vien", DEPARTMENT_CODE, role=Role.TRAINER)


def learners(count: int, first: int = 0) -> list[Actor]:
    return [make_person(f"hoc-vien-{number}") for number in range(first, first + count)]


def answer(people: list[Actor], *, right: int, at: int = 0) -> None:
    """Let everybody take the quiz, so many of them with everything right and the others with nothing."""
    for number, person in enumerate(people):
        take_quiz(person, right=number < right, at=moment(at))


def test_first_attempts_are_counted_and_only_they(trainer: Actor) -> None:
    people = learners(8)
    answer(people, right=2)
    answer(people, right=8, at=1)
    start_attempt(make_person("chua-nop"), QUIZ, seed=SEED, moment=moment())
    page = analysed_quiz(trainer, QUIZ)
    assert (page.figures.attempts, page.figures.mean) == (8, 0.25)
    assert page.figures.alpha == pytest.approx(3 / 2 * (1 - 6 / 16))
    for item in page.items:
        assert (item.figures.attempts, item.figures.facility) == (8, 0.25)
        assert item.figures.discrimination == pytest.approx(1)
    first = page.items[0].places[0].options
    assert [(option.right, option.count) for option in first] == [(False, 6), (True, 2), (False, 0)]
    assert [option.rivals for option in first] == [True, False, False]


@pytest.mark.parametrize("count", [0, 4])
def test_below_five_attempts_there_are_no_figures_anywhere(trainer: Actor, count: int) -> None:
    answer(learners(count), right=1)
    page = analysed_quiz(trainer, QUIZ)
    assert (page.figures.attempts, page.figures.mean, page.figures.alpha) == (count, None, None)
    assert [item.figures for item in page.items] == [ItemFigures(count, 0)] * 3
    assert [item.places for item in page.items] == [()] * 3
    table = list(csv.DictReader(io.StringIO("".join(csv_text(analysis_rows(page))).removeprefix("\ufeff"))))
    told = {"level", "question", "text", "attempts", "not_counted"}
    assert {name for row in table for name, cell in row.items() if cell} <= told


def test_a_question_with_another_key_begins_anew_and_the_others_go_on(trainer: Actor) -> None:
    answer(learners(6), right=3)
    changed = quiz_text().decode().replace("- [ ] Đúng\n- [x] Sai", "- [x] Đúng\n- [ ] Sai")
    import_texts({QUIZ_PATH: changed.encode()}, at=moment(1))
    answer(learners(5, first=6), right=5, at=2)
    one, two, three = analysed_quiz(trainer, QUIZ).items
    assert (one.figures.attempts, one.figures.not_counted) == (11, 0)
    assert (two.figures.attempts, two.figures.not_counted, two.figures.facility) == (5, 6, 1.0)
    assert three.figures.facility == pytest.approx(8 / 11)


def test_other_wording_of_comments_and_settings_changes_nothing(trainer: Actor) -> None:
    answer(learners(6), right=3)
    text = quiz_text(share="90%", intro="Khác.").decode()
    text = text.replace("Ba lớn hơn hai.", "Vì thế.").replace("- [x] Ba\n", "- [x] Ba\n  > Đúng vậy.\n", 1)
    import_texts({QUIZ_PATH: text.encode()}, at=moment(1))
    page = analysed_quiz(trainer, QUIZ)
    assert {item.figures.attempts for item in page.items} == {6}
    assert page.figures.complete == 6


def test_attempts_from_before_marks_were_kept_are_marked_anew(trainer: Actor) -> None:
    answer(learners(7), right=3)
    before = analysed_quiz(trainer, QUIZ)
    with transaction() as session:
        session.execute(sa.update(Attempt).values(marks=None))
    assert analysed_quiz(trainer, QUIZ) == before


def test_drawn_questions_are_told_by_how_many_drew_them(trainer: Actor) -> None:
    drawn = quiz_text(extra="draw: rut=1\n").decode()
    drawn = drawn.replace("{#mot}", "{#mot tags=rut}").replace("{#hai}", "{#hai tags=rut}")
    import_texts({QUIZ_PATH: drawn.encode()}, at=moment(1))
    for number, person in enumerate(learners(16)):
        take_quiz(person, right=number % 2 == 0, at=moment(2), seed=bytes([number]) * 16)
    page = analysed_quiz(trainer, QUIZ)
    one, two, three = (item.figures.attempts for item in page.items)
    assert (one + two, three) == (16, 16)
    assert min(one, two) > 0
    assert (page.figures.alpha, page.figures.no_alpha) == (None, NoAlpha.DRAWN)


def test_it_exists_for_those_who_may_edit_the_course(trainer: Actor) -> None:
    assert isinstance(analysed_quiz(trainer, QUIZ), AnalysedQuiz)
    for role in (Role.LEARNER, Role.MANAGER, Role.TRAINER):
        with pytest.raises(NotFound):
            analysed_quiz(make_person(f"nguoi-{role}", COMMUNE, role=role), QUIZ)
    with pytest.raises(NotFound):
        analysed_quiz(trainer, "khong-co")


def test_it_takes_as_many_statements_for_many_attempts_as_for_few(trainer: Actor, count_statements) -> None:
    answer(learners(5), right=3)
    analysed_quiz(trainer, QUIZ)
    with count_statements(at_most=7) as few:
        analysed_quiz(trainer, QUIZ)
    answer(learners(9, first=5), right=3)
    with count_statements() as many:
        analysed_quiz(trainer, QUIZ)
    assert len(many) == len(few)


def test_after_a_correction_answers_count_by_the_key_that_stands(trainer: Actor) -> None:
    publish("aaab")
    for number, person in enumerate(learners(6)):
        sit(person, "aaaa" if number < 4 else "aaab", day=0.5)
    publish("aaaa")
    assert [item.figures.not_counted for item in analysed_quiz(trainer, QUIZ).items] == [0, 0, 0, 6]
    place = get_quiz(QUIZ)
    apply_regrading(
        trainer,
        place,
        latest_id=max(revision.revision_id for revision in published_revisions(place.id)),
        nobody_loses=True,
        reason="Sai",
        moment=moment(2),
    )
    figures = analysed_quiz(trainer, QUIZ).items[3].figures
    assert (figures.attempts, figures.not_counted) == (6, 0)
    assert figures.facility == pytest.approx(4 / 6)  # by the key, though nobody lost
