"""`python -m bench`: measure the site against the floor and print the figures; see docs/performance.md."""

import argparse
import logging
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from bench import benchmark, inside, tables
from bench.benchmark import Ground
from bench.data import Sizes
from bench.servers import CannotMeasure
from bench.traffic import UnexpectedAnswer


def parse() -> argparse.Namespace:
    """Read the command line."""
    sizes = Sizes()
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure the site against a bare floor program."
    )
    parser.add_argument("--quick", action="store_true", help="under a minute: fewer rounds, less growth")
    parser.add_argument("--pages", default="", help="only these pages, with commas: unit,course,dashboard")
    parser.add_argument("--rounds", type=int, help="rounds site, floor, site, floor ...")
    parser.add_argument("--seconds", type=float, help="of load in a round, for each number of clients")
    parser.add_argument("--people", type=int, default=sizes.people)
    parser.add_argument("--communes", type=int, default=sizes.communes)
    parser.add_argument("--units", type=int, default=sizes.units)
    parser.add_argument("--questions", type=int, default=sizes.questions)
    parser.add_argument("--seed", type=int, default=sizes.seed)
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1), help="server processes")
    parser.add_argument("--profile", action="store_true", help="no load; profile the pages named instead")
    return parser.parse_args()


def say(words: str) -> None:
    """Tell on the error stream what is going on, so that the tables can be kept apart."""
    print(f"· {words}", file=sys.stderr, flush=True)


def run(arguments: argparse.Namespace) -> None:
    """Measure and print."""
    sizes = Sizes(
        people=arguments.people,
        communes=arguments.communes,
        units=arguments.units,
        questions=arguments.questions,
        seed=arguments.seed,
    )
    names = [name for name in arguments.pages.split(",") if name]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        say(f"generating {sizes.people} people in {sizes.communes} communes")
        ground = benchmark.prepare(Path(folder), sizes)
        if arguments.profile:
            print_profiles(ground, names)
            return
        say("starting both servers")
        with benchmark.stage(ground, workers=arguments.workers) as stage:
            figures = benchmark.measure_pages(
                stage,
                names,
                rounds=arguments.rounds or (3 if arguments.quick else 5),
                seconds=arguments.seconds or (0.3 if arguments.quick else 0.6),
                say=say,
            )
        print(f"\n## A visit: medians (least–greatest) of the rounds\n\n{tables.page_table(figures)}")
        print(f"\n## What clients saw\n\n{tables.latency_table(figures)}")


def print_profiles(ground: Ground, names: list[str]) -> None:
    """Print where the time of each page goes, inside one process."""
    for page in ground.pages:
        if not names or page.name in names:
            with inside.application(ground.data_dir) as app:
                print(f"\n## {page.name}\n\n{inside.profile(app, page.ours, visits=500)}")


def end(_signal: int, _frame: FrameType | None) -> None:
    """Unwind on SIGTERM as on Ctrl-C, so that everything started is ended."""
    raise KeyboardInterrupt


def main() -> int:
    """Return 0, or 1 when something could not be measured, or 130 after an interruption."""
    logging.disable(logging.INFO)
    signal.signal(signal.SIGTERM, end)
    began = time.monotonic()
    try:
        run(parse())
    except (CannotMeasure, UnexpectedAnswer) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    say(f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
