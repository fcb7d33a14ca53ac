"""One MISP event → one Lead, read leniently: few events of the wild pass a strict schema.

Tags that speak of TLP are markings, and forbid as those of STIX do; the distribution of an event or of a part of it can
only tighten what they allow. Under tlp:ex:chr the content may travel, and who said it may not.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapters import strict_json
from adapters.cyberspace import markings, misp_types
from adapters.draft import MAX_NATIVE_BYTES, Draft, Note, enclose
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "misp"
NATIVE_FORMAT = "application/json; format=misp"

_OWN_ORGANISATION, _SHARING_GROUP = "0", "4"
_SOURCES = ("Org", "Orgc", "org_id", "orgc_id", "event_creator_email", "creator_email")
_MAX_IDENTIFIER_TYPES = 16
_CHECKED = {
    codes_pb2.IDENTIFIER_TYPE_USCC: people.company_code,
    codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID: people.resident_id,
}


def lead(event: Any, where: str, now: datetime) -> Draft:
    """The Lead of one event. HT-ADP-25 if it is no object, HT-ADP-13, -14, -23, -24 for JSON that cannot be trusted,
    HT-STX-01 to -03 where a marking forbids it to leave, HT-ADP-266 if it says nothing."""
    if not isinstance(event, dict):
        raise HutongError("HT-ADP-25")
    if flaw := strict_json.flaw(event):
        raise HutongError(flaw)
    return _Reading(event, where, now).draft()


class _Reading:
    """One event being read."""

    def __init__(self, event: dict[str, Any], where: str, now: datetime) -> None:
        self.event = event
        self.where = where.rstrip("/")
        self.now = now
        self.notes: list[Note] = []
        self.kept: Counter[str] = Counter()
        self.seen: set[tuple[int, str]] = set()
        self.lead = body_pb2.LeadBody()
        self.texts: list[str] = []

    def draft(self) -> Draft:
        tags = list(_tags(self.event, self.where))
        marked = markings.judge_labels(tags)
        handling = self.tightened(marked.handling)
        for number, one in enumerate(_objects(self.event.get("Attribute"))):
            self.attribute(one, f"{self.where}/Attribute/{number}")
        for number, one in enumerate(_objects(self.event.get("Object"))):
            self.object(one, f"{self.where}/Object/{number}")
        self.words()
        if not (self.lead.indicators or self.lead.subjects or self.texts or _said(self.event, "info")):
            raise HutongError("HT-ADP-266", where=self.where or "/")
        if not marked.explicit:
            self.notes.append(Note.of("stix-unmarked"))
        for sort, count in sorted(self.kept.items()):
            self.notes.append(Note.of("misp-kept", sort, count=count))
        body = body_pb2.Body(version=1, source_system=SOURCE_SYSTEM, lead=self.lead)
        self.enclose(body, secret=any(markings.chatham_house(tag) for _, tag in tags))
        return Draft(
            "lead",
            self.facts(),
            header_pb2.CommonFacts(form=codes_pb2.FORM_ONLINE, offences=[codes_pb2.OFFENCE_NONE_KNOWN]),
            body,
            body.source_record,
            handling=handling,
            notes=tuple(self.notes),
        )

    def tightened(self, handling: codes_pb2.Handling.ValueType) -> codes_pb2.Handling.ValueType:
        """``handling``, or a work secret where MISP itself would hand a part of it to few only."""
        own = [where for where, level in _distributions(self.event, self.where) if level == _OWN_ORGANISATION]
        groups = [where for where, level in _distributions(self.event, self.where) if level == _SHARING_GROUP]
        if own:
            self.notes.append(Note.of("misp-own-organisation", own[0], count=len(own)))
        if groups:
            self.notes.append(Note.of("misp-sharing-group", groups[0], count=len(groups)))
        return codes_pb2.HANDLING_WORK_SECRET if own or groups else handling

    def attribute(self, one: dict[str, Any], where: str) -> None:
        if self.deleted(one, where):
            return
        sort, value = _said(one, "type"), _said(one, "value")
        if sort == "link" and not one.get("to_ids"):
            self.texts.append(value)
            return
        told = ": ".join(filter(None, (_said(one, "category"), _said(one, "comment"))))
        if not self.indicate(one, sort, value, told) and value:
            if sort in ("text", "comment"):
                self.texts.append(": ".join(filter(None, (_said(one, "comment"), value))))
            else:
                self.kept[sort or "-"] += 1

    def object(self, one: dict[str, Any], where: str) -> None:
        if self.deleted(one, where):
            return
        template = _said(one, "name")
        attributes = [
            item
            for number, item in enumerate(_objects(one.get("Attribute")))
            if not self.deleted(item, f"{where}/Attribute/{number}")
        ]
        if template in misp_types.PERSONS | misp_types.ORGANISATIONS | misp_types.VICTIMS:
            self.subject(one, template, attributes)
            return
        if template == "transaction":
            self.transaction(attributes)
        told = ": ".join(filter(None, (template, _said(one, "comment"), *_descriptions(attributes))))
        found = [self.indicate(item, _said(item, "type"), _said(item, "value"), told, template) for item in attributes]
        if not any(found):
            self.kept[template or "-"] += 1

    def subject(self, one: dict[str, Any], template: str, attributes: list[dict[str, Any]]) -> None:
        subject = body_pb2.Subject(
            role=codes_pb2.SUBJECT_ROLE_VICTIM if template in misp_types.VICTIMS else codes_pb2.SUBJECT_ROLE_UNKNOWN,
            organisation=template in misp_types.ORGANISATIONS,
        )
        rest = [template, _said(one, "comment")]
        for item in attributes:
            relation, value = _said(item, "object_relation"), _said(item, "value")
            kind = misp_types.kind(_said(item, "type"), relation, template)
            if kind and value:
                subject.identifiers.append(_checked(kind, value))
            elif value:
                rest.append(f"{relation}: {value}")
        if subject.identifiers:
            subject.remark = "; ".join(filter(None, rest))
            self.lead.subjects.append(subject)
        else:
            self.kept[template] += 1

    def transaction(self, attributes: list[dict[str, Any]]) -> None:
        for item in attributes:
            value = _said(item, "value").replace(",", "")
            if _said(item, "object_relation") == "amount" and value.replace(".", "", 1).isdigit():
                self.lead.amounts.add(value=value)

    def indicate(self, one: dict[str, Any], sort: str, value: str, told: str, template: str = "") -> bool:
        """Take the attribute as an indicator; whether it is one."""
        found = False
        for name, part in misp_types.parts(sort, value):
            kind = misp_types.kind(name, _said(one, "object_relation"), template)
            if kind is None:
                continue
            found = True
            said = _checked(kind, part)
            if (said.type, said.value) in self.seen:
                continue
            self.seen.add((said.type, said.value))
            pattern = part if name in misp_types.PATTERNS else ""
            self.lead.indicators.add(
                type=said.type,
                value="" if pattern else said.value,
                pattern=pattern,
                description=told,
                valid_from=_said(one, "first_seen"),
                valid_until=_said(one, "last_seen"),
            )
        return found

    def deleted(self, one: dict[str, Any], where: str) -> bool:
        if one.get("deleted") not in (True, "1", "true"):
            return False
        self.notes.append(Note.of("stix-revoked", where))
        return True

    def words(self) -> None:
        event, lead = self.event, self.lead
        first = next(iter(lead.indicators), None)
        lead.title = _said(event, "info") or (first.value or first.pattern if first else "")
        lead.occurred_on = _said(event, "date")
        names = dict.fromkeys(_said(tag, "name") for tag in _objects(event.get("Tag")))
        lead.summary = ", ".join(name for name in names if name)
        reports = [_said(one, "content") for one in _objects(event.get("EventReport"))]
        lead.narrative = "\n\n".join(filter(None, (*reports, *self.texts)))

    def facts(self) -> kinds_pb2.Lead:
        facts = kinds_pb2.Lead(
            source=codes_pb2.LEAD_SOURCE_INDICATOR,
            received_on=self.now.date().isoformat(),
            participants=codes_pb2.PARTICIPANT_BAND_UNKNOWN,
            amount=codes_pb2.AMOUNT_BAND_UNKNOWN,
        )
        values = {(i.type, i.value) for subject in self.lead.subjects for i in subject.identifiers}
        values |= {(one.type, one.value or one.pattern) for one in self.lead.indicators}
        for kind, count in sorted(Counter(kind for kind, _ in values).items())[:_MAX_IDENTIFIER_TYPES]:
            facts.identifiers.add(type=kind, count=count)
        return facts

    def enclose(self, body: body_pb2.Body, *, secret: bool) -> None:
        """The event itself, whole where it is small, else by its parts; without its sources where these are secret."""
        event = self.event
        if secret:
            event = {name: value for name, value in event.items() if name not in _SOURCES}
            self.notes.append(Note.of("misp-chatham-house"))
        native = strict_json.dumps({"Event": event}).encode()
        digest = hashlib.sha256(native).hexdigest()[:16]
        body.source_record = f"{_said(event, 'uuid')[:64] or 'event'}/{digest}"
        if len(native) > MAX_NATIVE_BYTES:
            parts = {name: event[name] for name in ("Attribute", "Object") if isinstance(event.get(name), list)}
            rest = {name: value for name, value in event.items() if name not in parts}
            body.extras.add(path="/Event", value=strict_json.dumps(rest))
            for name, items in parts.items():
                for number, item in enumerate(items):
                    body.extras.add(path=f"/Event/{name}/{number}", value=strict_json.dumps(item))
            self.notes.append(Note.of("adapter-native-left-out"))
        enclose(body, native, NATIVE_FORMAT)


def assembled(body: body_pb2.Body) -> bytes:
    """The event as ``enclose`` put it into ``body``, whole or by its parts; b"" if it is not there."""
    if body.native_format == NATIVE_FORMAT:
        return body.native
    event: dict[str, Any] = {}
    for extra in body.extras:
        try:
            value = strict_json.loads(extra.value)
        except HutongError:
            return b""
        name = extra.path.removeprefix("/Event").strip("/").partition("/")[0]
        if name:
            event.setdefault(name, []).append(value)
        elif isinstance(value, dict):
            event.update(value)
    return strict_json.dumps({"Event": event}).encode() if event else b""


def _tags(event: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
    """Every tag of the event and of its parts, each with the place of what bears it."""
    for path, part in _parts(event, where):
        for tag in _objects(part.get("Tag")):
            yield path or "/", _said(tag, "name")


def _distributions(event: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
    for path, part in _parts(event, where):
        yield path or "/", str(part.get("distribution", ""))


def _parts(event: dict[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield where, event
    for name in ("Attribute", "Object", "EventReport"):
        for number, one in enumerate(_objects(event.get(name))):
            path = f"{where}/{name}/{number}"
            yield path, one
            for inner, attribute in enumerate(_objects(one.get("Attribute"))):
                yield f"{path}/Attribute/{inner}", attribute


def _checked(kind: misp_types.Kind, value: str) -> body_pb2.Identifier:
    """A number that fails its check digit must not meet others as a match token: it is an ordinary number."""
    if kind in _CHECKED:
        try:
            return body_pb2.Identifier(type=kind, value=_CHECKED[kind](value))
        except HutongError:
            return body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_OTHER, value=value)
    return body_pb2.Identifier(type=kind, value=value)


def _descriptions(attributes: list[dict[str, Any]]) -> Iterator[str]:
    """What describes an object's indicators: its short texts."""
    for item in attributes:
        value = _said(item, "value")
        if _said(item, "type") in ("text", "comment", "datetime") and 0 < len(value) <= 200:
            yield f"{_said(item, 'object_relation')} {value}"


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        value = [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _said(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return str(value).strip() if isinstance(value, str) else ""
