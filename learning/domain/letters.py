"""Texts of mail that an administrator edits: Markdown, its first heading the subject, with {places} to be filled.

What would look like the mail that our courses teach to distrust is refused: links, and words of urgency.
"""

import re
from collections.abc import Callable, Mapping

from learning.domain.errors import Refused

SUBJECT_MAXIMUM = 120
_PLACE = re.compile(r"\{([^{}\n]*)\}")
_LINK = re.compile(r"https?:|www\.|\]\(|<[a-z]+:", re.IGNORECASE)
_URGENT = re.compile(
    r"\b(khẩn|khẩn cấp|gấp|ngay lập tức|lần cuối|urgent|urgently|immediately|last chance|act now|דחוף|מיידי|מיד)\b",
    re.IGNORECASE,
)


def letter_check(places: tuple[str, ...], needed: str) -> Callable[[str], None]:
    """Return the check of a text that has no other places than these, and that which it needs; it names the line."""

    def check(text: str) -> None:
        lines = text.split("\n")
        subject = lines[0].removeprefix("# ").strip()
        if not lines[0].startswith("# ") or not subject or len(subject) > SUBJECT_MAXIMUM:
            raise Refused(
                "Line 1: begin with # and the subject of the mail, at most %(most)s characters.",
                field="value",
                most=SUBJECT_MAXIMUM,
            )
        for number, line in enumerate(lines, start=1):
            _check_line(line, number, tuple(place for place in places if number > 1 or place != needed))
        if f"{{{needed}}}" not in (line.strip() for line in lines):
            raise Refused(
                "The text needs %(place)s on a line of its own.", field="value", place=f"{{{needed}}}"
            )

    return check


def _check_line(line: str, number: int, places: tuple[str, ...]) -> None:
    for place in _PLACE.findall(line):
        if place not in places:
            raise Refused(
                "Line %(line)s: %(place)s is not known here. Known: %(places)s.",
                field="value",
                line=number,
                place=f"{{{place}}}",
                places=", ".join(f"{{{known}}}" for known in places),
            )
    if "{" in _PLACE.sub("", line) or "}" in _PLACE.sub("", line):
        raise Refused("Line %(line)s: a brace is open or closed alone.", field="value", line=number)
    if _LINK.search(line):
        raise Refused(
            "Line %(line)s: our mail has no links; say in words where to look.", field="value", line=number
        )
    found = _URGENT.search(line)
    if found:
        raise Refused(
            "Line %(line)s: “%(word)s” presses people, as fraudulent mail does. Say it calmly.",
            field="value",
            line=number,
            word=found[0],
        )


def fill(text: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and body of a checked text; what is filled in is not looked at again."""
    filled = _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
    subject, _end, body = filled.partition("\n")
    return subject.removeprefix("# ").strip(), body.strip() + "\n"
