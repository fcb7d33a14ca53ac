"""The XML form of an HI1Message, as the JSON form would have it (TS 103 120 clause 9). No schema is carried for it."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from adapters import strict_xml
from adapters.telecom.etsi import documents
from adapters.telecom.etsi.documents import NAMESPACES, Message

MEDIA_TYPE = "application/xml; message=TS103120"

_CORE = NAMESPACES[""]
_PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()}
_TYPE = f"{{{NAMESPACES['xsi']}}}type"
_FAMILY = re.compile(r"http://uri\.etsi\.org/03120/common/\d{4}/\d\d/([A-Za-z]+)")
_LISTS = frozenset(
    {
        "ActionRequest", "ActionResponse", "ListResponseRecord", "AssociatedObject", "task:RequestValue",
        "task:RequestSubtype", "task:ObservedTime", "task:LDDeliveryDestination", "task:DeliveryDestination",
        "task:ApprovalDetails", "task:LDTaskFlag", "task:TDTaskFlag", "task:TakedownDeadline",
        "task:AlternativePreservationReference", "task:AlternativeDisclosureReference", "auth:AuthorisationFlag",
        "auth:AuthorisationApprovalDetails", "auth:CSPID", "common:ApproverContactDetails", "doc:DocumentProperty",
        "doc:DocumentSignature", "notification:AssociatedObjectStatus",
    }
)  # fmt: skip
_NUMBERS = frozenset({"ActionIdentifier", "Generation", "ErrorCode", "delivery:SequenceNumber"})
_TRUTHS = frozenset({"delivery:LastSequence", "common:ApprovalIsEmergency", "notification:NewNotification"})


def is_message(root: etree._Element) -> bool:
    """Whether ``root`` is an HI1Message of any year's namespace."""
    found = _FAMILY.fullmatch(strict_xml.namespace(root))
    return strict_xml.local(root) == "HI1Message" and bool(found)


def read(root: etree._Element, native: bytes) -> Message:
    """The message at ``root``, read leniently. HT-ADP-30 if there is nothing in it."""
    top: dict[str, Any] = {"@xmlns" + (f":{prefix}" if prefix else ""): uri for prefix, uri in _used(root).items()}
    content = _value(root)
    if isinstance(content, dict):
        top |= content
    return documents.judged(top, native, MEDIA_TYPE, carried=False)


def _used(root: etree._Element) -> dict[str, str]:
    found = {strict_xml.namespace(element) for element in root.iter()} | {NAMESPACES["xsi"]}
    return {prefix: uri for prefix, uri in NAMESPACES.items() if uri in found}


def _value(element: etree._Element) -> Any:
    """An element's content; bounded in depth by strict_xml."""
    said: dict[str, Any] = {}
    for name, value in element.attrib.items():
        if name == _TYPE:
            said["@xsi:type"] = _type(element, str(value))
        elif not str(name).startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
            said["@" + etree.QName(name).localname] = str(value)
    for child in element:
        name = _name(child)
        inner = _value(child)
        if name in said and not isinstance(said[name], list):
            said[name] = [said[name]]
        if name in said:
            said[name].append(inner)
        else:
            said[name] = [inner] if name in _LISTS else inner
    text = (element.text or "").strip()
    if said:
        return said | ({"#text": text} if text else {})
    name = _name(element)
    if name in _NUMBERS and text.isascii() and text.isdigit():
        return documents.number(text)
    return text in ("true", "1") if name in _TRUTHS and text in ("true", "false", "1", "0") else text


def _name(element: etree._Element) -> str:
    uri = strict_xml.namespace(element)
    prefix = _PREFIXES.get(uri)
    if prefix is None:
        found = _FAMILY.fullmatch(uri)
        prefix = found[1].lower() if found else ""
        prefix = {"core": "", "authorisation": "auth", "document": "doc"}.get(prefix, prefix)
    return f"{prefix}:{strict_xml.local(element)}" if prefix else strict_xml.local(element)


def _type(element: etree._Element, said: str) -> str:
    prefix, _, local = said.rpartition(":")
    uri = element.nsmap.get(prefix or None) or _CORE
    return f"{{{uri}}}{local}"
