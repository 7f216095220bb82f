"""The tree of an item of QTI: names of 3.0 as those of 2.x, what it is worth, and what is taken out of its text."""

import re
from fractions import Fraction
from xml.etree.ElementTree import Element

from learning.formats.exchange.xml_tree import attributes_of, text_at

NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,12})?")


def rename(root: Element) -> None:
    """Give the elements and attributes of QTI 3.0 their names of 2.x."""
    for element in root.iter():
        if element.tag.startswith("qti-"):
            element.tag = _camel(element.tag.removeprefix("qti-"))
            for name, value in attributes_of(element).items():
                if "-" in name and not name.startswith("data-"):
                    del element.attrib[name]
                    element.set(_camel(name), value)


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(part.capitalize() for part in rest)


def near(share: Fraction) -> Fraction:
    """Return a share, or the common fraction that it stands for."""
    found = share.limit_denominator(120)
    return found if abs(found - share) <= Fraction(1, 20_000) else share


def maximum_of(root: Element) -> str:
    """Return the points of an item, as a number in words: what it says itself, else what can be won by mappings."""
    for outcome in root.iter("outcomeDeclaration"):
        if outcome.get("identifier") == "SCORE" and outcome.get("normalMaximum"):
            return outcome.get("normalMaximum", "")
    for outcome in root.iter("outcomeDeclaration"):
        if outcome.get("identifier") == "MAXSCORE":
            return text_at(outcome, "defaultValue/value").strip()
    won = sum(map(_most_of, root.iter("responseDeclaration")))
    return f"{float(won):.6f}".rstrip("0").rstrip(".") if won else "1"


def _most_of(declaration: Element) -> Fraction:
    mapping = declaration.find("mapping")
    if mapping is None:
        return Fraction(0)
    if NUMBER.fullmatch(mapping.get("upperBound", "")):
        return Fraction(mapping.get("upperBound", ""))
    values = [entry.get("mappedValue", "") for entry in mapping.findall("mapEntry")]
    shares = [Fraction(value) for value in values if NUMBER.fullmatch(value)]
    right = [share for share in shares if share > 0]
    return (
        max(right, default=Fraction(0))
        if declaration.get("cardinality") == "single"
        else sum(right, Fraction(0))
    )


def is_alone(body: Element, interaction: Element) -> bool:
    """Tell whether a field stands in a paragraph of its own at the end, so that it is no gap."""
    last = list(body)[-1] if len(body) else None
    return last is not None and interaction in list(last.iter()) and not text_at(last).strip()


def remove(parent: Element, child: Element) -> None:
    """Remove an element and keep the text behind it."""
    index = list(parent).index(child)
    if child.tail and child.tail.strip():
        if index:
            parent[index - 1].tail = (parent[index - 1].tail or "") + child.tail
        else:
            parent.text = (parent.text or "") + child.tail
    parent.remove(child)
