"""A Lead → a STIX 2.1 bundle. Ids follow from the message id, so writing it again gives the same bundle."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import stix2
from stix2.exceptions import STIXError

from adapters.contract import NativeFile, OpenedStatement
from adapters.cyberspace.patterns import literal, values
from hutong.v1 import body_pb2, codes_pb2

MEDIA_TYPE = "application/stix+json;version=2.1"

_T = codes_pb2
_MARKINGS = {
    _T.HANDLING_PUBLIC: stix2.TLP_WHITE,
    _T.HANDLING_INTERNAL: stix2.TLP_GREEN,
    _T.HANDLING_WORK_SECRET: stix2.TLP_AMBER,
}
_PATTERNS = {
    _T.IDENTIFIER_TYPE_DOMAIN: "domain-name:value",
    _T.IDENTIFIER_TYPE_URL: "url:value",
    _T.IDENTIFIER_TYPE_EMAIL: "email-addr:value",
    _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT: "user-account:account_login",
    _T.IDENTIFIER_TYPE_APP: "software:name",
}
_HASHES = {32: "file:hashes.MD5", 40: "file:hashes.'SHA-1'", 64: "file:hashes.'SHA-256'"}
_ACTORS = {"threat-actor": stix2.ThreatActor, "intrusion-set": stix2.IntrusionSet}
_NAMES = frozenset(
    {_T.IDENTIFIER_TYPE_PERSON_NAME, _T.IDENTIFIER_TYPE_COMPANY, _T.IDENTIFIER_TYPE_APP, _T.IDENTIFIER_TYPE_OTHER}
)
_MAX_PATTERN_CHARS = 4096
_MAX_BRACKETS = 32
_STRICT_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def write(statement: OpenedStatement) -> NativeFile:
    """One bundle: the sender, a report, and the lead's indicators and subjects. Identifiers for which STIX has no
    observable (telephones, bank accounts) stand in notes."""
    bundle = _Writing(statement).bundle()
    return NativeFile(f"{statement.header.message_id.hex()}.stix.json", MEDIA_TYPE, bundle.serialize(indent=1).encode())


class _Writing:
    """One bundle being written."""

    def __init__(self, statement: OpenedStatement) -> None:
        header = statement.header
        self.lead = statement.body.lead
        self.unsaid: list[tuple[codes_pb2.IdentifierType.ValueType, str]] = []
        self.space = header.message_id
        self.time = datetime.fromtimestamp(header.issued_at / 1000, UTC)
        # Handling codes newer than this table are as strict as the strictest that may travel.
        self.marking = _MARKINGS.get(header.handling, stix2.TLP_AMBER)
        self.sender = stix2.Identity(
            id=self.id("identity", "sender"),
            created=self.time,
            modified=self.time,
            name=header.sender.agency or "-",
            identity_class="organization",
            object_marking_refs=[self.marking],
        )

    def bundle(self) -> Any:
        told = [*self.indicators(), *self.subjects()]
        notes = list(self.notes())
        report = self.make(
            stix2.Report,
            "lead",
            name=self.lead.title or "-",
            description="\n\n".join(filter(None, (self.lead.summary, self.lead.narrative))) or None,
            published=self.time,
            object_refs=[one.id for one in (self.sender, *told, *notes)],
        )
        return stix2.Bundle(id=self.id("bundle", "lead"), objects=[self.marking, self.sender, report, *told, *notes])

    def indicators(self) -> Iterator[Any]:
        """One object a pattern; several values of one pattern are one indicator."""
        said: set[str] = set()
        for number, one in enumerate(self.lead.indicators):
            if one.pattern in said and one.value in (value for _, value in values(one.pattern)):
                continue
            made = self.indicator(number, one)
            if made is None:
                self.unsaid.append((one.type, one.value or one.pattern))
                continue
            said.add(made.pattern)
            yield made

    def indicator(self, number: int, one: body_pb2.Indicator) -> Any | None:
        start = _time(one.valid_from) or self.time
        end = _time(one.valid_until)
        for pattern in filter(_parsable, (one.pattern, _pattern(one.type, one.value))):
            try:
                return self.make(
                    stix2.Indicator,
                    str(number),
                    name=one.value or None,
                    description=one.description or None,
                    pattern=pattern,
                    pattern_type="stix",
                    valid_from=start,
                    valid_until=end if end and end > start else None,
                )
            except STIXError:
                # The sender's pattern may be in another language, or wrong; the value alone still makes one.
                continue
        return None

    def subjects(self) -> Iterator[Any]:
        for number, one in enumerate(self.lead.subjects):
            names = [i.value for i in one.identifiers if i.type in _NAMES and i.value]
            self.unsaid += [(i.type, i.value) for i in one.identifiers if i.type not in _NAMES]
            actor = _ACTORS.get(one.remark.partition(":")[0])
            if names and actor:
                yield self.make(actor, str(number), name=names[0], aliases=names[1:] or None)
            elif names:
                self.unsaid += [(i.type, i.value) for i in one.identifiers if i.value in names[1:]]
                yield self.make(
                    stix2.Identity,
                    str(number),
                    name=names[0],
                    identity_class="organization" if one.organisation else "individual",
                    description=one.remark or None,
                )

    def notes(self) -> Iterator[Any]:
        """What no other object can say: other identifiers of subjects, and indicators that no pattern expresses."""
        for number, (kind, value) in enumerate(self.unsaid):
            if value:
                content = f"{codes_pb2.IdentifierType.Name(kind).removeprefix('IDENTIFIER_TYPE_')}: {value}"
                yield self.make(stix2.Note, str(number), content=content, object_refs=[self.sender.id])

    def make(self, sort: Any, key: str, **properties: Any) -> Any:
        given = {name: value for name, value in properties.items() if value is not None}
        return sort(
            id=self.id(sort._type, key),
            created=self.time,
            modified=self.time,
            created_by_ref=self.sender.id,
            object_marking_refs=[self.marking],
            **given,
        )

    def id(self, sort: str, key: str) -> str:
        digest = hashlib.sha256(self.space + f"{sort}/{key}".encode()).digest()
        return f"{sort}--{uuid.UUID(bytes=digest[:16], version=4)}"


def _pattern(kind: codes_pb2.IdentifierType.ValueType, value: str) -> str | None:
    path = _PATTERNS.get(kind)
    if kind == codes_pb2.IDENTIFIER_TYPE_IP_ADDRESS:
        path = "ipv6-addr:value" if ":" in value else "ipv4-addr:value"
    elif kind == codes_pb2.IDENTIFIER_TYPE_FILE_HASH:
        path = _HASHES.get(len(value))
    return f"[{path} = {literal(value)}]" if path and value else None


def _parsable(pattern: str | None) -> bool:
    """Whether the grammar's parser may be let loose on ``pattern``: it recurses with every bracket."""
    return bool(pattern) and len(pattern or "") <= _MAX_PATTERN_CHARS and (pattern or "").count("(") <= _MAX_BRACKETS


def _time(text: str) -> datetime | None:
    if not _STRICT_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
