"""XML that strangers wrote, read without entities, document types or depth; and written."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from learning.formats.exchange.losses import Losses

MAX_XML_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 300_000

_LINE = "\0line"  # no name that a document can have
# What no text has, and the two signs by which we know where a gap was.
_UNSEEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ue000\ue001\ufeff]")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _TooMuch(Exception):
    """More elements or levels than any quiz has."""


class _Builder(TreeBuilder):
    """Notes the line of each element and stops where a document is deeper or longer than any quiz."""

    def __init__(self) -> None:
        super().__init__()
        self.parser = DefusedXMLParser(target=self, forbid_dtd=True)
        self.depth = self.count = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self.depth += 1
        self.count += 1
        if self.depth > MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise _TooMuch
        element = super().start(tag.rpartition("}")[2], attrs)
        element.set(_LINE, str(self.parser.parser.CurrentLineNumber))
        return element

    def data(self, data: str) -> None:
        super().data(_UNSEEN.sub("", data))

    def end(self, tag: str) -> Element:
        self.depth -= 1
        return super().end(tag.rpartition("}")[2])


def read_xml(data: bytes, losses: Losses) -> Element | None:
    """Return the root of a document, names without their namespaces; None with the reason noted."""
    if len(data) > MAX_XML_BYTES:
        losses.add("X004", limit=MAX_XML_BYTES // 1024**2)
        return None
    builder = _Builder()
    try:
        builder.parser.feed(data)
        root: Element = builder.parser.close()
    except DefusedXmlException:
        losses.add("X003", line=1)
    except _TooMuch:
        losses.add("X005", line=builder.parser.parser.CurrentLineNumber, limit=MAX_DEPTH)
    except ParseError as error:
        line, column = error.position
        losses.add("X002", line=line, column=column + 1)
    except (LookupError, ValueError):
        losses.add("X007")
    else:
        return root
    return None


def line_of(element: Element) -> int:
    """Return the line in which an element begins, 0 for one of our own."""
    return int(element.get(_LINE, "0"))


def attributes_of(element: Element) -> dict[str, str]:
    """Return the attributes that the document has."""
    return {name: value for name, value in element.attrib.items() if name != _LINE}


def text_at(element: Element | None, path: str = ".") -> str:
    """Return all text below an element, "" where there is none."""
    found = None if element is None else element.find(path)
    return "" if found is None else "".join(found.itertext())


def inner_xml(element: Element) -> str:
    """Return what stands inside an element as HTML."""
    for below in element.iter():
        below.attrib.pop(_LINE, None)
    parts = [_html_escaped(element.text or "")]
    parts += [tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(parts)


def _html_escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """Add an element with text and attributes; what no XML may hold is left out."""
    child = Element(
        tag, {name.rstrip("_").replace("__", ":"): legal(value) for name, value in attributes.items()}
    )
    child.text = legal(text) or None
    parent.append(child)
    return child


def legal(text: str) -> str:
    """Return a text without the characters that no XML may hold."""
    return _FORBIDDEN.sub("", text)


def write_xml(root: Element) -> bytes:
    """Return a document of UTF-8."""
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def children(element: Element | None, tag: str) -> Iterator[Element]:
    """Yield the children of this name."""
    yield from () if element is None else element.findall(tag)
