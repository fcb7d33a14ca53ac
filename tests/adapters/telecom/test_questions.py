"""Inquiries → requests of TS 103 120, judged by ETSI's schemas, and read back as the same inquiry; who may ask what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import protovalidate
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import telecom
from adapters.telecom.etsi import formats
from hutong.errors import HutongError, category, sentences
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2
from tests.adapters.conftest import NOW, Opened
from tests.adapters.telecom.conftest import objects

SUBSCRIBER, CALLS, SITE = (
    codes_pb2.ASK_TYPE_SUBSCRIBER,
    codes_pb2.ASK_TYPE_CALL_RECORDS,
    codes_pb2.ASK_TYPE_SITE_OR_APP,
)
MAY = (codes_pb2.AGENCY_TYPE_POLICE, codes_pb2.AGENCY_TYPE_PROCURATORATE)
OTHERS = [
    value for value in codes_pb2.AgencyType.values() if value not in MAY
]  # with none at all, which is what an unknown sender is


def facts(ask: int, approved: bool = True) -> kinds_pb2.Inquiry:
    made = kinds_pb2.Inquiry(
        ask=codes_pb2.AskType.ValueType(ask),
        subjects=[kinds_pb2.SubjectCount(role=codes_pb2.SUBJECT_ROLE_ORGANISER, count=1)],
        period_from="2026-01-01",
        period_to="2026-01-31",
        partial_allowed=True,
    )
    if approved:
        made.approval.CopyFrom(
            kinds_pb2.Approval(
                level=codes_pb2.LEVEL_PREFECTURE, approved_on="2026-02-01", document_sha256=bytes(range(32))
            )
        )
    return made


def inquiry(**more: Any) -> body_pb2.InquiryBody:
    subject = body_pb2.Subject(
        role=codes_pb2.SUBJECT_ROLE_ORGANISER,
        remark="总代",
        identifiers=[
            body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PHONE, value="13812345678"),
            body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, value="李某"),
        ],
    )
    given = {
        "reference": "锡公调证〔2026〕7号",
        "legal_mandate": "《刑事诉讼法》第五十四条",
        "subjects": [subject],
        "period_from": "2026-01-01",
        "period_to": "2026-01-31",
        "due_on": "2026-03-10",
        "remark": "尽快",
        "confidential": True,
    }
    return body_pb2.InquiryBody(**(given | more))


def statement(ask: int = CALLS, asker: int = MAY[0], approved: bool = True, **more: Any) -> Opened:
    header = header_pb2.Header(message_id=bytes(range(16)), issued_at=1_770_000_000_000)
    header.sender.agency = "wuxi-police"
    header.recipients.add(agency="jiangsu-telecom", role=codes_pb2.RECIPIENT_ROLE_TO)
    header.inquiry.CopyFrom(facts(ask, approved))
    return Opened(header, body_pb2.Body(inquiry=inquiry(**more)), codes_pb2.AgencyType.ValueType(asker))


def test_an_inquiry_comes_back_whole(judge: Callable[[bytes], Any]) -> None:
    asked = statement()
    (file,) = telecom.render(asked)
    given, task = objects(judge(file.data))
    assert task["task:Reference"] == "CN-wuxi-police-锡公调证〔2026〕7号"
    assert task["task:RequestDetails"]["task:Type"]["common:Value"] == "TrafficData"
    assert task["task:RequestDetails"]["task:StartTime"] == "2026-01-01T00:00:00+08:00"
    values = task["task:RequestDetails"]["task:RequestValues"]["task:RequestValue"]
    assert values[0]["task:Value"] == "8613812345678"
    assert task["AssociatedObjects"]["AssociatedObject"] == [given["ObjectIdentifier"]]
    assert given["auth:NationalAuthorisationParameters"]["hutong:DocumentSha256"] == bytes(range(32)).hex()
    (draft,) = telecom.convert(file.data, now=NOW).drafts
    expected = inquiry(reference="CN-wuxi-police-锡公调证〔2026〕7号", operators=["CN/jiangsu-telecom"])
    assert draft.body.inquiry == expected
    wanted = facts(CALLS)
    assert draft.facts == wanted
    protovalidate.validate(draft.facts)
    assert telecom.render(asked) == [file], "written again, it is the same message"


@pytest.mark.parametrize("ask", [SUBSCRIBER, CALLS, SITE])
def test_each_ask_comes_back(ask: int, judge: Callable[[bytes], Any]) -> None:
    (file,) = telecom.render(statement(ask))
    judge(file.data)
    assert telecom.convert(file.data, now=NOW).drafts[0].facts.ask == ask


def test_preservation_and_takedown(judge: Callable[[bytes], Any]) -> None:
    (file,) = telecom.render(statement(preserve_until="2026-06-30"))
    (_, task) = objects(judge(file.data))
    assert task["task:DesiredPreservationExpiration"] == "2026-06-30T23:59:59+08:00"
    (draft,) = telecom.convert(file.data, now=NOW).drafts
    assert draft.body.inquiry.preserve_until == "2026-06-30T23:59:59+08:00" and draft.body.inquiry.remark == "尽快"
    takedown = body_pb2.Takedown(refinement="页面", observed_at=["2026-02-01"], due_at="2026-03-01")
    (file,) = telecom.render(statement(SITE, codes_pb2.AGENCY_TYPE_MARKET, takedown=takedown))
    assert b"V1.22.1" in file.data
    (draft,) = telecom.convert(file.data, now=NOW).drafts
    assert draft.body.inquiry.takedown.refinement == "页面"
    assert draft.body.inquiry.takedown.observed_at == ["2026-02-01T00:00:00+08:00"]


def test_one_message_for_each_operator(judge: Callable[[bytes], Any]) -> None:
    files = telecom.render(statement(operators=["CN/mobile-js", "CN/unicom-js", "CN/mobile-js"]))
    assert len(files) == 2 and len({file.name for file in files}) == 2
    messages = [judge(file.data) for file in files]
    assert [one["Header"]["ReceiverIdentifier"]["UniqueIdentifier"] for one in messages] == ["mobile-js", "unicom-js"]
    assert len({objects(one)[1]["ObjectIdentifier"] for one in messages}) == 2


@pytest.mark.parametrize("ask", [SUBSCRIBER, CALLS])
@pytest.mark.parametrize("asker", OTHERS)
def test_others_may_not_ask(ask: int, asker: int) -> None:
    with pytest.raises(HutongError) as refused:
        telecom.render(statement(ask, asker))
    assert refused.value.code == "HT-ADP-200" and category("HT-ADP-200") == "forbidden"
    for lang, words in (("zh", ("ICP", "关停", "公安")), ("en", ("ICP look-up", "takedown", "ask the police"))):
        told = sentences(refused.value.code, refused.value.params, lang).next  # type: ignore[arg-type]
        assert all(word in told for word in words), "the lawful ways are named"


@pytest.mark.parametrize("asker", MAY)
def test_they_may_with_an_instrument_only(asker: int) -> None:
    assert telecom.render(statement(CALLS, asker))
    for ask in (SUBSCRIBER, CALLS):
        with pytest.raises(HutongError) as refused:
            telecom.render(statement(ask, asker, approved=False))
        assert refused.value.code == "HT-ADP-201"


@pytest.mark.parametrize("asker", OTHERS)
def test_everybody_may_look_up_sites(asker: int) -> None:
    assert telecom.render(statement(SITE, asker, approved=False))


def test_a_sender_of_whom_nothing_is_known() -> None:
    known = statement()

    class Bare:
        header, body = known.header, known.body

    with pytest.raises(HutongError) as refused:
        telecom.render(Bare())
    assert refused.value.code == "HT-ADP-200"
    known.header.sender.agency = ""  # a draft: nobody has sent it
    assert telecom.render(Bare())


def test_call_records_need_an_approval_in_the_contract() -> None:
    protovalidate.validate(facts(CALLS))
    protovalidate.validate(facts(SITE, approved=False))
    for ask in (codes_pb2.ASK_TYPE_ACCOUNT, codes_pb2.ASK_TYPE_TRANSACTIONS, CALLS):
        with pytest.raises(protovalidate.ValidationError, match="approval"):
            protovalidate.validate(facts(ask, approved=False))


def test_other_asks_have_no_message_here() -> None:
    (file,) = telecom.render(statement(codes_pb2.ASK_TYPE_STUDENT_MATCH))
    assert b'"header"' in file.data


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"subjects": []}, "HT-ADP-30"),
        ({"period_from": "soon"}, "HT-ADP-211"),
        ({"operators": ["nowhere"]}, "HT-ADP-211"),
        ({"subjects": [body_pb2.Subject(identifiers=[body_pb2.Identifier(type=3, value="call me")])]}, "HT-ADP-211"),
        ({"subjects": [body_pb2.Subject(identifiers=[body_pb2.Identifier(type=9, value="1.2.3")])]}, "HT-ADP-211"),
        ({"subjects": [body_pb2.Subject(identifiers=[body_pb2.Identifier(type=16, value="12")])]}, "HT-ADP-211"),
        ({"subjects": [body_pb2.Subject(identifiers=[body_pb2.Identifier(type=15, value="12")])]}, "HT-ADP-211"),
        ({"legal_mandate": "x" * 70_000}, "HT-ADP-33"),
    ],
)
def test_what_cannot_be_said(more: dict[str, Any], code: str) -> None:
    with pytest.raises(HutongError) as refused:
        telecom.render(statement(**more))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ((codes_pb2.IDENTIFIER_TYPE_PHONE, "138-1234 5678"), "InternationalE164", "8613812345678"),
        ((codes_pb2.IDENTIFIER_TYPE_PHONE, "+8613812345678"), "InternationalE164", "8613812345678"),
        ((codes_pb2.IDENTIFIER_TYPE_PHONE, "010-12345678"), "InternationalE164", "861012345678"),
        ((codes_pb2.IDENTIFIER_TYPE_PHONE, "+44 20 7946 0223"), "InternationalE164", "442079460223"),
        ((codes_pb2.IDENTIFIER_TYPE_IMEI, "12345678901234"), "IMEI", "12345678901234"),
        (
            (codes_pb2.IDENTIFIER_TYPE_IP_ADDRESS, "2001:db8::1"),
            "IPv6Address",
            "2001:0db8:0000:0000:0000:0000:0000:0001",
        ),
        ((codes_pb2.IDENTIFIER_TYPE_DOMAIN, "a.cn"), "FQDN", "a.cn"),
        ((codes_pb2.IDENTIFIER_TYPE_ICP, "京ICP备12345678号"), "ICP", "京ICP备12345678号"),
    ],
)
def test_formats(given: tuple[int, str], name: str, value: str) -> None:
    one = body_pb2.Identifier(type=codes_pb2.IdentifierType.ValueType(given[0]), value=given[1])
    owner, written, said = formats.written(one)
    assert (written, said) == (name, value)
    assert formats.identifier(owner, written, said).type == given[0]


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
identifiers = st.one_of(
    st.builds(
        body_pb2.Identifier,
        type=st.just(codes_pb2.IDENTIFIER_TYPE_PHONE),
        value=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    ),
    st.builds(
        body_pb2.Identifier,
        type=st.just(codes_pb2.IDENTIFIER_TYPE_IMSI),
        value=st.from_regex(r"[0-9]{6,15}", fullmatch=True),
    ),
    st.builds(
        body_pb2.Identifier,
        type=st.sampled_from([1, 2, 5, 6, 11, 14, 17]),
        value=texts.filter(str.strip).map(str.strip),
    ),
)
subjects = st.builds(
    body_pb2.Subject,
    role=st.sampled_from([1, 2, 3, 4, 5]),
    organisation=st.booleans(),
    identifiers=st.lists(identifiers, min_size=1, max_size=3),
    remark=texts,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.builds(inquiry, subjects=st.lists(subjects, min_size=1, max_size=4), remark=texts, legal_mandate=texts))
def test_any_inquiry_comes_back(said: body_pb2.InquiryBody, judge: Callable[[bytes], Any]) -> None:
    asked = statement()
    asked.body.inquiry.CopyFrom(said)
    (file,) = telecom.render(asked)
    judge(file.data)
    (draft,) = telecom.convert(file.data, now=NOW).drafts
    back = draft.body.inquiry
    assert (back.subjects, back.remark, back.legal_mandate) == (said.subjects, said.remark, said.legal_mandate)
