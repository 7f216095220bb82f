"""How the pages that could grow with the number of enrollments do grow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import inside, servers
from bench.course import COURSE, read_unit
from bench.data import PROVINCE_MANAGER, Sizes, build, grow
from bench.drive import Begin, drive, make
from bench.measure import cpu_seconds, percentile
from bench.pages import People, see, token_of
from bench.servers import Server
from bench.traffic import Request, Visit, Visitor
from learning.organizations.services import shipped_organizations

FORM_COOKIE = "__Host-form"
MOST = 1000
WARMING = 4  # clients at once, so that every process of the server is asked


@dataclass(frozen=True, slots=True)
class Cost:
    """What a visit costs at one size: statements, CPU-ms, and the median and 95th percentile of one client's waits."""

    statements: int
    cpu_ms: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Step:
    """The costs at one number of enrollments, by page."""

    enrollments: int
    database_bytes: int
    costs: dict[str, Cost]


def measure_growth(
    folder: Path,
    sizes: Sizes,
    enrollments: Sequence[int],
    *,
    workers: int,
    seconds: float,
    say: Callable[[str], None],
) -> list[Step]:
    """Measure the same pages on the same running site while its database grows."""
    data_dir = folder / "growth"
    data_dir.mkdir()
    steps = []
    with inside.application(data_dir) as app, app.app_context():
        say(f"generating {enrollments[0]:,} enrollments")
        build(app, sizes)
        with servers.site(data_dir, workers=workers) as server:
            people = People(range(min(sizes.sessions, sizes.people)), sizes.seed)
            for number, size in enumerate(enrollments):
                if number:
                    say(f"generating {size:,} enrollments")
                    grow(app, sizes, people=size)
                say(f"measuring with {size:,} enrollments")
                unit = read_unit(max(1, sizes.units - 1 - number))
                costs = {
                    name: _cost(
                        server,
                        begin,
                        seconds=seconds,
                        most=most,
                        statements=inside.count_statements(app, begin),
                    )
                    for name, begin, most in _pages(server, people, unit=unit)
                }
                database = sum(path.stat().st_size for path in data_dir.glob("site.db*"))
                steps.append(Step(size, database, costs))
    return steps


def _cost(server: Server, begin: Begin, *, seconds: float, most: int, statements: int) -> Cost:
    # Each process of the server compiles templates and fills caches before anything is measured.
    drive(server.port, begin, clients=WARMING, seconds=seconds / 4, most=max(WARMING, most // 10))
    pids = server.pids()
    before = cpu_seconds(pids)
    load = drive(server.port, begin, clients=1, seconds=seconds, most=most)
    cpu = cpu_seconds(pids) - before
    waits = [percentile(load.durations, share) * 1000 for share in (0.5, 0.95)]
    return Cost(statements, cpu * 1000 / load.visits, *waits)


def _pages(server: Server, people: People, *, unit: str) -> list[tuple[str, Begin, int]]:
    """Return what is measured, and how often at most: every completion is that of another person."""
    token = ""
    reader = people.visitor()

    def opening() -> Visit:
        nonlocal token
        page = yield Request("/")
        token = token_of(page.text)

    make(server.port, reader, opening())
    form = {name: value for name, value in reader.cookies.items() if name == FORM_COOKIE}

    def completing() -> tuple[Visitor, Visit]:
        visitor = people.visitor()
        visitor.cookies |= form
        return visitor, _complete(unit, token)

    def managing(path: str) -> Begin:
        return lambda: (people.visitor(PROVINCE_MANAGER), see(path))

    commune = min(record.code for record in shipped_organizations() if record.kind == "commune")
    return [
        ("overview of reports", managing("/reports/"), MOST),
        ("report of the province", managing(f"/reports/courses/{COURSE}/"), MOST),
        ("heat map of the province", managing(f"/reports/courses/{COURSE}/?view=map"), MOST),
        ("report of a commune", managing(f"/reports/organizations/{commune}/?course={COURSE}"), MOST),
        ("trend of the province", managing(f"/reports/courses/{COURSE}/trend/"), MOST),
        ("dashboard", lambda: (people.visitor(), see("/")), MOST),
        ("one completion", completing, (len(people.all_names) - 2) * 4 // 5),
    ]


def _complete(unit: str, token: str) -> Visit:
    """Say that the unit was read; opening it and what is shown afterwards is not counted."""
    yield Request(f"/courses/{COURSE}/{unit}/completion", [("csrf_token", token)])
