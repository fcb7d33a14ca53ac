"""A Supplement or a Lead → a CASE / UCO bundle in JSON-LD. Ids follow from the message id, so writing it again gives
the same bundle. What came as CASE goes out as it came; anything else is said in CASE, and what CASE has no word for
stands in a dictionary beside it, so that nothing is lost.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from google.protobuf.json_format import MessageToDict

from adapters import strict_json
from adapters.contract import NativeFile, OpenedStatement
from adapters.police.jsontext import joined
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2

MEDIA_TYPE = "application/ld+json"
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
_NAMES = frozenset({_T.IDENTIFIER_TYPE_PERSON_NAME, _T.IDENTIFIER_TYPE_COMPANY})
# Said as nodes of their own; everything else of a lead goes into the dictionary.
_SAID = re.compile(r"lead\.(?:title|narrative|place)|lead\.subjects\[\d+\]\.(?:identifiers|organisation|role).*")
_INDICATED = re.compile(r"lead\.indicators\[\d+\]\.(?:type|value)")


def render(statement: OpenedStatement) -> NativeFile:
    """One bundle of a statement whose content is evidence, a lead or a note."""
    content = statement.body.WhichOneof("content")
    data = _evidence(statement) if content == "evidence" else _Writing(statement).bundle()
    return NativeFile(f"{statement.header.message_id.hex()}.case.jsonld", MEDIA_TYPE, data)


def _evidence(statement: OpenedStatement) -> bytes:
    """The graph as it came. Items that somebody wrote without properties are said in CASE."""
    evidence = statement.body.evidence
    writing = _Writing(statement)
    came = [item for item in evidence.items if item.properties or not item.identifiers]
    new = [item for item in evidence.items if not item.properties and item.identifiers]
    graph = [_as_it_came(item) for item in came]
    graph += [json.dumps(node, ensure_ascii=False) for item in new for node in writing.said(item)]
    context = evidence.context or json.dumps(CONTEXT)
    if new and evidence.context:
        context = f"[{context},{json.dumps(CONTEXT)}]"
    others = [(extra.path, _value(extra.value)) for extra in statement.body.extras]
    members = [("@context", _value(context)), *others, ("@graph", "[\n" + ",\n".join(graph) + "\n]")]
    return joined(members).encode()


def _value(text: str) -> str:
    """``text`` where it is JSON; else as a string, for what others wrote must not break the file."""
    try:
        strict_json.loads(text)
    except HutongError:
        return json.dumps(text, ensure_ascii=False)
    return text


def _as_it_came(item: body_pb2.EvidenceItem) -> str:
    if len(item.properties) == 1 and not item.properties[0].path and not item.id and not item.types:
        return _value(item.properties[0].value)
    members = [("@id", json.dumps(item.id, ensure_ascii=False))] if item.id else []
    if item.types:
        types = list(item.types)
        members.append(("@type", json.dumps(types if len(types) > 1 else types[0], ensure_ascii=False)))
    return joined([*members, *((one.path, _value(one.value)) for one in item.properties)])


class _Writing:
    """One bundle being written."""

    def __init__(self, statement: OpenedStatement) -> None:
        self.statement, self.body, self.header = statement, statement.body, statement.header
        self.space = uuid.UUID(bytes=self.header.message_id)
        self.nodes: list[Node] = []
        self.held: list[Node] = []

    def bundle(self) -> bytes:
        sender = self.add("uco-identity:Organization", "sender", **{"uco-core:name": self.header.sender.agency})
        # The item is the same for every statement about it, whoever writes the bundle.
        item = uuid.UUID(bytes=self.header.item_id or self.header.message_id)
        matter: Node = {"@id": f"kb:investigation-{item}", "@type": "case-investigation:Investigation"}
        self.nodes.append(matter)
        if self.body.WhichOneof("content") == "note":
            self.note(matter)
        else:
            self.lead(matter)
        self.record(matter)
        parts = [{"@id": node["@id"]} for node in self.held]
        # A compilation holds something: where there is nothing else, its author.
        matter["uco-core:object"] = parts or [{"@id": sender["@id"]}]
        return json.dumps({"@context": CONTEXT, "@graph": self.nodes}, ensure_ascii=False, indent=1).encode()

    def lead(self, matter: Node) -> None:
        lead = self.body.lead
        matter |= {
            "uco-core:name": lead.title or "-",
            "case-investigation:investigationForm": "suspicious-activity",
        }
        if told := "\n\n".join(filter(None, (lead.summary, lead.narrative))):
            matter["uco-core:description"] = told
        if when := _instant(lead.occurred_on):
            matter["uco-core:startTime"] = {"@type": "xsd:dateTime", "@value": when}
        if lead.place:
            self.place(lead.place)
        for number, subject in enumerate(lead.subjects):
            self.subject(subject, f"subject-{number}")
        for number, one in enumerate(lead.indicators):
            if one.value:
                self.observable(one.type, one.value, f"indicator-{number}")

    def note(self, matter: Node) -> None:
        note = self.body.note
        matter["uco-core:name"] = note.title or "-"
        self.hold(
            "uco-core:Annotation",
            "note",
            **{
                "uco-core:name": note.title or "-",
                "uco-core:description": note.text or "-",
                "uco-core:object": [{"@id": matter["@id"]}],
            },
        )

    def place(self, text: str) -> None:
        facet = self.facet("uco-location:SimpleAddressFacet", "place", **{"uco-location:street": text})
        self.hold("uco-location:Location", "place", **{"uco-core:hasFacet": [facet]})

    def said(self, item: body_pb2.EvidenceItem) -> list[Node]:
        """An item of evidence that has only readings."""
        name = next((one.value for one in item.identifiers if one.type in _NAMES), item.name)
        organisation = any(one.type == _T.IDENTIFIER_TYPE_COMPANY for one in item.identifiers)
        named = [] if not name else [body_pb2.Identifier(type=_T.IDENTIFIER_TYPE_PERSON_NAME, value=name)]
        others = [one for one in item.identifiers if one.type not in _NAMES]
        before = len(self.nodes)
        self.subject(
            body_pb2.Subject(identifiers=[*named, *others], organisation=organisation), item.id or f"item-{before}"
        )
        return self.nodes[before:]

    def subject(self, subject: body_pb2.Subject, key: str) -> None:
        sort = "Organization" if subject.organisation else "Person"
        names = [one.value for one in subject.identifiers if one.type in _NAMES and one.value]
        facets = [
            self.facet("uco-identity:SimpleNameFacet", f"{key}-name-{at}", **{"uco-identity:familyName": name})
            for at, name in enumerate(names[1:])
        ]
        who: Node = {"uco-core:name": names[0]} if names else {}
        if facets:
            who["uco-core:hasFacet"] = facets
        others = [one for one in subject.identifiers if one.type not in _NAMES and one.value]
        references = [self.reference(one, f"{key}-{at}") for at, one in enumerate(others) if not _observed(one)]
        if references:
            who["uco-core:externalReference"] = references
        made = self.hold(f"uco-identity:{sort}", key, **who)
        for at, one in enumerate(others):
            if _observed(one):
                seen = self.observable(one.type, one.value, f"{key}-{at}")
                self.joins(made, seen, "Has_Account" if "Account" in seen["@type"] else "Related_To", f"{key}-{at}")
        self.role(subject, made, key)

    def role(self, subject: body_pb2.Subject, who: Node, key: str) -> None:
        known = codes_pb2.SubjectRole.DESCRIPTOR.values_by_number.get(subject.role)
        word = known.name.removeprefix("SUBJECT_ROLE_") if known and subject.role else ""
        if not word:
            return
        sort = "uco-victim:Victim" if subject.role == _T.SUBJECT_ROLE_VICTIM else "case-investigation:Subject"
        role = self.hold(sort, f"{key}-role", **{"uco-core:name": word})
        self.joins(who, role, "Has_Role", f"{key}-role")

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

    def record(self, matter: Node) -> None:
        """Everything that the statement says and CASE has no word for, by path."""
        entries = [
            {
                "@id": self.id("DictionaryEntry", path),
                "@type": "uco-types:DictionaryEntry",
                "uco-types:key": path,
                "uco-types:value": value,
            }
            for path, value in self.unsaid()
        ]
        if entries:
            book = self.add("uco-types:Dictionary", "record", **{"uco-types:entry": entries})
            matter["hutong:record"] = {"@id": book["@id"]}

    def unsaid(self) -> Iterator[tuple[str, str]]:
        kind = str(self.header.WhichOneof("kind"))
        yield "kind", kind
        yield from _leaves("facts", _dict(getattr(self.header, kind)))
        yield from _leaves("common", _dict(self.header.facts))
        said = _dict(self.body)
        for name in ("message_id", "sender_agency", "sender_contact", "recipient_agencies", "note"):
            said.pop(name, None)
        for attachment in said.get("attachments", []):
            attachment.pop("key", None)
        for path, value in _leaves("", said):
            if not (_SAID.fullmatch(path) or _INDICATED.fullmatch(path)):
                yield path, value

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


def _observed(one: body_pb2.Identifier) -> bool:
    return one.type in _OBSERVABLES or (one.type == _T.IDENTIFIER_TYPE_FILE_HASH and _is_hash(one.value))


def _is_hash(value: str) -> bool:
    return len(value) in _HASHES and _HEX.fullmatch(value) is not None


def _dict(message: Any) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, one)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _leaves(f"{path}[{number}]", one)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)


def _instant(text: str) -> str:
    """An xsd:dateTime with its offset; "" for anything less exact."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if found.tzinfo and found.year > 1000 else ""
