"""The tables that are printed."""

from collections.abc import Iterable, Sequence

from bench.benchmark import Memory, Starts, Weight
from bench.growth import Step
from bench.measure import Spread
from bench.quizzes import MARKED, PARSED, QuizCosts
from bench.rounds import PageFigures


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with its columns aligned, the first to the left, all others to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def written(line: Sequence[str]) -> str:
        first, *others = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return "| " + " | ".join([first, *others]) + " |"

    rule = "|" + "|".join(
        "-" * (width + 2) if column == 0 else "-" * (width + 1) + ":" for column, width in enumerate(widths)
    )
    return "\n".join([written(lines[0]), rule + "|", *(written(line) for line in lines[1:])])


def spread(figure: Spread, digits: int = 2) -> str:
    """Return a median with the least and the greatest in brackets."""
    return f"{figure.median:.{digits}f} ({figure.least:.{digits}f}–{figure.greatest:.{digits}f})"


def page_table(figures: Iterable[PageFigures]) -> str:
    """Return the main table: what a visit costs."""
    rows = [
        (
            page.name,
            f"{page.requests:.0f}",
            spread(page.ours),
            spread(page.floor),
            spread(page.ratio),
            str(page.statements),
            f"{page.sent_bytes:,.0f}",
        )
        for page in figures
    ]
    return table(("page", "requests", "CPU-ms", "floor", "ratio", "SQL", "bytes"), rows)


def latency_table(figures: Iterable[PageFigures]) -> str:
    """Return what the clients saw."""
    rows = []
    for page in figures:
        pairs = zip(page.latencies, page.floor_latencies, strict=True)
        for ours, floor in pairs:
            rows.append(
                (
                    page.name,
                    str(ours.clients),
                    *(f"{value:.1f}" for value in (ours.p50_ms, ours.p95_ms)),
                    f"{ours.per_second:.0f}",
                    *(f"{value:.1f}" for value in (floor.p50_ms, floor.p95_ms)),
                    f"{floor.per_second:.0f}",
                )
            )
    head = ("page", "clients", "p50 ms", "p95 ms", "visits/s", "floor p50", "floor p95", "floor visits/s")
    return table(head, rows)


def weight_table(weight: Weight) -> str:
    """Return what a browser fetches for a unit page."""
    rows = [
        ("fresh cache, to read", str(weight.requests_to_read), f"{weight.bytes_to_read:,}"),
        ("fresh cache, scripts", str(len(weight.scripts)), f"{sum(weight.scripts):,}"),
        ("second visit", "1", f"{weight.html:,}"),
    ]
    return table(("unit page", "requests", "bytes"), rows)


def process_table(memory: Memory, floor: Memory, starts: Starts) -> str:
    """Return what the processes take and how long they take to start."""
    rows = [
        ("processes", str(memory.processes), str(floor.processes)),
        ("memory after load, MB (PSS)", megabytes(memory.pss_bytes), megabytes(floor.pss_bytes)),
        ("first start, s", f"{starts.first:.2f}", ""),
        ("next start, s", spread(starts.next), ""),
        ("web server alone, s", spread(starts.server), spread(starts.floor)),
    ]
    return table(("", "site", "floor"), rows)


def megabytes(size: int) -> str:
    """Return bytes in millions."""
    return f"{size / 1_000_000:.0f}"


def quiz_table(costs: QuizCosts) -> str:
    """Return what reading and marking cost in a process."""
    rows = [
        (f"reading {PARSED} questions of all types", spread(costs.parsing)),
        (f"marking an attempt of {MARKED}", spread(costs.marking)),
    ]
    return table(("quizzes, in a process", "CPU-ms"), rows)


def growth_table(steps: Sequence[Step]) -> str:
    """Return the costs at each size, and the last size's as a multiple of the first's."""
    rows = []
    for name, first in steps[0].costs.items():
        costs = [step.costs[name] for step in steps]
        rows.append(
            (
                name,
                str(max(cost.statements for cost in costs)),
                *(f"{cost.cpu_ms:.2f} ({cost.p50_ms:.1f}, {cost.p95_ms:.1f})" for cost in costs),
                f"{costs[-1].cpu_ms / first.cpu_ms:.2f}",
            )
        )
    sizes = [f"{step.enrollments:,} ({megabytes(step.database_bytes)} MB)" for step in steps]
    return table(("CPU-ms (p50, p95 ms)", "SQL", *sizes, "last / first"), rows)
