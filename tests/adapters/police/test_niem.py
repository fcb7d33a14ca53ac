"""NIEM messages of any sort, both ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters import police
from adapters.draft import Conversion
from adapters.police import xmlrecord
from hutong.v1 import body_pb2, codes_pb2

from .conftest import leaves

Convert = Callable[[str, bytes], Conversion]

T = codes_pb2
OTHER = """<?xml version="1.0" encoding="utf-8"?>
<m:FraudReport xmlns:m="urn:example:fraud" xmlns:c="http://release.niem.gov/niem/niem-core/5.0/"
  xmlns:s="http://release.niem.gov/niem/structures/5.0/" xmlns:jj="http://release.niem.gov/niem/domains/jxdm/7.0/">
  <c:DocumentIdentification><c:IdentificationID>FR-7</c:IdentificationID></c:DocumentIdentification>
  <c:Incident>
    <c:ActivityDate><c:DateTime>2026-01-09T08:00:00+08:00</c:DateTime></c:ActivityDate>
    <c:ActivityNarrativeText>以“消费返利”为名发展下线</c:ActivityNarrativeText>
    <c:IncidentLocation>
      <c:Address><c:AddressFullText>无锡市梁溪区 1 号</c:AddressFullText></c:Address>
    </c:IncidentLocation>
  </c:Incident>
  <jj:Subject><c:RoleOfPerson s:ref="p1"/></jj:Subject>
  <c:Person s:id="p1">
    <c:PersonBirthDate><c:Date>1990-02-03</c:Date></c:PersonBirthDate>
    <c:PersonName><c:PersonGivenName>三</c:PersonGivenName><c:PersonSurName>张</c:PersonSurName></c:PersonName>
    <c:PersonNationalIdentification>
      <c:IdentificationID>11010519491231002x</c:IdentificationID>
    </c:PersonNationalIdentification>
    <c:PassportIdentification><c:IdentificationID>E12345678</c:IdentificationID></c:PassportIdentification>
    <c:ContactInformation>
      <c:ContactEmailID>a@example.cn</c:ContactEmailID>
      <c:ContactTelephoneNumber><c:FullTelephoneNumber>
        <c:TelephoneNumberFullID>13800138000</c:TelephoneNumberFullID>
      </c:FullTelephoneNumber></c:ContactTelephoneNumber>
    </c:ContactInformation>
  </c:Person>
  <jj:Victim><c:PersonName><c:PersonFullName>Ann Lee</c:PersonFullName></c:PersonName>
    <c:PersonAdultIndicator>false</c:PersonAdultIndicator></jj:Victim>
  <c:Organization><c:OrganizationName>某某商贸有限公司</c:OrganizationName></c:Organization>
  <c:Vehicle><c:ConveyanceRegistrationPlateIdentification>
    <c:IdentificationID>苏B12345</c:IdentificationID></c:ConveyanceRegistrationPlateIdentification></c:Vehicle>
  <m:Unheard c:note="x">kept</m:Unheard>
</m:FraudReport>
""".encode()


@pytest.fixture
def crash(samples: Path) -> bytes:
    return (samples / "police" / "iep1.xml").read_bytes()


def identifiers(subject: body_pb2.Subject) -> set[tuple[int, str]]:
    return {(one.type, one.value) for one in subject.identifiers}


def canonical(data: bytes) -> str:
    return etree.canonicalize(data.decode(), strip_text=True)


def test_the_sample(crash: bytes, convert: Convert) -> None:
    (draft,) = convert("police", crash).drafts
    lead = draft.body.lead
    assert draft.kind == "lead" and lead.report.sort == "CrashDriverInfo"
    (subject,) = lead.subjects
    assert identifiers(subject) == {
        (T.IDENTIFIER_TYPE_PERSON_NAME, "Peter Death Bredon Wimsey"),
        (T.IDENTIFIER_TYPE_OTHER, "A1234567"),
    }
    assert "1890-05-04" in subject.remark
    assert (lead.occurred_on, lead.place, lead.narrative) == ("1907-05-04", "51.87, -1.28", "Broken Arm")
    assert [one.description for one in lead.offences] == ["Furious Driving"]
    assert draft.common.offences == [T.OFFENCE_NONE_KNOWN] and not draft.common.minors_involved
    assert "adapter-version-unknown" not in [one.code for one in draft.notes]


def test_a_message_nobody_has_seen(convert: Convert) -> None:
    (draft,) = convert("police", OTHER).drafts
    lead = draft.body.lead
    assert draft.source_record == "FR-7" and draft.common.minors_involved
    assert "adapter-version-unknown" in [one.code for one in draft.notes]
    person, victim, company = lead.subjects
    assert identifiers(person) == {
        (T.IDENTIFIER_TYPE_PERSON_NAME, "张三"),
        (T.IDENTIFIER_TYPE_RESIDENT_ID, "11010519491231002X"),
        (T.IDENTIFIER_TYPE_PASSPORT, "E12345678"),
        (T.IDENTIFIER_TYPE_EMAIL, "a@example.cn"),
        (T.IDENTIFIER_TYPE_PHONE, "13800138000"),
    }
    assert identifiers(victim) == {(T.IDENTIFIER_TYPE_PERSON_NAME, "Ann Lee")}
    assert victim.role == T.SUBJECT_ROLE_VICTIM
    assert company.organisation and identifiers(company) == {(T.IDENTIFIER_TYPE_COMPANY, "某某商贸有限公司")}
    assert [(one.type, one.value) for one in lead.indicators] == [(T.IDENTIFIER_TYPE_VEHICLE_PLATE, "苏B12345")]
    assert lead.place == "无锡市梁溪区 1 号" and lead.occurred_on == "2026-01-09T08:00:00+08:00"
    assert lead.narrative == "以“消费返利”为名发展下线"
    assert ("/FraudReport/Unheard", "kept") in [(one.path, one.value) for one in draft.body.extras]
    counted = {one.type: one.count for one in draft.facts.identifiers}
    assert counted[T.IDENTIFIER_TYPE_PERSON_NAME] == 2 and counted[T.IDENTIFIER_TYPE_VEHICLE_PLATE] == 1


@pytest.mark.parametrize("which", ["sample", "other"])
def test_there_and_back(which: str, crash: bytes, convert: Convert, statement: Any) -> None:
    data = crash if which == "sample" else OTHER
    (draft,) = convert("police", data).drafts
    (back,) = police.render(statement(draft))
    assert canonical(back.data) == canonical(data)


@pytest.mark.parametrize("which", ["sample", "other"])
def test_there_and_back_by_path(which: str, crash: bytes, convert: Convert, statement: Any) -> None:
    """Without the record itself, from its list of paths."""
    data = crash if which == "sample" else OTHER
    (draft,) = convert("police", data).drafts
    made = statement(draft, native=False)
    del made.body.extras[:]
    made.body.extras.extend(
        body_pb2.Extra(path=path, value=value) for path, value in xmlrecord.flatten(etree.XML(data))
    )
    (back,) = police.render(made)
    assert canonical(back.data) == canonical(data)
    assert leaves(back.data) == leaves(data)


def test_what_somebody_changed_is_not_undone(crash: bytes, convert: Convert, statement: Any) -> None:
    (draft,) = convert("police", crash).drafts
    made = statement(draft)
    made.body.lead.subjects[0].identifiers[0].value = "Somebody Else"
    submission, bundle = police.render(made)
    assert "Somebody Else" in bundle.data.decode() and b"Submission" in submission.data


def test_the_schema_that_is_carried_is_strict(crash: bytes, convert: Convert) -> None:
    (letter,) = convert("police", crash.replace(b"<nc:Date>1907-05-04<", b"<nc:Date>yesterday<")).dead_letters
    assert letter.code == "HT-XML-04" and letter.where == "/CrashDriverInfo/Crash/ActivityDate/Date"
    conversion = convert(
        "police", crash.replace(b"<j:Charge ", b"<j:Mistake ").replace(b"</j:Charge>", b"</j:Mistake>")
    )
    assert not conversion.drafts and [one.code for one in conversion.dead_letters] == ["HT-XML-04"]


def test_a_message_that_says_nothing(convert: Convert) -> None:
    data = b'<a xmlns:nc="http://release.niem.gov/niem/niem-core/5.0/"><nc:Thing>1</nc:Thing></a>'
    assert [one.code for one in convert("police", data).dead_letters] == ["HT-ADP-19"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "HT-XML-02"),
        (OTHER[:900], "HT-XML-01"),
        (OTHER.replace("张".encode(), b"\xff"), "HT-XML-01"),
        (b'<?xml version="1.0" encoding="gb18030"?><a>x</a>', "HT-ADP-11"),
        (b"<a>" * 200 + b"</a>" * 200, "HT-XML-03"),
    ],
)
def test_what_xml_can_do(data: bytes, code: str, convert: Convert) -> None:
    conversion = convert("police", data)
    assert not conversion.drafts and [one.code for one in conversion.dead_letters] == [code]


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "utf-8-sig"])
def test_encodings(encoding: str, convert: Convert) -> None:
    text = OTHER.decode().replace('encoding="utf-8"', f'encoding="{encoding.removesuffix("-sig")}"')
    (draft,) = convert("police", text.encode(encoding)).drafts
    assert draft.body.lead.subjects[0].identifiers[0].value == "张三"
