"""A Lead → a MISP event in JSON (MISP core format). UUIDs follow from the message id, so writing it again gives the
same event; it is for the reading organisation only until somebody there publishes it.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from adapters.contract import NativeFile, OpenedStatement
from adapters.cyberspace import markings
from hutong.v1 import body_pb2, codes_pb2

MEDIA_TYPE = "application/json"

_T = codes_pb2
_NETWORK, _PAYLOAD, _FRAUD, _PERSON, _OTHER = (
    "Network activity", "Payload delivery", "Financial fraud", "Person", "Other",
)  # fmt: skip
_TYPES = {
    _T.IDENTIFIER_TYPE_DOMAIN: ("domain", _NETWORK),
    _T.IDENTIFIER_TYPE_URL: ("url", _NETWORK),
    _T.IDENTIFIER_TYPE_IP_ADDRESS: ("ip-dst", _NETWORK),
    _T.IDENTIFIER_TYPE_EMAIL: ("email", _PAYLOAD),
    _T.IDENTIFIER_TYPE_PHONE: ("phone-number", _OTHER),
    _T.IDENTIFIER_TYPE_BANK_ACCOUNT: ("bank-account-nr", _FRAUD),
    _T.IDENTIFIER_TYPE_PERSON_NAME: ("full-name", _PERSON),
    _T.IDENTIFIER_TYPE_RESIDENT_ID: ("identity-card-number", _PERSON),
    _T.IDENTIFIER_TYPE_COMPANY: ("target-org", "Targeting data"),
    _T.IDENTIFIER_TYPE_APP: ("mobile-application-id", _PAYLOAD),
}
_HASHES = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_PERSONS = {
    _T.IDENTIFIER_TYPE_PERSON_NAME: ("full-name", "full-name"),
    _T.IDENTIFIER_TYPE_RESIDENT_ID: ("identity-card-number", "identity-card-number"),
    _T.IDENTIFIER_TYPE_PHONE: ("phone-number", "phone-number"),
    _T.IDENTIFIER_TYPE_EMAIL: ("e-mail", "email-src"),
    _T.IDENTIFIER_TYPE_SOCIAL_ACCOUNT: ("handle", "text"),
}
_COMPANIES = {
    _T.IDENTIFIER_TYPE_COMPANY: ("name", "text"),
    _T.IDENTIFIER_TYPE_USCC: ("registration-number", "text"),
    _T.IDENTIFIER_TYPE_PHONE: ("phone-number", "phone-number"),
    _T.IDENTIFIER_TYPE_URL: ("website", "link"),
}
_TEMPLATES = {
    False: ("person", "a15b0477-e9d1-4b9c-9546-abe78a4f4248", "21", "misc", _PERSONS),
    True: ("legal-entity", "14f5688f-d89c-469f-9878-c48bf6c41c65", "2", "misc", _COMPANIES),
}
_OWN_ORGANISATION, _INHERIT = "0", "5"
_UNDEFINED_THREAT, _INITIAL_ANALYSIS = "4", "0"


def write(statement: OpenedStatement) -> NativeFile:
    """One event: the lead's title and words, its indicators as attributes, its subjects as objects, TLP as a tag."""
    event = _Writing(statement).event()
    data = json.dumps({"Event": event}, ensure_ascii=False, indent=1).encode()
    return NativeFile(f"{statement.header.message_id.hex()}.misp.json", MEDIA_TYPE, data)


class _Writing:
    """One event being written."""

    def __init__(self, statement: OpenedStatement) -> None:
        self.header = statement.header
        self.lead = statement.body.lead
        self.extras = statement.body.extras
        self.time = str(self.header.issued_at // 1000)

    def event(self) -> dict[str, Any]:
        written = datetime.fromtimestamp(self.header.issued_at / 1000, UTC).date().isoformat()
        sender = self.header.sender.agency
        event: dict[str, Any] = {
            "uuid": self.uuid("event"),
            "info": self.lead.title or self.lead.summary or "-",
            "date": self.lead.occurred_on[:10] if _is_day(self.lead.occurred_on[:10]) else written,
            "threat_level_id": _UNDEFINED_THREAT,
            "analysis": _INITIAL_ANALYSIS,
            "distribution": _OWN_ORGANISATION,
            "published": False,
            "timestamp": self.time,
            "Attribute": [*self.indicators(), *self.texts()],
            "Object": [self.object(number, one) for number, one in enumerate(self.lead.subjects)],
            "Tag": [{"name": markings.label(self.header.handling)}],
        }
        if sender:
            event["Orgc"] = {"uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"hutong:{sender}")), "name": sender}
        return event

    def indicators(self) -> Iterator[dict[str, Any]]:
        for number, one in enumerate(self.lead.indicators):
            key = f"indicator/{number}"
            made = None
            if one.value:
                sort, category = _type(one.type, one.value)
                made = self.attribute(key, sort, one.value, category, to_ids=sort != "text")
            elif one.pattern:
                made = self.attribute(key, *_pattern(one.pattern), to_ids=True)
            if made is None:
                continue
            made["comment"] = one.description
            for name, value in (("first_seen", one.valid_from), ("last_seen", one.valid_until)):
                if _is_time(value):
                    made[name] = value
            yield made

    def texts(self) -> Iterator[dict[str, Any]]:
        """What an event has no field for."""
        said = [("narrative", self.lead.narrative), ("summary", self.lead.summary), ("place", self.lead.place)]
        said += [("amount", f"{money.value} {money.currency}".strip()) for money in self.lead.amounts]
        said += [(extra.path, extra.value) for extra in self.extras]
        for number, (name, value) in enumerate(said):
            if value:
                yield self.attribute(f"text/{number}", "text", value, _OTHER) | {"comment": name}

    def object(self, number: int, subject: body_pb2.Subject) -> dict[str, Any]:
        name, template, version, category, relations = _TEMPLATES[subject.organisation]
        attributes = []
        for index, one in enumerate(subject.identifiers):
            relation, sort = relations.get(one.type, ("text", "text"))
            word = codes_pb2.IdentifierType.Name(one.type).removeprefix("IDENTIFIER_TYPE_").lower()
            made = self.attribute(f"object/{number}/{index}", sort, one.value, _category(sort))
            attributes.append(made | {"object_relation": relation, "comment": word if relation == "text" else ""})
        return {
            "uuid": self.uuid(f"object/{number}"),
            "name": name,
            "template_uuid": template,
            "template_version": version,
            "meta-category": category,
            "description": codes_pb2.SubjectRole.Name(subject.role).removeprefix("SUBJECT_ROLE_").lower(),
            "comment": subject.remark,
            "timestamp": self.time,
            "distribution": _INHERIT,
            "Attribute": attributes,
        }

    def attribute(self, key: str, sort: str, value: str, category: str, *, to_ids: bool = False) -> dict[str, Any]:
        return {
            "uuid": self.uuid(key),
            "type": sort,
            "category": category,
            "value": value,
            "to_ids": to_ids,
            "timestamp": self.time,
            "distribution": _INHERIT,
            "comment": "",
        }

    def uuid(self, key: str) -> str:
        digest = hashlib.sha256(self.header.message_id + f"misp/{key}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))


def _type(kind: codes_pb2.IdentifierType.ValueType, value: str) -> tuple[str, str]:
    if kind == _T.IDENTIFIER_TYPE_FILE_HASH:
        return _HASHES.get(len(value), "text"), _PAYLOAD if len(value) in _HASHES else _OTHER
    if kind == _T.IDENTIFIER_TYPE_BANK_ACCOUNT and value[:2].isalpha():
        return "iban", _FRAUD
    return _TYPES.get(kind, ("text", _OTHER))


def _pattern(pattern: str) -> tuple[str, str, str]:
    sort = "stix2-pattern" if pattern.startswith("[") else "yara" if pattern.startswith("rule ") else "text"
    return sort, pattern, "Payload installation" if sort != "text" else _OTHER


def _category(sort: str) -> str:
    found = next((category for name, category in _TYPES.values() if name == sort), _OTHER)
    return {"email-src": _PAYLOAD, "link": "External analysis"}.get(sort, found)


def _is_day(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
