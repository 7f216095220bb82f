"""The lines against which a report holds a rate, as percent of the enrolled who completed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from learning.domain.diagnostics import N_
from learning.domain.settings import Kind, Setting, Value, within_range
from learning.reports.queries.rows import ReportRow

_GROUP = N_("Reports")
_HELP = N_("Percent of the enrolled who completed; reports show which organizations have reached it.")
FIRST_TARGET = Setting(
    "report.first_target", _GROUP, N_("First target line"), _HELP, Kind.NUMBER, 80, within_range(1, 100)
)
SECOND_TARGET = Setting(
    "report.second_target", _GROUP, N_("Second target line"), _HELP, Kind.NUMBER, 100, within_range(1, 100)
)
TARGETS = (FIRST_TARGET, SECOND_TARGET)


@dataclass(frozen=True, slots=True)
class Target:
    """A target line in percent, and how many of the organizations with people have reached it."""

    percent: int
    reached: int
    organizations: int


def targets_of(rows: Iterable[ReportRow], values: Mapping[str, Value]) -> tuple[Target, ...]:
    """Return the target lines, the lower one first, over communes and wards, or over the one organization given."""
    rows = [row for row in rows if row.has_people]
    counted = [row for row in rows if row.kind in _COUNTED] or rows[:1]
    percents = {int(values[setting.name]) for setting in TARGETS}
    return tuple(
        Target(percent, sum(row.completed * 100 >= percent * row.enrolled for row in counted), len(counted))
        for percent in sorted(percents)
    )


_COUNTED = ("commune", "ward")
