"""`make bench`: measure the site beside the floor and print the figures; docs/performance.md explains them."""

import argparse
import logging
import os
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from bench import benchmark, inside
from bench.benchmark import Ground
from bench.data import Sizes
from bench.growth import measure_growth
from bench.quizzes import measure_quizzes
from bench.results import Results
from bench.rounds import Plan
from bench.servers import CannotMeasure
from bench.traffic import UnexpectedAnswer

CLIENTS = (1, 8, 32)
GROWTH = (1_000, 10_000, 100_000)
QUICK_GROWTH = (1_000, 5_000)
PARTS = ("pages", "weight", "memory", "quizzes", "growth")


def numbers(text: str) -> tuple[int, ...]:
    """Return the whole numbers, from 1 on, that commas separate; raises ValueError."""
    found = tuple(int(word) for word in text.split(","))
    if min(found) < 1:
        raise ValueError(text)
    return found


def parse(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    sizes = Sizes()
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition(":")[2])
    parser.add_argument("--quick", action="store_true", help="in under a minute: fewer rounds, less growth")
    parser.add_argument("--output", type=Path, help="write all figures to this file too, as JSON")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas: " + ", ".join(PARTS))
    parser.add_argument("--pages", default="", help="only these pages, with commas, such as unit,course")
    parser.add_argument("--growth", type=numbers, help="numbers of enrollments, with commas")
    parser.add_argument("--rounds", type=int, help="site, floor, site, floor ... (5; quick: 2)")
    parser.add_argument("--seconds", type=float, help="of each load in a round (0.4; quick: 0.15)")
    parser.add_argument("--clients", type=numbers, default=CLIENTS, help="at once, with commas (1,8,32)")
    parser.add_argument("--people", type=int, default=sizes.people)
    parser.add_argument("--office", type=int, default=sizes.office, help="people more, at one organization")
    parser.add_argument("--communes", type=int, default=sizes.communes)
    parser.add_argument("--units", type=int, default=sizes.units)
    parser.add_argument("--questions", type=int, default=sizes.questions)
    parser.add_argument("--seed", type=int, default=sizes.seed)
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1), help="server processes")
    parser.add_argument("--profile", action="store_true", help="no measuring: profile the pages named")
    arguments = parser.parse_args(words)
    if arguments.people < 2 * max(arguments.clients):
        parser.error("--people: at least two for each client, because nobody takes the quiz twice at once")
    return arguments


def say(words: str) -> None:
    """Tell on the error stream what is going on, so that the tables can be kept apart."""
    print(f"· {words}", file=sys.stderr, flush=True)


def run(arguments: argparse.Namespace, folder: Path) -> None:
    """Measure what is asked for in the folder, and print it."""
    sizes = Sizes(
        people=arguments.people,
        office=arguments.office,
        communes=arguments.communes,
        units=arguments.units,
        questions=arguments.questions,
        seed=arguments.seed,
    )
    parts = arguments.only.split(",")
    results = Results(sizes, arguments.workers)
    if arguments.profile or set(parts) & {"pages", "weight", "memory"}:
        say(f"generating {sizes.people:,} people in {sizes.communes} communes")
        ground = benchmark.prepare(folder, sizes)
        if arguments.profile:
            print_profiles(ground, arguments.pages)
            return
        measure(arguments, parts, ground, results=results)
    if "quizzes" in parts:
        say("reading and marking quizzes")
        results.quizzes = measure_quizzes(times=5 if arguments.quick else 30, seed=sizes.seed)
    if "growth" in parts:
        steps = arguments.growth or (QUICK_GROWTH if arguments.quick else GROWTH)
        results.growth = measure_growth(
            folder,
            replace(sizes, people=steps[0], office=0),
            steps,
            workers=arguments.workers,
            seconds=3 * seconds_of_load(arguments),
            say=say,
        )
    print(results.text())
    if arguments.output:
        results.write(arguments.output)


def seconds_of_load(arguments: argparse.Namespace) -> float:
    """Return how long one load lasts."""
    return float(arguments.seconds or (0.15 if arguments.quick else 0.4))


def measure(arguments: argparse.Namespace, parts: list[str], ground: Ground, *, results: Results) -> None:
    """Measure pages, weight, memory and start."""
    say("starting both servers")
    with benchmark.stage(ground, workers=arguments.workers) as stage:
        first_start = stage.site.seconds_to_first_page
        if "pages" in parts:
            results.pages = benchmark.measure_pages(
                stage,
                [name for name in arguments.pages.split(",") if name],
                Plan(
                    rounds=arguments.rounds or (2 if arguments.quick else 5),
                    clients=arguments.clients,
                    seconds=seconds_of_load(arguments),
                ),
                say=say,
            )
        if "weight" in parts:
            results.weight = benchmark.weigh_unit(stage)
        results.memory = benchmark.weigh_processes(stage.site)
        results.floor_memory = benchmark.weigh_processes(stage.floor)
    if "memory" in parts:
        say("starting them again")
        results.starts = benchmark.time_starts(
            ground, times=1 if arguments.quick else 5, workers=arguments.workers, first=first_start
        )


def print_profiles(ground: Ground, names: str) -> None:
    """Print where the time of each page goes, inside one process."""
    for page in ground.pages:
        if not names or page.name in names.split(","):
            with inside.application(ground.data_dir) as app:
                print(f"\n## {page.name}\n\n{inside.profile(app, page.ours, visits=500, seconds=10)}")


def unwind(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End on SIGTERM as on Ctrl-C, so that everything started is ended."""
    raise KeyboardInterrupt


def main(words: list[str]) -> int:
    """Return 0, or 1 when something could not be measured, or 130 after an interruption."""
    arguments = parse(words)
    logging.disable(logging.INFO)
    signal.signal(signal.SIGTERM, unwind)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            run(arguments, Path(folder))
    except (CannotMeasure, UnexpectedAnswer) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    say(f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
