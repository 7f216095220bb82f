"""Every page with names of 200 characters, stacked marks and turned directions: it answers, and isolates each of them.

tests/browser/test_hard_names.py looks at what a browser makes of them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from flask import Flask

from learning.accounts.queries import get_actor
from learning.accounts.services import create_token
from learning.classrooms.help_log import Help, write_entry
from learning.quizzes.services import start_attempt
from tests.support.classrooms import plan_evening
from tests.support.factories import NOW, PASSWORD, SEED, moment
from tests.support.hard_names import (
    CODE,
    COURSE,
    FINISHER,
    LEARNER,
    MANAGER,
    NAME,
    OVERRIDE,
    QUIZ,
    READ,
    STACK,
    TRAINER,
    fill,
)
from tests.support.visitor import Visitor

Visit = Callable[..., Visitor]
VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "path", "source", "use", "wbr"})
ALONE = frozenset({"option", "textarea"})  # the browser sets each as a paragraph of its own
SPOKEN = ("alt", "aria-label", "content", "placeholder", "title")
# What the data has of the name: itself, shorter ones, and, in files without the mark that turns, those in summaries.
WRITTEN = NAME.replace(OVERRIDE, "")
WHOLE = {NAME, NAME[:199], NAME[:100], WRITTEN, f"{WRITTEN} khóa để thử.", f"{WRITTEN} bài để thử."}
ISOLATED = re.compile("\u2068([^\u2068\u2069]*)\u2069")
NOT_PAGES = {
    "study.media",
    "assets.file",
    "operations.healthz",
    "operations.readyz",
    "api.openapi",
    "api.reference",
    "authoring.analysis_csv",
    "evaluations.results_csv",
    "administration.jobs",
    "assigning.evidence",
    "classrooms.attend_here",
    "classrooms.calendar",
    "classrooms.help_summary_file",
    "administration.import_run",
    "administration.import_errors",
    "reports.not_done_file",
    "reports.organization_file",
    "reports.person_file",
}
AGAIN = re.compile("lang=|from=")  # the same page in another language, or of another period
EDITOR = f"/authoring/courses/{COURSE}/{READ}/"


@dataclass
class Element:
    """An element with what stands in it: texts and elements."""

    name: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    parts: list["str | Element"] = field(default_factory=list)

    def text(self) -> str:
        """Return all that is written in it."""
        return "".join(part if isinstance(part, str) else part.text() for part in self.parts)

    def up(self) -> "Iterator[Element]":
        """Give the element and those around it."""
        element: Element | None = self
        while element is not None:
            yield element
            element = element.parent

    @property
    def isolates(self) -> bool:
        """Whether what stands in it turns nothing around it."""
        return self.name in ALONE or self.name == "bdi" or "dir" in self.attributes


class Tree(HTMLParser):
    """Reads a page into elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.here = Element("", {})
        self.all: list[Element] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.parts.append(element)
        self.all.append(element)
        if tag not in VOID:
            self.here = element

    def handle_endtag(self, tag: str) -> None:
        while self.here.parent is not None and self.here.name != tag:
            self.here = self.here.parent
        self.here = self.here.parent or self.here

    def handle_data(self, data: str) -> None:
        self.here.parts.append(data)


def exposed(page: str) -> list[str]:
    """Return where a page shows a hard name whose direction is not kept apart from the words beside it."""
    faults = []
    for element in Tree(page).all:
        spoken = [name for name in SPOKEN if is_bare(element.attributes.get(name, ""))]
        faults += [f"{name}= of <{element.name}>" for name in spoken]
        if (
            element.name == "input"
            and STACK in element.attributes.get("value", "")
            and element.attributes.get("type") != "hidden"
            and "dir" not in element.attributes
        ):
            faults.append("<input> without a direction")
        if any(isinstance(part, str) and is_bare(part) for part in element.parts) and not is_isolated(
            element
        ):
            faults.append(f"<{element.name} {element.attributes}>: {element.text().strip()!r}")
    return faults


def is_bare(text: str) -> bool:
    """Tell whether a text has a hard name in it outside of isolating marks."""
    return STACK in ISOLATED.sub("", text)


def is_isolated(element: Element) -> bool:
    """Tell whether an element around a name isolates it and nothing else, or is a text by an author."""
    for around in element.up():
        if around.name == "textarea" or {"prose", "diff", "source"} & set(
            around.attributes.get("class", "").split()
        ):
            return True
        if around.isolates:
            return around.text().strip() in WHOLE
    return False


@pytest.fixture
def sign_in_link(world: Flask) -> str:
    """Fill the site with hard names, of people, organizations, courses, units, quizzes, assignments and tokens."""
    world.config["CLOCK"] = lambda: moment(minutes=5).at
    token = fill(NOW, PASSWORD)
    create_token(get_actor(LEARNER), NAME[:100], days=9, is_read_only=True, now=NOW)
    start_attempt(get_actor(LEARNER), QUIZ, seed=SEED, moment=moment())
    manager = get_actor(MANAGER)
    soon = moment(minutes=20).at
    plan_evening(
        manager,
        course=COURSE,
        unit="",
        organization=CODE,
        title=NAME,
        place=NAME,
        note=NAME,
        starts_at=soon,
        ends_at=soon + timedelta(hours=1),
    )
    write_entry(manager, Help(NOW.date(), CODE, NAME, "payment", 3, NAME, is_sure=True), moment=moment())
    return f"/sign-in/{token}"


def links(page: str) -> set[str]:
    found = {unescape(link).split("#")[0] for link in re.findall(r'href="(/[^"]*)"', page)}
    return {link for link in found if link and not link.startswith("/static/")}


def walk(visitor: Visitor, start: tuple[str, ...], language: str) -> Iterator[tuple[str, str]]:
    """Give address and text of all pages that one comes to from some."""
    visitor.client.set_cookie("language", language)
    waiting, seen = set(start), set(start)
    while waiting:
        path = waiting.pop()
        answer = visitor.get(path)
        if answer.status_code == 303:
            continue
        assert answer.status_code == 200, path
        yield path, answer.text if answer.mimetype == "text/html" else ""
        if answer.mimetype == "text/html":
            found = {link for link in links(answer.text) if not AGAIN.search(link)} - seen
            seen |= found
            waiting |= found


def endpoint_of(app: Flask, path: str) -> str:
    return str(app.url_map.bind("localhost").match(path.partition("?")[0])[0])


@pytest.mark.parametrize("language", ["vi", "he"])
def test_every_page_isolates_every_hard_name(
    world: Flask, visit: Visit, sign_in_link: str, language: str
) -> None:
    faults: dict[str, list[str]] = {}
    opened: set[str] = set()
    shown: set[str] = set()
    for username, start in (
        (None, ("/", "/sign-in", "/certificates/verify/", sign_in_link)),
        (LEARNER, ("/", "/account/tokens")),
        (FINISHER, ("/", "/account/")),
        (TRAINER, ("/authoring/", "/authoring/import")),
        (MANAGER, ("/reports/", "/assignments/", "/classrooms/")),
        ("admin", ("/authoring/", "/reports/", "/admin/")),
    ):
        for path, page in walk(visit(username), start, language):
            opened.add(endpoint_of(world, path))
            if STACK in page:
                shown.add(endpoint_of(world, path))
                if found := exposed(page):
                    faults[path] = found
    assert faults == {}
    pages = {rule.endpoint for rule in world.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {endpoint for endpoint in pages if not endpoint.startswith("api.")} - NOT_PAGES
    assert pages - opened == set()
    assert len(shown) >= 20, shown


@pytest.mark.parametrize("language", ["vi", "he"])
def test_what_is_sent_with_a_hard_name_comes_back_isolated(
    visit: Visit, sign_in_link: str, language: str
) -> None:
    learner, trainer, manager = visit(LEARNER), visit(TRAINER), visit(MANAGER)
    course = f"/authoring/courses/{COURSE}/"
    given = {"course": COURSE, "organization": CODE, "title": NAME}
    broken = f"---\n{NAME}: {NAME}\n---\n\n{NAME}\n"
    visitors = dict.fromkeys((learner, trainer, manager, visit()))
    for visitor in visitors:
        visitor.client.set_cookie("language", language)
    *_, stranger = visitors
    answers = {
        "asked": manager.post("/assignments/", given | {"title": NAME[:199]}, page="/assignments/"),
        "given twice": manager.post("/assignments/", given | {"confirm": "yes"}, page="/assignments/"),
        "too long": manager.post("/assignments/", given | {"title": NAME + "W"}, page="/assignments/"),
        "token made": learner.post(
            "/account/tokens", {"name": NAME[:100], "access": "read", "days": "9"}, page="/account/tokens"
        ),
        "token refused": learner.post("/account/tokens", {"name": NAME, "days": "9"}, page="/account/tokens"),
        "unit refused": trainer.post(f"{course}units", {"title": NAME, "slug": NAME}, page=course),
        "draft refused": trainer.post(f"{EDITOR}publish", {"source": broken, "note": NAME}, page=EDITOR),
        "preview": trainer.post(f"{EDITOR}preview", {"source": broken}, page=EDITOR),
        "sign-in refused": stranger.post("/sign-in", {"username": NAME, "password": NAME}, page="/sign-in"),
        "not found": learner.get(f"/courses/{NAME}/"),
        "search": manager.get("/reports/", query_string={"as_of": NAME, "sort": NAME, "page": NAME}),
    }
    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert statuses == {
        "asked": 200,
        "given twice": 409,
        "too long": 422,
        "token made": 200,
        "token refused": 422,
        "unit refused": 422,
        "draft refused": 422,
        "preview": 200,
        "sign-in refused": 422,
        "not found": 404,
        "search": 200,
    }
    assert {name: found for name, answer in answers.items() if (found := exposed(answer.text))} == {}
    assert sum(STACK in answer.text for answer in answers.values()) >= 7


def test_a_name_that_is_not_isolated_is_found() -> None:
    """The reader of pages sees what it is for."""
    for page in (
        f"<p>{NAME}</p>",
        f"<p dir=auto>Xin chào {NAME}</p>",
        f"<td><bdi>Xin chào {NAME}</bdi></td>",
        f'<a aria-label="{NAME}">x</a>',
        f'<input value="{NAME}">',
        f"<title>{NAME} \u00b7 Trang</title>",
    ):
        assert len(exposed(page)) == 1, page
    for page in (
        f"<p>Xin chào <bdi><b>{NAME}</b></bdi></p>",
        f"<title>\u2068{NAME}\u2069 \u00b7 Trang</title>",
        f'<input value="{NAME}" dir="auto">',
        f'<h1 dir="auto">\n{NAME}\n</h1>',
    ):
        assert exposed(page) == [], page
