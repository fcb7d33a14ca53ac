"""A Lead, or a Supplement with the content of one → a NIBRS submission (2019) that the carried schema accepts.

NIBRS has no names and no words: it says what, when, where in kind, and how many. Nothing is said here that the
statement does not say: codes that NIBRS would like to have and the statement has not are left out.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime

from lxml import etree

from adapters.contract import NativeFile, OpenedStatement
from adapters.police import codelists, nibrs, schemas
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2

MESSAGE = "NIBRS 2019"
MEDIA_TYPE = "application/xml"

_SPACES = {
    "nibrs": schemas.NIBRS,
    "cjis": "http://fbi.gov/cjis/2.0",
    "j": "http://release.niem.gov/niem/domains/jxdm/5.2/",
    "nc": "http://release.niem.gov/niem/niem-core/3.0/",
    "s": "http://release.niem.gov/niem/structures/3.0/",
}
_INCIDENT, _ARREST = "GROUP A INCIDENT REPORT", "GROUP B ARREST REPORT"
_NUMBERED = {
    "Victim": "j:VictimSequenceNumberText",
    "Subject": "j:SubjectSequenceNumberText",
    "Arrestee": "j:ArrestSequenceID",
}
_MONEY, _STOLEN = "20", "STOLEN"
_NUMBER = re.compile(r"[A-Za-z0-9-]{1,12}")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)?")
_DECIMAL = re.compile(r"\d{1,18}(?:\.\d{1,6})?")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(statement: OpenedStatement) -> NativeFile:
    """One submission. HT-ADP-32 for characters that XML does not have, HT-ADP-33 if the schema refuses the outcome."""
    root = _Writing(statement).submission()
    return NativeFile(f"{statement.header.message_id.hex()}.nibrs.xml", MEDIA_TYPE, schemas.checked(root, MESSAGE))


class _Writing:
    """One submission being written."""

    def __init__(self, statement: OpenedStatement) -> None:
        self.header, self.body, self.lead = statement.header, statement.body, statement.body.lead
        self.kind = str(statement.header.WhichOneof("kind"))
        self.issued = datetime.fromtimestamp(self.header.issued_at / 1000, UTC)
        self.said = self.lead.report
        self.arrest = self.said.sort == _ARREST
        self.agency = self.said.agency or self.header.sender.agency
        self.number = self.said.number or _number(self.body.source_record, self.header.message_id)

    def submission(self) -> etree._Element:
        root = etree.Element(_tag("nibrs:Submission"), nsmap=_SPACES)
        message = _in(root, "cjis:MessageMetadata")
        _text(message, "cjis:MessageDateTime", self.issued.strftime("%Y-%m-%dT%H:%M:%S"))
        _text(_in(message, "cjis:MessageIdentification"), "nc:IdentificationID", self.header.message_id.hex())
        _text(message, "cjis:MessageImplementationVersion", "2019")
        self.organisation(_in(message, "cjis:MessageSubmittingOrganization"))
        report = _in(root, "nibrs:Report")
        self.heading(_in(report, "nibrs:ReportHeader"))
        if self.action() == nibrs.DELETE:
            self.event(_in(report, "j:Arrest" if self.arrest else "nc:Incident"))
        elif self.arrest:
            self.arrested(report)
        else:
            self.incident(report)
        return root

    def organisation(self, parent: etree._Element) -> None:
        said = _in(_in(parent, "j:OrganizationAugmentation"), "j:OrganizationORIIdentification")
        _text(said, "nc:IdentificationID", self.agency)

    def action(self) -> str:
        """What the service is to do: a lead adds, a supplement replaces unless it says that it withdraws."""
        if self.kind == "supplement":
            return nibrs.DELETE if self.said.action == nibrs.DELETE else nibrs.REPLACE
        return "A" if self.arrest else "I"

    def heading(self, parent: etree._Element) -> None:
        _text(parent, "nibrs:NIBRSReportCategoryCode", _ARREST if self.arrest else _INCIDENT)
        _text(parent, "nibrs:ReportActionCategoryCode", self.action())
        period = self.said.period if _month(self.said.period) else self.issued.strftime("%Y-%m")
        _text(_in(parent, "nibrs:ReportDate"), "nc:YearMonthDate", period)
        self.organisation(_in(parent, "nibrs:ReportingAgency"))

    def incident(self, report: etree._Element) -> None:
        """Everything in the schema's order: things first, then people, then what joins them."""
        self.event(_in(report, "nc:Incident"))
        offences, victims, others = self.offences(), self.people(codes_pb2.SUBJECT_ROLE_VICTIM), self.people()
        for at, said in enumerate(offences, 1):
            offence = _in(report, "j:Offense", f"Offense{at}")
            _text(offence, "nibrs:OffenseUCRCode", said.code)
            _text(offence, "j:OffenseAttemptedIndicator", "true" if said.attempted else "false")
        for at, said in enumerate(offences, 1):
            place = _in(report, "nc:Location", f"Location{at}")
            _text(place, "nibrs:LocationCategoryCode", self.place(said.place))
        self.things(report)
        self.persons(report, "Victim", len(victims))
        self.persons(report, "Subject", len(others))
        for at, who in enumerate(victims, 1):
            victim = self.role(report, "Victim", at)
            _text(victim, "j:VictimCategoryCode", "U" if who.organisation else "I")
        for at in range(1, len(others) + 1):
            self.role(report, "Subject", at)
        for at in range(1, len(offences) + 1):
            _pair(
                report, "j:OffenseLocationAssociation", ("j:Offense", f"Offense{at}"), ("nc:Location", f"Location{at}")
            )
        for at in range(1, len(offences) + 1):
            for number in range(1, len(victims) + 1):
                both = ("j:Offense", f"Offense{at}"), ("j:Victim", f"Victim{number}")
                _pair(report, "j:OffenseVictimAssociation", *both)

    def persons(self, report: etree._Element, role: str, count: int) -> None:
        for at in range(1, count + 1):
            _in(report, "nc:Person", f"Person{role}{at}")

    def role(self, report: etree._Element, role: str, at: int) -> etree._Element:
        made = _in(report, f"j:{role}", f"{role}{at}")
        _refer(made, "nc:RoleOfPerson", f"Person{role}{at}")
        _text(made, _NUMBERED[role], str(at))
        return made

    def arrested(self, report: etree._Element) -> None:
        count = max(1, len(self.people()))
        self.persons(report, "Arrestee", count)
        for at in range(1, count + 1):
            self.role(report, "Arrestee", at)
        arrest = _in(report, "j:Arrest", "Arrest1")
        self.event(arrest)
        _text(_in(arrest, "j:ArrestCharge"), "nibrs:ChargeUCRCode", self.offences()[0].code)
        for at in range(1, count + 1):
            both = ("nc:Activity", "Arrest1"), ("j:Subject", f"Arrestee{at}")
            _pair(report, "j:ArrestSubjectAssociation", *both)

    def event(self, parent: etree._Element) -> None:
        """Number and date. Where nobody knows when it happened, the day of the report stands, and is said to."""
        _text(_in(parent, "nc:ActivityIdentification"), "nc:IdentificationID", self.number)
        occurred = self.lead.occurred_on.strip()
        known = _date(occurred)
        when = _in(parent, "nc:ActivityDate")
        if known and _DATE_TIME.fullmatch(occurred) and _instant(occurred):
            _text(when, "nc:DateTime", occurred)
        else:
            day = known or _date(self.header.lead.received_on) or self.issued.date()
            _text(when, "nc:Date", day.isoformat())
        if not self.arrest:
            stated = _in(parent, "cjis:IncidentAugmentation")
            _text(stated, "cjis:IncidentReportDateIndicator", "false" if known else "true")

    def offences(self) -> list[body_pb2.ReportedOffence]:
        """What the source called them in NIBRS itself; failing that, what the header says."""
        listed = codelists.words("offence")
        named = [one for one in self.lead.offences if one.code_list == codelists.CODE_LIST and one.code in listed]
        if named:
            return named
        codes = dict.fromkeys(codelists.nibrs_code(one) for one in self.header.facts.offences)
        return [body_pb2.ReportedOffence(code=code) for code in codes or ("90Z",)]

    def place(self, word: str) -> str:
        online = codelists.CYBERSPACE if self.header.facts.form == codes_pb2.FORM_ONLINE else ""
        return codelists.code("place", word) or online or "25"

    def things(self, report: etree._Element) -> None:
        for thing in self.lead.property or self.losses():
            one = _in(report, "nc:Item")
            status = thing.status if thing.status in codelists.words("status") else "UNKNOWN"
            _text(_in(one, "nc:ItemStatus"), "cjis:ItemStatusCode", status)
            worth = thing.value.currency == "USD" and _DECIMAL.fullmatch(thing.value.value)
            if worth:
                value = _in(one, "nc:ItemValue")
                _text(_in(value, "nc:ItemValueAmount"), "nc:Amount", thing.value.value)
                if day := _date(thing.date):
                    _text(_in(value, "nc:ItemValueDate"), "nc:Date", day.isoformat())
            category = thing.code if thing.code in codelists.words("property") else "77"
            _text(one, "j:ItemCategoryNIBRSPropertyCategoryCode", category)
            _text(one, "nc:ItemQuantity", thing.quantity if _DECIMAL.fullmatch(thing.quantity) else "")

    def losses(self) -> list[body_pb2.PropertyItem]:
        """Amounts in dollars as money lost; NIBRS knows no other currency."""
        return [
            body_pb2.PropertyItem(code=_MONEY, status=_STOLEN, value=amount)
            for amount in self.lead.amounts
            if amount.currency == "USD"
        ]

    def people(self, role: codes_pb2.SubjectRole.ValueType | None = None) -> list[body_pb2.Subject]:
        victim = codes_pb2.SUBJECT_ROLE_VICTIM
        return [one for one in self.lead.subjects if (one.role == victim) == (role == victim)]


def _number(record: str, message_id: bytes) -> str:
    """The source's number where NIBRS could take it (12 letters and digits), else the message id in base 32."""
    return record if _NUMBER.fullmatch(record) else base64.b32encode(message_id).decode()[-18:-6]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).year > 0
    except ValueError:
        return False


def _month(text: str) -> bool:
    return _date(f"{text}-01") is not None and len(text) == 7


def _tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"


def _in(parent: etree._Element, name: str, key: str = "") -> etree._Element:
    made = etree.SubElement(parent, _tag(name))
    if key:
        made.set(_tag("s:id"), key)
    return made


def _pair(report: etree._Element, name: str, *ends: tuple[str, str]) -> None:
    made = _in(report, name)
    for end, key in ends:
        _refer(made, end, key)


def _refer(parent: etree._Element, name: str, key: str) -> None:
    etree.SubElement(parent, _tag(name)).set(_tag("s:ref"), key)


def _text(parent: etree._Element, name: str, value: str) -> None:
    """An element with ``value``; none at all for an empty one."""
    value = value.strip()
    if not value:
        return
    if _NOT_XML.search(value):
        raise HutongError("HT-ADP-32", field=name)
    _in(parent, name).text = value
