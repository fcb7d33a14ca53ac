"""What an XML schema finds wrong with a document: where, and which rule; never the value that broke it."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from lxml import etree

from adapters import strict_xml

_NAMESPACE = re.compile(r"\{[^}]*\}")
# A schema object keeps the errors of its last validation, so one at a time.
_VALIDATING = threading.Lock()


@dataclass(frozen=True)
class Fault:
    """Where a schema was broken, and which rule; never the value that broke it."""

    where: str
    rule: str
    line: int


def first_fault(schema: etree.XMLSchema, root: etree._Element) -> Fault | None:
    """What ``schema`` finds wrong with ``root`` first; None if nothing."""
    with _VALIDATING:
        if schema.validate(root):
            return None
        error = schema.error_log[0]
    element: etree._Element | None = _at(root, error.path or "")
    names: list[str] = []
    while element is not None:
        names.insert(0, strict_xml.local(element))
        element = element.getparent()
    # Messages on content name elements only; the others quote values.
    rule = error.type_name.removeprefix("SCHEMAV_")
    if rule == "ELEMENT_CONTENT":
        rule = _NAMESPACE.sub("", error.message).strip().rstrip(".")
    return Fault("/" + "/".join(names), rule, error.line)


def _at(root: etree._Element, path: str) -> etree._Element:
    """The element at the parser's own path, which uses the document's prefixes; ``root`` if it cannot be found."""
    declared = [pair for _, pair in etree.iterwalk(root, events=("start-ns",)) if isinstance(pair, tuple)]
    prefixes = {prefix: uri for prefix, uri in declared if prefix}
    try:
        found = root.xpath(path, namespaces=prefixes) if path else []
    except etree.XPathError:
        return root
    first = found[0] if isinstance(found, list) and found else root
    return first if isinstance(first, etree._Element) else root
