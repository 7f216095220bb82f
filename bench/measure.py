"""What the system knows of processes, and the figures made from many measurements."""

import math
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the name (proc(5)): the parent, then four times in ticks.
PARENT, TIMES = 1, slice(11, 15)


def family(pid: int) -> list[int]:
    """Return the process and all its descendants."""
    parents = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            fields = _stat(int(folder.name))
            if fields:
                parents[int(folder.name)] = int(fields[PARENT])
    found = [pid]
    for parent in found:
        found += [child for child, of in parents.items() if of == parent]
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields after the name, which may hold spaces; none when the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return user and system time of the processes, with that of their ended children."""
    return sum(sum(int(field) for field in _stat(pid)[TIMES]) for pid in pids) / TICKS


def pss_bytes(pids: Sequence[int]) -> int:
    """Return the memory of the processes, what they share counted once among them."""
    total = 0
    for pid in pids:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of repeated measurements, the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * share) - 1]
