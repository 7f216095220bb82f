"""Names as nobody should have, on every kind of page: 200 characters, stacked marks, an override of direction.

The page stays as wide as the window, the words beside a name keep their direction, nothing is cut off.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.browser.inspection import NARROW, Inspection
from tests.browser.site import Site, serve
from tests.browser.world import PASSWORD, World
from tests.support.databases import close_pools, make_site
from tests.support.hard_names import (
    ASKED,
    CODE,
    COURSE,
    FINISHER,
    LEARNER,
    MANAGER,
    NAME,
    QUIZ,
    READ,
    TRAINER,
    fill,
)

pytestmark = pytest.mark.browser

EDITOR = f"/authoring/courses/{COURSE}/{READ}/"


@pytest.fixture(scope="module")
def site(world: World, renderer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server on a copy of the data with the hard names in it."""
    folder = tmp_path_factory.mktemp("hard") / "world"
    shutil.copytree(world.folder, folder)
    app = make_site(f"sqlite:///{folder / 'site.db'}", folder)
    app.extensions["renderer"] = renderer
    with app.app_context():
        link = fill(datetime.now(UTC), PASSWORD)
    close_pools(app)
    with serve(replace(world, folder=folder, sign_in_link=link), tmp_path_factory.mktemp("site")) as running:
        yield running


def stranger(see: Inspection, site: Site) -> None:
    see.look("sign-in link", f"/sign-in/{site.world.sign_in_link}")


def learner(see: Inspection, _site: Site) -> None:
    page = see.page
    for name, path in (
        ("dashboard", "/"),
        ("catalog", "/courses/"),
        ("course", f"/courses/{COURSE}/"),
        ("unit", f"/courses/{COURSE}/{READ}/"),
        ("unit with a quiz", f"/courses/{COURSE}/{ASKED}/"),
        ("account", "/account/"),
        ("quiz", f"/quizzes/{QUIZ}/"),
    ):
        see.look(name, path)
    page.click("main .button-main")  # start, or go on where the other language was
    page.wait_for_url("**/attempts/**")
    see.look("attempt")
    page.click("main [name=confirm]")
    page.wait_for_selector("[name=confirm][value=yes]", state="attached")
    see.look("submit, asked")
    see.look("not found", f"/courses/{NAME[:60]}/", status=404)


def finisher(see: Inspection, _site: Site) -> None:
    see.look("dashboard", "/")
    see.look("completed unit", f"/courses/{COURSE}/{ASKED}/")
    see.look("passed quiz", f"/quizzes/{QUIZ}/")
    see.page.click("main tbody a")
    see.look("review")


def trainer(see: Inspection, _site: Site) -> None:
    page = see.page
    for name, path in (
        ("authoring", "/authoring/"),
        ("authored course", f"/authoring/courses/{COURSE}/"),
        ("unit editor", EDITOR),
        ("quiz editor", f"/authoring/quizzes/{QUIZ}/"),
        ("revisions", f"{EDITOR}revisions/"),
        ("revision", f"{EDITOR}revisions/1/"),
    ):
        see.look(name, path)
    page.goto(EDITOR)
    began_with = page.input_value("[name=base_revision]")
    page.fill("[name=source]", f"---\n{NAME}: {NAME}\n---\n{see.language}\n")
    page.fill("[name=note]", NAME)
    page.click("[formaction*='/draft']")
    page.wait_for_selector("[role=status] .success")
    page.locator("[name=base_revision]").evaluate("(field, value) => { field.value = value }", began_with)
    page.fill("[name=source]", f"---\n{NAME}: {NAME}\n---\n\n{NAME}\n")
    page.click("[formaction*='/draft']")
    page.wait_for_selector(".diff")
    see.look("editor with a conflict and findings")
    see.look("revisions with a note", f"{EDITOR}revisions/")
    see.look("revision with a note", f"{EDITOR}revisions/2/")


def manager(see: Inspection, _site: Site) -> None:
    page = see.page
    for name, path in (
        ("overview", "/reports/"),
        ("report", f"/reports/courses/{COURSE}/"),
        ("organization", f"/reports/organizations/{CODE}/?course={COURSE}"),
        ("village", f"/reports/organizations/{CODE}-1/?course={COURSE}"),
        ("assignments", "/assignments/"),
    ):
        see.look(name, path)
    page.fill("[name=title]", NAME)
    page.click("main form button")
    page.wait_for_selector("[name=confirm]")
    see.look("assignment, asked")


WALKS: tuple[tuple[str, Callable[[Inspection, Site], None]], ...] = (
    ("", stranger),
    (LEARNER, learner),
    (FINISHER, finisher),
    (TRAINER, trainer),
    (MANAGER, manager),
)


@pytest.mark.parametrize("language", ["vi", "he"])
@pytest.mark.parametrize(("username", "walk"), WALKS, ids=lambda value: getattr(value, "__name__", ""))
def test_hard_names_break_no_page(open_as, site: Site, username: str, walk, language: str) -> None:
    page = open_as(username)
    page.context.add_cookies([{"name": "language", "value": language, "url": site.address}])
    see = Inspection(page, language, looks=((NARROW, "light"),))
    walk(see, site)
    assert not see.faults, "\n".join(see.faults)


def test_the_names_are_in_the_data(open_as, site: Site) -> None:
    page = open_as(MANAGER)
    page.goto(f"/reports/organizations/{CODE}/?course={COURSE}")
    assert page.inner_text("h1").startswith("Thử ")
    assert len(page.inner_text("h1")) == len(NAME) == 200


@pytest.mark.parametrize("language", ["vi", "he"])
def test_heaped_marks_stay_out_of_the_header(open_as, language: str) -> None:
    page = open_as(LEARNER, viewport={"width": NARROW, "height": 800})
    page.goto(f"/?lang={language}")
    heaped = page.screenshot(clip={"x": 0, "y": 0, "width": NARROW, "height": 80})
    page.locator("h1 bdi").evaluate("(name) => { name.textContent = 'a' }")
    assert page.screenshot(clip={"x": 0, "y": 0, "width": NARROW, "height": 80}) == heaped
