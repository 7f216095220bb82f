"""The course of a benchmark: data, both servers, pages, weight, memory, start."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import drive, floor, inside, servers
from bench.course import COURSE, read_unit
from bench.data import Sizes, build
from bench.measure import Spread, pss_bytes
from bench.pages import FLOOR_SIGNED_IN, OpenAttempt, Page, People, all_pages, floor_sessions, opening
from bench.rounds import PageFigures, Plan, measure_page
from bench.servers import Server
from bench.traffic import Answer, Request, Visit

OPEN_ATTEMPTS = 40
FLOOR_PEOPLE = 2000
STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
SCRIPT = re.compile(r'<script[^>]* src="([^"]+)"')


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
        for _ in range(min(OPEN_ATTEMPTS, len(savers.all_names))):
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
    on: Stage, names: Sequence[str], plan: Plan, *, say: Callable[[str], None]
) -> list[PageFigures]:
    """Return the figures of the pages named (all without names), with the statements of a visit."""
    figures = []
    for page in on.ground.pages:
        if names and page.name not in names:
            continue
        say(f"measuring {page.name}")
        for server, begin in ((on.site, page.ours), (on.floor, page.floor)):
            # Templates are compiled and caches filled before anything is measured.
            drive.drive(server.port, begin, clients=2, seconds=plan.seconds / 2)
        with inside.application(on.ground.data_dir) as app:
            statements = inside.count_statements(app, page.ours)
        figures.append(measure_page(page, on.site, on.floor, plan=plan, statements=statements))
    return figures


@dataclass(frozen=True, slots=True)
class Weight:
    """What a browser fetches for a unit page; bytes on the line, compressed, with headers."""

    html: int
    styles: tuple[int, ...]
    scripts: tuple[int, ...]

    @property
    def requests_to_read(self) -> int:
        """How many answers a reader waits for on a fresh cache."""
        return 1 + len(self.styles)

    @property
    def bytes_to_read(self) -> int:
        """How much that is."""
        return self.html + sum(self.styles)


def weigh_unit(on: Stage) -> Weight:
    """Fetch a unit page and the files that it names, as a browser that has nothing yet."""
    answers: list[Answer] = []

    def visit() -> Visit:
        page = yield Request(f"/courses/{COURSE}/{read_unit(1)}/")
        answers.append(page)
        for path in (*STYLE.findall(page.text), *SCRIPT.findall(page.text)):
            answer = yield Request(path, accept="*/*")
            answers.append(answer)

    drive.make(on.site.port, on.ground.people.visitor(), visit())
    page, *files = answers
    styles = len(STYLE.findall(page.text))
    return Weight(
        page.size, tuple(file.size for file in files[:styles]), tuple(file.size for file in files[styles:])
    )


@dataclass(frozen=True, slots=True)
class Memory:
    """What all processes of a server take, counting once what they share."""

    processes: int
    pss_bytes: int


def weigh_processes(server: Server) -> Memory:
    """Return the memory of a server as it stands."""
    pids = server.pids()
    return Memory(len(pids), pss_bytes(pids))


@dataclass(frozen=True, slots=True)
class Starts:
    """Seconds from the command to the first page."""

    first: float
    next: Spread
    server: Spread
    floor: Spread


def time_starts(ground: Ground, *, times: int, workers: int, first: float) -> Starts:
    """Start the site as prepared before, its web server alone, and the floor, one after the other."""
    seconds: tuple[list[float], list[float], list[float]] = ([], [], [])
    for _ in range(times):
        with servers.site(ground.data_dir, workers=workers) as server:
            seconds[0].append(server.seconds_to_first_page)
        with servers.site(ground.data_dir, workers=workers, prepare=False) as server:
            seconds[1].append(server.seconds_to_first_page)
        with servers.floor(ground.floor_database, workers=workers) as server:
            seconds[2].append(server.seconds_to_first_page)
    whole, alone, below = map(Spread.of, seconds)
    return Starts(first, whole, alone, below)
