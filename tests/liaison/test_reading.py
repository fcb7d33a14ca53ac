"""Every field of papers, and every value in them, has words of its own: nobody reads names of the contract."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from hypothesis import given
from hypothesis import strategies as st

from hutong.catalogue import LANGS, load
from hutong.kinds import kinds
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2
from liaison import words
from liaison.reading import agency, lines

READ = [
    body_pb2.EvidenceBody,
    body_pb2.InquiryBody,
    body_pb2.InquiryReplyBody,
    body_pb2.LeadBody,
    body_pb2.NoteBody,
    body_pb2.TransferBody,
    header_pb2.CommonFacts,
    kinds_pb2.ContactWithdrawn,
    kinds_pb2.KeyRevoked,
    kinds_pb2.StandingMandate,
    *(type(getattr(header_pb2.Header(), name)) for name, kind in kinds().items() if not kind.directory),
]


def fields(descriptor: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Every field below ``descriptor``, by its full name."""
    for field in descriptor.fields:
        if field.full_name not in found:
            found[field.full_name] = field
            if field.message_type is not None:
                fields(field.message_type, found)
    return found


@pytest.mark.parametrize("message", READ, ids=lambda each: str(each.DESCRIPTOR.name))
def test_labels_and_words(message: Any) -> None:
    for name, field in fields(message.DESCRIPTOR, {}).items():
        assert f"label.{field.name}" in load("texts"), name
        if field.enum_type is not None:
            enum = EnumTypeWrapper(field.enum_type)
            for value in field.enum_type.values:
                for lang in LANGS if value.number else ():
                    assert not re.search("[A-Z]_|_[a-z]", words.word(enum, value.number, lang)), value.name
                    key = f"code.{words._prefix(field.enum_type.name)[:-1].lower()}.{words.short(enum, value.number)}"
                    assert key in load("texts"), key


def test_a_lead_is_read_as_it_was_meant() -> None:
    body = body_pb2.LeadBody(title="标题", narrative="正文", amounts=[body_pb2.Money(value="698.00", currency="CNY")])
    for value in ("13800000000", "13900000000"):
        held = [body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PHONE, value=value)]
        body.subjects.add(role=codes_pb2.SUBJECT_ROLE_ORGANISER, organisation=True, identifiers=held)
    assert list(lines(body, {}, "zh")) == [
        ("标题", "标题"),
        ("涉案主体 1 · 角色", "组织者"),
        ("涉案主体 1 · 单位", "是"),
        ("涉案主体 1 · 标识", "手机号 13800000000"),
        ("涉案主体 2 · 角色", "组织者"),
        ("涉案主体 2 · 单位", "是"),
        ("涉案主体 2 · 标识", "手机号 13900000000"),
        ("正文", "正文"),
        ("涉案金额", "698.00 CNY"),
    ]
    said = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_CL_192, codes_pb2.OFFENCE_CL_266])
    ((label, text),) = lines(said, {}, "en")
    assert (label, text) == ("offences", "Criminal Law 192, fund-raising fraud, Criminal Law 266, fraud")


def test_agencies_and_times() -> None:
    to = header_pb2.Header(recipients=[header_pb2.Recipient(agency="police", desk="d1", role=1)])
    assert list(lines(to, {"police": "公安局"}, "zh")) == [("收件机关", "主送 公安局（police） d1")]
    assert agency("x1", {}, "zh") == "x1"
    mandate = kinds_pb2.StandingMandate(kinds=[100], source=codes_pb2.LEAD_SOURCE_COMPLAINT, until=1_800_000_000_000)
    assert dict(lines(mandate, {}, "zh")) == {"报文种类": "线索", "来源": "投诉", "有效期至": "2027-01-15 16:00"}


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
def test_values_that_this_contract_does_not_know_are_shown_as_numbers(source: int, number: int) -> None:
    lead = kinds_pb2.Lead(source=source, risk_index=number)  # type: ignore[arg-type]
    assert all(text for _, text in lines(lead, {}))
