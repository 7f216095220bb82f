"""The sanitizer: an allow list of tags, attributes, classes and addresses; runs in the worker only."""

import re
from functools import partial

import nh3

_TAGS = {
    "a", "abbr", "audio", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt",
    "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "kbd", "li", "mark", "ol", "p", "pre", "span", "strong",
    "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul", "video",
}  # fmt: skip
_ATTRIBUTES = {tag: {"id", "class"} for tag in _TAGS} | {
    "a": {"id", "class", "href", "title", "rel"},
    "abbr": {"title"},
    "audio": {"src", "controls", "preload", "aria-label"},
    "video": {"src", "controls", "preload", "aria-label"},
    "img": {"src", "alt", "title", "loading"},
    "div": {"id", "class", "tabindex", "role", "aria-label"},
    "span": {"id", "class", "role", "aria-label"},
    "ol": {"id", "class", "start"},
    "th": {"class"},
    "td": {"class"},
}
CALLOUTS = (
    "note", "tip", "important", "warning", "caution", "danger", "example", "info", "question", "success",
    "task",
)  # fmt: skip
_CLASS = re.compile(
    r"language-[\w+#.-]{1,30}|admonition|admonition-title|details|highlight|footnote|footnote-ref|footnote-backref"
    r"|table-scroll|task-list|task-list-item|task-box|align-(?:left|right|center)|keys|key-[a-z0-9-]{1,24}|"
    + "|".join(CALLOUTS)
)
_ID = re.compile(r"[\w:.-]{1,120}")
# Attributes that only our own steps set, with the one value they set.
_FIXED = {
    "tabindex": re.compile("0"),
    "role": re.compile("region|img"),
    "rel": re.compile("noopener noreferrer"),
    "loading": re.compile("lazy"),
    "preload": re.compile("none"),
    "controls": re.compile("controls|"),
    "start": re.compile("[0-9]{1,6}"),
}


def prefixed(name: str, prefix: str) -> str:
    """Return an id that cannot collide with one of the page or of another fragment."""
    return prefix + name


def _filter(tag: str, attribute: str, value: str, *, id_prefix: str) -> str | None:
    if attribute == "class":
        return " ".join(token for token in value.split() if _CLASS.fullmatch(token)) or None
    if attribute == "id":
        return prefixed(value, id_prefix) if _ID.fullmatch(value) else None
    if attribute == "href" and value.startswith("#"):
        return "#" + prefixed(value[1:], id_prefix) if _ID.fullmatch(value[1:]) else None
    if attribute in _FIXED:
        return value if _FIXED[attribute].fullmatch(value) else None
    return value


def clean(dirty: str, *, id_prefix: str) -> str:
    """Return the HTML with nothing in it that acts: no script, no style, no form, no foreign scheme."""
    return nh3.clean(
        dirty,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=partial(_filter, id_prefix=id_prefix),
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
