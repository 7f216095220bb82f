"""Quizzes from and for other systems: a format is one file here and one entry in the table."""

from learning.formats.exchange.aiken import AIKEN
from learning.formats.exchange.convert import write_foreign
from learning.formats.exchange.gift import GIFT
from learning.formats.exchange.losses import LOSSES, Loss, Losses
from learning.formats.exchange.model import Exported, Format, Imported, Target
from learning.formats.exchange.moodle_xml import MOODLE

FORMATS: dict[str, Format] = {form.name: form for form in (GIFT, AIKEN, MOODLE)}


def format_of(name: str) -> Format | None:
    """Return the format that a file name ends in, None for no known one; the longest ending decides."""
    found = [
        (len(suffix), form)
        for form in FORMATS.values()
        for suffix in form.suffixes
        if name.lower().endswith(suffix)
    ]
    return max(found, key=lambda entry: entry[0])[1] if found else None


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
