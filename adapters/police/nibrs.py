"""A NIBRS submission (FBI, IEPD 2019) → Lead for what is reported, Supplement for what replaces or withdraws a report.

A NIBRS report names nobody: persons are told by number, age and sex. Everything that has no place in the contract is
kept by path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from google.protobuf.message import Message

from adapters.draft import Draft, Note
from adapters.market import values
from adapters.police import codelists, drafts, schemas
from adapters.police.nibrs_people import People, reference
from adapters.strict_xml import Node, local, namespace
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SOURCE_SYSTEM = "fbi-nibrs"
ZERO = "ZERO REPORT"
DELETE, REPLACE = "D", "R"

_SPACE = "http://fbi.gov/cjis/nibrs/"
_LOST = frozenset({"BURNED", "COUNTERFEITED", "DESTROYED_DAMAGED_VANDALIZED", "STOLEN"})
_DAY = re.compile(r"20\d\d-[01]\d-[0-3]\d")
_MONTH = re.compile(r"\d{4}-\d\d")
_MAX_OFFENCES = 8


def is_submission(node: Node) -> bool:
    """Whether ``node`` is a submission of any version of NIBRS."""
    return local(node.element) == "Submission" and namespace(node.element).startswith(_SPACE)


def read(node: Node, now: datetime) -> Draft:
    """The draft of one submission. HT-XML-04 if the schema of its version refuses it; HT-ADP-230 for a zero report,
    which says that there is nothing to say; HT-ADP-231 if there is no report in it."""
    version = namespace(node.element).removeprefix(_SPACE)
    message = f"NIBRS {version}"
    known = schemas.check(node.element, message)
    report = node.first("Report")
    if report is None:
        raise HutongError("HT-ADP-231", format=message)
    reading = _Reading(node, report, now)
    if not known:
        reading.notes.append(Note.of("adapter-version-unknown", schema=message))
    return reading.draft(message)


class _Reading:
    """One submission being read."""

    def __init__(self, top: Node, report: Node, now: datetime) -> None:
        self.top, self.report, self.now = top, report, now
        self.notes: list[Note] = []
        self.lead = body_pb2.LeadBody()
        self.minors = False
        self.by_id = {one.attributes["id"]: one for one in _all(report) if "id" in one.attributes}
        self.places = {
            offence: place
            for one in report.all("OffenseLocationAssociation")
            if (offence := reference(one.first("Offense"))) and (place := reference(one.first("Location")))
        }

    def draft(self, message: str) -> Draft:
        self.source()
        if self.lead.report.sort == ZERO:
            raise HutongError("HT-ADP-230")
        self.offences()
        self.things()
        people = People(self.report, self.by_id)
        self.lead.subjects.extend(people.subjects)
        self.minors = people.minors
        self.words()
        action = self.lead.report.action
        amended = action in (REPLACE, DELETE)
        if amended:
            self.notes.append(Note.of(f"police-nibrs-{'deleted' if action == DELETE else 'replaced'}"))
        facts: Message = kinds_pb2.Supplement() if amended else self.facts()
        number = "/".join(filter(None, (self.lead.report.agency, self.lead.report.number)))
        body = body_pb2.Body(source_system=SOURCE_SYSTEM, source_record=number, lead=self.lead)
        kind = "supplement" if amended else "lead"
        return drafts.draft(kind, facts, self.common(), body, self.top, message, self.notes)

    def source(self) -> None:
        header = self.report.first("ReportHeader") or self.report
        said = self.lead.report
        said.agency = header.take(
            "ReportingAgency/OrganizationAugmentation/OrganizationORIIdentification/IdentificationID"
        )
        said.sort = header.take("NIBRSReportCategoryCode")
        said.action = header.take("ReportActionCategoryCode")
        month = header.first("ReportDate/YearMonthDate", "ReportDate/Date", "ReportDate/DateTime")
        if month and _MONTH.fullmatch(month.text):
            said.period = month.take_text()
        elif month:
            said.period = month.text[:7]
        said.number = self.report.take(
            "Incident/ActivityIdentification/IdentificationID", "Arrest/ActivityIdentification/IdentificationID"
        )
        self.lead.occurred_on = self.report.take(
            "Incident/ActivityDate/DateTime",
            "Incident/ActivityDate/Date",
            "Arrest/ActivityDate/DateTime",
            "Arrest/ActivityDate/Date",
        )

    def offences(self) -> None:
        for one in self.report.all("Offense"):
            self.offence(
                one.take("OffenseUCRCode"),
                attempted=_true(one.take("OffenseAttemptedIndicator")),
                place=self.places.get(one.attributes.get("id", ""), ""),
            )
        told = {one.code for one in self.lead.offences}
        for charge in self.report.all("Arrest/ArrestCharge/ChargeUCRCode"):
            # What an incident's arrest is for is among its offences already, and stays where it is.
            if charge.text not in told:
                self.offence(charge.take_text())

    def offence(self, code: str, *, attempted: bool = False, place: str = "") -> None:
        if not code:
            return
        known = codelists.words("offence")
        listed = codelists.CODE_LIST if code in known else ""
        where = self.by_id.get(place)
        category = where.first("LocationCategoryCode") if where else None
        self.lead.offences.add(
            code_list=listed,
            code=code,
            description=known.get(code, ""),
            attempted=attempted,
            place=codelists.words("place").get(category.text, category.text) if category else "",
        )
        if category:
            category.used = True

    def things(self) -> None:
        known = codelists.words("property")
        for one in (*self.report.all("Item"), *self.report.all("Substance")):
            thing = self.lead.property.add(
                code=one.take("ItemCategoryNIBRSPropertyCategoryCode"),
                status=one.take("ItemStatus/ItemStatusCode"),
                quantity=one.take("ItemQuantity", "SubstanceQuantityMeasure/MeasureDecimalValue"),
                date=one.take("ItemValue/ItemValueDate/Date", "ItemValue/ItemValueDate/DateTime"),
            )
            thing.description = known.get(thing.code, "")
            if amount := one.take("ItemValue/ItemValueAmount/Amount"):
                thing.value.value, thing.value.currency = amount, "USD"
                if thing.status in _LOST:
                    self.lead.amounts.add(value=amount, currency="USD")

    def words(self) -> None:
        said = self.lead.report
        self.lead.title = " ".join(filter(None, (said.sort or "NIBRS", said.number)))
        self.lead.summary = "；".join(
            " ".join(filter(None, (one.code, one.description, "(attempted)" if one.attempted else "")))
            for one in self.lead.offences
        )
        self.lead.place = "；".join(dict.fromkeys(one.place for one in self.lead.offences if one.place))

    def facts(self) -> kinds_pb2.Lead:
        offenders = {
            number.text
            for one in self.report.all("Subject")
            if (number := one.first("SubjectSequenceNumberText")) and number.text.strip("0")
        }
        facts = kinds_pb2.Lead(
            source=codes_pb2.LEAD_SOURCE_REPORT,
            participants=values.participant_band(len(offenders) or None),
            # The bands are in yuan, and nothing here knows a rate.
            amount=codes_pb2.AMOUNT_BAND_UNKNOWN,
        )
        if self.lead.amounts:
            self.notes.append(Note.of("adapter-amount-currency"))
        sent = self.top.first("MessageMetadata/MessageDateTime")
        if day := _day(sent.text if sent else ""):
            facts.received_on = day.isoformat()
            if day > self.now.date() + timedelta(days=1):
                self.notes.append(Note.of("adapter-future-date", sent.path if sent else ""))
        else:
            self.notes.append(Note.of("adapter-no-date"))
        return facts

    def common(self) -> header_pb2.CommonFacts:
        found: list[codes_pb2.Offence.ValueType] = []
        for one in self.lead.offences:
            meaning = codelists.meaning(one.code)
            if meaning.offence == codes_pb2.OFFENCE_NONE_KNOWN:
                self.notes.append(Note.of("police-offence-unmapped", offence=one.code))
            elif meaning.offence not in found:
                found.append(meaning.offence)
            if meaning.look:
                self.notes.append(Note.of("police-offence-near", offence=one.code))
        places = [
            one.place == codelists.words("place")[codelists.CYBERSPACE] for one in self.lead.offences if one.place
        ]
        form = codes_pb2.FORM_UNSPECIFIED
        if any(places):
            form = codes_pb2.FORM_ONLINE if all(places) else codes_pb2.FORM_MIXED
        offences = found[:_MAX_OFFENCES] or [codes_pb2.OFFENCE_NONE_KNOWN]
        return header_pb2.CommonFacts(offences=offences, form=form, minors_involved=self.minors)


def _all(node: Node) -> Iterator[Node]:
    rest = [node]
    while rest:
        one = rest.pop()
        yield one
        rest.extend(one.children)


def _true(text: str) -> bool:
    return text in ("true", "1")


def _day(text: str) -> date | None:
    if not _DAY.fullmatch(text[:10]):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
