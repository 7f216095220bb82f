"""The pages that are measured: what a person does, at the site and at the floor.

Where the floor has no such page, as for what writes, it is as many of its plain pages.
"""

import re
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import count, cycle

from bench import floor
from bench.course import COURSE, QUIZ, read_unit
from bench.data import PASSWORD, PROVINCE_MANAGER, Sizes, session_token, username
from bench.drive import Begin
from bench.traffic import Answer, Request, UnexpectedAnswer, Visit, Visitor
from learning.organizations.services import DEPARTMENT_CODE

SESSION_COOKIE = "__Host-session"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
CHOICE = re.compile(r'<input type="(radio|checkbox)" name="(q-[^"]+)" value="([^"]+)"')
JSON = "application/json"
FLOOR_SIGNED_IN = 20
HEAVY = 8  # clients at most, so that what takes long does not take minutes


def see(*paths: str) -> Visit:
    """Open pages one after the other."""
    for path in paths:
        yield Request(path)


def token_of(page: str) -> str:
    """Return the CSRF token of a page's forms; raises UnexpectedAnswer."""
    found = TOKEN.search(page)
    if found is None:
        raise UnexpectedAnswer("there is no form on a page that has one")
    return unescape(found.group(1))


def path_of(answer: Answer) -> str:
    """Return where a redirect leads on this site."""
    location = answer.headers.get("location", "")
    return location if location.startswith("/") else "/" + location.partition("://")[2].partition("/")[2]


def choose(page: str, pick: int) -> dict[str, str]:
    """Return a choice for each question of an attempt's page, by field name."""
    choices: dict[str, list[str]] = {}
    for _kind, name, value in CHOICE.findall(page):
        choices.setdefault(name, []).append(unescape(value))
    return {name: values[pick % len(values)] for name, values in choices.items()}


def form(token: str, answers: dict[str, str], sequence: int, **more: str) -> list[tuple[str, str]]:
    """Return the fields of an attempt's form as the browser sends them."""
    named = {"csrf_token": token, "event_id": str(uuid.uuid4()), "sequence": str(sequence), **answers, **more}
    return list(named.items())


def sitting(pick: int) -> Visit:
    """Take the quiz from its page to the review of the result, saving once on the way: six requests."""
    quiz = yield Request(f"/quizzes/{QUIZ}/")
    token = token_of(quiz.text)
    started = yield Request(f"/quizzes/{QUIZ}/attempts", [("csrf_token", token)])
    attempt = path_of(started)
    page = yield Request(attempt)
    answers = choose(page.text, pick)
    if not answers:
        raise UnexpectedAnswer("there are no questions on the page of an attempt")
    yield Request(f"{attempt}responses", form(token, answers, 1), accept=JSON)
    submitted = yield Request(f"{attempt}submission", form(token, answers, 2))
    yield Request(path_of(submitted))


def answering(pick: int) -> Visit:
    """Take the quiz as the page's script does: begin, send each answer by itself, submit; 2 pages, n + 2 writes."""
    quiz = yield Request(f"/quizzes/{QUIZ}/")
    token = token_of(quiz.text)
    started = yield Request(f"/quizzes/{QUIZ}/attempts", [("csrf_token", token)])
    attempt = path_of(started)
    page = yield Request(attempt)
    for number, (name, value) in enumerate(choose(page.text, pick).items(), start=1):
        only = name.removeprefix("q-")
        yield Request(f"{attempt}responses", form(token, {name: value}, number, only=only), accept=JSON)
    yield Request(f"{attempt}submission", [("csrf_token", token)])


def answering_below(writes: int) -> Visit:
    """Open as many plain pages of the floor, and let it commit as often."""
    yield from see("/unit/1", "/unit/1")
    for number in range(writes):
        yield Request("/write", [("text", f"câu {number}")])


def signing_in(name: str, password: str) -> Visit:
    """Send the sign-in form; opening it is not counted."""
    page = yield Request("/sign-in")
    token = token_of(page.text)
    fields = [("csrf_token", token), ("username", name), ("password", password)]
    answer = yield Request("/sign-in", fields)
    if answer.status != 303:
        raise UnexpectedAnswer("signing in was refused")


@dataclass(frozen=True, slots=True)
class Page:
    """Something measured: visits at the site and at the floor, and how many clients it makes sense with."""

    name: str
    ours: Begin
    floor: Begin
    most_clients: int = 32


class People:
    """Some of the people who are signed in at the site, in turn."""

    def __init__(self, numbers: range, seed: int) -> None:
        self.all_names = [username(number) for number in numbers]
        self.names = cycle(self.all_names)
        self.seed = seed
        self.numbers = count(1)

    @classmethod
    def divided(cls, sizes: Sizes) -> tuple["People", "People"]:
        """Return those who read and sit, and a tenth who hold an attempt open."""
        signed_in = min(sizes.sessions, sizes.people)
        readers = signed_in - max(1, signed_in // 10)
        return cls(range(readers), sizes.seed), cls(range(readers, signed_in), sizes.seed)

    def visitor(self, name: str | None = None) -> Visitor:
        """Return a browser in which the next person, or this one, is signed in."""
        number = next(self.numbers)
        cookies = {SESSION_COOKIE: session_token(name or next(self.names), self.seed)}
        return Visitor(cookies, address=f"198.51.{number // 250 % 250}.{number % 250 + 1}")


@dataclass(slots=True)
class OpenAttempt:
    """An attempt under way and how often it was saved."""

    visitor: Visitor
    path: str
    token: str
    answers: tuple[dict[str, str], dict[str, str]]
    saves: Iterator[int]

    def save(self) -> Visit:
        """Send the whole form with one answer changed, as the page's script does."""
        number = next(self.saves)
        first, second = self.answers
        names = list(first)
        turned = names[number % len(names)]
        source = second if number // len(names) % 2 == 0 else first
        first[turned] = source[turned]
        yield Request(f"{self.path}responses", form(self.token, first, number), accept=JSON)


def opening(people: People, opened: list[OpenAttempt]) -> tuple[Visitor, Visit]:
    """Begin an attempt that is then saved again and again; the first answer, which begins the unit, is given."""
    visitor = people.visitor()

    def visit() -> Visit:
        quiz = yield Request(f"/quizzes/{QUIZ}/")
        token = token_of(quiz.text)
        started = yield Request(f"/quizzes/{QUIZ}/attempts", [("csrf_token", token)])
        page = yield Request(path_of(started))
        text = page.text
        both = choose(text, 0), choose(text, 1)
        attempt = OpenAttempt(visitor, path_of(started), token, both, count(1))
        yield from attempt.save()
        opened.append(attempt)

    return visitor, visit()


def floor_sessions(cookies: list[str]) -> Callable[[], Visitor]:
    """Return what gives visitors of the floor, signed in."""
    turn = cycle(cookies)
    return lambda: Visitor({"session": next(turn)})


def all_pages(
    sizes: Sizes, people: People, *, attempts: list[OpenAttempt], floor_visitor: Callable[[], Visitor]
) -> list[Page]:
    """Return everything measured, in the order of the table."""
    units = cycle(range(1, sizes.units))
    picks = count()
    waiting = deque(people.all_names)
    turns = cycle(attempts)
    users = cycle(range(1, FLOOR_SIGNED_IN + 1))

    def reading(path: Callable[[], str]) -> Begin:
        return lambda: (people.visitor(), see(path()))

    def managing(path: str) -> Begin:
        return lambda: (people.visitor(PROVINCE_MANAGER), see(path))

    def below(*paths: str) -> Begin:
        return lambda: (floor_visitor(), see(*paths))

    def alone(take: Callable[[int], Visit]) -> Begin:
        def begin() -> tuple[Visitor, Visit]:
            name = waiting.popleft()  # nobody sits twice at once: she would go on with the same attempt

            def visit() -> Visit:
                yield from take(next(picks))
                waiting.append(name)

            return people.visitor(name), visit()

        return begin

    def saving() -> tuple[Visitor, Visit]:
        attempt = next(turns)
        return attempt.visitor, attempt.save()

    def floor_signing_in() -> tuple[Visitor, Visit]:
        def visit() -> Visit:
            yield Request("/unit/1")
            yield Request("/sign-in", [("username", str(next(users))), ("password", floor.PASSWORD)])

        return floor_visitor(), visit()

    plain = "/unit/1"
    office = f"/reports/organizations/{DEPARTMENT_CODE}"
    return [
        Page("unit", reading(lambda: f"/courses/{COURSE}/{read_unit(next(units))}/"), below(plain)),
        Page("course", reading(lambda: f"/courses/{COURSE}/"), below("/course")),
        Page("dashboard", reading(lambda: "/"), below("/")),
        Page("save", saving, below(plain)),
        Page("sitting", alone(sitting), below(*[plain] * 6)),
        Page(
            "answering",
            alone(answering),
            lambda: (floor_visitor(), answering_below(sizes.questions + 2)),
            HEAVY,
        ),
        Page("report", managing(f"/reports/courses/{COURSE}/"), below("/report"), HEAVY),
        Page("people", managing(f"{office}/?course={COURSE}"), below("/report"), HEAVY),
        Page("csv", managing(f"{office}.csv?course={COURSE}"), below("/report.csv"), HEAVY),
        Page(
            "sign-in",
            lambda: (Visitor(address=people.visitor().address), signing_in(next(people.names), PASSWORD)),
            floor_signing_in,
            HEAVY,
        ),
    ]
