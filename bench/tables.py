"""The tables that are printed."""

from collections.abc import Iterable, Sequence

from bench.measure import Spread
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


def page_table(figures: Iterable[tuple[PageFigures, int]]) -> str:
    """Return the main table: what a visit costs."""
    rows = [
        (
            page.name,
            f"{page.requests:.0f}",
            spread(page.ours),
            spread(page.floor),
            spread(page.ratio),
            str(statements),
            f"{page.sent_bytes:,.0f}",
        )
        for page, statements in figures
    ]
    return table(("page", "requests", "CPU-ms", "floor", "ratio", "SQL", "bytes"), rows)


def latency_table(figures: Iterable[tuple[PageFigures, int]]) -> str:
    """Return what the clients saw."""
    rows = []
    for page, _statements in figures:
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
