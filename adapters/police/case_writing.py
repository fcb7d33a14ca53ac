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
from adapters.police.case_graph import CONTEXT, NAMES, Graph, Node, is_observable
from adapters.police.jsontext import joined
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2

MEDIA_TYPE = "application/ld+json"
_T = codes_pb2
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


class _Writing(Graph):
    """One bundle being written."""

    def __init__(self, statement: OpenedStatement) -> None:
        super().__init__(statement.header.message_id)
        self.body, self.header = statement.body, statement.header

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
        name = next((one.value for one in item.identifiers if one.type in NAMES), item.name)
        organisation = any(one.type == _T.IDENTIFIER_TYPE_COMPANY for one in item.identifiers)
        named = [] if not name else [body_pb2.Identifier(type=_T.IDENTIFIER_TYPE_PERSON_NAME, value=name)]
        others = [one for one in item.identifiers if one.type not in NAMES]
        before = len(self.nodes)
        self.subject(
            body_pb2.Subject(identifiers=[*named, *others], organisation=organisation), item.id or f"item-{before}"
        )
        return self.nodes[before:]

    def subject(self, subject: body_pb2.Subject, key: str) -> None:
        sort = "Organization" if subject.organisation else "Person"
        names = [one.value for one in subject.identifiers if one.type in NAMES and one.value]
        facets = [
            self.facet("uco-identity:SimpleNameFacet", f"{key}-name-{at}", **{"uco-identity:familyName": name})
            for at, name in enumerate(names[1:])
        ]
        who: Node = {"uco-core:name": names[0]} if names else {}
        if facets:
            who["uco-core:hasFacet"] = facets
        others = [one for one in subject.identifiers if one.type not in NAMES and one.value]
        references = [self.reference(one, f"{key}-{at}") for at, one in enumerate(others) if not is_observable(one)]
        if references:
            who["uco-core:externalReference"] = references
        made = self.hold(f"uco-identity:{sort}", key, **who)
        for at, one in enumerate(others):
            if is_observable(one):
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
