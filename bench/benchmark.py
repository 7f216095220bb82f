"""The course of a benchmark: data, both servers, pages, growth, weight, memory, start."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import drive, floor, inside, servers
from bench.data import Sizes, build
from bench.pages import FLOOR_SIGNED_IN, OpenAttempt, Page, People, all_pages, floor_sessions, opening
from bench.rounds import PageFigures, measure_page
from bench.servers import Server
from bench.traffic import Request, Visit, Visitor

OPEN_ATTEMPTS = 40
FLOOR_PEOPLE = 2000


@dataclass(frozen=True, slots=True)
class Stage:
    """Both servers at work, with what visitors need."""

    data_dir: Path
    sizes: Sizes
    site: Server
    floor: Server
    pages: Sequence[Page]
    people: People


@contextmanager
def stage(folder: Path, sizes: Sizes, *, workers: int, say: Callable[[str], None]) -> Iterator[Stage]:
    """Generate the data and start both servers; end them whatever happens."""
    data_dir = folder / "site"
    data_dir.mkdir()
    say(f"generating {sizes.people} people in {sizes.communes} communes")
    with inside.application(data_dir) as app, app.app_context():
        build(app, sizes)
    database = folder / "floor.db"
    floor.fill(floor.create_floor(database), people=FLOOR_PEOPLE, units=sizes.units)
    say("starting both servers")
    with (
        servers.site(data_dir, workers=workers) as site,
        servers.floor(database, workers=workers) as below,
    ):
        people, savers = People.divided(sizes)
        attempts: list[OpenAttempt] = []
        for _ in range(OPEN_ATTEMPTS):
            drive.make(site.port, *opening(savers, attempts))
        cookies = [floor_cookie(below, number) for number in range(1, FLOOR_SIGNED_IN + 1)]
        pages = all_pages(sizes, people, attempts=attempts, floor_visitor=floor_sessions(cookies))
        yield Stage(data_dir, sizes, site, below, pages, people)


def floor_cookie(server: Server, number: int) -> str:
    """Return the cookie of a person who has signed in at the floor."""
    visitor = Visitor()

    def visit() -> Visit:
        yield Request("/sign-in", [("username", str(number)), ("password", floor.PASSWORD)])

    drive.make(server.port, visitor, visit())
    return visitor.cookies["session"]


def measure_pages(
    on: Stage, names: Sequence[str], *, rounds: int, seconds: float, say: Callable[[str], None]
) -> list[tuple[PageFigures, int]]:
    """Return the figures of the pages named (all without names), with the statements of a visit."""
    figures = []
    for page in on.pages:
        if names and page.name not in names:
            continue
        say(f"measuring {page.name}")
        drive.drive(
            on.site.port, page.ours, clients=2, seconds=seconds / 2
        )  # templates compiled, caches filled
        drive.drive(on.floor.port, page.floor, clients=2, seconds=seconds / 2)
        figures.append(
            (
                measure_page(page, on.site, on.floor, rounds=rounds, seconds=seconds),
                count_statements(on, page),
            )
        )
    return figures


def count_statements(on: Stage, page: Page) -> int:
    """Return how many statements the page asks of the database in one visit, once caches are filled."""
    with inside.application(on.data_dir) as app:
        inside.make(app, *page.ours())
        with inside.counting_statements() as statements:
            inside.make(app, *page.ours())
    return len(statements)
