"""Measuring pages: rounds alternate between site and floor, so that a busy machine is equally busy for both."""

from dataclasses import dataclass, field

from bench.drive import Begin, Load, drive
from bench.measure import Spread, cpu_seconds, percentile
from bench.pages import Page
from bench.servers import Server


@dataclass(slots=True)
class Side:
    """What all rounds gave for one program: CPU-ms a visit of each round, durations by number of clients."""

    cpu_ms: list[float] = field(default_factory=list)
    durations: dict[int, list[float]] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    requests: int = 0
    visits: int = 0
    received: int = 0

    def add(self, clients: int, load: Load) -> None:
        """Take one load in."""
        self.durations.setdefault(clients, []).extend(load.durations)
        self.seconds[clients] = self.seconds.get(clients, 0.0) + load.seconds
        self.requests += load.requests
        self.visits += load.visits
        self.received += load.received


@dataclass(frozen=True, slots=True)
class Latency:
    """How a number of clients was served: milliseconds a visit, visits a second."""

    clients: int
    p50_ms: float
    p95_ms: float
    per_second: float


@dataclass(frozen=True, slots=True)
class PageFigures:
    """What is printed of a page: CPU-ms a visit, the ratios of the rounds, statements, bytes."""

    name: str
    ours: Spread
    floor: Spread
    ratio: Spread
    statements: int
    requests: float
    sent_bytes: float
    latencies: tuple[Latency, ...]
    floor_latencies: tuple[Latency, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a page is measured: rounds, numbers of clients in each, seconds of load for each number."""

    rounds: int
    clients: tuple[int, ...]
    seconds: float


def measure_page(page: Page, ours: Server, floor: Server, *, plan: Plan, statements: int) -> PageFigures:
    """Load the page in rounds A B A B ..., each with every number of clients."""
    sides = (Side(), Side())
    ratios = []
    clients = tuple(number for number in plan.clients if number <= page.most_clients)
    for _ in range(plan.rounds):
        for server, begin, side in ((ours, page.ours, sides[0]), (floor, page.floor, sides[1])):
            _measure_round(server, begin, side, clients=clients, seconds=plan.seconds)
        ratios.append(sides[0].cpu_ms[-1] / max(sides[1].cpu_ms[-1], 0.001))
    return PageFigures(
        name=page.name,
        ours=Spread.of(sides[0].cpu_ms),
        floor=Spread.of(sides[1].cpu_ms),
        ratio=Spread.of(ratios),
        statements=statements,
        requests=sides[0].requests / sides[0].visits,
        sent_bytes=sides[0].received / sides[0].visits,
        latencies=_latencies(sides[0]),
        floor_latencies=_latencies(sides[1]),
    )


def _measure_round(
    server: Server, begin: Begin, side: Side, *, clients: tuple[int, ...], seconds: float
) -> None:
    pids = server.pids()
    before = cpu_seconds(pids)
    visits = side.visits
    for number in clients:
        side.add(number, drive(server.port, begin, clients=number, seconds=seconds))
    side.cpu_ms.append((cpu_seconds(pids) - before) * 1000 / (side.visits - visits))


def _latencies(side: Side) -> tuple[Latency, ...]:
    return tuple(
        Latency(
            clients,
            percentile(durations, 0.5) * 1000,
            percentile(durations, 0.95) * 1000,
            len(durations) / side.seconds[clients],
        )
        for clients, durations in side.durations.items()
    )
