"""Instances of ISO 20022 messages made from their schemas: every element that a schema names, or one branch of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
SCHEMAS = Path(__file__).parents[3] / "adapters" / "banking" / "schemas"
CANDIDATES = [
    "EUR",
    "DE",
    "en",
    "12345",
    "1234",
    "123",
    "12",
    "1",
    "12345678901",
    "DEUTDEFF",
    "DE12ABCDEFGH",
    "AB1234567890",
    "AB12345678",
    "CH123456",
    "123456789",
    "1234567890123",
    "+49-12345",
    "AAAAAAAAAAAA",
    "AAAAAAAAAAAAAAAAAA11",
    "11111111-1111-4111-8111-111111111111",
]
PRIMITIVES = {
    "date": "2026-03-02",
    "dateTime": "2026-03-02T10:00:00+08:00",
    "time": "10:00:00",
    "decimal": "7",
    "boolean": "true",
    "gYear": "2026",
    "gYearMonth": "2026-03",
    "base64Binary": "YQ==",
}


class Maker:
    """Writes one instance; ``turn`` picks the branch of each choice; ``optional``: also what may be left out."""

    def __init__(self, name: str, turn: int, optional: bool) -> None:
        self.schema = etree.parse(SCHEMAS / f"{name}.xsd").getroot()
        self.space = self.schema.get("targetNamespace")
        self.types = {node.get("name"): node for node in self.schema if node.get("name") and node.tag != f"{XS}element"}
        self.turn = turn
        self.optional = optional
        self.number = count(1)

    def document(self) -> bytes:
        top = self.schema.find(f"{XS}element")
        assert top is not None
        root = etree.Element(f"{{{self.space}}}{top.get('name')}", nsmap={None: self.space})
        self.fill(root, str(top.get("type")))
        return etree.tostring(root, encoding="utf-8", xml_declaration=True)

    def fill(self, element: etree._Element, name: str) -> None:
        node = self.types.get(name.rpartition(":")[2])
        if node is None or node.tag == f"{XS}simpleType":
            element.text = self.value(name)
            return
        if (extension := node.find(f"{XS}simpleContent/{XS}extension")) is not None:
            element.text = self.value(str(extension.get("base")))
            for attribute in extension.iter(f"{XS}attribute"):
                element.set(str(attribute.get("name")), self.value(str(attribute.get("type"))))
            return
        for group in node:
            self.group(element, group)

    def group(self, parent: etree._Element, group: etree._Element) -> None:
        if group.tag == f"{XS}choice":
            options = list(group)
            return self.particle(parent, options[self.turn % len(options)])
        for particle in group:
            self.particle(parent, particle)
        return None

    def particle(self, parent: etree._Element, node: etree._Element) -> None:
        if node.tag in (f"{XS}choice", f"{XS}sequence"):
            self.group(parent, node)
        elif node.tag == f"{XS}any":
            etree.SubElement(parent, "{urn:other}Own").text = f"own{next(self.number)}"
        elif node.tag == f"{XS}element" and (self.optional or node.get("minOccurs") != "0"):
            several = self.optional and node.get("maxOccurs") == "unbounded" and len(list(parent.iterancestors())) < 4
            for _ in range(2 if several else 1):
                self.fill(etree.SubElement(parent, f"{{{self.space}}}{node.get('name')}"), str(node.get("type")))

    def value(self, name: str) -> str:
        """A value of a simple type, as far as may be unlike every other."""
        node = self.types.get(name.rpartition(":")[2])
        if node is None:
            primitive = name.rpartition(":")[2]
            return PRIMITIVES.get(primitive) or f"t{next(self.number)}"
        restriction = node.find(f"{XS}restriction")
        assert restriction is not None
        options = [option.get("value") for option in restriction.iter(f"{XS}enumeration")]
        if options:
            return str(options[self.turn % len(options)])
        if (pattern := restriction.find(f"{XS}pattern")) is not None:
            expression = str(pattern.get("value"))
            return next(text for text in CANDIDATES if re.fullmatch(expression, text))
        if (exact := restriction.find(f"{XS}length")) is not None:
            return "x" * int(str(exact.get("value")))
        value = self.value(str(restriction.get("base")))
        longest = restriction.find(f"{XS}maxLength")
        return value[-int(str(longest.get("value"))) :] if longest is not None else value


@pytest.fixture(scope="session")
def make_instance() -> Callable[[str, int, bool], bytes]:
    return lambda name, turn, optional: Maker(name, turn, optional).document()
