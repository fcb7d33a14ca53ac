"""A STIX 2.1 bundle → one Lead with its indicators, observables and actors. No indicator is ever resolved."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapters.cyberspace import bundles, markings, patterns
from adapters.draft import MAX_NATIVE_BYTES, Draft, Note, enclose
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "stix"
NATIVE_FORMAT = "application/stix+json;version=2.1"

_TITLED = ("report", "grouping", "incident", "campaign", "intrusion-set", "threat-actor", "malware", "indicator")
_TOLD = ("report", "grouping", "incident", "campaign", "intrusion-set", "note", "opinion")
_TIMES = ("first_seen", "first_observed")
_ACTORS = ("threat-actor", "intrusion-set", "identity")
_IDENTITIES = {
    "individual": codes_pb2.IDENTIFIER_TYPE_PERSON_NAME,
    "organization": codes_pb2.IDENTIFIER_TYPE_COMPANY,
}
_ORGANISERS = frozenset({"director", "sponsor"})
_MAX_IDENTIFIER_TYPES = 16
_UNREMARKED = frozenset(
    {"relationship", "marking-definition", "observed-data", "language-content", "extension-definition"}
)


def lead(value: Any, text: str, now: datetime) -> Draft:
    """The Lead of the bundle ``value``, which is what ``text`` says. HT-STX codes where a marking forbids it to leave,
    and as bundles.read."""
    bundle = bundles.read(value)
    return _Reading(bundle, markings.judge(bundle.objects), now).draft(text)


class _Reading:
    """One bundle being read."""

    def __init__(self, bundle: bundles.Bundle, marked: markings.Marked, now: datetime) -> None:
        self.bundle = bundle
        self.marked = marked
        self.now = now
        self.notes = list(bundle.notes)
        self.live = [
            (f"/objects/{n}", item) for n, item in enumerate(bundle.objects) if item and not self.revoked(n, item)
        ]
        items = [item for _, item in self.live]
        self.authors = {_said(item, "created_by_ref") for item in items}
        self.related = {_said(item, key) for item in items for key in ("source_ref", "target_ref")}
        self.targets = {_said(i, "target_ref") for i in items if i.get("relationship_type") == "targets"}
        self.lead = body_pb2.LeadBody()
        self.seen: set[tuple[int, str]] = set()
        self.kept: Counter[str] = Counter()

    def draft(self, text: str) -> Draft:
        if not self.live:
            raise HutongError("HT-STX-04")
        for where, item in self.live:
            self.place(where, item)
        self.observables()
        self.words()
        body = body_pb2.Body(version=1, source_system=SOURCE_SYSTEM, source_record=self.record(text), lead=self.lead)
        self.remarks(body)
        native = text.encode()
        if len(native) > MAX_NATIVE_BYTES:
            body.extras.extend(body_pb2.Extra(path=where, value=_compact(item)) for where, item in self.live)
            self.notes.append(Note.of("adapter-native-left-out"))
        enclose(body, native, NATIVE_FORMAT)
        common = header_pb2.CommonFacts(form=codes_pb2.FORM_ONLINE, offences=[codes_pb2.OFFENCE_NONE_KNOWN])
        return Draft(
            "lead",
            self.facts(),
            common,
            body,
            body.source_record,
            handling=self.marked.handling,
            notes=tuple(self.notes),
        )

    def revoked(self, number: int, item: dict[str, Any]) -> bool:
        if item.get("revoked") is not True:
            return False
        self.notes.append(Note.of("stix-revoked", f"/objects/{number}"))
        return True

    def place(self, where: str, item: dict[str, Any]) -> None:
        """Put one object where the contract has room for it."""
        sort = item["type"]
        if sort == "indicator":
            self.indicator(where, item)
        elif sort in _ACTORS and not self.author(item):
            self.actor(item)
        elif sort == "location":
            parts = [_said(item, key) for key in ("name", "city", "administrative_area", "region", "country")]
            self.lead.place = ", ".join(filter(None, [self.lead.place, *parts]))
        elif sort not in _TOLD and sort not in _UNREMARKED and not patterns.properties(sort) and sort not in _ACTORS:
            self.kept[sort] += 1

    def indicator(self, where: str, item: dict[str, Any]) -> None:
        pattern = _said(item, "pattern")
        told = body_pb2.Indicator(
            pattern=pattern,
            description=": ".join(filter(None, (_said(item, "name"), _said(item, "description")))),
            valid_from=_said(item, "valid_from"),
            valid_until=_said(item, "valid_until"),
        )
        plain = _said(item, "pattern_type") in ("", "stix")
        found = list(dict.fromkeys(patterns.values(pattern))) if plain else []
        for kind, value in found:
            self.add(kind, value, told)
        if not found:
            self.notes.append(Note.of("stix-pattern-unread", where))
            told.type = codes_pb2.IDENTIFIER_TYPE_OTHER
            self.lead.indicators.append(told)

    def add(self, kind: codes_pb2.IdentifierType.ValueType, value: str, told: body_pb2.Indicator) -> None:
        self.seen.add((kind, value))
        one = self.lead.indicators.add()
        one.CopyFrom(told)
        one.type, one.value = kind, value

    def observables(self) -> None:
        """Observables that no indicator has named already."""
        for _, item in self.live:
            inner = item.get("objects") if item["type"] == "observed-data" else None
            for one in [item, *(inner.values() if isinstance(inner, dict) else ())]:
                if isinstance(one, dict) and isinstance(one.get("type"), str):
                    for kind, value in _identifying(one):
                        if (kind, value) not in self.seen:
                            self.add(kind, value, body_pb2.Indicator(description=str(one["type"])))

    def author(self, item: dict[str, Any]) -> bool:
        """Whether the identity is only whoever wrote the bundle."""
        own = _said(item, "id")
        return item["type"] == "identity" and own in self.authors and own not in self.related

    def actor(self, item: dict[str, Any]) -> None:
        sort = item["type"]
        kind = codes_pb2.IDENTIFIER_TYPE_OTHER
        if sort == "identity":
            kind = _IDENTITIES.get(_said(item, "identity_class"), kind)
        names = dict.fromkeys([_said(item, "name"), *_list(item, "aliases")])
        self.lead.subjects.add(
            role=self.role(item),
            organisation=sort == "intrusion-set" or kind == codes_pb2.IDENTIFIER_TYPE_COMPANY,
            identifiers=[body_pb2.Identifier(type=kind, value=value) for value in names if value],
            remark=": ".join(filter(None, (sort, _said(item, "description")))),
        )

    def role(self, item: dict[str, Any]) -> codes_pb2.SubjectRole.ValueType:
        roles = set(_list(item, "roles"))
        if roles & _ORGANISERS:
            return codes_pb2.SUBJECT_ROLE_ORGANISER
        if roles:
            return codes_pb2.SUBJECT_ROLE_OPERATOR
        return codes_pb2.SUBJECT_ROLE_VICTIM if _said(item, "id") in self.targets else codes_pb2.SUBJECT_ROLE_UNKNOWN

    def words(self) -> None:
        """Title, narrative and time, from the objects that tell the story."""
        items = [item for _, item in self.live]
        named = [
            name for sort in _TITLED for item in items if item["type"] == sort for name in [_said(item, "name")] if name
        ]
        first = next(iter(self.lead.indicators), None)
        self.lead.title = next(iter(named), "") or (first.value or first.pattern if first else str(items[0]["type"]))
        told = [
            _said(item, key)
            for item in items
            if item["type"] in _TOLD
            for key in ("description", "abstract", "content", "explanation")
        ]
        self.lead.narrative = "\n\n".join(filter(None, told))
        self.lead.summary = ", ".join(
            f"{sort} {count}" for sort, count in Counter(item["type"] for item in items).items()
        )
        times = [[_said(item, key) for item in items] for key in _TIMES]
        self.lead.occurred_on = next((min(filter(None, found)) for found in times if any(found)), "")

    def remarks(self, body: body_pb2.Body) -> None:
        for sort, count in sorted(self.kept.items()):
            self.notes.append(Note.of("stix-kept", sort, count=count))
        for statement in self.marked.statements:
            body.extras.add(path="marking-definition/statement", value=statement)
            self.notes.append(Note.of("stix-statement-marking"))
        if not self.marked.explicit:
            self.notes.append(Note.of("stix-unmarked"))

    def facts(self) -> kinds_pb2.Lead:
        facts = kinds_pb2.Lead(
            source=codes_pb2.LEAD_SOURCE_INDICATOR,
            received_on=self.now.date().isoformat(),
            participants=codes_pb2.PARTICIPANT_BAND_UNKNOWN,
            amount=codes_pb2.AMOUNT_BAND_UNKNOWN,
        )
        values = {(i.type, i.value) for subject in self.lead.subjects for i in subject.identifiers}
        values |= {(indicator.type, indicator.value) for indicator in self.lead.indicators if indicator.value}
        for kind, count in sorted(Counter(kind for kind, _ in values).items())[:_MAX_IDENTIFIER_TYPES]:
            facts.identifiers.add(type=kind, count=count)
        return facts

    def record(self, text: str) -> str:
        """The bundle's id and a digest: bundle ids are made anew at each export, or kept while the content changes."""
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return f"{self.bundle.id[:100] or self.bundle.objects[0].get('type', 'objects')}/{digest}"


def _identifying(item: dict[str, Any]) -> Iterator[tuple[codes_pb2.IdentifierType.ValueType, str]]:
    for path in patterns.properties(item["type"]):
        if value := _said(item, path):
            yield patterns.kind(item["type"], path, value), value
    hashes = item.get("hashes")
    for value in hashes.values() if isinstance(hashes, dict) else ():
        if isinstance(value, str) and value:
            yield codes_pb2.IDENTIFIER_TYPE_FILE_HASH, value


def _said(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value.strip() if isinstance(value, str) else ""


def _list(item: dict[str, Any], key: str) -> list[str]:
    value = item.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _compact(item: dict[str, Any]) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
