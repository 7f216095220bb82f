"""A calendar entry as a file that any calendar takes (RFC 5545)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

FOLD = 75  # bytes of a line
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What stands in a calendar; `uid` names it also after a change."""

    uid: str
    title: str
    place: str
    note: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    is_cancelled: bool

    def file(self) -> bytes:
        """Return the file."""
        lines = (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//learning site//sessions//EN",
            "METHOD:PUBLISH",
            "BEGIN:VEVENT",
            f"UID:{_escaped(self.uid)}",
            f"DTSTAMP:{_moment(self.changed_at)}",
            f"LAST-MODIFIED:{_moment(self.changed_at)}",
            f"SEQUENCE:{int(self.changed_at.timestamp())}",
            f"DTSTART:{_moment(self.starts_at)}",
            f"DTEND:{_moment(self.ends_at)}",
            f"SUMMARY:{_escaped(self.title)}",
            f"LOCATION:{_escaped(self.place)}",
            f"DESCRIPTION:{_escaped(self.note)}",
            f"STATUS:{'CANCELLED' if self.is_cancelled else 'CONFIRMED'}",
            "END:VEVENT",
            "END:VCALENDAR",
        )
        return b"".join(part + b"\r\n" for line in lines for part in _folded(line))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    return "".join(c for c in text.translate(_ESCAPES) if c >= " " and c != "\x7f")


def _folded(line: str) -> Iterator[bytes]:
    """Yield the parts of a line that is too long, each but the first begun with a space, no letter cut in two."""
    part = b""
    for letter in line:
        data = letter.encode()
        if len(part) + len(data) > FOLD:
            yield part
            part = b" "
        part += data
    yield part
