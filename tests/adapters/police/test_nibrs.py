"""NIBRS submissions and answers, both ways.

What is written is judged by the schema, read by another implementation (xmlschema) than the one that writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters import police
from adapters.draft import MAX_NATIVE_BYTES, Conversion
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

from .conftest import leaves

Convert = Callable[[str, bytes], Conversion]

FOLDER = Path(__file__).parents[3] / "adapters" / "police" / "schemas" / "nibrs"
NIBRS = xmlschema.XMLSchema(FOLDER / "nibrs" / "2019" / "nibrs.xsd")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30).filter(
    lambda text: not any(ord(letter) in (0xFFFE, 0xFFFF) for letter in text)
)
GROUP_A, GROUP_B = "nibrs_GroupAIncident_Sample.xml", "nibrs_GroupBArrest_Sample.xml"


@pytest.fixture
def incident(samples: Path) -> bytes:
    return (samples / "police" / GROUP_A).read_bytes()


@pytest.fixture
def arrest(samples: Path) -> bytes:
    return (samples / "police" / GROUP_B).read_bytes()


def coded(data: bytes, code: str) -> bytes:
    return data.replace(b"<nibrs:OffenseUCRCode>13A<", f"<nibrs:OffenseUCRCode>{code}<".encode())


def test_an_incident_becomes_a_lead(incident: bytes, convert: Convert) -> None:
    (draft,) = convert("police", incident).drafts
    lead = draft.body.lead
    assert draft.kind == "lead" and draft.source_record == "WVNDX0100/000054236732"
    assert draft.facts.received_on == "2017-03-23" and draft.facts.source == codes_pb2.LEAD_SOURCE_REPORT
    assert draft.facts.participants == codes_pb2.PARTICIPANT_BAND_UNDER_30
    assert draft.common.form == codes_pb2.FORM_ONLINE, "location 58 is cyberspace"
    assert draft.common.minors_involved, "the second victim is a baby"
    assert draft.handling == codes_pb2.HANDLING_WORK_SECRET
    assert lead.occurred_on == "2016-02-19T10:00:00" and lead.place == "Cyberspace"
    assert [(one.code, one.description, one.attempted) for one in lead.offences] == [
        ("13A", "Aggravated Assault", False)
    ]
    assert [one.status for one in lead.property] == [
        "NONE",
        "BURNED",
        "COUNTERFEITED",
        "DESTROYED_DAMAGED_VANDALIZED",
        "RECOVERED",
        "SEIZED",
    ]
    assert [(one.value, one.currency) for one in lead.amounts] == [("12000", "USD")] * 3
    assert [one.role for one in lead.subjects] == [
        codes_pb2.SUBJECT_ROLE_VICTIM,
        codes_pb2.SUBJECT_ROLE_VICTIM,
        codes_pb2.SUBJECT_ROLE_UNKNOWN,
    ]
    assert "32" in lead.subjects[0].remark and "25–30" in lead.subjects[2].remark


def test_an_arrest_becomes_a_lead(arrest: bytes, convert: Convert) -> None:
    (draft,) = convert("police", arrest).drafts
    assert draft.source_record == "WVNDX0100/12345" and draft.body.lead.occurred_on == "2016-02-28"
    assert [one.code for one in draft.body.lead.offences] == ["90Z"]
    assert draft.common.offences == [codes_pb2.OFFENCE_NONE_KNOWN] and not draft.common.minors_involved


@pytest.mark.parametrize(
    ("code", "offence", "note"),
    [
        ("26A", codes_pb2.OFFENCE_CL_266, ""),
        ("26E", codes_pb2.OFFENCE_CL_266, ""),
        ("26D", codes_pb2.OFFENCE_CL_266, ""),
        ("100", codes_pb2.OFFENCE_CL_238, "police-offence-near"),
        ("26B", codes_pb2.OFFENCE_NONE_KNOWN, "police-offence-unmapped"),
        ("120", codes_pb2.OFFENCE_NONE_KNOWN, "police-offence-unmapped"),
    ],
)
def test_offences_by_law(code: str, offence: int, note: str, incident: bytes, convert: Convert) -> None:
    (draft,) = convert("police", coded(incident, code)).drafts
    assert draft.common.offences == [offence]
    assert [one.code for one in draft.notes if one.code.startswith("police-offence")] == ([note] if note else [])


@pytest.mark.parametrize(
    ("age", "minor"), [("17", True), ("18", False), ("NN", True), ("NEONATAL", True), ("00", True), ("UNKNOWN", False)]
)
def test_minors(age: str, minor: bool, arrest: bytes, convert: Convert) -> None:
    field = "MeasureIntegerValue" if age.isdecimal() else "MeasureValueText"
    data = arrest.replace(
        b"<nc:MeasureIntegerValue>30</nc:MeasureIntegerValue>", f"<nc:{field}>{age}</nc:{field}>".encode()
    )
    (draft,) = convert("police", data).drafts
    assert draft.common.minors_involved is minor


@pytest.mark.parametrize(("action", "note"), [("R", "police-nibrs-replaced"), ("D", "police-nibrs-deleted")])
def test_replacing_and_withdrawing(action: str, note: str, incident: bytes, convert: Convert, statement: Any) -> None:
    data = incident.replace(b"ActionCategoryCode>I<", f"ActionCategoryCode>{action}<".encode())
    (draft,) = convert("police", data).drafts
    assert draft.kind == "supplement" and draft.body.lead.report.action == action
    assert draft.source_record == "WVNDX0100/000054236732", "whoever has the first report finds it by this"
    assert note in [one.code for one in draft.notes]
    (file,) = police.render(statement(draft))
    assert leaves(file.data) == leaves(data)


def test_a_zero_report_says_nothing(samples: Path, convert: Convert) -> None:
    conversion = convert("police", (samples / "police" / "nibrs_ZeroReport_Sample.xml").read_bytes())
    assert not conversion.drafts and [one.code for one in conversion.dead_letters] == ["HT-ADP-230"]


def test_what_the_schema_refuses(samples: Path, incident: bytes, convert: Convert) -> None:
    conversion = convert("police", (samples / "police" / "Flatfile-XML_Test_1.xml").read_bytes())
    (letter,) = conversion.dead_letters
    assert not conversion.drafts and letter.code == "HT-XML-04"
    assert letter.where == "/Submission/Report/Offense/OffenseFactorBiasMotivationCode"
    (letter,) = convert("police", coded(incident, "13Z")).dead_letters
    assert letter.where.endswith("OffenseUCRCode")
    (letter,) = convert("police", incident.replace(b"nibrs:Report>", b"nibrs:Rapport>")).dead_letters
    assert letter.code == "HT-XML-04"


def test_another_version_is_read_leniently(incident: bytes, convert: Convert) -> None:
    data = coded(incident.replace(b"cjis/nibrs/2019", b"cjis/nibrs/2031"), "99X")
    (draft,) = convert("police", data).drafts
    assert "adapter-version-unknown" in [one.code for one in draft.notes]
    assert [(one.code_list, one.code) for one in draft.body.lead.offences] == [("", "99X")]
    empty = b'<n:Submission xmlns:n="http://fbi.gov/cjis/nibrs/2031"/>'
    assert [one.code for one in convert("police", empty).dead_letters] == ["HT-ADP-231"]


def test_prefixes_are_the_authors_choice(incident: bytes, convert: Convert) -> None:
    root = etree.fromstring(incident)
    other = etree.canonicalize(etree.tostring(root).decode(), rewrite_prefixes=True).encode()
    assert b"nibrs:" not in other
    (draft,), (again,) = convert("police", incident).drafts, convert("police", other).drafts
    assert again.body.lead == draft.body.lead and again.facts == draft.facts and again.common == draft.common


def test_several_in_an_envelope(incident: bytes, arrest: bytes, convert: Convert) -> None:
    parts = [one.split(b"?>", 1)[1] for one in (incident, coded(incident, "13Z"), arrest)]
    conversion = convert("police", b"<soap><body>" + b"".join(parts) + b"</body></soap>")
    assert [one.source_record for one in conversion.drafts] == ["WVNDX0100/000054236732", "WVNDX0100/12345"]
    assert [one.code for one in conversion.dead_letters] == ["HT-XML-04"]


@pytest.mark.parametrize("file", [GROUP_A, GROUP_B])
def test_nothing_is_lost_on_the_way(file: str, samples: Path, convert: Convert, statement: Any) -> None:
    data = (samples / "police" / file).read_bytes()
    (draft,) = convert("police", data).drafts
    (back,) = police.render(statement(draft))
    assert leaves(back.data) == leaves(data)
    # Every text of the record is in what officers read, or kept by path.
    said = str(draft.body.lead) + str(draft.body.extras)
    for path, value in leaves(data):
        if value and "schemaLocation" not in path and "ActivityIdentification" not in path:
            assert value.strip() in said or path.rpartition("}")[2].endswith(("Indicator", "Code")), path


def test_nothing_is_lost_of_a_large_record(incident: bytes, convert: Convert, statement: Any) -> None:
    """Too large to travel along: all of it travels by path."""
    item = incident[incident.index(b"<nc:Item>") : incident.index(b"</nc:Item>") + len(b"</nc:Item>")]
    data = incident.replace(item, item * (4 * MAX_NATIVE_BYTES // len(item)), 1)
    (draft,) = convert("police", data).drafts
    assert not draft.body.native and "adapter-native-left-out" in [one.code for one in draft.notes]
    (back,) = police.render(statement(draft))
    assert leaves(back.data) == leaves(data)


def test_what_somebody_changed_is_not_undone(incident: bytes, convert: Convert, statement: Any) -> None:
    (draft,) = convert("police", incident).drafts
    changed = statement(draft)
    changed.body.lead.offences[0].code = "26A"
    submission, bundle = police.render(changed)
    assert NIBRS.is_valid(etree.fromstring(submission.data))
    root = etree.fromstring(submission.data)
    assert [one.text for one in root.iter("{*}OffenseUCRCode")] == ["26A"]
    assert [one.text for one in root.iter("{*}ItemStatusCode")][:2] == ["NONE", "BURNED"]
    assert bundle.name.endswith(".case.jsonld")


@pytest.mark.parametrize(
    ("file", "status", "lines"),
    [("NIBRS-Accepted-Response.xml", "ACCEPTED", 0), ("NIBRS-Error-Response.xml", "ERRORS", 4)],
)
def test_answers(file: str, status: str, lines: int, samples: Path, convert: Convert, statement: Any) -> None:
    data = (samples / "police" / file).read_bytes()
    (draft,) = convert("police", data).drafts
    assert draft.kind == "supplement" and draft.source_record == "2017_12_WVNDX0100_6816_INC"
    assert status in draft.body.note.title and draft.source_record in draft.body.note.title
    assert len(draft.body.note.text.splitlines()) == lines
    (back,) = police.render(statement(draft))
    assert leaves(back.data) == leaves(data)
    (again,) = police.render(statement(draft, native=False))
    assert again.name.endswith(".case.jsonld"), "without the record, the words are said in CASE"


def test_a_warning(samples: Path, convert: Convert) -> None:
    data = (samples / "police" / "NIBRS-Error-Response.xml").read_bytes()
    data = data.replace(b"ERRORS", b"WARNINGS").replace(b"Level>E<", b"Level>W<")
    (draft,) = convert("police", data).drafts
    first = draft.body.note.text.splitlines()[0]
    assert "WARNINGS" in draft.body.note.title
    assert first == "W 932 THE ORI WAS NOT FOUND IN THE REFERENCE DATA. (dataElement 1, badValue WVNDX0100)"
    empty = b'<a:SubmitNibrsNIEMDocumentResponse xmlns:a="http://ws.nibrs.ucr.cjis.fbi.gov/"/>'
    assert [one.code for one in convert("police", empty).dead_letters] == ["HT-ADP-231"]


LEADS = st.builds(
    body_pb2.LeadBody,
    title=WORDS,
    narrative=WORDS,
    place=WORDS | st.just("Cyberspace"),
    occurred_on=WORDS
    | st.dates().map(date.isoformat)
    | st.datetimes(timezones=st.none() | st.timezones()).map(lambda time: time.isoformat()),
    subjects=st.lists(
        st.builds(
            body_pb2.Subject,
            role=st.sampled_from(codes_pb2.SubjectRole.values()),
            organisation=st.booleans(),
            identifiers=st.lists(st.builds(body_pb2.Identifier, type=st.integers(0, 30), value=WORDS), max_size=3),
        ),
        max_size=3,
    ),
    amounts=st.lists(
        st.builds(body_pb2.Money, value=WORDS | st.just("12.5"), currency=st.sampled_from(["USD", "CNY"]))
    ),
    offences=st.lists(
        st.builds(
            body_pb2.ReportedOffence,
            code_list=st.sampled_from(["", "fbi-nibrs-2019"]),
            code=WORDS | st.sampled_from(["26A", "100", "90Z"]),
            attempted=st.booleans(),
            place=WORDS | st.just("58"),
        ),
        max_size=3,
    ),
    property=st.lists(
        st.builds(
            body_pb2.PropertyItem,
            code=WORDS | st.just("20"),
            status=WORDS | st.just("STOLEN"),
            quantity=WORDS | st.just("3"),
            date=WORDS | st.just("2026-01-31"),
            value=st.builds(body_pb2.Money, value=WORDS | st.just("100"), currency=st.just("USD")),
        ),
        max_size=2,
    ),
    report=st.builds(
        body_pb2.SourceReport,
        agency=WORDS,
        number=WORDS,
        sort=st.sampled_from(["", "GROUP A INCIDENT REPORT", "GROUP B ARREST REPORT", "x"]),
        action=st.sampled_from(["", "I", "A", "R", "D"]),
        period=WORDS | st.just("2026-01"),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lead=LEADS,
    kind=st.sampled_from(["lead", "supplement"]),
    offences=st.lists(st.sampled_from(codes_pb2.Offence.values()), max_size=3),
    form=st.sampled_from(codes_pb2.Form.values()),
)
def test_every_lead_becomes_a_valid_submission(
    lead: body_pb2.LeadBody, kind: str, offences: list[Any], form: Any, opened: Callable[..., Any]
) -> None:
    facts = kinds_pb2.Lead() if kind == "lead" else kinds_pb2.Supplement()
    statement = opened(kind, facts, body_pb2.Body(lead=lead))
    statement.header.facts.offences.extend(offences)
    statement.header.facts.form = form
    submission, _ = police.render(statement)
    NIBRS.validate(etree.fromstring(submission.data))
    assert police.render(statement)[0] == submission


def test_a_complaint_about_pyramid_selling(opened: Callable[..., Any], convert: Convert) -> None:
    lead = body_pb2.LeadBody(title="传销", occurred_on="2026-01-20", subjects=[body_pb2.Subject(role=4)])
    lead.amounts.add(value="5000", currency="USD")
    statement = opened("lead", kinds_pb2.Lead(), body_pb2.Body(lead=lead, source_record="JB-20260120"))
    statement.header.facts.offences.append(codes_pb2.OFFENCE_CL_224_1)
    statement.header.facts.form = codes_pb2.FORM_ONLINE
    submission = police.render(statement)[0]
    (draft,) = convert("police", submission.data).drafts
    again = draft.body.lead
    assert again.report.number == "JB-20260120" and again.report.agency == "wuxi-market"
    assert [one.code for one in again.offences] == ["26A"] and again.place == "Cyberspace"
    assert again.occurred_on == "2026-01-20" and [one.value for one in again.amounts] == ["5000"]
    assert [one.role for one in again.subjects] == [codes_pb2.SUBJECT_ROLE_VICTIM]
