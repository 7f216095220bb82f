"""Texts of one foreign question: each becomes Markdown, and what Markdown cannot say is kept in a note."""

import re
from collections.abc import Callable
from fractions import Fraction

from learning.domain.questions.model import Labelled
from learning.formats.exchange.html_text import MAX_CHARACTERS, html_to_markdown, read_html
from learning.formats.exchange.intake import note
from learning.formats.exchange.losses import Losses
from learning.formats.exchange.plain import as_markdown, on_one_line
from learning.formats.slugs import slug_of
from learning.formats.values import write_points

_HTML = re.compile(
    r"<(?:/?(?:p|b|i|u|em|strong|br|span|div|ul|ol|li|a|img|pre|code|sub|sup|table)\b[^<>]*)>", re.IGNORECASE
)


class Foreign:
    """Turns the texts of a question into ours; gathers the notes that keep originals."""

    def __init__(
        self, losses: Losses, language: str, target: Callable[[str], str | None] = lambda _source: None
    ) -> None:
        self.losses = losses
        self.language = language
        self.target = target
        self.notes: list[Labelled] = []

    def say(self, text: str, kind: str = "plain") -> str:
        """Return a text of the kind html, markdown, plain or moodle (HTML where it has any) as Markdown."""
        if kind == "moodle":
            kind = "html" if _HTML.search(text) else "plain"
        if kind == "html" and len(text) > MAX_CHARACTERS:
            kind = "plain"
        if kind == "markdown":
            return text.strip()
        if kind != "html":
            return as_markdown(text)
        found = html_to_markdown(text, self.target)
        if found.lost:
            self.losses.add("X061", tags=", ".join(found.lost)[:300])
            original = note(text.strip(), kind="html")
            if original not in self.notes:
                self.notes.append(original)
        return found.markdown

    def words(self, text: str, kind: str = "plain") -> str:
        """Return a text as plain words on one line."""
        if kind == "html" and len(text) <= MAX_CHARACTERS:
            text = read_html(text).words()
        return on_one_line(text)


def tags_of_category(path: str, losses: Losses) -> list[str]:
    """Return a tag for each level of a path of categories, `$course$/top/A/B`; notes what it became."""
    levels = [level.replace("//", "/") for level in re.split(r"(?<!/)/(?!/)", path.strip())]
    named = [level for level in levels if level and not level.startswith("$") and level != "top"]
    tags = [tag for tag in (slug_of(level) for level in named) if tag]
    if named:
        losses.add("X064", category=on_one_line(path)[:120], tag=", ".join(tags) or "–")
    return tags


def tag_of(text: str, losses: Losses) -> str:
    """Return a tag of ours for a foreign one, "" where nothing is left of it; notes one that changed."""
    tag = slug_of(text, length=64)
    if tag != text.strip():
        losses.add("X070", found=on_one_line(text)[:80], tag=tag or "–")
    return tag


def points_of(text: str, losses: Losses) -> Fraction:
    """Return points as ours can be, above 0, at most 1000, two decimals; notes what changed."""
    plain = text.strip()
    if not plain:
        return Fraction(1)
    number = Fraction(plain) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{0,12})?", plain) else Fraction(0)
    points = Fraction(round(min(number, Fraction(1000)) * 100), 100) or Fraction(1)
    if points != number:
        losses.add("X071", found=on_one_line(plain)[:40], points=write_points(points))
    return points
