"""The manager's pages: `figures` of courses, organizations and people; `sheets` to hand in, to compare and to copy."""

from learning.reports.views import figures, sheets
from learning.reports.views.base import blueprint

__all__ = ["blueprint", "figures", "sheets"]
