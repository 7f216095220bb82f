"""The code of a certificate: short enough to be typed from paper, too long to be guessed.

Its letters are those of Crockford's base 32: digits, and letters without those that look like digits or like
each other. What somebody types in their place is read as what was meant.
"""

import secrets
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # of 5 bits each: 80 bits
_GROUP = 4
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


def make_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a new code."""
    return "".join(choose(ALPHABET) for _ in range(LENGTH))


def spell_code(code: str) -> str:
    """Return the code as people read it: in groups of four."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read_code(typed: str) -> str | None:
    """Return the code that was typed, in whatever case and with whatever between its letters; None if it is none."""
    code = "".join(letter for letter in typed.upper() if letter.isalnum()).translate(_MEANT)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
