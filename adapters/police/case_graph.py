"""A CASE / UCO graph being built: nodes with ids that follow from the message, facets, identifiers as observables."""

from __future__ import annotations

import re
import uuid
from typing import Any

from hutong.v1 import body_pb2, codes_pb2

CONTEXT = {
    "kb": "urn:hutong:kb:",
    "hutong": "urn:hutong:vocabulary:",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-location": "https://ontology.unifiedcyberontology.org/uco/location/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-role": "https://ontology.unifiedcyberontology.org/uco/role/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "uco-victim": "https://ontology.unifiedcyberontology.org/uco/victim/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

Node = dict[str, Any]

_T = codes_pb2
_OBSERVABLES = {
    _T.IDENTIFIER_TYPE_PHONE: ("PhoneAccount", "PhoneAccountFacet", "phoneNumber"),
    _T.IDENTIFIER_TYPE_BANK_ACCOUNT: ("Account", "AccountFacet", "accountIdentifier"),
    _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT: ("DigitalAccount", "DigitalAccountFacet", "accountLogin"),
    _T.IDENTIFIER_TYPE_DOMAIN: ("DomainName", "DomainNameFacet", "value"),
    _T.IDENTIFIER_TYPE_URL: ("URL", "URLFacet", "fullValue"),
    _T.IDENTIFIER_TYPE_EMAIL: ("EmailAddress", "EmailAddressFacet", "addressValue"),
    _T.IDENTIFIER_TYPE_APP: ("Application", "ApplicationFacet", "applicationIdentifier"),
    _T.IDENTIFIER_TYPE_IP_ADDRESS: ("IPv4Address", "IPv4AddressFacet", "addressValue"),
    _T.IDENTIFIER_TYPE_DEVICE: ("Device", "DeviceFacet", "serialNumber"),
}
_HASHES = {32: "MD5", 40: "SHA1", 64: "SHA256"}
_HEX = re.compile("[0-9a-fA-F]+")
NAMES = frozenset({_T.IDENTIFIER_TYPE_PERSON_NAME, _T.IDENTIFIER_TYPE_COMPANY})


class Graph:
    """Nodes in their order; those that ``hold`` made belong to what the bundle is about."""

    def __init__(self, message_id: bytes) -> None:
        self.space = uuid.UUID(bytes=message_id)
        self.nodes: list[Node] = []
        self.held: list[Node] = []

    def facet(self, sort: str, key: str, **said: Any) -> Node:
        return {"@id": self.id(sort, key), "@type": sort, **said}

    def hold(self, sort: str, key: str, **said: Any) -> Node:
        """A node that belongs to the investigation."""
        made = self.add(sort, key, **said)
        self.held.append(made)
        return made

    def add(self, sort: str, key: str, **said: Any) -> Node:
        made = {"@id": self.id(sort, key), "@type": sort, **said}
        self.nodes.append(made)
        return made

    def id(self, sort: str, key: str) -> str:
        name = re.sub("(?<=[a-z0-9])(?=[A-Z])", "-", sort.rpartition(":")[2]).lower()
        return f"kb:{name}-{uuid.uuid5(self.space, f'{sort}/{key}')}"

    def observable(self, kind: codes_pb2.IdentifierType.ValueType, value: str, key: str) -> Node:
        if kind == _T.IDENTIFIER_TYPE_FILE_HASH and _is_hash(value):
            return self.file(value, key)
        if kind not in _OBSERVABLES:
            reference = self.reference(body_pb2.Identifier(type=kind, value=value), key)
            return self.hold("uco-observable:ObservableObject", key, **{"uco-core:externalReference": [reference]})
        sort, facet, name = _OBSERVABLES[kind]
        if kind == _T.IDENTIFIER_TYPE_IP_ADDRESS and ":" in value:
            sort, facet = sort.replace("v4", "v6"), facet.replace("v4", "v6")
        said: Node = {f"uco-observable:{name}": value}
        if kind == _T.IDENTIFIER_TYPE_BANK_ACCOUNT:
            said["uco-observable:accountType"] = "bank"
        made = self.facet(f"uco-observable:{facet}", f"{key}-facet", **said)
        return self.hold(f"uco-observable:{sort}", key, **{"uco-core:hasFacet": [made]})

    def file(self, value: str, key: str) -> Node:
        digest = {
            "@id": self.id("Hash", key),
            "@type": "uco-types:Hash",
            "uco-types:hashMethod": _HASHES[len(value)],
            "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": value},
        }
        facet = self.facet("uco-observable:ContentDataFacet", f"{key}-facet", **{"uco-observable:hash": [digest]})
        return self.hold("uco-observable:ContentData", key, **{"uco-core:hasFacet": [facet]})

    def reference(self, one: body_pb2.Identifier, key: str) -> Node:
        known = codes_pb2.IdentifierType.DESCRIPTOR.values_by_number.get(one.type)
        return {
            "@id": self.id("ExternalReference", key),
            "@type": "uco-core:ExternalReference",
            "uco-core:definingContext": known.name.removeprefix("IDENTIFIER_TYPE_") if known else str(one.type),
            "uco-core:externalIdentifier": one.value,
        }

    def joins(self, source: Node, target: Node, kind: str, key: str) -> None:
        self.hold(
            "uco-core:Relationship",
            f"{key}-{kind}",
            **{
                "uco-core:source": {"@id": source["@id"]},
                "uco-core:target": {"@id": target["@id"]},
                "uco-core:kindOfRelationship": kind,
                "uco-core:isDirectional": True,
            },
        )


def is_observable(one: body_pb2.Identifier) -> bool:
    """Whether UCO has an observable for an identifier; any other is a reference of whom it belongs to."""
    return one.type in _OBSERVABLES or (one.type == _T.IDENTIFIER_TYPE_FILE_HASH and _is_hash(one.value))


def _is_hash(value: str) -> bool:
    return len(value) in _HASHES and _HEX.fullmatch(value) is not None
