"""Extracts on companies become answers with branches and affiliates, and come back as the same table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters import market
from adapters.draft import Conversion, Draft
from adapters.market import registry
from adapters.statements import of_draft
from hutong.v1 import body_pb2, codes_pb2
from tests.adapters.books import book

Convert = Callable[[str, bytes], Conversion]
T = codes_pb2
A = body_pb2.Affiliate
SAMPLES = Path(__file__).parents[3] / "demo" / "samples" / "market"


def draft(convert: Convert, data: bytes) -> Draft:
    (found,) = convert("market", data).drafts
    return found


def sample(convert: Convert, name: str) -> Draft:
    return draft(convert, (SAMPLES / name).read_bytes())


def test_an_extract_field_by_field(convert: Convert) -> None:
    found = sample(convert, "registry-extract.csv")
    assert found.kind == "inquiry_reply" and found.body.inquiry_reply.reference == "锡公查〔2026〕7号"
    assert (found.facts.extent, found.facts.asked, found.facts.answered) == (T.REPLY_EXTENT_FULL, 2, 2)
    first, second = found.body.inquiry_reply.registrations
    assert (first.subject, first.name, first.code) == ("1", "样品一号商贸有限公司", "91350100M000100Y43")
    assert (first.legal_representative, first.registered_on) == ("样某", "2019-05-06")
    assert (first.capital.value, first.capital.currency) == ("5000000", "CNY")
    assert [(a.relation, a.name, a.code, a.share) for a in first.affiliates] == [
        (A.RELATION_BRANCH, "样品一号商贸有限公司常州分公司", "91320400MA00000001", ""),
        (A.RELATION_BRANCH, "样品一号商贸有限公司南通分公司", "", ""),
        (A.RELATION_SHAREHOLDER, "样某", "", "60"),
        (A.RELATION_SHAREHOLDER, "样二", "", "40"),
    ]
    assert (second.status, second.capital.currency) == ("注销", "USD")
    assert ("1/监管等级", "B") in [(extra.path, extra.value) for extra in found.body.extras]
    assert "adapter-identifier-check" in {note.code for note in found.notes}
    (letter,) = convert("market", (SAMPLES / "registry-extract.csv").read_bytes()).dead_letters
    assert (letter.where, letter.code) == ("line 5", "HT-ADP-282")


def test_an_extract_in_json(convert: Convert) -> None:
    (one,) = sample(convert, "registry-extract.json").body.inquiry_reply.registrations
    assert [(a.relation, a.name, a.code, a.legal_representative, a.status) for a in one.affiliates] == [
        (A.RELATION_BRANCH, "样品三号苏州分部", "91320500MA00000003", "样四", "存续"),
        (A.RELATION_BRANCH, "样品三号镇江分部", "", "", ""),
        (A.RELATION_INVESTMENT, "样品四号有限公司", "", "", ""),
    ]


def test_who_is_asked_for(convert: Convert) -> None:
    found = sample(convert, "registry-asked.csv")
    assert found.kind == "inquiry" and found.facts.ask == T.ASK_TYPE_REGISTRY and found.facts.subjects[0].count == 2
    kinds = [[(i.type, i.value) for i in subject.identifiers] for subject in found.body.inquiry.subjects]
    assert kinds == [
        [
            (T.IDENTIFIER_TYPE_COMPANY, "样品一号商贸有限公司"),
            (T.IDENTIFIER_TYPE_USCC, "91350100M000100Y43"),
        ],
        [(T.IDENTIFIER_TYPE_COMPANY, "样品五号"), (T.IDENTIFIER_TYPE_PERSON_NAME, "样五")],
    ]


@pytest.mark.parametrize("file", ["registry-extract.csv", "registry-extract.json", "registry-asked.csv"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_there_and_back(file: str, form: str, convert: Convert) -> None:
    found = sample(convert, file)
    (written,) = market.FORMS[form]([of_draft(found, 0)])
    again = draft(convert, written.data)
    assert again.kind == found.kind and again.facts == found.facts
    assert again.body.inquiry_reply == found.body.inquiry_reply and again.body.inquiry == found.body.inquiry
    assert {(e.path, e.value) for e in again.body.extras} >= {
        (e.path, e.value) for e in found.body.extras if "监管等级" in e.path
    }


def test_an_answer_lists_what_was_not_found_as_unanswered(convert: Convert) -> None:
    text = "查询编号,序号,名称,登记状态\n甲,1,一号公司,存续\n甲,2,二号公司,\n"
    found = draft(convert, text.encode())
    assert (found.facts.extent, found.facts.asked, found.facts.answered) == (T.REPLY_EXTENT_PARTIAL, 2, 1)


def test_several_inquiries_in_one_file(convert: Convert) -> None:
    text = "查询编号,序号,名称,登记状态\n甲,1,一号,存续\n乙,1,二号,注销\n"
    assert [d.body.inquiry_reply.reference for d in convert("market", text.encode()).drafts] == ["甲", "乙"]


def test_in_excel(convert: Convert) -> None:
    text = (SAMPLES / "registry-extract.csv").read_bytes().decode("gb18030")
    rows = list(csv.reader(io.StringIO(text, newline="")))[:4]
    assert draft(convert, book(rows)).body.inquiry_reply == sample(convert, "registry-extract.csv").body.inquiry_reply


def test_complaints_are_no_extracts(convert: Convert) -> None:
    assert not registry.recognised(["投诉编号", "企业名称", "统一社会信用代码", "法定代表人", "投诉内容"])
    assert not registry.recognised(["企业名称", "统一社会信用代码", "法定代表人"])
    assert registry.recognised(["企业名称", "统一社会信用代码", "登记状态"])
    assert registry.recognised(["name", "uscc", "status"]) and not registry.recognised(["name", "type", "status"])
    (lead,) = convert("market", "投诉编号,企业名称,投诉内容\n1,甲,x\n".encode()).drafts
    assert lead.kind == "lead"


@pytest.mark.parametrize("text", ["[", "{", "甲（1", "[1, 2]", '{"a": 1}', "；；", "甲；{乙", "a" * 9000 + "（"])
def test_odd_cells(text: str, convert: Convert) -> None:
    data = json.dumps([{"名称": "甲", "登记状态": "存续", "类型": "x", "分支机构": text}]).encode()
    assert draft(convert, data).body.inquiry_reply.registrations[0].name == "甲"


def test_no_alias_stands_twice() -> None:
    names: list[Any] = [alias for aliases in registry._table()["fields"].values() for alias in aliases]
    keys = [registry._key(name) for name in names]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []
