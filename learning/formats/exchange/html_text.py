"""HTML of other systems as Markdown; what Markdown cannot say is named.

The tree is built by the tolerant reader of the standard library, without recursion and only so deep; nothing in it
is trusted: what comes out is Markdown, which goes through our own renderer like everything a trainer writes.
"""

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from learning.formats.exchange.plain import escape_start, escaped, on_one_line

MAX_DEPTH = 60
MAX_STRAY = 100  # signs of one text that begin a tag which nothing ends
MAX_CHARACTERS = 100_000  # of one text; longer ones are more than any question of ours may have
LONGEST_LINE = 1_500  # characters; a file of ours has at most 2,000 in a line

_VOID = frozenset({"br", "hr", "img", "input", "wbr", "source", "track", "col", "meta", "link", "embed"})
_UNSEEN = frozenset({"script", "style", "head", "template", "noscript"})
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
        "figure",
        "figcaption",
        "center",
        "address",
        "form",
        "fieldset",
        "details",
        "summary",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "blockquote",
        "pre",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    ]
)
_CLOSES = {"p": {"p"}, "li": {"li", "p"}, "tr": {"tr", "td", "th"}, "td": {"td", "th"}, "th": {"td", "th"},
           "dt": {"dt", "dd"}, "dd": {"dt", "dd"}}  # fmt: skip
_MEDIA = frozenset({"img", "audio", "video"})
_AROUND = {
    "strong": "**",
    "b": "**",
    "em": "*",
    "i": "*",
    "del": "~~",
    "s": "~~",
    "strike": "~~",
    "mark": "==",
}
_CODE = frozenset({"code", "tt", "samp", "var", "kbd"})
_TRANSPARENT = frozenset(
    {"span", "font", "a", "label", "abbr", "cite", "q", "small", "big", "html", "body", "ins"}
)
# A whole tag; quotes may hold the sign that would end it.
_TAG = re.compile(r"""</?[a-zA-Z](?:=\s*(?:"[^"]*"|'[^']*')|[^<>])*+>|<[!?][^<>]*>""")
_LINK = re.compile(r"(?:https?://|mailto:|media/)[^\s<>()\"]+")
_CALLOUT = re.compile(r"\badmonition ([a-z]+)")


@dataclass
class Node:
    """An element, or a text where `tag` is empty."""

    tag: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)

    def words(self) -> str:
        """Return all text below, in order."""
        waiting, found = [self], []
        while waiting:
            node = waiting.pop()
            found.append(node.text)
            waiting += reversed(node.children)
        return "".join(found)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("div")
        self.open = [self.root]
        self.comments = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        closes = _CLOSES.get(tag, {"p"} if tag in _BLOCKS else set())
        while len(self.open) > 1 and self.open[-1].tag in closes:
            self.open.pop()
        node = Node(tag, attributes={name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID and len(self.open) < MAX_DEPTH:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, attributes={name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        depth = next((i for i in range(len(self.open) - 1, 0, -1) if self.open[i].tag == tag), 0)
        if depth:
            del self.open[depth:]

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(Node("", data))

    def handle_comment(self, data: str) -> None:
        self.comments = True


def read_html(html: str) -> Node:
    """Return the tree of a fragment of HTML; never raises, whatever it is."""
    return _build(html).root


def words_of_html(html: str) -> str:
    """Return the words of a fragment on one line; a picture is its description."""
    waiting, found = [read_html(html)], []
    while waiting:
        node = waiting.pop()
        spoken = node.attributes.get("alt") or node.attributes.get("aria-label") if node.tag in _MEDIA else ""
        found.append(
            f" {spoken} " if spoken else " " if node.tag in _BLOCKS or node.tag == "br" else node.text
        )
        waiting += reversed(node.children)
    return on_one_line("".join(found))


def _build(html: str) -> _Builder:
    builder = _Builder()
    html = _without_stray(html)
    try:
        builder.feed(html)
        builder.close()
    except (
        AssertionError,
        ValueError,
    ):  # what the standard reader raises on marked sections it does not know
        builder.handle_data(html)
    return builder


def _without_stray(html: str) -> str:
    """Return HTML in which each sign that begins no whole tag or comment is a letter.

    The standard reader looks for the end of each of them anew, to the end of the text.
    """
    parts, done, stray = [], 0, 0
    while (start := html.find("<", done)) >= 0:
        end = start if stray > MAX_STRAY else _end_of_markup(html, start)
        if end > start:
            parts.append(html[done:end])
            done = end
        else:
            stray += html[start + 1 : start + 2].strip() != ""
            parts += [html[done:start], "&lt;"]
            done = start + 1
    return "".join([*parts, html[done:]])


def _end_of_markup(html: str, start: int) -> int:
    """Return where the tag or comment ends that begins at `start`; `start` where none does."""
    if html.startswith("<!--", start):
        closed = html.find("-->", start + 2)
        return start if closed < 0 else closed + 3
    found = _TAG.match(html, start)
    return found.end() if found else start


@dataclass(frozen=True, slots=True)
class FromHtml:
    """Markdown made of HTML, and what it could not say."""

    markdown: str
    lost: tuple[str, ...] = ()


def html_to_markdown(html: str, target: Callable[[str], str | None] = lambda _source: None) -> FromHtml:
    """Return the Markdown of a fragment; `target` gives the path of a picture below `media/`, None for none."""
    built = _build(html)
    writer = _Writer(target)
    if built.comments:
        writer.lost["<!-- -->"] = True
    text = "\n\n".join(writer.blocks(built.root))
    return FromHtml(text, tuple(writer.lost))


class _Writer:
    """Writes a tree as Markdown and remembers what it could not."""

    def __init__(self, target: Callable[[str], str | None]) -> None:
        self.target = target
        self.lost: dict[str, bool] = {}

    def lose(self, what: str) -> None:
        self.lost[f"`{what}`"] = True

    def blocks(self, node: Node) -> list[str]:
        """Return the blocks below an element, text beside blocks as paragraphs."""
        found: list[str] = []
        inline: list[Node] = []

        def close() -> None:
            if text := self.paragraph(inline):
                found.append(text)
            inline.clear()

        for child in node.children:
            if child.tag in _BLOCKS or _has_block(child):
                close()
                found += self.block(child)
            else:
                inline.append(child)
        close()
        return [block for block in found if block.strip()]

    def block(self, node: Node) -> list[str]:
        tag = node.tag
        self._note_style(node)
        kind = node.attributes.get("class", "")
        callout = _CALLOUT.search(kind)
        if tag in _UNSEEN:
            self.lose(tag)
            return []
        if callout or tag == "details" or kind == "details":
            return self._callout(node, callout[1] if callout else "note", "!!!" if callout else "???")
        if re.fullmatch("h[1-6]", tag):
            text = on_one_line(self.inline(node.children))
            return ["#" * max(3, int(tag[1])) + " " + text] if text else []
        if tag == "hr":
            return ["---"]
        if tag == "pre":
            return [self._code(node)]
        if tag == "blockquote":
            inner = "\n\n".join(self.blocks(node))
            return ["\n".join(f"> {line}".rstrip() for line in inner.split("\n"))]
        if tag in {"ul", "ol"}:
            return self._list(node)
        if tag == "dl":
            return self._definitions(node)
        if tag == "table":
            return self._table(node)
        return self.blocks(node)

    def paragraph(self, nodes: list[Node]) -> str:
        lines = self.inline(nodes).split("\n")
        kept = [re.sub(r"[ \t]+", " ", line).strip() for line in lines]
        while kept and not kept[-1]:
            kept.pop()
        while kept and not kept[0]:
            kept.pop(0)
        return "  \n".join(_wrapped(escape_start(line)) for line in kept if line)

    def inline(self, nodes: list[Node]) -> str:
        r"""Return elements in a line as Markdown; a `\n` in it is a line break."""
        return "".join(map(self._inline, nodes))

    def _inline(self, node: Node) -> str:
        tag = node.tag
        if not tag:
            return escaped(re.sub(r"\s+", " ", node.text))
        self._note_style(node)
        if tag == "br":
            return "\n"
        if tag in _MEDIA or (tag == "object" and node.attributes.get("data")):
            return self._picture(node)
        if tag in _UNSEEN:
            self.lose(tag)
            return ""
        if tag in _CODE:
            return _span(node.words())
        text = self.inline(node.children)
        sign = _AROUND.get(tag) or (_AROUND.get(node.attributes.get("class", "")) if tag == "span" else None)
        if sign:
            return _around(text, sign)
        if tag == "a":
            return self._link(node, text)
        if tag == "sub" and text and not re.search(r"\s|~", text):
            return f"~{text}~"
        if tag not in _TRANSPARENT and tag not in _BLOCKS and tag not in {"wbr", "source", "track"}:
            self.lose(tag)
        return text

    def _note_style(self, node: Node) -> None:
        if node.attributes.get("style", "").strip():
            self.lose(f"style: {on_one_line(node.attributes['style'])[:40]}".replace("`", "'"))

    def _link(self, node: Node, text: str) -> str:
        href = self.target(node.attributes.get("href", "")) or node.attributes.get("href", "").strip()
        if not _LINK.fullmatch(href):
            if href and not href.startswith("#"):
                self.lose(f"href: {href[:60]}".replace("`", "'"))
            return text
        return f"[{text.strip() or escaped(href)}]({href})"

    def _picture(self, node: Node) -> str:
        sources = [
            node.attributes.get("src", ""),
            node.attributes.get("data", ""),
            *(c.attributes.get("src", "") for c in node.children),
        ]
        source = next((source for source in sources if source), "")
        path = self.target(source)
        alt = escaped(
            on_one_line(node.attributes.get("alt") or node.attributes.get("aria-label") or node.words())
        )
        if path is None:
            self.lose(f"{node.tag}: {source[:60]}".replace("`", "'"))
            return alt
        return f"![{alt}]({path})"

    def _code(self, node: Node) -> str:
        code = next((child for child in node.children if child.tag == "code"), node)
        language = re.search(r"language-([\w+#-]{1,30})", code.attributes.get("class", ""))
        text = node.words().strip("\n")
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        return f"{fence}{language[1] if language else ''}\n{text}\n{fence}"

    def _list(self, node: Node) -> list[str]:
        start = node.attributes.get("start", "1")
        mark = f"{start if re.fullmatch('[0-9]{1,6}', start) else 1}." if node.tag == "ol" else "-"
        items = []
        for child in node.children:
            if child.tag == "li" or child.words().strip():
                loose = any(grandchild.tag == "p" for grandchild in child.children)
                inner = ("\n\n" if loose else "\n").join(self.blocks(child)) or " "
                lines = inner.split("\n")
                indented = "\n".join("    " + line if line else "" for line in lines[1:])
                items.append(f"{mark} {lines[0]}" + (f"\n{indented}" if indented else ""))
        return ["\n".join(items)] if items else []

    def _definitions(self, node: Node) -> list[str]:
        found = []
        for child in node.children:
            text = on_one_line(self.inline(child.children))
            if child.tag == "dt":
                found.append(text)
            elif child.tag == "dd":
                found.append(f": {text}")
        return ["\n".join(found).replace("\n: ", "\n:   ")]

    def _callout(self, node: Node, kind: str, mark: str) -> list[str]:
        titles = [
            c
            for c in node.children
            if c.tag == "summary" or c.attributes.get("class", "") in {"summary", "admonition-title"}
        ]
        title = on_one_line(titles[0].words()).replace('"', "'") if titles else ""
        rest = Node("div", children=[child for child in node.children if child not in titles])
        inner = "\n\n".join(self.blocks(rest))
        return [
            f'{mark} {kind} "{title}"\n' + "\n".join(f"    {line}".rstrip() for line in inner.split("\n"))
        ]

    def _table(self, node: Node) -> list[str]:
        rows = _below(node, "tr")
        grid = [[cell for cell in row.children if cell.tag in {"td", "th"}] for row in rows]
        grid = [cells for cells in grid if cells]
        if not grid:
            return self.blocks(Node("div", children=node.children)) if node.words().strip() else []
        width = max(map(len, grid))
        for cell in (cell for cells in grid for cell in cells):
            if {"colspan", "rowspan"} & cell.attributes.keys() or _has_block(cell):
                self.lose("table")
        lines = [self._row(cells, width) for cells in grid]
        rule = "|" + "|".join(_alignment(cell) for cell in grid[0]) + "|" + "---|" * (width - len(grid[0]))
        if not any(cell.tag == "th" for cell in grid[0]):
            self.lose("table")
        captions = [on_one_line(self.inline(c.children)) for c in node.children if c.tag == "caption"]
        return [*captions, "\n".join([lines[0], rule, *lines[1:]])]

    def _row(self, cells: list[Node], width: int) -> str:
        texts = [on_one_line(self.inline(cell.children)).replace("|", "\\|") for cell in cells]
        return "| " + " | ".join(texts + [""] * (width - len(texts))) + " |"


def _wrapped(line: str) -> str:
    """Return a line of any length as lines that every file may have."""
    if len(line) <= LONGEST_LINE:
        return line
    return "\n".join(map(escape_start, textwrap.wrap(line, LONGEST_LINE, break_on_hyphens=False)))


def _has_block(node: Node) -> bool:
    waiting = list(node.children)
    while waiting:
        child = waiting.pop()
        if child.tag in _BLOCKS:
            return True
        waiting += child.children
    return False


def _below(node: Node, tag: str) -> list[Node]:
    found, waiting = [], list(reversed(node.children))
    while waiting:
        child = waiting.pop()
        if child.tag == tag:
            found.append(child)
        elif child.tag != "table":
            waiting += reversed(child.children)
    return found


def _alignment(cell: Node) -> str:
    name = cell.attributes.get("class", "") + cell.attributes.get("align", "")
    return next(
        (rule for word, rule in (("left", ":---"), ("right", "---:"), ("center", ":---:")) if word in name),
        "---",
    )


def _around(text: str, sign: str) -> str:
    inner = text.strip()
    if not inner or "\n" in inner:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{sign}{inner}{sign}{after}"


def _span(text: str) -> str:
    words = on_one_line(text)
    if not words:
        return ""
    sign = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
    space = " " if words[0] == "`" or words[-1] == "`" else ""
    return f"{sign}{space}{words}{space}{sign}"
