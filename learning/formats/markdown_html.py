"""The recipe of our Markdown: the extensions, raw HTML off, then the sanitizer. For the worker only."""

import html
import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

# Python-Markdown brings no types, hence the exceptions here and below.
from markdown import Markdown  # type: ignore[import-untyped]
from markdown.extensions import Extension  # type: ignore[import-untyped]
from markdown.extensions.footnotes import FootnoteExtension  # type: ignore[import-untyped]
from markdown.extensions.toc import TocExtension  # type: ignore[import-untyped]
from markdown.treeprocessors import Treeprocessor  # type: ignore[import-untyped]

from learning.domain.vietnamese import fold
from learning.formats.markdown_source import prepare
from learning.formats.prose import MEDIA_PATH, MEDIA_TYPES
from learning.formats.safe_html import clean, prefixed

# Headings of a page begin below its title: a unit's at h2, a question's at h3.
_TOP_LEVEL = {"body": 2}
_TOP_LEVEL_OF_QUESTIONS = 3

_WORDS = {
    "vi": {"table": "Bảng {}", "done": "đã làm", "open": "chưa làm", "back": "Về chỗ chú thích {}"},
    "en": {"table": "Table {}", "done": "done", "open": "not done", "back": "Back to note {}"},
    "he": {"table": "טבלה {}", "done": "בוצע", "open": "לא בוצע", "back": "חזרה להערה {}"},
}
_SOUND = ("mp3", "ogg", "m4a")
_FILM = ("mp4", "webm")
_TASK = re.compile(r"\[([ xX])\]\s+")
_ALIGNMENT = re.compile(r"text-align:\s*(left|right|center);?")
# Fragments that stand in a line when they are one paragraph: titles, and what one answers with.
_INLINE = re.compile(r"/title$|/(?:choice|left|right|step|part)/[0-9]+$")
_PARAGRAPH = re.compile(r"<p>((?:(?!</?p[ >]).)*)</p>", re.DOTALL)


def render_fragments(
    fragments: Mapping[str, str], *, language: str, media_base: str, strip_links: bool
) -> tuple[dict[str, str], list[tuple[str, str, int]]]:
    """Return safe HTML for each fragment, and id, title and level of the headings of `body`."""
    rendered: dict[str, str] = {}
    toc: list[tuple[str, str, int]] = []
    for name, source in fragments.items():
        page = _Page(name, language=language, media_base=media_base, strip_links=strip_links)
        rendered[name] = page.render(source)
        if name == "body":
            toc = page.toc
    return rendered, toc


class _Page:
    """One fragment on its way to HTML; a new Markdown object each, they keep state."""

    def __init__(self, name: str, *, language: str, media_base: str, strip_links: bool) -> None:
        self.language = language
        self.words = _WORDS.get(language, _WORDS["en"])
        self.media_base = media_base
        self.strip_links = strip_links
        self.is_inline = _INLINE.search(name) is not None
        self.top_level = _TOP_LEVEL.get(name, _TOP_LEVEL_OF_QUESTIONS)
        # Ids must differ between the fragments of a page and from every id of the page's own.
        self.prefix = "s-" if name == "body" else "s-" + re.sub(r"[^a-z0-9]+", "-", name) + "-"
        self.toc: list[tuple[str, str, int]] = []

    def render(self, source: str) -> str:
        if not source.strip():
            return ""
        markdown = Markdown(
            extensions=[
                "tables",
                "attr_list",
                "def_list",
                "admonition",
                "sane_lists",
                "pymdownx.highlight",
                "pymdownx.superfences",
                "pymdownx.details",
                "pymdownx.mark",
                "pymdownx.keys",
                "pymdownx.tilde",
                FootnoteExtension(BACKLINK_TITLE=self.words["back"]),
                TocExtension(marker="", slugify=_slugify),
                _Ours(self),
            ],
            extension_configs={
                "pymdownx.highlight": {"use_pygments": False},
                "pymdownx.superfences": {"preserve_tabs": True},
            },
        )
        # Raw HTML is off: what looks like a tag is text and comes out escaped.
        markdown.preprocessors.deregister("html_block")
        markdown.inlinePatterns.deregister("html")
        dirty = markdown.convert(prepare(source, self.language))
        self.toc = [
            (prefixed(token["id"], self.prefix), html.unescape(token["name"]), token["level"])
            for token in _flat(markdown.toc_tokens)
        ]
        safe = clean(dirty, id_prefix=self.prefix).strip()
        alone = _PARAGRAPH.fullmatch(safe) if self.is_inline else None
        return alone[1] if alone else safe


def _slugify(text: str, separator: str) -> str:
    return re.sub(r"\W+", separator, fold(text)).strip(separator) or "muc"


def _flat(tokens: list[dict[str, Any]]) -> list[dict[str, Any]]:
    flat: list[dict[str, Any]] = []
    for token in tokens:
        flat += [token, *_flat(token["children"])]
    return flat


class _Ours(Extension):  # type: ignore[misc]
    """Enters our own steps: headings before the table of contents is made, the rest at the end."""

    def __init__(self, page: _Page) -> None:
        super().__init__()
        self.page = page

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  (the library's name)
        md.treeprocessors.register(_Headings(md, self.page), "our_headings", 6)
        md.treeprocessors.register(_Finish(md, self.page), "our_finish", 1)


class _Headings(Treeprocessor):  # type: ignore[misc]
    """Moves all headings down when the highest is above what the page allows."""

    def __init__(self, md: Markdown, page: _Page) -> None:
        super().__init__(md)
        self.page = page

    def run(self, root: Element) -> None:
        headings = [element for element in root.iter() if re.fullmatch("h[1-6]", str(element.tag))]
        levels = [int(heading.tag[1]) for heading in headings]
        shift = max(0, self.page.top_level - min(levels, default=6))
        for heading, level in zip(headings, levels, strict=True):
            heading.tag = f"h{min(6, level + shift)}"


class _Finish(Treeprocessor):  # type: ignore[misc]
    """Pictures, links, tables and check boxes as our pages want them."""

    def __init__(self, md: Markdown, page: _Page) -> None:
        super().__init__(md)
        self.page = page
        self.tables = 0

    def run(self, root: Element) -> None:
        for element in list(root.iter()):
            if element.tag == "img":
                self._media(element)
            elif element.tag == "a":
                self._link(element)
            elif element.tag in {"th", "td"}:
                _align(element)
            elif element.tag == "li":
                self._task(element)
        for parent in list(root.iter()):
            for index, child in enumerate(list(parent)):
                if child.tag == "table":
                    self._wrap_table(parent, index)
                elif child.tag == "li" and child.get("class") == "task-list-item":
                    parent.set("class", "task-list")

    def _media(self, element: Element) -> None:
        source, alt = element.get("src", ""), element.get("alt", "")
        title = element.get("title")
        kind = source.rsplit(".", 1)[-1].lower()
        element.attrib.clear()
        if not MEDIA_PATH.fullmatch(source) or kind not in MEDIA_TYPES:
            element.tag, element.text = "span", alt
            return
        element.set("src", self.page.media_base + source.removeprefix("media/"))
        if kind in _SOUND + _FILM:
            element.tag = "audio" if kind in _SOUND else "video"
            element.attrib |= {"controls": "controls", "preload": "none", "aria-label": alt}
            return
        element.attrib |= {"alt": alt, "loading": "lazy"}
        if title:
            element.set("title", title)

    def _link(self, element: Element) -> None:
        target = element.get("href", "")
        if self.page.strip_links and not target.startswith("#"):
            element.tag = "span"
            element.attrib.clear()
        elif MEDIA_PATH.fullmatch(target):
            element.set("href", self.page.media_base + target.removeprefix("media/"))
        elif re.match(r"\s*(?:https?:|//)", target, re.IGNORECASE):
            element.set("rel", "noopener noreferrer")

    def _task(self, item: Element) -> None:
        holder = item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item
        match = _TASK.match((holder.text or "").lstrip())
        if match is None:
            return
        done = match[1] != " "
        box = Element("span", {"class": "task-box", "role": "img"})
        box.set("aria-label", self.page.words["done" if done else "open"])
        box.text = "☑" if done else "☐"
        box.tail = " " + (holder.text or "").lstrip()[match.end() :]
        holder.text = ""
        holder.insert(0, box)
        item.set("class", "task-list-item")

    def _wrap_table(self, parent: Element, index: int) -> None:
        self.tables += 1
        table = parent[index]
        wrapper = Element("div", {"class": "table-scroll", "tabindex": "0", "role": "region"})
        wrapper.set("aria-label", self.page.words["table"].format(self.tables))
        wrapper.tail, table.tail = table.tail, None
        parent[index] = wrapper
        wrapper.append(table)


def _align(cell: Element) -> None:
    style = cell.attrib.pop("style", "")
    if match := _ALIGNMENT.fullmatch(style.strip()):
        cell.set("class", f"align-{match[1]}")
