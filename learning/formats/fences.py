"""Code blocks between ``` or ~~~: opaque to every other rule, so every reader asks here first."""

import re

_FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")


class Fence:
    """Follows a text line by line and tells which lines belong to a code block."""

    def __init__(self) -> None:
        self._mark = ""
        self.opened = 0

    @property
    def is_open(self) -> bool:
        """Whether the block opened on line `opened` goes on."""
        return bool(self._mark)

    def takes(self, line: str, number: int) -> bool:
        """Tell whether the line opens, closes or is inside a code block."""
        if not self._mark and "```" not in line and "~~~" not in line:
            return False
        match = _FENCE.match(line)
        if self._mark:
            if match and match[1].startswith(self._mark) and not match[2].strip():
                self._mark = ""
            return True
        if match and not (match[1][0] == "`" and "`" in match[2]):
            self._mark, self.opened = match[1], number
            return True
        return False
