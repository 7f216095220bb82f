"""ASCII names from Vietnamese headings, for ids and addresses: đ becomes d, marks are dropped."""

import re

from learning.domain.vietnamese import fold

_OTHER = re.compile(r"[^a-z0-9]+")


def slug_of(text: str, *, length: int = 64) -> str:
    """Return `ten-mien-that` for `Tên miền thật`, empty when no ASCII letter or digit is left."""
    return _OTHER.sub("-", fold(text)).strip("-")[:length].strip("-")
