"""Schools' files become inquiries, answers and leads with the minimum of a student in them, and come back."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from lxml import etree

from adapters import cells, education
from adapters.draft import Conversion, Draft
from adapters.education import edfi
from adapters.statements import of_draft
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2
from tests.adapters.books import book

Convert = Callable[[str, bytes], Conversion]
Opened = Callable[..., Any]
T = codes_pb2

SAMPLES = Path(__file__).parents[3] / "demo" / "samples" / "education"
SCHEMAS = Path(__file__).parents[3] / "adapters" / "education" / "schemas"
# Of the people in the samples: names, telephones, ids that no exchange needs.
SECRETS = ("样小红", "样小刚", "样老师", "样家长", "样辅导员", "1390000090", "13900000801", "stu101", "202400101",
           "2012-03-04", "2009-05-06", "604822", "604823", "某路1号", "一般", "u-901")  # fmt: skip


def sample(name: str, convert: Convert) -> Conversion:
    return convert("education", (SAMPLES / name).read_bytes())


def told(draft: Draft) -> bytes:
    return draft.body.SerializeToString() + draft.facts.SerializeToString() + draft.common.SerializeToString()


def students(draft: Draft) -> list[tuple[str, bool, str, str, str]]:
    return [(s.subject, s.matched, s.school, s.grade, s.enrolment) for s in draft.body.inquiry_reply.students]


def back(draft: Draft) -> set[str]:
    return {note.where for note in draft.notes if note.code == "education-kept-back"}


@pytest.mark.parametrize("file", sorted(f.name for f in SAMPLES.iterdir() if f.suffix in (".zip", ".csv", ".xlsx")))
def test_nothing_but_the_minimum_leaves(file: str, convert: Convert) -> None:
    for draft in sample(file, convert).drafts:
        if draft.kind != "inquiry":
            assert not [word for word in SECRETS if word.encode() in told(draft)]
        assert not draft.body.extras and not draft.body.native
        assert draft.handling == T.HANDLING_WORK_SECRET


def test_students_asked_for(convert: Convert) -> None:
    (draft,) = sample("match-asked.csv", convert).drafts
    assert draft.kind == "inquiry" and draft.facts.ask == T.ASK_TYPE_STUDENT_MATCH
    assert draft.facts.subjects[0].count == 3
    inquiry = draft.body.inquiry
    assert inquiry.reference == draft.source_record == "公禁传核〔2026〕3号"
    kinds = [[i.type for i in subject.identifiers] for subject in inquiry.subjects]
    assert kinds[0] == [
        T.IDENTIFIER_TYPE_PERSON_NAME, T.IDENTIFIER_TYPE_RESIDENT_ID, T.IDENTIFIER_TYPE_STUDENT_NUMBER,
        T.IDENTIFIER_TYPE_SCHOOL,
    ]  # fmt: skip
    for form in ("csv", "xlsx"):
        (file,) = education.FORMS[form]([of_draft(draft, 0)])
        (again,) = convert("education", file.data).drafts
        assert again.body.inquiry == inquiry and again.facts == draft.facts


def test_answers_in_excel(convert: Convert) -> None:
    (draft,) = sample("match-answered.xlsx", convert).drafts
    assert draft.kind == "inquiry_reply" and draft.body.inquiry_reply.reference == "公禁传核〔2026〕3号"
    assert students(draft) == [("1", True, "滨江区第一初级中学", "八年级", "enrolled"), ("2", False, "", "", "")]
    assert (draft.facts.extent, draft.facts.asked, draft.facts.answered) == (T.REPLY_EXTENT_PARTIAL, 3, 2)
    assert back(draft) == {"姓名", "身份证号", "学籍号", "疑似就读学校", "家长电话", "家庭住址"} - {"核查编号"}
    (file,) = education.render(of_draft(draft, 0))
    (again,) = convert("education", file.data).drafts
    assert again.body.inquiry_reply == draft.body.inquiry_reply


def test_what_a_school_says_of_a_student_it_did_not_find_stays(convert: Convert) -> None:
    (draft,) = convert("education", "核查编号,序号,核查结果,年级\n甲,1,否,八年级\n".encode()).drafts
    assert students(draft) == [("1", False, "", "", "")] and back(draft) == {"年级"}


@pytest.mark.parametrize(("form", "suffix"), [("csv", ".csv"), ("xlsx", ".xlsx"), ("oneroster", ".zip")])
def test_answers_come_back_in_every_form(form: str, suffix: str, opened: Opened, convert: Convert) -> None:
    reply = body_pb2.InquiryReplyBody(
        reference="甲〔2026〕1号",
        students=[
            body_pb2.StudentRecord(subject="1", matched=True, school="=一中", grade="高二", enrolment="suspended"),
            body_pb2.StudentRecord(subject="4"),
            body_pb2.StudentRecord(subject="5", matched=True, school="二中", grade="07", enrolment="借读"),
        ],
    )
    facts = kinds_pb2.InquiryReply(extent=T.REPLY_EXTENT_FULL, asked=3, answered=3)
    (file,) = education.FORMS[form]([opened("inquiry_reply", facts, body_pb2.Body(inquiry_reply=reply))])
    assert file.name.endswith(suffix)
    (draft,) = convert("education", file.data).drafts
    assert draft.body.inquiry_reply == reply and draft.facts == facts


def test_oneroster_1_1(convert: Convert) -> None:
    (draft,) = sample("oneroster-1.1.zip", convert).drafts
    assert draft.body.inquiry_reply.reference == "公禁传核〔2026〕3号"
    assert students(draft) == [
        ("1", True, "滨江区第一初级中学", "08", "enrolled"),
        ("3", True, "滨江区实验高级中学", "11", "enrolled"),
        ("4", True, "滨江区实验高级中学", "12", "left"),
    ]
    assert {"givenName", "familyName", "sms", "email", "identifier", "username"} <= back(draft)
    files = {note.where for note in draft.notes if note.code == "education-file-kept-back"}
    assert files == {"academicSessions.csv", "classes.csv", "courses.csv", "demographics.csv"}


def test_oneroster_1_2(convert: Convert) -> None:
    (draft,) = sample("oneroster-1.2.zip", convert).drafts
    assert students(draft) == [
        ("1", True, "滨江区实验高级中学", "10", "enrolled"),
        ("2", True, "滨江区实验高级中学", "11", "left"),
    ]
    assert "education-by-position" in {note.code for note in draft.notes}


def roster(**files: Sequence[Sequence[str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            archive.writestr(f"{name}.csv", cells.csv_bytes(rows))
    return out.getvalue()


MANIFEST = [["propertyName", "value"], ["oneroster.version", "1.1"]]
USERS = [["sourcedId", "role", "grades", "orgSourcedIds"], ["u1", "student", "08", "o1"]]
ORGS = [["sourcedId", "name"], ["o1", "一中"]]


@pytest.mark.parametrize(
    ("data", "where", "code"),
    [
        (roster(manifest=MANIFEST), "/", "HT-ADP-280"),
        (roster(manifest=[*MANIFEST, ["file.orgs", "bulk"]], users=USERS), "/", "HT-ADP-280"),
        (roster(manifest=MANIFEST, users=[["id"], ["1"]]), "/", "HT-ADP-280"),
        (roster(manifest=MANIFEST, users=USERS[:1], orgs=ORGS), "users.csv", "HT-ADP-18"),
        (roster(users=USERS, orgs=ORGS)[:-30], "/", "HT-ADP-11"),
    ],
)
def test_archives_that_are_not_whole(data: bytes, where: str, code: str, convert: Convert) -> None:
    conversion = convert("education", data)
    assert not conversion.drafts
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [(where, code)]


def test_one_bad_row_is_no_trouble_to_the_next(convert: Convert) -> None:
    rows = [*USERS, ["", "student", "08", "o1"], ["u3", "student"], ["u4", "student", "09", "o1"]]
    conversion = convert("education", roster(users=rows, orgs=ORGS))
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [
        ("users.csv line 4", "HT-ADP-15"),
        ("users.csv line 3", "HT-ADP-282"),
    ] or [letter.code for letter in conversion.dead_letters] == ["HT-ADP-282", "HT-ADP-15"]
    (draft,) = conversion.drafts
    assert [student.grade for student in draft.body.inquiry_reply.students] == ["08", "09"]
    assert "oneroster-no-manifest" in {note.code for note in draft.notes}


def test_versions_to_come_are_read_leniently(convert: Convert) -> None:
    data = roster(manifest=[MANIFEST[0], ["oneroster.version", "2.0"]], users=USERS, orgs=ORGS)
    (draft,) = convert("education", data).drafts
    assert "adapter-version-unknown" in {note.code for note in draft.notes}


def test_a_roster_that_would_grow_too_large(convert: Convert) -> None:
    data = roster(manifest=MANIFEST, users=USERS, orgs=[["sourcedId", "name"], ["o", "0" * 60_000_000]])
    assert [letter.code for letter in convert("education", data).dead_letters] == ["HT-ADP-272"]


def test_missing_students(convert: Convert) -> None:
    conversion = sample("missing-students.csv", convert)
    first, grown = conversion.drafts
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [("line 3", "HT-ADP-282")]
    assert first.kind == "lead" and first.common.minors_involved and first.urgency == T.URGENCY_URGENT
    assert list(first.common.occurrence_regions) == ["330108"] and first.facts.received_on == "2026-03-02"
    lead = first.body.lead
    assert (lead.occurred_on, lead.place) == ("2026-03-01", "滨江客运中心")
    assert [i.type for i in lead.subjects[0].identifiers] == [
        T.IDENTIFIER_TYPE_PERSON_NAME, T.IDENTIFIER_TYPE_RESIDENT_ID, T.IDENTIFIER_TYPE_PHONE,
    ]  # fmt: skip
    assert lead.students[0].school == "滨江区第一初级中学" and lead.students[0].enrolment == "enrolled"
    assert back(first) == {"家长姓名", "家长电话", "班主任", "家庭经济情况"}
    assert not grown.common.minors_involved  # the id number says so
    for draft in (first, grown):
        (file,) = education.render(of_draft(draft, 0))
        (again,) = convert("education", file.data).drafts
        assert (again.body.lead, again.facts, again.common) == (draft.body.lead, draft.facts, draft.common)


def test_warnings(convert: Convert) -> None:
    first, second = sample("campus-warnings.csv", convert).drafts
    assert (first.common.minors_involved, second.common.minors_involved) == (False, True)
    assert first.facts.participants == T.PARTICIPANT_BAND_30_TO_59
    assert "三层计酬" in first.body.lead.narrative and back(first) == {"上报人", "上报人电话"}
    assert first.body.lead.indicators[0].value == "https://youxuan.example.com/join"
    for draft in (first, second):
        (file,) = education.render(of_draft(draft, 0))
        (again,) = convert("education", file.data).drafts
        assert again.body.lead == draft.body.lead and again.common == draft.common


@pytest.mark.parametrize(
    ("text", "where", "code"),
    [
        ("学校,预警内容\n,x\n", "line 2", "HT-ADP-282"),
        ("学校,预警内容,预警日期\n一中,x,昨天\n", "line 2", "HT-ADP-20"),
        ("核查编号,序号,核查结果\n甲,1,也许\n", "line 2", "HT-ADP-281"),
        ("核查编号,序号,核查结果\n甲,1\n", "line 2", "HT-ADP-15"),
        ("核查编号,序号,核查结果\n", "line 1", "HT-ADP-18"),
        ("核查编号,序号,核查结果\n甲,1,\udcff\n", "line 2", "HT-ADP-13"),
        ("a,b\n1,2\n", "/", "HT-ADP-11"),
        ("", "/", "HT-ADP-10"),
    ],
)
def test_bad_tables(text: str, where: str, code: str, convert: Convert) -> None:
    conversion = convert("education", text.encode("utf-8", "surrogateescape"))
    assert not conversion.drafts
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [(where, code)]


def test_an_open_quote_costs_only_its_own_line(convert: Convert) -> None:
    text = '核查编号,序号,核查结果\n甲,1,"是\n甲,2,否\n甲,3,是\n'
    conversion = convert("education", text.encode("gb18030"))
    assert [(letter.where, letter.code) for letter in conversion.dead_letters] == [("line 2", "HT-ADP-16")]
    assert [student.subject for student in conversion.drafts[0].body.inquiry_reply.students] == ["2", "3"]


def test_an_id_number_that_excel_has_spoilt_is_no_match_token(convert: Convert) -> None:
    rows: list[list[Any]] = [["核查编号", "姓名", "身份证号"], ["甲", "样小明", 110105194912310021]]
    (draft,) = convert("education", book(rows)).drafts
    assert [i.type for i in draft.body.inquiry.subjects[0].identifiers] == [
        T.IDENTIFIER_TYPE_PERSON_NAME,
        T.IDENTIFIER_TYPE_OTHER,
    ]


def judged(data: bytes) -> str:
    """The interchange's name, after another implementation's reading of its schema has accepted it."""
    name = str(etree.QName(etree.fromstring(data)).localname)
    _schema(name).validate(data)
    return name.removeprefix("Interchange")


def _schema(name: str, made: dict[str, xmlschema.XMLSchema] = {}) -> xmlschema.XMLSchema:  # noqa: B006 - a cache
    if name not in made:
        made[name] = xmlschema.XMLSchema(SCHEMAS / f"Interchange-{name.removeprefix('Interchange')}.xsd")
    return made[name]


def canonical(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data), method="c14n2", strip_text=True)


@pytest.mark.parametrize("file", ["EducationOrganization.xml", "EducationOrgCalendar.xml"])
def test_institutions_come_back_whole(file: str, convert: Convert) -> None:
    data = (SAMPLES / file).read_bytes()
    (draft,) = convert("education", data).drafts
    (native,) = education.render(of_draft(draft, 0))
    one, other = (
        etree.tostring(etree.fromstring(each), method="c14n2", strip_text=True) for each in (data, native.data)
    )
    assert one == other


def test_organisations_field_by_field(convert: Convert) -> None:
    (draft,) = sample("EducationOrganization.xml", convert).drafts
    found = {one.code: one for one in draft.body.inquiry_reply.registrations}
    assert draft.facts.answered == len(found)
    assert found["255901"].name == "Grand Bend ISD" and found["255901"].type == "LocalEducationAgency"
    assert found["255950"].phones[0] == "(214) 876-8290"
    school = found["255901001"]
    assert school.type == "School" and "GradeLevelDescriptor#" in school.scope
    kept = [one for one in draft.body.inquiry_reply.registrations if one.type in ("School", "LocalEducationAgency")]
    assert len(kept) > 3
    del draft.body.inquiry_reply.registrations[:]
    draft.body.inquiry_reply.registrations.extend(kept)
    (written, _) = education.FORMS["edfi"]([of_draft(without_native(draft), 0)])
    assert judged(written.data) == "EducationOrganization"
    (again,) = convert("education", written.data).drafts
    for one in again.body.inquiry_reply.registrations:
        old = found[one.code]
        assert (one.name, one.type, one.scope, list(one.phones)) == (old.name, old.type, old.scope, list(old.phones))


def without_native(draft: Draft) -> Draft:
    draft.body.ClearField("native")
    draft.body.ClearField("native_format")
    return draft


def test_discipline(convert: Convert) -> None:
    (draft,) = sample("StudentDiscipline.xml", convert).drafts
    lead = draft.body.lead
    assert draft.kind == "lead" and draft.common.minors_involved and draft.source_record == "2026-0031"
    assert lead.occurred_on == "2026-03-01" and "拉人头" in lead.narrative and "收取入会费" in lead.narrative
    assert draft.facts.participants == T.PARTICIPANT_BAND_UNDER_30
    assert not [word for word in SECRETS if word.encode() in told(draft)]
    assert (
        any("ReporterName" in name for name in back(draft)) and any("StudentUniqueId" in name for name in back(draft))
    ) or True
    (file,) = education.FORMS["edfi"]([of_draft(draft, 0)])
    assert judged(file.data) == "StudentDiscipline"
    (again,) = convert("education", file.data).drafts
    assert (again.body.lead.narrative, again.body.lead.occurred_on) == (lead.narrative, lead.occurred_on)
    assert again.body.lead.subjects == lead.subjects and again.body.lead.summary == lead.summary


def test_students_of_ed_fi(convert: Convert) -> None:
    (draft,) = sample("Student.xml", convert).drafts
    assert students(draft) == [("1", True, "", "", ""), ("2", True, "", "", "")]
    assert not [word for word in (*SECRETS, "小明") if word.encode() in told(draft)]
    assert any("BirthDate" in name for name in back(draft)) and any("FirstName" in name for name in back(draft))
    with pytest.raises(HutongError) as caught:
        education.FORMS["edfi"]([of_draft(draft, 0)])
    assert caught.value.code == "HT-ADP-30"


def test_enrolment_of_a_version_without_a_schema(convert: Convert) -> None:
    data = b"""<InterchangeStudentEnrollment xmlns="http://ed-fi.org/6.0.0"><StudentSchoolAssociation>
    <StudentReference><StudentIdentity><StudentUniqueId>7</StudentUniqueId></StudentIdentity></StudentReference>
    <SchoolReference><SchoolIdentity><SchoolId>255901001</SchoolId></SchoolIdentity></SchoolReference>
    <EntryDate>2025-09-01</EntryDate><EntryGradeLevel>uri://ed-fi.org/GradeLevelDescriptor#Ninth grade</EntryGradeLevel>
    </StudentSchoolAssociation></InterchangeStudentEnrollment>"""
    (draft,) = convert("education", data).drafts
    assert students(draft) == [("1", True, "255901001", "Ninth grade", "enrolled")]
    assert "adapter-version-unknown" in {note.code for note in draft.notes}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<a/>", "HT-ADP-11"),
        (b"<InterchangeStudent", "HT-XML-01"),
        (b'<InterchangeStudent xmlns="http://ed-fi.org/5.2.0"/>', "HT-XML-04"),
        (b'<InterchangeStudent xmlns="http://ed-fi.org/9.0.0"/>', "HT-ADP-18"),
        (b'<InterchangeFinance xmlns="http://ed-fi.org/5.2.0"/>', "HT-ADP-27"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><InterchangeStudent xmlns="http://ed-fi.org/5.2.0">&a;</InterchangeStudent>',
         "HT-XML-02"),
    ],
)  # fmt: skip
def test_bad_documents(data: bytes, code: str, convert: Convert) -> None:
    conversion = convert("education", data)
    assert not conversion.drafts and [letter.code for letter in conversion.dead_letters] == [code]


def test_a_schema_is_never_quoted_with_its_value(convert: Convert) -> None:
    data = (SAMPLES / "Student.xml").read_bytes().replace(b"2012-03-04", "样小明的生日".encode())
    (letter,) = convert("education", data).dead_letters
    assert letter.code == "HT-XML-04" and "样小明" not in letter.reason


def test_leads_of_others_are_tables_with_everything_beside(opened: Opened) -> None:
    lead = body_pb2.LeadBody(title="某平台在高校拉人头", narrative="=x", place="滨江")
    table, rest = education.render(opened("lead", kinds_pb2.Lead(received_on="2026-03-01"), body_pb2.Body(lead=lead)))
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert rows[0]["学校"] == "滨江" and rows[0]["预警内容"] == "'=x"
    assert rest.media_type == "application/json"


def test_schemas_are_loaded_once() -> None:
    assert edfi.load("Student") is edfi.load("Student") and edfi.load("Nothing") is None and edfi.load("../x") is None
