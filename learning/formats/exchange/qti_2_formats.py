"""The three versions of QTI 2 and 3 as formats: one reader, one writer with the names of each."""

from learning.formats.exchange.model import Format, Keeps
from learning.formats.exchange.qti_2 import read
from learning.formats.exchange.qti_2_versions import V21, V22, V30, Version, writer
from learning.formats.exchange.qti_2_write import adapt
from learning.formats.exchange.qti_package import head_of
from learning.formats.exchange.reduction import PARTS

KEEPS = Keeps(
    types=frozenset(
        [
            "single",
            "multiple",
            "truefalse",
            "text",
            "numeric",
            "match",
            "order",
            "cloze",
            "hottext",
            "essay",
        ]
    ),
    parts=frozenset(PARTS) - {"settings", "intro", "tags", "hints"},
    options=frozenset({"case"}),
    rules=frozenset({"multiple all", "match all", "order all", "hottext all"}),
    text="html",
)


def knows(data: bytes) -> bool:
    """Tell items and packages of QTI 2 and 3 by what stands in them."""
    head = head_of(data)
    return any(name in head for name in (b"assessmentItem", b"qti-assessment-item", b"imsqti_item_xmlv"))


def _format(name: str, title: str, version: Version) -> Format:
    return Format(
        name,
        title,
        (f".{name}.zip", ".zip", ".xml"),
        "application/zip",
        read=read,
        write=writer(version),
        keeps=KEEPS,
        adapt=adapt,
        knows=knows,
    )


QTI21 = _format("qti21", "QTI 2.1", V21)
QTI22 = _format("qti22", "QTI 2.2", V22)
QTI30 = _format("qti30", "QTI 3.0", V30)
