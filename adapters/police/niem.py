"""Any NIEM message in XML (NIEM 3 to 6) → Lead: persons, organisations, places, dates, charges by what niem-core and
the justice domain call them, whatever the message is. Everything else is kept by path.

NIEM builds messages of its own for every exchange, so elements are known by their local names and by what stands in
them, not by their place (NIEM Naming and Design Rules 6.0).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from adapters.draft import Draft, Note
from adapters.police import drafts, schemas
from adapters.police.niem_people import NUMBERS, People, spaced
from adapters.strict_xml import Node, local, namespace
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "niem"

_NIEM = re.compile(r"niemopen/ns/model/|release\.niem\.gov/niem/")
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
        self.lead.subjects.extend(People(self.nodes, self.parents).subjects)
        self.plates()
        self.places()
        self.words()
        lead = self.lead
        if not (lead.subjects or lead.offences or lead.place or lead.occurred_on or lead.narrative):
            raise HutongError("HT-ADP-19")
        lead.report.number = self.number()
        lead.title = " ".join([spaced(lead.report.sort), *(one.description for one in lead.offences[:1])])
        body = body_pb2.Body(source_system=SOURCE_SYSTEM, source_record=lead.report.number, lead=lead)
        common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN], minors_involved=self.minors())
        return drafts.draft("lead", self.facts(now), common, body, self.top, message, self.notes)

    def charges(self) -> None:
        for node in self.nodes:
            if _CHARGED.search(node.name) and node.text and not node.children:
                self.lead.offences.add(description=node.take_text())
                self.notes.append(Note.of("police-offence-words", node.path))

    def plates(self) -> None:
        for node in self.nodes:
            if NUMBERS.get(node.name) == codes_pb2.IDENTIFIER_TYPE_VEHICLE_PLATE:
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
