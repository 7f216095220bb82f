"""What an administrator may set for sessions: how long their codes count."""

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
SETTINGS = (CODE_MINUTES, CODE_BEFORE, CODE_AFTER)


def read_code_rules() -> CodeRules:
    """Return the rules as they are set now."""
    values = read_all(SETTINGS)
    return CodeRules(*(timedelta(minutes=int(values[setting.name])) for setting in SETTINGS))
