"""What an administrator may set: how long codes of a session count, how long log entries can be changed."""

from datetime import timedelta

from learning.domain.classroom import CodeRules
from learning.domain.diagnostics import N_
from learning.domain.settings import Kind, Setting, within_range
from learning.settings.queries import read_all

_GROUP = N_("In-person sessions")
CODE_MINUTES = Setting(
    "classrooms.code_minutes",
    _GROUP,
    N_("Minutes until the code of a session changes"),
    N_("A code still counts while the next one is shown, for whoever is slow to type it."),
    Kind.NUMBER,
    5,
    within_range(1, 60),
)
CODE_BEFORE = Setting(
    "classrooms.code_before",
    _GROUP,
    N_("Minutes before a session from which people can be marked present"),
    N_("Codes count, and trainers can mark attendance, from then on."),
    Kind.NUMBER,
    30,
    within_range(0, 240),
)
CODE_AFTER = Setting(
    "classrooms.code_after",
    _GROUP,
    N_("Minutes after a session until which its codes count"),
    N_("Trainers can mark attendance later too."),
    Kind.NUMBER,
    30,
    within_range(0, 240),
)
HELP_LOG_DAYS = Setting(
    "classrooms.help_log_days",
    _GROUP,
    N_("Days on which an entry of the help log can be changed"),
    N_("Counted from the day it was written; afterwards it stays as it is."),
    Kind.NUMBER,
    7,
    within_range(0, 92),
)
_CODE = (CODE_MINUTES, CODE_BEFORE, CODE_AFTER)
SETTINGS = (*_CODE, HELP_LOG_DAYS)


def read_code_rules() -> CodeRules:
    """Return the rules as they are set now."""
    values = read_all(_CODE)
    return CodeRules(*(timedelta(minutes=int(values[setting.name])) for setting in _CODE))
