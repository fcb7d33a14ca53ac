"""Identifiers in the facets of CASE / UCO nodes: telephones, accounts, addresses, devices, hashes, names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.police.terms import literals, local, strings, values
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2

_T = codes_pb2
_BY_PROPERTY = {
    "phoneNumber": _T.IDENTIFIER_TYPE_PHONE,
    "MSISDN": _T.IDENTIFIER_TYPE_PHONE,
    "fullValue": _T.IDENTIFIER_TYPE_URL,
    "cardNumber": _T.IDENTIFIER_TYPE_BANK_ACCOUNT,
    "iban": _T.IDENTIFIER_TYPE_BANK_ACCOUNT,
    "accountLogin": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
    "accountIdentifier": _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT,
    "applicationIdentifier": _T.IDENTIFIER_TYPE_APP,
    "hashValue": _T.IDENTIFIER_TYPE_FILE_HASH,
    "IMEI": _T.IDENTIFIER_TYPE_DEVICE,
    "IMSI": _T.IDENTIFIER_TYPE_DEVICE,
    "ICCID": _T.IDENTIFIER_TYPE_DEVICE,
    "ESN": _T.IDENTIFIER_TYPE_DEVICE,
    "serialNumber": _T.IDENTIFIER_TYPE_DEVICE,
    "licensePlate": _T.IDENTIFIER_TYPE_VEHICLE_PLATE,
}
_BY_ADDRESS = (
    ("Email", _T.IDENTIFIER_TYPE_EMAIL),
    ("IPv", _T.IDENTIFIER_TYPE_IP_ADDRESS),
    ("IPAddress", _T.IDENTIFIER_TYPE_IP_ADDRESS),
    ("MAC", _T.IDENTIFIER_TYPE_DEVICE),
    ("Domain", _T.IDENTIFIER_TYPE_DOMAIN),
)
_BY_TYPE = {
    "Person": _T.IDENTIFIER_TYPE_PERSON_NAME,
    "Organization": _T.IDENTIFIER_TYPE_COMPANY,
    "Application": _T.IDENTIFIER_TYPE_APP,
}
_CHECKS = {_T.IDENTIFIER_TYPE_RESIDENT_ID: people.resident_id, _T.IDENTIFIER_TYPE_USCC: people.company_code}


def identifiers(item: body_pb2.EvidenceItem, said: list[dict[str, Any]]) -> Iterator[body_pb2.Identifier]:
    """What the facets of a node, and what stands inside of them, identify, in their order."""
    types = {local(one) for one in item.types}
    for sort, kind in _BY_TYPE.items():
        if sort in types and item.name:
            yield body_pb2.Identifier(type=kind, value=item.name)
    rest: list[tuple[str, Any]] = [("", facet) for facet in reversed(said)]
    while rest:
        sort, node = rest.pop()
        if isinstance(node, list):
            rest.extend((sort, one) for one in reversed(node))
        elif isinstance(node, dict):
            own = " ".join(local(one) for one in strings(node.get("@type"))) or sort
            yield from _direct(node, own)
            inside = [(own, one) for key, one in node.items() if not key.startswith("@") and local(key) != "hasFacet"]
            rest.extend(reversed(inside))


def _direct(node: dict[str, Any], sort: str) -> Iterator[body_pb2.Identifier]:
    """What the properties of one node identify, given the node's type."""
    for key, value in node.items():
        name = local(key)
        kind = _BY_PROPERTY.get(name)
        if name in ("addressValue", "value"):
            kind = next((found for word, found in _BY_ADDRESS if word in sort), None)
        elif name == "accountIdentifier" and any("bank" in text.lower() for text in values(node, "accountType")):
            kind = _T.IDENTIFIER_TYPE_BANK_ACCOUNT
        elif name == "externalIdentifier":
            kind = _defined(next(values(node, "definingContext"), ""))
        if kind is not None:
            yield from (_checked(kind, text) for text in literals(value))


def _defined(context: str) -> codes_pb2.IdentifierType.ValueType:
    known = codes_pb2.IdentifierType.DESCRIPTOR.values_by_name.get(f"IDENTIFIER_TYPE_{context}")
    return codes_pb2.IdentifierType.ValueType(known.number) if known and known.number else _T.IDENTIFIER_TYPE_OTHER


def _checked(kind: codes_pb2.IdentifierType.ValueType, value: str) -> body_pb2.Identifier:
    """A number that fails its check digit must not meet others as a match token: it is an ordinary number."""
    if kind in _CHECKS:
        try:
            return body_pb2.Identifier(type=kind, value=_CHECKS[kind](value))
        except HutongError:
            return body_pb2.Identifier(type=_T.IDENTIFIER_TYPE_OTHER, value=value)
    return body_pb2.Identifier(type=kind, value=value)
