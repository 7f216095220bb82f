"""The lines against which a report holds a rate, as percent of the enrolled who completed."""

from learning.domain.diagnostics import N_
from learning.domain.settings import Kind, Setting, within_range

_GROUP = N_("Reports")
_HELP = N_("Percent of the enrolled who completed; reports show which organizations have reached it.")
FIRST_TARGET = Setting(
    "report.first_target", _GROUP, N_("First target line"), _HELP, Kind.NUMBER, 80, within_range(1, 100)
)
SECOND_TARGET = Setting(
    "report.second_target", _GROUP, N_("Second target line"), _HELP, Kind.NUMBER, 100, within_range(1, 100)
)
TARGETS = (FIRST_TARGET, SECOND_TARGET)
