"""What trainers see of everybody's answers: item analysis of every type of question, and mending a key."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page

from learning.accounts.queries import get_actor
from learning.domain.questions.registry import TYPES
from learning.progress.moments import Moment
from learning.quizzes.marking import attempt_paper, original_text
from learning.quizzes.queries import get_attempt
from learning.quizzes.services import Answer, save_responses, start_attempt, submit_attempt
from tests.browser.inspection import LOOKS, Inspection
from tests.browser.site import Site, serve
from tests.browser.world import LEARNERS, TINY_COURSE, TINY_QUIZ, World
from tests.support import factories
from tests.support.all_types import QUIZ, all_types_texts
from tests.support.databases import close_pools, make_site

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
TINY_PATH = f"quizzes/{TINY_COURSE}/{TINY_QUIZ}.vi.quiz.md"
LANGUAGES = ("vi", "he")


@pytest.fixture(scope="module")
def site(world: World, renderer: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server, where twelve people answered every type of question, and a key was corrected since."""
    folder = tmp_path_factory.mktemp("answers")
    data = folder / "prepared"
    shutil.copytree(world.folder, data)
    app = make_site(f"sqlite:///{data / 'site.db'}", data)
    app.extensions["renderer"] = renderer
    at = Moment.of(datetime.now(UTC), factories.ZONE)
    with app.app_context():
        factories.import_texts(all_types_texts(), at=at)
        for number, username in enumerate(LEARNERS):
            person = get_actor(username)
            answer_every_type(person, number, at)
            factories.take_quiz(person, TINY_QUIZ, right=number % 2 == 0, at=at)
        corrected = factories.quiz_text().decode().replace("- [ ] Đúng\n- [x] Sai", "- [x] Đúng\n- [ ] Sai")
        factories.import_texts({TINY_PATH: corrected.encode()}, at=at)
    close_pools(app)
    with serve(replace(world, folder=data), folder) as running:
        yield running


def answer_every_type(person: Any, number: int, at: Moment) -> None:
    """Answer as many questions rightly as the number says, and choose something wrong in some of the others."""
    attempt = start_attempt(person, QUIZ, seed=bytes([number]) * 16, moment=at)
    stored = get_attempt(person, attempt)
    text = original_text(stored)
    answers = {}
    for place, name in enumerate(attempt_paper(stored, text).question_ids):
        question = text.quiz.question(name)
        kind = TYPES[question.type]
        value = kind.right_response(question.answer) if place < number else None
        if value is None and number % 3:
            options = kind.places(question.answer)[0].options
            value = {"single": options[-1].key, "truefalse": options[-1].key, "text": "gì đó"}.get(
                question.type
            )
        answers[name] = Answer(name, value, f"00000000-0000-4000-8000-{place:012}", place + 1)
    save_responses(person, attempt, answers, language="vi", moment=at)
    submit_attempt(person, attempt, moment=at)


def look(open_as: Open, site: Site, username: str, language: str) -> Inspection:
    page = open_as(username)
    page.context.add_cookies([{"name": "language", "value": language, "url": site.address}])
    return Inspection(page, language, looks=LOOKS[:2] if language == "vi" else LOOKS[2:])


def judged(see: Inspection) -> None:
    assert not see.faults, "\n".join(see.faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_item_analysis_is_in_order(open_as: Open, site: Site, language: str) -> None:
    see = look(open_as, site, "trainer", language)
    see.look("analysis of every type", f"/authoring/quizzes/{QUIZ}/analysis")
    assert see.page.locator(".shares").count() >= 9
    see.look("analysis", f"/authoring/quizzes/{TINY_QUIZ}/analysis")
    judged(see)


@pytest.mark.parametrize("language", LANGUAGES)
def test_mending_a_key_is_in_order_from_preview_to_undoing(open_as: Open, site: Site, language: str) -> None:
    address = f"/authoring/quizzes/{TINY_QUIZ}/regrading"
    see = look(open_as, site, "admin", language)
    see.look("regrading", address)
    see.look("regrading with losses and names", f"{address}?losses=yes&names=yes")
    page = see.page
    page.fill("[name=reason]", "Câu hai ghi nhầm đáp án.")
    page.click("[action$='/regrading'] button")
    page.wait_for_selector("[role=status] .success")
    see.look("regrading, done")
    learner = look(open_as, site, LEARNERS[0], language)
    learner.page.goto(f"/quizzes/{TINY_QUIZ}/")
    learner.page.click("main tbody a")
    learner.page.wait_for_url("**/attempts/**")
    learner.look("review after a correction")
    judged(learner)
    page.click("[action$='/undo'] button")
    page.wait_for_selector("[role=status] .success")
    see.look("regrading, undone")
    judged(see)
