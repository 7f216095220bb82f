"""Everything that one benchmark found, where and when, as it is printed and as it is written to a file."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench import tables
from bench.benchmark import Memory, Starts, Weight
from bench.data import Sizes
from bench.growth import Step
from bench.quizzes import QuizCosts
from bench.rounds import PageFigures
from learning.config import ROOT


def commit() -> str:
    """Return the commit that is measured, marked when files differ from it."""
    command = ["git", "describe", "--always", "--dirty"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return found.stdout.strip() or "unknown"


def machine() -> str:
    """Return cores, processor and Python."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")
    return f"{os.cpu_count()} cores {model}, Python {platform.python_version()}".replace("  ", " ")


@dataclass(slots=True)
class Results:
    """Where, when and on what it was measured, and what was found; parts that were not asked for are missing."""

    sizes: Sizes
    workers: int
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    commit: str = field(default_factory=commit)
    machine: str = field(default_factory=machine)
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])
    pages: list[PageFigures] = field(default_factory=list)
    weight: Weight | None = None
    memory: Memory | None = None
    floor_memory: Memory | None = None
    starts: Starts | None = None
    quizzes: QuizCosts | None = None
    growth: list[Step] = field(default_factory=list)

    def text(self) -> str:
        """Return all tables, as Markdown."""
        sizes = self.sizes
        parts = [
            f"{self.at}, commit {self.commit}, {self.machine}; load before: {self.load_before:.1f}.",
            (
                f"{sizes.people:,} people in {sizes.communes} communes and {sizes.office:,} at one office,"
                f" a course of {sizes.units} units, a quiz of {sizes.questions} questions;"
                f" {self.workers} server processes; medians (least–greatest) of the rounds."
            ),
        ]
        if self.pages:
            parts += ["## Cost of a visit", tables.page_table(self.pages)]
            parts += ["## What clients saw", tables.latency_table(self.pages)]
        if self.weight:
            parts += ["## Weight", tables.weight_table(self.weight)]
        if self.memory and self.floor_memory and self.starts:
            table = tables.process_table(self.memory, self.floor_memory, self.starts)
            parts += ["## Memory and start", table]
        if self.quizzes:
            parts += ["## Quizzes", tables.quiz_table(self.quizzes)]
        if self.growth:
            parts += ["## Growth with enrollments", tables.growth_table(self.growth)]
        return "\n\n".join(parts)

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
