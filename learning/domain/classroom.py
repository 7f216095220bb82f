"""In-person sessions: their states, what invited people answer, who was there, and the code that proves it.

A code belongs to a few minutes of one session. It is made of a key that never leaves the server, so nobody can
make tomorrow's, and yesterday's is worth nothing.
"""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CODE_DIGITS = 6
KEY_BYTES = 16
MOST_SEATS = 10_000
LONGEST_SESSION = timedelta(hours=16)


class SessionState(StrEnum):
    """What became of a session; it is held from the first person marked present on."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Reply(StrEnum):
    """What an invited person says; who comes when all seats are taken waits for one."""

    COMING = "coming"
    WAITING = "waiting"
    NOT_COMING = "not_coming"


class Presence(StrEnum):
    """What a mark says; `unmarked` takes an earlier one back."""

    PRESENT = "present"
    ABSENT = "absent"
    UNMARKED = "unmarked"


class How(StrEnum):
    """How somebody was marked: by a trainer, or by herself with the code of the session."""

    TRAINER = "trainer"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class CodeRules:
    """How long a code is shown, and how long before and after a session people can say that they are there."""

    shown: timedelta
    before: timedelta
    after: timedelta

    def is_open(self, starts_at: datetime, ends_at: datetime, at: datetime) -> bool:
        """Tell whether codes of a session count at a moment."""
        return starts_at - self.before <= at <= ends_at + self.after


def code_at(key: bytes, rules: CodeRules, at: datetime) -> str:
    """Return the code of a session's key at a moment."""
    return _code(key, _period(rules, at))


def seconds_left(rules: CodeRules, at: datetime) -> int:
    """Return for how many seconds the code of this moment is still shown."""
    length = int(rules.shown.total_seconds())
    return length - int(at.timestamp()) % length


def is_right_code(key: bytes, rules: CodeRules, typed: str, at: datetime) -> bool:
    """Tell whether a code is this moment's or the one before, which somebody may still be typing."""
    now = _period(rules, at)
    return any(hmac.compare_digest(_code(key, period), typed) for period in (now, now - 1))


def read_code(text: str) -> str | None:
    """Return the digits of what was typed or scanned, in any script and grouping; None when it is no code."""
    digits = "".join(
        str(unicodedata.digit(letter)) for letter in text if unicodedata.digit(letter, None) is not None
    )
    rest = [letter for letter in text if unicodedata.digit(letter, None) is None]
    is_code = len(digits) == CODE_DIGITS and all(letter.isspace() or letter in "-." for letter in rest)
    return digits if is_code else None


def _period(rules: CodeRules, at: datetime) -> int:
    return int(at.timestamp()) // int(rules.shown.total_seconds())


def _code(key: bytes, period: int) -> str:
    digest = hmac.digest(key, period.to_bytes(8, "big"), hashlib.sha256)
    return str(int.from_bytes(digest[:8], "big") % 10**CODE_DIGITS).zfill(CODE_DIGITS)
