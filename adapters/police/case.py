"""A CASE / UCO bundle in JSON-LD → Supplement with its evidence, node for node (caseontology.org,
unifiedcyberontology.org).

Prefixes are the author's choice and contexts may lie on the net: neither is resolved. A term is known by its local
name; whatever a node says is kept as it stands, so that the graph comes back as it was.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from adapters import strict_json
from adapters.draft import Draft, Note, enclose
from adapters.police.jsontext import written
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "case-uco"
CONTEXT_REMOTE = "case-context-remote"

_ONTOLOGIES = ("unifiedcyberontology.org/", "caseontology.org/")
_PREFIXES = ("uco-", "case-")
_TITLED = ("Investigation", "Bundle", "ProvenanceRecord", "InvestigativeAction")
_BEGUN = ("startTime", "sentTime", "observableCreatedTime", "objectCreatedTime")
_SEPARATOR = re.compile("[:/#]")
_RED = re.compile(r"TLP[\s:_-]*RED\b", re.IGNORECASE)
_STRICT = re.compile(r"TLP[\s:_-]*AMBER[\s_-]*\+?[\s_-]*STRICT\b", re.IGNORECASE)
_MAX_IDENTIFIER_TYPES = 16
_MAX_TYPES_TOLD = 12

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


def is_bundle(value: Any) -> bool:
    """Whether a JSON document speaks of CASE or UCO."""
    if isinstance(value, dict) and any(name in written(value.get("@context")) for name in _ONTOLOGIES):
        return True
    return any(
        one.startswith(_PREFIXES) or any(name in one for name in _ONTOLOGIES)
        for node in _nodes(value)
        for one in _strings(node.get("@type") if isinstance(node, dict) else None)
    )


def read(value: Any, text: str) -> Draft:
    """The draft of one bundle. HT-ADP-13, -14, -23, -24 for JSON that cannot be trusted; HT-ADP-18 without any node;
    HT-STX-01, -02 where a marking forbids it to leave; HT-ADP-26 beyond what a message carries."""
    if flaw := strict_json.flaw(value):
        raise HutongError(flaw)
    nodes = list(_nodes(value))
    if not any(isinstance(node, dict) and node.keys() - {"@context"} for node in nodes):
        raise HutongError("HT-ADP-18")
    context = value.get("@context") if isinstance(value, dict) else None
    notes = [] if not any(map(_remote, _list(context))) else [Note.of(CONTEXT_REMOTE, "/@context")]
    evidence = body_pb2.EvidenceBody(context=written(context) if context is not None else "")
    for number, node in enumerate(nodes):
        _allowed(node, f"/@graph/{number}")
        evidence.items.append(_item(node))
        if not isinstance(node, dict):
            notes.append(Note.of("case-no-node", f"/@graph/{number}"))
    evidence.title, evidence.description = _told(evidence, nodes)
    record = next((one.id for one in evidence.items if one.id), "graph")[:120]
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    body = body_pb2.Body(version=1, source_system=SOURCE_SYSTEM, source_record=f"{record}/{digest}", evidence=evidence)
    if isinstance(value, dict) and "@graph" in value:
        others = {key: one for key, one in value.items() if key not in ("@context", "@graph")}
        body.extras.extend(body_pb2.Extra(path=key, value=written(one)) for key, one in others.items())
        notes += [Note.of("adapter-kept", f"/{key}", count=1) for key in others]
    enclose(body, b"", "")
    kinds = Counter(one.type for item in evidence.items for one in item.identifiers)
    facts = kinds_pb2.Supplement()
    for kind, count in sorted(kinds.items())[:_MAX_IDENTIFIER_TYPES]:
        facts.identifiers.add(type=kind, count=count)
    common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN])
    return Draft(
        "supplement",
        facts,
        common,
        body,
        body.source_record,
        handling=codes_pb2.HANDLING_WORK_SECRET,
        notes=tuple(notes),
    )


@lru_cache(maxsize=4096)
def local(term: str) -> str:
    """A term without prefix or namespace: "AccountFacet"."""
    return _SEPARATOR.split(term)[-1]


def _nodes(value: Any) -> Iterator[Any]:
    """The nodes of a document: those of its graph, or of a list, or the document as the only one."""
    if isinstance(value, list):
        yield from value
    elif isinstance(value, dict) and "@graph" in value:
        yield from _list(value["@graph"])
    elif isinstance(value, dict):
        yield strict_json.Object((key, one) for key, one in value.items() if key != "@context")


def _item(node: Any) -> body_pb2.EvidenceItem:
    if not isinstance(node, dict):
        return body_pb2.EvidenceItem(properties=[body_pb2.Extra(value=written(node))])
    item = body_pb2.EvidenceItem()
    for key, value in node.items():
        if key == "@id" and _plain(value):
            item.id = value
        elif key == "@type" and _plain(value):
            item.types.append(value)
        elif key == "@type" and isinstance(value, list) and len(value) > 1 and all(map(_plain, value)):
            item.types.extend(value)
        else:
            item.properties.add(path=key, value=written(value))
    facets = [node, *(one for key, value in node.items() if local(key) == "hasFacet" for one in _list(value))]
    said = [facet for facet in facets if isinstance(facet, dict)]
    item.name = _name(said)
    item.started_at = next((text for facet in said for key in _BEGUN for text in _values(facet, key)), "")
    item.ended_at = next((text for facet in said for text in _values(facet, "endTime")), "")
    found = dict.fromkeys((one.type, one.value) for one in _identifiers(item, said))
    item.identifiers.extend(body_pb2.Identifier(type=kind, value=value) for kind, value in found)
    return item


def _name(said: list[dict[str, Any]]) -> str:
    for facet in said:
        if name := next(_values(facet, "name"), ""):
            return name
    for facet in said:
        parts = [*_values(facet, "givenName"), *_values(facet, "familyName")]
        if parts:
            return " ".join(parts)
    return next((name for facet in said for name in _values(facet, "fileName")), "")


def _identifiers(item: body_pb2.EvidenceItem, said: list[dict[str, Any]]) -> Iterator[body_pb2.Identifier]:
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
            own = " ".join(local(one) for one in _strings(node.get("@type"))) or sort
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
        elif name == "accountIdentifier" and any("bank" in text.lower() for text in _values(node, "accountType")):
            kind = _T.IDENTIFIER_TYPE_BANK_ACCOUNT
        elif name == "externalIdentifier":
            kind = _defined(next(_values(node, "definingContext"), ""))
        if kind is not None:
            yield from (_checked(kind, text) for text in _texts(value))


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


def _told(evidence: body_pb2.EvidenceBody, nodes: list[Any]) -> tuple[str, str]:
    """Title and description: of the investigation or bundle itself, else what there is by type."""
    counts = Counter(local(item.types[0]) for item in evidence.items if item.types)
    title = "、".join(f"{sort} {count}" for sort, count in counts.most_common(_MAX_TYPES_TOLD))
    for sort in _TITLED:
        for item, node in zip(evidence.items, nodes, strict=True):
            if sort in map(local, item.types):
                return item.name or title, "\n".join(_values(node, "description"))
    return title or "CASE", ""


def _allowed(node: Any, where: str) -> None:
    """HT-STX-01, -02 where a marking says that it may not leave its holder."""
    rest = [node]
    while rest:
        one = rest.pop()
        if isinstance(one, list):
            rest.extend(one)
        elif isinstance(one, dict):
            if any("marking" in term.lower() for term in _strings(one.get("@type"))):
                words = written(one)
                if _RED.search(words):
                    raise HutongError("HT-STX-01", where=where)
                if _STRICT.search(words):
                    raise HutongError("HT-STX-02", where=where)
            rest.extend(one.values())


def _values(node: Any, name: str) -> Iterator[str]:
    """The texts of a node's properties with this local name."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if local(key) == name and not key.startswith("@"):
            yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    """Literals, typed or not."""
    for one in _list(value):
        literal = one.get("@value") if isinstance(one, dict) else one
        if isinstance(literal, str) and literal.strip():
            yield literal.strip()


def _strings(value: Any) -> list[str]:
    return [one for one in _list(value) if isinstance(one, str)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _plain(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, strict_json.Number) and bool(value)


def _remote(context: Any) -> bool:
    return isinstance(context, str) or (isinstance(context, dict) and "@import" in context)
