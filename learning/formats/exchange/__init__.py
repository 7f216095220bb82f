"""Quizzes from and for other systems: a format is one file here and one entry in the table."""

from learning.formats.exchange.aiken import AIKEN
from learning.formats.exchange.convert import write_foreign
from learning.formats.exchange.gift import GIFT
from learning.formats.exchange.losses import LOSSES, Loss, Losses
from learning.formats.exchange.model import Exported, Format, Imported, Target
from learning.formats.exchange.moodle_xml import MOODLE
from learning.formats.exchange.qti_1_2 import QTI12
from learning.formats.exchange.qti_2_formats import QTI21, QTI22, QTI30
from learning.formats.exchange.tables import CSV, XLSX

FORMATS: dict[str, Format] = {
    form.name: form for form in (GIFT, AIKEN, MOODLE, QTI12, QTI21, QTI22, QTI30, CSV, XLSX)
}


def format_of(name: str, data: bytes = b"") -> Format | None:
    """Return the format of a file by its name, None for no known one.

    The longest ending decides; where several formats share it, the first that knows the file by its first bytes.
    """
    known = [
        (len(suffix), form)
        for form in FORMATS.values()
        for suffix in form.suffixes
        if name.lower().endswith(suffix)
    ]
    longest = max((length for length, _ in known), default=0)
    forms = [form for length, form in known if length == longest]
    return next((form for form in forms if form.knows(data)), forms[0] if forms else None)


__all__ = [
    "FORMATS",
    "LOSSES",
    "Exported",
    "Format",
    "Imported",
    "Loss",
    "Losses",
    "Target",
    "format_of",
    "write_foreign",
]
