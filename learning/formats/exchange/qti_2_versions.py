"""Packages of QTI 2.1, 2.2 and 3.0: an item a question, a test, a manifest, and the pictures that are shown."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from learning.formats.bundle import write_archive
from learning.formats.exchange.model import Outgoing
from learning.formats.exchange.qti_2_write import identifier_of, item_of
from learning.formats.exchange.xml_tree import add, write_xml


@dataclass(frozen=True, slots=True)
class Version:
    """A version of QTI by the names it uses."""

    items: str
    manifest: str
    kind: str
    test: str
    is_3: bool = False
    has_titles: bool = True  # whether markup may have titles, and lists begin with another number


V21 = Version(
    "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "http://www.imsglobal.org/xsd/imscp_v1p1",
    "imsqti_item_xmlv2p1",
    "imsqti_test_xmlv2p1",
    has_titles=False,
)
V22 = Version(
    "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "http://www.imsglobal.org/xsd/imscp_v1p1",
    "imsqti_item_xmlv2p2",
    "imsqti_test_xmlv2p2",
)
V30 = Version(
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    "imsqti_item_xmlv3p0",
    "imsqti_test_xmlv3p0",
    is_3=True,
)
# What holds its texts in an element of their own in 3.0.
_WITH_BODY = frozenset({"rubricBlock", "modalFeedback"})
# What is markup and keeps its name in 3.0.
_MARKUP = frozenset(
    {
        "a",
        "abbr",
        "blockquote",
        "br",
        "caption",
        "code",
        "dd",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
    }
    | {
        "h4",
        "h5",
        "h6",
        "hr",
        "img",
        "kbd",
        "li",
        "object",
        "ol",
        "p",
        "pre",
        "q",
        "span",
        "strong",
        "sub",
        "sup",
    }
    | {"table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)


def writer(version: Version) -> Callable[[Outgoing], bytes]:
    """Return what writes a quiz that was reduced as a package of this version."""

    def write(outgoing: Outgoing) -> bytes:
        files: dict[str, bytes] = {}
        shown: dict[str, list[str]] = {}
        for question in outgoing.quiz.questions:
            root = item_of(question, outgoing.html)
            path = f"items/{question.id}.xml"
            found = [e.get(name, "") for e in root.iter() for name in ("src", "href", "data") if e.get(name)]
            shown[path] = sorted({media for media in found if media in outgoing.media})
            for element in root.iter():
                for name in ("src", "href", "data"):
                    if element.get(name, "") in outgoing.media:
                        element.set(name, f"../{element.get(name)}")
            files[path] = write_xml(_named(root, version, version.items))
            files |= {media: outgoing.media[media] for media in shown[path]}
        files["test.xml"] = write_xml(_named(_test(outgoing), version, version.items))
        files["imsmanifest.xml"] = write_xml(_manifest(outgoing, version, shown))
        return write_archive(files)

    return write


def _named(root: Element, version: Version, namespace: str) -> Element:
    """Give a document its namespace, and the names of 3.0 where they differ."""
    if not version.has_titles:
        for element in root.iter():
            if element.tag in _MARKUP:
                element.attrib.pop("title", None)
                element.attrib.pop("start", None)
    if version.is_3:
        for element in [e for e in root.iter() if e.tag in _WITH_BODY]:
            body = Element("contentBody")
            body.text, element.text = element.text, None
            body.extend(element)
            element[:] = [body]
        for element in root.iter():
            if element.tag not in _MARKUP:
                element.tag = "qti-" + _kebab(element.tag)
                for name, value in list(element.attrib.items()):
                    del element.attrib[name]
                    element.set(_kebab(name), value)
    root.set("xmlns", namespace)
    return root


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()


def _test(outgoing: Outgoing) -> Element:
    quiz = outgoing.quiz
    root = Element("assessmentTest", {"identifier": "test", "title": quiz.title or "quiz"})
    part = add(root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="simultaneous")
    section = add(part, "assessmentSection", identifier="section", title=quiz.title or "quiz", visible="true")
    for question in quiz.questions:
        add(
            section,
            "assessmentItemRef",
            identifier=identifier_of(question.id),
            href=f"items/{question.id}.xml",
        )
    return root


def _manifest(outgoing: Outgoing, version: Version, shown: Mapping[str, list[str]]) -> Element:
    root = Element("manifest", {"identifier": "manifest", "xmlns": version.manifest})
    metadata = add(root, "metadata")
    add(metadata, "schema", "QTI Package" if version.is_3 else "IMS Content")
    add(metadata, "schemaversion", "3.0.0" if version.is_3 else "1.1")
    add(root, "organizations")
    resources = add(root, "resources")
    test = add(resources, "resource", identifier="resource-test", type=version.test, href="test.xml")
    add(test, "file", href="test.xml")
    for number, question in enumerate(outgoing.quiz.questions, start=1):
        path = f"items/{question.id}.xml"
        add(test, "dependency", identifierref=f"resource-{number}")
        item = add(resources, "resource", identifier=f"resource-{number}", type=version.kind, href=path)
        add(item, "file", href=path)
        for media in shown[path]:
            add(item, "file", href=media)
    return root
