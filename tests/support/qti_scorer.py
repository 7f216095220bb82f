"""A small program that marks items of QTI 2 by what they say themselves, and knows nothing of ours."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, fromstring

Value = Any  # a text, a number, a list of them, or None


class Scorer:
    """Marks responses to one item."""

    def __init__(self, item: bytes) -> None:
        self.root = fromstring(item.replace(b' xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"', b""))  # noqa: S314
        self.declared = {d.attrib["identifier"]: d for d in self.root.findall("responseDeclaration")}

    def score(self, responses: Mapping[str, Value]) -> tuple[float, set[str]]:
        """Return the points, and the names of the texts that are shown."""
        self.known: dict[str, Value] = {
            **dict.fromkeys(self.declared),
            **responses,
            "SCORE": 0.0,
            "FEEDBACK": [],
        }
        processing = self.root.find("responseProcessing")
        assert processing is not None
        self.run(processing)
        return self.known["SCORE"], set(self.known["FEEDBACK"])

    def run(self, rules: Element) -> None:
        for rule in rules:
            if rule.tag == "setOutcomeValue":
                self.known[rule.attrib["identifier"]] = self.value(rule[0])
            elif rule.tag == "responseCondition":
                for branch in rule:
                    if self.value(branch[0]):
                        self.run_all(branch[1:])
                        break

    def run_all(self, rules: list[Element]) -> None:
        holder = Element("rules")
        holder.extend(rules)
        self.run(holder)

    def value(self, expression: Element) -> Value:
        """Return what an expression is; fails for one that we never write."""
        name = expression.get("identifier", "")
        parts = [] if expression.tag == "mapResponse" else [self.value(part) for part in expression]
        match expression.tag:
            case "variable":
                return self.known[name]
            case "baseValue":
                return (
                    float(expression.text or "") if expression.get("baseType") == "float" else expression.text
                )
            case "correct":
                values = [value.text for value in self.declared[name].findall("correctResponse/value")]
                return values if self.declared[name].get("cardinality") != "single" else values[0]
            case "match":
                return self.are_same(*parts, cardinality=self.cardinality(expression))
            case "member":
                return parts[0] in (parts[1] or [])
            case "sum":
                return sum(parts)
            case "multiple":
                return [value for part in parts for value in (part if isinstance(part, list) else [part])]
            case "mapResponse":
                return self.mapped(name)
            case "equal":
                low, high = map(float, expression.attrib["tolerance"].split())
                return parts[0] is not None and parts[1] - low <= float(parts[0]) <= parts[1] + high
            case "stringMatch":
                return parts[0] is not None and self.folded(parts[0], expression) == self.folded(
                    parts[1], expression
                )
            case "gte" | "lte":
                first, second = parts if expression.tag == "gte" else reversed(parts)
                return first >= second
            case "and":
                return all(parts)
            case "not":
                return not parts[0]
        raise AssertionError(expression.tag)

    def cardinality(self, expression: Element) -> str:
        variable = expression.find("variable")
        assert variable is not None
        return self.declared[variable.attrib["identifier"]].attrib["cardinality"]

    def are_same(self, first: Value, second: Value, *, cardinality: str) -> bool:
        if cardinality == "multiple":
            return sorted(first or []) == sorted(second or [])
        return bool(first == second)

    def folded(self, text: str, element: Element) -> str:
        return text if element.get("caseSensitive") == "true" else text.lower()

    def mapped(self, name: str) -> float:
        mapping = self.declared[name].find("mapping")
        assert mapping is not None
        given = self.known[name]
        chosen = given if isinstance(given, list) else [given] if given is not None else []
        total = 0.0
        for value in dict.fromkeys(chosen):
            for entry in mapping:
                if self.folded(value, entry) == self.folded(entry.attrib["mapKey"], entry):
                    total += float(entry.attrib["mappedValue"])
                    break
            else:
                total += float(mapping.attrib["defaultValue"])
        low, high = mapping.get("lowerBound"), mapping.get("upperBound")
        total = max(total, float(low)) if low else total
        return min(total, float(high)) if high else total
