"""Packages of learning systems: a ZIP with a manifest, items as XML, and files beside them."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from learning.formats.bundle import BundleRejected, read_archive, read_heads
from learning.formats.exchange.files import is_media, path_for
from learning.formats.exchange.html_text import Node, read_html
from learning.formats.exchange.intake import Intake
from learning.formats.exchange.xml_tree import add, legal, read_xml

_BASES = re.compile(r"(?:\$|%24)(?:IMS-CC-FILEBASE|IMS_CC_FILEBASE)(?:\$|%24)/?")
MAX_BYTES = 60 * 1024 * 1024  # of a package, unpacked
_MANIFEST = "imsmanifest.xml"
_HEAD = 4_000  # bytes of a document that tell what it is
# What the markup of items may have; what browsers alone understand is left out.
_ATTRIBUTES = frozenset({"class", "href", "src", "alt", "title", "start"})
# Elements that no version has, with those that it has, of a class by which they are known.
_OTHERWISE = {
    "mark": ("span", "mark"),
    "del": ("span", "del"),
    "details": ("div", "details"),
    "summary": ("p", "summary"),
}
_TYPES = {
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "webm": "video/webm",
}


class Package:
    """The files of a package, or one file alone."""

    def __init__(self, files: Mapping[str, bytes], intake: Intake) -> None:
        self.files = files
        self.intake = intake

    def documents(self) -> Iterator[tuple[str, Element]]:
        """Yield path and root of each XML document in the order of their paths; broken ones are noted."""
        for path, data in sorted(self.files.items()):
            if path.lower().endswith(".xml"):
                root = read_xml(data, self.intake.losses)
                if root is not None:
                    yield path, root

    def target(self, source: str, folder: str) -> str | None:
        """Return the path below `media/` of a file that a document in a folder shows, None for none."""
        plain = unquote(source).split("?", 1)[0]
        based = _BASES.sub("", plain)
        for place in (posixpath.normpath(posixpath.join(folder, plain)), based, f"web_resources/{based}"):
            data = self.files.get(place)
            if data is not None and is_media(place, data):
                path = path_for(place, data, self.intake.media)
                self.intake.media[path] = data
                return path
        return None


def open_package(data: bytes, intake: Intake) -> Package | None:
    """Open a ZIP or a single document; None with the reason noted."""
    if not data.startswith(b"PK"):
        return Package({"item.xml": data}, intake)
    try:
        return Package(read_archive(data, "package.zip", most=MAX_BYTES), intake)
    except BundleRejected as rejection:
        intake.losses.add_diagnostics(rejection.diagnostics)
        return None


def head_of(data: bytes) -> bytes:
    """Return what tells the format of a document or a package: how it begins, the manifest, how documents begin."""
    if not data.startswith(b"PK"):
        return data[:_HEAD]
    heads = read_heads(data, _head_size)
    return heads.get(_MANIFEST) or b"".join(heads.values())


def _head_size(path: str) -> int:
    if path == _MANIFEST:
        return 1_000_000
    return _HEAD if path.lower().endswith(".xml") else 0


def fill(parent: Element, html: str, inserts: Mapping[str, Element] | None = None) -> Element:
    """Write HTML into an element as well-formed markup, with elements in place of marks."""
    _fill(parent, read_html(html).children, inserts or {})
    return parent


def _fill(parent: Element, nodes: list[Node], inserts: Mapping[str, Element]) -> None:
    for node in nodes:
        if not node.tag:
            _append_text(parent, node.text, inserts)
            continue
        attributes = {name: value for name, value in node.attributes.items() if name in _ATTRIBUTES and value}
        tag = node.tag
        if tag in _OTHERWISE:
            tag, attributes["class"] = _OTHERWISE[tag]
        if tag in {"audio", "video"}:
            source = attributes.get("src", "")
            kind = _TYPES.get(source.rsplit(".", 1)[-1].lower(), "application/octet-stream")
            child = add(parent, "object", node.attributes.get("aria-label", ""), data=source, type=kind)
            continue
        if tag == "img":
            attributes.setdefault("alt", "")
        child = add(parent, tag, "", **attributes)
        _fill(child, node.children, inserts)


def _append_text(parent: Element, text: str, inserts: Mapping[str, Element]) -> None:
    for part in re.split("(\ue000[0-9]+\ue001)", text):
        if part in inserts:
            parent.append(inserts[part])
        elif len(parent):
            parent[-1].tail = (parent[-1].tail or "") + legal(part)
        else:
            parent.text = (parent.text or "") + legal(part)
