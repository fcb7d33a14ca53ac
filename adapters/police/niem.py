"""Any NIEM message in XML (NIEM 3 to 6) → Lead: persons, organisations, places, dates, charges by what niem-core and
the justice domain call them, whatever the message is. Everything else is kept by path.

NIEM builds messages of its own for every exchange, so elements are known by their local names and by what stands in
them, not by their place (NIEM Naming and Design Rules 6.0).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

from adapters.draft import Draft, Note
from adapters.police import drafts, schemas
from adapters.strict_xml import Node, local, namespace
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "niem"

_NIEM = re.compile(r"niemopen/ns/model/|release\.niem\.gov/niem/")
_CORE = re.compile(r"(?:niemopen/ns/model|release\.niem\.gov/niem)/niem-core/")
_STRUCTURES = re.compile(r"(?:niemopen/ns/model|release\.niem\.gov/niem)/structures/")
_CJK = re.compile("[\u3400-\u9fff]")
_NUMBERS = {
    "PersonPassportIdentification": codes_pb2.IDENTIFIER_TYPE_PASSPORT,
    "PassportDocumentIdentification": codes_pb2.IDENTIFIER_TYPE_PASSPORT,
    "PassportIdentification": codes_pb2.IDENTIFIER_TYPE_PASSPORT,
    "ConveyanceRegistrationPlateIdentification": codes_pb2.IDENTIFIER_TYPE_VEHICLE_PLATE,
    "VehicleRegistrationPlateIdentification": codes_pb2.IDENTIFIER_TYPE_VEHICLE_PLATE,
}
_CONTACTS = {
    "TelephoneNumberFullID": codes_pb2.IDENTIFIER_TYPE_PHONE,
    "ContactEmailID": codes_pb2.IDENTIFIER_TYPE_EMAIL,
}
_NAMES = ("PersonGivenName", "PersonMiddleName", "PersonSurName")
_VICTIM = re.compile("Victim")
_TOLD = ("NarrativeText", "DescriptionText", "CommentText")
_CHARGED = re.compile(r"(?:Charge|Offense)(?:Description|Category)(?:Text)?$")
_ADDRESS = (
    "AddressFullText",
    "StreetFullText",
    "LocationCityName",
    "LocationStateName",
    "LocationPostalCode",
    "LocationCountryName",
)
_WORDS = re.compile("(?<=[a-z0-9])(?=[A-Z])")
_MAX_IDENTIFIER_TYPES = 16


def is_message(node: Node) -> bool:
    """Whether anything in ``node`` is of NIEM."""
    return any(_NIEM.search(uri) for uri in _namespaces(node))


def read(node: Node, now: datetime) -> Draft:
    """The draft of one message. HT-XML-04 if the schema carried for it refuses it; HT-ADP-19 if there is nobody and
    nothing in it that is known here."""
    name = local(node.element)
    version = namespace(node.element)
    message = f"NIEM {name} {version}".strip()
    known = schemas.check(node.element, message)
    reading = _Reading(node)
    if not known:
        reading.notes.append(Note.of("adapter-version-unknown", schema=message))
    return reading.draft(message, now)


class _Reading:
    """One message being read."""

    def __init__(self, top: Node) -> None:
        self.top = top
        self.notes: list[Note] = []
        self.lead = body_pb2.LeadBody(report=body_pb2.SourceReport(sort=local(top.element)))
        self.nodes = list(_all(top))
        self.parents = {id(child): node for node in self.nodes for child in node.children}

    def draft(self, message: str, now: datetime) -> Draft:
        self.charges()
        self.subjects()
        self.plates()
        self.places()
        self.words()
        lead = self.lead
        if not (lead.subjects or lead.offences or lead.place or lead.occurred_on or lead.narrative):
            raise HutongError("HT-ADP-19")
        lead.report.number = self.number()
        lead.title = " ".join([_WORDS.sub(" ", lead.report.sort), *(one.description for one in lead.offences[:1])])
        body = body_pb2.Body(source_system=SOURCE_SYSTEM, source_record=lead.report.number, lead=lead)
        common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN], minors_involved=self.minors())
        return drafts.draft("lead", self.facts(now), common, body, self.top, message, self.notes)

    def charges(self) -> None:
        for node in self.nodes:
            if _CHARGED.search(node.name) and node.text and not node.children:
                self.lead.offences.add(description=node.take_text())
                self.notes.append(Note.of("police-offence-words", node.path))

    def subjects(self) -> None:
        """Everybody once: elements that name each other by id, ref or uri are about the same one (NDR 6.0 §12.2)."""
        groups: defaultdict[str, list[Node]] = defaultdict(list)
        for number, node in enumerate(self.nodes):
            if _person(node) or _organisation(node):
                groups[_identity(node) or f"#/{number}"].append(node)
        for same in groups.values():
            self.subject(same)

    def subject(self, same: list[Node]) -> None:
        organisation = not any(map(_person, same))
        found: dict[tuple[int, str], body_pb2.Identifier] = {}
        for node in same:
            for one in (*self.name(node, organisation), *self.numbers(node)):
                if one.value:
                    found.setdefault((one.type, one.value), one)
        if not found:
            return
        roles = [name for node in same for name in self.roles(node)]
        victim = any(_VICTIM.search(name) for name in roles)
        self.lead.subjects.add(
            role=codes_pb2.SUBJECT_ROLE_VICTIM if victim else codes_pb2.SUBJECT_ROLE_UNKNOWN,
            organisation=organisation,
            identifiers=found.values(),
            remark="；".join([*dict.fromkeys(_WORDS.sub(" ", node.name) for node in same), *self.birth(same)]),
        )

    def roles(self, node: Node) -> Iterator[str]:
        yield node.name
        if parent := self.parents.get(id(node)):
            yield parent.name

    def name(self, node: Node, organisation: bool) -> Iterator[body_pb2.Identifier]:
        if organisation:
            for one in node.all("OrganizationName"):
                yield body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_COMPANY, value=one.take_text())
            return
        for one in node.all("PersonName"):
            if full := one.take("PersonFullName"):
                yield body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, value=full)
                continue
            parts = {name: [part.take_text() for part in one.all(name)] for name in _NAMES}
            given, middle, last = (" ".join(parts[name]) for name in _NAMES)
            chinese = bool(_CJK.search(last + given))
            value = last + given if chinese else " ".join(filter(None, (given, middle, last)))
            yield body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, value=value)

    def birth(self, same: list[Node]) -> list[str]:
        days = [day for node in same if (day := node.take("PersonBirthDate/Date"))]
        # What officers read in a body is in the language of their files.
        return [say("police-niem-born", "zh", day=day) for day in dict.fromkeys(days)]

    def numbers(self, top: Node) -> Iterator[body_pb2.Identifier]:
        """Numbers and contacts inside of somebody, but for those of somebody else further inside."""
        rest = list(top.children)
        while rest:
            node = rest.pop(0)
            if _person(node) or _organisation(node):
                continue
            if node.name in _CONTACTS and node.text:
                yield body_pb2.Identifier(type=_CONTACTS[node.name], value=node.take_text())
            elif node.name.endswith("Identification") and (number := node.take("IdentificationID")):
                yield _numbered(node.name, number)
            else:
                rest = node.children + rest

    def plates(self) -> None:
        for node in self.nodes:
            if _NUMBERS.get(node.name) == codes_pb2.IDENTIFIER_TYPE_VEHICLE_PLATE:
                number = node.take("IdentificationID")
                if number:
                    self.lead.indicators.add(type=codes_pb2.IDENTIFIER_TYPE_VEHICLE_PLATE, value=number)

    def places(self) -> None:
        found: list[str] = []
        for node in self.nodes:
            if node.name in ("Address", "LocationAddress", "LocationStreet") or node.name.endswith("Location"):
                found.append(" ".join(filter(None, (node.take(name) for name in _ADDRESS))))
            elif node.name.endswith("GeospatialCoordinate"):
                degrees = [
                    node.take("GeographicCoordinateLatitude/LatitudeDegreeValue"),
                    node.take("GeographicCoordinateLongitude/LongitudeDegreeValue"),
                ]
                found.append(", ".join(filter(None, degrees)))
        self.lead.place = "；".join(filter(None, found))

    def words(self) -> None:
        for node in self.nodes:
            if node.name in ("ActivityDate", "IncidentDate", "ActivityDateRange"):
                self.lead.occurred_on = node.take("DateTime", "Date", "StartDate/DateTime", "StartDate/Date")
            if self.lead.occurred_on:
                break
        told = [
            node.take_text()
            for node in self.nodes
            if node.name.endswith(_TOLD) and node.text and not node.used and not node.children
        ]
        self.lead.narrative = "\n".join(told)

    def number(self) -> str:
        for node in self.nodes:
            if node.name in ("DocumentIdentification", "ActivityIdentification", "IncidentIdentification"):
                return node.take("IdentificationID")
        return ""

    def minors(self) -> bool:
        adult = [node.text for node in self.nodes if node.name == "PersonAdultIndicator"]
        young = [node.text for node in self.nodes if node.name == "PersonJuvenileIndicator"]
        return any(text in ("false", "0") for text in adult) or any(text in ("true", "1") for text in young)

    def facts(self, now: datetime) -> kinds_pb2.Lead:
        facts = kinds_pb2.Lead(
            source=codes_pb2.LEAD_SOURCE_REPORT,
            received_on=now.date().isoformat(),
            participants=codes_pb2.PARTICIPANT_BAND_UNKNOWN,
            amount=codes_pb2.AMOUNT_BAND_UNKNOWN,
        )
        kinds = [one.type for subject in self.lead.subjects for one in subject.identifiers]
        kinds += [one.type for one in self.lead.indicators]
        for kind, count in sorted(Counter(kinds).items())[:_MAX_IDENTIFIER_TYPES]:
            facts.identifiers.add(type=kind, count=count)
        return facts


def _all(top: Node) -> Iterator[Node]:
    rest = [top]
    while rest:
        node = rest.pop()
        yield node
        rest.extend(reversed(node.children))


def _namespaces(node: Node) -> set[str]:
    return {namespace(one.element) for one in _all(node)}


def _person(node: Node) -> bool:
    """Whether it is a human being: something that niem-core says of persons stands directly in it."""
    return any(
        child.name.startswith("Person")
        and not child.name.endswith(("Association", "Augmentation"))
        and _CORE.search(namespace(child.element))
        and (child.text or child.children)
        and not _organisation(child)
        and child.name != "Person"
        for child in node.children
    )


def _organisation(node: Node) -> bool:
    return any(child.name == "OrganizationName" for child in node.children)


def _identity(node: Node) -> str:
    """Which object an element is or stands for: structures:uri, else id or ref as a fragment of the document."""
    for name in ("uri", "id", "ref"):
        for key, value in node.element.attrib.items():
            key = str(key)
            if key.endswith("}" + name) and _STRUCTURES.search(key):
                return str(value) if name == "uri" else f"#{value}"
    return ""


def _numbered(name: str, number: str) -> body_pb2.Identifier:
    """A number by what its element is called. One that is a resident id, check digit and all, is one."""
    kind = _NUMBERS.get(name, codes_pb2.IDENTIFIER_TYPE_OTHER)
    if kind == codes_pb2.IDENTIFIER_TYPE_OTHER:
        try:
            return body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID, value=people.resident_id(number))
        except HutongError:
            pass
    return body_pb2.Identifier(type=kind, value=number)
