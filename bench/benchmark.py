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

OPEN_ATTEMPTS = 40
FLOOR_PEOPLE = 2000


@dataclass(frozen=True, slots=True)
class Ground:
    """Generated data, and the pages as they are visited on it."""

    data_dir: Path
    floor_database: Path
    sizes: Sizes
    people: People
    pages: Sequence[Page]


@dataclass(frozen=True, slots=True)
class Stage:
    """Both servers at work on the data."""

    ground: Ground
    site: Server
    floor: Server


def prepare(folder: Path, sizes: Sizes) -> Ground:
    """Generate the data of site and floor in the folder, with people signed in and attempts begun."""
    data_dir = folder / "site"
    data_dir.mkdir()
    people, savers = People.divided(sizes)
    attempts: list[OpenAttempt] = []
    with inside.application(data_dir) as app:
        with app.app_context():
            build(app, sizes)
        for _ in range(OPEN_ATTEMPTS):
            inside.make(app, *opening(savers, attempts))
    database = folder / "floor.db"
    below = floor.create_floor(database)
    floor.fill(below, people=FLOOR_PEOPLE, units=sizes.units)
    cookies = [floor.sign_in_as(below, number) for number in range(1, FLOOR_SIGNED_IN + 1)]
    pages = all_pages(sizes, people, attempts=attempts, floor_visitor=floor_sessions(cookies))
    return Ground(data_dir, database, sizes, people, pages)


@contextmanager
def stage(ground: Ground, *, workers: int) -> Iterator[Stage]:
    """Start both servers; end them whatever happens."""
    with (
        servers.site(ground.data_dir, workers=workers) as site,
        servers.floor(ground.floor_database, workers=workers) as below,
    ):
        yield Stage(ground, site, below)


def measure_pages(
    on: Stage, names: Sequence[str], *, rounds: int, seconds: float, say: Callable[[str], None]
) -> list[tuple[PageFigures, int]]:
    """Return the figures of the pages named (all without names), with the statements of a visit."""
    figures = []
    for page in on.ground.pages:
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
                count_statements(on.ground.data_dir, page),
            )
        )
    return figures


def count_statements(data_dir: Path, page: Page) -> int:
    """Return how many statements the page asks of the database in one visit, once caches are filled."""
    with inside.application(data_dir) as app:
        inside.make(app, *page.ours())
        with inside.counting_statements() as statements:
            inside.make(app, *page.ours())
    return len(statements)
