"""ISO 20022 documents: which messages a file holds, and whether their schemas accept them.

Schemas lie in ``schemas/`` under the message's name and version. A message whose version has one here must pass it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lxml import etree

from adapters import strict_xml, xsd
from adapters.strict_xml import Node
from hutong.errors import HutongError

URN = "urn:iso:std:iso:20022:tech:xsd:"

_MESSAGE = re.compile(r"(?:^|[:/])([a-z]{4}\.\d{3}\.\d{3}\.\d{2})$")


@dataclass(frozen=True)
class Document:
    """One message. ``message`` is its name and version ("camt.053.001.02"), ``checked`` whether a schema accepted it;
    ``around`` what stood outside of it in the same file (business headers), by path."""

    message: str
    node: Node
    checked: bool
    around: tuple[tuple[str, str], ...] = ()

    @property
    def sort(self) -> str:
        """The message without its version: "camt.053"."""
        return self.message[:8]


def is_document(node: Node) -> bool:
    """Whether ``node`` is the ``Document`` of a message of ISO 20022."""
    return node.name == "Document" and bool(message(node.element))


def inside(node: Node) -> Iterator[Node]:
    """The outermost documents below ``node``."""
    for child in node.children:
        yield from child.outermost(is_document)


def message(root: etree._Element) -> str:
    """Name and version of the message, from its namespace; "" if it is no message of ISO 20022."""
    found = _MESSAGE.search(strict_xml.namespace(root))
    return found[1] if found else ""


def check(node: Node, around: tuple[tuple[str, str], ...] = ()) -> Document:
    """``node`` as a document. HT-XML-04 if the schema of its version refuses it."""
    root = node.element
    name = message(root)
    if strict_xml.namespace(root) != URN + name or load(name) is None:
        return Document(name, node, False, around)
    # What a schema refuses is the document alone, whatever envelope it came in.
    own = root if root.getparent() is None else etree.fromstring(etree.tostring(root, with_tail=False))
    if found := fault(name, own):
        raise HutongError("HT-XML-04", schema=name, line=found.line, rule=found.rule, where=found.where)
    return Document(name, node, True, around)


@cache
def load(name: str) -> etree.XMLSchema | None:
    """The schema of a message's version, or None when there is none here."""
    file = files("adapters.banking") / "schemas" / f"{name}.xsd"
    return etree.XMLSchema(etree.fromstring(file.read_bytes())) if file.is_file() else None


def fault(name: str, root: etree._Element) -> xsd.Fault | None:
    """What the schema of message ``name`` finds wrong first; None if nothing. KeyError when there is no such schema."""
    schema = load(name)
    if schema is None:
        raise KeyError(name)
    return xsd.first_fault(schema, root)
