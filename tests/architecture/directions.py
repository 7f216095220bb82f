"""Where templates show texts that people wrote without keeping their direction apart from the page's.

A Vietnamese name in a Hebrew sentence, or the other way around, turns the words and the punctuation beside it around
unless it is isolated: by `<bdi>`, by an element of its own with `dir`, or by the filter `isolate`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError, nodes

# What people wrote, by the last word of its name; and numbers with signs that a page from right to left turns around.
WRITTEN = re.compile(
    r"(?:^|_)(?:name|title|summary|username|author|prepared_by|path|slug|note|section|file|heading|text)$"
)
SIGNED = frozenset({"datetime", "percent"})
# Bare names that hold texts of the interface: a page's title is put together from parts that are isolated already.
OF_THE_INTERFACE = frozenset({"title", "heading", "text"})
# Elements whose text has no neighbors: the browser sets each as a paragraph of its own.
ALONE = frozenset({"bdi", "button", "option", "textarea"})
# A cell's direction would turn its padding and its column around as well; its text is isolated inside.
CELLS = frozenset({"td", "th"})
SPOKEN = frozenset(
    {"alt", "aria-label", "content", "placeholder", "title"}
)  # attributes with texts for people
_VOID = frozenset({"input", "br", "hr", "img", "meta", "link", "source", "use", "col", "wbr", "path"})
UNCHANGING = frozenset({"safe", "trim", "default"})  # filters that leave the words as they are
_GETTEXT = frozenset({"_", "gettext", "ngettext", "pgettext", "npgettext"})

_PARTS = re.compile(
    r"(?P<comment>\{#.*?#\})|(?P<statement>\{%.*?%\})|(?P<shown>\{\{.*?\}\})"
    r"|(?P<close></[a-zA-Z][\w-]*\s*>)|(?P<open><[a-zA-Z](?:\{\{.*?\}\}|\{%.*?%\}|\"(?:\{\{.*?\}\}|[^\"])*\"|[^>\"])*>)",
    re.DOTALL,
)
_KEYWORD = re.compile(r"^(?:set\s+[\w.]+\s*=|call(?:\([^)]*\))?|if|elif|for\s.*?\sin)\s+")
_TITLE = re.compile(r"\{%-?\s*set title\b")  # shown in the head of the page, where there are no elements
_ATTRIBUTE = re.compile(r"([\w:-]+)=\"((?:\{\{.*?\}\}|[^\"])*)\"", re.DOTALL)
_SHOWN = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


@dataclass(frozen=True)
class Element:
    """An element that is open: its name, and whether it has a direction of its own."""

    name: str
    directed: bool

    @property
    def isolates(self) -> bool:
        """Tell whether a text directly in it turns nothing around."""
        return self.directed or self.name in ALONE


def _exposed(node: nodes.Node) -> Iterator[str]:
    """Give what an expression shows that is not isolated, whichever of its choices is shown."""
    match node:
        case nodes.Filter(name=name) if name in SIGNED:
            yield name
        case nodes.Filter(name=name, node=nodes.Node() as inner) if name in UNCHANGING:
            yield from _exposed(inner)
        case nodes.Getattr(attr="text", node=nodes.Getattr(attr="label")):
            return  # of a form's field
        case nodes.Getattr(attr=name) if WRITTEN.search(name):
            yield name
        case nodes.Name(name=name) if WRITTEN.search(name) and name not in OF_THE_INTERFACE:
            yield name
        case nodes.CondExpr(expr1=first, expr2=second):
            yield from _exposed(first)
            if second is not None:
                yield from _exposed(second)
        case nodes.Or(left=left, right=right) | nodes.Add(left=left, right=right):
            yield from _exposed(left)
            yield from _exposed(right)
        case nodes.Concat(nodes=parts):
            for part in parts:
                yield from _exposed(part)
        case _:
            return  # a macro, for one, shows what it is given in a place of its own, which is looked at there


def _found(jinja: str, *, isolated: bool = False, plain: bool = False) -> Iterator[str]:
    """Give what a tag of Jinja shows without isolating it, in sentences also where the whole is isolated.

    Where only `plain` text can stand, an element put there would be read aloud with its brackets.
    """
    inside = _KEYWORD.sub("", jinja[2:-2].strip("-+ \n"))
    try:
        tree = _ENVIRONMENT.parse("{{ " + inside + " }}")
    except TemplateSyntaxError:
        return  # the end of a block and the like
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _GETTEXT:
            for place in call.kwargs:
                yield from _exposed(place.value)
    for shown in tree.find_all(nodes.Filter):
        if plain and shown.name == "isolate" and not shown.kwargs:
            yield "isolate without plain=true"
    if not isolated:
        for output in tree.find_all(nodes.Output):
            for expression in output.nodes:
                yield from _exposed(expression)


def mixed_directions(source: str) -> Iterator[tuple[int, str]]:
    """Give line and name of each text that stands in a template without its direction kept apart."""
    open_elements: list[Element] = []
    for part in _PARTS.finditer(source):
        text, line = part.group(), source.count("\n", 0, part.start()) + 1
        match part.lastgroup:
            case "open":
                name = re.match(r"<([a-zA-Z][\w-]*)", text)[1].lower()  # type: ignore[index]  # it begins so
                attributes = dict(_ATTRIBUTE.findall(text))
                for attribute in SPOKEN & attributes.keys():
                    for shown in _SHOWN.findall(attributes[attribute]):
                        found = _found(shown, plain=True)
                        yield from ((line, f"{what} in {attribute}=") for what in found)
                if name in CELLS and "dir" in attributes:
                    yield line, f"dir on <{name}>"
                if name not in _VOID and not text.endswith("/>"):
                    open_elements.append(Element(name, "dir" in attributes))
            case "close":
                name = text[2:-1].strip().lower()
                while open_elements and open_elements.pop().name != name:
                    pass
            case "shown":
                here = open_elements[-1] if open_elements else Element("", directed=False)
                found = _found(text, isolated=here.isolates, plain=here.name == "title")
                yield from ((line, what) for what in found)
            case "statement":
                found = _found(text, isolated=True, plain=_TITLE.match(text) is not None)
                yield from ((line, what) for what in found)
