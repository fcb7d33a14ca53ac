"""身份核查: lists of persons as inquiries and as answers, in CSV and Excel, both ways."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import police
from adapters.cells import plain
from adapters.draft import Conversion, Draft
from adapters.police import identity
from adapters.runtime.arrivals import Verdict
from adapters.runtime.matching import Matcher, OpenedInquiry
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

Convert = Callable[[str, bytes], Conversion]
Status = body_pb2.PersonAnswer.MatchStatus

T = codes_pb2
ASKED = """协查编号,序号,姓名,证件类型,证件号码,手机号码,人员类别,备注,法律依据,期间起,反馈期限,保密,学校
XC-1,1,张三,居民身份证,11010519491231002X,13800138000,组织者,急,《禁止传销条例》第十四条,2026-01-01,2026-03-31,是,
XC-1,2,李四,护照,E12345678,,参加者,,《禁止传销条例》第十四条,2026-01-01,2026-03-31,是,某大学
XC-1,3,王五,居民身份证,110105194912310021,,看门的,,《禁止传销条例》第十四条,2026-01-01,2026-03-31,是,
XC-2,A-7,=赵六,,,'13900139000,,,,,,,
"""
ANSWERED = """协查编号,序号,姓名,证件号码,核查结果,户籍地址
XC-1,1,张三,11010519491231002X,一致,无锡市某路1号
XC-1,2,李四,E12345678,查无此人,
XC-1,3,王五,110105194912310021,号码有误,
XC-1,4,孙七,,,
XC-2,1,赵六,,不一致,
"""


def table(data: bytes) -> list[dict[str, str]]:
    """A CSV file as an office's system reads it."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def excel(text: str) -> bytes:
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(text)):
        book.active.append(row)
    for row in book.active.iter_rows():
        for cell in row:
            cell.data_type = "s" if cell.value else "n"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def kinds(draft: Draft) -> list[tuple[int, int]]:
    return [(one.role, one.count) for one in draft.facts.subjects]


@pytest.mark.parametrize("form", ["csv", "excel", "gb18030", "semicolon"])
def test_a_list_of_persons(form: str, convert: Convert) -> None:
    data = {
        "csv": ASKED.encode(),
        "excel": excel(ASKED),
        "gb18030": ASKED.encode("gb18030"),
        "semicolon": ("协查名单\n\n" + ASKED.replace(",", ";")).encode(),
    }[form]
    conversion = convert("police", data)
    first, second = conversion.drafts
    assert conversion.dead_letters == ()
    inquiry = first.body.inquiry
    assert first.kind == "inquiry" and first.facts.ask == T.ASK_TYPE_IDENTITY_MATCH
    assert first.source_record == inquiry.reference == "XC-1" and first.handling == T.HANDLING_WORK_SECRET
    assert (inquiry.legal_mandate, inquiry.period_from, inquiry.due_on, inquiry.confidential) == (
        "《禁止传销条例》第十四条",
        "2026-01-01",
        "2026-03-31",
        True,
    )
    assert first.facts.period_from == "2026-01-01" and first.facts.partial_allowed
    assert kinds(first) == [(T.SUBJECT_ROLE_ORGANISER, 1), (T.SUBJECT_ROLE_PARTICIPANT, 1), (T.SUBJECT_ROLE_UNKNOWN, 1)]
    said = [[(one.type, one.value) for one in subject.identifiers] for subject in inquiry.subjects]
    assert said == [
        [
            (T.IDENTIFIER_TYPE_PERSON_NAME, "张三"),
            (T.IDENTIFIER_TYPE_RESIDENT_ID, "11010519491231002X"),
            (T.IDENTIFIER_TYPE_PHONE, "13800138000"),
        ],
        [(T.IDENTIFIER_TYPE_PERSON_NAME, "李四"), (T.IDENTIFIER_TYPE_PASSPORT, "E12345678")],
        [(T.IDENTIFIER_TYPE_PERSON_NAME, "王五"), (T.IDENTIFIER_TYPE_OTHER, "110105194912310021")],
    ]
    codes = [one.code for one in first.notes]
    assert {"adapter-identifier-check", "adapter-unknown-column", "police-role-unread"} == set(codes)
    assert [one.value for one in second.body.inquiry.subjects[0].identifiers] == ["=赵六", "'13900139000"]


def test_lists_go_out_as_they_came(convert: Convert, statement: Any) -> None:
    """Field by field, the sender's own columns among them; formulas do not."""
    native = list(csv.DictReader(io.StringIO(ASKED)))
    for draft in convert("police", ASKED.encode()).drafts:
        text, book = police.render(statement(draft))
        rows = table(text.data)
        assert [row["协查编号"] for row in rows] == [draft.source_record] * len(rows)
        for row, original in zip(rows, [one for one in native if one["协查编号"] == draft.source_record], strict=True):
            for name, value in original.items():
                written = row.get(identity.heading(known) if (known := identity.column(name)) else name, "")
                assert plain(written) == (value or ("否" if name == "保密" else plain(written))), name
            assert not row["姓名"].startswith("=")
        (again,) = convert("police", text.data).drafts
        (from_book,) = convert("police", book.data).drafts
        assert again.body == from_book.body == draft.body and again.facts == draft.facts
        assert police.render(statement(again)) == [text, book]


@pytest.mark.parametrize("form", ["csv", "excel"])
def test_answers(form: str, convert: Convert, statement: Any) -> None:
    first, second = convert("police", ANSWERED.encode() if form == "csv" else excel(ANSWERED)).drafts
    reply = first.body.inquiry_reply
    assert first.kind == "inquiry_reply" and reply.reference == "XC-1"
    assert [(one.number, one.status) for one in reply.persons] == [
        (1, Status.MATCH_STATUS_MATCHED),
        (2, Status.MATCH_STATUS_NOT_FOUND),
        (3, Status.MATCH_STATUS_NUMBER_INVALID),
        (4, Status.MATCH_STATUS_PENDING),
    ]
    assert (first.facts.extent, first.facts.asked, first.facts.answered) == (T.REPLY_EXTENT_PARTIAL, 4, 3)
    assert second.facts.extent == T.REPLY_EXTENT_FULL
    assert second.body.inquiry_reply.persons[0].status == Status.MATCH_STATUS_NOT_MATCHED
    text, book = police.render(statement(first))
    rows = table(text.data)
    assert [(row["姓名"], row["核查结果"], row["状态码"]) for row in rows] == [
        ("张三", "一致", "MATCHED"),
        ("李四", "查无此人", "NOT_FOUND"),
        ("王五", "号码有误", "NUMBER_INVALID"),
        ("孙七", "未核查", "PENDING"),
    ]
    (again,), (from_book,) = convert("police", text.data).drafts, convert("police", book.data).drafts
    assert again.body == from_book.body == first.body and again.facts == first.facts


def test_an_answer_says_no_more_than_was_asked(convert: Convert) -> None:
    draft = convert("police", ANSWERED.encode()).drafts[0]
    assert "某路".encode() not in draft.body.SerializeToString()
    assert [(one.code, one.where) for one in draft.notes if one.code == "police-identity-left-out"] == [
        ("police-identity-left-out", "户籍地址")
    ]


@pytest.mark.parametrize(("word", "status"), [(w, s) for s, ws in identity.WORDS.tables["results"].items() for w in ws])
def test_words_for_results(word: str, status: str, convert: Convert) -> None:
    (draft,) = convert("police", f"姓名,证件号码,核查结果\n张三,1,{word}\n".encode()).drafts
    assert draft.body.inquiry_reply.persons[0].status == Status.Value(f"MATCH_STATUS_{status}")


def test_every_status_has_a_word() -> None:
    said = {f"MATCH_STATUS_{name}" for name in identity.WORDS.tables["results"]}
    assert said == set(Status.DESCRIPTOR.values_by_name) - {"MATCH_STATUS_UNSPECIFIED"}


def test_bad_rows_are_buried_and_the_rest_goes_on(convert: Convert) -> None:
    text = '协查编号,姓名,证件号码,核查结果\n1,张三,2,也许\n1,,,一致\n1,李四,3,一致\n1,王五,4,一致,多\n1,"赵六,5,一致\n'
    conversion = convert("police", text.encode())
    assert [(one.where, one.code) for one in conversion.dead_letters] == [
        ("line 2", "HT-ADP-239"),
        ("line 3", "HT-ADP-241"),
        ("line 5", "HT-ADP-15"),
        ("line 6", "HT-ADP-16"),
    ]
    (draft,) = conversion.drafts
    assert [one.asked[0].value for one in draft.body.inquiry_reply.persons] == ["李四"]


def test_damaged_text_costs_its_own_row(convert: Convert) -> None:
    data = "姓名,证件号码\n张三,1\n".encode() + b"\xff\xfe\xfd,2\n" + "李四,3\n".encode()
    conversion = convert("police", data)
    assert [(one.where, one.code) for one in conversion.dead_letters] == [("line 3", "HT-ADP-13")]
    assert len(conversion.drafts[0].body.inquiry.subjects) == 2


def test_rows_that_disagree(convert: Convert, statement: Any) -> None:
    text = "协查编号,姓名,证件号码,法律依据\n1,张三,2,甲法\n1,李四,3,乙法\n"
    (draft,) = convert("police", text.encode()).drafts
    assert draft.body.inquiry.legal_mandate == "甲法" and "police-identity-differs" in [one.code for one in draft.notes]
    assert [row["法律依据"] for row in table(police.render(statement(draft))[0].data)] == ["甲法", "乙法"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("姓名,证件号码\n", "HT-ADP-18"),
        ("投诉编号,投诉内容,被投诉主体\n1,a,b\n", "HT-ADP-11"),
        ("姓名,职务,部门,工号,证件号码,a,b,c\n1,2,3,4,5,6,7,8\n", "HT-ADP-11"),
        ("名单如下\n", "HT-ADP-11"),
    ],
)
def test_what_is_no_list(text: str, code: str, convert: Convert) -> None:
    assert [one.code for one in convert("police", text.encode()).dead_letters] == [code]


def test_too_many_persons(convert: Convert) -> None:
    """A million rows end at the limit, and none of them becomes half a list."""
    row = "1,张三,2\n"
    conversion = convert("police", ("协查编号,姓名,证件号码\n" + row * 1_000_000).encode())
    assert [one.code for one in conversion.dead_letters] == ["HT-ADP-240"]
    assert conversion.drafts == ()
    assert [one.code for one in convert("police", b"x" * 200_000_000).dead_letters] == ["HT-ADP-12"]


def test_a_list_in_one_of_several_sheets(convert: Convert) -> None:
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    people = book.create_sheet("名单")
    people.append(["关于协查的名单"])
    people.append(["姓名", "身份证号（必填）"])
    people.append(["张三", "11010519491231002X"])
    people.append(["李四", 110105194912310021])
    out = io.BytesIO()
    book.save(out)
    conversion = convert("police", out.getvalue())
    assert [(one.where, one.code) for one in conversion.dead_letters] == [("名单!line 4", "HT-ADP-238")]
    assert conversion.drafts[0].body.inquiry.subjects[0].identifiers[1].value == "11010519491231002X"


def test_the_node_finds_the_inquiry_by_its_answer(opened: Callable[..., Any], convert: Convert) -> None:
    """An inquiry without a reference goes out under its message id, and the answer comes back under it."""
    inquiry = body_pb2.InquiryBody()
    for name in ("张三", "李四"):
        inquiry.subjects.add().identifiers.add(type=T.IDENTIFIER_TYPE_PERSON_NAME, value=name)
    asked = opened("inquiry", kinds_pb2.Inquiry(ask=T.ASK_TYPE_IDENTITY_MATCH), body_pb2.Body(inquiry=inquiry))
    text = police.render(asked)[0].data.decode("utf-8-sig").replace("备注\r\n", "备注,核查结果\r\n")
    lines = text.splitlines()
    answered = "\n".join([lines[0] + ",核查结果", *(line + ",一致" for line in lines[1:])])
    (reply,) = convert("police", answered.encode()).drafts
    verdict = Verdict.__new__(Verdict)
    object.__setattr__(verdict, "message_id", asked.header.message_id)
    matcher = Matcher(police, lambda: datetime.now(UTC))
    assert matcher.find(reply, [OpenedInquiry(verdict, asked.header, asked.body)]) is verdict
    reply.body.inquiry_reply.reference = "another"
    with pytest.raises(HutongError):
        matcher.find(reply, [OpenedInquiry(verdict, asked.header, asked.body)])


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), max_size=8)
KINDS = st.sampled_from([T.IDENTIFIER_TYPE_PERSON_NAME, T.IDENTIFIER_TYPE_PHONE, T.IDENTIFIER_TYPE_PASSPORT])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_answer_there_and_back(data: st.DataObject, opened: Callable[..., Any], convert: Convert) -> None:
    reply = body_pb2.InquiryReplyBody(reference=data.draw(TEXT))
    for number in range(1, data.draw(st.integers(1, 4)) + 1):
        person = reply.persons.add(
            number=number, status=data.draw(st.sampled_from(Status.values()[1:])), remark=data.draw(TEXT)
        )
        for kind in dict.fromkeys([T.IDENTIFIER_TYPE_PERSON_NAME, *data.draw(st.lists(KINDS, max_size=2))]):
            person.asked.add(type=kind, value=data.draw(TEXT.filter(bool)))
    for file in police.render(opened("inquiry_reply", kinds_pb2.InquiryReply(), body_pb2.Body(inquiry_reply=reply))):
        (draft,) = convert("police", file.data).drafts
        again = draft.body.inquiry_reply
        for one, other in zip(reply.persons, again.persons, strict=True):
            assert (one.number, one.status, one.remark) == (other.number, other.status, other.remark)
            assert {(i.type, i.value) for i in one.asked} == {(i.type, i.value) for i in other.asked}
        assert again.reference == reply.reference
