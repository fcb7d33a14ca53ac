"""Ed-Fi bulk XML (Ed-Fi Data Standard): interchanges of students, discipline, organisations and calendars → drafts.

Students and discipline are about persons: of these the minimum leaves (minimum.py). Organisations and calendars name
none, so that there the ordinary rule holds: the whole record travels along.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import as_file, files

from lxml import etree

from adapters import strict_xml
from adapters.draft import MAX_NATIVE_BYTES, DeadLetter, Draft, Note, enclose
from adapters.education import drafts, minimum
from adapters.market import values
from adapters.strict_xml import Node
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

SPACE = "http://ed-fi.org/"
VERSION = "5.2.0"
"""The version whose schemas lie in schemas/."""
NATIVE_FORMAT = "application/xml; format=ed-fi"

_T = codes_pb2
_MARKUP = re.compile(r"\{[^}]*\}")
_VALIDATING = threading.Lock()
_ORGANISATIONS = {
    "School": "SchoolId",
    "LocalEducationAgency": "LocalEducationAgencyId",
    "EducationServiceCenter": "EducationServiceCenterId",
    "StateEducationAgency": "StateEducationAgencyId",
    "PostSecondaryInstitution": "PostSecondaryInstitutionId",
    "CommunityOrganization": "CommunityOrganizationId",
    "CommunityProvider": "CommunityProviderId",
    "EducationOrganizationNetwork": "EducationOrganizationNetworkId",
    "OrganizationDepartment": "OrganizationDepartmentId",
}
_ABOVE = {
    "LocalEducationAgencyReference": "LocalEducationAgencyId",
    "ParentLocalEducationAgencyReference": "LocalEducationAgencyId",
    "EducationServiceCenterReference": "EducationServiceCenterId",
    "StateEducationAgencyReference": "StateEducationAgencyId",
}
_ADDRESS = ("NameOfCounty", "City", "StreetNumberName", "BuildingSiteNumber", "ApartmentRoomSuiteNumber", "PostalCode")


@dataclass(frozen=True)
class _Interchange:
    """A document being read. ``name`` is the interchange's, without "Interchange"."""

    name: str
    top: Node
    today: date
    notes: tuple[Note, ...]


def is_interchange(root: etree._Element) -> bool:
    """Whether ``root`` is an interchange of Ed-Fi."""
    return strict_xml.namespace(root).startswith(SPACE) and strict_xml.local(root).startswith("Interchange")


def read(root: etree._Element, today: date) -> Iterator[Draft | DeadLetter]:
    """The drafts of one interchange. HT-XML-04 if the schema of its version refuses it, HT-ADP-27 for an interchange
    that no exchange needs."""
    name = strict_xml.local(root).removeprefix("Interchange")
    schema = load(name) if strict_xml.namespace(root) == SPACE + VERSION else None
    if schema is not None:
        check(name, schema, root)
    said = f"Ed-Fi {name} {strict_xml.namespace(root).removeprefix(SPACE)}"
    notes = () if schema is not None else (Note.of("adapter-version-unknown", schema=said),)
    if name not in _READERS:
        raise HutongError("HT-ADP-27", format=said)
    yield from _READERS[name](_Interchange(name, strict_xml.tree(root), today, notes))


@cache
def load(name: str) -> etree.XMLSchema | None:
    """The schema of an interchange, or None where there is none here."""
    folder = files("adapters.education") / "schemas"
    if not re.fullmatch("[A-Za-z]+", name) or not (folder / f"Interchange-{name}.xsd").is_file():
        return None
    # The schemas include each other by file name.
    with as_file(folder) as path:
        return etree.XMLSchema(file=str(path / f"Interchange-{name}.xsd"))


def check(name: str, schema: etree.XMLSchema, root: etree._Element) -> None:
    """HT-XML-04 if ``schema`` refuses ``root``: where, and which rule, never the value."""
    with _VALIDATING:
        if schema.validate(root):
            return
        error = schema.error_log[0]
    rule = error.type_name.removeprefix("SCHEMAV_")
    if rule == "ELEMENT_CONTENT":
        rule = _MARKUP.sub("", error.message).strip().rstrip(".")
    # The schemas have no namespace prefix in their messages' paths: "/*/*[3]/*".
    raise HutongError(
        "HT-XML-04", schema=f"Ed-Fi {name} {VERSION}", line=error.line, rule=rule, where=error.path or "/"
    )


def _students(document: _Interchange) -> Iterator[Draft | DeadLetter]:
    """Students and where they are enrolled: an answer, in the order of the document."""
    students: dict[str, body_pb2.StudentRecord] = {}
    for node in document.top.all("Student"):
        number = node.take("StudentUniqueId")
        students.setdefault(number, body_pb2.StudentRecord(subject=str(len(students) + 1), matched=True))
    for node in document.top.all("StudentSchoolAssociation"):
        number = node.take("StudentReference/StudentIdentity/StudentUniqueId") or _reference(node, "StudentReference")
        new = body_pb2.StudentRecord(subject=str(len(students) + 1), matched=True)
        student = students.setdefault(number, new)
        left = node.take("ExitWithdrawDate")
        student.school = node.take("SchoolReference/SchoolIdentity/SchoolId") or _reference(node, "SchoolReference")
        student.grade = _word(node.take("EntryGradeLevel"))
        student.enrolment = "left" if left and left <= document.today.isoformat() else "enrolled"
    if not students:
        raise HutongError("HT-ADP-18")
    notes = [*document.notes, Note.of("education-by-position"), *_back(document.top)]
    yield drafts.answer("", list(students.values()), 0, notes)


def _discipline(document: _Interchange) -> Iterator[Draft | DeadLetter]:
    """A warning for each incident, with how many students took part."""
    top = document.top
    heads: Counter[str] = Counter()
    for node in (
        *top.all("StudentDisciplineIncidentBehaviorAssociation"),
        *top.all("StudentDisciplineIncidentNonOffenderAssociation"),
    ):
        identity = "DisciplineIncidentReference/DisciplineIncidentIdentity/IncidentIdentifier"
        heads[node.take(identity) or _reference(node, "DisciplineIncidentReference")] += 1
    incidents = top.all("DisciplineIncident")
    if not incidents:
        raise HutongError("HT-ADP-18")
    made = [_incident(node, heads, document) for node in incidents]
    back = _back(top)
    for facts, lead, number in made:
        common = header_pb2.CommonFacts(offences=[_T.OFFENCE_NONE_KNOWN], minors_involved=True)
        yield drafts.draft("lead", facts, body_pb2.Body(lead=lead), number, [*document.notes, *back], common=common)


def _incident(node: Node, heads: Counter[str], document: _Interchange) -> tuple[kinds_pb2.Lead, body_pb2.LeadBody, str]:
    number = node.take("IncidentIdentifier")
    school = node.take("SchoolReference/SchoolIdentity/SchoolId") or _reference(node, "SchoolReference")
    behaviours = [_word(one.take("Behavior")) for one in node.all("Behavior")]
    told = [one.take("BehaviorDetailedDescription") for one in node.all("Behavior")]
    named = body_pb2.Identifier(type=_T.IDENTIFIER_TYPE_SCHOOL, value=school)
    lead = body_pb2.LeadBody(
        title=f"校园预警：{school}",
        summary=", ".join(filter(None, behaviours)),
        narrative="\n".join(filter(None, (node.take("IncidentDescription"), *told))),
        subjects=[body_pb2.Subject(role=_T.SUBJECT_ROLE_UNKNOWN, organisation=True, identifiers=[named])],
        occurred_on=node.take("IncidentDate"),
        place=_word(node.take("IncidentLocation")),
    )
    count = heads[number] or heads[node.attributes.get("id", "")]
    node.take_attribute("id")
    facts = kinds_pb2.Lead(
        source=_T.LEAD_SOURCE_REPORT,
        received_on=document.today.isoformat(),
        participants=values.participant_band(count or None),
        amount=_T.AMOUNT_BAND_UNKNOWN,
    )
    facts.identifiers.add(type=_T.IDENTIFIER_TYPE_SCHOOL, count=1)
    return facts, lead, number


def _organisations(document: _Interchange) -> Iterator[Draft | DeadLetter]:
    """Schools and those above them as registrations."""
    found = [_organisation(node) for node in document.top.children if node.name in _ORGANISATIONS]
    if not found:
        raise HutongError("HT-ADP-18")
    reply = body_pb2.InquiryReplyBody(registrations=found)
    yield _whole(document, reply, len(found))


def _organisation(node: Node) -> body_pb2.Registration:
    levels = [one.take_text() for one in (*node.all("GradeLevel"), *node.all("LocalEducationAgencyCategory"))]
    address = next(iter(node.all("Address")), strict_xml.nothing(node))
    said = body_pb2.Registration(
        name=node.take("NameOfInstitution"),
        code=node.take(_ORGANISATIONS[node.name]),
        type=node.name,
        status=_word(node.take("OperationalStatus")),
        address=" ".join(filter(None, (address.take(name) for name in _ADDRESS))),
        scope="; ".join(levels),
        phones=[number for one in node.all("InstitutionTelephone") if (number := one.take("TelephoneNumber"))],
    )
    for name, key in _ABOVE.items():
        for one in node.all(name):
            identity = name.removeprefix("Parent").removesuffix("Reference") + "Identity"
            if code := one.take(f"{identity}/{key}") or one.attributes.get("ref", ""):
                said.affiliates.add(relation=body_pb2.Affiliate.RELATION_HEAD_OFFICE, code=code)
    return said


def _calendar(document: _Interchange) -> Iterator[Draft | DeadLetter]:
    """Terms and holidays, in words for people; the record itself travels along."""
    terms = [
        " ".join(filter(None, (one.take("SessionName"), one.take("BeginDate"), "–", one.take("EndDate"))))
        for one in document.top.all("Session")
    ]
    days = len(document.top.all("CalendarDate"))
    remark = "\n".join([*dict.fromkeys(terms), *([f"CalendarDate {days}"] if days else [])])
    yield _whole(document, body_pb2.InquiryReplyBody(remark=remark or document.name), 1)


def _whole(document: _Interchange, reply: body_pb2.InquiryReplyBody, count: int) -> Draft:
    """An answer about institutions, its native record enclosed, or all of it by path where that is too large."""
    native = etree.tostring(document.top.element, encoding="utf-8", xml_declaration=True)
    body = body_pb2.Body(inquiry_reply=reply)
    notes = list(document.notes)
    counts = Counter(re.sub(r"\[\d+\]", "", path) for path, _ in document.top.left())
    notes += [Note.of("adapter-kept", path, count=number) for path, number in counts.items()]
    if len(native) > MAX_NATIVE_BYTES:
        body.extras.extend(body_pb2.Extra(path=path, value=value) for path, value in document.top.left())
        notes.append(Note.of("adapter-native-left-out"))
    facts = kinds_pb2.InquiryReply(extent=_T.REPLY_EXTENT_FULL, asked=count, answered=count)
    made = drafts.draft("inquiry_reply", facts, body, "", notes)
    enclose(made.body, native, NATIVE_FORMAT)
    return made


def _back(top: Node) -> list[Note]:
    """What of the document does not leave, by the names of its elements. Where schemas and references point is none of
    it."""
    paths = (re.sub(r"\[\d+\]", "", path) for path, _ in top.left())
    return minimum.kept_back(path.partition("/")[2].partition("/")[2] for path in paths if "/@" not in path)


def _reference(node: Node, name: str) -> str:
    """What a reference by id within the document points to."""
    found = node.first(name)
    return found.take_attribute("ref") if found else ""


def _word(descriptor: str) -> str:
    """ "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade" → "Ninth grade"."""
    return descriptor.rpartition("#")[2]


_READERS: dict[str, Callable[[_Interchange], Iterator[Draft | DeadLetter]]] = {
    "Student": _students,
    "StudentEnrollment": _students,
    "StudentDiscipline": _discipline,
    "EducationOrganization": _organisations,
    "EducationOrgCalendar": _calendar,
}


def discipline(lead: body_pb2.LeadBody, number: str) -> bytes:
    """A campus warning as InterchangeStudentDiscipline. HT-ADP-30 without the school's number or a date, HT-ADP-31 for
    words longer than the standard takes, HT-ADP-33 if the schema refuses the outcome."""
    name = "StudentDiscipline"
    schools = [
        one.value for subject in lead.subjects for one in subject.identifiers if one.type == _T.IDENTIFIER_TYPE_SCHOOL
    ]
    school = next((code for code in schools if code.isascii() and code.isdigit()), "")
    for field, value in (("SchoolId", school), ("IncidentDate", lead.occurred_on), ("IncidentIdentifier", number)):
        if not value:
            raise HutongError("HT-ADP-30", format=f"Ed-Fi {name}", field=field)
    root = _document(name)
    incident = _put(root, "DisciplineIncident")
    _put(incident, "IncidentIdentifier", number)
    _put(incident, "IncidentDate", lead.occurred_on[:10])
    if lead.place:
        _put(incident, "IncidentLocation", _descriptor("IncidentLocation", lead.place))
    if lead.narrative:
        if len(lead.narrative) > _MAX_DESCRIPTION:
            raise HutongError("HT-ADP-31", format=f"Ed-Fi {name}", field="IncidentDescription", limit=_MAX_DESCRIPTION)
        _put(incident, "IncidentDescription", lead.narrative)
    for behaviour in filter(None, lead.summary.split(", ")):
        _put(_put(incident, "Behavior"), "Behavior", _descriptor("Behavior", behaviour))
    _put(_put(_put(incident, "SchoolReference"), "SchoolIdentity"), "SchoolId", school)
    return _finished(name, root)


def organisations(found: Sequence[body_pb2.Registration]) -> bytes:
    """Registrations as InterchangeEducationOrganization. HT-ADP-30 for one of a sort that cannot be written or without
    number and name, HT-ADP-33 if the schema refuses the outcome."""
    name = "EducationOrganization"
    root = _document(name)
    for one in found:
        if one.type not in _WRITTEN or not one.name or not one.code:
            raise HutongError("HT-ADP-30", format=f"Ed-Fi {name}", field="type / name / code")
        node = _put(root, one.type)
        _put(node, "NameOfInstitution", one.name)
        _put(node, "EducationOrganizationCategory", _descriptor("EducationOrganizationCategory", _WRITTEN[one.type]))
        for number in one.phones:
            phone = _put(node, "InstitutionTelephone")
            _put(phone, "TelephoneNumber", number)
            kind = _descriptor("InstitutionTelephoneNumberType", "Main")
            _put(phone, "InstitutionTelephoneNumberType", kind)
        if one.status:
            _put(node, "OperationalStatus", _descriptor("OperationalStatus", one.status))
        _put(node, _ORGANISATIONS[one.type], one.code)
        inner = {"School": "GradeLevel", "LocalEducationAgency": "LocalEducationAgencyCategory"}.get(one.type)
        for level in filter(None, one.scope.split("; ")) if inner else ():
            _put(node, str(inner), level if "#" in level else _descriptor(str(inner), level))
    return _finished(name, root)


_MAX_DESCRIPTION = 1024
_WRITTEN = {
    "School": "School",
    "LocalEducationAgency": "Local Education Agency",
    "EducationServiceCenter": "Education Service Center",
    "StateEducationAgency": "State Education Agency",
    "PostSecondaryInstitution": "Post Secondary Institution",
    "CommunityOrganization": "Community Organization",
    "OrganizationDepartment": "Organization Department",
}


def _document(name: str) -> etree._Element:
    return etree.Element(f"{{{SPACE}{VERSION}}}Interchange{name}", nsmap={None: SPACE + VERSION})


def _put(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    element = etree.SubElement(parent, f"{{{SPACE}{VERSION}}}{name}")
    if text:
        try:
            element.text = text
        except ValueError as error:
            raise HutongError("HT-ADP-32", field=name) from error
    return element


def _descriptor(name: str, value: str) -> str:
    return f"uri://ed-fi.org/{name}Descriptor#{value}"


def _finished(name: str, root: etree._Element) -> bytes:
    data = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    schema = load(name)
    try:
        if schema is not None:
            check(name, schema, etree.fromstring(data))
    except HutongError as error:
        said = error.params
        raise HutongError("HT-ADP-33", schema=said["schema"], where=said["where"], rule=said["rule"]) from error
    return data
