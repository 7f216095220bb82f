"""What somebody looks at names or takes a file for; it stands on the audit record, and on the file itself."""

from collections.abc import Mapping
from enum import StrEnum

from learning.domain.diagnostics import N_


class Purpose(StrEnum):
    """What a download with names is for, as the person who takes it says; the first where she says nothing."""

    HAND_IN = "hand_in"
    REMIND = "remind"
    CORRECT = "correct"
    OTHER = "other"


PURPOSE_NAMES: Mapping[Purpose, str] = {
    Purpose.HAND_IN: N_("to hand in"),
    Purpose.REMIND: N_("to remind people"),
    Purpose.CORRECT: N_("to correct the list"),
    Purpose.OTHER: N_("something else"),
}


class PagePurpose(StrEnum):
    """What a page with names, or a file without them, is for: nobody is asked."""

    FOLLOW_UP = "follow_up"
    ASSIGN = "assign"
    ALLOW = "allow"
    REMIND = "remind"
    HOLD_SESSION = "hold_session"
    MARK = "mark"
    REGRADE = "regrade"
    ADMINISTER = "administer"
    REPORT_FIGURES = "report_figures"
    IMPROVE_COURSE = "improve_course"
    WRITE_COURSE = "write_course"


def purpose_of(text: str | None) -> Purpose:
    """Return the purpose that an address names, the first for none or an unknown one."""
    return Purpose(text) if text in set(Purpose) else Purpose.HAND_IN
