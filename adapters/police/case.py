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
from typing import Any

from adapters import strict_json
from adapters.draft import Draft, Note, enclose
from adapters.police.case_identifiers import identifiers
from adapters.police.jsontext import written
from adapters.police.terms import listed, local, strings, values
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "case-uco"
CONTEXT_REMOTE = "case-context-remote"

_ONTOLOGIES = ("unifiedcyberontology.org/", "caseontology.org/")
_PREFIXES = ("uco-", "case-")
_TITLED = ("Investigation", "Bundle", "ProvenanceRecord", "InvestigativeAction")
_BEGUN = ("startTime", "sentTime", "observableCreatedTime", "objectCreatedTime")
_RED = re.compile(r"TLP[\s:_-]*RED\b", re.IGNORECASE)
_STRICT = re.compile(r"TLP[\s:_-]*AMBER[\s_-]*\+?[\s_-]*STRICT\b", re.IGNORECASE)
_MAX_IDENTIFIER_TYPES = 16
_MAX_TYPES_TOLD = 12


def is_bundle(value: Any) -> bool:
    """Whether a JSON document speaks of CASE or UCO."""
    if isinstance(value, dict) and any(name in written(value.get("@context")) for name in _ONTOLOGIES):
        return True
    return any(
        one.startswith(_PREFIXES) or any(name in one for name in _ONTOLOGIES)
        for node in _nodes(value)
        for one in strings(node.get("@type") if isinstance(node, dict) else None)
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
    notes = [] if not any(map(_remote, listed(context))) else [Note.of(CONTEXT_REMOTE, "/@context")]
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


def _nodes(value: Any) -> Iterator[Any]:
    """The nodes of a document: those of its graph, or of a list, or the document as the only one."""
    if isinstance(value, list):
        yield from value
    elif isinstance(value, dict) and "@graph" in value:
        yield from listed(value["@graph"])
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
    facets = [node, *(one for key, value in node.items() if local(key) == "hasFacet" for one in listed(value))]
    said = [facet for facet in facets if isinstance(facet, dict)]
    item.name = _name(said)
    item.started_at = next((text for facet in said for key in _BEGUN for text in values(facet, key)), "")
    item.ended_at = next((text for facet in said for text in values(facet, "endTime")), "")
    found = dict.fromkeys((one.type, one.value) for one in identifiers(item, said))
    item.identifiers.extend(body_pb2.Identifier(type=kind, value=value) for kind, value in found)
    return item


def _name(said: list[dict[str, Any]]) -> str:
    for facet in said:
        if name := next(values(facet, "name"), ""):
            return name
    for facet in said:
        parts = [*values(facet, "givenName"), *values(facet, "familyName")]
        if parts:
            return " ".join(parts)
    return next((name for facet in said for name in values(facet, "fileName")), "")


def _told(evidence: body_pb2.EvidenceBody, nodes: list[Any]) -> tuple[str, str]:
    """Title and description: of the investigation or bundle itself, else what there is by type."""
    counts = Counter(local(item.types[0]) for item in evidence.items if item.types)
    title = "、".join(f"{sort} {count}" for sort, count in counts.most_common(_MAX_TYPES_TOLD))
    for sort in _TITLED:
        for item, node in zip(evidence.items, nodes, strict=True):
            if sort in map(local, item.types):
                return item.name or title, "\n".join(values(node, "description"))
    return title or "CASE", ""


def _allowed(node: Any, where: str) -> None:
    """HT-STX-01, -02 where a marking says that it may not leave its holder."""
    rest = [node]
    while rest:
        one = rest.pop()
        if isinstance(one, list):
            rest.extend(one)
        elif isinstance(one, dict):
            if any("marking" in term.lower() for term in strings(one.get("@type"))):
                words = written(one)
                if _RED.search(words):
                    raise HutongError("HT-STX-01", where=where)
                if _STRICT.search(words):
                    raise HutongError("HT-STX-02", where=where)
            rest.extend(one.values())


def _plain(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, strict_json.Number) and bool(value)


def _remote(context: Any) -> bool:
    return isinstance(context, str) or (isinstance(context, dict) and "@import" in context)
